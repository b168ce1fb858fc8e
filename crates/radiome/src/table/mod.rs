//! Tables of patients: reading them as people save them, joining them on ids, writing them.
//!
//! CSV, TSV and the first sheet of a spreadsheet are read; the separator, a byte-order mark and
//! gzip are recognised. Cells are trimmed of surrounding white space. A missing value is an empty
//! cell, `NA` or `NaN`; numbers have a decimal point whatever the locale. Ids are compared as
//! they are spelt.

mod error;
mod join;
mod memory;
mod number;
mod pattern;
mod read;
mod spreadsheet;
mod write;

pub use error::TableError;
pub use join::{Joined, Unmatched, join};
pub use memory::with_tables;
pub use number::{is_missing, number_json, number_text, parse_number};
pub use pattern::fits;
pub(crate) use write::{form_of, push_line};

use std::collections::HashMap;
use std::sync::Arc;

/// The names an id column may have when none is given, in order of preference.
pub const ID_COLUMNS: [&str; 4] = ["ID", "id", "PatientID", "patient_id"];

/// Named columns of text cells, all of one length.
///
/// Every cell remembers the file and the row it came from, also after joining, so that an error
/// names the place to correct.
#[derive(Clone, Debug)]
pub struct Table {
    source: Arc<str>,
    columns: Vec<Column>,
    rows: usize,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    cells: Vec<String>,
    origin: Arc<Origin>,
}

/// Where the cells of a column came from: the file, and the row of each cell (0: from no row).
#[derive(Debug)]
struct Origin {
    file: Arc<str>,
    rows: Vec<usize>,
}

impl Table {
    /// A table with `rows` rows and no column yet; `source` names it in errors.
    #[must_use]
    pub fn new(source: &str, rows: usize) -> Self {
        Self {
            source: source.into(),
            columns: Vec::new(),
            rows,
        }
    }

