//! What AUCs a method finds where there is nothing to find.

use serde::Serialize;

use crate::describe::{mean, quantile, standard_deviation};
use crate::distribution::student_t_quantile;

/// AUCs of a method on data whose outcome was permuted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NullDistribution {
    /// Permutations.
    pub n: usize,
    /// Mean AUC; 0.5 for a method that does not see what it is judged on.
    pub mean: f64,
    /// Student's 95 % interval of the mean, `mean ± t(0.975, n - 1) sd / sqrt(n)`, clipped to 0 and
    /// 1; NaN with fewer than two permutations.
    pub ci: [f64; 2],
    /// The middle 95 % of the single AUCs (quantiles of type 7): what one study finds by chance.
    pub middle: [f64; 2],
}

/// Mean, interval and spread of AUCs under permuted outcomes; `None` where there is none.
#[must_use]
pub fn null_distribution(permuted: &[f64]) -> Option<NullDistribution> {
    if permuted.is_empty() {
        return None;
    }
    let n = permuted.len();
    let middle = mean(permuted);
    let ci = if n < 2 {
        [f64::NAN; 2]
    } else {
        let reach = student_t_quantile(0.975, (n - 1) as f64) * standard_deviation(permuted)
            / (n as f64).sqrt();
        [(middle - reach).max(0.0), (middle + reach).min(1.0)]
    };
    Some(NullDistribution {
        n,
        mean: middle,
        ci,
        middle: [quantile(permuted, 0.025), quantile(permuted, 0.975)],
    })
}

impl NullDistribution {
    /// Whether the interval of the mean holds 0.5; `None` without an interval.
    #[must_use]
    pub fn covers_one_half(&self) -> Option<bool> {
        let [lower, upper] = self.ci;
        (!lower.is_nan()).then_some(lower <= 0.5 && 0.5 <= upper)
    }
}

/// One-sided P of an AUC against those of permuted outcomes: `(1 + b) / (1 + n)`, where `b` of the
/// `n` are at least as large. It is never 0, and it is exact where `observed` was found in the same
/// way as the others.
///
/// Source: Phipson and Smyth, Stat Appl Genet Mol Biol 2010;9:39.
#[must_use]
pub fn permutation_p(observed: f64, permuted: &[f64]) -> f64 {
    let as_large = permuted.iter().filter(|&&auc| auc >= observed).count();
    (1 + as_large) as f64 / (1 + permuted.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_r_gives_it() {
        // R: x <- c(0.52, 0.47, 0.61, 0.44, 0.50); t.test(x)$conf.int;
        //    quantile(x, c(0.025, 0.975), type = 7)
        let found = null_distribution(&[0.52, 0.47, 0.61, 0.44, 0.50]).unwrap();
        let expected = [
            (found.mean, 0.508),
            (found.ci[0], 0.427_818_880_338_976_1),
            (found.ci[1], 0.588_181_119_661_023_9),
            (found.middle[0], 0.443),
            (found.middle[1], 0.601),
        ];
        for (found, expected) in expected {
            // R prints 15 digits.
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
        assert_eq!(found.covers_one_half(), Some(true));
    }

    #[test]
    fn p_counts_the_study_itself() {
        // Phipson and Smyth: b = 1 of m = 4 gives 2/5.
        assert_eq!(permutation_p(0.6, &[0.5, 0.7, 0.4, 0.55]), 0.4);
        assert_eq!(permutation_p(0.9, &[0.5, 0.7, 0.4]), 0.25);
        assert_eq!(permutation_p(0.5, &[0.5, 0.5]), 1.0);
    }

    #[test]
    fn one_permutation_has_no_interval() {
        let found = null_distribution(&[0.5]).unwrap();
        assert!(found.ci[0].is_nan());
        assert_eq!(found.covers_one_half(), None);
        assert_eq!(null_distribution(&[]), None);
    }

    #[test]
    fn an_interval_beside_one_half_does_not_cover_it() {
        let found = null_distribution(&[0.8, 0.82, 0.81]).unwrap();
        assert_eq!(found.covers_one_half(), Some(false));
    }
}
