//! The nomogram of a Cox model: points to survival.

use serde::{Deserialize, Serialize};

use super::NomogramAxis;

/// Nomogram of the Cox model of the nomogram's linear predictor and the stage:
/// `survival(t) = baseline(t) ^ exp(linear predictor)`, the linear predictor centred at the means of
/// the training patients.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CoxNomogram {
    /// One axis a term.
    pub axes: Vec<NomogramAxis>,
    /// Points of one unit of the linear predictor.
    #[serde(with = "super::number")]
    pub points_per_unit: f64,
    /// Linear predictor at 0 points.
    #[serde(with = "super::number")]
    pub linear_predictor_at_zero: f64,
    /// Marks of the axis of total points.
    #[serde(with = "super::number::list")]
    pub total_points: Vec<f64>,
    /// One axis a time.
    pub survival: Vec<SurvivalAxis>,
    /// Why there is none.
    pub reason: Option<String>,
}

/// Survival at one time along the total points.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SurvivalAxis {
    /// The time.
    #[serde(with = "super::number")]
    pub time: f64,
    /// Survival at linear predictor 0.
    #[serde(with = "super::number")]
    pub baseline: f64,
    /// Training patients at risk just before then.
    pub at_risk: usize,
    /// Survival and the total points that mean it.
    #[serde(with = "super::number::points")]
    pub marks: Vec<[f64; 2]>,
}

/// Discrimination of one score at one time: who has had the event by then against who has not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AucAtTime {
    /// The model.
    pub score: String,
    /// The time.
    #[serde(with = "super::number")]
    pub time: f64,
    /// Patients with an event by then.
    pub cases: usize,
    /// Patients followed beyond.
    pub controls: usize,
    /// Cumulative/dynamic AUC, weighted by the inverse probability of censoring.
    pub auc: super::Estimate,
    /// Why there is none.
    pub reason: Option<String>,
}
