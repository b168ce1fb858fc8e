//! What all commands on a table share: standard input, `--by`, `--quiet`, forms of output.

use super::{folder, json, refused, run, run_with};

const TABLE: &str = "name;p;set\na;0.01;two\nb;0.04;one\nc;0.03;two\nd;0.5;\n";

#[test]
fn a_table_comes_from_standard_input() {
    let folder = folder("");
    let (status, out, err) = run_with(folder.path(), &["p-adjust", "-", "--p", "p"], TABLE);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(
        out.starts_with("   p  p_adjusted\n0.01        0.04\n"),
        "{out}"
    );
    let (status, _, err) = run_with(folder.path(), &["p-adjust", "-", "--p", "x"], TABLE);
    assert_eq!(status, 2);
    assert!(err.contains("standard input has no column \"x\""), "{err}");
}

#[test]
fn groups_are_done_one_by_one() {
    let folder = folder(TABLE);
    let by = ["p-adjust", "table.csv", "--p", "p", "--by", "SET"];
    let found = json(folder.path(), &by);
    let names: Vec<&String> = found["groups"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(
        found["groups"]["two"]["adjusted"],
        serde_json::json!([0.02, 0.03])
    );
    assert_eq!(found["groups"]["two"]["warnings"], serde_json::json!([]));
    assert_eq!(found["warnings"][0]["code"], "missing_group");
    let all: Vec<&str> = by.iter().copied().chain(["--out", "out.tsv"]).collect();
    let text = run(folder.path(), &all);
    assert!(text.starts_with("set = one\n   p  p_adjusted\n"), "{text}");
    let out = std::fs::read_to_string(folder.path().join("out.tsv")).unwrap();
    assert!(
        out.starts_with("set\tp\tp_adjusted\none\t0.04\t0.04\ntwo\t0.01\t0.02\n"),
        "{out}"
    );
}

#[test]
fn an_error_names_its_group() {
    let folder = folder("arm,x,set\na,1,one\nb,2,one\na,3,two\n");
    let error = refused(
        folder.path(),
        &[
            "compare",
            "table.csv",
            "--group",
            "arm",
            "--vars",
            "x",
            "--by",
            "set",
        ],
    );
    assert!(error.contains("in the group set = two"), "{error}");
    assert!(
        error.contains("a comparison needs two groups, found a"),
        "{error}"
    );
    let error = refused(
        folder.path(),
        &["p-adjust", "table.csv", "--p", "x", "--by", "no"],
    );
    assert!(error.contains("table.csv has no column \"no\""), "{error}");
}

#[test]
fn quiet_says_nothing_and_a_file_that_cannot_be_written_is_an_error() {
    let folder = folder(TABLE);
    let by = ["p-adjust", "table.csv", "--p", "p", "--by", "set"];
    let (_, _, loud) = run_with(folder.path(), &by, "");
    assert!(
        loud.contains("warning: 1 rows have no value in \"set\""),
        "{loud}"
    );
    let all: Vec<&str> = by.iter().copied().chain(["--quiet"]).collect();
    let (status, _, quiet) = run_with(folder.path(), &all, "");
    assert_eq!((status, quiet.as_str()), (0, ""));
    let all: Vec<&str> = by
        .iter()
        .copied()
        .chain(["--out", "absent/out.csv"])
        .collect();
    let error = refused(folder.path(), &all);
    assert!(
        error.contains("cannot write the table absent/out.csv"),
        "{error}"
    );
}

#[test]
fn a_column_without_a_value_is_named() {
    let folder = folder("y,a,b,t,e\n0,,1,3,1\n1,NA,2,4,0\n0,,3,5,1\n1,,4,2,1\n");
    for arguments in [
        &["logistic", "table.csv", "--outcome", "y", "--vars", "a,b"][..],
        &[
            "cox",
            "table.csv",
            "--time",
            "t",
            "--event",
            "e",
            "--vars",
            "a,b",
        ],
        &["roc", "table.csv", "--outcome", "y", "--scores", "a"],
        &[
            "concordance",
            "table.csv",
            "--time",
            "t",
            "--event",
            "e",
            "--scores",
            "a",
        ],
    ] {
        let error = refused(folder.path(), arguments);
        let said = "table.csv, column \"a\": every cell is missing";
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
