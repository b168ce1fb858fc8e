//! Cox's proportional-hazards regression.

mod partial_likelihood;
mod proportional_hazards;
mod residuals;

pub use proportional_hazards::{ProportionalHazardsTest, TimeTransform, proportional_hazards_test};
pub use residuals::BaselineHazard;

use super::error::check;
use crate::distribution::{chi_square_sf, normal_two_sided, normal_upper_quantile};
use crate::regression::{RegressionError, Standardized, standardized};
use nalgebra::{DMatrix, DVector};
use partial_likelihood::RiskSets;
use residuals::{Hazards, hazards};
use serde::Serialize;

/// Newton steps before giving up.
const MAX_STEPS: usize = 100;
/// Accepted last change of a linear predictor, in parts of their spread if that is above 1.
const ACCEPTED_STEP: f64 = 1e-9;
/// Longest first change of a linear predictor.
const FIRST_STEP: f64 = 5.0;
/// A spread of linear predictors this large that still grows means an infinite estimate.
const SEPARATED_BEYOND: f64 = 20.0;
/// Information an event on a scaled column, left after the columns before it, that is rounding alone.
const EMPTY_INFORMATION: f64 = 1e-13;
/// Variance of an estimate over that at 0 beyond which nothing but rounding holds it.
const LOST_INFORMATION: f64 = 1e9;

/// How events at the same time are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CoxTies {
    /// Efron's approximation, R's default.
    Efron,
    /// Breslow's approximation.
    Breslow,
}

/// One coefficient; the Wald figures are NaN where `separation` makes them meaningless.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CoxCoefficient {
    /// Log hazard ratio a unit of the predictor.
    pub estimate: f64,
    /// Standard error from the observed information.
    pub standard_error: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided Wald p value.
    pub p: f64,
    /// Hazard ratio, exp(estimate).
    pub hazard_ratio: f64,
    /// Lower Wald limit of the hazard ratio.
    pub hazard_ratio_lower: f64,
    /// Upper Wald limit of the hazard ratio.
    pub hazard_ratio_upper: f64,
}

/// A test of all coefficients together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CoxTest {
    /// Statistic.
    pub chi_square: f64,
    /// Number of coefficients.
    pub df: usize,
    /// Upper tail of chi-square.
    pub p: f64,
}

/// A fitted Cox model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoxModel {
    /// One for each column.
    pub coefficients: Vec<CoxCoefficient>,
    /// Covariance matrix of the estimates.
    pub covariance: Vec<Vec<f64>>,
    /// Log partial likelihood at 0.
    pub null_log_likelihood: f64,
    /// Log partial likelihood at the estimates.
    pub log_likelihood: f64,
    /// Likelihood-ratio test.
    pub likelihood_ratio: CoxTest,
    /// Wald test.
    pub wald: CoxTest,
    /// Score (log-rank) test.
    pub score: CoxTest,
    /// Sum of predictor times estimate for each sample, not centred.
    pub linear_predictor: Vec<f64>,
    /// Baseline hazard at predictors 0, one for each stratum in ascending order of their labels; a
    /// single one without strata.
    pub baseline: Vec<BaselineHazard>,
    /// Martingale residual of each sample: event minus expected number of events.
    pub martingale_residuals: Vec<f64>,
    /// Deviance residual of each sample: sign(m) sqrt(-2 (m + event ln(event - m))).
    pub deviance_residuals: Vec<f64>,
    /// Treatment of ties.
    pub ties: CoxTies,
    /// Number of samples.
    pub n: usize,
    /// Number of events.
    pub events: usize,
    /// Confidence level of the intervals.
    pub level: f64,
    /// Newton steps taken.
    pub iterations: usize,
    /// A combination of the predictors orders the events without error, so some estimates are
    /// infinite. The likelihood-ratio and score tests still hold; estimates and Wald figures do not.
    pub separation: bool,
}

impl CoxModel {
    /// Probability of no event up to `t` at a linear predictor (not centred), in a stratum of the fit;
    /// `None` if the fit has no such stratum. Pass 0 for a model without strata.
    #[must_use]
    pub fn survival_at(&self, stratum: usize, t: f64, linear_predictor: f64) -> Option<f64> {
        self.baseline
            .iter()
            .find(|b| b.stratum == stratum)
            .map(|b| b.survival_at(t, linear_predictor))
    }

