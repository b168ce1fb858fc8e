//! A study whose second readings are perturbed images and contours.

use std::fs;

use radiome::table::Table;

use super::small_cohort::{T1_ONLY, ends};
use super::{cohort, files, finished, refused};

const RULE: &str = "{perturbations: {repeats: 3, patients: 12}, threshold: 0.5, bound: lower}";

#[test]
fn keys_of_perturbations_are_checked() {
    refused(
        "perturb_key",
        &[("reliability", "{perturbations: {rotations: [3]}}")],
        &["`rotations`", "did you mean `rotation`?"],
    );
    refused(
        "perturb_none",
        &[("reliability", "{perturbations: {repeats: 1, growth: [-2]}}")],
        &[
            "`reliability.perturbations.repeats` is 1",
            "growth` is [-2]",
        ],
    );
    refused(
        "perturb_word",
        &[("reliability", "{perturbations: {patients: some}}")],
        &["a whole number, or `all`"],
    );
}

#[test]
fn perturbed_images_are_readings_and_their_agreement_a_one_way_icc() {
    let changes = [("sequences", T1_ONLY), ("reliability", RULE)];
    let (folder, results, err) = finished("perturbed", 0, &changes);
    let reliability = results
        .reliability
        .as_ref()
        .unwrap_or_else(|| panic!("{err}"));
    assert_eq!(reliability.form, "icc1_1");
    assert_eq!(reliability.patients["perturbations"], 12);
    assert_eq!(reliability.perturbations.as_ref().unwrap().readings, 3);
    assert!(reliability.kept > 0 && reliability.kept < reliability.features.len());

    let table = Table::read(&folder.join("features.csv")).unwrap();
    let (ids, readings) = (table.cells("id").unwrap(), table.cells("reading").unwrap());
    let read: Vec<&String> = ids
        .iter()
        .zip(readings)
        .filter(|(_, reading)| *reading == "perturbation_1")
        .map(|(id, _)| id)
        .collect();
    assert_eq!(read.len(), 12);
    for feature in &reliability.features {
        let values = table.numbers(&feature.feature).unwrap();
        let of = |id: &str| -> Vec<f64> {
            let rows = (0..ids.len())
                .filter(|&row| ids[row] == id && readings[row].starts_with("perturbation_"));
            rows.map(|row| values[row]).collect()
        };
        let patients: Vec<Vec<f64>> = read.iter().map(|id| of(id)).collect();
        assert!(patients.iter().all(|values| values.len() == 3));
        if patients.iter().flatten().any(|value| !value.is_finite()) {
            continue;
        }
        let Some(found) = feature.icc["perturbations"] else {
            assert!(
                patients
                    .iter()
                    .flatten()
                    .all(|value| *value == patients[0][0])
            );
            continue;
        };
        let expected = one_way(&patients);
        // The same sums in another order.
        let far = (found - expected).abs();
        assert!(far < 1e-6, "{}: {found} {expected}", feature.feature);
        let lower = feature.ci["perturbations"][0];
        assert_eq!(feature.kept, lower.is_some_and(|lower| lower > 0.5));
    }

    // Nothing hangs on the number of threads.
    ends(
        cohort().path(),
        0,
        &[
            "study",
            "run",
            "perturbed.yaml",
            "--out",
            "perturbed_alone.run",
            "--jobs",
            "1",
        ],
    );
    let again = cohort().path().join("perturbed_alone.run");
    let differing: Vec<String> = files(&folder)
        .into_iter()
        .filter(|(name, bytes)| {
            name != "timing.json" && *bytes != fs::read(again.join(name)).unwrap()
        })
        .map(|(name, _)| name)
        .collect();
    assert!(differing.is_empty(), "{differing:?}");

    let report = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(report.contains("image and contour of 12 training patients were perturbed 3 times"));
}

/// ICC(1,1) from the mean squares of a one-way analysis of variance (Shrout and Fleiss 1979).
fn one_way(patients: &[Vec<f64>]) -> f64 {
    let (n, k) = (patients.len() as f64, patients[0].len() as f64);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let means: Vec<f64> = patients.iter().map(|values| mean(values)).collect();
    let grand = mean(&means);
    let between = k * means.iter().map(|m| (m - grand).powi(2)).sum::<f64>() / (n - 1.0);
    let squares =
        |(values, m): (&Vec<f64>, &f64)| values.iter().map(|v| (v - m).powi(2)).sum::<f64>();
    let within = patients.iter().zip(&means).map(squares).sum::<f64>() / (n * (k - 1.0));
    (between - within) / (between + (k - 1.0) * within)
}
