//! How left-out samples are judged.

use super::penalized_newton::{Cox, Loss, by_descending_time};
use super::{ElasticNetFamily, ElasticNetOutcome};
use crate::discrimination::auc;
use crate::survival::concordance;
use serde::Serialize;

/// Of the interval that comes with Harrell's C and is not used here.
const LEVEL: f64 = 0.95;

/// How left-out samples are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CrossValidationMeasure {
    /// Binomial: -2 log-likelihood with probabilities kept in [1e-5, 1 - 1e-5]. Gaussian: squared
    /// error. Cox: the partial-likelihood deviance of all samples less that of all but the fold, over
    /// the events in the fold.
    Deviance,
    /// Area under the ROC curve of each fold, ties counted half; larger is better. Binomial only.
    Auc,
    /// Share of samples on the wrong side of probability 0.5. Binomial only.
    Class,
    /// Squared error; for the binomial family summed over both classes, 2 (y - p)^2, as in glmnet.
    Mse,
    /// Absolute error; for the binomial family summed over both classes, 2 |y - p|.
    Mae,
    /// Harrell's C of each fold, ties counted half; larger is better. Cox only.
    Concordance,
}

impl CrossValidationMeasure {
    /// Whether larger is better.
    #[must_use]
    pub fn is_gain(self) -> bool {
        matches!(self, Self::Auc | Self::Concordance)
    }

    /// Whether it is defined for a family.
    #[must_use]
    pub fn suits(self, family: ElasticNetFamily) -> bool {
        match self {
            Self::Deviance => true,
            Self::Auc | Self::Class => family == ElasticNetFamily::Binomial,
            Self::Mse | Self::Mae => family != ElasticNetFamily::Cox,
            Self::Concordance => family == ElasticNetFamily::Cox,
        }
    }
}

/// The left-out samples of a fold, ready to be judged.
pub(super) struct LeftOut {
    /// Rows whose linear predictors are needed.
    pub(super) rows: Vec<usize>,
    /// Weight of the fold in the mean over folds.
    pub(super) weight: f64,
    judge: Judge,
}

enum Judge {
    /// The weighted mean of a loss of linear predictor and outcome.
    Loss {
        loss: fn(f64, f64) -> f64,
        outcome: Vec<f64>,
        weight: Vec<f64>,
    },
    /// Concordance with a class, or with times to an event.
    Auc {
        class: Vec<bool>,
        weight: Option<Vec<f64>>,
    },
    Concordance {
        time: Vec<f64>,
        event: Vec<bool>,
        weight: Option<Vec<f64>>,
    },
    /// The likelihood of all samples, and that of those at `places` among them, which remain.
    PartialLikelihood {
        all: Cox,
        remaining: Cox,
        places: Vec<usize>,
    },
}

impl LeftOut {
    /// The measure must suit the family; `train` and `test` share out the rows.
    pub(super) fn new(
        measure: CrossValidationMeasure,
        outcome: &ElasticNetOutcome,
        weights: Option<&[f64]>,
        train: &[usize],
        test: Vec<usize>,
    ) -> Self {
        let of_test = |values: &[f64]| -> Vec<f64> { test.iter().map(|&i| values[i]).collect() };
        let weight = weights.map(of_test);
        let total = match &weight {
            Some(weight) => weight.iter().sum(),
            None => test.len() as f64,
        };
        let judge = match *outcome {
            ElasticNetOutcome::Cox { time, event }
                if measure == CrossValidationMeasure::Deviance =>
            {
                return partial_likelihood(time, event, weights, train, &test);
            }
            ElasticNetOutcome::Cox { time, event } => Judge::Concordance {
                time: of_test(time),
                event: test.iter().map(|&i| event[i]).collect(),
                weight,
            },
            ElasticNetOutcome::Binomial(y) if measure == CrossValidationMeasure::Auc => {
                Judge::Auc {
                    class: test.iter().map(|&i| y[i] > 0.5).collect(),
                    weight,
                }
            }
            ElasticNetOutcome::Binomial(y) => Judge::Loss {
                loss: match measure {
                    CrossValidationMeasure::Class => |eta, y| f64::from((eta > 0.0) != (y > 0.5)),
                    CrossValidationMeasure::Mse => |eta, y| 2.0 * (y - probability(eta)).powi(2),
                    CrossValidationMeasure::Mae => |eta, y| 2.0 * (y - probability(eta)).abs(),
                    _ => |eta, y| {
                        let p = probability(eta).clamp(1e-5, 1.0 - 1e-5);
                        -2.0 * if y > 0.5 { p.ln() } else { (1.0 - p).ln() }
                    },
                },
                outcome: of_test(y),
                weight: weight.unwrap_or_else(|| vec![1.0; test.len()]),
            },
            ElasticNetOutcome::Gaussian(y) => Judge::Loss {
                loss: match measure {
                    CrossValidationMeasure::Mae => |eta, y| (y - eta).abs(),
                    _ => |eta, y| (y - eta).powi(2),
                },
                outcome: of_test(y),
                weight: weight.unwrap_or_else(|| vec![1.0; test.len()]),
            },
        };
        Self {
            rows: test,
            weight: total,
            judge,
        }
    }

