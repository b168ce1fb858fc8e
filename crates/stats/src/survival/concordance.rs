//! Harrell's concordance index.

use super::error::{SurvivalError, check, check_level, check_score};
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
/// ((N_i - C D_i) / D)^2). Two sweeps over the times with a tree of counts by score: O(n log n).
///
/// # Errors
/// As [`super::kaplan_meier`]; a score that is not finite; no comparable pair.
pub fn concordance(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    level: f64,
) -> Result<Concordance, SurvivalError> {
    Ok(with_influence(time, event, score, None, level)?.0)
}

/// [`concordance`] of pairs within strata only (R's `concordance` with `strata()`, and that of a
/// stratified `coxph`).
///
/// Pairs are summed over the strata, so that a stratum counts by its number of comparable pairs.
///
/// # Errors
/// As [`concordance`]; strata of another length.
pub fn stratified_concordance(
    time: &[f64],
    event: &[bool],
    score: &[f64],
    strata: &[usize],
    level: f64,
) -> Result<Concordance, SurvivalError> {
    Ok(with_influence(time, event, score, Some(strata), level)?.0)
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
    let (a, influence_a) = with_influence(time, event, first, None, level)?;
    let (b, influence_b) = with_influence(time, event, second, None, level)?;
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
    strata: Option<&[usize]>,
    level: f64,
) -> Result<(Concordance, Vec<f64>), SurvivalError> {
    check(time, event)?;
    let quantile = check_level(level)?;
    check_score(time, score)?;
    if let Some(strata) = strata
        && strata.len() != time.len()
    {
        return Err(SurvivalError::Length {
            what: "the list of strata",
            found: strata.len(),
            expected: time.len(),
        });
    }
    let Pairs {
        twice,
        pairs,
        concordant,
        discordant,
        tied_score,
        tied_time,
        tied_both,
    } = match strata {
        None => Pairs::count(time, event, score),
        Some(strata) => Pairs::count_within(time, event, score, strata),
    };
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

/// Counts of pairs, of each sample and in all.
struct Pairs {
    /// For each sample, twice the pairs in which it is concordant, ties counted half.
    twice: Vec<u64>,
    /// For each sample, the comparable pairs.
    pairs: Vec<u64>,
    concordant: u64,
    discordant: u64,
    tied_score: u64,
    tied_time: u64,
    tied_both: u64,
}

impl Pairs {
    /// The pairs of each stratum, put together.
    fn count_within(time: &[f64], event: &[bool], score: &[f64], strata: &[usize]) -> Self {
        let n = time.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&i| strata[i]);
        let mut out = Self {
            twice: vec![0; n],
            pairs: vec![0; n],
            concordant: 0,
            discordant: 0,
            tied_score: 0,
            tied_time: 0,
            tied_both: 0,
        };
        for members in order.chunk_by(|&a, &b| strata[a] == strata[b]) {
            let t: Vec<f64> = members.iter().map(|&i| time[i]).collect();
            let e: Vec<bool> = members.iter().map(|&i| event[i]).collect();
            let s: Vec<f64> = members.iter().map(|&i| score[i]).collect();
            let here = Self::count(&t, &e, &s);
            for ((&i, twice), pairs) in members.iter().zip(here.twice).zip(here.pairs) {
                out.twice[i] = twice;
                out.pairs[i] = pairs;
            }
            out.concordant += here.concordant;
            out.discordant += here.discordant;
            out.tied_score += here.tied_score;
            out.tied_time += here.tied_time;
            out.tied_both += here.tied_both;
        }
        out
    }

    fn count(time: &[f64], event: &[bool], score: &[f64]) -> Self {
        let n = time.len();
        let rank = dense_rank(score);
        let ranks = rank.iter().max().map_or(0, |r| r + 1);
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_unstable_by(|&a, &b| time[a].total_cmp(&time[b]));
        // samples of equal time, ascending; within each its events and its censorings
        let blocks: Vec<(Vec<usize>, Vec<usize>)> = order
            .chunk_by(|&a, &b| time[a] == time[b])
            .map(|block| block.iter().partition(|&&i| event[i]))
            .collect();
        let mut out = Self {
            twice: vec![0; n],
            pairs: vec![0; n],
            concordant: 0,
            discordant: 0,
            tied_score: 0,
            tied_time: 0,
            tied_both: 0,
        };
        // later samples seen from each event
        let mut later = Counts::new(ranks);
        for (events, censored) in blocks.iter().rev() {
            for &i in censored {
                later.add(rank[i]);
            }
            for &i in events {
                let (below, equal) = later.below_and_equal(rank[i]);
                out.concordant += below;
                out.tied_score += equal;
                out.discordant += later.total - below - equal;
                out.twice[i] += 2 * below + equal;
                out.pairs[i] += later.total;
            }
            let mut tied: Vec<usize> = events.iter().map(|&i| rank[i]).collect();
            tied.sort_unstable();
            let choose_two = |k: usize| (k as u64) * (k as u64).saturating_sub(1) / 2;
            let both: u64 = tied
                .chunk_by(|a, b| a == b)
                .map(|equal| choose_two(equal.len()))
                .sum();
            out.tied_both += both;
            out.tied_time += choose_two(events.len()) - both;
            for &i in events {
                later.add(rank[i]);
            }
        }
        // earlier events seen from each sample
        let mut earlier = Counts::new(ranks);
        for (events, censored) in &blocks {
            let look = |earlier: &Counts, members: &[usize], out: &mut Self| {
                for &i in members {
                    let (below, equal) = earlier.below_and_equal(rank[i]);
                    out.twice[i] += 2 * (earlier.total - below - equal) + equal;
                    out.pairs[i] += earlier.total;
                }
            };
            look(&earlier, events, &mut out);
            for &i in events {
                earlier.add(rank[i]);
            }
            look(&earlier, censored, &mut out);
        }
        out
    }
}

/// Position of each value among the distinct values.
fn dense_rank(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut rank = vec![0; values.len()];
    for (r, equal) in order.chunk_by(|&a, &b| values[a] == values[b]).enumerate() {
        for &i in equal {
            rank[i] = r;
        }
    }
    rank
}

/// How many samples were added of each rank: a binary indexed tree (Fenwick 1994), each step
/// O(log n).
struct Counts {
    tree: Vec<u64>,
    total: u64,
}

impl Counts {
    fn new(ranks: usize) -> Self {
        Self {
            tree: vec![0; ranks + 1],
            total: 0,
        }
    }

    fn add(&mut self, rank: usize) {
        self.total += 1;
        let mut k = rank + 1;
        while let Some(node) = self.tree.get_mut(k) {
            *node += 1;
            k += k & k.wrapping_neg();
        }
    }

    /// Number of samples added with a rank below `rank`.
    fn below(&self, rank: usize) -> u64 {
        let mut sum = 0;
        let mut k = rank;
        while k > 0 {
            sum += self.tree[k];
            k &= k - 1;
        }
        sum
    }

    fn below_and_equal(&self, rank: usize) -> (u64, u64) {
        let below = self.below(rank);
        (below, self.below(rank + 1) - below)
    }
}
