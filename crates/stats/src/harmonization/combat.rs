//! ComBat (Johnson, Li and Rabinovic 2007; Fortin and others 2017 for images): fitted on training
//! rows, applied to any rows.
//!
//! For sample `i` of batch `b` and feature `f` the model is
//! `y = alpha_f + x_i beta_f + gamma_bf + delta_bf e`. Locations and scales of a batch are shrunk
//! across features by empirical Bayes. Rows are samples and columns are features throughout (`sva`
//! wants the transpose). Missing values are NaN and stay NaN.

use super::empirical_bayes::{
    BatchData, Prior, Shrunken, StoppingRule, non_parametric, parametric, prior,
};
use crate::describe::{is_constant, mean, present, variance};
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What to do with a batch that the fit has not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unseen {
    /// Leave its rows as they are and list the batch.
    Unadjusted,
    /// Estimate it from its own rows, standardised with the grand mean and pooled variance of the
    /// fit. Needs at least two rows; a batch with fewer is left unadjusted and listed. Estimates
    /// from a handful of rows remove real differences between patients too.
    Own,
    /// Refuse.
    #[default]
    Error,
}

/// How ComBat is fitted and applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CombatOptions {
    /// Parametric priors (sva's `par.prior`).
    pub parametric: bool,
    /// Adjust locations only, not scales.
    pub mean_only: bool,
    /// A batch to which the others are brought; its rows do not change.
    pub reference_batch: Option<String>,
    /// When the parametric iteration stops.
    pub stopping_rule: StoppingRule,
    /// What happens to batches that the fit has not seen.
    pub unseen: Unseen,
}

impl Default for CombatOptions {
    fn default() -> CombatOptions {
        CombatOptions {
            parametric: true,
            mean_only: false,
            reference_batch: None,
            stopping_rule: StoppingRule::default(),
            unseen: Unseen::default(),
        }
    }
}

/// Location and scale of one batch, an entry for each adjusted feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchEffect {
    /// Label of the batch.
    pub label: String,
    /// Rows it was estimated from.
    pub rows: usize,
    /// The columns that the entries belong to, counted from 0.
    pub features: Vec<usize>,
    /// Location before shrinkage.
    pub gamma_hat: Vec<f64>,
    /// Scale (variance) before shrinkage.
    pub delta_hat: Vec<f64>,
    /// Location that is removed.
    pub gamma_star: Vec<f64>,
    /// Scale (variance) that is removed.
    pub delta_star: Vec<f64>,
    /// The priors.
    pub prior: Prior,
    /// Rounds of the parametric iteration.
    pub iterations: Option<usize>,
}

/// A fitted harmonisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Combat {
    /// How it was fitted; `mean_only` is set when a batch had a single row.
    pub options: CombatOptions,
    /// Number of columns of the table it was fitted on.
    pub feature_count: usize,
    /// Columns left untouched because they are constant within a batch of several rows.
    pub untouched_features: Vec<usize>,
    /// The adjusted columns, counted from 0; the vectors below follow this order.
    pub adjusted_features: Vec<usize>,
    /// Grand mean of each adjusted feature (that of the reference batch, if there is one).
    pub grand_mean: Vec<f64>,
    /// Pooled residual variance, divisor `n`, or `n - 1` when values are missing (as `sva`).
    pub pooled_variance: Vec<f64>,
    /// For each covariate the coefficient of each adjusted feature.
    pub covariate_coefficients: Vec<Vec<f64>>,
    /// The batches in ascending order of their label.
    pub batches: Vec<BatchEffect>,
}

/// A harmonised table and what was done.
#[derive(Clone, Debug)]
pub struct Harmonized {
    /// The table, of the shape given.
    pub values: DMatrix<f64>,
    /// Unseen batches that were left as they are, in ascending order.
    pub unadjusted: Vec<String>,
    /// Unseen batches that were estimated from their own rows, in ascending order.
    pub estimated: Vec<BatchEffect>,
}

