//! A standard scale of intensities (Nyúl) that `mode: honest` learns again in every resample: what a
//! fold learns has not seen the images that it leaves out, and its features are those that
//! `radiome correct` and `radiome extract` give by hand.

// The cohort is shared with other tests, which use more of it.
#[allow(dead_code)]
mod small_cohort;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use radiome::table::Table;
use radiome_image::correct::NyulStandard;
use radiome_image::{read, write};
use serde_json::Value;

use small_cohort::{EXTERNAL, READ_AGAIN, SmallCohort, TRAINING, ends, id};

/// T1 on a scale of the contour; T2 as it is.
const SEQUENCES: &str = r#"{T1: {image: "images/{id}_t1.nii.gz", mask: "masks/{id}_R1.nii.gz", label: 1, params: params.yaml, correct: [{nyul: {mask: region}}]}, T2: {image: "images/{id}_t2.nii.gz", mask: "masks/{id}_R1.nii.gz", params: params.yaml}}"#;
const VALIDATION: &str = "{repeats: 1, folds: 3, bootstrap: 3}";

/// Runs a study with the scale and gives its folder.
#[track_caller]
fn run(cohort: &SmallCohort, name: &str, status: i32, more: &[(&str, &str)]) -> String {
    let mut changes = vec![("sequences", SEQUENCES), ("validation", VALIDATION)];
    changes.retain(|(key, _)| more.iter().all(|(other, _)| other != key));
    changes.extend(more);
    cohort.study(name, &changes);
    let (file, out) = (format!("{name}.yaml"), format!("{name}.run"));
    ends(
        cohort.path(),
        status,
        &["study", "run", &file, "--out", &out],
    );
    out
}

fn json(cohort: &SmallCohort, name: &str) -> Value {
    serde_json::from_slice(&fs::read(cohort.path().join(name)).unwrap()).unwrap()
}

/// The fold of each training patient.
fn folds(cohort: &SmallCohort, run: &str) -> BTreeMap<String, String> {
    let table = Table::read(&cohort.path().join(run).join("folds.csv")).unwrap();
    let cells = |name: &str| table.cells(name).unwrap().to_vec();
    cells("id").into_iter().zip(cells("repeat_1")).collect()
}

/// Out-of-fold probabilities of every model as printed, by patient.
fn out_of_fold(cohort: &SmallCohort, run: &str) -> BTreeMap<String, Vec<String>> {
    let table = Table::read(&cohort.path().join(run).join("predictions.csv")).unwrap();
    let names = table
        .columns()
        .filter(|name| name.ends_with("_out_of_fold"));
    let columns: Vec<&[String]> = names.map(|name| table.cells(name).unwrap()).collect();
    assert_eq!(columns.len(), 5, "clinical, three signatures, nomogram");
    let of_row = |row: usize| columns.iter().map(|column| column[row].clone()).collect();
    let ids = table.cells("id").unwrap().iter().cloned();
    ids.enumerate().map(|(row, id)| (id, of_row(row))).collect()
}

/// The scale that `radiome correct` learns from the T1 images of these patients.
fn scale_by_hand(cohort: &SmallCohort, name: &str, patients: &[String]) -> NyulStandard {
    let mut cases = "Image,Mask\n".to_owned();
    for id in patients {
        writeln!(cases, "images/{id}_t1.nii.gz,masks/{id}_R1.nii.gz").unwrap();
    }
    let (train, scale) = (format!("{name}.train.csv"), format!("{name}.json"));
    cohort.file(&train, &cases);
    let image = format!("images/{}_t1.nii.gz", patients[0]);
    let arguments = [
        "correct",
        &image,
        "--method",
        "nyul",
        "--train",
        &train,
        "--standard-out",
        &scale,
        "--out",
        "unused.nrrd",
    ];
    ends(cohort.path(), 0, &arguments);
    serde_json::from_value(json(cohort, &scale)).unwrap()
}

