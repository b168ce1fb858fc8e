//! Scanners that the training patients did not have, bad rows, wrong requests, damaged models.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use radiome::table::Table;
use serde_json::Value;

use super::small_cohort::{self, EXTERNAL, SmallCohort, TRAINING, ends, id, study_text};
use super::{predicted, refused, same_bits};

/// The small cohort with runs of its study under each rule for unseen scanners.
fn small(unseen: &str) -> PathBuf {
    static COHORT: OnceLock<SmallCohort> = OnceLock::new();
    static RUNS: [OnceLock<PathBuf>; 2] = [OnceLock::new(), OnceLock::new()];
    let cohort = COHORT.get_or_init(SmallCohort::write);
    let place = ["none", "own"].iter().position(|name| *name == unseen);
    RUNS[place.unwrap()]
        .get_or_init(|| {
            let harmonization = format!("{{method: combat, batch: scanner, unseen: {unseen}}}");
            let changes = [
                ("harmonization", harmonization.as_str()),
                ("validation", "{repeats: 1, folds: 3, bootstrap: 0}"),
            ];
            fs::write(
                cohort.path().join(format!("{unseen}.yaml")),
                study_text(&changes),
            )
            .unwrap();
            let study = format!("{unseen}.yaml");
            ends(cohort.path(), 0, &["study", "run", &study, "--out", unseen]);
            cohort.path().join(unseen)
        })
        .clone()
}

fn codes(patient: &Value) -> Vec<&str> {
    (patient["warnings"].as_array().unwrap().iter())
        .map(|warning| warning["code"].as_str().unwrap())
        .collect()
}

#[test]
fn all_patients_of_a_small_study_get_the_same_bits() {
    for unseen in ["none", "own"] {
        let run = small(unseen);
        let found = predicted(
            run.parent().unwrap(),
            0,
            &[
                "--model",
                &format!("{unseen}/model.json"),
                "--features",
                &format!("{unseen}/features.csv"),
                "--table",
                "clinical.csv",
            ],
        );
        // The scanner S4 is external only: under `own` all of its patients are here, as in the study.
        assert_eq!(same_bits(&run, &found), TRAINING + EXTERNAL);
        let patients = found["patients"].as_array().unwrap();
        let alone = &patients[TRAINING - 1];
        assert_eq!(alone["batch"], "S3");
        assert!(codes(alone).contains(&"unknown_scanner"), "{alone}");
    }
}

#[test]
fn an_unknown_scanner_follows_the_rule_of_the_study() {
    let run = small("own");
    let folder = run.parent().unwrap();
    let clinical = Table::read(&folder.join("clinical.csv")).unwrap();
    let scanners = clinical.cells("scanner").unwrap();
    let first = scanners.iter().position(|name| name == "S4").unwrap();
    clinical
        .select_rows(&[0, first])
        .write(&folder.join("two.csv"))
        .unwrap();
    let of = |rule: &str, status: i32, table: &str| {
        let (model, features) = (format!("{rule}/model.json"), format!("{rule}/features.csv"));
        let arguments = ["--model", &model, "--features", &features, "--table", table];
        predicted(folder, status, &arguments)
    };
    // One patient of it cannot be estimated; the other patient is not lost.
    let found = of("own", 1, "two.csv");
    assert_eq!(found["patients"].as_array().unwrap().len(), 1);
    assert_eq!(found["failures"][0]["reason_code"], "scanner_alone");
    small("none");
    let found = of("none", 0, "two.csv");
    assert!(codes(&found["patients"][1]).contains(&"unknown_scanner"));

    let refusing = fs::read_to_string(folder.join("none/model.json"))
        .unwrap()
        .replace("\"unseen\": \"none\"", "\"unseen\": \"error\"");
    fs::write(folder.join("refusing.json"), refusing).unwrap();
    let arguments = [
        "--model",
        "refusing.json",
        "--features",
        "none/features.csv",
        "--table",
        "two.csv",
    ];
    let found = predicted(folder, 1, &arguments);
    assert_eq!(found["failures"][0]["reason_code"], "unseen_scanner");
    assert_eq!(found["patients"].as_array().unwrap().len(), 1);
}

#[test]
fn features_of_extract_are_taken_and_their_settings_compared() {
    let run = small("none");
    let folder = run.parent().unwrap();
    for sequence in ["t1", "t2"] {
        let rows: Vec<String> = (0..TRAINING + EXTERNAL)
            .map(|number| {
                let id = id(number);
                format!("{id},images/{id}_{sequence}.nii.gz,masks/{id}_R1.nii.gz\n")
            })
            .collect();
        let cases = format!("{sequence}_cases.csv");
        fs::write(
            folder.join(&cases),
            format!("ID,Image,Mask\n{}", rows.concat()),
        )
        .unwrap();
        let out = format!("{sequence}_features.csv");
        ends(
            folder,
            0,
            &["extract", &cases, "--params", "params.yaml", "--out", &out],
        );
    }
    let arguments = |first: &'static str| {
        [
            "--model",
            "none/model.json",
            "--features",
            first,
            "--features",
            "T2=t2_features.csv",
            "--table",
            "clinical.csv",
        ]
    };
    let found = predicted(folder, 0, &arguments("T1=t1_features.csv"));
    assert_eq!(same_bits(&run, &found), TRAINING + EXTERNAL);
    let differ = |patient: &Value| codes(patient).contains(&"settings_differ");
    let patients = found["patients"].as_array().unwrap();
    assert!(!patients.iter().any(differ));

    let coarse = ["-s", "binWidth:20", "--out", "coarse.csv"];
    let extract = ["extract", "t1_cases.csv", "--params", "params.yaml"];
    let all: Vec<&str> = extract.iter().chain(&coarse).copied().collect();
    ends(folder, 0, &all);
    let found = predicted(folder, 0, &arguments("T1=coarse.csv"));
    let patients = found["patients"].as_array().unwrap();
    assert!(patients.iter().all(differ));
    let warnings = patients[0]["warnings"].to_string();
    assert!(
        warnings.contains("binWidth: 20 (the model: binWidth: 10)"),
        "{warnings}"
    );
}

