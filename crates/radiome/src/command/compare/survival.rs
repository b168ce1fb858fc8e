//! A time to an event compared between groups.

use miette::miette;
use radiome::table::Table;
use radiome_stats::survival::{SurvivalInterval, kaplan_meier, log_rank};
use serde_json::{Map, json};

use super::test::{self, Test, TestResult};
use super::variable::Variable;
use super::{Compared, Design};
use crate::command::tabular::{FollowUp, Levels, short};

pub(super) fn compare(
    table: &Table,
    variable: &Variable,
    groups: &Levels,
    design: Design,
) -> miette::Result<Compared> {
    let Some(event) = variable.event.as_deref() else {
        return Err(miette!("\"{}\" has no column of events", variable.name));
    };
    let (times, events) = (table.texts(&variable.name)?, table.texts(event)?);
    let (mut rows, mut group) = (Vec::new(), Vec::new());
    let mut missing = vec![0usize; groups.names.len()];
    let cells = times.iter().zip(&events).zip(&groups.places).enumerate();
    for (row, ((time, event), place)) in cells {
        let Some(place) = *place else { continue };
        if time.is_some() && event.is_some() {
            rows.push(row);
            group.push(place);
        } else if let Some(count) = missing.get_mut(place) {
            *count += 1;
        }
    }
    let FollowUp { time, event: seen } =
        FollowUp::of(&table.select_rows(&rows), &variable.name, event)?;
    let (mut summary, mut texts) = (Map::new(), Vec::new());
    for (place, (name, missing)) in groups.names.iter().zip(&missing).enumerate() {
        let here = || {
            group
                .iter()
                .zip(&time)
                .zip(&seen)
                .filter(|((of, _), _)| **of == place)
        };
        let time: Vec<f64> = here().map(|((_, time), _)| *time).collect();
        let seen: Vec<bool> = here().map(|(_, seen)| *seen).collect();
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
