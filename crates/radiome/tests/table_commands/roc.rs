//! `radiome roc`.

use serde_json::Value;

use super::{Agreement, folder, json, number, read_json, reference, refused, run, run_with};

const TABLE: &str = "08_discrimination/roc_109.csv";
const SECOND: &str = "08_discrimination/roc_109_second_sample.csv";
const EXPECTED: &str = "08_discrimination/roc_109_expected.json";
const SCORES: &str = "p_model1,p_model2,score_raw,score_ties,score_3level,score_inverse,score_null";
/// Closed forms: 1e-9, as the reference set advises.
const TOLERANCE: f64 = 1e-9;

/// Everything that follows from a four-fold table; `interval` names the reference's interval.
fn check_decisions(
    agreement: &mut Agreement,
    place: &str,
    found: &Value,
    r: &Value,
    interval: &str,
) {
    let mut same = |key: &str, found: &Value, expected: &Value| {
        agreement.check(&format!("{place} {key}"), found, expected, TOLERANCE);
    };
    for key in ["tp", "fp", "fn", "tn"] {
        same(key, &found["confusion"][key], &r[key]);
    }
    for (ours, theirs) in [
        ("sensitivity", "sen"),
        ("specificity", "spe"),
        ("ppv", "ppv"),
        ("npv", "npv"),
        ("accuracy", "acc"),
    ] {
        let (found, r) = (&found[ours], &r[theirs]);
        same(ours, &found["count"], &r["x"]);
        same(ours, &found["total"], &r["n"]);
        same(ours, &found["estimate"], &r["est"]);
        if r["est"].is_null() {
            assert!(found["ci"].is_null(), "{place} {ours}");
            continue;
        }
        for limit in [0, 1] {
            same(ours, &found["ci"][limit], &r[interval][limit]);
        }
    }
    for (ours, theirs) in [
        ("f1", "f1"),
        ("youden", "youden"),
        ("balanced_accuracy", "balanced_accuracy"),
        ("kappa", "kappa"),
        ("mcc", "mcc"),
        ("lr_positive", "lr_pos"),
        ("lr_negative", "lr_neg"),
        ("diagnostic_odds_ratio", "dor"),
    ] {
        // What cancels to 0 does so to rounding: the check takes 0 to within the tolerance.
        let expected = &r[theirs];
        if number(expected).abs() < 1e-12 {
            assert!(number(&found[ours]).abs() < 1e-12, "{place} {ours}");
        } else {
            same(ours, &found[ours], expected);
        }
    }
}

fn curves(found: &Value) -> &[Value] {
    found["curves"].as_array().unwrap()
}

