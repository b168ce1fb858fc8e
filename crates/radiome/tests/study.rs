//! `radiome study`, run as a user runs it, on a small cohort and on everything that may be wrong
//! with one.

mod covariate_study;
mod perturbed_study;
mod small_cohort;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use radiome::results::Results;
use radiome::table::Table;
use radiome_image::{Geometry, Image, PixelType, write};
use serde_json::Value;

use small_cohort::{
    EXTERNAL, SmallCohort, T1_ONLY, TRAINING, ball, clinical_table, ends, geometry, id, positive,
};

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

// ---- the run folder ----

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

// ---- what is wrong with the study file ----

#[test]
fn an_unknown_key_is_an_error_with_its_line_and_the_nearest_key() {
    refused(
        "unknown",
        &[("harmonisation", "{}")],
        &["line 15", "harmonisation", "did you mean `harmonization`?"],
    );
    refused(
        "unknown_in_a_block",
        &[("validation", "\n  repeats: 1\n  fold: 3")],
        &["line 15", "`fold`", "did you mean `folds`?"],
    );
    refused(
        "unknown_inside",
        &[("validation", "{repeat: 1}")],
        &["line 13", "`repeat`", "did you mean `repeats`?"],
    );
    refused(
        "unknown_word",
        &[("signature", "{folds: 3, lambda: minimum}")],
        &["line 11", "minimum", "did you mean `min`?"],
    );
    refused(
        "twice",
        &[("validation", "{repeats: 1, repeats: 2}")],
        &["repeats"],
    );
    refused("no_outcome", &[("outcome", "")], &["outcome"]);
    refused(
        "not_a_number",
        &[("validation", "{repeats: many}")],
        &["line 13"],
    );
    refused(
        "folds_2_5",
        &[("signature", "{folds: 2.5}")],
        &["`signature.folds` is a whole number"],
    );
}

#[test]
fn a_wrong_parameter_file_names_the_setting_and_the_file() {
    cohort().file("typing_error.yaml", "setting:\n  binWith: 2\n");
    let sequences = T1_ONLY.replace("params.yaml", "typing_error.yaml");
    let changes = [("sequences", sequences.as_str()), ("reliability", "")];
    refused(
        "channel",
        &changes,
        &["typing_error.yaml", "binWith", "binWidth"],
    );
    let sequences = T1_ONLY.replace("params.yaml", "nowhere.yaml");
    let changes = [("sequences", sequences.as_str()), ("reliability", "")];
    refused("no_params", &changes, &["nowhere.yaml"]);
}

#[test]
fn a_column_that_is_not_there_is_named_with_the_nearest() {
    for (name, key, value, words) in [
        (
            "outcome_column",
            "outcome",
            "{column: hihg_grade}",
            ["`outcome.column`", "did you mean `high_grade`?"],
        ),
        (
            "split_column",
            "split",
            "{column: center, train: [A]}",
            ["`split.column`", "did you mean `centre`?"],
        ),
        (
            "time_column",
            "survival",
            "{time: pfs_day, event: pfs_event}",
            ["`survival.time`", "did you mean `pfs_days`?"],
        ),
        (
            "batch_column",
            "harmonization",
            "{method: combat, batch: scaner}",
            ["`harmonization.batch`", "did you mean `scanner`?"],
        ),
        (
            "candidate_column",
            "clinical",
            "{candidates: [age_yaers]}",
            ["`clinical.candidates`", "did you mean `age_years`?"],
        ),
        (
            "stage_column",
            "stage",
            "ajcc_stag",
            ["`stage`", "did you mean `ajcc_stage`?"],
        ),
        (
            "folds_column",
            "signature",
            "{folds: fold}",
            ["`signature.folds`", "no column"],
        ),
        (
            "id_column",
            "tables",
            "[{file: clinical.csv, id: patientid}]",
            ["patientid", "patient_id"],
        ),
    ] {
        refused(name, &[(key, value)], &words);
    }
}

