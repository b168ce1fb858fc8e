//! `radiome select`.

use serde_json::Value;

use super::{Agreement, folder, json, read_json, reference, refused, run, run_with};

#[test]
fn every_form_agrees_with_the_reference() {
    let Some(folder) = reference() else { return };
    let folder = folder.join("04_mrmr");
    let expected = read_json(&folder.join("mrmr_109x300_expected.json"));
    let mut agreement = Agreement::default();
    for (association, scheme, selection, relevance) in [
        (
            "pearson",
            "difference",
            "mrmre_classic_pearson_difference",
            "relevance_mi_pearson",
        ),
        (
            "pearson",
            "quotient",
            "mrmre_classic_pearson_quotient",
            "relevance_mi_pearson",
        ),
        (
            "spearman",
            "difference",
            "mrmre_classic_spearman_difference",
            "relevance_mi_spearman",
        ),
        (
            "spearman",
            "quotient",
            "mrmre_classic_spearman_quotient",
            "relevance_mi_spearman",
        ),
        (
            "binned",
            "difference",
            "mid_binned3",
            "relevance_mi_binned3",
        ),
        ("binned", "quotient", "miq_binned3", "relevance_mi_binned3"),
        ("f", "quotient", "fcq_mrmr_selection", "relevance_F"),
    ] {
        let found = json(
            &folder,
            &[
                "select",
                "mrmr_109x300.csv",
                "--outcome",
                "y",
                "-k",
                "30",
                "--method",
                "mrmr",
                "--scheme",
                scheme,
                "--association",
                association,
            ],
        );
        let theirs = &expected[selection];
        let selected = found["selected"].as_array().unwrap();
        let names: Vec<&Value> = selected.iter().map(|one| &one["feature"]).collect();
        assert_eq!(serde_json::json!(names), theirs["selected"], "{selection}");
        let relevance = &expected[relevance];
        for (place, one) in selected.iter().enumerate() {
            let what = format!("{selection} {place}");
            // Closed forms; information near zero is rounded in the square of a correlation.
            agreement.check(&what, &one["score"], &theirs["score"][place], 1e-9);
            let column = super::number(&theirs["index_1based"][place]) as usize - 1;
            agreement.check(&what, &one["relevance"], &relevance[column], 1e-9);
        }
        for (ours, theirs) in found["relevance"]
            .as_array()
            .unwrap()
            .iter()
            .zip(relevance.as_array().unwrap())
        {
            let (ours, theirs) = (super::number(ours), super::number(theirs));
            let close = (ours - theirs).abs() < 1e-14 * theirs.abs().max(1.0);
            assert!(
                close || (ours.is_nan() && theirs.is_nan()),
                "{ours} {theirs}"
            );
        }
        let constant = relevance
            .as_array()
            .unwrap()
            .iter()
            .filter(|r| r.is_null())
            .count();
        let warned = found["warnings"].as_array().unwrap();
        assert_eq!(warned.len(), usize::from(constant > 0));
    }
    agreement.report("mRMR");
}

/// b and c are copies; k is constant.
const TABLE: &str = "ID,grade,stage,k,a,b,c,d
1,low,1,5,1.0,2,2,7
2,low,2,5,2.0,1,1,3
3,high,2,5,4.5,3,3,5
4,high,4,5,4.0,4,4,6
5,low,1,5,1.5,2,2,
6,high,3,5,5.0,5,5,1
";

