//! Taking a region from a label map, checking it, and bringing it onto the image's grid.

use super::{MaskError, PreprocessError, resample_mask_onto};
use crate::{BoundingBox, Geometry, LabelMap, Mask};

/// How far a region may reach over the edge of the image, in voxels: rounding of positions.
const EDGE_TOLERANCE: f64 = 1e-3;

/// What a region of interest must fulfil; the defaults are PyRadiomics'.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaskRequirements {
    /// Largest difference between the grids of image and mask: in units of the image's first
    /// spacing for origin and spacing, absolute for direction cosines (`geometryTolerance`).
    pub geometry_tolerance: f64,
    /// Number of axes along which the region must be wider than one voxel
    /// (`minimumROIDimensions`).
    pub minimum_dimensions: usize,
    /// The region must have more voxels than this (`minimumROISize`).
    pub minimum_size: Option<usize>,
}

impl Default for MaskRequirements {
    fn default() -> Self {
        Self {
            geometry_tolerance: 1e-6,
            minimum_dimensions: 2,
            minimum_size: None,
        }
    }
}

/// The region of one label.
///
/// # Errors
/// [`MaskError::LabelAbsent`], with the labels that are present.
pub fn region(labels: &LabelMap, label: u32) -> Result<Mask, MaskError> {
    let mask = labels.mask(label);
    if label == 0 || !mask.inside.contains(&true) {
        return Err(MaskError::LabelAbsent {
            label,
            present: labels.voxel_counts().into_keys().collect(),
        });
    }
    Ok(mask)
}

/// Checks that the region can be used with the image (PyRadiomics' `checkMask`) and returns its
/// bounding box: same grid, not empty, more than one voxel, enough dimensions, enough voxels.
///
/// # Errors
/// The [`MaskError`] of the first check that fails. For [`MaskError::Geometry`],
/// [`correct_mask`] may help.
pub fn check_mask(
    image: &Geometry,
    mask: &Mask,
    requirements: &MaskRequirements,
) -> Result<BoundingBox, MaskError> {
    if let Some(difference) = image.difference(&mask.geometry, requirements.geometry_tolerance) {
        let difference = Box::new(difference);
        return Err(MaskError::Geometry { difference });
    }
    let bounds = mask.bounding_box().ok_or(MaskError::Empty)?;
    let found = bounds.dimensions();
    if found == 0 {
        return Err(MaskError::SingleVoxel);
    }
    if found < requirements.minimum_dimensions {
        return Err(MaskError::TooFewDimensions {
            found,
            minimum: requirements.minimum_dimensions,
        });
    }
    if let Some(minimum) = requirements.minimum_size {
        let voxels = mask.voxel_count();
        if voxels <= minimum {
            return Err(MaskError::TooSmall { voxels, minimum });
        }
    }
    Ok(bounds)
}

/// Checks that the region's bounding box lies inside the image, whatever the two grids
/// (PyRadiomics' `_checkROI`), and returns the box on the mask's grid.
///
/// As there, only two opposite corners of the box are looked at.
///
/// # Errors
/// [`MaskError::Empty`] or [`MaskError::OutsideImage`].
pub fn check_region(image: &Geometry, mask: &Mask) -> Result<BoundingBox, MaskError> {
    let bounds = mask.bounding_box().ok_or(MaskError::Empty)?;
    let inverse = image.position_to_index();
    // From the outer edge of the first voxel to that of the last.
    #[allow(clippy::cast_precision_loss)]
    let corners = [
        bounds.lower.map(|index| index as f64 - 0.5),
        bounds.upper.map(|index| index as f64 + 0.5),
    ]
    .map(|corner| inverse.apply(mask.geometry.position(corner)));
    let lower: [f64; 3] = std::array::from_fn(|axis| corners[0][axis].min(corners[1][axis]));
    let upper: [f64; 3] = std::array::from_fn(|axis| corners[0][axis].max(corners[1][axis]));
    #[allow(clippy::cast_precision_loss)]
    let outside = (0..3).any(|axis| {
        lower[axis] < -0.5 - EDGE_TOLERANCE
            || upper[axis] > image.size[axis] as f64 - 0.5 + EDGE_TOLERANCE
    });
    if outside {
        return Err(MaskError::OutsideImage {
            lower,
            upper,
            size: image.size,
        });
    }
    Ok(bounds)
}

/// Brings a mask of another grid onto the image's by nearest neighbour (PyRadiomics'
/// `_correctMask`), once the region is known to lie inside the image.
///
/// # Errors
/// [`MaskError::Empty`], [`MaskError::OutsideImage`], or [`MaskError::LostInResampling`] if the
/// image's voxels are too large to meet the region.
pub fn correct_mask(image: &Geometry, mask: &Mask) -> Result<Mask, PreprocessError> {
    check_region(image, mask)?;
    let corrected = resample_mask_onto(mask, image)?;
    if !corrected.inside.contains(&true) {
        return Err(MaskError::LostInResampling.into());
    }
    Ok(corrected)
}
