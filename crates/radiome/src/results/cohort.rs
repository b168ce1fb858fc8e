//! Who was in the study.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::BySplit;

/// From the patients of the tables to those analysed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CohortFlow {
    /// Patients in the joined tables.
    pub enrolled: usize,
    /// Who was left out, in the order of the table.
    pub excluded: Vec<Exclusion>,
    /// Who was analysed, by split.
    pub analysed: BySplit<SplitCounts>,
    /// Follow-up by split, where there is a survival endpoint.
    pub follow_up: Option<BySplit<FollowUp>>,
}

/// A patient who was left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exclusion {
    /// The patient.
    pub id: String,
    /// Stable reason, such as `outcome_unknown`, `in_neither_split`, `empty_mask`.
    pub reason_code: String,
    /// The reason as a sentence.
    pub reason: String,
}

/// Patients of a split.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SplitCounts {
    /// Patients.
    pub n: usize,
    /// With the positive outcome.
    pub positive: usize,
    /// With the negative outcome.
    pub negative: usize,
    /// Patients by scanner, where the study harmonises.
    pub batches: IndexMap<String, usize>,
}

/// How long patients were followed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FollowUp {
    /// Patients with time and event known.
    pub n: usize,
    /// Events.
    pub events: usize,
    /// Median follow-up by the reverse Kaplan-Meier method, in the unit of the table.
    #[serde(with = "super::number::option")]
    pub median: Option<f64>,
}

/// The baseline table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableOne {
    /// Splits in the order of the columns.
    pub splits: Vec<String>,
    /// One row a number, one a level of a factor.
    pub rows: Vec<TableOneRow>,
}

/// One row of the baseline table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableOneRow {
    /// Column of the clinical table.
    pub variable: String,
    /// Level of a factor; `None` for a number and for a median survival.
    pub level: Option<String>,
    /// By split: the negative group, the positive group.
    pub groups: BySplit<[GroupSummary; 2]>,
    /// By split: the test of the variable; only on its first row.
    pub tests: BySplit<TableOneTest>,
}

/// What one cell of the baseline table shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GroupSummary {
    /// Patients with a value.
    pub n: usize,
    /// Patients without one.
    pub missing: usize,
    /// The cell as printed: `51.0 ± 20.2`, `40 (30 to 52)` or `38 (64%)`.
    pub text: String,
}

/// The test of a row of the baseline table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableOneTest {
    /// `student_t`, `mann_whitney`, `chi_square`, `fisher_exact`, `log_rank`.
    pub test: String,
    /// Its P value.
    #[serde(with = "super::number::option")]
    pub p_value: Option<f64>,
}
