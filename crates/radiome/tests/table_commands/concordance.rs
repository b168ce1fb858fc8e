//! `radiome concordance`.

use super::{Agreement, folder, json, read_json, reference, refused, run};

/// Closed forms; the suggested tolerance of the reference set.
const CLOSED_FORM: f64 = 1e-9;

#[test]
fn indices_and_differences_agree_with_r() {
    let Some(folder) = reference() else { return };
    let mut agreement = Agreement::default();
    for set in ["surv_109_month_ties", "surv_71_continuous"] {
        let r = read_json(&folder.join(format!("11_survival/{set}_expected.json")));
        let scores: Vec<&str> = r["cindex"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let found = json(
            &folder,
            &[
                "concordance",
                &format!("11_survival/{set}.csv"),
                "--time",
                "time",
                "--event",
                "event",
                "--scores",
                &scores.join(","),
                "--shares",
                "separation",
            ],
        );
        for ours in found["scores"].as_array().unwrap() {
            let name = ours["score"].as_str().unwrap();
            let r = &r["cindex"][name];
            agreement.check(name, &ours["c"], &r["c"], CLOSED_FORM);
            agreement.check(name, &ours["se"], &r["se"], CLOSED_FORM);
            agreement.check(name, &ours["ci"][0], &r["ci_wald"][0], CLOSED_FORM);
            agreement.check(name, &ours["ci"][1], &r["ci_wald"][1], CLOSED_FORM);
            for (key, theirs) in [
                ("concordant", "concordant"),
                ("discordant", "discordant"),
                ("tied_score", "tied.x"),
                ("tied_time", "tied.y"),
                ("tied_both", "tied.xy"),
            ] {
                agreement.check(name, &ours[key], &r["counts"][theirs], 0.0);
            }
        }
        let differences = found["differences"].as_array().unwrap();
        assert_eq!(differences.len(), scores.len() * (scores.len() - 1) / 2);
        for (pair, r) in r["cindex_compare"].as_object().unwrap() {
            let (a, b) = pair.split_once("_vs_").unwrap();
            let ours = differences
                .iter()
                .find(|d| d["a"] == a && d["b"] == b)
                .unwrap();
            for (key, theirs) in [
                ("difference", "diff"),
                ("se", "se"),
                ("z", "z"),
                ("p_value", "p_value"),
            ] {
                agreement.check(pair, &ours[key], &r[theirs], CLOSED_FORM);
            }
            for (key, theirs) in [
                ("a_better", "x1 more concordant"),
                ("b_better", "x2 more concordant"),
                ("difference", "Dxy"),
                ("se", "S.D."),
            ] {
                let theirs = &r["hmisc_rcorrp"][theirs];
                agreement.check(pair, &ours["pairs"][key], theirs, CLOSED_FORM);
            }
            agreement.check(
                pair,
                &ours["covariance"],
                &r["vcov"]["rows"][0][1],
                CLOSED_FORM,
            );
        }
    }
    agreement.report("concordance");
}

#[test]
fn the_screen_shows_indices_and_differences() {
    let folder = folder("t,e,x,y\n1,1,9,1\n2,1,8,2\n3,0,7,\n4,1,5,3\n5,0,6,9\n");
    let fixed = ["concordance", "table.csv", "--time", "t", "--event", "e"];
    let text = run(folder.path(), &[&fixed[..], &["--out", "c.csv"]].concat());
    // Without the third row: pairs of 1 (three), of 2 (two), of 4 (one); x orders five of six, y none.
    assert!(text.starts_with("score       c"), "{text}");
    assert!(
        text.contains("\nx      0.8333") && text.contains("\ndifferences\n"),
        "{text}"
    );
    let csv = std::fs::read_to_string(folder.path().join("c.csv")).unwrap();
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(csv.starts_with("score,against,c,difference,se,lower,upper,z,p_value\nx,,0.8333"));
    let found = json(folder.path(), &fixed);
    assert_eq!(found["features"], serde_json::json!(["x", "y"]));
    assert_eq!(found["warnings"][0]["code"], "missing_values");
    assert_eq!(found["scores"][1]["c"], 0.0);
    // The first score that is asked for comes first: the differences are of it.
    let found = json(
        folder.path(),
        &[&fixed[..], &["--scores", "y,x*,y"]].concat(),
    );
    assert_eq!(found["features"], serde_json::json!(["y", "x"]));
    assert_eq!(found["differences"][0]["a"], "y");
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder("t,e,x,w\n1,0,9,Inf\n2,0,8,1\n3,1,7,2\n");
    for (arguments, said) in [
        // the event is the last: nobody is known to come later
        (&["--scores", "x"][..], "no pair of samples can be compared"),
        (
            &["--scores", "w"],
            "row 2, column \"w\": \"Inf\" is not finite",
        ),
        (&["--scores", "v"], "has no column \"v\""),
        (&["--scores", "t"], "no column is left to be a score"),
    ] {
        let fixed = ["concordance", "table.csv", "--time", "t", "--event", "e"];
        let error = refused(folder.path(), &[&fixed[..], arguments].concat());
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
