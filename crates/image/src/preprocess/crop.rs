//! Cropping to a box.

use super::MaskError;
use crate::{BoundingBox, Image, Mask};

/// Crops image and mask to a box with a margin of `pad` voxels, as far as the grid reaches
/// (PyRadiomics' `cropToTumorMask`).
///
/// The box comes from [`check_mask`](super::check_mask). Image and mask must lie on grids of the
/// same size; each keeps its own origin, spacing and direction.
///
/// # Errors
/// [`MaskError::Geometry`] if the sizes differ, [`MaskError::Empty`] if the box lies outside.
pub fn crop_to_region(
    image: &Image,
    mask: &Mask,
    region: &BoundingBox,
    pad: usize,
) -> Result<(Image, Mask), MaskError> {
    let size = mask.geometry.size;
    if image.geometry.size != size {
        return Err(MaskError::Geometry {
            difference: Box::new(crate::GeometryDifference {
                size: Some((image.geometry.size, size)),
                ..Default::default()
            }),
        });
    }
    if (0..3)
        .any(|axis| region.lower[axis] > region.upper[axis] || region.upper[axis] >= size[axis])
    {
        return Err(MaskError::Empty);
    }
    let padded = BoundingBox {
        lower: region.lower.map(|index| index.saturating_sub(pad)),
        upper: std::array::from_fn(|axis| {
            region.upper[axis].saturating_add(pad).min(size[axis] - 1)
        }),
    };
    let (Some(image_grid), Some(mask_grid)) = (
        image.geometry.cropped(&padded),
        mask.geometry.cropped(&padded),
    ) else {
        return Err(MaskError::Empty);
    };
    let image = Image {
        geometry: image_grid,
        pixel_type: image.pixel_type,
        values: crop_voxels(&image.values, size, &padded),
    };
    let mask = Mask {
        geometry: mask_grid,
        inside: crop_voxels(&mask.inside, size, &padded),
    };
    Ok((image, mask))
}

/// The values in a box of a grid of `size`.
pub(crate) fn crop_voxels<T: Copy>(voxels: &[T], size: [usize; 3], region: &BoundingBox) -> Vec<T> {
    let ([left, front, bottom], [right, back, top]) = (region.lower, region.upper);
    let mut kept = Vec::with_capacity(region.size().iter().product());
    for z in bottom..=top {
        for y in front..=back {
            let line = (z * size[1] + y) * size[0];
            kept.extend_from_slice(voxels.get(line + left..=line + right).unwrap_or_default());
        }
    }
    kept
}
