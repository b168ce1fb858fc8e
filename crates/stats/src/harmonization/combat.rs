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
pub use super::error::CombatError;
use super::least_squares::Design;
use crate::describe::{is_constant, mean, present, variance};
use nalgebra::DMatrix;
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

/// Columns of a table as vectors.
pub(super) type Columns = Vec<Vec<f64>>;

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

/// Rows of each batch, the labels in ascending order.
fn group_rows(batches: &[String]) -> BTreeMap<&str, Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, label) in batches.iter().enumerate() {
        groups.entry(label).or_default().push(row);
    }
    groups
}

/// Values present at the rows.
pub(super) fn at_rows(column: &[f64], rows: &[usize]) -> Vec<f64> {
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