#[test]
fn words_constants_copies_and_gaps() {
    let folder = folder(TABLE);
    let with = |more: &[&str]| {
        let mut arguments = vec!["select", "table.csv", "--features", "k,a,b,c,d"];
        arguments.extend(more);
        json(folder.path(), &arguments)
    };
    let found = with(&["--outcome", "grade"]);
    assert_eq!(
        (&found["n"], &found["outcome"]),
        (&5.into(), &"grade".into())
    );
    let codes: Vec<&Value> = found["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| &warning["code"])
        .collect();
    assert_eq!(
        codes,
        ["missing_values", "constant_feature", "few_features"]
    );
    let names = |found: &Value| -> Vec<String> {
        found["selected"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["feature"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&found).len(), 4);
    assert_eq!(names(&found)[0], "a");
    // A copy of one that is chosen has infinite redundancy.
    assert_eq!(names(&found)[3], "c");
    assert_eq!(found["selected"][3]["score"], "-Inf");
    // Words and the numbers that they stand for give the same, whichever is the greater.
    std::fs::write(
        folder.path().join("numbers.csv"),
        TABLE.replace("low", "1").replace("high", "0"),
    )
    .unwrap();
    let arguments = [
        "select",
        "numbers.csv",
        "--features",
        "k,a,b,c,d",
        "--outcome",
        "grade",
    ];
    assert_eq!(
        json(folder.path(), &arguments)["selected"],
        found["selected"]
    );
    // A column of the table that is no feature by default: the outcome and the id.
    let found = json(
        folder.path(),
        &["select", "table.csv", "--outcome", "stage", "-k", "1"],
    );
    assert_eq!(
        found["features"],
        serde_json::json!(["k", "a", "b", "c", "d"])
    );
}

#[test]
fn the_screen_and_the_file_list_the_features_in_order() {
    let folder = folder(TABLE);
    let (status, out, err) = run_with(
        folder.path(),
        &[
            "select",
            "table.csv",
            "--outcome",
            "stage",
            "-k",
            "2",
            "--out",
            "chosen.csv",
        ],
        "",
    );
    assert_eq!(status, 0);
    assert!(out.starts_with("rank  feature "), "{out}");
    assert_eq!(out.lines().count(), 3);
    assert!(err.contains("1 of 6 rows"), "{err}");
    let csv = std::fs::read_to_string(folder.path().join("chosen.csv")).unwrap();
    assert!(csv.starts_with("rank,feature,score,relevance\n1,"), "{csv}");
    let by = [
        "select",
        "table.csv",
        "--outcome",
        "stage",
        "-k",
        "1",
        "--by",
        "grade",
    ];
    assert!(run(folder.path(), &by).starts_with("grade = high\n"));
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder(TABLE);
    let path = folder.path();
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
    write("three.csv", "ID,grade,a\n1,low,1\n2,mid,2\n3,high,5\n");
    write("inf.csv", "ID,y,a\n1,0,1\n2,1,Inf\n3,1,5\n");
    write("gaps.csv", "ID,y,a,b\n1,0,1,\n2,1,,2\n3,,5,7\n");
    write("one.csv", "ID,y,a\n1,1,1\n2,1,2\n");
    for (arguments, said) in [
        (&["table.csv"][..], "--outcome <COL>"),
        (
            &["table.csv", "--outcome", "grad"],
            "did you mean \"grade\"?",
        ),
        (
            &["three.csv", "--outcome", "grade"],
            "three.csv: the outcome \"grade\" has 3 values that are no numbers: high, low, mid",
        ),
        (
            &["inf.csv", "--outcome", "y"],
            "inf.csv, row 3, column \"a\": the value is infinite",
        ),
        (
            &["gaps.csv", "--outcome", "y"],
            "gaps.csv: every row has a missing value",
        ),
        (
            &["one.csv", "--outcome", "y"],
            "one.csv: the outcome \"y\" has a single value",
        ),
        (&["table.csv", "--outcome", "stage", "-k", "0"], "-k"),
        (
            &["table.csv", "--outcome", "stage", "--features", "grade"],
            "table.csv, row 2, column \"grade\": \"low\" is not a number",
        ),
        (
            &["table.csv", "--outcome", "stage", "--features", "stage"],
            "no numeric column is left to choose from",
        ),
    ] {
        let all: Vec<&str> = ["select"].iter().chain(arguments).copied().collect();
        let error = refused(path, &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
