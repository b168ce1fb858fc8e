//! What ComBat is given: the rows of a table by batch.

use std::collections::BTreeMap;

use miette::miette;
use radiome::table::Table;

use crate::command::tabular::{Warning, complete_places};

/// The places of the rows with a value in each of the columns.
pub(super) fn complete(
    table: &Table,
    columns: &[&str],
    warnings: &mut Vec<Warning>,
) -> miette::Result<Vec<usize>> {
    let places = complete_places(table, columns, warnings)?;
    if places.is_empty() {
        return Err(miette!(
            help = "fill in the cells, or choose other columns",
            "{}: no row has a value in {}",
            table.source(),
            columns.join(" and ")
        ));
    }
    Ok(places)
}

/// The rows of each batch, in ascending order of the label.
pub(super) fn members(labels: &[String]) -> BTreeMap<&str, Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, label) in labels.iter().enumerate() {
        groups.entry(label).or_default().push(row);
    }
    groups
}
