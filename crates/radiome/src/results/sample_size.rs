//! How many patients the study had, and how many its models would have needed.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The size of the study beside that which the criteria of Riley and others ask for.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct SampleSize {
    /// Training patients.
    pub n: usize,
    /// Of those, with the positive outcome.
    pub positive: usize,
    /// Features among which signatures were chosen, in all sequences.
    pub features: usize,
    /// Parameters of the clinical candidates: levels less one of a factor.
    pub clinical: usize,
    /// What is needed, by model and by what is assumed of it.
    pub required: Vec<RequiredSize>,
}

/// The patients that one model needs.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct RequiredSize {
    /// `candidates`: a model that may hold any candidate; `nomogram`: one of the nomogram's terms
    /// alone, had they been named beforehand.
    pub model: String,
    /// Its parameters.
    pub parameters: usize,
    /// Positive training patients for each parameter.
    #[serde(with = "super::number")]
    pub events_per_parameter: f64,
    /// `nagelkerke`: an R² of Nagelkerke of 0.15; `cross_validated_auc`: the R² that the nomogram's
    /// cross-validated AUC implies.
    pub assumption: String,
    /// That AUC.
    #[serde(with = "super::number::option")]
    pub c_statistic: Option<f64>,
    /// R² of Cox and Snell that is assumed.
    #[serde(with = "super::number")]
    pub r2: f64,
    /// The same as a share of the largest possible, after Nagelkerke.
    #[serde(with = "super::number")]
    pub r2_nagelkerke: f64,
    /// Patients for each criterion: `shrinkage`, `optimism`, `overall_risk`.
    pub criteria: IndexMap<String, usize>,
    /// Patients that meet every criterion.
    pub required: usize,
}

impl SampleSize {
    /// Parameters of all candidates.
    #[must_use]
    pub fn candidates(&self) -> usize {
        self.features + self.clinical
    }
}
