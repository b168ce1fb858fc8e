//! Discrimination at a time: who has had the event by then, against who has not.

use super::censoring::{CensoringTies, censoring_distribution};
use super::error::{SurvivalError, check, check_horizon, check_level, check_score};
use serde::Serialize;

/// Area under the time-dependent ROC curve at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimeDependentAuc {
    /// Horizon, in the unit of the times.
    pub horizon: f64,
    /// Area under the curve.
    pub auc: f64,
    /// Standard error by the influence function, the estimation of the weights included.
    pub standard_error: f64,
    /// Lower Wald limit, at least 0.
    pub lower: f64,
    /// Upper Wald limit, at most 1.
    pub upper: f64,
    /// Confidence level.
    pub level: f64,
    /// Samples with an event up to the horizon.
    pub cases: usize,
    /// Samples followed beyond the horizon.
    pub controls: usize,
    /// Probability of being uncensored at the horizon.
    pub uncensored_at_horizon: f64,
}

/// Cumulative/dynamic AUC at `horizon`, weighted by the inverse probability of censoring (Uno and
/// others 2007; Blanche and others 2013).
///
/// Cases had an event at T <= horizon, controls have T > horizon; samples censored before count for
/// neither, and each case weighs w = 1 / G(T-) in their place, G the reverse Kaplan-Meier estimate.
/// AUC = sum over cases of w (controls with a lower score + equal ones / 2) / (controls sum of w);
/// higher scores mean earlier events. The standard error follows riskRegression's `Score` with
/// `cens.model = "km"`: the standard deviation (n - 1) of the influence function over sqrt n. As there,
/// its part for the estimation of G keeps the samples with events at risk at tied times, whichever
/// `ties` the weights use. O(n log n).
///
/// # Errors
/// As [`super::kaplan_meier`]; a score that is not finite; a horizon that is negative or not finite;
/// no case or no control.
pub fn time_dependent_auc(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    horizon: f64,
    ties: CensoringTies,
    level: f64,
) -> Result<TimeDependentAuc, SurvivalError> {
    let g = censoring_distribution(time, event, ties)?;
    let quantile = check_level(level)?;
    check_score(time, score)?;
    check_horizon(horizon)?;
    let n = time.len();
    let weight: Vec<f64> = time
        .iter()
        .zip(event)
        .map(|(&t, &e)| {
            if e && t <= horizon {
                1.0 / g.before(t)
            } else {
                0.0
            }
        })
        .collect();
    // by score, then time, so that every sum has one order whatever the order of the rows
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| {
        score[a]
            .total_cmp(&score[b])
            .then(time[a].total_cmp(&time[b]))
            .then(event[a].cmp(&event[b]))
    });
    let is_control = |i: usize| time[i] > horizon;
    let cases = weight.iter().filter(|w| **w > 0.0).count();
    let controls = (0..n).filter(|&i| is_control(i)).count();
    if cases == 0 || controls == 0 {
        return Err(SurvivalError::NothingToCompare(
            "there is no event up to the horizon, or no sample was followed beyond it",
        ));
    }
    // for a case the controls it beats, for a control the weight of the cases that beat it
    let total_weight: f64 = order.iter().map(|&i| weight[i]).sum();
    let mut beaten = vec![0.0; n];
    let (mut controls_below, mut weight_below, mut wins) = (0.0, 0.0, 0.0);
    for block in order.chunk_by(|&a, &b| score[a] == score[b]) {
        let equal_controls = block.iter().filter(|&&i| is_control(i)).count() as f64;
        let equal_weight: f64 = block.iter().map(|&i| weight[i]).sum();
        for &i in block {
            if is_control(i) {
                beaten[i] = (total_weight - weight_below - equal_weight) + 0.5 * equal_weight;
            } else if weight[i] > 0.0 {
                beaten[i] = controls_below + 0.5 * equal_controls;
                wins += weight[i] * beaten[i];
            }
        }
        controls_below += equal_controls;
        weight_below += equal_weight;
    }
    let auc = wins / (total_weight * controls as f64);
    // influence = share of the sample itself + share through the weights of the cases
    let size = n as f64;
    let event_rate = total_weight / size;
    let control_rate = controls as f64 / size;
    let own: Vec<f64> = (0..n)
        .map(|i| {
            if is_control(i) {
                (beaten[i] / size / event_rate - auc) / control_rate
            } else {
                weight[i] * (beaten[i] / size / control_rate - auc) / event_rate
            }
        })
        .collect();
    let through = weight_influence(time, event, &own, &weight);
    let mut influence: Vec<f64> = own.iter().zip(&through).map(|(a, b)| a + b).collect();
    influence.sort_unstable_by(f64::total_cmp);
    let mean = influence.iter().sum::<f64>() / size;
    let squares: f64 = influence.iter().map(|v| (v - mean) * (v - mean)).sum();
    let standard_error = (squares / (size - 1.0) / size).sqrt();
    Ok(TimeDependentAuc {
        horizon,
        auc,
        standard_error,
        lower: (auc - quantile * standard_error).max(0.0),
        upper: (auc + quantile * standard_error).min(1.0),
        level,
        cases,
        controls,
        uncensored_at_horizon: g.at(horizon),
    })
}

