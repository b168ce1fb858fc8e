//! Cohorts in which something is missing, and settings that are not the usual.

use std::fs;
use std::path::Path;

use radiome::results::Results;

use super::small_cohort::{EXTERNAL, SmallCohort, T1_ONLY, TRAINING, clinical_table, ends, id};
use super::{base, codes, cohort, finished, refused, results, table};

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
