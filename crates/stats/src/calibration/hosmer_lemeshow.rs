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
    let mut counts = vec![(0_usize, 0_usize, 0.0_f64); formed];
    for (&p, &y) in probability.iter().zip(outcome) {
        // number of breaks below p, so that a value at a break falls into the lower group
        let below = breaks.partition_point(|b| *b < p);
        let group = &mut counts[below.saturating_sub(1).min(formed - 1)];
        group.0 += 1;
        group.1 += usize::from(y);
        group.2 += p;
    }
    let mut chi_square = 0.0;
    let mut list = Vec::with_capacity(formed);
    let mut filled = 0;
    for (g, &(n, observed, expected)) in counts.iter().enumerate() {
        let size = n as f64;
        if n > 0 {
            filled += 1;
            let distance = (observed as f64 - expected).powi(2);
            // with all probabilities 0 or 1 a term is 0/0 when right: it adds nothing then
            for e in [expected, size - expected] {
                if distance > 0.0 {
                    chi_square += distance / e;
                }
            }
        }
        list.push(CalibrationGroup {
            lower: breaks[g],
            upper: breaks[g + 1],
            n,
            observed,
            expected,
            mean_predicted: expected / size,
            share_observed: observed as f64 / size,
        });
    }
    if filled < 3 {
        return Err(too_few(filled));
    }
    Ok(HosmerLemeshow {
        groups: list,
        chi_square,
        df: filled - 2,
        p: chi_square_sf(chi_square, (filled - 2) as f64),
        df_external: filled,
        p_external: chi_square_sf(chi_square, filled as f64),
    })
}
