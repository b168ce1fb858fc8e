//! `radiome icc`.

use serde_json::Value;

use super::{Agreement, folder, json, read_json, reference, refused, run, run_with};

const KEYS: [&str; 6] = ["icc1_1", "icc2_1", "icc3_1", "icc1_k", "icc2_k", "icc3_k"];

/// Compares every form of every feature with psych::ICC.
fn check(agreement: &mut Agreement, found: &Value, expected: &Value) {
    let features = found["features"].as_array().unwrap();
    assert_eq!(features.len(), expected.as_object().unwrap().len());
    let mut kept = Vec::new();
    for feature in features {
        let name = feature["name"].as_str().unwrap();
        let r = &expected[name];
        // Closed forms, and quantiles of F for the limits: the suggested tolerance.
        let mut same = |ours: &Value, theirs: &Value| agreement.check(name, ours, theirs, 1e-9);
        same(&feature["n"], &r["n_used"]);
        same(&feature["k"], &r["k"]);
        for (ours, theirs) in [
            ("ms_subjects", "MSB"),
            ("ms_readers", "MSJ"),
            ("ms_error", "MSE"),
            ("ms_within", "MSW"),
        ] {
            same(&feature[ours], &r[theirs]);
        }
        for (place, key) in KEYS.iter().enumerate() {
            let (ours, forms) = (&feature[*key], &r["forms"]);
            same(&ours["icc"], &forms["icc"][place]);
            same(&ours["f"], &forms["F"][place]);
            same(&ours["df1"], &forms["df1"][place]);
            same(&ours["df2"], &forms["df2"][place]);
            same(&ours["p_value"], &forms["p"][place]);
            same(&ours["ci"][0], &forms["lower"][place]);
            same(&ours["ci"][1], &forms["upper"][place]);
        }
        if super::number(&r["forms"]["icc"][1]) > 0.75 {
            kept.push(name);
        }
    }
    assert_eq!(found["kept"], serde_json::json!(kept));
    let warnings = found["warnings"].as_array().unwrap();
    let codes: Vec<&Value> = warnings.iter().map(|warning| &warning["code"]).collect();
    assert_eq!(codes, ["constant_feature"]);
}

#[test]
fn long_tables_agree_with_psych() {
    let Some(folder) = reference() else { return };
    let mut agreement = Agreement::default();
    for name in ["icc_40x2", "icc_40x3"] {
        let table = format!("02_icc/{name}.csv");
        let arguments = ["icc", &table, "--subject", "subject", "--reader", "reader"];
        let found = json(&folder, &arguments);
        let expected = read_json(&folder.join(format!("02_icc/{name}_expected.json")));
        check(&mut agreement, &found, &expected);
    }
    agreement.report("icc of long tables");
}

#[test]
fn a_table_for_each_reader_agrees_with_psych() {
    let Some(folder) = reference() else { return };
    let here = tempfile::tempdir().unwrap();
    let long = std::fs::read_to_string(folder.join("02_icc/icc_40x3.csv")).unwrap();
    for reader in ["1", "2", "3"] {
        let path = here.path().join(format!("R{reader}.csv"));
        let mut lines = long.lines();
        let header = lines
            .next()
            .unwrap()
            .replacen("subject,reader", "PatientID", 1);
        let of_reader = lines.filter(|line| line.split(',').nth(1) == Some(reader));
        let rows = of_reader.map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells.remove(1);
            cells.join(",")
        });
        let mut rows: Vec<String> = rows.collect();
        // Rows meet by id, not by place.
        if reader == "2" {
            rows.reverse();
        }
        rows.insert(0, header);
        std::fs::write(path, rows.join("\n")).unwrap();
    }
    let found = json(here.path(), &["icc", "R1.csv", "R2.csv", "R3.csv"]);
    let expected = read_json(&folder.join("02_icc/icc_40x3_expected.json"));
    let mut agreement = Agreement::default();
    check(&mut agreement, &found, &expected);
    agreement.report("icc of a table for each reader");
}

/// Two readers of four subjects; s5 has one reading.
const LONG: &str = "s,r,x,y,word
s1,A,1,10,u
s1,B,2,10,v
s2,A,5,20,u
s2,B,5,20,v
s3,A,9,31,u
s3,B,8,30,v
s4,A,4,42,u
s4,B,6,40,v
s5,A,4,50,u
";

