//! `radiome calibration`.

use serde_json::Value;

use super::{Agreement, folder, json, number, read_json, reference, refused, run, run_with};

/// Closed forms: 1e-9, as the reference set advises.
const CLOSED: f64 = 1e-9;
/// Newton models and loess: 1e-8, as the reference set advises.
const NEWTON: f64 = 1e-8;
/// glm takes standard errors from the last step but one: good to about 2e-8.
const STANDARD_ERROR: f64 = 1e-7;

/// val.prob's own fit stops once -2 log L changes by less than 0.025, a Newton step before the end:
/// its intercept and slope are good to some 1e-7. (Those of glm are compared to [`NEWTON`].)
const VAL_PROB: f64 = 1e-6;

const PROBS: [&str; 3] = ["p_good", "p_over", "p_ties"];

fn models(folder: &std::path::Path, set: &str, more: &[&str]) -> Vec<Value> {
    let table = format!("09_calibration/{set}.csv");
    let probs = PROBS.join(",");
    let base = ["calibration", &table, "--outcome", "y", "--probs", &probs];
    let all: Vec<&str> = base.iter().chain(more).copied().collect();
    json(folder, &all)["models"].as_array().unwrap().clone()
}

fn check_groups(agreement: &mut Agreement, place: &str, found: &Value, r: &Value) {
    let groups = found["groups"].as_array().unwrap();
    assert_eq!(groups.len(), r["n"].as_array().unwrap().len(), "{place}");
    for (k, group) in groups.iter().enumerate() {
        for (ours, theirs) in [
            ("n", "n"),
            ("observed", "observed_events"),
            ("expected", "expected_events"),
        ] {
            agreement.check(place, &group[ours], &r[theirs][k], CLOSED);
        }
    }
    agreement.check(place, &found["chi_square"], &r["chi2"], CLOSED);
    agreement.check(place, &found["df"], &r["df"], CLOSED);
    // The reference takes 1 - pchisq, which is good to 1e-16 of 1.
    let (p, of_r) = (number(&found["p_value"]), number(&r["p_value"]));
    assert!(
        (p - of_r).abs() < CLOSED * of_r + 1e-15,
        "{place}: {p} {of_r}"
    );
}

