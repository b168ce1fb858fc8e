//! Welch's t test of two independent samples whose variances may differ.

use super::student_t::{TTest, t_test};
use super::{Alternative, CompareError, present_finite};
use crate::describe::{mean, variance};

/// Welch's t test. R: `t.test(x, y)`.
///
/// With `v = s_x^2 / n_x` and `w = s_y^2 / n_y`, `t = (mean x - mean y) / sqrt(v + w)` and the
/// degrees of freedom are `(v + w)^2 / (v^2 / (n_x - 1) + w^2 / (n_y - 1))` (Welch-Satterthwaite).
/// NaN is left out.
///
/// # Errors
/// Fewer than two values in a sample, infinite values, or no variation.
pub fn welch_t(
    x: &[f64],
    y: &[f64],
    alternative: Alternative,
    confidence: f64,
) -> Result<TTest, CompareError> {
    const TEST: &str = "Welch's t test";
    let x = present_finite(x, TEST, 2)?;
    let y = present_finite(y, TEST, 2)?;
    let (n_x, n_y) = (x.len() as f64, y.len() as f64);
    let (v, w) = (variance(&x) / n_x, variance(&y) / n_y);
    let df = (v + w) * (v + w) / (v * v / (n_x - 1.0) + w * w / (n_y - 1.0));
    t_test(
        TEST,
        mean(&x),
        mean(&y),
        (v + w).sqrt(),
        df,
        alternative,
        confidence,
    )
}