#[test]
fn several_problems_are_told_at_once_each_with_its_hint() {
    let changes = [
        ("validation", "{repeats: 0, folds: 1}"),
        ("nomogram", "{include: [rs_T3]}"),
    ];
    let err = refused("several", &changes, &[]);
    let place = |text: &str| {
        err.find(text)
            .unwrap_or_else(|| panic!("no {text:?} in {err}"))
    };
    let order = [
        "`rs_T3`, which is no model",
        "help: choose from clinical, rs_T1, rs_T2, rs_combined",
        "`validation.folds` is 1",
        "5 is usual",
        "`validation.repeats` is 0",
        "run at least once",
    ]
    .map(place);
    assert!(order.is_sorted(), "{err}");
}

#[test]
fn a_table_or_variable_that_is_not_there_is_named() {
    refused(
        "variable",
        &[(
            "tables",
            r#"[{file: "${RADIOME_SURELY_UNSET}/clinical.csv", id: patient_id}]"#,
        )],
        &["RADIOME_SURELY_UNSET", "is not set", "export"],
    );
    refused(
        "no_table",
        &[("tables", "[{file: klinik.csv, id: patient_id}]")],
        &["klinik.csv", "check the path"],
    );
    refused("no_tables", &[("tables", "[]")], &["`tables` is empty"]);
    let text =
        clinical_table(|number, column, _| (number == 7 && column == "patient_id").then(|| id(3)));
    cohort().file("twice.csv", &text);
    refused(
        "duplicate",
        &[("tables", "[{file: twice.csv, id: patient_id}]")],
        &["P004", "twice.csv", "5", "9"],
    );
    let (_, err) = ends(cohort().path(), 2, &["study", "run", "absent.yaml"]);
    assert!(err.contains("absent.yaml"), "{err}");
}

#[test]
fn a_file_from_windows_is_read() {
    let text = small_cohort::study_text(&[]).replace('\n', "\r\n");
    cohort().file("windows.yaml", &format!("\u{feff}{text}"));
    let (out, _) = ends(cohort().path(), 0, &["study", "check", "windows.yaml"]);
    assert!(out.starts_with("40 patients"), "{out}");
}

// ---- what is wrong with the tables ----

#[test]
fn an_outcome_that_is_none_is_refused() {
    let one = table("one_class.csv", |number, column, _| {
        (column == "high_grade" && number < TRAINING).then(|| "1".to_owned())
    });
    refused(
        "one_class",
        &[("tables", &one)],
        &[
            "one class only",
            "`high_grade`",
            "help",
            "`outcome.positive`",
        ],
    );
    let three = table("three.csv", |number, column, _| {
        (column == "high_grade" && number == 5).then(|| "2".to_owned())
    });
    refused(
        "three",
        &[("tables", &three)],
        &[
            "`high_grade` has 3 values (0, 1, 2)",
            "an outcome has two",
            "help",
        ],
    );
    refused(
        "never",
        &[("outcome", "{column: high_grade, positive: yes}")],
        &["but `high_grade` never is", "its values: 0, 1"],
    );
    let none = table("none.csv", |_, column, _| {
        (column == "high_grade").then(String::new)
    });
    refused("none", &[("tables", &none)], &["`high_grade`"]);
}

#[test]
fn survival_that_is_none_is_refused() {
    let none = table("no_events.csv", |number, column, _| {
        (column == "pfs_event" && number < TRAINING).then(|| "0".to_owned())
    });
    refused(
        "no_events",
        &[("tables", &none)],
        &[
            "no training patient has an event",
            "`survival.event`",
            "help",
        ],
    );
    let negative = table("negative.csv", |number, column, _| {
        (column == "pfs_days" && number == 3).then(|| "-4".to_owned())
    });
    refused(
        "negative",
        &[("tables", &negative)],
        &["`pfs_days` is -4 in row 5", "0 or more"],
    );
    let two = table("event_two.csv", |number, column, _| {
        (column == "pfs_event" && number == 3).then(|| "2".to_owned())
    });
    refused(
        "event_two",
        &[("tables", &two)],
        &["`pfs_event` is 2 in row 5", "1 is an event"],
    );
}

