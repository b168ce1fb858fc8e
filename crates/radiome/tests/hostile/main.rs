//! What people and files can do to the program from outside: names that climb out of folders, names
//! that are markup, numbers at the ends of their range, files that are made to harm.

mod files;
mod mutations;
mod names;
mod numbers;
mod pages;
#[path = "../program/mod.rs"]
mod program;
mod results;

use std::collections::BTreeSet;
use std::path::Path;

use program::{ends, radiome};

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
