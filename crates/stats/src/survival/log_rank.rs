//! Comparing survival between groups.

use super::error::{SurvivalError, check};
use crate::distribution::chi_square_sf;
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// Result of [`log_rank`]; entry k of each list belongs to the k-th group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogRankTest {
    /// Group labels, ascending.
    pub groups: Vec<usize>,
    /// Samples.
    pub n: Vec<usize>,
    /// Events, weighted by S^rho.
    pub observed: Vec<f64>,
    /// Expected events, weighted by S^rho.
    pub expected: Vec<f64>,
    /// Covariance matrix of observed - expected.
    pub covariance: Vec<Vec<f64>>,
    /// Test statistic.
    pub chi_square: f64,
    /// Groups with an expectation above 0, minus 1.
    pub df: usize,
    /// Upper tail of chi-square.
    pub p: f64,
    /// Exponent of the weights.
    pub rho: f64,
}

/// Tests equality of survival in two or more groups (R's `survdiff`).
///
/// With weights S(t-)^rho, S the Kaplan-Meier curve of all samples of the stratum: rho = 0 is the
/// log-rank test, rho = 1 Peto and Peto's modification of the Wilcoxon test. `groups` holds a free
/// label for each sample. With `strata` (a label each) observed, expected and covariance are summed
/// over strata. Statistic: (O - E)' V^-1 (O - E) over all but the last group with an expectation.
///
/// # Errors
/// As [`super::kaplan_meier`]; fewer than two groups, no events, or a rho that is negative or not
/// finite.
pub fn log_rank(
    time: &[f64],
    event: &[bool],
    groups: &[usize],
    strata: Option<&[usize]>,
    rho: f64,
) -> Result<LogRankTest, SurvivalError> {
    check(time, event)?;
    for (what, list) in [
        ("the list of groups", Some(groups)),
        ("the list of strata", strata),
    ] {
        if let Some(list) = list
            && list.len() != time.len()
        {
            return Err(SurvivalError::Length {
                what,
                found: list.len(),
                expected: time.len(),
            });
        }
    }
    if !(rho.is_finite() && rho >= 0.0) {
        return Err(SurvivalError::BadSetting {
            setting: "rho",
            problem: format!("{rho} is not a finite number from 0"),
        });
    }
    let mut labels = groups.to_vec();
    labels.sort_unstable();
    labels.dedup();
    let k = labels.len();
    if k < 2 {
        return Err(SurvivalError::NothingToCompare(
            "all samples are in one group",
        ));
    }
    let group: Vec<usize> = groups
        .iter()
        .map(|g| labels.binary_search(g).unwrap_or_default())
        .collect();
    let mut order: Vec<usize> = (0..time.len()).collect();
    let stratum = |i: usize| strata.map_or(0, |s| s[i]);
    order.sort_by(|&a, &b| {
        stratum(a)
            .cmp(&stratum(b))
            .then(time[a].total_cmp(&time[b]))
    });

    let mut n = vec![0; k];
    for g in &group {
        n[*g] += 1;
    }
    let mut observed = vec![0.0; k];
    let mut expected = vec![0.0; k];
    let mut covariance = DMatrix::<f64>::zeros(k, k);
    let mut begin = 0;
    while begin < order.len() {
        let mut finish = begin;
        while finish < order.len() && stratum(order[finish]) == stratum(order[begin]) {
            finish += 1;
        }
        let members = &order[begin..finish];
        let mut at_risk = vec![0.0; k];
        for &i in members {
            at_risk[group[i]] += 1.0;
        }
        let mut survival = 1.0_f64;
        let mut start = 0;
        while start < members.len() {
            let now = time[members[start]];
            let mut end = start;
            let mut d_group = vec![0.0; k];
            let mut leaving = vec![0.0; k];
            while end < members.len() && time[members[end]] == now {
                let i = members[end];
                leaving[group[i]] += 1.0;
                if event[i] {
                    d_group[group[i]] += 1.0;
                }
                end += 1;
            }
            let r = (members.len() - start) as f64;
            let d: f64 = d_group.iter().sum();
            if d > 0.0 {
                let weight = if rho == 0.0 { 1.0 } else { survival.powf(rho) };
                for a in 0..k {
                    observed[a] += weight * d_group[a];
                    expected[a] += weight * d * at_risk[a] / r;
                    if r > 1.0 {
                        let part = weight * weight * d * (r - d) / (r - 1.0) * at_risk[a] / r;
                        for b in 0..k {
                            let same = if a == b { 1.0 } else { 0.0 };
                            covariance[(a, b)] += part * (same - at_risk[b] / r);
                        }
                    }
                }
                survival *= (r - d) / r;
            }
            for a in 0..k {
                at_risk[a] -= leaving[a];
            }
            start = end;
        }
        begin = finish;
    }
    let useful: Vec<usize> = (0..k).filter(|&a| expected[a] > 0.0).collect();
    if useful.len() < 2 {
        return Err(SurvivalError::NothingToCompare(
            "fewer than two groups are at risk at any event, so there is nothing to compare",
        ));
    }
    let df = useful.len() - 1;
    let kept = &useful[..df];
    let difference = DVector::from_iterator(df, kept.iter().map(|&a| observed[a] - expected[a]));
    let part = DMatrix::from_fn(df, df, |a, b| covariance[(kept[a], kept[b])]);
    let Some(factor) = part.cholesky() else {
        return Err(SurvivalError::NothingToCompare(
            "no event time has samples of every group at risk, so the covariance is singular",
        ));
    };
    let chi_square = difference.dot(&factor.solve(&difference));
    Ok(LogRankTest {
        groups: labels,
        n,
        observed,
        expected,
        covariance: (0..k)
            .map(|a| covariance.row(a).iter().copied().collect())
            .collect(),
        chi_square,
        df,
        p: chi_square_sf(chi_square, df as f64),
        rho,
    })
}

