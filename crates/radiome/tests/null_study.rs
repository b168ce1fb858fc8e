//! A study with its outcome permuted, and a study on noise: what is found where there is nothing.

// The cohort is shared with other tests, which use more of it.
#[allow(dead_code)]
mod small_cohort;

use std::fmt::Write as _;
use std::fs;

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome::pipeline::{Dataset, Pipeline, RadScores, SignaturePlan};
use radiome::study::{LambdaRule, Scheme};
use radiome::table::Table;
use radiome::validation::{CrossValidation, cross_validate};
use radiome_stats::distribution::normal_quantile;
use radiome_stats::selection::mrmr::{MrmrAssociation, MrmrForm, mrmr};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use small_cohort::{SmallCohort, TRAINING, ends};

/// Patients and features of the noise: those of a published study of this kind.
const PATIENTS: usize = 109;
const FEATURES: usize = 2260;
/// Features kept by mRMR.
const K: usize = 30;

/// Independent standard normals, and outcomes drawn without looking at them.
fn noise(seed: u64) -> Dataset {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let features = DMatrix::from_fn(PATIENTS, FEATURES, |_, _| {
        normal_quantile(generator.random_range(1e-12..1.0))
    });
    let outcome = (0..PATIENTS).map(|_| generator.random_bool(0.45)).collect();
    Dataset {
        patient: (0..PATIENTS).collect(),
        outcome,
        batch: vec![String::new(); PATIENTS],
        covariates: Vec::new(),
        folds: None,
        features,
        readings: IndexMap::new(),
        intensities: None,
        clinical: Vec::new(),
    }
}

/// mRMR, LASSO and nomogram on one sequence of so many features.
fn pipeline(features: usize) -> Pipeline {
    Pipeline {
        seed: 11,
        reliability: None,
        harmonization: None,
        signatures: vec![SignaturePlan {
            model: "rs_T1".to_owned(),
            allowed: vec![true; features],
        }],
        k: K,
        scheme: Scheme::Difference,
        alpha: 1.0,
        folds: 10,
        lambda: LambdaRule::Min,
        clinical_p: 0.05,
        imputations: None,
        nomogram_signatures: vec!["rs_T1".to_owned()],
        nomogram_clinical: false,
        rad_scores: RadScores::OutOfFold,
    }
}

fn auc(found: &CrossValidation, model: &str, data: &Dataset) -> f64 {
    found.auc(model, &data.outcome).unwrap().auc
}

/// One cross-validated AUC of noise has a standard error of about 0.06 with 49 and 60 patients: 0.2
/// is more than three of them.
const NOISE: f64 = 0.2;

#[test]
fn noise_is_worth_one_half_and_a_leak_is_caught() {
    let data = noise(20181210);
    let validate = |data: &Dataset| {
        cross_validate(&pipeline(data.features.ncols()), data, 2, 5, &|| ()).unwrap()
    };
    let honest = validate(&data);
    for model in ["rs_T1", "nomogram"] {
        let auc = auc(&honest, model, &data);
        eprintln!("noise, {model}: {auc:.3}");
        assert!((auc - 0.5).abs() < NOISE, "{model}: {auc}");
    }
    // The leak that is most often published: the features are chosen on all patients, and only the
    // fit of those few is cross-validated.
    let outcome: Vec<f64> = data
        .outcome
        .iter()
        .map(|&positive| f64::from(u8::from(positive)))
        .collect();
    let chosen = mrmr(
        &data.features,
        &outcome,
        K,
        MrmrForm::Difference,
        MrmrAssociation::Pearson,
    )
    .unwrap();
    let leaky = Dataset {
        features: data.features.select_columns(&chosen.selected),
        ..data.clone()
    };
    let found = validate(&leaky);
    for model in ["rs_T1", "nomogram"] {
        let auc = auc(&found, model, &leaky);
        eprintln!("noise, chosen on everyone, {model}: {auc:.3}");
        assert!(auc > 0.8, "{model}: {auc}");
    }
}

/// The noise as a user has it: a table of features, a clinical table and a study file.
fn write_noise(folder: &std::path::Path) {
    let data = noise(20181210);
    let (mut features, mut clinical) = ("id".to_owned(), "id,grade\n".to_owned());
    for column in 0..FEATURES {
        write!(features, ",T1_x{column}").unwrap();
    }
    features.push('\n');
    for row in 0..PATIENTS {
        write!(features, "N{row}").unwrap();
        for value in data.features.row(row).iter() {
            write!(features, ",{value}").unwrap();
        }
        features.push('\n');
        writeln!(clinical, "N{row},{}", u8::from(data.outcome[row])).unwrap();
    }
    fs::write(folder.join("features.csv"), features).unwrap();
    fs::write(folder.join("clinical.csv"), clinical).unwrap();
    let study = "\
name: Noise
seed: 5
tables: [{file: clinical.csv, id: id}]
outcome: {column: grade, positive: 1}
features: {file: features.csv, id: id}
validation: {repeats: 1, folds: 5, bootstrap: 0}
";
    fs::write(folder.join("study.yaml"), study).unwrap();
}

fn interval(json: &Value) -> [f64; 2] {
    [0, 1].map(|place| json["auc_interval"][place].as_f64().unwrap())
}

