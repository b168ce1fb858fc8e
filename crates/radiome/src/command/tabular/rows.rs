//! A table of results: all digits in a file, few of them on the screen.

use radiome::table::{Table, TableError, number_text};

/// Significant digits on the screen.
const DIGITS: i32 = 4;

/// One cell of a table of results.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing to tell.
    Empty,
    Text(String),
    Number(f64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        Self::Number(value as f64)
    }
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Empty, Self::Number)
    }
}

impl Cell {
    fn in_full(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(value) => number_text(*value),
        }
    }

    fn in_short(&self) -> String {
        match self {
            Self::Number(value) => short(*value),
            other => other.in_full(),
        }
    }
}

/// Named columns of results.
#[derive(Default)]
pub(crate) struct Rows {
    header: Vec<String>,
    rows: Vec<Vec<Cell>>,
    /// What stands below on the screen.
    below: String,
}

impl Rows {
    pub(crate) fn new<S: AsRef<str>>(header: &[S]) -> Self {
        Self {
            header: header.iter().map(|name| name.as_ref().to_owned()).collect(),
            rows: Vec::new(),
            below: String::new(),
        }
    }

    /// Puts a sentence below the table, on the screen alone.
    pub(crate) fn note(&mut self, text: &str) {
        self.below.push('\n');
        self.below.push_str(text);
        self.below.push('\n');
    }

    /// Puts another table with its heading below this one, on the screen alone.
    pub(crate) fn put_below(&mut self, heading: &str, other: &Self) {
        self.note(heading);
        self.below.push_str(&other.to_text());
    }

    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// Adds rows below, behind a first column that names their group.
    pub(super) fn append(&mut self, column: &str, group: &str, other: Self) {
        if self.header.is_empty() {
            self.header.push(column.to_owned());
            self.header.extend(other.header);
        }
        for mut row in other.rows {
            row.insert(0, group.into());
            self.rows.push(row);
        }
    }

    /// The table as it is written.
    pub(super) fn to_table(&self) -> Result<Table, TableError> {
        let mut table = Table::new("the results", self.rows.len());
        for (place, name) in self.header.iter().enumerate() {
            let cells = self.rows.iter();
            let cells = cells.map(|row| row.get(place).map_or_else(String::new, Cell::in_full));
            table.push_texts(name, cells.collect())?;
        }
        Ok(table)
    }

    /// The table as it is read: columns aligned, numbers to the right.
    pub(super) fn to_text(&self) -> String {
        let columns: Vec<(Vec<String>, bool, usize)> = self
            .header
            .iter()
            .enumerate()
            .map(|(place, name)| {
                let cell = |row: &'_ Vec<Cell>| row.get(place).cloned().unwrap_or(Cell::Empty);
                let cells = || self.rows.iter().map(cell);
                let numeric = cells().all(|cell| !matches!(cell, Cell::Text(_)));
                let lines: Vec<String> = std::iter::once(name.clone())
                    .chain(cells().map(|cell| cell.in_short()))
                    .collect();
                let width = lines.iter().map(|line| line.chars().count()).max();
                (lines, numeric, width.unwrap_or(0))
            })
            .collect();
        let mut text = String::new();
        for line in 0..=self.rows.len() {
            let start = text.len();
            for (cells, numeric, width) in &columns {
                if text.len() > start {
                    text.push_str("  ");
                }
                let cell = cells.get(line).map_or("", String::as_str);
                let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
                if *numeric {
                    text.push_str(&gap);
                    text.push_str(cell);
                } else {
                    text.push_str(cell);
                    text.push_str(&gap);
                }
            }
            let end = text.trim_end_matches(' ').len();
            text.truncate(end);
            text.push('\n');
        }
        text.push_str(&self.below);
        text
    }
}

/// A number with few digits; what is undefined is a dash.
pub(crate) fn short(value: f64) -> String {
    if value.is_nan() {
        return "-".to_owned();
    }
    let size = value.abs();
    if value.is_infinite() || (value.fract() == 0.0 && size < 1e15) {
        return number_text(value);
    }
    if (1e-4..1e6).contains(&size) {
        let decimals = (DIGITS - 1 - size.log10().floor() as i32).max(0);
        let text = format!("{value:.*}", usize::try_from(decimals).unwrap_or(0));
        if !text.contains('.') {
            return text;
        }
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("{value:.2e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_digits_on_the_screen_and_all_in_a_file() {
        let shown = [1.0 / 3.0, 1234.5678, 0.000_012_345, 59.0, 4.5, f64::NAN].map(short);
        assert_eq!(shown, ["0.3333", "1235", "1.23e-5", "59", "4.5", "-"]);
        let mut rows = Rows::new(&["name", "p"]);
        rows.push(vec!["a".into(), (2.0 / 3.0).into()]);
        rows.push(vec!["long".into(), Cell::Empty]);
        assert_eq!(rows.to_text(), "name       p\na     0.6667\nlong\n");
        let mut other = Rows::new(&["q"]);
        other.push(vec![2.0.into()]);
        let mut both = Rows::new(&["p"]);
        both.put_below("more", &other);
        both.note("end");
        assert_eq!(both.to_text(), "p\n\nmore\nq\n2\n\nend\n");
        let csv = rows.to_table().unwrap().to_csv();
        assert_eq!(csv, "name,p\na,0.6666666666666666\nlong,\n");
    }
}