#[test]
fn the_figures_agree_with_rms_and_resource_selection() {
    let Some(folder) = reference() else { return };
    let mut agreement = Agreement::default();
    for set in ["calibration_109", "calibration_71"] {
        let expected = read_json(&folder.join(format!("09_calibration/{set}_expected.json")));
        let of_ten = models(&folder, set, &[]);
        let of_five = models(&folder, set, &["--groups", "5", "--df", "g"]);
        let equal = models(&folder, set, &["--grouping", "equal-count"]);
        for (k, name) in PROBS.iter().enumerate() {
            let (found, e) = (&of_ten[k], &expected["calibration"][name]);
            assert_eq!(found["name"], *name);
            let place = format!("{set} {name}");
            let test = &found["hosmer_lemeshow"];
            check_groups(&mut agreement, &place, test, &e["hosmer_lemeshow"]);
            let test = &equal[k]["hosmer_lemeshow"];
            check_groups(
                &mut agreement,
                &place,
                test,
                &e["hosmer_lemeshow_equal_count"],
            );
            let (test, r) = (&of_five[k]["hosmer_lemeshow"], &e["hosmer_lemeshow_g5"]);
            agreement.check(&place, &test["chi_square"], &r["chi2"], CLOSED);
            agreement.check(&place, &test["df"], &r["external_df_G"], CLOSED);
            let p = &r["external_p_value_df_G"];
            agreement.check(&place, &test["p_value"], p, CLOSED);
            let mut same = |key: &str, expected: &Value, tolerance: f64| {
                let place = format!("{place} {key}");
                agreement.check(&place, &found[key], expected, tolerance);
            };
            let r = &e["recalibration"];
            same("intercept", &r["intercept"], NEWTON);
            same("slope", &r["slope"], NEWTON);
            same("intercept_se", &r["intercept_se"], STANDARD_ERROR);
            same("slope_se", &r["slope_se"], STANDARD_ERROR);
            let large = &r["calibration_in_the_large"];
            same("calibration_in_the_large", large, NEWTON);
            let large = &r["calibration_in_the_large_se"];
            same("calibration_in_the_large_se", large, STANDARD_ERROR);
            for key in ["brier", "brier_scaled", "spiegelhalter_z", "log_loss"] {
                same(key, &e[key], CLOSED);
            }
            same("spiegelhalter_p_value", &e["spiegelhalter_p"], CLOSED);
            same("observed_over_expected", &e["oe_ratio"], CLOSED);
            let r = &e["rms_val_prob"];
            for (ours, theirs) in [
                ("c_statistic", "C (ROC)"),
                ("dxy", "Dxy"),
                ("r2", "R2"),
                ("d", "D"),
                ("d_chi_square", "D:Chi-sq"),
                ("brier", "Brier"),
                ("e_max", "Emax"),
                ("e90", "E90"),
                ("e_avg", "Eavg"),
                ("spiegelhalter_z", "S:z"),
                ("spiegelhalter_p_value", "S:p"),
            ] {
                same(ours, &r[theirs], CLOSED);
            }
            same("intercept", &r["Intercept"], VAL_PROB);
            same("slope", &r["Slope"], VAL_PROB);
            // These hold the likelihood of that fit, which is flat where it stops.
            for (ours, theirs) in [
                ("u", "U"),
                ("u_chi_square", "U:Chi-sq"),
                ("u_p_value", "U:p"),
                ("q", "Q"),
            ] {
                same(ours, &r[theirs], NEWTON);
            }
            let curve = found["curve"].as_array().unwrap();
            let r = &e["lowess_iter0_f2_3"];
            for (k, point) in curve.iter().enumerate() {
                agreement.check(&place, &point["predicted"], &r["x"][k], CLOSED);
                agreement.check(&place, &point["observed"], &r["y"][k], CLOSED);
            }
            let (lower, upper) = (&found["slope_ci"][0], &found["slope_ci"][1]);
            let r = &e["recalibration"]["slope_wald_ci"];
            agreement.check(&place, lower, &r[0], STANDARD_ERROR);
            agreement.check(&place, upper, &r[1], STANDARD_ERROR);
        }
    }
    agreement.report("calibration");
}

#[test]
fn loess_agrees_with_r() {
    let Some(folder) = reference() else { return };
    let mut agreement = Agreement::default();
    for set in ["calibration_109", "calibration_71"] {
        let expected = read_json(&folder.join(format!("09_calibration/{set}_expected.json")));
        for (smoother, key) in [
            ("loess", "loess_interpolate_default"),
            ("loess-direct", "loess_direct_at_p"),
        ] {
            let found = models(&folder, set, &["--smoother", smoother]);
            for (found, name) in found.iter().zip(PROBS) {
                let r = &expected["calibration"][name][key];
                for (ours, theirs) in [
                    ("e_avg", "ici"),
                    ("e50", "e50"),
                    ("e90", "e90"),
                    ("e_max", "emax"),
                ] {
                    let place = format!("{set} {name} {key} {ours}");
                    agreement.check(&place, &found[ours], &r[theirs], NEWTON);
                }
            }
        }
    }
    agreement.report("calibration by loess");
}

