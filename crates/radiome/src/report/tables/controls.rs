//! Controls beside the signatures.

use super::{Written, limits, number, optional};
use crate::results::{Estimate, Results};

/// One row an AUC of a control, or a difference of a model from it.
pub(super) fn controls(results: &Results) -> Option<Written> {
    if results.controls.is_empty() {
        return None;
    }
    let mut table = Written::new(
        "controls",
        &[
            "control", "measure", "model", "split", "estimate", "lower", "upper", "verdict",
        ],
    );
    for (name, control) in &results.controls {
        let mut row = |measure: &str, model: &str, split: &str, value: &Estimate, verdict: &str| {
            let [lower, upper] = limits(value.ci);
            table.row([
                name.clone(),
                measure.to_owned(),
                model.to_owned(),
                split.to_owned(),
                optional(value.estimate),
                lower,
                upper,
                verdict.to_owned(),
            ]);
        };
        let aucs = [
            ("train", Some(&control.apparent)),
            ("cross_validated", control.cross_validated.as_ref()),
            ("external", control.external.as_ref()),
        ];
        for (split, auc) in aucs {
            if let Some(auc) = auc {
                row("auc", "", split, auc, "");
            }
        }
        for (model, splits) in &control.differences {
            for (split, difference) in splits {
                let judged = *model == control.signature
                    && control.judged_on.as_deref() == Some(split.as_str());
                let verdict = control.verdict.filter(|_| judged);
                let verdict = verdict.map_or("", crate::results::Verdict::name);
                row("difference", model, split, difference, verdict);
            }
        }
    }
    Some(table)
}

/// What the controls say of each patient.
pub(super) fn scores(results: &Results) -> Option<Written> {
    if results.controls.is_empty() {
        return None;
    }
    let mut table = Written::new(
        "control_scores",
        &[
            "control",
            "id",
            "split",
            "positive",
            "score",
            "score_out_of_fold",
        ],
    );
    for (name, control) in &results.controls {
        for one in &control.scores {
            table.row([
                name.clone(),
                one.id.clone(),
                one.split.clone(),
                u8::from(one.positive).to_string(),
                number(one.score),
                number(one.out_of_fold),
            ]);
        }
    }
    Some(table)
}
