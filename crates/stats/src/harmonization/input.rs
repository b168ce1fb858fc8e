//! What ComBat is given: rows grouped by batch, and whether they can be used.

use super::error::CombatError;
use crate::describe::{is_constant, present};
use nalgebra::DMatrix;
use std::collections::BTreeMap;

/// Columns of a table as vectors.
pub(super) type Columns = Vec<Vec<f64>>;

/// Rows of each batch, the labels in ascending order.
pub(super) fn group_rows(batches: &[String]) -> BTreeMap<&str, Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, label) in batches.iter().enumerate() {
        groups.entry(label).or_default().push(row);
    }
    groups
}

/// Values present at the rows.
pub(super) fn at_rows(column: &[f64], rows: &[usize]) -> Vec<f64> {
    rows.iter()
        .map(|&r| column[r])
        .filter(|v| !v.is_nan())
        .collect()
}

pub(super) fn is_constant_in(features: &DMatrix<f64>, feature: usize, rows: &[usize]) -> bool {
    let values = present(
        &rows
            .iter()
            .map(|&r| features[(r, feature)])
            .collect::<Vec<f64>>(),
    );
    values.len() > 1 && is_constant(&values)
}

pub(super) fn check_rows(
    features: &DMatrix<f64>,
    batches: &[String],
    covariates: Option<&DMatrix<f64>>,
) -> Result<(), CombatError> {
    let expected = features.nrows();
    let check = |what, found| {
        if found == expected {
            Ok(())
        } else {
            Err(CombatError::Rows {
                what,
                found,
                expected,
            })
        }
    };
    check("the list of batches", batches.len())?;
    let invalid = |table: &DMatrix<f64>, what, bad: fn(f64) -> bool| {
        for (column, values) in table.column_iter().enumerate() {
            if let Some(row) = values.iter().position(|&v| bad(v)) {
                let value = values[row];
                return Err(CombatError::Value {
                    what,
                    row,
                    column,
                    value,
                });
            }
        }
        Ok(())
    };
    if let Some(covariates) = covariates {
        check("the table of covariates", covariates.nrows())?;
        invalid(covariates, "the covariate", |v| !v.is_finite())?;
    }
    invalid(features, "the feature", f64::is_infinite)
}

pub(super) fn check_present(
    features: &DMatrix<f64>,
    adjusted: &[usize],
    groups: &BTreeMap<&str, Vec<usize>>,
    needed: usize,
) -> Result<(), CombatError> {
    for &feature in adjusted {
        for (label, rows) in groups {
            let present = rows
                .iter()
                .filter(|&&r| !features[(r, feature)].is_nan())
                .count();
            if present < needed {
                return Err(CombatError::TooFewValues {
                    feature,
                    batch: label.to_string(),
                    present,
                    needed,
                });
            }
        }
    }
    Ok(())
}
