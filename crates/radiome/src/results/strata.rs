//! Survival within strata: the groups of each model among patients who are alike in one column.

use serde::{Deserialize, Serialize};

use super::{ByModel, BySplit, KaplanMeier, LogRank};

/// Survival within the values of one column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StratifiedSurvival {
    /// The column.
    pub column: String,
    /// Where a column of many numbers is cut: the median of the training patients.
    #[serde(with = "super::number::option")]
    pub cut: Option<f64>,
    /// By model, and by the true outcome (`outcome`).
    pub models: ByModel<BySplit<Strata>>,
}

/// The groups of one model in one set of patients, within each stratum.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Strata {
    /// One a value of the column.
    pub levels: Vec<Stratum>,
    /// Patients with a time, a group and a value of the column.
    pub n: usize,
    /// Log-rank test of the groups, stratified by the column: one test of all strata.
    pub log_rank: LogRank,
}

/// The groups within one stratum.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stratum {
    /// Value of the column.
    pub level: String,
    /// Patients.
    pub n: usize,
    /// Events.
    pub events: usize,
    /// Curves of the groups; `None` where there are too few patients or no event.
    pub curves: Option<KaplanMeier>,
    /// Log-rank test of the groups.
    pub log_rank: Option<LogRank>,
    /// Why there are no curves or no test.
    pub reason: Option<String>,
}
