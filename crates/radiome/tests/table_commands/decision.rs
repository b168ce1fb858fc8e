//! `radiome decision`.

use serde_json::Value;

use super::{Agreement, folder, json, number, read_json, reference, refused, run};

const TABLE: &str = "10_dca/dca_109.csv";
const PROBS: &str = "p_nomogram,p_clinical,p_radiomics,p_round";
/// Closed forms: 1e-9, as the reference set advises.
const TOLERANCE: f64 = 1e-9;

fn curve<'a>(found: &'a Value, name: &str) -> &'a Vec<Value> {
    let curves = found["curves"].as_array().unwrap();
    let curve = curves.iter().find(|curve| curve["name"] == name).unwrap();
    curve["points"].as_array().unwrap()
}

/// A key of every point against the reference.
fn check(agreement: &mut Agreement, place: &str, points: &[Value], key: &str, r: &Value) {
    let r = r.as_array().unwrap();
    assert_eq!(points.len(), r.len(), "{place}");
    for (point, expected) in points.iter().zip(r) {
        let (found, value) = (number(&point[key]), number(expected));
        // Benefits cancel to 1e-16 of 1, and per 100 at odds of 0.01 to 1e-12.
        if (found - value).abs() < 1e-11 && value.abs() < 1e-3 {
            continue;
        }
        agreement.check(&format!("{place} {key}"), &point[key], expected, TOLERANCE);
    }
}

#[test]
fn an_outcome_agrees_with_dcurves() {
    let Some(folder) = reference() else { return };
    let e = &read_json(&folder.join("10_dca/dca_109_expected.json"))["binary"];
    let found = json(
        &folder,
        &["decision", TABLE, "--outcome", "y", "--probs", PROBS],
    );
    let mut agreement = Agreement::default();
    agreement.check(
        "prevalence",
        &found["prevalence"],
        &e["prevalence"],
        TOLERANCE,
    );
    let mut same = |name: &str, key: &str, r: &Value| {
        check(&mut agreement, name, curve(&found, name), key, r);
    };
    same("treat_all", "threshold", &e["thresholds"]);
    same("treat_all", "net_benefit", &e["treat_all"]);
    same("treat_none", "net_benefit", &e["treat_none"]);
    for (name, r) in e["models"].as_object().unwrap() {
        for (key, r) in [
            ("net_benefit", &r["net_benefit"]),
            ("standardized_net_benefit", &r["standardized_net_benefit"]),
            ("true_positive_rate", &r["tp_rate"]),
            ("false_positive_rate", &r["fp_rate"]),
            (
                "interventions_avoided",
                &r["net_reduction_interventions_per_100"],
            ),
        ] {
            same(name, key, r);
        }
    }
    agreement.report("decision: an outcome");
}

#[test]
fn an_event_by_a_time_agrees_with_dcurves() {
    let Some(folder) = reference() else { return };
    let expected = read_json(&folder.join("10_dca/dca_109_expected.json"));
    let mut agreement = Agreement::default();
    for e in expected["survival"].as_object().unwrap().values() {
        let at = e["time_horizon"].to_string();
        let found = json(
            &folder,
            &[
                "decision", TABLE, "--time", "time", "--event", "event", "--at", &at, "--probs",
                PROBS,
            ],
        );
        let (probability, r) = (&found["event_probability"], &e["event_probability_km"]);
        agreement.check("event", probability, r, TOLERANCE);
        let mut same = |name: &str, key: &str, r: &Value| {
            check(&mut agreement, name, curve(&found, name), key, r);
        };
        same("treat_all", "net_benefit", &e["treat_all"]);
        for (name, r) in e["models"].as_object().unwrap() {
            same(name, "net_benefit", &r["net_benefit"]);
            same(
                name,
                "longest_follow_up",
                &r["max_followup_among_positives"],
            );
        }
    }
    agreement.report("decision: an event by a time");
}

const SMALL: &str =
    "y,p,t,e,set\n1,0.9,5,1,a\n0,0.2,9,0,a\n1,0.5,12,1,b\n0,0.5,3,0,b\n0,NA,4,1,b\n";