#[test]
fn threshold_form_and_columns_are_chosen() {
    let folder = folder(LONG);
    let long = ["icc", "table.csv", "--subject", "S", "--reader", "R"];
    let with = |more: &[&str]| {
        let all: Vec<&str> = long.iter().chain(more).copied().collect();
        json(folder.path(), &all)
    };
    let found = with(&[]);
    assert_eq!(found["kept"], serde_json::json!(["x", "y"]));
    assert_eq!(found["features"][0]["n"], 4);
    assert_eq!(found["readers"], serde_json::json!(["A", "B"]));
    let found = with(&["--threshold", "0.95", "--form", "icc3_k"]);
    assert_eq!(found["form"], "icc3_k");
    let value = |feature: usize| super::number(&found["features"][feature]["icc3_k"]["icc"]);
    assert!(value(0) < 0.97 && value(1) > 0.99);
    let found = with(&["--features", "y*"]);
    assert_eq!(found["features"].as_array().unwrap().len(), 1);
    let all: Vec<&str> = long.iter().copied().chain(["--out", "icc.csv"]).collect();
    let text = run(folder.path(), &all);
    assert!(text.starts_with("feature  n  k  icc2_1"), "{text}");
    let csv = std::fs::read_to_string(folder.path().join("icc.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 2 * KEYS.len());
}

#[test]
fn ids_that_do_not_meet_and_lacking_columns_are_told() {
    let here = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(here.path().join(name), text).unwrap();
    write(
        "R1.csv",
        "ID,x,old,diagnostics_n\n1,1,1,5\n2,3,1,5\n3,5,2,6\n4,9,1,7\n",
    );
    write("R2.csv", "ID,x,diagnostics_n\n3,5,1\n2,4,2\n1,1,3\n7,6,4\n");
    let found = json(here.path(), &["icc", "R1.csv", "R2.csv"]);
    assert_eq!(found["features"].as_array().unwrap().len(), 1);
    assert_eq!(found["features"][0]["n"], 3);
    let texts: Vec<&str> = found["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        [
            "1 of the ids in R1.csv are not in R2.csv and are left out: 4",
            "1 of the ids in R2.csv are not in R1.csv and are left out: 7",
            "old is left out: R2.csv has no such column"
        ]
    );
    // Asked for by name, a column must be there.
    let error = refused(
        here.path(),
        &["icc", "R1.csv", "R2.csv", "--features", "old"],
    );
    assert!(error.contains("R2.csv has no column \"old\""), "{error}");
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder(LONG);
    let path = folder.path();
    std::fs::write(path.join("text.csv"), "ID,x\n1,2\n2,three\n3,4\n").unwrap();
    std::fs::write(path.join("ok.csv"), "ID,x\n1,2\n2,3\n3,4\n").unwrap();
    std::fs::write(path.join("inf.csv"), "ID,x\n1,2\n2,Inf\n3,4\n").unwrap();
    std::fs::write(path.join("other.csv"), "ID,x\na,2\nb,3\n").unwrap();
    std::fs::write(path.join("twice.csv"), "s,r,x\n1,A,2\n1,A,3\n2,B,1\n").unwrap();
    std::fs::write(path.join("one.csv"), "s,r,x\n1,A,2\n2,A,3\n").unwrap();
    for (arguments, said) in [
        (
            &["table.csv"][..],
            "one table alone (table.csv) has one reading",
        ),
        (
            &["ok.csv", "text.csv"],
            "text.csv, row 3, column \"x\": \"three\" is not a number",
        ),
        (
            &["ok.csv", "inf.csv"],
            "inf.csv, row 3, column \"x\": the value is infinite",
        ),
        (
            &["ok.csv", "other.csv"],
            "subjects must be spelt the same for every reader",
        ),
        (
            &["ok.csv", "absent.csv"],
            "cannot read the table absent.csv",
        ),
        (&["ok.csv", "table.csv"], "table.csv has no id column"),
        (
            &["twice.csv", "--subject", "s", "--reader", "r"],
            "twice.csv, rows 2 and 3 are both the reading of subject 1 by A",
        ),
        (
            &["one.csv", "--subject", "s", "--reader", "r"],
            "a coefficient needs two readers, found A",
        ),
        (
            &["ok.csv", "ok.csv", "--subject", "ID", "--reader", "x"],
            "--subject and --reader are for one long table, but 2 are given",
        ),
        (&["table.csv", "--subject", "s"], "--reader"),
        (&["ok.csv", "ok.csv", "--form", "icc4_1"], "icc2_1"),
        (&["ok.csv", "ok.csv", "--conf-level", "2"], "--conf-level 2"),
    ] {
        let all: Vec<&str> = ["icc"].iter().chain(arguments).copied().collect();
        let error = refused(path, &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

#[test]
fn identical_readers_agree_fully() {
    let folder = folder("ID,x\n1,2\n2,3\n3,5\n");
    let (status, out, err) = run_with(
        folder.path(),
        &["icc", "table.csv", "table.csv", "--json"],
        "",
    );
    assert_eq!(status, 0, "{err}");
    let found: Value = serde_json::from_str(&out).unwrap();
    let form = &found["features"][0]["icc2_1"];
    assert_eq!((&form["icc"], &form["f"]), (&1.0.into(), &"Inf".into()));
}
