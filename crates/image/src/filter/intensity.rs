//! Square, square root, logarithm and exponential of the intensities, scaled back to their range.
//!
//! Let `M` be the largest absolute value of the whole image that is filtered, margin included.
//! The results are 64-bit; the order of operations is that of PyRadiomics 3.1
//! (`imageoperations.py`, `getSquareImage` and the three after it).

use super::{FilterError, check_finite};
use crate::{Image, PixelType};

/// `(x / √M)²` (PyRadiomics' `square`). The sign is lost.
///
/// # Errors
/// [`FilterError::AllZero`]; voxels that are no numbers.
pub fn square(image: &Image) -> Result<Image, FilterError> {
    let largest = scale(image)?;
    let factor = 1.0 / largest.sqrt();
    Ok(map(image, |x| {
        let scaled = factor * x;
        scaled * scaled
    }))
}

/// `√(M |x|)` with the sign of `x` (PyRadiomics' `squareroot`). Zeros stay zeros, also where there
/// is nothing else.
///
/// # Errors
/// Voxels that are no numbers.
pub fn square_root(image: &Image) -> Result<Image, FilterError> {
    let largest = largest_magnitude(image)?;
    Ok(map(image, |x| {
        if x > 0.0 {
            (x * largest).sqrt()
        } else if x < 0.0 {
            -(-x * largest).sqrt()
        } else {
            x
        }
    }))
}

/// `c ln(|x| + 1)` with the sign of `x`, `c` such that the largest magnitude stays `M`
/// (PyRadiomics' `logarithm`).
///
/// # Errors
/// [`FilterError::AllZero`], also where all values are so small that `1 + M` is 1; voxels that are
/// no numbers.
pub fn logarithm(image: &Image) -> Result<Image, FilterError> {
    let largest = scale(image)?;
    let mut result = map(image, |x| {
        if x > 0.0 {
            (x + 1.0).ln()
        } else if x < 0.0 {
            -(-(x - 1.0)).ln()
        } else {
            x
        }
    });
    let factor = largest / scale(&result)?;
    for value in &mut result.values {
        *value *= factor;
    }
    Ok(result)
}

/// `exp(x ln(M) / M)` (PyRadiomics' `exponential`): `x = M` stays `M`.
///
/// # Errors
/// [`FilterError::AllZero`]; voxels that are no numbers.
pub fn exponential(image: &Image) -> Result<Image, FilterError> {
    let largest = scale(image)?;
    let factor = largest.ln() / largest;
    Ok(map(image, |x| (factor * x).exp()))
}

/// The largest absolute value, by which results are divided.
fn scale(image: &Image) -> Result<f64, FilterError> {
    let largest = largest_magnitude(image)?;
    if largest > 0.0 {
        Ok(largest)
    } else {
        Err(FilterError::AllZero)
    }
}

fn largest_magnitude(image: &Image) -> Result<f64, FilterError> {
    check_finite(image)?;
    let values = image.values.iter();
    Ok(values.fold(0.0_f64, |largest, value| largest.max(value.abs())))
}

fn map(image: &Image, value: impl Fn(f64) -> f64) -> Image {
    Image {
        geometry: image.geometry.clone(),
        pixel_type: PixelType::F64,
        values: image.values.iter().map(|&x| value(x)).collect(),
    }
}