#[test]
fn the_interval_of_permuted_noise_covers_one_half() {
    let folder = tempfile::tempdir().unwrap();
    write_noise(folder.path());
    let arguments = ["study", "null", "study.yaml", "--repeats", "16", "--json"];
    let (out, _) = ends(folder.path(), 0, &arguments);
    let json: Value = serde_json::from_str(&out).unwrap();
    eprintln!("{out}");
    assert_eq!(json["repeats"], 16);
    assert_eq!(json["n"], PATIENTS);
    for model in [&json, &json["models"]["rs_T1"]] {
        let [lower, upper] = interval(model);
        assert!(lower <= 0.5 && 0.5 <= upper, "{lower} to {upper}");
        assert_eq!(model["covers_one_half"], true);
        // Sixteen AUCs with a standard deviation of about 0.06.
        assert!(upper - lower < 0.12, "{lower} to {upper}");
        assert!(model["auc_mean"].as_f64().unwrap() > lower);
    }
    assert_eq!(json["models"]["clinical"]["auc_mean"], 0.5, "it is empty");
}

#[test]
fn a_null_study_is_the_same_for_any_threads_and_starts_from_images_too() {
    let cohort = SmallCohort::write();
    let changes = [("validation", "{repeats: 3, folds: 3, bootstrap: 5}")];
    cohort.study("null", &changes);
    let run = |more: &[&str]| {
        let start = ["study", "null", "null.yaml", "--repeats", "6", "--json"];
        let arguments: Vec<&str> = start.iter().chain(more).copied().collect();
        ends(cohort.path(), 0, &arguments).0
    };
    let one = run(&["--jobs", "1", "--out", "aucs.csv"]);
    assert_eq!(one, run(&["--jobs", "2"]));
    assert_ne!(one, run(&["--seed", "8"]));
    let json: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(json["n"], TRAINING, "external patients are not looked at");
    assert_eq!(json["model"], "nomogram");
    for key in ["auc_mean", "auc_interval", "p_value", "auc_unpermuted"] {
        assert_eq!(json[key], json["models"]["nomogram"][key], "{key}");
    }
    assert!(json["warnings"].is_array());
    // The cohort's T1 texture tells the classes apart, as its outcome permuted does not.
    let signature = &json["models"]["rs_T1"];
    assert!(signature["auc_unpermuted"].as_f64() > signature["auc_mean"].as_f64());
    // The mean, the interval and P are those of the single AUCs that are written.
    let aucs = Table::read(&cohort.path().join("aucs.csv")).unwrap();
    let (numbers, of) = (
        aucs.numbers("auc").unwrap(),
        aucs.numbers("permutation").unwrap(),
    );
    let models = aucs.texts("model").unwrap();
    let of_model = |wanted: &str| -> (f64, Vec<f64>) {
        let rows = (0..aucs.len()).filter(|&row| models[row] == Some(wanted));
        let (real, permuted): (Vec<usize>, Vec<usize>) = rows.partition(|&row| of[row] == 0.0);
        let permuted = permuted.iter().map(|&row| numbers[row]).collect();
        (numbers[real[0]], permuted)
    };
    let (real, permuted) = of_model("rs_T1");
    assert_eq!(permuted.len(), 6);
    let mean = permuted.iter().sum::<f64>() / 6.0;
    assert!((mean - signature["auc_mean"].as_f64().unwrap()).abs() < 1e-12);
    let squares: f64 = permuted.iter().map(|auc| (auc - mean).powi(2)).sum();
    // R: qt(0.975, 5)
    let reach = 2.570_581_835_636_314 * (squares / 5.0 / 6.0).sqrt();
    let [lower, upper] = interval(signature);
    assert!((lower - (mean - reach).max(0.0)).abs() < 1e-9);
    assert!((upper - (mean + reach).min(1.0)).abs() < 1e-9);
    let as_large = permuted.iter().filter(|&&auc| auc >= real).count();
    let p = (1.0 + as_large as f64) / 7.0;
    assert!((signature["p_value"].as_f64().unwrap() - p).abs() < 1e-12);
}

#[test]
fn the_readable_null_study_says_what_the_interval_covers() {
    let cohort = SmallCohort::write();
    cohort.study("null", &[("reliability", "")]);
    let arguments = ["study", "null", "null.yaml", "--repeats", "4"];
    let (out, _) = ends(cohort.path(), 0, &arguments);
    for word in ["permuted 4 times", "28 training patients", "rs_T1", "0.5"] {
        assert!(out.contains(word), "no {word:?} in\n{out}");
    }
    let arguments = ["study", "null", "null.yaml", "--repeats", "1", "--json"];
    let (out, _) = ends(cohort.path(), 0, &arguments);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert!(json["auc_mean"].is_number());
    assert_eq!(json["auc_interval"], serde_json::json!([null, null]));
    assert_eq!(json["warnings"][0]["code"], "one_permutation");
    let (_, err) = ends(
        cohort.path(),
        2,
        &["study", "null", "null.yaml", "--repeats", "0"],
    );
    assert!(err.contains("--repeats"), "{err}");
    ends(cohort.path(), 2, &["study", "null", "absent.yaml"]);
}