#[test]
fn curves_areas_and_cut_offs_agree_with_proc() {
    let Some(folder) = reference() else { return };
    let expected = read_json(&folder.join(EXPECTED));
    let base = ["roc", TABLE, "--outcome", "y", "--scores", SCORES];
    let with = |more: &[&str]| {
        let all: Vec<&str> = base.iter().chain(more).copied().collect();
        json(&folder, &all)
    };
    let mut agreement = Agreement::default();
    for (more, key, interval) in [
        (&[][..], "best_youden", "clopper_pearson"),
        (
            &["--threshold", "closest_topleft", "--interval", "wilson"],
            "best_closest_topleft",
            "wilson",
        ),
        (
            &["--threshold", "0.5", "--interval", "wald"],
            "at_half",
            "wald",
        ),
    ] {
        let found = with(more);
        for curve in curves(&found) {
            let name = curve["score"].as_str().unwrap();
            let r = &expected["roc"][name][key];
            let place = format!("{name} {key}");
            if key == "at_half" {
                check_decisions(&mut agreement, &place, curve, r, interval);
                continue;
            }
            check_decisions(&mut agreement, &place, curve, &r["first"], interval);
            let threshold = &r["first"]["threshold"];
            agreement.check(&place, &curve["threshold"], threshold, TOLERANCE);
            let tied = r["all_tied_thresholds"].as_array().unwrap();
            assert_eq!(
                curve["tied_thresholds"].as_array().unwrap().len(),
                tied.len()
            );
            for (k, tied) in tied.iter().enumerate() {
                agreement.check(&place, &curve["tied_thresholds"][k], tied, TOLERANCE);
            }
        }
    }
    let (found, logit) = (with(&[]), with(&["--ci", "logit"]));
    assert_eq!(
        curves(&found).len(),
        expected["roc"].as_object().unwrap().len()
    );
    for (curve, logit) in curves(&found).iter().zip(curves(&logit)) {
        let name = curve["score"].as_str().unwrap();
        let r = &expected["roc"][name];
        let mut same = |found: &Value, expected: &Value| {
            agreement.check(name, found, expected, TOLERANCE);
        };
        same(&curve["n_positive"], &r["n"]["cases"]);
        same(&curve["n_negative"], &r["n"]["controls"]);
        same(&curve["auc"], &r["auc"]);
        same(&curve["se"], &r["delong_se"]);
        same(&curve["z"], &r["z_vs_half"]);
        same(&curve["p_value"], &r["p_vs_half_delong"]);
        same(&curve["se_hanley_mcneil"], &r["hanley_mcneil_se"]);
        for limit in [0, 1] {
            same(&curve["ci"][limit], &r["delong_ci"][limit]);
            same(&logit["ci"][limit], &r["logit_ci"][limit]);
        }
        let points = curve["points"].as_array().unwrap();
        let thresholds = r["curve"]["threshold"].as_array().unwrap();
        assert_eq!(points.len(), thresholds.len());
        for (k, point) in points.iter().enumerate() {
            for key in ["threshold", "sensitivity", "specificity"] {
                same(&point[key], &r["curve"][key][k]);
            }
        }
    }
    // The side of the medians, as pROC takes it when nothing is said.
    for curve in curves(&with(&["--direction", "auto"])) {
        let name = curve["score"].as_str().unwrap();
        let r = &expected["roc"][name]["auto"];
        agreement.check(name, &curve["auc"], &r["auc"], TOLERANCE);
        let sign = if curve["direction"] == "higher" {
            "<"
        } else {
            ">"
        };
        assert_eq!(r["direction"], sign, "{name}");
    }
    for (range, axis, key) in [
        ("0.8:1", "specificity", "spec_1_to_0.8"),
        ("0.6:0.9", "specificity", "spec_0.9_to_0.6"),
        ("0.9:1", "sensitivity", "sens_1_to_0.9"),
    ] {
        for curve in curves(&with(&["--partial", range, "--partial-axis", axis])) {
            let name = curve["score"].as_str().unwrap();
            let r = &expected["roc"][name]["partial_auc"];
            let found = &curve["partial_auc"];
            agreement.check(name, &found["auc"], &r[key], TOLERANCE);
            if let Some(corrected) = r.get(format!("{key}_corrected")) {
                agreement.check(name, &found["corrected"], corrected, TOLERANCE);
            }
        }
    }
    agreement.report("roc: curves");
}

#[test]
fn pairs_agree_with_proc_and_hmisc() {
    let Some(folder) = reference() else { return };
    let expected = read_json(&folder.join(EXPECTED));
    let mut agreement = Agreement::default();
    let mut same = |place: &str, found: &Value, expected: &Value| {
        agreement.check(place, found, expected, TOLERANCE);
    };
    for (pair, r) in expected["delong_paired"].as_object().unwrap() {
        let scores = pair.replace("_vs_", ",");
        let base = [
            "roc",
            TABLE,
            "--outcome",
            "y",
            "--threshold",
            "0.5",
            "--scores",
        ];
        let all: Vec<&str> = base.iter().copied().chain([scores.as_str()]).collect();
        let found = json(&folder, &all);
        let test = &found["delong"][0];
        same(pair, &test["z"], &r["statistic"]);
        same(pair, &test["p_value"], &r["p_value"]);
        same(pair, &test["covariance"], &r["cov"]);
        same(pair, &test["auc_a"], &r["auc1"]);
        same(pair, &test["auc_b"], &r["auc2"]);
        for limit in [0, 1] {
            same(pair, &test["ci"][limit], &r["conf_int"][limit]);
        }
        let r = &expected["mcnemar_at_half"][pair];
        for side in ["sensitivity", "specificity"] {
            let (found, r) = (&found["mcnemar"][0][side], &r[side]);
            same(pair, &found["a_alone"], &r["b"]);
            same(pair, &found["b_alone"], &r["c"]);
            same(pair, &found["p_value"], &r["exact_p"]);
            same(pair, &found["chi_square"], &r["chi2_nocc"]);
            same(pair, &found["chi_square_corrected"], &r["chi2_cc"]);
        }
    }
    for (pair, r) in expected["reclassification"].as_object().unwrap() {
        let scores = pair.replace("_to_", ",");
        for (cuts, key) in [("0.3,0.6", "two_cuts"), ("0.5", "one_cut")] {
            let all = [
                "roc",
                TABLE,
                "--outcome",
                "y",
                "--cuts",
                cuts,
                "--scores",
                &scores,
            ];
            let found = json(&folder, &all);
            let found = &found["reclassification"][0];
            assert_eq!(
                format!("{}_to_{}", text(found, "from"), text(found, "to")),
                *pair
            );
            let (idi, of_r) = (&found["idi"], &r["idi"]);
            same("idi", &idi["estimate"], &of_r["idi"]);
            same("idi", &idi["se"], &of_r["se"]);
            same("idi", &idi["z"], &of_r["z"]);
            same("idi", &idi["p_value"], &of_r["p"]);
            let nri = &found["nri_continuous"];
            let of_r = &r["continuous_nri"];
            same("nri", &nri["estimate"], &of_r["nri"]);
            same("nri", &nri["se"], &of_r["se"]);
            same("nri", &nri["z"], &of_r["z"]);
            same("nri", &nri["p_value"], &of_r["p"]);
            same("nri", &nri["positive"]["estimate"], &of_r["nri_events"]);
            same("nri", &nri["negative"]["estimate"], &of_r["nri_nonevents"]);
            let nri = &found["nri_categorical"];
            let of_r = &r["categorical_nri"][key];
            same("cuts", &nri["estimate"], &of_r["nri"]);
            same("cuts", &nri["se"], &of_r["se"]);
            same("cuts", &nri["z"], &of_r["z"]);
            same("cuts", &nri["p_value"], &of_r["p"]);
            same("cuts", &nri["se_null"], &of_r["se_pencina_null"]);
            same("cuts", &nri["z_null"], &of_r["z_pencina_null"]);
            same("cuts", &nri["p_value_null"], &of_r["p_pencina_null"]);
            same("cuts", &nri["ci"][0], &of_r["ci"][0]);
            same("cuts", &nri["ci"][1], &of_r["ci"][1]);
            assert_eq!(nri["table_positive"], of_r["table_events"]["rows"]);
            assert_eq!(nri["table_negative"], of_r["table_nonevents"]["rows"]);
        }
    }
    agreement.report("roc: pairs");
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap()
}

