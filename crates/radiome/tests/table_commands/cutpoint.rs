//! `radiome cutpoint`.

use super::{Agreement, folder, json, number, read_json, reference, refused, run};

/// The statistic, and the P value, by the reference set's suggested tolerances (1e-4 for P; these
/// two are closed forms, so that less is allowed).
const CLOSED_FORM: f64 = 1e-9;

#[test]
fn cuts_agree_with_maxstat() {
    let Some(folder) = reference() else { return };
    let mut agreement = Agreement::default();
    for set in ["surv_109_month_ties", "surv_71_continuous"] {
        let r = read_json(&folder.join(format!("11_survival/{set}_expected.json")));
        for (score, r) in r["maxstat"].as_object().unwrap() {
            for share in ["0.1", "0.2"] {
                let r = &r[format!("minprop_{share}")];
                let table = format!("11_survival/{set}.csv");
                let fixed = ["cutpoint", &table, "--time", "time", "--event", "event"];
                let more = ["--score", score, "--min-prop", share];
                let found = json(&folder, &[&fixed[..], &more].concat());
                let place = format!("{set} {score} {share}");
                for (key, theirs) in [
                    ("cutpoint", "cutpoint"),
                    ("statistic", "statistic"),
                    ("p_value", "p_Lau92"),
                    ("p_lau92", "p_Lau92"),
                    ("p_lau94", "p_Lau94"),
                ] {
                    agreement.check(&place, &found[key], &r[theirs], CLOSED_FORM);
                }
                let candidates = found["candidates"].as_array().unwrap();
                assert_eq!(candidates.len(), r["cuts"].as_array().unwrap().len());
                for (k, ours) in candidates.iter().enumerate() {
                    agreement.check(&place, &ours["cut"], &r["cuts"][k], CLOSED_FORM);
                    agreement.check(&place, &ours["statistic"], &r["stats"][k], CLOSED_FORM);
                }
                assert_eq!(found["p_method"], "lau92");
                let groups = found["groups"].as_array().unwrap();
                let n: f64 = groups.iter().map(|group| number(&group["n"])).sum();
                assert_eq!(n, number(&found["n"]));
                let other = json(
                    &folder,
                    &[&fixed[..], &more, &["--p-method", "lau94"]].concat(),
                );
                assert_eq!(other["p_value"], found["p_lau94"]);
            }
        }
    }
    agreement.report("cutpoints");
}

#[test]
fn the_screen_shows_both_groups() {
    let folder = folder("t,e,x\n1,1,9\n2,1,8\n3,1,7\n4,0,3\n5,1,2\n6,0,1\n7,0,\n");
    let arguments = [
        "cutpoint",
        "table.csv",
        "--time",
        "t",
        "--event",
        "e",
        "--score",
        "X",
        "--min-prop",
        "0.3",
    ];
    let text = run(folder.path(), &arguments);
    assert!(
        text.starts_with(
            "group  x     n  events\nlow    <= 3  3       1\nhigh   > 3   3       3\n"
        ),
        "{text}"
    );
    assert!(text.contains("lau92; 4 cuts tried"), "{text}");
    let found = json(folder.path(), &arguments);
    assert_eq!(found["rule"], "high = x > cutpoint");
    assert_eq!(found["warnings"][0]["code"], "missing_values");
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder("t,e,x,c\n1,1,9,1\n2,1,8,1\n3,0,7,1\n");
    for (arguments, said) in [
        (
            &["--score", "c"][..],
            "the marker has no cut within the shares asked for",
        ),
        (
            &["--score", "x", "--min-prop", "0.6"],
            "are not 0 < smallest < largest < 1",
        ),
        (&["--score", "z"], "has no column \"z\""),
        (&[], "--score <COL>"),
    ] {
        let fixed = ["cutpoint", "table.csv", "--time", "t", "--event", "e"];
        let error = refused(folder.path(), &[&fixed[..], arguments].concat());
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