#[test]
fn optimism_agrees_with_r_on_given_resamples() {
    let Some(folder) = reference() else { return };
    let expected = read_json(&folder.join("09_calibration/calibration_109_expected.json"));
    let r = &expected["bootstrap_given_indices"];
    let base = [
        "calibration",
        "09_calibration/calibration_109.csv",
        "--outcome",
        "y",
        "--resamples",
        "09_calibration/calibration_109_boot_indices_1based.csv",
    ];
    let with = |more: &[&str]| {
        let all: Vec<&str> = base.iter().chain(more).copied().collect();
        json(&folder, &all)
    };
    let found = with(&["--vars", "radscore,tstage,margin"]);
    let found = &found["optimism"];
    assert_eq!(
        found["terms"],
        serde_json::json!(["radscore", "tstage", "margin"])
    );
    assert_eq!(
        (&found["resamples"], &found["used"]),
        (&60.into(), &60.into())
    );
    let mut agreement = Agreement::default();
    for part in ["apparent", "optimism", "corrected"] {
        for key in ["auc", "dxy", "brier", "intercept", "slope"] {
            let place = format!("{part} {key}");
            agreement.check(&place, &found[part][key], &r[part][key], NEWTON);
        }
    }
    for (part, key) in [
        ("training", "train_per_resample"),
        ("test", "test_per_resample"),
    ] {
        for (b, values) in r[key]["rows"].as_array().unwrap().iter().enumerate() {
            let found = &found["per_resample"][b][part];
            for (k, name) in r["columns"].as_array().unwrap().iter().enumerate() {
                let name = name.as_str().unwrap();
                agreement.check(
                    &format!("{part} {b} {name}"),
                    &found[name],
                    &values[k],
                    NEWTON,
                );
            }
        }
    }
    agreement.report("optimism");
    // Probabilities that stay as they are have intervals instead.
    let found = with(&["--probs", "p_good"]);
    assert!(found.get("optimism").is_none());
    let model = &found["models"][0];
    for key in ["c_statistic", "slope", "brier", "calibration_in_the_large"] {
        let (value, ci) = (number(&model[key]), &model["resampled"][key]["ci"]);
        assert!(
            number(&ci[0]) < value && value < number(&ci[1]),
            "{key}: {value} {ci}"
        );
        assert_eq!(model["resampled"][key]["n"], 60);
    }
}

#[test]
fn predictions_without_a_calibration_are_told() {
    let folder = folder(
        "y,parted,same,certain,near\n0,0.1,0.5,0,0.2\n0,0.2,0.5,0.3,0.6\n0,0.3,0.5,0.4,0.1\n\
         1,0.7,0.5,0.6,0.9\n1,0.8,0.5,1,0.5\n1,0.9,0.5,0.2,0.8\n",
    );
    let arguments = [
        "calibration",
        "table.csv",
        "--outcome",
        "y",
        "--probs",
        "same,near,parted,certain",
        "--groups",
        "3",
    ];
    let found = json(folder.path(), &arguments);
    let warnings = found["warnings"].as_array().unwrap();
    let texts: Vec<&str> = warnings
        .iter()
        .map(|w| w["text"].as_str().unwrap())
        .collect();
    let said = [
        "same has no Hosmer-Lemeshow test",
        "same has no calibration intercept or slope: all probabilities are equal",
        "parted has no calibration intercept or slope: the probabilities part the classes",
        "certain has no calibration intercept or slope: a probability is exactly 0 or 1",
    ];
    assert_eq!(texts.len(), said.len(), "{texts:?}");
    for (text, said) in texts.iter().zip(said) {
        assert!(text.contains(said), "{text}");
    }
    let models = found["models"].as_array().unwrap();
    assert!(models[0]["hosmer_lemeshow"].is_null() && models[0]["slope"].is_null());
    assert_eq!(models[0]["brier"], 0.25);
    assert!(number(&models[1]["slope"]) > 0.0);
    assert_eq!(models[2]["c_statistic"], 1.0);
    // The constant prediction of the prevalence is calibrated in the large.
    assert!(number(&models[0]["calibration_in_the_large"]).abs() < 1e-12);
}

