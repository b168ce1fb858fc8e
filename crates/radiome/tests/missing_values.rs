//! Missing clinical values through a whole study: the demo's patients, a fifth of whom lack a value
//! of the clinical model.

// The cohort is shared with other tests, which use more of it.
#[allow(dead_code)]
mod small_cohort;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use radiome::demo;
use radiome::table::Table;
use serde_json::Value;

use small_cohort::ends;

/// The columns that lose every fifth value: one that the demo's clinical model holds, and one more.
const BLANKED: [&str; 2] = ["margin", "age"];

struct Demo {
    folder: tempfile::TempDir,
}

impl Demo {
    /// The demo's cohort, its features, and study files over them with few resamples.
    fn get() -> &'static Self {
        static DEMO: OnceLock<Demo> = OnceLock::new();
        DEMO.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let cohort = demo::write(folder.path(), 27, &|| ()).unwrap();
            let text = fs::read_to_string(&cohort.study).unwrap();
            let replaced = |text: &str, pairs: &[(&str, &str)]| {
                pairs.iter().fold(text.to_owned(), |text, (from, to)| {
                    assert!(text.contains(from), "{from}");
                    text.replace(from, to)
                })
            };
            let quick = "validation: {repeats: 1, folds: 3, bootstrap: 4}";
            let quick = replaced(
                &text,
                &[
                    ("validation: {repeats: 5, folds: 5, bootstrap: 100}", quick),
                    ("controls: [volume, shuffled_voxels]", "controls: []"),
                ],
            );
            fs::write(folder.path().join("images.yaml"), &quick).unwrap();
            let demo = Self { folder };
            // The patient without images makes the run end with status 1; from tables nobody fails.
            demo.run("images.yaml", "images.run", 1, &[]);

