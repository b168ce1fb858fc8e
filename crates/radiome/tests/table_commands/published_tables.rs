//! The tables of a published paper: its P values through `radiome compare --counts`, its
//! contradictions through `radiome audit`.
//!
//! Its median survival times (43 and 19 months, P 0.000; 39 and 24, P 0.002) cannot be computed
//! again: a log-rank test needs the times, which the paper does not give, and medians alone do not
//! bind the P value, for the curves may part before or after them.

use std::path::Path;

use serde_json::{Value, json};

use super::{Agreement, folder, json as run_json, number, read_json, reference, refused, run};

/// Closed forms; the suggested tolerance of the reference set.
const CLOSED_FORM: f64 = 1e-9;

/// Whether a number is printed so with three decimals; a half may go either way.
fn rounds(printed: f64, exact: f64) -> bool {
    (printed - exact).abs() <= 0.0005 + 1e-12
}

/// The counts of one set as a long table.
fn long_counts(folder: &Path, set: &str) -> tempfile::TempDir {
    let wide = std::fs::read_to_string(folder.join("00_paper_tables/table2_counts.csv")).unwrap();
    let mut lines = wide.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: String| header.iter().position(|column| *column == name).unwrap();
    let (low, high) = (place(format!("{set}_low")), place(format!("{set}_high")));
    let mut long = "variable,level,grade,patients\n".to_owned();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        for (grade, column) in [("low", low), ("high", high)] {
            long.push_str(&format!(
                "{},{},{grade},{}\n",
                cells[0], cells[1], cells[column]
            ));
        }
    }
    super::folder(&long)
}

#[test]
fn p_values_of_counts_come_out_to_three_decimals() {
    let Some(folder) = reference() else { return };
    let r = read_json(&folder.join("00_paper_tables/table2_expected.json"));
    let mut agreement = Agreement::default();
    let (mut reproduced, mut others) = (0, Vec::new());
    for set in ["train", "ext"] {
        let counts = long_counts(&folder, set);
        let found = run_json(
            counts.path(),
            &[
                "compare",
                "table.csv",
                "--group",
                "grade",
                "--vars",
                "level",
                "--counts",
                "patients",
                "--by",
                "variable",
                "--all-tests",
            ],
        );
        for (variable, found) in found["groups"].as_object().unwrap() {
            let name = format!("{variable} {set}");
            let r = &r["categorical"][&name];
            let found = &found["variables"][0];
            let tests = &found["tests"];
            for (ours, theirs) in [
                ("chi_square", "chisq"),
                ("chi_square_yates", "chisq_yates"),
                ("fisher_exact", "fisher"),
                ("g", "likelihood_ratio_G"),
            ] {
                if let Some(theirs) = r["p"].get(theirs) {
                    agreement.check(&name, &tests[ours]["p_value"], theirs, CLOSED_FORM);
                }
            }
            let rule = match found["chosen"].as_str().unwrap() {
                "chi_square" => "chisq",
                other => other.trim_end_matches("_exact"),
            };
            assert_eq!(r["rule_of_thumb_test"], rule, "{name}");
            let p = number(&tests[found["chosen"].as_str().unwrap()]["p_value"]);
            if rounds(number(&r["published"]), p) {
                reproduced += 1;
                continue;
            }
            // none of the tests would do either
            let any = ["chi_square", "chi_square_yates", "fisher_exact"];
            let any = any.map(|test| number(&tests[test]["p_value"]));
            assert!(
                !any.iter().any(|p| rounds(number(&r["published"]), *p)),
                "{name}"
            );
            others.push(format!("{name}: printed {}, found {p:.3}", r["published"]));
        }
    }
    assert_eq!(reproduced, 38);
    assert_eq!(
        others,
        [
            "Neurovascular bundle involvement train: printed 0.276, found 1.000",
            "AJCC-stage ext: printed 0.351, found 0.338",
        ]
    );
    agreement.report("P values of a published table");
}

