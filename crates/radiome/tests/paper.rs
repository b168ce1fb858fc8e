//! What a published paper shows beside its models, from the run folder of a small study: types of
//! tumour, signs read twice, the size of the study, bands of ROC curves, and what papers mix.

#[allow(dead_code)] // this file uses a part of it
mod small_cohort;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use radiome::results::Results;
use radiome::table::Table;

use small_cohort::{EXTERNAL, SmallCohort, TRAINING, ends, id, positive};

/// Patients on whom the readers of `oedema` differ, by number.
const DIFFER: [usize; 5] = [0, 1, 8, 13, 30];
/// A patient on whom they agree, and whose agreed value is the other one.
const SLIP: usize = 5;

fn oedema(number: usize) -> usize {
    usize::from(number.is_multiple_of(3))
}

/// A table of signs: `oedema` of two readers with their agreed value, `septa` without one.
fn signs() -> String {
    let mut text = "patient_id,oedema_R1,oedema_R2,oedema,septa_R1,septa_R2\n".to_owned();
    for number in 0..TRAINING + EXTERNAL {
        let first = oedema(number);
        let second = if DIFFER.contains(&number) {
            1 - first
        } else {
            first
        };
        let agreed = if number == SLIP { 1 - first } else { first };
        let septa = ["none", "thin", "thick"];
        let read = septa[number % 3];
        // The last patient was read once.
        let again = if number + 1 == TRAINING + EXTERNAL {
            ""
        } else {
            septa[(number % 3 + usize::from(number.is_multiple_of(5))).min(2)]
        };
        let id = id(number);
        writeln!(text, "{id},{first},{second},{agreed},{read},{again}").unwrap();
    }
    text
}

const SIGNS: &str = "[{column: oedema, readers: [oedema_R1, oedema_R2], consensus: oedema}, \
                     {column: septa, readers: [septa_R1, septa_R2], levels: [none, thin, thick]}]";
const TABLES: &str = "[{file: clinical.csv, id: patient_id}, {file: signs.csv, id: patient_id}]";

/// A study as published over images and both tables, run to its end.
fn published() -> &'static SmallCohort {
    static STUDY: OnceLock<SmallCohort> = OnceLock::new();
    STUDY.get_or_init(|| {
        let cohort = SmallCohort::write();
        cohort.file("signs.csv", &signs());
        cohort.study(
            "published",
            &[
                ("mode", "as_published"),
                ("tables", TABLES),
                ("histology", "grade"),
                ("reader_agreement", SIGNS),
                (
                    "clinical",
                    "{candidates: [age_years, margin, septa], p: 0.2}",
                ),
            ],
        );
        let command = ["study", "run", "published.yaml", "--out", "published.run"];
        ends(cohort.path(), 0, &command);
        cohort
    })
}

