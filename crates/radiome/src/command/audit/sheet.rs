//! A published table as it was given.

use std::collections::HashMap;
use std::path::Path;

use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::table::{Table, is_missing, number_text, parse_number};
use radiome_stats::audit::{PrintedNumber, PrintedP};
use serde_json::Value;

/// Columns of P values.
const P_VALUES: [&str; 5] = ["p", "p_value", "p_text", "published_p", "pvalue"];
/// Columns that name a set of patients.
const SETS: [&str; 4] = ["set", "cohort", "split", "dataset"];

/// A table and its name in findings.
pub(crate) struct Sheet {
    pub(super) table: Table,
    pub(super) name: String,
}

impl Sheet {
    pub(super) fn read(path: &Path) -> miette::Result<Self> {
        let is_json = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("json"));
        if !is_json {
            return Ok(Self::of(Table::read(path)?));
        }
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read {name}"))?;
        Self::of_json(&text, &name)
    }

    /// A table written as a JSON object of objects.
    pub(crate) fn of_json(text: &str, name: &str) -> miette::Result<Self> {
        Ok(Self::of(of_objects(text, name)?))
    }

    /// A table that was read.
    pub(crate) fn of(table: Table) -> Self {
        let name = table.source().to_owned();
        Self { table, name }
    }

    /// The first of these columns that there is, without regard to case.
    pub(super) fn column(&self, names: &[&str]) -> Option<&str> {
        let same = |name: &&str| self.table.columns().find(|c| c.eq_ignore_ascii_case(name));
        names.iter().find_map(same)
    }

    pub(super) fn p_column(&self) -> Option<&str> {
        self.column(&P_VALUES)
    }

    pub(super) fn set_column(&self) -> Option<&str> {
        self.column(&SETS)
    }

    /// The cells of a column; missing ones are empty.
    pub(super) fn cells(&self, column: &str) -> miette::Result<Vec<&str>> {
        let texts = self.table.texts(column)?;
        Ok(texts.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// The cells of a column that names rows: an empty one repeats the one above.
    pub(super) fn names(&self, column: &str) -> miette::Result<Vec<String>> {
        let mut last = "";
        let mut names = Vec::with_capacity(self.table.len());
        for cell in self.cells(column)? {
            if !cell.is_empty() {
                last = cell;
            }
            names.push(last.to_owned());
        }
        Ok(names)
    }

    /// The set of each row; empty where the table names none.
    pub(super) fn sets(&self) -> miette::Result<Vec<String>> {
        match self.set_column() {
            Some(column) => self.names(column),
            None => Ok(vec![String::new(); self.table.len()]),
        }
    }

    /// The row of the file, for findings.
    pub(super) fn line(&self, column: &str, row: usize) -> usize {
        self.table.place(column, row).map_or(0, |(_, line)| line)
    }

    /// Columns of numbers that are printed alike: the same number of decimals in all of them, unless
    /// more than a third have fewer. (Programs drop zeros at the end, which printers keep.)
    pub(super) fn printed(
        &self,
        columns: &[&str],
    ) -> miette::Result<Vec<Vec<Option<PrintedNumber>>>> {
        let cells: Vec<Vec<&str>> = columns
            .iter()
            .map(|column| self.cells(column))
            .collect::<miette::Result<_>>()?;
        for (column, cells) in columns.iter().zip(&cells) {
            for (row, cell) in cells.iter().enumerate() {
                if !cell.is_empty() && parse_number(cell).is_none() {
                    return Err(miette!(
                        help = "correct the cell; a missing value is an empty cell, NA or NaN",
                        "{}, row {}, column \"{column}\": \"{cell}\" is not a number",
                        self.name,
                        self.line(column, row)
                    ));
                }
            }
        }
        let common = common_decimals(cells.iter().flatten().copied());
        let printed = |cell: &&str| {
            let value = parse_number(cell).filter(|value| value.is_finite())?;
            let decimals = common.unwrap_or_else(|| decimals(cell));
            Some(PrintedNumber { value, decimals })
        };
        Ok(cells
            .iter()
            .map(|cells| cells.iter().map(printed).collect())
            .collect())
    }

    /// A column of P values; what is none ("NS") is left out.
    pub(super) fn p_values(&self, columns: &[&str]) -> miette::Result<Vec<Vec<Option<PrintedP>>>> {
        let cells: Vec<Vec<&str>> = columns
            .iter()
            .map(|column| self.cells(column))
            .collect::<miette::Result<_>>()?;
        let plain = cells.iter().flatten().copied();
        let common = common_decimals(plain.filter(|cell| !cell.starts_with(['<', '>'])));
        let columns = cells
            .iter()
            .map(|cells| cells.iter().map(|cell| p_of(cell, common)).collect());
        Ok(columns.collect())
    }
}

/// Digits after the point.
fn decimals(cell: &str) -> u32 {
    let after = cell.split_once('.').map_or("", |(_, after)| after);
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    u32::try_from(digits).unwrap_or(u32::MAX)
}

/// The decimals that cells share; none where more than a third have fewer.
fn common_decimals<'a>(cells: impl Iterator<Item = &'a str>) -> Option<u32> {
    let all: Vec<u32> = cells.filter(|c| !is_missing(c)).map(decimals).collect();
    let most = all.iter().copied().max()?;
    let fewer = all.iter().filter(|d| **d < most).count();
    (3 * fewer <= all.len()).then_some(most)
}

