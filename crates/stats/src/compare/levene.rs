//! Levene's test of equal variances.

use super::anova::{Anova, of_finite};
use super::{CompareError, present_finite};
use crate::describe::{mean, median};
use serde::{Deserialize, Serialize};

/// What the deviations are taken from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeveneCenter {
    /// The median of the group (Brown and Forsythe 1974), robust against skewness.
    #[default]
    Median,
    /// The mean of the group (Levene 1960).
    Mean,
}

/// Result of Levene's test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Levene {
    /// F of a one-way analysis of variance of the absolute deviations.
    pub statistic: f64,
    /// Groups minus one.
    pub df1: f64,
    /// Values minus groups.
    pub df2: f64,
    /// Upper tail probability.
    pub p_value: f64,
}

/// Levene's test of equal variances between groups. R: `car::leveneTest`. NaN is left out.
///
/// # Errors
/// Fewer than two groups, an empty group, no spare degree of freedom, infinite values, or
/// deviations that do not vary within any group.
pub fn levene(groups: &[&[f64]], center: LeveneCenter) -> Result<Levene, CompareError> {
    const TEST: &str = "Levene's test";
    if groups.len() < 2 {
        return Err(CompareError::TooFewValues {
            test: TEST,
            needed: 2,
            found: groups.len(),
        });
    }
    let mut deviations = Vec::with_capacity(groups.len());
    for group in groups {
        let values = present_finite(group, TEST, 1)?;
        let middle = match center {
            LeveneCenter::Median => median(&values),
            LeveneCenter::Mean => mean(&values),
        };
        deviations.push(
            values
                .iter()
                .map(|v| (v - middle).abs())
                .collect::<Vec<f64>>(),
        );
    }
    let Anova {
        statistic,
        df1,
        df2,
        p_value,
    } = of_finite(&deviations, TEST)?;
    Ok(Levene {
        statistic,
        df1,
        df2,
        p_value,
    })
}
