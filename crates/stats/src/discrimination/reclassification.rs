//! What a new model changes: net reclassification and integrated discrimination improvement.

use super::classes::members;
use super::delong::{check_level, statistic};
use super::error::{DiscriminationError, check};
use crate::describe::{mean, variance};
use crate::distribution::normal_two_sided;
use serde::Serialize;

/// The net share of a class that moves in the right direction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NetMoves {
    /// Share whose risk rises.
    pub up: f64,
    /// Share whose risk falls.
    pub down: f64,
    /// Up less down among cases, down less up among controls.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Estimate over standard error.
    pub z: f64,
}

/// A net reclassification improvement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NetReclassification {
    /// Sum of the net shares of cases and controls, from -2 to 2.
    pub estimate: f64,
    /// Standard error (`Hmisc::improveProb`).
    pub standard_error: f64,
    /// Lower confidence limit, by the normal distribution.
    pub lower: f64,
    /// Upper confidence limit.
    pub upper: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided p value by the normal distribution.
    pub p: f64,
    /// Standard error if the estimate is truly 0 (Pencina 2008).
    pub null_standard_error: f64,
    /// Estimate over that error: the test of 2008.
    pub null_z: f64,
    /// Two-sided p value of that test.
    pub null_p: f64,
    /// Cases.
    pub cases: NetMoves,
    /// Controls.
    pub controls: NetMoves,
    /// Confidence level.
    pub level: f64,
}

/// An integrated discrimination improvement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct IntegratedDiscrimination {
    /// Gain in the mean risk of cases over that of controls.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower confidence limit, by the normal distribution.
    pub lower: f64,
    /// Upper confidence limit.
    pub upper: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided p value by the normal distribution.
    pub p: f64,
    /// Rise of the mean risk of cases.
    pub sensitivity_gain: f64,
    /// Fall of the mean risk of controls.
    pub specificity_gain: f64,
    /// Confidence level.
    pub level: f64,
}

/// How samples move between categories: `table[i][j]` counts those from category i to category j.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReclassificationTable {
    /// Cases.
    pub cases: Vec<Vec<usize>>,
    /// Controls.
    pub controls: Vec<Vec<usize>>,
}

/// Checks risks of two models and the sizes of the classes.
fn check_risks(class: &[bool], from: &[f64], to: &[f64]) -> Result<(), DiscriminationError> {
    const NEEDED: usize = 2;
    for risk in [from, to] {
        check(class, risk)?;
        if let Some(index) = risk.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(DiscriminationError::NotProbability {
                index,
                value: risk[index],
            });
        }
    }
    let cases = class.iter().filter(|case| **case).count();
    let controls = class.len() - cases;
    if cases < NEEDED || controls < NEEDED {
        return Err(DiscriminationError::TooFew {
            cases,
            controls,
            needed: NEEDED,
        });
    }
    Ok(())
}

fn check_cuts(cuts: &[f64]) -> Result<(), DiscriminationError> {
    let inside = cuts.iter().all(|cut| *cut > 0.0 && *cut < 1.0);
    let rising = cuts.windows(2).all(|pair| pair[0] < pair[1]);
    if inside && rising && !cuts.is_empty() {
        Ok(())
    } else {
        Err(DiscriminationError::BadCuts {
            cuts: cuts.to_vec(),
        })
    }
}

/// Number of cut-offs at or below a risk.
fn category(cuts: &[f64], risk: f64) -> usize {
    cuts.partition_point(|cut| *cut <= risk)
}