/// Why ComBat cannot be fitted or applied.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CombatError {
    /// Tables of unequal length.
    #[error("{what} has {found} rows, the features have {expected}")]
    Rows {
        /// The shorter or longer part.
        what: &'static str,
        /// Its rows.
        found: usize,
        /// Rows of the features.
        expected: usize,
    },
    /// The table to apply to differs from the fitted one.
    #[error("the fit has {expected} {what}, the table to harmonise has {found}")]
    Columns {
        /// Features or covariates.
        what: &'static str,
        /// Columns found.
        found: usize,
        /// Columns of the fit.
        expected: usize,
    },
    /// Fewer than two batches.
    #[error("ComBat needs at least two batches, found {0}; leave it out for a single scanner")]
    TooFewBatches(usize),
    /// Fewer than two features can be adjusted.
    #[error(
        "ComBat shares information between features and needs at least two that vary within every batch, found {0}"
    )]
    TooFewFeatures(usize),
    /// The reference batch is not there.
    #[error("reference batch `{wanted}` is not among the batches {found:?}")]
    UnknownReference {
        /// The label asked for.
        wanted: String,
        /// The labels there.
        found: Vec<String>,
    },
    /// Batches not in the fit, where that is refused.
    #[error(
        "batches {found:?} were not in the fit, which knows {known:?}; set what happens to unseen batches"
    )]
    UnseenBatches {
        /// The unknown labels.
        found: Vec<String>,
        /// The labels of the fit.
        known: Vec<String>,
    },
    /// A covariate is a combination of batches and other covariates.
    #[error(
        "the covariates are confounded with the batches (or constant, or with each other); drop one"
    )]
    Confounded,
    /// Infinite feature or missing covariate.
    #[error("{what} in row {row}, column {column} (counted from 0) is {value}")]
    Value {
        /// Feature or covariate.
        what: &'static str,
        /// Row.
        row: usize,
        /// Column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Too few values present.
    #[error(
        "feature {feature} (counted from 0) has {present} values in batch `{batch}`; at least {needed} are needed"
    )]
    TooFewValues {
        /// The column.
        feature: usize,
        /// The batch.
        batch: String,
        /// Values that are not NaN.
        present: usize,
        /// Values needed.
        needed: usize,
    },
    /// The model leaves no residual variance.
    #[error("feature {0} (counted from 0) has no variance left after batches and covariates")]
    NoResidualVariance(usize),
    /// The priors or the iteration are not defined.
    #[error(
        "the shared prior of batch `{0}` is degenerate (all features have the same scale) or its iteration does not settle; use mean-only"
    )]
    Degenerate(String),
}

/// Columns of a table as vectors.
type Columns = Vec<Vec<f64>>;

impl Combat {
    /// Fits ComBat to `features` (rows = samples). R: `sva::ComBat`.
    ///
    /// `covariates` are numeric columns without an intercept, whose effect is kept. Batches are
    /// taken in ascending order of the label. A batch of a single row makes the whole fit
    /// mean-only. A feature constant within a batch of several rows is left untouched.
    ///
    /// # Errors
    /// See [`CombatError`].
    pub fn fit(
        features: &DMatrix<f64>,
        batches: &[String],
        covariates: Option<&DMatrix<f64>>,
        options: &CombatOptions,
    ) -> Result<Combat, CombatError> {
        check_rows(features, batches, covariates)?;
        let groups = group_rows(batches);
        if groups.len() < 2 {
            return Err(CombatError::TooFewBatches(groups.len()));
        }
        let mut options = options.clone();
        options.mean_only |= groups.values().any(|rows| rows.len() == 1);
        let reference = match &options.reference_batch {
            None => None,
            Some(wanted) => Some(groups.keys().position(|label| label == wanted).ok_or_else(
                || CombatError::UnknownReference {
                    wanted: wanted.clone(),
                    found: groups.keys().map(|label| label.to_string()).collect(),
                },
            )?),
        };
        let (untouched, adjusted): (Vec<usize>, Vec<usize>) =
            (0..features.ncols()).partition(|&f| {
                groups
                    .values()
                    .any(|rows| is_constant_in(features, f, rows))
            });
        if adjusted.len() < 2 {
            return Err(CombatError::TooFewFeatures(adjusted.len()));
        }
        let needed = if options.mean_only { 1 } else { 2 };
        check_present(features, &adjusted, &groups, needed)?;

        let design = Design::new(&groups, covariates, reference, features.nrows());
        let model = design.estimate(features, &adjusted, &groups, reference)?;
        let covariate_count = covariates.map_or(0, DMatrix::ncols);
        let mut combat = Combat {
            options,
            feature_count: features.ncols(),
            untouched_features: untouched,
            adjusted_features: adjusted,
            grand_mean: model.grand_mean,
            pooled_variance: model.pooled_variance,
            covariate_coefficients: (0..covariate_count)
                .map(|c| {
                    model
                        .coefficients
                        .iter()
                        .map(|b| b[groups.len() + c])
                        .collect()
                })
                .collect(),
            batches: Vec::new(),
        };
        let standardized = combat.standardize(features, covariates);
        let locations = design.locations(&standardized, &groups, reference)?;
        for (index, (label, rows)) in groups.iter().enumerate() {
            let gamma_hat: Vec<f64> = locations.iter().map(|g| g[index]).collect();
            let keep: Vec<usize> = (0..combat.adjusted_features.len()).collect();
            let mut effect = combat.effect(label, rows, &standardized, &keep, Some(gamma_hat))?;
            if reference == Some(index) {
                effect.gamma_star.fill(0.0);
                effect.delta_star.fill(1.0);
            }
            combat.batches.push(effect);
        }
        Ok(combat)
    }

