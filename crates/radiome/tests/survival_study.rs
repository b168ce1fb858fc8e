//! Survival as dates, strata, subgroups and the nomogram with the stage, in a study run as a user
//! runs it.

#[allow(dead_code)]
mod small_cohort;

use std::fs;
use std::sync::OnceLock;

use radiome::results::{Results, Subgroup};
use radiome::table::Table;
use small_cohort::{EXTERNAL, SmallCohort, T1_ONLY, TRAINING, clinical_table, ends};

fn cohort() -> &'static SmallCohort {
    static COHORT: OnceLock<SmallCohort> = OnceLock::new();
    COHORT.get_or_init(SmallCohort::write)
}

/// 1 January 2015 and so many days on, as R prints `as.Date("2015-01-01") + days`.
fn date(days: u32) -> String {
    let date = calendar(days);
    format!("{}-{:02}-{:02}", date.0, date.1, date.2)
}

/// The calendar counted day by day from 1 January 2015.
fn calendar(days: u32) -> (u32, usize, u32) {
    let (mut year, mut month, mut day) = (2015, 1, 1);
    for _ in 0..days {
        let february = if year % 4 == 0 { 29 } else { 28 };
        let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        day += 1;
        if day > lengths[month - 1] {
            (month, day) = (month + 1, 1);
        }
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    (year, month, day)
}

/// The clinical table with dates in place of times; `change` as in [`clinical_table`].
fn with_dates(change: impl Fn(usize, &str) -> Option<String>) -> String {
    let plain = clinical_table(|_, _, _| None);
    let mut lines = plain.lines().map(str::to_owned);
    let header = lines.next().unwrap();
    let place = |name: &str| header.split(',').position(|column| column == name).unwrap();
    let (time, event) = (place("pfs_days"), place("pfs_event"));
    let mut text = format!("{header},imaged,seen,progressed\n");
    for (number, line) in lines.enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let start = 37 * number as u32;
        let end = date(start + cells[time].parse::<u32>().unwrap());
        let progressed = if cells[event] == "1" {
            end.clone()
        } else {
            String::new()
        };
        let cell = |name: &str, usual: String| change(number, name).unwrap_or(usual);
        text += &format!(
            "{line},{},{},{}\n",
            cell("imaged", date(start)),
            cell("seen", end),
            cell("progressed", progressed)
        );
    }
    text
}

fn run(name: &str, table: &str, changes: &[(&str, &str)]) -> Results {
    let cohort = cohort();
    cohort.file(&format!("{name}.csv"), table);
    let tables = format!("[{{file: {name}.csv, id: patient_id}}]");
    let mut all = vec![
        ("sequences", T1_ONLY),
        ("reliability", ""),
        ("tables", &tables),
    ];
    all.extend(changes);
    cohort.study(name, &all);
    let out = format!("{name}.run");
    let study = format!("{name}.yaml");
    ends(cohort.path(), 0, &["study", "run", &study, "--out", &out]);
    let json = fs::read(cohort.path().join(out).join("results.json")).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[track_caller]
fn refused(name: &str, table: &str, changes: &[(&str, &str)], words: &[&str]) {
    let cohort = cohort();
    cohort.file(&format!("{name}.csv"), table);
    let tables = format!("[{{file: {name}.csv, id: patient_id}}]");
    let mut all = vec![("tables", tables.as_str())];
    all.extend(changes);
    cohort.study(name, &all);
    let (_, err) = ends(
        cohort.path(),
        2,
        &["study", "check", &format!("{name}.yaml")],
    );
    for word in words {
        assert!(err.contains(word), "no {word:?} in\n{err}");
    }
}

/// The study with everything in it.
fn whole() -> &'static Results {
    static WHOLE: OnceLock<Results> = OnceLock::new();
    WHOLE.get_or_init(|| {
        run(
            "whole",
            &with_dates(|_, _| None),
            &[
                (
                    "survival",
                    "{start: imaged, end: seen, event: pfs_event, strata: [sex, age_years, site], at: [100, 300]}",
                ),
                ("subgroups", "[sex, age_years, scanner]"),
            ],
        )
    })
}

