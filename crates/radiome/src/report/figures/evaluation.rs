//! ROC curves, calibration, decision curves.

use radiome_figures::Theme;
use radiome_figures::figure::calibration::{
    Calibration, CalibrationGroup, CalibrationModel, CalibrationPanel, CalibrationPoint,
    calibration,
};
use radiome_figures::figure::decision_curve::{
    DecisionCurve, DecisionCurvePanel, NetBenefit, decision_curve,
};
use radiome_figures::figure::roc::{Roc, RocCurve, RocPanel, roc};

use super::super::format::{is_empty_model, model, models, split_order, the_model};
use super::{Drawn, INTERVAL, beside, estimate, heading, limits};
use crate::results::{self, Results, RocPoint};

/// With fewer patients of a class a smoothed calibration curve follows single patients; its points
/// are in the tables all the same.
const FEWEST_FOR_A_CURVE: usize = 10;

pub(super) fn roc_curves(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    for key in ["train", "cross_validated", "external"] {
        let mut curves = Vec::new();
        for name in models(results) {
            if is_empty_model(results, name) {
                continue;
            }
            let curve = if key == "cross_validated" {
                results.internal_validation.get(name).and_then(|one| {
                    let auc = one.cross_validated.as_ref();
                    let auc = auc.and_then(|auc| estimate(auc.estimate, auc.ci));
                    Some(roc_curve(name, &one.resampled.as_ref()?.roc, auc))
                })
            } else {
                let one = results
                    .performance
                    .get(name)
                    .and_then(|splits| splits.get(key));
                one.map(|one| roc_curve(name, &one.roc, estimate(one.auc, one.ci)))
            };
            curves.extend(curve.filter(|curve| !curve.false_positive_rate.is_empty()));
        }
        if curves.is_empty() {
            continue;
        }
        let (title, caption) = match key {
            "train" => (
                "ROC curves: apparent (training patients)",
                "The patients that the models were fitted on; too hopeful.",
            ),
            "cross_validated" => (
                "ROC curves: cross-validated",
                "Average over the test folds of the cross-validation: patients left out of the fit.",
            ),
            _ => (
                "ROC curves: external patients",
                "Patients whose outcome no step of learning has seen.",
            ),
        };
        let counts = results
            .cohort
            .analysed
            .get(if key == "external" { key } else { "train" });
        let panel = RocPanel {
            name: heading(key, counts),
            curves,
        };
        let data = Roc {
            interval: INTERVAL.to_owned(),
            panels: vec![panel],
        };
        drawn.add(format!("roc/{key}"), title, caption, roc(&data, theme));
    }
}

fn roc_curve(name: &str, points: &[RocPoint], auc: Option<radiome_figures::Estimate>) -> RocCurve {
    RocCurve {
        name: model(name),
        false_positive_rate: points
            .iter()
            .map(|point| point.one_minus_specificity)
            .collect(),
        true_positive_rate: points.iter().map(|point| point.sensitivity).collect(),
        auc,
        band: None,
    }
}

pub(super) fn calibration_curves(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    for name in models(results) {
        if is_empty_model(results, name) {
            continue;
        }
        let Some(splits) = results.calibration.get(name) else {
            continue;
        };
        let mut keys: Vec<&String> = splits.keys().collect();
        keys.sort_by_key(|key| split_order(key));
        let panels: Vec<CalibrationPanel> = keys
            .into_iter()
            .filter_map(|key| {
                let one = splits.get(key)?;
                Some(CalibrationPanel {
                    name: if key == "train" {
                        format!("Training, apparent (n = {})", one.n)
                    } else {
                        format!("{} (n = {})", heading(key, None), one.n)
                    },
                    models: vec![calibration_model(one)],
                })
            })
            .collect();
        if panels.is_empty() {
            continue;
        }
        let theme = beside(theme, panels.len());
        let data = Calibration {
            interval: INTERVAL.to_owned(),
            panels,
        };
        drawn.add(
            format!("calibration/{name}"),
            format!("Calibration: {}", in_title(name)),
            format!(
                "Observed share of positive patients against predicted probability: smoothed curve \
                 (none where a class has fewer than {FEWEST_FOR_A_CURVE} patients) with a pointwise 95% \
                 band, by the bootstrap of the patients, and groups of patients with 95% intervals. Below each panel the distribution of the \
                 predictions. Apparent: the patients that the model was fitted on."
            ),
            calibration(&data, &theme),
        );
    }
}