    /// The file, or files, the table came from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Number of rows, the header not counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The names of the columns, in order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Whether there is a column of exactly this name.
    #[must_use]
    pub fn has_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    /// The column a special name stands for: the exact name, or else the only one that differs in
    /// case alone; `None` where there is none.
    ///
    /// # Errors
    /// Where several columns differ from `name` in case alone and none is exact.
    pub fn special_column(&self, name: &str) -> Result<Option<&str>, TableError> {
        if let Some(column) = self.columns.iter().find(|column| column.name == name) {
            return Ok(Some(&column.name));
        }
        let wanted = name.to_lowercase();
        let candidates: Vec<&str> = self
            .columns()
            .filter(|column| column.to_lowercase() == wanted)
            .collect();
        match candidates.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            several => Err(TableError::AmbiguousColumn {
                file: self.source.to_string(),
                name: name.to_owned(),
                candidates: several.iter().map(|&name| name.to_owned()).collect(),
            }),
        }
    }

    /// The cells of a column as they are, missing ones included.
    ///
    /// # Errors
    /// [`TableError::NoColumn`], with the nearest name.
    pub fn cells(&self, name: &str) -> Result<&[String], TableError> {
        self.column(name).map(|column| column.cells.as_slice())
    }

    /// The cells of a column as text; missing cells are `None`.
    ///
    /// # Errors
    /// [`TableError::NoColumn`].
    pub fn texts(&self, name: &str) -> Result<Vec<Option<&str>>, TableError> {
        let cells = &self.column(name)?.cells;
        Ok(cells
            .iter()
            .map(|cell| (!is_missing(cell)).then_some(cell.as_str()))
            .collect())
    }

    /// The cells of a column as numbers; missing cells are NaN, `Inf` and `-Inf` infinite.
    ///
    /// # Errors
    /// [`TableError::NoColumn`], or [`TableError::NotANumber`] with the row of the first cell that
    /// is none.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, TableError> {
        let column = self.column(name)?;
        let number = |(row, cell): (usize, &String)| {
            if is_missing(cell) {
                return Ok(f64::NAN);
            }
            parse_number(cell).ok_or_else(|| TableError::NotANumber {
                file: column.origin.file.to_string(),
                row: column.origin.row(row),
                column: column.name.clone(),
                found: cell.clone(),
            })
        };
        column.cells.iter().enumerate().map(number).collect()
    }

    /// Whether every cell of a column is a number or missing, and at least one is a number.
    #[must_use]
    pub fn is_numeric(&self, name: &str) -> bool {
        self.column(name).is_ok_and(|column| {
            let mut present = column.cells.iter().filter(|cell| !is_missing(cell));
            let any = column.cells.iter().any(|cell| !is_missing(cell));
            any && present.all(|cell| parse_number(cell).is_some())
        })
    }

    /// Whether most of the present cells of a column are no numbers. A few such cells among numbers
    /// are mistakes to be corrected, not categories.
    #[must_use]
    pub fn holds_words(&self, name: &str) -> bool {
        self.column(name).is_ok_and(|column| {
            let present = column.cells.iter().filter(|cell| !is_missing(cell));
            let words = present.clone().filter(|cell| parse_number(cell).is_none());
            2 * words.count() > present.count()
        })
    }

    /// The columns that fit one of the patterns (`*` any text, `?` one character; case counts),
    /// in the order of the table, each once.
    ///
    /// # Errors
    /// [`TableError::NoColumn`] for a plain name and [`TableError::NoMatch`] for a pattern that
    /// fits no column.
    pub fn matching<P: AsRef<str>>(&self, patterns: &[P]) -> Result<Vec<&str>, TableError> {
        for pattern in patterns.iter().map(AsRef::as_ref) {
            if self.columns().any(|name| fits(pattern, name)) {
                continue;
            }
            if !pattern.contains(['*', '?']) {
                self.column(pattern)?;
            }
            return Err(TableError::NoMatch {
                file: self.source.to_string(),
                pattern: pattern.to_owned(),
                columns: self.names(),
            });
        }
        let fitting = |name: &&str| patterns.iter().any(|pattern| fits(pattern.as_ref(), name));
        Ok(self.columns().filter(fitting).collect())
    }

    /// The id column: the one named, or else the first there is of [`ID_COLUMNS`].
    ///
    /// # Errors
    /// [`TableError::NoColumn`] or [`TableError::NoIdColumn`].
    pub fn id_column(&self, named: Option<&str>) -> Result<&str, TableError> {
        if let Some(name) = named {
            return match self.special_column(name)? {
                Some(column) => Ok(column),
                None => self.column(name).map(|column| column.name.as_str()),
            };
        }
        for name in ID_COLUMNS {
            if self.has_column(name) {
                return self.column(name).map(|column| column.name.as_str());
            }
        }
        for name in ID_COLUMNS {
            if let Some(column) = self.special_column(name)? {
                return Ok(column);
            }
        }
        Err(TableError::NoIdColumn {
            file: self.source.to_string(),
            columns: self.names(),
        })
    }

    /// The ids of the rows: every one present, no two alike.
    ///
    /// # Errors
    /// [`TableError::MissingId`] and [`TableError::DuplicateId`], with the rows.
    pub fn ids(&self, column: &str) -> Result<Vec<&str>, TableError> {
        let column = self.column(column)?;
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (row, id) in column.cells.iter().enumerate() {
            let file = || column.origin.file.to_string();
            if is_missing(id) {
                return Err(TableError::MissingId {
                    file: file(),
                    row: column.origin.row(row),
                    column: column.name.clone(),
                });
            }
            if let Some(first) = seen.insert(id, row) {
                return Err(TableError::DuplicateId {
                    file: file(),
                    column: column.name.clone(),
                    id: id.clone(),
                    first: column.origin.row(first),
                    second: column.origin.row(row),
                });
            }
        }
        Ok(column.cells.iter().map(String::as_str).collect())
    }

    /// The file and the row (header = 1) that a cell came from, for messages; row 0 is none.
    ///
    /// # Errors
    /// [`TableError::NoColumn`].
    pub fn place(&self, name: &str, row: usize) -> Result<(&str, usize), TableError> {
        let column = self.column(name)?;
        Ok((&column.origin.file, column.origin.row(row)))
    }

    /// The table with the rows of these places, in this order.
    ///
    /// # Panics
    /// Where a place is not below [`Table::len`].
    #[must_use]
    pub fn select_rows(&self, places: &[usize]) -> Self {
        let columns = self.columns.iter().map(|column| Column {
            name: column.name.clone(),
            cells: places
                .iter()
                .map(|&row| column.cells[row].clone())
                .collect(),
            origin: Arc::new(Origin {
                file: column.origin.file.clone(),
                rows: places.iter().map(|&row| column.origin.row(row)).collect(),
            }),
        });
        Self {
            source: self.source.clone(),
            columns: columns.collect(),
            rows: places.len(),
        }
    }

    /// Adds a column of texts.
    ///
    /// # Errors
    /// [`TableError::DuplicateColumn`] and [`TableError::Length`].
    pub fn push_texts(&mut self, name: &str, cells: Vec<String>) -> Result<(), TableError> {
        let origin = Arc::new(Origin {
            file: self.source.clone(),
            rows: (2..self.rows + 2).collect(),
        });
        self.push(Column {
            name: name.to_owned(),
            cells,
            origin,
        })
    }

    /// Adds a column of numbers, each with the fewest digits that read back to it.
    ///
    /// # Errors
    /// [`TableError::DuplicateColumn`] and [`TableError::Length`].
    pub fn push_numbers(&mut self, name: &str, values: &[f64]) -> Result<(), TableError> {
        self.push_texts(
            name,
            values.iter().map(|&value| number_text(value)).collect(),
        )
    }

    /// Adds a column of another table whose rows are the same, in the same order. Its cells keep the
    /// file they came from.
    ///
    /// # Errors
    /// [`TableError::NoColumn`], [`TableError::DuplicateColumn`] and [`TableError::Length`].
    pub fn push_column(&mut self, other: &Self, name: &str) -> Result<(), TableError> {
        self.push(other.column(name)?.clone())
    }

    fn push(&mut self, column: Column) -> Result<(), TableError> {
        if let Some(place) = self
            .columns
            .iter()
            .position(|other| other.name == column.name)
        {
            return Err(TableError::DuplicateColumn {
                file: self.source.to_string(),
                name: column.name,
                first: place + 1,
                second: self.columns.len() + 1,
            });
        }
        if column.cells.len() != self.rows {
            return Err(TableError::Length {
                column: column.name,
                found: column.cells.len(),
                expected: self.rows,
            });
        }
        self.columns.push(column);
        Ok(())
    }

    fn column(&self, name: &str) -> Result<&Column, TableError> {
        let found = self.columns.iter().find(|column| column.name == name);
        found.ok_or_else(|| TableError::NoColumn {
            file: self.source.to_string(),
            name: name.to_owned(),
            nearest: nearest(name, self.columns()).map(str::to_owned),
            columns: self.names(),
        })
    }

    fn names(&self) -> Vec<String> {
        self.columns().map(str::to_owned).collect()
    }
}

impl Origin {
    fn row(&self, place: usize) -> usize {
        self.rows.get(place).copied().unwrap_or(0)
    }
}

/// The candidate whose spelling is nearest to `name`, where one is near enough to be a slip.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let farthest = (wanted.chars().count() / 3).max(1);
    candidates
        .map(|other| (strsim::osa_distance(&wanted, &other.to_lowercase()), other))
        .filter(|&(distance, _)| distance <= farthest)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, other)| other)
}
