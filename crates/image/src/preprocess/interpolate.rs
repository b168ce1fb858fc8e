//! Values of an image or a mask on another grid, in the arithmetic of ITK's resampling filter.

use std::str::FromStr;

use super::bspline::BSpline;
use super::{PreprocessError, check_finite};
use crate::{Geometry, Image, Mask};

/// How values between voxels are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interpolator {
    /// The value of the nearest voxel; halfway, of the one with the higher index.
    NearestNeighbor,
    /// Trilinear.
    Linear,
    /// Cubic B-spline (order 3): the curve through all voxels with two continuous derivatives.
    #[default]
    BSpline,
}

impl Interpolator {
    /// Its name in PyRadiomics' parameter files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NearestNeighbor => "sitkNearestNeighbor",
            Self::Linear => "sitkLinear",
            Self::BSpline => "sitkBSpline",
        }
    }
}

/// A name that is no interpolator known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interpolator `{0}` is not known: use sitkNearestNeighbor, sitkLinear or sitkBSpline")]
pub struct UnknownInterpolator(pub String);

impl FromStr for Interpolator {
    type Err = UnknownInterpolator;

    /// Takes SimpleITK's names and numbers (1, 2, 3), as PyRadiomics does.
    fn from_str(name: &str) -> Result<Self, UnknownInterpolator> {
        match name {
            "sitkNearestNeighbor" | "1" => Ok(Self::NearestNeighbor),
            "sitkLinear" | "2" => Ok(Self::Linear),
            "sitkBSpline" | "sitkBSpline3" | "3" => Ok(Self::BSpline),
            _ => Err(UnknownInterpolator(name.into())),
        }
    }
}

/// The image on another grid; voxels beyond the image's outer edge get 0.
///
/// Results are brought to the image's type as ITK does it: whole-number types cut off the
/// fraction and keep to their range.
///
/// # Errors
/// Voxels that are no numbers (except for nearest neighbour), or a grid of too many voxels.
pub fn resample_onto(
    image: &Image,
    grid: &Geometry,
    interpolator: Interpolator,
) -> Result<Image, PreprocessError> {
    let size = image.geometry.size;
    let pixel_type = image.pixel_type;
    let values = match interpolator {
        Interpolator::NearestNeighbor => sample(&image.geometry, grid, 0.0, |index| {
            let place = image.geometry.offset(nearest(index, size));
            image.values.get(place).copied().unwrap_or(0.0)
        })?,
        Interpolator::Linear => {
            check_finite(image)?;
            sample(&image.geometry, grid, 0.0, |index| {
                pixel_type.stored(linear(image, index))
            })?
        }
        Interpolator::BSpline => {
            check_finite(image)?;
            let spline = BSpline::through(&image.values, size);
            sample(&image.geometry, grid, 0.0, |index| {
                pixel_type.stored(spline.value_at(index))
            })?
        }
    };
    Ok(Image {
        geometry: grid.clone(),
        pixel_type,
        values,
    })
}

/// The mask on another grid by nearest neighbour; outside its own grid nothing belongs to it.
///
/// # Errors
/// A grid of too many voxels.
pub fn resample_mask_onto(mask: &Mask, grid: &Geometry) -> Result<Mask, PreprocessError> {
    let inside = sample(&mask.geometry, grid, false, |index| {
        let place = mask.geometry.offset(nearest(index, mask.geometry.size));
        mask.inside.get(place).copied().unwrap_or(false)
    })?;
    Ok(Mask {
        geometry: grid.clone(),
        inside,
    })
}

/// Evaluates `value` at the continuous index, in `source`, of every voxel of `grid`.
///
/// Along a line of the grid, ITK maps the first voxel and the one past the last, and divides the
/// way between them; so do we, to the last digit.
fn sample<T: Copy>(
    source: &Geometry,
    grid: &Geometry,
    outside: T,
    value: impl Fn([f64; 3]) -> T,
) -> Result<Vec<T>, PreprocessError> {
    let [width, height, depth] = grid.size;
    let count = width
        .checked_mul(height)
        .and_then(|count| count.checked_mul(depth));
    let Some(count) = count.filter(|&count| count <= crate::read::MAX_VOXELS) else {
        #[allow(clippy::cast_precision_loss)]
        return Err(PreprocessError::TooManyVoxels {
            spacing: grid.spacing,
            size: grid.size.map(|size| size as f64),
        });
    };
    let inverse = source.position_to_index();
    let mut values = Vec::with_capacity(count);
    for z in 0..depth {
        for y in 0..height {
            #[allow(clippy::cast_precision_loss)]
            let index_at =
                |x: usize| inverse.apply(grid.index_position([x as f64, y as f64, z as f64]));
            let start = index_at(0);
            let end = index_at(width);
            let way: [f64; 3] = std::array::from_fn(|axis| end[axis] - start[axis]);
            for x in 0..width {
                #[allow(clippy::cast_precision_loss)]
                let fraction = x as f64 / width as f64;
                let index: [f64; 3] =
                    std::array::from_fn(|axis| start[axis] + fraction * way[axis]);
                values.push(if is_inside(index, source.size) {
                    value(index)
                } else {
                    outside
                });
            }
        }
    }
    Ok(values)
}

/// Whether an index lies within the outer edges; the upper edge no longer does.
#[allow(clippy::cast_precision_loss)]
fn is_inside(index: [f64; 3], size: [usize; 3]) -> bool {
    (0..3).all(|axis| index[axis] >= -0.5 && index[axis] < size[axis] as f64 - 0.5)
}

/// The nearest voxel, halves up.
fn nearest(index: [f64; 3], size: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| {
        // Half up by ITK's formula, whose own rounding decides positions a hair below a half.
        #[allow(clippy::cast_possible_truncation)]
        let doubled = (2.0 * index[axis] + 0.5).round_ties_even() as i64;
        usize::try_from(doubled >> 1)
            .unwrap_or(0)
            .min(size[axis].saturating_sub(1))
    })
}

/// Linear along x, then y, then z; beyond the centre of a border voxel, its value.
fn linear(image: &Image, index: [f64; 3]) -> f64 {
    let size = image.geometry.size;
    let mut lower = [0_usize; 3];
    let mut upper = [0_usize; 3];
    let mut distance = [0.0; 3];
    for axis in 0..3 {
        let floor = index[axis].floor().max(0.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let base = (floor as usize).min(size[axis].saturating_sub(1));
        lower[axis] = base;
        upper[axis] = base;
        let beyond = index[axis] - floor;
        if beyond > 0.0 && base + 1 < size[axis] {
            upper[axis] = base + 1;
            distance[axis] = beyond;
        }
    }
    let voxel = |x, y, z| {
        let place = image.geometry.offset([x, y, z]);
        image.values.get(place).copied().unwrap_or(0.0)
    };
    let between = |a: f64, b: f64, axis: usize| a + (b - a) * distance[axis];
    let along_x = |y, z| between(voxel(lower[0], y, z), voxel(upper[0], y, z), 0);
    let along_y = |z| between(along_x(lower[1], z), along_x(upper[1], z), 1);
    between(along_y(lower[2]), along_y(upper[2]), 2)
}
