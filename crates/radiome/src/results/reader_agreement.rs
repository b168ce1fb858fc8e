//! What two readers said of the same patients.

use serde::{Deserialize, Serialize};

/// Agreement of two readers on one sign, over the analysed patients.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct ReaderAgreement {
    /// The sign, under the name of the column that is used.
    pub column: String,
    /// The columns of the two readers.
    pub readers: [String; 2],
    /// Whose value is used where they differ: `consensus` or `first_reader`.
    pub used: String,
    /// Patients that both read.
    pub n: usize,
    /// Analysed patients that one of them has not read.
    pub missing: usize,
    /// The levels, in order where they have one.
    pub levels: Vec<String>,
    /// Whether their order means something.
    pub ordered: bool,
    /// Patients by the first reader's level (rows) and the second's (columns).
    pub counts: Vec<Vec<usize>>,
    /// Cohen's kappa by its weights; several for three ordered levels or more.
    pub kappa: Vec<KappaOfSign>,
    /// Why there is no kappa.
    pub reason: Option<String>,
    /// Patients on whom the readers differ.
    pub disagreements: Vec<Disagreement>,
    /// Patients on whom they agree, and whose agreed value is another one all the same.
    pub discrepancies: Vec<Disagreement>,
}

/// Cohen's kappa.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct KappaOfSign {
    /// `none`, `linear` or `quadratic`.
    pub weights: String,
    /// Kappa.
    #[serde(with = "super::number")]
    pub kappa: f64,
    /// Standard error (Fleiss, Cohen and Everitt 1969).
    #[serde(with = "super::number")]
    pub standard_error: f64,
    /// 95 % interval, cut at -1 and 1.
    #[serde(with = "super::number::limits")]
    pub ci: [Option<f64>; 2],
    /// Two-sided P of no agreement beyond chance.
    #[serde(with = "super::number::option")]
    pub p_value: Option<f64>,
}

/// A patient on whom readings differ.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Disagreement {
    /// The patient.
    pub id: String,
    /// The first reader's value.
    pub first: String,
    /// The second reader's.
    pub second: String,
    /// The value that is used; `None` where it is missing.
    pub used: Option<String>,
}

impl ReaderAgreement {
    /// Share of the patients on whom the readers agree.
    #[must_use]
    pub fn agreement(&self) -> f64 {
        (self.n - self.disagreements.len()) as f64 / self.n as f64
    }
}
