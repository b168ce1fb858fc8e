//! Controls in the report: made up here, as the rest of the fixture is.

use indexmap::IndexMap;

use super::super::render;
use super::{fixture, visible};
use crate::results::{Control, Estimate, Verdict};

fn estimate(value: f64, ci: [f64; 2]) -> Estimate {
    Estimate {
        estimate: Some(value),
        ci: ci.map(Some),
    }
}

/// A control with this AUC, and the difference of the combined signature from it.
fn control(auc: f64, difference: Estimate, predictors: &[(&str, f64)]) -> Control {
    let differences = ["rs_T1", "rs_FS-T2", "rs_combined", "nomogram"].map(|model| {
        let splits = [("cross_validated", difference), ("external", difference)];
        let splits = splits.map(|(split, found)| (split.to_owned(), found));
        (model.to_owned(), IndexMap::from(splits))
    });
    Control {
        n: 109,
        intercept: Some(-1.5),
        coefficients: Some(
            predictors
                .iter()
                .map(|&(name, value)| (name.to_owned(), value))
                .collect(),
        ),
        apparent: estimate(auc + 0.02, [auc - 0.08, auc + 0.12]),
        cross_validated: Some(estimate(auc, [auc - 0.1, auc + 0.1])),
        external: Some(estimate(auc - 0.03, [auc - 0.2, auc + 0.14])),
        signature: "rs_combined".to_owned(),
        differences: differences.into(),
        verdict: Verdict::of(&difference),
        judged_on: Some("cross_validated".to_owned()),
        scores: Vec::new(),
        reason: None,
    }
}

/// A signature that beats its shuffled self, and not the volume.
pub(super) fn controls() -> IndexMap<String, Control> {
    let volume = control(
        0.71,
        estimate(0.06, [-0.02, 0.14]),
        &[("ln(T1_original_shape_MeshVolume)", 0.62)],
    );
    let shuffled = control(
        0.62,
        estimate(0.15, [0.05, 0.25]),
        &[("a", 0.1), ("b", 0.2)],
    );
    IndexMap::from([
        ("volume".to_owned(), volume),
        ("shuffled_voxels".to_owned(), shuffled),
    ])
}

#[test]
fn a_signature_that_does_not_beat_a_control_is_told_first() {
    let results = fixture::full();
    let report = render(&results).unwrap();
    let text = visible(&report.html);
    let told =
        "The combined signature is not shown to be better than the volume of the tumour alone";
    let place = text.find(told).expect("it is told");
    assert!(place < text.find("On whom").unwrap(), "and before all else");
    assert!(text.contains("better than the same steps on shuffled voxels: the interval"));
    assert!(!text.contains("better than the same steps on images whose voxels"));
    let table = report.tables.iter().find(|one| one.name == "controls.csv");
    let table = &table.unwrap().csv;
    assert!(table.contains("volume,auc,,cross_validated,0.71,"));
    assert!(table.contains(
        "volume,difference,rs_combined,cross_validated,0.06,-0.02,0.14,not_shown_better"
    ));
    assert!(table.contains("shuffled_voxels,difference,nomogram,external,0.15,0.05,0.25,\n"));
}

#[test]
fn worse_than_a_control_is_no_better() {
    let mut results = fixture::full();
    let worse = control(0.9, estimate(-0.1, [-0.2, 0.0]), &[("a", 1.0)]);
    results.controls = IndexMap::from([("shuffled_voxels".to_owned(), worse)]);
    let text = visible(&render(&results).unwrap().html);
    assert!(text.contains(
        "The combined signature is no better than the same steps on images whose voxels were shuffled"
    ));
    assert!(text.contains("0.800 against 0.900, difference −0.100 (95% CI −0.200 to 0.000)."));
}

#[test]
fn a_control_that_is_missing_says_why_and_none_has_no_section() {
    let mut results = fixture::full();
    let missing = Control {
        reason: Some("no volume is among the features".to_owned()),
        ..Control::default()
    };
    results.controls = IndexMap::from([("volume".to_owned(), missing)]);
    let report = render(&results).unwrap();
    assert!(visible(&report.html).contains(
        "There is no control of the volume of the tumour alone: no volume is among the features."
    ));
    results.controls.clear();
    let report = render(&results).unwrap();
    assert!(!report.html.contains("id=\"controls\""));
    assert!(report.tables.iter().all(|one| one.name != "controls.csv"));
}
