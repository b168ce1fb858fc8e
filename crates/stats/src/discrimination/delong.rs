//! Variance of the area under a ROC curve and comparisons of two areas (DeLong et al., 1988).

use super::classes::members;
use super::error::{DiscriminationError, check};
use crate::distribution::{normal_two_sided, normal_upper_quantile, student_t_two_sided};
use serde::Serialize;

/// An area under a ROC curve with DeLong's standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AucEstimate {
    /// Area.
    pub auc: f64,
    /// DeLong's standard error.
    pub standard_error: f64,
    /// Lower limit of the confidence interval, at least 0.
    pub lower: f64,
    /// Upper limit, at most 1.
    pub upper: f64,
    /// (AUC - 0.5) / standard error.
    pub z: f64,
    /// Two-sided p value of no discrimination, by the normal distribution.
    pub p: f64,
    /// Confidence level, e.g. 0.95.
    pub level: f64,
    /// Number of cases.
    pub cases: usize,
    /// Number of controls.
    pub controls: usize,
}

/// A comparison of two areas on the same samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedAucTest {
    /// Area of the first score.
    pub auc_first: f64,
    /// Area of the second score.
    pub auc_second: f64,
    /// First minus second.
    pub difference: f64,
    /// Standard error of the difference.
    pub standard_error: f64,
    /// Lower limit of the difference.
    pub lower: f64,
    /// Upper limit of the difference.
    pub upper: f64,
    /// Confidence level.
    pub level: f64,
    /// Covariance of the two areas.
    pub covariance: f64,
    /// Difference over its standard error.
    pub z: f64,
    /// Two-sided p value by the normal distribution.
    pub p: f64,
}

/// A comparison of two areas on different samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct UnpairedAucTest {
    /// Area in the first sample.
    pub auc_first: f64,
    /// Area in the second sample.
    pub auc_second: f64,
    /// First minus second.
    pub difference: f64,
    /// Standard error of the difference.
    pub standard_error: f64,
    /// Lower limit of the difference, by the normal distribution.
    pub lower: f64,
    /// Upper limit of the difference, by the normal distribution.
    pub upper: f64,
    /// Confidence level.
    pub level: f64,
    /// Difference over its standard error.
    pub statistic: f64,
    /// Satterthwaite's degrees of freedom, as pROC has them.
    pub df: f64,
    /// Two-sided p value by the t distribution with `df` degrees of freedom.
    pub p: f64,
    /// Two-sided p value by the normal distribution.
    pub p_normal: f64,
}

/// Share of controls that each case beats, and of cases that beat each control.
struct Placements {
    cases: Vec<f64>,
    controls: Vec<f64>,
    auc: f64,
}

impl Placements {
    /// One sort, then one pass over the groups of equal scores.
    fn of(class: &[bool], score: &[f64], needed: usize) -> Result<Self, DiscriminationError> {
        check(class, score)?;
        let m = class.iter().filter(|case| **case).count();
        let n = class.len() - m;
        if m < needed || n < needed {
            return Err(DiscriminationError::TooFew {
                cases: m,
                controls: n,
                needed,
            });
        }
        let mut order: Vec<(f64, usize)> = score.iter().copied().zip(0..).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut placement = vec![0.0; score.len()];
        let (mut cases_below, mut controls_below) = (0, 0);
        let mut twice_wins = 0_u128;
        for tied in order.chunk_by(|a, b| a.0 == b.0) {
            let cases = tied.iter().filter(|(_, row)| class[*row]).count();
            let controls = tied.len() - cases;
            let twice_beaten = 2 * controls_below + controls;
            let twice_above = 2 * (m - cases_below - cases) + cases;
            let of_case = twice_beaten as f64 / (2 * n) as f64;
            let of_control = twice_above as f64 / (2 * m) as f64;
            for &(_, row) in tied {
                placement[row] = if class[row] { of_case } else { of_control };
            }
            twice_wins += cases as u128 * twice_beaten as u128;
            cases_below += cases;
            controls_below += controls;
        }
        Ok(Self {
            cases: members(&placement, class, true),
            controls: members(&placement, class, false),
            auc: twice_wins as f64 / (2.0 * m as f64 * n as f64),
        })
    }

    fn variance(&self) -> f64 {
        covariance(self, self)
    }
}

fn covariance(a: &Placements, b: &Placements) -> f64 {
    let part = |x: &[f64], y: &[f64]| {
        let n = x.len() as f64;
        let mean_x = x.iter().sum::<f64>() / n;
        let mean_y = y.iter().sum::<f64>() / n;
        let sum: f64 = x
            .iter()
            .zip(y)
            .map(|(x, y)| (x - mean_x) * (y - mean_y))
            .sum();
        sum / (n - 1.0) / n
    };
    part(&a.cases, &b.cases) + part(&a.controls, &b.controls)
}

