//! `radiome kaplan-meier`.

use serde_json::Value;

use super::{Agreement, folder, json, number, read_json, reference, refused, run};

/// Closed forms; the suggested tolerance of the reference set.
const CLOSED_FORM: f64 = 1e-9;

const SETS: [&str; 2] = ["surv_109_month_ties", "surv_71_continuous"];

/// The command on a table of the reference set.
fn kaplan_meier(set: &str, more: &[&str]) -> Option<Value> {
    let folder = reference()?;
    let table = format!("11_survival/{set}.csv");
    let fixed = ["kaplan-meier", &table, "--time", "time", "--event", "EVENT"];
    let all: Vec<&str> = fixed.iter().chain(more).copied().collect();
    Some(json(&folder, &all))
}

fn expected(set: &str) -> Value {
    let folder = reference().unwrap();
    read_json(&folder.join(format!("11_survival/{set}_expected.json")))
}

/// A list out of objects.
fn list<'a>(objects: &'a Value, key: &str) -> Vec<&'a Value> {
    let objects = objects.as_array().unwrap().iter();
    objects.map(|object| &object[key]).collect()
}

/// The groups of R's results, with the column of each.
fn groups(r: &Value) -> Vec<(&str, &str, &Value)> {
    let curves = r["kaplan_meier"].as_object().unwrap().iter();
    curves
        .filter_map(|(name, curve)| {
            let (column, value) = name.split_once('=')?;
            Some((column, value, curve))
        })
        .collect()
}

fn check_curve(agreement: &mut Agreement, place: &str, ours: &Value, r: &Value, scale: &str) {
    agreement.check(place, &ours["n"], &r["n"], 0.0);
    agreement.check(place, &ours["events"], &r["events"], 0.0);
    let steps = &ours["steps"];
    for (key, theirs) in [
        ("time", "time"),
        ("n_risk", "n_risk"),
        ("n_event", "n_event"),
        ("n_censor", "n_censor"),
        ("survival", "surv"),
        ("std_error", "greenwood_se_surv"),
        ("std_error_log", "std_err_of_log_surv"),
        ("cumulative_hazard", "cumhaz_nelson_aalen"),
    ] {
        let (ours, theirs) = (list(steps, key), r[theirs].as_array().unwrap());
        assert_eq!(ours.len(), theirs.len(), "{place} {key}");
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            agreement.check(&format!("{place} {key}"), ours, theirs, CLOSED_FORM);
        }
    }
    let ci = &r["ci"][scale];
    for (k, limits) in list(steps, "ci").into_iter().enumerate() {
        agreement.check(place, &limits[0], &ci["lower"][k], CLOSED_FORM);
        agreement.check(place, &limits[1], &ci["upper"][k], CLOSED_FORM);
    }
    agreement.check(place, &ours["median"], &ci["median"][0], CLOSED_FORM);
    agreement.check(place, &ours["median_ci"][0], &ci["median"][1], CLOSED_FORM);
    agreement.check(place, &ours["median_ci"][1], &ci["median"][2], CLOSED_FORM);
    for (k, key) in ["q25", "median", "q75"].into_iter().enumerate() {
        let (ours, theirs) = (&ours["quantiles"][k], &ci[key]);
        agreement.check(place, &ours["time"], &theirs[0], CLOSED_FORM);
        agreement.check(place, &ours["ci"][0], &theirs[1], CLOSED_FORM);
        agreement.check(place, &ours["ci"][1], &theirs[2], CLOSED_FORM);
    }
    let at = &ci["at_times"];
    for (k, ours) in ours["at"].as_array().unwrap().iter().enumerate() {
        for (ours, key) in [
            (&ours["time"], "times"),
            (&ours["survival"], "surv"),
            (&ours["std_error"], "se"),
            (&ours["ci"][0], "lower"),
            (&ours["ci"][1], "upper"),
            (&ours["n_risk"], "n_risk"),
        ] {
            agreement.check(&format!("{place} at {key}"), ours, &at[key][k], CLOSED_FORM);
        }
    }
}

