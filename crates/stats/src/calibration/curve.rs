//! Calibration by recalibration model, Brier score and a smoothed curve.

use super::error::{CalibrationError, check};
use super::loess::{Loess, LoessSurface};
use super::lowess::lowess;
use crate::describe::quantile_of_sorted;
use crate::distribution::normal_upper_quantile;
use crate::regression::newton;
use nalgebra::DMatrix;
use serde::Serialize;

/// A smoothed calibration curve and its distance from the diagonal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationCurve {
    /// Predicted probability, ascending, one a sample.
    pub predicted: Vec<f64>,
    /// Smoothed share with the outcome there.
    pub observed: Vec<f64>,
    /// Largest |predicted - smoothed| over samples.
    pub e_max: f64,
    /// 90 per cent quantile (type 7) of it.
    pub e90: f64,
    /// Median of it.
    pub e50: f64,
    /// Mean of it (also called the integrated calibration index).
    pub e_avg: f64,
}

/// Calibration of predicted probabilities.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Intercept of logit(P) = intercept + slope logit(p): 0 if calibrated.
    pub intercept: f64,
    /// Its standard error.
    pub intercept_se: f64,
    /// Slope of that model: 1 if calibrated, below 1 if predictions are too extreme.
    pub slope: f64,
    /// Its standard error.
    pub slope_se: f64,
    /// Wald interval of the slope.
    pub slope_interval: (f64, f64),
    /// Calibration in the large: intercept of logit(P) = intercept + logit(p), slope fixed at 1.
    pub in_the_large: f64,
    /// Its standard error.
    pub in_the_large_se: f64,
    /// The recalibration model does not exist: the predictions part the outcomes without error, or
    /// are constant, or one is exactly 0 or 1. The figures above are then NaN.
    pub recalibration_failed: bool,
    /// Brier score, mean (p - y)^2.
    pub brier: f64,
    /// 1 - Brier / Brier of the constant prediction mean(y).
    pub brier_scaled: f64,
    /// Sum of outcomes over sum of probabilities.
    pub observed_over_expected: f64,
    /// Confidence level.
    pub level: f64,
    /// Smoothed curve.
    pub curve: CalibrationCurve,
}

/// How a calibration curve is smoothed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoother {
    /// Local lines, as `rms::val.prob` draws them: `lowess(f = 2/3, iter = 0)`.
    Lowess,
    /// Local parabolas: `loess(span = 0.75, degree = 2)`.
    Loess(LoessSurface),
}

/// Smoothed calibration curve: lowess without robustness, span 2/3, as `rms::val.prob` draws it.
///
/// See [`smoothed_calibration`].
///
/// # Errors
/// Lengths that differ, entries that are not probabilities, or one outcome only.
pub fn calibration_curve(
    outcome: &[bool],
    probability: &[f64],
) -> Result<CalibrationCurve, CalibrationError> {
    smoothed_calibration(outcome, probability, Smoother::Lowess)
}

/// Smoothed calibration curve and its distances from the diagonal.
///
/// Lowess: R's default `delta` of 1 per cent of the range applies. With tied probabilities the smooth
/// at ties is that of the first. The distances e_max, e90 and e_avg are those of `val.prob`. Loess:
/// the distances are those of Austin and Steyerberg (2019), e_avg their integrated calibration index.
/// A curve that is not defined is NaN, and so are its distances.
///
/// # Errors
/// Lengths that differ, entries that are not probabilities, or one outcome only.
pub fn smoothed_calibration(
    outcome: &[bool],
    probability: &[f64],
    smoother: Smoother,
) -> Result<CalibrationCurve, CalibrationError> {
    check(outcome, probability)?;
    let mut order: Vec<usize> = (0..probability.len()).collect();
    order.sort_by(|&a, &b| probability[a].total_cmp(&probability[b]));
    let predicted: Vec<f64> = order.iter().map(|&i| probability[i]).collect();
    let y: Vec<f64> = order
        .iter()
        .map(|&i| f64::from(u8::from(outcome[i])))
        .collect();
    let observed = match smoother {
        Smoother::Lowess => {
            let ends = predicted.first().zip(predicted.last());
            let range = ends.map_or(0.0, |(first, last)| last - first);
            lowess(&predicted, &y, 2.0 / 3.0, 0.01 * range)
        }
        Smoother::Loess(surface) => match Loess::fit(&predicted, &y, 0.75, surface) {
            Some(curve) => predicted.iter().map(|&p| curve.at(p)).collect(),
            None => vec![f64::NAN; predicted.len()],
        },
    };
    let distances = predicted.iter().zip(&observed).map(|(p, o)| (p - o).abs());
    let mut distances: Vec<f64> = distances.collect();
    distances.sort_unstable_by(f64::total_cmp);
    // NaN sorts last
    let defined = distances.last().is_some_and(|last| !last.is_nan());
    let quantile = |share: f64| {
        if defined {
            quantile_of_sorted(&distances, share)
        } else {
            f64::NAN
        }
    };
    Ok(CalibrationCurve {
        e_max: quantile(1.0),
        e90: quantile(0.9),
        e50: quantile(0.5),
        e_avg: distances.iter().sum::<f64>() / distances.len() as f64,
        predicted,
        observed,
    })
}

/// Calibration intercept, slope, calibration in the large, Brier scores and the smoothed curve.
///
/// The slope and its intercept come from a logistic regression of the outcome on logit(p), as in
/// `rms::val.prob`; calibration in the large from one with logit(p) as an offset.
///
/// # Errors
/// Lengths that differ, entries that are not probabilities, or one outcome only.
pub fn calibration(
    outcome: &[bool],
    probability: &[f64],
    level: f64,
) -> Result<Calibration, CalibrationError> {
    let curve = calibration_curve(outcome, probability)?;
    let n = outcome.len();
    let logit: Vec<f64> = probability.iter().map(|p| p.ln() - (-p).ln_1p()).collect();
    let x = DMatrix::from_column_slice(n, 1, &logit);
    let slope = newton(&x, outcome, None).ok().filter(|f| !f.separation);
    let large = newton(&DMatrix::zeros(n, 0), outcome, Some(&logit))
        .ok()
        .filter(|f| !f.separation);
    let part = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let (b, b_se) = (
        part(slope.as_ref().map(|f| f.estimates[1])),
        part(slope.as_ref().map(|f| f.covariance[(1, 1)].sqrt())),
    );
    let z = normal_upper_quantile((1.0 - level) / 2.0);
    let y = |i: usize| f64::from(u8::from(outcome[i]));
    let mean = (0..n).map(y).sum::<f64>() / n as f64;
    let brier = (0..n).map(|i| (probability[i] - y(i)).powi(2)).sum::<f64>() / n as f64;
    Ok(Calibration {
        intercept: part(slope.as_ref().map(|f| f.estimates[0])),
        intercept_se: part(slope.as_ref().map(|f| f.covariance[(0, 0)].sqrt())),
        slope: b,
        slope_se: b_se,
        slope_interval: (b - z * b_se, b + z * b_se),
        in_the_large: part(large.as_ref().map(|f| f.estimates[0])),
        in_the_large_se: part(large.as_ref().map(|f| f.covariance[(0, 0)].sqrt())),
        recalibration_failed: slope.is_none() || large.is_none(),
        brier,
        brier_scaled: 1.0 - brier / (mean * (1.0 - mean)),
        observed_over_expected: (0..n).map(y).sum::<f64>() / probability.iter().sum::<f64>(),
        level,
        curve,
    })
}
