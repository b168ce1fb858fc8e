//! The curve of one group, as it is told.

use radiome::table::number_json;
use radiome_stats::survival::{
    KaplanMeier, RestrictedMean, SurvivalInterval, restricted_mean, reverse_kaplan_meier,
};
use serde_json::{Map, Value, json};

/// Shares of the group with the event whose times are told.
const QUANTILES: [f64; 3] = [0.25, 0.5, 0.75];

/// The Kaplan-Meier curve of a group, and what it was made of.
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) curve: KaplanMeier,
    pub(super) time: Vec<f64>,
    pub(super) event: Vec<bool>,
}

/// One distinct time.
pub(super) struct Step {
    pub(super) time: f64,
    pub(super) at_risk: usize,
    pub(super) events: usize,
    pub(super) censored: usize,
    pub(super) survival: f64,
    pub(super) standard_error: f64,
    pub(super) standard_error_log: f64,
    pub(super) cumulative_hazard: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Curve {
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        let curve = &self.curve;
        let counts = curve.at_risk.iter().zip(&curve.events).zip(&curve.censored);
        let estimates = curve.survival.iter().zip(&curve.standard_error_log);
        let estimates = estimates.zip(&curve.cumulative_hazard);
        let limits = curve.lower.iter().zip(&curve.upper);
        let all = curve.time.iter().zip(counts).zip(estimates).zip(limits);
        all.map(
            |(
                (
                    (&time, ((&at_risk, &events), &censored)),
                    ((&survival, &log), &cumulative_hazard),
                ),
                (&lower, &upper),
            )| {
                Step {
                    time,
                    at_risk,
                    events,
                    censored,
                    survival,
                    standard_error: survival * log,
                    standard_error_log: log,
                    cumulative_hazard,
                    lower,
                    upper,
                }
            },
        )
    }

    pub(super) fn to_json(&self) -> Map<String, Value> {
        let steps: Vec<Value> = self
            .steps()
            .map(|step| {
                json!({
                    "time": number_json(step.time),
                    "n_risk": step.at_risk,
                    "n_event": step.events,
                    "n_censor": step.censored,
                    "survival": number_json(step.survival),
                    "std_error": number_json(step.standard_error),
                    "std_error_log": number_json(step.standard_error_log),
                    "cumulative_hazard": number_json(step.cumulative_hazard),
                    "ci": [number_json(step.lower), number_json(step.upper)],
                })
            })
            .collect();
        let median = self.curve.median();
        let quantiles = QUANTILES.map(|probability| {
            let found = self.curve.quantile(probability);
            json!({
                "probability": probability,
                "time": found.time,
                "ci": [found.lower, found.upper],
            })
        });
        let object = json!({
            "name": self.name,
            "n": self.curve.n,
            "events": self.curve.total_events,
            "median": median.time,
            "median_ci": [median.lower, median.upper],
            "quantiles": quantiles,
            "steps": steps,
        });
        object.as_object().cloned().unwrap_or_default()
    }

    /// The survival at a time.
    pub(super) fn at(&self, time: f64) -> Value {
        let (lower, upper) = self.curve.limits_at(time);
        json!({
            "time": number_json(time),
            "n_risk": self.curve.at_risk_at(time),
            "survival": number_json(self.curve.survival_at(time)),
            "std_error": number_json(self.curve.standard_error_at(time)),
            "ci": [number_json(lower), number_json(upper)],
        })
    }

    pub(super) fn restricted_mean(&self, horizon: f64, level: f64) -> Option<RestrictedMean> {
        restricted_mean(&self.curve, horizon, level).ok()
    }

    /// The median follow-up by the reversed curve.
    pub(super) fn follow_up(&self, interval: SurvivalInterval) -> Value {
        let level = self.curve.level;
        let Ok(reversed) = reverse_kaplan_meier(&self.time, &self.event, interval, level) else {
            return Value::Null;
        };
        let median = reversed.median();
        json!({"median": median.time, "ci": [median.lower, median.upper]})
    }
}