    /// Harmonises rows with what was fitted; nothing is learnt from batches that the fit knows.
    ///
    /// `covariates` must have the columns of the fit. Rows of the reference batch do not change.
    ///
    /// # Errors
    /// Shapes that do not match, or an unseen batch where `unseen` is [`Unseen::Error`].
    pub fn apply(
        &self,
        features: &DMatrix<f64>,
        batches: &[String],
        covariates: Option<&DMatrix<f64>>,
    ) -> Result<Harmonized, CombatError> {
        check_rows(features, batches, covariates)?;
        let expect = |what, found, expected| {
            if found == expected {
                Ok(())
            } else {
                Err(CombatError::Columns {
                    what,
                    found,
                    expected,
                })
            }
        };
        expect("features", features.ncols(), self.feature_count)?;
        let given = covariates.map_or(0, DMatrix::ncols);
        expect("covariates", given, self.covariate_coefficients.len())?;
        let groups = group_rows(batches);
        let unseen: Vec<String> = groups
            .keys()
            .filter(|l| self.batch(l).is_none())
            .map(|l| l.to_string())
            .collect();
        if !unseen.is_empty() && self.options.unseen == Unseen::Error {
            return Err(CombatError::UnseenBatches {
                found: unseen,
                known: self.batches.iter().map(|b| b.label.clone()).collect(),
            });
        }
        let standardized = self.standardize(features, covariates);
        let mut result = Harmonized {
            values: features.clone(),
            unadjusted: Vec::new(),
            estimated: Vec::new(),
        };
        for (label, rows) in &groups {
            if self.options.reference_batch.as_deref() == Some(*label) {
                continue;
            }
            if let Some(effect) = self.batch(label) {
                self.adjust(&mut result.values, rows, &standardized, effect);
                continue;
            }
            let keep: Vec<usize> = (0..self.adjusted_features.len())
                .filter(|&i| {
                    let values = at_rows(&standardized[i], rows);
                    values.len() >= 2 && !is_constant(&values)
                })
                .collect();
            if self.options.unseen == Unseen::Unadjusted || keep.len() < 2 {
                result.unadjusted.push(label.to_string());
                continue;
            }
            let effect = self.effect(label, rows, &standardized, &keep, None)?;
            self.adjust(&mut result.values, rows, &standardized, &effect);
            result.estimated.push(effect);
        }
        Ok(result)
    }

    fn batch(&self, label: &str) -> Option<&BatchEffect> {
        self.batches.iter().find(|batch| batch.label == label)
    }

    /// What the model expects without any batch: grand mean and covariates.
    fn expected(&self, adjusted: usize, row: usize, covariates: Option<&DMatrix<f64>>) -> f64 {
        let mut sum = self.grand_mean[adjusted];
        if let Some(covariates) = covariates {
            for (c, coefficients) in self.covariate_coefficients.iter().enumerate() {
                sum += covariates[(row, c)] * coefficients[adjusted];
            }
        }
        sum
    }

