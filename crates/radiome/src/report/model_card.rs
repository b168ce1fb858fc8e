//! The model card: what the final models are for, what they were learnt from, how well they do, and
//! how they are applied. Everything in it comes from the results and the model.

use std::fmt::Write as _;

use super::format::{
    cross_validated, listed, model as model_name, models, optional, plain, sentence, split,
    split_order, with_interval,
};
use crate::model::Model;
use crate::pipeline::Term;
use crate::prediction::{INTERVAL, PURPOSE};
use crate::results::{BySplit, Results};

/// The card as Markdown.
#[must_use]
pub fn model_card(results: &Results, model: &Model) -> String {
    let [outcome, positive] = &model.outcome;
    let mut text = format!(
        "# Model card: {}\n\n**{PURPOSE}**\n\n",
        on_one_line(&model.study)
    );
    let _ = writeln!(
        text,
        "Written by radiome {}. The model is `model.json` (form {}); every figure is from `results.json`.\n",
        model.radiome, model.format
    );
    text += "## What it does\n\n";
    text += &match &model.nomogram {
        Some(_) => format!(
            "It gives the probability of `{outcome}` = {positive} for one patient: a logistic nomogram of {}.\n\n",
            listed(&predictors(model))
        ),
        None => {
            let reason = results.nomogram.reason.as_deref();
            format!(
                "There is no nomogram. {}\n\n",
                sentence(reason.unwrap_or("the study found no predictor"))
            )
        }
    };
    text += &inputs(model);
    text += &cohort(results);
    text += &performance(results);
    text += &limits(results, model);
    text += &use_of(model);
    without_tags(&text)
}

/// Names of columns and values are no markup: a `<` that would begin a tag is written `\<`.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let begins = |next: &char| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?');
        if letter == '<' && letters.peek().is_some_and(begins) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// A name that cannot break a heading or a row of a table.
fn on_one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

/// The terms of the nomogram, as a reader names them.
fn predictors(model: &Model) -> Vec<String> {
    let signatures = model.nomogram_signatures().into_iter().map(|name| {
        let features = model.signatures[name].coefficients.len();
        let features = if features == 1 {
            "1 feature".to_owned()
        } else {
            format!("{features} features")
        };
        format!("the signature `{name}` ({features})")
    });
    let terms = model.nomogram.iter().flat_map(|one| &one.clinical);
    let clinical = terms.map(|term| format!("`{}`", term.variable()));
    signatures.chain(clinical).collect()
}

fn inputs(model: &Model) -> String {
    let mut text = "## What it needs\n\n".to_owned();
    if model.sequences.is_empty() {
        text += "- The features named in `model.json`, computed as for the study: it started from tables of features, so their settings are not known here.\n";
    }
    for (name, sequence) in &model.sequences {
        let _ = write!(
            text,
            "- The {name} image and a mask of the tumour (features by the definitions of {}",
            sequence.definitions
        );
        if let Some([x, y, z]) = sequence.spacing {
            let range = |[low, high]: [f64; 2]| match low == high {
                true => plain(low),
                false => format!("{} to {}", plain(low), plain(high)),
            };
            let _ = write!(
                text,
                "; spacing of the training images {} by {} by {} mm",
                range(x),
                range(y),
                range(z)
            );
        }
        text += ").\n";
    }
    for term in model.nomogram.iter().flat_map(|one| &one.clinical) {
        match term {
            Term::Number { variable } => {
                let range = model.clinical_range.get(variable);
                let range = range.map_or_else(String::new, |[low, high]| {
                    format!(", {} to {} in training", plain(*low), plain(*high))
                });
                let _ = writeln!(text, "- `{variable}`: a number{range}.");
            }
            Term::Factor {
                variable,
                reference,
                levels,
            } => {
                let all: Vec<String> = (std::iter::once(reference).chain(levels))
                    .map(|level| format!("`{level}`"))
                    .collect();
                let _ = writeln!(text, "- `{variable}`: one of {}.", all.join(", "));
            }
        }
    }
    if let Some(imputation) = &model.imputation {
        let others: Vec<String> = (imputation.terms.iter())
            .map(|term| format!("`{}`", term.variable()))
            .collect();
        let _ = writeln!(
            text,
            "- A clinical value that is missing is taken as expected given the others ({}), as far as they are known.",
            others.join(", ")
        );
    }
    if let Some(combat) = &model.combat {
        let known: Vec<String> = (combat.batches.iter())
            .map(|batch| format!("{} ({} patients)", batch.label, batch.rows))
            .collect();
        let unseen = match model.unseen.as_deref() {
            Some("own") => "is estimated from its own patients, several of whom are needed",
            Some("error") => "is refused",
            _ => "is left as it is, with a warning",
        };
        let _ = writeln!(
            text,
            "- The scanner: {}; any other {unseen}.",
            known.join(", ")
        );
    }
    text + "\n"
}

