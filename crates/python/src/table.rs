//! Columns of Python as a table of the program, and back.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use radiome::table::Table;

use crate::error;
use crate::volume::numbers;

/// A column: numbers, or texts of which some are missing.
#[derive(FromPyObject)]
pub(crate) enum Cells<'py> {
    /// Numbers as the bytes of 64-bit floats; NaN where missing.
    Numbers(Bound<'py, PyBytes>),
    /// Texts.
    Texts(Vec<Option<String>>),
}

/// Named columns.
pub(crate) type Columns<'py> = Vec<(String, Cells<'py>)>;

/// A table of these columns; `name` stands for it in errors.
pub(crate) fn table(py: Python<'_>, name: &str, columns: &Columns<'_>) -> PyResult<Table> {
    let rows = match columns.first() {
        None => 0,
        Some((_, Cells::Numbers(bytes))) => bytes.as_bytes().len() / 8,
        Some((_, Cells::Texts(texts))) => texts.len(),
    };
    let mut table = Table::new(name, rows);
    for (column, cells) in columns {
        let pushed = match cells {
            Cells::Numbers(bytes) => table.push_numbers(column, &numbers(bytes.as_bytes())),
            Cells::Texts(texts) => {
                let texts = texts.iter().map(|text| text.clone().unwrap_or_default());
                table.push_texts(column, texts.collect())
            }
        };
        pushed.map_err(|error| error::exception(py, "InputError", &error.to_string()))?;
    }
    Ok(table)
}

/// A column of texts; none where missing.
pub(crate) type Texts = (String, Vec<Option<String>>);

/// The columns of a table.
pub(crate) fn columns(py: Python<'_>, table: &Table) -> PyResult<Vec<Texts>> {
    let mut columns = Vec::new();
    for name in table.columns() {
        let texts = table
            .texts(name)
            .map_err(|error| error::exception(py, "InputError", &error.to_string()))?;
        let texts = texts.into_iter().map(|text| text.map(str::to_owned));
        columns.push((name.to_owned(), texts.collect()));
    }
    Ok(columns)
}

/// The columns of a file.
#[pyfunction]
pub(crate) fn read_table(py: Python<'_>, path: PathBuf) -> PyResult<Vec<Texts>> {
    let table = Table::read(&path).map_err(|error| error::of_report(py, &error.into()))?;
    columns(py, &table)
}
