//! Elastic net: lasso, ridge and what is between, along a path of penalties.

mod check;
mod cross_validation;
mod measure;
mod path;
mod penalized_newton;

pub use cross_validation::{ElasticNetCrossValidation, cross_validate_elastic_net};
pub use measure::CrossValidationMeasure;

use super::RegressionError;
use check::check_input;
use nalgebra::DMatrix;
use path::fit_rows;
use serde::Serialize;

/// What is to be explained: one entry a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ElasticNetOutcome<'a> {
    /// A continuous outcome.
    Gaussian(&'a [f64]),
    /// An outcome of 0 and 1.
    Binomial(&'a [f64]),
    /// Times to an event.
    Cox {
        /// Time of the event, or until which none was seen; not negative.
        time: &'a [f64],
        /// Whether it was an event.
        event: &'a [bool],
    },
}

impl ElasticNetOutcome<'_> {
    /// The kind of outcome.
    #[must_use]
    pub fn family(&self) -> ElasticNetFamily {
        match self {
            Self::Gaussian(_) => ElasticNetFamily::Gaussian,
            Self::Binomial(_) => ElasticNetFamily::Binomial,
            Self::Cox { .. } => ElasticNetFamily::Cox,
        }
    }
}

/// The kind of outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ElasticNetFamily {
    /// A continuous outcome: loss RSS / (2n).
    Gaussian,
    /// An outcome of 0 and 1: loss minus mean log-likelihood of the logistic model.
    Binomial,
    /// Times to an event: loss minus log partial likelihood over n, Breslow's for tied events.
    Cox,
}

/// Where the penalties come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LambdaPath {
    /// `count` values, evenly spaced in the logarithm, from the smallest penalty that leaves every
    /// penalised coefficient at zero down to `ratio` times it. The path may stop early.
    Automatic {
        /// Number of values; glmnet's default is 100.
        count: usize,
        /// Last over first; `None` means 0.01 with fewer samples than features, else 0.0001.
        ratio: Option<f64>,
    },
    /// These values, in descending order; never stopped early.
    Given(Vec<f64>),
}

/// Settings of [`elastic_net`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ElasticNetOptions {
    /// Share of the lasso penalty, in (0, 1]: 1 is the lasso.
    pub alpha: f64,
    /// Scale features by their standard deviation (divided by n) before penalising. Coefficients
    /// are reported on the original scale either way.
    pub standardize: bool,
    /// Penalties.
    pub lambda: LambdaPath,
    /// One factor a feature that multiplies its penalty; 0 means never penalised. They are rescaled
    /// to sum to the number of features, as glmnet does. `None` means 1 for all.
    pub penalty_factor: Option<Vec<f64>>,
    /// One non-negative weight a sample. `None` means 1 for all.
    pub weights: Option<Vec<f64>>,
}

impl Default for ElasticNetOptions {
    /// glmnet's defaults: lasso, standardised, 100 penalties.
    fn default() -> Self {
        Self {
            alpha: 1.0,
            standardize: true,
            lambda: LambdaPath::Automatic {
                count: 100,
                ratio: None,
            },
            penalty_factor: None,
            weights: None,
        }
    }
}

/// A fitted path. Entry k of each list belongs to penalty k.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ElasticNet {
    /// The kind of outcome.
    pub family: ElasticNetFamily,
    /// Share of the lasso penalty.
    pub alpha: f64,
    /// Penalties, descending.
    pub lambda: Vec<f64>,
    /// Intercepts, original scale; 0 for the Cox family, which has none.
    pub intercept: Vec<f64>,
    /// Coefficients, original scale: one list of all features for each penalty.
    pub coefficients: Vec<Vec<f64>>,
    /// Number of non-zero coefficients.
    pub df: Vec<usize>,
    /// Fraction of the null deviance explained.
    pub deviance_ratio: Vec<f64>,
    /// Deviance of the model without features.
    pub null_deviance: f64,
    /// Largest violation of the optimality conditions on the standardised scale.
    pub optimality_violation: Vec<f64>,
}

