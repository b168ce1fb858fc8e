//! `radiome logistic`.

use std::path::Path;

use serde_json::Value;

use super::{Agreement, folder, json, number, read_json, reference, refused, run, run_with};

/// Newton models and likelihoods, as the reference set advises.
const NEWTON: f64 = 1e-8;
/// glm's standard errors come from the weights of the last step but one (see the library's tests of
/// logistic regression), and what follows from them is as good.
const STANDARD_ERROR: f64 = 1e-7;
/// Limits of the profile, as the reference set advises.
const PROFILE: f64 = 1e-7;

/// R writes `ajccII` where we write `ajcc=II`.
fn r_name(name: &str) -> String {
    name.replacen("ajcc=", "ajcc", 1)
}

/// The options of a formula's right side.
fn predictors(formula: &str) -> Vec<String> {
    let (_, right) = formula.split_once('~').unwrap();
    let mut vars = Vec::new();
    let mut products = Vec::new();
    for part in right.split('+').map(str::trim) {
        let factors: Vec<&str> = part.split('*').map(str::trim).collect();
        if factors.len() == 2 {
            products.push(factors.join(":"));
        }
        vars.extend(factors);
    }
    let mut options = vec!["--vars".to_owned(), vars.join(",")];
    for product in products {
        options.extend(["--interaction".to_owned(), product]);
    }
    options
}

fn fitted(folder: &Path, table: &str, formula: &str, more: &[&str]) -> Value {
    let options = predictors(formula);
    let options = options.iter().map(String::as_str);
    let all: Vec<&str> = ["logistic", table, "--outcome", "y"]
        .into_iter()
        .chain(options)
        .chain(more.iter().copied())
        .collect();
    json(folder, &all)
}

/// The place of a term in R's list.
fn place(r: &Value, name: &str) -> usize {
    let terms = r.as_array().unwrap();
    terms
        .iter()
        .position(|term| *term == *r_name(name))
        .unwrap()
}

#[derive(Default)]
struct Groups {
    estimates: Agreement,
    errors: Agreement,
    profile: Agreement,
    spline: Agreement,
    tests: Agreement,
    model: Agreement,
    inflation: Agreement,
}

impl Groups {
    fn model(&mut self, found: &Value, mass: &Value, e: &Value) {
        let model = &found["model"];
        let c = &e["coefficients"];
        let separated = !e["warnings"].as_array().unwrap().is_empty();
        assert_eq!(model["separation"], separated);
        assert_eq!(model["n"], e["n"]);
        assert_eq!(model["events"], e["events"]);
        for (key, r) in [
            ("loglik", &e["loglik"]),
            ("aic", &e["aic"]),
            ("bic", &e["bic"]),
        ] {
            self.model.check(key, &model[key], r, NEWTON);
        }
        let test = &model["likelihood_ratio"];
        for (key, r) in [
            ("chi_square", "model_lr_chi2"),
            ("df", "model_lr_df"),
            ("p_value", "model_lr_p"),
        ] {
            self.small(key, &test[key], &e[r]);
        }
        for key in ["mcfadden", "cox_snell", "nagelkerke"] {
            self.small(key, &model["r2"][key], &e[format!("r2_{key}")]);
        }
        let terms = model["terms"].as_array().unwrap();
        assert_eq!(terms.len(), c["term"].as_array().unwrap().len());
        for (term, by_mass) in terms.iter().zip(mass["model"]["terms"].as_array().unwrap()) {
            let name = term["name"].as_str().unwrap();
            let k = place(&c["term"], name);
            let r = |key: &str| &c[key][k];
            let limits = |key: &str| [&c[format!("{key}_lower")][k], &c[format!("{key}_upper")][k]];
            for (side, r) in limits("or_profile").into_iter().enumerate() {
                // The reference's search fails where the estimate is infinite.
                if !r.is_null() {
                    self.profile
                        .check(name, &term["profile_ci"][side], r, PROFILE);
                }
            }
            if separated {
                for key in ["se", "z", "p_value"] {
                    assert!(term[key].is_null(), "{name} {key}");
                }
                continue;
            }
            self.estimates
                .check(name, &term["coef"], r("estimate"), NEWTON);
            self.estimates
                .check(name, &term["odds_ratio"], r("or"), NEWTON);
            self.errors
                .check(name, &term["se"], r("std_error"), STANDARD_ERROR);
            self.errors.check(name, &term["z"], r("z"), STANDARD_ERROR);
            // a relative error of z becomes z^2 times that of P in the tail
            let z = number(&term["z"]);
            self.errors
                .check(name, &term["p_value"], r("p_wald"), 2e-8 * (1.0 + z * z));
            for (side, r) in limits("or_wald").into_iter().enumerate() {
                self.errors
                    .check(name, &term["wald_ci"][side], r, STANDARD_ERROR);
            }
            for (side, r) in limits("or_profile_mass_spline").into_iter().enumerate() {
                self.spline
                    .check(name, &by_mass["profile_ci"][side], r, PROFILE);
            }
        }
        self.terms(model, e, separated);
    }