/// As many values as told, with this mean and standard deviation.
fn sample(n: usize, mean: f64, sd: f64) -> Vec<f64> {
    let raw: Vec<f64> = (0..n).map(|k| k as f64).collect();
    let middle = raw.iter().sum::<f64>() / n as f64;
    let squares: f64 = raw.iter().map(|v| (v - middle) * (v - middle)).sum();
    let scale = sd / (squares / (n - 1) as f64).sqrt();
    raw.iter().map(|v| mean + (v - middle) * scale).collect()
}

/// A t test knows of its samples the size, mean and standard deviation alone, so samples made of
/// these give what the paper's would. The external age comes out to the printed means (0.522 for
/// 0.521); that of the training set does not (0.293 for 0.312, and at most 0.307 before rounding).
#[test]
fn p_values_of_means_come_out_where_they_can() {
    let Some(folder) = reference() else { return };
    let r = read_json(&folder.join("00_paper_tables/table2_expected.json"));
    let mut agreement = Agreement::default();
    let sets = [
        ("train", [(59, 51.0, 20.2), (50, 55.0, 19.1)], false),
        ("external", [(34, 53.3, 19.3), (37, 50.4, 18.7)], true),
    ];
    for (set, groups, compatible) in sets {
        let mut table = "grade,age\n".to_owned();
        // the low grade is the first group
        for (grade, (n, mean, sd)) in ["1-low", "2-high"].into_iter().zip(groups) {
            for age in sample(n, mean, sd) {
                table.push_str(&format!("{grade},{age}\n"));
            }
        }
        let ages = super::folder(&table);
        let options = ["compare", "table.csv", "--group", "grade", "--all-tests"];
        let found = run_json(ages.path(), &options);
        let tests = &found["variables"][0]["tests"];
        let r = &r["age"][set];
        for (ours, theirs) in [("student_t", "t_pooled"), ("welch_t", "t_welch")] {
            let (ours, theirs) = (&tests[ours], &r[theirs]);
            agreement.check(set, &ours["statistic"], &theirs["t"], CLOSED_FORM);
            agreement.check(set, &ours["df"], &theirs["df"], CLOSED_FORM);
            agreement.check(set, &ours["p_value"], &theirs["p"], CLOSED_FORM);
        }
        // Means and deviations are rounded to a tenth.
        let (p, printed) = (
            number(&tests["student_t"]["p_value"]),
            number(&r["published"]),
        );
        assert_eq!((p - printed).abs() < 0.014, compatible, "{set}: {p}");
        assert_eq!(r["compatible_pooled"], compatible);
    }
    agreement.report("P values of published means");
}

/// The paper's tables, and a table of its comparisons of areas.
fn tables() -> Option<Vec<String>> {
    let folder = reference()?.join("00_paper_tables");
    let names = [
        "table2_counts.csv",
        "table2_published_p.csv",
        "table2_age.csv",
        "table3.csv",
        "table4.csv",
        "cindex_text.csv",
        "auc_comparisons_text.json",
    ];
    let path = |name: &str| folder.join(name).display().to_string();
    Some(names.map(path).into())
}

/// Table, row, column and rule of each finding; the table by its name alone.
fn findings(found: &Value) -> Vec<[String; 4]> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = found["findings"].as_array().unwrap().iter();
    list.map(|finding| {
        let table = text(&finding["table"]);
        let (_, table) = table.rsplit_once('/').unwrap_or(("", &table));
        let rest = ["row", "column", "rule"].map(|key| text(&finding[key]));
        let [row, column, rule] = rest;
        [table.to_owned(), row, column, rule]
    })
    .collect()
}