/// Log-rank test of two of several groups.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairwiseLogRank {
    /// Label of one group.
    pub first: usize,
    /// Label of the other, greater.
    pub second: usize,
    /// Test statistic with 1 degree of freedom; NaN if the two cannot be compared.
    pub chi_square: f64,
    /// Upper tail of chi-square, not adjusted for the number of pairs; NaN likewise.
    pub p: f64,
}

/// [`log_rank`] for each pair of groups, on the samples of the two alone (survminer's
/// `pairwise_survdiff`).
///
/// Pairs in the order of their labels. Pass the p values to [`crate::compare::p_adjust::p_adjust`].
///
/// # Errors
/// As [`log_rank`], but a pair that cannot be compared has NaN.
pub fn pairwise_log_rank(
    time: &[f64],
    event: &[bool],
    groups: &[usize],
    strata: Option<&[usize]>,
    rho: f64,
) -> Result<Vec<PairwiseLogRank>, SurvivalError> {
    let all = log_rank(time, event, groups, strata, rho)?;
    let mut out = Vec::new();
    for (place, &first) in all.groups.iter().enumerate() {
        for &second in all.groups.iter().skip(place + 1) {
            let rows: Vec<usize> = (0..time.len())
                .filter(|&i| groups[i] == first || groups[i] == second)
                .collect();
            let t: Vec<f64> = rows.iter().map(|&i| time[i]).collect();
            let e: Vec<bool> = rows.iter().map(|&i| event[i]).collect();
            let g: Vec<usize> = rows.iter().map(|&i| groups[i]).collect();
            let s: Option<Vec<usize>> = strata.map(|s| rows.iter().map(|&i| s[i]).collect());
            let (chi_square, p) = match log_rank(&t, &e, &g, s.as_deref(), rho) {
                Ok(test) => (test.chi_square, test.p),
                Err(SurvivalError::NothingToCompare(_)) => (f64::NAN, f64::NAN),
                Err(error) => return Err(error),
            };
            out.push(PairwiseLogRank {
                first,
                second,
                chi_square,
                p,
            });
        }
    }
    Ok(out)
}