    /// Figures near 0 are differences of likelihoods of about 100: absolute there.
    fn small(&mut self, key: &str, found: &Value, expected: &Value) {
        if number(expected).abs() < 1e-3 {
            assert!(
                (number(found) - number(expected)).abs() < 1e-3 * NEWTON,
                "{key}"
            );
        } else {
            self.model.check(key, found, expected, NEWTON);
        }
    }

    fn terms(&mut self, model: &Value, e: &Value, separated: bool) {
        let drop1 = &e["lrt_drop1"];
        for test in model["tests"].as_array().unwrap() {
            let name = test["term"].as_str().unwrap();
            let known = drop1["term"].as_array().unwrap();
            let columns = model["terms"].as_array().unwrap().iter();
            let own: Vec<&Value> = columns.filter(|column| column["term"] == name).collect();
            if known.iter().any(|term| term == name) {
                let k = place(&drop1["term"], name);
                assert_eq!(test["df"], drop1["df"][k]);
                if number(&drop1["lrt"][k]) > 1e-3 {
                    self.tests
                        .check(name, &test["chi_square"], &drop1["lrt"][k], NEWTON);
                }
                self.tests
                    .check(name, &test["p_value"], &drop1["p"][k], NEWTON);
                assert!(own.iter().all(|column| column["lrt_p"] == test["p_value"]));
            } else {
                assert!(test["p_value"].is_null(), "{name}");
            }
            let vif = &e["vif"];
            if separated || vif.is_null() {
                assert!(test["vif"].is_null());
            } else if vif["gvif"].is_null() {
                self.inflation
                    .check(name, &test["vif"], &vif["vif"][name], STANDARD_ERROR);
            } else {
                let k = place(&vif["gvif"]["rownames"], name);
                let row = &vif["gvif"]["rows"][k];
                self.inflation
                    .check(name, &test["vif"], &row[0], STANDARD_ERROR);
                assert_eq!(test["vif_df"], row[1]);
                self.inflation
                    .check(name, &test["vif_per_dimension"], &row[2], STANDARD_ERROR);
            }
            assert!(own.iter().all(|column| column["vif"] == test["vif"]));
        }
    }

    fn report(&self, what: &str) {
        for (group, agreement) in [
            ("estimates", &self.estimates),
            ("standard errors", &self.errors),
            ("profile limits", &self.profile),
            ("profile limits by MASS's spline", &self.spline),
            ("tests of terms", &self.tests),
            ("likelihoods", &self.model),
        ] {
            agreement.report(&format!("{what}: {group}"));
        }
        if what == "logistic_109" {
            self.inflation
                .report(&format!("{what}: variance inflation"));
        }
    }
}

