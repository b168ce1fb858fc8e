//! Which of two scores orders more pairs of survival times rightly.

use super::error::{SurvivalError, check, check_score};
use serde::Serialize;

/// When the first score of a pair of samples counts as more concordant than the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum PairRule {
    /// It orders the pair rightly and the other does not (`rcorrp.cens(method = 2)`; the scales of the
    /// scores do not matter).
    Order,
    /// It sets the pair further apart in the right direction (`rcorrp.cens(method = 1)`): only for
    /// scores on one scale, such as two probabilities of the same thing.
    Separation,
}

/// Shares of comparable pairs in which one score does better than the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedConcordance {
    /// Share of comparable pairs in which the first score is more concordant.
    pub first: f64,
    /// Share in which the second is.
    pub second: f64,
    /// First less second.
    pub difference: f64,
    /// Standard error of the difference, as of a ratio of sums over samples.
    pub standard_error: f64,
    /// Comparable pairs.
    pub pairs: u64,
}

/// The shares of `Hmisc::rcorrp.cens`, for scores of which higher means an earlier event.
///
/// Comparable pairs are those of [`concordance`](super::concordance). With r_i the comparable pairs of
/// sample i and w_i those in which the first score does better less those in which the second does, the
/// difference is W / R of their sums and its standard error 2 sqrt(sum (w_i - (W / R) r_i)^2) / R.
/// Every pair is looked at: O(n^2).
///
/// # Errors
/// As [`concordance`](super::concordance).
pub fn paired_concordance(
    time: &[f64],
    event: &[bool],
    first: &[f64],
    second: &[f64],
    rule: PairRule,
) -> Result<PairedConcordance, SurvivalError> {
    check(time, event)?;
    check_score(time, first)?;
    check_score(time, second)?;
    let n = time.len();
    let (mut comparable, mut gain) = (vec![0u64; n], vec![0i64; n]);
    let (mut better, mut worse) = (0u64, 0u64);
    for i in (0..n).filter(|&i| event[i]) {
        for j in 0..n {
            let known = time[i] < time[j] || (time[i] == time[j] && !event[j]);
            if i == j || !known {
                continue;
            }
            // i had the event first, so a higher score of i is right
            let (a, b) = (first[i] - first[j], second[i] - second[j]);
            let (first_wins, second_wins) = match rule {
                PairRule::Order => (a > 0.0 && b <= 0.0, b > 0.0 && a <= 0.0),
                PairRule::Separation => (a > b, b > a),
            };
            let sign = i64::from(first_wins) - i64::from(second_wins);
            better += u64::from(first_wins);
            worse += u64::from(second_wins);
            for k in [i, j] {
                comparable[k] += 1;
                gain[k] += sign;
            }
        }
    }
    let pairs = comparable.iter().sum::<u64>() / 2;
    if pairs == 0 {
        return Err(SurvivalError::NothingToCompare(
            "no pair of samples can be compared",
        ));
    }
    let total = pairs as f64;
    let (first, second) = (better as f64 / total, worse as f64 / total);
    // W and R count every pair twice.
    let difference = (better as f64 - worse as f64) / total;
    let spread: f64 = gain
        .iter()
        .zip(&comparable)
        .map(|(w, r)| (*w as f64 - difference * *r as f64).powi(2))
        .sum();
    Ok(PairedConcordance {
        first,
        second,
        difference,
        standard_error: spread.sqrt() / total,
        pairs,
    })
}
