//! The pipeline against a two-centre cohort whose every intermediate value was computed in R
//! (`stats/12_end_to_end/frozen` of the reference data): ICC filter, ComBat fitted on the training
//! scanners with unseen scanners adjusted by their own rows, z-scores, mRMR, LASSO with given folds,
//! rad-scores of both centres, and the clinical model.

use std::path::PathBuf;

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome::pipeline::{
    ClinicalColumn, ClinicalModel, ClinicalValues, Comparison, Dataset, HarmonizationRule,
    Pipeline, RadScores, ReliabilityRule, SignaturePlan,
};
use radiome::study::{HarmonizationFit, IccBound, IccForm, LambdaRule, Scheme, UnseenBatch};
use radiome::table::Table;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Coefficients and rad-scores, in log-odds: polished LASSO solutions agree to about 1e-9, ComBat with
/// sva's stopping rule to 1e-8.
const TOLERANCE: f64 = 1e-8;

fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("RADIOME_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("reference/stats/12_end_to_end");
    if folder.is_dir() {
        return Some(folder);
    }
    println!(
        "skipped: no reference data at {}; set RADIOME_SHARED",
        folder.display()
    );
    None
}

struct Reference {
    folder: PathBuf,
    data: Dataset,
    ids: Vec<String>,
    train: Vec<usize>,
    external: Vec<usize>,
    features: Vec<String>,
}

fn matrix(table: &Table, rows: &[Option<usize>], features: &[String]) -> DMatrix<f64> {
    let columns: Vec<Vec<f64>> = features
        .iter()
        .map(|name| table.numbers(name).unwrap())
        .collect();
    DMatrix::from_fn(rows.len(), features.len(), |row, column| {
        rows[row].map_or(f64::NAN, |row| columns[column][row])
    })
}

fn reference() -> Option<Reference> {
    let folder = folder()?;
    let read = |name: &str| Table::read(&folder.join(name)).unwrap();
    let (table, clinical, repeats, folds) = (
        read("features.csv"),
        read("clinical.csv"),
        read("repeat_reader.csv"),
        read("folds_train.csv"),
    );
    let ids: Vec<String> = table
        .ids("id")
        .unwrap()
        .iter()
        .map(|&id| id.to_owned())
        .collect();
    assert_eq!(clinical.ids("id").unwrap(), ids);
    let features: Vec<String> = table
        .columns()
        .filter(|name| name.contains("_f"))
        .map(str::to_owned)
        .collect();
    let sets = table.texts("set").unwrap();
    let of_set = |name: &str| {
        (0..ids.len())
            .filter(|&row| sets[row] == Some(name))
            .collect::<Vec<_>>()
    };
    let (train, external) = (of_set("train"), of_set("external"));

    let fold_ids = folds.ids("id").unwrap();
    let fold_numbers = folds.numbers("fold").unwrap();
    let fold_of = |id: &String| {
        fold_ids
            .iter()
            .position(|other| other == id)
            .map_or(0, |row| fold_numbers[row] as usize)
    };
    let (repeat_ids, repeat_readings) = (
        repeats.texts("id").unwrap(),
        repeats.texts("reading").unwrap(),
    );
    let readings: IndexMap<String, DMatrix<f64>> = ["R1", "R1b", "R2"]
        .into_iter()
        .map(|reading| {
            let rows: Vec<Option<usize>> = ids
                .iter()
                .map(|id| {
                    (0..repeats.len()).find(|&row| {
                        repeat_ids[row] == Some(id) && repeat_readings[row] == Some(reading)
                    })
                })
                .collect();
            (reading.to_owned(), matrix(&repeats, &rows, &features))
        })
        .collect();
    let candidates = [
        "age",
        "sex",
        "t_stage",
        "n_stage",
        "m_stage",
        "t1_high_signal",
        "t2_low_signal",
        "heterogeneous",
        "myxoid_matrix",
        "fibrous_tissue",
        "septations",
        "fat_tissue",
        "vessels",
        "hemorrhage",
        "depth_gt_8cm",
        "peritumoral_edema",
        "bone_involvement",
        "capsule",
        "neurovascular",
        "margin_ill_defined",
    ];
    let data = Dataset {
        patient: (0..ids.len()).collect(),
        outcome: clinical
            .numbers("grade")
            .unwrap()
            .iter()
            .map(|&grade| grade == 1.0)
            .collect(),
        batch: table
            .texts("scanner")
            .unwrap()
            .into_iter()
            .map(|name| name.unwrap().to_owned())
            .collect(),
        covariates: Vec::new(),
        folds: Some(ids.iter().map(fold_of).collect()),
        features: matrix(
            &table,
            &(0..ids.len()).map(Some).collect::<Vec<_>>(),
            &features,
        ),
        readings,
        intensities: None,
        clinical: candidates
            .into_iter()
            .map(|name| ClinicalColumn {
                name: name.to_owned(),
                values: ClinicalValues::Number(clinical.numbers(name).unwrap()),
            })
            .collect(),
    };
    Some(Reference {
        folder,
        data,
        ids,
        train,
        external,
        features,
    })
}