#[test]
fn a_second_table_agrees_with_proc() {
    let Some(folder) = reference() else { return };
    let expected = read_json(&folder.join(EXPECTED));
    let scores = "p_model1,p_model2,score_ties";
    let found = json(
        &folder,
        &[
            "roc",
            TABLE,
            "--outcome",
            "y",
            "--scores",
            scores,
            "--second",
            SECOND,
        ],
    );
    let mut agreement = Agreement::default();
    let second = &found["second"];
    for (k, name) in scores.split(',').enumerate() {
        let (test, r) = (&second["delong"][k], &expected["delong_unpaired"][name]);
        let mut same = |found: &Value, expected: &Value| {
            agreement.check(name, found, expected, TOLERANCE);
        };
        assert_eq!(test["score"], name);
        same(&test["statistic"], &r["statistic"]);
        same(&test["df"], &r["df"]);
        same(&test["p_value"], &r["p_value"]);
        same(&test["z"], &r["normal_z"]);
        same(&test["p_value_normal"], &r["normal_p"]);
        same(&test["auc_first"], &r["auc1"]);
        same(&test["auc_second"], &r["auc2"]);
        let (curve, r) = (&second["curves"][k], &expected["threshold_transfer"][name]);
        same(&curve["threshold"], &r["threshold_from_first_sample"]);
        check_decisions(&mut agreement, name, curve, r, "clopper_pearson");
    }
    agreement.report("roc: a second table");
}

#[test]
fn the_bootstrap_depends_on_its_seed_alone() {
    let Some(folder) = reference() else { return };
    let with = |more: &[&str]| {
        let base = [
            "roc",
            TABLE,
            "--outcome",
            "y",
            "--ci",
            "bootstrap",
            "--json",
        ];
        let all: Vec<&str> = base.iter().chain(more).copied().collect();
        run(&folder, &all)
    };
    let scores = ["--scores", "p_model2,p_model1"];
    let first = with(&scores);
    let both = [&scores[..], &["--seed", "1", "--jobs", "1"]].concat();
    assert_eq!(first, with(&both));
    let other = [&scores[..], &["--seed", "2"]].concat();
    assert_ne!(first, with(&other));
    let of = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    // The resamples of a score do not depend on what else is asked for.
    let alone = of(&with(&["--scores", "p_model1"]));
    let first = of(&first);
    assert_eq!(first["curves"][1], alone["curves"][0]);
    // Drawn limits (2000 resamples): pROC's with 100 000, within 4 standard errors of 0.003.
    let ci = &alone["curves"][0]["ci"];
    assert!((number(&ci[0]) - 0.6854).abs() < 0.012, "{ci}");
    assert!((number(&ci[1]) - 0.8597).abs() < 0.012, "{ci}");
}

