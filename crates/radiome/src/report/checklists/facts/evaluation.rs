//! How it was judged.

use super::super::super::format::{estimate, is_empty_model, listed, model, models, with_interval};
use crate::results::Results;

pub(in super::super) fn testing(results: &Results) -> Option<String> {
    let study = &results.study;
    let mut parts = Vec::new();
    if study.is_resampled() {
        parts.push(format!(
            "{} × {}-fold cross-validation",
            study.repeats, study.folds
        ));
    }
    if study.bootstrap > 0 {
        parts.push(format!("{} bootstrap samples", study.bootstrap));
    }
    if results.cohort.analysed.contains_key("external") {
        parts.push("external patients".to_owned());
    }
    if parts.is_empty() {
        return Some("apparent performance only".to_owned());
    }
    Some(format!(
        "{}; every step learnt from training patients only",
        parts.join(", ")
    ))
    .filter(|_| study.mode == "honest")
    .or_else(|| Some(format!("{} (mode as_published)", parts.join(", "))))
}

pub(in super::super) fn measures(_: &Results) -> Option<String> {
    Some(
        "AUC, accuracy, sensitivity, specificity, predictive values, calibration slope and \
         intercept, Brier score, Hosmer-Lemeshow test, net benefit"
            .to_owned(),
    )
}

pub(in super::super) fn uncertainty(results: &Results) -> Option<String> {
    let mut text =
        "95% intervals: DeLong for AUCs, Clopper-Pearson for shares, bootstrap bands of \
                    the ROC curves"
            .to_owned();
    if results.study.is_resampled() {
        text.push_str(", influence curves for cross-validated AUCs");
    }
    Some(text)
}

pub(in super::super) fn comparisons(results: &Results) -> Option<String> {
    (!results.delong.is_empty()).then(|| {
        "DeLong's test of every pair in each set, with Holm's correction; tables/delong.csv"
            .to_owned()
    })
}

/// What a figure of a split is.
fn view(split: &str) -> &str {
    if split == "train" { "apparent" } else { split }
}

/// Whether a model without radiomics stands beside those with it.
pub(in super::super) fn non_radiomic(results: &Results) -> Option<String> {
    let clinical = results.performance.get("clinical")?;
    let told: Vec<String> = clinical
        .iter()
        .map(|(split, one)| format!("{} AUC {}", view(split), with_interval(one.auc, one.ci)))
        .collect();
    Some(format!("clinical model: {}", told.join("; ")))
}

pub(in super::super) fn calibration(results: &Results) -> Option<String> {
    (!results.calibration.is_empty())
        .then(|| "tables/calibration.csv, calibration curves in the report".to_owned())
}

pub(in super::super) fn feature_statistics(results: &Results) -> Option<String> {
    (!results.signatures.is_empty()).then(|| {
        "tables/signature_features.csv, tables/signature_selected.csv, tables/reliability.csv where \
         readings were compared"
            .to_owned()
    })
}

/// The AUC of every model in every view, never mixed.
pub(in super::super) fn performance(results: &Results) -> Option<String> {
    let mut told = Vec::new();
    for name in models(results) {
        if is_empty_model(results, name) {
            continue;
        }
        let mut parts = Vec::new();
        for (split, one) in results.performance.get(name).into_iter().flatten() {
            parts.push(format!(
                "{} {}",
                view(split),
                with_interval(one.auc, one.ci)
            ));
        }
        let validated = results.internal_validation.get(name);
        if let Some(auc) = validated.and_then(|one| one.cross_validated.as_ref()) {
            parts.push(format!("cross-validated {}", estimate(auc)));
        }
        if !parts.is_empty() {
            told.push(format!("{}: {}", model(name), parts.join(", ")));
        }
    }
    (!told.is_empty()).then(|| format!("AUC of the {}", told.join("; ")))
}

/// Where the models were judged within the values of a column.
pub(in super::super) fn subgroups(results: &Results) -> Option<String> {
    let columns: Vec<String> = results
        .subgroups
        .iter()
        .map(|one| one.column.clone())
        .collect();
    (!columns.is_empty()).then(|| {
        format!(
            "AUC within the values of {}, with a test of their difference; tables/subgroups.csv",
            listed(&columns)
        )
    })
}

/// What a simpler predictor, learnt in the same folds, reaches.
pub(in super::super) fn simple_models(results: &Results) -> Option<String> {
    let volume = results.controls.get("volume")?;
    let auc = volume.cross_validated.as_ref()?;
    Some(format!(
        "volume of the region alone: cross-validated AUC {}; tables/controls.csv",
        estimate(auc)
    ))
}