#[test]
fn too_few_patients_are_refused() {
    refused(
        "folds",
        &[("validation", "{repeats: 1, folds: 15, bootstrap: 0}")],
        &[
            "`validation.folds` is 15",
            "only 14 training patients",
            "to 14 or less",
        ],
    );
    let few = table("few.csv", |number, column, _| {
        (column == "centre" && number > 7).then(|| "C".to_owned())
    });
    refused(
        "few",
        &[("tables", &few), ("split", "{column: centre, train: [A]}")],
        &["only 2 of the 4", "the pipeline needs 4"],
    );
}

#[test]
fn split_values_that_match_nobody_are_refused() {
    let err = refused(
        "nobody",
        &[("split", "{column: centre, train: [a], external: [B]}")],
        &["`split.train`", "a"],
    );
    assert!(err.contains("A, B"), "the values are not named: {err}");
    refused(
        "no_external",
        &[("split", "{column: centre, train: [A], external: [C]}")],
        &["`split.external`", "C", "A, B"],
    );
    refused(
        "both_sides",
        &[("split", "{column: centre, train: [A, B], external: [B]}")],
        &["`split`", "B"],
    );
}

#[test]
fn candidates_known_only_afterwards_are_refused() {
    for (name, column, word) in [
        ("candidate_treatment", "treatment", "treatment"),
        ("candidate_mets", "lung_mets", "speaks of treatment"),
        ("candidate_outcome", "high_grade", "the study's outcome"),
        ("candidate_time", "pfs_days", "survival time"),
        ("candidate_event", "pfs_event", "survival event"),
        ("candidate_id", "patient_id", "patient id"),
        (
            "candidate_grade",
            "grade",
            "looks like the outcome under another name",
        ),
    ] {
        let clinical = format!("{{candidates: [age_years, {column}]}}");
        refused(name, &[("clinical", &clinical)], &[column, word, "help"]);
    }
    // The outcome cannot be allowed; the rest can.
    let clinical = "{candidates: [high_grade], allow: [high_grade]}";
    refused(
        "allow_outcome",
        &[("clinical", clinical)],
        &["the study's outcome"],
    );
    cohort().study(
        "allow",
        &[(
            "clinical",
            "{candidates: [lung_mets, grade], allow: [lung_mets, grade]}",
        )],
    );
    ends(cohort().path(), 0, &["study", "check", "allow.yaml"]);
}

#[test]
fn a_number_that_reads_as_a_word_is_no_factor() {
    let typed = table("typed.csv", |number, column, _| {
        (column == "age_years" && number == 9).then(|| "ca. 60".to_owned())
    });
    refused(
        "typed",
        &[("tables", &typed)],
        &[
            "`age_years` is a number for",
            "\"ca. 60\" in row 11",
            "help",
        ],
    );
    let comma = table("comma.csv", |number, column, usual| {
        (column == "age_years").then(|| format!("\"{usual},{}\"", number % 10))
    });
    refused(
        "comma",
        &[("tables", &comma)],
        &["`age_years` has", "different words in", "decimal point"],
    );
}

#[test]
fn what_is_named_twice_is_refused() {
    refused(
        "candidate_twice",
        &[("clinical", "{candidates: [sex, age_years, sex]}")],
        &["`clinical.candidates` names `sex` more than once"],
    );
    refused(
        "include_twice",
        &[("nomogram", "{include: [rs_T1, rs_T1]}")],
        &["`nomogram.include` names `rs_T1` more than once"],
    );
}

#[test]
fn an_unseen_scanner_is_an_error_where_the_study_says_so() {
    refused(
        "unseen_error",
        &[(
            "harmonization",
            "{method: combat, batch: scanner, unseen: error}",
        )],
        &["S4", "`harmonization.unseen` is `error`", "`unseen: none`"],
    );
}

// ---- features that are not defined ----

