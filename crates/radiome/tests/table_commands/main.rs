//! The commands on a table, run as a user runs them: on the shared reference set, and on small
//! tables of their own.

mod calibration;
mod combat;
mod compare;
mod concordance;
mod cox;
mod cutpoint;
mod decision;
mod icc;
mod kaplan_meier;
mod kappa;
mod lasso;
mod logistic;
mod nomogram;
mod p_adjust;
mod plan;
mod published_tables;
mod roc;
mod select;
mod shared_options;
mod survival_auc;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The reference set of statistics; says why and gives `None` if it is not there.
fn reference() -> Option<PathBuf> {
    let shared = std::env::var_os("RADIOME_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("reference/stats");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "skipped: {} is absent (set RADIOME_SHARED)",
        folder.display()
    );
    None
}

/// A folder with one table, table.csv.
fn folder(table: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("table.csv"), table).unwrap();
    folder
}

/// Runs the command in a folder; gives back its status, standard output and standard error.
fn run_with(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_radiome"))
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that refuses its options reads nothing.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    // Messages are wrapped to the width of the screen.
    let err = err.replace("│", " ");
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        err.split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

/// Runs a command that works, and gives back standard output.
#[track_caller]
fn run(folder: &Path, arguments: &[&str]) -> String {
    let (status, out, err) = run_with(folder, arguments, "");
    assert_eq!(status, 0, "{arguments:?}\n{err}");
    out
}

/// Runs a command with `--json` and gives back its object.
#[track_caller]
fn json(folder: &Path, arguments: &[&str]) -> Value {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&run(folder, &arguments)).unwrap()
}

/// Runs a command that must be refused, and gives back what it says.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let (status, out, err) = run_with(folder, arguments, "");
    assert_eq!(status, 2, "{arguments:?}\n{err}");
    assert_eq!(out, "");
    err
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A number of an object: null is NaN.
#[track_caller]
fn number(value: &Value) -> f64 {
    match value {
        Value::Null => f64::NAN,
        Value::String(word) if word == "Inf" => f64::INFINITY,
        Value::String(word) if word == "-Inf" => f64::NEG_INFINITY,
        other => other
            .as_f64()
            .unwrap_or_else(|| panic!("no number: {other}")),
    }
}

/// The largest relative difference so far, and how many values were compared.
#[derive(Default)]
struct Agreement {
    largest: f64,
    compared: usize,
}

impl Agreement {
    /// NaN and infinities must agree; zero must be zero to within the tolerance.
    #[track_caller]
    fn check(&mut self, place: &str, found: &Value, expected: &Value, tolerance: f64) {
        let (found, expected) = (number(found), number(expected));
        self.compared += 1;
        if found == expected || (found.is_nan() && expected.is_nan()) {
            return;
        }
        let scale = if expected == 0.0 { 1.0 } else { expected.abs() };
        let difference = (found - expected).abs() / scale;
        assert!(
            difference <= tolerance,
            "{place}: {found} against {expected}, relative difference {difference:e}"
        );
        self.largest = self.largest.max(difference);
    }

    fn report(&self, what: &str) {
        assert!(self.compared > 0, "{what}: nothing was compared");
        println!(
            "{what}: {} values, largest relative difference {:.1e}",
            self.compared, self.largest
        );
    }
}
