//! Whether areas under the curve of different patients differ.

use crate::distribution::chi_square_sf;
use serde::Serialize;

/// Cochran's test of [`auc_heterogeneity`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AucHeterogeneity {
    /// Mean of the areas, weighted by the inverse of their variances.
    pub mean: f64,
    /// Statistic.
    pub q: f64,
    /// Areas less 1.
    pub df: usize,
    /// Upper tail of chi-square.
    pub p: f64,
}

/// Cochran's Q of independent areas, each with its standard error (R's `metafor::rma(method = "FE")`,
/// its `QE`).
///
/// With weights w = 1 / se^2 and the weighted mean m, Q = sum of w (auc - m)^2 has a chi-square
/// distribution of one degree of freedom less than there are areas, if all are equal. For two areas Q
/// is the square of their difference over its standard error.
///
/// `None` for fewer than two areas, or where a standard error is 0 or not finite: an area of 1 has no
/// error to weigh it by.
#[must_use]
pub fn auc_heterogeneity(areas: &[(f64, f64)]) -> Option<AucHeterogeneity> {
    let usable = |(auc, se): &(f64, f64)| auc.is_finite() && se.is_finite() && *se > 0.0;
    if areas.len() < 2 || !areas.iter().all(usable) {
        return None;
    }
    let weights: f64 = areas.iter().map(|(_, se)| se.powi(-2)).sum();
    let mean = areas.iter().map(|(auc, se)| auc * se.powi(-2)).sum::<f64>() / weights;
    let q = areas
        .iter()
        .map(|(auc, se)| ((auc - mean) / se).powi(2))
        .sum();
    let df = areas.len() - 1;
    Some(AucHeterogeneity {
        mean,
        q,
        df,
        p: chi_square_sf(q, df as f64),
    })
}

#[cfg(test)]
mod tests {
    use super::auc_heterogeneity;

    #[test]
    fn as_r_gives_it() {
        // R: y <- c(0.81, 0.72, 0.66); s <- c(0.05, 0.08, 0.1); w <- 1 / s^2
        // m <- sum(w * y) / sum(w); q <- sum(w * (y - m)^2); pchisq(q, 2, lower.tail = FALSE)
        let found = auc_heterogeneity(&[(0.81, 0.05), (0.72, 0.08), (0.66, 0.1)]).unwrap();
        for (found, expected) in [
            (found.mean, 0.765_714_285_714_285_8),
            (found.q, 2.228_571_428_571_429_5),
            (found.p, 0.328_149_587_770_579_9),
        ] {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        assert_eq!(found.df, 2);
    }

    #[test]
    fn an_area_without_error_cannot_be_weighed() {
        assert_eq!(auc_heterogeneity(&[(1.0, 0.0), (0.7, 0.1)]), None);
        assert_eq!(auc_heterogeneity(&[(0.7, 0.1)]), None);
    }
}
