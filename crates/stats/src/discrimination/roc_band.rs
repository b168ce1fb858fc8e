//! A confidence band of a ROC curve: intervals of the sensitivity at given specificities.

use super::classes::members;
use super::delong::check_level;
use super::error::{DiscriminationError, check};
use crate::describe::quantile_of_sorted;
use crate::resampling::index_below;
use rand_chacha::rand_core::RngCore;
use serde::Serialize;

/// Intervals of the sensitivity at given specificities.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RocBand {
    /// The specificities, as they were given.
    pub specificity: Vec<f64>,
    /// Lower percentile limit of the sensitivity at each.
    pub lower: Vec<f64>,
    /// Median sensitivity of the resamples at each.
    pub median: Vec<f64>,
    /// Upper percentile limit at each.
    pub upper: Vec<f64>,
    /// Confidence level at each specificity; the band as a whole covers less.
    pub level: f64,
    /// Number of resamples.
    pub resamples: usize,
}

/// Percentile intervals of the sensitivity at fixed specificities (pROC's `ci.se`).
///
/// Each resample draws as many cases from the cases, and as many controls from the controls, as
/// there are. Its curve joins the points at its distinct scores; where no point has the
/// specificity, the sensitivity lies on the line between its neighbours, and where several have it,
/// the largest counts. Limits are type-7 quantiles. Without ties between cases and controls the
/// sensitivity of a resample at the specificity `s` is the share of its cases above the
/// `ceil(s m)`-th smallest of its `m` controls, so that the bootstrap distribution is a mixture of
/// binomial ones. The intervals are for one specificity at a time. They shrink to nothing where the
/// sensitivity of every resample is 0 or 1.
///
/// # Errors
/// Lengths that differ, a score that is not finite, an empty class, a bad level, no resamples, or
/// specificities that do not rise within 0 and 1.
pub fn roc_band(
    class: &[bool],
    score: &[f64],
    specificity: &[f64],
    level: f64,
    resamples: usize,
    rng: &mut impl RngCore,
) -> Result<RocBand, DiscriminationError> {
    check(class, score)?;
    check_level(level)?;
    if resamples == 0 {
        return Err(DiscriminationError::NoResamples);
    }
    let rising = specificity.windows(2).all(|pair| pair[0] < pair[1]);
    if !rising || !specificity.iter().all(|s| (0.0..=1.0).contains(s)) {
        return Err(DiscriminationError::BadSpecificities {
            specificities: specificity.to_vec(),
        });
    }
    let (places, distinct) = super::bootstrap_auc::distinct_places(score);
    let cases = members(&places, class, true);
    let controls = members(&places, class, false);
    if cases.is_empty() || controls.is_empty() {
        return Err(DiscriminationError::TooFew {
            cases: cases.len(),
            controls: controls.len(),
            needed: 1,
        });
    }
    let mut drawn = vec![[0_usize; 2]; distinct];
    let mut points = Vec::with_capacity(distinct + 1);
    let mut sensitivities = vec![Vec::with_capacity(resamples); specificity.len()];
    for _ in 0..resamples {
        for (places, side) in [(&cases, 0), (&controls, 1)] {
            for _ in 0..places.len() {
                drawn[places[index_below(places.len(), rng)]][side] += 1;
            }
        }
        curve(&mut drawn, cases.len(), controls.len(), &mut points);
        let mut next = 0;
        for (&at, found) in specificity.iter().zip(&mut sensitivities) {
            found.push(sensitivity(&points, at, &mut next));
        }
    }
    for found in &mut sensitivities {
        found.sort_unstable_by(f64::total_cmp);
    }
    let limits = |share: f64| -> Vec<f64> {
        let of = |found: &Vec<f64>| quantile_of_sorted(found, share);
        sensitivities.iter().map(of).collect()
    };
    let tail = (1.0 - level) / 2.0;
    Ok(RocBand {
        specificity: specificity.to_vec(),
        lower: limits(tail),
        median: limits(0.5),
        upper: limits(1.0 - tail),
        level,
        resamples,
    })
}

/// The points of counted draws by ascending threshold, as specificity and sensitivity; the counts
/// are set back to zero.
fn curve(drawn: &mut [[usize; 2]], cases: usize, controls: usize, points: &mut Vec<(f64, f64)>) {
    points.clear();
    points.push((0.0, 1.0));
    let (mut cases_below, mut controls_below) = (0, 0);
    for counts in drawn {
        let [of_cases, of_controls] = std::mem::take(counts);
        if of_cases + of_controls == 0 {
            continue;
        }
        cases_below += of_cases;
        controls_below += of_controls;
        points.push((
            controls_below as f64 / controls as f64,
            (cases - cases_below) as f64 / cases as f64,
        ));
    }
}

/// The sensitivity at a specificity. `next` is a place at or before the first point that reaches
/// it, and is moved there; the last point has specificity 1.
fn sensitivity(points: &[(f64, f64)], at: f64, next: &mut usize) -> f64 {
    while points[*next].0 < at {
        *next += 1;
    }
    let (after, high) = points[*next];
    if after == at || *next == 0 {
        return high;
    }
    let (before, low) = points[*next - 1];
    high + (at - after) / (before - after) * (low - high)
}