#[test]
fn thresholds_and_forms_of_output() {
    let folder = folder(SMALL);
    let base = [
        "decision",
        "table.csv",
        "--outcome",
        "y",
        "--probs",
        "p",
        "--thresholds",
    ];
    let with = |more: &[&str]| {
        let all: Vec<&str> = base.iter().chain(more).copied().collect();
        json(folder.path(), &all)
    };
    let found = with(&["0.5"]);
    // Three of four are treated, two of them rightly, at odds of 1.
    assert_eq!(curve(&found, "p")[0]["net_benefit"], 0.25);
    assert_eq!(curve(&found, "p")[0]["interventions_avoided"], 25.0);
    assert_eq!(curve(&found, "treat_all")[0]["net_benefit"], 0.0);
    assert_eq!(curve(&found, "treat_none")[0]["interventions_avoided"], 0.0);
    assert_eq!(found["warnings"][0]["code"], "missing_values");
    assert_eq!(found["n"], 4);
    let text = run(
        folder.path(),
        &[&base[..], &["0.1:0.3:0.1", "--out", "out.csv"]].concat(),
    );
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(
        lines[0].starts_with("threshold  treat_all  treat_none"),
        "{text}"
    );
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert!(csv.starts_with("curve,threshold,net_benefit,interventions_avoided\ntreat_all,0.1,"));
    assert_eq!(csv.lines().count(), 1 + 9);
    // The follow-up of the only one treated ends before, but with the event.
    let by_time = |at: &str| {
        let all = [
            "decision",
            "table.csv",
            "--time",
            "t",
            "--event",
            "e",
            "--at",
            at,
            "--probs",
            "p",
            "--thresholds",
            "0.15,0.8",
        ];
        json(folder.path(), &all)
    };
    let found = by_time("10");
    assert_eq!(curve(&found, "p")[1]["event_probability_of_treated"], 1.0);
    let codes = |found: &Value| -> Vec<String> {
        let warnings = found["warnings"].as_array().unwrap();
        let codes = warnings
            .iter()
            .map(|w| w["code"].as_str().unwrap().to_owned());
        codes.collect()
    };
    assert_eq!(codes(&found), ["missing_values"]);
    assert_eq!(codes(&by_time("13")), ["missing_values"]);
}

#[test]
fn follow_up_that_ends_before_the_time_is_told() {
    let folder = folder("p,t,e\n0.9,5,0\n0.8,4,1\n0.2,20,1\n0.3,15,0\n");
    let arguments = [
        "decision",
        "table.csv",
        "--time",
        "t",
        "--event",
        "e",
        "--at",
        "10",
        "--probs",
        "p",
        "--thresholds",
        "0.1,0.5,0.85",
    ];
    let found = json(folder.path(), &arguments);
    let warning = &found["warnings"][0];
    assert_eq!(warning["code"], "short_follow_up");
    let text = warning["text"].as_str().unwrap();
    assert!(
        text.contains("at 2 of 3 thresholds (from 0.5 on)"),
        "{text}"
    );
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder(
        "y,three,p,t,e,none,over,bad\n0,0,0.1,1,0,0,0.1,2\n1,1,0.2,-2,1,0,-0.5,0\n0,2,0.3,3,1,0,0.2,1\n",
    );
    for (arguments, said) in [
        (
            &["--outcome", "y", "--probs", "over"][..],
            "table.csv, row 3, column \"over\": \"-0.5\" is no probability",
        ),
        (&["--outcome", "three", "--probs", "p"], "has 3 values"),
        (
            &["--outcome", "none", "--probs", "p"],
            "has one class only: \"0\"",
        ),
        (
            &["--outcome", "y", "--probs", "q"],
            "table.csv has no column \"q\"",
        ),
        (
            &["--outcome", "y", "--probs", "y"],
            "no column of probabilities is left",
        ),
        (&["--probs", "p"], "--outcome"),
        (&["--outcome", "y"], "--probs"),
        (
            &[
                "--outcome",
                "y",
                "--probs",
                "p",
                "--thresholds",
                "0:0.9:0.1",
            ],
            "0 does not lie between 0 and 1",
        ),
        (
            &["--outcome", "y", "--probs", "p", "--thresholds", "0.1,1"],
            "1 does not lie between 0 and 1",
        ),
        (
            &["--outcome", "y", "--probs", "p", "--thresholds", "0.1:0.9"],
            "write them as in 0.01:0.99:0.01",
        ),
        (
            &[
                "--outcome",
                "y",
                "--probs",
                "p",
                "--thresholds",
                "0.9:0.1:0.1",
            ],
            "write them as in 0.01:0.99:0.01",
        ),
        (
            &["--outcome", "y", "--probs", "p", "--thresholds", "a"],
            "write them as in 0.01:0.99:0.01",
        ),
        (
            &["--time", "t", "--event", "e", "--at", "2", "--probs", "p"],
            "table.csv, row 3, column \"t\": \"-2\" is no time",
        ),
        (
            &[
                "--time", "three", "--event", "bad", "--at", "2", "--probs", "p",
            ],
            "table.csv, row 2, column \"bad\": \"2\" is no event",
        ),
        (
            &[
                "--time", "p", "--event", "none", "--at", "2", "--probs", "three",
            ],
            "no event was seen",
        ),
        (&["--time", "t", "--event", "e", "--probs", "p"], "--at"),
        (&["--time", "t", "--at", "2", "--probs", "p"], "--event"),
        (
            &["--time", "t", "--event", "e", "--at", "0", "--probs", "p"],
            "--at 0 is no time",
        ),
        (
            &[
                "--outcome",
                "y",
                "--time",
                "t",
                "--event",
                "e",
                "--at",
                "2",
                "--probs",
                "p",
            ],
            "cannot be used with",
        ),
    ] {
        let all: Vec<&str> = ["decision", "table.csv"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let error = refused(folder.path(), &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