/// A flat image has no skewness, kurtosis or correlation; the values are conventions, and the run
/// says so for every reading of the patient, and for nobody else.
#[test]
fn features_that_a_region_does_not_define_are_listed_with_the_reason() {
    let cohort = SmallCohort::write();
    let flat = Image {
        pixel_type: PixelType::I16,
        values: vec![100.0; geometry().voxel_count()],
        geometry: geometry(),
    };
    for number in [TRAINING, 3] {
        let image = format!("images/{}_t2.nii.gz", id(number));
        write::nifti(cohort.path().join(image), &flat).unwrap();
    }
    let arguments = ["study", "run", "study.yaml", "--out", "run"];
    ends(cohort.path(), 0, &arguments);
    let folder = cohort.path().join("run");
    let mut expected = String::from("id,reading,feature,reason_code\n");
    for (number, readings) in [(3, ["R1", "R1b", "R2"].as_slice()), (TRAINING, &["R1"])] {
        for reading in readings {
            for feature in [
                "firstorder_Kurtosis",
                "firstorder_Skewness",
                "glcm_Correlation",
            ] {
                let id = id(number);
                expected += &format!("{id},{reading},T2_original_{feature},flat\n");
            }
        }
    }
    let found = fs::read_to_string(folder.join("undefined.csv")).unwrap();
    assert_eq!(found, expected);
    // Each row names a number of features.csv.
    let (features, undefined) = (
        Table::read(&folder.join("features.csv")).unwrap(),
        Table::read(&folder.join("undefined.csv")).unwrap(),
    );
    let (ids, readings) = (
        features.texts("id").unwrap(),
        features.texts("reading").unwrap(),
    );
    for row in 0..undefined.len() {
        let cell = |column: &str| undefined.texts(column).unwrap()[row];
        let numbers = features.texts(cell("feature").unwrap()).unwrap();
        let rows = (0..features.len())
            .filter(|&row| ids[row] == cell("id") && readings[row] == cell("reading"));
        let values: Vec<_> = rows.map(|row| numbers[row]).collect();
        assert!(matches!(values.as_slice(), [Some("0" | "1")]), "{values:?}");
    }
}

// ---- images that cannot be used ----

