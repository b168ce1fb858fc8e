//! A time to an event compared between groups.

use miette::miette;
use radiome::table::Table;
use radiome_stats::survival::{SurvivalInterval, kaplan_meier, log_rank};
use serde_json::{Map, json};

use super::test::{self, Test, TestResult};
use super::variable::Variable;
use super::{Compared, Design};
use crate::command::tabular::{Levels, short};

pub(super) fn compare(
    table: &Table,
    variable: &Variable,
    groups: &Levels,
    design: Design,
) -> miette::Result<Compared> {
    let times = table.numbers(&variable.name)?;
    let Some(event) = variable.event.as_deref() else {
        return Err(miette!("\"{}\" has no column of events", variable.name));
    };
    let events = table.numbers(event)?;
    // Time, event and group of each patient, in the order of the rows.
    let mut patients: Vec<(f64, bool, usize)> = Vec::new();
    let mut missing = vec![0usize; groups.names.len()];
    for (row, ((&time, &seen), group)) in times.iter().zip(&events).zip(&groups.places).enumerate()
    {
        let Some(group) = *group else { continue };
        if time.is_nan() || seen.is_nan() {
            if let Some(count) = missing.get_mut(group) {
                *count += 1;
            }
            continue;
        }
        if time < 0.0 || time.is_infinite() {
            return Err(wrong(
                table,
                &variable.name,
                row,
                "is no time; it must be 0 or more",
            )?);
        }
        if seen != 0.0 && seen != 1.0 {
            return Err(wrong(
                table,
                event,
                row,
                "is no event; write 1 where it was seen, else 0",
            )?);
        }
        patients.push((time, seen == 1.0, group));
    }
    if !patients.iter().any(|(_, seen, _)| *seen) {
        return Err(miette!(
            help = "check the column of --event: it is 1 where the event was seen",
            "{}, column \"{event}\": no event was seen",
            table.source()
        ));
    }
    let (mut summary, mut texts) = (Map::new(), Vec::new());
    for (group, (name, missing)) in groups.names.iter().zip(&missing).enumerate() {
        let here = || patients.iter().filter(|patient| patient.2 == group);
        let time: Vec<f64> = here().map(|patient| patient.0).collect();
        let seen: Vec<bool> = here().map(|patient| patient.1).collect();
        let curve = kaplan_meier(&time, &seen, SurvivalInterval::Log, design.confidence);
        let median = curve.map(|curve| curve.median());
        let none = [None; 3];
        let [middle, lower, upper] =
            median.map_or(none, |found| [found.time, found.lower, found.upper]);
        let number = seen.iter().filter(|seen| **seen).count();
        let reached = middle.map_or_else(|| "not reached".to_owned(), short);
        texts.push(format!("{number}/{} events, median {reached}", time.len()));
        summary.insert(
            name.clone(),
            json!({
                "n": time.len(),
                "missing": missing,
                "events": number,
                "median": middle,
                "median_ci": [lower, upper],
            }),
        );
    }
    let time: Vec<f64> = patients.iter().map(|patient| patient.0).collect();
    let seen: Vec<bool> = patients.iter().map(|patient| patient.1).collect();
    let group: Vec<usize> = patients.iter().map(|patient| patient.2).collect();
    let mut tests = Vec::new();
    for (name, rho) in [("log_rank", 0.0), ("peto", 1.0)] {
        if rho > 0.0 && !design.all_tests {
            continue;
        }
        let found = log_rank(&time, &seen, &group, None, rho);
        tests.push(Test::new(name, found, |found| TestResult {
            more: vec![
                ("observed", json!(found.observed)),
                ("expected", json!(found.expected)),
            ],
            ..test::chi_square(found.chi_square, found.df as f64, found.p)
        }));
    }
    Ok(Compared {
        summary,
        lines: vec![(None, texts)],
        chosen: "log_rank",
        tests,
    })
}

fn wrong(table: &Table, column: &str, row: usize, what: &str) -> miette::Result<miette::Report> {
    let (file, place) = table.place(column, row)?;
    let found = table.cells(column)?.get(row).cloned().unwrap_or_default();
    Ok(miette!(
        help = "correct the cell, or empty it if the value is missing",
        "{file}, row {place}, column \"{column}\": \"{found}\" {what}"
    ))
}
