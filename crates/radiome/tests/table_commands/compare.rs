//! `radiome compare`.

use serde_json::Value;

use super::{Agreement, folder, json, number, read_json, reference, refused, run};

/// Closed forms; the suggested tolerance of the reference set.
const CLOSED_FORM: f64 = 1e-9;
/// Shapiro-Wilk: W, and its P value, whose polynomials R evaluates in another order.
const SHAPIRO: (f64, f64) = (1e-8, 1e-6);
/// R finds the limits of a shift by a root finder that stops within 1e-4.
const ROOT: f64 = 1e-4;

/// The only variable of a group's results.
fn only<'a>(found: &'a Value, group: &str) -> &'a Value {
    let variables = found["groups"][group]["variables"].as_array().unwrap();
    assert_eq!(variables.len(), 1);
    &variables[0]
}

#[test]
fn tests_of_two_samples_agree_with_r() {
    let Some(folder) = reference() else { return };
    let expected = read_json(&folder.join("01_group_tests/continuous_expected.json"));
    let mut agreement = Agreement::default();
    for alternative in ["two.sided", "less", "greater"] {
        let found = json(
            &folder,
            &[
                "compare",
                "01_group_tests/continuous.csv",
                "--group",
                "group",
                "--vars",
                "value",
                "--type",
                "value=continuous",
                "--by",
                "case",
                "--all-tests",
                "--alternative",
                alternative,
            ],
        );
        let suffix = alternative.replace('.', "_");
        assert_eq!(
            found["groups"].as_object().unwrap().len(),
            expected.as_object().unwrap().len()
        );
        for (case, r) in expected.as_object().unwrap() {
            let variable = only(&found, case);
            let tests = &variable["tests"];
            for (name, key) in [("student_t", "t_pooled"), ("welch_t", "t_welch")] {
                let (test, r) = (&tests[name], &r[format!("{key}_{suffix}")]);
                let place = format!("{case} {name} {alternative}");
                for (ours, theirs) in [
                    (&test["statistic"], &r["statistic"]),
                    (&test["df"], &r["parameter"]),
                    (&test["p_value"], &r["p_value"]),
                    (&test["ci"][0], &r["conf_int"][0]),
                    (&test["ci"][1], &r["conf_int"][1]),
                ] {
                    agreement.check(&place, ours, theirs, CLOSED_FORM);
                }
            }
            for (name, key) in [
                ("mann_whitney_exact", "mwu_exact"),
                ("mann_whitney_normal", "mwu_normal_cc"),
                ("mann_whitney_uncorrected", "mwu_normal_nocc"),
                ("mann_whitney", "mwu_default"),
            ] {
                let Some(r) = r.get(format!("{key}_{suffix}")) else {
                    continue;
                };
                let place = format!("{case} {name} {alternative}");
                agreement.check(&place, &tests[name]["w"], &r["statistic"], CLOSED_FORM);
                agreement.check(&place, &tests[name]["p_value"], &r["p_value"], CLOSED_FORM);
            }
            if alternative == "two.sided" {
                without_side(&mut agreement, case, variable, r);
            }
        }
    }
    agreement.report("tests of two samples");
}