#[test]
fn a_bad_row_does_not_lose_the_others() {
    let run = small("none");
    let folder = run.parent().unwrap();
    let model: Value =
        serde_json::from_str(&fs::read_to_string(run.join("model.json")).unwrap()).unwrap();
    let number = (model["clinical_range"].as_object().unwrap().keys()).next();
    let number = number.expect("a number is in the clinical model").clone();
    let columns = small_cohort::clinical_table(|patient, column, _| {
        (column == number && patient < 3)
            .then(|| ["many", "1e9", ""][patient].to_owned())
            .or_else(|| (column == "scanner" && patient == 4).then(String::new))
    });
    fs::write(folder.join("bad.csv"), columns).unwrap();
    let arguments = [
        "--model",
        "none/model.json",
        "--features",
        "none/features.csv",
        "--table",
        "bad.csv",
    ];
    let found = predicted(folder, 1, &arguments);
    let failures = found["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 2);
    assert_eq!(failures[0]["id"], id(0));
    assert_eq!(failures[0]["reason_code"], "not_a_number");
    assert_eq!(failures[1]["reason_code"], "batch_unknown");
    let patients = found["patients"].as_array().unwrap();
    assert_eq!(patients.len(), TRAINING + EXTERNAL - 2);
    assert!(codes(&patients[0]).contains(&"clinical_outside_training"));
    assert!(codes(&patients[1]).contains(&"missing_clinical"));
    assert_eq!(patients[1]["probabilities"]["clinical"], Value::Null);
}

#[test]
fn what_is_wrong_with_a_request_is_named() {
    let run = small("none");
    let folder = run.parent().unwrap();
    let model = ["--model", "none/model.json"];
    let with = |more: &[&'static str]| -> Vec<&str> { model.iter().chain(more).copied().collect() };
    let images = [
        "--image",
        "T1=images/P001_t1.nii.gz,masks/P001_R1.nii.gz",
        "--image",
        "T2=images/P001_t2.nii.gz,masks/P001_R1.nii.gz",
    ];
    refused(
        folder,
        &with(&["--image", "T1=only"]),
        &["an image and a mask"],
    );
    refused(
        folder,
        &with(&["--image", "T3=a.nii.gz,b.nii.gz"]),
        &["no sequence `T3`", "did you mean `T1`"],
    );
    refused(folder, &with(&[]), &["the nomogram needs the sequence"]);
    let mut wrong = with(&images);
    wrong.extend(["--clinical", "margn=1"]);
    refused(folder, &wrong, &["`margn`"]);
    let mut wrong = with(&images);
    wrong.extend(["--clinical", "margin"]);
    refused(folder, &wrong, &["it has no `=`"]);
    let mut wrong = with(&images);
    wrong.extend(["--table", "clinical.csv"]);
    refused(folder, &wrong, &["cannot be used with"]);
    refused(
        folder,
        &with(&["--table", "clinical.csv"]),
        &["no table has a column", "which the nomogram needs"],
    );
    refused(
        folder,
        &["--model", "nowhere.json"],
        &["cannot read the model"],
    );
}

#[test]
fn a_damaged_model_is_refused() {
    let run = small("none");
    let folder = run.parent().unwrap();
    let text = fs::read_to_string(run.join("model.json")).unwrap();
    let good: Value = serde_json::from_str(&text).unwrap();
    let try_with = |change: &dyn Fn(&mut Value), words: &[&str]| {
        let mut model = good.clone();
        change(&mut model);
        fs::write(folder.join("damaged.json"), model.to_string()).unwrap();
        refused(
            folder,
            &["--model", "damaged.json", "--table", "clinical.csv"],
            words,
        );
    };
    fs::write(folder.join("damaged.json"), "{").unwrap();
    refused(
        folder,
        &["--model", "damaged.json"],
        &["it is no model of a study"],
    );
    try_with(
        &|model| model["format"] = 99.into(),
        &["form 99", "this version reads the forms 2 and 3"],
    );
    try_with(
        &|model| drop(model.as_object_mut().unwrap().shift_remove("format")),
        &["no `format`"],
    );
    try_with(
        &|model| drop(model.as_object_mut().unwrap().shift_remove("mean")),
        &["missing field `mean`"],
    );
    try_with(
        &|model| drop(model["mean"].as_array_mut().unwrap().pop()),
        &["`mean`", "features"],
    );
    try_with(
        &|model| model["standard_deviation"][0] = (-1.0).into(),
        &["`standard_deviation`", "above 0"],
    );
    try_with(
        &|model| model["cutoff"]["nomogram"] = 7.into(),
        &["`cutoff.nomogram`", "0 to 1"],
    );
    try_with(
        &|model| {
            let coefficients = &mut model["signatures"]["rs_combined"]["coefficients"];
            coefficients["T1_no_such_feature"] = 1.5.into();
        },
        &["T1_no_such_feature", "not among `features`"],
    );
    try_with(
        &|model| model["nomogram"]["coefficients"]["colour"] = 1.into(),
        &["`nomogram.co"],
    );
}