fn check_set(set: &str) {
    let Some(folder) = reference() else { return };
    let folder = folder.join("06_logistic");
    let expected = read_json(&folder.join(format!("{set}_expected.json")));
    let table = format!("{set}.csv");
    let mut groups = Groups::default();
    for group in ["univariate", "multivariate"] {
        for e in expected[group].as_object().unwrap().values() {
            let formula = e["formula"].as_str().unwrap();
            let found = fitted(&folder, &table, formula, &[]);
            let mass = fitted(&folder, &table, formula, &["--profile", "mass"]);
            groups.model(&found, &mass, e);
        }
    }
    groups.report(set);
}

#[test]
fn every_model_agrees_with_r() {
    check_set("logistic_109");
}

#[test]
fn separated_models_agree_with_r_in_what_counts() {
    check_set("logistic_separation");
}

#[test]
fn predictors_alone_are_the_models_of_each() {
    let Some(folder) = reference() else { return };
    let folder = folder.join("06_logistic");
    let expected = read_json(&folder.join("logistic_109_expected.json"));
    let all = "y ~ age + sex + tstage + margin + myxoid + capsule + depth8 + ajcc + radscore";
    let found = fitted(&folder, "logistic_109.csv", all, &["--univariate"]);
    let terms = found["univariate"].as_array().unwrap();
    assert_eq!(terms.len(), 11);
    let mut agreement = Agreement::default();
    for term in terms {
        let name = term["name"].as_str().unwrap();
        let e = &expected["univariate"][term["term"].as_str().unwrap()];
        let k = place(&e["coefficients"]["term"], name);
        agreement.check(
            name,
            &term["coef"],
            &e["coefficients"]["estimate"][k],
            NEWTON,
        );
        agreement.check(
            name,
            &term["intercept"]["coef"],
            &e["coefficients"]["estimate"][0],
            NEWTON,
        );
        agreement.check(name, &term["lrt_p"], &e["lrt_drop1"]["p"][0], NEWTON);
        agreement.check(name, &term["aic"], &e["aic"], NEWTON);
        assert_eq!(term["n"], 109);
    }
    agreement.report("predictors alone");
}

#[test]
fn firth_agrees_with_r() {
    let Some(folder) = reference() else { return };
    let folder = folder.join("06_logistic");
    let (mut estimates, mut profile) = (Agreement::default(), Agreement::default());
    for set in ["logistic_109", "logistic_separation"] {
        let expected = read_json(&folder.join(format!("{set}_expected.json")));
        for e in expected["firth"].as_object().unwrap().values() {
            let formula = e["formula"].as_str().unwrap();
            let found = fitted(&folder, &format!("{set}.csv"), formula, &["--firth"]);
            assert_eq!(found["warnings"], serde_json::json!([]));
            let model = &found["model"];
            let loglik = &model["penalized_loglik"];
            estimates.check("loglik", loglik, &e["penalised_loglik"], 1e-10);
            for term in model["terms"].as_array().unwrap() {
                let name = term["name"].as_str().unwrap();
                let c = &e["coefficients"];
                let k = place(&c["term"], name);
                estimates.check(name, &term["coef"], &c["estimate"][k], NEWTON);
                estimates.check(name, &term["se"], &c["std_error"][k], NEWTON);
                estimates.check(name, &term["p_value"], &c["plr_p"][k], NEWTON);
                if name != "(Intercept)" {
                    estimates.check(name, &term["lrt_p"], &c["plr_p"][k], NEWTON);
                }
                for (side, key) in ["profile_pen_lower", "profile_pen_upper"]
                    .iter()
                    .enumerate()
                {
                    let limit = number(&term["profile_ci"][side]).ln();
                    profile.check(name, &limit.into(), &c[key][k], PROFILE);
                }
            }
        }
    }
    estimates.report("Firth's estimates");
    profile.report("Firth's profile limits");
}

