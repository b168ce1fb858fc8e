//! Views of published papers that mix sets of patients.

use indexmap::IndexMap;

use super::{Evidence, calibration};
use crate::results::{AsPublished, BestExternalSignature, ByModel, BySplit, Performance};
use crate::study::Mode;

/// The views; `None` in an honest study and without external patients.
pub(super) fn as_published(
    evidence: &Evidence<'_>,
    models: &[String],
    performance: &ByModel<BySplit<Performance>>,
) -> Option<AsPublished> {
    if evidence.study.file.mode != Mode::AsPublished || evidence.external.is_empty() {
        return None;
    }
    let rows: Vec<usize> = [evidence.train, evidence.external].concat();
    let outcome: Vec<bool> = rows.iter().map(|&row| evidence.data.outcome[row]).collect();
    let curve = |model: &String| {
        let probability = &evidence.predictions.models[model].probability;
        let of_rows: Vec<f64> = rows.iter().map(|&row| probability[row]).collect();
        calibration::decision_curve(&outcome, &of_rows)
    };
    let pooled_decision_curve: IndexMap<_, _> = models
        .iter()
        .filter_map(|model| Some((model.clone(), curve(model)?)))
        .collect();
    let best =
        best_external_signature(performance).map(|(model, auc, among)| BestExternalSignature {
            model: model.to_owned(),
            auc,
            among,
            in_nomogram: evidence
                .pipeline
                .nomogram_signatures
                .iter()
                .any(|name| name == model),
        });
    Some(AsPublished {
        pooled_decision_curve,
        best_external_signature: best,
    })
}

/// The signature with the largest external AUC (the first of equals), that AUC, and how many were
/// compared; `None` for fewer than two.
fn best_external_signature(
    performance: &ByModel<BySplit<Performance>>,
) -> Option<(&str, f64, usize)> {
    let aucs: Vec<(&str, f64)> = performance
        .iter()
        .filter(|(model, _)| model.starts_with("rs_"))
        .filter_map(|(model, splits)| Some((model.as_str(), splits.get("external")?.auc?)))
        .collect();
    let (model, auc) = aucs
        .iter()
        .copied()
        .reduce(|best, one| if one.1 > best.1 { one } else { best })?;
    (aucs.len() > 1).then_some((model, auc, aucs.len()))
}
