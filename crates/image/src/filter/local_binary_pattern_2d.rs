//! Local binary patterns in two dimensions, slice by slice, in the arithmetic of scikit-image.
//!
//! P samples are taken on a circle of radius R around every pixel, by bilinear interpolation. A
//! sample that is at least the centre gives a bit of 1; the pattern of bits gives the code.
//!
//! Traps:
//!
//! - Sample positions are rounded to 5 decimals; what lies outside the slice is 0.
//! - The result is stored in the type of the image, as PyRadiomics writes it back into the array
//!   it came from: in an image of bytes a code of 256 becomes 0, and variances lose their
//!   fraction in any whole-number image.
//! - A variance of exactly zero becomes NaN (`var`); in whole-number types the smallest number of
//!   32 or 64 bits, or what its last bits are: 0 in 8 and 16 bits.
//! - Slices are taken across one axis whether or not features are computed in 2D.
//!
//! Sources: T. Ojala, M. Pietikäinen, T. Mäenpää, Multiresolution gray-scale and rotation
//! invariant texture classification with local binary patterns, IEEE Transactions on Pattern
//! Analysis and Machine Intelligence 24(7), 2002; scikit-image 0.26 `local_binary_pattern`;
//! PyRadiomics 3.1 `imageoperations.getLBP2DImage`.

use std::f64::consts::PI;
use std::str::FromStr;

use super::{FilterError, check_input};
use crate::{BoundingBox, Image, PixelType};

/// More samples than this do not fit the 32-bit codes of `default` and `ror`.
const MAX_BITS: usize = 31;

/// More samples than pixels any circle could tell apart.
const MAX_SAMPLES: usize = 4096;

/// What becomes of the bits of the samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LocalBinaryPatternMethod {
    /// The bits as a binary number, the first sample (towards the next column) lowest.
    Default,
    /// The smallest number that a rotation of the bits gives (`ror`): invariant to rotation.
    Rotation,
    /// The number of ones if the bits change at most twice, P + 1 if not. The change from the
    /// last to the first sample is not counted, as in scikit-image.
    #[default]
    Uniform,
    /// The variance (divided by P) of the samples (`var`).
    Variance,
}

/// A name that is no method known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("lbp2DMethod `{0}` is not known: use default, ror, uniform or var")]
pub struct UnknownLocalBinaryPatternMethod(pub String);

impl FromStr for LocalBinaryPatternMethod {
    type Err = UnknownLocalBinaryPatternMethod;

    /// Takes PyRadiomics' names.
    fn from_str(name: &str) -> Result<Self, UnknownLocalBinaryPatternMethod> {
        match name {
            "default" => Ok(Self::Default),
            "ror" => Ok(Self::Rotation),
            "uniform" => Ok(Self::Uniform),
            "var" => Ok(Self::Variance),
            _ => Err(UnknownLocalBinaryPatternMethod(name.into())),
        }
    }
}

/// Settings of [`local_binary_pattern_2d`]; the defaults are PyRadiomics'.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalBinaryPattern2dOptions {
    /// Radius of the circle in pixels, whatever their spacing (`lbp2DRadius`).
    pub radius: f64,
    /// Number of samples on the circle (`lbp2DSamples`).
    pub samples: usize,
    /// What becomes of the bits (`lbp2DMethod`).
    pub method: LocalBinaryPatternMethod,
    /// The index axis (0 = x, 1 = y, 2 = z) across which slices are taken:
    /// 2 − `force2Ddimension`, and z if that is not set.
    pub across: usize,
}

impl Default for LocalBinaryPattern2dOptions {
    fn default() -> Self {
        Self {
            radius: 1.0,
            samples: 8,
            method: LocalBinaryPatternMethod::Uniform,
            across: 2,
        }
    }
}

