//! What several test files need: shared data, fixtures and a place for files.
#![allow(dead_code, unreachable_pub)]

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Rows of a CSV file, each from column name to text.
pub fn table(path: impl AsRef<std::path::Path>) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path.as_ref()).unwrap();
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

/// A fixture beside these tests.
pub fn reference(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference")
        .join(name)
}

/// A path for a file of one test.
pub fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The folder of shared images; `None`, and a word on it, where it is absent.
pub fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("RADIOME_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let data = folder.join("data");
    if data.is_dir() {
        return Some(data);
    }
    eprintln!("skipped: no shared images in {}", data.display());
    None
}

pub fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect()
}

pub fn three(text: &str) -> [f64; 3] {
    numbers(text).try_into().unwrap()
}

pub fn matrix(text: &str) -> [[f64; 3]; 3] {
    let entries = numbers(text);
    std::array::from_fn(|row| std::array::from_fn(|column| entries[3 * row + column]))
}
