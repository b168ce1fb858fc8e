//! Indexes of the quality of predicted probabilities (Harrell's `rms::val.prob`).

use super::error::{CalibrationError, check};
use crate::describe::gini_mean_difference;
use crate::discrimination::auc;
use crate::distribution::{chi_square_sf, normal_two_sided};
use crate::regression::newton;
use nalgebra::DMatrix;
use serde::Serialize;

/// Discrimination, unreliability and quality of predicted probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ValidationIndexes {
    /// Area under the ROC curve (C).
    pub c_statistic: f64,
    /// Somers's rank correlation, 2 C - 1.
    pub dxy: f64,
    /// Nagelkerke's R2 of the probabilities as they are.
    pub r2: f64,
    /// Discrimination index D, (chi-square - 1) / n.
    pub discrimination: f64,
    /// Gain of -2 log-likelihood over the constant prediction.
    pub discrimination_chi_square: f64,
    /// Unreliability index U, (chi-square - 2) / n.
    pub unreliability: f64,
    /// Gain of -2 log-likelihood by recalibration.
    pub unreliability_chi_square: f64,
    /// Its upper tail with 2 degrees of freedom: test of intercept 0 and slope 1.
    pub unreliability_p: f64,
    /// Quality index Q, D - U.
    pub quality: f64,
    /// Spiegelhalter's z of the Brier score.
    pub spiegelhalter_z: f64,
    /// Two-sided p value of it.
    pub spiegelhalter_p: f64,
    /// Mean of -log of the probability that was given to what happened.
    pub log_loss: f64,
    /// Gini's mean difference of logit(p), the g-index; NaN where a probability is exactly 0 or 1.
    pub g: f64,
    /// Gini's mean difference of the probabilities.
    pub gp: f64,
}

/// The indexes of `rms::val.prob` and `rms::validate`, from the outcome and the probabilities as they
/// are.
///
/// With L the log-likelihood of the probabilities, L0 that of the constant prediction and Lr that of
/// the logistic model of the outcome on logit(p): chi-squares 2 (L - L0) and 2 (Lr - L);
/// R2 = (1 - exp(-2 (L - L0) / n)) / (1 - exp(2 L0 / n)). Spiegelhalter: sum (y - p)(1 - 2p) over the
/// square root of sum (1 - 2p)^2 p (1 - p). U, its test and Q are NaN where a probability is exactly
/// 0 or 1 or all are equal; an outcome that was given no chance makes the log loss infinite.
///
/// # Errors
/// Lengths that differ, entries that are not probabilities, or one outcome only.
pub fn validation_indexes(
    outcome: &[bool],
    probability: &[f64],
) -> Result<ValidationIndexes, CalibrationError> {
    check(outcome, probability)?;
    let n = outcome.len() as f64;
    let events = outcome.iter().filter(|y| **y).count() as f64;
    let pairs = || probability.iter().zip(outcome);
    let log_likelihood: f64 = pairs()
        .map(|(p, y)| if *y { p.ln() } else { (-p).ln_1p() })
        .sum();
    let share = events / n;
    let null_log_likelihood = events * share.ln() + (n - events) * (-share).ln_1p();
    let logit: Vec<f64> = probability.iter().map(|p| p.ln() - (-p).ln_1p()).collect();
    let g = gini_mean_difference(&logit);
    let logit = DMatrix::from_column_slice(logit.len(), 1, &logit);
    let recalibrated = newton(&logit, outcome, None).map_or(f64::NAN, |fit| fit.log_likelihood);
    let discrimination_chi_square = 2.0 * (log_likelihood - null_log_likelihood);
    let unreliability_chi_square = 2.0 * (recalibrated - log_likelihood);
    let discrimination = (discrimination_chi_square - 1.0) / n;
    let unreliability = (unreliability_chi_square - 2.0) / n;
    let gain: f64 = pairs()
        .map(|(p, y)| (f64::from(u8::from(*y)) - p) * (1.0 - 2.0 * p))
        .sum();
    let spread: f64 = probability
        .iter()
        .map(|p| (1.0 - 2.0 * p).powi(2) * p * (1.0 - p))
        .sum();
    let spiegelhalter_z = gain / spread.sqrt();
    // checked above: finite scores of both classes
    let c_statistic = auc(outcome, probability).ok().flatten();
    let c_statistic = c_statistic.unwrap_or(f64::NAN);
    Ok(ValidationIndexes {
        c_statistic,
        dxy: 2.0 * c_statistic - 1.0,
        r2: (-discrimination_chi_square / n).exp_m1() / (2.0 * null_log_likelihood / n).exp_m1(),
        discrimination,
        discrimination_chi_square,
        unreliability,
        unreliability_chi_square,
        unreliability_p: chi_square_sf(unreliability_chi_square.max(0.0), 2.0),
        quality: discrimination - unreliability,
        spiegelhalter_z,
        spiegelhalter_p: normal_two_sided(spiegelhalter_z),
        log_loss: -log_likelihood / n,
        g: if g.is_finite() { g } else { f64::NAN },
        gp: gini_mean_difference(probability),
    })
}
