//! Rows without a missing cell.

use miette::miette;
use radiome::table::{Table, is_missing};

use super::Warning;

/// The rows that have a value in each of these columns; a warning counts those left out.
pub(crate) fn complete_rows<S: AsRef<str>>(
    table: &Table,
    columns: &[S],
    warnings: &mut Vec<Warning>,
) -> miette::Result<Table> {
    let places = complete_places(table, columns, warnings)?;
    if places.len() == table.len() {
        return Ok(table.clone());
    }
    Ok(table.select_rows(&places))
}

/// The places of these rows.
pub(crate) fn complete_places<S: AsRef<str>>(
    table: &Table,
    columns: &[S],
    warnings: &mut Vec<Warning>,
) -> miette::Result<Vec<usize>> {
    let mut complete = vec![true; table.len()];
    let mut told = Vec::new();
    for column in columns {
        let column = column.as_ref();
        let mut missing = 0usize;
        for (complete, cell) in complete.iter_mut().zip(table.cells(column)?) {
            if is_missing(cell) {
                *complete = false;
                missing += 1;
            }
        }
        if missing == table.len() && missing > 0 {
            return Err(miette!(
                help = "leave the column out, or look why it is empty",
                "{}, column \"{column}\": every cell is missing",
                table.source()
            ));
        }
        if missing > 0 {
            told.push(format!("{column} {missing}"));
        }
    }
    let places: Vec<usize> = (0..table.len())
        .zip(&complete)
        .filter_map(|(row, complete)| complete.then_some(row))
        .collect();
    if told.is_empty() {
        return Ok(places);
    }
    const SHOWN: usize = 8;
    let more = told.len().saturating_sub(SHOWN);
    told.truncate(SHOWN);
    let mut columns = told.join(", ");
    if more > 0 {
        columns.push_str(&format!(", and {more} columns more"));
    }
    warnings.push(Warning::new(
        "missing_values",
        format!(
            "{} of {} rows have a missing value and are left out (missing in: {columns})",
            table.len() - places.len(),
            table.len()
        ),
    ));
    Ok(places)
}
