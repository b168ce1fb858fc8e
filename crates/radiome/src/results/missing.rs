//! Missing clinical values and what was done about them.

use serde::{Deserialize, Serialize};

use super::BySplit;

/// Missing values of the clinical candidates.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MissingValues {
    /// `complete_cases` or `multiple_imputation`.
    pub method: String,
    /// How the training patients were completed; `None` for complete cases.
    pub imputation: Option<ImputationSummary>,
    /// The candidates.
    pub columns: Vec<MissingColumn>,
    /// Patients whose probability by the nomogram rests on an expected value, by split; none for
    /// complete cases.
    #[serde(default)]
    pub expected: BySplit<Vec<String>>,
}

/// How training patients were completed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ImputationSummary {
    /// Completed data sets.
    pub imputations: usize,
    /// Rounds of chained equations before a set is taken.
    pub iterations: usize,
    /// Patients from whom a number may be taken.
    pub donors: usize,
}

/// Missing values of one candidate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MissingColumn {
    /// The column.
    pub column: String,
    /// `number` or `factor`.
    pub kind: String,
    /// Patients without a value, by split.
    pub missing: BySplit<usize>,
    /// Whether it is imputed: not where nothing is, or where it has one value only in training.
    pub imputed: bool,
}

/// How a coefficient was pooled over completed data sets (Rubin 1987).
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PooledTerm {
    /// Degrees of freedom of Barnard and Rubin.
    #[serde(with = "super::number")]
    pub df: f64,
    /// Relative increase in variance because of missing values.
    #[serde(with = "super::number")]
    pub relative_increase: f64,
    /// Fraction of missing information.
    #[serde(with = "super::number")]
    pub fraction_missing: f64,
}
