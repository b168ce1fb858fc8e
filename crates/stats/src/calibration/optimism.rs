//! How much better a logistic model looks on the samples that it was fitted to.

use super::error::CalibrationError;
use crate::discrimination::auc;
use crate::distribution::logistic;
use crate::regression::{LogisticFit, newton};
use nalgebra::DMatrix;
use serde::Serialize;

/// Measures of a model on some samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ModelMeasures {
    /// Area under the ROC curve.
    pub auc: f64,
    /// Somers's rank correlation, 2 AUC - 1.
    pub dxy: f64,
    /// Brier score.
    pub brier: f64,
    /// Calibration intercept.
    pub intercept: f64,
    /// Calibration slope.
    pub slope: f64,
}

/// The model refitted on one resample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ResampleMeasures {
    /// On the resample; there intercept and slope are 0 and 1.
    pub training: ModelMeasures,
    /// On the samples as they are.
    pub test: ModelMeasures,
}

/// A model's measures corrected for optimism.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Optimism {
    /// On the samples that the model was fitted to.
    pub apparent: ModelMeasures,
    /// Mean over resamples of training less test.
    pub optimism: ModelMeasures,
    /// Apparent less optimism.
    pub corrected: ModelMeasures,
    /// For each resample its measures; `None` where the model could not be fitted or is separated,
    /// which leaves the resample out.
    pub resamples: Vec<Option<ResampleMeasures>>,
}

impl ModelMeasures {
    /// Applies an operation to each measure.
    fn with(&self, other: &Self, of: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            auc: of(self.auc, other.auc),
            dxy: of(self.dxy, other.dxy),
            brier: of(self.brier, other.brier),
            intercept: of(self.intercept, other.intercept),
            slope: of(self.slope, other.slope),
        }
    }
}

/// Harrell's bootstrap correction for optimism of a logistic model, on given resamples
/// (`rms::validate`, whose resamples are drawn).
///
/// `resamples` lists the rows of each resample, from 0. On each the model is fitted anew and measured
/// on it and on the samples as they are; the mean difference is taken from the apparent measures.
/// Intercept and slope are those of a logistic model of the outcome on the linear predictor, 0 and 1
/// on the samples that a model was fitted to. What else was done to find the model (choosing its
/// predictors, say) is not repeated here, so its optimism is not seen.
///
/// # Errors
/// The errors of the fit to the samples as they are, separation among them; a row beyond the samples;
/// no resample that can be used.
pub fn optimism(
    x: &DMatrix<f64>,
    outcome: &[bool],
    resamples: &[Vec<usize>],
) -> Result<Optimism, CalibrationError> {
    let n = outcome.len();
    for (resample, rows) in resamples.iter().enumerate() {
        if let Some(&row) = rows.iter().find(|row| **row >= n) {
            return Err(CalibrationError::BadResample {
                resample,
                row,
                samples: n,
            });
        }
    }
    if outcome.iter().all(|y| *y) || !outcome.iter().any(|y| *y) {
        return Err(CalibrationError::ConstantOutcome);
    }
    let fit = newton(x, outcome, None)?;
    if fit.separation {
        return Err(CalibrationError::Separated);
    }
    let apparent = on_its_own(outcome, &fit.linear_predictor);
    let measured: Vec<Option<ResampleMeasures>> = resamples
        .iter()
        .map(|rows| {
            let class: Vec<bool> = rows.iter().map(|&row| outcome[row]).collect();
            let drawn = DMatrix::from_fn(rows.len(), x.ncols(), |i, j| x[(rows[i], j)]);
            if class.iter().all(|y| *y) || !class.iter().any(|y| *y) {
                return None;
            }
            let fit = newton(&drawn, &class, None).ok();
            let fit = fit.filter(|fit| !fit.separation)?;
            let test = on_others(outcome, &applied(&fit, x))?;
            Some(ResampleMeasures {
                training: on_its_own(&class, &fit.linear_predictor),
                test,
            })
        })
        .collect();
    let used: Vec<&ResampleMeasures> = measured.iter().flatten().collect();
    if used.is_empty() {
        return Err(CalibrationError::NoResample {
            resamples: resamples.len(),
        });
    }
    let share = 1.0 / used.len() as f64;
    let nothing = apparent.with(&apparent, |a, b| a - b);
    let optimism = used.iter().fold(nothing, |sum, one| {
        let gain = one
            .training
            .with(&one.test, |training, test| training - test);
        sum.with(&gain, |sum, gain| sum + share * gain)
    });
    Ok(Optimism {
        corrected: apparent.with(&optimism, |apparent, optimism| apparent - optimism),
        apparent,
        optimism,
        resamples: measured,
    })
}

/// The linear predictor of a fit on the rows of `x`.
fn applied(fit: &LogisticFit, x: &DMatrix<f64>) -> Vec<f64> {
    let slopes = &fit.estimates[1..];
    let row = |i: usize| -> f64 {
        let terms = slopes.iter().enumerate().map(|(j, b)| b * x[(i, j)]);
        fit.estimates[0] + terms.sum::<f64>()
    };
    (0..x.nrows()).map(row).collect()
}

/// Measures on the samples of the fit.
fn on_its_own(outcome: &[bool], linear_predictor: &[f64]) -> ModelMeasures {
    let squared = |(eta, y): (&f64, &bool)| (logistic(*eta) - f64::from(u8::from(*y))).powi(2);
    let sum: f64 = linear_predictor.iter().zip(outcome).map(squared).sum();
    let area = auc(outcome, linear_predictor).ok().flatten();
    let area = area.unwrap_or(f64::NAN);
    ModelMeasures {
        auc: area,
        dxy: 2.0 * area - 1.0,
        brier: sum / outcome.len() as f64,
        intercept: 0.0,
        slope: 1.0,
    }
}

/// Measures on other samples; `None` where they have no calibration slope.
fn on_others(outcome: &[bool], linear_predictor: &[f64]) -> Option<ModelMeasures> {
    let eta = DMatrix::from_column_slice(outcome.len(), 1, linear_predictor);
    let recalibrated = newton(&eta, outcome, None).ok();
    let recalibrated = recalibrated.filter(|fit| !fit.separation)?;
    Some(ModelMeasures {
        intercept: recalibrated.estimates[0],
        slope: recalibrated.estimates[1],
        ..on_its_own(outcome, linear_predictor)
    })
}
