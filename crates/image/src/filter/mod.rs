//! Filters that make a new image of an image, as PyRadiomics' image types do.
//!
//! Every filter works on the image that preprocessing left, with its margin. The names, the types
//! and the order of operations are those of PyRadiomics 3.1 (`imageoperations.py`) and of the
//! libraries that it calls, so that a feature of a filtered image can be compared with its own to
//! the last digit.
//!
//! - [`laplacian_of_gaussian`]: the image `log-sigma-3-0-mm-3D`;
//! - [`wavelet_decompose`]: the sub-bands of the stationary wavelet transform, `wavelet-LLH` ...;
//! - [`square`], [`square_root`], [`logarithm`], [`exponential`]: images of the same names;
//! - [`gradient_magnitude`]: the image `gradient`;
//! - [`local_binary_pattern_2d`]: local binary patterns slice by slice, `lbp-2D`;
//! - [`local_binary_pattern_3d`]: local binary patterns on a sphere, `lbp-3D-m1` ..., `lbp-3D-k`.
//!
//! Beside these, [`respond`] applies the convolutional filters of the IBSI's chapter 2, in the
//! IBSI's conventions ([`Convolution`]).

mod convolutional;
mod error;
mod gradient_magnitude;
mod intensity;
mod laplacian_of_gaussian;
mod local_binary_pattern_2d;
mod local_binary_pattern_3d;
mod recursive_gaussian;
mod wavelet;

pub use convolutional::{
    Boundary, Convolution, ConvolutionalFilter, Dimension, Gabor, LawsKernel, Pass, Pooling,
    RieszOf, SampledLaplacianOfGaussian, respond,
};
pub use error::FilterError;
pub use gradient_magnitude::gradient_magnitude;
pub use intensity::{exponential, logarithm, square, square_root};
pub use laplacian_of_gaussian::laplacian_of_gaussian;
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
    check_finite(image)?;
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
