//! Confidence bands of the ROC curves.

use radiome_stats::discrimination::roc_band as band;

use super::performance::{LEVEL, known};
use crate::results::RocBand;
use crate::validation::Stream;

/// Resamples of each band: pROC's default.
const RESAMPLES: usize = 2000;
/// A band is worked out at every hundredth of the specificity.
const STEPS: usize = 100;

/// The number of the stream of chance for a model on a split.
pub(super) fn stream(split: &str, model: usize) -> u32 {
    let side = u32::from(split == "external") << 16;
    side | u32::try_from(model).unwrap_or(u32::MAX >> 16)
}

/// The band of a model on a split; `None` where a class has no patient, or where the model tells
/// the classes apart without error, so that every resample has the same curve.
pub(super) fn roc_band(
    outcome: &[bool],
    probability: &[f64],
    seed: u64,
    stream: Stream,
) -> Option<RocBand> {
    let (class, probability) = known(outcome, probability);
    let specificity: Vec<f64> = (0..=STEPS).map(|i| i as f64 / STEPS as f64).collect();
    let mut rng = stream.generator(seed);
    let found = band(
        &class,
        &probability,
        &specificity,
        LEVEL,
        RESAMPLES,
        &mut rng,
    )
    .ok()?;
    let certain = |limits: &[f64]| limits.iter().all(|&limit| limit == limits[0]);
    if certain(&found.lower) && found.lower == found.upper {
        return None;
    }
    let descending = |values: &[f64]| values.iter().rev().copied().collect();
    Some(RocBand {
        // Not 1 - s, which rounds.
        one_minus_specificity: specificity,
        lower: descending(&found.lower),
        upper: descending(&found.upper),
        resamples: found.resamples,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_holds_the_curve_and_rises_with_it() {
        let outcome: Vec<bool> = (0..60).map(|i| i % 2 == 0).collect();
        let probability: Vec<f64> = (0..60)
            .map(|i| f64::from((i * 37) % 60) / 60.0 + if i % 2 == 0 { 0.25 } else { 0.0 })
            .collect();
        let found = roc_band(&outcome, &probability, 1, Stream::RocBand(0)).unwrap();
        assert_eq!(found.one_minus_specificity.len(), STEPS + 1);
        for limits in [&found.lower, &found.upper] {
            assert!(limits.windows(2).all(|pair| pair[0] <= pair[1]));
        }
        assert!(
            found
                .lower
                .iter()
                .zip(&found.upper)
                .all(|(low, high)| low <= high)
        );
        let other = roc_band(&outcome, &probability, 1, Stream::RocBand(1)).unwrap();
        assert_ne!(found, other);
        let perfect: Vec<f64> = outcome.iter().map(|&y| f64::from(u8::from(y))).collect();
        assert_eq!(roc_band(&outcome, &perfect, 1, Stream::RocBand(0)), None);
    }
}
