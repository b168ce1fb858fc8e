//! Logistic regression by maximum likelihood.

use super::RegressionError;
use crate::distribution::{chi_square_sf, logistic, normal_two_sided, normal_upper_quantile};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// Newton steps before giving up.
const MAX_STEPS: usize = 100;
/// Accepted last change of a linear predictor.
const ACCEPTED_STEP: f64 = 1e-10;
/// A linear predictor this large that still grows means that the outcome is separated.
const SEPARATED_BEYOND: f64 = 20.0;
/// A variance of a standardized estimate this large means that its information is lost to rounding,
/// as it is on the way to infinity, where a step may then look like the last.
const INFORMATION_LOST: f64 = 1e10;
/// A column whose part not explained by the earlier ones is smaller than this share of it counts as
/// their combination.
const RANK_TOLERANCE: f64 = 1e-9;

/// One coefficient of a logistic model. The Wald figures are NaN where separation makes them
/// meaningless.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LogisticCoefficient {
    /// Log odds ratio a unit of the predictor (or the intercept).
    pub estimate: f64,
    /// Standard error from the inverse of the observed information.
    pub standard_error: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided Wald p value.
    pub p: f64,
    /// Odds ratio, exp(estimate).
    pub odds_ratio: f64,
    /// Lower Wald limit of the odds ratio.
    pub odds_ratio_lower: f64,
    /// Upper Wald limit of the odds ratio.
    pub odds_ratio_upper: f64,
}

/// A likelihood-ratio test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LikelihoodRatioTest {
    /// Twice the difference of the log-likelihoods.
    pub chi_square: f64,
    /// Difference of the numbers of parameters.
    pub df: usize,
    /// Upper tail of the chi-square distribution.
    pub p: f64,
}

/// A fitted logistic model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogisticModel {
    /// Intercept first, then one for each column.
    pub coefficients: Vec<LogisticCoefficient>,
    /// Covariance matrix of the estimates, in the same order.
    pub covariance: Vec<Vec<f64>>,
    /// Log-likelihood at the estimates.
    pub log_likelihood: f64,
    /// Log-likelihood of the model with an intercept only.
    pub null_log_likelihood: f64,
    /// Akaike's criterion, 2k - 2 log-likelihood.
    pub aic: f64,
    /// Bayes's criterion, k ln n - 2 log-likelihood.
    pub bic: f64,
    /// Test against the model with an intercept only.
    pub likelihood_ratio: LikelihoodRatioTest,
    /// Linear predictor (log odds) of each sample.
    pub linear_predictor: Vec<f64>,
    /// Number of samples.
    pub n: usize,
    /// Number of samples with outcome 1.
    pub events: usize,
    /// Confidence level of the intervals.
    pub level: f64,
    /// Newton steps taken.
    pub iterations: usize,
    /// A combination of the predictors parts some outcomes without error, so some estimates are
    /// infinite. Likelihood and likelihood-ratio test still hold; estimates and Wald figures do not.
    pub separation: bool,
}

impl LogisticModel {
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

    /// McFadden's share of the log-likelihood, 1 - l / l0.
    #[must_use]
    pub fn r2_mcfadden(&self) -> f64 {
        1.0 - self.log_likelihood / self.null_log_likelihood
    }

    /// Cox and Snell's R squared, 1 - exp(2 (l0 - l) / n).
    #[must_use]
    pub fn r2_cox_snell(&self) -> f64 {
        -(2.0 * (self.null_log_likelihood - self.log_likelihood) / self.n as f64).exp_m1()
    }

    /// Nagelkerke's R squared: Cox and Snell's over the most that it can be (the `R2` of rms).
    #[must_use]
    pub fn r2_nagelkerke(&self) -> f64 {
        self.r2_cox_snell() / -(2.0 * self.null_log_likelihood / self.n as f64).exp_m1()
    }

    /// Likelihood-ratio test of this model against a smaller one on the same samples (R's `anova`
    /// or, for one term, `drop1(test = "Chisq")`). The caller sees to it that the smaller model is
    /// nested in this one.
    #[must_use]
    pub fn likelihood_ratio_against(&self, smaller: &Self) -> LikelihoodRatioTest {
        likelihood_ratio(
            self.log_likelihood,
            smaller.log_likelihood,
            self.coefficients
                .len()
                .saturating_sub(smaller.coefficients.len()),
        )
    }
}

/// Linear predictor of the rows of `x` from an intercept and slopes.
pub(super) fn linear_predictor(
    estimates: &[f64],
    x: &DMatrix<f64>,
) -> Result<Vec<f64>, RegressionError> {
    let (intercept, slopes) = estimates.split_first().unwrap_or((&0.0, &[]));
    if slopes.len() != x.ncols() {
        return Err(RegressionError::Length {
            what: "the list of columns",
            found: x.ncols(),
            expected: slopes.len(),
        });
    }
    let mut out = vec![*intercept; x.nrows()];
    for (column, b) in x.column_iter().zip(slopes) {
        for (o, v) in out.iter_mut().zip(column.iter()) {
            *o += b * v;
        }
    }
    Ok(out)
}

