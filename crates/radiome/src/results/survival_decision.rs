//! Net benefit of predicted risks of an event by a time.

use serde::{Deserialize, Serialize};

use super::DecisionPoint;

/// Decision curves of the Cox models at one time (Vickers and others 2008), on the patients with a
/// time of follow-up of whom every model has a risk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SurvivalDecision {
    /// The time by which an event counts.
    #[serde(with = "super::number")]
    pub time: f64,
    /// Patients.
    pub n: usize,
    /// Events by then.
    pub events: usize,
    /// Kaplan-Meier probability of an event by then.
    #[serde(with = "super::number::option")]
    pub event_probability: Option<f64>,
    /// The models.
    pub models: Vec<SurvivalDecisionOfModel>,
    /// Why there are no curves.
    pub reason: Option<String>,
}

/// The decision curve of one Cox model.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SurvivalDecisionOfModel {
    /// The model: `nomogram`, `stage`, `nomogram_stage`.
    pub model: String,
    /// Its curve.
    pub points: Vec<DecisionPoint>,
    /// The first threshold at which follow-up of those treated ends before the time, so that their
    /// probability is that of its end; `None` for none.
    #[serde(with = "super::number::option")]
    pub short_from: Option<f64>,
}