    /// The measure at linear predictors, one for each of `rows`; `None` if it is not defined here: one
    /// class only, no event, nothing to compare.
    pub(super) fn value(&self, eta: &[f64]) -> Option<f64> {
        match &self.judge {
            Judge::Loss {
                loss,
                outcome,
                weight,
            } => {
                let samples = eta.iter().zip(outcome).zip(weight);
                let sum: f64 = samples.map(|((e, y), w)| w * loss(*e, *y)).sum();
                (self.weight > 0.0).then_some(sum / self.weight)
            }
            Judge::Auc {
                class,
                weight: None,
            } => auc(class, eta).ok().flatten(),
            Judge::Auc {
                class,
                weight: Some(weight),
            } => share_concordant(eta, weight, |i, j| class[i] && !class[j]),
            Judge::Concordance {
                time,
                event,
                weight: None,
            } => concordance(time, event, eta, LEVEL)
                .ok()
                .map(|found| found.c),
            Judge::Concordance {
                time,
                event,
                weight: Some(weight),
            } => share_concordant(eta, weight, |i, j| {
                event[i] && (time[i] < time[j] || (time[i] == time[j] && !event[j]))
            }),
            Judge::PartialLikelihood {
                all,
                remaining,
                places,
            } => {
                let rest: Vec<f64> = places.iter().map(|&place| eta[place]).collect();
                // glmnet's deviances are over weights that sum to the number of samples
                let difference = eta.len() as f64 * all.deviance(eta)
                    - rest.len() as f64 * remaining.deviance(&rest);
                (self.weight > 0.0).then_some(difference / self.weight)
            }
        }
    }
}

/// The fold whose partial likelihood is what is gained by adding its samples to the others.
fn partial_likelihood(
    time: &[f64],
    event: &[bool],
    weights: Option<&[f64]>,
    train: &[usize],
    test: &[usize],
) -> LeftOut {
    let weight_of = |i: usize| weights.map_or(1.0, |w| w[i]);
    let likelihood = |rows: &[usize]| {
        let total: f64 = rows.iter().map(|&i| weight_of(i)).sum();
        let weight: Vec<f64> = rows.iter().map(|&i| weight_of(i) / total).collect();
        Cox::new(time, event, rows, &weight)
    };
    let mut all = train.to_vec();
    all.extend(test);
    let mut is_left_out = vec![false; all.len()];
    for &i in test {
        is_left_out[i] = true;
    }
    let all = by_descending_time(&all, time);
    let places: Vec<usize> = (0..all.len()).filter(|&p| !is_left_out[all[p]]).collect();
    let rest: Vec<usize> = places.iter().map(|&p| all[p]).collect();
    LeftOut {
        weight: test
            .iter()
            .filter(|&&i| event[i])
            .map(|&i| weight_of(i))
            .sum(),
        judge: Judge::PartialLikelihood {
            all: likelihood(&all),
            remaining: likelihood(&rest),
            places,
        },
        rows: all,
    }
}

fn probability(eta: f64) -> f64 {
    1.0 / (1.0 + (-eta).exp())
}

/// Weight of the pairs in which `i` has the higher score, ties counted half, among all ordered pairs
/// (i, j) that are compared; a pair weighs the product of its weights.
fn share_concordant(
    score: &[f64],
    weight: &[f64],
    compared: impl Fn(usize, usize) -> bool,
) -> Option<f64> {
    let (mut won, mut all) = (0.0, 0.0);
    for (i, a) in score.iter().enumerate() {
        for (j, b) in score.iter().enumerate() {
            if compared(i, j) {
                let pair = weight[i] * weight[j];
                all += pair;
                won += pair * f64::from(a > b) + pair / 2.0 * f64::from(a == b);
            }
        }
    }
    (all > 0.0).then_some(won / all)
}
