//! Results whose counts cannot be.

use std::fs;
use std::path::{Path, PathBuf};

use radiome::results::{Results, ResultsError};
use serde_json::Value;

use super::ends;

fn seeds() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/results");
    let paths = fs::read_dir(folder).unwrap();
    paths.map(|entry| entry.unwrap().path()).collect()
}

/// The pointers of all whole numbers in a value.
fn counts(value: &Value, pointer: &str) -> Vec<String> {
    match value {
        Value::Number(number) if number.is_u64() => vec![pointer.to_owned()],
        Value::Array(values) => (values.iter().enumerate())
            .flat_map(|(place, value)| counts(value, &format!("{pointer}/{place}")))
            .collect(),
        Value::Object(entries) => (entries.iter())
            .flat_map(|(key, value)| counts(value, &format!("{pointer}/{key}")))
            .collect(),
        _ => Vec::new(),
    }
}

/// Two groups of 2^63 patients make none in 64 bits, so that a table would show 0. Each count of
/// each seed is changed; only the seed of chance may be as large.
#[test]
fn counts_that_go_round_are_refused() {
    let mut changed = 0;
    for path in seeds() {
        let whole: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        Results::from_json(&whole.to_string()).expect("a seed is read");
        for pointer in counts(&whole, "") {
            let mut value = whole.clone();
            *value.pointer_mut(&pointer).unwrap() = (1_u64 << 63).into();
            let read = Results::from_json(&value.to_string());
            if pointer == "/study/seed" {
                assert_eq!(read.unwrap().study.seed, 1 << 63);
                continue;
            }
            changed += 1;
            let Err(ResultsError::Count { key, count }) = read else {
                panic!("{pointer} was taken");
            };
            assert_eq!(count, 1 << 63);
            let named: Vec<&str> = pointer
                .split('/')
                .filter(|part| !part.is_empty() && part.parse::<usize>().is_err())
                .collect();
            assert_eq!(key, named.join("."), "{pointer}");
        }
    }
    assert!(changed > 50, "{changed}");
}

#[test]
fn a_report_of_damaged_results_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    fs::create_dir(&run).unwrap();
    let seed = seeds().into_iter().next().unwrap();
    let mut value: Value = serde_json::from_slice(&fs::read(seed).unwrap()).unwrap();
    value["study"]["features"] = u64::MAX.into();
    fs::write(run.join("results.json"), value.to_string()).unwrap();
    let (_, said) = ends(folder.path(), 2, &["study", "report", "run"]);
    for word in ["results.json", "`study.features`", "18446744073709551615"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert_eq!(fs::read_dir(&run).unwrap().count(), 1);
}