/// A P value as it is printed, with these decimals if they are known.
pub(super) fn p_of(cell: &str, common: Option<u32>) -> Option<PrintedP> {
    let cell = cell.trim().trim_start_matches(['p', 'P', '=', ' ']);
    let number = |text: &str| {
        let text = text.trim_start_matches(['=', ' ']);
        parse_number(text).filter(|p| (0.0..=1.0).contains(p))
    };
    if let Some(bound) = cell.strip_prefix(['<', '≤']) {
        return number(bound).map(PrintedP::Below);
    }
    if let Some(bound) = cell.strip_prefix(['>', '≥']) {
        return number(bound).map(PrintedP::Above);
    }
    let decimals = common.unwrap_or_else(|| decimals(cell));
    let value = number(cell)?;
    Some(PrintedP::Equal(PrintedNumber { value, decimals }))
}

/// A JSON object of objects as a table: a row for each, its name in the column `comparison`, and a
/// column for each key whose value is a number or text.
fn of_objects(text: &str, name: &str) -> miette::Result<Table> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| miette!("{name} is no JSON that can be read: {error}"))?;
    let Value::Object(rows) = value else {
        return Err(miette!(
            help = "a table in JSON is an object with an object for each row",
            "{name} holds no table"
        ));
    };
    let mut columns: Vec<(String, Vec<String>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let row_names: Vec<String> = rows.keys().cloned().collect();
    for (row, value) in rows.values().enumerate() {
        let Value::Object(cells) = value else {
            continue;
        };
        for (key, value) in cells {
            let cell = match value {
                Value::Number(number) => number_text(number.as_f64().unwrap_or(f64::NAN)),
                Value::String(text) => text.clone(),
                _ => continue,
            };
            let place = *places.entry(key.clone()).or_insert_with(|| {
                columns.push((key.clone(), vec![String::new(); row_names.len()]));
                columns.len() - 1
            });
            let column = columns.get_mut(place).map(|(_, cells)| cells);
            if let Some(slot) = column.and_then(|cells| cells.get_mut(row)) {
                *slot = cell;
            }
        }
    }
    let mut table = Table::new(name, row_names.len());
    table.push_texts("comparison", row_names)?;
    for (key, cells) in columns {
        if key != "comparison" {
            table.push_texts(&key, cells)?;
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_at_the_end_are_put_back_where_most_cells_have_them() {
        let common = |cells: &[&str]| common_decimals(cells.iter().copied());
        assert_eq!(common(&["0.77", "0.725", "0.752", "0.761"]), Some(3));
        assert_eq!(common(&["0.7", "0.72", "0.5"]), None);
        assert_eq!(common(&[]), None);
        assert_eq!(common(&["1", "0.494", "", "0.1234"]), None);
    }

    #[test]
    fn p_values_in_their_spellings() {
        let number = |value, decimals| Some(PrintedP::Equal(PrintedNumber { value, decimals }));
        assert_eq!(p_of("0.05", Some(3)), number(0.05, 3));
        assert_eq!(p_of("P = .05", None), number(0.05, 2));
        assert_eq!(p_of("< 0.001", Some(3)), Some(PrintedP::Below(0.001)));
        assert_eq!(p_of("p>0.05", None), Some(PrintedP::Above(0.05)));
        assert_eq!(p_of("NS", None), None);
        assert_eq!(p_of("1.2", None), None);
    }
}
