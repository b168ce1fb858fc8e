//! Rubin's rules: one estimate from the estimates of several completed data sets.

use super::error::ImputationError;
use crate::distribution::{f_sf, student_t_two_sided, student_t_upper_quantile};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// Fewest completed data sets: with one there is no variance between them.
const FEWEST: usize = 2;

/// Estimates pooled over completed data sets.
#[derive(Debug, Clone, PartialEq)]
pub struct PooledEstimates {
    /// Mean over the data sets.
    pub estimate: Vec<f64>,
    /// Mean covariance, U.
    pub within: DMatrix<f64>,
    /// Covariance of the estimates over the data sets, B.
    pub between: DMatrix<f64>,
    /// U + (1 + 1/m) B.
    pub total: DMatrix<f64>,
    /// Data sets, m.
    pub imputations: usize,
    /// Residual degrees of freedom that complete data would have.
    pub complete_df: f64,
}

/// One pooled estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PooledEstimate {
    /// Mean over the data sets.
    pub estimate: f64,
    /// Mean variance, u.
    pub within: f64,
    /// Variance of the estimates over the data sets, b.
    pub between: f64,
    /// t = u + (1 + 1/m) b.
    pub total: f64,
    /// Its root.
    pub standard_error: f64,
    /// Relative increase in variance, (1 + 1/m) b / u.
    pub relative_increase: f64,
    /// Share of the variance that the missing values cause, (1 + 1/m) b / t.
    pub lambda: f64,
    /// Fraction of missing information, (r + 2 / (df + 3)) / (r + 1) with r the relative increase.
    pub fraction_missing: f64,
    /// Degrees of freedom of Barnard and Rubin.
    pub df: f64,
}

/// A test that several estimates are all 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PooledWaldTest {
    /// F statistic.
    pub f: f64,
    /// Estimates tested.
    pub df1: f64,
    /// Denominator degrees of freedom.
    pub df2: f64,
    /// P value.
    pub p: f64,
    /// Average relative increase in variance.
    pub relative_increase: f64,
}

/// Pools the estimates of m completed data sets by Rubin's rules (Rubin 1987; mice's `pool`).
///
/// `complete_df` are the residual degrees of freedom of the same model on complete data, n - k;
/// infinite for a large sample.
///
/// # Errors
/// Fewer than two data sets, lengths that differ, values that are not finite, a variance that is
/// not positive, degrees of freedom that are not.
pub fn pool(
    estimates: &[Vec<f64>],
    covariances: &[DMatrix<f64>],
    complete_df: f64,
) -> Result<PooledEstimates, ImputationError> {
    let m = estimates.len();
    if m < FEWEST {
        return Err(ImputationError::TooFew {
            setting: "completed data sets",
            found: m,
            needed: FEWEST,
        });
    }
    let length = |what, found, expected| {
        let wrong = ImputationError::Length {
            what,
            found,
            expected,
        };
        if found == expected {
            Ok(())
        } else {
            Err(wrong)
        }
    };
    length("the list of covariances", covariances.len(), m)?;
    let k = estimates[0].len();
    for (index, (estimate, covariance)) in estimates.iter().zip(covariances).enumerate() {
        length("the estimates of a data set", estimate.len(), k)?;
        length("a covariance", covariance.nrows(), k)?;
        length("a covariance", covariance.ncols(), k)?;
        let finite = estimate.iter().chain(covariance.iter());
        if !finite.into_iter().all(|value| value.is_finite()) {
            return Err(ImputationError::BadValue {
                what: "the estimates and covariances",
                index,
                problem: "they are not finite numbers",
            });
        }
        if covariance
            .diagonal()
            .iter()
            .any(|&variance| variance <= 0.0)
        {
            return Err(ImputationError::BadValue {
                what: "the covariances",
                index,
                problem: "a variance is above 0",
            });
        }
    }
    if complete_df.is_nan() || complete_df <= 0.0 {
        return Err(ImputationError::BadValue {
            what: "the degrees of freedom of complete data",
            index: 0,
            problem: "they are above 0",
        });
    }
    let mean = DVector::from_fn(k, |place, _| {
        estimates.iter().map(|one| one[place]).sum::<f64>() / m as f64
    });
    let within = covariances
        .iter()
        .fold(DMatrix::zeros(k, k), |sum, one| sum + one)
        / m as f64;
    let mut between = DMatrix::zeros(k, k);
    for one in estimates {
        let deviation = DVector::from_column_slice(one) - &mean;
        between += &deviation * deviation.transpose();
    }
    between /= (m - 1) as f64;
    let total = &within + (1.0 + 1.0 / m as f64) * &between;
    Ok(PooledEstimates {
        estimate: mean.iter().copied().collect(),
        within,
        between,
        total,
        imputations: m,
        complete_df,
    })
}