#[test]
fn curves_agree_with_r() {
    let mut agreement = Agreement::default();
    for set in SETS {
        for (scale, key) in [
            ("log", "log"),
            ("log-log", "loglog"),
            ("plain", "plain"),
            ("logit", "logit"),
            ("arcsin", "arcsin"),
        ] {
            let times = if set.contains("109") {
                "12,24,36,60"
            } else {
                "12,36"
            };
            let options = ["--conf", scale, "--at", times];
            let Some(found) = kaplan_meier(set, &options) else {
                return;
            };
            let r = expected(set);
            let all = &found["groups"][0];
            assert_eq!(all["name"], "all");
            check_curve(&mut agreement, set, all, &r["kaplan_meier"]["all"], key);
            let mut columns: Vec<&str> = groups(&r).into_iter().map(|g| g.0).collect();
            columns.dedup();
            for column in columns {
                let options = [&options[..], &["--group", column]].concat();
                let found = kaplan_meier(set, &options).unwrap();
                let ours = found["groups"].as_array().unwrap();
                let r = groups(&r);
                let r: Vec<_> = r.into_iter().filter(|group| group.0 == column).collect();
                assert_eq!(ours.len(), r.len());
                for (ours, (_, value, r)) in ours.iter().zip(r) {
                    assert_eq!(ours["name"], value);
                    check_curve(
                        &mut agreement,
                        &format!("{set} {column}={value}"),
                        ours,
                        r,
                        key,
                    );
                }
            }
        }
    }
    agreement.report("Kaplan-Meier curves");
}

#[test]
fn tests_between_groups_agree_with_r() {
    let mut agreement = Agreement::default();
    for set in SETS {
        if reference().is_none() {
            return;
        }
        let r = expected(set);
        for (name, r) in r["logrank"].as_object().unwrap() {
            let (column, more): (&str, &[&str]) =
                if let Some(column) = name.strip_suffix("_peto_rho1") {
                    (column, &["--rho", "1"])
                } else if let Some(column) = name.strip_suffix("_stratified_by_center") {
                    (column, &["--strata", "center"])
                } else {
                    (name, &[])
                };
            let options = [&["--group", column][..], more].concat();
            let found = kaplan_meier(set, &options).unwrap();
            let ours = &found["log_rank"];
            for (key, theirs) in [("chi_square", "chi2"), ("df", "df"), ("p_value", "p_value")] {
                agreement.check(
                    &format!("{set} {name} {key}"),
                    &ours[key],
                    &r[theirs],
                    CLOSED_FORM,
                );
            }
            for key in ["n", "observed", "expected"] {
                let theirs = r[key].as_array().unwrap();
                for (k, theirs) in theirs.iter().enumerate() {
                    agreement.check(
                        &format!("{set} {name} {key}"),
                        &ours[key][k],
                        theirs,
                        CLOSED_FORM,
                    );
                    let row = &r["var"]["rows"][k];
                    for (j, theirs) in row.as_array().unwrap().iter().enumerate() {
                        agreement.check(name, &ours["covariance"][k][j], theirs, CLOSED_FORM);
                    }
                }
            }
        }
        for (column, r) in r["logrank_pairwise"].as_object().unwrap() {
            for (method, key) in [
                ("none", "p"),
                ("bh", "p_bh"),
                ("bonferroni", "p_bonferroni"),
            ] {
                let options = ["--group", column, "--pairwise", "--adjust", method];
                let found = kaplan_meier(set, &options).unwrap();
                let pairs = found["pairwise"].as_array().unwrap();
                assert_eq!(pairs.len(), r["pairs"].as_array().unwrap().len());
                for (k, ours) in pairs.iter().enumerate() {
                    let (a, b) = (ours["a"].as_str().unwrap(), ours["b"].as_str().unwrap());
                    assert_eq!(r["pairs"][k], format!("{a} vs {b}"));
                    agreement.check(column, &ours["p_value"], &r["p"][k], CLOSED_FORM);
                    agreement.check(column, &ours["p_adjusted"], &r[key][k], CLOSED_FORM);
                }
            }
        }
    }
    agreement.report("tests between groups");
}