/// The T1 features of a reading of these patients on the scale of [`scale_by_hand`], in a table that
/// `radiome extract` writes.
fn features_by_hand(
    cohort: &SmallCohort,
    scale: &str,
    reading: &str,
    patients: &[String],
) -> Table {
    let mut cases = "ID,Image,Mask,Label\n".to_owned();
    for id in patients {
        writeln!(
            cases,
            "{id},images/{id}_t1.nii.gz,masks/{id}_{reading}.nii.gz,1"
        )
        .unwrap();
    }
    let (table, out) = (
        format!("{scale}.cases.csv"),
        format!("{scale}.{reading}.csv"),
    );
    cohort.file(&table, &cases);
    let correct = format!("{{nyul: {{mask: region, landmarks: {scale}.json}}}}");
    let arguments = [
        "extract",
        &table,
        "--params",
        "params.yaml",
        "--correct",
        &correct,
        "--out",
        &out,
    ];
    ends(cohort.path(), 0, &arguments);
    Table::read(&cohort.path().join(out)).unwrap()
}

/// The feature table of a run with its T1 columns taken from tables made by hand, by reading.
fn with_t1_of(cohort: &SmallCohort, run: &str, hand: &BTreeMap<&str, Table>) -> Table {
    let own = Table::read(&cohort.path().join(run).join("features.csv")).unwrap();
    let (ids, readings) = (own.cells("id").unwrap(), own.cells("reading").unwrap());
    let mut table = Table::new("by hand", own.len());
    let mut replaced = 0;
    for name in own.columns() {
        let cells = match name.strip_prefix("T1_") {
            None => own.cells(name).unwrap().to_vec(),
            Some(bare) => {
                replaced += 1;
                let cell = |row: usize| {
                    let of_reading = &hand[readings[row].as_str()];
                    let known = of_reading.cells("ID").unwrap();
                    let place = known.iter().position(|id| *id == ids[row]).unwrap();
                    of_reading.cells(bare).unwrap()[place].clone()
                };
                (0..own.len()).map(cell).collect()
            }
        };
        table.push_texts(name, cells).unwrap();
    }
    assert!(replaced > 20, "{replaced} columns of T1");
    table
}

#[test]
fn every_fold_is_the_pipeline_on_features_of_its_own_scale() {
    let cohort = SmallCohort::write();
    let out = run(&cohort, "inside", 0, &[]);
    let folds = folds(&cohort, &out);
    let found = out_of_fold(&cohort, &out);
    let everyone: Vec<String> = (0..TRAINING + EXTERNAL).map(id).collect();
    let read_again: Vec<String> = (0..READ_AGAIN).map(id).collect();
    let mut scales = Vec::new();
    for fold in ["1", "2", "3"] {
        let of_fold = |(_, other): &(&String, &String)| other.as_str() != fold;
        let train: Vec<String> = folds
            .iter()
            .filter(of_fold)
            .map(|(id, _)| id.clone())
            .collect();
        assert!((18..=19).contains(&train.len()));
        let name = format!("fold{fold}");
        scales.push(scale_by_hand(&cohort, &name, &train));
        let hand: BTreeMap<&str, Table> =
            [("R1", &everyone), ("R1b", &read_again), ("R2", &read_again)]
                .into_iter()
                .map(|(reading, patients)| {
                    (reading, features_by_hand(&cohort, &name, reading, patients))
                })
                .collect();
        let table = with_t1_of(&cohort, &out, &hand);
        table
            .write(&cohort.path().join(format!("{name}.csv")))
            .unwrap();
        let features = format!("{{file: {name}.csv, id: id, reading: reading}}");
        let readings = "{readings: {intra: [R1, R1b], inter: [R1, R2]}, threshold: 0.5}";
        let tables = run(
            &cohort,
            &format!("{name}study"),
            0,
            &[
                ("sequences", ""),
                ("features", &features),
                ("reliability", readings),
            ],
        );
        assert_eq!(
            self::folds(&cohort, &tables),
            folds,
            "folds are of the outcome"
        );
        let expected = out_of_fold(&cohort, &tables);
        let mut compared = 0;
        for (id, _) in folds.iter().filter(|(_, other)| other.as_str() == fold) {
            assert_eq!(found[id], expected[id], "{id} in fold {fold}");
            compared += 1;
        }
        assert!(compared >= 9);
        // The scale matters: patients of another fold are predicted otherwise.
        assert!(folds.keys().any(|id| found[id] != expected[id]));
    }
    assert!(scales[0] != scales[1] && scales[1] != scales[2]);

    // The final model is on the scale of all training patients, and a new patient is too.
    let all: Vec<String> = (0..TRAINING).map(id).collect();
    let expected = scale_by_hand(&cohort, "final", &all);
    let model = json(&cohort, &format!("{out}/model.json"));
    let standard = &model["sequences"]["T1"]["correction"][0]["nyul"]["standard"];
    let standard: NyulStandard = serde_json::from_value(standard.clone()).unwrap();
    assert_eq!(standard, expected);
    let hand = features_by_hand(&cohort, "final", "R1", &everyone);
    let own = Table::read(&cohort.path().join(&out).join("features.csv")).unwrap();
    let readings = own.cells("reading").unwrap();
    let contrast = own.cells("T1_original_glcm_Contrast").unwrap().iter();
    let of_first = contrast
        .zip(readings)
        .filter(|(_, reading)| *reading == "R1");
    let found: Vec<&String> = of_first.map(|(value, _)| value).collect();
    let expected = hand.cells("original_glcm_Contrast").unwrap();
    assert_eq!(found, expected.iter().collect::<Vec<_>>());
    assert_eq!(
        predicted(&cohort, &out, &id(30)),
        final_probability(&cohort, &out, &id(30))
    );
    let results = json(&cohort, &format!("{out}/results.json"));
    assert_eq!(results["study"]["sequences"][0]["learnt_scale"], true);
    let report = fs::read_to_string(cohort.path().join(&out).join("report.html")).unwrap();
    assert!(report.contains("Standard scale of intensities (Nyúl)"));
}

