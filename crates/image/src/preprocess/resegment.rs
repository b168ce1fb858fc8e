//! Keeping only the voxels of a region whose intensity lies in a range.

use super::{MaskError, PreprocessError};
use crate::{Image, Mask, PixelType};

/// What the thresholds of a resegmentation mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResegmentMode {
    /// Intensities.
    #[default]
    Absolute,
    /// Fractions of the largest intensity in the region.
    Relative,
    /// Standard deviations (divided by n) from the region's mean.
    Sigma,
}

/// Keeps the voxels of the region at or above the lower and at or below the upper threshold
/// (PyRadiomics' `resegmentMask`; IBSI: range and outlier re-segmentation).
///
/// One threshold is a lower bound; two may come in any order. For a 32-bit float image the
/// thresholds are computed in 32 bits, as numpy does there.
///
/// # Errors
/// Not one or two thresholds; grids of different size; at most one voxel left.
pub fn resegment(
    image: &Image,
    mask: &Mask,
    range: &[f64],
    mode: ResegmentMode,
) -> Result<Mask, PreprocessError> {
    let (first, second) = match *range {
        [lower] => (lower, None),
        [a, b] => (a.min(b), Some(a.max(b))),
        _ => return Err(PreprocessError::ThresholdCount { found: range.len() }),
    };
    if let Some(&value) = range.iter().find(|value| value.is_nan()) {
        return Err(PreprocessError::Setting {
            setting: "resegmentRange",
            value,
            must: "must be a number",
        });
    }
    if image.values.len() != mask.inside.len() {
        return Err(MaskError::Geometry {
            difference: Box::new(crate::GeometryDifference {
                size: Some((image.geometry.size, mask.geometry.size)),
                ..Default::default()
            }),
        }
        .into());
    }
    let region: Vec<f64> = image
        .values
        .iter()
        .zip(&mask.inside)
        .filter_map(|(&value, &inside)| inside.then_some(value))
        .collect();
    if region.is_empty() {
        return Err(MaskError::Empty.into());
    }
    let kind = match image.pixel_type {
        PixelType::F32 => PixelType::F32,
        _ => PixelType::F64,
    };
    let round = |value: f64| kind.stored(value);
    let threshold: Box<dyn Fn(f64) -> f64> = match mode {
        ResegmentMode::Absolute => Box::new(round),
        ResegmentMode::Relative => {
            let maximum = region.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            Box::new(move |fraction| round(maximum * round(fraction)))
        }
        ResegmentMode::Sigma => {
            let (mean, deviation) = mean_and_deviation(&region, kind);
            Box::new(move |sigmas| round(mean + round(deviation * round(sigmas))))
        }
    };
    let (lower, upper) = (threshold(first), second.map(threshold));
    let inside: Vec<bool> = image
        .values
        .iter()
        .zip(&mask.inside)
        .map(|(&value, &inside)| {
            inside && value >= lower && upper.is_none_or(|upper| value <= upper)
        })
        .collect();
    let left = inside.iter().filter(|&&inside| inside).count();
    if left <= 1 {
        return Err(MaskError::ResegmentedAway {
            lower,
            upper,
            left,
            before: region.len(),
        }
        .into());
    }
    Ok(Mask {
        geometry: mask.geometry.clone(),
        inside,
    })
}

/// Mean and standard deviation (divided by n), every operation rounded to the image's type.
fn mean_and_deviation(values: &[f64], kind: PixelType) -> (f64, f64) {
    #[allow(clippy::cast_precision_loss)]
    let count = values.len() as f64;
    let round = |value: f64| kind.stored(value);
    let mean = round(pairwise_sum(values, &round) / count);
    let squares: Vec<f64> = values
        .iter()
        .map(|&value| {
            let distance = round(value - mean);
            round(distance * distance)
        })
        .collect();
    let variance = round(pairwise_sum(&squares, &round) / count);
    (mean, round(variance.sqrt()))
}

/// numpy's order of summation: blocks of at most 128 in eight interleaved sums, added in pairs.
pub(crate) fn pairwise_sum(values: &[f64], round: &impl Fn(f64) -> f64) -> f64 {
    let add = |a: f64, b: f64| round(a + b);
    if values.len() < 8 {
        return values.iter().fold(-0.0, |sum, &value| add(sum, value));
    }
    if values.len() <= 128 {
        let (blocks, rest) = values.as_chunks::<8>();
        let mut sums = [0.0; 8];
        for (number, block) in blocks.iter().enumerate() {
            for (sum, &value) in sums.iter_mut().zip(block) {
                *sum = if number == 0 { value } else { add(*sum, value) };
            }
        }
        let [a, b, c, d, e, f, g, h] = sums;
        let total = add(add(add(a, b), add(c, d)), add(add(e, f), add(g, h)));
        return rest.iter().fold(total, |sum, &value| add(sum, value));
    }
    let half = values.len() / 2;
    let (left, right) = values.split_at(half - half % 8);
    add(pairwise_sum(left, round), pairwise_sum(right, round))
}
