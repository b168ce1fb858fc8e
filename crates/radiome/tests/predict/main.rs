//! The final models in use: `radiome predict` gives the study's own probabilities again, to the
//! bit, and says what is wrong with a request; the page of the nomogram agrees with it.

mod calculator;
mod corrected;
mod demo_patients;
mod demo_run;
mod interval;
mod requests;
mod schema;
#[allow(dead_code)]
#[path = "../small_cohort/mod.rs"]
mod small_cohort;

use std::path::Path;

use radiome::table::Table;
use serde_json::Value;
use small_cohort::ends;

/// Runs predict with --json in a folder and reads what it prints.
#[track_caller]
pub(crate) fn predicted(folder: &Path, status: i32, arguments: &[&str]) -> Value {
    let all: Vec<&str> = (["predict", "--json"].iter().chain(arguments).copied()).collect();
    let (out, _) = ends(folder, status, &all);
    serde_json::from_str(&out).unwrap()
}

/// A request that must be refused with these words.
#[track_caller]
pub(crate) fn refused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let all: Vec<&str> = (["predict"].iter().chain(arguments).copied()).collect();
    let (_, err) = ends(folder, 2, &all);
    for word in words {
        assert!(err.contains(word), "no {word:?} in\n{err}");
    }
}

/// Compares every model's probability with predictions.csv, bit by bit; gives the patients compared.
#[track_caller]
pub(crate) fn same_bits(run: &Path, found: &Value) -> usize {
    let table = Table::read(&run.join("predictions.csv")).unwrap();
    let ids = table.ids("id").unwrap();
    let patients = found["patients"].as_array().unwrap();
    for patient in patients {
        let name = patient["id"].as_str().unwrap();
        let row = ids.iter().position(|id| *id == name).unwrap();
        let probabilities = patient["probabilities"].as_object().unwrap();
        assert!(probabilities.len() >= 3);
        let columns = table
            .columns()
            .filter(|name| name.ends_with("_probability"));
        assert_eq!(columns.count(), probabilities.len());
        let written = |column: String| table.numbers(&column).unwrap()[row];
        let same = |column: String, value: &Value| {
            let expected = written(column.clone());
            match value.as_f64() {
                Some(value) => assert_eq!(value.to_bits(), expected.to_bits(), "{name} {column}"),
                None => assert!(expected.is_nan(), "{name} {column}"),
            }
        };
        for (model, value) in probabilities {
            same(format!("{model}_probability"), value);
        }
        same("nomogram_probability".to_owned(), &patient["probability"]);
        same("nomogram_score".to_owned(), &patient["linear_predictor"]);
        for (model, value) in patient["rad_score"].as_object().unwrap() {
            same(format!("{model}_score"), value);
        }
    }
    patients.len()
}
