//! Filters: images derived from an image, whose features are computed like the original's.
//!
//! Everything agrees with PyRadiomics 3.1 (`imageoperations.py`): the same names, the same order,
//! the same arithmetic.
//!
//! - [`wavelet_decompose`]: the sub-bands of the stationary wavelet transform, `wavelet-LLH` ...;
//! - [`local_binary_pattern_2d`]: local binary patterns slice by slice, `lbp-2D`;
//! - [`local_binary_pattern_3d`]: local binary patterns on a sphere, `lbp-3D-m1` ..., `lbp-3D-k`.
//!
//! A filter sees the whole image that it is given, with its margin around the region; the images
//! it returns hold the voxels of a box only, usually the region's bounding box.

mod error;
mod local_binary_pattern_2d;
mod local_binary_pattern_3d;
mod nearest_name;
mod wavelet;

pub use error::FilterError;
pub use local_binary_pattern_2d::{
    LocalBinaryPattern2dOptions, LocalBinaryPatternMethod, UnknownLocalBinaryPatternMethod,
    local_binary_pattern_2d,
};
pub use local_binary_pattern_3d::{LocalBinaryPattern3dOptions, local_binary_pattern_3d};
pub use wavelet::{Wavelet, WaveletOptions, wavelet_decompose};

use crate::{BoundingBox, Image};

/// Refuses an image whose values do not fill its grid or are no numbers, and a box that is not
/// within it.
fn check_input(image: &Image, keep: &BoundingBox) -> Result<(), FilterError> {
    check_values(image)?;
    let size = image.geometry.size;
    let inside =
        (0..3).all(|axis| keep.lower[axis] <= keep.upper[axis] && keep.upper[axis] < size[axis]);
    if inside {
        return Ok(());
    }
    Err(FilterError::OutsideImage {
        lower: keep.lower,
        upper: keep.upper,
        size,
    })
}

/// Refuses an image whose values do not fill its grid or are no numbers.
fn check_values(image: &Image) -> Result<(), FilterError> {
    let (found, expected) = (image.values.len(), image.geometry.voxel_count());
    if found != expected {
        return Err(FilterError::ValueCount { found, expected });
    }
    match image.values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(offset) => Err(FilterError::NotFinite {
            value: image.values.get(offset).copied().unwrap_or(f64::NAN),
            voxel: image.geometry.index(offset),
        }),
    }
}
