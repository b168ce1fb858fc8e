//! R² of Cox and Snell: the largest possible, and the one that a C statistic implies.

use super::SampleSizeError;
use super::error::within;
use crate::distribution::{normal_density, normal_quantile};

/// The largest R² of Cox and Snell with a binary outcome of this prevalence: that of a model which
/// tells every outcome, `1 - (p^p (1 - p)^(1 - p))²`.
///
/// # Errors
/// A prevalence that does not lie between 0 and 1.
pub fn maximum_cox_snell_r2(prevalence: f64) -> Result<f64, SampleSizeError> {
    within("the prevalence", prevalence, 0.0, 1.0)?;
    Ok(-(2.0 * null_log_likelihood(prevalence)).exp_m1())
}

/// The largest R² of Cox and Snell with a time to event, of `E` events for each participant (the
/// event rate times the mean follow-up): `1 - exp(2 (E ln E - E))`.
///
/// # Errors
/// A number of events that does not lie between 0 and 1.
pub fn maximum_cox_snell_r2_of_event_rate(events: f64) -> Result<f64, SampleSizeError> {
    within(
        "the number of events for each participant (event rate times mean follow-up)",
        events,
        0.0,
        1.0,
    )?;
    Ok(-(2.0 * (events * events.ln() - events)).exp_m1())
}

/// The R² of Cox and Snell of a model with this C statistic (Riley, Van Calster and Collins,
/// Statistics in Medicine 2021;40:859-864).
///
/// The linear predictor is taken as normal with unit variance in those with and those without the
/// outcome, their means `mu = sqrt(2) qnorm(C)` apart. Then the log-odds are
/// `logit(p) + mu (x - middle)`, and `R² = 1 - exp(-2 (E ln L - E ln L0))` for one participant. The
/// expectation is a sum over a grid of `x`, exact to rounding. `pmsampsize` simulates a million
/// participants instead, so that its third digit hangs on the seed.
///
/// # Errors
/// A C statistic that does not lie between 0.5 and 1, or a prevalence that does not lie between 0
/// and 1.
pub fn cox_snell_r2_of_c_statistic(
    c_statistic: f64,
    prevalence: f64,
) -> Result<f64, SampleSizeError> {
    within("the C statistic", c_statistic, 0.5, 1.0)?;
    within("the prevalence", prevalence, 0.0, 1.0)?;
    let distance = std::f64::consts::SQRT_2 * normal_quantile(c_statistic);
    let offset = (prevalence / (1.0 - prevalence)).ln();
    // The trapezoidal rule on a function that is analytic in a strip errs by exp(-2 pi w / h), `w`
    // being half the width of the strip: pi / distance for the logarithm of the logistic function.
    const REACH: f64 = 10.0;
    let steps = (2.0 * REACH * 8.0 * (1.0 + distance)).ceil() as usize;
    let step = 2.0 * REACH / steps as f64;
    let mut information = 0.0;
    for i in 0..=steps {
        let deviation = i as f64 * step - REACH;
        let weight = step * normal_density(deviation);
        // In those with the outcome the linear predictor lies half the distance above the middle.
        let with = offset + distance * (deviation + 0.5 * distance);
        let without = offset + distance * (deviation - 0.5 * distance);
        information -= weight * prevalence * softplus(-with);
        information -= weight * (1.0 - prevalence) * softplus(without);
    }
    information -= null_log_likelihood(prevalence);
    Ok(-(-2.0 * information).exp_m1())
}

/// `p ln p + (1 - p) ln(1 - p)`: the log-likelihood of one participant without a model.
fn null_log_likelihood(prevalence: f64) -> f64 {
    prevalence * prevalence.ln() + (1.0 - prevalence) * (-prevalence).ln_1p()
}

/// `ln(1 + exp(x))`.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
