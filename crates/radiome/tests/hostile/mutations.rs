//! Tables, study files, parameter files, models and results with parts changed by chance: whatever
//! comes out, it is a value or an error. 300 of each kind, or as many as `RADIOME_MUTATIONS` says.
//!
//! The seeds are those of the targets in `fuzz/`, which look where chance alone does not.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use radiome::model::Model;
use radiome::prediction::{NewPatient, predict};
use radiome::results::Results;
use radiome::study::{Cohort, StudyFile};
use radiome::table::Table;
use radiome_features::Settings;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::files::spreadsheet;

/// What a value or a word is replaced with.
const WORDS: [&str; 28] = [
    "null",
    "true",
    "0",
    "-1",
    "1",
    "2",
    "1e308",
    "-1e308",
    "5e-324",
    "1e-300",
    "NaN",
    "Inf",
    "-Inf",
    ".nan",
    ".inf",
    "1e999",
    "18446744073709551615",
    "9007199254740993",
    "[]",
    "{}",
    "\"\"",
    "''",
    "\n",
    "\t",
    "\u{feff}",
    "&a ",
    "*a",
    "\"x\"",
];

/// A number, a word or what stands between them, as a range of the text.
fn token(bytes: &[u8], chance: &mut ChaCha8Rng) -> (usize, usize) {
    let start = chance.random_range(0..bytes.len());
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte);
    let alike = |place: &usize| word(bytes[*place]) == word(bytes[start]);
    let first = (0..=start).rev().take_while(alike).last().unwrap_or(start);
    let end = (start..bytes.len())
        .take_while(alike)
        .last()
        .unwrap_or(start)
        + 1;
    (first, end)
}

/// A seed with a few things changed.
fn mutated(seeds: &[Vec<u8>], chance: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = seeds.choose(chance).unwrap().clone();
    for _ in 0..chance.random_range(1..=6) {
        if bytes.is_empty() {
            bytes.push(b'0');
        }
        let (from, to) = token(&bytes, chance);
        match chance.random_range(0..8) {
            0..=3 => {
                let word = WORDS.choose(chance).unwrap().as_bytes();
                bytes.splice(from..to, word.iter().copied());
            }
            4 => {
                let other = seeds.choose(chance).unwrap();
                let (a, b) = token(other, chance);
                bytes.splice(from..to, other[a..b].iter().copied());
            }
            5 => drop(bytes.drain(from..to)),
            6 => {
                let copied = bytes[from..(to + 40).min(bytes.len())].to_vec();
                bytes.splice(from..from, copied);
            }
            _ => {
                let place = chance.random_range(0..bytes.len());
                bytes[place] = chance.random();
            }
        }
    }
    bytes
}

fn seeds(kind: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(kind);
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Hands changed seeds to a reader, which says whether it took them; a panic, or more than five
/// seconds (a hundred times what the largest seed needs), is a failure that shows the bytes.
fn survive(kind: &str, seeds: &[Vec<u8>], reader: impl Fn(&[u8]) -> bool) {
    let times = std::env::var("RADIOME_MUTATIONS")
        .ok()
        .and_then(|times| times.parse().ok());
    let times: u64 = times.unwrap_or(300);
    let mut chance = ChaCha8Rng::seed_from_u64(times);
    let (mut taken, mut longest) = (0, Duration::ZERO);
    for _ in 0..times {
        let bytes = mutated(seeds, &mut chance);
        let start = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| reader(&bytes))) {
            Ok(took) => taken += u64::from(took),
            Err(_) => {
                let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("panic-{kind}"));
                fs::write(&path, &bytes).unwrap();
                panic!(
                    "{kind}: the reader panicked; its input is {}",
                    path.display()
                );
            }
        }
        longest = longest.max(start.elapsed());
        assert!(
            longest < Duration::from_secs(5),
            "{kind}: {}",
            String::from_utf8_lossy(&bytes)
        );
    }
    println!("{kind}: {times} changed inputs, {taken} of them still taken, longest {longest:?}");
    // Seeds that are no longer read would make this test say nothing.
    assert!(taken > 0, "{kind}: nothing was taken");
}

#[test]
fn tables() {
    let seeds: Vec<Vec<u8>> = seeds("table")
        .iter()
        .filter(|seed| seed[0] < 2)
        .map(|seed| seed[1..].to_vec())
        .collect();
    survive("tables", &seeds, |bytes| Table::parse(bytes, "t").is_ok());
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>ID</t></is></c><c r=\"B1\" t=\"str\"><v>x</v></c></row>\
        <row r=\"3\"><c r=\"A3\" t=\"str\"><v>P1</v></c><c r=\"B3\"><v>2.5</v></c><c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c></row>";
    survive("sheets", &[rows.as_bytes().to_vec()], |bytes| {
        let sheet = spreadsheet(&String::from_utf8_lossy(bytes), 0);
        Table::parse(&sheet, "t").is_ok()
    });
}

#[test]
fn study_files() {
    let mut text = "ID,age,sex,grade,centre,days,dead,stage\n".to_owned();
    for row in 0..12 {
        let centre = if row < 8 { "A" } else { "B" };
        text += &format!(
            "P{row},{},m,{},{centre},{},{},II\n",
            40 + row,
            row % 2,
            90 * row,
            row % 3 % 2
        );
    }
    let patients = Table::parse(text.as_bytes(), "t.csv").unwrap();
    survive("study files", &seeds("study"), |bytes| {
        let Ok(file) = StudyFile::from_yaml(&String::from_utf8_lossy(bytes)) else {
            return false;
        };
        let cohort = Cohort::from_table(patients.clone(), "ID", &file);
        cohort.is_ok_and(|cohort| cohort.obstacles(&file).len() < usize::MAX)
    });
}

#[test]
fn parameter_files() {
    survive("parameter files", &seeds("parameters"), |bytes| {
        let settings = Settings::from_yaml(&String::from_utf8_lossy(bytes));
        settings.is_ok_and(|settings| settings.protocol().is_ok_and(|p| !p.features().is_empty()))
    });
}

#[test]
fn models() {
    survive("models", &seeds("model"), |bytes| {
        let Ok(model) = Model::from_json(&String::from_utf8_lossy(bytes)) else {
            return false;
        };
        let terms = model.clinical_inputs();
        let patient = NewPatient {
            id: "P1".to_owned(),
            batch: model.batches.keys().next().cloned(),
            features: model.features.iter().map(|_| Some(1.5)).collect(),
            clinical: terms
                .iter()
                .map(|term| (term.variable().to_owned(), Some("1".to_owned())))
                .collect(),
            ..NewPatient::default()
        };
        predict(&model, &[patient]).is_ok()
    });
}

/// A name of a file made of results holds nothing but letters, digits, `-` and `_`.
#[test]
fn results() {
    let plain = |name: &str| {
        name.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            && !name.contains("..")
    };
    survive("results", &seeds("results"), |bytes| {
        let Ok(results) = Results::from_json(&String::from_utf8_lossy(bytes)) else {
            return false;
        };
        let Ok(report) = radiome::report::render(&results) else {
            return false;
        };
        let figures = report.figures.iter().map(|figure| &figure.name);
        let tables = report
            .tables
            .iter()
            .chain(&report.checklists)
            .map(|table| &table.name);
        figures
            .chain(tables)
            .for_each(|name| assert!(plain(name), "{name}"));
        true
    });
}
