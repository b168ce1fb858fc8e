//! Reclassification, integrated discrimination and paired decisions against Hmisc 4.8-0 and base R.

mod fixture;

use fixture::{Table, Worst, json, number, numbers, rows};
use radiome_stats::discrimination::{
    DiscriminationError, NetReclassification, compare_decisions, integrated_discrimination,
    net_reclassification, reclassification_table,
};
use serde_json::Value;

/// Closed forms: 1e-9, as the reference set advises.
const TOLERANCE: f64 = 1e-9;
const FIXTURE: &str = "08_discrimination/roc_109";

#[test]
fn net_reclassification_and_integrated_discrimination() {
    let Some(expected) = json(&format!("{FIXTURE}_expected.json")) else {
        return;
    };
    let data = Table::read(&format!("{FIXTURE}.csv")).unwrap();
    let class = data.booleans("y");
    let mut worst = Worst::default();
    for (pair, e) in expected["reclassification"].as_object().unwrap() {
        let (from, to) = pair.split_once("_to_").unwrap();
        let (from, to) = (data.numbers(from), data.numbers(to));
        let mut same = |key: &str, found: f64, expected: &Value| {
            // Differences of shares cancel to 1e-16 of 1.
            worst.check(key, found, number(expected), TOLERANCE, 1e-3);
        };
        let found = net_reclassification(&class, &from, &to, None, 0.95).unwrap();
        let r = &e["continuous_nri"];
        same("nri", found.estimate, &r["nri"]);
        same("se", found.standard_error, &r["se"]);
        same("z", found.z, &r["z"]);
        same("p", found.p, &r["p"]);
        for (side, found) in [("events", found.cases), ("nonevents", found.controls)] {
            same(side, found.estimate, &r[format!("nri_{side}")]);
            same(side, found.standard_error, &r[format!("se_{side}")]);
            same(side, found.z, &r[format!("z_{side}")]);
        }
        let found = integrated_discrimination(&class, &from, &to, 0.95).unwrap();
        let r = &e["idi"];
        same("idi", found.estimate, &r["idi"]);
        same("idi se", found.standard_error, &r["se"]);
        same("idi se", found.standard_error, &r["se_sample_variance"]);
        same("idi z", found.z, &r["z"]);
        same("idi p", found.p, &r["p"]);
        let gains = [found.sensitivity_gain, found.specificity_gain];
        same("gain", gains[0], &r["integrated_sensitivity_gain"]);
        same("gain", gains[1], &r["integrated_specificity_gain"]);
        for r in e["categorical_nri"].as_object().unwrap().values() {
            let cuts = numbers(&r["cuts"]);
            let found = net_reclassification(&class, &from, &to, Some(&cuts), 0.95).unwrap();
            check_categories(&mut worst, &found, r);
            let table = reclassification_table(&class, &from, &to, &cuts).unwrap();
            for (found, key) in [
                (&table.cases, "table_events"),
                (&table.controls, "table_nonevents"),
            ] {
                for (found, expected) in found.iter().zip(rows(&r[key])) {
                    let found: Vec<f64> = found.iter().map(|count| *count as f64).collect();
                    worst.check_all(key, &found, &expected, 0.0, 1.0);
                }
            }
        }
    }
    worst.report("08_discrimination reclassification");
}