fn cohort(results: &Results) -> String {
    let study = &results.study;
    let mut text = format!(
        "## What it was learnt from\n\n| patients | n | {outcome} = {positive} | otherwise |\n| --- | ---: | ---: | ---: |\n",
        outcome = on_one_line(&study.outcome),
        positive = on_one_line(&study.positive)
    );
    for (key, counts) in &results.cohort.analysed {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            split(key),
            counts.n,
            counts.positive,
            counts.negative
        );
    }
    let excluded = results.cohort.excluded.len();
    let _ = writeln!(
        text,
        "\nPatients in the tables: {}; left out: {excluded} (`results.json`, `cohort.excluded`, says why). The models were learnt from the training patients alone.\n",
        results.cohort.enrolled
    );
    text
}

fn performance(results: &Results) -> String {
    let mut text = "## How well it does\n\n".to_owned();
    text +=
        "Apparent figures are on the patients that the models were learnt from, and too good.\n\n";
    text += "| model | AUC, apparent | AUC, cross-validated | AUC, external |\n| --- | --- | --- | --- |\n";
    for key in models(results) {
        let of = |name: &str| {
            let found = results.performance.get(key).and_then(|all| all.get(name));
            found.map_or_else(
                || optional(None),
                |found| with_interval(found.auc, found.ci),
            )
        };
        let resampled = results.internal_validation.get(key);
        let resampled = resampled.and_then(cross_validated).map_or_else(
            || optional(None),
            |found| with_interval(found.estimate, found.ci),
        );
        let _ = writeln!(
            text,
            "| {} | {} | {resampled} | {} |",
            model_name(key),
            of("train"),
            of("external")
        );
    }
    text += "\nIntervals are 95 %.\n\n";
    if let Some(calibration) = results.calibration.get("nomogram") {
        text += &calibrated(calibration);
    }
    text
}

fn calibrated(calibration: &BySplit<crate::results::Calibration>) -> String {
    let mut text = "| nomogram | calibration slope (1 is ideal) | in the large (0 is ideal) | Brier score |\n| --- | ---: | ---: | ---: |\n".to_owned();
    let mut splits: Vec<_> = calibration.iter().collect();
    splits.sort_by_key(|(key, _)| split_order(key));
    for (key, found) in splits {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            split(key),
            optional(found.slope),
            optional(found.calibration_in_the_large),
            optional(found.brier)
        );
    }
    text + "\n"
}

fn limits(results: &Results, model: &Model) -> String {
    let mut text = "## What it cannot say\n\n".to_owned();
    let _ = writeln!(
        text,
        "- Nothing of patients unlike those it was learnt from; `radiome predict` warns where a value lies outside the training range."
    );
    if !results.study.is_resampled() {
        text += "- Nothing was resampled: how well it does on new patients is known from external patients alone, if there are any.\n";
    }
    if !results.cohort.analysed.contains_key("external") {
        text += "- It was not applied to patients of another origin.\n";
    }
    if model.nomogram.as_ref().is_some_and(|one| one.firth) {
        text += "- The training data are separated, so the nomogram was fitted by Firth's penalised likelihood.\n";
    }
    let _ = writeln!(text, "- Its interval is too narrow: {INTERVAL}.");
    for warning in &results.warnings {
        let _ = writeln!(text, "- {}", sentence(&on_one_line(&warning.text)));
    }
    text + "\n"
}

fn use_of(model: &Model) -> String {
    let mut command = "radiome predict --model model.json".to_owned();
    if model.sequences.is_empty() {
        command += " --features features.csv --table clinical.csv";
    } else {
        for name in model.sequences.keys() {
            let _ = write!(command, " --image {name}=IMAGE,MASK");
        }
        for term in model.nomogram.iter().flat_map(|one| &one.clinical) {
            let _ = write!(command, " --clinical {}=VALUE", term.variable());
        }
        if model.combat.is_some() {
            command += " --batch SCANNER";
        }
    }
    format!(
        "## How to use it\n\n```sh\n{command}\n```\n\n`radiome predict --help` shows how many patients are given in a table. `nomogram.html` works out the probability from rad-scores and clinical values in a browser. `docs/model.schema.json` of radiome describes every key of `model.json`.\n"
    )
}
