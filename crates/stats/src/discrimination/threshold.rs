//! Choosing a cut-off.

use super::error::DiscriminationError;
use super::roc::{RocPoint, roc_curve};
use serde::Serialize;

/// What a good cut-off is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ThresholdRule {
    /// Largest sensitivity + specificity - 1 (Youden's J).
    Youden,
    /// Least (1 - sensitivity)^2 + (1 - specificity)^2.
    ClosestTopLeft,
}

/// A chosen cut-off: a sample is positive if its score >= threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChosenThreshold {
    /// The rule.
    pub rule: ThresholdRule,
    /// The lowest of the best thresholds, with its sensitivity and specificity.
    pub best: RocPoint,
    /// All thresholds that tie for the best, ascending.
    pub tied: Vec<f64>,
}

/// The best threshold of a ROC curve (pROC's `coords(x = "best")`).
///
/// Candidates are the thresholds of [`roc_curve`], so the answer may be infinite when no cut is
/// better than calling all samples alike. Ties are found exactly, in counts; the lowest is taken.
///
/// # Errors
/// As [`roc_curve`].
pub fn best_threshold(
    class: &[bool],
    score: &[f64],
    rule: ThresholdRule,
) -> Result<ChosenThreshold, DiscriminationError> {
    let curve = roc_curve(class, score)?;
    let (m, n) = (curve.cases as f64, curve.controls as f64);
    let criterion = |p: &RocPoint| -> i128 {
        let true_positives = (p.sensitivity * m).round() as i128;
        let true_negatives = (p.specificity * n).round() as i128;
        let (cases, controls) = (curve.cases as i128, curve.controls as i128);
        match rule {
            ThresholdRule::Youden => true_positives * controls + true_negatives * cases,
            ThresholdRule::ClosestTopLeft => {
                let missed = (cases - true_positives) * controls;
                let alarms = (controls - true_negatives) * cases;
                -(missed * missed + alarms * alarms)
            }
        }
    };
    let mut best = (
        i128::MIN,
        RocPoint {
            threshold: 0.0,
            sensitivity: 0.0,
            specificity: 0.0,
        },
    );
    let mut tied = Vec::new();
    for point in &curve.points {
        let value = criterion(point);
        if value > best.0 {
            best = (value, *point);
            tied.clear();
        }
        if value == best.0 {
            tied.push(point.threshold);
        }
    }
    Ok(ChosenThreshold {
        rule,
        best: best.1,
        tied,
    })
}
