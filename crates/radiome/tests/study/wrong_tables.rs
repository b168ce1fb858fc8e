//! What is wrong with a table is said before anything is computed.

use super::small_cohort::{TRAINING, ends};
use super::{cohort, refused, table};

#[test]
fn an_outcome_that_is_none_is_refused() {
    let one = table("one_class.csv", |number, column, _| {
        (column == "high_grade" && number < TRAINING).then(|| "1".to_owned())
    });
    refused(
        "one_class",
        &[("tables", &one)],
        &[
            "one class only",
            "`high_grade`",
            "help",
            "`outcome.positive`",
        ],
    );
    let three = table("three.csv", |number, column, _| {
        (column == "high_grade" && number == 5).then(|| "2".to_owned())
    });
    refused(
        "three",
        &[("tables", &three)],
        &[
            "`high_grade` has 3 values (0, 1, 2)",
            "an outcome has two",
            "help",
        ],
    );
    refused(
        "never",
        &[("outcome", "{column: high_grade, positive: yes}")],
        &["but `high_grade` never is", "its values: 0, 1"],
    );
    let none = table("none.csv", |_, column, _| {
        (column == "high_grade").then(String::new)
    });
    refused("none", &[("tables", &none)], &["`high_grade`"]);
}

#[test]
fn survival_that_is_none_is_refused() {
    let none = table("no_events.csv", |number, column, _| {
        (column == "pfs_event" && number < TRAINING).then(|| "0".to_owned())
    });
    refused(
        "no_events",
        &[("tables", &none)],
        &[
            "no training patient has an event",
            "`survival.event`",
            "help",
        ],
    );
    let negative = table("negative.csv", |number, column, _| {
        (column == "pfs_days" && number == 3).then(|| "-4".to_owned())
    });
    refused(
        "negative",
        &[("tables", &negative)],
        &["`pfs_days` is -4 in row 5", "0 or more"],
    );
    let two = table("event_two.csv", |number, column, _| {
        (column == "pfs_event" && number == 3).then(|| "2".to_owned())
    });
    refused(
        "event_two",
        &[("tables", &two)],
        &["`pfs_event` is 2 in row 5", "1 is an event"],
    );
}

#[test]
fn too_few_patients_are_refused() {
    refused(
        "folds",
        &[("validation", "{repeats: 1, folds: 15, bootstrap: 0}")],
        &[
            "`validation.folds` is 15",
            "only 14 training patients",
            "to 14 or less",
        ],
    );
    let few = table("few.csv", |number, column, _| {
        (column == "centre" && number > 7).then(|| "C".to_owned())
    });
    refused(
        "few",
        &[("tables", &few), ("split", "{column: centre, train: [A]}")],
        &["only 2 of the 4", "the pipeline needs 4"],
    );
}

#[test]
fn split_values_that_match_nobody_are_refused() {
    let err = refused(
        "nobody",
        &[("split", "{column: centre, train: [a], external: [B]}")],
        &["`split.train`", "a"],
    );
    assert!(err.contains("A, B"), "the values are not named: {err}");
    refused(
        "no_external",
        &[("split", "{column: centre, train: [A], external: [C]}")],
        &["`split.external`", "C", "A, B"],
    );
    refused(
        "both_sides",
        &[("split", "{column: centre, train: [A, B], external: [B]}")],
        &["`split`", "B"],
    );
}

#[test]
fn candidates_known_only_afterwards_are_refused() {
    for (name, column, word) in [
        ("candidate_treatment", "treatment", "treatment"),
        ("candidate_mets", "lung_mets", "speaks of treatment"),
        ("candidate_outcome", "high_grade", "the study's outcome"),
        ("candidate_time", "pfs_days", "survival time"),
        ("candidate_event", "pfs_event", "survival event"),
        ("candidate_id", "patient_id", "patient id"),
        (
            "candidate_grade",
            "grade",
            "looks like the outcome under another name",
        ),
    ] {
        let clinical = format!("{{candidates: [age_years, {column}]}}");
        refused(name, &[("clinical", &clinical)], &[column, word, "help"]);
    }
    // The outcome cannot be allowed; the rest can.
    let clinical = "{candidates: [high_grade], allow: [high_grade]}";
    refused(
        "allow_outcome",
        &[("clinical", clinical)],
        &["the study's outcome"],
    );
    cohort().study(
        "allow",
        &[(
            "clinical",
            "{candidates: [lung_mets, grade], allow: [lung_mets, grade]}",
        )],
    );
    ends(cohort().path(), 0, &["study", "check", "allow.yaml"]);
}

#[test]
fn a_number_that_reads_as_a_word_is_no_factor() {
    let typed = table("typed.csv", |number, column, _| {
        (column == "age_years" && number == 9).then(|| "ca. 60".to_owned())
    });
    refused(
        "typed",
        &[("tables", &typed)],
        &[
            "`age_years` is a number for",
            "\"ca. 60\" in row 11",
            "help",
        ],
    );
    let comma = table("comma.csv", |number, column, usual| {
        (column == "age_years").then(|| format!("\"{usual},{}\"", number % 10))
    });
    refused(
        "comma",
        &[("tables", &comma)],
        &["`age_years` has", "different words in", "decimal point"],
    );
}

#[test]
fn what_is_named_twice_is_refused() {
    refused(
        "candidate_twice",
        &[("clinical", "{candidates: [sex, age_years, sex]}")],
        &["`clinical.candidates` names `sex` more than once"],
    );
    refused(
        "include_twice",
        &[("nomogram", "{include: [rs_T1, rs_T1]}")],
        &["`nomogram.include` names `rs_T1` more than once"],
    );
}

#[test]
fn an_unseen_scanner_is_an_error_where_the_study_says_so() {
    refused(
        "unseen_error",
        &[(
            "harmonization",
            "{method: combat, batch: scanner, unseen: error}",
        )],
        &["S4", "`harmonization.unseen` is `error`", "`unseen: none`"],
    );
}
