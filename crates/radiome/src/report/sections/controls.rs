//! What something simpler finds in the same patients.

use super::super::format::{
    NOT_DEFINED, estimate, listed, model, ordered, scaled, sentence, the_model,
};
use super::super::page::{Section, Table};
use crate::results::{Control, Estimate, Results, Verdict};

/// The section, where the study has controls.
pub(super) fn controls<'a>(results: &Results) -> Option<Section<'a>> {
    if results.controls.is_empty() {
        return None;
    }
    let mut section = Section::new("controls", "Controls");
    section.paragraph(
        "A signature is worth its trouble where it tells more than something simpler does. The \
         controls learnt from the same patients, in the same folds.",
    );
    let meant: Vec<String> = results
        .controls
        .keys()
        .map(|name| meaning(name).to_owned())
        .collect();
    section.list(meant);
    for (name, control) in &results.controls {
        if let Some(text) = verdict(name, control) {
            section.caution(text);
        } else if control.verdict == Some(Verdict::Better) {
            section.paragraph(format!(
                "{} better than {}: the interval of the difference lies above 0.",
                sentence(&format!("{} is", the_model(&control.signature))).trim_end_matches('.'),
                the_control(name)
            ));
        }
    }
    section.table(aucs(results));
    section.table(differences(results));
    Some(section)
}

/// How the controls were made, as in a paper.
pub(super) fn method(results: &Results) -> String {
    let named: Vec<String> = results
        .controls
        .iter()
        .filter(|(_, control)| control.reason.is_none())
        .map(|(name, _)| match name.as_str() {
            "volume" => "logistic regression on the logarithm of the tumour's volume".to_owned(),
            _ => "every step of the signature on images whose voxels were shuffled inside the \
                  contour"
                .to_owned(),
        })
        .collect();
    if named.is_empty() {
        return String::new();
    }
    format!(
        "Controls (after Welch and others 2019), in the same patients and folds: {}. Differences of \
         AUC have 95% intervals by influence curves where cross-validated, and by DeLong in external \
         patients.",
        listed(&named)
    )
}

fn meaning(name: &str) -> &'static str {
    match name {
        "volume" => {
            "Volume: logistic regression on the logarithm of the tumour's volume, a single number."
        }
        _ => {
            "Shuffled voxels: every step of the signature on images whose voxels were put in \
             random order inside the contour. Shape is as before, and so are the grey levels as \
             they were read; where they lie, the texture, is gone. No feature is left out for \
             disagreement between readings, for nobody has read these images."
        }
    }
}

fn the_control(name: &str) -> &'static str {
    match name {
        "volume" => "the volume of the tumour alone",
        _ => "the same steps on shuffled voxels",
    }
}

/// What must not be overlooked: a signature that does not beat the control, or no control.
fn verdict(name: &str, control: &Control) -> Option<String> {
    if let Some(reason) = &control.reason {
        let text = format!("there is no control of {}: {reason}", the_control(name));
        return Some(sentence(&text));
    }
    control.shortfall(name).map(|text| sentence(&text))
}

fn aucs(results: &Results) -> Table {
    let mut table = Table::new(
        "AUC of the controls: patients left out of the fit (cross-validated), and external",
        &["Control", "Cross-validated", "External", "Predictors"],
    );
    let optional = |value: &Option<Estimate>| {
        value
            .as_ref()
            .map_or_else(|| NOT_DEFINED.to_owned(), estimate)
    };
    for (name, control) in &results.controls {
        let Some(coefficients) = &control.coefficients else {
            continue;
        };
        table.row([
            model(name),
            optional(&control.cross_validated),
            optional(&control.external),
            match coefficients.iter().next() {
                None => "none".to_owned(),
                Some((predictor, &coefficient)) if coefficients.len() == 1 => {
                    format!("{predictor}, coefficient {}", scaled(coefficient))
                }
                Some(_) => format!("{} features", coefficients.len()),
            },
        ]);
    }
    table.note(
        "In brackets 95% intervals: by influence curves where cross-validated, DeLong in external \
         patients. The apparent AUCs are in tables/controls.csv.",
    );
    table
}

fn differences(results: &Results) -> Table {
    let mut table = Table::new(
        "AUC of the models less that of the controls",
        &["Model", "Control", "Cross-validated", "External"],
    );
    for (name, control) in &results.controls {
        for key in ordered(results, &control.differences) {
            let splits = &control.differences[key];
            let of = |split: &str| {
                splits
                    .get(split)
                    .map_or_else(|| NOT_DEFINED.to_owned(), estimate)
            };
            table.row([
                model(key),
                model(name),
                of("cross_validated"),
                of("external"),
            ]);
        }
    }
    let judged: Vec<String> = results
        .controls
        .values()
        .filter(|control| control.judged_on.is_some())
        .map(|control| the_model(&control.signature))
        .take(1)
        .collect();
    if !judged.is_empty() {
        table.note(format!(
            "The verdict is on {}. It is better than a control where the 95% interval of the \
             difference lies above 0, no better where the difference is 0 or below, and else not \
             shown to be better. Patients are the same on both sides; the intervals do not hold how \
             much the fits themselves vary.",
            listed(&judged)
        ));
    }
    table
}

/// Sentences for the top of the report: each control that the signature does not beat.
pub(in super::super) fn shortfalls(results: &Results) -> String {
    let told: Vec<String> = results
        .controls
        .iter()
        .filter_map(|(name, control)| control.shortfall(name))
        .map(|text| sentence(&text))
        .collect();
    told.join(" ")
}
