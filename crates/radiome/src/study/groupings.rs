//! Columns that group patients for a closer look: strata of survival, and subgroups.

use super::candidates::{MOST_LEVELS, read_column};
use super::cohort::missing_column;
use super::file::StudyFile;
use super::{Cohort, Problem};
use crate::pipeline::ClinicalValues;

/// What is wrong with `survival.strata` and `subgroups`.
pub(super) fn check(file: &StudyFile, cohort: &Cohort) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(survival) = &file.survival {
        let own: Vec<(&str, &str)> = survival.columns().collect();
        check_list(
            "survival.strata",
            &survival.strata,
            &own,
            cohort,
            &mut problems,
        );
    }
    let own = [(file.outcome.column.as_str(), "outcome")];
    check_list("subgroups", &file.subgroups, &own, cohort, &mut problems);
    problems
}

fn check_list(
    key: &str,
    names: &[String],
    refused: &[(&str, &str)],
    cohort: &Cohort,
    problems: &mut Vec<Problem>,
) {
    let rows: Vec<usize> = cohort.patients.iter().map(|patient| patient.row).collect();
    for (place, name) in names.iter().enumerate() {
        if names[..place].contains(name) {
            problems.push(Problem::new(
                format!("`{key}` names `{name}` more than once"),
                "name it once",
            ));
            continue;
        }
        if let Some((_, role)) = refused.iter().find(|(column, _)| column == name) {
            problems.push(Problem::new(
                format!("`{key}`: `{name}` is the study's {role}, it cannot group patients"),
                "take it out of the list",
            ));
            continue;
        }
        match read_column(&cohort.table, name, &rows) {
            Err(text) => problems.push(missing_column(&cohort.table, name, key, &text)),
            Ok(column) => {
                let ClinicalValues::Factor(values) = &column.values else {
                    continue;
                };
                let mut levels: Vec<&String> = values.iter().flatten().collect();
                levels.sort_unstable();
                levels.dedup();
                if levels.len() > MOST_LEVELS {
                    problems.push(Problem::new(
                        format!(
                            "`{key}`: `{name}` has {} different words, such as \"{}\"; at most {MOST_LEVELS} can be shown",
                            levels.len(),
                            levels[0]
                        ),
                        "make a column of fewer groups, or take it out of the list",
                    ));
                }
            }
        }
    }
}
