//! How well the models do within subgroups.

use serde::{Deserialize, Serialize};

use super::{ByModel, BySplit, Estimate};

/// Discrimination within the values of one column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Subgroups {
    /// The column.
    pub column: String,
    /// Where a column of many numbers is cut: the median of the training patients.
    #[serde(with = "super::number::option")]
    pub cut: Option<f64>,
    /// By model: `cross_validated` training patients, `external` patients.
    pub models: ByModel<BySplit<SubgroupsOfModel>>,
}

/// One model within the values of one column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SubgroupsOfModel {
    /// One a value of the column.
    pub levels: Vec<Subgroup>,
    /// Whether the AUC differs between them.
    pub interaction: Interaction,
}

/// One model in one subgroup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Subgroup {
    /// Value of the column.
    pub level: String,
    /// Patients with a prediction.
    pub n: usize,
    /// With the positive outcome.
    pub positive: usize,
    /// AUC with its 95 % interval.
    pub auc: Estimate,
    /// Why there is none.
    pub reason: Option<String>,
}

/// Test of equal AUC in all subgroups of a column that have one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Interaction {
    /// `delong_unpaired`, `difference` or `cochran_q`; `None` where there is nothing to test.
    pub test: Option<String>,
    /// AUC of the second subgroup less that of the first, where there are two.
    #[serde(with = "super::number::option")]
    pub difference: Option<f64>,
    /// Its 95 % interval.
    #[serde(with = "super::number::limits")]
    pub ci: [Option<f64>; 2],
    /// Statistic: t, z or Q.
    #[serde(with = "super::number::option")]
    pub statistic: Option<f64>,
    /// Degrees of freedom of t or Q.
    #[serde(with = "super::number::option")]
    pub df: Option<f64>,
    /// Two-sided P, not corrected for the number of tests.
    #[serde(with = "super::number::option")]
    pub p_value: Option<f64>,
}
