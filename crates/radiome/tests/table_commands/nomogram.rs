//! `radiome nomogram`.

use std::path::Path;

use serde_json::Value;

use super::{Agreement, folder, json, number, read_json, reference, refused, run, run_with};

/// Points follow from coefficients that are fitted: 1e-8, as the reference set advises.
const NEWTON: f64 = 1e-8;

/// Compares a value that may be 0 but for rounding.
fn near(agreement: &mut Agreement, place: &str, found: &Value, expected: &Value) {
    if number(expected).abs() < 1e-2 {
        let difference = (number(found) - number(expected)).abs();
        assert!(difference < NEWTON, "{place}: {found} against {expected}");
    } else {
        agreement.check(place, found, expected, NEWTON);
    }
}

fn check_axes(agreement: &mut Agreement, name: &str, found: &Value, e: &Value) {
    let axes = found["axes"].as_array().unwrap();
    assert_eq!(axes.len(), e["predictors"].as_object().unwrap().len());
    for axis in axes {
        let variable = axis["variable"].as_str().unwrap();
        let r = &e["predictors"][variable];
        let levels = axis["levels"].as_array().unwrap();
        assert_eq!(
            levels.len(),
            r["levels"].as_array().unwrap().len(),
            "{name} {variable}"
        );
        for (k, level) in levels.iter().enumerate() {
            assert_eq!(level["value"], r["levels"][k], "{name} {variable}");
            near(agreement, variable, &level["points"], &r["points"][k]);
            near(agreement, variable, &level["effect"], &r["xbeta"][k]);
        }
    }
    let scale = &e["scale"];
    agreement.check(
        name,
        &found["points_per_unit"],
        &scale["points_per_lp_unit"],
        NEWTON,
    );
    let zero = &found["linear_predictor_at_zero"];
    agreement.check(name, zero, &scale["lp_at_zero_points"], NEWTON);
    let total = found["total_points"].as_array().unwrap();
    assert_eq!(
        total.len(),
        e["total_points_axis"].as_array().unwrap().len()
    );
    for (mark, r) in total.iter().zip(e["total_points_axis"].as_array().unwrap()) {
        assert_eq!(number(&mark["points"]), number(r), "{name}");
    }
    let lp = found["linear_predictor"].as_array().unwrap();
    assert_eq!(lp.len(), e["lp_axis"]["lp"].as_array().unwrap().len());
    for (k, mark) in lp.iter().enumerate() {
        near(agreement, name, &mark["value"], &e["lp_axis"]["lp"][k]);
        near(
            agreement,
            name,
            &mark["points"],
            &e["lp_axis"]["total_points"][k],
        );
    }
}

/// Marks of an outcome stand where rms puts them, within what it interpolates.
fn check_marks(name: &str, found: &Value, e: &Value) -> usize {
    let marks = found["marks"].as_array().unwrap();
    let values = e["value"].as_array().unwrap();
    let mut met = 0;
    for (value, points) in values.iter().zip(e["total_points"].as_array().unwrap()) {
        let Some(mark) = marks
            .iter()
            .find(|mark| number(&mark["value"]) == number(value))
        else {
            // below 0 points, where our axis ends
            assert!(number(points) < 0.0, "{name} {value}");
            continue;
        };
        let (ours, r) = (number(&mark["points"]), number(points));
        assert!(
            (ours - r).abs() < 2e-4 * r.max(1.0),
            "{name} {value}: {ours} {r}"
        );
        met += 1;
    }
    met
}

const LOGISTIC: [&str; 5] = ["nomogram", "nomogram_109.csv", "--outcome", "y", "--marks"];
const MARKS: &str = "0.05,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95";

