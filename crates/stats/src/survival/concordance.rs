//! Harrell's concordance index.

use super::error::{SurvivalError, check, check_level};
use crate::distribution::normal_two_sided;
use serde::Serialize;

/// Concordance of a risk score with times to an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Concordance {
    /// (concordant + tied scores / 2) / comparable pairs.
    pub c: f64,
    /// Infinitesimal-jackknife standard error.
    pub standard_error: f64,
    /// Lower Wald limit, at least 0.
    pub lower: f64,
    /// Upper Wald limit, at most 1.
    pub upper: f64,
    /// Confidence level.
    pub level: f64,
    /// Pairs in which the higher score had the event first.
    pub concordant: u64,
    /// Pairs in which the lower score had the event first.
    pub discordant: u64,
    /// Comparable pairs with equal scores.
    pub tied_score: u64,
    /// Pairs of events at the same time with different scores; not comparable.
    pub tied_time: u64,
    /// Pairs of events at the same time with equal scores; not comparable.
    pub tied_both: u64,
}

/// Difference of two concordances on the same samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConcordanceComparison {
    /// Concordance of the first score.
    pub first: Concordance,
    /// Concordance of the second score.
    pub second: Concordance,
    /// First minus second.
    pub difference: f64,
    /// Its standard error, from the joint infinitesimal jackknife.
    pub standard_error: f64,
    /// Lower limit of the difference.
    pub lower: f64,
    /// Upper limit of the difference.
    pub upper: f64,
    /// Difference over its standard error.
    pub z: f64,
    /// Two-sided p value by the normal distribution.
    pub p: f64,
    /// Covariance of the two concordances.
    pub covariance: f64,
}

/// Harrell's C of a score where higher means earlier event (R's `concordance(reverse = TRUE)`).
///
/// A pair is comparable if the one with the shorter time had the event, or if at equal times one had
/// the event and the other was censored. Equal scores count half. Standard error: with N_i and D_i
/// the (half) concordant and comparable pairs of sample i and D their number over all pairs, sqrt(sum
/// ((N_i - C D_i) / D)^2). Takes O(n^2).
///
/// # Errors
/// As [`super::kaplan_meier`]; a score that is not finite; no comparable pair.
pub fn concordance(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    level: f64,
) -> Result<Concordance, SurvivalError> {
    Ok(with_influence(time, event, score, level)?.0)
}

/// Compares the concordances of two scores on the same samples.
///
/// # Errors
/// As [`concordance`].
pub fn compare_concordance(
    time: &[f64],
    event: &[bool],
    first: &[f64],
    second: &[f64],
    level: f64,
) -> Result<ConcordanceComparison, SurvivalError> {
    let quantile = check_level(level)?;
    let (a, influence_a) = with_influence(time, event, first, level)?;
    let (b, influence_b) = with_influence(time, event, second, level)?;
    let mut variance = 0.0;
    let mut covariance = 0.0;
    for (x, y) in influence_a.iter().zip(&influence_b) {
        variance += (x - y) * (x - y);
        covariance += x * y;
    }
    let standard_error = variance.sqrt();
    let difference = a.c - b.c;
    let z = if difference == 0.0 && standard_error == 0.0 {
        0.0
    } else {
        difference / standard_error
    };
    Ok(ConcordanceComparison {
        difference,
        standard_error,
        lower: difference - quantile * standard_error,
        upper: difference + quantile * standard_error,
        z,
        p: normal_two_sided(z),
        covariance,
        first: a,
        second: b,
    })
}

fn with_influence(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    level: f64,
) -> Result<(Concordance, Vec<f64>), SurvivalError> {
    check(time, event)?;
    let quantile = check_level(level)?;
    let n = time.len();
    if score.len() != n {
        return Err(SurvivalError::Length {
            what: "the list of scores",
            found: score.len(),
            expected: n,
        });
    }
    if let Some(index) = score.iter().position(|s| !s.is_finite()) {
        return Err(SurvivalError::NonFinite { index });
    }
    // per sample: twice the concordant share, and the comparable pairs
    let mut twice = vec![0_u64; n];
    let mut pairs = vec![0_u64; n];
    let (mut concordant, mut discordant, mut tied_score) = (0, 0, 0);
    let (mut tied_time, mut tied_both) = (0, 0);
    for i in 0..n {
        for j in i + 1..n {
            let (early, late) = if time[i] < time[j] || (time[i] == time[j] && event[i]) {
                (i, j)
            } else {
                (j, i)
            };
            if !event[early] {
                continue;
            }
            if time[i] == time[j] && event[late] {
                if score[i] == score[j] {
                    tied_both += 1;
                } else {
                    tied_time += 1;
                }
                continue;
            }
            let gain = if score[early] > score[late] {
                concordant += 1;
                2
            } else if score[early] < score[late] {
                discordant += 1;
                0
            } else {
                tied_score += 1;
                1
            };
            for s in [i, j] {
                twice[s] += gain;
                pairs[s] += 1;
            }
        }
    }
    let comparable: u64 = concordant + discordant + tied_score;
    if comparable == 0 {
        return Err(SurvivalError::NothingToCompare(
            "no pair of samples can be compared",
        ));
    }
    let total = comparable as f64;
    let c = (concordant as f64 + tied_score as f64 / 2.0) / total;
    let influence: Vec<f64> = twice
        .iter()
        .zip(&pairs)
        .map(|(t, p)| (*t as f64 / 2.0 - c * *p as f64) / total)
        .collect();
    let standard_error = influence.iter().map(|v| v * v).sum::<f64>().sqrt();
    Ok((
        Concordance {
            c,
            standard_error,
            lower: (c - quantile * standard_error).max(0.0),
            upper: (c + quantile * standard_error).min(1.0),
            level,
            concordant,
            discordant,
            tied_score,
            tied_time,
            tied_both,
        },
        influence,
    ))
}