fn check_categories(worst: &mut Worst, found: &NetReclassification, r: &Value) {
    let hmisc = &r["hmisc_improveProb"];
    for (key, found, expected) in [
        ("nri", found.estimate, &r["nri"]),
        ("up_events", found.cases.up, &r["up_events"]),
        ("down_events", found.cases.down, &r["down_events"]),
        ("up_nonevents", found.controls.up, &r["up_nonevents"]),
        ("down_nonevents", found.controls.down, &r["down_nonevents"]),
        ("nri_events", found.cases.estimate, &r["nri_events"]),
        (
            "nri_nonevents",
            found.controls.estimate,
            &r["nri_nonevents"],
        ),
        ("null se", found.null_standard_error, &r["se_pencina_null"]),
        ("null z", found.null_z, &r["z_pencina_null"]),
        ("null p", found.null_p, &r["p_pencina_null"]),
        ("se", found.standard_error, &r["se"]),
        ("z", found.z, &r["z"]),
        ("p", found.p, &r["p"]),
        ("lower", found.lower, &r["ci"][0]),
        ("upper", found.upper, &r["ci"][1]),
        ("Hmisc nri", found.estimate, &hmisc["nri"]),
        ("Hmisc se", found.standard_error, &hmisc["se"]),
        ("Hmisc z", found.z, &hmisc["z"]),
    ] {
        worst.check(key, found, number(expected), TOLERANCE, 1e-3);
    }
}

#[test]
fn sensitivities_and_specificities_of_two_decisions() {
    let Some(expected) = json(&format!("{FIXTURE}_expected.json")) else {
        return;
    };
    let data = Table::read(&format!("{FIXTURE}.csv")).unwrap();
    let class = data.booleans("y");
    let calls = |name: &str| -> Vec<bool> {
        let scores = data.numbers(name).into_iter();
        scores.map(|score| score >= 0.5).collect()
    };
    let mut worst = Worst::default();
    for (pair, e) in expected["mcnemar_at_half"].as_object().unwrap() {
        let (a, b) = pair.split_once("_vs_").unwrap();
        let found = compare_decisions(&class, &calls(a), &calls(b)).unwrap();
        for (key, found) in [
            ("sensitivity", found.sensitivity),
            ("specificity", found.specificity),
        ] {
            let (r, place) = (&e[key], format!("{pair} {key}"));
            let test = found.test.unwrap();
            for (found, expected) in [
                (found.first_alone as f64, &r["b"]),
                (found.second_alone as f64, &r["c"]),
                (test.exact_p_value, &r["exact_p"]),
                (test.statistic, &r["chi2_cc"]),
                (test.uncorrected_statistic, &r["chi2_nocc"]),
            ] {
                worst.check(&place, found, number(expected), TOLERANCE, 0.0);
            }
        }
    }
    worst.report("08_discrimination McNemar");
}

#[test]
fn edges() {
    let class = [true, false, true, false];
    let risk = [0.1, 0.2, 0.3, 0.4];
    // nothing changes: no improvement, and no evidence of one
    let same = net_reclassification(&class, &risk, &risk, None, 0.95).unwrap();
    assert_eq!((same.estimate, same.z, same.p), (0.0, 0.0, 1.0));
    assert_eq!((same.null_z, same.null_p), (0.0, 1.0));
    let same = integrated_discrimination(&class, &risk, &risk, 0.95).unwrap();
    assert_eq!((same.estimate, same.p), (0.0, 1.0));
    // a risk at a cut-off belongs to the category above
    let table = reclassification_table(&class, &risk, &risk, &[0.2]).unwrap();
    assert_eq!(table.controls, [[0, 0], [0, 2]]);
    for cuts in [
        &[][..],
        &[0.0],
        &[1.0],
        &[0.6, 0.3],
        &[0.3, 0.3],
        &[f64::NAN],
    ] {
        let found = net_reclassification(&class, &risk, &risk, Some(cuts), 0.95);
        let refused = matches!(found, Err(DiscriminationError::BadCuts { .. }));
        assert!(refused, "{cuts:?}");
    }
    assert_eq!(
        integrated_discrimination(&class, &risk, &[0.1, 1.5, 0.3, 0.4], 0.95),
        Err(DiscriminationError::NotProbability {
            index: 1,
            value: 1.5
        })
    );
    assert!(net_reclassification(&[true; 4], &risk, &risk, None, 0.95).is_err());
    let alike = compare_decisions(&class, &[true; 4], &[true; 4]).unwrap();
    assert_eq!(alike.sensitivity.test, None);
    assert!(compare_decisions(&class, &[true; 3], &[true; 4]).is_err());
}