#[test]
fn stepwise_takes_the_way_of_mass() {
    let Some(folder) = reference() else { return };
    let folder = folder.join("06_logistic");
    let expected = read_json(&folder.join("logistic_109_expected.json"));
    let all = "y ~ age + sex + tstage + margin + myxoid + capsule + depth8 + ajcc + radscore";
    let mut agreement = Agreement::default();
    for (name, e) in expected["stepwise"].as_object().unwrap() {
        let (rest, direction) = name.rsplit_once('_').unwrap();
        let (_, criterion) = rest.rsplit_once('_').unwrap();
        let more = ["--stepwise", criterion, "--direction", direction];
        let found = fitted(&folder, "logistic_109.csv", all, &more);
        let steps = found["stepwise"]["steps"].as_array().unwrap();
        let path: Vec<&Value> = steps.iter().map(|step| &step["change"]).collect();
        let r: Vec<&Value> = e["path"].as_array().unwrap().iter().collect();
        assert_eq!(path, r, "{name}");
        for (step, r) in steps
            .iter()
            .zip(e["criterion_along_path"].as_array().unwrap())
        {
            agreement.check(name, &step["criterion"], r, NEWTON);
        }
        assert_eq!(found["stepwise"]["selected"], e["final_terms"], "{name}");
        let terms = found["model"]["terms"].as_array().unwrap();
        let coefficients = e["final_coef"].as_object().unwrap();
        assert_eq!(terms.len(), coefficients.len());
        for (term, (r_name, r)) in terms.iter().zip(coefficients) {
            assert_eq!(term["name"], *r_name);
            agreement.check(name, &term["coef"], r, NEWTON);
        }
        let last = steps.last().unwrap();
        assert_eq!(last["criterion"], found["model"][criterion]);
        let codes = found["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|w| &w["code"]);
        assert_eq!(codes.collect::<Vec<_>>(), ["factor", "stepwise"]);
    }
    agreement.report("stepwise");
}

/// 24 rows: `y` depends on `x` a little; `part` is 1 in three rows that are all positive; `site` is a
/// factor of words; `gap` lacks two values.
const TABLE: &str = "\
id,y,x,part,site,gap,same,twice
1,no,1,0,arm,3,5,2
2,yes,2,0,leg,1,5,4
3,no,3,0,trunk,4,5,6
4,yes,4,1,arm,1,5,8
5,no,5,0,leg,5,5,10
6,yes,6,0,trunk,9,5,12
7,no,7,0,arm,2,5,14
8,yes,8,1,leg,6,5,16
9,no,9,0,trunk,5,5,18
10,yes,10,0,arm,3,5,20
11,no,1,0,leg,5,5,2
12,yes,2,1,trunk,8,5,4
13,no,3,0,arm,9,5,6
14,yes,4,0,leg,7,5,8
15,no,5,0,trunk,9,5,10
16,yes,6,0,arm,3,5,12
17,no,2,0,leg,,5,4
18,yes,8,0,trunk,2,5,16
19,no,3,0,arm,3,5,6
20,yes,9,0,leg,8,5,18
21,no,4,0,trunk,NA,5,8
22,yes,7,0,arm,6,5,14
23,no,1,0,leg,2,5,2
24,no,9,0,trunk,6,5,18
";

#[test]
fn separation_is_a_result_with_a_warning() {
    let folder = folder(TABLE);
    let request = [
        "logistic",
        "table.csv",
        "--outcome",
        "y",
        "--vars",
        "x,part",
    ];
    let found = json(folder.path(), &request);
    let warning = &found["warnings"][0];
    assert_eq!(warning["code"], "separation");
    let text = warning["text"].as_str().unwrap();
    assert!(
        text.contains("infinite: part") && text.contains("--firth"),
        "{text}"
    );
    let term = |name: &str| {
        let terms = found["model"]["terms"].as_array().unwrap();
        terms
            .iter()
            .find(|term| term["name"] == name)
            .unwrap()
            .clone()
    };
    let part = term("part");
    assert_eq!(
        (&part["coef"], &part["odds_ratio"]),
        (&"Inf".into(), &"Inf".into())
    );
    assert_eq!(part["profile_ci"][1], "Inf");
    // R 4.2.2: the root of the profile of glm, other coefficients fitted with an offset; 7 digits
    assert!((number(&part["profile_ci"][0]) - 2.131_607).abs() < 1e-6);
    assert!(part["se"].is_null() && part["wald_ci"][0].is_null());
    // the other estimate is that of the rows that the separation leaves
    let rest: Vec<&str> = TABLE
        .lines()
        .filter(|line| line.split(',').nth(3) != Some("1"))
        .collect();
    let without = super::folder(&rest.join("\n"));
    let alone = json(
        without.path(),
        &["logistic", "table.csv", "--outcome", "y", "--vars", "x"],
    );
    let close = |a: &Value, b: &Value| (number(a) - number(b)).abs() < 1e-6;
    assert!(close(
        &term("x")["coef"],
        &alone["model"]["terms"][1]["coef"]
    ));
    let all: Vec<&str> = request.iter().copied().chain(["--firth"]).collect();
    let firth = json(folder.path(), &all);
    assert_eq!(firth["warnings"], serde_json::json!([]));
    assert!(firth["model"]["terms"][2]["coef"].is_number());
}

#[test]
fn words_are_factors_and_gaps_are_counted() {
    let folder = folder(TABLE);
    let request = [
        "logistic",
        "table.csv",
        "--outcome",
        "y",
        "--vars",
        "x,site,gap,same",
    ];
    let more = ["--reference", "site=leg", "--univariate"];
    let all: Vec<&str> = request.iter().copied().chain(more).collect();
    let found = json(folder.path(), &all);
    let names: Vec<&str> = found["model"]["terms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|term| term["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["(Intercept)", "x", "site=arm", "site=trunk", "gap"]);
    assert_eq!(found["model"]["n"], 22);
    assert_eq!(found["outcome"]["positive"], "yes");
    let n: Vec<u64> = found["univariate"]
        .as_array()
        .unwrap()
        .iter()
        .map(|term| term["n"].as_u64().unwrap())
        .collect();
    // each alone on the rows that have it; the constant one is left out
    assert_eq!(n, [24, 24, 24, 22]);
    let warnings = found["warnings"].to_string();
    assert!(
        warnings.contains("2 of 24 rows have a missing value"),
        "{warnings}"
    );
    assert!(warnings.contains("same has one value only"), "{warnings}");
    // the other class turns every sign
    let turned: Vec<&str> = all.iter().copied().chain(["--positive", "no"]).collect();
    let turned = json(folder.path(), &turned);
    let coef = |found: &Value| number(&found["model"]["terms"][1]["coef"]);
    assert!((coef(&turned) + coef(&found)).abs() < 1e-12);
}

#[test]
fn a_table_is_shown_and_one_is_written() {
    let folder = folder(TABLE);
    let request = [
        "logistic",
        "table.csv",
        "--outcome",
        "y",
        "--vars",
        "x",
        "--out",
        "out.csv",
    ];
    let text = run(folder.path(), &request);
    // the figures are R's: glm, limits of the profile by root finding, drop1
    let shown = "\
name           coef      se       p  odds ratio    lower  upper    lrt p  vif
(Intercept)  -1.464  0.9233  0.1129      0.2314  0.03079  1.269
x            0.2584  0.1611  0.1087       1.295   0.9611  1.838  0.09088
";
    assert_eq!(text, shown);
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert!(
        csv.starts_with("model,n,name,term,coef,se,z,p_value,odds_ratio,"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 3);
    let steps = [
        "logistic",
        "table.csv",
        "--outcome",
        "y",
        "--vars",
        "x,gap",
        "--stepwise",
        "bic",
    ];
    let (status, text, err) = run_with(folder.path(), &steps, "");
    assert_eq!(status, 0);
    assert!(
        text.contains("all terms") && text.contains("- gap"),
        "{text}"
    );
    assert!(err.contains("too good"), "{err}");
    // groups have models of their own
    let by = [
        "logistic",
        "table.csv",
        "--outcome",
        "y",
        "--vars",
        "x",
        "--by",
        "part",
    ];
    let error = refused(folder.path(), &by);
    assert!(error.contains("in the group part = 1"), "{error}");
    assert!(error.contains("has one class only: \"yes\""), "{error}");
}

#[test]
fn many_predictors_may_be_fitted_one_by_one_alone() {
    let mut table = String::from("y");
    for k in 0..30 {
        table.push_str(&format!(",f{k}"));
    }
    for row in 0..12 {
        table.push_str(&format!("\n{}", row % 2));
        for k in 0..30 {
            table.push_str(&format!(",{}", (row * (k + 3) + k * k) % 37));
        }
    }
    let folder = folder(&table);
    let request = ["logistic", "table.csv", "--outcome", "y"];
    let error = refused(folder.path(), &request);
    assert!(
        error.contains("12 rows are too few for 30 terms"),
        "{error}"
    );
    let all: Vec<&str> = request.iter().copied().chain(["--univariate"]).collect();
    let found = json(folder.path(), &all);
    assert!(found["model"].is_null());
    assert_eq!(found["univariate"].as_array().unwrap().len(), 30);
    assert_eq!(found["features"].as_array().unwrap().len(), 30);
    assert!(found["warnings"].to_string().contains("no_model"));
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder(TABLE);
    let path = folder.path();
    std::fs::write(
        path.join("typo.csv"),
        "y,x\n0,1\n1,2\n0,l3\n1,4\n0,5\n1,3\n",
    )
    .unwrap();
    for (arguments, said) in [
        (
            &["table.csv", "--outcome", "y", "--vars", "x,twice"][..],
            "the predictor twice is a combination of those before it",
        ),
        (
            &["table.csv", "--outcome", "site", "--vars", "x"],
            "column \"site\" has 3 values",
        ),
        (
            &["table.csv", "--outcome", "same", "--vars", "x"],
            "column \"same\" has one class only: \"5\"",
        ),
        (
            &["table.csv", "--outcome", "y", "--vars", "z"],
            "table.csv has no column \"z\"",
        ),
        (
            &["table.csv", "--outcome", "y", "--vars", "same"],
            "every predictor has one value only",
        ),
        (
            &[
                "table.csv",
                "--outcome",
                "y",
                "--vars",
                "x",
                "--reference",
                "site=arm",
            ],
            "--reference names \"site\", which is no predictor",
        ),
        (
            &[
                "table.csv",
                "--outcome",
                "y",
                "--vars",
                "site",
                "--reference",
                "site=toe",
            ],
            "has no such level",
        ),
        (
            &["typo.csv", "--outcome", "y", "--vars", "x"],
            "typo.csv, row 4, column \"x\": \"l3\" is not a number",
        ),
        (
            &[
                "table.csv",
                "--outcome",
                "y",
                "--vars",
                "x",
                "--firth",
                "--stepwise",
                "aic",
            ],
            "cannot be used with",
        ),
        (
            &[
                "table.csv",
                "--outcome",
                "y",
                "--vars",
                "x",
                "--direction",
                "both",
            ],
            "--stepwise",
        ),
        (
            &[
                "table.csv",
                "--outcome",
                "y",
                "--vars",
                "x",
                "--conf-level",
                "95",
            ],
            "--conf-level 95",
        ),
        (&["table.csv", "--vars", "x"], "--outcome"),
    ] {
        let all: Vec<&str> = ["logistic"].iter().chain(arguments).copied().collect();
        let error = refused(path, &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
