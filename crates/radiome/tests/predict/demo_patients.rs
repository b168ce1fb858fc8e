//! Every patient of the demo, from images and from features.

use std::fs;
use std::path::{Path, PathBuf};

use radiome::table::Table;
use serde_json::Value;

use super::demo_run::DemoRun;
use super::small_cohort::ends;
use super::{predicted, same_bits};

/// A table of the demo's patients with the columns of their images.
fn demo_table(folder: &Path) -> PathBuf {
    let clinical = Table::read(&folder.join("clinical.csv")).unwrap();
    let mut table = clinical.clone();
    let ids = clinical.cells("id").unwrap();
    for (column, ending) in [
        ("T1_image", "images/{}_t1.nii.gz"),
        ("T1_mask", "masks/{}_t1_R1.nii.gz"),
        ("FST2_image", "images/{}_fst2.nrrd"),
        ("FST2_mask", "masks/{}_fst2_R1.seg.nrrd"),
    ] {
        let cells = ids.iter().map(|id| ending.replace("{}", id)).collect();
        table.push_texts(column, cells).unwrap();
    }
    let path = folder.join("new.csv");
    table.write(&path).unwrap();
    path
}

#[test]
fn every_demo_patient_gets_the_same_bits_from_images() {
    let demo = DemoRun::get();
    demo_table(demo.path());
    let found = predicted(
        demo.path(),
        1,
        &[
            "--model",
            "run/model.json",
            "--table",
            "new.csv",
            "--out",
            "new.out.csv",
        ],
    );
    // One of the 121 has no images, in the study as here.
    assert_eq!(same_bits(&demo.path().join("run"), &found), 120);
    let failures = found["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0]["reason_code"], "missing_image");
    let failed = Table::read(&demo.path().join("new.out.csv.failures.csv")).unwrap();
    assert_eq!(failed.cells("id").unwrap(), ["A073"]);
    let written = Table::read(&demo.path().join("new.out.csv")).unwrap();
    let study = Table::read(&demo.path().join("run/predictions.csv")).unwrap();
    for column in [
        "nomogram_probability",
        "rs_combined_score",
        "clinical_probability",
    ] {
        assert_eq!(written.numbers(column).unwrap().len(), 120);
        assert_eq!(
            written.cells(column).unwrap(),
            study.cells(column).unwrap(),
            "{column}"
        );
    }
    // A training patient is never outside the range of the training patients.
    let codes = |patient: &Value| -> Vec<String> {
        (patient["warnings"].as_array().unwrap().iter())
            .map(|warning| warning["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let splits = study.texts("split").unwrap();
    let (mut unknown, mut outside) = (0, 0);
    for (row, patient) in found["patients"].as_array().unwrap().iter().enumerate() {
        let codes = codes(patient);
        if splits[row] == Some("train") {
            assert!(codes.is_empty(), "{patient}");
        }
        unknown += usize::from(codes.contains(&"unknown_scanner".to_owned()));
        outside += usize::from(codes.contains(&"feature_outside_training".to_owned()));
    }
    assert!(unknown > 0 && outside > 0, "{unknown} {outside}");
}

#[test]
fn every_demo_patient_gets_the_same_bits_from_features() {
    let demo = DemoRun::get();
    let arguments = [
        "--model",
        "run/model.json",
        "--features",
        "run/features.csv",
        "--table",
        "clinical.csv",
    ];
    let found = predicted(demo.path(), 1, &arguments);
    assert_eq!(same_bits(&demo.path().join("run"), &found), 120);
    assert_eq!(found["failures"][0]["reason_code"], "no_features");
    // The points of the axes give the linear predictor again, and the interval holds the probability.
    let model: Value =
        serde_json::from_str(&fs::read_to_string(demo.path().join("run/model.json")).unwrap())
            .unwrap();
    let [unit, zero] = ["points_per_unit", "linear_predictor_at_zero"]
        .map(|key| model["points"][key].as_f64().unwrap());
    for patient in found["patients"].as_array().unwrap() {
        let Some(score) = patient["linear_predictor"].as_f64() else {
            continue;
        };
        let total = patient["total_points"].as_f64().unwrap();
        let from_points = zero + total / unit;
        assert!((from_points - score).abs() < 1e-9 * score.abs().max(1.0));
        let [low, high] = [0, 1].map(|end| patient["ci"][end].as_f64().unwrap());
        let probability = patient["probability"].as_f64().unwrap();
        assert!(low < probability && probability < high);
        // Wald: the log-odds of the limits lie 1.96 standard errors away.
        let se = patient["standard_error"].as_f64().unwrap();
        let odds = |p: f64| (p / (1.0 - p)).ln();
        assert!((odds(high) - score - 1.959_963_984_540_054 * se).abs() < 1e-6);
    }
}

#[test]
fn one_patient_by_options() {
    let demo = DemoRun::get();
    let table = Table::read(&demo.path().join("clinical.csv")).unwrap();
    let place = table.ids("id").unwrap().iter().position(|id| *id == "A001");
    let place = place.unwrap();
    let model: Value =
        serde_json::from_str(&fs::read_to_string(demo.path().join("run/model.json")).unwrap())
            .unwrap();
    let clinical: Vec<String> = (model["nomogram"]["clinical"].as_array().unwrap().iter())
        .map(|term| {
            let variable = term["variable"].as_str().unwrap();
            format!("{variable}={}", table.cells(variable).unwrap()[place])
        })
        .collect();
    let mut arguments = vec![
        "--model",
        "run/model.json",
        "--image",
        "T1=images/A001_t1.nii.gz,masks/A001_t1_R1.nii.gz",
        "--image",
        "FST2=images/A001_fst2.nrrd,masks/A001_fst2_R1.seg.nrrd",
        "--batch",
        &table.cells("scanner").unwrap()[place],
    ];
    for text in &clinical {
        arguments.extend(["--clinical", text]);
    }
    let found = predicted(demo.path(), 0, &arguments);
    let study = Table::read(&demo.path().join("run/predictions.csv")).unwrap();
    let row = study.ids("id").unwrap().iter().position(|id| *id == "A001");
    let expected = study.numbers("nomogram_probability").unwrap()[row.unwrap()];
    let probability = found["patients"][0]["probability"].as_f64().unwrap();
    assert_eq!(probability.to_bits(), expected.to_bits());

    arguments.insert(0, "predict");
    let (out, _) = ends(demo.path(), 0, &arguments);
    assert!(out.contains("Not a medical device"), "{out}");
    assert!(out.contains("rs_combined"), "{out}");
}