impl ElasticNet {
    /// Linear predictor of each row of `x` at penalty `k`.
    ///
    /// # Errors
    /// [`RegressionError::Length`] if the columns differ from those fitted, and
    /// [`RegressionError::BadSetting`] if there is no penalty `k`.
    pub fn linear_predictor(
        &self,
        x: &DMatrix<f64>,
        k: usize,
    ) -> Result<Vec<f64>, RegressionError> {
        let (Some(coefficients), Some(intercept)) =
            (self.coefficients.get(k), self.intercept.get(k))
        else {
            return Err(RegressionError::BadSetting {
                setting: "k",
                problem: format!(
                    "there is no penalty {k}, the path has {}",
                    self.lambda.len()
                ),
            });
        };
        if x.ncols() != coefficients.len() {
            return Err(RegressionError::Length {
                what: "the list of columns",
                found: x.ncols(),
                expected: coefficients.len(),
            });
        }
        let mut out = vec![*intercept; x.nrows()];
        for (column, c) in x.column_iter().zip(coefficients) {
            if *c != 0.0 {
                for (o, v) in out.iter_mut().zip(column.iter()) {
                    *o += c * v;
                }
            }
        }
        Ok(out)
    }
}

/// Fits the elastic net along a path of penalties (glmnet's `glmnet`).
///
/// Minimises over the intercept a and the coefficients b of the standardised features
///
/// - binomial: -(1/n) log-likelihood + lambda ((1 - alpha)/2 |b|^2 + alpha |b|_1)
/// - Gaussian: RSS/(2n) + lambda ((1 - alpha)/(2 s) |b|^2 + alpha |b|_1), where s is the standard
///   deviation (divided by n) of the outcome: glmnet scales the outcome first, and so the ridge part
///   is not the textbook's unless s = 1.
/// - Cox: -(1/n) log partial likelihood + lambda ((1 - alpha)/2 |b|^2 + alpha |b|_1), without an
///   intercept. Tied events by Breslow's approximation; who is censored at the time of an event was
///   at risk. (glmnet tells such ties apart by adding 2e-14 to the censored times, which is lost
///   from a time of 256 on: there its risk sets depend on the order of the rows, ours do not.)
///
/// The intercept is not penalised. With weights, sums over samples are weighted means; in the partial
/// likelihood each sample counts as that many, also among those at risk. `x` has one
/// row a sample and one column a feature; `y` is 0 or 1 for the binomial family. A constant feature
/// keeps coefficient 0. A model without any feature is a valid result. Solutions satisfy the
/// optimality conditions to about 1e-12, so they are closer to the minimum than glmnet's at its
/// default threshold (1e-7).
///
/// The deviance is twice the log-likelihood of the saturated model less that of the fit; the
/// saturated partial likelihood is - sum d log d over the event times, d the weight of their events.
///
/// The automatic path starts at max |<x_j, r>| / (n alpha), r the residuals (Cox: martingale
/// residuals) of the model without penalised features (alpha at least 0.001 here), and
/// stops after the fifth penalty or later once the explained fraction of deviance exceeds 0.999 or
/// gains less than 1e-5 (for the Gaussian family: 1e-5 of itself; Cox: exceeds 0.99, or gained less
/// than 1e-3 of itself over the last five penalties), as in glmnet. It also ends where
/// the steps do not settle any more, after the fifth penalty: with nearly separated data and hardly
/// any penalty the linear predictors grow beyond what rounding lets them be polished to.
///
/// # Errors
/// Non-finite input, lengths that differ, an outcome with one value only or that is not 0 and 1,
/// negative times, no event or none with another sample at risk, settings out of range, or steps
/// that do not settle.
pub fn elastic_net(
    x: &DMatrix<f64>,
    outcome: &ElasticNetOutcome,
    options: &ElasticNetOptions,
) -> Result<ElasticNet, RegressionError> {
    let factor = check_input(x, outcome, options)?;
    let rows: Vec<usize> = (0..x.nrows()).collect();
    fit_rows(x, outcome, options, &factor, &rows)
}