/// What an audit by hand found (the README of the reference set, and table3_audit.json for the
/// T-stage, whose crude odds ratio is 2.07 a stage and 3.43 for stages 3 and 4), and nothing else.
#[test]
fn contradictions_are_found_and_nothing_else_is() {
    let Some(tables) = tables() else { return };
    let all: Vec<&str> = ["audit"]
        .into_iter()
        .chain(tables.iter().map(String::as_str))
        .collect();
    let found = run_json(Path::new("."), &all);
    let expected = [
        [
            "table2_published_p.csv",
            "AJCC-stage",
            "p_ext",
            "p_of_counts",
        ],
        [
            "table2_published_p.csv",
            "Neurovascular bundle involvement",
            "p_train",
            "p_of_counts",
        ],
        ["table2_age.csv", "Age, train", "published_p", "p_of_means"],
        [
            "table3.csv",
            "T-stage, univariate",
            "or",
            "crude_odds_ratio",
        ],
        [
            "table3.csv",
            "Myxoid matrix, univariate",
            "or",
            "crude_odds_ratio",
        ],
        ["table3.csv", "Margin, univariate", "or", "crude_odds_ratio"],
        [
            "table3.csv",
            "Capsule, univariate",
            "or",
            "crude_odds_ratio",
        ],
        [
            "table3.csv",
            "T-stage, multivariate",
            "p_text",
            "p_of_ratio",
        ],
        ["table3.csv", "Margin, multivariate", "p_text", "p_of_ratio"],
        [
            "table4.csv",
            "Clinical model, train",
            "acc",
            "confusion_truncated",
        ],
        [
            "table4.csv",
            "Clinical model, external",
            "lower",
            "interval_symmetry",
        ],
        [
            "table4.csv",
            "RS-Combined, external",
            "npv",
            "confusion_cells",
        ],
        [
            "cindex_text.csv",
            "Nomogram + AJCC",
            "lower, upper",
            "interval_copied",
        ],
        [
            "auc_comparisons_text.json",
            "external_t1_vs_fst2_p_lt_0.001",
            "comparison",
            "auc_difference",
        ],
    ];
    assert_eq!(findings(&found), expected.map(|row| row.map(str::to_owned)));
    // What is implied, as the reference set has it.
    let folder = reference().unwrap().join("00_paper_tables");
    let (table2, table3) = (
        read_json(&folder.join("table2_expected.json")),
        read_json(&folder.join("table3_audit.json")),
    );
    let table4 = read_json(&folder.join("table4_expected.json"));
    let categorical = &table2["categorical"];
    let crude = &table3["crude_from_table2_training"];
    let wald = &table3["published_and_implied"]["implied_p_wald"];
    let implied = [
        categorical["AJCC-stage ext"]["rule_of_thumb_p"].clone(),
        categorical["Neurovascular bundle involvement train"]["rule_of_thumb_p"].clone(),
        table2["age"]["train"]["t_pooled"]["p"].clone(),
        crude["t_stage_3_4_vs_1_2"]["or"].clone(),
        crude["myxoid"]["or"].clone(),
        crude["margin_ill_defined"]["or"].clone(),
        crude["capsule"]["or"].clone(),
        wald[6].clone(),
        wald[7].clone(),
        table4["Clinical model train"]["recomputed"]["acc"].clone(),
        json!(2.0 * 0.833 - 0.927),
        table4["RS-Combined external"]["recomputed"]["npv"].clone(),
        json!((0.492 + 0.641) / 2.0),
    ];
    let mut agreement = Agreement::default();
    let list = found["findings"].as_array().unwrap();
    for (finding, implied) in list.iter().zip(&implied) {
        // Newton models, the odds ratio a stage among them
        let row = finding["row"].as_str().unwrap();
        agreement.check(row, &finding["implied"], implied, 1e-8);
    }
    let last = list.last().unwrap();
    assert_eq!(last["printed"], "<0.001");
    let told = last["explanation"].as_str().unwrap();
    assert!(told.contains("correlated by 0.9999"), "{told}");
    agreement.report("implied numbers");
    assert_eq!(list[0]["printed"], 0.351);
    assert_eq!(list[0]["line"], 6);
    assert_eq!(found["warnings"], json!([]));
}

