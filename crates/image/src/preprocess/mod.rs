//! Preparing an image and its region for features, as PyRadiomics does.
//!
//! PyRadiomics' order, every step a plain function from value to value:
//!
//! 1. [`region`] takes one label out of a label map;
//! 2. [`normalize`] the whole image, if asked for;
//! 3. [`resample`] image and mask (if a spacing is given), or else, if asked for, check and
//!    [`crop_to_region`] ("pre-crop");
//! 4. [`check_mask`]; where the grids differ and correction is asked for, [`correct_mask`] first;
//! 5. [`resegment`] the mask, if asked for, and [`check_mask`] again.
//!
//! The IBSI's own grid for step 3 is [`CentredGrid`].
//!
//! Filters then run on what step 3 left, with its margin; features on the crop to the bounding
//! box. Sources: `imageoperations.py` and `featureextractor.py` of PyRadiomics 3.1; the filters
//! of ITK 5.4 that they call.

pub(crate) mod bspline;
mod centred_grid;
mod crop;
mod error;
mod gaussian_interpolation;
mod grid_positions;
mod interpolate;
mod kernel;
mod normalize;
mod region;
mod resample;
mod resegment;
mod windowed_sinc;

pub use centred_grid::{CentredGrid, CentredInterpolation};
pub use crop::crop_to_region;
pub(crate) use crop::crop_voxels;
pub use error::{MaskError, PreprocessError};
pub use interpolate::{Interpolator, UnknownInterpolator, resample_mask_onto, resample_onto};
pub use normalize::normalize;
pub use region::{MaskRequirements, check_mask, check_region, correct_mask, region};
pub use resample::{Resampling, resample};
pub(crate) use resegment::pairwise_sum;
pub use resegment::{ResegmentMode, resegment};
pub use windowed_sinc::Window;

use crate::Image;

/// Refuses an image with voxels that are no numbers, for they would spread to their neighbours,
/// or with too few or too many of them.
pub(crate) fn check_finite(image: &Image) -> Result<(), PreprocessError> {
    let (found, expected) = (image.values.len(), image.geometry.voxel_count());
    if found != expected {
        return Err(PreprocessError::ValueCount { found, expected });
    }
    match image.first_not_finite() {
        None => Ok(()),
        Some(offset) => Err(PreprocessError::NotFinite {
            value: image.values.get(offset).copied().unwrap_or(f64::NAN),
            voxel: image.geometry.index(offset),
        }),
    }
}
