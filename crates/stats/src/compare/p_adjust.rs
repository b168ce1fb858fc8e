//! P values adjusted for the number of tests.

use super::CompareError;
use crate::describe::present;
use serde::{Deserialize, Serialize};

/// How P values are adjusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Adjustment {
    /// Holm (1979): family-wise error, no assumption; better than Bonferroni everywhere.
    Holm,
    /// Hochberg (1988): family-wise error for independent tests.
    Hochberg,
    /// Hommel (1988): family-wise error for independent tests; the most powerful of these.
    Hommel,
    /// Bonferroni: every P value times the number of tests.
    Bonferroni,
    /// Benjamini and Hochberg (1995): false discovery rate of independent tests.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli (2001): false discovery rate under any dependence.
    BenjaminiYekutieli,
    /// As they are.
    None,
}

/// Adjusted P values, in the order given. R: `p.adjust`.
///
/// With `p_(1) <= ... <= p_(n)`:
///
/// - Holm: `max over j <= i of (n - j + 1) p_(j)`
/// - Hochberg: `min over j >= i of (n - j + 1) p_(j)`
/// - Hommel: the largest level at which the closed test of Simes's tests keeps the hypothesis
/// - Bonferroni: `n p`
/// - Benjamini-Hochberg: `min over j >= i of n p_(j) / j`; Benjamini-Yekutieli: that times
///   `1 + 1/2 + ... + 1/n`
///
/// all of them at most one. A missing P value (NaN) stays missing and counts as no test.
///
/// # Errors
/// A P value outside 0 to 1.
pub fn p_adjust(p_values: &[f64], method: Adjustment) -> Result<Vec<f64>, CompareError> {
    let outside = |p: &f64| !p.is_nan() && !(0.0..=1.0).contains(p);
    if let Some(place) = p_values.iter().position(outside) {
        return Err(CompareError::NoProbability {
            place,
            found: p_values.get(place).copied().unwrap_or(f64::NAN),
        });
    }
    let mut order: Vec<usize> = (0..p_values.len())
        .filter(|&place| !p_values[place].is_nan())
        .collect();
    order.sort_by(|&i, &j| p_values[i].total_cmp(&p_values[j]));
    let mut sorted = present(p_values);
    sorted.sort_by(f64::total_cmp);
    let mut adjusted = vec![f64::NAN; p_values.len()];
    for (place, value) in order.into_iter().zip(of_sorted(&sorted, method)) {
        adjusted[place] = value.min(1.0);
    }
    Ok(adjusted)
}

fn of_sorted(p: &[f64], method: Adjustment) -> Vec<f64> {
    let n = p.len() as f64;
    let ranked = || p.iter().zip(1u32..).map(|(&p, rank)| (p, f64::from(rank)));
    match method {
        Adjustment::None => p.to_vec(),
        Adjustment::Bonferroni => p.iter().map(|p| n * p).collect(),
        Adjustment::Holm => {
            let mut largest = 0.0f64;
            ranked()
                .map(|(p, rank)| {
                    largest = largest.max((n - rank + 1.0) * p);
                    largest
                })
                .collect()
        }
        Adjustment::Hochberg => from_above(ranked().map(|(p, rank)| (n - rank + 1.0) * p)),
        Adjustment::BenjaminiHochberg => from_above(ranked().map(|(p, rank)| n / rank * p)),
        Adjustment::BenjaminiYekutieli => {
            let harmonic: f64 = ranked().map(|(_, rank)| 1.0 / rank).sum();
            from_above(ranked().map(|(p, rank)| harmonic * n / rank * p))
        }
        Adjustment::Hommel => hommel(p),
    }
}

/// Each value lowered to the smallest that follows.
fn from_above(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    let mut smallest = f64::INFINITY;
    for value in values.iter_mut().rev() {
        smallest = smallest.min(*value);
        *value = smallest;
    }
    values
}

/// Hommel's adjusted values of sorted P values, by the algorithm of Wright (Biometrics 48, 1992).
///
/// Among all sets of `m` hypotheses that hold a given one, Simes's test is least significant for
/// that one and the `m - 1` largest. So for each size `m` in turn: the bound from the `m - 1`
/// largest alone, and for a smaller P value the better of that bound and its own `m p`.
fn hommel(p: &[f64]) -> Vec<f64> {
    let n = p.len();
    let mut adjusted = p.to_vec();
    for size in (1..=n).rev() {
        let (few, many) = p.split_at(n + 1 - size);
        let m = size as f64;
        let bound = many
            .iter()
            .zip(2u32..)
            .map(|(p, rank)| m * p / f64::from(rank))
            .fold(f64::INFINITY, f64::min);
        let small: Vec<f64> = few.iter().map(|p| bound.min(m * p)).collect();
        // The one next to the largest ones bounds these too.
        let rest = small.last().copied().unwrap_or(bound);
        let values = small.into_iter().chain(std::iter::repeat(rest));
        for (value, of_size) in adjusted.iter_mut().zip(values) {
            *value = value.max(of_size);
        }
    }
    adjusted
}
