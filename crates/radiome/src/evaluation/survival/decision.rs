//! Net benefit of the Cox models' risks of an event by a time.
//!
//! The risks of a training patient come from the Cox models of folds without that patient
//! ([`Folds`]); external patients get theirs from the Cox model of all training patients.

use nalgebra::DMatrix;
use radiome_stats::decision_curve::survival_decision_curve;
use radiome_stats::survival::{CoxTies, SurvivalInterval, cox_regression, kaplan_meier};

use super::super::performance::LEVEL;
use super::estimates::{Times, complete};
use super::folds::Folds;
use crate::results::{DecisionPoint, SurvivalDecision, SurvivalDecisionOfModel};
use crate::validation::{CrossValidation, thresholds};

/// What the Cox models are learnt from: the training patients.
pub(super) struct Learnt<'a> {
    pub(super) times: &'a Times,
    /// The nomogram's linear predictor of each, from folds without the patient where there are folds.
    pub(super) nomogram: Option<&'a [f64]>,
    pub(super) stage: Option<&'a [f64]>,
    /// The folds; none in a study as published.
    pub(super) validation: Option<&'a CrossValidation>,
}

/// A Cox model: its name, and whether the nomogram and the stage are in it.
type Model = (&'static str, [bool; 2]);

impl Learnt<'_> {
    fn models(&self) -> Vec<Model> {
        let there = [self.nomogram.is_some(), self.stage.is_some()];
        [
            ("nomogram", [true, false]),
            ("stage", [false, true]),
            ("nomogram_stage", [true, true]),
        ]
        .into_iter()
        .filter(|(_, uses)| (0..2).all(|part| there[part] || !uses[part]))
        .collect()
    }

    /// Curves of the training patients at each time: from folds without the patient, or apparent
    /// where there are no folds.
    pub(super) fn of_training(&self, at: &[f64]) -> Vec<SurvivalDecision> {
        self.decisions(self.times, at, |(_, uses), horizon| {
            self.training_risks(uses, horizon)
        })
    }

    /// Risks of the training patients by the model that uses the nomogram, the stage, or both.
    pub(super) fn training_risks(&self, uses: [bool; 2], horizon: f64) -> Vec<f64> {
        match self.validation {
            Some(validation) => {
                let (times, stage) = (self.times, self.stage);
                let folds = Folds {
                    validation,
                    times,
                    stage,
                };
                folds.risks(uses, horizon)
            }
            None => {
                let columns = chosen(uses, [self.nomogram, self.stage]);
                risks(self.times, &columns, &columns, horizon)
            }
        }
    }

    /// Curves of other patients at each time, by the Cox models of all training patients.
    pub(super) fn of_others(
        &self,
        times: &Times,
        nomogram: Option<&[f64]>,
        stage: Option<&[f64]>,
        at: &[f64],
    ) -> Vec<SurvivalDecision> {
        self.decisions(times, at, |(_, uses), horizon| {
            let learnt = chosen(uses, [self.nomogram, self.stage]);
            risks(
                self.times,
                &learnt,
                &chosen(uses, [nomogram, stage]),
                horizon,
            )
        })
    }

    fn decisions(
        &self,
        times: &Times,
        at: &[f64],
        risks: impl Fn(Model, f64) -> Vec<f64>,
    ) -> Vec<SurvivalDecision> {
        let models = self.models();
        if models.is_empty() {
            return Vec::new();
        }
        let of_time = |&horizon: &f64| {
            let all: Vec<(&'static str, Vec<f64>)> = models
                .iter()
                .map(|&model| (model.0, risks(model, horizon)))
                .collect();
            decision(times, &all, horizon)
        };
        at.iter().map(of_time).collect()
    }
}

/// The columns that are used and there.
pub(super) fn chosen(uses: [bool; 2], columns: [Option<&[f64]>; 2]) -> Vec<&[f64]> {
    let pairs = uses.into_iter().zip(columns);
    pairs
        .filter_map(|(used, column)| column.filter(|_| used))
        .collect()
}

/// Probability of an event by a time, learnt on some rows and applied to others.
///
/// A column that does not vary where it is learnt from is left out; without any the risk is that of
/// Kaplan and Meier, the same for everyone. NaN where a value is missing, or the model has no finite
/// estimate.
pub(super) fn risks(
    times: &Times,
    learnt: &[&[f64]],
    applied: &[&[f64]],
    horizon: f64,
) -> Vec<f64> {
    let rows = applied.first().map_or(0, |column| column.len());
    let known = |row: usize| applied.iter().all(|column| column[row].is_finite());
    let (time, event, columns) = complete(times, learnt);
    let varies = |column: &Vec<f64>| column.windows(2).any(|pair| pair[0] != pair[1]);
    let used: Vec<usize> = (0..columns.len())
        .filter(|&place| varies(&columns[place]))
        .collect();
    if used.is_empty() {
        let curve = kaplan_meier(&time, &event, SurvivalInterval::Log, LEVEL).ok();
        let risk = curve.map_or(f64::NAN, |curve| 1.0 - curve.survival_at(horizon));
        return (0..rows)
            .map(|row| if known(row) { risk } else { f64::NAN })
            .collect();
    }
    let x = DMatrix::from_fn(time.len(), used.len(), |row, place| {
        columns[used[place]][row]
    });
    let model = cox_regression(&x, &time, &event, CoxTies::Efron, LEVEL);
    let Ok(model) = model
        .map_err(drop)
        .and_then(|model| if model.separation { Err(()) } else { Ok(model) })
    else {
        return vec![f64::NAN; rows];
    };
    let risk = |row: usize| {
        let terms = used.iter().zip(&model.coefficients);
        let score: f64 = terms
            .map(|(&place, term)| term.estimate * applied[place][row])
            .sum();
        let survival = model.survival_at(0, horizon, score);
        survival.map_or(f64::NAN, |survival| 1.0 - survival)
    };
    (0..rows)
        .map(|row| if known(row) { risk(row) } else { f64::NAN })
        .collect()
}

/// Decision curves of the models' risks at one time.
fn decision(times: &Times, risks: &[(&'static str, Vec<f64>)], horizon: f64) -> SurvivalDecision {
    // A model without any risk takes no patient away from the others.
    let present: Vec<&(&str, Vec<f64>)> = risks
        .iter()
        .filter(|(_, risks)| risks.iter().any(|risk| risk.is_finite()))
        .collect();
    let columns: Vec<&[f64]> = present.iter().map(|(_, risks)| risks.as_slice()).collect();
    let (time, event, columns) = complete(times, &columns);
    let mut found = SurvivalDecision {
        time: horizon,
        n: time.len(),
        events: (time.iter().zip(&event))
            .filter(|(time, event)| **event && **time <= horizon)
            .count(),
        event_probability: None,
        models: Vec::new(),
        reason: None,
    };
    if present.is_empty() {
        found.reason = Some("no Cox model has a risk at this time".to_owned());
        return found;
    }
    if !time.iter().any(|&time| time >= horizon) {
        found.reason = Some("nobody was followed that long".to_owned());
        return found;
    }
    for ((model, _), probability) in present.iter().zip(&columns) {
        match survival_decision_curve(&time, &event, probability, horizon, &thresholds()) {
            Ok(curve) => {
                found.event_probability = Some(curve.event_probability);
                let short = (0..curve.thresholds.len()).find(|&place| {
                    curve.longest_follow_up[place] < horizon
                        && curve.event_probability_of_treated[place] < 1.0
                });
                let points = (0..curve.thresholds.len()).map(|place| DecisionPoint {
                    threshold: curve.thresholds[place],
                    net_benefit: curve.net_benefit[place],
                    treat_all: curve.treat_all[place],
                });
                found.models.push(SurvivalDecisionOfModel {
                    model: (*model).to_owned(),
                    points: points.collect(),
                    short_from: short.map(|place| curve.thresholds[place]),
                });
            }
            Err(error) => found.reason = Some(error.to_string()),
        }
    }
    found
}
