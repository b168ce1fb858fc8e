//! Odds ratios against their intervals, their P values and the counts they come from.

use super::PrintedP;
use super::interval::{Lean, PrintedInterval};
use crate::compare::contingency_table::ContingencyTable;
use crate::compare::fisher_exact::fisher_exact;
use crate::compare::{Alternative, CompareError};
use crate::distribution::{normal_two_sided, normal_upper_quantile};
use crate::regression::logistic_regression;
use nalgebra::DMatrix;
use serde::Serialize;

/// The largest table that is written out patient by patient for a slope.
const MOST_PATIENTS: u64 = 100_000;

/// P values that an odds ratio and its interval allow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ImpliedP {
    /// By Wald from the width of the interval on the logarithmic scale.
    pub wald: f64,
    /// The smallest, from the shorter half of the interval and the most lenient rounding.
    pub lowest: f64,
    /// The largest, from the longer half.
    pub highest: f64,
}

/// The P values of no effect that an odds ratio and its confidence interval imply.
///
/// Each half of the interval on the logarithmic scale is z standard errors long. Both halves of a
/// Wald interval agree; those of a profile likelihood's do not, and the Wald and likelihood-ratio
/// P values lie between what the two halves imply. Rounding widens the range further. `None` where
/// a number is not positive, or the limits are not in order.
#[must_use]
pub fn implied_p(ratio: &PrintedInterval, level: f64) -> Option<ImpliedP> {
    let (e, l, u) = (ratio.estimate, ratio.lower, ratio.upper);
    if !(e.value > 0.0 && l.value > 0.0 && l.value < e.value && e.value < u.value) {
        return None;
    }
    let quantile = normal_upper_quantile((1.0 - level) / 2.0);
    let tiny = f64::MIN_POSITIVE;
    let ends =
        |number: super::PrintedNumber| [number.lowest().max(tiny).ln(), number.highest().ln()];
    let (mut least, mut most) = (f64::INFINITY, 0.0f64);
    for estimate in ends(e) {
        for (side, limits) in [(1.0, ends(l)), (-1.0, ends(u))] {
            for limit in limits {
                let half = side * (estimate - limit);
                // rounded to nothing: any P value is possible
                let z = if half > 0.0 {
                    quantile * estimate.abs() / half
                } else {
                    f64::INFINITY
                };
                least = least.min(z);
                most = most.max(z);
            }
        }
    }
    if e.lowest() <= 1.0 && e.highest() >= 1.0 {
        least = 0.0;
    }
    let error = (u.value.ln() - l.value.ln()) / (2.0 * quantile);
    Some(ImpliedP {
        wald: normal_two_sided(e.value.ln() / error),
        lowest: normal_two_sided(most),
        highest: normal_two_sided(least),
    })
}

/// The implied P values where they exclude the printed one.
#[must_use]
pub fn excluded_p(ratio: &PrintedInterval, printed: PrintedP, level: f64) -> Option<ImpliedP> {
    let implied = implied_p(ratio, level)?;
    (!printed.admits(implied.lowest, implied.highest)).then_some(implied)
}

/// Rows whose interval is not symmetric on the logarithmic scale and has no excuse for it.
///
/// Profile-likelihood intervals reach farther away from 1 than towards it. An interval that leans
/// towards 1 by a tenth of its width is at fault; one that leans away is so only if at least three
/// others, and at least three in four of the table, are symmetric to the printed digits.
#[must_use]
pub fn leaning_ratios(ratios: &[PrintedInterval]) -> Vec<usize> {
    let symmetric = ratios.iter().filter(|r| !r.leans_at_all_as_ratio()).count();
    let usual = symmetric >= 3 && 4 * symmetric >= 3 * ratios.len();
    let at_fault = |ratio: &PrintedInterval| {
        let lean = ratio.lean_of_ratio();
        let away = if ratio.estimate.value >= 1.0 {
            Lean::Above
        } else {
            Lean::Below
        };
        lean != Lean::Symmetric && (usual || lean != away)
    };
    let rows = ratios.iter().enumerate();
    rows.filter(|(_, ratio)| at_fault(ratio))
        .map(|(place, _)| place)
        .collect()
}

/// How the levels of a variable are turned into numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    /// One level against the other.
    TwoLevels,
    /// One level, by its place from 0, against the first.
    AgainstFirst(usize),
    /// This level, by its place from 0, and those after it against those before.
    FromLevel(usize),
    /// 1, 2, 3, ...: the ratio of one step.
    Step,
}

/// A crude odds ratio of the second group against the first, with Wald's limits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CrudeOddsRatio {
    /// Coding of the levels.
    pub coding: Coding,
    /// Odds ratio.
    pub odds_ratio: f64,
    /// Lower Wald limit.
    pub lower: f64,
    /// Upper Wald limit.
    pub upper: f64,
    /// Two-sided Wald P value.
    pub p_value: f64,
    /// Conditional maximum-likelihood estimate (R's `fisher.test`), of fourfold tables.
    pub conditional: Option<f64>,
}

impl CrudeOddsRatio {
    /// The same with the levels the other way round.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self {
            odds_ratio: 1.0 / self.odds_ratio,
            lower: 1.0 / self.upper,
            upper: 1.0 / self.lower,
            conditional: self.conditional.map(|ratio| 1.0 / ratio),
            ..*self
        }
    }
}

