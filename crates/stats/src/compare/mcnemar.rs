//! McNemar's test of paired proportions.

use super::CompareError;
use super::contingency_table::ContingencyTable;
use crate::distribution::{binomial_cdf, chi_square_sf};
use serde::{Deserialize, Serialize};

const TEST: &str = "McNemar's test";

/// Result of McNemar's test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct McNemar {
    /// Chi-square with Edwards's continuity correction, one degree of freedom.
    pub statistic: f64,
    /// Its upper tail probability.
    pub p_value: f64,
    /// Chi-square without correction.
    pub uncorrected_statistic: f64,
    /// Its upper tail probability.
    pub uncorrected_p_value: f64,
    /// Two-sided P of the binomial distribution of the discordant pairs.
    pub exact_p_value: f64,
}

/// McNemar's test of a table whose rows and columns are two readings of the same subjects.
/// R: `mcnemar.test`; exact: `binom.test(b, b + c)`.
///
/// Only the pairs off the diagonal of `[[a, b], [c, d]]` count, see [`mcnemar_of_discordant`].
///
/// # Errors
/// Not a 2 x 2 table, or no pair off the diagonal.
pub fn mcnemar(table: &ContingencyTable) -> Result<McNemar, CompareError> {
    let [[_, b], [c, _]] = table.two_by_two(TEST)?;
    mcnemar_of_discordant(b, c)
}

/// McNemar's test of the two numbers of pairs that differ.
///
/// `(|b - c| - 1)^2 / (b + c)`, or `(b - c)^2 / (b + c)` without correction, which `b = c` needs
/// none of; exact: twice the smaller binomial tail of `b + c` pairs with chance 1/2.
///
/// # Errors
/// [`CompareError::NoVariation`] where no pair differs.
pub fn mcnemar_of_discordant(b: u64, c: u64) -> Result<McNemar, CompareError> {
    let discordant = b + c;
    if discordant == 0 {
        return Err(CompareError::NoVariation { test: TEST });
    }
    let difference = b.abs_diff(c) as f64;
    let corrected = (difference - 1.0).max(0.0);
    let n = discordant as f64;
    let statistic = corrected * corrected / n;
    let uncorrected_statistic = difference * difference / n;
    Ok(McNemar {
        statistic,
        p_value: chi_square_sf(statistic, 1.0),
        uncorrected_statistic,
        uncorrected_p_value: chi_square_sf(uncorrected_statistic, 1.0),
        exact_p_value: (2.0 * binomial_cdf(b.min(c), discordant, 0.5)).min(1.0),
    })
}
