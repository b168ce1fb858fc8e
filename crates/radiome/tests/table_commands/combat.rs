//! `radiome combat`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Agreement, folder, json, read_json, reference, refused, run, run_with};

/// Suggested tolerance when sva's stopping rule is copied, and for the fixed point.
const TOLERANCE: f64 = 1e-8;

/// The cells of a CSV file by column.
struct Cells {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Cells {
    fn read(path: &Path) -> Self {
        Self::of(&std::fs::read_to_string(path).unwrap())
    }

    fn of(text: &str) -> Self {
        let cells = |line: &str| line.split(',').map(str::to_owned).collect();
        let mut lines = text.lines();
        Self {
            header: cells(lines.next().unwrap()),
            rows: lines.map(cells).collect(),
        }
    }

    fn column(&self, name: &str) -> Vec<&str> {
        let place = self.header.iter().position(|other| other == name).unwrap();
        self.rows.iter().map(|row| row[place].as_str()).collect()
    }

    fn value(cell: &str) -> Value {
        match cell {
            "NA" | "" => Value::Null,
            number => number.parse::<f64>().unwrap().into(),
        }
    }
}

/// Compares harmonised columns, row by row.
#[track_caller]
fn same_table(
    agreement: &mut Agreement,
    found: &Cells,
    expected: &Cells,
    names: &[(String, String)],
) {
    assert_eq!(found.column("id"), expected.column("id"));
    for (ours, theirs) in names {
        let pairs = found.column(ours).into_iter().zip(expected.column(theirs));
        for (row, (ours, theirs)) in pairs.enumerate() {
            agreement.check(
                &format!("{theirs}, row {row}"),
                &Cells::value(ours),
                &Cells::value(theirs),
                TOLERANCE,
            );
        }
    }
}

fn check_list(agreement: &mut Agreement, place: &str, found: &Value, expected: &Value) {
    let (found, expected) = (found.as_array().unwrap(), expected.as_array().unwrap());
    assert_eq!(found.len(), expected.len(), "{place}");
    for (i, (ours, theirs)) in found.iter().zip(expected).enumerate() {
        agreement.check(&format!("{place} {i}"), ours, theirs, TOLERANCE);
    }
}

const VARIANTS: [(&str, &[&str]); 9] = [
    ("param_nocov", &[]),
    ("param_cov", &["--covariates", "grade,age"]),
    ("nonparam_nocov", &["--non-parametric"]),
    (
        "nonparam_cov",
        &["--non-parametric", "--covariates", "grade,age"],
    ),
    ("meanonly_param_nocov", &["--mean-only"]),
    (
        "meanonly_nonparam_cov",
        &[
            "--mean-only",
            "--non-parametric",
            "--covariates",
            "grade,age",
        ],
    ),
    ("ref_GE_param_nocov", &["--reference", "GE"]),
    (
        "ref_GE_param_cov",
        &["--reference", "GE", "--covariates", "grade,age"],
    ),
    (
        "ref_SI_nonparam_cov",
        &[
            "--reference",
            "SI",
            "--non-parametric",
            "--covariates",
            "grade,age",
        ],
    ),
];

#[test]
fn every_variant_agrees_with_sva() {
    let Some(folder) = reference() else { return };
    let folder = folder.join("03_combat");
    let here = tempfile::tempdir().unwrap();
    let out = here.path().join("out.csv");
    let given = Cells::read(&folder.join("combat_180x60.csv"));
    let (mut tables, mut estimates) = (Agreement::default(), Agreement::default());
    for (variant, options) in VARIANTS {
        let mut arguments = vec!["combat", "combat_180x60.csv", "--batch", "BATCH"];
        arguments.extend(["--features", "f*", "--out", out.to_str().unwrap()]);
        arguments.extend(options);
        let found = json(&folder, &arguments);
        let stem = format!("combat_180x60__{variant}");
        let expected = read_json(&folder.join(format!("{stem}_estimates.json")));
        assert_eq!(found["warnings"], serde_json::json!([]));
        assert_eq!(found["features"], expected["gamma_star"]["colnames"]);
        assert_eq!(found["untouched_features"], expected["untouched_features"]);
        for key in ["grand_mean", "var_pooled"] {
            check_list(&mut estimates, key, &found[key], &expected[key]);
        }
        let batches = found["batches"].as_array().unwrap();
        let names: Vec<&Value> = batches.iter().map(|batch| &batch["name"]).collect();
        assert_eq!(serde_json::json!(names), expected["batches"]);
        for (place, batch) in batches.iter().enumerate() {
            let is_reference = batch["estimates"] == "reference";
            assert_eq!(
                is_reference,
                variant.contains(&format!("ref_{}", batch["name"].as_str().unwrap()))
            );
            for key in ["gamma_hat", "delta_hat", "gamma_star", "delta_star"] {
                // The location of the reference batch is zero but for rounding, and not used.
                if !(is_reference && key == "gamma_hat") {
                    let theirs = &expected[key]["rows"][place];
                    check_list(&mut estimates, key, &batch[key], theirs);
                }
            }
        }
        let written = Cells::read(&out);
        assert_eq!(written.header, given.header);
        for column in ["id", "batch", "grade", "age"] {
            assert_eq!(written.column(column), given.column(column));
        }
        let names: Vec<(String, String)> = given.header[4..]
            .iter()
            .map(|name| (name.clone(), name.clone()))
            .collect();
        let theirs = Cells::read(&folder.join(format!("{stem}_corrected.csv")));
        same_table(&mut tables, &written, &theirs, &names);

        let Some(fixed_point) = expected.get("fully_converged") else {
            continue;
        };
        arguments.extend(["--converge", "full"]);
        let found = json(&folder, &arguments);
        for (place, batch) in found["batches"].as_array().unwrap().iter().enumerate() {
            for key in ["gamma_star", "delta_star"] {
                let theirs = &fixed_point[key]["rows"][place];
                check_list(&mut estimates, "fixed point", &batch[key], theirs);
            }
        }
    }
    tables.report("harmonised tables");
    estimates.report("estimates");
}

#[test]
fn a_frozen_fit_agrees_for_known_and_new_batches() {
    let Some(folder) = reference() else { return };
    let folder = folder.join("03_combat");
    let here = tempfile::tempdir().unwrap();
    let at = |name: &str| here.path().join(name).to_str().unwrap().to_owned();
    let (model, train, new) = (at("model.json"), at("train.csv"), at("new.csv"));
    let fit = json(
        &folder,
        &[
            "combat",
            "apply_train.csv",
            "--batch",
            "batch",
            "--features",
            "f*",
            "--model-out",
            &model,
            "--out",
            &train,
        ],
    );
    let expected = read_json(&folder.join("apply_estimates.json"));
    let mut agreement = Agreement::default();
    for key in ["grand_mean", "var_pooled"] {
        check_list(&mut agreement, key, &fit[key], &expected[key]);
    }
    let names: Vec<(String, String)> = Cells::read(&folder.join("apply_train_corrected.csv"))
        .header[1..]
        .iter()
        .map(|name| (name.clone(), name.clone()))
        .collect();
    let theirs = Cells::read(&folder.join("apply_train_corrected.csv"));
    same_table(
        &mut agreement,
        &Cells::read(Path::new(&train)),
        &theirs,
        &names,
    );

    let apply = ["combat", "apply_new.csv", "--apply", &model];
    let own = ["--new-batch", "own", "--out", &new];
    let arguments: Vec<&str> = apply.into_iter().chain(own).collect();
    let found = json(&folder, &arguments);
    let theirs = Cells::read(&folder.join("apply_new_corrected.csv"));
    same_table(
        &mut agreement,
        &Cells::read(Path::new(&new)),
        &theirs,
        &names,
    );
    let batches = found["batches"].as_array().unwrap();
    let named: HashMap<&str, &Value> = batches
        .iter()
        .map(|batch| (batch["name"].as_str().unwrap(), batch))
        .collect();
    assert_eq!(named["GE"]["estimates"], "frozen");
    assert_eq!(named["ZZ"]["estimates"], "own");
    for key in ["gamma_hat", "delta_hat", "gamma_star", "delta_star"] {
        let theirs = expected["new_batches"]["ZZ"][key].as_object().unwrap();
        let theirs: Value = theirs.values().cloned().collect();
        check_list(&mut agreement, key, &named["ZZ"][key], &theirs);
    }
    assert_eq!(found["warnings"][0]["code"], "new_batch_own");
    agreement.report("frozen fit");

    // What the training table gets from the fit in the file is what it got when it was fitted.
    let again = at("again.csv");
    run(
        &folder,
        &[
            "combat",
            "apply_train.csv",
            "--apply",
            &model,
            "--out",
            &again,
        ],
    );
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    assert_eq!(read(&again), read(&train));

    let error = refused(&folder, &apply);
    assert!(
        error.contains("knows no batch ZZ (it knows GE, PH, SI)"),
        "{error}"
    );
    assert!(
        error.contains("--new-batch none or --new-batch own"),
        "{error}"
    );
    let none = ["--new-batch", "none", "--out", &new];
    let arguments: Vec<&str> = apply.into_iter().chain(none).collect();
    let found = json(&folder, &arguments);
    assert_eq!(found["warnings"][0]["code"], "new_batch_unadjusted");
    let (given, written) = (
        Cells::read(&folder.join("apply_new.csv")),
        Cells::read(Path::new(&new)),
    );
    let row = given
        .column("batch")
        .iter()
        .position(|batch| *batch == "ZZ")
        .unwrap();
    assert_eq!(given.rows[row], written.rows[row]);
}

/// The values of sva that the shared reference set does not hold.
fn further() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../stats/tests/reference"
    ))
}

