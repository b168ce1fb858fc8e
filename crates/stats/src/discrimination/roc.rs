//! The receiver operating characteristic and the area under it.

use super::error::{DiscriminationError, check};
use serde::Serialize;

/// Area under the ROC curve: the chance that a case scores higher than a control, ties counted half.
///
/// AUC = (R - m (m + 1) / 2) / (m n), with R the sum of the midranks of the m cases among all, and n
/// controls: the Mann-Whitney statistic over m n (pROC's `auc` with `direction = "<"`). Higher scores
/// mean case, always: an AUC below 0.5 is reported as it is. Takes O(N log N). Constant scores give
/// 0.5. `None` if there is one class only.
///
/// # Errors
/// Lengths that differ or a score that is not finite.
pub fn auc(class: &[bool], score: &[f64]) -> Result<Option<f64>, DiscriminationError> {
    check(class, score)?;
    let mut order: Vec<(f64, bool)> = score.iter().copied().zip(class.iter().copied()).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = 0_u64; // controls with a lower score
    let mut twice_wins = 0_u128;
    let mut cases_seen = 0_u64;
    let mut start = 0;
    while start < order.len() {
        let value = order[start].0;
        let (mut cases, mut controls) = (0_u64, 0_u64);
        let mut end = start;
        while end < order.len() && order[end].0 == value {
            if order[end].1 {
                cases += 1;
            } else {
                controls += 1;
            }
            end += 1;
        }
        twice_wins += u128::from(cases) * u128::from(2 * below + controls);
        below += controls;
        cases_seen += cases;
        start = end;
    }
    if cases_seen == 0 || below == 0 {
        return Ok(None);
    }
    Ok(Some(
        twice_wins as f64 / (2.0 * cases_seen as f64 * below as f64),
    ))
}

/// One threshold of a ROC curve; a sample is positive if its score >= threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RocPoint {
    /// Threshold: half way between two distinct scores, or an infinity at the ends.
    pub threshold: f64,
    /// Share of cases that are positive.
    pub sensitivity: f64,
    /// Share of controls that are negative.
    pub specificity: f64,
}

/// A ROC curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RocCurve {
    /// Points by ascending threshold, from (sensitivity 1, specificity 0) to (0, 1).
    pub points: Vec<RocPoint>,
    /// Area under the curve.
    pub auc: f64,
    /// Number of cases.
    pub cases: usize,
    /// Number of controls.
    pub controls: usize,
}

/// ROC curve with higher = case (pROC's `roc` with `direction = "<"`).
///
/// Thresholds are -Inf, the midpoints between neighbouring distinct scores, and +Inf.
///
/// # Errors
/// Lengths that differ, a score that is not finite, or a class without samples.
pub fn roc_curve(class: &[bool], score: &[f64]) -> Result<RocCurve, DiscriminationError> {
    let cases = class.iter().filter(|c| **c).count();
    let controls = class.len() - cases;
    let too_few = DiscriminationError::TooFew {
        cases,
        controls,
        needed: 1,
    };
    let area = auc(class, score)?.ok_or(too_few)?;
    let mut order: Vec<(f64, bool)> = score.iter().copied().zip(class.iter().copied()).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut points = Vec::new();
    let (mut cases_below, mut controls_below) = (0_usize, 0_usize);
    let mut push = |threshold: f64, cases_below: usize, controls_below: usize| {
        points.push(RocPoint {
            threshold,
            sensitivity: (cases - cases_below) as f64 / cases as f64,
            specificity: controls_below as f64 / controls as f64,
        });
    };
    push(f64::NEG_INFINITY, 0, 0);
    for (i, &(value, is_case)) in order.iter().enumerate() {
        if is_case {
            cases_below += 1;
        } else {
            controls_below += 1;
        }
        match order.get(i + 1) {
            Some(next) if next.0 == value => {}
            Some(next) => {
                // halves first, so that huge scores do not overflow
                let middle = (value + next.0) / 2.0;
                let middle = if middle.is_finite() {
                    middle
                } else {
                    value / 2.0 + next.0 / 2.0
                };
                // neighbouring floats have no number between them
                let threshold = if middle > value { middle } else { next.0 };
                push(threshold, cases_below, controls_below);
            }
            None => push(f64::INFINITY, cases_below, controls_below),
        }
    }
    Ok(RocCurve {
        points,
        auc: area,
        cases,
        controls,
    })
}
