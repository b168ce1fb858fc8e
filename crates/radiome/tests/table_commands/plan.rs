//! `radiome plan`. The numbers behind it are tested in crates/stats/tests/sample_size.rs.

use serde_json::Value;

use super::{folder, json, number, refused, run, run_with};

fn sizes(found: &Value) -> Vec<(String, u64)> {
    found["criteria"]
        .as_array()
        .unwrap()
        .iter()
        .map(|criterion| {
            let name = criterion["name"].as_str().unwrap();
            (name.to_owned(), criterion["n"].as_u64().unwrap())
        })
        .collect()
}

#[test]
fn the_examples_of_pmsampsize_come_out() {
    let folder = folder("");
    // pmsampsize 1.1.3: n 623, 662, 221, EPP 4.80, largest R² 0.603, R² of Nagelkerke 0.477.
    let plan = ["plan", "--predictors", "24", "--prevalence", "0.174"];
    let with = |more: &[&str]| {
        let arguments: Vec<&str> = plan.iter().chain(more).copied().collect();
        json(folder.path(), &arguments)
    };
    let found = with(&["--r2", "0.288"]);
    let expected = [("shrinkage", 623), ("optimism", 662), ("overall_risk", 221)];
    let expected: Vec<(String, u64)> = expected.map(|(name, n)| (name.to_owned(), n)).into();
    assert_eq!(sizes(&found), expected);
    assert_eq!(found["required_n"], 662);
    assert_eq!(found["warnings"], serde_json::json!([]));
    assert_eq!(format!("{:.2}", number(&found["epp"])), "4.80");
    assert_eq!(format!("{:.3}", number(&found["r2_maximum"])), "0.603");
    assert_eq!(format!("{:.3}", number(&found["r2_nagelkerke"])), "0.477");
    let same = with(&["--nagelkerke", &found["r2_nagelkerke"].to_string()]);
    assert_eq!(sizes(&same), expected);

    // From a C of 0.89 pmsampsize simulates an R² of 0.2902; integrated it is 0.29095, so the samples
    // differ by 2 in 600 (617, 661 and 221 there).
    let found = with(&["--c", "0.89"]);
    assert_eq!(format!("{:.5}", number(&found["r2"])), "0.29095");
    for ((_, ours), theirs) in sizes(&found).into_iter().zip([617_u64, 661, 221]) {
        assert!(ours.abs_diff(theirs) <= 2, "{ours} {theirs}");
    }

    let found = json(
        folder.path(),
        &[
            "plan",
            "--predictors",
            "30",
            "--r2",
            "0.051",
            "--time-to-event",
            "--rate",
            "0.065",
            "--timepoint",
            "2",
            "--mean-follow-up",
            "2.07",
        ],
    );
    assert_eq!(found["required_n"], 5143);
    assert_eq!(sizes(&found)[1].1, 1039);
    assert_eq!(format!("{:.2}", number(&found["epp"])), "23.07");
}

#[test]
fn targets_change_the_criteria() {
    let folder = folder("");
    let with = |more: &[&str]| {
        let plan = [
            "plan",
            "--predictors",
            "40",
            "--prevalence",
            "0.3",
            "--r2",
            "0.1",
        ];
        let arguments: Vec<&str> = plan.iter().chain(more).copied().collect();
        json(folder.path(), &arguments)
    };
    let usual = sizes(&with(&[]));
    let strict = sizes(&with(&[
        "--shrinkage",
        "0.95",
        "--optimism",
        "0.02",
        "--margin",
        "0.03",
    ]));
    for ((_, usual), (_, strict)) in usual.iter().zip(&strict) {
        assert!(usual < strict);
    }
    let found = with(&["--mean-absolute-error", "0.04"]);
    assert_eq!(sizes(&found)[3].0, "mean_absolute_error");
    assert_eq!(found["warnings"][0]["code"], "beyond_formula");
}

#[test]
fn the_screen_says_how_many_and_why() {
    let folder = folder("");
    let plan = [
        "plan",
        "--predictors",
        "24",
        "--prevalence",
        "0.174",
        "--r2",
        "0.288",
    ];
    let text = run(folder.path(), &plan);
    assert!(text.starts_with("criterion       n  events"), "{text}");
    assert!(
        text.contains("662 patients with 116 events are needed, 4.799 events per parameter"),
        "{text}"
    );
    let arguments: Vec<&str> = plan.iter().copied().chain(["--out", "plan.csv"]).collect();
    let (status, _, err) = run_with(folder.path(), &arguments, "");
    assert_eq!((status, err.trim()), (0, "written: plan.csv"));
    let csv = std::fs::read_to_string(folder.path().join("plan.csv")).unwrap();
    assert!(csv.contains("\noverall_risk,221,"), "{csv}");
}

#[test]
fn wrong_requests_say_what_to_do() {
    let folder = folder("");
    for (arguments, said) in [
        (&["--predictors", "5"][..], "--prevalence <P>"),
        (&["--prevalence", "0.3", "--c", "0.8"], "--predictors <K>"),
        (
            &["--predictors", "0", "--prevalence", "0.3", "--c", "0.8"],
            "--predictors",
        ),
        (
            &["--predictors", "5", "--prevalence", "0.3"],
            "give --r2, --nagelkerke, or (with --prevalence) --c",
        ),
        (
            &["--predictors", "5", "--prevalence", "30", "--c", "0.8"],
            "the prevalence must lie between 0 and 1 (neither included), found 30",
        ),
        (
            &["--predictors", "5", "--prevalence", "0.3", "--c", "0.5"],
            "the C statistic must lie between 0.5 and 1",
        ),
        (
            &["--predictors", "5", "--prevalence", "0.3", "--r2", "0.8"],
            "an R2 of Nagelkerke is given with --nagelkerke",
        ),
        (
            &[
                "--predictors",
                "5",
                "--prevalence",
                "0.3",
                "--r2",
                "0.2",
                "--c",
                "0.8",
            ],
            "cannot be used with",
        ),
        (
            &[
                "--predictors",
                "5",
                "--r2",
                "0.1",
                "--time-to-event",
                "--rate",
                "0.1",
            ],
            "--timepoint <T>",
        ),
        (
            &[
                "--predictors",
                "5",
                "--prevalence",
                "0.3",
                "--c",
                "0.8",
                "--shrinkage",
                "1",
            ],
            "the shrinkage must lie between 0 and 1",
        ),
        (
            &[
                "--predictors",
                "5",
                "--r2",
                "0.1",
                "--time-to-event",
                "--rate",
                "0.5",
                "--timepoint",
                "2",
                "--mean-follow-up",
                "3",
            ],
            "must lie between 0 and 1 (neither included), found 1.5",
        ),
    ] {
        let all: Vec<&str> = ["plan"].iter().chain(arguments).copied().collect();
        let error = refused(folder.path(), &all);
        assert!(error.contains(said), "{arguments:?}: {error}");
    }
}
