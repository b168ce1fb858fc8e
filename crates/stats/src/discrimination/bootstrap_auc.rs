//! An interval of the area under a ROC curve by resampling.

use super::classes::members;
use super::delong::check_level;
use super::error::{DiscriminationError, check};
use crate::describe::{quantile_of_sorted, standard_deviation};
use crate::resampling::index_below;
use rand_chacha::rand_core::RngCore;
use serde::Serialize;

/// A bootstrap of an area under a ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BootstrapAuc {
    /// Area of the samples as they are.
    pub auc: f64,
    /// Standard deviation of the areas of the resamples; NaN for a single one.
    pub standard_error: f64,
    /// Median area of the resamples.
    pub median: f64,
    /// Lower percentile limit.
    pub lower: f64,
    /// Upper percentile limit.
    pub upper: f64,
    /// Confidence level.
    pub level: f64,
    /// Number of resamples.
    pub resamples: usize,
}

/// Percentile interval of an area under a ROC curve (pROC's `ci.auc(method = "bootstrap")`).
///
/// Each resample draws as many cases from the cases, and as many controls from the controls, as
/// there are (stratified, pROC's default); limits are type-7 quantiles of the areas. A resample is
/// held as the number of draws of each distinct score, so its area takes one pass and no sort. Cases
/// are drawn before controls, each in the order of the samples.
///
/// # Errors
/// Lengths that differ, a score that is not finite, an empty class, a bad level, no resamples.
pub fn auc_bootstrap(
    class: &[bool],
    score: &[f64],
    level: f64,
    resamples: usize,
    rng: &mut impl RngCore,
) -> Result<BootstrapAuc, DiscriminationError> {
    check(class, score)?;
    check_level(level)?;
    if resamples == 0 {
        return Err(DiscriminationError::NoResamples);
    }
    let (places, distinct) = distinct_places(score);
    let cases = members(&places, class, true);
    let controls = members(&places, class, false);
    if cases.is_empty() || controls.is_empty() {
        return Err(DiscriminationError::TooFew {
            cases: cases.len(),
            controls: controls.len(),
            needed: 1,
        });
    }
    // cases and controls drawn at each distinct score
    let mut drawn = vec![[0_u64; 2]; distinct];
    for (places, side) in [(&cases, 0), (&controls, 1)] {
        for &place in places {
            drawn[place][side] += 1;
        }
    }
    let auc = area(&mut drawn, cases.len(), controls.len());
    let mut areas: Vec<f64> = (0..resamples)
        .map(|_| {
            for (places, side) in [(&cases, 0), (&controls, 1)] {
                for _ in 0..places.len() {
                    drawn[places[index_below(places.len(), rng)]][side] += 1;
                }
            }
            area(&mut drawn, cases.len(), controls.len())
        })
        .collect();
    areas.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    Ok(BootstrapAuc {
        auc,
        standard_error: standard_deviation(&areas),
        median: quantile_of_sorted(&areas, 0.5),
        lower: quantile_of_sorted(&areas, tail),
        upper: quantile_of_sorted(&areas, 1.0 - tail),
        level,
        resamples,
    })
}

/// The place of each score among the distinct scores, ascending, and their number.
pub(super) fn distinct_places(score: &[f64]) -> (Vec<usize>, usize) {
    let mut order: Vec<(f64, usize)> = score.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut places = vec![0; score.len()];
    let mut distinct = 0;
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        for &(_, row) in tied {
            places[row] = distinct;
        }
        distinct += 1;
    }
    (places, distinct)
}

/// The area of counted draws, which are set back to zero.
fn area(drawn: &mut [[u64; 2]], cases: usize, controls: usize) -> f64 {
    let (mut below, mut twice_wins) = (0, 0_u64);
    for counts in drawn {
        let [of_cases, of_controls] = std::mem::take(counts);
        twice_wins += of_cases * (2 * below + of_controls);
        below += of_controls;
    }
    twice_wins as f64 / (2.0 * cases as f64 * controls as f64)
}