#[test]
fn means_and_follow_up_agree_with_r() {
    let mut agreement = Agreement::default();
    for set in SETS {
        let horizon = if set.contains("109") { "60" } else { "48" };
        let options = ["--rmst", horizon, "--follow-up"];
        let Some(found) = kaplan_meier(set, &options) else {
            return;
        };
        let r = expected(set);
        let check = |agreement: &mut Agreement, ours: &Value, r: &Value| {
            agreement.check(set, &ours["horizon"], &r["tau"], 0.0);
            agreement.check(set, &ours["mean"], &r["rmst"], CLOSED_FORM);
            agreement.check(set, &ours["std_error"], &r["se"], CLOSED_FORM);
            agreement.check(set, &ours["ci"][0], &r["ci"][0], CLOSED_FORM);
            agreement.check(set, &ours["ci"][1], &r["ci"][1], CLOSED_FORM);
        };
        check(
            &mut agreement,
            &found["groups"][0]["rmst"],
            &r["rmst"]["all"],
        );
        for follow_up in [&found["follow_up"], &found["groups"][0]["follow_up"]] {
            let theirs = &r["reverse_km_median_followup"];
            agreement.check(set, &follow_up["median"], &theirs[0], CLOSED_FORM);
            agreement.check(set, &follow_up["ci"][0], &theirs[1], CLOSED_FORM);
            agreement.check(set, &follow_up["ci"][1], &theirs[2], CLOSED_FORM);
        }
        let found = kaplan_meier(set, &[&options[..], &["--group", "risk2"]].concat()).unwrap();
        for (k, group) in ["risk2=0", "risk2=1"].into_iter().enumerate() {
            let ours = &found["groups"][k]["rmst"];
            check(&mut agreement, ours, &r["rmst"]["by_group"][group]);
        }
        // R's is the second group less the first.
        let (ours, r) = (&found["rmst_differences"][0], &r["rmst"]["difference"]);
        assert_eq!((&ours["a"], &ours["b"]), (&"0".into(), &"1".into()));
        let turned = Value::from(-number(&r["diff"]));
        agreement.check(set, &ours["difference"], &turned, CLOSED_FORM);
        agreement.check(set, &ours["std_error"], &r["se"], CLOSED_FORM);
        agreement.check(set, &ours["z"], &Value::from(-number(&r["z"])), CLOSED_FORM);
        agreement.check(set, &ours["p_value"], &r["p_value"], CLOSED_FORM);
    }
    agreement.report("restricted means and follow-up");
}

const PATIENTS: &str = "ID,months,seen,arm
1,2,1,a
2,3,0,a
3,4,1,a
4,6,1,b
5,6,0,b
6,9,0,b
7,,1,b
8,5,1,
";