/// Two readings of eight patients; the score falls with the outcome, the risk rises.
const SMALL: &str = "ID;site;grade;score;risk;word
1;a;low;9;0.1;x
2;a;low;8;0.2;x
3;a;high;3;0.7;x
4;a;high;2;0.4;x
5;b;low;7;0.3;x
6;b;high;6;0.6;x
7;b;low;5;0.5;x
8;b;high;1;;x
";

#[test]
fn classes_directions_and_missing_cells() {
    let folder = folder(SMALL);
    let with = |more: &[&str]| {
        let base = ["roc", "table.csv", "--outcome", "GRADE", "--scores"];
        let all: Vec<&str> = base.iter().chain(more).copied().collect();
        json(folder.path(), &all)
    };
    let codes = |found: &Value| -> Vec<String> {
        let warnings = found["warnings"].as_array().unwrap();
        warnings
            .iter()
            .map(|w| text(w, "code").to_owned())
            .collect()
    };
    // Of two words the later one is positive: "low". Every low grade has a higher score but one pair.
    let found = with(&["score"]);
    assert_eq!(found["positive"], "low");
    assert_eq!(found["curves"][0]["auc"], 15.0 / 16.0);
    assert!(codes(&found).is_empty());
    let found = with(&["score", "--positive", "high"]);
    assert_eq!(found["curves"][0]["auc"], 1.0 / 16.0);
    assert_eq!(codes(&found), ["no_cut_off", "area_below_half"]);
    let found = with(&["score", "--positive", "high", "--direction", "lower"]);
    let curve = &found["curves"][0];
    assert_eq!(
        (&curve["auc"], &curve["direction"]),
        (&(15.0 / 16.0).into(), &"lower".into())
    );
    // Positive at or below 6.5 (the four of high grade and one of low) or 4 (three and none).
    assert_eq!(curve["threshold"], 6.5);
    assert_eq!(curve["points"][0]["threshold"], "Inf");
    assert_eq!(curve["tied_thresholds"], serde_json::json!([6.5, 4.0]));
    // Rows with a missing cell are left out of every score.
    let found = with(&["score,risk", "--positive", "high"]);
    assert_eq!(
        codes(&found),
        ["missing_values", "no_cut_off", "area_below_half"]
    );
    assert_eq!(found["curves"][0]["n_positive"], 3);
    assert_eq!(found["curves"][1]["auc"], 11.0 / 12.0);
    assert!(found["reclassification"].as_array().unwrap().is_empty());
    // A given cut-off may be negative, and --by parts the rows.
    let found = with(&["score", "--threshold", "-1", "--by", "site"]);
    assert_eq!(found["groups"]["a"]["curves"][0]["confusion"]["fp"], 2);
    assert_eq!(codes(&found), ["separation"]);
}

#[test]
fn scores_that_say_nothing_or_everything() {
    let folder = folder("y,same,both,one\n0,1,1,1\n0,1,2,2\n1,1,3,3\n1,1,4,4\n");
    let found = json(
        folder.path(),
        &[
            "roc",
            "table.csv",
            "--outcome",
            "y",
            "--scores",
            "same,both",
            "--ci",
            "logit",
        ],
    );
    let (same, both) = (&found["curves"][0], &found["curves"][1]);
    assert_eq!(
        (&same["auc"], &same["threshold"]),
        (&0.5.into(), &"-Inf".into())
    );
    assert_eq!(both["auc"], 1.0);
    assert!(both["ci"][0].is_null(), "an area of 1 has no log odds");
    let warnings = found["warnings"].as_array().unwrap();
    let codes: Vec<&str> = warnings.iter().map(|w| text(w, "code")).collect();
    assert_eq!(codes, ["no_cut_off", "constant_feature", "separation"]);
    // One row of a class: an area without an error.
    std::fs::write(
        folder.path().join("few.csv"),
        "y,a,b\n0,1,2\n0,2,1\n1,3,3\n",
    )
    .unwrap();
    let arguments = ["roc", "few.csv", "--outcome", "y", "--scores", "a,b"];
    let found = json(folder.path(), &arguments);
    assert_eq!(found["curves"][0]["auc"], 1.0);
    assert!(found["curves"][0]["se"].is_null());
    assert!(found["delong"].as_array().unwrap().is_empty());
}

