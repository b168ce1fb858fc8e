//! The mean time to the event within a horizon.

use super::error::{SurvivalError, check_level};
use super::kaplan_meier::KaplanMeier;
use crate::distribution::normal_two_sided;
use serde::Serialize;

/// Restricted mean of one curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RestrictedMean {
    /// Horizon, in the unit of the times.
    pub horizon: f64,
    /// Area under the curve up to the horizon, in the unit of the times.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower Wald limit.
    pub lower: f64,
    /// Upper Wald limit.
    pub upper: f64,
    /// Confidence level.
    pub level: f64,
}

/// Difference of the restricted means of two independent groups.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RestrictedMeanDifference {
    /// Restricted mean of the first group.
    pub first: RestrictedMean,
    /// Restricted mean of the second group.
    pub second: RestrictedMean,
    /// First minus second.
    pub difference: f64,
    /// Root of the sum of the two variances.
    pub standard_error: f64,
    /// Lower Wald limit.
    pub lower: f64,
    /// Upper Wald limit.
    pub upper: f64,
    /// Difference over its standard error.
    pub z: f64,
    /// Two-sided p value by the normal distribution.
    pub p: f64,
}

/// Restricted mean survival time, the area under a Kaplan-Meier curve up to `horizon`.
///
/// [`KaplanMeier::restricted_mean`] with its Wald interval (R's `summary(survfit(...), rmean =
/// horizon)`). Variance: sum over event times of d / (r (r - d)) times the squared area to the right.
///
/// # Errors
/// A bad level; a horizon that is not positive and finite, or lies beyond the last time while the
/// curve is above 0 there.
pub fn restricted_mean(
    curve: &KaplanMeier,
    horizon: f64,
    level: f64,
) -> Result<RestrictedMean, SurvivalError> {
    let z = check_level(level)?;
    let Some((mean, standard_error)) = curve.restricted_mean(horizon) else {
        return Err(SurvivalError::BadSetting {
            setting: "horizon",
            problem: format!(
                "{horizon} is not a positive time up to which the curve is known: use at most the \
                 last time of each group"
            ),
        });
    };
    Ok(RestrictedMean {
        horizon,
        mean,
        standard_error,
        lower: mean - z * standard_error,
        upper: mean + z * standard_error,
        level,
    })
}

/// Compares the restricted means of two independent curves (Royston and Parmar 2013).
///
/// # Errors
/// As [`restricted_mean`].
pub fn compare_restricted_mean(
    first: &KaplanMeier,
    second: &KaplanMeier,
    horizon: f64,
    level: f64,
) -> Result<RestrictedMeanDifference, SurvivalError> {
    let quantile = check_level(level)?;
    let first = restricted_mean(first, horizon, level)?;
    let second = restricted_mean(second, horizon, level)?;
    let difference = first.mean - second.mean;
    let standard_error = first.standard_error.hypot(second.standard_error);
    let z = if difference == 0.0 && standard_error == 0.0 {
        0.0
    } else {
        difference / standard_error
    };
    Ok(RestrictedMeanDifference {
        first,
        second,
        difference,
        standard_error,
        lower: difference - quantile * standard_error,
        upper: difference + quantile * standard_error,
        z,
        p: normal_two_sided(z),
    })
}
