//! Every direct dependency is described in docs/dependencies.md, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The crates that the manifests of the workspace name as dependencies, of the program or of tests;
/// its own are left out.
fn direct_dependencies() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let manifest = entry.unwrap().path().join("Cargo.toml");
        let Ok(text) = fs::read_to_string(&manifest) else {
            continue;
        };
        let mut inside = false;
        for line in text.lines() {
            if let Some(section) = line.strip_prefix('[') {
                inside = section.trim_end_matches(']').ends_with("dependencies");
            } else if inside && let Some((key, _)) = line.split_once('=') {
                let name = key.trim().trim_end_matches(".workspace");
                if !name.is_empty() && !name.starts_with('#') && !name.starts_with("radiome") {
                    found.insert(name.to_owned());
                }
            }
        }
    }
    assert!(found.len() > 20, "{found:?}");
    found
}

/// The rows of the table: crate and licence.
fn described() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect());
    let cells: Vec<Vec<&str>> = cells.collect();
    let named = cells
        .iter()
        .filter(|row| row.len() == 4 && row[0] != "crate");
    named
        .filter(|row| !row[0].starts_with("---"))
        .inspect(|row| assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}"))
        .map(|row| (row[0].to_owned(), row[3].to_owned()))
        .collect()
}

#[test]
fn every_direct_dependency_has_a_reason() {
    let described: BTreeSet<String> = described().into_keys().collect();
    let direct = direct_dependencies();
    let lacking: Vec<&String> = direct.difference(&described).collect();
    assert!(
        lacking.is_empty(),
        "no row in docs/dependencies.md: {lacking:?}"
    );
    let gone: Vec<&String> = described.difference(&direct).collect();
    assert!(gone.is_empty(), "no dependency any more: {gone:?}");
}

/// Each part of each licence is one that deny.toml allows (all of them, though `OR` asks for one).
#[test]
fn licences_are_those_that_deny_allows() {
    let deny = fs::read_to_string(root().join("deny.toml")).unwrap();
    for (name, licence) in described() {
        let parts = licence.split([' ', '(', ')']);
        for part in parts.filter(|part| !matches!(*part, "" | "OR" | "AND" | "WITH")) {
            let allowed = deny.contains(&format!("\"{part}\""));
            assert!(allowed, "{name}: {part} is not in deny.toml");
        }
    }
}

/// The one lint that keeps unsafe code out, and the crates that take it over; one that is a workspace
/// of its own says it again.
#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let manifest = entry.unwrap().path().join("Cargo.toml");
        if let Ok(text) = fs::read_to_string(&manifest) {
            let inherits = text.contains("[lints]\nworkspace = true");
            let forbids = text.contains("[lints.rust]\nunsafe_code = \"forbid\"");
            assert!(
                inherits || forbids,
                "{} allows unsafe code",
                manifest.display()
            );
        }
    }
}
