//! Elastic net: lasso, ridge and what is between, along a path of penalties.

use super::RegressionError;
use super::penalized_newton::{Design, Solver};
use nalgebra::DMatrix;
use serde::Serialize;

/// Shortest automatic path before it may stop early, as in glmnet (`mnlam`).
const SHORTEST_PATH: usize = 5;
/// Least gain of the fraction of deviance explained that keeps a path going (glmnet's `fdev`).
const LEAST_GAIN: f64 = 1e-5;
/// Fraction of deviance explained at which a path stops (glmnet's `devmax`).
const ENOUGH_EXPLAINED: f64 = 0.999;

/// The kind of outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ElasticNetFamily {
    /// A continuous outcome: loss RSS / (2n).
    Gaussian,
    /// An outcome of 0 and 1: loss minus mean log-likelihood of the logistic model.
    Binomial,
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
    /// The kind of outcome.
    pub family: ElasticNetFamily,
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

impl ElasticNetOptions {
    /// glmnet's defaults with the given family: lasso, standardised, 100 penalties.
    #[must_use]
    pub fn new(family: ElasticNetFamily) -> Self {
        Self {
            family,
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
    /// Intercepts, original scale.
    pub intercept: Vec<f64>,
    /// Coefficients, original scale: one list of all features for each penalty.
    pub coefficients: Vec<Vec<f64>>,
    /// Number of non-zero coefficients.
    pub df: Vec<usize>,
    /// Fraction of the null deviance explained.
    pub deviance_ratio: Vec<f64>,
    /// Deviance of the model with an intercept only.
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
///
/// The intercept is not penalised. With weights, sums over samples are weighted means. `x` has one
/// row a sample and one column a feature; `y` is 0 or 1 for the binomial family. A constant feature
/// keeps coefficient 0. A model without any feature is a valid result. Solutions satisfy the
/// optimality conditions to about 1e-12, so they are closer to the minimum than glmnet's at its
/// default threshold (1e-7).
///
/// The automatic path starts at max |<x_j, y - mean>| / (n alpha) (alpha at least 0.001 here) and
/// stops after the fifth penalty or later once the explained fraction of deviance exceeds 0.999 or
/// gains less than 1e-5 (for the Gaussian family: 1e-5 of itself), as in glmnet. It also ends where
/// the steps do not settle any more, after the fifth penalty: with nearly separated data and hardly
/// any penalty the linear predictors grow beyond what rounding lets them be polished to.
///
/// # Errors
/// Non-finite input, lengths that differ, an outcome with one value only or that is not 0 and 1,
/// settings out of range, or steps that do not settle.
pub fn elastic_net(
    x: &DMatrix<f64>,
    y: &[f64],
    options: &ElasticNetOptions,
) -> Result<ElasticNet, RegressionError> {
    let factor = check_input(x, y, options)?;
    let rows: Vec<usize> = (0..x.nrows()).collect();
    fit_rows(x, y, options, &factor, &rows)
}

/// Fits on some rows; the input is already checked.
pub(super) fn fit_rows(
    x: &DMatrix<f64>,
    y: &[f64],
    options: &ElasticNetOptions,
    factor: &[f64],
    rows: &[usize],
) -> Result<ElasticNet, RegressionError> {
    let design = Design::new(x, y, options.weights.as_deref(), rows, options.standardize);
    let mean = design.y_mean();
    let variance: f64 = design
        .y
        .iter()
        .zip(&design.weight)
        .map(|(y, w)| w * (y - mean) * (y - mean))
        .sum();
    let first = design.y.first().copied().unwrap_or(0.0);
    if design
        .y
        .iter()
        .zip(&design.weight)
        .all(|(y, w)| *y == first || *w == 0.0)
        || variance.is_nan()
        || variance <= 0.0
    {
        return Err(RegressionError::ConstantOutcome);
    }
    let outcome_sd = match options.family {
        ElasticNetFamily::Gaussian => variance.sqrt(),
        ElasticNetFamily::Binomial => 1.0,
    };
    let total_weight: f64 = match &options.weights {
        Some(w) => rows.iter().map(|&i| w[i]).sum(),
        None => rows.len() as f64,
    };
    let not_converged = |k: usize| RegressionError::NotConverged {
        iterations: 500,
        context: format!(" at penalty {k} of the path"),
    };

    let mut solver = Solver::new(&design, options.family, factor);
    let null_deviance = {
        let null = Solver::new(&design, options.family, factor);
        null.deviance()
    };
    // With an endless penalty only the unpenalised features enter; this also fills the gradient.
    solver
        .solve(f64::MAX, 0.0, f64::MAX)
        .ok_or_else(|| not_converged(0))?;
    let largest = solver
        .gradient
        .iter()
        .zip(factor)
        .filter(|(_, f)| **f > 0.0)
        .map(|(g, f)| g.abs() / f)
        .fold(0.0, f64::max);
    let lambda_max = largest / options.alpha.max(1e-3);
    let (lambda, may_stop) = match &options.lambda {
        LambdaPath::Automatic { count, ratio } => {
            let default = if rows.len() < x.ncols() { 0.01 } else { 1e-4 };
            let ratio = ratio.unwrap_or(default);
            (log_spaced(lambda_max, ratio, *count), true)
        }
        LambdaPath::Given(values) => (values.clone(), false),
    };

    let mut path = ElasticNet {
        family: options.family,
        alpha: options.alpha,
        lambda: Vec::with_capacity(lambda.len()),
        intercept: Vec::with_capacity(lambda.len()),
        coefficients: Vec::with_capacity(lambda.len()),
        df: Vec::with_capacity(lambda.len()),
        deviance_ratio: Vec::with_capacity(lambda.len()),
        null_deviance: null_deviance * total_weight,
        optimality_violation: Vec::with_capacity(lambda.len()),
    };
    let mut previous_l1 = options.alpha * lambda_max;
    let mut previous_ratio = 0.0;
    for (k, &value) in lambda.iter().enumerate() {
        // The path's first value is where nothing enters yet, up to rounding.
        let l1 = options.alpha * value * if k == 0 && may_stop { 1.0 + 1e-12 } else { 1.0 };
        let l2 = (1.0 - options.alpha) * value / outcome_sd;
        let Some(violation) = solver.solve(l1, l2, previous_l1) else {
            // Nearly separated data, penalised hardly at all: glmnet too gives the path up to there.
            if may_stop && k >= SHORTEST_PATH {
                break;
            }
            return Err(not_converged(k));
        };
        previous_l1 = l1;
        let mut coefficients = vec![0.0; x.ncols()];
        let intercept = solver.write_original(&mut coefficients);
        let explained = 1.0 - solver.deviance() / null_deviance;
        path.lambda.push(value);
        path.intercept.push(intercept);
        path.df
            .push(coefficients.iter().filter(|c| **c != 0.0).count());
        path.coefficients.push(coefficients);
        path.deviance_ratio.push(explained);
        path.optimality_violation.push(violation);
        let least = match options.family {
            ElasticNetFamily::Gaussian => LEAST_GAIN * explained,
            ElasticNetFamily::Binomial => LEAST_GAIN,
        };
        if may_stop
            && k + 1 >= SHORTEST_PATH.min(lambda.len())
            && (explained > ENOUGH_EXPLAINED || explained - previous_ratio < least)
        {
            break;
        }
        previous_ratio = explained;
    }
    Ok(path)
}

/// `count` values from `first` down to `ratio * first`, evenly spaced in the logarithm.
fn log_spaced(first: f64, ratio: f64, count: usize) -> Vec<f64> {
    let steps = count.saturating_sub(1).max(1) as f64;
    (0..count)
        .map(|k| first * ratio.powf(k as f64 / steps))
        .collect()
}

/// Checks everything and returns the penalty factors, rescaled.
pub(super) fn check_input(
    x: &DMatrix<f64>,
    y: &[f64],
    options: &ElasticNetOptions,
) -> Result<Vec<f64>, RegressionError> {
    let (n, p) = x.shape();
    let length = |what, found, expected| RegressionError::Length {
        what,
        found,
        expected,
    };
    let bad = |setting, problem: String| RegressionError::BadSetting { setting, problem };
    if n < 3 {
        return Err(RegressionError::TooFewSamples {
            found: n,
            needed: 3,
        });
    }
    if y.len() != n {
        return Err(length("the outcome", y.len(), n));
    }
    if p == 0 {
        return Err(bad("x", "there is no predictor column".to_owned()));
    }
    for (column, values) in x.column_iter().enumerate() {
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return Err(RegressionError::NonFinitePredictor { row, column });
        }
    }
    if let Some(index) = y.iter().position(|v| !v.is_finite()) {
        return Err(RegressionError::NonFinite {
            what: "the outcome",
            index,
        });
    }
    if options.family == ElasticNetFamily::Binomial
        && let Some(index) = y.iter().position(|v| *v != 0.0 && *v != 1.0)
    {
        return Err(RegressionError::NotBinary {
            index,
            value: y[index],
        });
    }
    if !(options.alpha > 0.0 && options.alpha <= 1.0) {
        return Err(bad("alpha", format!("{} is not in (0, 1]", options.alpha)));
    }
    match &options.lambda {
        LambdaPath::Automatic { count, ratio } => {
            if *count == 0 || *count > 100_000 {
                return Err(bad("lambda count", format!("{count} is not in 1..=100000")));
            }
            if let Some(r) = ratio
                && !(*r > 0.0 && *r < 1.0)
            {
                return Err(bad("lambda ratio", format!("{r} is not in (0, 1)")));
            }
        }
        LambdaPath::Given(values) => {
            if values.is_empty() || values.iter().any(|v| !(v.is_finite() && *v > 0.0)) {
                return Err(bad(
                    "lambda",
                    "needs one or more positive numbers".to_owned(),
                ));
            }
            if values.windows(2).any(|w| w[1] > w[0]) {
                return Err(bad("lambda", "must be in descending order".to_owned()));
            }
        }
    }
    if let Some(w) = &options.weights {
        if w.len() != n {
            return Err(length("the list of weights", w.len(), n));
        }
        if let Some(index) = w.iter().position(|v| !(v.is_finite() && *v >= 0.0)) {
            return Err(RegressionError::NonFinite {
                what: "the list of weights",
                index,
            });
        }
        if !w.iter().any(|v| *v > 0.0) {
            return Err(bad("weights", "all are zero".to_owned()));
        }
    }
    match &options.penalty_factor {
        None => Ok(vec![1.0; p]),
        Some(f) => {
            if f.len() != p {
                return Err(length("the list of penalty factors", f.len(), p));
            }
            let total: f64 = f.iter().sum();
            if !(total.is_finite() && total > 0.0) || f.iter().any(|v| *v < 0.0) {
                return Err(bad(
                    "penalty_factor",
                    "needs non-negative numbers, not all zero".to_owned(),
                ));
            }
            Ok(f.iter().map(|v| v * p as f64 / total).collect())
        }
    }
}