/// What is asked for once.
fn without_side(agreement: &mut Agreement, case: &str, variable: &Value, r: &Value) {
    for (group, key) in [("0", "group0"), ("1", "group1")] {
        for name in ["n", "mean", "sd", "min", "q1", "median", "q3", "max"] {
            let ours = &variable["summary"][group][name];
            agreement.check(case, ours, &r[key][name], CLOSED_FORM);
        }
    }
    let tests = &variable["tests"];
    let (ours, f) = (&tests["variance"], &r["var_test_F"]);
    for (ours, theirs) in [
        (&ours["statistic"], &f["statistic"]),
        (&ours["df1"], &f["parameter"][0]),
        (&ours["df2"], &f["parameter"][1]),
        (&ours["p_value"], &f["p_value"]),
        (&ours["ci"][0], &f["conf_int"][0]),
        (&ours["ci"][1], &f["conf_int"][1]),
    ] {
        agreement.check(&format!("{case} variance"), ours, theirs, CLOSED_FORM);
    }
    for (name, key) in [("levene", "levene_median"), ("levene_mean", "levene_mean")] {
        for (ours, theirs) in [
            ("statistic", "F"),
            ("df1", "df1"),
            ("df2", "df2"),
            ("p_value", "p_value"),
        ] {
            let place = format!("{case} {name}");
            agreement.check(&place, &tests[name][ours], &r[key][theirs], CLOSED_FORM);
        }
    }
    let shapiro = &tests["shapiro"];
    for (ours, key) in [
        (&shapiro["groups"]["0"], "shapiro_group0"),
        (&shapiro["groups"]["1"], "shapiro_group1"),
        (&shapiro["all"], "shapiro_all"),
    ] {
        let place = format!("{case} {key}");
        if r[key].get("error").is_some() {
            assert!(ours.is_null(), "{place}");
            continue;
        }
        agreement.check(&place, &ours["statistic"], &r[key]["W"], SHAPIRO.0);
        agreement.check(&place, &ours["p_value"], &r[key]["p_value"], SHAPIRO.1);
    }
    let (ours, shift) = (&tests["hodges_lehmann"], &r["mwu_hodges_lehmann_default"]);
    let exact = shift["method"].as_str().unwrap().contains("exact");
    assert_eq!(ours["exact"], exact, "{case}");
    for limit in 0..2 {
        let (ours, theirs) = (&ours["ci"][limit], &shift["conf_int"][limit]);
        if exact {
            agreement.check(&format!("{case} shift"), ours, theirs, CLOSED_FORM);
        } else {
            let difference = (number(ours) - number(theirs)).abs();
            assert!(difference <= ROOT, "{case}: {ours} against {theirs}");
        }
    }
    if exact {
        agreement.check(case, &ours["estimate"], &shift["estimate"][0], CLOSED_FORM);
    }
}

#[test]
fn tests_of_several_samples_agree_with_r() {
    let Some(folder) = reference() else { return };
    let expected = read_json(&folder.join("01_group_tests/multigroup_expected.json"));
    let found = json(
        &folder,
        &[
            "compare",
            "01_group_tests/multigroup.csv",
            "--group",
            "group",
            "--vars",
            "value",
            "--by",
            "case",
            "--all-tests",
        ],
    );
    let mut agreement = Agreement::default();
    for (case, r) in expected.as_object().unwrap() {
        let tests = &only(&found, case)["tests"];
        for name in ["anova", "welch_anova"] {
            let (ours, r) = (&tests[name], &r[name]);
            agreement.check(case, &ours["statistic"], &r["F"], CLOSED_FORM);
            agreement.check(case, &ours["df1"], &r["df"][0], CLOSED_FORM);
            agreement.check(case, &ours["df2"], &r["df"][1], CLOSED_FORM);
            agreement.check(case, &ours["p_value"], &r["p_value"], CLOSED_FORM);
        }
        let (ours, r) = (&tests["kruskal_wallis"], &r["kruskal_wallis"]);
        agreement.check(case, &ours["statistic"], &r["H"], CLOSED_FORM);
        agreement.check(case, &ours["df"], &r["df"], CLOSED_FORM);
        agreement.check(case, &ours["p_value"], &r["p_value"], CLOSED_FORM);
    }
    agreement.report("tests of several samples");
}

