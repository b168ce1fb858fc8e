//! How sure the ROC curves are.

use serde::{Deserialize, Serialize};

/// 95 % intervals of the sensitivity, one specificity at a time, by a stratified bootstrap of the
/// patients with the model as it is (percentiles, as pROC's `ci.se`).
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct RocBand {
    /// False positive rates, ascending.
    #[serde(with = "super::number::list")]
    pub one_minus_specificity: Vec<f64>,
    /// Lower limit of the sensitivity at each.
    #[serde(with = "super::number::list")]
    pub lower: Vec<f64>,
    /// Upper limit at each.
    #[serde(with = "super::number::list")]
    pub upper: Vec<f64>,
    /// Number of resamples.
    pub resamples: usize,
}
