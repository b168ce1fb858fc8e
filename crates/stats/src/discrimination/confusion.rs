//! The four-fold table of a decision, and what follows from it.

use super::error::{DiscriminationError, check};
use crate::distribution::{beta_quantile, beta_upper_quantile, normal_upper_quantile};
use serde::Serialize;

/// A share with its intervals; `None` where the total is zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Proportion {
    /// Number of successes.
    pub count: usize,
    /// Number of trials.
    pub total: usize,
    /// count / total.
    pub estimate: Option<f64>,
    /// Clopper and Pearson's exact interval (R's `binom.test`).
    pub clopper_pearson: Option<(f64, f64)>,
    /// Wilson's score interval, without continuity correction.
    pub wilson: Option<(f64, f64)>,
    /// Wald's interval, not clipped to \[0, 1\]: it is poor near 0 and 1, and in small samples.
    pub wald: Option<(f64, f64)>,
}

/// Share with exact, Wilson and Wald intervals.
///
/// Clopper-Pearson: quantiles of Beta(x, n - x + 1) and Beta(x + 1, n - x); 0 and 1 at the ends.
/// Wilson: (p + z^2/2n -/+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n).
/// Wald: p -/+ z sqrt(p (1 - p)/n).
///
/// # Errors
/// [`DiscriminationError::BadLevel`].
pub fn proportion(
    count: usize,
    total: usize,
    level: f64,
) -> Result<Proportion, DiscriminationError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(DiscriminationError::BadLevel { level });
    }
    if total == 0 {
        return Ok(Proportion {
            count,
            total,
            estimate: None,
            clopper_pearson: None,
            wilson: None,
            wald: None,
        });
    }
    let (x, n) = (count as f64, total as f64);
    let tail = (1.0 - level) / 2.0;
    let lower = if count == 0 {
        0.0
    } else {
        beta_quantile(tail, x, n - x + 1.0)
    };
    let upper = if count == total {
        1.0
    } else {
        beta_upper_quantile(tail, x + 1.0, n - x)
    };
    let p = x / n;
    let z = normal_upper_quantile(tail);
    let shrink = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / shrink;
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / shrink;
    let reach = z * (p * (1.0 - p) / n).sqrt();
    Ok(Proportion {
        count,
        total,
        estimate: Some(p),
        clopper_pearson: Some((lower, upper)),
        wilson: Some(((centre - half).max(0.0), (centre + half).min(1.0))),
        wald: Some((p - reach, p + reach)),
    })
}

/// Counts and shares of a decision at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Confusion {
    /// Cases called positive.
    pub true_positives: usize,
    /// Controls called positive.
    pub false_positives: usize,
    /// Cases called negative.
    pub false_negatives: usize,
    /// Controls called negative.
    pub true_negatives: usize,
    /// True positives over cases.
    pub sensitivity: Proportion,
    /// True negatives over controls.
    pub specificity: Proportion,
    /// True positives over positives (precision).
    pub positive_predictive_value: Proportion,
    /// True negatives over negatives.
    pub negative_predictive_value: Proportion,
    /// Right calls over all.
    pub accuracy: Proportion,
    /// 2 TP / (2 TP + FP + FN); `None` if that is 0/0.
    pub f1: Option<f64>,
    /// Sensitivity + specificity - 1.
    pub youden: Option<f64>,
    /// Mean of sensitivity and specificity.
    pub balanced_accuracy: Option<f64>,
    /// Cohen's kappa of calls and classes; NaN where both are all alike.
    pub kappa: f64,
    /// Matthews's correlation coefficient; NaN where calls or classes are all alike.
    pub matthews_correlation: f64,
    /// Sensitivity / (1 - specificity); infinite without a false positive, NaN for 0/0.
    pub positive_likelihood_ratio: f64,
    /// (1 - sensitivity) / specificity; infinite without a true negative, NaN for 0/0.
    pub negative_likelihood_ratio: f64,
    /// TP TN / (FP FN); infinite without a wrong call of one kind, NaN for 0/0.
    pub diagnostic_odds_ratio: f64,
}

/// Four-fold table of calling a sample positive if its score >= `threshold`.
///
/// Predictive values hold at the share of cases in these samples. The threshold may be infinite.
///
/// # Errors
/// Lengths that differ, a score that is not finite, a threshold that is not a number, a bad level.
pub fn confusion(
    class: &[bool],
    score: &[f64],
    threshold: f64,
    level: f64,
) -> Result<Confusion, DiscriminationError> {
    check(class, score)?;
    if threshold.is_nan() {
        return Err(DiscriminationError::BadThreshold);
    }
    let (mut tp, mut fp, mut fn_, mut tn) = (0, 0, 0, 0);
    for (&case, &s) in class.iter().zip(score) {
        match (case, s >= threshold) {
            (true, true) => tp += 1,
            (false, true) => fp += 1,
            (true, false) => fn_ += 1,
            (false, false) => tn += 1,
        }
    }
    let sensitivity = proportion(tp, tp + fn_, level)?;
    let specificity = proportion(tn, tn + fp, level)?;
    let f1_total = 2 * tp + fp + fn_;
    let both = sensitivity.estimate.zip(specificity.estimate);
    let [a, b, c, d, n] = [tp, fp, fn_, tn, class.len()].map(|count| count as f64);
    let agreement = (a + d) / n;
    let by_chance = ((a + b) * (a + c) + (c + d) * (b + d)) / (n * n);
    Ok(Confusion {
        true_positives: tp,
        false_positives: fp,
        false_negatives: fn_,
        true_negatives: tn,
        positive_predictive_value: proportion(tp, tp + fp, level)?,
        negative_predictive_value: proportion(tn, tn + fn_, level)?,
        accuracy: proportion(tp + tn, class.len(), level)?,
        f1: (f1_total > 0).then(|| 2.0 * tp as f64 / f1_total as f64),
        youden: both.map(|(sensitivity, specificity)| sensitivity + specificity - 1.0),
        balanced_accuracy: both.map(|(sensitivity, specificity)| (sensitivity + specificity) / 2.0),
        kappa: (agreement - by_chance) / (1.0 - by_chance),
        matthews_correlation: (a * d - b * c)
            / ((a + b).sqrt() * (a + c).sqrt() * (d + b).sqrt() * (d + c).sqrt()),
        positive_likelihood_ratio: (a / (a + c)) / (b / (b + d)),
        negative_likelihood_ratio: (c / (a + c)) / (d / (b + d)),
        diagnostic_odds_ratio: (a * d) / (b * c),
        sensitivity,
        specificity,
    })
}
