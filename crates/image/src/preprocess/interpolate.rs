//! Values of an image or a mask on another grid, in the arithmetic of ITK's resampling filter.

use std::str::FromStr;

use super::bspline::BSpline;
use super::gaussian_interpolation::{GaussianLabel, GaussianMean};
use super::grid_positions::GridPositions;
use super::kernel::Kernel;
use super::windowed_sinc::{Window, WindowedSinc};
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
    /// The mean of the voxels around, weighted by a Gaussian of 0.8 voxels: it smooths.
    Gaussian,
    /// The value with the most weight around, by a Gaussian of one voxel: no new values.
    LabelGaussian,
    /// A sinc function under a window, five voxels to each side.
    WindowedSinc(Window),
}

/// SimpleITK's names and numbers.
const NAMES: [(&str, u8, Interpolator); 10] = [
    ("sitkNearestNeighbor", 1, Interpolator::NearestNeighbor),
    ("sitkLinear", 2, Interpolator::Linear),
    ("sitkBSpline", 3, Interpolator::BSpline),
    ("sitkGaussian", 4, Interpolator::Gaussian),
    ("sitkLabelGaussian", 5, Interpolator::LabelGaussian),
    (
        "sitkHammingWindowedSinc",
        6,
        Interpolator::WindowedSinc(Window::Hamming),
    ),
    (
        "sitkCosineWindowedSinc",
        7,
        Interpolator::WindowedSinc(Window::Cosine),
    ),
    (
        "sitkWelchWindowedSinc",
        8,
        Interpolator::WindowedSinc(Window::Welch),
    ),
    (
        "sitkLanczosWindowedSinc",
        9,
        Interpolator::WindowedSinc(Window::Lanczos),
    ),
    (
        "sitkBlackmanWindowedSinc",
        10,
        Interpolator::WindowedSinc(Window::Blackman),
    ),
];

impl Interpolator {
    /// Its name in PyRadiomics' parameter files.
    #[must_use]
    pub fn name(self) -> &'static str {
        let known = NAMES
            .iter()
            .find(|(_, _, interpolator)| *interpolator == self);
        known.map_or("", |(name, _, _)| name)
    }
}

/// A name that is no interpolator known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interpolator `{0}` is not known: use {known}", known = known_names())]
pub struct UnknownInterpolator(pub String);

fn known_names() -> String {
    NAMES.map(|(name, _, _)| name).join(", ")
}

impl FromStr for Interpolator {
    type Err = UnknownInterpolator;

    /// Takes SimpleITK's names and their numbers from 1 to 10, as PyRadiomics' parameter files
    /// have them.
    ///
    /// 3 is the B-spline, as it was in SimpleITK before 2.3, although PyRadiomics with a newer one
    /// fails on it (the B-spline became 23).
    fn from_str(text: &str) -> Result<Self, UnknownInterpolator> {
        let text = match text {
            "sitkBSpline3" => "sitkBSpline",
            other => other,
        };
        let known = NAMES
            .iter()
            .find(|(name, number, _)| *name == text || number.to_string() == text);
        known.map_or_else(
            || Err(UnknownInterpolator(text.into())),
            |&(_, _, interpolator)| Ok(interpolator),
        )
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
    let pixel_type = image.pixel_type;
    if interpolator != Interpolator::NearestNeighbor {
        check_finite(image)?;
    }
    let positions = GridPositions::new(&image.geometry, grid)?;
    let values = match interpolator {
        Interpolator::NearestNeighbor => nearest_voxels(&positions, &image.values, 0.0),
        Interpolator::Linear => {
            positions.evaluate(0.0, |index| pixel_type.stored(linear(image, index)))
        }
        Interpolator::BSpline => match positions.bounds() {
            None => vec![0.0; grid.voxel_count()],
            Some(bounds) => {
                let spline = BSpline::through(image, &bounds);
                match positions.by_axis() {
                    Some(axes) => spline.on_grid(&axes, |value| pixel_type.stored(value)),
                    None => {
                        positions.evaluate(0.0, |index| pixel_type.stored(spline.value_at(index)))
                    }
                }
            }
        },
        Interpolator::Gaussian => {
            let kernel = GaussianMean::new(&image.geometry);
            kernel.on_grid(&image.values, &positions, |value| pixel_type.stored(value))
        }
        Interpolator::LabelGaussian => {
            let kernel = GaussianLabel::new(&image.geometry);
            kernel.on_grid(&image.values, &positions, |value| pixel_type.stored(value))
        }
        Interpolator::WindowedSinc(window) => {
            let size = image.geometry.size;
            let kernel = WindowedSinc { window, size };
            kernel.on_grid(&image.values, &positions, |value| pixel_type.stored(value))
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
    let positions = GridPositions::new(&mask.geometry, grid)?;
    Ok(Mask {
        geometry: grid.clone(),
        inside: nearest_voxels(&positions, &mask.inside, false),
    })
}

/// The nearest voxel to every position, or `outside`.
fn nearest_voxels<T: Copy + Send + Sync>(
    positions: &GridPositions,
    voxels: &[T],
    outside: T,
) -> Vec<T> {
    let size = positions.source();
    let [width, height, _] = size;
    let Some(axes) = positions.by_axis() else {
        return positions.evaluate(outside, |index| {
            let [x, y, z] = [0, 1, 2].map(|axis| nearest(index[axis], size[axis]));
            let place = (z * height + y) * width + x;
            voxels.get(place).copied().unwrap_or(outside)
        });
    };
    let [along_x, along_y, along_z]: [Vec<Option<usize>>; 3] = std::array::from_fn(|axis| {
        let positions = axes[axis].iter();
        positions
            .map(|position| position.map(|index| nearest(index, size[axis])))
            .collect()
    });
    let mut found = Vec::with_capacity(along_x.len() * along_y.len() * along_z.len());
    for &z in &along_z {
        for &y in &along_y {
            let (Some(z), Some(y)) = (z, y) else {
                found.extend(along_x.iter().map(|_| outside));
                continue;
            };
            let start = (z * height + y) * width;
            let line = voxels.get(start..start + width).unwrap_or_default();
            found.extend(along_x.iter().map(|x| {
                let voxel = x.and_then(|x| line.get(x));
                voxel.copied().unwrap_or(outside)
            }));
        }
    }
    found
}

/// The nearest voxel along an axis, halves up.
fn nearest(index: f64, size: usize) -> usize {
    // Half up by ITK's formula, whose own rounding decides positions a hair below a half.
    #[allow(clippy::cast_possible_truncation)]
    let doubled = (2.0 * index + 0.5).round_ties_even() as i64;
    usize::try_from(doubled >> 1)
        .unwrap_or(0)
        .min(size.saturating_sub(1))
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
