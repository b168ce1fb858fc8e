//! The half page for a clinician, written from the numbers by rules.
//!
//! The rules never say more than the numbers do: an interval that holds 0.5 is said to hold it,
//! and what a small set cannot show is said with its own numbers.

mod cannot_say;
mod found;
mod sure;

use super::format::{count, is_empty_model, listed, models};
use crate::results::{Results, SplitCounts};

/// Fewer patients than this in one class say little about sensitivity or specificity.
const FEW: usize = 10;

/// A part of the summary: a question and what answers it.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) question: &'static str,
    pub(crate) lead: String,
    /// What must not be overlooked; may be empty.
    pub(crate) caution: String,
    pub(crate) aucs: Aucs,
    pub(crate) points: Vec<String>,
}

/// The AUCs of the models; may be empty.
#[derive(Default)]
pub(crate) struct Aucs {
    /// What each column is of.
    pub(crate) columns: Vec<&'static str>,
    /// Model, and its AUC in every column.
    pub(crate) rows: Vec<(String, Vec<String>)>,
}

/// The summary.
pub(crate) fn summary(results: &Results) -> Vec<Answer> {
    vec![
        asked(results),
        patients(results),
        found::found(results),
        sure::sure(results),
        cannot_say::cannot_say(results),
    ]
}

fn asked(results: &Results) -> Answer {
    let study = &results.study;
    let sequences: Vec<String> = study.sequences.iter().map(|s| s.name.clone()).collect();
    let images = match sequences.len() {
        0 => String::new(),
        _ => format!(" of {}", listed(&sequences)),
    };
    let clinical = if results.clinical_model.univariate.is_empty() {
        String::new()
    } else {
        ", with or without clinical data,".to_owned()
    };
    Answer {
        question: "What was asked",
        lead: format!(
            "Whether image features{images}{clinical} tell patients with {} = {} from the others.",
            study.outcome, study.positive
        ),
        caution: super::sections::shortfalls(results),
        ..Answer::default()
    }
}

fn patients(results: &Results) -> Answer {
    let cohort = &results.cohort;
    let mut lead: Vec<String> = Vec::new();
    for (split, counts) in &cohort.analysed {
        let name = match split.as_str() {
            "train" => "The models were learnt on",
            "external" => "They were then tested on",
            _ => "There were also",
        };
        let external = if split == "external" { "external " } else { "" };
        lead.push(format!(
            "{name} {} ({} positive, {} negative).",
            count(
                counts.n,
                &format!("{external}patient"),
                &format!("{external}patients")
            ),
            counts.positive,
            counts.negative
        ));
    }
    if cohort
        .analysed
        .get("external")
        .is_none_or(|counts| counts.n == 0)
    {
        lead.push("There was no external set.".to_owned());
    }
    if !cohort.excluded.is_empty() {
        let left_out = cohort.excluded.len();
        lead.push(format!(
            "Of {} enrolled, {} left out.",
            count(cohort.enrolled, "patient", "patients"),
            if left_out == 1 {
                "1 was".to_owned()
            } else {
                format!("{left_out} were")
            },
        ));
    }
    Answer {
        question: "On whom",
        lead: lead.join(" "),
        caution: few_patients(results),
        ..Answer::default()
    }
}

/// The smaller class of a split with fewer than ten of it: its size and its name.
fn few(counts: &SplitCounts) -> Option<(usize, &'static str)> {
    let (n, class) = if counts.negative < counts.positive {
        (counts.negative, "negative")
    } else {
        (counts.positive, "positive")
    };
    (n < FEW && counts.n > 0).then_some((n, class))
}

/// The class of a split with fewer than ten patients, if there is one.
pub(crate) fn few_in(results: &Results, split: &str) -> Option<(usize, &'static str)> {
    few(results.cohort.analysed.get(split)?)
}

/// What a split with too few patients of a class means for all that follows.
fn few_patients(results: &Results) -> String {
    let mut text = Vec::new();
    if let Some((n, class)) = few_in(results, "train") {
        text.push(format!(
            "Only {n} of the training patients {} {class}: models learnt from so few change with \
             every patient.",
            if n == 1 { "is" } else { "are" }
        ));
    }
    if let Some((n, class)) = few_in(results, "external") {
        text.push(format!(
            "Only {n} of the external patients {} {class}. So few cannot show much: the external \
             numbers neither prove nor disprove a model.",
            if n == 1 { "is" } else { "are" }
        ));
    }
    text.join(" ")
}

/// The model that the summary speaks of where one must do: the nomogram, else the first that is
/// not empty.
fn chief(results: &Results) -> Option<&str> {
    models(results).into_iter().find(|model| {
        !is_empty_model(results, model) && results.internal_validation.contains_key(*model)
    })
}
