//! What a run leaves, and that it is the same for any threads and place.

use std::collections::BTreeMap;
use std::fs;

use radiome::results::Results;
use radiome::table::Table;
use serde_json::Value;

use super::small_cohort::{EXTERNAL, SmallCohort, TRAINING, ends, id, positive};
use super::{base, cohort, files, finished};

#[test]
fn one_seed_gives_the_same_bytes_for_any_threads_and_place() {
    let elsewhere = SmallCohort::write();
    let study = elsewhere.path().join("study.yaml");
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("a b/ä");
    ends(
        out.path(),
        0,
        &[
            "study",
            "run",
            study.to_str().unwrap(),
            "--jobs",
            "2",
            "--out",
            folder.to_str().unwrap(),
        ],
    );
    let (mut first, mut second) = (files(&base().0), files(&folder));
    assert!(first.remove("timing.json").is_some() && second.remove("timing.json").is_some());
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&first), names(&second));
    for (name, bytes) in &first {
        assert!(*bytes == second[name], "{name} differs");
    }
    for name in [
        "report.html",
        "nomogram.html",
        "features.csv",
        "folds.csv",
        "predictions.csv",
        "results.json",
        "model.json",
        "model_card.md",
        "record.json",
        "failures.csv",
        "undefined.csv",
    ] {
        assert!(first.contains_key(name), "{name} is missing");
    }
    for ending in ["svg", "png", "pdf"] {
        assert!(
            first
                .keys()
                .any(|name| name.starts_with("figures/") && name.ends_with(ending))
        );
    }
    assert!(first.keys().any(|name| name.starts_with("tables/")));
}

#[test]
fn the_run_folder_knows_neither_path_nor_host() {
    let cohort = cohort().path().to_str().unwrap();
    let host = fs::read_to_string("/etc/hostname").unwrap_or_default();
    let mut words = vec![
        cohort.to_owned(),
        cohort.trim_start_matches('/').to_owned(),
        std::env::temp_dir().to_str().unwrap().to_owned() + "/",
    ];
    // A short host name may stand in a word by chance.
    if host.trim().len() > 5 {
        words.push(host.trim().to_owned());
    }
    for (name, bytes) in files(&base().0) {
        for word in &words {
            let found = bytes
                .windows(word.len())
                .any(|window| window == word.as_bytes());
            assert!(!found, "{name} holds {word}");
        }
    }
}

#[test]
fn another_seed_gives_other_folds() {
    let (folder, _, _) = finished("seed", 0, &[("seed", "8")]);
    let (first, second) = (files(&base().0), files(&folder));
    assert!(first["folds.csv"] != second["folds.csv"]);
    assert!(first["features.csv"] == second["features.csv"]);
}

#[test]
fn results_have_every_key_and_read_back() {
    let text = fs::read_to_string(base().0.join("results.json")).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    for key in [
        "cohort",
        "table_one",
        "reliability",
        "harmonization",
        "signatures",
        "clinical_model",
        "nomogram",
        "performance",
        "delong",
        "calibration",
        "decision_curve",
        "survival",
        "internal_validation",
        "warnings",
    ] {
        assert!(value.get(key).is_some(), "{key} is missing");
    }
    for model in ["rs_T1", "rs_T2", "rs_combined"] {
        for key in [
            "selected",
            "lambda",
            "intercept",
            "coefficients",
            "selection_frequency",
        ] {
            assert!(
                value["signatures"][model].get(key).is_some(),
                "{model}.{key}"
            );
        }
        for key in [
            "apparent",
            "optimism",
            "optimism_corrected",
            "cross_validated",
        ] {
            assert!(
                value["internal_validation"][model].get(key).is_some(),
                "{model}.{key}"
            );
        }
    }
    // Reading and writing again gives the same bytes.
    let read: Results = serde_json::from_str(&text).unwrap();
    let again = serde_json::to_value(&read).unwrap();
    assert_eq!(again, value);
    let model: radiome::model::Model =
        serde_json::from_slice(&fs::read(base().0.join("model.json")).unwrap()).unwrap();
    assert_eq!(model.outcome, ["high_grade", "1"]);
}

