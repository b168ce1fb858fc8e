//! Calibration and net benefit on one split.

use radiome_stats::calibration::{calibration as recalibrate, calibration_curve, hosmer_lemeshow};
use radiome_stats::decision_curve::decision_curve as net_benefit;
use radiome_stats::discrimination::proportion;

use super::performance::{LEVEL, known};
use crate::results::{Calibration, CalibrationGroup, DecisionCurve, DecisionPoint, HosmerLemeshow};

/// Patients from which on the Hosmer-Lemeshow test uses ten groups; below, five.
const ENOUGH_FOR_TENTHS: usize = 50;

/// Calibration of the rows that have a prediction; `None` where there is none.
pub(super) fn calibration(outcome: &[bool], probability: &[f64]) -> Option<Calibration> {
    let (class, probability) = known(outcome, probability);
    if class.is_empty() {
        return None;
    }
    let groups = if class.len() >= ENOUGH_FOR_TENTHS {
        10
    } else {
        5
    };
    let test = hosmer_lemeshow(&class, &probability, groups).ok();
    let figures = recalibrate(&class, &probability, LEVEL).ok();
    let curve = calibration_curve(&class, &probability).ok();
    let defined = |value: f64| value.is_finite().then_some(value);
    let group = |group: &radiome_stats::calibration::CalibrationGroup| {
        let interval = proportion(group.observed, group.n, LEVEL)
            .ok()
            .and_then(|share| share.wilson);
        let (lower, upper) = interval.unzip();
        CalibrationGroup {
            n: group.n,
            predicted: group.mean_predicted,
            observed: group.share_observed,
            ci: [lower, upper],
        }
    };
    Some(Calibration {
        n: class.len(),
        groups: test
            .iter()
            .flat_map(|test| &test.groups)
            .map(group)
            .collect(),
        hosmer_lemeshow: test.filter(|test| test.chi_square.is_finite()).map(|test| {
            HosmerLemeshow {
                chi_square: test.chi_square,
                df: test.df as f64,
                p_value: test.p,
            }
        }),
        intercept: figures
            .as_ref()
            .and_then(|figures| defined(figures.intercept)),
        slope: figures.as_ref().and_then(|figures| defined(figures.slope)),
        calibration_in_the_large: figures
            .as_ref()
            .and_then(|figures| defined(figures.in_the_large)),
        brier: figures.as_ref().and_then(|figures| defined(figures.brier)),
        brier_scaled: figures
            .as_ref()
            .and_then(|figures| defined(figures.brier_scaled)),
        curve: curve
            .map(|curve| {
                curve
                    .predicted
                    .iter()
                    .zip(&curve.observed)
                    .map(|(&p, &o)| [p, o])
                    .collect()
            })
            .unwrap_or_default(),
        predicted: probability,
        observed: class,
    })
}

/// Net benefit over threshold probabilities of 0.01 to 0.99; `None` without any prediction.
pub(super) fn decision_curve(outcome: &[bool], probability: &[f64]) -> Option<DecisionCurve> {
    let (class, probability) = known(outcome, probability);
    let thresholds: Vec<f64> = (1..100).map(|percent| f64::from(percent) / 100.0).collect();
    let curve = net_benefit(&class, &probability, &thresholds).ok()?;
    let points = (0..thresholds.len()).map(|place| DecisionPoint {
        threshold: curve.thresholds[place],
        net_benefit: curve.net_benefit[place],
        treat_all: curve.treat_all[place],
    });
    Some(DecisionCurve {
        points: points.collect(),
    })
}
