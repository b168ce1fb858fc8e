//! Which test a baseline table uses, and its result.

use super::chi_square::chi_square;
use super::contingency_table::ContingencyTable;
use super::fisher_exact::fisher_exact;
use super::freeman_halton::freeman_halton;
use super::mann_whitney::{MannWhitneyMethod, mann_whitney};
use super::shapiro_wilk::shapiro_wilk;
use super::student_t::student_t;
use super::{Alternative, CompareError};
use serde::{Deserialize, Serialize};

/// The level at which the Shapiro-Wilk test rejects normality.
const NORMALITY_LEVEL: f64 = 0.05;

/// The smallest expected count for which the chi-square test is used (Cochran's rule).
const SMALLEST_EXPECTED: f64 = 5.0;

/// A test of the baseline table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BaselineTest {
    /// Pearson's chi-square test without Yates' correction.
    ChiSquare,
    /// Fisher's exact test of a 2 x 2 table.
    FisherExact,
    /// Fisher's exact test of a larger table.
    FreemanHalton,
    /// Student's t test.
    StudentT,
    /// Mann-Whitney test, exact.
    MannWhitneyExact,
    /// Mann-Whitney test, normal approximation with continuity correction.
    MannWhitneyNormal,
}

impl BaselineTest {
    /// The name as a paper prints it.
    pub fn name(self) -> &'static str {
        match self {
            BaselineTest::ChiSquare => "Pearson chi-square test",
            BaselineTest::FisherExact => "Fisher's exact test",
            BaselineTest::FreemanHalton => "Fisher-Freeman-Halton exact test",
            BaselineTest::StudentT => "Student's t test",
            BaselineTest::MannWhitneyExact => "Mann-Whitney U test (exact)",
            BaselineTest::MannWhitneyNormal => "Mann-Whitney U test (normal approximation)",
        }
    }
}

/// The test that was chosen and its P value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The test used.
    pub test: BaselineTest,
    /// Its statistic: chi-square, t, or U; none for an exact test of a table.
    pub statistic: Option<f64>,
    /// Two-sided P value.
    pub p_value: f64,
}

/// Compares a categorical variable between groups: Pearson's chi-square test without Yates'
/// correction when every expected count is at least 5, else Fisher's exact test.
///
/// # Errors
/// An exact test that would take too long.
pub fn compare_categorical(table: &ContingencyTable) -> Result<Baseline, CompareError> {
    if table.smallest_expected() >= SMALLEST_EXPECTED {
        let result = chi_square(table);
        return Ok(Baseline {
            test: BaselineTest::ChiSquare,
            statistic: Some(result.statistic),
            p_value: result.p_value,
        });
    }
    let (test, p_value) = if table.rows() == 2 && table.columns() == 2 {
        (
            BaselineTest::FisherExact,
            fisher_exact(table, Alternative::TwoSided, 0.95)?.p_value,
        )
    } else {
        (BaselineTest::FreemanHalton, freeman_halton(table)?.p_value)
    };
    Ok(Baseline {
        test,
        statistic: None,
        p_value,
    })
}

/// Compares a continuous variable between two groups: Student's t test when the Shapiro-Wilk test
/// rejects normality in neither group (P >= 0.05), else the Mann-Whitney test by R's rule.
///
/// A group for which Shapiro-Wilk is not defined (fewer than 3 values, more than 5000, or all
/// equal) counts as not normal.
///
/// # Errors
/// A group without values, or no variation at all.
pub fn compare_continuous(x: &[f64], y: &[f64]) -> Result<Baseline, CompareError> {
    if look_normal(&[x, y]) {
        let result = student_t(x, y, Alternative::TwoSided, 0.95)?;
        return Ok(Baseline {
            test: BaselineTest::StudentT,
            statistic: Some(result.statistic),
            p_value: result.p_value,
        });
    }
    let result = mann_whitney(x, y, Alternative::TwoSided, MannWhitneyMethod::Automatic)?;
    let test = match result.method {
        MannWhitneyMethod::Exact => BaselineTest::MannWhitneyExact,
        _ => BaselineTest::MannWhitneyNormal,
    };
    Ok(Baseline {
        test,
        statistic: Some(result.statistic),
        p_value: result.p_value,
    })
}

/// Whether the Shapiro-Wilk test rejects normality in no group (P >= 0.05); a group for which it
/// is not defined counts as not normal.
pub fn look_normal(groups: &[&[f64]]) -> bool {
    groups
        .iter()
        .all(|group| shapiro_wilk(group).is_ok_and(|found| found.p_value >= NORMALITY_LEVEL))
}