/// A cohort with seven patients whose images cannot be used, and the reason of each.
fn broken() -> (SmallCohort, Vec<(usize, &'static str)>) {
    let cohort = SmallCohort::write();
    let at = |name: String| cohort.path().join(name);
    let truncated = at(format!("images/{}_t1.nii.gz", id(0)));
    let bytes = fs::read(&truncated).unwrap();
    fs::write(&truncated, &bytes[..bytes.len() / 2]).unwrap();
    let mask = |number: usize| at(format!("masks/{}_R1.nii.gz", id(number)));
    write::nifti_labels(mask(1), &ball(0.0)).unwrap();
    let mut one = ball(0.0);
    one.labels[geometry().offset([5, 5, 3])] = 1;
    write::nifti_labels(mask(2), &one).unwrap();
    let mut moved = ball(4.0);
    moved.geometry = Geometry::axis_aligned([12, 12, 6], [1.0, 1.0, 2.5]);
    write::nifti_labels(mask(3), &moved).unwrap();
    fs::remove_file(at(format!("images/{}_t2.nii.gz", id(4)))).unwrap();
    fs::remove_file(mask(5)).unwrap();
    let mut other = ball(4.0);
    for label in &mut other.labels {
        *label *= 3;
    }
    write::nifti_labels(mask(TRAINING), &other).unwrap();
    let reasons = vec![
        (0, "unreadable_image"),
        (1, "empty_mask"),
        (2, "one_voxel_roi"),
        (3, "geometry_mismatch"),
        (4, "missing_image"),
        (5, "missing_mask"),
        (TRAINING, "label_missing"),
    ];
    (cohort, reasons)
}

#[test]
fn images_that_cannot_be_used_leave_the_rest() {
    let (cohort, reasons) = broken();
    let (_, err) = ends(
        cohort.path(),
        1,
        &["study", "run", "study.yaml", "--out", "run"],
    );
    let folder = cohort.path().join("run");
    let failures = Table::read(&folder.join("failures.csv")).unwrap();
    let (ids, found) = (
        failures.texts("id").unwrap(),
        failures.texts("reason_code").unwrap(),
    );
    let report = fs::read_to_string(folder.join("report.html")).unwrap();
    let results = results(&folder);
    assert_eq!(results.cohort.excluded.len(), reasons.len());
    for ((number, reason), exclusion) in reasons.iter().zip(&results.cohort.excluded) {
        let id = id(*number);
        assert!(
            (0..failures.len()).any(|row| ids[row] == Some(&id) && found[row] == Some(reason)),
            "{id}: no row with {reason}: {ids:?} {found:?}"
        );
        assert_eq!(
            (&exclusion.id, exclusion.reason_code.as_str()),
            (&id, *reason)
        );
        assert!(report.contains(&id), "{id} is not in the report");
        assert!(err.contains(reason), "{err}");
    }
    assert_eq!(results.cohort.enrolled, TRAINING + EXTERNAL);
    assert_eq!(results.cohort.analysed["train"].n, TRAINING - 6);
    assert_eq!(results.cohort.analysed["external"].n, EXTERNAL - 1);
    // No message says where the images lie.
    let place = cohort.path().to_str().unwrap();
    for (name, bytes) in files(&folder) {
        assert!(
            !String::from_utf8_lossy(&bytes).contains(place),
            "{name} holds {place}"
        );
    }
    // Check says the same and writes nothing.
    let before = files(cohort.path()).len();
    let (out, err) = ends(cohort.path(), 1, &["study", "check", "study.yaml"]);
    assert!(out.contains("40 patients in the tables"), "{out}");
    for (_, reason) in reasons {
        assert!(err.contains(reason), "{reason} is not in {err}");
    }
    assert_eq!(files(cohort.path()).len(), before);
}

#[test]
fn no_usable_image_at_all_is_a_wrong_request() {
    let sequences = T1_ONLY.replace("images/", "bilder/");
    let changes = [("sequences", sequences.as_str()), ("reliability", "")];
    cohort().study("all_fail", &changes);
    let (_, err) = ends(
        cohort().path(),
        2,
        &["study", "run", "all_fail.yaml", "--out", "all_fail.run"],
    );
    assert!(
        err.contains("none of the 40 patients") && err.contains("missing_image"),
        "{err}"
    );
    assert!(err.contains("radiome study check"), "{err}");
}

// ---- what is not there ----

#[test]
fn the_whole_study_says_what_its_cohort_is() {
    let results = &base().1;
    let harmonization = results.harmonization.as_ref().unwrap();
    let adjusted: Vec<(&str, bool)> = harmonization
        .batches
        .iter()
        .map(|batch| (batch.name.as_str(), batch.adjusted))
        .collect();
    assert_eq!(adjusted, [("S1", true), ("S2", true), ("S3", false)]);
    assert_eq!(harmonization.unseen_batches, ["S4"]);
    let codes = codes(results);
    assert!(codes.contains(&"single_batch") && codes.contains(&"unseen_batch"));
    assert_eq!(results.reliability.as_ref().unwrap().patients["inter"], 12);
    assert!(results.survival.as_ref().unwrap().cox.contains_key("stage"));
    // One training patient has no age, and the site of one external patient was never seen.
    let age = &results.clinical_model.univariate[0];
    assert_eq!((age.variable.as_str(), age.n), ("age_years", TRAINING - 1));
}

#[test]
fn a_study_of_one_sequence_and_nothing_else() {
    let (folder, results, _) = finished(
        "bare",
        0,
        &[
            ("sequences", T1_ONLY),
            ("split", ""),
            ("survival", ""),
            ("reliability", ""),
            ("harmonization", ""),
            ("clinical", ""),
            ("stage", ""),
        ],
    );
    for key in ["reliability", "harmonization", "survival"] {
        assert!(!results.reasons[key].is_empty());
    }
    assert!(results.reliability.is_none() && results.harmonization.is_none());
    assert!(results.survival.is_none());
    assert_eq!(results.signatures.keys().collect::<Vec<_>>(), ["rs_T1"]);
    let terms = results.nomogram.terms.as_ref().unwrap();
    assert_eq!(terms.len(), 1);
    assert_eq!(terms[0].variable, "rs_T1");
    assert!(results.clinical_model.terms.is_none());
    assert_eq!(
        results.clinical_model.reason.as_deref(),
        Some("the study file names no clinical candidate")
    );
    assert_eq!(
        results.cohort.analysed.keys().collect::<Vec<_>>(),
        ["train"]
    );
    assert_eq!(results.cohort.analysed["train"].n, TRAINING + EXTERNAL);
    assert!(results.performance.values().all(|splits| splits.len() == 1));
    let report = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(report.contains("no clinical candidate"));
}

#[test]
fn few_second_readings_are_no_filter() {
    for number in 0..9 {
        let of = |reading: &str| {
            cohort()
                .path()
                .join(format!("masks/{}_{reading}.nii.gz", id(number)))
        };
        fs::copy(of("R2"), of("R3")).unwrap();
    }
    let (_, results, _) = finished(
        "few_readings",
        0,
        &[
            ("sequences", T1_ONLY),
            (
                "reliability",
                r#"{readings: {inter: [R1, R3]}, files: {R3: {T1: "masks/{id}_R3.nii.gz"}}}"#,
            ),
            ("survival", ""),
            ("clinical", "{candidates: [age_years]}"),
            ("validation", "{repeats: 2, folds: 3, bootstrap: 0}"),
        ],
    );
    assert!(results.reliability.is_none());
    assert!(results.reasons["reliability"].contains("only 9 training patients"));
    assert!(codes(&results).contains(&"no_reliability"));
    // Nor was there a bootstrap.
    for found in results.internal_validation.values() {
        assert!(found.optimism.is_none() && found.optimism_corrected.is_none());
        assert!(found.cross_validated.is_some());
    }
}

#[test]
fn external_patients_change_nothing_that_is_learnt() {
    // Other outcomes, times, scanners and ages outside training, and one class only there.
    let tables = table("external.csv", |number, column, usual| {
        (number >= TRAINING).then(|| match column {
            "high_grade" => "0".to_owned(),
            "pfs_days" => "12".to_owned(),
            "scanner" => "S1".to_owned(),
            "age_years" => "90".to_owned(),
            _ => usual.to_owned(),
        })
    });
    let (folder, results, _) = finished("external", 0, &[("tables", &tables)]);
    for name in ["model.json", "folds.csv"] {
        let file = |folder: &Path| fs::read(folder.join(name)).unwrap();
        assert!(file(&folder) == file(&base().0), "{name} differs");
    }
    // An AUC needs two classes.
    for splits in results.performance.values() {
        assert!(
            splits
                .get("external")
                .is_none_or(|found| found.auc.is_none())
        );
    }
    assert_eq!(results.cohort.analysed["external"].positive, 0);
}

#[test]
fn other_settings_are_kept_to() {
    let (_, results, _) = finished(
        "settings",
        0,
        &[
            ("selection", "{k: 1000, scheme: quotient}"),
            ("signature", "{folds: 4, alpha: 0.5, lambda: 1se}"),
            ("nomogram", "{include: [rs_T2]}"),
            (
                "reliability",
                r#"{readings: {inter: [R1, R2]}, files: {R2: {T1: "masks/{id}_R2.nii.gz", T2: "masks/{id}_R2.nii.gz"}}, threshold: 0.3, form: icc1_1, bound: lower}"#,
            ),
        ],
    );
    let reliability = results.reliability.unwrap();
    assert_eq!(
        (reliability.form.as_str(), reliability.bound.as_str()),
        ("icc1_1", "lower")
    );
    for feature in &reliability.features {
        let held = feature.ci["inter"][0].is_some_and(|lower| lower > 0.3);
        assert_eq!(feature.kept, held, "{}", feature.feature);
    }
    let signature = &results.signatures["rs_T2"];
    assert_eq!(signature.lambda, signature.path.lambda_1se);
    assert!(signature.selected.len() <= reliability.kept);
    for term in results.nomogram.terms.iter().flatten() {
        assert_eq!(term.variable, "rs_T2");
    }
}

#[test]
fn an_unseen_scanner_may_be_adjusted_by_its_own_patients() {
    // The stage is a number here.
    let tables = table("stage_number.csv", |number, column, _| {
        (column == "ajcc_stage").then(|| (1 + number % 3).to_string())
    });
    let (_, results, _) = finished(
        "own",
        0,
        &[
            ("tables", &tables),
            (
                "harmonization",
                "{method: combat, batch: scanner, unseen: own}",
            ),
        ],
    );
    let harmonization = results.harmonization.as_ref().unwrap();
    assert_eq!(harmonization.unseen, "own");
    assert_eq!(harmonization.unseen_batches, ["S4"]);
    let cox = &results.survival.as_ref().unwrap().cox;
    assert_eq!(cox["stage"].terms[0].name, "stage");
    let score =
        |results: &Results, row: usize| results.signatures["rs_T1"].rad_scores[row].rad_score;
    // Only the patients of the unseen scanner have other scores.
    let before = &base().1;
    for row in 0..TRAINING + EXTERNAL {
        let unseen = row >= TRAINING && row % 4 < 2;
        assert_eq!(score(&results, row) != score(before, row), unseen, "{row}");
    }
}

#[test]
fn features_that_say_nothing_make_empty_models() {
    let cohort = SmallCohort::write();
    // One image and one contour for everyone: every feature is constant.
    for number in 1..TRAINING + EXTERNAL {
        for (folder, what) in [("images", "t1"), ("masks", "R1")] {
            let of = |number: usize| {
                cohort
                    .path()
                    .join(format!("{folder}/{}_{what}.nii.gz", id(number)))
            };
            fs::copy(of(0), of(number)).unwrap();
        }
    }
    cohort.study(
        "constant",
        &[
            ("sequences", T1_ONLY),
            ("reliability", ""),
            ("clinical", "{candidates: [sex], p: 0.000001}"),
        ],
    );
    ends(
        cohort.path(),
        0,
        &["study", "run", "constant.yaml", "--out", "run"],
    );
    let results = results(&cohort.path().join("run"));
    let signature = &results.signatures["rs_T1"];
    assert!(signature.coefficients.is_none() && signature.selected.is_empty());
    assert!(signature.lambda.is_nan());
    assert!(signature.reason.is_some() && results.nomogram.reason.is_some());
    assert!(results.nomogram.terms.is_none() && results.performance.is_empty());
    for model in ["clinical", "rs_T1", "nomogram"] {
        assert!(
            results
                .reasons
                .contains_key(&format!("performance.{model}"))
        );
        let found = results.internal_validation[model].cross_validated.unwrap();
        assert_eq!(found.estimate, Some(0.5), "{model}");
    }
}

#[test]
fn patients_who_cannot_be_sided_are_listed() {
    let tables = table("gaps.csv", |number, column, _| match (number, column) {
        (0, "high_grade") | (4, "scanner") => Some(String::new()),
        (2, "centre") => Some("C".to_owned()),
        (6, "pfs_days") => Some("NA".to_owned()),
        _ => None,
    });
    cohort().study("gaps", &[("tables", &tables)]);
    let (out, err) = ends(cohort().path(), 0, &["study", "check", "gaps.yaml"]);
    assert!(out.contains("37 can be analysed"), "{out}");
    for word in [
        "P001: `high_grade` is not known",
        "P003: `centre` is C",
        "P005: `scanner` is not known",
        "P007",
    ] {
        assert!(err.contains(word), "no {word:?} in {err}");
    }
}

#[test]
fn folds_of_the_signature_may_be_a_column() {
    let text = clinical_table(|_, _, _| None);
    let mut lines = text.lines();
    let mut with = format!("{},fold\n", lines.next().unwrap());
    for (number, line) in lines.enumerate() {
        with += &format!("{line},{}\n", number / 2 % 4);
    }
    cohort().file("folds.csv", &with);
    let (_, results, _) = finished(
        "fold_column",
        0,
        &[
            ("tables", "[{file: folds.csv, id: patient_id}]"),
            ("signature", "{folds: fold}"),
            ("sequences", T1_ONLY),
            ("reliability", ""),
            ("survival", ""),
        ],
    );
    assert!(results.signatures["rs_T1"].path.lambda.len() > 1);
    let half = with.replace(",0\n", ",0.5\n");
    cohort().file("half_folds.csv", &half);
    refused(
        "half_folds",
        &[
            ("tables", "[{file: half_folds.csv, id: patient_id}]"),
            ("signature", "{folds: fold}"),
        ],
        &["`signature.folds`", "a fold is a whole number"],
    );
}

// ---- new ----

#[test]
fn new_writes_a_study_file_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (out, _) = ends(folder.path(), 0, &["study", "new", "mine"]);
    assert!(out.trim_end().ends_with("study.yaml"), "{out}");
    let path = folder.path().join("mine/study.yaml");
    let text = fs::read_to_string(&path).unwrap();
    radiome::study::StudyFile::from_yaml(&text).unwrap();
    // What is commented out is right too.
    let all: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("# ").unwrap_or(line))
        .collect();
    let from = |key: &str| all.iter().position(|line| line.starts_with(key)).unwrap();
    for key in [
        "survival: {",
        "split: {",
        "reliability:",
        "harmonization: {",
    ] {
        let end = (from(key) + 1..all.len())
            .find(|&line| !all[line].starts_with(' '))
            .unwrap();
        let with = format!("{text}\n{}\n", all[from(key)..end].join("\n"));
        radiome::study::StudyFile::from_yaml(&with).unwrap();
    }
    assert!(folder.path().join("mine/params.yaml").is_file());
    // It names a table that is not there yet.
    let (_, err) = ends(
        folder.path(),
        2,
        &["study", "check", path.to_str().unwrap()],
    );
    assert!(err.contains("clinical.csv"), "{err}");
    // It is not overwritten.
    fs::write(&path, "name: mine").unwrap();
    ends(folder.path(), 2, &["study", "new", "mine"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "name: mine");
}

