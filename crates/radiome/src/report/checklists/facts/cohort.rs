//! Who was studied, and for what.

use super::super::super::format::{fixed, listed, plain};
use crate::results::Results;

pub(in super::super) fn flow(results: &Results) -> Option<String> {
    let cohort = &results.cohort;
    Some(format!(
        "{} in the tables, {} left out (reasons in tables/exclusions.csv); {}; figure cohort_flow",
        cohort.enrolled,
        cohort.excluded.len(),
        sets(results)?
    ))
}

/// Who was analysed.
pub(in super::super) fn sets(results: &Results) -> Option<String> {
    let sets: Vec<String> = results
        .cohort
        .analysed
        .iter()
        .map(|(split, counts)| format!("{split}: {} ({} positive)", counts.n, counts.positive))
        .collect();
    (!sets.is_empty()).then(|| sets.join("; "))
}

pub(in super::super) fn split(results: &Results) -> Option<String> {
    let how = if results.cohort.analysed.contains_key("external") {
        "divided by a column of the study file, not at random"
    } else {
        "no external set"
    };
    Some(format!("{}; {how}", sets(results)?))
}

pub(in super::super) fn outcome(results: &Results) -> Option<String> {
    let study = &results.study;
    let time = study.survival_time.as_ref();
    let survival = time.map_or_else(String::new, |time| format!("; time to event: {time}"));
    Some(format!(
        "column {}, positive where it is {}{survival}",
        study.outcome, study.positive
    ))
}

pub(in super::super) fn clinical(results: &Results) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for term in &results.clinical_model.univariate {
        if !names.contains(&term.variable) {
            names.push(term.variable.clone());
        }
    }
    (!names.is_empty()).then(|| format!("columns {}", listed(&names)))
}

pub(in super::super) fn baseline(results: &Results) -> Option<String> {
    (!results.table_one.rows.is_empty())
        .then(|| "by set and outcome in tables/table_one.csv".to_owned())
}

pub(in super::super) fn sample_size(results: &Results) -> Option<String> {
    let size = results.sample_size.as_ref()?;
    let needed = size.required.iter().find(|one| one.model == "candidates")?;
    Some(format!(
        "{} training patients, {} positive, {} candidate parameters; the criteria of Riley and \
         others ask for {} (R² of Nagelkerke {}); tables/sample_size.csv. Not worked out before \
         the study by this record",
        size.n,
        size.positive,
        size.candidates(),
        needed.required,
        fixed(needed.r2_nagelkerke, 2)
    ))
}

pub(in super::super) fn workflow(_: &Results) -> Option<String> {
    Some("figure workflow".to_owned())
}

/// What was left out or filled in, as the warnings tell it.
pub(in super::super) fn missing_data(results: &Results) -> Option<String> {
    let excluded = results.cohort.excluded.len();
    let left_out = (excluded > 0)
        .then(|| format!("{excluded} patients left out, with reasons in tables/exclusions.csv"));
    let about = |code: &str| {
        [
            "undefined_features",
            "missing_feature_value",
            "missing_clinical_value",
        ]
        .contains(&code)
            || code.contains("imput")
    };
    let warned = results
        .warnings
        .iter()
        .filter(|warning| about(&warning.code))
        .map(|warning| warning.text.clone());
    let clinical = (results.missing_values.as_ref()).map(|found| match &found.imputation {
        Some(how) => format!(
            "clinical candidates: multiple imputation by chained equations, {} completed data sets; \
             tables/missing_values.csv",
            how.imputations
        ),
        None => "clinical candidates: complete cases; tables/missing_values.csv".to_owned(),
    });
    let told: Vec<String> = (left_out.into_iter().chain(clinical))
        .chain(warned)
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

pub(in super::super) fn class_balance(results: &Results) -> Option<String> {
    Some(format!(
        "{}; no resampling or weighting of classes",
        sets(results)?
    ))
}

pub(in super::super) fn follow_up(results: &Results) -> Option<String> {
    let told: Vec<String> = results
        .cohort
        .follow_up
        .as_ref()?
        .iter()
        .map(|(split, one)| {
            let median = one.median.map_or_else(|| "not reached".to_owned(), plain);
            format!(
                "{split}: {} events in {}, median follow-up {median}",
                one.events, one.n
            )
        })
        .collect();
    Some(told.join("; "))
}

/// Patients and follow-up together.
pub(in super::super) fn flow_and_follow_up(results: &Results) -> Option<String> {
    let flow = flow(results)?;
    Some(match follow_up(results) {
        Some(follow_up) => format!("{flow}; {follow_up}"),
        None => flow,
    })
}

pub(in super::super) fn batches(results: &Results) -> Option<String> {
    let told: Vec<String> = results
        .cohort
        .analysed
        .iter()
        .filter(|(_, counts)| !counts.batches.is_empty())
        .map(|(split, counts)| {
            let each: Vec<String> = counts
                .batches
                .iter()
                .map(|(name, n)| format!("{name} ({n})"))
                .collect();
            format!("{split}: {}", each.join(", "))
        })
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

pub(in super::super) fn external(results: &Results) -> Option<String> {
    let counts = results.cohort.analysed.get("external")?;
    Some(format!(
        "{} patients of the external set ({} positive); whether from another institution must be \
         said",
        counts.n, counts.positive
    ))
}

/// The baseline table holds both sets.
pub(in super::super) fn side_by_side(results: &Results) -> Option<String> {
    let both = results.table_one.splits.len() > 1;
    baseline(results).filter(|_| both)
}