fn results(folder: &Path) -> Results {
    let text = fs::read_to_string(folder.join("results.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn types_are_counted_by_set_and_outcome() {
    let cohort = published();
    let found = results(&cohort.path().join("published.run"))
        .histology
        .unwrap();
    // As the cohort is made: the positive are high, of the others every second one is low.
    let told: Vec<(Option<&str>, [usize; 2], [usize; 2])> = found
        .types
        .iter()
        .map(|one| {
            (
                one.name.as_deref(),
                one.groups["train"],
                one.groups["external"],
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some("High"), [0, 14], [0, 6]),
            (Some("Intermediate"), [7, 0], [3, 0]),
            (Some("Low"), [7, 0], [3, 0]),
        ]
    );
    let csv = fs::read_to_string(cohort.path().join("published.run/tables/histology.csv")).unwrap();
    assert_eq!(csv.lines().nth(1), Some("High,14,0,14,6,0,6"));
}

#[test]
fn signs_have_a_kappa_and_their_differences_are_listed() {
    let cohort = published();
    let found = results(&cohort.path().join("published.run"));
    let [oedema_found, septa] = found.reader_agreement.as_slice() else {
        panic!("{:?}", found.reader_agreement)
    };
    let n = TRAINING + EXTERNAL;
    assert_eq!((oedema_found.n, oedema_found.missing), (n, 0));
    // Two levels: 2 (ad - bc) / ((a + b)(b + d) + (a + c)(c + d)).
    let [a, b, c, d] = [[0, 0], [0, 1], [1, 0], [1, 1]].map(|[i, j]| {
        let second = |k: usize| {
            if DIFFER.contains(&k) {
                1 - oedema(k)
            } else {
                oedema(k)
            }
        };
        (0..n).filter(|&k| oedema(k) == i && second(k) == j).count() as f64
    });
    let expected = 2.0 * (a * d - b * c) / ((a + b) * (b + d) + (a + c) * (c + d));
    assert_eq!(oedema_found.kappa.len(), 1);
    assert!((oedema_found.kappa[0].kappa - expected).abs() < 1e-12);
    let ids: Vec<&str> = oedema_found
        .disagreements
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(ids, DIFFER.map(id));
    assert_eq!(oedema_found.used, "consensus");
    assert_eq!(oedema_found.discrepancies.len(), 1);
    assert_eq!(oedema_found.discrepancies[0].id, id(SLIP));

    assert_eq!((septa.n, septa.missing), (n - 1, 1));
    assert_eq!(septa.levels, ["none", "thin", "thick"]);
    assert_eq!(septa.kappa.len(), 3);
    assert_eq!(septa.used, "first_reader");
    let codes: Vec<&str> = found.warnings.iter().map(|one| one.code.as_str()).collect();
    assert!(
        codes.contains(&"no_consensus") && codes.contains(&"consensus_differs"),
        "{codes:?}"
    );
    // The sign without an agreed value is a candidate under its own name.
    assert!(
        found
            .table_one
            .rows
            .iter()
            .any(|row| row.variable == "septa")
    );
    assert!(
        found
            .clinical_model
            .univariate
            .iter()
            .any(|term| term.variable == "septa")
    );
}

#[test]
fn the_size_of_the_study_stands_beside_what_was_needed() {
    let cohort = published();
    let results = results(&cohort.path().join("published.run"));
    let size = results.sample_size.unwrap();
    assert_eq!((size.n, size.positive), (TRAINING, TRAINING / 2));
    assert_eq!(size.features, results.study.features);
    // Half of the patients are positive: the largest R² is 3/4, and 0.15 of it is assumed. No
    // patient was left out in turn, so no AUC is.
    let candidates = &size.required[0];
    assert_eq!(candidates.model, "candidates");
    assert!(
        size.required
            .iter()
            .all(|one| one.assumption == "nagelkerke")
    );
    let parameters = size.candidates() as f64;
    let shrinkage = parameters / (-0.1 * (1.0_f64 - 0.1125 / 0.9).ln());
    assert_eq!(candidates.criteria["shrinkage"], shrinkage.ceil() as usize);
    // (1.96 / 0.05)² / 4 = 384.2
    assert_eq!(candidates.criteria["overall_risk"], 385);
}

#[test]
fn sets_that_papers_mix_are_kept_under_a_name_of_their_own() {
    let cohort = published();
    let folder = cohort.path().join("published.run");
    let results = results(&folder);
    let mixed = results.as_published.as_ref().unwrap();
    let predictions = Table::read(&folder.join("predictions.csv")).unwrap();
    let ids = predictions.texts("id").unwrap();
    for (model, curve) in &mixed.pooled_decision_curve {
        let probability = predictions
            .numbers(&format!("{model}_probability"))
            .unwrap();
        let rows: Vec<(bool, f64)> = ids
            .iter()
            .zip(&probability)
            .map(|(id, &p)| {
                let number: usize = id.unwrap()[1..].parse().unwrap();
                (positive(number - 1), p)
            })
            .filter(|(_, p)| !p.is_nan())
            .collect();
        for point in &curve.points {
            let t = point.threshold;
            let of =
                |class: bool| rows.iter().filter(|&&(y, p)| y == class && p >= t).count() as f64;
            let n = rows.len() as f64;
            let expected = of(true) / n - of(false) / n * t / (1.0 - t);
            assert!((point.net_benefit - expected).abs() < 1e-9, "{model} {t}");
        }
    }
    let largest = results
        .performance
        .iter()
        .filter(|(model, _)| model.starts_with("rs_"))
        .filter_map(|(_, splits)| splits["external"].auc)
        .fold(f64::NEG_INFINITY, f64::max);
    let best = mixed.best_external_signature.as_ref();
    if let Some(best) = best {
        assert_eq!(best.auc, largest);
    }
    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    assert!(page.contains("Training and external mixed"));
}

#[test]
fn every_curve_lies_within_a_band_of_its_own() {
    let cohort = published();
    let folder = cohort.path().join("published.run");
    let found = results(&folder);
    let mut bands = 0;
    for (model, splits) in &found.performance {
        for (split, one) in splits {
            let Some(band) = &one.band else {
                continue;
            };
            bands += 1;
            assert_eq!(band.resamples, 2000);
            assert_eq!(band.one_minus_specificity.len(), 101);
            for (low, high) in band.lower.iter().zip(&band.upper) {
                assert!(
                    0.0 <= *low && low <= high && *high <= 1.0,
                    "{model} {split}"
                );
            }
        }
    }
    assert!(bands > 0);
    assert!(folder.join("figures/roc_band_external.svg").is_file());
    assert!(folder.join("figures/workflow.pdf").is_file());
}

#[test]
fn what_is_wrong_with_signs_and_types_is_said_before_anything_is_computed() {
    let cohort = published();
    for (name, key, value, said) in [
        (
            "no_reader",
            "reader_agreement",
            "[{column: oedema, readers: [oedema_R1, oedema_R3]}]",
            "did you mean `oedema_R1`?",
        ),
        (
            "two_names",
            "reader_agreement",
            "[{column: oedema, readers: [oedema_R1, oedema_R2], consensus: septa_R1}]",
            "a table has the column `oedema`, and the consensus is said to be `septa_R1`",
        ),
        (
            "levels",
            "reader_agreement",
            "[{column: septa, readers: [septa_R1, septa_R2], levels: [none, thin]}]",
            "\"thick\" is none of the levels none, thin",
        ),
        (
            "itself",
            "reader_agreement",
            "[{column: septa, readers: [septa_R1, septa_R1]}]",
            "compares `septa_R1` with itself",
        ),
        ("type", "histology", "grad", "did you mean `grade`?"),
    ] {
        cohort.study(name, &[("tables", TABLES), (key, value)]);
        let file = format!("{name}.yaml");
        let (_, err) = ends(cohort.path(), 2, &["study", "check", &file]);
        assert!(err.contains(said), "{name}: {err}");
    }
}
