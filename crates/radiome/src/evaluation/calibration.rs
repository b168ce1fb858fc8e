//! Calibration and net benefit on one split.

use radiome_stats::calibration::{
    calibration as recalibrate, calibration_band, calibration_curve, hosmer_lemeshow,
};
use radiome_stats::decision_curve::decision_curve as net_benefit;
use radiome_stats::discrimination::proportion;
use rand_chacha::ChaCha8Rng;

use super::performance::{LEVEL, known};
use crate::results::{Calibration, CalibrationGroup, DecisionCurve, DecisionPoint, HosmerLemeshow};
use crate::validation::{Bootstrap, thresholds};

/// Patients from which on the Hosmer-Lemeshow test uses ten groups; below, five.
const ENOUGH_FOR_TENTHS: usize = 50;
/// Bootstrap samples of the band around a curve.
const BAND_SAMPLES: usize = 500;

/// Calibration of the rows that have a prediction; `None` where there is none. The generator draws
/// the samples of the band.
pub(super) fn calibration(
    outcome: &[bool],
    probability: &[f64],
    generator: &mut ChaCha8Rng,
) -> Option<Calibration> {
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
    let band = calibration_band(&class, &probability, LEVEL, BAND_SAMPLES, generator).ok();
    let defined = |value: f64| value.is_finite().then_some(value);
    let distance = |of: fn(&radiome_stats::calibration::CalibrationCurve) -> f64| {
        curve.as_ref().map(of).and_then(defined)
    };
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
        e50: distance(|curve| curve.e50),
        e90: distance(|curve| curve.e90),
        e_avg: distance(|curve| curve.e_avg),
        e_max: distance(|curve| curve.e_max),
        band: band
            .map(|band| {
                let limits = band.lower.iter().zip(&band.upper);
                limits
                    .map(|(&lower, &upper)| [defined(lower), defined(upper)])
                    .collect()
            })
            .unwrap_or_default(),
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
    let curve = net_benefit(&class, &probability, &thresholds()).ok()?;
    let points = (0..curve.thresholds.len()).map(|place| DecisionPoint {
        threshold: curve.thresholds[place],
        net_benefit: curve.net_benefit[place],
        treat_all: curve.treat_all[place],
    });
    Some(DecisionCurve {
        points: points.collect(),
    })
}

/// Net benefit of a training curve less its optimism: at each threshold the mean over bootstrap
/// samples of net benefit in the sample less that of the same fit in the original patients (Harrell's
/// optimism, applied to net benefit; Vickers and others 2008).
pub(super) fn optimism_corrected(
    apparent: &DecisionCurve,
    model: &str,
    bootstrap: &Bootstrap,
) -> Option<DecisionCurve> {
    let optimism = bootstrap.net_benefit_optimism(model)?;
    let points = apparent.points.iter().zip(optimism);
    let corrected = points.map(|(point, optimism)| DecisionPoint {
        net_benefit: point.net_benefit - optimism,
        ..*point
    });
    Some(DecisionCurve {
        points: corrected.collect(),
    })
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::*;
    use crate::validation::BootstrapSample;

    #[test]
    fn optimism_is_the_mean_excess_over_the_samples_that_have_one() {
        let sample = |optimism: &[f64]| BootstrapSample {
            apparent: IndexMap::new(),
            original: IndexMap::new(),
            net_benefit_optimism: IndexMap::from([("m".to_owned(), optimism.to_vec())]),
            selected: IndexMap::new(),
            redrawn: 0,
            lost: Vec::new(),
        };
        let bootstrap = Bootstrap {
            samples: vec![sample(&[0.25, 0.5]), sample(&[]), sample(&[0.75, -0.25])],
        };
        let point = |threshold, net_benefit| DecisionPoint {
            threshold,
            net_benefit,
            treat_all: 0.75,
        };
        let apparent = DecisionCurve {
            points: vec![point(0.25, 1.0), point(0.5, 0.5)],
        };
        let found = optimism_corrected(&apparent, "m", &bootstrap).unwrap();
        let net_benefit = |curve: &DecisionCurve| {
            let points = curve.points.iter();
            points.map(|point| point.net_benefit).collect::<Vec<_>>()
        };
        assert_eq!(net_benefit(&found), [0.5, 0.375]);
        assert_eq!(found.points[1].treat_all, 0.75);
        assert!(optimism_corrected(&apparent, "another", &bootstrap).is_none());
    }
}
