//! Against R: values by tests/reference/survival/survival.R.

use std::path::Path;

use indexmap::IndexMap;

use super::estimates::{complete, cox, cox_score};
use super::{ColumnGroups, Grouping, cox_nomogram, decision, folds, hazard, strata};
use crate::pipeline::{ClinicalColumn, ClinicalValues};
use crate::table::Table;
use crate::validation::{CrossValidation, FoldFit};

/// Closed forms: sums in another order.
const CLOSED: f64 = 1e-9;
/// Newton's method ends where R's last step is.
const NEWTON: f64 = 1e-6;

struct Patients {
    times: Vec<Option<(f64, bool)>>,
    score: Vec<f64>,
    high: Vec<Option<usize>>,
    stage: Vec<f64>,
    site: ClinicalColumn,
}

fn read(name: &str) -> Table {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/survival");
    Table::read(&folder.join(name)).unwrap()
}

fn patients() -> Patients {
    let table = read("patients.csv");
    let numbers = |name: &str| table.numbers(name).unwrap();
    let times = numbers("time").into_iter().zip(numbers("event"));
    let texts = table.texts("site").unwrap().into_iter();
    Patients {
        times: times
            .map(|(time, event)| Some((time, event == 1.0)))
            .collect(),
        score: numbers("score"),
        high: numbers("high")
            .iter()
            .map(|&high| Some(high as usize))
            .collect(),
        stage: numbers("stage"),
        site: ClinicalColumn {
            name: "site".into(),
            values: ClinicalValues::Factor(texts.map(|cell| cell.map(str::to_owned)).collect()),
        },
    }
}

/// R's values of one name, in order.
fn expected(quantity: &str) -> Vec<f64> {
    let table = read("expected.csv");
    let names = table.texts("quantity").unwrap();
    let values = table.numbers("value").unwrap();
    let found: Vec<f64> = names
        .iter()
        .zip(values)
        .filter(|(name, _)| **name == Some(quantity))
        .map(|(_, value)| value)
        .collect();
    assert!(!found.is_empty(), "no {quantity}");
    found
}

#[track_caller]
fn agrees(found: f64, quantity: &str, tolerance: f64) {
    let wanted = expected(quantity)[0];
    let error = (found - wanted).abs() / wanted.abs();
    assert!(error <= tolerance, "{quantity}: {found}, R {wanted}");
}

#[test]
fn hazard_ratios_of_score_and_groups() {
    let patients = patients();
    let sd = expected("sd")[0];
    let found = hazard::hazard_ratios(&patients.times, Some((&patients.score, sd)), &patients.high);
    let score = found.per_sd.unwrap();
    assert_eq!((score.n, score.events), (140, 90));
    for (name, one) in [("score", score), ("group", found.high_vs_low)] {
        agrees(
            one.hazard_ratio.unwrap(),
            &format!("{name} hazard_ratio"),
            NEWTON,
        );
        agrees(one.ci[0].unwrap(), &format!("{name} lower"), NEWTON);
        agrees(one.ci[1].unwrap(), &format!("{name} upper"), NEWTON);
        agrees(one.p_value.unwrap(), &format!("{name} p"), 1e-5);
        assert_eq!(one.reason, None);
    }
}

#[test]
fn a_hazard_ratio_that_is_none_says_why() {
    let times: Vec<Option<(f64, bool)>> = (1..=6).map(|t| Some((f64::from(t), t <= 3))).collect();
    let apart = [1, 1, 1, 0, 0, 0].map(Some);
    let same = [Some(1); 6];
    for (group, reason) in [(apart, "no finite estimate"), (same, "the same value")] {
        let found = hazard::hazard_ratios(&times, None, &group);
        assert_eq!(found.high_vs_low.hazard_ratio, None);
        assert!(found.high_vs_low.reason.unwrap().contains(reason));
        assert!(found.per_sd.is_none());
    }
    let censored = times.iter().map(|time| time.map(|(t, _)| (t, false)));
    let censored: Vec<Option<(f64, bool)>> = censored.collect();
    let found = hazard::hazard_ratios(&censored, None, &apart);
    assert!(found.high_vs_low.reason.is_some());
}

#[test]
fn log_rank_within_strata_and_stratified() {
    let patients = patients();
    let rows: Vec<usize> = (0..patients.score.len()).collect();
    let groups = ColumnGroups::of(&patients.site, &rows);
    let grouping = Grouping {
        model: "nomogram",
        of_row: patients.high.clone(),
        names: super::RISKS.to_vec(),
    };
    let found = strata::strata(&groups, &rows, &patients.times, &grouping);
    assert_eq!(found.n, 140);
    agrees(
        found.log_rank.chi_square.unwrap(),
        "stratified chi_square",
        CLOSED,
    );
    agrees(found.log_rank.p_value.unwrap(), "stratified p", CLOSED);
    assert_eq!(found.log_rank.df, 1);
    for level in &found.levels {
        let name = &level.level;
        assert_eq!(level.n as f64, expected(&format!("{name} n"))[0]);
        assert_eq!(level.events as f64, expected(&format!("{name} events"))[0]);
        if name == "neck" {
            assert!(level.curves.is_none() && level.log_rank.is_none());
            assert!(
                level
                    .reason
                    .as_ref()
                    .unwrap()
                    .contains("7 patients are fewer")
            );
            continue;
        }
        let test = level.log_rank.as_ref().unwrap();
        agrees(
            test.chi_square.unwrap(),
            &format!("{name} chi_square"),
            CLOSED,
        );
        agrees(test.p_value.unwrap(), &format!("{name} p"), CLOSED);
        assert_eq!(level.curves.as_ref().unwrap().groups.len(), 2);
    }
}

