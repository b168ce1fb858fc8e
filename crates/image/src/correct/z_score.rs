//! Standardising by a reference region.

use super::{CorrectError, mapped, values_of};
use crate::{Image, Mask};

/// `(x − μ) / σ` of every voxel, with mean and standard deviation (n − 1) of the reference region:
/// the region of interest, the body, or a tissue that looks alike in all patients. Without one, of
/// the whole image, which mostly means of the air around the patient.
///
/// Returns the image, μ and σ.
///
/// # Errors
/// [`CorrectError`] for a region of one value, voxels that are no numbers, or an empty mask.
pub fn z_score(image: &Image, reference: Option<&Mask>) -> Result<(Image, [f64; 2]), CorrectError> {
    let values = values_of(image, reference)?;
    #[allow(clippy::cast_precision_loss)]
    let count = values.len() as f64;
    let first = values.first().copied().unwrap_or(0.0);
    // Sums of differences from a value of the region keep their digits.
    let mean = first + values.iter().map(|value| value - first).sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (count - 1.0)).sqrt();
    let constant = values.iter().all(|&value| value == first);
    if constant || deviation.is_nan() || deviation <= 0.0 {
        return Err(CorrectError::Constant { value: first });
    }
    let scored = mapped(image, |value| (value - mean) / deviation);
    Ok((scored, [mean, deviation]))
}
