//! Features: columns of numbers.

use miette::miette;
use nalgebra::DMatrix;
use radiome::table::Table;

/// How many names a message shows.
const SHOWN: usize = 5;

/// The values of a feature, NaN where missing; an infinite value is an error.
pub(crate) fn finite_or_missing(table: &Table, feature: &str) -> miette::Result<Vec<f64>> {
    let values = table.numbers(feature)?;
    if let Some(row) = values.iter().position(|value| value.is_infinite()) {
        let (file, row) = table.place(feature, row)?;
        return Err(miette!(
            help = "correct the cell, or empty it if the value is missing",
            "{file}, row {row}, column \"{feature}\": the value is infinite"
        ));
    }
    Ok(values)
}

/// Columns side by side.
pub(crate) fn matrix(rows: usize, columns: &[Vec<f64>]) -> DMatrix<f64> {
    DMatrix::from_iterator(rows, columns.len(), columns.iter().flatten().copied())
}

/// The first names of a list.
pub(crate) fn name_some<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    let more = if names.len() > SHOWN { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}
