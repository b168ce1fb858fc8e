//! Stepwise selection of the terms of a logistic model.

use super::term::{check_terms, fit_terms};
use super::{LogisticModel, ModelTerm, RegressionError};
use nalgebra::DMatrix;
use serde::Serialize;

/// A step must lower the criterion by more than this, as in MASS, so that rounding moves nothing.
const LEAST_GAIN: f64 = 1e-7;
/// Steps before giving up, as in MASS.
const MAX_STEPS: usize = 1000;

/// What a step lowers: deviance plus a price for each parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepwiseCriterion {
    /// Akaike's, 2 a parameter.
    Aic,
    /// Bayes's, ln n a parameter.
    Bic,
}

impl StepwiseCriterion {
    /// The criterion of a fitted model.
    #[must_use]
    pub fn of(self, model: &LogisticModel) -> f64 {
        match self {
            Self::Aic => model.aic,
            Self::Bic => model.bic,
        }
    }
}

/// Where the steps start and which way they may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepwiseDirection {
    /// From the model of all terms; terms leave.
    Backward,
    /// From the intercept alone; terms enter.
    Forward,
    /// From the model of all terms; terms leave, and those that have left may enter again.
    Both,
}

/// One change of the model; a term by its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepwiseChange {
    /// A term leaves.
    Drop(usize),
    /// A term enters.
    Add(usize),
}

/// A model on the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepwiseStep {
    /// What led here; `None` for the start.
    pub change: Option<StepwiseChange>,
    /// Its terms, in the order in which they entered, interactions last.
    pub terms: Vec<usize>,
    /// Its criterion.
    pub criterion: f64,
    /// Its deviance, -2 log-likelihood.
    pub deviance: f64,
    /// Changes that were tried from here, each with the criterion it would lead to.
    pub tried: Vec<(StepwiseChange, f64)>,
}

/// The way of a stepwise selection.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stepwise {
    /// The models, from the start to the one that no change makes better.
    pub steps: Vec<StepwiseStep>,
    /// The terms of the last.
    pub terms: Vec<usize>,
}

/// Selects terms of a logistic model step by step (R's `MASS::stepAIC` of a `glm`, `k` = 2 or ln n).
///
/// Each step makes the one change that lowers the criterion most; the way ends when no change lowers
/// it. A term's columns enter and leave together. A term that is part of an interaction leaves after
/// it, and an interaction enters after its parts.
///
/// P values and intervals of the model that is left are too good: they do not know of the search.
///
/// # Errors
/// Those of [`logistic_regression`](super::logistic_regression) for a model on the way; terms with a
/// column that does not exist or stands in two of them.
pub fn stepwise_logistic(
    x: &DMatrix<f64>,
    outcome: &[bool],
    terms: &[ModelTerm],
    criterion: StepwiseCriterion,
    direction: StepwiseDirection,
) -> Result<Stepwise, RegressionError> {
    check_terms(terms, x.ncols())?;
    let fit = |included: &[usize]| fit_terms(x, outcome, terms, included, 0.95);
    let mut included: Vec<usize> = match direction {
        StepwiseDirection::Forward => Vec::new(),
        StepwiseDirection::Backward | StepwiseDirection::Both => (0..terms.len()).collect(),
    };
    by_degree(&mut included, terms);
    let model = fit(&included)?;
    let mut steps = vec![StepwiseStep {
        change: None,
        terms: included.clone(),
        criterion: criterion.of(&model),
        deviance: -2.0 * model.log_likelihood,
        tried: Vec::new(),
    }];
    for _ in 0..MAX_STEPS {
        let mut best: Option<StepwiseStep> = None;
        let mut tried = Vec::new();
        for change in changes(terms, &included, direction) {
            let terms_then = changed(&included, change, terms);
            let model = fit(&terms_then)?;
            let there = criterion.of(&model);
            tried.push((change, there));
            // of equals the first
            if best.as_ref().is_none_or(|b| there < b.criterion) {
                best = Some(StepwiseStep {
                    change: Some(change),
                    terms: terms_then,
                    criterion: there,
                    deviance: -2.0 * model.log_likelihood,
                    tried: Vec::new(),
                });
            }
        }
        let Some(here) = steps.last_mut() else {
            break;
        };
        here.tried = tried;
        match best {
            Some(next) if next.criterion < here.criterion - LEAST_GAIN => {
                included.clone_from(&next.terms);
                steps.push(next);
            }
            _ => break,
        }
    }
    Ok(Stepwise {
        steps,
        terms: included,
    })
}

/// The changes that the direction and the interactions allow: first those that drop a term.
fn changes(
    terms: &[ModelTerm],
    included: &[usize],
    direction: StepwiseDirection,
) -> Vec<StepwiseChange> {
    let term = |t: usize| terms.get(t);
    let part_of = |a: usize, b: usize| {
        term(a)
            .zip(term(b))
            .is_some_and(|(a, b)| a.is_marginal_to(b))
    };
    let mut found = Vec::new();
    if direction != StepwiseDirection::Forward {
        let free = included
            .iter()
            .filter(|&&t| !included.iter().any(|&other| part_of(t, other)));
        found.extend(free.map(|&t| StepwiseChange::Drop(t)));
    }
    if direction != StepwiseDirection::Backward {
        let absent = (0..terms.len()).filter(|t| !included.contains(t));
        let complete = absent.filter(|&t| {
            (0..terms.len()).all(|part| !part_of(part, t) || included.contains(&part))
        });
        found.extend(complete.map(StepwiseChange::Add));
    }
    found
}

fn changed(included: &[usize], change: StepwiseChange, terms: &[ModelTerm]) -> Vec<usize> {
    let mut then: Vec<usize> = included.to_vec();
    match change {
        StepwiseChange::Drop(t) => then.retain(|other| *other != t),
        StepwiseChange::Add(t) => then.push(t),
    }
    by_degree(&mut then, terms);
    then
}

/// Main effects first, then interactions of two, of three ...; otherwise as they are.
fn by_degree(included: &mut [usize], terms: &[ModelTerm]) {
    included.sort_by_key(|&t| terms.get(t).map_or(0, |term| term.variables.len()));
}
