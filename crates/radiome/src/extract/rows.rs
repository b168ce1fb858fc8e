//! Rows of features as a table or as JSON.

use std::collections::HashMap;

use radiome_features::FeatureRow;
use serde_json::{Map, Value};

use super::{CaseTable, Failure};
use crate::table::{Table, TableError, number_json, number_text};

/// The column that says which features are not defined in a case, and why
/// ([`FeatureRow::undefined_text`]). It is always there.
pub const UNDEFINED: &str = "diagnostics_Undefined";

/// One row a successful case: the columns of its table, the diagnostics, the features.
///
/// Where two plans give different columns, a row lacks those of the other plan.
///
/// # Errors
/// [`TableError::DuplicateColumn`], where the table of cases already has a column of a feature's
/// name.
pub fn to_table(
    cases: &CaseTable,
    results: &[Result<FeatureRow, Failure>],
) -> Result<Table, TableError> {
    let good: Vec<(usize, &FeatureRow)> = successes(results).collect();
    let places: Vec<usize> = good.iter().map(|&(place, _)| place).collect();
    let mut table = cases.table.select_rows(&places);
    let diagnostics: Vec<Vec<(&str, String)>> = good
        .iter()
        .map(|(_, row)| named(&row.diagnostics, String::clone))
        .collect();
    push_columns(&mut table, &diagnostics)?;
    let undefined = good.iter().map(|(_, row)| row.undefined_text()).collect();
    table.push_texts(UNDEFINED, undefined)?;
    let features: Vec<Vec<(&str, String)>> = good
        .iter()
        .map(|(_, row)| named(&row.features, |&value| number_text(value)))
        .collect();
    push_columns(&mut table, &features)?;
    Ok(table)
}

/// An array of one object a successful case, with the keys of [`to_table`]'s columns; carried
/// columns and diagnostics are text, features numbers (NaN is null, infinities "Inf" and "-Inf").
///
/// # Errors
/// As [`to_table`].
pub fn to_json(
    cases: &CaseTable,
    results: &[Result<FeatureRow, Failure>],
) -> Result<Value, TableError> {
    let mut rows = Vec::new();
    for (place, row) in successes(results) {
        let mut object = Map::new();
        for name in cases.table.columns() {
            let cell = cases.table.texts(name)?.get(place).copied().flatten();
            object.insert(name.to_owned(), cell.into());
        }
        for (name, value) in &row.diagnostics {
            object.insert(name.clone(), value.as_str().into());
        }
        object.insert(UNDEFINED.to_owned(), row.undefined_text().into());
        for (name, value) in &row.features {
            object.insert(name.clone(), number_json(*value));
        }
        rows.push(Value::Object(object));
    }
    Ok(Value::Array(rows))
}

fn successes(
    results: &[Result<FeatureRow, Failure>],
) -> impl Iterator<Item = (usize, &FeatureRow)> {
    results
        .iter()
        .enumerate()
        .filter_map(|(place, result)| Some((place, result.as_ref().ok()?)))
}

fn named<T>(cells: &[(String, T)], text: impl Fn(&T) -> String) -> Vec<(&str, String)> {
    cells
        .iter()
        .map(|(name, value)| (name.as_str(), text(value)))
        .collect()
}

/// Adds the columns that occur in any row, in the order in which they first occur.
fn push_columns(table: &mut Table, rows: &[Vec<(&str, String)>]) -> Result<(), TableError> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut columns: Vec<(&str, Vec<String>)> = Vec::new();
    for (row, cells) in rows.iter().enumerate() {
        for (name, cell) in cells {
            let place = *places.entry(name).or_insert_with(|| {
                columns.push((name, vec![String::new(); rows.len()]));
                columns.len() - 1
            });
            columns[place].1[row].clone_from(cell);
        }
    }
    for (name, cells) in columns {
        table.push_texts(name, cells)?;
    }
    Ok(())
}
