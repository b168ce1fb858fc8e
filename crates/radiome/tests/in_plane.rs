//! Slices thicker than their pixels: the warning, and features slice by slice by one word.

#[allow(dead_code)]
mod small_cohort;

use std::fs;
use std::path::Path;

use radiome::results::Results;
use radiome::table::Table;
use radiome_image::{read, write};
use serde_json::Value;

use small_cohort::{SmallCohort, ends, id};

/// The small cohort with slices 5 mm apart.
fn thick_cohort() -> SmallCohort {
    let cohort = SmallCohort::write();
    for number in 0..40 {
        let at = |name: String| cohort.path().join(name);
        let image = at(format!("images/{}_t1.nii.gz", id(number)));
        let mut thick = read::image(&image).unwrap();
        thick.geometry.spacing[2] = 5.0;
        write::nifti(&image, &thick).unwrap();
        let mask = at(format!("masks/{}_R1.nii.gz", id(number)));
        let mut thick = read::labels(&mask).unwrap();
        thick.geometry.spacing[2] = 5.0;
        write::nifti_labels(&mask, &thick).unwrap();
    }
    cohort
}

const SETTINGS: &str = "\
imageType:
  Original: {}
  Wavelet: {}
featureClass:
  firstorder:
  glcm: [Contrast, Idm, Correlation]
setting:
  binWidth: 10
  interpolator: sitkLinear
";

fn sequences(params: &str, more: &str) -> String {
    format!(
        "{{T1: {{image: \"images/{{id}}_t1.nii.gz\", mask: \"masks/{{id}}_R1.nii.gz\", params: {params}{more}}}}}"
    )
}

