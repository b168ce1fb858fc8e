//! Normalisation of the intensities of a whole image.

use super::{PreprocessError, check_finite};
use crate::{Image, PixelType};

/// Centres the image on its mean and divides by its standard deviation (PyRadiomics'
/// `normalizeImage`): `scale (x − μ) / σ` over all voxels, σ with n − 1.
///
/// With `outliers` = n, values beyond ±n σ are set to ±n σ before they are scaled
/// (`removeOutliers`). The result is 64-bit.
///
/// # Errors
/// An image of one value or with voxels that are no numbers; a scale or limit that is none.
pub fn normalize(
    image: &Image,
    scale: f64,
    outliers: Option<f64>,
) -> Result<Image, PreprocessError> {
    check_finite(image)?;
    if !(scale.is_finite() && scale > 0.0) {
        return Err(PreprocessError::Setting {
            setting: "normalizeScale",
            value: scale,
            must: "must be positive",
        });
    }
    if let Some(limit) = outliers
        && !(limit.is_finite() && limit > 0.0)
    {
        return Err(PreprocessError::Setting {
            setting: "removeOutliers",
            value: limit,
            must: "must be positive",
        });
    }
    #[allow(clippy::cast_precision_loss)]
    let count = image.values.len() as f64;
    let sum = compensated_sum(image.values.iter().copied());
    let sum_of_squares = compensated_sum(image.values.iter().map(|value| value * value));
    // The one-pass formula and the reciprocal are ITK's.
    let variance = (sum_of_squares - sum * sum / count) / (count - 1.0);
    // Rounding alone can leave a tiny variance in a constant image.
    let first = image.values.first().copied().unwrap_or(0.0);
    let constant = image.values.iter().all(|&value| value == first);
    if constant || variance.is_nan() || variance <= 0.0 {
        return Err(PreprocessError::Constant { value: first });
    }
    let shift = -(sum / count);
    let reciprocal = 1.0 / variance.sqrt();
    let values = image.values.iter().map(|&value| {
        let normalized = (value + shift) * reciprocal;
        let limited = match outliers {
            Some(limit) => normalized.clamp(-limit, limit),
            None => normalized,
        };
        limited * scale
    });
    Ok(Image {
        geometry: image.geometry.clone(),
        pixel_type: PixelType::F64,
        values: values.collect(),
    })
}

/// Kahan's sum.
fn compensated_sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut compensation) = (0.0, 0.0);
    for value in values {
        let corrected = value - compensation;
        let next = sum + corrected;
        compensation = (next - sum) - corrected;
        sum = next;
    }
    sum
}
