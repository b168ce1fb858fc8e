//! The goodness-of-fit test of Hosmer and Lemeshow (1980).

use super::error::{CalibrationError, check};
use crate::describe::quantile_of_sorted;
use crate::distribution::chi_square_sf;
use serde::Serialize;

/// A group of samples with similar predicted probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationGroup {
    /// Lower end of the group's interval; belongs to it in the first group only.
    pub lower: f64,
    /// Upper end, belonging to the group.
    pub upper: f64,
    /// Number of samples.
    pub n: usize,
    /// Samples with the outcome.
    pub observed: usize,
    /// Sum of the predicted probabilities.
    pub expected: f64,
    /// Mean predicted probability (NaN in an empty group).
    pub mean_predicted: f64,
    /// Share with the outcome (NaN in an empty group).
    pub share_observed: f64,
}

/// The test's result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HosmerLemeshow {
    /// Groups by rising probability; these are also the points of a grouped calibration plot.
    pub groups: Vec<CalibrationGroup>,
    /// Sum over groups and outcomes of (observed - expected)^2 / expected.
    pub chi_square: f64,
    /// Groups - 2: for the samples on which the model was fitted.
    pub df: usize,
    /// Upper tail with `df`.
    pub p: f64,
    /// Number of groups: for samples that had no part in the fit.
    pub df_external: usize,
    /// Upper tail with `df_external`.
    pub p_external: f64,
}

/// Hosmer-Lemeshow test (`ResourceSelection::hoslem.test`).
///
/// Groups are cut at the distinct type-7 quantiles of the probabilities at 0, 1/g, ..., 1; intervals
/// are closed on the right, the first on both sides. Ties can thus leave fewer than `groups` groups.
/// With some hundred samples the power is low and the result depends on the grouping: a large p value
/// is no proof of calibration, see [`super::calibration`].
///
/// # Errors
/// Lengths that differ, entries that are not probabilities, one outcome only, or fewer than three
/// groups.
pub fn hosmer_lemeshow(
    outcome: &[bool],
    probability: &[f64],
    groups: usize,
) -> Result<HosmerLemeshow, CalibrationError> {
    check(outcome, probability)?;
    let too_few = |formed| CalibrationError::TooFewGroups {
        asked: groups,
        formed,
    };
    if groups < 3 || groups > probability.len() {
        return Err(too_few(groups.min(probability.len())));
    }
    let mut sorted = probability.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    // R's seq(0, 1, 1/g) multiplies the step, which rounds differently from k/g
    let step = 1.0 / groups as f64;
    let mut breaks: Vec<f64> = (0..=groups)
        .map(|k| quantile_of_sorted(&sorted, (k as f64 * step).min(1.0)))
        .collect();
    breaks.dedup();
    let formed = breaks.len() - 1;
    if formed < 3 {
        return Err(too_few(formed));
    }
    let mut list: Vec<CalibrationGroup> = breaks
        .windows(2)
        .map(|ends| CalibrationGroup::empty(ends[0], ends[1]))
        .collect();
    for (&p, &y) in probability.iter().zip(outcome) {
        // number of breaks below p, so that a value at a break falls into the lower group
        let below = breaks.partition_point(|b| *b < p);
        list[below.saturating_sub(1).min(formed - 1)].add(p, y);
    }
    of_groups(list).ok_or_else(|| too_few(formed))
}

/// Hosmer-Lemeshow test on groups of equal size.
///
/// Samples in ascending order of probability, ties in the order given, are dealt into groups: the
/// sample of rank i goes to group ceil(i g / n). Unlike [`hosmer_lemeshow`] this parts ties, so it
/// depends on the order of the samples where there are any; it is a common alternative.
///
/// # Errors
/// As [`hosmer_lemeshow`].
pub fn hosmer_lemeshow_equal_count(
    outcome: &[bool],
    probability: &[f64],
    groups: usize,
) -> Result<HosmerLemeshow, CalibrationError> {
    check(outcome, probability)?;
    let n = probability.len();
    let too_few = || CalibrationError::TooFewGroups {
        asked: groups,
        formed: groups.min(n),
    };
    if groups < 3 || groups > n {
        return Err(too_few());
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| probability[a].total_cmp(&probability[b]));
    let mut list: Vec<CalibrationGroup> = Vec::with_capacity(groups);
    for (place, &row) in order.iter().enumerate() {
        let p = probability[row];
        if ((place + 1) * groups).div_ceil(n) > list.len() {
            list.push(CalibrationGroup::empty(p, p));
        }
        if let Some(group) = list.last_mut() {
            group.upper = p;
            group.add(p, outcome[row]);
        }
    }
    of_groups(list).ok_or_else(too_few)
}

impl CalibrationGroup {
    fn empty(lower: f64, upper: f64) -> Self {
        Self {
            lower,
            upper,
            n: 0,
            observed: 0,
            expected: 0.0,
            mean_predicted: f64::NAN,
            share_observed: f64::NAN,
        }
    }

    fn add(&mut self, probability: f64, outcome: bool) {
        self.n += 1;
        self.observed += usize::from(outcome);
        self.expected += probability;
    }
}

/// The test on filled groups; `None` with fewer than three of them.
fn of_groups(mut groups: Vec<CalibrationGroup>) -> Option<HosmerLemeshow> {
    let mut chi_square = 0.0;
    let mut filled = 0;
    for group in groups.iter_mut().filter(|group| group.n > 0) {
        filled += 1;
        let (size, observed) = (group.n as f64, group.observed as f64);
        group.mean_predicted = group.expected / size;
        group.share_observed = observed / size;
        let distance = (observed - group.expected).powi(2);
        // with all probabilities 0 or 1 a term is 0/0 when right: it adds nothing then
        for e in [group.expected, size - group.expected] {
            if distance > 0.0 {
                chi_square += distance / e;
            }
        }
    }
    if filled < 3 {
        return None;
    }
    Some(HosmerLemeshow {
        groups,
        chi_square,
        df: filled - 2,
        p: chi_square_sf(chi_square, (filled - 2) as f64),
        df_external: filled,
        p_external: chi_square_sf(chi_square, filled as f64),
    })
}
