//! What is wrong with a study file is said before anything is computed.

use super::small_cohort::{T1_ONLY, clinical_table, ends, id};
use super::{cohort, refused};

#[test]
fn an_unknown_key_is_an_error_with_its_line_and_the_nearest_key() {
    refused(
        "unknown",
        &[("harmonisation", "{}")],
        &["line 15", "harmonisation", "did you mean `harmonization`?"],
    );
    refused(
        "unknown_in_a_block",
        &[("validation", "\n  repeats: 1\n  fold: 3")],
        &["line 15", "`fold`", "did you mean `folds`?"],
    );
    refused(
        "unknown_inside",
        &[("validation", "{repeat: 1}")],
        &["line 13", "`repeat`", "did you mean `repeats`?"],
    );
    refused(
        "unknown_word",
        &[("signature", "{folds: 3, lambda: minimum}")],
        &["line 11", "minimum", "did you mean `min`?"],
    );
    refused(
        "twice",
        &[("validation", "{repeats: 1, repeats: 2}")],
        &["repeats"],
    );
    refused("no_outcome", &[("outcome", "")], &["outcome"]);
    refused(
        "not_a_number",
        &[("validation", "{repeats: many}")],
        &["line 13"],
    );
    refused(
        "folds_2_5",
        &[("signature", "{folds: 2.5}")],
        &["`signature.folds` is a whole number"],
    );
}

#[test]
fn a_wrong_parameter_file_names_the_setting_and_the_file() {
    cohort().file("typing_error.yaml", "setting:\n  binWith: 2\n");
    let sequences = T1_ONLY.replace("params.yaml", "typing_error.yaml");
    let changes = [("sequences", sequences.as_str()), ("reliability", "")];
    refused(
        "channel",
        &changes,
        &["typing_error.yaml", "binWith", "binWidth"],
    );
    let sequences = T1_ONLY.replace("params.yaml", "nowhere.yaml");
    let changes = [("sequences", sequences.as_str()), ("reliability", "")];
    refused("no_params", &changes, &["nowhere.yaml"]);
}

#[test]
fn a_column_that_is_not_there_is_named_with_the_nearest() {
    for (name, key, value, words) in [
        (
            "outcome_column",
            "outcome",
            "{column: hihg_grade}",
            ["`outcome.column`", "did you mean `high_grade`?"],
        ),
        (
            "split_column",
            "split",
            "{column: center, train: [A]}",
            ["`split.column`", "did you mean `centre`?"],
        ),
        (
            "time_column",
            "survival",
            "{time: pfs_day, event: pfs_event}",
            ["`survival.time`", "did you mean `pfs_days`?"],
        ),
        (
            "batch_column",
            "harmonization",
            "{method: combat, batch: scaner}",
            ["`harmonization.batch`", "did you mean `scanner`?"],
        ),
        (
            "candidate_column",
            "clinical",
            "{candidates: [age_yaers]}",
            ["`clinical.candidates`", "did you mean `age_years`?"],
        ),
        (
            "stage_column",
            "stage",
            "ajcc_stag",
            ["`stage`", "did you mean `ajcc_stage`?"],
        ),
        (
            "folds_column",
            "signature",
            "{folds: fold}",
            ["`signature.folds`", "no column"],
        ),
        (
            "id_column",
            "tables",
            "[{file: clinical.csv, id: patientid}]",
            ["patientid", "patient_id"],
        ),
    ] {
        refused(name, &[(key, value)], &words);
    }
}

#[test]
fn several_problems_are_told_at_once_each_with_its_hint() {
    let changes = [
        ("validation", "{repeats: 0, folds: 1}"),
        ("nomogram", "{include: [rs_T3]}"),
    ];
    let err = refused("several", &changes, &[]);
    let place = |text: &str| {
        err.find(text)
            .unwrap_or_else(|| panic!("no {text:?} in {err}"))
    };
    let order = [
        "`rs_T3`, which is no model",
        "help: choose from clinical, rs_T1, rs_T2, rs_combined",
        "`validation.folds` is 1",
        "5 is usual",
        "`validation.repeats` is 0",
        "run at least once",
    ]
    .map(place);
    assert!(order.is_sorted(), "{err}");
}

#[test]
fn a_table_or_variable_that_is_not_there_is_named() {
    refused(
        "variable",
        &[(
            "tables",
            r#"[{file: "${RADIOME_SURELY_UNSET}/clinical.csv", id: patient_id}]"#,
        )],
        &["RADIOME_SURELY_UNSET", "is not set", "export"],
    );
    refused(
        "no_table",
        &[("tables", "[{file: klinik.csv, id: patient_id}]")],
        &["klinik.csv", "check the path"],
    );
    refused("no_tables", &[("tables", "[]")], &["`tables` is empty"]);
    let text =
        clinical_table(|number, column, _| (number == 7 && column == "patient_id").then(|| id(3)));
    cohort().file("twice.csv", &text);
    refused(
        "duplicate",
        &[("tables", "[{file: twice.csv, id: patient_id}]")],
        &["P004", "twice.csv", "5", "9"],
    );
    let (_, err) = ends(cohort().path(), 2, &["study", "run", "absent.yaml"]);
    assert!(err.contains("absent.yaml"), "{err}");
}

#[test]
fn a_file_from_windows_is_read() {
    let text = super::small_cohort::study_text(&[]).replace('\n', "\r\n");
    cohort().file("windows.yaml", &format!("\u{feff}{text}"));
    let (out, _) = ends(cohort().path(), 0, &["study", "check", "windows.yaml"]);
    assert!(out.starts_with("40 patients"), "{out}");
}