/// The crude odds ratios that a variable's counts (levels in rows, the two groups in columns) give,
/// one for each usual coding of its levels: the model `group ~ variable` of R's `glm(binomial)`.
///
/// A fourfold table with an empty cell has 1/2 added to each. Limits and P value are Wald's.
#[must_use]
pub fn crude_odds_ratios(table: &ContingencyTable, level: f64) -> Vec<CrudeOddsRatio> {
    let counts = table.counts();
    let pairs: Vec<[u64; 2]> = counts
        .iter()
        .filter_map(|row| match row.as_slice() {
            &[first, second] => Some([first, second]),
            _ => None,
        })
        .collect();
    let [first, .., last] = pairs.as_slice() else {
        return Vec::new();
    };
    if pairs.len() != counts.len() {
        return Vec::new();
    }
    if pairs.len() == 2 {
        return vec![fourfold(*first, *last, Coding::TwoLevels, level)];
    }
    let mut ratios: Vec<CrudeOddsRatio> = slope(&pairs, level).into_iter().collect();
    for (place, &row) in pairs.iter().enumerate().skip(1) {
        let (before, after) = pairs.split_at(place);
        let sum = |rows: &[[u64; 2]]| rows.iter().fold([0, 0], |[a, b], [c, d]| [a + c, b + d]);
        ratios.push(fourfold(
            sum(before),
            sum(after),
            Coding::FromLevel(place),
            level,
        ));
        ratios.push(fourfold(*first, row, Coding::AgainstFirst(place), level));
    }
    ratios
}

/// `(d / c) / (b / a)` of the rows `[a, b]`, without, and `[c, d]`, with what is counted.
fn fourfold(without: [u64; 2], with: [u64; 2], coding: Coding, level: f64) -> CrudeOddsRatio {
    let empty = without.contains(&0) || with.contains(&0);
    let added = if empty { 0.5 } else { 0.0 };
    let [a, b] = without.map(|count| count as f64 + added);
    let [c, d] = with.map(|count| count as f64 + added);
    let log = (d / c).ln() - (b / a).ln();
    let error = (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt();
    let half = normal_upper_quantile((1.0 - level) / 2.0) * error;
    let conditional = ContingencyTable::new(&[without.to_vec(), with.to_vec()])
        .and_then(|table| fisher_exact(&table, Alternative::TwoSided, level));
    CrudeOddsRatio {
        coding,
        odds_ratio: log.exp(),
        lower: (log - half).exp(),
        upper: (log + half).exp(),
        p_value: normal_two_sided(log / error),
        conditional: conditional.ok().map(|found| found.odds_ratio),
    }
}

/// The odds ratio of one step along the levels.
fn slope(pairs: &[[u64; 2]], level: f64) -> Option<CrudeOddsRatio> {
    let total: u64 = pairs.iter().flatten().sum();
    if total > MOST_PATIENTS {
        return None;
    }
    let (mut score, mut outcome) = (Vec::new(), Vec::new());
    for (step, pair) in (1u32..).zip(pairs) {
        for (group, &count) in pair.iter().enumerate() {
            for _ in 0..count {
                score.push(f64::from(step));
                outcome.push(group == 1);
            }
        }
    }
    let x = DMatrix::from_column_slice(score.len(), 1, &score);
    let model = logistic_regression(&x, &outcome, level).ok()?;
    let found = model.coefficients.last()?;
    found.p.is_finite().then_some(CrudeOddsRatio {
        coding: Coding::Step,
        odds_ratio: found.odds_ratio,
        lower: found.odds_ratio_lower,
        upper: found.odds_ratio_upper,
        p_value: found.p,
        conditional: None,
    })
}

/// Steps of 80 ns that [`crude_odds_ratios`] takes for each patient and coding: some 25 sums over the
/// possible fourfold tables.
const STEPS_PER_PATIENT: u64 = 3;

/// The crude odds ratio nearest to a printed one where none is printed so; the levels may be either
/// way round.
///
/// # Errors
/// Finding it would take more than so many `steps`, of some 80 ns each.
pub fn differing_crude(
    table: &ContingencyTable,
    printed: super::PrintedNumber,
    level: f64,
    steps: u64,
) -> Result<Option<CrudeOddsRatio>, CompareError> {
    let codings = 2 * table.rows() as u64;
    let cost = table.total().saturating_mul(codings * STEPS_PER_PATIENT);
    if cost > steps {
        return Err(CompareError::TooMuchWork {
            test: "the crude odds ratio",
            limit: steps,
        });
    }
    if printed.value <= 0.0 {
        return Ok(None);
    }
    let ratios: Vec<CrudeOddsRatio> = crude_odds_ratios(table, level)
        .into_iter()
        .flat_map(|ratio| [ratio, ratio.inverse()])
        .collect();
    let agrees = |ratio: &CrudeOddsRatio| {
        printed.rounds(ratio.odds_ratio) || ratio.conditional.is_some_and(|c| printed.rounds(c))
    };
    if ratios.iter().any(agrees) {
        return Ok(None);
    }
    let distance = |ratio: &CrudeOddsRatio| (ratio.odds_ratio.ln() - printed.value.ln()).abs();
    let nearest = ratios.into_iter();
    Ok(nearest.min_by(|a, b| distance(a).total_cmp(&distance(b))))
}
