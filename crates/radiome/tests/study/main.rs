//! `radiome study`, run as a user runs it, on a small cohort and on everything that may be wrong
//! with one.

mod covariates;
mod new_study;
mod partial_cohorts;
mod perturbations;
mod run_folder;
#[path = "../small_cohort/mod.rs"]
mod small_cohort;
mod undefined_features;
mod unusable_images;
mod wrong_study_file;
mod wrong_tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use radiome::results::Results;

use small_cohort::{SmallCohort, clinical_table, ends};

/// The cohort of the tests that do not change its images.
fn cohort() -> &'static SmallCohort {
    static COHORT: OnceLock<SmallCohort> = OnceLock::new();
    COHORT.get_or_init(SmallCohort::write)
}

/// A study over the cohort that must be refused before anything is computed.
#[track_caller]
fn refused(name: &str, changes: &[(&str, &str)], words: &[&str]) -> String {
    let cohort = cohort();
    cohort.study(name, changes);
    let out = format!("{name}.run");
    let (_, err) = ends(
        cohort.path(),
        2,
        &["study", "run", &format!("{name}.yaml"), "--out", &out],
    );
    for word in words {
        assert!(err.contains(word), "no {word:?} in\n{err}");
    }
    assert!(!cohort.path().join(out).exists(), "something was written");
    err
}

/// Runs a study over the cohort to its end.
#[track_caller]
fn finished(name: &str, status: i32, changes: &[(&str, &str)]) -> (PathBuf, Results, String) {
    let cohort = cohort();
    cohort.study(name, changes);
    let out = format!("{name}.run");
    let (_, err) = ends(
        cohort.path(),
        status,
        &["study", "run", &format!("{name}.yaml"), "--out", &out],
    );
    let folder = cohort.path().join(out);
    let results = results(&folder);
    (folder, results, err)
}

fn results(folder: &Path) -> Results {
    serde_json::from_slice(&fs::read(folder.join("results.json")).unwrap()).unwrap()
}

/// A table of its own beside the images; gives the `tables` key that names it.
fn table(name: &str, change: impl Fn(usize, &str, &str) -> Option<String>) -> String {
    cohort().file(name, &clinical_table(change));
    format!("[{{file: {name}, id: patient_id}}]")
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, before: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{before}{}", path.file_name().unwrap().to_string_lossy());
            if path.is_dir() {
                walk(&path, &format!("{name}/"), found);
            } else {
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, "", &mut found);
    found
}

/// The run of the study as it is, on one thread.
fn base() -> &'static (PathBuf, Results) {
    static BASE: OnceLock<(PathBuf, Results)> = OnceLock::new();
    BASE.get_or_init(|| {
        let cohort = cohort();
        ends(
            cohort.path(),
            0,
            &["study", "run", "study.yaml", "--jobs", "1", "--out", "base"],
        );
        let folder = cohort.path().join("base");
        let results = results(&folder);
        (folder, results)
    })
}

fn codes(results: &Results) -> Vec<&str> {
    results
        .warnings
        .iter()
        .map(|warning| warning.code.as_str())
        .collect()
}
