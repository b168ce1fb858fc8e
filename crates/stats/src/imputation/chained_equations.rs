//! Chained equations: each column in turn from all others.

use super::column::{CompletedColumn, IncompleteColumn, design_without};
use super::error::ImputationError;
use super::multinomial::{MultinomialModel, class_probabilities, draw_class};
use super::predictive_mean_matching::predictive_mean_matching;
use crate::resampling::index_below;
use nalgebra::DMatrix;
use rand_chacha::rand_core::RngCore;

/// How values are imputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainedEquations {
    /// Completed data sets.
    pub imputations: usize,
    /// Rounds through the columns before a data set is taken.
    pub iterations: usize,
    /// Rows from which a number may be taken.
    pub donors: usize,
}

impl Default for ChainedEquations {
    fn default() -> Self {
        Self {
            imputations: 10,
            iterations: 10,
            donors: 5,
        }
    }
}

/// Completes columns several times (mice's `mice`, with `pmm` for numbers and models like `logreg`
/// and `polyreg` for classes).
///
/// Missing values start as known ones drawn at random. Then, `iterations` times, each column with
/// missing values in turn is imputed from the current values of all others and from the columns of
/// `complete`, such as the outcome, in which nothing is missing: numbers by
/// [`predictive_mean_matching`], classes by a draw from [`MultinomialModel`] with drawn
/// coefficients (mice's `polyreg` draws the class alone).
///
/// # Errors
/// Columns of different lengths, a column without a value, a class that no row has, values that
/// are not finite, no imputation, round or donor asked for.
pub fn chained_equations(
    columns: &[IncompleteColumn],
    complete: &DMatrix<f64>,
    settings: ChainedEquations,
    rng: &mut impl RngCore,
) -> Result<Vec<Vec<CompletedColumn>>, ImputationError> {
    let rows = complete.nrows();
    for (place, column) in columns.iter().enumerate() {
        column.check(place, rows)?;
    }
    if let Some(index) = complete.iter().position(|value| !value.is_finite()) {
        return Err(ImputationError::BadValue {
            what: "the columns in which nothing is missing",
            index,
            problem: "it is not a finite number",
        });
    }
    for (setting, found) in [
        ("imputations", settings.imputations),
        ("iterations", settings.iterations),
        ("donors", settings.donors),
    ] {
        if found == 0 {
            return Err(ImputationError::TooFew {
                setting,
                found,
                needed: 1,
            });
        }
    }
    (0..settings.imputations)
        .map(|_| completed(columns, complete, settings, rng))
        .collect()
}

fn completed(
    columns: &[IncompleteColumn],
    complete: &DMatrix<f64>,
    settings: ChainedEquations,
    rng: &mut impl RngCore,
) -> Result<Vec<CompletedColumn>, ImputationError> {
    let parts: Vec<(Vec<usize>, Vec<usize>)> =
        columns.iter().map(IncompleteColumn::parts).collect();
    let mut filled: Vec<CompletedColumn> = (columns.iter().zip(&parts))
        .map(|(column, (known, _))| start(column, known, rng))
        .collect();
    for _ in 0..settings.iterations {
        for (place, (known, missing)) in parts.iter().enumerate() {
            if missing.is_empty() {
                continue;
            }
            let x_known = design_without(place, &filled, complete, known);
            let x_missing = design_without(place, &filled, complete, missing);
            match &mut filled[place] {
                CompletedColumn::Number(values) => {
                    let from: Vec<f64> = known.iter().map(|&row| values[row]).collect();
                    let drawn = predictive_mean_matching(
                        &x_known,
                        &from,
                        &x_missing,
                        settings.donors,
                        rng,
                    )?;
                    for (&row, value) in missing.iter().zip(drawn) {
                        values[row] = value;
                    }
                }
                CompletedColumn::Class { values, classes } => {
                    let from: Vec<usize> = known.iter().map(|&row| values[row]).collect();
                    let model = MultinomialModel::fit(&x_known, &from, *classes)?;
                    let drawn = model.draw(rng);
                    for (&row, x) in missing.iter().zip(x_missing.row_iter()) {
                        values[row] = draw_class(&class_probabilities(&drawn, x.iter()), rng);
                    }
                }
            }
        }
    }
    Ok(filled)
}

/// A column with known values drawn at random where one is missing.
fn start(column: &IncompleteColumn, known: &[usize], rng: &mut impl RngCore) -> CompletedColumn {
    let mut donor = || known[index_below(known.len(), rng)];
    match column {
        IncompleteColumn::Number(values) => CompletedColumn::Number(
            values
                .iter()
                .map(|&value| {
                    if value.is_nan() {
                        values[donor()]
                    } else {
                        value
                    }
                })
                .collect(),
        ),
        IncompleteColumn::Class { values, classes } => CompletedColumn::Class {
            // A row of `known` has a class.
            values: values
                .iter()
                .map(|value| value.or_else(|| values[donor()]).unwrap_or_default())
                .collect(),
            classes: *classes,
        },
    }
}