#[test]
fn tests_of_tables_agree_with_r() {
    let Some(folder) = reference() else { return };
    let expected = read_json(&folder.join("01_group_tests/tables_expected.json"));
    let mut agreement = Agreement::default();
    for (alternative, key) in [
        ("two.sided", "fisher_two_sided"),
        ("less", "fisher_less"),
        ("greater", "fisher_greater"),
    ] {
        let found = json(
            &folder,
            &[
                "compare",
                "01_group_tests/tables.csv",
                "--group",
                "col",
                "--vars",
                "row",
                "--counts",
                "count",
                "--by",
                "table",
                "--all-tests",
                "--alternative",
                alternative,
            ],
        );
        for (case, r) in expected.as_object().unwrap() {
            let variable = only(&found, case);
            let tests = &variable["tests"];
            for (name, key) in [
                ("chi_square", "chisq"),
                ("chi_square_yates", "chisq_yates"),
                ("g", "likelihood_ratio_G"),
            ] {
                let Some(r) = r.get(key) else { continue };
                for part in ["statistic", "df", "p_value"] {
                    let place = format!("{case} {name}");
                    agreement.check(&place, &tests[name][part], &r[part], CLOSED_FORM);
                }
            }
            // R's odds ratios come from a coarse root finder: `radiome-stats` compares them with
            // values of high precision.
            let fisher = r.get(key).unwrap_or(&r["fisher_freeman_halton"]);
            let ours = &tests["fisher_exact"]["p_value"];
            agreement.check(case, ours, &fisher["p_value"], CLOSED_FORM);
            if let Some(r) = r.get("mcnemar") {
                let ours = &tests["mcnemar"];
                agreement.check(case, &ours["statistic"], &r["cc"]["statistic"], CLOSED_FORM);
                agreement.check(case, &ours["p_value"], &r["cc"]["p_value"], CLOSED_FORM);
                let plain = &ours["uncorrected"]["p_value"];
                agreement.check(case, plain, &r["nocc"]["p_value"], CLOSED_FORM);
                agreement.check(case, &ours["exact_p_value"], &r["exact_p"], CLOSED_FORM);
            }
            if let Some(r) = r.get("ordinal") {
                let (ours, armitage) = (&tests["trend"], &r["cochran_armitage"]);
                let (linear, theirs) = (&ours["linear_by_linear"], &r["linear_by_linear"]);
                for part in ["statistic", "p_value"] {
                    agreement.check(case, &ours[part], &armitage[part], CLOSED_FORM);
                    agreement.check(case, &linear[part], &theirs[part], CLOSED_FORM);
                }
            }
            let large = number(&r["min_expected"]) >= 5.0;
            let chosen = if large { "chi_square" } else { "fisher_exact" };
            assert_eq!(variable["chosen"], chosen, "{case}");
        }
    }
    agreement.report("tests of tables");
}

/// The summary's medians are survfit's, the tests survdiff's.
#[test]
fn tests_of_survival_agree_with_r() {
    let Some(folder) = reference() else { return };
    let mut agreement = Agreement::default();
    for set in ["surv_109_month_ties", "surv_71_continuous"] {
        let table = format!("11_survival/{set}.csv");
        let r = read_json(&folder.join(format!("11_survival/{set}_expected.json")));
        let columns = r["logrank"].as_object().unwrap().keys();
        for column in columns.filter(|name| !name.contains('_')) {
            let found = json(
                &folder,
                &[
                    "compare",
                    &table,
                    "--group",
                    column,
                    "--vars",
                    "time",
                    "--type",
                    "time=survival",
                    "--event",
                    "event",
                    "--all-tests",
                ],
            );
            let variable = &found["variables"][0];
            for (name, suffix) in [("log_rank", ""), ("peto", "_peto_rho1")] {
                let place = format!("{set} {column} {name}");
                let (ours, r) = (
                    &variable["tests"][name],
                    &r["logrank"][format!("{column}{suffix}")],
                );
                for (key, theirs) in [("statistic", "chi2"), ("df", "df"), ("p_value", "p_value")] {
                    agreement.check(&place, &ours[key], &r[theirs], CLOSED_FORM);
                }
                for key in ["observed", "expected"] {
                    let theirs = r[key].as_array().unwrap();
                    assert_eq!(ours[key].as_array().unwrap().len(), theirs.len());
                    for (k, theirs) in theirs.iter().enumerate() {
                        agreement.check(&place, &ours[key][k], theirs, CLOSED_FORM);
                    }
                }
            }
            for (group, ours) in variable["summary"].as_object().unwrap() {
                let r = &r["kaplan_meier"][format!("{column}={group}")];
                let theirs = &r["ci"]["log"]["median"];
                agreement.check(group, &ours["n"], &r["n"], 0.0);
                agreement.check(group, &ours["events"], &r["events"], 0.0);
                agreement.check(group, &ours["median"], &theirs[0], CLOSED_FORM);
                agreement.check(group, &ours["median_ci"][0], &theirs[1], CLOSED_FORM);
                agreement.check(group, &ours["median_ci"][1], &theirs[2], CLOSED_FORM);
            }
        }
    }
    agreement.report("tests of survival");
}