/// The probability of the nomogram that `radiome predict` gives for a patient's images.
fn predicted(cohort: &SmallCohort, run: &str, id: &str) -> String {
    let table = Table::read(&cohort.path().join("clinical.csv")).unwrap();
    let row = table
        .cells("patient_id")
        .unwrap()
        .iter()
        .position(|one| one == id)
        .unwrap();
    let cell = |name: &str| table.cells(name).unwrap()[row].clone();
    let model = format!("{run}/model.json");
    let images: Vec<String> = ["T1", "T2"]
        .iter()
        .map(|name| {
            let file = name.to_lowercase();
            format!("{name}=images/{id}_{file}.nii.gz,masks/{id}_R1.nii.gz")
        })
        .collect();
    let variables = json(cohort, &model)["nomogram"]["clinical"].clone();
    let clinical: Vec<String> = (variables.as_array().unwrap().iter())
        .map(|variable| variable["variable"].as_str().unwrap())
        .map(|name| format!("{name}={}", cell(name)))
        .collect();
    let batch = cell("scanner");
    let mut arguments = vec!["predict", "--model", &model, "--json", "--batch", &batch];
    for image in &images {
        arguments.extend(["--image", image]);
    }
    for value in &clinical {
        arguments.extend(["--clinical", value]);
    }
    let (text, _) = ends(cohort.path(), 0, &arguments);
    let found: Value = serde_json::from_str(&text).unwrap();
    found["patients"][0]["probability"].to_string()
}

fn final_probability(cohort: &SmallCohort, run: &str, id: &str) -> String {
    let table = Table::read(&cohort.path().join(run).join("predictions.csv")).unwrap();
    let row = table
        .cells("id")
        .unwrap()
        .iter()
        .position(|one| one == id)
        .unwrap();
    table.cells("nomogram_probability").unwrap()[row].clone()
}

#[test]
fn images_left_out_change_nothing_that_their_fold_learns() {
    let cohort = SmallCohort::write();
    let before = run(&cohort, "before", 0, &[]);
    let folds_before = folds(&cohort, &before);
    let first: Vec<&String> = folds_before
        .iter()
        .filter(|(_, fold)| fold.as_str() == "1")
        .map(|(id, _)| id)
        .collect();
    // One patient of the fold stays as it is and shows what the fold has learnt.
    let (probe, changed) = first.split_first().unwrap();
    for id in changed {
        let path = cohort.path().join(format!("images/{id}_t1.nii.gz"));
        let mut image = read::image(&path).unwrap();
        for (place, value) in image.values.iter_mut().enumerate() {
            *value = f64::round(*value * *value / 40.0 - 9.0 * (place % 7) as f64);
        }
        write::nifti(&path, &image).unwrap();
    }
    let after = run(&cohort, "after", 0, &[]);
    assert_eq!(folds(&cohort, &after), folds_before);
    let [old, new] = [&before, &after].map(|run| out_of_fold(&cohort, run));
    assert_eq!(old[*probe], new[*probe]);
    assert!(changed.iter().any(|id| old[*id] != new[*id]));
    let others = folds_before.iter().filter(|(_, fold)| fold.as_str() != "1");
    assert!(others.clone().any(|(id, _)| old[id] != new[id]));
    // The final scale has seen them.
    let scale = |run: &str| {
        let model = json(&cohort, &format!("{run}/model.json"));
        model["sequences"]["T1"]["correction"][0]["nyul"]["standard"].clone()
    };
    assert_ne!(scale(&before), scale(&after));
}