impl PooledEstimates {
    /// One of the estimates. Degrees of freedom are those of Barnard and Rubin (Biometrika
    /// 1999;86:948): 1 / (1/a + 1/b) with a = (m - 1) / λ² and b = (ν + 1) / (ν + 3) ν (1 - λ), ν
    /// those of complete data.
    #[must_use]
    pub fn term(&self, place: usize) -> PooledEstimate {
        let m = self.imputations as f64;
        let at = (place, place);
        let (within, between, total) = (self.within[at], self.between[at], self.total[at]);
        let extra = (1.0 + 1.0 / m) * between;
        let (relative_increase, lambda) = (extra / within, extra / total);
        let old = (m - 1.0) / (lambda * lambda);
        let complete = self.complete_df;
        // For ν without bound the second has none.
        let observed = if complete.is_infinite() {
            f64::INFINITY
        } else {
            (complete + 1.0) / (complete + 3.0) * complete * (1.0 - lambda)
        };
        let df = 1.0 / (1.0 / old + 1.0 / observed);
        PooledEstimate {
            estimate: self.estimate[place],
            within,
            between,
            total,
            standard_error: total.sqrt(),
            relative_increase,
            lambda,
            fraction_missing: (relative_increase + 2.0 / (df + 3.0)) / (relative_increase + 1.0),
            df,
        }
    }

    /// Wald test that the estimates at these places are all 0 (mice's `D1`; Li, Raghunathan and
    /// Rubin, J Am Stat Assoc 1991;86:1065).
    ///
    /// With k estimates q, r = (1 + 1/m) tr(B U^-1) / k is their average relative increase in
    /// variance, F = q' U^-1 q / (k (1 + r)). Denominator degrees of freedom by Reiter (Biometrika
    /// 2007;94:502), which go to those of complete data as r goes to 0. One estimate is tested by
    /// [`PooledEstimate::p`].
    ///
    /// # Errors
    /// A covariance that cannot be inverted; k (m - 1) of 4 or less, for which the approximation
    /// is not defined.
    pub fn wald_test(&self, places: &[usize]) -> Result<PooledWaldTest, ImputationError> {
        if let [place] = places {
            let one = self.term(*place);
            let z = one.estimate / one.standard_error;
            return Ok(PooledWaldTest {
                f: z * z,
                df1: 1.0,
                df2: one.df,
                p: one.p(),
                relative_increase: one.relative_increase,
            });
        }
        let k = places.len() as f64;
        let m = self.imputations as f64;
        let pick = |all: &DMatrix<f64>| all.select_rows(places).select_columns(places);
        let estimate = DVector::from_fn(places.len(), |place, _| self.estimate[places[place]]);
        let inverse = pick(&self.within)
            .cholesky()
            .ok_or(ImputationError::Singular)?
            .inverse();
        let r = (1.0 + 1.0 / m) * (pick(&self.between) * &inverse).trace() / k;
        let f = estimate.dot(&(&inverse * &estimate)) / (k * (1.0 + r));
        let t = k * (m - 1.0);
        if t <= 4.0 {
            return Err(ImputationError::TooFew {
                setting: "completed data sets",
                found: self.imputations,
                needed: FEWEST + 2,
            });
        }
        let df2 = self.reiter(r, t);
        Ok(PooledWaldTest {
            f,
            df1: k,
            df2,
            p: f_sf(f, k, df2),
            relative_increase: r,
        })
    }

    /// Degrees of freedom of Reiter; without a bound on those of complete data, of Li and others.
    fn reiter(&self, r: f64, t: f64) -> f64 {
        let complete = self.complete_df;
        if complete.is_infinite() {
            return 4.0 + (t - 4.0) * (1.0 + (1.0 - 2.0 / t) / r).powi(2);
        }
        let a = r * t / (t - 2.0);
        let adjusted = (complete + 1.0) / (complete + 3.0) * complete;
        let c0 = 1.0 / (t - 4.0);
        let c1 = adjusted - 2.0 * (1.0 + a);
        let c2 = adjusted - 4.0 * (1.0 + a);
        let z = 1.0 / c2
            + c0 * (a * a * c1 / ((1.0 + a).powi(2) * c2))
            + c0 * (8.0 * a * a * c1 / ((1.0 + a) * c2 * c2) + 4.0 * a * a / ((1.0 + a) * c2))
            + c0 * (4.0 * a * a / (c2 * c1) + 16.0 * a * a * c1 / c2.powi(3))
            + c0 * (8.0 * a * a / (c2 * c2));
        // Where the missing information eats up all degrees of freedom, the fewest are left.
        if z > 0.0 && c2 > 0.0 {
            4.0 + 1.0 / z
        } else {
            4.0
        }
    }
}

impl PooledEstimate {
    /// Two-sided P of the estimate being 0, by Student's t.
    #[must_use]
    pub fn p(&self) -> f64 {
        student_t_two_sided(self.estimate / self.standard_error, self.df)
    }

    /// Limits of the interval at a confidence level.
    #[must_use]
    pub fn interval(&self, level: f64) -> [f64; 2] {
        let reach = student_t_upper_quantile((1.0 - level) / 2.0, self.df) * self.standard_error;
        [self.estimate - reach, self.estimate + reach]
    }
}