#[test]
fn logistic_nomograms_agree_with_rms() {
    let Some(folder) = reference() else { return };
    let folder = folder.join("07_nomogram");
    let expected = read_json(&folder.join("nomogram_109_expected.json"));
    let mut agreement = Agreement::default();
    for (name, e) in expected["lrm"].as_object().unwrap() {
        let more: &[&str] = match name.as_str() {
            "paper" => &["--vars", "radscore,tstage,margin"],
            "factor_stage" => &["--vars", "radscore,tfac,margin"],
            "spline_age" => &["--vars", "age,radscore,margin", "--spline", "age=4"],
            "explicit_axis" => &[
                "--vars",
                "radscore,tstage,margin",
                "--axis",
                "radscore=-3,-2.5,-2,-1.5,-1,-0.5,0,0.5,1,1.5,2,2.5,3",
                "--axis",
                "tstage=1,2,3,4",
                "--axis",
                "margin=0,1",
            ],
            other => panic!("no such nomogram: {other}"),
        };
        let all: Vec<&str> = LOGISTIC
            .iter()
            .copied()
            .chain([MARKS])
            .chain(more.iter().copied())
            .collect();
        let found = json(&folder, &all);
        assert_eq!(found["n"], 109);
        check_axes(&mut agreement, name, &found, e);
        let coefficients = e["coefficients"].as_object().unwrap();
        agreement.check(
            name,
            &found["intercept"],
            &coefficients["Intercept"],
            NEWTON,
        );
        for one in found["coefficients"].as_array().unwrap() {
            let key = one["name"].as_str().unwrap();
            agreement.check(key, &one["coef"], &coefficients[key], NEWTON);
        }
        for mark in found["total_points"].as_array().unwrap() {
            // by the line and the logistic function from rms's scale
            let slope = number(&e["scale"]["points_per_lp_unit"]);
            let lp = number(&e["scale"]["lp_at_zero_points"]) + number(&mark["points"]) / slope;
            near(&mut agreement, name, &mark["linear_predictor"], &lp.into());
            let p = 1.0 / (1.0 + (-lp).exp());
            near(&mut agreement, name, &mark["probability"], &p.into());
        }
        let risk = &found["functions"][0];
        assert_eq!(risk["name"], "probability");
        assert_eq!(check_marks(name, risk, &e["functions"]["risk"]), 11);
    }
    agreement.report("logistic nomograms");
}

#[test]
fn a_cox_nomogram_agrees_with_rms() {
    let Some(folder) = reference() else { return };
    let folder = folder.join("07_nomogram");
    let e = read_json(&folder.join("nomogram_109_expected.json"))["cph"]["pfs"].clone();
    let request = [
        "nomogram",
        "nomogram_109.csv",
        "--time",
        "time",
        "--event",
        "event",
        "--at",
        "12,36,60",
        "--vars",
        "radscore,tstage,margin",
        "--marks",
        "0.1,0.2,0.3,0.5,0.7,0.8,0.9,0.95",
        "--median-marks",
        "5,10,20,40,60",
    ];
    let found = json(&folder, &request);
    let mut agreement = Agreement::default();
    check_axes(&mut agreement, "pfs", &found, &e);
    agreement.check("center", &found["center"], &e["center"], NEWTON);
    for one in found["coefficients"].as_array().unwrap() {
        let key = one["name"].as_str().unwrap();
        agreement.check(key, &one["coef"], &e["coefficients"][key], NEWTON);
    }
    let functions = found["functions"].as_array().unwrap();
    let names = ["surv_12", "surv_36", "surv_60"];
    for (k, name) in names.iter().enumerate() {
        assert_eq!(functions[k]["name"], "survival");
        assert!(check_marks(name, &functions[k], &e["functions"][name]) >= 6);
    }
    for (k, mark) in functions[3]["marks"].as_array().unwrap().iter().enumerate() {
        let median = &e["functions"]["median"];
        assert_eq!(number(&mark["value"]), number(&median["value"][k]));
        agreement.check(
            "median",
            &mark["points"],
            &median["total_points"][k],
            NEWTON,
        );
    }
    // survival at the marks of total points, by rms's baseline and scale
    for mark in found["total_points"].as_array().unwrap() {
        let slope = number(&e["scale"]["points_per_lp_unit"]);
        let lp = number(&e["scale"]["lp_at_zero_points"]) + number(&mark["points"]) / slope;
        near(&mut agreement, "lp", &mark["linear_predictor"], &lp.into());
        for k in 0..3 {
            let baseline = number(&e["baseline_survival_at_times_centred"][k]);
            let survival: Value = baseline.powf(lp.exp()).into();
            near(
                &mut agreement,
                "survival",
                &mark["survival"][k]["survival"],
                &survival,
            );
        }
        assert_eq!(mark["probability"], mark["survival"][0]["survival"]);
    }
    agreement.report("Cox nomogram");
}

