//! Reads the shared reference set: inputs and what R gave for them.
#![allow(dead_code)] // Each test uses a part of it.

use nalgebra::DMatrix;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The folder of the statistical reference set; says why the test is skipped when it is absent.
pub(crate) fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("RADIOME_SHARED")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")));
    let folder = shared.join("reference/stats");
    if folder.is_dir() {
        return Some(folder);
    }
    println!(
        "skipped: no reference set at {} (set RADIOME_SHARED)",
        folder.display()
    );
    None
}

pub(crate) fn json(path: PathBuf) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A CSV as columns of text.
pub(crate) struct Csv {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Csv {
    pub(crate) fn read(path: PathBuf) -> Csv {
        let mut reader = csv::Reader::from_path(path).unwrap();
        let header = reader.headers().unwrap().iter().map(String::from).collect();
        let rows = reader
            .records()
            .map(|r| r.unwrap().iter().map(String::from).collect())
            .collect();
        Csv { header, rows }
    }

    pub(crate) fn text(&self, name: &str) -> Vec<String> {
        let at = self.header.iter().position(|h| h == name).unwrap();
        self.rows.iter().map(|row| row[at].clone()).collect()
    }

    /// A column of numbers, NA as NaN.
    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        self.text(name).iter().map(|v| number_of_text(v)).collect()
    }

    pub(crate) fn matrix(&self, names: &[String]) -> DMatrix<f64> {
        let columns: Vec<Vec<f64>> = names.iter().map(|n| self.numbers(n)).collect();
        DMatrix::from_fn(self.rows.len(), names.len(), |i, j| columns[j][i])
    }

    /// Rows in which a column has this text.
    pub(crate) fn select(&self, name: &str, wanted: &str) -> Csv {
        let at = self.header.iter().position(|h| h == name).unwrap();
        Csv {
            header: self.header.clone(),
            rows: self
                .rows
                .iter()
                .filter(|r| r[at] == wanted)
                .cloned()
                .collect(),
        }
    }
}

fn number_of_text(text: &str) -> f64 {
    if text == "NA" {
        f64::NAN
    } else {
        text.parse().unwrap()
    }
}

/// A number of the reference: `null` is NaN, infinities are strings.
pub(crate) fn number(value: &Value) -> f64 {
    match value {
        Value::Null => f64::NAN,
        Value::String(s) if s == "Inf" => f64::INFINITY,
        Value::String(s) if s == "-Inf" => f64::NEG_INFINITY,
        other => other
            .as_f64()
            .unwrap_or_else(|| panic!("not a number: {other}")),
    }
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

pub(crate) fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_str().unwrap().to_string())
        .collect()
}

/// The rows of a matrix of the reference.
pub(crate) fn rows(value: &Value) -> Vec<Vec<f64>> {
    value["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect()
}

/// Collects relative differences; prints the worst of each quantity, and fails beyond tolerance.
#[derive(Default)]
pub(crate) struct Differences {
    worst: BTreeMap<String, (f64, String)>,
    count: usize,
}

impl Differences {
    /// Relative difference, with `floor` as the least scale; NaN and infinities must agree.
    pub(crate) fn add(
        &mut self,
        quantity: &str,
        place: &str,
        ours: f64,
        expected: f64,
        floor: f64,
    ) {
        let difference = if ours == expected || (ours.is_nan() && expected.is_nan()) {
            0.0
        } else {
            let relative = (ours - expected).abs() / expected.abs().max(floor);
            if relative.is_finite() {
                relative
            } else {
                f64::INFINITY
            }
        };
        self.count += 1;
        let entry = self
            .worst
            .entry(quantity.to_string())
            .or_insert((-1.0, String::new()));
        if difference > entry.0 {
            *entry = (
                difference,
                format!("{place}: ours {ours:e}, expected {expected:e}"),
            );
        }
    }

    /// Prints, and asserts each quantity against its tolerance (the first whose name is a prefix).
    pub(crate) fn check(&self, topic: &str, tolerances: &[(&str, f64)]) {
        println!("{topic}: {} comparisons", self.count);
        let mut failed = Vec::new();
        assert!(self.count > 0, "nothing was compared");
        for (quantity, (difference, place)) in &self.worst {
            let tolerance = tolerances
                .iter()
                .find(|(prefix, _)| quantity.starts_with(prefix))
                .unwrap_or_else(|| panic!("no tolerance for {quantity}"))
                .1;
            println!("  {quantity:<34} worst {difference:9.2e} (limit {tolerance:.0e}) {place}");
            if !(*difference <= tolerance) {
                failed.push(format!("{quantity} {difference:e} at {place}"));
            }
        }
        assert!(failed.is_empty(), "{topic}: {failed:#?}");
    }
}