/// Log-likelihood of 0/1 outcomes at their linear predictors.
pub(super) fn log_likelihood(eta: &[f64], outcome: &[bool]) -> f64 {
    eta.iter()
        .zip(outcome)
        .map(|(e, y)| {
            let t = if *y { -e } else { *e };
            -(t.max(0.0) + (-t.abs()).exp().ln_1p())
        })
        .sum()
}

/// Twice the gain of log-likelihood, against chi-square.
pub(super) fn likelihood_ratio(full: f64, reduced: f64, df: usize) -> LikelihoodRatioTest {
    let chi_square = (2.0 * (full - reduced)).max(0.0);
    let p = if df == 0 {
        1.0
    } else {
        chi_square_sf(chi_square, df as f64)
    };
    LikelihoodRatioTest { chi_square, df, p }
}

/// Fits log(p / (1 - p)) = a + x b by maximum likelihood (R's `glm(family = binomial)`).
///
/// `x` has one row a sample and one column a predictor, without a column for the intercept; it may
/// have no column at all. Newton's method (the same as iteratively reweighted least squares) on
/// centred and scaled columns, steps shortened by ln(1 + r) / r where a linear predictor would change
/// by r > 1, until none changes by more than 1e-10. Intervals and p values are Wald's.
///
/// # Errors
/// Non-finite input, an outcome that is not 0 and 1 or has one value, columns that are constant or
/// combinations of earlier ones, a level outside (0, 1), or steps that do not settle for another
/// reason than separation. Separation is no error: it is told in the result.
pub fn logistic_regression(
    x: &DMatrix<f64>,
    outcome: &[bool],
    level: f64,
) -> Result<LogisticModel, RegressionError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(RegressionError::BadSetting {
            setting: "level",
            problem: format!("{level} is not between 0 and 1"),
        });
    }
    let n = outcome.len();
    let events = outcome.iter().filter(|o| **o).count();
    if n == 0 {
        return Err(RegressionError::TooFewSamples {
            found: 0,
            needed: x.ncols() + 2,
        });
    }
    if events == 0 || events == n {
        return Err(RegressionError::ConstantOutcome);
    }
    let fit = newton(x, outcome, None)?;
    let z_level = normal_upper_quantile((1.0 - level) / 2.0);
    let coefficients = fit
        .estimates
        .iter()
        .enumerate()
        .map(|(j, &estimate)| {
            let standard_error = if fit.separation {
                f64::NAN
            } else {
                fit.covariance[(j, j)].sqrt()
            };
            let z = estimate / standard_error;
            LogisticCoefficient {
                estimate,
                standard_error,
                z,
                p: normal_two_sided(z),
                odds_ratio: estimate.exp(),
                odds_ratio_lower: (estimate - z_level * standard_error).exp(),
                odds_ratio_upper: (estimate + z_level * standard_error).exp(),
            }
        })
        .collect();
    let share = events as f64 / n as f64;
    let null_log_likelihood = events as f64 * share.ln() + (n - events) as f64 * (1.0 - share).ln();
    let k = fit.estimates.len() as f64;
    let covariance = (0..fit.estimates.len())
        .map(|i| {
            let row = fit.covariance.row(i);
            row.iter()
                .map(|v| if fit.separation { f64::NAN } else { *v })
                .collect()
        })
        .collect();
    Ok(LogisticModel {
        coefficients,
        covariance,
        log_likelihood: fit.log_likelihood,
        null_log_likelihood,
        aic: 2.0 * k - 2.0 * fit.log_likelihood,
        bic: k * (n as f64).ln() - 2.0 * fit.log_likelihood,
        likelihood_ratio: likelihood_ratio(fit.log_likelihood, null_log_likelihood, x.ncols()),
        linear_predictor: fit.linear_predictor,
        n,
        events,
        level,
        iterations: fit.iterations,
        separation: fit.separation,
    })
}

/// What [`newton`] finds, on the original scale.
pub(crate) struct LogisticFit {
    pub(crate) estimates: Vec<f64>,
    pub(crate) covariance: DMatrix<f64>,
    pub(crate) log_likelihood: f64,
    pub(crate) linear_predictor: Vec<f64>,
    pub(crate) iterations: usize,
    pub(crate) separation: bool,
}

/// Columns with mean 0 and standard deviation (divided by n) 1.
pub(crate) struct Standardized {
    pub(crate) z: DMatrix<f64>,
    pub(crate) means: Vec<f64>,
    pub(crate) scales: Vec<f64>,
}