#[test]
fn words_gaps_and_lone_rows_agree_with_sva() {
    let folder = further();
    let here = tempfile::tempdir().unwrap();
    let out = here.path().join("out.csv");
    let expected = Cells::read(&folder.join("combat.csv"));
    let mut agreement = Agreement::default();
    for (case, pattern, batch, options, warned) in [
        (
            "words",
            "f?",
            "batch",
            &["--covariates", "site,age"][..],
            &["constant_feature"][..],
        ),
        (
            "words_non_parametric",
            "f?",
            "batch",
            &["--covariates", "site,age", "--non-parametric"],
            &["constant_feature"],
        ),
        (
            "words_reference",
            "f?",
            "batch",
            &["--covariates", "site,age", "--reference", "beta"],
            &["constant_feature"],
        ),
        ("gaps", "g?", "batch", &[], &["constant_feature"]),
        (
            "gaps_words",
            "g?",
            "batch",
            &["--covariates", "age,site"],
            &["constant_feature"],
        ),
        (
            "lone",
            "f?",
            "lone",
            &[],
            &["single_row_batch", "constant_feature"],
        ),
        (
            "lone_words",
            "f?",
            "lone",
            &["--covariates", "site,age"],
            &["single_row_batch", "constant_feature"],
        ),
    ] {
        let mut arguments = vec!["combat", "combat_data.csv", "--batch", batch];
        arguments.extend(["--features", pattern, "--out", out.to_str().unwrap()]);
        arguments.extend(options);
        let found = json(&folder, &arguments);
        let codes: Vec<&str> = found["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|warning| warning["code"].as_str().unwrap())
            .collect();
        assert_eq!(codes, warned, "{case}");
        let names: Vec<(String, String)> = (1..=8)
            .map(|j| (pattern.replace('?', &j.to_string()), format!("f{j}")))
            .collect();
        let theirs = Cells {
            header: expected.header.clone(),
            rows: expected
                .rows
                .iter()
                .filter(|row| row[0] == case)
                .cloned()
                .collect(),
        };
        same_table(&mut agreement, &Cells::read(&out), &theirs, &names);
        assert_eq!(found["mean_only"], case.starts_with("lone"));
    }
    agreement.report("words, gaps and lone rows");
}

/// Two batches of four; s is constant in one, h has a single value in the other.
const TABLE: &str = "ID,site,arm,u,v,w,s,h
1,A,x,1.50,20,3,7,1
2,A,y,2.25,24,4,7,2
3,A,x,3.00,22,6,7,4
4,A,y,5.00,29,5,7,3
5,B,x,4.00,10,9,1,
6,B,y,7.50,15,7,2,
7,B,x,6.00,11,12,4,
8,B,y,9.00,19,11,3,5
";

#[test]
fn other_columns_and_untouched_features_are_carried_through_as_written() {
    let folder = folder(TABLE);
    let found = json(
        folder.path(),
        &["combat", "table.csv", "--batch", "site", "--out", "out.csv"],
    );
    assert_eq!(found["features"], serde_json::json!(["u", "v", "w"]));
    assert_eq!(found["untouched_features"], serde_json::json!(["s", "h"]));
    let codes: Vec<&Value> = found["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| &warning["code"])
        .collect();
    assert_eq!(codes, ["too_few_values", "constant_feature"]);
    let written = Cells::read(&folder.path().join("out.csv"));
    let given = Cells::of(TABLE);
    assert_eq!(written.header, given.header);
    for column in ["ID", "site", "arm", "s", "h"] {
        assert_eq!(written.column(column), given.column(column));
    }
    assert_ne!(written.column("u"), given.column("u"));
}

#[test]
fn one_batch_is_carried_through_with_a_warning() {
    let folder = folder(&TABLE.replace(",B,", ",A,"));
    let arguments = ["combat", "table.csv", "--batch", "site", "--out", "out.csv"];
    let found = json(folder.path(), &arguments);
    assert_eq!(found["warnings"][0]["code"], "one_batch");
    assert_eq!(found["batches"][0]["gamma_star"][0], 0.0);
    let written = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(written, TABLE.replace(",B,", ",A,"));
}

#[test]
fn rows_without_batch_or_covariate_are_left_out() {
    let text = TABLE
        .replace("3,A,x,3.00", "3,,x,3.00")
        .replace("6,B,y", "6,B,NA");
    let folder = folder(&text);
    let found = json(
        folder.path(),
        &[
            "combat",
            "table.csv",
            "--batch",
            "site",
            "--covariates",
            "arm",
            "--features",
            "u,v,w",
            "--out",
            "out.csv",
        ],
    );
    assert_eq!(found["n"], 6);
    assert_eq!(found["warnings"][0]["code"], "missing_values");
    assert_eq!(
        found["covariates"]
            .as_object()
            .unwrap()
            .keys()
            .next()
            .unwrap(),
        "arm=y"
    );
    let written = Cells::read(&folder.path().join("out.csv"));
    assert_eq!(written.column("ID"), ["1", "2", "4", "5", "7", "8"]);
}

#[test]
fn groups_keep_the_order_of_the_table() {
    let folder = folder(
        "ID,set,site,u,v\n1,b,A,1,5\n2,a,A,2,9\n3,b,B,4,7\n4,a,B,7,1\n5,b,A,2,6\n6,a,A,3,7\n\
         7,b,B,6,8\n8,a,B,9,3\n9,,A,9,3\n10,a,B,8,2\n",
    );
    let found = json(
        folder.path(),
        &[
            "combat",
            "table.csv",
            "--batch",
            "site",
            "--by",
            "set",
            "--out",
            "out.csv",
        ],
    );
    assert_eq!(found["groups"]["a"]["n"], 5);
    let written = Cells::read(&folder.path().join("out.csv"));
    assert_eq!(written.header, ["ID", "set", "site", "u", "v"]);
    assert_eq!(
        written.column("ID"),
        ["1", "2", "3", "4", "5", "6", "7", "8", "10"]
    );
    // Each group by itself gives the same.
    let only = "ID,set,site,u,v\n1,b,A,1,5\n3,b,B,4,7\n5,b,A,2,6\n7,b,B,6,8\n";
    std::fs::write(folder.path().join("b.csv"), only).unwrap();
    let _ = run(
        folder.path(),
        &["combat", "b.csv", "--batch", "site", "--out", "b_out.csv"],
    );
    let alone = Cells::read(&folder.path().join("b_out.csv"));
    let of_b: Vec<&Vec<String>> = written.rows.iter().filter(|row| row[1] == "b").collect();
    assert_eq!(alone.rows.iter().collect::<Vec<_>>(), of_b);
}

#[test]
fn numbers_count_as_categories_where_that_is_asked_for() {
    let text = TABLE.replace(",x,", ",1,").replace(",y,", ",2,");
    let folder = folder(&text);
    let with = |more: &[&str]| {
        let mut arguments = vec![
            "combat",
            "table.csv",
            "--batch",
            "site",
            "--features",
            "u,v,w",
        ];
        arguments.extend(["--covariates", "arm"]);
        arguments.extend(more);
        json(folder.path(), &arguments)
    };
    let keys = |found: &Value| -> Vec<String> {
        found["covariates"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(keys(&with(&[])), ["arm"]);
    assert_eq!(keys(&with(&["--factor", "arm"])), ["arm=2"]);
}

#[test]
fn the_screen_shows_what_is_removed() {
    let folder = folder(TABLE);
    let (status, out, err) = run_with(
        folder.path(),
        &[
            "combat",
            "table.csv",
            "--batch",
            "site",
            "--features",
            "u,v,w",
            "--out",
            "out.csv",
        ],
        "",
    );
    assert_eq!(status, 0);
    assert!(
        out.starts_with("batch  n  estimates  mean gamma_hat"),
        "{out}"
    );
    assert!(out.contains("\nA      4  fitted"), "{out}");
    assert!(err.contains("written: out.csv"), "{err}");
    let without = [
        "combat",
        "table.csv",
        "--batch",
        "site",
        "--features",
        "u,v,w",
    ];
    let (_, _, err) = run_with(folder.path(), &without, "");
    assert_eq!(err, "without --out the harmonised table is not written");
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder(TABLE);
    let path = folder.path();
    let write = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
    write("inf.csv", &TABLE.replace("2.25", "-Inf"));
    write(
        "text.csv",
        &TABLE.replace("2.25", "2,25").replace("2,25,24", "two,24"),
    );
    write(
        "slip.csv",
        &TABLE
            .replace("A,x", "A,1")
            .replace("B,x", "B,2")
            .replace("A,y", "A,4")
            .replace("B,y", "B,3")
            .replace("8,B,3", "8,B,3o"),
    );
    write("none.csv", &TABLE.replace(",A,", ",,").replace(",B,", ",,"));
    write("model.json", "{\"features\": [\"u\"]}");
    let all = "u,v,w";
    for (arguments, said) in [
        (
            &["table.csv", "--batch", "sit"][..],
            "did you mean \"site\"?",
        ),
        (&["table.csv"], "--batch <COL>"),
        (
            &["table.csv", "--batch", "site", "--features", "q"],
            "table.csv has no column \"q\"",
        ),
        (
            &["table.csv", "--batch", "site", "--features", "u"],
            "needs two that vary within every batch, found 1",
        ),
        (
            &["inf.csv", "--batch", "site"],
            "inf.csv, row 3, column \"u\": the value is infinite",
        ),
        (
            &["text.csv", "--batch", "site", "--features", all],
            "text.csv, row 3, column \"u\": \"two\" is not a number",
        ),
        (
            &["none.csv", "--batch", "site"],
            "none.csv, column \"site\": every cell is missing",
        ),
        (
            &[
                "table.csv",
                "--batch",
                "site",
                "--features",
                all,
                "--reference",
                "C",
            ],
            "the batches are A, B",
        ),
        (
            &[
                "table.csv",
                "--batch",
                "arm",
                "--features",
                all,
                "--covariates",
                "arm",
            ],
            "the covariate arm=y is constant, or follows from the batches",
        ),
        (
            &[
                "table.csv",
                "--batch",
                "arm",
                "--features",
                all,
                "--covariates",
                "site,site",
            ],
            "the covariate site=B is constant, or follows from the batches and the covariates before",
        ),
        (
            &[
                "slip.csv",
                "--batch",
                "site",
                "--features",
                all,
                "--covariates",
                "arm",
            ],
            "slip.csv, row 9, column \"arm\": \"3o\" is not a number",
        ),
        (
            &[
                "table.csv",
                "--batch",
                "site",
                "--features",
                all,
                "--covariates",
                "arm",
                "--factor",
                "s",
            ],
            "--factor s is not among the covariates",
        ),
        (
            &["table.csv", "--batch", "ID", "--features", all],
            "table.csv: batches and covariates leave no variance of u",
        ),
        (
            &["table.csv", "--apply", "absent.json"],
            "cannot read the fit absent.json",
        ),
        (
            &["table.csv", "--apply", "model.json"],
            "model.json is no fit of radiome combat",
        ),
        (
            &["table.csv", "--apply", "model.json", "--mean-only"],
            "--mean-only",
        ),
        (
            &[
                "table.csv",
                "--batch",
                "site",
                "--by",
                "arm",
                "--model-out",
                "m.json",
            ],
            "--model-out",
        ),
        (
            &[
                "table.csv",
                "--batch",
                "site",
                "--features",
                all,
                "--model-out",
                "absent/m.json",
            ],
            "cannot write the fit absent/m.json",
        ),
    ] {
        let arguments: Vec<&str> = ["combat"].iter().chain(arguments).copied().collect();
        let error = refused(path, &arguments);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}

#[test]
fn a_fit_with_covariates_is_applied_with_the_same_levels() {
    let folder = folder(TABLE);
    let path = folder.path();
    let fit = [
        "--batch",
        "site",
        "--features",
        "u,v,w",
        "--covariates",
        "arm,s",
    ];
    let mut arguments = vec![
        "combat",
        "table.csv",
        "--model-out",
        "m.json",
        "--out",
        "a.csv",
    ];
    arguments.extend(fit);
    run(path, &arguments);
    run(
        path,
        &["combat", "table.csv", "--apply", "m.json", "--out", "b.csv"],
    );
    let read = |name: &str| std::fs::read_to_string(path.join(name)).unwrap();
    assert_eq!(read("a.csv"), read("b.csv"));
    // One row of one level alone is still told by the levels of the fit.
    std::fs::write(
        path.join("one.csv"),
        "ID,site,arm,u,v,w,s\n8,B,y,9.00,19,11,3\n",
    )
    .unwrap();
    run(
        path,
        &[
            "combat",
            "one.csv",
            "--apply",
            "m.json",
            "--out",
            "one_out.csv",
        ],
    );
    let (all, one) = (Cells::of(&read("a.csv")), Cells::of(&read("one_out.csv")));
    for column in ["u", "v", "w"] {
        assert_eq!(all.column(column)[7], one.column(column)[0]);
    }
    std::fs::write(
        path.join("new.csv"),
        "ID,site,arm,u,v,w,s\n8,B,z,9.00,19,11,3\n",
    )
    .unwrap();
    let error = refused(path, &["combat", "new.csv", "--apply", "m.json"]);
    assert!(
        error.contains("new.csv, row 2, column \"arm\": the fit does not know the level z"),
        "{error}"
    );
    assert!(error.contains("the levels of the fit are x, y"), "{error}");
    std::fs::write(path.join("few.csv"), "ID,site,arm,u,v,s\n8,B,y,9.00,19,3\n").unwrap();
    let error = refused(path, &["combat", "few.csv", "--apply", "m.json"]);
    assert!(error.contains("few.csv has no column \"w\""), "{error}");
}
