//! Firth's logistic regression: finite estimates where the outcome is separated.

use super::logistic::{linear_predictor, log_likelihood};
use super::profile::{Likelihood, Penalty, Point, Profile, not_converged};
use super::{LikelihoodRatioTest, RegressionError, Standardized, standardized};
use crate::distribution::{chi_square_sf, normal_two_sided, normal_upper_quantile};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// One coefficient of a Firth model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FirthCoefficient {
    /// Log odds ratio a unit of the predictor (or the intercept).
    pub estimate: f64,
    /// Standard error from the inverse of the information of the plain likelihood.
    pub standard_error: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided Wald p value. With separation prefer `profile_p`.
    pub wald_p: f64,
    /// Lower limit of the estimate by the profile of the penalised likelihood.
    pub profile_lower: f64,
    /// Upper limit of the estimate by the profile of the penalised likelihood.
    pub profile_upper: f64,
    /// Twice the loss of penalised log-likelihood when this coefficient is held at 0.
    pub profile_chi_square: f64,
    /// Upper tail of the chi-square distribution with one degree of freedom.
    pub profile_p: f64,
    /// Odds ratio, exp(estimate).
    pub odds_ratio: f64,
    /// Lower profile limit of the odds ratio.
    pub odds_ratio_lower: f64,
    /// Upper profile limit of the odds ratio.
    pub odds_ratio_upper: f64,
}

/// A logistic model fitted with Firth's penalty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FirthModel {
    /// Intercept first, then one for each column.
    pub coefficients: Vec<FirthCoefficient>,
    /// Covariance matrix of the estimates, in the same order.
    pub covariance: Vec<Vec<f64>>,
    /// Log-likelihood plus half the log determinant of the information of the original columns.
    pub penalized_log_likelihood: f64,
    /// Log-likelihood without the penalty.
    pub log_likelihood: f64,
    /// Linear predictor (log odds) of each sample.
    pub linear_predictor: Vec<f64>,
    /// Number of samples.
    pub n: usize,
    /// Number of samples with outcome 1.
    pub events: usize,
    /// Confidence level of the intervals.
    pub level: f64,
    /// Scoring steps taken for the estimates.
    pub iterations: usize,
}

impl FirthModel {
    /// Intercept and slopes as plain numbers.
    #[must_use]
    pub fn estimates(&self) -> Vec<f64> {
        self.coefficients.iter().map(|c| c.estimate).collect()
    }

    /// Linear predictor of the rows of `x`.
    ///
    /// # Errors
    /// [`RegressionError::Length`] if the number of columns differs.
    pub fn linear_predictor_of(&self, x: &DMatrix<f64>) -> Result<Vec<f64>, RegressionError> {
        linear_predictor(&self.estimates(), x)
    }
}