    /// For each adjusted feature the values less what is expected, over the pooled deviation.
    fn standardize(&self, features: &DMatrix<f64>, covariates: Option<&DMatrix<f64>>) -> Columns {
        self.adjusted_features
            .iter()
            .enumerate()
            .map(|(i, &f)| {
                let deviation = self.pooled_variance[i].sqrt();
                (0..features.nrows())
                    .map(|row| (features[(row, f)] - self.expected(i, row, covariates)) / deviation)
                    .collect()
            })
            .collect()
    }

    /// Estimates one batch over the adjusted features at the positions `keep`.
    fn effect(
        &self,
        label: &str,
        rows: &[usize],
        standardized: &Columns,
        keep: &[usize],
        gamma_hat: Option<Vec<f64>>,
    ) -> Result<BatchEffect, CombatError> {
        let values: Columns = keep
            .iter()
            .map(|&i| at_rows(&standardized[i], rows))
            .collect();
        let gamma_hat = gamma_hat.unwrap_or_else(|| values.iter().map(|v| mean(v)).collect());
        let mean_only = self.options.mean_only;
        let delta_hat: Vec<f64> = values
            .iter()
            .map(|v| if mean_only { 1.0 } else { variance(v) })
            .collect();
        let prior = prior(&gamma_hat, &delta_hat, mean_only);
        let data = BatchData {
            values: &values,
            gamma_hat: &gamma_hat,
            delta_hat: &delta_hat,
        };
        let Shrunken {
            gamma_star,
            delta_star,
            iterations,
        } = if self.options.parametric {
            parametric(&data, &prior, self.options.stopping_rule)
                .ok_or_else(|| CombatError::Degenerate(label.to_string()))?
        } else {
            non_parametric(&data, mean_only)
        };
        Ok(BatchEffect {
            label: label.to_string(),
            rows: rows.len(),
            features: keep.iter().map(|&i| self.adjusted_features[i]).collect(),
            gamma_hat,
            delta_hat,
            gamma_star,
            delta_star,
            prior,
            iterations,
        })
    }

    /// `((z - gamma*) / sqrt(delta*)) sigma + expected`, written into the rows of the batch.
    fn adjust(
        &self,
        values: &mut DMatrix<f64>,
        rows: &[usize],
        standardized: &Columns,
        effect: &BatchEffect,
    ) {
        for (entry, feature) in effect.features.iter().enumerate() {
            let Ok(i) = self.adjusted_features.binary_search(feature) else {
                continue;
            };
            let deviation = self.pooled_variance[i].sqrt();
            let (gamma, scale) = (effect.gamma_star[entry], effect.delta_star[entry].sqrt());
            for &row in rows {
                let z = standardized[i][row];
                let expected = values[(row, *feature)] - z * deviation;
                values[(row, *feature)] = (z - gamma) / scale * deviation + expected;
            }
        }
    }
}

/// The regression of every feature on batches and covariates.
struct Design {
    matrix: DMatrix<f64>,
    batch_columns: usize,
}

struct Model {
    grand_mean: Vec<f64>,
    pooled_variance: Vec<f64>,
    coefficients: Vec<DVector<f64>>,
}

impl Design {
    fn new(
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

    fn estimate(
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
        let coefficients = least_squares(&self.matrix, &columns)?;
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
            if !(pooled.sqrt() > 1e-13 * level) {
                return Err(CombatError::NoResidualVariance(feature));
            }
            model.pooled_variance.push(pooled);
            model.coefficients.push(beta);
        }
        Ok(model)
    }

    /// Location of every batch for each standardised feature.
    fn locations(
        &self,
        standardized: &Columns,
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
        Ok(least_squares(&batches, standardized)?
            .into_iter()
            .map(|beta| beta.iter().copied().collect())
            .collect())
    }
}

