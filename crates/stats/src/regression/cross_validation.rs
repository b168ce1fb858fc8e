//! Choosing the penalty of an elastic net by cross-validation.

use super::RegressionError;
use super::elastic_net::{
    ElasticNet, ElasticNetFamily, ElasticNetOptions, LambdaPath, check_input, elastic_net, fit_rows,
};
use crate::discrimination::auc;
use nalgebra::DMatrix;
use serde::Serialize;

/// How left-out samples are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CrossValidationMeasure {
    /// Binomial: -2 log-likelihood with probabilities kept in [1e-5, 1 - 1e-5]. Gaussian: squared
    /// error.
    Deviance,
    /// Area under the ROC curve of each fold, ties counted half; larger is better. Binomial only.
    Auc,
    /// Share of samples on the wrong side of probability 0.5. Binomial only.
    Class,
    /// Squared error; for the binomial family summed over both classes, 2 (y - p)^2, as in glmnet.
    Mse,
}

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
}

/// Cross-validates an elastic net over given folds (glmnet's `cv.glmnet` with `foldid`).
///
/// `folds` gives each sample's fold; labels are free. The path of all samples is fitted first. As in
/// glmnet (`alignment = "lambda"`), each fold then fits an automatic path of its own, whose
/// coefficients are interpolated linearly in lambda at the penalties of the full path; beyond the
/// ends of the fold's path its end is used. With given penalties every fold fits exactly these.
/// With m_k the measure in fold k and w_k its total weight (its
/// number of samples without weights):
///
/// - cvm = sum w_k m_k / sum w_k
/// - cvsd = sqrt( sum w_k (m_k - cvm)^2 / sum w_k / (K - 1) )
///
/// `lambda_1se` is the largest penalty with cvm <= min + cvsd(min); for the AUC with cvm >= max -
/// cvsd(max). Values of cvm that agree to 1e-12 count as equal, so that rounding never chooses.
///
/// As in glmnet the AUC falls back to the deviance with fewer than ten samples a fold on average,
/// and `measure` says so. A fold whose left-out samples are of one class has no AUC and is left out
/// of its mean and of K. Unlike glmnet, which breaks ties of weighted predictions at random, ties
/// count half, so a fold with an empty model has AUC 0.5. AUC takes no account of weights within a
/// fold, so it is refused with weights.
///
/// # Errors
/// Those of [`elastic_net`]; fewer than three folds; a fold whose removal leaves one class only.
pub fn cross_validate_elastic_net(
    x: &DMatrix<f64>,
    y: &[f64],
    folds: &[usize],
    measure: CrossValidationMeasure,
    options: &ElasticNetOptions,
) -> Result<ElasticNetCrossValidation, RegressionError> {
    let factor = check_input(x, y, options)?;
    let n = x.nrows();
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
    let binomial = options.family == ElasticNetFamily::Binomial;
    if !binomial
        && matches!(
            measure,
            CrossValidationMeasure::Auc | CrossValidationMeasure::Class
        )
    {
        return Err(RegressionError::BadSetting {
            setting: "measure",
            problem: "AUC and misclassification need the binomial family".to_owned(),
        });
    }
    if measure == CrossValidationMeasure::Auc && options.weights.is_some() {
        return Err(RegressionError::BadSetting {
            setting: "measure",
            problem: "AUC with weights is not defined here, use the deviance".to_owned(),
        });
    }
    let measure = if measure == CrossValidationMeasure::Auc && n < 10 * labels.len() {
        CrossValidationMeasure::Deviance
    } else {
        measure
    };

    let path = elastic_net(x, y, options)?;
    let count = path.lambda.len();
    let given = matches!(options.lambda, LambdaPath::Given(_));

    let mut weight = Vec::with_capacity(labels.len());
    let mut value = Vec::with_capacity(labels.len());
    for &label in &labels {
        let train: Vec<usize> = (0..n).filter(|&i| folds[i] != label).collect();
        let test: Vec<usize> = (0..n).filter(|&i| folds[i] == label).collect();
        let fit = fit_rows(x, y, options, &factor, &train).map_err(|e| match e {
            RegressionError::ConstantOutcome => RegressionError::BadFold {
                fold: label,
                problem: "without it the outcome has one value only".to_owned(),
            },
            other => other,
        })?;
        let sample_weight: Vec<f64> = match &options.weights {
            Some(w) => test.iter().map(|&i| w[i]).collect(),
            None => vec![1.0; test.len()],
        };
        let total: f64 = sample_weight.iter().sum();
        if total == 0.0 {
            return Err(RegressionError::BadFold {
                fold: label,
                problem: "all its weights are zero".to_owned(),
            });
        }
        let outcome: Vec<f64> = test.iter().map(|&i| y[i]).collect();
        let class: Vec<bool> = outcome.iter().map(|v| *v > 0.5).collect();
        let mut eta = vec![0.0; test.len()];
        let mut at = Vec::with_capacity(count);
        for (k, &lambda) in path.lambda.iter().enumerate() {
            let (left, right, share) = if given {
                (k, k, 1.0)
            } else {
                neighbours(&fit.lambda, lambda)
            };
            let mix = |l: f64, r: f64| {
                if share == 1.0 {
                    l
                } else {
                    share * l + (1.0 - share) * r
                }
            };
            eta.fill(mix(fit.intercept[left], fit.intercept[right]));
            let sides = fit.coefficients[left].iter().zip(&fit.coefficients[right]);
            for (j, (l, r)) in sides.enumerate() {
                let c = mix(*l, *r);
                if c != 0.0 {
                    for (e, &i) in eta.iter_mut().zip(&test) {
                        *e += c * x[(i, j)];
                    }
                }
            }
            let mean = |loss: &dyn Fn(f64, f64) -> f64| {
                let sum: f64 = eta
                    .iter()
                    .zip(&outcome)
                    .zip(&sample_weight)
                    .map(|((e, y), w)| w * loss(*e, *y))
                    .sum();
                sum / total
            };
            let probability = |e: f64| 1.0 / (1.0 + (-e).exp());
            at.push(match (measure, binomial) {
                (CrossValidationMeasure::Auc, _) => auc(&class, &eta).unwrap_or(None),
                (CrossValidationMeasure::Class, _) => {
                    Some(mean(&|e, y| if (e > 0.0) == (y > 0.5) { 0.0 } else { 1.0 }))
                }
                (CrossValidationMeasure::Deviance, true) => Some(mean(&|e, y| {
                    let p = probability(e).clamp(1e-5, 1.0 - 1e-5);
                    -2.0 * if y > 0.5 { p.ln() } else { (1.0 - p).ln() }
                })),
                (CrossValidationMeasure::Mse, true) => {
                    Some(mean(&|e, y| 2.0 * (y - probability(e)).powi(2)))
                }
                (_, false) => Some(mean(&|e, y| (y - e).powi(2))),
            });
        }
        weight.push(total);
        value.push(at);
    }

    let mut cvm = Vec::with_capacity(count);
    let mut cvsd = Vec::with_capacity(count);
    for k in 0..count {
        let usable: Vec<(f64, f64)> = weight
            .iter()
            .zip(&value)
            .filter_map(|(w, v)| v[k].map(|v| (*w, v)))
            .collect();
        if usable.len() < 2 {
            return Err(RegressionError::BadSetting {
                setting: "folds",
                problem: "fewer than two folds hold both classes, so there is no AUC".to_owned(),
            });
        }
        let total: f64 = usable.iter().map(|(w, _)| w).sum();
        let m = usable.iter().map(|(w, v)| w * v).sum::<f64>() / total;
        let spread = usable
            .iter()
            .map(|(w, v)| w * (v - m) * (v - m))
            .sum::<f64>()
            / total;
        cvm.push(m);
        cvsd.push((spread / (usable.len() - 1) as f64).sqrt());
    }
    let sign = if measure == CrossValidationMeasure::Auc {
        -1.0
    } else {
        1.0
    };
    let best = cvm.iter().map(|v| sign * v).fold(f64::INFINITY, f64::min);
    let slack = 1e-12 * best.abs();
    let first = |bound: f64| {
        cvm.iter()
            .position(|v| sign * v <= bound + slack)
            .unwrap_or(0)
    };
    let index_min = first(best);
    let index_1se = first(sign * cvm[index_min] + cvsd[index_min]);
    Ok(ElasticNetCrossValidation {
        lambda_min: path.lambda[index_min],
        lambda_1se: path.lambda[index_1se],
        path,
        measure,
        cvm,
        cvsd,
        index_min,
        index_1se,
    })
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