#[test]
fn the_outcome_as_it_is_has_the_same_auc_in_a_null_study() {
    let cohort = SmallCohort::write();
    let out = run(
        &cohort,
        "known",
        0,
        &[("validation", "{repeats: 1, folds: 3, bootstrap: 0}")],
    );
    let results = json(&cohort, &format!("{out}/results.json"));
    let arguments = ["study", "null", "known.yaml", "--repeats", "2", "--json"];
    let (text, _) = ends(cohort.path(), 0, &arguments);
    let null: Value = serde_json::from_str(&text).unwrap();
    for model in ["rs_T1", "rs_combined", "nomogram"] {
        let expected = &results["internal_validation"][model]["cross_validated"]["estimate"];
        assert!(expected.is_number());
        assert_eq!(
            &null["models"][model]["auc_unpermuted"], expected,
            "{model}"
        );
    }
}

#[test]
fn who_is_left_out_is_no_part_of_the_scale() {
    let cohort = SmallCohort::write();
    fs::remove_file(cohort.path().join("images/P003_t2.nii.gz")).unwrap();
    let out = run(&cohort, "left", 1, &[]);
    let training: Vec<String> = (0..TRAINING)
        .filter(|&number| number != 2)
        .map(id)
        .collect();
    let expected = scale_by_hand(&cohort, "left", &training);
    let model = json(&cohort, &format!("{out}/model.json"));
    let standard = &model["sequences"]["T1"]["correction"][0]["nyul"]["standard"];
    let standard: NyulStandard = serde_json::from_value(standard.clone()).unwrap();
    assert_eq!((standard.images, &standard), (TRAINING - 1, &expected));
    // The patient is said once, and what was seen of the other image is kept, in its place.
    let path = cohort.path().join(&out);
    let failures = Table::read(&path.join("failures.csv")).unwrap();
    // Its own contour and the two of the other readers, each once.
    assert_eq!(failures.len(), 3);
    let ids = Table::read(&path.join("tables/quality.csv")).unwrap();
    let ids = ids.cells("id").unwrap();
    assert!(ids.is_sorted(), "{ids:?}");
    let regions = (TRAINING + EXTERNAL) * 2 - 1;
    assert_eq!(ids.len(), regions);
}

#[test]
fn what_it_will_cost_is_said_before() {
    let cohort = SmallCohort::write();
    cohort.study(
        "cost",
        &[("sequences", SEQUENCES), ("validation", VALIDATION)],
    );
    let (_, said) = ends(
        cohort.path(),
        0,
        &["study", "check", "cost.yaml", "--jobs", "2"],
    );
    // 28 training images of T1 in 3 folds and 3 samples, and 24 further readings in about two
    // thirds of each: 6 * 28 + 3 * 24 * 2 / 3 + 3 * 24 * 0.632 = 261.5.
    assert!(
        said.contains("in each of 6 resamples: about 262 images"),
        "{said}"
    );
    assert!(said.contains("min on 2 threads"), "{said}");
    cohort.study("none", &[]);
    let (_, said) = ends(cohort.path(), 0, &["study", "check", "none.yaml"]);
    assert!(!said.contains("nyul"), "{said}");
}

#[test]
fn two_scales_of_one_sequence_are_refused() {
    let cohort = SmallCohort::write();
    let sequences = SEQUENCES.replace("[{nyul: {mask: region}}]", "[nyul, {nyul: {mask: region}}]");
    cohort.study("two", &[("sequences", &sequences)]);
    let (_, said) = ends(cohort.path(), 2, &["study", "run", "two.yaml"]);
    for word in [
        "sequences.T1.correct",
        "two steps of nyul",
        "landmarks: scale.json",
    ] {
        assert!(said.contains(word), "{said}");
    }
    assert!(!Path::new(&cohort.path().join("two.run")).exists());
}