/// Standardizes a matrix after all checks of it: values that are not finite, constant columns and
/// combinations of earlier ones are refused.
pub(crate) fn standardized(x: &DMatrix<f64>) -> Result<Standardized, RegressionError> {
    let n = x.nrows() as f64;
    let mut z = x.clone();
    let (mut means, mut scales) = (Vec::new(), Vec::new());
    let mut basis: Vec<DVector<f64>> = Vec::new();
    for (column, mut values) in z.column_iter_mut().enumerate() {
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return Err(RegressionError::NonFinitePredictor { row, column });
        }
        let mean = values.sum() / n;
        values.add_scalar_mut(-mean);
        let scale = values.norm() / n.sqrt();
        if !scale.is_finite() || scale <= 1e-12 * mean.abs() || scale == 0.0 {
            return Err(RegressionError::RankDeficient { column });
        }
        values /= scale;
        means.push(mean);
        scales.push(scale);
        let mut rest = values.clone_owned();
        let length = rest.norm();
        // twice, so that rounding leaves nothing of the earlier columns
        for _ in 0..2 {
            for b in &basis {
                let share = b.dot(&rest);
                rest.axpy(-share, b, 1.0);
            }
        }
        let left = rest.norm();
        if left <= RANK_TOLERANCE * length {
            return Err(RegressionError::RankDeficient { column });
        }
        basis.push(rest / left);
    }
    Ok(Standardized { z, means, scales })
}

/// Newton's method for the logistic model, with an optional offset.
pub(crate) fn newton(
    x: &DMatrix<f64>,
    outcome: &[bool],
    offset: Option<&[f64]>,
) -> Result<LogisticFit, RegressionError> {
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
    if let Some(o) = offset
        && let Some(index) = o.iter().position(|v| !v.is_finite())
    {
        return Err(RegressionError::NonFinite {
            what: "the offset",
            index,
        });
    }
    let Standardized { z, means, scales } = standardized(x)?;
    let z = z.insert_column(0, 1.0);
    let fixed = DVector::from_iterator(n, (0..n).map(|i| offset.map_or(0.0, |o| o[i])));
    let mut b = DVector::<f64>::zeros(p + 1);
    if offset.is_none() {
        let share = outcome.iter().filter(|o| **o).count() as f64 / n as f64;
        b[0] = (share / (1.0 - share)).ln();
    }
    let mut eta = &z * &b + &fixed;
    let mut iterations = 0;
    let mut settled = false;
    let mut inverse = None;
    while iterations < MAX_STEPS {
        let weight = eta.map(|e| logistic(e) * logistic(-e));
        let residual = DVector::from_iterator(
            n,
            eta.iter()
                .zip(outcome)
                .map(|(e, y)| if *y { logistic(-e) } else { -logistic(*e) }),
        );
        let mut weighted = z.clone();
        for mut column in weighted.column_iter_mut() {
            column.component_mul_assign(&weight);
        }
        let Some(factor) = z.tr_mul(&weighted).cholesky() else {
            break;
        };
        let step = factor.solve(&z.tr_mul(&residual));
        let change = &z * &step;
        if !change.iter().all(|c| c.is_finite()) {
            break;
        }
        let largest = change.amax();
        let length = if largest > 1.0 {
            largest.ln_1p() / largest
        } else {
            1.0
        };
        b.axpy(length, &step, 1.0);
        eta.axpy(length, &change, 1.0);
        iterations += 1;
        inverse = Some(factor.inverse());
        if largest < ACCEPTED_STEP {
            settled = true;
            break;
        }
    }
    let informed = inverse
        .as_ref()
        .is_some_and(|inverse| inverse.diagonal().max() < INFORMATION_LOST);
    let separation = !(settled && informed) && eta.amax() > SEPARATED_BEYOND;
    if !settled && !separation {
        return Err(RegressionError::NotConverged {
            iterations,
            context: String::new(),
        });
    }
    // back to the original columns: b_j = c_j / s_j, a = c_0 - sum b_j m_j
    let mut back = DMatrix::<f64>::identity(p + 1, p + 1);
    for j in 0..p {
        back[(j + 1, j + 1)] = 1.0 / scales[j];
        back[(0, j + 1)] = -means[j] / scales[j];
    }
    let covariance = match inverse {
        Some(inverse) => &back * inverse * back.transpose(),
        None => DMatrix::from_element(p + 1, p + 1, f64::NAN),
    };
    Ok(LogisticFit {
        estimates: (&back * b).iter().copied().collect(),
        covariance,
        log_likelihood: log_likelihood(eta.as_slice(), outcome),
        linear_predictor: eta.iter().copied().collect(),
        iterations,
        separation,
    })
}
