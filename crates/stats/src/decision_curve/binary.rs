//! Net benefit where the outcome is known of everybody.

use super::error::{DecisionCurveError, check};
use serde::Serialize;

/// A decision curve; entry k of each list belongs to threshold k.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionCurve {
    /// Threshold probabilities.
    pub thresholds: Vec<f64>,
    /// Share of samples with the outcome.
    pub prevalence: f64,
    /// True positives over all samples.
    pub true_positive_rate: Vec<f64>,
    /// False positives over all samples.
    pub false_positive_rate: Vec<f64>,
    /// Net benefit of the model.
    pub net_benefit: Vec<f64>,
    /// Net benefit over prevalence; at most 1. NaN without any outcome.
    pub standardized_net_benefit: Vec<f64>,
    /// Net benefit of treating everybody.
    pub treat_all: Vec<f64>,
    /// Net benefit of treating nobody: zeros.
    pub treat_none: Vec<f64>,
    /// Interventions avoided per 100 samples, compared with treating everybody. NaN at threshold 0.
    pub interventions_avoided: Vec<f64>,
}

/// Net benefit at each threshold t (the `dcurves` package).
///
/// A sample is treated if p >= t. With the odds w = t/(1 - t), net benefit is TP/n - w FP/n; that of
/// treating everybody is prevalence - w (1 - prevalence). Interventions avoided per 100 samples:
/// 100 (NB - NB of all) / w.
///
/// # Errors
/// Lengths that differ or are zero, entries that are not probabilities, thresholds outside [0, 1).
pub fn decision_curve(
    outcome: &[bool],
    probability: &[f64],
    thresholds: &[f64],
) -> Result<DecisionCurve, DecisionCurveError> {
    check(outcome.len(), probability, thresholds)?;
    let n = outcome.len() as f64;
    let split = |wanted: bool| -> Vec<f64> {
        let mut list: Vec<f64> = probability
            .iter()
            .zip(outcome)
            .filter(|(_, y)| **y == wanted)
            .map(|(p, _)| *p)
            .collect();
        list.sort_unstable_by(f64::total_cmp);
        list
    };
    let (cases, controls) = (split(true), split(false));
    let at_least =
        |list: &[f64], t: f64| (list.len() - list.partition_point(|p| *p < t)) as f64 / n;
    let prevalence = cases.len() as f64 / n;
    let size = thresholds.len();
    let mut curve = DecisionCurve {
        thresholds: thresholds.to_vec(),
        prevalence,
        true_positive_rate: Vec::with_capacity(size),
        false_positive_rate: Vec::with_capacity(size),
        net_benefit: Vec::with_capacity(size),
        standardized_net_benefit: Vec::with_capacity(size),
        treat_all: Vec::with_capacity(size),
        treat_none: vec![0.0; size],
        interventions_avoided: Vec::with_capacity(size),
    };
    for &t in thresholds {
        let odds = t / (1.0 - t);
        let (tp, fp) = (at_least(&cases, t), at_least(&controls, t));
        let benefit = tp - fp * odds;
        let all = prevalence - (1.0 - prevalence) * odds;
        curve.true_positive_rate.push(tp);
        curve.false_positive_rate.push(fp);
        curve.net_benefit.push(benefit);
        curve.standardized_net_benefit.push(benefit / prevalence);
        curve.treat_all.push(all);
        curve
            .interventions_avoided
            .push(100.0 * (benefit - all) / odds);
    }
    Ok(curve)
}
