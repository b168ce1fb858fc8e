//! The path of an elastic net: which penalties, and where it stops.

use super::penalized_newton::{
    Binomial, Cox, Design, Gaussian, Loss, MAX_STEPS, Solver, by_descending_time,
};
use super::{
    ElasticNet, ElasticNetFamily, ElasticNetOptions, ElasticNetOutcome, LambdaPath, RegressionError,
};
use nalgebra::DMatrix;

/// Shortest automatic path before it may stop early, as in glmnet (`mnlam`).
const SHORTEST_PATH: usize = 5;
/// Least gain of the fraction of deviance explained that keeps a path going (glmnet's `fdev`).
const LEAST_GAIN: f64 = 1e-5;
/// The same for the Cox family, over the last [`SHORTEST_PATH`] penalties and relative.
const LEAST_COX_GAIN: f64 = 1e-3;
/// Fraction of deviance explained at which a path stops (glmnet's `devmax`).
const ENOUGH_EXPLAINED: f64 = 0.999;
/// The same for the Cox family.
const ENOUGH_COX_EXPLAINED: f64 = 0.99;
/// A deviance without features of rounding alone.
const NO_DEVIANCE: f64 = 1e-13;

/// Fits on some rows; the input is already checked.
pub(super) fn fit_rows(
    x: &DMatrix<f64>,
    outcome: &ElasticNetOutcome,
    options: &ElasticNetOptions,
    factor: &[f64],
    rows: &[usize],
) -> Result<ElasticNet, RegressionError> {
    let weights = options.weights.as_deref();
    let design = |rows: &[usize]| Design::new(x, weights, rows, options.standardize);
    let of_rows = |y: &[f64]| -> Vec<f64> { rows.iter().map(|&i| y[i]).collect() };
    let mut path = match outcome {
        ElasticNetOutcome::Gaussian(y) => {
            let (design, y) = (design(rows), of_rows(y));
            let deviation = variance(&y, &design.weight)?.sqrt();
            let loss = Gaussian::new(y, &design.weight);
            fit_path(
                ElasticNetFamily::Gaussian,
                &design,
                loss,
                deviation,
                options,
                factor,
            )
        }
        ElasticNetOutcome::Binomial(y) => {
            let (design, y) = (design(rows), of_rows(y));
            variance(&y, &design.weight)?;
            let loss = Binomial::new(y, &design.weight);
            fit_path(
                ElasticNetFamily::Binomial,
                &design,
                loss,
                1.0,
                options,
                factor,
            )
        }
        ElasticNetOutcome::Cox { time, event } => {
            let rows = by_descending_time(rows, time);
            let design = design(&rows);
            let loss = Cox::new(time, event, &rows, &design.weight);
            if loss.events() == 0.0 {
                return Err(RegressionError::NoEvent);
            }
            fit_path(ElasticNetFamily::Cox, &design, loss, 1.0, options, factor)
        }
    }?;
    path.null_deviance *= match weights {
        Some(w) => rows.iter().map(|&i| w[i]).sum(),
        None => rows.len() as f64,
    };
    Ok(path)
}

/// Weighted variance (divided by n) of an outcome that must not be constant.
fn variance(y: &[f64], weight: &[f64]) -> Result<f64, RegressionError> {
    let samples = || y.iter().zip(weight);
    let mean: f64 = samples().map(|(y, w)| w * y).sum();
    let variance: f64 = samples().map(|(y, w)| w * (y - mean) * (y - mean)).sum();
    // Not among samples of weight 0, and not by rounding alone.
    let mut present = samples().filter(|(_, w)| **w > 0.0).map(|(y, _)| *y);
    let first = present.next().unwrap_or(0.0);
    if present.all(|y| y == first) || variance.is_nan() || variance <= 0.0 {
        return Err(RegressionError::ConstantOutcome);
    }
    Ok(variance)
}

/// Fits a path; its null deviance is left over weights that sum to one.
fn fit_path<L: Loss>(
    family: ElasticNetFamily,
    design: &Design,
    loss: L,
    outcome_sd: f64,
    options: &ElasticNetOptions,
    factor: &[f64],
) -> Result<ElasticNet, RegressionError> {
    let not_converged = |k: usize| RegressionError::NotConverged {
        iterations: MAX_STEPS,
        context: format!(" at penalty {k} of the path"),
    };
    let mut solver = Solver::new(design, loss, factor);
    let null_deviance = solver.deviance();
    if family == ElasticNetFamily::Cox && null_deviance <= NO_DEVIANCE {
        return Err(RegressionError::NoComparison);
    }
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
            let default = if design.rows < design.columns {
                0.01
            } else {
                1e-4
            };
            let ratio = ratio.unwrap_or(default);
            (log_spaced(lambda_max, ratio, *count, family), true)
        }
        LambdaPath::Given(values) => (values.clone(), false),
    };

    let mut path = ElasticNet {
        family,
        alpha: options.alpha,
        lambda: Vec::with_capacity(lambda.len()),
        intercept: Vec::with_capacity(lambda.len()),
        coefficients: Vec::with_capacity(lambda.len()),
        df: Vec::with_capacity(lambda.len()),
        deviance_ratio: Vec::with_capacity(lambda.len()),
        null_deviance,
        optimality_violation: Vec::with_capacity(lambda.len()),
    };
    let mut previous_l1 = options.alpha * lambda_max;
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
        let mut coefficients = vec![0.0; design.columns];
        let intercept = solver.write_original(&mut coefficients);
        path.lambda.push(value);
        path.intercept.push(intercept);
        path.df
            .push(coefficients.iter().filter(|c| **c != 0.0).count());
        path.coefficients.push(coefficients);
        path.deviance_ratio
            .push(1.0 - solver.deviance() / null_deviance);
        path.optimality_violation.push(violation);
        if may_stop && k + 1 >= SHORTEST_PATH.min(lambda.len()) && explains_enough(&path) {
            break;
        }
    }
    Ok(path)
}

/// Whether less penalty would explain hardly more.
fn explains_enough(path: &ElasticNet) -> bool {
    let back = |steps: usize| {
        let at = path.deviance_ratio.len().checked_sub(steps + 1);
        at.and_then(|at| path.deviance_ratio.get(at))
            .copied()
            .unwrap_or(0.0)
    };
    let explained = back(0);
    match path.family {
        ElasticNetFamily::Gaussian => {
            explained > ENOUGH_EXPLAINED || explained - back(1) <= LEAST_GAIN * explained
        }
        ElasticNetFamily::Binomial => {
            explained > ENOUGH_EXPLAINED || explained - back(1) < LEAST_GAIN
        }
        ElasticNetFamily::Cox => {
            explained > ENOUGH_COX_EXPLAINED
                || explained - back(SHORTEST_PATH - 1) <= LEAST_COX_GAIN * explained
        }
    }
}

/// `count` values from `first` down to `ratio * first`, evenly spaced in the logarithm.
fn log_spaced(first: f64, ratio: f64, count: usize, family: ElasticNetFamily) -> Vec<f64> {
    let steps = count.saturating_sub(1).max(1) as f64;
    let share = |k: usize| match family {
        // glmnet divides in single precision here, 1e-8 off: the penalties are to be the same.
        ElasticNetFamily::Cox => k as f64 * f64::from(1.0 / steps as f32),
        ElasticNetFamily::Gaussian | ElasticNetFamily::Binomial => k as f64 / steps,
    };
    (0..count).map(|k| first * ratio.powf(share(k))).collect()
}
