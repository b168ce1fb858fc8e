//! Empirical Bayes estimates of the location and scale of one batch, shared across features
//! (Johnson, Li and Rabinovic 2007).

use crate::describe::{mean, variance};
use serde::{Deserialize, Serialize};

/// When the parametric iteration stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoppingRule {
    /// As `sva::ComBat` does: when no relative change exceeds 1e-4, the change of the location
    /// being divided by its signed value, so that negative locations are never waited for.
    Sva,
    /// At the fixed point: changes below 1e-13 in standardised units.
    #[default]
    Full,
}

/// What the likelihood of one feature's values in a batch depends on.
#[derive(Clone, Copy)]
pub(super) struct Moments {
    n: f64,
    mean: f64,
    /// Sum of the squared deviations from the mean.
    squares: f64,
}

impl Moments {
    pub(super) fn of(values: &[f64]) -> Moments {
        let centre = mean(values);
        Moments {
            n: values.len() as f64,
            mean: centre,
            squares: values.iter().map(|v| (v - centre) * (v - centre)).sum(),
        }
    }

    pub(super) fn mean(&self) -> f64 {
        self.mean
    }

    /// Divisor `n - 1`; NaN for fewer than two values.
    pub(super) fn variance(&self) -> f64 {
        if self.n < 2.0 {
            return f64::NAN;
        }
        self.squares / (self.n - 1.0)
    }

    /// Sum of the squared deviations from a point.
    fn squares_about(&self, point: f64) -> f64 {
        self.squares + self.n * (self.mean - point) * (self.mean - point)
    }
}

/// What is known of one batch before shrinkage, one entry a feature.
pub(super) struct BatchData<'a> {
    /// Of the standardised values present.
    pub(super) moments: &'a [Moments],
    /// Location of the batch.
    pub(super) gamma_hat: &'a [f64],
    /// Scale of the batch.
    pub(super) delta_hat: &'a [f64],
}

/// Shrunken estimates of one batch.
pub(super) struct Shrunken {
    pub(super) gamma_star: Vec<f64>,
    pub(super) delta_star: Vec<f64>,
    pub(super) iterations: Option<usize>,
}

/// Hyperparameters of the priors of one batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// Mean of the locations over the features.
    pub gamma_bar: f64,
    /// Variance of the locations over the features.
    pub t2: f64,
    /// Shape of the inverse gamma prior of the scale; absent for mean-only.
    pub a: Option<f64>,
    /// Rate of the inverse gamma prior of the scale; absent for mean-only.
    pub b: Option<f64>,
}

pub(super) fn prior(gamma_hat: &[f64], delta_hat: &[f64], mean_only: bool) -> Prior {
    let (m, s2) = (mean(delta_hat), variance(delta_hat));
    let scale = |value: f64| (!mean_only).then_some(value);
    Prior {
        gamma_bar: mean(gamma_hat),
        t2: variance(gamma_hat),
        a: scale((2.0 * s2 + m * m) / s2),
        b: scale((m * s2 + m * m * m) / s2),
    }
}

/// Most rounds before the iteration is given up.
const MAX_ROUNDS: usize = 100_000;

/// Parametric shrinkage: a normal prior of the location, an inverse gamma prior of the scale.
/// `None` when the iteration does not settle.
pub(super) fn parametric(
    batch: &BatchData<'_>,
    prior: &Prior,
    rule: StoppingRule,
) -> Option<Shrunken> {
    let (Some(a), Some(b)) = (prior.a, prior.b) else {
        // Mean only: one observation of unit variance, as sva's postmean(n = 1, delta = 1).
        return Some(Shrunken {
            gamma_star: batch
                .gamma_hat
                .iter()
                .map(|g| (prior.t2 * g + prior.gamma_bar) / (prior.t2 + 1.0))
                .collect(),
            delta_star: vec![1.0; batch.gamma_hat.len()],
            iterations: None,
        });
    };
    let mut gamma = batch.gamma_hat.to_vec();
    let mut delta = batch.delta_hat.to_vec();
    for round in 1..=MAX_ROUNDS {
        let mut change = f64::NEG_INFINITY;
        for (i, moments) in batch.moments.iter().enumerate() {
            let n = moments.n;
            let (old_gamma, old_delta) = (gamma[i], delta[i]);
            let new_gamma = (prior.t2 * n * batch.gamma_hat[i] + old_delta * prior.gamma_bar)
                / (prior.t2 * n + old_delta);
            let new_delta = (0.5 * moments.squares_about(new_gamma) + b) / (0.5 * n + a - 1.0);
            if !(new_gamma.is_finite() && new_delta.is_finite()) {
                return None;
            }
            let (gamma_step, delta_step) =
                ((new_gamma - old_gamma).abs(), (new_delta - old_delta).abs());
            // f64::max leaves out the NaN of 0 / 0, which is no change.
            change = match rule {
                StoppingRule::Sva => change
                    .max(gamma_step / old_gamma)
                    .max(delta_step / old_delta),
                StoppingRule::Full => change
                    .max(gamma_step / new_gamma.abs().max(1.0))
                    .max(delta_step / new_delta),
            };
            gamma[i] = new_gamma;
            delta[i] = new_delta;
        }
        let tolerance = match rule {
            StoppingRule::Sva => 1e-4,
            StoppingRule::Full => 1e-13,
        };
        if change <= tolerance {
            return Some(Shrunken {
                gamma_star: gamma,
                delta_star: delta,
                iterations: Some(round),
            });
        }
    }
    None
}

/// Non-parametric shrinkage: each feature is averaged over the estimates of all other features,
/// weighted by the likelihood of its values under them.
///
/// The likelihood needs the moments of a feature alone, so the work grows with the square of the
/// number of features and not with the samples. Weights are formed on the log scale, so that large
/// batches do not underflow.
pub(super) fn non_parametric(batch: &BatchData<'_>, mean_only: bool) -> Shrunken {
    let gammas = batch.gamma_hat;
    let deltas: Vec<f64> = match mean_only {
        true => vec![1.0; gammas.len()],
        false => batch.delta_hat.to_vec(),
    };
    let half_logs: Vec<f64> = deltas.iter().map(|d| 0.5 * d.ln()).collect();
    let half_precisions: Vec<f64> = deltas.iter().map(|d| 0.5 / d).collect();
    let mut gamma_star = Vec::with_capacity(gammas.len());
    let mut delta_star = Vec::with_capacity(gammas.len());
    let mut logs = vec![0.0; gammas.len()];
    for (own, moments) in batch.moments.iter().enumerate() {
        let others = gammas.iter().zip(&half_logs).zip(&half_precisions);
        for (log, ((gamma, half_log), half_precision)) in logs.iter_mut().zip(others) {
            *log = -moments.n * half_log - moments.squares_about(*gamma) * half_precision;
        }
        logs[own] = f64::NEG_INFINITY;
        let largest = logs.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
        let (mut total, mut gamma, mut delta) = (0.0, 0.0, 0.0);
        for ((log, g), d) in logs.iter().zip(gammas).zip(&deltas) {
            let weight = (log - largest).exp();
            total += weight;
            gamma += weight * g;
            delta += weight * d;
        }
        gamma_star.push(gamma / total);
        delta_star.push(delta / total);
    }
    Shrunken {
        gamma_star,
        delta_star,
        iterations: None,
    }
}