fn pipeline(features: &[String]) -> Pipeline {
    let comparison = |name: &str, second: &str| Comparison {
        name: name.to_owned(),
        readings: vec![Some("R1".to_owned()), Some(second.to_owned())],
    };
    let signature = |model: &str, prefix: &str| SignaturePlan {
        model: model.to_owned(),
        allowed: features
            .iter()
            .map(|name| name.starts_with(prefix))
            .collect(),
    };
    Pipeline {
        seed: 1,
        reliability: Some(ReliabilityRule {
            comparisons: vec![comparison("intra", "R1b"), comparison("inter", "R2")],
            form: IccForm::Icc2_1,
            threshold: 0.75,
            bound: IccBound::Estimate,
            read_again: 40,
        }),
        harmonization: Some(HarmonizationRule {
            unseen: UnseenBatch::Own,
            fit: HarmonizationFit::Training,
        }),
        signatures: vec![
            signature("rs_T1", "T1_"),
            signature("rs_FST2", "FST2_"),
            signature("rs_Combined", ""),
        ],
        k: 30,
        scheme: Scheme::Difference,
        alpha: 1.0,
        folds: 10,
        lambda: LambdaRule::Min,
        clinical_p: 0.05,
        imputations: None,
        nomogram_signatures: vec!["rs_Combined".to_owned()],
        nomogram_clinical: true,
        rad_scores: RadScores::OutOfFold,
    }
}

fn json(folder: &std::path::Path, name: &str) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