#[test]
fn the_tables_of_the_run_agree_with_each_other() {
    let (folder, results) = base();
    let predictions = Table::read(&folder.join("predictions.csv")).unwrap();
    assert_eq!(predictions.len(), TRAINING + EXTERNAL);
    let splits = predictions.texts("split").unwrap();
    assert_eq!(
        splits
            .iter()
            .filter(|split| **split == Some("train"))
            .count(),
        TRAINING
    );
    for model in ["clinical", "rs_T1", "rs_T2", "rs_combined", "nomogram"] {
        let score = predictions.numbers(&format!("{model}_score")).unwrap();
        let probability = predictions
            .numbers(&format!("{model}_probability"))
            .unwrap();
        let out_of_fold = predictions
            .numbers(&format!("{model}_probability_out_of_fold"))
            .unwrap();
        for row in 0..predictions.len() {
            let expected = 1.0 / (1.0 + (-score[row]).exp());
            assert!(
                (probability[row] - expected).abs() < 1e-12
                    || (score[row].is_nan() && probability[row].is_nan())
            );
            if splits[row] == Some("external") {
                assert!(out_of_fold[row].is_nan());
            }
        }
    }
    let folds = Table::read(&folder.join("folds.csv")).unwrap();
    let fold = folds.numbers("repeat_1").unwrap();
    assert_eq!(fold.len(), TRAINING);
    assert!([1.0, 2.0, 3.0].iter().all(|number| fold.contains(number)));
    // Rad-scores are the same numbers in the results and in the table.
    for (row, score) in results.signatures["rs_combined"]
        .rad_scores
        .iter()
        .enumerate()
    {
        let written = predictions.numbers("rs_combined_score").unwrap()[row];
        assert_eq!(score.rad_score, written);
        assert_eq!(score.id, id(row));
        assert_eq!(score.positive, positive(row));
    }
}

#[test]
fn report_draws_the_same_bytes_again() {
    let copy = tempfile::tempdir().unwrap();
    // The results, and the pictures of the images that the page of contours shows.
    for name in ["results.json", "quality.json"] {
        fs::copy(base().0.join(name), copy.path().join(name)).unwrap();
    }
    ends(
        copy.path(),
        0,
        &["study", "report", copy.path().to_str().unwrap()],
    );
    let (first, again) = (files(&base().0), files(copy.path()));
    let drawn: Vec<&String> = first
        .keys()
        .filter(|name| {
            name.starts_with("figures/") || name.starts_with("tables/") || name.ends_with(".html")
        })
        .collect();
    assert!(drawn.len() > 20);
    for name in drawn {
        assert!(first[name] == again[name], "{name} differs");
    }
    let (_, err) = ends(copy.path(), 2, &["study", "report", "nowhere"]);
    assert!(
        err.contains("results.json") && err.contains("there is no such file"),
        "{err}"
    );
    fs::write(copy.path().join("results.json"), "{}").unwrap();
    let (_, err) = ends(copy.path(), 2, &["study", "report", "."]);
    assert!(err.contains("results.json"), "{err}");
}

#[test]
fn a_folder_with_other_files_is_not_written_into() {
    for (name, text) in [
        ("letter.txt", "Dear colleague"),
        // Names that a run uses too.
        ("features.csv", "ID,original_firstorder_Mean\n1,2\n"),
        ("results.json", "{}"),
        ("record.json", "{}"),
        ("report.html", "<p>mine"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("figures")).unwrap();
        fs::write(folder.path().join("figures/mine.png"), "mine").unwrap();
        let out = folder.path().to_str().unwrap();
        let before = files(folder.path());
        let (_, err) = ends(
            cohort().path(),
            2,
            &["study", "run", "study.yaml", "--out", out],
        );
        assert!(err.contains("files that no study wrote"), "{name}: {err}");
        assert_eq!(files(folder.path()), before, "{name}");
    }
    let file = cohort().file("a_file", "");
    let (_, err) = ends(
        cohort().path(),
        2,
        &[
            "study",
            "run",
            "study.yaml",
            "--out",
            file.to_str().unwrap(),
        ],
    );
    assert!(err.contains("a_file"), "{err}");
}
