//! Agreement of the readers on signs.

use super::super::format::{NOT_DEFINED, p_value, percent, quoted, sentence, with_interval};
use super::super::page::{Section, Table};
use crate::results::{ReaderAgreement, Results};

/// Patients listed by name at most; all are in the table's file.
const MOST_LISTED: usize = 20;

/// Tells of the signs, where the study compares readers.
pub(super) fn reader_agreement(results: &Results, section: &mut Section<'_>) {
    let signs = &results.reader_agreement;
    if signs.is_empty() {
        return;
    }
    section.heading("Signs read by two readers");
    let mut table = Table::new(
        "Agreement of two readers, analysed patients",
        &[
            "Sign",
            "n",
            "Levels",
            "Agreement",
            "Weights",
            "Kappa (95% CI)",
            "P",
        ],
    );
    for sign in signs {
        let own = |weights: &str, kappa: String, p: String| {
            [
                sign.column.clone(),
                sign.n.to_string(),
                sign.levels.join(", "),
                percent(sign.agreement()),
                weights.to_owned(),
                kappa,
                p,
            ]
        };
        if sign.kappa.is_empty() {
            table.row(own("none", NOT_DEFINED.to_owned(), NOT_DEFINED.to_owned()));
        }
        for one in &sign.kappa {
            let kappa = with_interval(Some(one.kappa), one.ci);
            table.row(own(&one.weights, kappa, p_value(one.p_value)));
        }
        if let Some(reason) = &sign.reason {
            table.note(format!("{}: {}", sign.column, sentence(reason)));
        }
    }
    table.note(
        "Cohen's kappa; intervals and P by Fleiss, Cohen and Everitt (1969). Weights count part of \
         the agreement for ordered levels that are close.",
    );
    section.table(table);
    for sign in signs {
        section.paragraph(differ(sign));
        if !sign.discrepancies.is_empty() {
            section.caution(format!(
                "{}: both readers agree on {}, and the value that is used is another one or \
                 missing.",
                sign.column,
                ids(sign.discrepancies.iter().map(|one| one.id.as_str()))
            ));
        }
    }
}

fn differ(sign: &ReaderAgreement) -> String {
    let source = match sign.used.as_str() {
        "first_reader" => "the first reader's value is used",
        _ => "the agreed value is used",
    };
    let missing = match sign.missing {
        0 => String::new(),
        n => format!(" {n} were not read by both."),
    };
    match sign.disagreements.len() {
        0 => format!("{}: the readers never differ.{missing}", sign.column),
        n => format!(
            "{}: the readers differ on {n} of {} patients ({}); there {source}.{missing}",
            sign.column,
            sign.n,
            ids(sign.disagreements.iter().map(|one| one.id.as_str()))
        ),
    }
}

fn ids<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = ids.len().saturating_sub(MOST_LISTED);
    let mut told: Vec<String> = ids.take(MOST_LISTED).map(quoted).collect();
    if more > 0 {
        told.push(format!("{more} more"));
    }
    told.join(", ")
}
