//! Counts of patients against their totals and their P value.

use super::PrintedP;
use crate::compare::CompareError;
use crate::compare::chi_square::{chi_square, chi_square_yates};
use crate::compare::choose::compare_categorical;
use crate::compare::contingency_table::ContingencyTable;
use crate::compare::freeman_halton::{WORK_LIMIT, freeman_halton_within};
use serde::Serialize;

/// A usual test of a table of counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CountTest {
    /// Pearson's chi-square test without correction.
    ChiSquare,
    /// The same with Yates' correction; of 2 x 2 tables.
    ChiSquareYates,
    /// Fisher's exact test; of larger tables that of Freeman and Halton.
    FisherExact,
}

impl CountTest {
    /// The name as a paper prints it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ChiSquare => "chi-square",
            Self::ChiSquareYates => "chi-square with Yates' correction",
            Self::FisherExact => "Fisher's exact test",
        }
    }
}

/// The P value of one test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CountP {
    /// The test.
    pub test: CountTest,
    /// Its two-sided P value.
    pub p_value: f64,
}

/// A printed P value that no usual test of its counts gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnreachedP {
    /// What the tests give.
    pub tests: Vec<CountP>,
    /// The P value by the rule of [`compare_categorical`].
    pub by_rule: f64,
}

/// The P values of the usual tests of a table; none from an exact test that would take too long.
#[must_use]
pub fn usual_tests(table: &ContingencyTable) -> Vec<CountP> {
    let mut tests = approximate(table);
    tests.extend(exact(table, WORK_LIMIT).ok());
    tests
}

fn approximate(table: &ContingencyTable) -> Vec<CountP> {
    let mut tests = vec![CountP {
        test: CountTest::ChiSquare,
        p_value: chi_square(table).p_value,
    }];
    if let Ok(found) = chi_square_yates(table) {
        tests.push(CountP {
            test: CountTest::ChiSquareYates,
            p_value: found.p_value,
        });
    }
    tests
}

fn exact(table: &ContingencyTable, steps: u64) -> Result<CountP, CompareError> {
    let found = freeman_halton_within(table, steps)?;
    Ok(CountP {
        test: CountTest::FisherExact,
        p_value: found.p_value,
    })
}

/// Whether a printed P value is none that a usual test of the counts gives, to the printed digits;
/// `None` where a test gives it.
///
/// # Errors
/// No approximate test gives it, and the exact one would take more than so many `steps` (those of
/// [`freeman_halton_within`]), so that nothing is known.
pub fn unreached_p(
    table: &ContingencyTable,
    printed: PrintedP,
    steps: u64,
) -> Result<Option<UnreachedP>, CompareError> {
    let reached = |found: &CountP| printed.admits(found.p_value, found.p_value);
    let mut tests = approximate(table);
    if tests.iter().any(reached) {
        return Ok(None);
    }
    tests.push(exact(table, steps)?);
    if tests.last().is_some_and(reached) {
        return Ok(None);
    }
    let by_rule = compare_categorical(table)?.p_value;
    Ok(Some(UnreachedP { tests, by_rule }))
}

/// The total that most variables of a group share; `None` without a majority of at least two.
///
/// Every variable of a table counts the same patients, so a variable with another total is wrong,
/// or has missing values that the table does not show.
#[must_use]
pub fn usual_total(totals: &[u64]) -> Option<u64> {
    let mut sorted = totals.to_vec();
    sorted.sort_unstable();
    let (size, total) = sorted
        .chunk_by(|a, b| a == b)
        .filter_map(|equal| Some((equal.len(), *equal.first()?)))
        .max_by_key(|(size, _)| *size)?;
    (size > 1 && 2 * size > totals.len()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_total_needs_a_majority() {
        assert_eq!(usual_total(&[59, 59, 58, 59]), Some(59));
        assert_eq!(usual_total(&[59, 58]), None);
        assert_eq!(usual_total(&[59]), None);
        assert_eq!(usual_total(&[]), None);
    }
}
