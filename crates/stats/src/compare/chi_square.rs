//! Chi-square tests of independence: Pearson's, with Yates' correction, and the likelihood ratio.

use super::CompareError;
use super::contingency_table::ContingencyTable;
use crate::distribution::chi_square_sf;
use serde::{Deserialize, Serialize};

/// Result of a chi-square test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChiSquare {
    /// The chi-square statistic.
    pub statistic: f64,
    /// `(rows - 1) (columns - 1)`.
    pub degrees_of_freedom: f64,
    /// Upper tail probability.
    pub p_value: f64,
    /// The smallest expected count; below 5 the approximation is doubtful.
    pub smallest_expected: f64,
}

/// Pearson's chi-square test without correction: the sum of `(O - E)^2 / E`.
/// R: `chisq.test(correct = FALSE)`.
pub fn chi_square(table: &ContingencyTable) -> ChiSquare {
    with_correction(table, 0.0)
}

/// The chi-square test of a 2 x 2 table with Yates' correction: every `|O - E|` is reduced by a
/// half, or by the smallest `|O - E|` when that is less. R: `chisq.test(correct = TRUE)`.
///
/// # Errors
/// The table is not 2 x 2.
pub fn chi_square_yates(table: &ContingencyTable) -> Result<ChiSquare, CompareError> {
    table.two_by_two("Yates' correction")?;
    let smallest = cells(table)
        .map(|(o, e)| (o - e).abs())
        .fold(f64::INFINITY, f64::min);
    Ok(with_correction(table, smallest.min(0.5)))
}

/// The likelihood-ratio test (G test): `G = 2 sum O ln(O / E)`, an empty cell counting nothing.
pub fn g_test(table: &ContingencyTable) -> ChiSquare {
    let terms = cells(table).map(|(o, e)| if o > 0.0 { o * (o / e).ln() } else { 0.0 });
    // Rounding must not leave a table without association below zero.
    of_statistic(table, (2.0 * terms.sum::<f64>()).max(0.0))
}

fn cells(table: &ContingencyTable) -> impl Iterator<Item = (f64, f64)> {
    let observed = table
        .counts()
        .iter()
        .flatten()
        .map(|&o| o as f64)
        .collect::<Vec<_>>();
    observed
        .into_iter()
        .zip(table.expected().into_iter().flatten())
}

fn with_correction(table: &ContingencyTable, correction: f64) -> ChiSquare {
    let statistic = cells(table)
        .map(|(o, e)| {
            let d = (o - e).abs() - correction;
            d * d / e
        })
        .sum();
    of_statistic(table, statistic)
}

fn of_statistic(table: &ContingencyTable, statistic: f64) -> ChiSquare {
    let degrees_of_freedom = ((table.rows() - 1) * (table.columns() - 1)) as f64;
    ChiSquare {
        statistic,
        degrees_of_freedom,
        p_value: chi_square_sf(statistic, degrees_of_freedom),
        smallest_expected: table.smallest_expected(),
    }
}
