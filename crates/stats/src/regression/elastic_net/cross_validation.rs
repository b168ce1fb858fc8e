//! Choosing the penalty of an elastic net by cross-validation.

use super::measure::{CrossValidationMeasure, LeftOut};
use super::{
    ElasticNet, ElasticNetOptions, ElasticNetOutcome, LambdaPath, RegressionError, check_input,
    elastic_net, fit_rows,
};
use nalgebra::DMatrix;
use serde::Serialize;

/// The result of [`cross_validate_elastic_net`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ElasticNetCrossValidation {
    /// The path on all samples.
    pub path: ElasticNet,
    /// The measure that was used (see the fall-back of [`cross_validate_elastic_net`]).
    pub measure: CrossValidationMeasure,
    /// Mean of the measure over folds, weighted by their size; one entry a penalty.
    pub cvm: Vec<f64>,
    /// Standard error of `cvm`.
    pub cvsd: Vec<f64>,
    /// Index of the best penalty; the largest penalty among equals.
    pub index_min: usize,
    /// Index of the largest penalty whose `cvm` is within one standard error of the best.
    pub index_1se: usize,
    /// The best penalty.
    pub lambda_min: f64,
    /// The largest penalty within one standard error of the best.
    pub lambda_1se: f64,
    /// Labels of the folds in which the measure is not defined: of one class, without an event, or
    /// with nothing to compare.
    pub unjudged_folds: Vec<usize>,
}

/// Cross-validates an elastic net over given folds (glmnet's `cv.glmnet` with `foldid`).
///
/// `folds` gives each sample's fold; labels are free. The path of all samples is fitted first. As in
/// glmnet (`alignment = "lambda"`), each fold then fits an automatic path of its own, whose
/// coefficients are interpolated linearly in lambda at the penalties of the full path; beyond the
/// ends of the fold's path its end is used. With given penalties every fold fits exactly these.
/// With m_k the measure in fold k and w_k its weight (its number of samples, or their total weight;
/// its events for the deviance of the Cox family):
///
/// - cvm = sum w_k m_k / sum w_k
/// - cvsd = sqrt( sum w_k (m_k - cvm)^2 / sum w_k / (K - 1) )
///
/// `lambda_1se` is the largest penalty with cvm <= min + cvsd(min); for the AUC and the concordance
/// with cvm >= max - cvsd(max). Values of cvm that agree to 1e-12 count as equal, so that rounding
/// never chooses.
///
/// As in glmnet the AUC falls back to the deviance with fewer than ten samples a fold on average,
/// and `measure` says so. A fold in which the measure is not defined is left out of both sums and
/// named in `unjudged_folds`; as in glmnet K still counts it.
///
/// # Errors
/// Those of [`elastic_net`]; a measure that does not suit the family; fewer than three folds; a fold
/// without which the outcome has one value or no event, or whose weights are all zero; a measure that
/// is defined in no fold.
pub fn cross_validate_elastic_net(
    x: &DMatrix<f64>,
    outcome: &ElasticNetOutcome,
    folds: &[usize],
    measure: CrossValidationMeasure,
    options: &ElasticNetOptions,
) -> Result<ElasticNetCrossValidation, RegressionError> {
    let factor = check_input(x, outcome, options)?;
    let labels = check_folds(folds, x.nrows())?;
    if !measure.suits(outcome.family()) {
        return Err(RegressionError::BadSetting {
            setting: "measure",
            problem: format!("{measure:?} is not defined for {:?}", outcome.family()),
        });
    }
    let measure = if measure == CrossValidationMeasure::Auc && x.nrows() < 10 * labels.len() {
        CrossValidationMeasure::Deviance
    } else {
        measure
    };
    let path = elastic_net(x, outcome, options)?;
    let given = matches!(options.lambda, LambdaPath::Given(_));
    let weights = options.weights.as_deref();

    let mut judged: Vec<(f64, Vec<f64>)> = Vec::with_capacity(labels.len());
    let mut unjudged_folds = Vec::new();
    for &label in &labels {
        let (train, test): (Vec<usize>, Vec<usize>) =
            (0..x.nrows()).partition(|&i| folds[i] != label);
        let bad = |problem: &str| RegressionError::BadFold {
            fold: label,
            problem: problem.to_owned(),
        };
        if weights.is_some_and(|w| test.iter().all(|&i| w[i] == 0.0)) {
            return Err(bad("all its weights are zero"));
        }
        let fit = fit_rows(x, outcome, options, &factor, &train).map_err(|e| match e {
            RegressionError::ConstantOutcome => bad("without it the outcome has one value only"),
            RegressionError::NoEvent => bad("without it there is no event"),
            RegressionError::NoComparison => {
                bad("without it every event happens with nobody left at risk")
            }
            other => other,
        })?;
        let left_out = LeftOut::new(measure, outcome, weights, &train, test);
        let mut eta = vec![0.0; left_out.rows.len()];
        let values: Option<Vec<f64>> = path
            .lambda
            .iter()
            .enumerate()
            .map(|(k, &lambda)| {
                let between = if given {
                    (k, k, 1.0)
                } else {
                    neighbours(&fit.lambda, lambda)
                };
                predict(x, &fit, between, &left_out.rows, &mut eta);
                left_out.value(&eta)
            })
            .collect();
        match values {
            Some(values) => judged.push((left_out.weight, values)),
            None => unjudged_folds.push(label),
        }
    }
    if judged.is_empty() {
        return Err(RegressionError::BadSetting {
            setting: "folds",
            problem: format!("the measure ({measure:?}) is defined in none of them"),
        });
    }

    let (cvm, cvsd) = over_folds(&judged, labels.len(), path.lambda.len());
    let (index_min, index_1se) = choose(&cvm, &cvsd, measure.is_gain());
    Ok(ElasticNetCrossValidation {
        lambda_min: path.lambda[index_min],
        lambda_1se: path.lambda[index_1se],
        path,
        measure,
        cvm,
        cvsd,
        index_min,
        index_1se,
        unjudged_folds,
    })
}

