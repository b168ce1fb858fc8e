//! How much a selection of features changes from one resample to the next.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::distribution::normal_quantile;

/// Stability of a selection over resamples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SelectionStability {
    /// The index: 1 where every resample chooses the same features, 0 on average where each chooses
    /// at random. Below 0.4 is poor and above 0.75 excellent agreement, as for kappa.
    pub stability: f64,
    /// Its standard error.
    pub se: f64,
    /// Normal 95 % interval, its upper limit clipped to 1.
    pub ci: [f64; 2],
    /// Mean number of features chosen.
    pub mean_size: f64,
    /// Resamples.
    pub resamples: usize,
}

/// Stability of the choice from `features` features over resamples, each given by the numbers of
/// the features that it chose.
///
/// With `M` resamples, `d` features, `p_f` the share of resamples that chose feature `f`, and `k` the
/// mean number chosen:
///
/// `stability = 1 - (mean over f of M / (M - 1) p_f (1 - p_f)) / (k/d (1 - k/d))`
///
/// Where every resample chooses as many, this is Kuncheva's index. The variance is that of the paper,
/// `4 / M^2 sum_i (phi_i - mean phi)^2`, for resamples that are independent given the data, as
/// bootstrap samples are.
///
/// Source: Nogueira, Sechidis and Brown, J Mach Learn Res 2018;18(174):1, definition 4 and
/// theorem 7.
///
/// `None` with fewer than two resamples, or where nothing or everything was always chosen.
///
/// # Panics
/// Never: a number beyond `features` makes the result `None`.
#[must_use]
pub fn selection_stability(
    chosen: &[impl AsRef<[usize]>],
    features: usize,
) -> Option<SelectionStability> {
    let sets: Vec<BTreeSet<usize>> = chosen
        .iter()
        .map(|one| one.as_ref().iter().copied().collect())
        .collect();
    let resamples = sets.len();
    if resamples < 2 || sets.iter().any(|set| set.last() >= Some(&features)) {
        return None;
    }
    let (m, d) = (resamples as f64, features as f64);
    let mut share: BTreeMap<usize, f64> = BTreeMap::new();
    for &feature in sets.iter().flatten() {
        *share.entry(feature).or_default() += 1.0;
    }
    for times in share.values_mut() {
        *times /= m;
    }
    let mean_size: f64 = share.values().sum();
    let random = mean_size / d * (1.0 - mean_size / d);
    if mean_size == 0.0 || sets.iter().all(|set| set.len() == features) {
        return None;
    }
    let spread: f64 = share.values().map(|p| p * (1.0 - p)).sum();
    let stability = 1.0 - m / (m - 1.0) * spread / d / random;
    let phi: Vec<f64> = sets
        .iter()
        .map(|set| {
            let size = set.len() as f64;
            let overlap: f64 = set.iter().map(|feature| share[feature]).sum();
            let half = stability / 2.0;
            (overlap / d - size * mean_size / (d * d)
                + half * (2.0 * size * mean_size / (d * d) - size / d - mean_size / d + 1.0))
                / random
        })
        .collect();
    let mean = phi.iter().sum::<f64>() / m;
    let squares: f64 = phi.iter().map(|one| (one - mean).powi(2)).sum();
    let se = 2.0 / m * squares.sqrt();
    let reach = normal_quantile(0.975) * se;
    Some(SelectionStability {
        stability,
        se,
        ci: [stability - reach, (stability + reach).min(1.0)],
        mean_size,
        resamples,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_choice_is_stable() {
        let found = selection_stability(&[[1, 4], [4, 1], [1, 4]], 10).unwrap();
        assert!((found.stability - 1.0).abs() < 1e-15 && found.se < 1e-15);
        assert_eq!((found.mean_size, found.resamples), (2.0, 3));
    }

    #[test]
    fn equal_sizes_give_the_index_of_kuncheva() {
        // Kuncheva (2007): mean over pairs of (r - k^2/d) / (k - k^2/d) for sets of k with r in
        // common. k = 3, d = 8, pairs with 2, 1 and 1 in common.
        let found = selection_stability(&[[0, 1, 2], [1, 2, 3], [2, 5, 6]], 8).unwrap();
        let (k, d) = (3.0, 8.0);
        let kuncheva = |r: f64| (r - k * k / d) / (k - k * k / d);
        let expected = (kuncheva(2.0) + 2.0 * kuncheva(1.0)) / 3.0;
        assert!((found.stability - expected).abs() < 1e-14);
    }

    #[test]
    fn no_choice_has_no_stability() {
        let none: [[usize; 0]; 2] = [[], []];
        assert_eq!(selection_stability(&none, 5), None);
        assert_eq!(selection_stability(&[[0, 1], [0, 1]], 2), None);
        assert_eq!(selection_stability(&[[0]], 5), None);
        assert_eq!(selection_stability(&[[0], [7]], 5), None);
    }

    #[test]
    fn unequal_sizes_as_the_formula_in_fractions() {
        // tests/reference/selection/stability.py: the paper's formulas on the full matrix, in exact
        // fractions.
        let chosen: [&[usize]; 5] = [&[0, 1, 2], &[0, 2], &[0, 1, 3, 5], &[], &[0, 2, 6]];
        let found = selection_stability(&chosen, 12).unwrap();
        for (found, expected) in [
            (found.stability, 0.2708333333333333),
            (found.se * found.se, 0.025313991970486113),
        ] {
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
    }
}