/// Two groups with every kind of variable; the age of b4 and the sex of a2 are missing.
const PATIENTS: &str = "ID,arm,age,sex,stage,months,seen
a1,a,41,f,1,5,1
a2,a,52,NA,1,8,0
a3,a,38.5,m,2,12,1
a4,a,47,f,2,3,1
b1,b,61,m,3,20,0
b2,b,58,m,3,25,1
b3,b,66,f,2,30,0
b4,b,,m,3,18,1
c1,,50,f,1,7,1
";

#[test]
fn kinds_of_variables_are_told_apart_and_the_choice_is_shown() {
    let folder = folder(PATIENTS);
    let found = json(folder.path(), &["compare", "table.csv", "--group", "ARM"]);
    let variables = found["variables"].as_array().unwrap();
    let kinds: Vec<(&str, &str)> = variables
        .iter()
        .map(|v| (v["name"].as_str().unwrap(), v["type"].as_str().unwrap()))
        .collect();
    assert_eq!(
        kinds,
        [
            ("age", "continuous"),
            ("sex", "categorical"),
            ("stage", "categorical"),
            ("months", "continuous"),
            ("seen", "categorical")
        ]
    );
    assert_eq!(found["features"].as_array().unwrap().len(), 5);
    let codes: Vec<&Value> = found["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| &warning["code"])
        .collect();
    assert_eq!(codes, ["missing_group", "number_as_categorical"]);
    let age = &variables[0];
    assert_eq!(age["chosen"], "student_t");
    // Only the chosen test and what the choice rests on.
    let tests: Vec<&String> = age["tests"].as_object().unwrap().keys().collect();
    assert_eq!(tests, ["student_t", "shapiro"]);
    assert_eq!(age["summary"]["b"]["missing"], 1);
    let sex = &variables[1];
    assert_eq!(sex["chosen"], "fisher_exact");
    assert_eq!(
        sex["summary"]["a"],
        serde_json::json!({"n": 3, "missing": 1, "levels": {"f": 2, "m": 1}})
    );
    // [[2, 1], [1, 3]]: P(X = 2) = 12/35 and P(X = 3) = 4/35 or less: by hand 1 - 18/35 + 1/35.
    let p = number(&sex["tests"]["fisher_exact"]["p_value"]);
    assert!((p - 17.0 / 35.0).abs() < 1e-12, "{p}");
}

#[test]
fn times_to_an_event_are_compared_by_log_rank() {
    let folder = folder(PATIENTS);
    let found = json(
        folder.path(),
        &[
            "compare",
            "table.csv",
            "--group",
            "arm",
            "--vars",
            "months",
            "--type",
            "months=survival",
            "--event",
            "seen",
        ],
    );
    let months = &found["variables"][0];
    assert_eq!(months["chosen"], "log_rank");
    assert_eq!(months["summary"]["a"]["events"], 3);
    // Kaplan-Meier of a: 3/4 at 3, 1/2 at 5 (a flat step to 12), so the median is (5 + 12) / 2.
    assert_eq!(months["summary"]["a"]["median"], 8.5);
    assert_eq!(months["tests"]["log_rank"]["df"], 1.0);
}

#[test]
fn the_screen_shows_a_baseline_table_and_a_file_every_digit() {
    let folder = folder("arm,x\na,1\na,2\na,4\nb,3\nb,6\nb,9\n");
    let arguments = ["compare", "table.csv", "--group", "arm", "--out", "out.csv"];
    let text = run(folder.path(), &arguments);
    // t = -1.8865; with 4 degrees of freedom and a = atan(|t| / 2), P = 1 - sin a (1 + cos^2 a / 2),
    // which is 0.13229.
    assert_eq!(
        text,
        "variable    a              b      test            p\n\
         x           2.333 ± 1.528  6 ± 3  student_t  0.1323\n"
    );
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    let (header, line) = csv.split_once('\n').unwrap();
    assert_eq!(
        header,
        "variable,type,test,chosen,statistic,df1,df2,p_value,estimate,lower,upper"
    );
    assert!(
        line.starts_with("x,continuous,student_t,yes,-1.88"),
        "{line}"
    );
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder("ID,arm,x,n,none\n1,a,2,3,z\n2,b,five,-1,z\n3,b,4,2,z\n");
    let path = folder.path();
    let compare = |arguments: &[&str]| {
        let all: Vec<&str> = ["compare", "table.csv"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        refused(path, &all)
    };
    for (arguments, said) in [
        (&["--group", "arms"][..], "table.csv has no column \"arms\""),
        (&["--group", "arms"], "did you mean \"arm\"?"),
        (
            &["--group", "none"],
            "column \"none\": a comparison needs two groups, found z",
        ),
        (
            &["--group", "arm", "--vars", "y*"],
            "no column fits the pattern \"y*\"",
        ),
        (
            &["--group", "arm", "--vars", "x", "--type", "x=continuous"],
            "table.csv, row 3, column \"x\": \"five\" is not a number",
        ),
        (
            &["--group", "arm", "--vars", "x", "--counts", "n"],
            "table.csv, row 3, column \"n\": \"-1\" is no count",
        ),
        (
            &["--group", "arm", "--vars", "x", "--type", "n=continuous"],
            "\"n\" is no variable that is compared",
        ),
        (
            &["--group", "arm", "--vars", "n", "--type", "n=survival"],
            "name the column that is 1 where the event was seen with --event",
        ),
        (
            &[
                "--group",
                "arm",
                "--vars",
                "ID",
                "--type",
                "ID=survival",
                "--event",
                "x",
            ],
            "row 3, column \"x\": \"five\" is not a number",
        ),
        (
            &[
                "--group",
                "arm",
                "--vars",
                "ID",
                "--type",
                "ID=survival",
                "--event",
                "n",
            ],
            "table.csv, row 2, column \"n\": \"3\" is no event",
        ),
        (
            &["--group", "arm", "--type", "x"],
            "write it as in age=continuous",
        ),
        (&["--group", "arm", "--conf-level", "95"], "--conf-level 95"),
    ] {
        let error = compare(arguments);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

#[test]
fn a_word_among_measurements_is_a_mistake_and_among_codes_a_level() {
    let folder = folder(
        "ID,arm,age,stage\n1,a,61.5,1\n2,b,58.2,2\n3,b,6o.1,2\n4,a,70.4,3a\n5,a,55,1\n6,b,49.9,2\n",
    );
    let compare = ["compare", "table.csv", "--group", "arm", "--vars"];
    let error = refused(folder.path(), &[&compare[..], &["age"]].concat());
    for said in [
        "row 4, column \"age\": \"6o.1\" is not a number",
        "--type age=categorical",
    ] {
        assert!(error.contains(said), "{error}");
    }
    let found = json(folder.path(), &[&compare[..], &["stage"]].concat());
    assert_eq!(found["variables"][0]["type"], "categorical", "{found}");
}

#[test]
fn a_test_that_is_not_defined_is_null_with_a_warning() {
    let folder = folder("arm,x,y\na,1,k\na,1,k\nb,1,k\nb,1,k\n");
    let arguments = [
        "compare",
        "table.csv",
        "--group",
        "arm",
        "--type",
        "x=continuous",
    ];
    let found = json(folder.path(), &arguments);
    let [x, y] = found["variables"].as_array().unwrap().as_slice() else {
        panic!("{found}");
    };
    assert_eq!(x["chosen"], "mann_whitney");
    assert!(x["tests"]["mann_whitney"].is_null());
    assert!(y["tests"]["chi_square"].is_null());
    let warnings = found["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 2);
    assert_eq!(warnings[0]["code"], "test_not_defined");
    let text = warnings[0]["text"].as_str().unwrap();
    assert!(text.starts_with("x: mann_whitney has no result"), "{text}");
}
