//! Student's t test of two independent samples with equal variances.

use super::{Alternative, CompareError, present_finite};
use crate::describe::{mean, sum_of_squares};
use crate::distribution::{
    student_t_cdf, student_t_sf, student_t_two_sided, student_t_upper_quantile,
};
use serde::{Deserialize, Serialize};

/// Result of a t test of two samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TTest {
    /// `(mean of x - mean of y) / standard error`.
    pub statistic: f64,
    /// Degrees of freedom; not whole for Welch's test.
    pub degrees_of_freedom: f64,
    /// P value for the alternative asked for.
    pub p_value: f64,
    /// Mean of the first sample.
    pub mean_x: f64,
    /// Mean of the second sample.
    pub mean_y: f64,
    /// Lower confidence limit of the difference; minus infinity for `Less`.
    pub lower: f64,
    /// Upper confidence limit of the difference; infinity for `Greater`.
    pub upper: f64,
}

/// Student's t test with pooled variance. R: `t.test(x, y, var.equal = TRUE)`.
///
/// `t = (mean x - mean y) / sqrt(s^2 (1/n_x + 1/n_y))`, `s^2` the pooled variance with
/// `n_x + n_y - 2` degrees of freedom. NaN is left out.
///
/// # Errors
/// A sample without values, fewer than three in all, infinite values, or no variation.
pub fn student_t(
    x: &[f64],
    y: &[f64],
    alternative: Alternative,
    confidence: f64,
) -> Result<TTest, CompareError> {
    const TEST: &str = "Student's t test";
    let x = present_finite(x, TEST, 1)?;
    let y = present_finite(y, TEST, if x.len() < 2 { 2 } else { 1 })?;
    let (n_x, n_y) = (x.len() as f64, y.len() as f64);
    let df = n_x + n_y - 2.0;
    let pooled = (sum_of_squares(&x) + sum_of_squares(&y)) / df;
    let error = (pooled * (1.0 / n_x + 1.0 / n_y)).sqrt();
    t_test(TEST, mean(&x), mean(&y), error, df, alternative, confidence)
}

pub(super) fn t_test(
    test: &'static str,
    mean_x: f64,
    mean_y: f64,
    standard_error: f64,
    df: f64,
    alternative: Alternative,
    confidence: f64,
) -> Result<TTest, CompareError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(CompareError::Confidence(confidence));
    }
    // R's rule for data that are constant but for rounding.
    if standard_error <= 10.0 * f64::EPSILON * mean_x.abs().max(mean_y.abs()) {
        return Err(CompareError::NoVariation { test });
    }
    let difference = mean_x - mean_y;
    let statistic = difference / standard_error;
    let alpha = 1.0 - confidence;
    let margin = |tail: f64| standard_error * student_t_upper_quantile(tail, df);
    let (p_value, lower, upper) = match alternative {
        Alternative::TwoSided => {
            let m = margin(0.5 * alpha);
            (
                student_t_two_sided(statistic, df),
                difference - m,
                difference + m,
            )
        }
        Alternative::Less => (
            student_t_cdf(statistic, df),
            f64::NEG_INFINITY,
            difference + margin(alpha),
        ),
        Alternative::Greater => (
            student_t_sf(statistic, df),
            difference - margin(alpha),
            f64::INFINITY,
        ),
    };
    Ok(TTest {
        statistic,
        degrees_of_freedom: df,
        p_value,
        mean_x,
        mean_y,
        lower,
        upper,
    })
}
