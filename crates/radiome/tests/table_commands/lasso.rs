//! `radiome lasso`.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use super::{Agreement, folder, json, number, read_json, reference, refused, run, run_with};

/// Lines of a file of the reference set, gzip or not, cut into cells.
fn cells(path: &Path) -> Vec<Vec<String>> {
    let file = std::fs::File::open(path).unwrap();
    let reader: Box<dyn std::io::Read> = if path.extension().is_some_and(|e| e == "gz") {
        Box::new(flate2::read::GzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let text = std::io::read_to_string(reader).unwrap();
    let cut = |line: &str| {
        line.split(',')
            .map(|cell| cell.trim_matches('"').to_owned())
            .collect()
    };
    text.lines().map(cut).collect()
}

/// Standard deviation over n of each feature.
fn deviations(path: &Path) -> HashMap<String, f64> {
    let lines = cells(path);
    let (header, rows) = lines.split_first().unwrap();
    let scale = |j: usize| {
        let values: Vec<f64> = rows.iter().map(|row| row[j].parse().unwrap()).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        (squares / values.len() as f64).sqrt()
    };
    header
        .iter()
        .enumerate()
        .map(|(j, name)| (name.clone(), scale(j)))
        .collect()
}

/// Runs a fit of the reference set and its cross-validations, and compares everything there is.
fn check(folder: &Path, set: &str, id: &str, gz: &str, coefficient_tolerance: f64) {
    let file = |name: String| format!("05_glmnet/{name}");
    let expected = read_json(&folder.join(file(format!("{set}__{id}_expected.json"))));
    let here = tempfile::tempdir().unwrap();
    // Weights stand in the expected values alone: they become a column of the response.
    let response = folder.join(file(format!("{set}_response_folds.csv")));
    let mut lines = cells(&response);
    if let Some(weights) = expected["weights"].as_array() {
        lines[0].push("weight".to_owned());
        for (line, weight) in lines[1..].iter_mut().zip(weights) {
            line.push(weight.to_string());
        }
    }
    let lines: Vec<String> = lines.iter().map(|line| line.join(",")).collect();
    std::fs::write(here.path().join("response.csv"), lines.join("\n")).unwrap();
    let x = folder.join(file(format!("{set}_x.csv{gz}")));
    let mut arguments: Vec<String> = ["lasso", x.to_str().unwrap(), "--response", "response.csv"]
        .map(str::to_owned)
        .to_vec();
    let family = expected["family"].as_str().unwrap();
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
    match family {
        "cox" => add(&["--time", "time", "--event", "status"]),
        "gaussian" => add(&["--family", family, "--outcome", "yc"]),
        _ => add(&["--family", family, "--outcome", "y"]),
    }
    add(&["--alpha", &expected["alpha"].to_string()]);
    add(&["--nlambda", &expected["nlambda"].to_string()]);
    add(&[
        "--lambda-min-ratio",
        &expected["lambda_min_ratio"].to_string(),
    ]);
    if expected["standardize"] == false {
        add(&["--no-standardize"]);
    }
    if !expected["weights"].is_null() {
        add(&["--weights", "weight"]);
    }
    if let Some(factors) = expected["penalty_factor"].as_array() {
        let mut text = "factor\n".to_owned();
        factors
            .iter()
            .for_each(|factor| text.push_str(&format!("{factor}\n")));
        std::fs::write(here.path().join("factors.csv"), text).unwrap();
        add(&["--penalty-factor", "factors.csv"]);
    }
    let run = |more: &[&str]| {
        let all: Vec<&str> = arguments
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied())
            .collect();
        json(here.path(), &all)
    };

    let cross_validations: Vec<(&String, &Value)> = expected
        .as_object()
        .unwrap()
        .iter()
        .filter(|(key, _)| key.starts_with("cv_"))
        .collect();
    let found = run(&[]);
    assert_eq!(found["cv"], Value::Null);
    check_path(
        &found,
        &expected,
        &deviations(&x),
        &folder.join(file(format!("{set}__{id}_coef.csv{gz}"))),
        coefficient_tolerance,
        id,
    );
    for (key, r) in cross_validations {
        let measure = key.split('_').nth(1).unwrap();
        let fold = r["foldid_column"].as_str().unwrap();
        let found = run(&["--folds", fold, "--measure", measure]);
        let cv = &found["cv"];
        assert_eq!(
            cv["measure"] == "auc",
            r["measure_used"] == "AUC",
            "{id} {key}"
        );
        // The same penalty is chosen; the library's test compares the curves.
        assert_eq!(cv["index_min"], r["index_min_1based"], "{id} {key}");
        assert_eq!(cv["index_1se"], r["index_1se_1based"], "{id} {key}");
        let mut agreement = Agreement::default();
        let tolerance = if family == "cox" { 1e-4 } else { 1e-5 };
        agreement.check(key, &cv["lambda_min"], &r["lambda_min"], 1e-9);
        agreement.check(key, &cv["lambda_1se"], &r["lambda_1se"], 1e-9);
        for k in [&r["index_min_1based"], &r["index_1se_1based"]] {
            let k = k.as_u64().unwrap() as usize - 1;
            agreement.check(key, &cv["cvm"][k], &r["cvm"][k], tolerance);
            agreement.check(key, &cv["cvsd"][k], &r["cvsd"][k], tolerance);
        }
        agreement.report(&format!("{set} {id} {key}"));
    }
}

fn check_path(
    found: &Value,
    expected: &Value,
    deviations: &HashMap<String, f64>,
    coefficients: &Path,
    coefficient_tolerance: f64,
    id: &str,
) {
    let mut agreement = Agreement::default();
    let lambda = expected["lambda"].as_array().unwrap();
    assert_eq!(
        found["lambda"].as_array().unwrap().len(),
        lambda.len(),
        "{id}"
    );
    for (k, r) in lambda.iter().enumerate() {
        // A closed form.
        agreement.check("lambda", &found["lambda"][k], r, 1e-9);
    }
    agreement.report(&format!("{id} lambda"));
    let lines = cells(coefficients);
    let mut expected_at: HashMap<usize, HashMap<&str, f64>> = HashMap::new();
    for line in &lines[1..] {
        let at = expected_at.entry(line[0].parse().unwrap()).or_default();
        at.insert(line[1].as_str(), line[2].parse().unwrap());
    }
    let mut largest = 0.0_f64;
    for k in expected["coef_file_lambda_indices_1based"]
        .as_array()
        .unwrap()
    {
        let k = k.as_u64().unwrap() as usize;
        let ours = found["coefficients"][k - 1].as_object().unwrap();
        assert_eq!(found["df"][k - 1], ours.len());
        let theirs = expected_at.remove(&k).unwrap_or_default();
        for (name, deviation) in deviations {
            let ours = ours.get(name).map_or(0.0, number);
            let theirs = theirs.get(name.as_str()).copied().unwrap_or(0.0);
            let difference = (ours - theirs).abs() * deviation;
            assert!(
                difference <= coefficient_tolerance,
                "{id} lambda {k} {name}: {ours} {theirs}"
            );
            largest = largest.max(difference);
        }
    }
    println!("{id}: coefficients differ by at most {largest:.1e} on the standardised scale");
}

#[test]
fn fits_of_30_features_agree_with_glmnet() {
    let Some(folder) = reference() else { return };
    // The tolerances of the reference set: 1e-6 where it is polished; it is raw glmnet for
    // penalty factors, weights and no standardisation, up to 4e-5 off on these data.
    for (id, tolerance) in [
        ("binomial_a1", 1e-6),
        ("binomial_a0p5", 1e-6),
        ("binomial_a0p05_nearridge", 1e-6),
        ("binomial_a1_nostd", 1e-4),
        ("binomial_a1_penfac", 1e-4),
        ("binomial_a1_weights", 1e-4),
        ("gaussian_a1", 1e-6),
        ("gaussian_a0p5", 1e-6),
        ("cox_a1", 1e-6),
        ("cox_a0p5", 1e-6),
    ] {
        check(&folder, "lasso_109x30", id, "", tolerance);
    }
}

#[test]
fn fits_of_300_features_agree_with_glmnet() {
    let Some(folder) = reference() else { return };
    for id in [
        "binomial_a1",
        "binomial_a0p5",
        "gaussian_a1",
        "gaussian_a0p5",
        "cox_a1",
        "cox_a0p5",
    ] {
        check(&folder, "lasso_109x300", id, "", 1e-6);
    }
}

#[test]
fn fits_of_2000_features_agree_with_glmnet() {
    let Some(folder) = reference() else { return };
    for id in ["binomial_a1", "binomial_a0p5", "gaussian_a1", "cox_a1"] {
        check(&folder, "lasso_500x2000", id, ".gz", 1e-6);
    }
}

/// Forty rows: a is close to the outcome, b hardly, c never changes; t and e are a follow-up.
fn small() -> String {
    let mut text = "ID,a,b,c,y,v,t,e,w,fold\n".to_owned();
    for i in 0..40_i32 {
        let y = i32::from((i * 7) % 40 > 19);
        let a = f64::from((i * 13) % 17) * 0.5 + 4.0 * f64::from(y);
        let b = (i * 11) % 19;
        let t = 1 + (i * 5) % 23;
        text.push_str(&format!(
            "p{i},{a},{b},7,{},{},{t},{},{},{}\n",
            if y == 1 { "high" } else { "low" },
            a * 3.0 - f64::from(b % 4),
            i32::from(i % 3 != 0),
            1 + i % 2,
            ["A", "B", "C", "D"][(i % 4) as usize]
        ));
    }
    text
}

#[test]
fn a_table_is_read_and_a_penalty_chosen() {
    let folder = folder(&small());
    let base = [
        "lasso",
        "table.csv",
        "--features",
        "a,b,c",
        "--outcome",
        "Y",
        "--positive",
        "high",
    ];
    let with = |more: &[&str]| {
        let all: Vec<&str> = base.iter().chain(more).copied().collect();
        json(folder.path(), &all)
    };
    let found = with(&["--folds", "5", "--seed", "3"]);
    assert_eq!(found["features"], serde_json::json!(["a", "b", "c"]));
    assert_eq!(found["outcome"]["positive"], "high");
    assert_eq!(found["warnings"][0]["code"], "constant_feature");
    let cv = &found["cv"];
    assert_eq!(
        (&cv["n_folds"], &cv["measure"]),
        (&5.into(), &"deviance".into())
    );
    assert_eq!(cv["folds"].as_array().unwrap().len(), 40);
    let k = cv["index_min"].as_u64().unwrap() as usize - 1;
    assert!(number(&found["coefficients"][k]["a"]) > 0.0);
    assert_eq!(found["coefficients"][k].get("c"), None);
    // The same seed draws the same folds, another one others.
    assert_eq!(with(&["--folds", "5", "--seed", "3"]), found);
    assert_ne!(
        with(&["--folds", "5", "--seed", "4"])["cv"]["folds"],
        cv["folds"]
    );
    // The other class turns every sign.
    let turned = json(
        folder.path(),
        &[
            "lasso",
            "table.csv",
            "--features",
            "a,b,c",
            "--outcome",
            "y",
            "--positive",
            "low",
        ],
    );
    let sum = number(&turned["coefficients"][5]["a"]) + number(&found["coefficients"][5]["a"]);
    assert!(sum.abs() < 1e-9);
    assert_eq!(turned["cv"], Value::Null);
    // Ten rows a fold are enough for the AUC, eight are not.
    assert_eq!(
        with(&["--folds", "fold", "--measure", "auc"])["cv"]["measure"],
        "auc"
    );
    let changed = with(&["--folds", "5", "--measure", "auc"]);
    assert_eq!(changed["cv"]["measure"], "deviance");
    assert_eq!(changed["warnings"][1]["code"], "measure_changed");
    // Penalties of one's own, in any order.
    let own = with(&["--lambda", "0.01,0.1"]);
    assert_eq!(own["lambda"], serde_json::json!([0.1, 0.01]));
}

#[test]
fn by_default_every_number_that_no_option_names_is_a_feature() {
    let folder = folder(&small());
    let found = json(
        folder.path(),
        &[
            "lasso",
            "table.csv",
            "--time",
            "t",
            "--event",
            "e",
            "--weights",
            "w",
            "--folds",
            "fold",
            "--measure",
            "C",
        ],
    );
    assert_eq!(found["features"], serde_json::json!(["a", "b", "c", "v"]));
    assert_eq!(found["family"], "cox");
    assert_eq!(found["outcome"]["n_events"], 26);
    assert_eq!(number(&found["intercept"][3]), 0.0);
    assert_eq!(found["cv"]["measure"], "c");
    // Once for each value of a column: other values of it are not seen.
    let by = json(
        folder.path(),
        &[
            "lasso",
            "table.csv",
            "--outcome",
            "v",
            "--family",
            "gaussian",
            "--features",
            "a,b",
            "--by",
            "y",
        ],
    );
    assert_eq!(by["groups"]["high"]["n"], 20);
}

#[test]
fn the_screen_shows_the_choice_and_its_coefficients() {
    let folder = folder(&small());
    let arguments = [
        "lasso",
        "table.csv",
        "--outcome",
        "v",
        "--family",
        "gaussian",
        "--features",
        "a,b",
        "--lambda",
        "8,2,0.5",
        "--folds",
        "fold",
        "--out",
        "path.csv",
    ];
    let (status, out, err) = run_with(folder.path(), &arguments, "");
    assert_eq!(status, 0, "{err}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>().join(" "),
        "index lambda features explained deviance std error"
    );
    let names: Vec<&str> = lines[1..5]
        .iter()
        .map(|l| l.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(names, ["largest", "lambda.1se", "lambda.min", "smallest"]);
    assert_eq!(
        lines[6],
        "Coefficients at lambda.min, per unit of the feature (40 rows)"
    );
    assert!(lines[8].starts_with("(intercept)"), "{out}");
    assert!(lines[9].starts_with('a'), "{out}");
    assert!(
        err.contains("lambda.min is the smallest penalty tried"),
        "{err}"
    );
    let csv = std::fs::read_to_string(folder.path().join("path.csv")).unwrap();
    assert!(
        csv.starts_with("lambda_index,lambda,feature,coef\n1,8,(intercept),"),
        "{csv}"
    );
    // Without folds the whole path is shown.
    let text = run(folder.path(), &arguments[..10]);
    assert!(
        text.starts_with("index  lambda  features  explained\n    1       8"),
        "{text}"
    );
    assert!(text.contains("--folds 10 chooses a penalty"), "{text}");
}

#[test]
fn penalty_factors_are_read_by_name_or_in_order() {
    let folder = folder(&small());
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("named.csv", "feature,factor\nb,0\n");
    write("ordered.csv", "factor\n1\n0\n");
    write("bare.csv", "1\n0\n");
    let arguments = [
        "lasso",
        "table.csv",
        "--features",
        "a,b",
        "--outcome",
        "y",
        "--penalty-factor",
    ];
    let with = |file| {
        let all: Vec<&str> = arguments.iter().copied().chain([file]).collect();
        json(folder.path(), &all)
    };
    let found = with("named.csv");
    // What is not penalised is there from the first.
    assert_eq!(found["df"][0], 1);
    assert!(found["coefficients"][0].get("b").is_some());
    assert_eq!(with("ordered.csv"), found);
    assert_eq!(with("bare.csv"), found);
    write("strange.csv", "feature,factor\nB2,0\n");
    write("short.csv", "factor\n1\n");
    write("negative.csv", "factor\n1\n-1\n");
    write("zero.csv", "factor\n0\n0\n");
    write("wide.csv", "a,b,c\n0,1,2\n");
    for (file, said) in [
        ("strange.csv", "\"B2\" is not among the features"),
        ("short.csv", "short.csv has 1 factors for 2 features"),
        (
            "negative.csv",
            "negative.csv, row 3, column \"factor\": -1 is no factor",
        ),
        ("zero.csv", "no feature is penalised"),
        ("wide.csv", "wide.csv has 3 columns"),
    ] {
        let all: Vec<&str> = arguments.iter().copied().chain([file]).collect();
        let error = refused(folder.path(), &all);
        assert!(error.contains(said), "{file}: {error}");
    }
}

#[test]
fn folds_that_cannot_be_judged_are_told() {
    // Eight folds of ten, one of them without an event and of one class: see the library's test
    // for the numbers.
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../stats/tests/reference/elastic_net_data.csv"
    );
    let here = tempfile::tempdir().unwrap();
    for (outcome, measure) in [
        (&["--time", "time", "--event", "event"][..], "deviance"),
        (&["--time", "time", "--event", "event"], "c"),
        (&["--outcome", "class"], "auc"),
    ] {
        let mut all = vec![
            "lasso",
            path,
            "--features",
            "x*",
            "--folds",
            "bad_fold",
            "--measure",
            measure,
        ];
        all.extend(outcome);
        let found = json(here.path(), &all);
        let warning = &found["warnings"][0];
        assert_eq!(warning["code"], "fold_without_measure");
        assert!(
            warning["text"].as_str().unwrap().contains("in fold 3"),
            "{warning}"
        );
    }
}

#[test]
fn missing_and_few_rows_are_told() {
    let mut text = "x,z,y\n".to_owned();
    for i in 0..24 {
        let x = if i == 5 {
            String::new()
        } else {
            ((i * 7) % 11).to_string()
        };
        text.push_str(&format!("{x},{},{}\n", (i * 5) % 13, i32::from(i % 6 == 0)));
    }
    let folder = folder(&text);
    let found = json(
        folder.path(),
        &["lasso", "table.csv", "--outcome", "y", "--folds", "10"],
    );
    assert_eq!(found["n"], 23);
    let codes: Vec<&str> = found["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        &codes[..3],
        ["missing_values", "few_in_class", "fewer_folds"]
    );
    assert_eq!(found["cv"]["n_folds"], 4);
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder(&small());
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("one.csv", "x,y,t,e\n1,1,1,0\n2,1,2,0\n3,1,3,0\n4,1,-4,0\n");
    write("late.csv", "x,t,e\n1,1,0\n2,2,0\n3,3,0\n4,4,1\n");
    write("inf.csv", "x,y\n1,0\nInf,1\n3,0\n4,1\n");
    write("shifted.csv", "ID,z\np1,0\n");
    let rows: String = (0..40).map(|i| format!("p{},{}\n", i + 1, i % 2)).collect();
    write("other.csv", &format!("ID,z\n{rows}"));
    for (arguments, said) in [
        (&["table.csv"][..], "--family binomial needs --outcome"),
        (
            &["table.csv", "--outcome", "nothing"],
            "table.csv has no column \"nothing\"",
        ),
        (&["table.csv", "--outcome", "v"], "values"),
        (
            &["table.csv", "--outcome", "y", "--family", "gaussian"],
            "table.csv, row 2, column \"y\": \"low\" is not a number",
        ),
        (&["one.csv", "--outcome", "y"], "has one class only"),
        (
            &["one.csv", "--outcome", "y", "--family", "gaussian"],
            "the outcome has the same value",
        ),
        (
            &["one.csv", "--time", "t", "--event", "e"],
            "one.csv, row 5, column \"t\": \"-4\" is no time",
        ),
        (
            &["one.csv", "--time", "x", "--event", "e"],
            "no event was seen",
        ),
        (
            &["late.csv", "--time", "t", "--event", "e"],
            "every event happens with nobody left at risk",
        ),
        (
            &["inf.csv", "--outcome", "y"],
            "inf.csv, row 3, column \"x\": the value is infinite",
        ),
        (
            &["table.csv", "--family", "cox"],
            "--family cox needs --time and --event",
        ),
        (
            &["table.csv", "--outcome", "y", "--time", "t", "--event", "e"],
            "--outcome is for --family binomial and gaussian",
        ),
        (&["table.csv", "--time", "t"], "--event"),
        (
            &["table.csv", "--outcome", "y", "--measure", "c"],
            "--measure c is not defined for --family binomial",
        ),
        (
            &["table.csv", "--outcome", "y", "--alpha", "0"],
            "--alpha 0",
        ),
        (
            &["table.csv", "--outcome", "y", "--lambda-min-ratio", "2"],
            "--lambda-min-ratio 2",
        ),
        (
            &["table.csv", "--outcome", "y", "--lambda", "0.1,-1"],
            "--lambda -1 is no penalty",
        ),
        (
            &["table.csv", "--outcome", "y", "--nlambda", "0"],
            "--nlambda 0",
        ),
        (
            &["table.csv", "--outcome", "y", "--tolerance", "0"],
            "--tolerance 0",
        ),
        (
            &["table.csv", "--outcome", "y", "--folds", "2"],
            "--folds 2, where at least 3 folds are needed",
        ),
        (
            &["table.csv", "--outcome", "y", "--folds", "y"],
            "at least 3 are needed",
        ),
        (
            &["table.csv", "--outcome", "y", "--folds", "g"],
            "table.csv has no column \"g\"",
        ),
        (
            &["table.csv", "--outcome", "y", "--features", "ID"],
            "\"p0\" is not a number",
        ),
        (
            &["table.csv", "--outcome", "y", "--weights", "ID"],
            "\"p0\" is not a number",
        ),
        (
            &["table.csv", "--outcome", "z", "--response", "shifted.csv"],
            "shifted.csv has 1 rows, but table.csv has 40",
        ),
        (
            &["table.csv", "--outcome", "z", "--response", "other.csv"],
            "other.csv, row 2 is of p1, but that row of table.csv is of p0",
        ),
    ] {
        let all: Vec<&str> = ["lasso"].iter().chain(arguments).copied().collect();
        let error = refused(folder.path(), &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