#[test]
fn tables_on_the_screen_and_in_a_file() {
    let folder =
        folder("id,y,p,x\n1,0,0.1,3\n2,1,0.4,5\n3,0,0.6,1\n4,1,0.8,4\n5,0,0.3,\n6,1,0.7,2\n");
    let arguments = [
        "calibration",
        "table.csv",
        "--outcome",
        "y",
        "--probs",
        "p",
        "--groups",
        "3",
        "--out",
        "out.csv",
    ];
    let text = run(folder.path(), &arguments);
    assert!(
        text.starts_with("model     HL       P  intercept"),
        "{text}"
    );
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert!(
        csv.starts_with("model,hosmer_lemeshow,df,p_value,intercept,slope,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 2);
    let rows = "a,b,c,d,e,f\n1,2,3,4,5,6\n1,1,3,4,6,6\n2,2,3,3,5,6\n";
    std::fs::write(folder.path().join("rows.csv"), rows).unwrap();
    let arguments = [
        "calibration",
        "table.csv",
        "--outcome",
        "y",
        "--vars",
        "p",
        "--resamples",
        "rows.csv",
    ];
    let text = run(folder.path(), &arguments);
    assert!(text.starts_with("measure    apparent"), "{text}");
    assert_eq!(text.lines().count(), 6);
    // A row with a missing value moves the numbers of the rows.
    let arguments = [
        "calibration",
        "table.csv",
        "--outcome",
        "y",
        "--vars",
        "x",
        "--resamples",
        "rows.csv",
    ];
    let error = refused(folder.path(), &arguments);
    assert!(error.contains("1 rows have a missing value"), "{error}");
    let arguments = [
        "calibration",
        "table.csv",
        "--outcome",
        "y",
        "--probs",
        "p,x",
    ];
    let (status, _, err) = run_with(folder.path(), &arguments, "");
    assert_eq!(status, 2);
    assert!(
        err.contains("row 2, column \"x\": \"3\" is no probability"),
        "{err}"
    );
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder =
        folder("y,three,one,p,over\n0,0,1,0.1,0.2\n1,1,1,0.2,1.2\n0,2,1,0.3,0.4\n1,1,1,0.4,0.5\n");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
    };
    write("far.csv", "a,b,c,d\n1,2,3,4\n1,2,3,5\n");
    write("zero.csv", "a,b,c,d\n0,2,3,4\n");
    write("none.csv", "a,b,c,d\n");
    for (arguments, said) in [
        (
            &["--outcome", "y", "--probs", "over"][..],
            "table.csv, row 3, column \"over\": \"1.2\" is no probability, which lies between 0 and 1",
        ),
        (&["--outcome", "three", "--probs", "p"], "has 3 values"),
        (
            &["--outcome", "one", "--probs", "p"],
            "has one class only: \"1\"",
        ),
        (
            &["--outcome", "y", "--probs", "q"],
            "table.csv has no column \"q\"",
        ),
        (
            &["--outcome", "z", "--probs", "p"],
            "table.csv has no column \"z\"",
        ),
        (&["--outcome", "y"], "--probs"),
        (
            &["--outcome", "y", "--probs", "p", "--groups", "2"],
            "--groups 2",
        ),
        (&["--outcome", "y", "--probs", "p", "--df", "g-1"], "g-2"),
        (
            &["--outcome", "y", "--probs", "p", "--vars", "over"],
            "there is no --resamples",
        ),
        (
            &["--outcome", "y", "--probs", "p", "--resamples", "far.csv"],
            "far.csv, row 3: 5 is drawn, but table.csv has 4 rows",
        ),
        (
            &["--outcome", "y", "--probs", "p", "--resamples", "zero.csv"],
            "zero.csv, row 2, column \"a\": \"0\" is no number of a row",
        ),
        (
            &["--outcome", "y", "--probs", "p", "--resamples", "none.csv"],
            "none.csv lists no resample",
        ),
    ] {
        let all: Vec<&str> = ["calibration", "table.csv"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let error = refused(folder.path(), &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
