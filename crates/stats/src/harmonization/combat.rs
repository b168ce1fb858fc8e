//! ComBat (Johnson, Li and Rabinovic 2007; Fortin and others 2017 for images): fitted on training
//! rows, applied to any rows.
//!
//! For sample `i` of batch `b` and feature `f` the model is
//! `y = alpha_f + x_i beta_f + gamma_bf + delta_bf e`. Locations and scales of a batch are shrunk
//! across features by empirical Bayes. Rows are samples and columns are features throughout (`sva`
//! wants the transpose). Missing values are NaN and stay NaN.

use super::empirical_bayes::{
    BatchData, Moments, Prior, Shrunken, StoppingRule, non_parametric, parametric, prior,
};
pub use super::error::CombatError;
use super::input::{Columns, at_rows, check_present, check_rows, group_rows, is_constant_in};
use super::least_squares::Design;
use crate::describe::is_constant;
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

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
    /// How it was fitted; `mean_only` is set when a batch had a single row, `reference_batch` when
    /// there was one batch only.
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

/// The rows of a batch that is estimated.
struct BatchRows<'a> {
    label: &'a str,
    rows: &'a [usize],
    /// Places of its features among the adjusted ones.
    keep: &'a [usize],
    is_reference: bool,
}

impl Combat {
    /// Fits ComBat to `features` (rows = samples). R: `sva::ComBat`.
    ///
    /// `covariates` are numeric columns without an intercept, whose effect is kept. Batches are
    /// taken in ascending order of the label. A batch of a single row makes the whole fit
    /// mean-only. A feature constant within a batch of several rows is left untouched. A batch that
    /// is alone is taken as the reference: its rows do not change, and others can be brought to it.
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
        if groups.is_empty() {
            return Err(CombatError::NoRows);
        }
        let mut options = options.clone();
        if options.reference_batch.is_none() && groups.len() == 1 {
            options.reference_batch = groups.keys().next().map(|label| label.to_string());
        }
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
        let adjusted = &combat.adjusted_features;
        let locations = design.locations(&standardized, adjusted, &groups, reference)?;
        let keep: Vec<usize> = (0..adjusted.len()).collect();
        for (index, (label, rows)) in groups.iter().enumerate() {
            let gamma_hat: Vec<f64> = locations.iter().map(|g| g[index]).collect();
            let batch = BatchRows {
                label,
                rows,
                keep: &keep,
                is_reference: reference == Some(index),
            };
            let effect = combat.effect(&batch, &standardized, Some(gamma_hat))?;
            combat.batches.push(effect);
        }
        Ok(combat)
    }

    /// Harmonises rows with what was fitted; nothing is learnt from batches that the fit knows.
    ///
    /// `covariates` must have the columns of the fit. Rows of the reference batch do not change.
    ///
    /// # Errors
    /// Shapes that do not match, an unseen batch where `unseen` is [`Unseen::Error`], or a fit whose
    /// parts do not belong together.
    pub fn apply(
        &self,
        features: &DMatrix<f64>,
        batches: &[String],
        covariates: Option<&DMatrix<f64>>,
    ) -> Result<Harmonized, CombatError> {
        self.check_parts()?;
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
            let batch = BatchRows {
                label,
                rows,
                keep: &keep,
                is_reference: false,
            };
            let effect = self.effect(&batch, &standardized, None)?;
            self.adjust(&mut result.values, rows, &standardized, &effect);
            result.estimated.push(effect);
        }
        Ok(result)
    }

    /// A fit may come from a file that somebody has edited.
    fn check_parts(&self) -> Result<(), CombatError> {
        let adjusted = &self.adjusted_features;
        let n = adjusted.len();
        let ascending = adjusted.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || adjusted.last().is_some_and(|&f| f >= self.feature_count) {
            return Err(CombatError::Damaged("its features are not in order"));
        }
        let full = |values: &Vec<f64>| values.len() == n;
        if !(full(&self.grand_mean)
            && full(&self.pooled_variance)
            && self.covariate_coefficients.iter().all(full))
        {
            return Err(CombatError::Damaged("a feature lacks a value"));
        }
        let whole = |batch: &BatchEffect| {
            let n = batch.features.len();
            batch.gamma_star.len() == n && batch.delta_star.len() == n
        };
        if !self.batches.iter().all(whole) {
            return Err(CombatError::Damaged("a batch lacks a value"));
        }
        Ok(())
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

    /// Estimates one batch; its location is the mean of its rows unless given.
    fn effect(
        &self,
        batch: &BatchRows<'_>,
        standardized: &Columns,
        gamma_hat: Option<Vec<f64>>,
    ) -> Result<BatchEffect, CombatError> {
        let moments: Vec<Moments> = batch
            .keep
            .iter()
            .map(|&i| Moments::of(&at_rows(&standardized[i], batch.rows)))
            .collect();
        let gamma_hat = gamma_hat.unwrap_or_else(|| moments.iter().map(Moments::mean).collect());
        let mean_only = self.options.mean_only;
        let delta_hat: Vec<f64> = moments
            .iter()
            .map(|m| if mean_only { 1.0 } else { m.variance() })
            .collect();
        let prior = prior(&gamma_hat, &delta_hat, mean_only);
        let data = BatchData {
            moments: &moments,
            gamma_hat: &gamma_hat,
            delta_hat: &delta_hat,
        };
        let shrunken = if batch.is_reference {
            // Its rows do not change, whatever its estimates.
            Shrunken {
                gamma_star: vec![0.0; gamma_hat.len()],
                delta_star: vec![1.0; gamma_hat.len()],
                iterations: None,
            }
        } else if self.options.parametric {
            parametric(&data, &prior, self.options.stopping_rule)
                .ok_or_else(|| CombatError::Degenerate(batch.label.to_string()))?
        } else {
            non_parametric(&data, mean_only)
        };
        Ok(BatchEffect {
            label: batch.label.to_string(),
            rows: batch.rows.len(),
            features: batch
                .keep
                .iter()
                .map(|&i| self.adjusted_features[i])
                .collect(),
            gamma_hat,
            delta_hat,
            gamma_star: shrunken.gamma_star,
            delta_star: shrunken.delta_star,
            prior,
            iterations: shrunken.iterations,
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
