//! Patients and readings.

use indexmap::IndexMap;
use radiome_figures::Theme;
use radiome_figures::figure::cohort_flow::{CohortFlow, FlowCount, FlowSplit, cohort_flow as draw};
use radiome_figures::figure::icc::{Icc, IccPanel, icc};

use super::super::format::split;
use super::Drawn;
use crate::results::Results;

pub(super) fn cohort_flow(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    let cohort = &results.cohort;
    let mut reasons: IndexMap<&str, usize> = IndexMap::new();
    for exclusion in &cohort.excluded {
        // One box a kind of reason: the sentence of a patient may name the patient.
        *reasons.entry(exclusion.reason_code.as_str()).or_default() += 1;
    }
    let data = CohortFlow {
        enrolled: FlowCount {
            label: "Patients enrolled".to_owned(),
            count: cohort.enrolled,
        },
        excluded: reasons
            .into_iter()
            .map(|(code, count)| FlowCount {
                label: code.replace('_', " "),
                count,
            })
            .collect(),
        included: FlowCount {
            label: "Patients analysed".to_owned(),
            count: cohort.analysed.values().map(|counts| counts.n).sum(),
        },
        splits: cohort
            .analysed
            .iter()
            .map(|(name, counts)| FlowSplit {
                label: split(name),
                count: counts.n,
                classes: vec![
                    FlowCount {
                        label: "Positive".to_owned(),
                        count: counts.positive,
                    },
                    FlowCount {
                        label: "Negative".to_owned(),
                        count: counts.negative,
                    },
                ],
            })
            .collect(),
    };
    drawn.add(
        "cohort_flow".to_owned(),
        "Flow of patients",
        format!(
            "From the patients of the tables to those analysed. Positive: {} = {}.",
            results.study.outcome, results.study.positive
        ),
        draw(&data, theme),
    );
}

pub(super) fn reliability(results: &Results, theme: &Theme, drawn: &mut Drawn) {
    let Some(reliability) = &results.reliability else {
        return;
    };
    if reliability.patients.is_empty() {
        return;
    }
    let data = Icc {
        threshold: reliability.threshold,
        panels: reliability
            .patients
            .iter()
            .map(|(comparison, n)| IccPanel {
                name: match comparison.as_str() {
                    "intra" => format!("Within a reader (n = {n})"),
                    "inter" => format!("Between readers (n = {n})"),
                    "perturbations" => format!("Between perturbed images (n = {n})"),
                    other => format!("{other} (n = {n})"),
                },
                values: reliability
                    .features
                    .iter()
                    .map(|one| {
                        one.icc
                            .get(comparison)
                            .copied()
                            .flatten()
                            .unwrap_or(f64::NAN)
                    })
                    .collect(),
            })
            .collect(),
    };
    drawn.add(
        "reliability".to_owned(),
        "Intraclass correlation of the features",
        format!(
            "Number of features by their ICC in each comparison. A feature goes on where {} is \
             above the line in every comparison.",
            if reliability.bound == "lower" {
                "the lower 95% limit"
            } else {
                "the ICC"
            }
        ),
        icc(&data, theme),
    );
}
