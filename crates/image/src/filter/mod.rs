//! Filters that make a new image of an image, as PyRadiomics' image types do.
//!
//! Every filter works on the image that preprocessing left, with its margin. The types and the
//! order of operations are those of the library that PyRadiomics calls, so that a feature of a
//! filtered image can be compared with its own to the last digit.

mod error;
mod gradient_magnitude;
mod intensity;
mod laplacian_of_gaussian;
mod recursive_gaussian;

pub use error::FilterError;
pub use gradient_magnitude::gradient_magnitude;
pub use intensity::{exponential, logarithm, square, square_root};
pub use laplacian_of_gaussian::laplacian_of_gaussian;

use crate::Image;

/// Refuses an image whose values do not fill its grid or are no numbers, for these would spread.
fn check_finite(image: &Image) -> Result<(), FilterError> {
    let (found, expected) = (image.values.len(), image.geometry.voxel_count());
    if found != expected {
        return Err(FilterError::ValueCount { found, expected });
    }
    match image.first_not_finite() {
        None => Ok(()),
        Some(offset) => Err(FilterError::NotFinite {
            value: image.values.get(offset).copied().unwrap_or(f64::NAN),
            voxel: image.geometry.index(offset),
        }),
    }
}
