//! One-way analysis of variance: do the means of several groups differ?

use super::{CompareError, present_finite};
use crate::describe::{mean, sum_of_squares, variance};
use crate::distribution::f_sf;
use serde::{Deserialize, Serialize};

/// Result of a one-way analysis of variance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anova {
    /// The F statistic.
    pub statistic: f64,
    /// Groups minus one.
    pub df1: f64,
    /// Residual degrees of freedom; not whole for Welch's form.
    pub df2: f64,
    /// Upper tail probability.
    pub p_value: f64,
}

/// Fisher's analysis of variance, with equal variances in all groups.
/// R: `oneway.test(var.equal = TRUE)`.
///
/// `F = (sum n_i (m_i - m)^2 / (k - 1)) / (sum (n_i - 1) s_i^2 / (N - k))`, `m` the mean of all
/// values. With two groups it is the square of Student's t. NaN is left out.
///
/// # Errors
/// Fewer than two groups, an empty group, no spare degree of freedom, infinite values, or no
/// variation within any group.
pub fn anova(groups: &[&[f64]]) -> Result<Anova, CompareError> {
    const TEST: &str = "the analysis of variance";
    of_finite(&present_groups(groups, TEST, 1)?, TEST)
}

/// The analysis of groups of finite values, none of them empty; `test` names it in errors.
pub(super) fn of_finite(groups: &[Vec<f64>], test: &'static str) -> Result<Anova, CompareError> {
    let all: Vec<f64> = groups.iter().flatten().copied().collect();
    if all.len() <= groups.len() {
        return Err(CompareError::TooFewValues {
            test,
            needed: groups.len() + 1,
            found: all.len(),
        });
    }
    let (df1, df2) = ((groups.len() - 1) as f64, (all.len() - groups.len()) as f64);
    let grand = mean(&all);
    let between: f64 = groups
        .iter()
        .map(|group| {
            let d = mean(group) - grand;
            group.len() as f64 * d * d
        })
        .sum();
    let within: f64 = groups.iter().map(|group| sum_of_squares(group)).sum();
    if within <= 0.0 {
        return Err(CompareError::NoVariation { test });
    }
    let statistic = (between / df1) / (within / df2);
    Ok(Anova {
        statistic,
        df1,
        df2,
        p_value: f_sf(statistic, df1, df2),
    })
}

/// Welch's analysis of variance, whose variances may differ (Welch 1951). R: `oneway.test`.
///
/// With weights `w_i = n_i / s_i^2`, their sum `w`, the weighted mean `m` and
/// `c = sum (1 - w_i / w)^2 / (n_i - 1) / (k^2 - 1)`:
/// `F = sum w_i (m_i - m)^2 / ((k - 1) (1 + 2 (k - 2) c))` with `k - 1` and `1 / (3 c)` degrees of
/// freedom. With two groups it is the square of Welch's t. NaN is left out.
///
/// # Errors
/// Fewer than two groups, a group with fewer than two values or without variation, or infinite
/// values.
pub fn welch_anova(groups: &[&[f64]]) -> Result<Anova, CompareError> {
    const TEST: &str = "Welch's analysis of variance";
    let groups = present_groups(groups, TEST, 2)?;
    let k = groups.len() as f64;
    let mut parts = Vec::with_capacity(groups.len());
    for group in &groups {
        let spread = variance(group);
        if spread <= 0.0 {
            return Err(CompareError::NoVariation { test: TEST });
        }
        let n = group.len() as f64;
        parts.push((n, mean(group), n / spread));
    }
    let total: f64 = parts.iter().map(|(_, _, w)| w).sum();
    let centre = parts.iter().map(|(_, m, w)| w * m).sum::<f64>() / total;
    let correction = parts
        .iter()
        .map(|(n, _, w)| {
            let rest = 1.0 - w / total;
            rest * rest / (n - 1.0)
        })
        .sum::<f64>()
        / (k * k - 1.0);
    let between: f64 = parts
        .iter()
        .map(|(_, m, w)| w * (m - centre) * (m - centre))
        .sum();
    let statistic = between / ((k - 1.0) * (1.0 + 2.0 * (k - 2.0) * correction));
    let (df1, df2) = (k - 1.0, 1.0 / (3.0 * correction));
    Ok(Anova {
        statistic,
        df1,
        df2,
        p_value: f_sf(statistic, df1, df2),
    })
}

/// The values present in each group, of which there must be two with `needed` values each.
fn present_groups(
    groups: &[&[f64]],
    test: &'static str,
    needed: usize,
) -> Result<Vec<Vec<f64>>, CompareError> {
    if groups.len() < 2 {
        return Err(CompareError::TooFewGroups {
            test,
            found: groups.len(),
        });
    }
    groups
        .iter()
        .map(|group| present_finite(group, test, needed))
        .collect()
}