/// The local binary patterns of every slice (PyRadiomics' `getLBP2DImage`, image `lbp-2D`), for
/// the voxels of the box `keep`.
///
/// Rows and columns of a slice run along y and x for slices across z, along z and x across y,
/// along y and z across x. The result has the type of the image.
///
/// # Errors
/// A radius or a number of samples out of range, an axis that is none, values that are no
/// numbers or do not fill the grid, or a box that is not within the image.
pub fn local_binary_pattern_2d(
    image: &Image,
    options: &LocalBinaryPattern2dOptions,
    keep: &BoundingBox,
) -> Result<Image, FilterError> {
    check_input(image, keep)?;
    let circle = circle(options)?;
    let size = image.geometry.size;
    let strides = [1, size[0], size[0] * size[1]];
    let (row_axis, column_axis) = match options.across {
        0 => (1, 2),
        1 => (2, 0),
        _ => (1, 0),
    };
    let slice = Slice {
        rows: size[row_axis],
        columns: size[column_axis],
        row_stride: strides[row_axis],
        column_stride: strides[column_axis],
    };
    let kept_columns = keep.lower[column_axis]..keep.upper[column_axis] + 1;
    let samples: Vec<Vec<Place>> = circle
        .iter()
        .map(|&[_, along_columns]| {
            let place = |column| Place::new(column, along_columns, slice.columns);
            kept_columns.clone().map(place).collect()
        })
        .collect();

    let kept_size = keep.size();
    let kept_strides = [1, kept_size[0], kept_size[0] * kept_size[1]];
    let mut values = vec![0.0; kept_size.iter().product()];
    let mut texture = vec![0.0; circle.len()];
    for across in 0..kept_size[options.across] {
        let plane = strides[options.across] * (keep.lower[options.across] + across);
        let pixels = image.values.get(plane..).unwrap_or_default();
        for row in 0..kept_size[row_axis] {
            let image_row = keep.lower[row_axis] + row;
            let rows: Vec<Place> = circle
                .iter()
                .map(|&[along_rows, _]| Place::new(image_row, along_rows, slice.rows))
                .collect();
            for (column, image_column) in kept_columns.clone().enumerate() {
                for ((sample, row), columns) in texture.iter_mut().zip(&rows).zip(&samples) {
                    if let Some(column) = columns.get(column) {
                        *sample = slice.bilinear(pixels, row, column);
                    }
                }
                let centre = slice.pixel(pixels, Some(image_row), Some(image_column));
                let offset = across * kept_strides[options.across]
                    + row * kept_strides[row_axis]
                    + column * kept_strides[column_axis];
                if let Some(value) = values.get_mut(offset) {
                    let code = code(options.method, &texture, centre);
                    *value = wrapped(image.pixel_type, code);
                }
            }
        }
    }
    let geometry = image
        .geometry
        .cropped(keep)
        .ok_or(FilterError::OutsideImage {
            lower: keep.lower,
            upper: keep.upper,
            size,
        })?;
    Ok(Image {
        geometry,
        pixel_type: image.pixel_type,
        values,
    })
}

/// Row and column of every sample relative to the centre, after checking the settings.
fn circle(options: &LocalBinaryPattern2dOptions) -> Result<Vec<[f64; 2]>, FilterError> {
    let &LocalBinaryPattern2dOptions {
        radius,
        samples,
        method,
        across,
    } = options;
    if !(radius.is_finite() && radius > 0.0) {
        return Err(FilterError::Setting {
            setting: "lbp2DRadius",
            value: radius,
            must: "must be positive",
        });
    }
    #[allow(clippy::cast_precision_loss)]
    let count = samples as f64;
    let bits = matches!(
        method,
        LocalBinaryPatternMethod::Default | LocalBinaryPatternMethod::Rotation
    );
    if samples == 0 || samples > MAX_SAMPLES || bits && samples > MAX_BITS {
        return Err(FilterError::Setting {
            setting: "lbp2DSamples",
            value: count,
            must: if bits {
                "must be 1 to 31 for lbp2DMethod default and ror"
            } else {
                "must be 1 to 4096"
            },
        });
    }
    if across > 2 {
        #[allow(clippy::cast_precision_loss)]
        return Err(FilterError::Setting {
            setting: "axis across slices",
            value: across as f64,
            must: "must be 0, 1 or 2",
        });
    }
    let rounded = |value: f64| (value * 1e5).round_ties_even() / 1e5;
    let places = (0..samples).map(|sample| {
        #[allow(clippy::cast_precision_loss)]
        let angle = 2.0 * PI * sample as f64 / count;
        [
            rounded(-radius * angle.sin()),
            rounded(radius * angle.cos()),
        ]
    });
    Ok(places.collect())
}

