//! Hazard ratios of the models' scores.

use serde::{Deserialize, Serialize};

/// Hazard ratios of one model in one set of patients.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HazardRatios {
    /// Cox model of the score alone, for one standard deviation of the score; `None` for the true
    /// outcome, which has no score.
    pub per_sd: Option<HazardRatio>,
    /// Cox model of the group alone: high against low risk, or positive against negative outcome.
    pub high_vs_low: HazardRatio,
}

/// One hazard ratio (Cox model of one column, Efron's ties).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HazardRatio {
    /// Patients with a time and a value.
    pub n: usize,
    /// Events among them.
    pub events: usize,
    /// Hazard ratio.
    #[serde(with = "super::number::option")]
    pub hazard_ratio: Option<f64>,
    /// Its 95 % interval (Wald).
    #[serde(with = "super::number::limits")]
    pub ci: [Option<f64>; 2],
    /// P of the Wald test.
    #[serde(with = "super::number::option")]
    pub p_value: Option<f64>,
    /// Why there is none.
    pub reason: Option<String>,
}
