//! The study files of `examples/as_published` on a two-centre cohort of feature tables whose every
//! intermediate value was computed in R (`stats/12_end_to_end` of the reference data, both ways of
//! harmonising), from the run folder that a user gets.

use std::path::{Path, PathBuf};
use std::process::Command;

use radiome::table::Table;
use serde_json::Value;

/// Polished LASSO solutions agree to about 1e-9, ComBat with sva's stopping rule to 1e-8 and models
/// fitted by Newton's method to 1e-8; what is computed from them inherits it.
const TOLERANCE: f64 = 1e-7;
/// Standard errors of R's `glm` come from the weights of the iteration before the last, and are off
/// by up to 2e-7: that of `n_stage` is the root of 1/58 + 1/48 + 1/2 + 1 = 1.2401914016, where R
/// has 1.2401911795.
const OF_GLM: f64 = 1e-6;
/// Closed forms of counts and ranks.
const EXACT: f64 = 1e-9;

fn reference() -> Option<PathBuf> {
    let shared = std::env::var_os("RADIOME_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("reference/stats/12_end_to_end");
    if folder.is_dir() {
        return folder.canonicalize().ok();
    }
    println!(
        "skipped: no reference data at {}; set RADIOME_SHARED",
        folder.display()
    );
    None
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// How many numbers were compared, and the largest difference so far.
#[derive(Default)]
struct Agreement {
    compared: usize,
    largest: f64,
}

impl Agreement {
    #[track_caller]
    fn check(&mut self, place: &str, found: f64, expected: f64, tolerance: f64) {
        self.compared += 1;
        // An intercept of 0 is compared with what counts in log-odds.
        let scale = expected.abs().max(1e-2);
        let difference = (found - expected).abs() / scale;
        assert!(
            difference <= tolerance,
            "{place}: {found} against {expected}, relative difference {difference:e}"
        );
        self.largest = self.largest.max(difference);
    }

    #[track_caller]
    fn json(&mut self, place: &str, found: &Value, expected: &Value, tolerance: f64) {
        match expected {
            Value::Array(list) => {
                let ours = found.as_array().map_or(0, Vec::len);
                assert_eq!(ours, list.len(), "{place}: {found}");
                for (number, one) in list.iter().enumerate() {
                    self.json(place, &found[number], one, tolerance);
                }
            }
            Value::Null => assert!(found.is_null(), "{place}: {found} against nothing"),
            expected => {
                let number = |value: &Value| {
                    value
                        .as_f64()
                        .unwrap_or_else(|| panic!("{place}: {value} is no number"))
                };
                self.check(place, number(found), number(expected), tolerance);
            }
        }
    }
}

/// Runs a study of the examples; gives back its results and its folder.
fn run(variant: &str, tables: &Path) -> (Value, tempfile::TempDir) {
    let out = tempfile::tempdir().unwrap();
    let study = format!(
        "{}/../../examples/as_published/{variant}.yaml",
        env!("CARGO_MANIFEST_DIR")
    );
    let done = Command::new(env!("CARGO_BIN_EXE_radiome"))
        .env("TABLES", tables)
        .args(["--quiet", "study", "run", &study, "--out"])
        .arg(out.path())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(0), "{error}");
    (read_json(&out.path().join("results.json")), out)
}

/// Our name of each of the reference's models.
const MODELS: [(&str, &str); 5] = [
    ("clinical", "clinical"),
    ("rs_T1", "rs_t1"),
    ("rs_FST2", "rs_fst2"),
    ("rs_combined", "rs_combined"),
    ("nomogram", "nomogram"),
];

fn check(variant: &str) {
    let Some(tables) = reference() else { return };
    let (results, out) = run(variant, &tables);
    let step = |name: &str| read_json(&tables.join(variant).join(name));
    let mut seen = Agreement::default();
    reliability(&mut seen, &results, &tables);
    signatures(&mut seen, &results, &step("step03_signatures.json"));
    let predictions = Table::read(&out.path().join("predictions.csv")).unwrap();
    let expected = Table::read(&tables.join(variant).join("step06_predictions.csv")).unwrap();
    assert_eq!(
        predictions.cells("id").unwrap(),
        expected.cells("id").unwrap()
    );
    for (ours, theirs) in MODELS {
        for (column, reference) in [
            (format!("{ours}_score"), format!("lp_{theirs}")),
            (format!("{ours}_probability"), format!("p_{theirs}")),
        ] {
            let found = predictions.numbers(&column).unwrap();
            let expected = expected.numbers(&reference).unwrap();
            for (found, expected) in found.into_iter().zip(expected) {
                seen.check(&column, found, expected, TOLERANCE);
            }
        }
    }
    regressions(&mut seen, &results, &step("step05_logistic.json"));
    nomogram(&mut seen, &results, &step("step07_nomogram.json"));
    let discrimination = step("step08_discrimination_calibration.json");
    performance(&mut seen, &results, &discrimination);
    calibration(&mut seen, &results, &discrimination);
    decision_curves(&mut seen, &results, &step("step09_dca.json"));
    survival(&mut seen, &results, &step("step10_survival.json"));
    println!(
        "{variant}: {} numbers, largest relative difference {:.1e}",
        seen.compared, seen.largest
    );
    assert!(seen.compared > 6000, "{}", seen.compared);

    // What such a study may not be taken for is said, and nothing is called resampled.
    let codes: Vec<&str> = results["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|warning| warning["code"].as_str())
        .collect();
    assert!(codes.contains(&"as_published"), "{codes:?}");
    assert_eq!(codes.contains(&"pooled_harmonization"), variant == "pooled");
    assert_eq!(results["study"]["mode"], "as_published");
    for (_, validation) in results["internal_validation"].as_object().unwrap() {
        assert!(validation["cross_validated"].is_null());
        assert!(validation["optimism_corrected"].is_null());
    }
    let report = std::fs::read_to_string(out.path().join("report.html")).unwrap();
    assert!(report.contains("look too good"));
}

fn reliability(seen: &mut Agreement, results: &Value, tables: &Path) {
    let expected = Table::read(&tables.join("step01_icc.csv")).unwrap();
    let features = results["reliability"]["features"].as_array().unwrap();
    assert_eq!(features.len(), expected.len());
    for (row, found) in features.iter().enumerate() {
        let text = |column: &str| expected.cells(column).unwrap()[row].clone();
        let name = text("feature");
        assert_eq!(found["feature"], name);
        assert_eq!(found["kept"], text("keep") == "1", "{name}");
        for comparison in ["intra", "inter"] {
            for (value, column) in [
                (&found["icc"][comparison], format!("{comparison}_icc21")),
                (&found["ci"][comparison][0], format!("{comparison}_lower")),
                (&found["ci"][comparison][1], format!("{comparison}_upper")),
            ] {
                match expected.numbers(&column).unwrap()[row] {
                    missing if missing.is_nan() => assert!(value.is_null(), "{name} {column}"),
                    number => seen.check(&column, value.as_f64().unwrap(), number, EXACT),
                }
            }
        }
    }
}

fn signatures(seen: &mut Agreement, results: &Value, expected: &Value) {
    for (ours, theirs) in [
        ("rs_T1", "T1"),
        ("rs_FST2", "FST2"),
        ("rs_combined", "Combined"),
    ] {
        let (found, expected) = (&results["signatures"][ours], &expected[theirs]);
        let selected = found["selected"].as_array().unwrap();
        let names: Vec<&Value> = selected.iter().map(|one| &one["feature"]).collect();
        let wanted: Vec<&Value> = expected["mrmr_selected"]
            .as_array()
            .unwrap()
            .iter()
            .collect();
        assert_eq!(names, wanted, "{ours}");
        let scores = expected["mrmr_score"].as_array().unwrap();
        for (one, score) in selected.iter().zip(scores) {
            seen.json(ours, &one["score"], score, TOLERANCE);
        }
        seen.json(
            ours,
            &found["path"]["lambda"],
            &expected["lambda"],
            TOLERANCE,
        );
        // The reference's cross-validation holds glmnet's own fits, not polished; its README gives
        // 1e-5. At the small penalties, where a fold's fit is nearly saturated, glmnet stops further
        // away than that, so the comparison ends at a hundredth of the largest penalty.
        let lambda = expected["lambda"].as_array().unwrap();
        let least = lambda[0].as_f64().unwrap() / 100.0;
        let end = lambda.iter().position(|one| one.as_f64().unwrap() < least);
        let end = end.unwrap_or(lambda.len());
        assert!(end > 40, "{ours}");
        for key in ["cvm", "cvsd"] {
            for place in 0..end {
                let reference = &expected[key][place];
                seen.json(ours, &found["path"][key][place], reference, 1e-5);
            }
        }
        seen.json(ours, &found["lambda"], &expected["lambda_min"], TOLERANCE);
        seen.json(
            ours,
            &found["path"]["lambda_1se"],
            &expected["lambda_1se"],
            TOLERANCE,
        );
        seen.json(ours, &found["intercept"], &expected["intercept"], TOLERANCE);
        let coefficients = found["coefficients"].as_object().unwrap();
        let features = expected["nonzero_features"].as_array().unwrap();
        assert_eq!(coefficients.len(), features.len(), "{ours}");
        for (place, feature) in features.iter().enumerate() {
            let name = feature.as_str().unwrap();
            let coefficient = &expected["coef_on_z_scale"][place];
            seen.json(name, &coefficients[name], coefficient, TOLERANCE);
        }
    }
}

/// The terms of a regression against a table of R's `glm`, whose first row is the intercept.
fn terms(seen: &mut Agreement, place: &str, found: &Value, expected: &Value, first: usize) {
    let table = &expected["coefficients"];
    let names = table["term"].as_array().unwrap();
    let found = found.as_array().unwrap();
    assert_eq!(found.len() + 1, names.len(), "{place}");
    for (number, term) in found.iter().enumerate() {
        let row = number + 1;
        let place = format!("{place} {}", names[row]);
        if row >= first {
            assert_eq!(term["name"], names[row], "{place}");
        }
        for (ours, theirs, tolerance) in [
            ("coef", "estimate", TOLERANCE),
            ("odds_ratio", "or", TOLERANCE),
            ("se", "std_error", OF_GLM),
            ("z", "z", OF_GLM),
            ("p_value", "p_wald", OF_GLM),
        ] {
            seen.json(&place, &term[ours], &table[theirs][row], tolerance);
        }
        for (side, theirs) in ["or_wald_lower", "or_wald_upper"].iter().enumerate() {
            seen.json(&place, &term["ci"][side], &table[theirs][row], OF_GLM);
        }
    }
}

fn regressions(seen: &mut Agreement, results: &Value, expected: &Value) {
    let model = &results["clinical_model"];
    for term in model["univariate"].as_array().unwrap() {
        let name = term["name"].as_str().unwrap();
        let alone = Value::Array(vec![term.clone()]);
        terms(seen, name, &alone, &expected["univariate"][name], 1);
    }
    terms(
        seen,
        "multivariate",
        &model["multivariate"],
        &expected["multivariate"],
        1,
    );
    terms(
        seen,
        "clinical",
        &model["terms"],
        &expected["clinical_model"],
        1,
    );
    // The reference writes rs_Combined.
    let nomogram = &results["nomogram"];
    terms(
        seen,
        "nomogram",
        &nomogram["terms"],
        &expected["nomogram"],
        2,
    );
    let intercept = &expected["nomogram"]["coefficients"]["estimate"][0];
    seen.json("nomogram", &nomogram["intercept"], intercept, TOLERANCE);
}

fn nomogram(seen: &mut Agreement, results: &Value, expected: &Value) {
    let axes = results["nomogram"]["axes"].as_array().unwrap();
    let predictors = expected["predictors"].as_object().unwrap();
    assert_eq!(axes.len(), predictors.len());
    for (axis, (name, predictor)) in axes.iter().zip(predictors) {
        let levels = axis["levels"].as_array().unwrap();
        assert_eq!(
            axis["variable"].as_str().map(str::to_lowercase),
            Some(name.to_lowercase())
        );
        for (place, label) in predictor["levels"].as_array().unwrap().iter().enumerate() {
            let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
            assert_eq!(number(&levels[place]["value"]), number(label), "{name}");
            let points = &predictor["points"][place];
            seen.json(name, &levels[place]["points"], points, TOLERANCE);
        }
        assert_eq!(
            levels.len(),
            predictor["levels"].as_array().unwrap().len(),
            "{name}"
        );
    }
    // Total points and linear predictor lie on one line: the reference's axis of the linear
    // predictor, looked up on ours.
    let total = results["nomogram"]["total_points"].as_array().unwrap();
    let at = |place: usize, key: &str| total[place][key].as_f64().unwrap();
    let last = total.len() - 1;
    let slope = (at(last, "linear_predictor") - at(0, "linear_predictor"))
        / (at(last, "points") - at(0, "points"));
    let axis = &expected["lp_axis"];
    for (lp, points) in axis["lp"]
        .as_array()
        .unwrap()
        .iter()
        .zip(axis["total_points"].as_array().unwrap())
    {
        let points = points.as_f64().unwrap();
        let found = at(0, "linear_predictor") + slope * (points - at(0, "points"));
        seen.check("total points", found, lp.as_f64().unwrap(), TOLERANCE);
    }
}

fn performance(seen: &mut Agreement, results: &Value, expected: &Value) {
    for split in ["train", "external"] {
        for (ours, theirs) in MODELS {
            let place = format!("{ours} {split}");
            let found = &results["performance"][ours][split];
            let expected = &expected[split]["models"][theirs];
            seen.json(&place, &found["auc"], &expected["auc"], EXACT);
            seen.json(&place, &found["ci"], &expected["delong_ci"], EXACT);
            let cut = &expected["at_training_youden_threshold"];
            seen.json(&place, &found["cutoff"], &cut["threshold"], TOLERANCE);
            for (name, key) in [
                ("sensitivity", "sen"),
                ("specificity", "spe"),
                ("ppv", "ppv"),
                ("npv", "npv"),
                ("accuracy", "acc"),
            ] {
                seen.json(&place, &found[name]["estimate"], &cut[key]["est"], EXACT);
                let limits = &cut[key]["clopper_pearson"];
                seen.json(&place, &found[name]["ci"], limits, EXACT);
            }
        }
        let mut pairs = 0;
        for test in results["delong"].as_array().unwrap() {
            if test["split"] != split {
                continue;
            }
            let name = |key: &str| test[key].as_str().unwrap().to_lowercase();
            let pair = format!("{}_vs_{}", name("a"), name("b"));
            let expected = &expected[split]["delong"][&pair];
            seen.json(&pair, &test["z"], &expected["statistic"], EXACT);
            seen.json(&pair, &test["p_value"], &expected["p_value"], EXACT);
            seen.json(&pair, &test["ci"], &expected["conf_int"], EXACT);
            pairs += 1;
        }
        assert_eq!(pairs, 10, "{split}");
    }
}

fn calibration(seen: &mut Agreement, results: &Value, expected: &Value) {
    for split in ["train", "external"] {
        let found = &results["calibration"]["nomogram"][split];
        let expected = &expected[split]["calibration_nomogram"];
        let (test, reference) = (&found["hosmer_lemeshow"], &expected["hosmer_lemeshow"]);
        seen.json(split, &test["chi_square"], &reference["chi2"], TOLERANCE);
        seen.json(split, &test["df"], &reference["df"], EXACT);
        seen.json(split, &test["p_value"], &reference["p_value"], TOLERANCE);
        seen.json(split, &found["brier"], &expected["brier"], TOLERANCE);
        let again = &expected["recalibration"];
        seen.json(split, &found["intercept"], &again["intercept"], TOLERANCE);
        seen.json(split, &found["slope"], &again["slope"], TOLERANCE);
        seen.json(
            split,
            &found["calibration_in_the_large"],
            &again["calibration_in_the_large"],
            TOLERANCE,
        );
    }
}

fn decision_curves(seen: &mut Agreement, results: &Value, expected: &Value) {
    for split in ["train", "external"] {
        for (ours, theirs) in MODELS {
            let place = format!("{ours} {split}");
            let points = results["decision_curve"][ours][split]["points"]
                .as_array()
                .unwrap();
            let expected = &expected[split];
            assert_eq!(
                points.len(),
                expected["thresholds"].as_array().unwrap().len()
            );
            for (number, point) in points.iter().enumerate() {
                let benefit = &expected["models"][theirs]["net_benefit"][number];
                seen.json(&place, &point["net_benefit"], benefit, EXACT);
                seen.json(
                    &place,
                    &point["treat_all"],
                    &expected["treat_all"][number],
                    EXACT,
                );
            }
        }
    }
}

fn survival(seen: &mut Agreement, results: &Value, expected: &Value) {
    let survival = &results["survival"];
    let scores: Vec<(&str, &str)> = MODELS
        .into_iter()
        .chain([("stage", "ajcc"), ("nomogram_stage", "nomogram_plus_ajcc")])
        .collect();
    for split in ["train", "external"] {
        let found = survival["concordance"][split].as_array().unwrap();
        for &(ours, theirs) in &scores {
            let one = found.iter().find(|one| one["score"] == ours).unwrap();
            let expected = &expected[split]["cindex"][theirs];
            seen.json(
                ours,
                &one["concordance"]["estimate"],
                &expected["c"],
                TOLERANCE,
            );
            seen.json(ours, &one["se"], &expected["se"], TOLERANCE);
        }
        for (a, b, theirs) in [
            ("nomogram", "stage", "nomogram_vs_ajcc"),
            ("nomogram_stage", "stage", "nomogram_plus_ajcc_vs_ajcc"),
            (
                "nomogram_stage",
                "nomogram",
                "nomogram_plus_ajcc_vs_nomogram",
            ),
        ] {
            let all = survival["concordance_differences"][split]
                .as_array()
                .unwrap();
            // Each pair is there once, in one order or the other.
            let (sign, one) = all
                .iter()
                .find_map(|one| match (&one["a"], &one["b"]) {
                    (x, y) if x == a && y == b => Some((1.0, one)),
                    (x, y) if x == b && y == a => Some((-1.0, one)),
                    _ => None,
                })
                .unwrap();
            let expected = &expected[split]["cindex_compare"][theirs];
            let number = |value: &Value| value.as_f64().unwrap();
            let z = sign * number(&one["z"]);
            seen.check(theirs, z, number(&expected["z"]), 1e-6);
        }
        let groups = &expected[split]["risk_groups"];
        for (ours, theirs) in MODELS.into_iter().chain([("outcome", "grade")]) {
            let found = &survival["log_rank"][ours][split];
            let expected = &groups[theirs]["logrank"];
            seen.json(ours, &found["chi_square"], &expected["chi2"], EXACT);
            seen.json(ours, &found["p_value"], &expected["p_value"], EXACT);
        }
        for group in 0..2 {
            let found = &survival["kaplan_meier"]["nomogram"][split]["groups"][group];
            let expected = &expected[split]["km_nomogram"][format!("group{group}")];
            assert_eq!(found["n"], expected["n"]);
            assert_eq!(found["events"], expected["events"]);
            let median = &expected["median_log_ci"];
            seen.json("median", &found["median"], &median[0], EXACT);
            seen.json("median", &found["median_ci"][0], &median[1], EXACT);
            seen.json("median", &found["median_ci"][1], &median[2], EXACT);
            let steps = found["steps"].as_array().unwrap();
            for (number, time) in expected["time"].as_array().unwrap().iter().enumerate() {
                let step = steps
                    .iter()
                    .find(|step| &step["time"] == time || step["time"].as_f64() == time.as_f64())
                    .unwrap();
                seen.json("curve", &step["survival"], &expected["surv"][number], EXACT);
            }
        }
    }
    let found = &survival["cox"]["nomogram_stage"]["terms"];
    let expected = &expected["cox_nomogram_plus_ajcc_train"];
    for (place, name) in ["lp_nomogram", "ajcc_num"].iter().enumerate() {
        let term = &found[place];
        seen.json(name, &term["coef"], &expected["coef"][name], TOLERANCE);
        seen.json(name, &term["se"], &expected["se"][name], TOLERANCE);
    }
}

#[test]
fn scanner_effects_learnt_on_training() {
    check("frozen");
}

#[test]
fn scanner_effects_learnt_on_everyone() {
    check("pooled");
}