/// A model after a colon.
fn in_title(name: &str) -> String {
    let text = the_model(name);
    text.strip_prefix("the ")
        .map_or(text.clone(), str::to_owned)
}

fn calibration_model(one: &results::Calibration) -> CalibrationModel {
    let alone = |value: Option<f64>| estimate(value, [None, None]);
    let positive = one.observed.iter().filter(|&&positive| positive).count();
    let fewest = positive.min(one.observed.len() - positive);
    let curve = if fewest < FEWEST_FOR_A_CURVE {
        &[]
    } else {
        one.curve.as_slice()
    };
    CalibrationModel {
        name: "Model".to_owned(),
        curve: curve
            .iter()
            .enumerate()
            .map(|(place, &[predicted, observed])| CalibrationPoint {
                predicted,
                observed,
                interval: one.band.get(place).copied().and_then(limits),
            })
            .collect(),
        groups: one
            .groups
            .iter()
            .map(|group| CalibrationGroup {
                predicted: group.predicted,
                observed: group.observed,
                interval: limits(group.ci),
            })
            .collect(),
        predicted: one.predicted.clone(),
        // The figure's intercept is calibration in the large.
        intercept: alone(one.calibration_in_the_large),
        slope: alone(one.slope),
        hosmer_lemeshow_p: one.hosmer_lemeshow.as_ref().map(|test| test.p_value),
        brier: one.brier,
    }
}

pub(super) fn decision_curves(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    for key in ["train", "optimism_corrected", "cross_validated", "external"] {
        let curves: Vec<(&str, &results::DecisionCurve)> = models(results)
            .into_iter()
            .filter(|name| !is_empty_model(results, name))
            .filter_map(|name| Some((name, results.decision_curve.get(name)?.get(key)?)))
            .filter(|(_, curve)| !curve.points.is_empty())
            .collect();
        let Some((_, first)) = curves.first() else {
            continue;
        };
        let thresholds: Vec<f64> = first.points.iter().map(|point| point.threshold).collect();
        let models = curves
            .iter()
            .map(|(name, curve)| NetBenefit {
                name: model(name),
                net_benefit: thresholds
                    .iter()
                    .map(|&threshold| {
                        let point = curve
                            .points
                            .iter()
                            .find(|point| point.threshold == threshold);
                        point.map_or(f64::NAN, |point| point.net_benefit)
                    })
                    .collect(),
            })
            .collect();
        let counts = results
            .cohort
            .analysed
            .get(if key == "external" { key } else { "train" });
        let panel = DecisionCurvePanel {
            name: heading(key, counts),
            treat_all: first.points.iter().map(|point| point.treat_all).collect(),
            threshold_probability: thresholds,
            models,
        };
        let title = match key {
            "train" => "Decision curves: apparent (training patients)",
            "optimism_corrected" => "Decision curves: training patients, corrected for optimism",
            "cross_validated" => "Decision curves: cross-validated predictions",
            _ => "Decision curves: external patients",
        };
        drawn.add(
            format!("decision_curve/{key}"),
            title,
            match key {
                "train" => "The patients that the models were fitted on; too hopeful.",
                "optimism_corrected" => {
                    "The apparent net benefit less its mean excess over bootstrap samples, in which \
                     every step was learnt again."
                }
                "cross_validated" => "Predictions for patients left out of the fit.",
                _ => "Patients whose outcome no step of learning has seen.",
            },
            decision_curve(
                &DecisionCurve {
                    panels: vec![panel],
                },
                theme,
            ),
        );
    }
}