            let start = quick.find("sequences:").unwrap();
            let end = quick.find("# Scanner effects are").unwrap();
            let tables = "features: {file: images.run/features.csv, id: id, reading: reading}\n\
                          reliability: {readings: {intra: [R1, R1b], inter: [R1, R2]}, form: icc2_1, threshold: 0.75}\n";
            let text = format!("{}{tables}{}", &quick[..start], &quick[end..]);
            let imputed = replaced(&text, &[("  p: 0.05", "  p: 0.05\n  missing: multiple_imputation")]);
            let blank = |text: &str| replaced(text, &[("file: clinical.csv", "file: blank.csv")]);
            demo.blank();
            for (name, text) in [
                ("complete.yaml", text.clone()),
                ("imputed.yaml", imputed.clone()),
                ("blank_complete.yaml", blank(&text)),
                ("blank.yaml", blank(&imputed)),
            ] {
                fs::write(demo.path().join(name), text).unwrap();
            }
            demo.run("blank.yaml", "blank.run", 0, &["--jobs", "1"]);
            demo
        })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, study: &str, out: &str, status: i32, more: &[&str]) -> PathBuf {
        let mut arguments = vec!["study", "run", study, "--out", out];
        arguments.extend(more);
        ends(self.path(), status, &arguments);
        self.path().join(out)
    }

    /// Writes blank.csv: every fifth value of two columns is missing.
    fn blank(&self) {
        let clinical = Table::read(&self.path().join("clinical.csv")).unwrap();
        let mut blank = Table::new("blank.csv", clinical.len());
        for name in clinical.columns() {
            let mut cells = clinical.cells(name).unwrap().to_vec();
            if let Some(place) = BLANKED.iter().position(|one| *one == name) {
                for cell in cells.iter_mut().skip(place * 2).step_by(5) {
                    cell.clear();
                }
            }
            blank.push_texts(name, cells).unwrap();
        }
        blank.write(&self.path().join("blank.csv")).unwrap();
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn predictions(run: &Path) -> Table {
    Table::read(&run.join("predictions.csv")).unwrap()
}

#[test]
fn patients_with_a_missing_value_are_predicted_and_the_report_tells() {
    let demo = Demo::get();
    let run = demo.path().join("blank.run");
    let scores = predictions(&run).numbers("nomogram_probability").unwrap();
    assert_eq!(scores.len(), 120);
    assert!(scores.iter().all(|score| score.is_finite()));
    let complete = demo.run("blank_complete.yaml", "blank_complete.run", 0, &[]);
    let lost = predictions(&complete)
        .numbers("nomogram_probability")
        .unwrap();
    assert!(lost.iter().filter(|score| score.is_nan()).count() >= 20);

    let results = json(&run.join("results.json"));
    let missing = &results["missing_values"];
    assert_eq!(missing["method"], "multiple_imputation");
    assert_eq!(missing["imputation"]["imputations"], 10);
    let columns = missing["columns"].as_array().unwrap();
    let margin = columns
        .iter()
        .find(|one| one["column"] == "margin")
        .unwrap();
    let counts = ["train", "external"].map(|split| margin["missing"][split].as_u64().unwrap());
    // 121 patients, every fifth from the first: 25, unless it is the one without images.
    assert!((24..=25).contains(&(counts[0] + counts[1])) && counts[0] > counts[1]);
    assert_eq!(margin["imputed"], true);
    let terms = results["clinical_model"]["terms"].as_array().unwrap();
    let term = terms
        .iter()
        .find(|term| term["variable"] == "margin")
        .unwrap();
    let pooled = &term["pooled"];
    let fraction = pooled["fraction_missing"].as_f64().unwrap();
    assert!(fraction > 0.02 && fraction < 0.7, "{fraction}");
    let train = results["cohort"]["analysed"]["train"]["n"]
        .as_u64()
        .unwrap();
    assert_eq!(term["n"].as_u64(), Some(train));
    assert!(pooled["df"].as_f64().unwrap() < train as f64);
    // A candidate without missing values alone is no matter of imputation.
    let alone = results["clinical_model"]["univariate"].as_array().unwrap();
    let stage = alone
        .iter()
        .find(|term| term["variable"] == "t_stage")
        .unwrap();
    assert!(stage.get("pooled").is_none());

    let page = fs::read_to_string(run.join("report.html")).unwrap();
    for words in [
        "Missing values of the clinical candidates",
        "Fraction of missing information",
        "Multiple imputation by chained equations",
        "predictive mean matching",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let table = Table::read(&run.join("tables/pooled_terms.csv")).unwrap();
    assert!(table.cells("term").unwrap().contains(&"margin".to_owned()));
    let codes: Vec<&str> = (results["warnings"].as_array().unwrap().iter())
        .map(|warning| warning["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&"imputed_clinical_value"));
    assert!(!codes.contains(&"missing_clinical_value"));
}

#[test]
fn predict_gives_the_same_bits_for_a_missing_value() {
    let demo = Demo::get();
    let arguments = [
        "predict",
        "--json",
        "--model",
        "blank.run/model.json",
        "--features",
        "images.run/features.csv",
        "--table",
        "blank.csv",
    ];
    let (out, _) = ends(demo.path(), 1, &arguments);
    let found: Value = serde_json::from_str(&out).unwrap();
    let study = predictions(&demo.path().join("blank.run"));
    let ids = study.ids("id").unwrap();
    let blank = Table::read(&demo.path().join("blank.csv")).unwrap();
    let margin: BTreeMap<&str, &String> = (blank.ids("id").unwrap().into_iter())
        .zip(blank.cells("margin").unwrap())
        .collect();
    let model = json(&demo.path().join("blank.run/model.json"));
    let [unit, zero] = ["points_per_unit", "linear_predictor_at_zero"]
        .map(|key| model["points"][key].as_f64().unwrap());
    let mut imputed = 0;
    for patient in found["patients"].as_array().unwrap() {
        let id = patient["id"].as_str().unwrap();
        let row = ids.iter().position(|other| *other == id).unwrap();
        for (name, value) in patient["probabilities"].as_object().unwrap() {
            let expected = study.numbers(&format!("{name}_probability")).unwrap()[row];
            assert_eq!(
                value.as_f64().unwrap().to_bits(),
                expected.to_bits(),
                "{id} {name}"
            );
        }
        let mut warnings = patient["warnings"].as_array().unwrap().iter();
        let says = warnings.any(|warning| warning["code"] == "imputed_clinical");
        assert_eq!(says, margin[id].is_empty(), "{id}");
        imputed += usize::from(says);
        // The points of what is expected add up to the linear predictor too.
        let score = patient["linear_predictor"].as_f64().unwrap();
        let total = patient["total_points"].as_f64().unwrap();
        assert!((zero + total / unit - score).abs() < 1e-9 * score.abs().max(1.0));
    }
    assert!((24..=25).contains(&imputed));
    // One patient by options, of whom only the nomogram's own variables are given.
    let mut one = vec!["predict", "--json", "--model", "blank.run/model.json"];
    one.extend(["--features", "images.run/features.csv"]);
    for term in model["nomogram"]["clinical"].as_array().unwrap() {
        let variable = term["variable"].as_str().unwrap();
        let value = format!("{variable}=NA");
        one.extend(["--clinical", Box::leak(value.into_boxed_str())]);
    }
    one.extend(["--batch", "GE Signa"]);
    let (out, _) = ends(demo.path(), 0, &one);
    let found: Value = serde_json::from_str(&out).unwrap();
    let patients = found["patients"].as_array().unwrap();
    assert!(
        patients
            .iter()
            .all(|patient| patient["probability"].is_f64())
    );
}

#[test]
fn outcomes_of_external_patients_change_no_prediction() {
    let demo = Demo::get();
    let blank = Table::read(&demo.path().join("blank.csv")).unwrap();
    let mut turned = Table::new("turned.csv", blank.len());
    let centre = blank.cells("centre").unwrap();
    for name in blank.columns() {
        let mut cells = blank.cells(name).unwrap().to_vec();
        if name == "high_grade" {
            for (cell, _) in cells
                .iter_mut()
                .zip(centre)
                .filter(|(_, centre)| *centre == "B")
            {
                *cell = if cell == "1" { "0" } else { "1" }.to_owned();
            }
        }
        turned.push_texts(name, cells).unwrap();
    }
    turned.write(&demo.path().join("turned.csv")).unwrap();
    let text = fs::read_to_string(demo.path().join("blank.yaml")).unwrap();
    let text = text.replace("file: blank.csv", "file: turned.csv");
    fs::write(demo.path().join("turned.yaml"), text).unwrap();
    let run = demo.run("turned.yaml", "turned.run", 0, &[]);
    let first = demo.path().join("blank.run");
    assert_ne!(
        json(&first.join("results.json"))["cohort"]["analysed"]["external"]["positive"],
        json(&run.join("results.json"))["cohort"]["analysed"]["external"]["positive"]
    );
    for name in ["model.json", "folds.csv"] {
        let bytes = |run: &Path| fs::read(run.join(name)).unwrap();
        assert_eq!(bytes(&first), bytes(&run), "{name}");
    }
    let (before, after) = (predictions(&first), predictions(&run));
    for name in before.columns().filter(|name| *name != "outcome") {
        assert_eq!(
            before.cells(name).unwrap(),
            after.cells(name).unwrap(),
            "{name}"
        );
    }
    assert_ne!(
        before.cells("outcome").unwrap(),
        after.cells("outcome").unwrap()
    );
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let demo = Demo::get();
    let again = demo.run("blank.yaml", "again.run", 0, &["--jobs", "3"]);
    for name in [
        "predictions.csv",
        "model.json",
        "results.json",
        "report.html",
    ] {
        let bytes = |run: &Path| fs::read(run.join(name)).unwrap();
        assert_eq!(
            bytes(&demo.path().join("blank.run")),
            bytes(&again),
            "{name}"
        );
    }
}

#[test]
fn without_missing_values_both_methods_give_the_same() {
    let demo = Demo::get();
    let complete = demo.run("complete.yaml", "complete.run", 0, &[]);
    let imputed = demo.run("imputed.yaml", "imputed.run", 0, &[]);
    for name in ["predictions.csv", "folds.csv"] {
        let bytes = |run: &Path| fs::read(run.join(name)).unwrap();
        assert_eq!(bytes(&complete), bytes(&imputed), "{name}");
    }
    let [first, second] = [complete, imputed].map(|run| json(&run.join("results.json")));
    for key in [
        "clinical_model",
        "nomogram",
        "performance",
        "internal_validation",
    ] {
        assert_eq!(first[key], second[key], "{key}");
    }
    // Nothing is said of missing values where the study file does not ask.
    assert!(first.get("missing_values").is_none());
    assert_eq!(
        second["missing_values"]["columns"][0]["missing"]["train"],
        0
    );
}

#[test]
fn what_cannot_be_asked_for_is_refused() {
    let demo = Demo::get();
    let text = fs::read_to_string(demo.path().join("blank.yaml")).unwrap();
    for (settings, words) in [
        ("mean", "complete_cases"),
        ("{method: multiple_imputation, imputations: 2}", "5 or more"),
        (
            "{method: complete_cases, imputations: 10}",
            "complete cases are not imputed",
        ),
        ("{method: multiple_imputation, sets: 10}", "sets"),
    ] {
        let changed = text.replace(
            "missing: multiple_imputation",
            &format!("missing: {settings}"),
        );
        assert_ne!(changed, text);
        fs::write(demo.path().join("wrong.yaml"), changed).unwrap();
        let (_, err) = ends(demo.path(), 2, &["study", "check", "wrong.yaml"]);
        assert!(err.contains(words), "{words}: {err}");
    }
}
