//! Fisher's exact test of a 2 x 2 table.

use super::contingency_table::ContingencyTable;
use super::{Alternative, CompareError};
use crate::special::ln_choose;
use serde::{Deserialize, Serialize};

const TEST: &str = "Fisher's exact test";

/// The largest number of possible tables that is enumerated.
const LIMIT: u64 = 10_000_000;

/// Tables as probable as the observed one within this factor count as equally probable, as in R.
pub(super) const RELATIVE_TIE: f64 = 1e-7;

/// Result of Fisher's exact test of a 2 x 2 table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FisherExact {
    /// P value for the alternative asked for.
    pub p_value: f64,
    /// Conditional maximum likelihood estimate of the odds ratio; not the cross product.
    pub odds_ratio: f64,
    /// Lower exact confidence limit of the odds ratio.
    pub lower: f64,
    /// Upper exact confidence limit of the odds ratio.
    pub upper: f64,
}

/// Fisher's exact test of `[[a, b], [c, d]]`. R: `fisher.test`.
///
/// Given the margins, `a` is hypergeometric. Two-sided P: the sum over all tables at most as
/// probable as the observed one (times `1 + 1e-7`). The odds ratio is the one whose
/// noncentral hypergeometric mean equals `a`; the limits are those at which the observed tail has
/// probability `alpha / 2` (two-sided) or `alpha`.
///
/// # Errors
/// Not a 2 x 2 table, a confidence level outside 0 to 1, or margins above ten million.
pub fn fisher_exact(
    table: &ContingencyTable,
    alternative: Alternative,
    confidence: f64,
) -> Result<FisherExact, CompareError> {
    let [[a, b], [c, d]] = table.two_by_two(TEST)?;
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(CompareError::Confidence(confidence));
    }
    let (column, other, row) = (a + c, b + d, a + b);
    let (first, last) = (row.saturating_sub(other), row.min(column));
    if last - first > LIMIT {
        return Err(CompareError::TooMuchWork {
            test: TEST,
            limit: LIMIT,
        });
    }
    let support = Support {
        first,
        log_weights: (first..=last)
            .map(|x| ln_choose(column, x) + ln_choose(other, row - x))
            .collect(),
    };
    let observed = (a - first) as usize;
    let null = support.probabilities(0.0);
    let p_value = match alternative {
        Alternative::Less => null[..=observed].iter().sum::<f64>(),
        Alternative::Greater => null[observed..].iter().rev().sum::<f64>(),
        Alternative::TwoSided => {
            let bound = null[observed] * (1.0 + RELATIVE_TIE);
            null.iter().filter(|&&p| p <= bound).sum()
        }
    }
    .min(1.0);
    let alpha = 1.0 - confidence;
    let (low_tail, high_tail) = match alternative {
        Alternative::TwoSided => (Some(0.5 * alpha), Some(0.5 * alpha)),
        Alternative::Less => (None, Some(alpha)),
        Alternative::Greater => (Some(alpha), None),
    };
    let size = support.log_weights.len();
    let odds_ratio = if observed == 0 {
        0.0
    } else if observed + 1 == size {
        f64::INFINITY
    } else {
        root(|u| support.mean_offset(u) - observed as f64)
    };
    let lower = match low_tail {
        Some(tail) if observed > 0 => root(|u| {
            support.probabilities(u)[observed..]
                .iter()
                .rev()
                .sum::<f64>()
                .ln()
                - tail.ln()
        }),
        _ => 0.0,
    };
    let upper = match high_tail {
        Some(tail) if observed + 1 < size => root(|u| {
            tail.ln()
                - support.probabilities(u)[..=observed]
                    .iter()
                    .sum::<f64>()
                    .ln()
        }),
        _ => f64::INFINITY,
    };
    Ok(FisherExact {
        p_value,
        odds_ratio,
        lower,
        upper,
    })
}

/// The possible values of the upper left count, with their weights at an odds ratio of one.
struct Support {
    first: u64,
    log_weights: Vec<f64>,
}

impl Support {
    /// Probabilities at the logarithm of an odds ratio (noncentral hypergeometric).
    fn probabilities(&self, log_odds_ratio: f64) -> Vec<f64> {
        let logs: Vec<f64> = self
            .log_weights
            .iter()
            .enumerate()
            .map(|(i, w)| w + log_odds_ratio * (self.first as f64 + i as f64))
            .collect();
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = logs.iter().map(|l| (l - largest).exp()).collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|w| w / total).collect()
    }

    /// Mean count above the first possible one.
    fn mean_offset(&self, log_odds_ratio: f64) -> f64 {
        self.probabilities(log_odds_ratio)
            .iter()
            .enumerate()
            .map(|(i, p)| i as f64 * p)
            .sum()
    }
}

/// `exp` of the root of an increasing function, by bisection on the logarithm of an odds ratio.
fn root(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-700.0, 700.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if f(middle) < 0.0 {
            low = middle
        } else {
            high = middle
        }
    }
    (0.5 * (low + high)).exp()
}