#[test]
fn new_fills_in_what_names_of_files_tell() {
    let folder = tempfile::tempdir().unwrap();
    for (id, contour) in [("A_1", true), ("B2", true), ("C", false)] {
        let scans = folder.path().join("scans").join(id);
        fs::create_dir_all(&scans).unwrap();
        for sequence in ["T1", "T2"] {
            fs::write(scans.join(format!("{sequence}.nii.gz")), "").unwrap();
            if contour {
                fs::write(scans.join(format!("{sequence}_mask.nii.gz")), "").unwrap();
            }
        }
    }
    let patterns = [
        "--images",
        "scans/{id}/{sequence}.nii.gz",
        "--masks",
        "scans/{id}/{sequence}_mask.nii.gz",
    ];
    let request = [&["study", "new", "deep/mine"][..], &patterns].concat();
    let (_, err) = ends(folder.path(), 0, &request);
    assert!(err.contains("no contour for scans/C/T1.nii.gz"), "{err}");
    let mine = folder.path().join("deep/mine");
    let text = fs::read_to_string(mine.join("study.yaml")).unwrap();
    radiome::study::StudyFile::from_yaml(&text).unwrap();
    for line in [
        "  - {file: patients.csv, id: patient_id}",
        "  \"T1\": {image: \"../../scans/{id}/T1.nii.gz\", mask: \"../../scans/{id}/T1_mask.nii.gz\", label: 1, params: params.yaml}",
        "  \"T2\": {image: \"../../scans/{id}/T2.nii.gz\", mask: \"../../scans/{id}/T2_mask.nii.gz\", label: 1, params: params.yaml}",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert_eq!(
        fs::read_to_string(mine.join("patients.csv")).unwrap(),
        "patient_id,high_grade\nA_1,\nB2,\n"
    );
    let cases = fs::read_to_string(mine.join("cases.csv")).unwrap();
    assert!(cases.starts_with("ID,Sequence,Image,Mask\nA_1,T1,../../scans/A_1/T1.nii.gz,"));
    assert_eq!(cases.lines().count(), 5);

    // A pattern without a patient, and one that nothing fits.
    let refused = |images: &str, expected: &str| {
        let request = [
            "study", "new", "other", "--images", images, "--masks", "{id}.nii",
        ];
        let (_, err) = ends(folder.path(), 2, &request);
        assert!(err.contains(expected), "{err}");
        assert!(!folder.path().join("other").exists());
    };
    refused("scans/T1.nii.gz", "has no {id}");
    refused("scans/{id}/none.nii", "nothing is named like");
}
