//! Minimum redundancy, maximum relevance (Peng, Long and Ding 2005; De Jay and others 2013).

pub use super::association::MrmrAssociation;

use crate::describe::is_constant;
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// How relevance and redundancy are weighed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MrmrForm {
    /// Relevance minus mean redundancy (MID).
    #[default]
    Difference,
    /// Relevance over mean redundancy (MIQ).
    Quotient,
}

/// The features chosen, best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mrmr {
    /// Columns chosen, counted from 0, in the order of choice.
    pub selected: Vec<usize>,
    /// Score of each choice when it was made.
    pub scores: Vec<f64>,
    /// Relevance of every column to the target; NaN for a constant column.
    pub relevance: Vec<f64>,
}

/// Why there is no selection.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MrmrError {
    /// Target and features differ in length.
    #[error("the target has {target} values, the features have {rows} rows")]
    Rows {
        /// Values of the target.
        target: usize,
        /// Rows of the features.
        rows: usize,
    },
    /// A missing or infinite feature.
    #[error(
        "the feature in row {row}, column {column} (counted from 0) is missing or infinite; impute or drop it first"
    )]
    Feature {
        /// Row.
        row: usize,
        /// Column.
        column: usize,
    },
    /// A missing or infinite target.
    #[error("the target in row {0} (counted from 0) is missing or infinite")]
    Target(usize),
    /// A target without variation.
    #[error("the target takes a single value, so no feature is relevant")]
    ConstantTarget,
}

/// Chooses up to `count` columns greedily. R: `mRMRe::mRMR.classic` for the Pearson difference.
///
/// The first column is the most relevant to the target; each next one maximises relevance minus (or
/// over) its mean redundancy with those chosen. Ties go to the lowest column. Constant columns are
/// never chosen, so fewer than `count` may come back. What relevance and redundancy are is the
/// [`MrmrAssociation`].
///
/// # Errors
/// Lengths that differ, missing or infinite values, or a constant target.
pub fn mrmr(
    features: &DMatrix<f64>,
    target: &[f64],
    count: usize,
    form: MrmrForm,
    association: MrmrAssociation,
) -> Result<Mrmr, MrmrError> {
    if target.len() != features.nrows() {
        return Err(MrmrError::Rows {
            target: target.len(),
            rows: features.nrows(),
        });
    }
    if let Some(row) = target.iter().position(|v| !v.is_finite()) {
        return Err(MrmrError::Target(row));
    }
    if is_constant(target) {
        return Err(MrmrError::ConstantTarget);
    }
    let mut columns = Vec::with_capacity(features.ncols());
    for (column, values) in features.column_iter().enumerate() {
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return Err(MrmrError::Feature { row, column });
        }
        let values: Vec<f64> = values.iter().copied().collect();
        let varies = !is_constant(&values);
        columns.push(varies.then(|| association.prepare(&values)).flatten());
    }
    let outcome = association.prepare_target(target);
    let relevance: Vec<f64> = columns
        .iter()
        .map(|column| match (column, &outcome) {
            (Some(column), Some(outcome)) => association.relevance(column, outcome),
            _ => f64::NAN,
        })
        .collect();

    let mut remaining: Vec<usize> = (0..columns.len())
        .filter(|&j| columns[j].is_some())
        .collect();
    let mut redundancy = vec![0.0; columns.len()];
    let mut result = Mrmr {
        selected: Vec::new(),
        scores: Vec::new(),
        relevance,
    };
    while result.selected.len() < count && !remaining.is_empty() {
        let chosen_so_far = result.selected.len() as f64;
        let score = |j: usize| {
            let value = match form {
                _ if chosen_so_far == 0.0 => result.relevance[j],
                MrmrForm::Difference => result.relevance[j] - redundancy[j] / chosen_so_far,
                MrmrForm::Quotient => result.relevance[j] / (redundancy[j] / chosen_so_far),
            };
            // Infinite over infinite: a copy of a chosen column.
            if value.is_nan() {
                f64::NEG_INFINITY
            } else {
                value
            }
        };
        let mut best = (0, score(remaining[0]));
        for (position, &j) in remaining.iter().enumerate().skip(1) {
            let value = score(j);
            if value > best.1 {
                best = (position, value);
            }
        }
        let chosen = remaining.remove(best.0);
        result.selected.push(chosen);
        result.scores.push(best.1);
        if let Some(new) = &columns[chosen] {
            for &j in &remaining {
                if let Some(column) = &columns[j] {
                    redundancy[j] += association.redundancy(column, new);
                }
            }
        }
    }
    Ok(result)
}