    /// Akaike's information criterion, 2 p - 2 log partial likelihood.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * self.coefficients.len() as f64 - 2.0 * self.log_likelihood
    }

    /// Bayesian information criterion with the number of events, p ln(events) - 2 log partial
    /// likelihood (R's `BIC` of a `coxph`).
    #[must_use]
    pub fn bic(&self) -> f64 {
        self.coefficients.len() as f64 * (self.events as f64).ln() - 2.0 * self.log_likelihood
    }
}

fn test(chi_square: f64, df: usize) -> CoxTest {
    CoxTest {
        chi_square,
        df,
        // below 0 by rounding alone; NaN stays NaN
        p: chi_square_sf(if chi_square < 0.0 { 0.0 } else { chi_square }, df as f64),
    }
}

/// Fits hazard(t) = h0(t) exp(x b) by partial likelihood (R's `coxph`).
///
/// `x` has one row a sample and one column a predictor. Newton's method on centred and scaled columns
/// from 0, each step halved until the likelihood does not fall. Intervals and p values are Wald's; the
/// score test is that at 0.
///
/// # Errors
/// Non-finite input, negative times, no event, columns that are constant or combinations of earlier
/// ones, a level outside (0, 1), or steps that do not settle for another reason than separation.
/// Separation (a monotone likelihood) is told in the result.
pub fn cox_regression(
    x: &DMatrix<f64>,
    time: &[f64],
    event: &[bool],
    ties: CoxTies,
    level: f64,
) -> Result<CoxModel, RegressionError> {
    fit(x, time, event, None, ties, level)
}

/// [`cox_regression`] with a baseline hazard of its own for each stratum (R's `strata()`).
///
/// `strata` holds a free label for each sample. Samples are compared within their stratum only, so a
/// factor whose hazards are not proportional can be adjusted for without an assumption about it.
///
/// # Errors
/// As [`cox_regression`]; also columns that are constant within every stratum.
pub fn stratified_cox_regression(
    x: &DMatrix<f64>,
    time: &[f64],
    event: &[bool],
    strata: &[usize],
    ties: CoxTies,
    level: f64,
) -> Result<CoxModel, RegressionError> {
    fit(x, time, event, Some(strata), ties, level)
}

/// Checks the rows of a design with their times and strata.
fn check_rows(
    x: &DMatrix<f64>,
    time: &[f64],
    event: &[bool],
    strata: Option<&[usize]>,
) -> Result<(), RegressionError> {
    let n = x.nrows();
    for (what, found) in [
        ("the list of times", Some(time.len())),
        ("the list of strata", strata.map(<[usize]>::len)),
    ] {
        if let Some(found) = found
            && found != n
        {
            return Err(RegressionError::Length {
                what,
                found,
                expected: n,
            });
        }
    }
    check(time, event).map_err(|e| RegressionError::BadSetting {
        setting: "time",
        problem: e.to_string(),
    })
}