/// The normal quantile of a confidence level.
pub(super) fn check_level(level: f64) -> Result<f64, DiscriminationError> {
    if level > 0.0 && level < 1.0 {
        Ok(normal_upper_quantile((1.0 - level) / 2.0))
    } else {
        Err(DiscriminationError::BadLevel { level })
    }
}

/// Area under the ROC curve with DeLong's standard error and interval (pROC's `ci.auc`).
///
/// With V10 the share of controls that each of m cases beats (ties half) and V01 the share of cases
/// that beat each of n controls: variance = var(V10)/m + var(V01)/n, with the sample variances (one
/// less than the count as divisor). Interval: AUC -/+ z standard errors, clipped to \[0, 1\]. Higher
/// scores mean case. An AUC of 1 has standard error 0 and an interval from 1 to 1, which says nothing
/// about its uncertainty.
///
/// # Errors
/// Lengths that differ, a score that is not finite, fewer than two of a class, a bad level.
pub fn auc_delong(
    class: &[bool],
    score: &[f64],
    level: f64,
) -> Result<AucEstimate, DiscriminationError> {
    let z = check_level(level)?;
    let placements = Placements::of(class, score, 2)?;
    let standard_error = placements.variance().sqrt();
    let auc = placements.auc;
    let from_chance = statistic(auc - 0.5, standard_error);
    Ok(AucEstimate {
        auc,
        standard_error,
        lower: (auc - z * standard_error).max(0.0),
        upper: (auc + z * standard_error).min(1.0),
        z: from_chance,
        p: normal_two_sided(from_chance),
        level,
        cases: placements.cases.len(),
        controls: placements.controls.len(),
    })
}

/// DeLong's test of two scores on the same samples (pROC's `roc.test(paired = TRUE)`).
///
/// z = (AUC1 - AUC2) / sqrt(var1 + var2 - 2 cov). With identical placements the difference and its
/// error are 0; then z is 0 and p is 1.
///
/// # Errors
/// As [`auc_delong`].
pub fn delong_paired(
    class: &[bool],
    first: &[f64],
    second: &[f64],
    level: f64,
) -> Result<PairedAucTest, DiscriminationError> {
    let quantile = check_level(level)?;
    let a = Placements::of(class, first, 2)?;
    let b = Placements::of(class, second, 2)?;
    let covariance_ab = covariance(&a, &b);
    let variance = a.variance() + b.variance() - 2.0 * covariance_ab;
    let difference = a.auc - b.auc;
    // rounding may leave a tiny negative number where the scores order samples alike
    let standard_error = if variance > 1e-16 {
        variance.sqrt()
    } else {
        0.0
    };
    let z = statistic(difference, standard_error);
    Ok(PairedAucTest {
        auc_first: a.auc,
        auc_second: b.auc,
        difference,
        standard_error,
        lower: difference - quantile * standard_error,
        upper: difference + quantile * standard_error,
        level,
        covariance: covariance_ab,
        z,
        p: normal_two_sided(z),
    })
}

/// Difference over its error; 0 where both vanish.
pub(super) fn statistic(difference: f64, standard_error: f64) -> f64 {
    if difference.abs() < 1e-14 && standard_error == 0.0 {
        0.0
    } else {
        difference / standard_error
    }
}

/// DeLong's test of areas from two independent samples (pROC's `roc.test(paired = FALSE)`).
///
/// With v1 and v2 the variances and N1 and N2 the sample sizes, t = (AUC1 - AUC2) / sqrt(v1 + v2)
/// has (v1 + v2)^2 / (v1^2 / (N1 - 1) + v2^2 / (N2 - 1)) degrees of freedom.
///
/// # Errors
/// As [`auc_delong`].
pub fn delong_unpaired(
    first: (&[bool], &[f64]),
    second: (&[bool], &[f64]),
    level: f64,
) -> Result<UnpairedAucTest, DiscriminationError> {
    let quantile = check_level(level)?;
    let a = Placements::of(first.0, first.1, 2)?;
    let b = Placements::of(second.0, second.1, 2)?;
    let (v1, v2) = (a.variance(), b.variance());
    let standard_error = (v1 + v2).sqrt();
    let difference = a.auc - b.auc;
    let t = statistic(difference, standard_error);
    let (n1, n2) = (first.0.len() as f64, second.0.len() as f64);
    let df = (v1 + v2).powi(2) / (v1 * v1 / (n1 - 1.0) + v2 * v2 / (n2 - 1.0));
    Ok(UnpairedAucTest {
        auc_first: a.auc,
        auc_second: b.auc,
        difference,
        standard_error,
        lower: difference - quantile * standard_error,
        upper: difference + quantile * standard_error,
        level,
        statistic: t,
        df,
        p: if df.is_finite() {
            student_t_two_sided(t, df)
        } else {
            normal_two_sided(t)
        },
        p_normal: normal_two_sided(t),
    })
}
