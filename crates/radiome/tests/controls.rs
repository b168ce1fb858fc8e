//! Controls beside the signatures, in studies run as a user runs them.

// The cohort is shared with other tests, which use more of it.
#[allow(dead_code)]
mod small_cohort;

use std::fs;
use std::path::Path;

use radiome::extract::{self, Case, Progress, run_shuffled};
use radiome::results::{Results, Verdict};
use radiome::table::Table;
use radiome_features::Settings;
use radiome_image::read;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use small_cohort::{SmallCohort, TRAINING, ends, id, positive};

const BOTH: (&str, &str) = ("controls", "[volume, shuffled_voxels]");

fn run(cohort: &SmallCohort, name: &str, changes: &[(&str, &str)], more: &[&str]) -> Results {
    cohort.study(name, changes);
    let (file, out) = (format!("{name}.yaml"), format!("{name}.run"));
    let start = ["study", "run", &file, "--out", &out];
    let arguments: Vec<&str> = start.iter().chain(more).copied().collect();
    ends(cohort.path(), 0, &arguments);
    results(&cohort.path().join(out))
}

fn results(folder: &Path) -> Results {
    serde_json::from_slice(&fs::read(folder.join("results.json")).unwrap()).unwrap()
}

/// Share of pairs that a score orders rightly, ties half.
fn auc(score: &[f64], outcome: &[bool]) -> f64 {
    let (mut won, mut pairs) = (0.0, 0.0);
    for (case, _) in score.iter().zip(outcome).filter(|(_, y)| **y) {
        for (control, _) in score.iter().zip(outcome).filter(|(_, y)| !**y) {
            pairs += 1.0;
            won += match case.total_cmp(control) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    won / pairs
}

/// The direction that a logistic regression on one predictor takes: that of the difference of its
/// means, for the likelihood is concave and its slope at 0 is the sum of (y - mean y) x.
fn direction(log_volume: &[f64], outcome: &[bool]) -> f64 {
    let mean = |class: bool| {
        let of = log_volume.iter().zip(outcome).filter(|(_, y)| **y == class);
        let values: Vec<f64> = of.map(|(x, _)| *x).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    (mean(true) - mean(false)).signum()
}

#[test]
fn the_volume_is_judged_as_counted_by_hand() {
    let cohort = SmallCohort::write();
    let changes = [("validation", "{repeats: 4, folds: 3, bootstrap: 2}")];
    let results = run(&cohort, "volume", &changes, &[]);
    let control = &results.controls["volume"];
    assert_eq!(results.controls.len(), 1, "no other was asked for");
    // Without shape features the voxels of the contours are counted.
    let predictor = control.coefficients.as_ref().unwrap().keys().next();
    assert_eq!(predictor.unwrap(), "ln(voxels of the contour, in mm³)");
    let log_volume: Vec<f64> = (0..TRAINING)
        .map(|number| {
            let mask = cohort
                .path()
                .join(format!("masks/{}_R1.nii.gz", id(number)));
            let labels = read::labels(mask).unwrap();
            let voxels = labels.labels.iter().filter(|&&label| label == 1).count();
            (voxels as f64 * 2.0).ln()
        })
        .collect();
    let outcome: Vec<bool> = (0..TRAINING).map(positive).collect();
    let sign = direction(&log_volume, &outcome);
    let turned: Vec<f64> = log_volume.iter().map(|x| sign * x).collect();
    let apparent = control.apparent.estimate.unwrap();
    assert!((apparent - auc(&turned, &outcome)).abs() < 1e-12);
    // The cross-validation by hand: the direction is learnt without the fold.
    let folds = Table::read(&cohort.path().join("volume.run/folds.csv")).unwrap();
    let mut areas = Vec::new();
    for repeat in 1..=4 {
        let fold = folds.numbers(&format!("repeat_{repeat}")).unwrap();
        for number in 1..=3 {
            let (test, train): (Vec<usize>, Vec<usize>) =
                (0..TRAINING).partition(|&row| fold[row] == f64::from(number));
            let pick = |rows: &[usize]| -> (Vec<f64>, Vec<bool>) {
                rows.iter()
                    .map(|&row| (log_volume[row], outcome[row]))
                    .unzip()
            };
            let (x, y) = pick(&train);
            let sign = direction(&x, &y);
            let (x, y) = pick(&test);
            let turned: Vec<f64> = x.iter().map(|x| sign * x).collect();
            areas.push(auc(&turned, &y));
        }
    }
    let mean = areas.iter().sum::<f64>() / areas.len() as f64;
    let found = control.cross_validated.unwrap();
    assert!((found.estimate.unwrap() - mean).abs() < 1e-12, "{mean}");
    // The difference is that of the two AUCs, and its interval holds it.
    for model in ["rs_T1", "rs_T2", "rs_combined", "nomogram"] {
        let own = results.internal_validation[model].cross_validated.unwrap();
        let difference = control.differences[model]["cross_validated"];
        let expected = own.estimate.unwrap() - mean;
        if model != "nomogram" {
            // The nomogram lacks a patient without age.
            assert!(
                (difference.estimate.unwrap() - expected).abs() < 1e-12,
                "{model}"
            );
        }
        let [lower, upper] = difference.ci.map(Option::unwrap);
        assert!(lower <= difference.estimate.unwrap() && difference.estimate.unwrap() <= upper);
    }
    assert_eq!(control.signature, "rs_combined");
    assert_eq!(
        control.verdict,
        Verdict::of(&control.differences["rs_combined"]["cross_validated"])
    );
}

#[test]
fn shuffled_voxels_take_the_same_steps_and_threads_change_nothing() {
    let cohort = SmallCohort::write();
    let changes = [BOTH, ("validation", "{repeats: 4, folds: 3, bootstrap: 2}")];
    let results = run(&cohort, "one", &changes, &["--jobs", "1"]);
    run(&cohort, "two", &changes, &["--jobs", "2"]);
    let bytes =
        |name: &str| fs::read(cohort.path().join(format!("{name}.run/results.json"))).unwrap();
    assert!(bytes("one") == bytes("two"));
    let shuffled = &results.controls["shuffled_voxels"];
    assert_eq!(shuffled.reason, None);
    assert_eq!(shuffled.n, TRAINING);
    let own = results.internal_validation["rs_combined"]
        .cross_validated
        .unwrap();
    let (own, without) = (
        own.estimate.unwrap(),
        shuffled.cross_validated.unwrap().estimate.unwrap(),
    );
    eprintln!("combined signature {own:.3}, with shuffled voxels {without:.3}");
    let difference = shuffled.differences["rs_combined"]["cross_validated"];
    assert!((difference.estimate.unwrap() - (own - without)).abs() < 1e-12);
    assert!(shuffled.external.unwrap().estimate.is_some());
    // Every patient is told apart by scores that can be traced.
    let scores = Table::read(&cohort.path().join("one.run/tables/control_scores.csv")).unwrap();
    let (controls, score) = (
        scores.texts("control").unwrap(),
        scores.numbers("score").unwrap(),
    );
    let splits = scores.texts("split").unwrap();
    for (name, control) in &results.controls {
        let rows: Vec<usize> = (0..scores.len())
            .filter(|&row| controls[row] == Some(name) && splits[row] == Some("train"))
            .collect();
        let score: Vec<f64> = rows.iter().map(|&row| score[row]).collect();
        let outcome: Vec<bool> = (0..TRAINING).map(positive).collect();
        let apparent = control.apparent.estimate.unwrap();
        assert!((apparent - auc(&score, &outcome)).abs() < 1e-12, "{name}");
    }
    // What is not beaten is a warning, and stands first in the report.
    let report = fs::read_to_string(cohort.path().join("one.run/report.html")).unwrap();
    for (name, control) in &results.controls {
        let code = format!("not_better_than_{name}");
        let warning = results.warnings.iter().find(|warning| warning.code == code);
        assert_eq!(
            warning.is_some(),
            control.verdict != Some(Verdict::Better),
            "{name}"
        );
        if let Some(warning) = warning {
            let place = report.find(&warning.text[4..]).expect("it is told");
            assert!(place < report.find("On whom").unwrap());
        }
    }
    assert!(report.contains("id=\"controls\""));
}

#[test]
fn shuffling_keeps_the_grey_levels_and_changes_the_texture() {
    let cohort = SmallCohort::write();
    let text = fs::read_to_string(cohort.path().join("params.yaml")).unwrap();
    let protocol = Settings::from_yaml(&text).unwrap().protocol().unwrap();
    let cases: Vec<Case> = (0..12)
        .map(|number| Case {
            id: id(number),
            image: cohort
                .path()
                .join(format!("images/{}_t1.nii.gz", id(number))),
            mask: cohort
                .path()
                .join(format!("masks/{}_R1.nii.gz", id(number))),
            label: None,
            channel: None,
            protocol: 0,
        })
        .collect();
    let protocols = [extract::Processing::from(protocol)];
    let generator = |place: usize| ChaCha8Rng::seed_from_u64(place as u64);
    let before = extract::run(&cases, &protocols, None, Progress::Silent);
    let after = run_shuffled(&cases, &protocols, None, Progress::Silent, &generator);
    let mut correlation = [0.0; 2];
    for (before, after) in before.iter().zip(&after) {
        let rows = [before.as_ref().unwrap(), after.as_ref().unwrap()];
        let of = |name: &str| rows.map(|row| row.feature(name).unwrap());
        for (name, value) in &rows[0].features {
            let [before, after] = of(name);
            if name.starts_with("original_firstorder_") {
                // The same numbers in another order: sums differ by their rounding.
                let size = value.abs().max(1.0);
                assert!(
                    (before - after).abs() < 1e-10 * size,
                    "{name}: {before} {after}"
                );
            }
        }
        let [before, after] = of("original_glcm_Correlation");
        correlation[0] += before / 12.0;
        correlation[1] += after / 12.0;
    }
    // Where a value stands is what texture reads: its features are not what they were.
    let [before, after] = correlation;
    eprintln!("mean correlation of neighbours {before:.3}, shuffled {after:.3}");
    assert!((before - after).abs() > 1e-3, "{before} {after}");
}

#[test]
fn a_control_that_cannot_be_made_says_why() {
    let cohort = SmallCohort::write();
    let mut table = String::from("id,T1_texture\n");
    for number in 0..40 {
        let shift = if positive(number) { 3 } else { 0 };
        table += &format!("{},{}\n", id(number), shift + (number * 7) % 5);
    }
    cohort.file("features.csv", &table);
    let start = [
        ("sequences", ""),
        ("reliability", ""),
        ("harmonization", ""),
        ("features", "{file: features.csv, id: id}"),
    ];
    let results = run(&cohort, "tables", &start, &[]);
    let control = &results.controls["volume"];
    assert!(
        control
            .reason
            .as_ref()
            .unwrap()
            .contains("original_shape_MeshVolume")
    );
    assert_eq!((control.verdict, control.cross_validated), (None, None));
    assert!(
        results
            .warnings
            .iter()
            .any(|warning| warning.code == "no_control")
    );
    // A volume among the features of a table is found.
    cohort.file(
        "volumes.csv",
        &table.replace("T1_texture", "T1_original_shape_VoxelVolume"),
    );
    let tables = ("features", "{file: volumes.csv, id: id}");
    let results = run(
        &cohort,
        "volumes",
        &[start[0], start[1], start[2], tables],
        &[],
    );
    let control = &results.controls["volume"];
    let predictor = control.coefficients.as_ref().unwrap().keys().next();
    assert_eq!(predictor.unwrap(), "ln(T1_original_shape_VoxelVolume)");
    // Some of them are 0, which is no volume.
    assert!(
        control.n < TRAINING && control.n > TRAINING / 2,
        "{}",
        control.n
    );
    // None asked for, none made.
    let none = [start[0], start[1], start[2], start[3], ("controls", "[]")];
    assert!(run(&cohort, "none", &none, &[]).controls.is_empty());
    for (controls, words) in [
        ("[shuffled_voxels]", "`controls` asks for shuffled_voxels"),
        ("[volumes]", "did you mean `volume`?"),
    ] {
        let changes = [
            start[0],
            start[1],
            start[2],
            start[3],
            ("controls", controls),
        ];
        cohort.study("refused", &changes);
        let (_, err) = ends(cohort.path(), 2, &["study", "run", "refused.yaml"]);
        assert!(err.contains(words), "{err}");
    }
}

/// Studies on the edge: an empty signature, a scanner with one patient, test folds of one class.
#[test]
fn studies_on_the_edge_come_to_an_end_with_their_controls() {
    let cohort = SmallCohort::write();
    // Every feature the same for everyone, and the volume too: nothing is selected.
    let mut table = String::from("id,T1_a,T1_original_shape_MeshVolume\n");
    for number in 0..40 {
        table += &format!("{},7,1000\n", id(number));
    }
    cohort.file("flat.csv", &table);
    let flat = [
        ("sequences", ""),
        ("reliability", ""),
        ("features", "{file: flat.csv, id: id}"),
    ];
    let results = run(&cohort, "flat", &flat, &[]);
    let signature = &results.signatures["rs_T1"];
    assert!(signature.coefficients.is_none() && signature.reason.is_some());
    assert_eq!(signature.stability, None);
    let control = &results.controls["volume"];
    assert_eq!(control.cross_validated.unwrap().estimate, Some(0.5));
    assert_eq!(
        control.verdict,
        Some(Verdict::NoBetter),
        "0.5 is no more than 0.5"
    );

    // The scanner with a single patient is in every study of the cohort; shuffled voxels meet it too.
    let changes = [
        BOTH,
        ("validation", "{repeats: 1, folds: 14, bootstrap: 0}"),
    ];
    let results = run(&cohort, "fourteen", &changes, &[]);
    let batches = &results.harmonization.as_ref().unwrap().batches;
    assert!(batches.iter().any(|batch| batch.n == 1 && !batch.adjusted));
    // Two patients a fold, one of each class; the nomogram lacks one whose age is missing, and its
    // fold has a single class for it.
    for (name, control) in &results.controls {
        assert_eq!(control.reason, None, "{name}");
        assert!(
            control.cross_validated.unwrap().estimate.is_some(),
            "{name}"
        );
    }
    // With as many folds as patients of a class and more bootstrap samples than none, nothing fails.
    let null = ["study", "null", "fourteen.yaml", "--repeats", "2", "--json"];
    ends(cohort.path(), 0, &null);
    let null = ["study", "null", "flat.yaml", "--repeats", "2", "--json"];
    let (out, _) = ends(cohort.path(), 0, &null);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["models"]["rs_T1"]["auc_mean"], 0.5);
}