/// Least squares of each column on the design, rows with NaN left out, by QR with a check of rank.
fn least_squares(
    design: &DMatrix<f64>,
    columns: &Columns,
) -> Result<Vec<DVector<f64>>, CombatError> {
    let complete = Solver::new(design)?;
    columns
        .iter()
        .map(|column| {
            let rows: Vec<usize> = (0..column.len()).filter(|&r| !column[r].is_nan()).collect();
            let y = DVector::from_iterator(rows.len(), rows.iter().map(|&r| column[r]));
            if rows.len() == column.len() {
                complete.solve(&y)
            } else {
                Solver::new(&design.select_rows(&rows))?.solve(&y)
            }
        })
        .collect()
}

struct Solver {
    q_transposed: DMatrix<f64>,
    r: DMatrix<f64>,
    scales: Vec<f64>,
}

impl Solver {
    fn new(design: &DMatrix<f64>) -> Result<Solver, CombatError> {
        if design.nrows() < design.ncols() {
            return Err(CombatError::Confounded);
        }
        // Columns of unit length, so that the check of rank does not depend on units.
        let scales: Vec<f64> = design.column_iter().map(|c| c.norm()).collect();
        if scales.iter().any(|&s| !(s > 0.0)) {
            return Err(CombatError::Confounded);
        }
        let mut scaled = design.clone();
        for (mut column, scale) in scaled.column_iter_mut().zip(&scales) {
            column /= *scale;
        }
        let qr = scaled.qr();
        let r = qr.r();
        if r.diagonal().iter().any(|d| d.abs() < 1e-10) {
            return Err(CombatError::Confounded);
        }
        Ok(Solver {
            q_transposed: qr.q().transpose(),
            r,
            scales,
        })
    }

    fn solve(&self, y: &DVector<f64>) -> Result<DVector<f64>, CombatError> {
        let mut beta = self
            .r
            .solve_upper_triangular(&(&self.q_transposed * y))
            .ok_or(CombatError::Confounded)?;
        for (b, scale) in beta.iter_mut().zip(&self.scales) {
            *b /= scale;
        }
        Ok(beta)
    }
}

/// Rows of each batch, the labels in ascending order.
fn group_rows(batches: &[String]) -> BTreeMap<&str, Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, label) in batches.iter().enumerate() {
        groups.entry(label).or_default().push(row);
    }
    groups
}

/// Values present at the rows.
fn at_rows(column: &[f64], rows: &[usize]) -> Vec<f64> {
    rows.iter()
        .map(|&r| column[r])
        .filter(|v| !v.is_nan())
        .collect()
}

fn is_constant_in(features: &DMatrix<f64>, feature: usize, rows: &[usize]) -> bool {
    let values = present(
        &rows
            .iter()
            .map(|&r| features[(r, feature)])
            .collect::<Vec<f64>>(),
    );
    values.len() > 1 && is_constant(&values)
}

fn check_rows(
    features: &DMatrix<f64>,
    batches: &[String],
    covariates: Option<&DMatrix<f64>>,
) -> Result<(), CombatError> {
    let expected = features.nrows();
    let check = |what, found| {
        if found == expected {
            Ok(())
        } else {
            Err(CombatError::Rows {
                what,
                found,
                expected,
            })
        }
    };
    check("the list of batches", batches.len())?;
    let invalid = |table: &DMatrix<f64>, what, bad: fn(f64) -> bool| {
        for (column, values) in table.column_iter().enumerate() {
            if let Some(row) = values.iter().position(|&v| bad(v)) {
                let value = values[row];
                return Err(CombatError::Value {
                    what,
                    row,
                    column,
                    value,
                });
            }
        }
        Ok(())
    };
    if let Some(covariates) = covariates {
        check("the table of covariates", covariates.nrows())?;
        invalid(covariates, "the covariate", |v| !v.is_finite())?;
    }
    invalid(features, "the feature", f64::is_infinite)
}

fn check_present(
    features: &DMatrix<f64>,
    adjusted: &[usize],
    groups: &BTreeMap<&str, Vec<usize>>,
    needed: usize,
) -> Result<(), CombatError> {
    for &feature in adjusted {
        for (label, rows) in groups {
            let present = rows
                .iter()
                .filter(|&&r| !features[(r, feature)].is_nan())
                .count();
            if present < needed {
                return Err(CombatError::TooFewValues {
                    feature,
                    batch: label.to_string(),
                    present,
                    needed,
                });
            }
        }
    }
    Ok(())
}