/// Influence of each sample through G: the integral of B / pi over its censoring martingale, B(u) the
/// sum of `own` over cases with T > u, over n, and pi(u) the share at risk at u.
fn weight_influence(time: &[f64], event: &[bool], own: &[f64], weight: &[f64]) -> Vec<f64> {
    let n = time.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| time[a].total_cmp(&time[b]).then(own[a].total_cmp(&own[b])));
    let case_share = |i: usize| if weight[i] > 0.0 { own[i] } else { 0.0 };
    let blocks: Vec<&[usize]> = order.chunk_by(|&a, &b| time[a] == time[b]).collect();
    let mut later = vec![0.0; blocks.len()];
    let mut sum = 0.0;
    for (slot, block) in later.iter_mut().zip(&blocks).rev() {
        *slot = sum;
        sum += block.iter().map(|&i| case_share(i)).sum::<f64>();
    }
    let mut out = vec![0.0; n];
    let mut compensator = 0.0;
    let mut at_risk = n;
    for (later, block) in later.iter().zip(&blocks) {
        let r = at_risk as f64;
        let c = block.iter().filter(|&&i| !event[i]).count() as f64;
        // B / pi: the factors 1/n cancel
        let jump = later / r;
        compensator += c / r * jump;
        for &i in *block {
            out[i] = if event[i] { 0.0 } else { jump } - compensator;
        }
        at_risk -= block.len();
    }
    out
}

/// A ROC curve at a horizon by Kaplan-Meier curves of the samples above each cut.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KaplanMeierRoc {
    /// Horizon, in the unit of the times.
    pub horizon: f64,
    /// Area under the curve by trapezoids.
    pub auc: f64,
    /// Distinct scores, ascending; positive = above the cut. The first point, where all are positive,
    /// has -infinity.
    pub cuts: Vec<f64>,
    /// Sensitivity at each cut.
    pub sensitivity: Vec<f64>,
    /// 1 - specificity at each cut.
    pub false_positive: Vec<f64>,
}

/// ROC curve at `horizon` of Heagerty, Lumley and Pepe (2000), their Kaplan-Meier estimator.
///
/// Sensitivity(c) = (1 - S(t | X > c)) P(X > c) / (1 - S(t)) and 1 - specificity(c) = S(t | X > c)
/// P(X > c) / S(t). Neither need fall with c, and both may leave \[0, 1\]; the weighted
/// [`time_dependent_auc`] has no such flaw. Takes O(n) for each distinct score.
///
/// # Errors
/// As [`time_dependent_auc`]; survival at the horizon that is 0 or 1.
pub fn kaplan_meier_roc(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    horizon: f64,
) -> Result<KaplanMeierRoc, SurvivalError> {
    check(time, event)?;
    check_score(time, score)?;
    check_horizon(horizon)?;
    let mut order: Vec<usize> = (0..time.len()).collect();
    order.sort_unstable_by(|&a, &b| time[a].total_cmp(&time[b]));
    let survival_above = |cut: f64| -> (usize, f64) {
        let members = order.iter().filter(|&&i| score[i] > cut).count();
        let mut at_risk = members;
        let mut survival = 1.0;
        for block in order.chunk_by(|&a, &b| time[a] == time[b]) {
            if block.first().is_none_or(|&i| time[i] > horizon) {
                break;
            }
            let (mut d, mut leaving) = (0, 0);
            for &i in block {
                if score[i] > cut {
                    leaving += 1;
                    d += usize::from(event[i]);
                }
            }
            if d > 0 {
                survival *= (at_risk - d) as f64 / at_risk as f64;
            }
            at_risk -= leaving;
        }
        (members, survival)
    };
    let (_, overall) = survival_above(f64::NEG_INFINITY);
    if overall <= 0.0 || overall >= 1.0 {
        return Err(SurvivalError::NothingToCompare(
            "survival at the horizon is 0 or 1, so there are no cases or no controls",
        ));
    }
    let mut cuts = score.to_vec();
    cuts.sort_unstable_by(f64::total_cmp);
    cuts.dedup();
    cuts.insert(0, f64::NEG_INFINITY);
    let size = time.len() as f64;
    let (sensitivity, false_positive): (Vec<f64>, Vec<f64>) = cuts
        .iter()
        .map(|&cut| {
            let (members, survival) = survival_above(cut);
            let share = members as f64 / size;
            (
                (1.0 - survival) * share / (1.0 - overall),
                survival * share / overall,
            )
        })
        .unzip();
    let auc = sensitivity
        .windows(2)
        .zip(false_positive.windows(2))
        .map(|(s, f)| (f[0] - f[1]) * f64::midpoint(s[0], s[1]))
        .sum();
    Ok(KaplanMeierRoc {
        horizon,
        auc,
        cuts,
        sensitivity,
        false_positive,
    })
}
