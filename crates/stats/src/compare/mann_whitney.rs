//! Mann-Whitney U test (Wilcoxon rank-sum test) of two independent samples.

use super::{Alternative, CompareError};
use crate::describe::{present, ranks, tie_sizes};
use crate::distribution::{normal_cdf, normal_sf, normal_two_sided};
use serde::{Deserialize, Serialize};

const TEST: &str = "the Mann-Whitney test";

/// Additions that the exact distribution may take.
const WORK_LIMIT: u64 = 1_000_000_000;

/// How the P value is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MannWhitneyMethod {
    /// R's rule: exact when both samples have fewer than 50 values and none is tied, otherwise
    /// the normal approximation with continuity correction.
    #[default]
    Automatic,
    /// The exact distribution; an error when values are tied.
    Exact,
    /// The normal approximation, its variance corrected for ties.
    Normal {
        /// Whether the statistic is moved half a step towards its mean.
        continuity_correction: bool,
    },
}

/// Result of a Mann-Whitney test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MannWhitney {
    /// `U` of the first sample: the number of pairs in which `x` exceeds `y`, ties counting half.
    /// R calls it `W`.
    pub statistic: f64,
    /// P value for the alternative asked for.
    pub p_value: f64,
    /// The method used: never `Automatic`.
    pub method: MannWhitneyMethod,
}

/// Mann-Whitney U test. R: `wilcox.test(x, y)`.
///
/// `U = R_x - n_x (n_x + 1) / 2`, `R_x` the sum of the midranks of `x` among all values. Exact
/// two-sided P: twice the smaller tail that holds the statistic, at most one. Normal: variance
/// `n_x n_y / 12 * (N + 1 - sum(t^3 - t) / (N (N - 1)))` over tie groups of size `t`.
/// NaN is left out; infinite values are allowed, since only ranks count.
///
/// # Errors
/// An empty sample, all values tied, the exact method with ties or with samples too large for it.
pub fn mann_whitney(
    x: &[f64],
    y: &[f64],
    alternative: Alternative,
    method: MannWhitneyMethod,
) -> Result<MannWhitney, CompareError> {
    let (x, y) = (present(x), present(y));
    let smallest = x.len().min(y.len());
    if smallest == 0 {
        return Err(CompareError::TooFewValues {
            test: TEST,
            needed: 1,
            found: 0,
        });
    }
    let all: Vec<f64> = x.iter().chain(&y).copied().collect();
    let ties = tie_sizes(&all);
    let tied = ties.len() < all.len();
    let (m, n) = (x.len() as f64, y.len() as f64);
    let statistic = ranks(&all)[..x.len()].iter().sum::<f64>() - m * (m + 1.0) / 2.0;
    let method = match method {
        MannWhitneyMethod::Automatic if x.len() < 50 && y.len() < 50 && !tied => {
            MannWhitneyMethod::Exact
        }
        MannWhitneyMethod::Automatic => MannWhitneyMethod::Normal {
            continuity_correction: true,
        },
        chosen => chosen,
    };
    let p_value = match method {
        MannWhitneyMethod::Normal {
            continuity_correction,
        } => {
            let total = m + n;
            // A sum of whole numbers: exact below 2^53.
            let correction: f64 = ties
                .iter()
                .map(|&t| (t as f64).powi(3) - t as f64)
                .sum::<f64>();
            let variance = m * n / 12.0 * ((total + 1.0) - correction / (total * (total - 1.0)));
            if ties.len() == 1 {
                return Err(CompareError::NoVariation { test: TEST });
            }
            let centred = statistic - m * n / 2.0;
            let shift = match alternative {
                _ if !continuity_correction => 0.0,
                Alternative::TwoSided if centred == 0.0 => 0.0,
                Alternative::TwoSided => 0.5f64.copysign(centred),
                Alternative::Greater => 0.5,
                Alternative::Less => -0.5,
            };
            let z = (centred - shift) / variance.sqrt();
            match alternative {
                Alternative::TwoSided => normal_two_sided(z),
                Alternative::Less => normal_cdf(z),
                Alternative::Greater => normal_sf(z),
            }
        }
        _ if tied => return Err(CompareError::TiedValues),
        _ => {
            let counts = statistic_counts(x.len(), y.len())?;
            let total: f64 = counts.iter().sum();
            let u = statistic as usize;
            let at_most = counts[..=u].iter().sum::<f64>() / total;
            let at_least = counts[u..].iter().rev().sum::<f64>() / total;
            match alternative {
                Alternative::TwoSided => (2.0 * at_most.min(at_least)).min(1.0),
                Alternative::Less => at_most,
                Alternative::Greater => at_least,
            }
        }
    };
    Ok(MannWhitney {
        statistic,
        p_value,
        method,
    })
}

/// Number of orderings of `m` and `n` values without ties for each `U` from 0 to `m n`.
///
/// Only additions, so the relative error stays at a few rounding units even where the counts pass
/// 2^53. By symmetry `m` and `n` may be exchanged.
pub(super) fn statistic_counts(m: usize, n: usize) -> Result<Vec<f64>, CompareError> {
    let (m, n) = (m.min(n), m.max(n));
    let work = (m as u64)
        .checked_mul(m as u64)
        .and_then(|w| w.checked_mul(n as u64))
        .and_then(|w| w.checked_mul(n as u64 + 1));
    if work.is_none_or(|w| w > WORK_LIMIT) {
        return Err(CompareError::TooMuchWork {
            test: TEST,
            limit: WORK_LIMIT,
        });
    }
    let width = m * n + 1;
    // ways[k][u]: choices of k ranks so far with statistic u.
    let mut ways = vec![vec![0.0; width]; m + 1];
    ways[0][0] = 1.0;
    for rank in 1..=(m + n) {
        for k in (1..=m.min(rank)).rev() {
            let below = rank - k;
            if below > n {
                continue;
            }
            let (before, after) = ways.split_at_mut(k);
            let (from, to) = (&before[k - 1], &mut after[0]);
            let reach = (k - 1) * n;
            for u in 0..=reach.min(width - 1 - below) {
                to[u + below] += from[u];
            }
        }
    }
    Ok(ways.pop().unwrap_or_default())
}
