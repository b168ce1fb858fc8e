//! ROC curves, calibration, decision curves.

use radiome_figures::Theme;
use radiome_figures::figure::calibration::{
    Calibration, CalibrationGroup, CalibrationModel, CalibrationPanel, CalibrationPoint,
    calibration,
};
use radiome_figures::figure::decision_curve::{
    DecisionCurve, DecisionCurvePanel, NetBenefit, decision_curve,
};
use radiome_figures::figure::roc::{Roc, RocBand, RocCurve, RocPanel, roc};

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

/// Each model in a panel of its own with its confidence band, as several bands in one panel would
/// hide each other.
pub(super) fn roc_bands(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    for key in ["train", "external"] {
        let mut panels = Vec::new();
        let mut resamples = 0;
        for name in models(results) {
            let one = results.performance.get(name).and_then(|one| one.get(key));
            let Some(one) = one.filter(|_| !is_empty_model(results, name)) else {
                continue;
            };
            let Some(band) = &one.band else {
                continue;
            };
            resamples = band.resamples;
            let mut curve = roc_curve(name, &one.roc, estimate(one.auc, one.ci));
            curve.name = String::new();
            curve.band = Some(RocBand {
                false_positive_rate: band.one_minus_specificity.clone(),
                low: band.lower.clone(),
                high: band.upper.clone(),
            });
            panels.push(RocPanel {
                name: format!("{} (n = {})", model(name), one.n),
                curves: vec![curve],
            });
        }
        if panels.is_empty() {
            continue;
        }
        let mut theme = beside(theme, 3);
        theme.band_opacity = 0.25;
        let (title, which) = match key {
            "train" => (
                "Confidence bands of the ROC curves: apparent (training patients)",
                "The patients that the models were fitted on; too hopeful.",
            ),
            _ => (
                "Confidence bands of the ROC curves: external patients",
                "Patients whose outcome no step of learning has seen.",
            ),
        };
        let data = Roc {
            interval: INTERVAL.to_owned(),
            panels,
        };
        drawn.add(
            format!("roc_band/{key}"),
            title,
            format!(
                "{which} Shaded: 95% intervals of the sensitivity at each specificity by itself \
                 ({resamples} bootstrap samples of the patients, within each class; percentiles). \
                 The whole curve lies within the band less often. A model that tells the classes \
                 apart without error has no band: every resample has the same curve."
            ),
            roc(&data, &theme),
        );
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
    let add = |drawn: &mut Drawn, key: String, title: &str, caption: &str, panel| {
        let data = DecisionCurve {
            panels: vec![panel],
        };
        drawn.add(key, title, caption, decision_curve(&data, theme));
    };
    for key in ["train", "optimism_corrected", "cross_validated", "external"] {
        let counts = results
            .cohort
            .analysed
            .get(if key == "external" { key } else { "train" });
        let of = |model: &str| results.decision_curve.get(model)?.get(key);
        let Some(panel) = decision_panel(results, heading(key, counts), of) else {
            continue;
        };
        let (title, caption) = match key {
            "train" => (
                "Decision curves: apparent (training patients)",
                "The patients that the models were fitted on; too hopeful.",
            ),
            "optimism_corrected" => (
                "Decision curves: training patients, corrected for optimism",
                "The apparent net benefit less its mean excess over bootstrap samples, in which \
                 every step was learnt again.",
            ),
            "cross_validated" => (
                "Decision curves: cross-validated predictions",
                "Predictions for patients left out of the fit.",
            ),
            _ => (
                "Decision curves: external patients",
                "Patients whose outcome no step of learning has seen.",
            ),
        };
        add(
            drawn,
            format!("decision_curve/{key}"),
            title,
            caption,
            panel,
        );
    }
    if let Some(mixed) = &results.as_published {
        let n: usize = results
            .cohort
            .analysed
            .values()
            .map(|counts| counts.n)
            .sum();
        let name = format!("Training and external mixed (n = {n})");
        let of = |model: &str| mixed.pooled_decision_curve.get(model);
        if let Some(panel) = decision_panel(results, name, of) {
            add(
                drawn,
                "decision_curve/train_and_external".to_owned(),
                "Decision curves: training and external patients together, as published",
                "This mixes patients that the models were fitted on with patients that they had \
                 not seen. It is no validation; not to be cited alone.",
                panel,
            );
        }
    }
}

/// The curves of every model that has one.
fn decision_panel<'a>(
    results: &'a Results,
    name: String,
    of: impl Fn(&'a str) -> Option<&'a results::DecisionCurve>,
) -> Option<DecisionCurvePanel> {
    let curves: Vec<(&str, &results::DecisionCurve)> = models(results)
        .into_iter()
        .filter(|name| !is_empty_model(results, name))
        .filter_map(|name| Some((name, of(name)?)))
        .filter(|(_, curve)| !curve.points.is_empty())
        .collect();
    let (_, first) = curves.first()?;
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
    Some(DecisionCurvePanel {
        name,
        treat_all: first.points.iter().map(|point| point.treat_all).collect(),
        threshold_probability: thresholds,
        models,
    })
}
