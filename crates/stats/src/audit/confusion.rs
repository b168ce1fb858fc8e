//! Rates of a decision against whole numbers of patients.

use super::PrintedNumber;
use serde::Serialize;

/// Tables of cells that are tried at most for a row, some 3,000 patients of either kind, lest it take
/// seconds.
pub const MOST_TABLES: u64 = 10_000_000;

/// A rate of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// TP / (TP + FN).
    Sensitivity,
    /// TN / (TN + FP).
    Specificity,
    /// TP / (TP + FP).
    PositivePredictiveValue,
    /// TN / (TN + FN).
    NegativePredictiveValue,
    /// (TP + TN) / all.
    Accuracy,
}

/// The four cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cells {
    /// Positives called positive.
    pub true_positives: u64,
    /// Positives called negative.
    pub false_negatives: u64,
    /// Negatives called negative.
    pub true_negatives: u64,
    /// Negatives called positive.
    pub false_positives: u64,
}

impl Cells {
    /// A rate; NaN where it divides by 0.
    #[must_use]
    pub fn rate(&self, rate: Rate) -> f64 {
        let (tp, tn) = (self.true_positives as f64, self.true_negatives as f64);
        let (fp, fn_) = (self.false_positives as f64, self.false_negatives as f64);
        match rate {
            Rate::Sensitivity => tp / (tp + fn_),
            Rate::Specificity => tn / (tn + fp),
            Rate::PositivePredictiveValue => tp / (tp + fp),
            Rate::NegativePredictiveValue => tn / (tn + fn_),
            Rate::Accuracy => (tp + tn) / (tp + fn_ + tn + fp),
        }
    }

    /// Bounds of the area under any ROC curve through this operating point: sensitivity times
    /// specificity, and 1 less the product of their complements.
    #[must_use]
    pub fn auc_bounds(&self) -> (f64, f64) {
        let (sensitivity, specificity) =
            (self.rate(Rate::Sensitivity), self.rate(Rate::Specificity));
        (
            sensitivity * specificity,
            1.0 - (1.0 - sensitivity) * (1.0 - specificity),
        )
    }
}

/// What was done with the digits that are not printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Digits {
    /// The last printed digit is rounded.
    #[default]
    Rounded,
    /// They are cut off.
    Truncated,
}

impl Digits {
    fn agree(self, printed: PrintedNumber, exact: f64) -> bool {
        match self {
            Self::Rounded => printed.rounds(exact),
            Self::Truncated => printed.truncates(exact),
        }
    }
}

/// A printed rate that the cells do not give.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Misfit {
    /// Which rate.
    pub rate: Rate,
    /// As printed.
    pub printed: PrintedNumber,
    /// As the cells give it.
    pub implied: f64,
    /// The printed number is the implied one with its further digits cut off, not rounded.
    pub truncated: bool,
}

/// The cells that fit the printed rates best.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfusionFit {
    /// The cells.
    pub cells: Cells,
    /// Printed rates that they give.
    pub agreeing: usize,
    /// Printed rates in all.
    pub printed: usize,
    /// Tables of cells that give as many printed rates, this one included.
    pub equally_good: usize,
    /// Printed rates that they do not give.
    pub misfits: Vec<Misfit>,
}

/// Finds the whole numbers of true and false positives and negatives that give most of the printed
/// rates.
///
/// Every table with these numbers of positives and negatives is tried; a rate agrees if it is printed
/// so under `digits`. Of tables that give as many, the one with the smallest sum of the distances
/// of the others is taken. `None` without a printed rate, a positive or a negative, or with more than
/// [`MOST_TABLES`] tables.
#[must_use]
pub fn fit_confusion(
    printed: &[(Rate, PrintedNumber)],
    positives: u64,
    negatives: u64,
    digits: Digits,
) -> Option<ConfusionFit> {
    let tables = positives.saturating_mul(negatives);
    if printed.is_empty() || tables == 0 || tables > MOST_TABLES {
        return None;
    }
    let mut best: Option<(usize, f64, Cells)> = None;
    let mut equally_good = 0;
    for true_positives in 0..=positives {
        for true_negatives in 0..=negatives {
            let cells = Cells {
                true_positives,
                false_negatives: positives - true_positives,
                true_negatives,
                false_positives: negatives - true_negatives,
            };
            let (mut agreeing, mut distance) = (0, 0.0);
            for (rate, number) in printed {
                let exact = cells.rate(*rate);
                if digits.agree(*number, exact) {
                    agreeing += 1;
                } else if exact.is_finite() {
                    distance += (exact - number.value).abs();
                } else {
                    distance += 1.0;
                }
            }
            let (most, least) = best.map_or((0, f64::INFINITY), |(a, d, _)| (a, d));
            if best.is_none() || agreeing > most {
                equally_good = 1;
            } else if agreeing == most {
                equally_good += 1;
            }
            if best.is_none() || agreeing > most || (agreeing == most && distance < least) {
                best = Some((agreeing, distance, cells));
            }
        }
    }
    let (agreeing, _, cells) = best?;
    let misfits = printed.iter().filter_map(|&(rate, printed)| {
        let implied = cells.rate(rate);
        (!digits.agree(printed, implied)).then(|| Misfit {
            rate,
            printed,
            implied,
            truncated: printed.truncates(implied),
        })
    });
    Some(ConfusionFit {
        cells,
        agreeing,
        printed: printed.len(),
        equally_good,
        misfits: misfits.collect(),
    })
}
