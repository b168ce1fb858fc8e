//! What was found: the AUC of every model on patients that it had not seen.

use super::super::format::{
    alone_in_nomogram, cross_validated, estimate, in_sentence, is_empty_model, model, models,
    never_had_predictor, reason, sentence, the_model,
};
use super::{Answer, Aucs, chief, few_in};
use crate::results::{Estimate, Results};

pub(super) fn found(results: &Results) -> Answer {
    let twin = alone_in_nomogram(results).filter(|signature| same_aucs(results, signature));
    let mut rows = Vec::new();
    let mut points = Vec::new();
    for name in models(results) {
        if twin == Some(name) {
            continue;
        }
        if is_empty_model(results, name) {
            points.push(without_predictor(results, name));
            continue;
        }
        let label = match twin.filter(|_| name == "nomogram") {
            // Without a clinical term both have the same AUC.
            Some(signature) => format!(
                "{} (without a clinical term it is {} on another scale)",
                model(name),
                the_model(signature)
            ),
            None => model(name).to_owned(),
        };
        rows.push((label, aucs(results, name)));
    }
    let columns: Vec<usize> = (0..VIEWS.len())
        .filter(|&view| rows.iter().any(|(_, aucs)| aucs[view].is_some()))
        .collect();
    let text = |auc: Option<Estimate>| auc.map_or_else(String::new, |auc| judged(&auc));
    let aucs = Aucs {
        columns: columns.iter().map(|&view| VIEWS[view]).collect(),
        rows: rows
            .into_iter()
            .map(|(label, aucs)| {
                (
                    label,
                    columns.iter().map(|&view| text(aucs[view])).collect(),
                )
            })
            .collect(),
    };
    let lead = if columns.is_empty() && points.is_empty() {
        "No model could be judged."
    } else {
        "AUC with its 95% interval: the chance that a positive patient is ranked above a negative \
         one; 0.5 is a coin, 1 is perfect. An interval that includes 0.5 does not show a model to \
         be better than chance."
    };
    Answer {
        question: "What was found",
        lead: lead.to_owned(),
        caution: to_believe(results),
        aucs: if columns.is_empty() {
            Aucs::default()
        } else {
            aucs
        },
        points,
    }
}

/// Of which patients the AUCs are.
const VIEWS: [&str; 2] = ["Cross-validated", "External"];

/// The AUC of a model in each of the [`VIEWS`].
fn aucs(results: &Results, name: &str) -> [Option<Estimate>; 2] {
    let validated = results.internal_validation.get(name);
    let external = results
        .performance
        .get(name)
        .and_then(|splits| splits.get("external"));
    [
        validated.and_then(cross_validated).copied(),
        external.map(|performance| Estimate {
            estimate: performance.auc,
            ci: performance.ci,
        }),
    ]
    .map(|auc| auc.filter(|auc| auc.estimate.is_some()))
}

/// An AUC with what its interval does not let one say.
fn judged(auc: &Estimate) -> String {
    let doubt = match auc.ci {
        [Some(lower), Some(upper)] if lower <= 0.5 && upper >= 0.5 => ", includes 0.5",
        [_, Some(upper)] if upper < 0.5 => ", worse than chance",
        [Some(_), _] => "",
        _ => ", no interval",
    };
    format!("{}{doubt}", estimate(auc))
}

/// Why a model has no predictor, and what the same steps do in resamples.
fn without_predictor(results: &Results, name: &str) -> String {
    let title = sentence(&the_model(name));
    let title = title.trim_end_matches('.');
    let why = reason(results, name).map_or_else(|| "It has no predictor.".to_owned(), sentence);
    let validation = results.internal_validation.get(name);
    let validated = validation
        .and_then(cross_validated)
        .and_then(|auc| in_sentence(auc.estimate, auc.ci));
    let validated = match validated {
        Some(text) if validation.is_some_and(never_had_predictor) => format!(
            " There was no predictor in any refit either, so its cross-validated AUC is {text}."
        ),
        Some(text) => {
            format!(" The same steps, repeated in cross-validation, have an AUC of {text}.")
        }
        None => String::new(),
    };
    format!("{title}: none could be made. {why}{validated}")
}

/// Whether the nomogram and a signature have the same cross-validated and external AUC.
fn same_aucs(results: &Results, signature: &str) -> bool {
    let aucs = |model: &str| {
        let validated = results.internal_validation.get(model);
        let external = results
            .performance
            .get(model)
            .and_then(|splits| splits.get("external"));
        [
            validated
                .and_then(cross_validated)
                .and_then(|auc| auc.estimate),
            external.and_then(|one| one.auc),
        ]
    };
    let same = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9,
        (None, None) => true,
        _ => false,
    };
    let (nomogram, signature) = (aucs("nomogram"), aucs(signature));
    nomogram.into_iter().zip(signature).all(|(a, b)| same(a, b))
}

/// Which of the AUCs is the one to believe.
fn to_believe(results: &Results) -> String {
    let validated = chief(results)
        .and_then(|model| results.internal_validation.get(model))
        .and_then(cross_validated);
    if validated.and_then(|auc| auc.estimate).is_none() {
        return String::new();
    }
    let has_external = results
        .cohort
        .analysed
        .get("external")
        .is_some_and(|counts| counts.n > 0);
    match (has_external, few_in(results, "external")) {
        (false, _) => {
            "Believe the cross-validated AUC: it is that of patients left out of the fit."
        }
        (true, Some(_)) => {
            "Believe the cross-validated AUC first, though it is of patients like those of the \
             training set; the external one rests on too few."
        }
        (true, None) => {
            "Believe the external AUC for patients from elsewhere, and the cross-validated one for \
             patients like those of the training set."
        }
    }
    .to_owned()
}
