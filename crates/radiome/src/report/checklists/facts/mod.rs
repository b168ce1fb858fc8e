//! What the results know, in the words of an answer. `None`: a person must write it.

mod cohort;
mod evaluation;
mod images;
mod learning;

use crate::results::Results;

pub(super) use cohort::*;
pub(super) use evaluation::*;
pub(super) use images::*;
pub(super) use learning::*;

/// The record does not know.
pub(super) fn blank(_: &Results) -> Option<String> {
    None
}

/// Which program analysed the features, wherever they came from.
pub(super) fn analysis_software(results: &Results) -> Option<String> {
    Some(format!(
        "radiome {}; study file, seeds and hashes of the input in record.json",
        results.study.version
    ))
}

pub(super) fn tripod(_: &Results) -> Option<String> {
    Some("checklists/tripod_ai.csv".to_owned())
}
