//! `radiome kappa`; the estimator itself is compared with R in the crate of statistics.

use serde_json::json as value;

use super::{folder, json, refused, run};

/// 50 patients: 20 both yes, 5 yes and no, 10 no and yes, 15 both no, as in the worked example of
/// many textbooks: agreement 0.7, by chance 0.5, kappa 0.4.
fn fifty() -> String {
    let mut text = "id,A,B\n".to_owned();
    for (n, a, b) in [
        (20, "yes", "yes"),
        (5, "yes", "no"),
        (10, "no", "yes"),
        (15, "no", "no"),
    ] {
        for _ in 0..n {
            let id = text.lines().count();
            text.push_str(&format!("{id},{a},{b}\n"));
        }
    }
    text
}

#[test]
fn a_table_of_two_readers() {
    let folder = folder(&fifty());
    let found = json(folder.path(), &["kappa", "table.csv", "--readers", "a,B"]);
    let pair = &found["pairs"][0];
    assert_eq!((&pair["a"], &pair["b"]), (&value!("A"), &value!("B")));
    assert_eq!(pair["levels"], value!(["no", "yes"]));
    assert_eq!(pair["counts"], value!([[15, 10], [5, 20]]));
    assert_eq!(pair["agreement"], 0.7);
    for (key, expected) in [("expected", 0.5), ("kappa", 0.4)] {
        let number = pair[key].as_f64().unwrap();
        assert!((number - expected).abs() < 1e-12, "{key}: {number}");
    }
    assert_eq!(pair["disagreements"].as_array().unwrap().len(), 15);
    assert_eq!(pair["disagreements"][0], "21");
    assert_eq!(found["weights"], "none");
    let text = run(folder.path(), &["kappa", "table.csv", "--readers", "A,B"]);
    assert!(text.contains("kappa") && text.contains("0.4"), "{text}");
}

#[test]
fn several_readers_weights_and_groups() {
    let table =
        "id,x,y,z,site\n1,1,1,2,a\n2,2,2,2,a\n3,3,2,3,a\n4,1,1,1,b\n5,2,3,1,b\n6,3,3,NA,b\n";
    let folder = folder(table);
    let all = [
        "kappa",
        "table.csv",
        "--readers",
        "x,y,z",
        "--weights",
        "quadratic",
    ];
    let found = json(folder.path(), &all);
    let pairs = found["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 3);
    assert_eq!((&pairs[0]["n"], &pairs[1]["n"]), (&value!(6), &value!(5)));
    let grouped: Vec<&str> = all.iter().copied().chain(["--by", "site"]).collect();
    let found = json(folder.path(), &grouped);
    assert_eq!(found["groups"]["a"]["pairs"][0]["n"], 3);
}

#[test]
fn one_level_has_no_kappa_and_says_so() {
    let folder = folder("id,A,B\n1,0,0\n2,0,0\n");
    let found = json(folder.path(), &["kappa", "table.csv", "--readers", "A,B"]);
    assert_eq!(found["pairs"][0]["kappa"], value!(null));
    assert_eq!(found["pairs"][0]["agreement"], 1.0);
    assert_eq!(found["warnings"][0]["code"], "no_kappa");
}

#[test]
fn wrong_requests_are_refused() {
    let folder = folder("id,A,B,C\n1,mild,none,\n2,none,none,\n");
    for (arguments, said) in [
        (&["--readers", "A"][..], "--readers names one column"),
        (&["--readers", "A,A"], "names \"A\" twice"),
        (&["--readers", "A,D"], "has no column \"D\""),
        (&["--readers", "A,C"], "no row has a value in both"),
        (
            &["--readers", "A,B", "--weights", "linear"],
            "the levels are words (mild, none)",
        ),
        (
            &["--readers", "A,B", "--levels", "none,marked"],
            "\"mild\" is none of the levels none, marked",
        ),
    ] {
        let all: Vec<&str> = ["kappa", "table.csv"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let error = refused(folder.path(), &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
