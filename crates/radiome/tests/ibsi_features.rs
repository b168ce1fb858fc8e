//! The page docs/ibsi_features.md is what the program writes.

use std::path::{Path, PathBuf};

use radiome::conformity;
use radiome::extract::Progress;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ibsi_features.md");
    std::fs::read_to_string(path).unwrap()
}

/// Without the counts of reference values: the last cell of each row, and the sentence above.
fn without_counts(page: &str) -> Vec<&str> {
    page.lines()
        .filter(|line| !line.ends_with("reference values agree."))
        .map(|line| match line.strip_suffix(" |") {
            Some(row) => row.rsplit_once(" | ").unwrap().0,
            None => line,
        })
        .collect()
}

const ADVICE: &str =
    "docs/ibsi_features.md is out of date: run `radiome ibsi --data DIR --markdown FILE`";

#[test]
fn names_and_departures_are_up_to_date() {
    let found = conformity::run(None, Some(1), Progress::Silent).unwrap();
    let (page, written) = (page(), found.to_markdown());
    assert_eq!(without_counts(&page), without_counts(&written), "{ADVICE}");
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let heads = 11 * 2;
    assert_eq!(rows.count(), 174 + heads);
}

#[cfg(unix)]
#[test]
fn counts_are_up_to_date() {
    let fallback = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("RADIOME_SHARED").map_or(fallback, PathBuf::from);
    let phantoms = shared.join("data/ibsi1");
    if !phantoms.join("reference_values.csv").is_file() {
        eprintln!(
            "skipped: {} is not there (set RADIOME_SHARED)",
            phantoms.display()
        );
        return;
    }
    // The phantoms alone: patients do not change the page.
    let folder = tempfile::tempdir().unwrap();
    let phantoms = phantoms.canonicalize().unwrap();
    std::os::unix::fs::symlink(phantoms, folder.path().join("ibsi1")).unwrap();
    let found = conformity::run(Some(folder.path()), None, Progress::Silent).unwrap();
    assert_eq!(page(), found.to_markdown(), "{ADVICE}");
}