#[test]
fn dates_give_the_results_that_the_times_give() {
    let times = run(
        "times",
        &clinical_table(|_, _, _| None),
        &[(
            "survival",
            "{time: pfs_days, event: pfs_event, at: [100, 300]}",
        )],
    );
    let either = run(
        "either",
        &with_dates(|_, _| None),
        &[(
            "survival",
            "{start: imaged, event_date: progressed, censored_on: seen, at: [100, 300]}",
        )],
    );
    for dates in [whole(), &either] {
        let (a, b) = (
            times.survival.as_ref().unwrap(),
            dates.survival.as_ref().unwrap(),
        );
        assert_eq!(b.time, "days from imaged");
        let text = |value: &dyn erased::Json| value.json();
        assert_eq!(text(&a.kaplan_meier), text(&b.kaplan_meier));
        assert_eq!(text(&a.cox), text(&b.cox));
        assert_eq!(text(&a.concordance), text(&b.concordance));
        assert_eq!(text(&a.hazard_ratios), text(&b.hazard_ratios));
        assert_eq!(text(&a.nomogram_stage), text(&b.nomogram_stage));
        assert_eq!(text(&a.auc_at), text(&b.auc_at));
    }
}

mod erased {
    pub(super) trait Json {
        fn json(&self) -> String;
    }

    impl<T: serde::Serialize> Json for T {
        fn json(&self) -> String {
            serde_json::to_string(self).unwrap()
        }
    }
}

#[test]
fn wrong_dates_are_named() {
    let survival = [("survival", "{start: imaged, end: seen, event: pfs_event}")];
    let german =
        with_dates(|number, name| (number == 3 && name == "seen").then(|| "07.03.2019".into()));
    refused(
        "german",
        &german,
        &survival,
        &["`seen` is \"07.03.2019\" in row 5", "2019-03-07"],
    );
    let early =
        with_dates(|number, name| (number == 3 && name == "seen").then(|| "2014-12-31".into()));
    refused(
        "early",
        &early,
        &survival,
        &["patient P004", "`seen` is 2014-12-31, before `imaged`"],
    );
    refused(
        "half",
        &with_dates(|_, _| None),
        &[("survival", "{start: imaged, event: pfs_event}")],
        &["`survival` names event, start", "censored_on"],
    );
    refused(
        "leak",
        &with_dates(|_, _| None),
        &[
            ("survival", "{start: imaged, end: seen, event: pfs_event}"),
            ("clinical", "{candidates: [seen]}"),
        ],
        &["`seen` is the study's end of the survival time"],
    );
}

#[test]
fn groupings_that_are_none_are_refused() {
    let table = clinical_table(|_, _, _| None);
    for (name, key, value, words) in [
        ("nearest", "subgroups", "[sexx]", ["`subgroups`", "`sex`"]),
        (
            "twice",
            "subgroups",
            "[sex, sex]",
            ["more than once", "once"],
        ),
        (
            "outcome",
            "subgroups",
            "[high_grade]",
            ["outcome", "`high_grade`"],
        ),
        (
            "ids",
            "subgroups",
            "[patient_id]",
            ["40 different words", "fewer groups"],
        ),
        (
            "stratum",
            "survival",
            "{time: pfs_days, event: pfs_event, strata: [pfs_event]}",
            ["`survival.strata`", "survival event"],
        ),
        (
            "time",
            "survival",
            "{time: pfs_days, event: pfs_event, at: [0]}",
            ["`survival.at` holds 0", "above 0"],
        ),
    ] {
        refused(name, &table, &[(key, value)], &words);
    }
}

#[test]
fn strata_hold_every_patient_once() {
    let survival = whole().survival.as_ref().unwrap();
    let columns: Vec<&str> = survival
        .strata
        .iter()
        .map(|one| one.column.as_str())
        .collect();
    assert_eq!(columns, ["sex", "age_years", "site"]);
    assert!(survival.strata[1].cut.is_some());
    for one in &survival.strata {
        for (split, n) in [("train", TRAINING), ("external", EXTERNAL)] {
            let found = &one.models["outcome"][split];
            let within: usize = found.levels.iter().map(|level| level.n).sum();
            assert_eq!(within, found.n);
            assert!(found.n <= n && found.n + 1 >= n, "{} {split}", one.column);
            for level in &found.levels {
                assert_eq!(level.curves.is_none(), level.n < 10 || level.events == 0);
                assert!(level.log_rank.is_some() || level.reason.is_some());
            }
        }
        assert!(one.models["nomogram"].contains_key("cross_validated"));
    }
}

