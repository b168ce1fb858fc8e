//! Values of an image or a mask on another grid, in the arithmetic of ITK's resampling filter.

use std::str::FromStr;

use super::bspline::BSpline;
use super::grid_positions::GridPositions;
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