#[test]
fn strata_without_events_or_of_one_group_say_so() {
    let rows: Vec<usize> = (0..24).collect();
    let side = |row: &usize| Some(if *row < 12 { "a" } else { "b" }.to_owned());
    let column = ClinicalColumn {
        name: "side".into(),
        values: ClinicalValues::Factor(rows.iter().map(side).collect()),
    };
    // Only side b has events, and there all are at high risk.
    let times: Vec<Option<(f64, bool)>> = rows.iter().map(|&r| Some((r as f64, r >= 12))).collect();
    let grouping = Grouping {
        model: "nomogram",
        of_row: rows
            .iter()
            .map(|&r| Some(usize::from(r >= 12 || r % 2 == 0)))
            .collect(),
        names: super::RISKS.to_vec(),
    };
    let groups = ColumnGroups::of(&column, &rows);
    let found = strata::strata(&groups, &rows, &times, &grouping);
    let reasons: Vec<&str> = found
        .levels
        .iter()
        .map(|level| level.reason.as_deref().unwrap())
        .collect();
    assert_eq!(
        reasons,
        ["no patient had an event", "all patients are high risk"]
    );
    assert!(found.levels[0].curves.is_none() && found.levels[1].curves.is_some());
    assert_eq!(found.log_rank.p_value, None);
}

#[test]
fn nomogram_of_score_and_stage_as_rms_draws_it() {
    let patients = patients();
    let labels: Vec<(f64, String)> = (0..4).map(|k| (f64::from(k), format!("S{k}"))).collect();
    let at = [365.0, 1095.0];
    let found = cox_nomogram::cox_nomogram(
        &patients.times,
        &patients.score,
        ("stage", &patients.stage, &labels),
        &at,
    );
    assert_eq!(found.reason, None);
    for (axis, quantity) in found.axes.iter().zip(["score points", "stage points"]) {
        let wanted = expected(quantity);
        assert_eq!(axis.levels.len(), wanted.len());
        for (level, wanted) in axis.levels.iter().zip(wanted) {
            // Points of 100; the coefficients agree to a millionth.
            assert!((level.points - wanted).abs() < 1e-4, "{quantity} {wanted}");
        }
    }
    let names: Vec<&str> = found.axes[1]
        .levels
        .iter()
        .map(|l| l.value.as_str())
        .collect();
    assert_eq!(names, ["S0", "S1", "S2", "S3"]);
    agrees(found.points_per_unit, "points_per_unit", NEWTON);
    agrees(found.linear_predictor_at_zero, "intercept", NEWTON);
    let (unit, zero) = (expected("points_per_unit")[0], expected("intercept")[0]);
    for axis in &found.survival {
        let time = axis.time;
        agrees(axis.baseline, &format!("baseline {time}"), NEWTON);
        let wanted = [0.9, 0.7, 0.5, 0.3, 0.1]
            .into_iter()
            .zip(expected(&format!("marks {time}")))
            .map(|(mark, lp)| (mark, (lp - zero) * unit));
        let reach = *found.total_points.last().unwrap();
        for (mark, points) in wanted {
            let ours = axis.marks.iter().find(|[survival, _]| *survival == mark);
            match ours {
                Some([_, ours]) => assert!((ours - points).abs() < 1e-3, "{mark} at {time}"),
                None => assert!(!(0.0..=reach).contains(&points), "no mark {mark} at {time}"),
            }
        }
    }
}

#[test]
fn a_separated_cox_model_has_a_reason_and_no_terms() {
    let times: Vec<Option<(f64, bool)>> = (1..=8).map(|t| Some((f64::from(t), t <= 4))).collect();
    let score: Vec<f64> = (1..=8).map(|t| f64::from(-t)).collect();
    let model = cox(&times, &[("score", &score)]);
    assert!(model.terms.is_empty() && model.reason.is_some());
    assert!(cox_score(&model, &[&score]).is_none());
    let (time, _, columns) = complete(&times, &[&score]);
    assert_eq!((time.len(), columns[0].len()), (8, 8));
}