#[test]
fn the_comparisons_may_name_models_and_other_tables_are_told_of() {
    let Some(folder) = reference() else { return };
    let folder = folder.join("00_paper_tables");
    let comparisons = super::folder(
        "a,b,set,p\nRS-T1,RS-FST2,external,<0.001\nRS-Combined,RS-T1,train,0.297\n\
         RS-T1,RS-9,train,0.3\n",
    );
    let file = |name: &str| folder.join(name).display().to_string();
    let (table4, other) = (file("table4.csv"), file("table2_which_test.csv"));
    let found = run_json(
        comparisons.path(),
        &[
            "audit",
            "table.csv",
            &table4,
            &other,
            "--sizes",
            "train=59,50",
            "--sizes",
            "external=34,37",
        ],
    );
    let rules: Vec<String> = findings(&found)
        .into_iter()
        .map(|[.., rule]| rule)
        .collect();
    assert_eq!(
        rules,
        [
            "auc_difference",
            "confusion_truncated",
            "interval_symmetry",
            "confusion_cells"
        ]
    );
    let last = &found["findings"][0];
    assert_eq!(last["row"], "RS-T1 vs RS-FST2, external");
    let codes: Vec<&Value> = found["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| &warning["code"])
        .collect();
    assert_eq!(codes, ["area_not_known", "not_recognised"]);
}

/// Tables without a fault, of our own making.
#[test]
fn consistent_tables_are_left_in_peace() {
    // 40 positives, 60 negatives: TP 30, FN 10, TN 45, FP 15; in percent, truncated, and with the
    // positive group first.
    let rows = [
        "model,sen,spe,acc,ppv,npv\nA,0.75,0.75,0.75,0.667,0.818\nB,0.475,0.333,0.39,0.322,0.488\n",
        "model,sen,spe,acc,ppv,npv\nA,75.0,75.0,75.0,66.7,81.8\nB,47.5,33.3,39.0,32.2,48.8\n",
        "model,sen,spe,acc,ppv,npv\nA,0.75,0.75,0.75,0.666,0.818\nB,0.475,0.333,0.39,0.322,0.487\n",
    ];
    for table in rows {
        let folder = folder(table);
        for sizes in ["all=60,40", "all=40,60"] {
            let found = run_json(folder.path(), &["audit", "table.csv", "--sizes", sizes]);
            assert_eq!(found["findings"], json!([]), "{table} {sizes}");
            assert_eq!(found["tables"][0]["checked"], 10);
        }
    }
    // more patients than can be tried
    let many = folder(rows[0]);
    let sizes = ["audit", "table.csv", "--sizes", "all=999999,999999"];
    let found = run_json(many.path(), &sizes);
    assert_eq!(found["warnings"][0]["code"], "rates_not_checked");
    // counts and P values of one set, in one table; chi-square of [[10, 20], [30, 20]] is 5.333
    let counts = folder(
        "variable,level,low,high,p\nsex,f,10,20,0.021\n,m,30,20,\nage,young,25,15,0.025\n,old,15,25,\n",
    );
    let found = run_json(counts.path(), &["audit", "table.csv"]);
    assert_eq!(found["findings"], json!([]));
    // a P value of Wald, one rounded from "<", and an interval of a profile likelihood
    let ratios = folder(
        "variable,or,lower,upper,p\na,2.00,1.00,4.00,0.050\nb,3.50,1.40,11.20,0.012\nc,1.05,0.80,1.38,0.73\n",
    );
    let found = run_json(ratios.path(), &["audit", "table.csv"]);
    assert_eq!(found["findings"], json!([]));
}

#[test]
fn faults_of_every_kind_are_found() {
    let one = |table: &str, more: &[&str]| -> Vec<(String, String, Value)> {
        let folder = folder(table);
        let found = run_json(folder.path(), &[&["audit", "table.csv"][..], more].concat());
        let list = found["findings"].as_array().unwrap().iter();
        list.map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap().to_owned();
            (text("rule"), text("column"), finding["implied"].clone())
        })
        .collect()
    };
    let text = |rule: &str, column: &str| (rule.to_owned(), column.to_owned());
    let of = |found: &[(String, String, Value)]| -> Vec<(String, String)> {
        found
            .iter()
            .map(|(rule, column, _)| text(rule, column))
            .collect()
    };
    // a total that differs
    let found = one(
        "variable,level,a_low,a_high\nx,1,10,20\nx,2,30,20\ny,1,5,9\ny,2,35,30\nz,1,9,10\nz,2,31,30\n",
        &[],
    );
    assert_eq!(of(&found), [text("count_total", "a_high")]);
    assert_eq!(found[0].2, 40.0);
    // a sensitivity that no whole number of 7 gives
    let found = one("model,sen,spe\nm,0.80,0.50\n", &["--sizes", "all=4,7"]);
    assert_eq!(of(&found), [text("confusion_cells", "sen")]);
    // nothing fits
    let found = one(
        "model,sen,spe,acc,ppv,npv\nm,0.11,0.97,0.33,0.71,0.13\n",
        &["--sizes", "all=6,7"],
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "confusion_cells");
    // an area below the rectangle under the operating point: 0.9 x 0.9
    let found = one(
        "model,auc,lower,upper,sen,spe\nm,0.75,0.70,0.80,0.90,0.90\n",
        &["--sizes", "all=10,10"],
    );
    assert_eq!(of(&found), [text("auc_operating_point", "auc")]);
    // an estimate beside its limits
    let found = one("variable,or,lower,upper\na,3.00,1.10,2.50\n", &[]);
    assert_eq!(of(&found), [text("interval_order", "or")]);
    // an interval that leans towards 1
    let found = one("variable,or,lower,upper\na,3.00,0.50,4.00\n", &[]);
    assert_eq!(of(&found), [text("ratio_symmetry", "or")]);
}

