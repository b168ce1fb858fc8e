//! Tests between groups, as the baseline table of a study needs them.
//!
//! Missing values (NaN) are left out of each test. [`choose`] picks a test by a stated rule and
//! returns the name of the one it used.

pub mod anova;
pub mod chi_square;
pub mod choose;
pub mod contingency_table;
pub mod fisher_exact;
pub mod freeman_halton;
pub mod hodges_lehmann;
pub mod kruskal_wallis;
pub mod levene;
pub mod mann_whitney;
pub mod mcnemar;
pub mod p_adjust;
pub mod shapiro_wilk;
pub mod student_t;
pub mod trend;
pub mod variance_ratio;
pub mod welch_t;

use serde::{Deserialize, Serialize};

/// Which difference counts against the null hypothesis. The first sample is compared with the
/// second: `Greater` means that the first is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alternative {
    /// A difference either way.
    #[default]
    TwoSided,
    /// The first sample is less than the second.
    Less,
    /// The first sample is greater than the second.
    Greater,
}

/// Why a test between groups has no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CompareError {
    /// Too few values are present.
    #[error(
        "{test} needs at least {needed} values in a sample, found {found}; leave the variable out or collect more"
    )]
    TooFewValues {
        /// The test.
        test: &'static str,
        /// The smallest size that works.
        needed: usize,
        /// The size found, missing values left out.
        found: usize,
    },
    /// Too many values for the method.
    #[error("{test} works for at most {limit} values, found {found}")]
    TooManyValues {
        /// The test.
        test: &'static str,
        /// The largest size that works.
        limit: usize,
        /// The size found.
        found: usize,
    },
    /// No value differs from another where the test needs spread.
    #[error("{test} is not defined because the values do not vary")]
    NoVariation {
        /// The test.
        test: &'static str,
    },
    /// An infinite value was given.
    #[error("{test} needs finite values, found an infinite one")]
    NotFinite {
        /// The test.
        test: &'static str,
    },
    /// The exact distribution was asked for, but values are tied.
    #[error(
        "the exact Mann-Whitney distribution does not hold with tied values; use the normal approximation"
    )]
    TiedValues,
    /// A contingency table has fewer than two rows or columns that are not empty, or is ragged.
    #[error(
        "a contingency table needs at least two non-empty rows and columns of equal length, found {rows} x {columns}"
    )]
    DegenerateTable {
        /// Non-empty rows.
        rows: usize,
        /// Non-empty columns.
        columns: usize,
    },
    /// A 2 x 2 table was needed.
    #[error("{test} needs a 2 x 2 table, found {rows} x {columns}")]
    NotTwoByTwo {
        /// The test.
        test: &'static str,
        /// Rows found.
        rows: usize,
        /// Columns found.
        columns: usize,
    },
    /// A test of a table with two columns was asked for another.
    #[error("{test} needs two groups, found {found}")]
    NotTwoGroups {
        /// The test.
        test: &'static str,
        /// Groups found.
        found: usize,
    },
    /// Fewer than two groups.
    #[error("{test} needs at least two groups, found {found}")]
    TooFewGroups {
        /// The test.
        test: &'static str,
        /// Groups found.
        found: usize,
    },
    /// A P value that is none.
    #[error("a P value must lie between 0 and 1, found {found}")]
    NoProbability {
        /// Its place among the P values, from 0.
        place: usize,
        /// The value.
        found: f64,
    },
    /// An exact test would take too long.
    #[error(
        "{test} would need more than {limit} steps for these data; use the chi-square test or the normal approximation"
    )]
    TooMuchWork {
        /// The test.
        test: &'static str,
        /// The limit that was passed.
        limit: u64,
    },
    /// A confidence level outside 0 to 1.
    #[error("the confidence level must lie between 0 and 1, found {0}")]
    Confidence(f64),
}

/// The values present, or an error when one is infinite or fewer than `needed` are there.
fn present_finite(
    values: &[f64],
    test: &'static str,
    needed: usize,
) -> Result<Vec<f64>, CompareError> {
    let kept = crate::describe::present(values);
    if kept.iter().any(|v| v.is_infinite()) {
        return Err(CompareError::NotFinite { test });
    }
    if kept.len() < needed {
        return Err(CompareError::TooFewValues {
            test,
            needed,
            found: kept.len(),
        });
    }
    Ok(kept)
}
