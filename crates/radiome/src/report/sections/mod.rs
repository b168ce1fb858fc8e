//! The sections of the report after its summary.

mod checklists;
mod cohort;
mod controls;
mod evaluation;
mod methods;
mod missing_values;
mod models;
mod perturbations;
mod quality;
mod reader_agreement;
mod sample_size;
mod subgroups;
mod survival;
mod survival_decision;
mod survival_detail;

pub(crate) use cohort::{form as icc_form, method as harmonization_method};
pub(super) use controls::shortfalls;

use super::figures::Drawn;
use super::page::{self, Section};
use crate::results::Results;

/// Every section in the order of the page, tables and figures numbered.
pub(crate) fn sections<'a>(results: &Results, drawn: &'a Drawn) -> Vec<Section<'a>> {
    let mut sections = vec![
        cohort::cohort(results, drawn),
        cohort::reliability(results, drawn),
        cohort::harmonization(results, drawn),
        models::signatures(results, drawn),
        models::clinical(results, drawn),
        models::nomogram(results, drawn),
        evaluation::discrimination(results, drawn),
        evaluation::calibration(results, drawn),
        evaluation::decision(results, drawn),
        survival::survival(results, drawn),
        sample_size::sample_size(results),
        methods::methods(results),
        checklists::checklists(results),
    ];
    if let Some(controls) = controls::controls(results) {
        let after = |section: &Section<'_>| section.id == "performance";
        let place = sections.iter().position(after);
        sections.insert(place.map_or(0, |place| place + 1), controls);
    }
    if let Some(section) = subgroups::subgroups(results, drawn) {
        let place = sections.iter().position(|one| one.id == "survival");
        sections.insert(place.unwrap_or(sections.len()), section);
    }
    page::number(&mut sections);
    sections
}

/// The sentence that stands where a part is missing.
fn missing(results: &Results, key: &str, otherwise: &str) -> String {
    let reason = results
        .reasons
        .get(key)
        .map(String::as_str)
        .filter(|text| !text.trim().is_empty());
    super::format::sentence(reason.unwrap_or(otherwise))
}
