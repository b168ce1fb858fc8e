//! A model whose images are corrected: new images are corrected as the study's were.

use std::fs;
use std::sync::OnceLock;

use serde_json::Value;

use super::small_cohort::{SmallCohort, ends, id, study_text};
use super::{predicted, refused, same_bits, schema};

/// The small cohort and the run of its study with corrections of both sequences.
fn cohort() -> &'static SmallCohort {
    static COHORT: OnceLock<SmallCohort> = OnceLock::new();
    COHORT.get_or_init(|| {
        let cohort = SmallCohort::write();
        let t1 = "image: \"images/{id}_t1.nii.gz\", mask: \"masks/{id}_R1.nii.gz\", label: 1, \
                  params: fine.yaml, correct: [{n4: {shrink: 2}}, {clip: [1, 98]}, {zscore: region}]";
        let t2 = "image: \"images/{id}_t2.nii.gz\", mask: \"masks/{id}_R1.nii.gz\", \
                  params: params.yaml, correct: [{nyul: {landmarks: scale.json}}]";
        cohort.file(
            "scale.json",
            r#"{"percentiles": [1, 50, 99], "landmarks": [1, 60.5, 100], "images": 3}"#,
        );
        let fine = fs::read_to_string(cohort.path().join("params.yaml")).unwrap();
        cohort.file("fine.yaml", &fine.replace("binWidth: 10", "binWidth: 0.2"));
        let sequences = format!("{{T1: {{{t1}}}, T2: {{{t2}}}}}");
        let changes = [
            ("sequences", sequences.as_str()),
            ("validation", "{repeats: 1, folds: 3, bootstrap: 0}"),
        ];
        cohort.file("study.yaml", &study_text(&changes));
        ends(cohort.path(), 0, &["study", "run", "study.yaml", "--out", "run"]);
        cohort
    })
}

#[test]
fn every_patient_gets_the_same_bits_from_images() {
    let cohort = cohort();
    let clinical = fs::read_to_string(cohort.path().join("clinical.csv")).unwrap();
    let mut lines = clinical.lines();
    let head = lines.next().unwrap();
    let mut table = format!("{head},T1_image,T1_mask,T2_image,T2_mask\n");
    for (number, line) in lines.enumerate() {
        let id = id(number);
        let mask = format!("masks/{id}_R1.nii.gz");
        table += &format!("{line},images/{id}_t1.nii.gz,{mask},images/{id}_t2.nii.gz,{mask}\n");
    }
    cohort.file("new.csv", &table);
    let arguments = ["--model", "run/model.json", "--table", "new.csv"];
    let found = predicted(cohort.path(), 0, &arguments);
    assert_eq!(same_bits(&cohort.path().join("run"), &found), 40);

    // Another correction is another prediction: the bits above are no accident.
    let path = cohort.path().join("run/model.json");
    let mut model: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    model["sequences"]["T1"]["correction"][1]["clip"]["percentiles"] = serde_json::json!([10, 80]);
    cohort.file("other.json", &model.to_string());
    let other = predicted(
        cohort.path(),
        0,
        &["--model", "other.json", "--table", "new.csv"],
    );
    assert_ne!(other["patients"], found["patients"]);
}

#[test]
fn the_schema_describes_corrections() {
    let path = cohort().path().join("run/model.json");
    let model: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(schema::problems_of(&model), Vec::<String>::new());
    let mut odd = model.clone();
    odd["sequences"]["T1"]["correction"][0]["n4"]["colour"] = 1.into();
    assert_eq!(
        schema::problems_of(&odd),
        ["model.sequences.T1.correction[0].n4.colour: the schema has no such key"]
    );
}

#[test]
fn a_damaged_correction_is_refused() {
    let cohort = cohort();
    let text = fs::read_to_string(cohort.path().join("run/model.json")).unwrap();
    let model: Value = serde_json::from_str(&text).unwrap();
    for (place, step, words) in [
        (
            "T1",
            serde_json::json!({"clip": {"mask": "body", "percentiles": [9, 1]}}),
            &["sequences.T1.correction", "clip"],
        ),
        (
            "T1",
            serde_json::json!({"nyul": {"mask": "body", "standard": null}}),
            &["sequences.T1.correction", "no scale"],
        ),
        (
            "T2",
            serde_json::json!({"blur": {"mask": "body"}}),
            &["unknown variant `blur`", "no model of a study"],
        ),
    ] {
        let mut model = model.clone();
        model["sequences"][place]["correction"][0] = step;
        cohort.file("damaged.json", &model.to_string());
        let arguments = ["--model", "damaged.json", "--table", "clinical.csv"];
        refused(cohort.path(), &arguments, words);
    }
}
