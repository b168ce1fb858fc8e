//! Variance inflation: how much a term's estimates suffer from the other terms.

use super::RegressionError;
use nalgebra::DMatrix;
use serde::Serialize;

/// Variance inflation of a term.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct VarianceInflation {
    /// The factor: VIF of a single column, generalised (GVIF) of several.
    pub factor: f64,
    /// Number of columns.
    pub df: usize,
    /// factor^(1 / (2 df)), comparable between terms of any number of columns: the inflation of
    /// standard errors.
    pub per_dimension: f64,
}

/// Variance inflation factors from the covariance matrix of estimates (R's `car::vif`).
///
/// With R the correlation matrix of the estimates without the intercept, a term's factor is
/// det R(term) det R(others) / det R (Fox and Monette, JASA 1992;87:178). Any regression will do:
/// linear, logistic, Cox. `covariance` is square; its first row is the intercept's if `intercept`
/// says so. `terms` holds the columns of each term, counted without the intercept; together they
/// should be all columns. `None` where there are fewer than two terms, as there is nothing to inflate.
///
/// # Errors
/// A matrix that is not square or not positive definite (as with separation), or a column that it
/// does not have.
pub fn variance_inflation(
    covariance: &[Vec<f64>],
    intercept: bool,
    terms: &[Vec<usize>],
) -> Result<Vec<Option<VarianceInflation>>, RegressionError> {
    let size = covariance.len();
    let first = usize::from(intercept);
    let columns = size.saturating_sub(first);
    let lengths = covariance.iter().map(|row| (row.len(), size));
    let places = terms.iter().flatten().map(|c| (c + 1, columns));
    for (what, (found, expected)) in lengths
        .map(|l| ("a row of the covariance matrix", l))
        .chain(
            places
                .filter(|(c, most)| c > most)
                .map(|p| ("the list of columns", p)),
        )
    {
        if found != expected {
            return Err(RegressionError::Length {
                what,
                found,
                expected,
            });
        }
    }
    if terms.len() < 2 {
        return Ok(vec![None; terms.len()]);
    }
    let v = DMatrix::from_fn(columns, columns, |i, j| covariance[i + first][j + first]);
    let r = DMatrix::from_fn(columns, columns, |i, j| {
        v[(i, j)] / (v[(i, i)] * v[(j, j)]).sqrt()
    });
    // sums of logarithms, as determinants of many columns may underflow
    let log_determinant = |at: &[usize]| -> Result<f64, RegressionError> {
        if at.is_empty() {
            return Ok(0.0);
        }
        let part = DMatrix::from_fn(at.len(), at.len(), |i, j| r[(at[i], at[j])]);
        let factor = part.cholesky().ok_or_else(|| RegressionError::BadSetting {
            setting: "covariance",
            problem: "it is not positive definite".to_owned(),
        })?;
        let lower = factor.l_dirty();
        Ok(lower.diagonal().iter().map(|d| 2.0 * d.ln()).sum())
    };
    let all: Vec<usize> = (0..columns).collect();
    let whole = log_determinant(&all)?;
    terms
        .iter()
        .map(|own| {
            let others: Vec<usize> = all.iter().copied().filter(|c| !own.contains(c)).collect();
            let factor = (log_determinant(own)? + log_determinant(&others)? - whole).exp();
            let df = own.len();
            Ok(Some(VarianceInflation {
                factor,
                df,
                per_dimension: factor.powf(1.0 / (2.0 * df as f64)),
            }))
        })
        .collect()
}
