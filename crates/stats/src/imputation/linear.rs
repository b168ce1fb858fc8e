//! Linear regression with a draw of its coefficients.

use super::chance::{chi_square, normal};
use super::column::estimable;
use super::error::ImputationError;
use nalgebra::{DMatrix, DVector};
use rand_chacha::rand_core::RngCore;

/// Least squares of numbers on columns and an intercept.
///
/// Columns that are constant, combinations of earlier ones, or more than leave two degrees of
/// freedom have a coefficient of 0.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearModel {
    columns: usize,
    kept: Vec<usize>,
    /// Intercept and coefficients of the kept columns.
    estimate: DVector<f64>,
    /// A matrix R with R R' = (X'X)^-1.
    root: DMatrix<f64>,
    residual_sum_of_squares: f64,
    df: f64,
}

impl LinearModel {
    /// Fits `y` on the columns of `x` (R's `lm`).
    ///
    /// # Errors
    /// Lengths that differ, no row.
    pub fn fit(x: &DMatrix<f64>, y: &[f64]) -> Result<Self, ImputationError> {
        let n = y.len();
        if x.nrows() != n {
            return Err(ImputationError::Length {
                what: "the numbers",
                found: n,
                expected: x.nrows(),
            });
        }
        if n == 0 {
            return Err(ImputationError::TooFew {
                setting: "known values",
                found: 0,
                needed: 1,
            });
        }
        let kept = estimable(x, n.saturating_sub(3));
        let z = x.select_columns(&kept).insert_column(0, 1.0);
        let width = z.ncols();
        let target = DVector::from_column_slice(y);
        let qr = z.clone().qr();
        let upper = qr.r();
        // The columns are independent, so the triangle has an inverse.
        let root = upper
            .solve_upper_triangular(&DMatrix::identity(width, width))
            .ok_or(ImputationError::Singular)?;
        let estimate = &root * (qr.q().tr_mul(&target));
        let residual = &target - &z * &estimate;
        Ok(Self {
            columns: x.ncols(),
            kept,
            estimate,
            root,
            residual_sum_of_squares: residual.norm_squared(),
            df: (n.saturating_sub(width)).max(1) as f64,
        })
    }

    /// Intercept and a coefficient for each column.
    #[must_use]
    pub fn coefficients(&self) -> Vec<f64> {
        self.spread(&self.estimate)
    }

    /// Intercept and coefficients drawn from their posterior under the usual flat prior:
    /// s² = RSS / χ²(df), then b + s R z with z standard normal and R R' = (X'X)^-1.
    pub fn draw(&self, rng: &mut impl RngCore) -> Vec<f64> {
        let sigma = (self.residual_sum_of_squares / chi_square(self.df, rng)).sqrt();
        let z = DVector::from_fn(self.estimate.len(), |_, _| normal(rng));
        self.spread(&(&self.estimate + sigma * (&self.root * z)))
    }

    fn spread(&self, estimate: &DVector<f64>) -> Vec<f64> {
        let mut all = vec![0.0; self.columns + 1];
        all[0] = estimate[0];
        for (place, &column) in self.kept.iter().enumerate() {
            all[column + 1] = estimate[place + 1];
        }
        all
    }
}

/// Intercept plus coefficients times the columns of a row.
pub(super) fn linear_predictor<'a>(
    coefficients: &[f64],
    row: impl Iterator<Item = &'a f64>,
) -> f64 {
    let (intercept, slopes) = coefficients.split_first().unwrap_or((&0.0, &[]));
    row.zip(slopes)
        .fold(*intercept, |sum, (value, slope)| sum + value * slope)
}
