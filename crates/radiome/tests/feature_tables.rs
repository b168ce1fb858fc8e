//! Studies that start from feature tables, run as a user runs them.

// The cohort is shared with other tests, which use more of it.
#[allow(dead_code)]
mod small_cohort;

use std::fs;
use std::path::Path;

use radiome::table::Table;
use serde_json::Value;

use small_cohort::{SmallCohort, ends};

fn results(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("results.json")).unwrap()).unwrap()
}

/// Readings without their masks, whose place a table takes.
const READINGS: &str = "{readings: {intra: [R1, R1b], inter: [R1, R2]}, threshold: 0.5}";

#[test]
fn the_features_of_a_run_give_the_run_again() {
    let cohort = SmallCohort::write();
    let run = |name: &str, changes: &[(&str, &str)]| {
        cohort.study(name, changes);
        let out = format!("{name}.run");
        let file = format!("{name}.yaml");
        ends(cohort.path(), 0, &["study", "run", &file, "--out", &out]);
        cohort.path().join(out)
    };
    let images = run("images", &[]);
    let tables = "{file: images.run/features.csv, id: id, reading: reading}";
    let again = run(
        "again",
        &[
            ("sequences", ""),
            ("features", tables),
            ("reliability", READINGS),
        ],
    );
    for name in ["predictions.csv", "folds.csv", "features.csv"] {
        let bytes = |folder: &Path| fs::read(folder.join(name)).unwrap();
        assert_eq!(bytes(&images), bytes(&again), "{name}");
    }
    let (first, second) = (results(&images), results(&again));
    for key in [
        "reliability",
        "harmonization",
        "signatures",
        "nomogram",
        "performance",
        "internal_validation",
    ] {
        assert_eq!(first[key], second[key], "{key}");
    }
    assert_eq!(second["study"]["from_tables"], true);
    // There are no images to look at, and it is said.
    assert!(first["quality"]["regions"].is_number() && second["quality"].is_null());
    let reason = second["reasons"]["quality"].as_str().unwrap();
    assert!(reason.contains("no images"), "{reason}");
    assert!(images.join("quality.html").is_file() && !again.join("quality.html").exists());

    // One table a sequence, whose columns do not name it, and the readings in tables of their own.
    let all = Table::read(&images.join("features.csv")).unwrap();
    let readings = all.cells("reading").unwrap();
    let mut keys = [String::new(), String::new()];
    for sequence in ["T1", "T2"] {
        let prefix = format!("{sequence}_");
        for (key, own) in keys.iter_mut().zip([true, false]) {
            let rows: Vec<usize> = (0..all.len())
                .filter(|&row| (readings[row] == "R1") == own)
                .collect();
            let some = all.select_rows(&rows);
            let mut table = Table::new("part", rows.len());
            for name in some.columns() {
                let kept = match name.strip_prefix(&prefix) {
                    Some(bare) => bare,
                    None if name == "id" || (name == "reading" && !own) => name,
                    None => continue,
                };
                table
                    .push_texts(kept, some.cells(name).unwrap().to_vec())
                    .unwrap();
            }
            let file = format!("{sequence}_{own}.csv");
            table.write(&cohort.path().join(&file)).unwrap();
            let reading = if own { "" } else { "reading: reading, " };
            key.push_str(&format!(
                "{{file: {file}, {reading}sequence: {sequence}}}, "
            ));
        }
    }
    let [own, further] = keys;
    let reliability = READINGS
        .replace("R1,", "features,")
        .replace("threshold", &format!("tables: [{further}], threshold"));
    let apart = run(
        "apart",
        &[
            ("sequences", ""),
            ("features", &format!("[{own}]")),
            ("reliability", &reliability),
        ],
    );
    let bytes = |folder: &Path| fs::read(folder.join("predictions.csv")).unwrap();
    assert_eq!(bytes(&images), bytes(&apart));
}

#[test]
fn what_is_wrong_with_feature_tables_is_named() {
    let cohort = SmallCohort::write();
    let pyradiomics = "id,original_glcm_Contrast\nP001,1\nP002,2\n";
    cohort.file("pyradiomics.csv", pyradiomics);
    cohort.file("twice.csv", "id,T1_a,T1_b\nP001,1,2\nP001,1,2\n");
    cohort.file("strangers.csv", "id,T1_a,T1_b\nX1,1,2\nX2,1,2\n");
    cohort.file("words.csv", "id,T1_a\nP001,high\n");
    let refused = |changes: &[(&str, &str)], words: &[&str]| {
        cohort.study("wrong", changes);
        let (_, err) = ends(cohort.path(), 2, &["study", "run", "wrong.yaml"]);
        for word in words {
            assert!(err.contains(word), "no {word:?} in\n{err}");
        }
    };
    let start = [("sequences", ""), ("reliability", "")];
    for (features, words) in [
        (
            "{file: pyradiomics.csv}",
            &["original_glcm_Contrast", "sequence: T1"][..],
        ),
        ("{file: twice.csv}", &["row 3", "P001 stands there twice"]),
        ("{file: strangers.csv}", &["no patient", "spelt the same"]),
        ("{file: words.csv}", &["no column of features"]),
        (
            "[{file: twice.csv}, {file: twice.csv}]",
            &["`T1_a` stands in two tables"],
        ),
        ("{file: absent.csv}", &["absent.csv"]),
        ("{file: twice.csv, colums: [a]}", &["columns"]),
        ("{file: twice.csv, columns: [\"PET_*\"]}", &["PET_*"]),
        ("features.csv", &["a table, as in {file:"]),
    ] {
        let changes: Vec<(&str, &str)> =
            start.into_iter().chain([("features", features)]).collect();
        refused(&changes, words);
    }
    refused(
        &[("features", "{file: strangers.csv}"), ("reliability", "")],
        &["`sequences` and `features`"],
    );
    refused(
        &[
            ("sequences", ""),
            ("features", "{file: strangers.csv}"),
            ("reliability", READINGS),
        ],
        &["no table has a reading of this name"],
    );
    refused(
        &[(
            "harmonization",
            "{method: combat, batch: scanner, fit: pooled}",
        )],
        &["`harmonization.fit: pooled`", "mode: as_published"],
    );
}