#[test]
fn signatures_agree_with_r() {
    let Some(Reference {
        folder,
        data,
        ids,
        train,
        external,
        features,
    }) = reference()
    else {
        return;
    };
    let pipeline = pipeline(&features);
    let training = data.training(&train);
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let (transform, signatures) = pipeline.fit_signatures(&training, &mut generator).unwrap();

    // ICC: closed forms.
    let icc = Table::read(&folder.join("step01_icc.csv")).unwrap();
    let expected_names = icc.texts("feature").unwrap();
    let mut worst: f64 = 0.0;
    for (name, column) in [("intra", "intra_icc21"), ("inter", "inter_icc21")] {
        let expected = icc.numbers(column).unwrap();
        for (feature, found) in transform.reliability.as_ref().unwrap().iter().enumerate() {
            assert_eq!(expected_names[feature], Some(features[feature].as_str()));
            worst = worst.max((found.by_comparison[name][0] - expected[feature]).abs());
        }
    }
    println!("ICC: largest difference {worst:e}");
    assert!(worst < 1e-9);
    let kept: Vec<usize> = (0..features.len())
        .filter(|&f| icc.numbers("keep").unwrap()[f] == 1.0)
        .collect();
    assert_eq!(transform.columns, kept);

    // mRMR and LASSO: the same features in the same order, the same lambda.
    let expected = json(&folder, "frozen/step03_signatures.json");
    for signature in &signatures {
        let expected = &expected[signature.model.trim_start_matches("rs_")];
        let name = |place: usize| features[transform.columns[place]].clone();
        let ranked: Vec<String> = signature
            .ranked
            .iter()
            .map(|feature| name(feature.place))
            .collect();
        let expected_ranked: Vec<String> =
            serde_json::from_value(expected["mrmr_selected"].clone()).unwrap();
        assert_eq!(ranked, expected_ranked, "{}", signature.model);
        assert_eq!(
            signature.index + 1,
            expected["index_min_1based"].as_u64().unwrap() as usize
        );
        let nonzero: Vec<String> = signature
            .coefficients
            .iter()
            .map(|&(place, _)| name(place))
            .collect();
        let expected_nonzero: Vec<String> =
            serde_json::from_value(expected["nonzero_features"].clone()).unwrap();
        assert_eq!(nonzero, expected_nonzero);
        let coefficients: Vec<f64> =
            serde_json::from_value(expected["coef_on_z_scale"].clone()).unwrap();
        for (&(_, found), expected) in signature.coefficients.iter().zip(coefficients) {
            assert!(
                (found - expected).abs() < TOLERANCE,
                "{found} against {expected}"
            );
        }
    }

    // Rad-scores of both centres.
    let scores = Table::read(&folder.join("frozen/step04_radscores.csv")).unwrap();
    assert_eq!(scores.ids("id").unwrap(), ids);
    let mut worst: f64 = 0.0;
    for rows in [&train, &external] {
        let standardized = transform.apply(&data.rows(rows)).unwrap().values;
        for signature in &signatures {
            let expected = scores.numbers(&signature.model).unwrap();
            for (place, &row) in rows.iter().enumerate() {
                let found = signature.intercept + signature.sum(&standardized, place);
                worst = worst.max((found - expected[row]).abs());
            }
        }
    }
    println!("rad-scores: largest difference {worst:e}");
    assert!(worst < TOLERANCE);
}

#[test]
fn clinical_model_agrees_with_r() {
    let Some(Reference {
        folder,
        data,
        train,
        ..
    }) = reference()
    else {
        return;
    };
    let model = ClinicalModel::fit(&data.training(&train), 0.05).unwrap();
    let expected = json(&folder, "frozen/step05_logistic.json");
    // Estimates: Newton's method on both sides, 1e-8. Standard errors: R's glm reports those of the
    // step before the last. For n_stage ([58, 1] and [48, 2] patients) the closed form
    // sqrt(1/58 + 1/48 + 1/1 + 1/2) is 1.2401914, ours; R has 1.2401912, 1.8e-7 off. P values follow.
    let within = |found: f64, expected: &serde_json::Value, tolerance: f64| {
        let expected = expected.as_f64().unwrap();
        assert!(
            (found - expected).abs() <= tolerance * expected.abs().max(1.0),
            "{found} against {expected}"
        );
    };
    let close = |found, expected: &serde_json::Value| within(found, expected, 1e-8);
    for term in &model.univariate {
        let coefficients = &expected["univariate"][&term.name]["coefficients"];
        close(term.coef, &coefficients["estimate"][1]);
        within(term.se, &coefficients["std_error"][1], 2e-7);
        within(term.p_value, &coefficients["p_wald"][1], 2e-7);
    }
    let names: Vec<&str> = model
        .multivariate
        .iter()
        .map(|term| term.name.as_str())
        .collect();
    let selected: Vec<String> =
        serde_json::from_value(expected["selected_univariate_p05"].clone()).unwrap();
    assert_eq!(names, selected);
    let stayed: Vec<String> =
        serde_json::from_value(expected["selected_multivariate_p05"].clone()).unwrap();
    assert_eq!(model.variables(), stayed);
    let coefficients = &expected["clinical_model"]["coefficients"];
    let regression = model.model.unwrap();
    close(regression.intercept, &coefficients["estimate"][0]);
    for (place, term) in regression.terms.iter().enumerate() {
        close(term.coef, &coefficients["estimate"][place + 1]);
        within(term.ci[0], &coefficients["or_wald_lower"][place + 1], 2e-7);
        within(term.ci[1], &coefficients["or_wald_upper"][place + 1], 2e-7);
    }
}
