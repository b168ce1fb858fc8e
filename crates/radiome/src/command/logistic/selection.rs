//! Stepwise selection of terms.

use clap::ValueEnum;
use radiome::table::number_json;
use radiome_stats::regression::{
    RegressionError, Stepwise, StepwiseChange, StepwiseCriterion, StepwiseDirection,
    stepwise_logistic,
};
use serde_json::{Value, json};

use super::fit::Columns;
use crate::command::tabular::{Design, Outcome, Warning};

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Criterion {
    /// Akaike's: 2 for each parameter
    Aic,
    /// Bayes's: ln n for each parameter
    Bic,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Direction {
    /// From all terms; those that have left may enter again
    Both,
    /// From all terms; terms leave
    Backward,
    /// From none; terms enter
    Forward,
}

/// The way from the first model to the selected one.
pub(super) struct Selection {
    criterion: Criterion,
    direction: Direction,
    way: Stepwise,
    names: Vec<String>,
}

impl Selection {
    /// Selects terms of a design.
    pub(super) fn of(
        design: &Design,
        interactions: &[(String, String)],
        outcome: &Outcome,
        (criterion, direction): (Criterion, Direction),
    ) -> Result<Self, RegressionError> {
        let columns = Columns::of(design, interactions);
        let way = stepwise_logistic(
            &columns.x,
            &outcome.is_positive,
            &columns.terms,
            criterion.of_library(),
            direction.of_library(),
        )?;
        Ok(Self {
            criterion,
            direction,
            way,
            names: design.terms.iter().map(|term| term.name.clone()).collect(),
        })
    }

    /// Places of the terms that are left, in the order of the model.
    pub(super) fn selected(&self) -> &[usize] {
        &self.way.terms
    }

    pub(super) fn criterion(&self) -> &'static str {
        match self.criterion {
            Criterion::Aic => "aic",
            Criterion::Bic => "bic",
        }
    }

    fn direction(&self) -> &'static str {
        match self.direction {
            Direction::Both => "both",
            Direction::Backward => "backward",
            Direction::Forward => "forward",
        }
    }

    pub(super) fn warning(&self) -> Warning {
        Warning::new(
            "stepwise",
            "P values and intervals of a model selected step by step are too good, as they do not \
             know of the search"
                .to_owned(),
        )
    }

    /// Each step in words, with its criterion.
    pub(super) fn steps(&self) -> impl Iterator<Item = (String, f64)> {
        self.way.steps.iter().map(|step| {
            let start = match self.direction {
                Direction::Forward => "no term",
                Direction::Both | Direction::Backward => "all terms",
            };
            let change = step
                .change
                .map_or_else(|| start.to_owned(), |c| self.written(c));
            (change, step.criterion)
        })
    }

    pub(super) fn to_json(&self) -> Value {
        let steps = self.way.steps.iter().map(|step| {
            let names = step.terms.iter().map(|&term| self.name(term));
            let tried = step.tried.iter().map(|&(change, criterion)| {
                json!({"change": self.written(change), "criterion": number_json(criterion)})
            });
            json!({
                "change": step.change.map_or_else(String::new, |change| self.written(change)),
                "criterion": number_json(step.criterion),
                "deviance": number_json(step.deviance),
                "terms": names.collect::<Vec<_>>(),
                "tried": tried.collect::<Vec<_>>(),
            })
        });
        json!({
            "criterion": self.criterion(),
            "direction": self.direction(),
            "steps": steps.collect::<Vec<_>>(),
            "selected": self.way.terms.iter().map(|&t| self.name(t)).collect::<Vec<_>>(),
        })
    }

    fn written(&self, change: StepwiseChange) -> String {
        match change {
            StepwiseChange::Drop(term) => format!("- {}", self.name(term)),
            StepwiseChange::Add(term) => format!("+ {}", self.name(term)),
        }
    }

    fn name(&self, term: usize) -> &str {
        self.names.get(term).map_or("", String::as_str)
    }
}

impl Criterion {
    fn of_library(self) -> StepwiseCriterion {
        match self {
            Self::Aic => StepwiseCriterion::Aic,
            Self::Bic => StepwiseCriterion::Bic,
        }
    }
}

impl Direction {
    fn of_library(self) -> StepwiseDirection {
        match self {
            Self::Both => StepwiseDirection::Both,
            Self::Backward => StepwiseDirection::Backward,
            Self::Forward => StepwiseDirection::Forward,
        }
    }
}