/// Net reclassification improvement of the risks `to` over the risks `from`
/// (`Hmisc::improveProb`).
///
/// With u and d the shares whose risk rises and falls: u - d of the cases plus d - u of the
/// controls. Without `cuts` every change of risk counts (continuous, or category-free). With `cuts`
/// a change of category counts; a risk at a cut-off belongs to the category above it. Variance: the
/// sum over the classes of (u + d - (u - d)^2) / size; if nothing truly changes, of (u + d) / size
/// (Pencina 2008). The continuous form credits noise that spreads the risks: read it beside the
/// change of the AUC.
///
/// # Errors
/// Lengths that differ, risks that are not probabilities, fewer than two of a class, cut-offs that do
/// not rise between 0 and 1, a bad level.
pub fn net_reclassification(
    class: &[bool],
    from: &[f64],
    to: &[f64],
    cuts: Option<&[f64]>,
    level: f64,
) -> Result<NetReclassification, DiscriminationError> {
    let quantile = check_level(level)?;
    check_risks(class, from, to)?;
    if let Some(cuts) = cuts {
        check_cuts(cuts)?;
    }
    let rises = |old: f64, new: f64| match cuts {
        Some(cuts) => category(cuts, new) > category(cuts, old),
        None => new > old,
    };
    // up and down of controls and cases
    let (mut moves, mut sizes) = ([[0_usize; 2]; 2], [0_usize; 2]);
    for (&case, (&old, &new)) in class.iter().zip(from.iter().zip(to)) {
        let side = usize::from(case);
        sizes[side] += 1;
        moves[side][0] += usize::from(rises(old, new));
        moves[side][1] += usize::from(rises(new, old));
    }
    let net = |side: usize, sign: f64| {
        let n = sizes[side] as f64;
        let [up, down] = moves[side].map(|count| count as f64 / n);
        let (moved, shift) = (up + down, up - down);
        let variance = (moved - shift * shift) / n;
        let estimate = sign * shift;
        let standard_error = variance.max(0.0).sqrt();
        let moves = NetMoves {
            up,
            down,
            estimate,
            standard_error,
            z: statistic(estimate, standard_error),
        };
        (moves, variance, moved / n)
    };
    let (controls, v0, null0) = net(0, -1.0);
    let (cases, v1, null1) = net(1, 1.0);
    let estimate = cases.estimate + controls.estimate;
    let standard_error = (v0 + v1).max(0.0).sqrt();
    let null_standard_error = (null0 + null1).sqrt();
    let z = statistic(estimate, standard_error);
    let null_z = statistic(estimate, null_standard_error);
    Ok(NetReclassification {
        estimate,
        standard_error,
        lower: estimate - quantile * standard_error,
        upper: estimate + quantile * standard_error,
        z,
        p: normal_two_sided(z),
        null_standard_error,
        null_z,
        null_p: normal_two_sided(null_z),
        cases,
        controls,
        level,
    })
}

/// Counts of the moves between the categories that `cuts` part.
///
/// # Errors
/// As [`net_reclassification`].
pub fn reclassification_table(
    class: &[bool],
    from: &[f64],
    to: &[f64],
    cuts: &[f64],
) -> Result<ReclassificationTable, DiscriminationError> {
    check_risks(class, from, to)?;
    check_cuts(cuts)?;
    let empty = vec![vec![0; cuts.len() + 1]; cuts.len() + 1];
    let (mut cases, mut controls) = (empty.clone(), empty);
    for (&case, (&old, &new)) in class.iter().zip(from.iter().zip(to)) {
        let table = if case { &mut cases } else { &mut controls };
        table[category(cuts, old)][category(cuts, new)] += 1;
    }
    Ok(ReclassificationTable { cases, controls })
}

/// Integrated discrimination improvement of the risks `to` over the risks `from`
/// (`Hmisc::improveProb`).
///
/// With d the change of risk: mean d of the cases less mean d of the controls; variance: the sum
/// over the classes of var(d) / size, with divisor size - 1.
///
/// # Errors
/// Lengths that differ, risks that are not probabilities, fewer than two of a class, a bad level.
pub fn integrated_discrimination(
    class: &[bool],
    from: &[f64],
    to: &[f64],
    level: f64,
) -> Result<IntegratedDiscrimination, DiscriminationError> {
    let quantile = check_level(level)?;
    check_risks(class, from, to)?;
    let changes: Vec<f64> = from.iter().zip(to).map(|(old, new)| new - old).collect();
    let cases = members(&changes, class, true);
    let controls = members(&changes, class, false);
    let (sensitivity_gain, specificity_gain) = (mean(&cases), -mean(&controls));
    let estimate = sensitivity_gain + specificity_gain;
    let of_mean = |changes: &[f64]| variance(changes) / changes.len() as f64;
    let standard_error = (of_mean(&cases) + of_mean(&controls)).sqrt();
    let z = statistic(estimate, standard_error);
    Ok(IntegratedDiscrimination {
        estimate,
        standard_error,
        lower: estimate - quantile * standard_error,
        upper: estimate + quantile * standard_error,
        z,
        p: normal_two_sided(z),
        sensitivity_gain,
        specificity_gain,
        level,
    })
}
