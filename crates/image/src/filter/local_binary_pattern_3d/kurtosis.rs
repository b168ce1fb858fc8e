//! Excess kurtosis of a handful of samples, as scipy computes it.

use crate::PixelType;
use crate::preprocess::pairwise_sum;

/// `μ₄ / μ₂² − 3` with moments about the mean divided by n; NaN if the samples do not differ by
/// more than rounding. Every operation is rounded to the type.
pub(super) fn excess_kurtosis(samples: &[f64], kind: PixelType) -> f64 {
    match kind {
        PixelType::F32 => excess(samples, f64::from(f32::EPSILON), &|value| {
            kind.stored(value)
        }),
        _ => excess(samples, f64::EPSILON, &|value| value),
    }
}

fn excess(samples: &[f64], epsilon: f64, round: &impl Fn(f64) -> f64) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let count = samples.len() as f64;
    let mean = round(pairwise_sum(samples, round) / count);
    let squares: Vec<f64> = samples
        .iter()
        .map(|&value| {
            let distance = round(value - mean);
            round(distance * distance)
        })
        .collect();
    let fourths: Vec<f64> = squares
        .iter()
        .map(|&square| round(square * square))
        .collect();
    let second = round(pairwise_sum(&squares, round) / count);
    let fourth = round(pairwise_sum(&fourths, round) / count);
    let smallest = round(epsilon * mean);
    if second <= round(smallest * smallest) {
        return f64::NAN;
    }
    round(round(fourth / round(second * second)) - 3.0)
}
