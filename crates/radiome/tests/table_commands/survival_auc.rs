//! `radiome survival-auc`.

use serde_json::Value;

use super::{Agreement, folder, json, read_json, reference, refused, run};

/// Closed forms; the suggested tolerance of the reference set.
const CLOSED_FORM: f64 = 1e-9;

const SETS: [&str; 2] = ["surv_109_month_ties", "surv_71_continuous"];

/// The times of `t12`, `t36`, ... as an option.
fn times(of: &Value) -> String {
    let times = of.as_object().unwrap().keys().map(|key| &key[1..]);
    times.collect::<Vec<_>>().join(",")
}

#[test]
fn areas_agree_with_r() {
    let Some(folder) = reference() else { return };
    let mut agreement = Agreement::default();
    for set in SETS {
        let r = read_json(&folder.join(format!("11_survival/{set}_expected.json")));
        let table = format!("11_survival/{set}.csv");
        for (name, r_ipcw) in r["timedep_auc_ipcw"].as_object().unwrap() {
            let at = times(r_ipcw);
            let fixed = [
                "survival-auc",
                &table,
                "--time",
                "time",
                "--event",
                "event",
                "--scores",
                name,
                "--at",
                &at,
            ];
            let found = json(&folder, &[&fixed[..], &["--kaplan-meier"]].concat());
            let naive = json(&folder, &[&fixed[..], &["--ties-together"]].concat());
            let at = found["scores"][0]["at"].as_array().unwrap();
            assert_eq!(at.len(), r_ipcw.as_object().unwrap().len());
            for (k, ours) in at.iter().enumerate() {
                let key = format!("t{}", ours["time"]);
                let key = key.trim_end_matches(".0");
                let place = format!("{set} {name} {key}");
                let theirs = &r_ipcw[key];
                agreement.check(&place, &ours["auc"], &theirs["auc"], CLOSED_FORM);
                agreement.check(&place, &ours["cases"], &theirs["n_cases"], 0.0);
                agreement.check(&place, &ours["controls"], &theirs["n_controls"], 0.0);
                agreement.check(&place, &ours["uncensored"], &theirs["G_at_t"], CLOSED_FORM);
                let score = &theirs["riskRegression_Score"];
                for (ours, key) in [
                    (&ours["auc"], "auc"),
                    (&ours["se"], "se"),
                    (&ours["ci"][0], "lower"),
                    (&ours["ci"][1], "upper"),
                ] {
                    agreement.check(&place, ours, &score[key], CLOSED_FORM);
                }
                let ours_naive = &naive["scores"][0]["at"][k]["auc"];
                agreement.check(&place, ours_naive, &theirs["auc_with_naive_G"], CLOSED_FORM);
                let heagerty = &r["timedep_auc_km_heagerty"][name][key]["auc"];
                agreement.check(&place, &ours["auc_kaplan_meier"], heagerty, CLOSED_FORM);
                // scores of this set are no risks
                assert!(ours["brier"].is_null());
            }
        }
    }
    agreement.report("time-dependent areas");
}

#[test]
fn brier_scores_of_risks_agree_with_r() {
    let Some(folder) = reference() else { return };
    let mut agreement = Agreement::default();
    for set in SETS {
        let r = read_json(&folder.join(format!("11_survival/{set}_expected.json")));
        let table = std::fs::read_to_string(folder.join(format!("11_survival/{set}.csv"))).unwrap();
        for (key, r) in r["ipcw_brier"].as_object().unwrap() {
            // the table with R's predicted risk beside it
            let survival = r["pred_surv"].as_array().unwrap();
            let mut lines = table.lines();
            let mut with_risk = format!("{},risk\n", lines.next().unwrap());
            for (line, survival) in lines.zip(survival) {
                with_risk.push_str(&format!("{line},{}\n", 1.0 - survival.as_f64().unwrap()));
            }
            let folder = super::folder(&with_risk);
            let found = json(
                folder.path(),
                &[
                    "survival-auc",
                    "table.csv",
                    "--time",
                    "time",
                    "--event",
                    "event",
                    "--scores",
                    "risk",
                    "--at",
                    &key[1..],
                ],
            );
            let ours = &found["scores"][0]["at"][0]["brier"];
            agreement.check(&format!("{set} {key}"), ours, &r["brier"], CLOSED_FORM);
        }
    }
    agreement.report("Brier scores");
}

#[test]
fn a_time_without_cases_or_controls_is_null_with_a_warning() {
    let folder = folder("t,e,x\n2,1,9\n3,1,8\n4,0,7\n5,1,3\n6,0,4\n");
    let fixed = ["survival-auc", "table.csv", "--time", "t", "--event", "e"];
    let found = json(folder.path(), &[&fixed[..], &["--at", "1,3,6"]].concat());
    let at = &found["scores"][0]["at"];
    assert!(at[0]["auc"].is_null() && at[2]["auc"].is_null());
    assert_eq!(
        (&at[0]["cases"], &at[2]["controls"]),
        (&0.into(), &0.into())
    );
    // by hand: 9 and 8 are above all three that are left
    assert_eq!(at[1]["auc"], 1.0);
    let warnings = found["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 2);
    assert_eq!(warnings[0]["code"], "auc_not_defined");
    let text = run(folder.path(), &[&fixed[..], &["--at", "3"]].concat());
    assert!(
        text.starts_with("score  time  cases  controls  auc"),
        "{text}"
    );
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder("t,e,x\n2,1,9\n3,0,8\n");
    for (arguments, said) in [
        (&["--scores", "x"][..], "--at <T,...>"),
        (
            &["--scores", "x", "--at", "-3"],
            "a time is a number from 0",
        ),
        (
            &["--scores", "x", "--at", "soon"],
            "a time is a number from 0",
        ),
        (&["--scores", "q", "--at", "2"], "has no column \"q\""),
    ] {
        let fixed = ["survival-auc", "table.csv", "--time", "t", "--event", "e"];
        let error = refused(folder.path(), &[&fixed[..], arguments].concat());
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
