//! Resampling of image and region to a new spacing, on PyRadiomics' grid.

use super::interpolate::{Interpolator, resample_mask_onto, resample_onto};
use super::{MaskError, PreprocessError, check_region, crop_to_region};
use crate::{Geometry, Image, Mask};

/// Settings of [`resample`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resampling {
    /// New distance between voxels in mm; 0 keeps the mask's along that axis
    /// (`resampledPixelSpacing`).
    pub spacing: [f64; 3],
    /// How intensities are found (`interpolator`); the mask always takes the nearest voxel.
    pub interpolator: Interpolator,
    /// Margin around the region in new voxels, for filters that look beyond it (`padDistance`).
    pub pad_distance: usize,
}

impl Resampling {
    /// Cubic B-spline with a margin of 5, PyRadiomics' defaults.
    #[must_use]
    pub fn to(spacing: [f64; 3]) -> Self {
        Self {
            spacing,
            interpolator: Interpolator::BSpline,
            pad_distance: 5,
        }
    }
}

/// Resamples image and mask to a new spacing, around the region only (PyRadiomics'
/// `resampleImage`).
///
/// The new grid is aligned with the outer corner of the mask's first voxel, has the mask's
/// directions, and is cut to the region's bounding box plus the margin. Axes along which the
/// region is one voxel wide keep their spacing. If the spacing is already the image's (to
/// 1e-5 relative), the mask is brought onto the image's grid and both are cropped.
///
/// The interpolation sees the whole image, not the crop.
///
/// # Errors
/// A region that is empty, reaches outside the image, or vanishes; a spacing that is negative or
/// no number; voxels that are no numbers.
pub fn resample(
    image: &Image,
    mask: &Mask,
    settings: &Resampling,
) -> Result<(Image, Mask), PreprocessError> {
    if let Some(&value) = settings
        .spacing
        .iter()
        .find(|spacing| !(spacing.is_finite() && **spacing >= 0.0))
    {
        return Err(PreprocessError::Setting {
            setting: "resampledPixelSpacing",
            value,
            must: "must be positive, or 0 to keep an axis",
        });
    }
    let bounds = check_region(&image.geometry, mask)?;
    let old = mask.geometry.spacing;
    let width = bounds.size();
    let spacing: [f64; 3] = std::array::from_fn(|axis| {
        if settings.spacing[axis] == 0.0 || width[axis] == 1 {
            old[axis]
        } else {
            settings.spacing[axis]
        }
    });

    let close = |a: f64, b: f64| (a - b).abs() <= 1e-8 + 1e-5 * b.abs();
    if (0..3).all(|axis| close(image.geometry.spacing[axis], spacing[axis])) {
        let mask = resample_mask_onto(mask, &image.geometry)?;
        let bounds = mask.bounding_box().ok_or(MaskError::LostInResampling)?;
        return Ok(crop_to_region(
            image,
            &mask,
            &bounds,
            settings.pad_distance,
        )?);
    }

    let grid = grid_around(
        &mask.geometry,
        bounds.lower,
        width,
        spacing,
        settings.pad_distance,
    )?;
    let image = resample_onto(image, &grid, settings.interpolator)?;
    let mask = resample_mask_onto(mask, &grid)?;
    if !mask.inside.contains(&true) {
        return Err(MaskError::LostInResampling.into());
    }
    Ok((image, mask))
}

/// The grid of the new spacing that covers a box (`lower`, `width` in voxels of `mask`) and a
/// margin, but nothing outside the mask's own grid.
#[allow(clippy::cast_precision_loss)]
fn grid_around(
    mask: &Geometry,
    lower: [usize; 3],
    width: [usize; 3],
    spacing: [f64; 3],
    pad: usize,
) -> Result<Geometry, PreprocessError> {
    let pad = pad as f64;
    let mut size = [0.0; 3];
    let mut origin_index = [0.0; 3];
    for axis in 0..3 {
        let ratio = mask.spacing[axis] / spacing[axis];
        let (lower, width) = (lower[axis] as f64, width[axis] as f64);
        // Half a voxel outward to the edges, then outward to whole new voxels.
        let first = ((lower - 0.5) * ratio - pad).floor().max(0.0);
        let limit = (mask.size[axis] as f64 * ratio).ceil() - 1.0;
        let last = ((lower + width - 0.5) * ratio + pad).ceil().min(limit);
        size[axis] = last - first + 1.0;
        // The outer corners of both grids coincide.
        let corner = 0.5 * (spacing[axis] - mask.spacing[axis]) / mask.spacing[axis];
        origin_index[axis] = corner + first / ratio;
    }
    let possible = size
        .iter()
        .all(|&size| size >= 1.0 && size <= crate::read::MAX_VOXELS as f64);
    if !possible {
        return Err(PreprocessError::TooManyVoxels { spacing, size });
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let size = size.map(|size| size as usize);
    Ok(Geometry {
        size,
        spacing,
        origin: mask.position(origin_index),
        direction: mask.direction,
    })
}
