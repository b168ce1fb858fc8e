//! F test of equal variances of two independent samples.

use super::{Alternative, CompareError, present_finite};
use crate::describe::variance;
use crate::distribution::{f_cdf, f_quantile, f_sf, f_upper_quantile};
use serde::{Deserialize, Serialize};

/// Result of an F test of two variances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VarianceRatio {
    /// `F = s_x^2 / s_y^2`, which is the estimate of the ratio too.
    pub statistic: f64,
    /// Values of the first sample minus one.
    pub df1: f64,
    /// Values of the second sample minus one.
    pub df2: f64,
    /// P value for the alternative asked for.
    pub p_value: f64,
    /// Lower confidence limit of the ratio.
    pub lower: f64,
    /// Upper confidence limit of the ratio.
    pub upper: f64,
}

/// F test that two variances are equal. R: `var.test(x, y)`.
///
/// `F = s_x^2 / s_y^2` has `n_x - 1` and `n_y - 1` degrees of freedom. Two-sided P: twice the
/// smaller tail. Limits: `F / q(1 - alpha / 2)` and `F / q(alpha / 2)`. It holds for normal data
/// only; [`super::levene`] does not need them. NaN is left out.
///
/// # Errors
/// Fewer than two values in a sample, infinite values, no variation in either sample, or a
/// confidence level outside 0 to 1.
pub fn variance_ratio(
    x: &[f64],
    y: &[f64],
    alternative: Alternative,
    confidence: f64,
) -> Result<VarianceRatio, CompareError> {
    const TEST: &str = "the F test of two variances";
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(CompareError::Confidence(confidence));
    }
    let x = present_finite(x, TEST, 2)?;
    let y = present_finite(y, TEST, 2)?;
    let (df1, df2) = ((x.len() - 1) as f64, (y.len() - 1) as f64);
    let (var_x, var_y) = (variance(&x), variance(&y));
    if var_x <= 0.0 && var_y <= 0.0 {
        return Err(CompareError::NoVariation { test: TEST });
    }
    let statistic = var_x / var_y;
    let alpha = 1.0 - confidence;
    let lower = |tail: f64| statistic / f_upper_quantile(tail, df1, df2);
    let upper = |tail: f64| statistic / f_quantile(tail, df1, df2);
    let (below, above) = (f_cdf(statistic, df1, df2), f_sf(statistic, df1, df2));
    let (p_value, lower, upper) = match alternative {
        Alternative::TwoSided => (
            (2.0 * below.min(above)).min(1.0),
            lower(0.5 * alpha),
            upper(0.5 * alpha),
        ),
        Alternative::Less => (below, 0.0, upper(alpha)),
        Alternative::Greater => (above, lower(alpha), f64::INFINITY),
    };
    Ok(VarianceRatio {
        statistic,
        df1,
        df2,
        p_value,
        lower,
        upper,
    })
}