/// Sixty patients: age and score of many values, stage of three words; `y` follows from them with
/// some noise, and so does the time.
fn table() -> String {
    let mut text = String::from("ID,y,age,score,stage,time,event\n");
    for i in 0..60_u32 {
        let age = 30 + i * 7 % 47;
        let score = f64::from(i * 29 % 61) / 20.0 - 1.5;
        let stage = ["I", "II", "III"][(i * 5 % 7 % 3) as usize];
        let effect = f64::from(age) / 20.0 + score + f64::from(i * 13 % 10) / 3.0;
        let y = u8::from(effect > 4.0);
        let time = (60.0 - 6.0 * effect).max(1.0) + f64::from(i % 5);
        text.push_str(&format!(
            "P{i},{y},{age},{score},{stage},{time:.1},{}\n",
            u8::from(i % 3 > 0)
        ));
    }
    text
}

const FILES: [&str; 4] = ["--svg", "n.svg", "--html", "n.html"];

#[test]
fn a_drawing_and_a_calculator_are_written() {
    let folder = folder(&table());
    let request = [
        "nomogram",
        "table.csv",
        "--outcome",
        "y",
        "--vars",
        "age,score,stage",
    ];
    let all: Vec<&str> = request
        .iter()
        .copied()
        .chain(FILES)
        .chain(["--points", "10"])
        .collect();
    let text = run(folder.path(), &all);
    assert!(text.starts_with("axis "), "{text}");
    for part in ["linear predictor", "probability", "stage"] {
        assert!(text.contains(part), "{text}");
    }
    let found = json(folder.path(), &all);
    let most = found["axes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|axis| axis["levels"].as_array().unwrap())
        .map(|level| number(&level["points"]))
        .fold(0.0, f64::max);
    assert!((most - 10.0).abs() < 1e-9);
    let svg = read(folder.path(), "n.svg");
    assert!(svg.starts_with("<svg") || svg.starts_with("<?xml"), "{svg}");
    for word in [
        "age",
        "score",
        "stage",
        "Total points",
        "Probability",
        "Nomogram for y = 1",
    ] {
        assert!(svg.contains(word), "{word}");
    }
    let page = read(folder.path(), "n.html");
    assert!(page.contains("<h1>table.csv</h1>"));
    assert!(page.contains("fitted to 60 rows of table.csv, "));
    let model = model_of(&page);
    assert_eq!(model["outcomes"][0]["baseline"], Value::Null);
    assert_eq!(model["variables"][2]["levels"][0]["name"], "I");
    assert_eq!(model["intercept"], found["intercept"]);
    assert_eq!(
        model["variables"][0]["coefficient"],
        found["coefficients"][0]["coef"]
    );
}

#[test]
fn a_calculator_of_survival_knows_its_baselines_and_bends() {
    let folder = folder(&table());
    let request = [
        "nomogram",
        "table.csv",
        "--time",
        "time",
        "--event",
        "event",
        "--at",
        "20,40",
        "--median",
        "--vars",
        "age,score,stage",
        "--spline",
        "age=3",
    ];
    let all: Vec<&str> = request.iter().copied().chain(FILES).collect();
    let found = json(folder.path(), &all);
    let svg = read(folder.path(), "n.svg");
    for word in ["Survival at 20", "Survival at 40", "Median time"] {
        assert!(svg.contains(word), "{word}");
    }
    let model = model_of(&read(folder.path(), "n.html"));
    let outcomes = model["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), 2);
    assert_eq!(outcomes[1]["label"], "Survival at 40");
    let spline = &model["variables"][0]["spline"];
    assert_eq!(spline["knots"].as_array().unwrap().len(), 3);
    assert_eq!(spline["coefficients"][0], found["coefficients"][1]["coef"]);
    // the page's own arithmetic at a patient of every axis, against the axes
    let sum: f64 = found["axes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|axis| number(&axis["levels"][0]["effect"]))
        .sum();
    let points: f64 = found["axes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|axis| number(&axis["levels"][0]["points"]))
        .sum();
    let lp = number(&model["intercept"]) + sum;
    let line =
        number(&found["linear_predictor_at_zero"]) + points / number(&found["points_per_unit"]);
    assert!((lp - line).abs() < 1e-9);
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The model inside a calculator.
fn model_of(page: &str) -> Value {
    let json = page.split("id=\"model\">").nth(1).unwrap();
    serde_json::from_str(json.split("</script>").next().unwrap()).unwrap()
}

const MODEL: &str = r#"{
  "radiome": "0.1.0", "study": "s", "outcome": ["grade", "1"],
  "nomogram": {
    "intercept": -1.5,
    "coefficients": {"rs_combined": 2.0, "age": 0.05, "stage=II": 0.5, "stage=III": 1.25},
    "clinical": [
      {"variable": "age"},
      {"variable": "stage", "reference": "I", "levels": ["II", "III"]}
    ]
  }
}"#;

#[test]
fn the_nomogram_of_a_study_is_drawn_from_its_model() {
    let folder =
        folder("id,age,stage,rs_combined_score\na,20,I,-1\nb,30,III,2\nc,40,II,0\nd,,I,1\n");
    std::fs::write(folder.path().join("model.json"), MODEL).unwrap();
    let with_table = ["nomogram", "table.csv", "--model", "model.json"];
    let found = json(folder.path(), &with_table);
    // the widest axis: the rad-score from -1 to 2, an effect of 6 for 100 points
    let per_unit = 100.0 / 6.0;
    assert!((number(&found["points_per_unit"]) - per_unit).abs() < 1e-12);
    let points =
        |axis: usize, level: usize| number(&found["axes"][axis]["levels"][level]["points"]);
    assert_eq!(found["axes"][0]["variable"], "rs_combined");
    // marks at the values, as there are few
    assert_eq!(found["axes"][1]["levels"][2]["value"], "40");
    assert!((points(1, 2) - 0.05 * 20.0 * per_unit).abs() < 1e-9);
    assert!((points(2, 2) - 1.25 * per_unit).abs() < 1e-9);
    // at 0 points: rad-score -1, age 20, stage I
    let zero = -1.5 - 2.0 + 0.05 * 20.0;
    assert!((number(&found["linear_predictor_at_zero"]) - zero).abs() < 1e-12);
    assert_eq!(found["warnings"], serde_json::json!([]));
    // without a table from marks alone
    let alone = [
        "nomogram",
        "--model",
        "model.json",
        "--axis",
        "age=20,30,40",
        "--axis",
        "rs_combined=-1,0,1,2",
    ];
    let by_marks = json(folder.path(), &alone);
    assert_eq!(by_marks["axes"], found["axes"]);
    let error = refused(folder.path(), &["nomogram", "--model", "model.json"]);
    assert!(
        error.contains("the axis of rs_combined has no values"),
        "{error}"
    );
    // a table that lacks a predictor
    std::fs::write(folder.path().join("part.csv"), "id,age\na,20\nb,60\n").unwrap();
    let part = [
        "nomogram",
        "part.csv",
        "--model",
        "model.json",
        "--axis",
        "rs_combined=-1,0,1,2",
    ];
    let found = json(folder.path(), &part);
    assert_eq!(found["warnings"][0]["code"], "no_linear_predictor");
    std::fs::write(
        folder.path().join("none.json"),
        MODEL.replacen(
            "{\n    \"intercept\"",
            "null, \"x\": {\n    \"intercept\"",
            1,
        ),
    )
    .unwrap();
    let error = refused(folder.path(), &["nomogram", "--model", "none.json"]);
    assert!(error.contains("none.json holds no nomogram"), "{error}");
    std::fs::write(folder.path().join("other.json"), "{\"a\": 1}").unwrap();
    let error = refused(folder.path(), &["nomogram", "--model", "other.json"]);
    assert!(
        error.contains("other.json is no model of a study"),
        "{error}"
    );
}

#[test]
fn separated_data_are_fitted_by_firth_and_told() {
    let folder = folder("y,x,z\n0,1,3\n0,2,5\n0,3,1\n0,2.5,2\n1,4,4\n1,5,1\n1,6,5\n1,4.5,2\n");
    let request = ["nomogram", "table.csv", "--outcome", "y", "--vars", "x,z"];
    let found = json(folder.path(), &request);
    assert_eq!(found["warnings"][0]["code"], "separation");
    let asked: Vec<&str> = request.iter().copied().chain(["--firth"]).collect();
    let asked = json(folder.path(), &asked);
    assert_eq!(asked["warnings"], serde_json::json!([]));
    assert_eq!(asked["axes"], found["axes"]);
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder(&table());
    let logistic = ["--outcome", "y", "--vars", "age,score,stage"];
    let cox = ["--time", "time", "--event", "event", "--vars", "age,score"];
    for (first, more, said) in [
        (
            &logistic[..],
            &["--axis", "sex=0,1"][..],
            "--axis names \"sex\"",
        ),
        (
            &logistic,
            &["--axis", "age=20,old"],
            "--axis age: \"old\" is not a number",
        ),
        (
            &logistic,
            &["--axis", "stage=I,IV"],
            "--axis stage: \"IV\" is no level",
        ),
        (&logistic, &["--axis", "age"], "--axis age=20,40,60"),
        (
            &logistic,
            &["--spline", "stage=4"],
            "a factor has no spline",
        ),
        (&logistic, &["--spline", "age=2"], "a spline needs 3"),
        (&logistic, &["--spline", "sex=4"], "--spline names \"sex\""),
        (
            &logistic,
            &["--interaction", "age:stage"],
            "an axis of a nomogram cannot show that",
        ),
        (&logistic, &["--points", "0"], "cannot have 0 points"),
        (
            &logistic,
            &["--marks", "1.5"],
            "--marks 1.5 does not lie between 0 and 1",
        ),
        (
            &logistic,
            &["--svg", "absent/n.svg"],
            "cannot write absent/n.svg",
        ),
        (
            &logistic,
            &["--by", "event", "--svg", "n.svg"],
            "cannot be used with",
        ),
        (&logistic, &["--model", "model.json"], "cannot be used with"),
        (&cox, &[], "--at"),
        (&cox, &["--at", "500"], "nobody was observed so long"),
        (&cox, &["--at", "0"], "no event was seen by then"),
        (&["--vars", "age"], &[], "--outcome"),
    ] {
        let all: Vec<&str> = ["nomogram", "table.csv"]
            .iter()
            .chain(first)
            .chain(more)
            .copied()
            .collect();
        let error = refused(folder.path(), &all);
        assert!(error.contains(said), "{more:?}: {error}");
    }
    let (status, _, _) = run_with(folder.path(), &["nomogram", "--outcome", "y"], "");
    assert_eq!(status, 2);
}
