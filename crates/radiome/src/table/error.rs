//! What can be wrong with a table, and what to do about it.

use miette::Diagnostic;
use thiserror::Error;

/// Why a table could not be read, joined, used or written.
///
/// Rows are numbered as a spreadsheet shows them: the header is row 1.
#[derive(Debug, Error, Diagnostic)]
pub enum TableError {
    /// The file could not be opened or read.
    #[error("cannot read the table {file}: {reason}")]
    #[diagnostic(help("check the path, and that the file is not open in another program"))]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        reason: String,
    },
    /// The text is neither UTF-8 nor UTF-16.
    #[error("{file}, row {row}: the text is not UTF-8")]
    #[diagnostic(help("save the table again as \"CSV UTF-8\", or as .xlsx"))]
    NotUtf8 {
        /// The file.
        file: String,
        /// The row with the first offending byte.
        row: usize,
    },
    /// A spreadsheet that cannot be opened or has no sheet.
    #[error("cannot read the spreadsheet {file}: {reason}")]
    #[diagnostic(help("open it, check its first sheet, and save it again as .xlsx or CSV"))]
    Spreadsheet {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More than is taken into memory.
    #[error("the table {file} is too large: {what}")]
    #[diagnostic(help(
        "leave out columns that are not needed, or split the table; a CSV file may be larger than a spreadsheet"
    ))]
    TooLarge {
        /// The file.
        file: String,
        /// How large it is.
        what: String,
    },
    /// A spreadsheet cell holds an error such as `#DIV/0!`.
    #[error("{file}, row {row}, column \"{column}\": the cell holds the error {found}")]
    #[diagnostic(help("correct the formula, or empty the cell if the value is missing"))]
    CellError {
        /// The file.
        file: String,
        /// The row of the cell.
        row: usize,
        /// The column of the cell.
        column: String,
        /// The error as the spreadsheet shows it.
        found: String,
    },
    /// There is no header row.
    #[error("{file} holds no table: it has no header row")]
    #[diagnostic(help("the first row must hold the names of the columns"))]
    NoHeader {
        /// The file.
        file: String,
    },
    /// A row has another number of cells than the header.
    #[error("{file}, row {row}: {found} cells, but the header names {expected} columns")]
    #[diagnostic(help(
        "look for a missing or an extra separator, or for a text with a separator in it that needs quotes"
    ))]
    Ragged {
        /// The file.
        file: String,
        /// The row.
        row: usize,
        /// Its number of cells.
        found: usize,
        /// The number of columns.
        expected: usize,
    },
    /// A name stands twice in the header.
    #[error("{file}: columns {first} and {second} are both named \"{name}\"")]
    #[diagnostic(help("rename one of them"))]
    DuplicateColumn {
        /// The file.
        file: String,
        /// The name.
        name: String,
        /// Place of the first of the two, counted from 1.
        first: usize,
        /// Place of the second.
        second: usize,
    },
    /// A column that was asked for does not exist.
    #[error("{file} has no column \"{name}\"")]
    #[diagnostic(help("{}", column_help(nearest.as_deref(), columns)))]
    NoColumn {
        /// The file.
        file: String,
        /// The name asked for.
        name: String,
        /// The column with the nearest name, if one is near.
        nearest: Option<String>,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A column name matches several columns when case is disregarded, and none exactly.
    #[error("{file}: \"{name}\" could be column {}", quoted(candidates, " or "))]
    #[diagnostic(help("rename all but one of them, or name the column exactly"))]
    AmbiguousColumn {
        /// The file.
        file: String,
        /// The name asked for.
        name: String,
        /// The columns it could be.
        candidates: Vec<String>,
    },
    /// A pattern fits no column.
    #[error("{file}: no column fits the pattern \"{pattern}\"")]
    #[diagnostic(help("{}", column_help(None, columns)))]
    NoMatch {
        /// The file.
        file: String,
        /// The pattern.
        pattern: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A cell that must be a number is not one.
    #[error("{file}, row {row}, column \"{column}\": \"{found}\" is not a number")]
    #[diagnostic(help("{}", number_help(found)))]
    NotANumber {
        /// The file.
        file: String,
        /// The row of the cell.
        row: usize,
        /// The column of the cell.
        column: String,
        /// What stands there.
        found: String,
    },
    /// There is no id column.
    #[error("{file} has no id column")]
    #[diagnostic(help(
        "name one ID, id, PatientID or patient_id, or say which column holds the ids; columns: {}",
        quoted(columns, ", ")
    ))]
    NoIdColumn {
        /// The file.
        file: String,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// A row has no id.
    #[error("{file}, row {row}: the id (column \"{column}\") is missing")]
    #[diagnostic(help("give the row its id, or delete the row"))]
    MissingId {
        /// The file.
        file: String,
        /// The row.
        row: usize,
        /// The id column.
        column: String,
    },
    /// An id stands twice in a column that must identify each row.
    #[error("{file}: id \"{id}\" (column \"{column}\") stands in rows {first} and {second}")]
    #[diagnostic(help("keep one row for each id; two visits of one patient need two ids"))]
    DuplicateId {
        /// The file.
        file: String,
        /// The id column.
        column: String,
        /// The id.
        id: String,
        /// The first row with it.
        first: usize,
        /// The second row with it.
        second: usize,
    },
    /// Two tables have not one id in common.
    #[error("{first} and {second} have no id in common (\"{first_id}\" against \"{second_id}\")")]
    #[diagnostic(help(
        "ids must be spelt the same in every table: capitals, leading zeros and prefixes count"
    ))]
    NoCommonId {
        /// The first table.
        first: String,
        /// The second table.
        second: String,
        /// The first table's first id.
        first_id: String,
        /// The second table's first id.
        second_id: String,
    },
    /// Two tables have a column of one name that differs for an id.
    #[error("column \"{column}\" stands in {first} and {second} and differs for {difference}")]
    #[diagnostic(help("rename the column in one of the tables, or correct the value"))]
    Conflict {
        /// The column.
        column: String,
        /// The first table.
        first: String,
        /// The second table.
        second: String,
        /// The id and its two values.
        difference: String,
    },
    /// A column to be added has another length than the table.
    #[error("column \"{column}\" has {found} cells, the table has {expected} rows")]
    Length {
        /// The column.
        column: String,
        /// Its number of cells.
        found: usize,
        /// The table's number of rows.
        expected: usize,
    },
    /// The table could not be written.
    #[error("cannot write the table {file}: {reason}")]
    #[diagnostic(help("check that the folder exists and may be written to"))]
    Unwritable {
        /// The file.
        file: String,
        /// What the system said.
        reason: String,
    },
}

/// `"a", "b"` with `between` between the names; long lists are cut.
fn quoted(names: &[String], between: &str) -> String {
    const SHOWN: usize = 20;
    let mut parts: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("\"{name}\""))
        .collect();
    if names.len() > SHOWN {
        parts.push(format!("and {} more", names.len() - SHOWN));
    }
    parts.join(between)
}

fn column_help(nearest: Option<&str>, columns: &[String]) -> String {
    match nearest {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => format!("the columns are {}", quoted(columns, ", ")),
    }
}

fn number_help(found: &str) -> &'static str {
    let dotted = found.replacen(',', ".", 1);
    if found.contains(',') && dotted.parse::<f64>().is_ok() {
        "write numbers with a decimal point, not a comma"
    } else {
        "correct the cell; a missing value is an empty cell, NA or NaN"
    }
}
