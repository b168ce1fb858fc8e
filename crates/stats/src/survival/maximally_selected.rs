//! The cut of a marker that separates survival best, and what the search costs.

use super::error::{SurvivalError, check, check_score};
use crate::distribution::{normal_density, normal_two_sided};
use serde::Serialize;
use std::f64::consts::PI;

/// Result of [`maximally_selected_log_rank`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MaximallySelectedRank {
    /// Best cut: samples above it form the high group. The lowest one if several are best.
    pub cutpoint: f64,
    /// Largest absolute standardized statistic.
    pub statistic: f64,
    /// P value of Lausen and Schumacher (1992), from the shares alone; 1 if the statistic is below 1.
    pub p_lausen_1992: f64,
    /// P value of Lausen, Sauerbrei and Schumacher (1994), from the cuts tried; at most 1, and at least
    /// the p value of a single cut.
    pub p_lausen_1994: f64,
    /// Cuts tried, ascending.
    pub cuts: Vec<f64>,
    /// Absolute standardized statistic of each.
    pub statistics: Vec<f64>,
    /// Log-rank score of each sample, in the order given.
    pub scores: Vec<f64>,
}

/// Log-rank scores (Hothorn and Lausen 2003; exactRankTests' `cscores(type = "LogRank")`).
///
/// a_i = event_i - sum over samples j with T_j <= T_i of event_j / (n - k_j + 1), k_j the number of
/// samples with times up to T_j.
///
/// # Errors
/// As [`super::kaplan_meier`].
pub fn log_rank_scores(time: &[f64], event: &[bool]) -> Result<Vec<f64>, SurvivalError> {
    check(time, event)?;
    let n = time.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| time[a].total_cmp(&time[b]));
    let mut scores = vec![0.0; n];
    let mut hazard = 0.0;
    let mut up_to = 0;
    for block in order.chunk_by(|&a, &b| time[a] == time[b]) {
        up_to += block.len();
        let d = block.iter().filter(|&&i| event[i]).count();
        hazard += d as f64 / (n - up_to + 1) as f64;
        for &i in block {
            scores[i] = f64::from(u8::from(event[i])) - hazard;
        }
    }
    Ok(scores)
}

/// Maximally selected log-rank statistic of a marker (maxstat's `maxstat.test` with `smethod =
/// "LogRank"`).
///
/// For each cut c that leaves m samples at or below it, with floor(n `lowest_share`) <= m <= floor(n
/// `highest_share`) and m >= 1: |S - E| / sqrt V, S the sum of the log-rank scores a of those
/// samples, E = m sum(a) / n, V = m (n - m) (n sum(a^2) - sum(a)^2) / (n^2 (n - 1)). The plain
/// p value of the log-rank test at the best cut is far too small, for the cut was picked by it; the
/// two p values here account for the search, approximately.
///
/// # Errors
/// As [`super::kaplan_meier`]; a marker that is not finite; shares that are not 0 < lowest < highest
/// < 1; no cut within the shares; no event, so that all scores are equal.
pub fn maximally_selected_log_rank(
    time: &[f64],
    event: &[bool],
    marker: &[f64],
    lowest_share: f64,
    highest_share: f64,
) -> Result<MaximallySelectedRank, SurvivalError> {
    let scores = log_rank_scores(time, event)?;
    let n = time.len();
    check_score(time, marker)?;
    if !(lowest_share > 0.0 && lowest_share < highest_share && highest_share < 1.0) {
        return Err(SurvivalError::BadSetting {
            setting: "the shares of the cut",
            problem: format!("{lowest_share} and {highest_share} are not 0 < lowest < highest < 1"),
        });
    }
    let size = n as f64;
    // sums in the order of the times, so that the order of the rows cannot matter
    let mut sorted = scores.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let sum: f64 = sorted.iter().sum();
    let squares: f64 = sorted.iter().map(|a| a * a).sum();
    let spread = size * squares - sum * sum;
    if !(event.iter().any(|e| *e) && spread > 0.0) {
        return Err(SurvivalError::NothingToCompare(
            "all samples have the same log-rank score, so no cut can be chosen",
        ));
    }
    let least = (size * lowest_share).floor().max(1.0) as usize;
    let most = (size * highest_share).floor() as usize;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| {
        marker[a]
            .total_cmp(&marker[b])
            .then(scores[a].total_cmp(&scores[b]))
    });
    let mut sizes = Vec::new();
    let mut cuts = Vec::new();
    let mut statistics = Vec::new();
    let (mut m, mut low) = (0, 0.0);
    for block in order.chunk_by(|&a, &b| marker[a] == marker[b]) {
        m += block.len();
        low += block.iter().map(|&i| scores[i]).sum::<f64>();
        if m < least || m > most || m == n {
            continue;
        }
        let share = m as f64;
        let variance = share * (size - share) / (size * size * (size - 1.0)) * spread;
        sizes.push(share);
        cuts.extend(block.first().map(|&i| marker[i]));
        statistics.push((low - share / size * sum).abs() / variance.sqrt());
    }
    let mut best: Option<(f64, f64)> = None;
    for (&cut, &statistic) in cuts.iter().zip(&statistics) {
        if best.is_none_or(|(_, b)| statistic > b) {
            best = Some((cut, statistic));
        }
    }
    let Some((cutpoint, statistic)) = best else {
        return Err(SurvivalError::NothingToCompare(
            "the marker has no cut within the shares asked for",
        ));
    };
    Ok(MaximallySelectedRank {
        cutpoint,
        statistic,
        p_lausen_1992: lausen_1992(statistic, lowest_share, highest_share),
        p_lausen_1994: lausen_1994(statistic, size, &sizes),
        cuts,
        statistics,
        scores,
    })
}

/// 4 f(b) / b + f(b) (b - 1/b) ln(high (1 - low) / ((1 - high) low)), f the normal density.
fn lausen_1992(b: f64, low: f64, high: f64) -> f64 {
    if b < 1.0 {
        return 1.0;
    }
    let density = normal_density(b);
    let odds = (high * (1.0 - low)) / ((1.0 - high) * low);
    (4.0 * density / b + density * (b - 1.0 / b) * odds.ln()).clamp(0.0, 1.0)
}

/// The p value of one cut plus a term for each pair of neighbouring cuts (an improved Bonferroni
/// bound). The terms expand chances in the distance t of the cuts; for a large b and distant cuts they
/// turn negative, which no chance can be, and then add nothing.
fn lausen_1994(b: f64, n: f64, sizes: &[f64]) -> f64 {
    let mut added = 0.0;
    for pair in sizes.windows(2) {
        if let [m1, m2] = pair {
            let t = (1.0 - m1 * (n - m2) / ((n - m1) * m2)).sqrt();
            added += (-b * b / 2.0).exp() / PI * (t - (b * b / 4.0 - 1.0) * (t * t * t) / 6.0);
        }
    }
    (normal_two_sided(b) + added.max(0.0)).min(1.0)
}