/// Where a sample lies along one axis: between two pixels, each `None` if outside the slice.
struct Place {
    before: Option<usize>,
    after: Option<usize>,
    /// Distance from the pixel before.
    fraction: f64,
}

impl Place {
    fn new(centre: usize, offset: f64, length: usize) -> Self {
        #[allow(clippy::cast_precision_loss)]
        let (position, length) = (centre as f64 + offset, length as f64);
        let floor = position.floor();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let inside = |place: f64| (place >= 0.0 && place < length).then_some(place as usize);
        Self {
            before: inside(floor),
            after: inside(position.ceil()),
            fraction: position - floor,
        }
    }
}

/// How a slice lies in memory.
struct Slice {
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl Slice {
    fn pixel(&self, pixels: &[f64], row: Option<usize>, column: Option<usize>) -> f64 {
        let (Some(row), Some(column)) = (row, column) else {
            return 0.0;
        };
        let offset = row * self.row_stride + column * self.column_stride;
        pixels.get(offset).copied().unwrap_or(0.0)
    }

    fn bilinear(&self, pixels: &[f64], row: &Place, column: &Place) -> f64 {
        let along_row = |row| {
            let before = self.pixel(pixels, row, column.before);
            let after = self.pixel(pixels, row, column.after);
            (1.0 - column.fraction) * before + column.fraction * after
        };
        (1.0 - row.fraction) * along_row(row.before) + row.fraction * along_row(row.after)
    }
}

#[allow(clippy::cast_precision_loss)]
fn code(method: LocalBinaryPatternMethod, texture: &[f64], centre: f64) -> f64 {
    let is_one = |&sample: &f64| sample - centre >= 0.0;
    // One bit a sample; only asked for where there are at most 31.
    let pattern = || {
        let bits = texture.iter().enumerate();
        bits.fold(0_u32, |code, (bit, sample)| {
            code | u32::from(is_one(sample)) << bit
        })
    };
    match method {
        LocalBinaryPatternMethod::Default => f64::from(pattern()),
        LocalBinaryPatternMethod::Rotation => {
            let last = texture.len().saturating_sub(1);
            let rotated = |code: &u32| Some(code >> 1 | (code & 1) << last);
            let rotations = std::iter::successors(Some(pattern()), rotated);
            f64::from(rotations.take(texture.len()).min().unwrap_or(0))
        }
        LocalBinaryPatternMethod::Uniform => {
            let changes = texture
                .windows(2)
                .filter(|pair| pair.first().map(is_one) != pair.last().map(is_one))
                .count();
            if changes <= 2 {
                texture.iter().filter(|sample| is_one(sample)).count() as f64
            } else {
                texture.len() as f64 + 1.0
            }
        }
        LocalBinaryPatternMethod::Variance => {
            let count = texture.len() as f64;
            let (sum, squares) = texture.iter().fold((0.0, 0.0), |(sum, squares), &sample| {
                (sum + sample, squares + sample * sample)
            });
            let variance = (squares - sum * sum / count) / count;
            if variance == 0.0 { f64::NAN } else { variance }
        }
    }
}

/// The value in the image's type as numpy assigns it: whole-number types cut off the fraction
/// and keep the last bits of the 32-bit or 64-bit number.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss
)]
fn wrapped(pixel_type: PixelType, value: f64) -> f64 {
    // What the processor gives for a number it cannot hold: the smallest one.
    let narrow = if value > -2_147_483_649.0 && value < 2_147_483_648.0 {
        value as i32
    } else {
        i32::MIN
    };
    let wide = if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) {
        value as i64
    } else {
        i64::MIN
    };
    match pixel_type {
        PixelType::U8 => f64::from(narrow as u8),
        PixelType::I8 => f64::from(narrow as i8),
        PixelType::U16 => f64::from(narrow as u16),
        PixelType::I16 => f64::from(narrow as i16),
        PixelType::I32 => f64::from(narrow),
        PixelType::U32 => f64::from(wide as u32),
        PixelType::I64 => wide as f64,
        PixelType::U64 if value >= 9_223_372_036_854_775_808.0 => value as u64 as f64,
        PixelType::U64 => wide as u64 as f64,
        PixelType::F32 => f64::from(value as f32),
        PixelType::F64 => value,
    }
}
