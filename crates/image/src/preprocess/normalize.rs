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
    let (sum, sum_of_squares) =
        exact_sums(&image.values).unwrap_or_else(|| compensated_sums(&image.values));
    // The one-pass formula and the reciprocal are ITK's.
    let variance = (sum_of_squares - sum * sum / count) / (count - 1.0);
    // Rounding alone can leave a tiny variance in a constant image.
    let first = image.values.first().copied().unwrap_or(0.0);
    let constant = image.values.iter().all(|&value| value == first);
    if constant || variance <= 0.0 {
        return Err(PreprocessError::Constant { value: first });
    }
    // Divided by an infinite deviation every voxel would be 0.
    if !variance.is_finite() {
        let wider = |a: f64, b: &f64| if b.abs() > a.abs() { *b } else { a };
        let value = image.values.iter().fold(0.0, wider);
        return Err(PreprocessError::Overflow { value });
    }
    let shift = -(sum / count);
    let reciprocal = 1.0 / variance.sqrt();
    let normalized = |value: f64| (value + shift) * reciprocal;
    let values = image.values.iter();
    let values = match outliers {
        None => values.map(|&value| normalized(value) * scale).collect(),
        Some(limit) => values
            .map(|&value| normalized(value).clamp(-limit, limit) * scale)
            .collect(),
    };
    Ok(Image {
        geometry: image.geometry.clone(),
        pixel_type: PixelType::F64,
        values,
    })
}

/// The sums of the values and of their squares, if all are whole numbers and small enough for
/// every partial sum to be exact: any order then gives the bits of Kahan's sum, whose
/// corrections are all 0.
fn exact_sums(values: &[f64]) -> Option<(f64, f64)> {
    const LANES: usize = 8;
    // Below 2^52 the last bit of a sum with this is worth 1.
    const TO_WHOLE: f64 = 6_755_399_441_055_744.0;
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let (mut sums, mut squares, mut largest) = ([0.0; LANES], [0.0; LANES], [0.0_f64; LANES]);
    for block in values.chunks(1 << 12) {
        let (chunks, rest) = block.as_chunks::<LANES>();
        let mut last = [0.0; LANES];
        for (place, &value) in last.iter_mut().zip(rest) {
            *place = value;
        }
        let mut whole = true;
        for chunk in chunks.iter().chain([&last]) {
            for (lane, &value) in chunk.iter().enumerate() {
                whole &= (value + TO_WHOLE) - TO_WHOLE == value;
                let magnitude = value.abs();
                largest[lane] = if magnitude > largest[lane] {
                    magnitude
                } else {
                    largest[lane]
                };
                sums[lane] += value;
                squares[lane] += value * value;
            }
        }
        // Most images of real numbers are left here.
        if !whole {
            return None;
        }
    }
    let largest = largest.into_iter().fold(1.0, f64::max);
    #[allow(clippy::cast_precision_loss)]
    let bound = values.len() as f64 * largest * largest;
    let total = |lanes: [f64; LANES]| lanes.into_iter().fold(0.0, |sum, lane| sum + lane);
    // A wide berth, for the bound itself is rounded.
    (bound < 0.5 * EXACT).then(|| (total(sums), total(squares)))
}

/// Kahan's sums of the values and of their squares, side by side.
fn compensated_sums(values: &[f64]) -> (f64, f64) {
    let (mut sum, mut squares) = (Kahan::default(), Kahan::default());
    for &value in values {
        sum.add(value);
        squares.add(value * value);
    }
    (sum.sum, squares.sum)
}

/// Kahan's compensated sum.
#[derive(Default)]
struct Kahan {
    sum: f64,
    compensation: f64,
}

impl Kahan {
    fn add(&mut self, value: f64) {
        let corrected = value - self.compensation;
        let next = self.sum + corrected;
        self.compensation = (next - self.sum) - corrected;
        self.sum = next;
    }
}

#[cfg(test)]
mod tests {
    use super::{compensated_sums, exact_sums};

    #[test]
    fn whole_numbers_need_no_compensation() {
        // Whole numbers as long as their squares sum to less than 2^52; blocks not quite full.
        for (count, factor) in [(1, 1), (4095, 3), (10_001, 65_521), (9, 22_369_621)] {
            let values: Vec<f64> = (0..count)
                .map(|i| f64::from((i * 7919 + 13) % 1009 - 300) * f64::from(factor) / 1009.0)
                .map(f64::trunc)
                .collect();
            assert_eq!(exact_sums(&values), Some(compensated_sums(&values)));
        }
        for values in [
            vec![0.5; 10],
            vec![1.0, 2.0, 1e-300],
            vec![9e7, 1.0],
            vec![1e300, 0.0],
        ] {
            assert_eq!(exact_sums(&values), None);
        }
    }
}
