//! Trend of a proportion over ordered levels.

use super::CompareError;
use super::contingency_table::ContingencyTable;
use crate::distribution::chi_square_sf;
use serde::{Deserialize, Serialize};

/// Result of the tests of trend; both have one degree of freedom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// Chi-square of Cochran and Armitage: `N r^2`.
    pub statistic: f64,
    /// Its upper tail probability.
    pub p_value: f64,
    /// Chi-square of the linear-by-linear association (Mantel): `(N - 1) r^2`.
    pub linear_by_linear_statistic: f64,
    /// Its upper tail probability.
    pub linear_by_linear_p_value: f64,
}

/// Tests a trend of two groups' proportions over the rows, which are scored 1, 2, 3, ...
/// R: `prop.trend.test` of the second column.
///
/// With scores `s`, row totals `n`, second column `x`, `p` its share of all `N`:
/// `(sum s (x - n p))^2 / (p (1 - p) (sum n s^2 - (sum n s)^2 / N))`, which is `N r^2` with `r`
/// the correlation between score and group.
///
/// # Errors
/// A table of more than two columns.
pub fn trend(table: &ContingencyTable) -> Result<Trend, CompareError> {
    if table.columns() != 2 {
        return Err(CompareError::NotTwoGroups {
            test: "the test of trend",
            found: table.columns(),
        });
    }
    let total = table.total() as f64;
    let second: f64 = table
        .column_totals()
        .last()
        .map_or(0.0, |&count| count as f64);
    let share = second / total;
    let (mut covariance, mut first_moment, mut second_moment) = (0.0, 0.0, 0.0);
    for (row, score) in table.counts().iter().zip(1u32..) {
        let score = f64::from(score);
        let n = row.iter().sum::<u64>() as f64;
        let x = row.last().map_or(0.0, |&count| count as f64);
        covariance += score * (x - n * share);
        first_moment += n * score;
        second_moment += n * score * score;
    }
    let variance = share * (1.0 - share) * (second_moment - first_moment * first_moment / total);
    let statistic = covariance * covariance / variance;
    let linear = statistic * (total - 1.0) / total;
    Ok(Trend {
        statistic,
        p_value: chi_square_sf(statistic, 1.0),
        linear_by_linear_statistic: linear,
        linear_by_linear_p_value: chi_square_sf(linear, 1.0),
    })
}
