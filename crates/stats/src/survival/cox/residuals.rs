//! The baseline hazard of a fitted model, and residuals by it.

use super::partial_likelihood::RiskSets;
use serde::Serialize;

/// Cumulative baseline hazard where all predictors are 0 (R's `basehaz(centered = FALSE)`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineHazard {
    /// Label of the stratum; 0 for a model without strata.
    pub stratum: usize,
    /// Distinct times, ascending, those with censorings only included.
    pub time: Vec<f64>,
    /// Cumulative hazard up to and including the time.
    pub cumulative_hazard: Vec<f64>,
}

impl BaselineHazard {
    /// Probability of no event up to `t` at a linear predictor (not centred):
    /// exp(-H0(t) exp(lp)).
    #[must_use]
    pub fn survival_at(&self, t: f64, linear_predictor: f64) -> f64 {
        let k = self.time.partition_point(|u| *u <= t);
        let hazard = k
            .checked_sub(1)
            .and_then(|k| self.cumulative_hazard.get(k))
            .unwrap_or(&0.0);
        (-hazard * linear_predictor.exp()).exp()
    }
}

impl BaselineHazard {
    /// The first time by which the probability of no event has fallen to 1 - `p` or below, at a linear
    /// predictor (not centred); `None` if it does not fall so far (R's `rms::Quantile`).
    #[must_use]
    pub fn quantile_at(&self, p: f64, linear_predictor: f64) -> Option<f64> {
        let risk = linear_predictor.exp();
        let fallen = |hazard: &f64| (-hazard * risk).exp() <= 1.0 - p;
        let k = self.cumulative_hazard.partition_point(|h| !fallen(h));
        self.time.get(k).copied()
    }
}

/// Baseline hazards by stratum, and the residuals of each sample.
pub(super) struct Hazards {
    pub(super) baseline: Vec<BaselineHazard>,
    pub(super) martingale: Vec<f64>,
    pub(super) deviance: Vec<f64>,
}

/// `linear_predictor` in the order of the caller, not centred.
pub(super) fn hazards(sets: &RiskSets, linear_predictor: &[f64]) -> Hazards {
    let n = linear_predictor.len();
    let eta: Vec<f64> = sets.order.iter().map(|&i| linear_predictor[i]).collect();
    let steps = sets.hazard_steps(&eta);
    let stratum = |rows: &std::ops::Range<usize>| sets.stratum.get(rows.start).copied();
    let mut baseline = Vec::new();
    let mut martingale = vec![0.0; n];
    let mut deviance = vec![0.0; n];
    for steps in steps.chunk_by(|a, b| stratum(&a.rows) == stratum(&b.rows)) {
        let mut curve = BaselineHazard {
            stratum: steps
                .first()
                .and_then(|s| stratum(&s.rows))
                .unwrap_or_default(),
            time: Vec::new(),
            cumulative_hazard: Vec::new(),
        };
        // in units of exp(-shift); the largest predictor at risk only falls with time, so that no
        // exponential here overflows
        let mut before = 0.0;
        let mut shift = f64::INFINITY;
        for step in steps.iter().rev() {
            if step.shift < shift {
                before *= (step.shift - shift).exp();
                shift = step.shift;
            }
            for k in step.rows.clone() {
                let event = sets.event[k];
                let own = if event { step.event_step } else { step.step };
                let expected = (eta[k] - shift).exp() * (before + own);
                let i = sets.order[k];
                martingale[i] = f64::from(u8::from(event)) - expected;
                let fit = if event { 1.0 + expected.ln() } else { 0.0 };
                deviance[i] = martingale[i].signum() * (2.0 * (expected - fit)).max(0.0).sqrt();
            }
            before += step.step;
            curve.time.push(sets.time[step.rows.start]);
            curve.cumulative_hazard.push(before * (-shift).exp());
        }
        baseline.push(curve);
    }
    Hazards {
        baseline,
        martingale,
        deviance,
    }
}
