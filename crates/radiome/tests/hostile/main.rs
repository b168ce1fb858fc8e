//! What people and files can do to the program from outside: names that climb out of folders, names
//! that are markup, numbers at the ends of their range, files that are made to harm.

mod files;
mod mutations;
mod names;
mod numbers;
mod pages;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in a folder.
fn radiome(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_radiome"))
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the program and checks how it ends; gives standard output and standard error, with the
/// line breaks of the screen taken out. It never panics.
#[track_caller]
fn ends(folder: &Path, status: i32, arguments: &[&str]) -> (String, String) {
    let output = radiome(folder, arguments);
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        output.status.code(),
        Some(status),
        "{arguments:?}\n{out}\n{err}"
    );
    assert!(!err.contains("panicked"), "{arguments:?}\n{err}");
    let err = err.replace('│', " ");
    (out, err.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Everything below a folder, as paths relative to it.
fn everything_in(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(one) = folders.pop() {
        for entry in std::fs::read_dir(one).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path.strip_prefix(folder).unwrap().display().to_string());
        }
    }
    found
}