#[test]
fn the_screen_shows_a_line_for_each_group_and_a_file_every_step() {
    let folder = folder(PATIENTS);
    let text = run(
        folder.path(),
        &[
            "kaplan-meier",
            "table.csv",
            "--time",
            "months",
            "--event",
            "seen",
            "--group",
            "arm",
            "--at",
            "5",
            "--rmst",
            "4",
            "--pairwise",
            "--follow-up",
            "--out",
            "steps.csv",
            "--svg",
            "curves.svg",
        ],
    );
    // a: 2/3 from 2 on, 0 from 4 on. b: 2/3 from 6 on, not reached. Mean of a to 4: 2 + 2 2/3.
    // Log-rank by hand: a expects 3/6 + 1/4, observes 2; V = 1/4 + 3/16; chi-square 1.5625 / 0.4375
    // (at 6 none of a is at risk).
    assert_eq!(
        text,
        "group  n  events  median  lower  upper  S(5)  mean to 4\n\
         a      3       2       4      2      -     0      3.333\n\
         b      3       1       -      6      -     1          4\n\
         \n\
         log-rank test: chi-square 3.571, 1 degrees of freedom, P = 0.05878\n\
         \n\
         each pair, P adjusted by holm:\n\
         group  against  chi_square        p  p_adjusted\n\
         a      b             3.571  0.05878     0.05878\n\
         \n\
         median follow-up: 9\n"
    );
    let csv = std::fs::read_to_string(folder.path().join("steps.csv")).unwrap();
    assert!(
        csv.starts_with(
            "group,time,n_risk,n_event,n_censor,survival,std_error,std_error_log,lower,upper\n\
             a,2,3,1,0,0.6666666666666666,"
        ),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 6);
    let svg = std::fs::read_to_string(folder.path().join("curves.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("months") && svg.contains("Log-rank"));
    let found = json(
        folder.path(),
        &[
            "kaplan-meier",
            "table.csv",
            "--time",
            "months",
            "--event",
            "seen",
            "--group",
            "arm",
        ],
    );
    let warnings = found["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0]["code"], "missing_values");
    assert_eq!((&found["n"], &found["events"]), (&6.into(), &3.into()));
}

#[test]
fn what_is_not_defined_is_null_with_a_warning() {
    let folder = folder("t,e,g,s\n1,1,a,x\n2,1,a,x\n3,0,b,y\n4,0,b,y\n");
    let all = |more: &[&str]| {
        let fixed = ["kaplan-meier", "table.csv", "--time", "t", "--event", "e"];
        json(folder.path(), &[&fixed[..], more].concat())
    };
    // each group alone in its stratum
    let found = all(&["--group", "g", "--strata", "s", "--pairwise"]);
    assert!(found["log_rank"].is_null());
    assert_eq!(found["warnings"][0]["code"], "test_not_defined");
    let found = all(&["--rmst", "10"]);
    assert_eq!(found["warnings"][0]["code"], "rmst_not_defined");
    assert!(found["groups"][0]["rmst"].is_null());
    assert_eq!(found["log_rank"], Value::Null);
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder("t,e,g,none,two\n1,1,a,0,2\n-2,0,a,0,1\nx,1,b,0,1\n");
    for (arguments, said) in [
        (
            &["--time", "t", "--event", "e"][..],
            "row 4, column \"t\": \"x\" is not a number",
        ),
        (&["--time", "t"], "--event <COL>"),
        (&["--time", "u", "--event", "e"], "has no column \"u\""),
        (
            &["--time", "e", "--event", "none"],
            "column \"none\": no event was seen",
        ),
        (
            &["--time", "e", "--event", "two"],
            "row 2, column \"two\": \"2\" is no event; write 1 where it was seen, else 0",
        ),
        (
            &["--time", "e", "--event", "e", "--rho", "-1"],
            "--rho -1 is not a number from 0",
        ),
        (
            &["--time", "e", "--event", "e", "--at", "1,x"],
            "a time is a number from 0",
        ),
        (
            &["--time", "e", "--event", "e", "--strata", "g"],
            "--group <COL>",
        ),
        (
            &["--time", "e", "--event", "e", "--conf", "sqrt"],
            "possible values: log, plain",
        ),
        (
            &["--time", "e", "--event", "e", "--conf-level", "95"],
            "a level lies between 0 and 1",
        ),
    ] {
        let all = [&["kaplan-meier", "table.csv"][..], arguments].concat();
        let error = refused(folder.path(), &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
    let folder = super::folder("t,e\n1,1\n-2,0\n");
    let error = refused(
        folder.path(),
        &["kaplan-meier", "table.csv", "--time", "t", "--event", "e"],
    );
    assert!(
        error.contains("row 3, column \"t\": \"-2\" is no time; a time is 0 or more"),
        "{error}"
    );
}
