//! Net benefit where the outcome is an event by some time, and follow-up may end before.

use super::error::{DecisionCurveError, check};
use crate::survival::{SurvivalInterval, kaplan_meier};
use serde::Serialize;

/// A decision curve of an event by a time; entry k of each list belongs to threshold k.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SurvivalDecisionCurve {
    /// Time by which the event counts.
    pub horizon: f64,
    /// Threshold probabilities.
    pub thresholds: Vec<f64>,
    /// Kaplan-Meier probability of the event by the horizon, all samples.
    pub event_probability: f64,
    /// Share of samples that are treated.
    pub treated: Vec<f64>,
    /// Kaplan-Meier probability of the event among them; NaN where nobody is treated.
    pub event_probability_of_treated: Vec<f64>,
    /// Longest follow-up among them; NaN where nobody is treated. Where it ends before the horizon
    /// with a censoring, the probability is that of its end.
    pub longest_follow_up: Vec<f64>,
    /// Net benefit of the model.
    pub net_benefit: Vec<f64>,
    /// Net benefit of treating everybody.
    pub treat_all: Vec<f64>,
    /// Net benefit of treating nobody: zeros.
    pub treat_none: Vec<f64>,
    /// Interventions avoided per 100 samples, compared with treating everybody. NaN at threshold 0.
    pub interventions_avoided: Vec<f64>,
}

/// Net benefit at each threshold t for an event by `horizon` (the `dcurves` package; Vickers 2008).
///
/// A sample is treated if p >= t. With x the share that is treated, e the Kaplan-Meier probability of
/// the event by the horizon among them, and the odds w = t/(1 - t): net benefit is x e - w x (1 - e),
/// and 0 where nobody is treated; that of treating everybody has the probability of all samples. This
/// supposes that censoring does not depend on the event, in all samples and above each threshold.
///
/// # Errors
/// Lengths that differ or are zero, entries that are not probabilities, thresholds outside [0, 1), a
/// time that is negative or not finite, a horizon that is not positive and finite.
pub fn survival_decision_curve(
    time: &[f64],
    event: &[bool],
    probability: &[f64],
    horizon: f64,
    thresholds: &[f64],
) -> Result<SurvivalDecisionCurve, DecisionCurveError> {
    check(time.len(), probability, thresholds)?;
    if !(horizon > 0.0 && horizon.is_finite()) {
        return Err(DecisionCurveError::BadHorizon { horizon });
    }
    let all = kaplan_meier(time, event, SurvivalInterval::Log, 0.95)?;
    let event_probability = 1.0 - all.survival_at(horizon);
    let n = time.len() as f64;
    let mut order: Vec<usize> = (0..time.len()).collect();
    order.sort_unstable_by(|&a, &b| time[a].total_cmp(&time[b]));
    let sorted: Vec<Follow> = order
        .iter()
        .map(|&row| Follow {
            time: time[row],
            event: event[row],
            probability: probability[row],
        })
        .collect();
    let size = thresholds.len();
    let mut curve = SurvivalDecisionCurve {
        horizon,
        thresholds: thresholds.to_vec(),
        event_probability,
        treated: Vec::with_capacity(size),
        event_probability_of_treated: Vec::with_capacity(size),
        longest_follow_up: Vec::with_capacity(size),
        net_benefit: Vec::with_capacity(size),
        treat_all: Vec::with_capacity(size),
        treat_none: vec![0.0; size],
        interventions_avoided: Vec::with_capacity(size),
    };
    for &t in thresholds {
        let odds = t / (1.0 - t);
        let treated = Treated::above(&sorted, t, horizon);
        let share = treated.count as f64 / n;
        let benefit = if treated.count == 0 {
            0.0
        } else {
            share * treated.event_probability - share * (1.0 - treated.event_probability) * odds
        };
        let of_all = event_probability - (1.0 - event_probability) * odds;
        curve.treated.push(share);
        let probability = treated.event_probability;
        curve.event_probability_of_treated.push(probability);
        curve.longest_follow_up.push(treated.longest_follow_up);
        curve.net_benefit.push(benefit);
        curve.treat_all.push(of_all);
        let avoided = 100.0 * (benefit - of_all) / odds;
        curve.interventions_avoided.push(avoided);
    }
    Ok(curve)
}

/// One sample.
struct Follow {
    time: f64,
    event: bool,
    probability: f64,
}

/// Those whose probability reaches a threshold.
struct Treated {
    count: usize,
    event_probability: f64,
    longest_follow_up: f64,
}

impl Treated {
    /// One pass over the samples in ascending order of time.
    fn above(sorted: &[Follow], threshold: f64, horizon: f64) -> Self {
        let treated = || sorted.iter().filter(|one| one.probability >= threshold);
        let count = treated().count();
        let Some(last) = treated().next_back() else {
            return Self {
                count,
                event_probability: f64::NAN,
                longest_follow_up: f64::NAN,
            };
        };
        let (mut at_risk, mut survival) = (count, 1.0);
        for tied in sorted.chunk_by(|a, b| a.time == b.time) {
            if tied[0].time > horizon {
                break;
            }
            let here = tied.iter().filter(|one| one.probability >= threshold);
            let (mut leaving, mut events) = (0, 0);
            for one in here {
                leaving += 1;
                events += usize::from(one.event);
            }
            if events > 0 {
                survival *= (at_risk - events) as f64 / at_risk as f64;
            }
            at_risk -= leaving;
        }
        Self {
            count,
            event_probability: 1.0 - survival,
            longest_follow_up: last.time,
        }
    }
}
