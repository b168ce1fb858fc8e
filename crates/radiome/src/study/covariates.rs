//! `harmonization.covariates`: columns whose effect on the features ComBat keeps.

use std::collections::BTreeMap;

use super::candidates::{decides_outcome, read_column, role};
use super::cohort::missing_column;
use super::file::{HarmonizationFit, Mode, StudyFile, UnseenBatch};
use super::{Cohort, Problem, Split, Study};
use crate::pipeline::{ClinicalColumn, ClinicalValues, Term};

/// A column whose part outside the span of the others is a smaller share of it than this follows
/// from them.
const DEPENDENT: f64 = 1e-9;

/// The covariates of the analysed patients.
pub(super) fn read(study: &Study, cohort: &Cohort) -> Vec<ClinicalColumn> {
    let rows: Vec<usize> = cohort.patients.iter().map(|patient| patient.row).collect();
    let names = study.file.harmonization.iter();
    names
        .flat_map(|rule| &rule.covariates)
        // A column that is not there was refused when the study was read.
        .filter_map(|name| read_column(&cohort.table, name, &rows).ok())
        .collect()
}

/// What is wrong with the covariates: a column that is not there or is named twice; one that a new
/// patient does not have; one with a single value or that follows from the scanner; an external
/// level that training never saw, where unseen ones are errors.
pub(super) fn check(cohort: &Cohort, file: &StudyFile) -> Vec<Problem> {
    let Some(rule) = &file.harmonization else {
        return Vec::new();
    };
    let rows: Vec<usize> = cohort.patients.iter().map(|patient| patient.row).collect();
    let mut problems = Vec::new();
    let mut columns: Vec<ClinicalColumn> = Vec::new();
    let key = "harmonization.covariates";
    for name in &rule.covariates {
        if columns.iter().any(|column| column.name == *name) {
            problems.push(Problem::new(
                format!("`{key}` names `{name}` more than once"),
                "name it once",
            ));
            continue;
        }
        if *name == rule.batch {
            problems.push(Problem::new(
                format!("`{key}`: `{name}` is the scanner itself"),
                "take it out of the list",
            ));
            continue;
        }
        if let Some(role) = role(name, file)
            && (role != "outcome" || file.mode == Mode::Honest)
        {
            problems.push(Problem::new(
                format!(
                    "`{key}`: `{name}` is the study's {role}; it is not known of a new patient, \
                     whose features could then not be harmonised, and for the patients at hand it \
                     would carry what is to be predicted into the features"
                ),
                if role == "outcome" {
                    "take it out; papers that keep the effect of the outcome are followed by `mode: as_published` alone"
                } else {
                    "take it out of the list"
                },
            ));
            continue;
        }
        match read_column(&cohort.table, name, &rows) {
            Ok(column) => columns.push(column),
            Err(text) => problems.push(missing_column(&cohort.table, name, key, &text)),
        }
    }
    if file.mode == Mode::Honest {
        for column in &columns {
            let name = &column.name;
            if decides_outcome(column, cohort) && !file.clinical.allow.contains(name) {
                problems.push(Problem::new(
                    format!(
                        "`{key}`: every value of `{name}` belongs to one class of `{}`; it looks like the outcome under another name",
                        file.outcome.column
                    ),
                    format!(
                        "take it out, or write `allow: [{name}]` under `clinical` if it is known of a new patient"
                    ),
                ));
            }
        }
    }
    if problems.is_empty() {
        problems.extend(dependent(&columns, cohort, rule.fit));
    }
    if problems.is_empty() && rule.unseen == UnseenBatch::Error {
        problems.extend(unseen_levels(&columns, cohort));
    }
    problems
}

/// Covariates without an effect of their own in the patients that the fit sees.
fn dependent(columns: &[ClinicalColumn], cohort: &Cohort, fit: HarmonizationFit) -> Vec<Problem> {
    let seen: Vec<usize> = (0..cohort.patients.len())
        .filter(|&row| {
            fit == HarmonizationFit::Pooled || cohort.patients[row].split == Split::Train
        })
        .collect();
    let mut scanners: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for &row in &seen {
        scanners
            .entry(&cohort.patients[row].batch)
            .or_default()
            .push(row);
    }
    scanners.retain(|_, rows| rows.len() > 1);
    if scanners.len() < 2 {
        // Nothing will be harmonised, which the results say.
        return Vec::new();
    }
    let rows: Vec<usize> = scanners.values().flatten().copied().collect();
    let mut span: Vec<Vec<f64>> = Vec::new();
    for of_scanner in scanners.values() {
        let own = |row: &usize| f64::from(u8::from(of_scanner.contains(row)));
        add_to_span(&mut span, rows.iter().map(own).collect());
    }
    let mut problems = Vec::new();
    for column in columns {
        let own = column.rows(&rows);
        let name = &column.name;
        let Some(term) = Term::of(&own) else {
            problems.push(Problem::new(
                format!("`harmonization.covariates`: `{name}` has a single value in the patients that the scanner effects are learnt from"),
                "take it out of the list: there is no effect to keep",
            ));
            continue;
        };
        let encoded: Vec<Vec<f64>> = (0..rows.len())
            .filter_map(|row| term.encode(&own, row))
            .collect();
        let names = term.column_names();
        let follows = (0..names.len()).find(|&place| {
            let values = encoded.iter().map(|row| row[place]).collect();
            !add_to_span(&mut span, values)
        });
        if let Some(place) = follows {
            problems.push(Problem::new(
                format!(
                    "`harmonization.covariates`: `{}` follows from the scanner and the covariates before it, so their effects cannot be told apart",
                    names[place]
                ),
                format!("take `{name}` out of the list, or put levels together that are found on one scanner only"),
            ));
        }
    }
    problems
}

/// Adds a vector to an orthonormal basis; `false` if it lies in its span.
fn add_to_span(basis: &mut Vec<Vec<f64>>, mut vector: Vec<f64>) -> bool {
    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let before = norm(&vector);
    // Twice, so that rounding of the first pass leaves nothing behind.
    for _ in 0..2 {
        for unit in basis.iter() {
            let dot: f64 = unit.iter().zip(&vector).map(|(a, b)| a * b).sum();
            for (value, unit) in vector.iter_mut().zip(unit) {
                *value -= dot * unit;
            }
        }
    }
    let after = norm(&vector);
    if after <= DEPENDENT * before {
        return false;
    }
    for value in &mut vector {
        *value /= after;
    }
    basis.push(vector);
    true
}

/// Levels of external patients that no training patient has.
fn unseen_levels(columns: &[ClinicalColumn], cohort: &Cohort) -> Option<Problem> {
    let mut unseen = Vec::new();
    for column in columns {
        let ClinicalValues::Factor(values) = &column.values else {
            continue;
        };
        let of = |split: Split| {
            let rows = values.iter().zip(&cohort.patients);
            rows.filter(move |(_, patient)| patient.split == split)
                .filter_map(|(value, _)| value.as_deref())
        };
        let known: std::collections::BTreeSet<&str> = of(Split::Train).collect();
        let new: std::collections::BTreeSet<&str> = of(Split::External)
            .filter(|level| !known.contains(level))
            .collect();
        unseen.extend(
            new.into_iter()
                .map(|level| format!("{}={level}", column.name)),
        );
    }
    (!unseen.is_empty()).then(|| {
        Problem::new(
            format!(
                "no training patient has {}, and `harmonization.unseen` is `error`",
                unseen.join(", ")
            ),
            "write `unseen: none` to leave the features of such patients as they are, or take the covariate out",
        )
    })
}