#[track_caller]
fn run(cohort: &SmallCohort, name: &str, params: &str, more: &str) -> Results {
    let sequences = sequences(params, more);
    let changes = [
        ("sequences", sequences.as_str()),
        ("reliability", ""),
        ("harmonization", ""),
        ("validation", "{repeats: 1, folds: 3, bootstrap: 0}"),
    ];
    cohort.study(name, &changes);
    let study = format!("{name}.yaml");
    ends(cohort.path(), 0, &["study", "run", &study, "--out", name]);
    let text = fs::read(cohort.path().join(name).join("results.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn warnings<'a>(results: &'a Results, code: &str) -> Vec<&'a str> {
    let found = results.warnings.iter().filter(|one| one.code == code);
    found.map(|one| one.text.as_str()).collect()
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap()
}

#[test]
fn one_word_is_three_settings_written_by_hand() {
    let cohort = thick_cohort();
    let space = format!("{SETTINGS}  resampledPixelSpacing: [0.8, 0.8, 0.8]\n");
    let by_hand = format!(
        "{SETTINGS}  resampledPixelSpacing: [0.8, 0.8, 0]\n  force2D: true\n  force2Ddimension: 0\n"
    );
    cohort.file("space_params.yaml", &space);
    cohort.file("hand_params.yaml", &by_hand);
    let in_space = run(&cohort, "space", "space_params.yaml", "");
    let word = run(&cohort, "word", "space_params.yaml", ", plane: 2d");
    let hand = run(&cohort, "hand", "hand_params.yaml", "");
    let [space, word_run, hand_run] =
        ["space", "word", "hand"].map(|name| cohort.path().join(name));
    for name in ["features.csv", "predictions.csv"] {
        assert!(bytes(&word_run, name) == bytes(&hand_run, name), "{name}");
    }
    assert!(bytes(&word_run, "features.csv") != bytes(&space, "features.csv"));

    // Said once for the sequence, and gone with the word.
    let told = warnings(&in_space, "thick_slices");
    assert_eq!(told.len(), 1);
    let expected = "40 of 40 images of T1 have slices 5 mm apart with pixels of 1 mm, and are \
                    resampled to 0.8 mm across the slices";
    assert!(
        told[0].starts_with(expected) && told[0].contains("plane: 2d"),
        "{}",
        told[0]
    );
    let report = String::from_utf8(bytes(&space, "report.html")).unwrap();
    assert!(report.contains(expected));
    for results in [&word, &hand] {
        assert!(warnings(results, "thick_slices").is_empty());
        assert!(warnings(results, "slice_axis").is_empty());
    }
    let told = &word.study.sequences[0].processing;
    assert_eq!(told["slices"], "texture slice by slice across z");
    assert_eq!(told["voxel_size"], "0.8 × 0.8 × as in the mask mm");
    assert_eq!(told, &hand.study.sequences[0].processing);

    // A new image goes the same way.
    let model: Value = serde_json::from_slice(&bytes(&word_run, "model.json")).unwrap();
    assert_eq!(model["sequences"]["T1"]["plane"], "2d");
    let by_hand: Value = serde_json::from_slice(&bytes(&hand_run, "model.json")).unwrap();
    let settings = |model: &Value| model["sequences"]["T1"]["settings"].clone();
    assert_eq!(settings(&model), settings(&by_hand));
    let clinical = fs::read_to_string(cohort.path().join("clinical.csv")).unwrap();
    let mut lines = clinical.lines();
    let mut table = format!("{},T1_image,T1_mask\n", lines.next().unwrap());
    for (number, line) in lines.enumerate().take(5) {
        let id = id(number);
        table += &format!("{line},images/{id}_t1.nii.gz,masks/{id}_R1.nii.gz\n");
    }
    cohort.file("new.csv", &table);
    let arguments = [
        "predict",
        "--json",
        "--model",
        "word/model.json",
        "--table",
        "new.csv",
    ];
    let (out, _) = ends(cohort.path(), 0, &arguments);
    let found: Value = serde_json::from_str(&out).unwrap();
    let written = Table::read(&word_run.join("predictions.csv")).unwrap();
    let written = written.numbers("rs_T1_score").unwrap();
    for (patient, written) in found["patients"].as_array().unwrap().iter().zip(written) {
        let score = patient["rad_score"]["rs_T1"].as_f64().unwrap();
        assert_eq!(score.to_bits(), written.to_bits());
    }

    // Extraction says it too, once, whatever the number of cases.
    let mut cases = "ID,Image,Mask\n".to_owned();
    for number in 0..3 {
        let id = id(number);
        cases += &format!("{id},images/{id}_t1.nii.gz,masks/{id}_R1.nii.gz\n");
    }
    cohort.file("cases.csv", &cases);
    let extract = |params: &str| {
        let arguments = [
            "extract",
            "cases.csv",
            "--params",
            params,
            "--out",
            "features.csv",
        ];
        ends(cohort.path(), 0, &arguments).1
    };
    let said = extract("space_params.yaml");
    assert_eq!(said.matches("have slices 5 mm apart").count(), 1, "{said}");
    assert!(
        said.contains("3 of 3 images") && said.contains("force2D:true"),
        "{said}"
    );
    assert!(!extract("hand_params.yaml").contains("have slices"));
}

#[test]
fn the_axis_of_the_parameter_file_is_taken() {
    let cohort = SmallCohort::write();
    cohort.file(
        "word_params.yaml",
        &format!("{SETTINGS}  force2Ddimension: 1\n"),
    );
    let by_hand = format!("{SETTINGS}  force2D: true\n  force2Ddimension: 1\n");
    cohort.file("hand_params.yaml", &by_hand);
    let word = run(&cohort, "word", "word_params.yaml", ", plane: 2d");
    run(&cohort, "hand", "hand_params.yaml", "");
    let at = |name: &str| bytes(&cohort.path().join(name), "features.csv");
    assert!(at("word") == at("hand"));
    // The slices of these images lie across the third axis.
    let told = warnings(&word, "slice_axis");
    assert_eq!(told.len(), 1);
    assert!(
        told[0].starts_with("40 of 40 images of T1 are coarser along another axis"),
        "{}",
        told[0]
    );
}

#[test]
fn what_contradicts_the_word_is_named_with_it() {
    let cohort = SmallCohort::write();
    let own = "imageType:\n  Original: {force2D: true, force2Ddimension: 2}\n";
    for (number, (settings, words)) in [
        (
            format!("{SETTINGS}  force2D: false\n"),
            "line 10: `force2D: false` contradicts `plane: 2d`",
        ),
        (
            format!("{SETTINGS}  resampledPixelSpacing: [1, 1, 3]\n"),
            "line 10: `resampledPixelSpacing: [1, 1, 3]` contradicts `plane: 2d`",
        ),
        (
            own.to_owned(),
            "line 2: `force2Ddimension: 2` contradicts `plane: 2d`",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("wrong_{number}");
        cohort.file(&format!("{name}_params.yaml"), &settings);
        let sequences = sequences(&format!("{name}_params.yaml"), ", plane: 2d");
        cohort.study(&name, &[("sequences", &sequences), ("reliability", "")]);
        let (_, said) = ends(
            cohort.path(),
            2,
            &["study", "check", &format!("{name}.yaml")],
        );
        let place = format!("`sequences.T1.plane`: {name}_params.yaml: {words}");
        assert!(said.contains(&place), "no {place:?} in\n{said}");
    }
    for (more, params, words) in [
        (", plane: 3d", "params.yaml", "did you mean `2d`?"),
        (", plane: 2d", "ibsi:mr", "ibsi:A and ibsi:B"),
    ] {
        let sequences = sequences(params, more);
        cohort.study("word", &[("sequences", &sequences), ("reliability", "")]);
        let (_, said) = ends(cohort.path(), 2, &["study", "check", "word.yaml"]);
        assert!(said.contains(words), "{said}");
    }
}