/// Folds as in decision.R, whose scores are those of the patients, moved a little in each repeat.
fn validation(score: &[f64]) -> CrossValidation {
    let n = score.len();
    let fold = |repeat: usize, row: usize| (row / [1, 3][repeat]) % 5;
    let (folds, mut fits) = (
        (0..2).map(|repeat| (0..n).map(|row| fold(repeat, row)).collect()),
        Vec::new(),
    );
    for (repeat, shift) in [0.0, 0.25].into_iter().enumerate() {
        for number in 0..5_u8 {
            let test: Vec<usize> = (0..n)
                .filter(|&row| fold(repeat, row) == usize::from(number))
                .collect();
            let moved = test.iter().map(|&row| score[row] * (1.0 + shift) + shift);
            // Inside a fold the others have scores of their own.
            let inside = |row: usize| {
                let wave = 0.3 * (row as f64 + 7.0 * f64::from(number)).sin();
                score[row] * (1.0 + shift) + shift + wave
            };
            fits.push(FoldFit {
                repeat,
                fold: usize::from(number),
                score: IndexMap::from([("nomogram".to_owned(), moved.collect())]),
                train_score: (0..n)
                    .filter(|row| !test.contains(row))
                    .map(inside)
                    .collect(),
                test,
                probability: IndexMap::new(),
                cutoff: IndexMap::new(),
                empty: Vec::new(),
                selected: IndexMap::new(),
                clinical: Vec::new(),
                lost: Vec::new(),
            });
        }
    }
    CrossValidation {
        folds: folds.collect(),
        fits,
    }
}

#[test]
fn net_benefit_of_cox_models_at_a_time_is_that_of_r() {
    let patients = patients();
    let table = read("decision.csv");
    let validation = validation(&patients.score);
    let expected = table.numbers("value").unwrap();
    let texts = |name: &str| table.texts(name).unwrap();
    let (kinds, names, quantities) = (texts("kind"), texts("model"), texts("quantity"));
    let (at, places) = (
        table.numbers("at").unwrap(),
        table.numbers("place").unwrap(),
    );
    let mut compared = 0;
    for (kind, validation) in [("apparent", None), ("cross_validated", Some(&validation))] {
        let learnt = decision::Learnt {
            times: &patients.times,
            nomogram: Some(&patients.score),
            stage: Some(&patients.stage),
            validation,
        };
        let found = learnt.of_training(&[365.0, 1095.0]);
        for row in 0..expected.len() {
            if kinds[row] != Some(kind) || quantities[row] != Some("net_benefit") {
                continue;
            }
            let one = found.iter().find(|one| one.time == at[row]).unwrap();
            assert_eq!((one.n, &one.reason), (140, &None));
            let mut models = one.models.iter();
            let model = models.find(|model| Some(model.model.as_str()) == names[row]);
            let mut points = model.unwrap().points.iter();
            let point = points.find(|point| (point.threshold - places[row]).abs() < 1e-9);
            let benefit = point.unwrap().net_benefit;
            // Both count the same patients, whose risks agree to a millionth.
            assert!(
                (benefit - expected[row]).abs() < CLOSED,
                "{kind} {row}: {benefit}"
            );
            compared += 1;
        }
        // The risks themselves.
        let risks = |name: &str, horizon: f64| {
            let uses = [name != "stage", name != "nomogram"];
            learnt.training_risks(uses, horizon)
        };
        for row in 0..expected.len() {
            if kinds[row] == Some(kind) && quantities[row] == Some("risk") {
                let risk = risks(names[row].unwrap(), at[row])[places[row] as usize];
                assert!(
                    (risk - expected[row]).abs() < NEWTON,
                    "{kind} {row}: {risk}"
                );
                compared += 1;
            }
        }
    }
    // The linear predictor of the nomogram with the stage, which tells the two groups.
    let of_folds = folds::Folds {
        validation: &validation,
        times: &patients.times,
        stage: Some(&patients.stage),
    };
    let scores = of_folds.scores();
    for row in 0..expected.len() {
        if quantities[row] == Some("score") {
            let score = scores[places[row] as usize];
            assert!((score - expected[row]).abs() < NEWTON, "{row}: {score}");
            compared += 1;
        }
    }
    assert_eq!(compared, 144 + 140);
}

#[test]
fn others_are_judged_by_the_models_of_the_training_patients() {
    let patients = patients();
    let learnt = decision::Learnt {
        times: &patients.times,
        nomogram: Some(&patients.score),
        stage: None,
        validation: None,
    };
    let own = learnt.of_training(&[365.0]);
    // The training patients as others, but for one who lacks a score: the same risks.
    let mut score = patients.score.clone();
    score[3] = f64::NAN;
    let others = learnt.of_others(&patients.times, Some(&score), None, &[365.0]);
    assert_eq!((own[0].n, others[0].n), (140, 139));
    assert_eq!(own[0].models.len(), 1);
    let late = learnt.of_training(&[1e6]);
    assert!(late[0].models.is_empty() && late[0].reason.is_some());
    let nothing = decision::Learnt {
        nomogram: None,
        ..learnt
    };
    assert!(nothing.of_training(&[365.0]).is_empty());
}
