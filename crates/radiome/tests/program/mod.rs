//! The program, run as a user runs it.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in a folder.
pub(crate) fn radiome(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_radiome"))
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the program and checks how it ends, which is never a panic; gives standard output, and
/// standard error with the line breaks of the screen taken out.
#[track_caller]
pub(crate) fn ends(folder: &Path, status: i32, arguments: &[&str]) -> (String, String) {
    let output = radiome(folder, arguments);
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    let code = output.status.code();
    assert_eq!(code, Some(status), "{arguments:?}\n{out}\n{err}");
    assert!(!err.contains("panicked"), "{arguments:?}\n{err}");
    let err = err.replace('│', " ");
    (out, err.split_whitespace().collect::<Vec<_>>().join(" "))
}
