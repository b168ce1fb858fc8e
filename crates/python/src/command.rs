//! The program's commands on tables.

use pyo3::prelude::*;
use radiome::command;

use crate::table::{self, Columns, Texts};
use crate::{error, interrupt};

/// What a command found: its JSON, and its table of results.
type Answer = (String, Vec<Texts>);

/// Runs a command on tables in memory; where one of the arguments names a table, it is read.
#[pyfunction]
pub(crate) fn answer<'py>(
    py: Python<'py>,
    arguments: Vec<String>,
    tables: Vec<(String, Columns<'py>)>,
) -> PyResult<Answer> {
    let mut read = Vec::new();
    for (name, columns) in &tables {
        read.push((name.clone(), table::table(py, name, columns)?));
    }
    let found = interrupt::watched(py, None, move || command::answer(&arguments, read))?;
    let found = found.map_err(|report| error::of_report(py, &report))?;
    let json = serde_json::Value::Object(found.json).to_string();
    Ok((json, table::columns(py, &found.table)?))
}