/// Fits log(p / (1 - p)) = a + x b with Firth's penalty (R's `logistf`, `brglm2` with `AS_mean`).
///
/// Maximises the log-likelihood plus Jeffreys's penalty, (1/2) ln |X'WX| with W = p (1 - p) and X
/// with a column of ones. The scores are X'(y - p + h (1/2 - p)), h the diagonal of
/// W^(1/2) X (X'WX)^-1 X' W^(1/2). The estimates have less bias than those of maximum likelihood and
/// are finite even when a combination of the predictors parts the outcomes, which is what it is for:
/// see [`LogisticModel::separation`](super::LogisticModel::separation). Fitted probabilities are
/// drawn towards one half, so their mean is not the share of events.
///
/// `x` has one row a sample and one column a predictor, without a column for the intercept; it may
/// have no column at all. Limits and p values of the profile are those of the penalised likelihood
/// ratio: each coefficient is held at a value, the others are fitted anew under the penalty of the
/// whole model, and twice the loss is compared with chi-square of one degree of freedom. Under
/// separation they hold where Wald's do not.
///
/// Sources: Firth, Biometrika 1993;80:27; Heinze and Schemper, Stat Med 2002;21:2409.
///
/// # Errors
/// Those of [`logistic_regression`](super::logistic_regression): non-finite input, an outcome of one
/// value, columns that are constant or combinations of earlier ones, a level outside (0, 1), fewer
/// than p + 2 samples, or steps that do not settle.
pub fn firth_regression(
    x: &DMatrix<f64>,
    outcome: &[bool],
    level: f64,
) -> Result<FirthModel, RegressionError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(RegressionError::BadSetting {
            setting: "level",
            problem: format!("{level} is not between 0 and 1"),
        });
    }
    let events = outcome.iter().filter(|o| **o).count();
    let (likelihood, Standardized { means, scales, .. }) = penalized(x, outcome)?;
    let (n, p) = x.shape();
    let start = origin(&likelihood)?;
    let best = likelihood.maximize(start, None, "")?;

    // back to the original columns: b_j = c_j / s_j, a = c_0 - sum b_j m_j
    let mut back = DMatrix::<f64>::identity(p + 1, p + 1);
    for j in 0..p {
        back[(j + 1, j + 1)] = 1.0 / scales[j];
        back[(0, j + 1)] = -means[j] / scales[j];
    }
    let covariance = &back * best.point.information.inverse() * back.transpose();
    let reach = normal_upper_quantile((1.0 - level) / 2.0);
    let mut coefficients = Vec::with_capacity(p + 1);
    for j in 0..=p {
        let standard_error = covariance[(j, j)].sqrt();
        let profile = Profile::new(&likelihood, &best.point, &back, j, standard_error, false);
        let profile_chi_square = profile.chi_square_at_zero()?;
        let profile_lower = profile.limit(-1.0, reach)?;
        let profile_upper = profile.limit(1.0, reach)?;
        let z = profile.estimate / standard_error;
        coefficients.push(FirthCoefficient {
            estimate: profile.estimate,
            standard_error,
            z,
            wald_p: normal_two_sided(z),
            profile_lower,
            profile_upper,
            profile_chi_square,
            profile_p: chi_square_sf(profile_chi_square, 1.0),
            odds_ratio: profile.estimate.exp(),
            odds_ratio_lower: profile_lower.exp(),
            odds_ratio_upper: profile_upper.exp(),
        });
    }
    // |X'WX| of the original columns is that of the scaled ones times the squares of the scales
    let rescaling: f64 = scales.iter().map(|s| s.ln()).sum();
    Ok(FirthModel {
        coefficients,
        covariance: covariance
            .row_iter()
            .map(|row| row.iter().copied().collect())
            .collect(),
        penalized_log_likelihood: best.point.penalized + rescaling,
        log_likelihood: log_likelihood(best.point.eta.as_slice(), outcome),
        linear_predictor: best.point.eta.iter().copied().collect(),
        n,
        events,
        level,
        iterations: best.iterations,
    })
}

/// Test of several columns of a Firth model together (`logistftest` of R's logistf): all of them are
/// held at 0, the others are fitted anew under the penalty of the whole model, and twice the loss of
/// penalised log-likelihood is compared with chi-square of as many degrees of freedom.
///
/// # Errors
/// Those of [`firth_regression`]; [`RegressionError::Length`] for a column that does not exist.
pub fn firth_test(
    x: &DMatrix<f64>,
    outcome: &[bool],
    columns: &[usize],
) -> Result<LikelihoodRatioTest, RegressionError> {
    let p = x.ncols();
    if let Some(&found) = columns.iter().find(|c| **c >= p) {
        return Err(RegressionError::Length {
            what: "the list of columns",
            found: found + 1,
            expected: p,
        });
    }
    let (likelihood, _) = penalized(x, outcome)?;
    if columns.is_empty() {
        return Ok(super::logistic::likelihood_ratio(0.0, 0.0, 0));
    }
    let best = likelihood.maximize(origin(&likelihood)?, None, "")?;
    let mut held = DMatrix::zeros(p + 1, columns.len());
    for (k, column) in columns.iter().enumerate() {
        held[(column + 1, k)] = 1.0;
    }
    let place = " of the test of several columns";
    let reduced = likelihood.maximize(origin(&likelihood)?, Some(&held), place)?;
    Ok(super::logistic::likelihood_ratio(
        best.point.penalized,
        reduced.point.penalized,
        columns.len(),
    ))
}

/// The penalised likelihood of a design, after all checks of it.
fn penalized<'a>(
    x: &DMatrix<f64>,
    outcome: &'a [bool],
) -> Result<(Likelihood<'a>, Standardized), RegressionError> {
    let (n, p) = x.shape();
    if outcome.len() != n {
        return Err(RegressionError::Length {
            what: "the outcome",
            found: outcome.len(),
            expected: n,
        });
    }
    if n < p + 2 {
        return Err(RegressionError::TooFewSamples {
            found: n,
            needed: p + 2,
        });
    }
    let events = outcome.iter().filter(|o| **o).count();
    if events == 0 || events == n {
        return Err(RegressionError::ConstantOutcome);
    }
    let standardized = standardized(x)?;
    let likelihood = Likelihood {
        z: standardized.z.clone().insert_column(0, 1.0),
        outcome,
        penalty: Penalty::Jeffreys,
    };
    Ok((likelihood, standardized))
}

/// All coefficients 0.
fn origin(likelihood: &Likelihood<'_>) -> Result<Point, RegressionError> {
    likelihood
        .at(DVector::zeros(likelihood.z.ncols()))
        .ok_or_else(|| not_converged(0, String::new()))
}
