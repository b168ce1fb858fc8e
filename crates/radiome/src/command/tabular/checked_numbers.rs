//! Columns of numbers that a command can use as they are.

use miette::miette;
use radiome::table::{Table, TableError};

/// The columns that fit the patterns, in the order of the patterns, those of other options left out.
pub(crate) fn columns_in_order(
    table: &Table,
    patterns: &[String],
    taken: &[&str],
) -> Result<Vec<String>, TableError> {
    let mut names: Vec<String> = Vec::new();
    for pattern in patterns {
        for name in table.matching(&[pattern])? {
            if !taken.contains(&name) && !names.iter().any(|other| other == name) {
                names.push(name.to_owned());
            }
        }
    }
    Ok(names)
}

/// The finite numbers of a column without missing cells ([`super::complete_rows`]).
pub(crate) fn finite_numbers(table: &Table, column: &str) -> miette::Result<Vec<f64>> {
    checked(table, column, f64::is_finite, "is not finite")
}

/// The probabilities of a column without missing cells ([`super::complete_rows`]).
pub(crate) fn probabilities(table: &Table, column: &str) -> miette::Result<Vec<f64>> {
    let within = |value: f64| (0.0..=1.0).contains(&value);
    checked(
        table,
        column,
        within,
        "is no probability, which lies between 0 and 1",
    )
}

fn checked(
    table: &Table,
    column: &str,
    right: impl Fn(f64) -> bool,
    what: &str,
) -> miette::Result<Vec<f64>> {
    let values = table.numbers(column)?;
    let Some(row) = values.iter().position(|value| !right(*value)) else {
        return Ok(values);
    };
    let (file, place) = table.place(column, row)?;
    let found = table.cells(column)?.get(row).cloned().unwrap_or_default();
    Err(miette!(
        help = "correct the cell, or empty it if the value is missing; or choose another column",
        "{file}, row {place}, column \"{column}\": \"{found}\" {what}"
    ))
}