#[test]
fn tables_on_the_screen_and_in_a_file() {
    let folder = folder(SMALL);
    std::fs::copy(
        folder.path().join("table.csv"),
        folder.path().join("other.csv"),
    )
    .unwrap();
    let arguments = [
        "roc",
        "table.csv",
        "--outcome",
        "grade",
        "--positive",
        "high",
        "--scores",
        "score,risk",
        "--direction",
        "auto",
        "--second",
        "other.csv",
        "--partial",
        "0.5:1",
        "--out",
        "roc.csv",
    ];
    let (status, out, err) = run_with(folder.path(), &arguments, "");
    assert_eq!(status, 0, "{err}");
    let start = "score  n+  n-";
    assert!(out.starts_with(start), "{out}");
    for said in [
        "\nAreas compared (DeLong)\n",
        "\nDecisions at the cut-offs compared (McNemar, exact)\n",
        "\nother.csv, with the cut-offs of the first table\n",
        "\nAreas of the two tables compared (DeLong, unpaired)\n",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
    assert!(
        err.contains("low values are taken to mean positive"),
        "{err}"
    );
    let csv = std::fs::read_to_string(folder.path().join("roc.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 4);
    assert!(
        lines[0].starts_with("table,score,direction,n_positive"),
        "{csv}"
    );
    assert!(
        lines[0].ends_with("accuracy_upper,partial_auc,partial_auc_corrected"),
        "{csv}"
    );
    assert!(lines[1].starts_with("table.csv,score,lower,3,4,"), "{csv}");
    assert!(lines[4].starts_with("other.csv,risk,higher,3,4,"), "{csv}");
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder(
        "y,three,one,p,inf,word\n0,0,1,0.1,1,a\n1,1,1,0.2,2,b\n0,2,1,0.3,Inf,c\n1,1,1,0.4,4,d\n",
    );
    for (arguments, said) in [
        (
            &["--outcome", "three", "--scores", "p"][..],
            "column \"three\" has 3 values (\"0\", \"1\", \"2\") where an outcome has two",
        ),
        (
            &["--outcome", "one", "--scores", "p"],
            "column \"one\" has one class only: \"1\"",
        ),
        (
            &["--outcome", "z", "--scores", "p"],
            "table.csv has no column \"z\"",
        ),
        (
            &["--outcome", "y", "--scores", "q"],
            "table.csv has no column \"q\"",
        ),
        (
            &["--outcome", "y", "--scores", "y"],
            "no score is left besides the outcome \"y\"",
        ),
        (
            &["--outcome", "y", "--scores", "word"],
            "table.csv, row 2, column \"word\": \"a\" is not a number",
        ),
        (
            &["--outcome", "y", "--scores", "inf"],
            "table.csv, row 4, column \"inf\": \"Inf\" is not finite",
        ),
        (
            &["--outcome", "y", "--positive", "2", "--scores", "p"],
            "column \"y\" has no class \"2\"",
        ),
        (&["--outcome", "y"], "--scores"),
        (
            &["--outcome", "y", "--scores", "p", "--cuts", "0.6,0.3"],
            "--cuts must rise",
        ),
        (
            &["--outcome", "y", "--scores", "p", "--cuts", "0,0.3"],
            "--cuts must rise",
        ),
        (
            &["--outcome", "y", "--scores", "p", "--partial", "0.9:0.2"],
            "write it as in 0.8:1",
        ),
        (
            &["--outcome", "y", "--scores", "p", "--partial", "0.9"],
            "write it as in 0.8:1",
        ),
        (
            &["--outcome", "y", "--scores", "p", "--threshold", "best"],
            "it is youden, closest_topleft, or a number",
        ),
        (
            &["--outcome", "y", "--scores", "p", "--conf-level", "95"],
            "between 0 and 1",
        ),
        (
            &["--outcome", "y", "--scores", "p", "--ci", "wald"],
            "delong",
        ),
        (
            &["--outcome", "y", "--scores", "p", "--second", "absent.csv"],
            "cannot read the table absent.csv",
        ),
        (
            &[
                "--outcome",
                "y",
                "--scores",
                "p",
                "--second",
                "table.csv",
                "--by",
                "one",
            ],
            "--by",
        ),
        (
            &[
                "--outcome",
                "y",
                "--scores",
                "p",
                "--ci",
                "bootstrap",
                "--resamples",
                "0",
            ],
            "--resamples",
        ),
    ] {
        let all: Vec<&str> = ["roc", "table.csv"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let error = refused(folder.path(), &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
