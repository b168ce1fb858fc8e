//! Kruskal-Wallis rank sum test of several groups.

use super::CompareError;
use crate::describe::{present, ranks, tie_sizes};
use crate::distribution::chi_square_sf;
use serde::{Deserialize, Serialize};

/// Result of a Kruskal-Wallis test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KruskalWallis {
    /// `H`, corrected for ties.
    pub statistic: f64,
    /// Groups minus one.
    pub degrees_of_freedom: f64,
    /// Upper tail probability of the chi-square approximation.
    pub p_value: f64,
}

/// Kruskal-Wallis test that no group tends to larger values. R: `kruskal.test`.
///
/// `H = (12 / (N (N + 1)) sum R_i^2 / n_i - 3 (N + 1)) / (1 - sum (t^3 - t) / (N^3 - N))`, `R_i`
/// the sum of the midranks of a group and `t` the sizes of the tie groups. NaN is left out;
/// infinite values are allowed, since only ranks count.
///
/// # Errors
/// Fewer than two groups, an empty group, or all values tied.
pub fn kruskal_wallis(groups: &[&[f64]]) -> Result<KruskalWallis, CompareError> {
    const TEST: &str = "the Kruskal-Wallis test";
    if groups.len() < 2 {
        return Err(CompareError::TooFewGroups {
            test: TEST,
            found: groups.len(),
        });
    }
    let groups: Vec<Vec<f64>> = groups.iter().map(|group| present(group)).collect();
    if groups.iter().any(Vec::is_empty) {
        return Err(CompareError::TooFewValues {
            test: TEST,
            needed: 1,
            found: 0,
        });
    }
    let all: Vec<f64> = groups.iter().flatten().copied().collect();
    let ties = tie_sizes(&all);
    if ties.len() < 2 {
        return Err(CompareError::NoVariation { test: TEST });
    }
    let n = all.len() as f64;
    let ranks = ranks(&all);
    let mut rest = ranks.as_slice();
    let mut squares = 0.0;
    for group in &groups {
        let (here, after) = rest.split_at(group.len());
        let sum: f64 = here.iter().sum();
        squares += sum * sum / group.len() as f64;
        rest = after;
    }
    let tied: f64 = ties
        .iter()
        .map(|&t| (t as f64).powi(3) - t as f64)
        .sum::<f64>();
    let statistic =
        (12.0 * squares / (n * (n + 1.0)) - 3.0 * (n + 1.0)) / (1.0 - tied / (n.powi(3) - n));
    let degrees_of_freedom = (groups.len() - 1) as f64;
    Ok(KruskalWallis {
        statistic,
        degrees_of_freedom,
        p_value: chi_square_sf(statistic.max(0.0), degrees_of_freedom),
    })
}
