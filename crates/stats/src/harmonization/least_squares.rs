//! Least squares of features on batches and covariates, the first step of ComBat.

use super::error::CombatError;
use super::input::{Columns, at_rows};
use crate::describe::{mean, variance};
use nalgebra::{DMatrix, DVector};
use std::collections::BTreeMap;

/// The regression of every feature on batches and covariates.
pub(super) struct Design {
    matrix: DMatrix<f64>,
    batch_columns: usize,
}

/// What the regression gives; an entry for each adjusted feature.
pub(super) struct Model {
    pub(super) grand_mean: Vec<f64>,
    pub(super) pooled_variance: Vec<f64>,
    /// One for each batch, then one for each covariate.
    pub(super) coefficients: Vec<DVector<f64>>,
}

impl Design {
    pub(super) fn new(
        groups: &BTreeMap<&str, Vec<usize>>,
        covariates: Option<&DMatrix<f64>>,
        reference: Option<usize>,
        rows: usize,
    ) -> Design {
        let batch_columns = groups.len();
        let width = batch_columns + covariates.map_or(0, DMatrix::ncols);
        let mut matrix = DMatrix::zeros(rows, width);
        for (column, members) in groups.values().enumerate() {
            for &row in members {
                matrix[(row, column)] = 1.0;
            }
        }
        if let Some(reference) = reference {
            // The reference batch is the intercept; the other columns are differences from it.
            matrix.column_mut(reference).fill(1.0);
        }
        if let Some(covariates) = covariates {
            matrix
                .columns_mut(batch_columns, covariates.ncols())
                .copy_from(covariates);
        }
        Design {
            matrix,
            batch_columns,
        }
    }

    pub(super) fn estimate(
        &self,
        features: &DMatrix<f64>,
        adjusted: &[usize],
        groups: &BTreeMap<&str, Vec<usize>>,
        reference: Option<usize>,
    ) -> Result<Model, CombatError> {
        let columns: Columns = adjusted
            .iter()
            .map(|&f| features.column(f).iter().copied().collect())
            .collect();
        let coefficients = self.least_squares(&self.matrix, &columns, adjusted)?;
        let missing = columns.iter().flatten().any(|v| v.is_nan());
        let total = features.nrows() as f64;
        let pooled_rows: Vec<usize> = match reference {
            Some(index) => groups.values().nth(index).cloned().unwrap_or_default(),
            None => (0..features.nrows()).collect(),
        };
        let mut model = Model {
            grand_mean: Vec::new(),
            pooled_variance: Vec::new(),
            coefficients: Vec::new(),
        };
        for ((column, beta), &feature) in columns.iter().zip(coefficients).zip(adjusted) {
            model.grand_mean.push(match reference {
                Some(index) => beta[index],
                None => groups
                    .values()
                    .zip(beta.iter())
                    .map(|(r, b)| r.len() as f64 / total * b)
                    .sum(),
            });
            let residuals: Vec<f64> = pooled_rows
                .iter()
                .filter(|&&row| !column[row].is_nan())
                .map(|&row| column[row] - (self.matrix.row(row) * &beta)[0])
                .collect();
            let pooled = if missing {
                variance(&residuals)
            } else {
                residuals.iter().map(|r| r * r).sum::<f64>() / residuals.len() as f64
            };
            let level = column
                .iter()
                .filter(|v| !v.is_nan())
                .fold(0.0f64, |m, v| m.max(v.abs()));
            // Residuals that are rounding only, or none.
            if pooled.is_nan() || pooled.sqrt() <= 1e-13 * level {
                return Err(CombatError::NoResidualVariance(feature));
            }
            model.pooled_variance.push(pooled);
            model.coefficients.push(beta);
        }
        Ok(model)
    }

    /// Location of every batch for each standardised feature.
    pub(super) fn locations(
        &self,
        standardized: &Columns,
        adjusted: &[usize],
        groups: &BTreeMap<&str, Vec<usize>>,
        reference: Option<usize>,
    ) -> Result<Columns, CombatError> {
        if reference.is_none() {
            return Ok(standardized
                .iter()
                .map(|z| {
                    groups
                        .values()
                        .map(|rows| mean(&at_rows(z, rows)))
                        .collect()
                })
                .collect());
        }
        let batches = self.matrix.columns(0, self.batch_columns).into_owned();
        Ok(self
            .least_squares(&batches, standardized, adjusted)?
            .into_iter()
            .map(|beta| beta.iter().copied().collect())
            .collect())
    }

    /// Least squares of each column on the design, rows with NaN left out, by QR with a check of
    /// rank. `features` are the columns' numbers for errors.
    fn least_squares(
        &self,
        design: &DMatrix<f64>,
        columns: &Columns,
        features: &[usize],
    ) -> Result<Vec<DVector<f64>>, CombatError> {
        let complete = self.solver(design, None)?;
        let mut coefficients = Vec::with_capacity(columns.len());
        for (column, &feature) in columns.iter().zip(features) {
            let rows: Vec<usize> = (0..column.len()).filter(|&r| !column[r].is_nan()).collect();
            let y = DVector::from_iterator(rows.len(), rows.iter().map(|&r| column[r]));
            coefficients.push(if rows.len() == column.len() {
                complete.solve(&y)
            } else {
                self.solver(&design.select_rows(&rows), Some(feature))?
                    .solve(&y)
            });
        }
        Ok(coefficients)
    }

    fn solver(&self, design: &DMatrix<f64>, feature: Option<usize>) -> Result<Solver, CombatError> {
        if design.nrows() < design.ncols() {
            return Err(CombatError::TooFewRows {
                rows: design.nrows(),
                columns: design.ncols(),
                feature,
            });
        }
        Solver::new(design).map_err(|column| CombatError::Confounded {
            covariate: column.saturating_sub(self.batch_columns),
            feature,
        })
    }
}

struct Solver {
    q_transposed: DMatrix<f64>,
    r: DMatrix<f64>,
    scales: Vec<f64>,
}

impl Solver {
    /// The error is the first column that follows from those before it.
    fn new(design: &DMatrix<f64>) -> Result<Solver, usize> {
        // Columns of unit length, so that the check of rank does not depend on units.
        let scales: Vec<f64> = design.column_iter().map(|c| c.norm()).collect();
        if let Some(zero) = scales.iter().position(|&s| s.is_nan() || s <= 0.0) {
            return Err(zero);
        }
        let mut scaled = design.clone();
        for (mut column, scale) in scaled.column_iter_mut().zip(&scales) {
            column /= *scale;
        }
        let qr = scaled.qr();
        let r = qr.r();
        if let Some(dependent) = r.diagonal().iter().position(|d| d.abs() < 1e-10) {
            return Err(dependent);
        }
        Ok(Solver {
            q_transposed: qr.q().transpose(),
            r,
            scales,
        })
    }

    fn solve(&self, y: &DVector<f64>) -> DVector<f64> {
        let mut beta = &self.q_transposed * y;
        // The diagonal is not zero, or there would be no solver.
        self.r.solve_upper_triangular_mut(&mut beta);
        for (b, scale) in beta.iter_mut().zip(&self.scales) {
            *b /= scale;
        }
        beta
    }
}