/// The labels of the folds, ascending.
fn check_folds(folds: &[usize], n: usize) -> Result<Vec<usize>, RegressionError> {
    if folds.len() != n {
        return Err(RegressionError::Length {
            what: "the list of folds",
            found: folds.len(),
            expected: n,
        });
    }
    let mut labels: Vec<usize> = folds.to_vec();
    labels.sort_unstable();
    labels.dedup();
    if labels.len() < 3 {
        return Err(RegressionError::BadSetting {
            setting: "folds",
            problem: format!("{} folds, at least 3 are needed", labels.len()),
        });
    }
    Ok(labels)
}

/// Mean over folds, weighted, and its standard error; one entry a penalty.
fn over_folds(judged: &[(f64, Vec<f64>)], folds: usize, penalties: usize) -> (Vec<f64>, Vec<f64>) {
    let total: f64 = judged.iter().map(|(w, _)| w).sum();
    let mean =
        |of: &dyn Fn(&[f64]) -> f64| judged.iter().map(|(w, v)| w * of(v)).sum::<f64>() / total;
    (0..penalties)
        .map(|k| {
            let m = mean(&|v| v[k]);
            let spread = mean(&|v| (v[k] - m) * (v[k] - m));
            (m, (spread / (folds - 1) as f64).sqrt())
        })
        .unzip()
}

/// Indices of the best penalty and of the largest within one standard error of it.
fn choose(cvm: &[f64], cvsd: &[f64], is_gain: bool) -> (usize, usize) {
    let sign = if is_gain { -1.0 } else { 1.0 };
    let best = cvm.iter().map(|v| sign * v).fold(f64::INFINITY, f64::min);
    let slack = 1e-12 * best.abs();
    let first = |bound: f64| cvm.iter().position(|v| sign * v <= bound + slack);
    let index_min = first(best).unwrap_or(0);
    let index_1se = first(sign * cvm[index_min] + cvsd[index_min]).unwrap_or(0);
    (index_min, index_1se)
}

/// Linear predictors of some rows, between two penalties of a path.
fn predict(
    x: &DMatrix<f64>,
    fit: &ElasticNet,
    (left, right, share): (usize, usize, f64),
    rows: &[usize],
    eta: &mut [f64],
) {
    let mix = |l: f64, r: f64| {
        if share == 1.0 {
            l
        } else {
            share * l + (1.0 - share) * r
        }
    };
    eta.fill(mix(fit.intercept[left], fit.intercept[right]));
    let sides = fit.coefficients[left].iter().zip(&fit.coefficients[right]);
    for (column, (l, r)) in x.column_iter().zip(sides) {
        let c = mix(*l, *r);
        if c != 0.0 {
            for (e, &i) in eta.iter_mut().zip(rows) {
                *e += c * column[i];
            }
        }
    }
}

/// The two entries of a descending list around a value and the share of the first.
fn neighbours(lambda: &[f64], value: f64) -> (usize, usize, f64) {
    let last = lambda.len() - 1;
    let right = lambda.partition_point(|l| *l > value);
    if right == 0 {
        return (0, 0, 1.0);
    }
    if right > last {
        return (last, last, 1.0);
    }
    let left = right - 1;
    let width = lambda[left] - lambda[right];
    (
        left,
        right,
        if width > 0.0 {
            (value - lambda[right]) / width
        } else {
            1.0
        },
    )
}
