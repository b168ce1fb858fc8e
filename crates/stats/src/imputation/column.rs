//! Columns with missing values, and without.

use super::error::ImputationError;
use nalgebra::DMatrix;

/// A column in which values may be missing.
#[derive(Debug, Clone, PartialEq)]
pub enum IncompleteColumn {
    /// Numbers; NaN is missing.
    Number(Vec<f64>),
    /// Classes, counted from 0.
    Class {
        /// The class of each row; `None` is missing.
        values: Vec<Option<usize>>,
        /// How many classes there are.
        classes: usize,
    },
}

/// A column in which nothing is missing.
#[derive(Debug, Clone, PartialEq)]
pub enum CompletedColumn {
    /// Numbers.
    Number(Vec<f64>),
    /// Classes, counted from 0.
    Class {
        /// The class of each row.
        values: Vec<usize>,
        /// How many classes there are.
        classes: usize,
    },
}

impl IncompleteColumn {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Class { values, .. } => values.len(),
        }
    }

    /// Whether the value of a row is missing.
    #[must_use]
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Number(values) => values[row].is_nan(),
            Self::Class { values, .. } => values[row].is_none(),
        }
    }

    /// Design columns that it becomes: one for a number, one for each class but the first.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Number(_) => 1,
            Self::Class { classes, .. } => classes - 1,
        }
    }

    /// Rows with a value and rows without.
    pub(super) fn parts(&self) -> (Vec<usize>, Vec<usize>) {
        (0..self.rows()).partition(|&row| !self.is_missing(row))
    }

    /// Refuses what cannot be a column of `rows` rows to impute from.
    pub(super) fn check(&self, column: usize, rows: usize) -> Result<(), ImputationError> {
        if self.rows() != rows {
            return Err(ImputationError::Length {
                what: "a column",
                found: self.rows(),
                expected: rows,
            });
        }
        let nothing = match self {
            Self::Number(values) => {
                if let Some(index) = values.iter().position(|value| value.is_infinite()) {
                    return Err(ImputationError::BadValue {
                        what: "a column of numbers",
                        index,
                        problem: "it is infinite",
                    });
                }
                values.iter().all(|value| value.is_nan())
            }
            Self::Class { values, classes } => {
                let known = || values.iter().flatten();
                if let Some(index) = values.iter().position(|c| c.is_some_and(|c| c >= *classes)) {
                    return Err(ImputationError::BadValue {
                        what: "a column of classes",
                        index,
                        problem: "there is no such class",
                    });
                }
                *classes < 2 || (0..*classes).any(|class| known().all(|&other| other != class))
            }
        };
        if nothing {
            return Err(ImputationError::NothingKnown { column });
        }
        Ok(())
    }
}

impl CompletedColumn {
    /// The design columns of a row: the number, or an indicator of each class but the first.
    pub(super) fn design(&self, row: usize, into: &mut Vec<f64>) {
        match self {
            Self::Number(values) => into.push(values[row]),
            Self::Class { values, classes } => {
                into.extend((1..*classes).map(|class| f64::from(u8::from(values[row] == class))));
            }
        }
    }
}

/// The design columns of all columns but one, then those of `complete`, over some rows.
pub(super) fn design_without(
    left_out: usize,
    columns: &[CompletedColumn],
    complete: &DMatrix<f64>,
    rows: &[usize],
) -> DMatrix<f64> {
    let mut values = Vec::new();
    for &row in rows {
        for (place, column) in columns.iter().enumerate() {
            if place != left_out {
                column.design(row, &mut values);
            }
        }
        values.extend(complete.row(row).iter());
    }
    let width = values.len().checked_div(rows.len()).unwrap_or(0);
    DMatrix::from_row_slice(rows.len(), width, &values)
}

/// A column whose part not explained by the earlier ones is smaller than this share of it counts as
/// their combination.
const RANK_TOLERANCE: f64 = 1e-9;

/// Columns that are neither constant nor a combination of an intercept and the kept ones before
/// them, in order, at most `most`.
pub(super) fn estimable(x: &DMatrix<f64>, most: usize) -> Vec<usize> {
    let mut basis = Vec::new();
    let mut kept = Vec::new();
    for (place, column) in x.column_iter().enumerate() {
        if kept.len() == most {
            break;
        }
        let mean = column.mean();
        let mut rest = column.add_scalar(-mean);
        let length = rest.norm();
        // A constant column leaves rounding alone.
        if length <= RANK_TOLERANCE * column.norm() {
            continue;
        }
        // Twice, so that rounding leaves nothing of the earlier columns.
        for _ in 0..2 {
            for earlier in &basis {
                let share = rest.dot(earlier);
                rest.axpy(-share, earlier, 1.0);
            }
        }
        let left = rest.norm();
        if left > RANK_TOLERANCE * length {
            basis.push(rest / left);
            kept.push(place);
        }
    }
    kept
}
