//! Scores with ties, few cases, or none of any use, against pROC, Hmisc and rms.
//!
//! `tests/reference/discrimination.R` made the values: ranges of partial areas that begin and end
//! between points of the curve, comparisons and indexes of samples unlike the shared reference set's.

mod fixture;

use fixture::{Differences, Table};
use radiome_stats::calibration::{calibration, validation_indexes};
use radiome_stats::discrimination::{
    PartialAxis, ThresholdRule, auc_delong, best_threshold, delong_paired,
    integrated_discrimination, net_reclassification, partial_auc,
};
use std::path::PathBuf;

fn read(name: &str) -> Table {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference"));
    Table::read_at(&folder.join(name))
}

/// The quantities by the names that R gave them.
fn quantity(name: &str, class: &[bool], a: &[f64], b: &[f64]) -> f64 {
    let words: Vec<&str> = name.split(' ').collect();
    let area = || auc_delong(class, a, 0.95).unwrap();
    let pair = || delong_paired(class, a, b, 0.95).unwrap();
    let best = |rule| best_threshold(class, a, rule).unwrap().tied;
    let place = || words[1].parse::<usize>().unwrap() - 1;
    let part = |axis: &str| {
        let axis = match axis {
            "specificity" => PartialAxis::Specificity,
            _ => PartialAxis::Sensitivity,
        };
        let [from, to] = [2, 1].map(|k| words[words.len() - k].parse().unwrap());
        partial_auc(class, a, axis, from, to).unwrap()
    };
    // improveProb(b, a): a is the new model
    let nri = |cuts: Option<&[f64]>| net_reclassification(class, b, a, cuts, 0.95).unwrap();
    let idi = || integrated_discrimination(class, b, a, 0.95).unwrap();
    let cuts = &[0.1, 0.3, 0.5][..];
    let indexes = || validation_indexes(class, a).unwrap();
    let recalibrated = || calibration(class, a, 0.95).unwrap();
    match words[0] {
        "auc" => area().auc,
        "se" => area().standard_error,
        "lower" => area().lower,
        "upper" => area().upper,
        "delong_z" => pair().z,
        "delong_p" => pair().p,
        "delong_lower" => pair().lower,
        "delong_upper" => pair().upper,
        "corrected" => part(words[1]).corrected.unwrap_or(f64::NAN),
        "specificity" | "sensitivity" => part(words[0]).area,
        "youden" => best(ThresholdRule::Youden)[place()],
        "closest.topleft" => best(ThresholdRule::ClosestTopLeft)[place()],
        "nri" => nri(None).estimate,
        "nri_se" => nri(None).standard_error,
        "nri_cuts" => nri(Some(cuts)).estimate,
        "nri_cuts_se" => nri(Some(cuts)).standard_error,
        "idi" => idi().estimate,
        "idi_se" => idi().standard_error,
        "Dxy" => indexes().dxy,
        "C" => indexes().c_statistic,
        "R2" => indexes().r2,
        "D" => indexes().discrimination,
        "U" => indexes().unreliability,
        "U:p" => indexes().unreliability_p,
        "Q" => indexes().quality,
        "S:z" => indexes().spiegelhalter_z,
        "S:p" => indexes().spiegelhalter_p,
        "Brier" => recalibrated().brier,
        "Intercept" => recalibrated().intercept,
        "Slope" => recalibrated().slope,
        "Emax" => recalibrated().curve.e_max,
        "E90" => recalibrated().curve.e90,
        "Eavg" => recalibrated().curve.e_avg,
        other => panic!("no quantity {other}"),
    }
}

#[test]
fn samples_of_every_kind() {
    let (data, expected) = (read("discrimination_data.csv"), read("discrimination.csv"));
    let mut differences = Differences::default();
    let sets = expected.text("set");
    let (names, values) = (expected.text("quantity"), expected.numbers("value"));
    let mut sizes = std::collections::BTreeMap::new();
    for ((set, name), expected) in sets.iter().zip(&names).zip(values) {
        let rows = data.select("set", set);
        let (a, b) = (rows.numbers("a"), rows.numbers("b"));
        let found = quantity(name, &rows.booleans("y"), &a, &b);
        let kind = name.split(' ').next().unwrap();
        differences.add(kind, set, found, expected, 1e-3);
        sizes.insert(*set, a.len());
    }
    println!("{sizes:?}");
    // Closed forms: 1e-9, as the shared reference set advises. val.prob's fit of the recalibrated
    // model stops once -2 log L changes by less than 0.025, a Newton step before the end: its
    // coefficients are good to some 1e-7, its likelihood to the square of that.
    let newton = ["Intercept", "Slope"].map(|name| (name, 1e-6));
    let tolerances = [&newton[..], &[("U", 1e-8), ("Q", 1e-8), ("", 1e-9)]].concat();
    differences.check("discrimination.csv", &tolerances);
}