#[test]
fn the_screen_numbers_findings_and_tells_why() {
    let folder = folder("variable,or,lower,upper,p\nMargin,2.69,1.21,6.19,<0.001\n");
    let text = run(folder.path(), &["audit", "table.csv", "--out", "out.csv"]);
    assert!(
        text.starts_with(
            "#  table      row     column  printed  implied\n\
             1  table.csv  Margin  p       <0.001   0.01749\n\
             \n\
             1. p_of_ratio: the ratio and its limits give P = 0.01749"
        ),
        "{text}"
    );
    assert!(
        text.ends_with("\ncells and bonds checked: 2; findings: 1\n"),
        "{text}"
    );
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert!(csv.starts_with("table,row,column,printed,implied,line,rule,explanation\n"));
}

#[test]
fn wrong_requests_name_the_place_and_the_remedy() {
    let folder = folder("a,b\n1,2\n");
    std::fs::write(
        folder.path().join("bad.csv"),
        "model,auc,lower,upper\nm,high,0.5,0.9\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("list.json"), "[1, 2]").unwrap();
    for (arguments, said) in [
        (&["table.csv"][..], "no table could be checked: table.csv"),
        (&["absent.csv"], "cannot read the table absent.csv"),
        (
            &["bad.csv"],
            "bad.csv, row 2, column \"auc\": \"high\" is not a number",
        ),
        (&["list.json"], "list.json holds no table"),
        (
            &["bad.csv", "--by", "model"],
            "audit looks at all tables together",
        ),
        (
            &["bad.csv", "--sizes", "train=3"],
            "write it as in train=59,50",
        ),
        (&[], "<TABLE>..."),
    ] {
        let error = refused(folder.path(), &[&["audit"][..], arguments].concat());
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