fn fit(
    x: &DMatrix<f64>,
    time: &[f64],
    event: &[bool],
    strata: Option<&[usize]>,
    ties: CoxTies,
    level: f64,
) -> Result<CoxModel, RegressionError> {
    let (n, p) = x.shape();
    if !(level > 0.0 && level < 1.0) {
        return Err(RegressionError::BadSetting {
            setting: "level",
            problem: format!("{level} is not between 0 and 1"),
        });
    }
    if p == 0 || n < p + 1 {
        return Err(RegressionError::TooFewSamples {
            found: n,
            needed: p + 1,
        });
    }
    check_rows(x, time, event, strata)?;
    let events = event.iter().filter(|e| **e).count();
    if events == 0 {
        return Err(RegressionError::NoEvent);
    }
    let Standardized { z, means, scales } = standardized(x)?;
    let data = RiskSets::new(&z, time, event, strata, ties);
    let mut b = DVector::<f64>::zeros(p);
    let mut now = data.likelihood(&b);
    let null_log_likelihood = now.value;
    let null_factor = now
        .information
        .clone()
        .cholesky()
        .filter(|f| {
            let least = EMPTY_INFORMATION * events as f64;
            f.l_dirty()
                .diagonal()
                .iter()
                .all(|pivot| pivot * pivot > least)
        })
        .ok_or_else(|| RegressionError::NotConverged {
            iterations: 0,
            context:
                ": the information matrix is singular, no event has samples at risk that differ"
                    .to_owned(),
        })?;
    let score_statistic = now.score.dot(&null_factor.solve(&now.score));
    let null_inverse = null_factor.inverse();
    let mut iterations = 0;
    let mut settled = false;
    while iterations < MAX_STEPS {
        let Some(factor) = now.information.clone().cholesky() else {
            break;
        };
        let mut step = factor.solve(&now.score);
        let change = data.predictor(&step).amax();
        if !change.is_finite() {
            break;
        }
        // at most doubling the spread: a first step from far off may overshoot, but large estimates are
        // still reached in few steps
        let eta = data.predictor(&b);
        let spread_before = eta.max() - eta.min();
        let longest = spread_before.max(FIRST_STEP);
        if change > longest {
            step *= longest / change;
        }
        iterations += 1;
        let mut accepted = None;
        for _ in 0..40 {
            let tried = &b + &step;
            let there = data.likelihood(&tried);
            // a fall by rounding alone is none
            if there.value >= now.value - 1e-10 * now.value.abs().max(1.0) {
                accepted = Some((tried, there));
                break;
            }
            step *= 0.5;
        }
        let Some((tried, there)) = accepted else {
            break;
        };
        b = tried;
        now = there;
        if change < ACCEPTED_STEP * spread_before.max(1.0) {
            settled = true;
            break;
        }
    }
    let spread = {
        let eta = data.predictor(&b);
        eta.max() - eta.min()
    };
    let inverse = now.information.clone().cholesky().map(|f| f.inverse());
    // far out the likelihood is flat but for rounding, so that the steps seem to settle
    let lost = inverse.as_ref().is_none_or(|inverse| {
        (0..p).any(|j| inverse[(j, j)] > LOST_INFORMATION * null_inverse[(j, j)])
    });
    let separation = spread > SEPARATED_BEYOND && (!settled || lost);
    if !settled && !separation {
        return Err(RegressionError::NotConverged {
            iterations,
            context: String::new(),
        });
    }
    let inverse = inverse
        .filter(|_| !separation)
        .unwrap_or_else(|| DMatrix::from_element(p, p, f64::NAN));
    let wald = if separation {
        f64::NAN
    } else {
        b.dot(&(&now.information * &b))
    };
    let z_level = normal_upper_quantile((1.0 - level) / 2.0);
    let estimates: Vec<f64> = b.iter().zip(&scales).map(|(b, s)| b / s).collect();
    let coefficients = estimates
        .iter()
        .enumerate()
        .map(|(j, &estimate)| {
            let standard_error = inverse[(j, j)].sqrt() / scales[j];
            let z = estimate / standard_error;
            CoxCoefficient {
                estimate,
                standard_error,
                z,
                p: normal_two_sided(z),
                hazard_ratio: estimate.exp(),
                hazard_ratio_lower: (estimate - z_level * standard_error).exp(),
                hazard_ratio_upper: (estimate + z_level * standard_error).exp(),
            }
        })
        .collect();
    let offset: f64 = estimates.iter().zip(&means).map(|(b, m)| b * m).sum();
    let linear_predictor: Vec<f64> = (&z * &b).iter().map(|e| e + offset).collect();
    let Hazards {
        baseline,
        martingale,
        deviance,
    } = hazards(&data, &linear_predictor);
    Ok(CoxModel {
        covariance: (0..p)
            .map(|i| {
                (0..p)
                    .map(|j| inverse[(i, j)] / scales[i] / scales[j])
                    .collect()
            })
            .collect(),
        coefficients,
        null_log_likelihood,
        log_likelihood: now.value,
        likelihood_ratio: test(2.0 * (now.value - null_log_likelihood), p),
        wald: test(wald, p),
        score: test(score_statistic, p),
        baseline,
        martingale_residuals: martingale,
        deviance_residuals: deviance,
        linear_predictor,
        ties,
        n,
        events,
        level,
        iterations,
        separation,
    })
}