#[test]
fn subgroups_agree_with_the_predictions() {
    let results = whole();
    let cohort = cohort();
    let predictions = Table::read(&cohort.path().join("whole.run/predictions.csv")).unwrap();
    let clinical = Table::read(&cohort.path().join("whole.csv")).unwrap();
    let sex = clinical.texts("sex").unwrap();
    let positive = clinical.numbers("high_grade").unwrap();
    let split = predictions.texts("split").unwrap();
    let score = predictions.numbers("nomogram_score").unwrap();
    let found = &results.subgroups[0].models["nomogram"]["external"];
    for level in &found.levels {
        let of = |class: f64| -> Vec<f64> {
            (0..score.len())
                .filter(|&row| split[row] == Some("external"))
                .filter(|&row| sex[row] == Some(&level.level) && positive[row] == class)
                .map(|row| score[row])
                .filter(|score| !score.is_nan())
                .collect()
        };
        let (cases, controls) = (of(1.0), of(0.0));
        assert_eq!(
            (level.n, level.positive),
            (cases.len() + controls.len(), cases.len())
        );
        if cases.len().min(controls.len()) < 5 {
            assert!(level.auc.estimate.is_none());
            assert!(level.reason.as_ref().unwrap().contains("needs 5 of each"));
            continue;
        }
        // The area is the share of pairs in order, by definition.
        let pairs = cases
            .iter()
            .flat_map(|a| controls.iter().map(move |b| (a, b)));
        let wins: f64 = pairs
            .map(|(a, b)| {
                if a > b {
                    1.0
                } else {
                    f64::from(u8::from(a == b)) / 2.0
                }
            })
            .sum();
        let area = wins / (cases.len() * controls.len()) as f64;
        assert!((level.auc.estimate.unwrap() - area).abs() < 1e-12);
    }
}

#[test]
fn a_subgroup_of_everyone_has_the_auc_of_everyone() {
    // One value for all patients: the cross-validated AUC of the group is that of the model.
    let table = clinical_table(|_, column, _| (column == "treatment").then(|| "surgery".into()));
    let results = run("everyone", &table, &[("subgroups", "[treatment]")]);
    for (model, splits) in &results.subgroups[0].models {
        let one = |split: &str| -> &Subgroup { &splits[split].levels[0] };
        let inner = results.internal_validation[model]
            .cross_validated
            .as_ref()
            .unwrap();
        assert_eq!(
            one("cross_validated").auc.estimate,
            inner.estimate,
            "{model}"
        );
        assert_eq!(one("cross_validated").auc.ci, inner.ci, "{model}");
        let outer = &results.performance[model]["external"];
        let auc = one("external").auc.estimate.unwrap();
        assert!((auc - outer.auc.unwrap()).abs() < 1e-12, "{model}");
        assert_eq!(splits["external"].interaction.test, None);
    }
}

#[test]
fn scores_and_groups_have_hazard_ratios() {
    let survival = whole().survival.as_ref().unwrap();
    for model in ["nomogram", "nomogram_stage", "rs_T1"] {
        for split in ["train", "cross_validated", "external"] {
            let found = &survival.hazard_ratios[model][split];
            let score = found.per_sd.as_ref().unwrap();
            assert!(
                score.hazard_ratio.is_some() || score.reason.is_some(),
                "{model} {split}"
            );
        }
        assert!(survival.score_sd[model] > 0.0);
    }
    assert!(survival.hazard_ratios["outcome"]["train"].per_sd.is_none());
    // On the patients it was fitted on, the ratio per SD is that of the Cox model.
    let term = &survival.cox["nomogram"].terms[0];
    let sd = survival.score_sd["nomogram"];
    let ratio = survival.hazard_ratios["nomogram"]["cross_validated"]
        .per_sd
        .as_ref();
    let ratio = ratio.unwrap().hazard_ratio.unwrap();
    assert!(
        (ratio.ln() - term.coef * sd).abs() < 1e-6,
        "{ratio} {}",
        term.coef
    );
    assert!(survival.kaplan_meier.contains_key("stage"));
    let drawn = survival.nomogram_stage.as_ref().unwrap();
    assert_eq!(drawn.reason, None);
    let labels: Vec<&str> = drawn.axes[1]
        .levels
        .iter()
        .map(|l| l.value.as_str())
        .collect();
    assert_eq!(labels, ["IA", "IB", "II", "IIIA"]);
}
