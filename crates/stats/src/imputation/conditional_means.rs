//! What is expected where a value of a row to be predicted is missing.

use super::column::{CompletedColumn, IncompleteColumn, design_without};
use super::error::ImputationError;
use super::linear::{LinearModel, linear_predictor};
use super::multinomial::{MultinomialModel, class_probabilities};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// Most rounds through the missing columns of a row.
const MOST_ROUNDS: usize = 200;
/// Accepted last change of an expectation, relative to its size where that is above 1.
const ACCEPTED_CHANGE: f64 = 1e-12;

/// The expectation of one column given the others.
///
/// Coefficients belong to the design columns of all other columns in order: a number is one design
/// column, a class one indicator for each class but the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ConditionalMean {
    /// A number: intercept plus coefficients times the others, kept within the range.
    Number {
        /// Intercept, then a coefficient for each design column of the others.
        coefficients: Vec<f64>,
        /// Smallest and largest known value.
        range: [f64; 2],
    },
    /// A class: the log-odds of each class but the first against the first.
    Class {
        /// By class but the first: intercept, then a coefficient for each design column of the
        /// others.
        log_odds: Vec<Vec<f64>>,
    },
}

/// The expectation of each column given all others, without the outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConditionalMeans {
    /// By column, the mean of its design columns.
    pub means: Vec<Vec<f64>>,
    /// By column.
    pub models: Vec<ConditionalMean>,
}

impl ConditionalMeans {
    /// Learns from rows that were completed several times with their outcome: linear or multinomial
    /// regression of each column on all others in each completed set, coefficients averaged over
    /// the sets. The outcome is among the predictors of the imputation, not among those here, so
    /// what is learnt holds for rows whose outcome is not known.
    ///
    /// # Errors
    /// No completed set, a class that a completed set does not show, a fit that does not settle.
    pub fn fit(
        columns: &[IncompleteColumn],
        completed: &[Vec<CompletedColumn>],
    ) -> Result<Self, ImputationError> {
        if completed.is_empty() {
            return Err(ImputationError::TooFew {
                setting: "completed data sets",
                found: 0,
                needed: 1,
            });
        }
        let rows: Vec<usize> = (0..columns.first().map_or(0, IncompleteColumn::rows)).collect();
        let none = DMatrix::zeros(rows.len(), 0);
        let (mut means, mut models) = (Vec::new(), Vec::new());
        for (place, column) in columns.iter().enumerate() {
            let mut mean = vec![0.0; column.width()];
            let mut sums: Vec<Vec<f64>> = Vec::new();
            for set in completed {
                let x = design_without(place, set, &none, &rows);
                let fitted = match &set[place] {
                    CompletedColumn::Number(values) => {
                        vec![LinearModel::fit(&x, values)?.coefficients()]
                    }
                    CompletedColumn::Class { values, classes } => {
                        MultinomialModel::fit(&x, values, *classes)?.coefficients()
                    }
                };
                sums.resize(fitted.len(), vec![0.0; fitted[0].len()]);
                for (sum, one) in sums.iter_mut().flatten().zip(fitted.iter().flatten()) {
                    *sum += one;
                }
                let mut design = Vec::new();
                for &row in &rows {
                    set[place].design(row, &mut design);
                }
                for (number, value) in design.iter().enumerate() {
                    mean[number % column.width()] += value;
                }
            }
            let sets = completed.len() as f64;
            sums.iter_mut().flatten().for_each(|sum| *sum /= sets);
            for sum in &mut mean {
                *sum /= sets * rows.len() as f64;
            }
            means.push(mean);
            models.push(match column {
                IncompleteColumn::Number(values) => ConditionalMean::Number {
                    coefficients: sums.swap_remove(0),
                    range: values
                        .iter()
                        .filter(|value| !value.is_nan())
                        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &value| {
                            [low.min(value), high.max(value)]
                        }),
                },
                IncompleteColumn::Class { .. } => ConditionalMean::Class { log_odds: sums },
            });
        }
        Ok(Self { means, models })
    }

    /// The design columns of a row, those that are missing (`None`) as expected given those that
    /// are known.
    ///
    /// What is missing starts at its mean; each missing column in turn then becomes its expectation
    /// given the current values of all others, until nothing changes. One missing column needs one
    /// round. For numbers whose regressions come from one covariance the end is the conditional
    /// mean of the normal distribution with that covariance.
    #[must_use]
    pub fn expected(&self, known: &[Option<Vec<f64>>]) -> Vec<Vec<f64>> {
        let mut row: Vec<Vec<f64>> = (known.iter().zip(&self.means))
            .map(|(known, mean)| known.clone().unwrap_or_else(|| mean.clone()))
            .collect();
        let missing: Vec<usize> = (0..known.len())
            .filter(|&place| known[place].is_none())
            .collect();
        for _ in 0..MOST_ROUNDS {
            let mut change = 0.0_f64;
            for &place in &missing {
                let next = self.models[place].given(place, &row);
                for (old, new) in row[place].iter().zip(&next) {
                    change = change.max((new - old).abs() / new.abs().max(1.0));
                }
                row[place] = next;
            }
            if change <= ACCEPTED_CHANGE {
                break;
            }
        }
        row
    }
}

impl ConditionalMean {
    /// The expected design columns of the column at a place, given those of the others.
    fn given(&self, place: usize, row: &[Vec<f64>]) -> Vec<f64> {
        let others = row
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place)
            .flat_map(|(_, values)| values);
        match self {
            Self::Number {
                coefficients,
                range: [low, high],
            } => vec![linear_predictor(coefficients, others).max(*low).min(*high)],
            Self::Class { log_odds } => {
                let mut probabilities = class_probabilities(log_odds, others);
                probabilities.remove(0);
                probabilities
            }
        }
    }

    /// Design columns that the column becomes.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Number { .. } => 1,
            Self::Class { log_odds } => log_odds.len(),
        }
    }
}
