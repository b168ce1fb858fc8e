//! Rows of features written one at a time, so that a batch of any size fits into memory.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use miette::Diagnostic;
use radiome_features::FeatureRow;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{Failure, Reason, UNDEFINED, failure};
use crate::parts::write_whole;
use crate::table::{Table, TableError, form_of, number_json, number_text, push_line};

/// Form of a table of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Cells between commas, or tabs where the file's name ends in `.tsv`; gzip where it ends in
    /// `.gz`.
    Table,
    /// An array of one object a case.
    Json,
}

/// Rows of features by the place of their case, in memory or kept elsewhere.
pub trait FeatureRows {
    /// The row of a case; `None` of a case that failed.
    ///
    /// # Errors
    /// [`WriteError::Lost`].
    fn row(&self, place: usize) -> Result<Option<Cow<'_, FeatureRow>>, WriteError>;
}

impl FeatureRows for [Result<FeatureRow, Failure>] {
    fn row(&self, place: usize) -> Result<Option<Cow<'_, FeatureRow>>, WriteError> {
        let row = self.get(place).and_then(|row| row.as_ref().ok());
        Ok(row.map(Cow::Borrowed))
    }
}

/// Why a table of features cannot be written.
#[derive(Debug, Error, Diagnostic)]
pub enum WriteError {
    /// Two columns of one name.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Table(#[from] TableError),
    /// A finished case is gone or damaged.
    #[error("the finished case {key} is no longer in {} or is damaged", folder.display())]
    #[diagnostic(help("run the same command again with --resume, which does it again"))]
    Lost {
        /// Where it was kept.
        folder: PathBuf,
        /// Its key.
        key: String,
    },
    /// The disk is full.
    #[error("cannot write {}: the disk is full", path.display())]
    #[diagnostic(help(
        "free some space, then run the same command again with --resume: finished cases are kept"
    ))]
    OutOfSpace {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written for another reason.
    #[error("cannot write {}: {source}", path.display())]
    #[diagnostic(help("check that the folder exists and may be written to"))]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes the rows of a table's successful cases to a file, which is there whole or not at all: the
/// columns of the table, the diagnostics, the features, as [`to_table`](super::to_table) and
/// [`to_json`](super::to_json) arrange them.
///
/// # Errors
/// See [`WriteError`].
pub fn write_rows(
    path: &Path,
    form: Form,
    cases: &Table,
    rows: &(impl FeatureRows + ?Sized),
) -> Result<(), WriteError> {
    let (separator, gzip) = form_of(path);
    let mut other = None;
    let written = write_whole(path, |file| {
        let done = match (form, gzip) {
            (Form::Json, _) => json(file, cases, rows),
            (Form::Table, false) => separated(file, separator, cases, rows),
            (Form::Table, true) => {
                let mut encoder = GzEncoder::new(file, Compression::default());
                separated(&mut encoder, separator, cases, rows)
                    .and_then(|()| Ok(encoder.finish().map(drop)?))
            }
        };
        match done {
            Err(Stopped::Writing(error)) => Err(error),
            Err(Stopped::Rows(error)) => {
                other = Some(error);
                Err(io::ErrorKind::Other.into())
            }
            Ok(()) => Ok(()),
        }
    });
    match (other, written) {
        (Some(error), _) => Err(error),
        (None, written) => written.map_err(|source| WriteError::of(path, source)),
    }
}

/// As [`write_rows`], into text.
///
/// # Errors
/// See [`WriteError`].
pub fn rows_text(
    form: Form,
    cases: &Table,
    rows: &(impl FeatureRows + ?Sized),
) -> Result<Vec<u8>, WriteError> {
    let mut text = Vec::new();
    let done = match form {
        Form::Table => separated(&mut text, ',', cases, rows),
        Form::Json => json(&mut text, cases, rows),
    };
    match done {
        Ok(()) => Ok(text),
        Err(Stopped::Rows(error)) => Err(error),
        Err(Stopped::Writing(source)) => Err(WriteError::of(Path::new("-"), source)),
    }
}

impl WriteError {
    /// A file that cannot be written.
    pub(crate) fn of(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match failure::of_writing(&source) {
            Reason::OutOfSpace => Self::OutOfSpace { path },
            _ => Self::Unwritable { path, source },
        }
    }
}

/// Why the writing stopped: the file, or what should have been written.
enum Stopped {
    Writing(io::Error),
    Rows(WriteError),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Writing(error)
    }
}

impl From<WriteError> for Stopped {
    fn from(error: WriteError) -> Self {
        Self::Rows(error)
    }
}

impl From<TableError> for Stopped {
    fn from(error: TableError) -> Self {
        Self::Rows(error.into())
    }
}

/// Names in the order in which they first occur.
#[derive(Default)]
struct Names {
    places: HashMap<String, usize>,
    names: Vec<String>,
}

impl Names {
    fn add(&mut self, name: &str) {
        if !self.places.contains_key(name) {
            self.places.insert(name.to_owned(), self.names.len());
            self.names.push(name.to_owned());
        }
    }

    /// The cells of one row in the order of all names; one that a row lacks is empty.
    fn cells<T>(&self, row: &[(String, T)], text: impl Fn(&T) -> String) -> Vec<String> {
        let mut cells = vec![String::new(); self.names.len()];
        for (name, value) in row {
            if let Some(cell) = self
                .places
                .get(name)
                .and_then(|&place| cells.get_mut(place))
            {
                *cell = text(value);
            }
        }
        cells
    }
}

fn separated(
    out: &mut dyn Write,
    separator: char,
    cases: &Table,
    rows: &(impl FeatureRows + ?Sized),
) -> Result<(), Stopped> {
    // Every row is read twice: which columns there are is known only after the last.
    let (mut diagnostics, mut features) = (Names::default(), Names::default());
    for place in 0..cases.len() {
        if let Some(row) = rows.row(place)? {
            row.diagnostics
                .iter()
                .for_each(|(name, _)| diagnostics.add(name));
            row.features.iter().for_each(|(name, _)| features.add(name));
        }
    }
    let mut header = Table::new(cases.source(), 0);
    let own = cases.columns().map(str::to_owned);
    let columns: Vec<String> = own
        .chain(diagnostics.names.iter().cloned())
        .chain([UNDEFINED.to_owned()])
        .chain(features.names.iter().cloned())
        .collect();
    for name in &columns {
        header.push_texts(name, Vec::new())?;
    }
    let mut line = String::new();
    push_line(&mut line, separator, columns.iter().map(String::as_str));
    out.write_all(line.as_bytes())?;
    let own: Vec<&[String]> = cases
        .columns()
        .map(|name| cases.cells(name))
        .collect::<Result<_, _>>()?;
    for place in 0..cases.len() {
        let Some(row) = rows.row(place)? else {
            continue;
        };
        let diagnostics = diagnostics.cells(&row.diagnostics, String::clone);
        let undefined = row.undefined_text();
        let features = features.cells(&row.features, |&value| number_text(value));
        line.clear();
        let cells = own.iter().map(|cells| cells[place].as_str());
        let cells = cells
            .chain(diagnostics.iter().map(String::as_str))
            .chain([undefined.as_str()])
            .chain(features.iter().map(String::as_str));
        push_line(&mut line, separator, cells);
        out.write_all(line.as_bytes())?;
    }
    Ok(())
}

fn json(
    out: &mut dyn Write,
    cases: &Table,
    rows: &(impl FeatureRows + ?Sized),
) -> Result<(), Stopped> {
    let columns: Vec<(&str, Vec<Option<&str>>)> = cases
        .columns()
        .map(|name| Ok((name, cases.texts(name)?)))
        .collect::<Result<_, TableError>>()?;
    let mut before = "[\n";
    for place in 0..cases.len() {
        let Some(row) = rows.row(place)? else {
            continue;
        };
        let mut object = Map::new();
        for (name, cells) in &columns {
            object.insert(
                (*name).to_owned(),
                cells.get(place).copied().flatten().into(),
            );
        }
        for (name, value) in &row.diagnostics {
            object.insert(name.clone(), value.as_str().into());
        }
        object.insert(UNDEFINED.to_owned(), row.undefined_text().into());
        for (name, value) in &row.features {
            object.insert(name.clone(), number_json(*value));
        }
        // No text of JSON holds a line break, so every line is one of the object.
        let text = format!("{:#}", Value::Object(object)).replace('\n', "\n  ");
        write!(out, "{before}  {text}")?;
        before = ",\n";
    }
    out.write_all(if before == "[\n" { b"[]\n" } else { b"\n]\n" })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::extract::{CaseTable, to_json, to_table};

    fn rows() -> (CaseTable, Vec<Result<FeatureRow, Failure>>) {
        let mut table = Table::new("cases.csv", 4);
        let texts = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        table
            .push_texts("ID", texts(["A", "B, b", "C", "D"]))
            .unwrap();
        table
            .push_texts("note", texts(["", "NA", "\"x\"", "y"]))
            .unwrap();
        let row = |features: &[(&str, f64)], diagnostic: &str| FeatureRow {
            diagnostics: vec![("diagnostics_a".to_owned(), diagnostic.to_owned())],
            features: features
                .iter()
                .map(|&(name, value)| (name.to_owned(), value))
                .collect(),
            undefined: Vec::new(),
        };
        let case = crate::extract::Case {
            id: "C".to_owned(),
            image: PathBuf::new(),
            mask: PathBuf::new(),
            label: None,
            channel: None,
            protocol: 0,
        };
        let failed = Failure::new(
            &case,
            crate::extract::Stage::Mask,
            Reason::EmptyMask,
            "empty",
        );
        let results = vec![
            Ok(row(&[("x", 0.1), ("y", f64::NAN)], "(1, 2)")),
            Ok(row(&[("y", -0.0), ("z", f64::INFINITY)], "two\nlines")),
            Err(failed),
            Ok(row(&[("x", 1e300)], "")),
        ];
        let cases = CaseTable {
            table,
            cases: Vec::new(),
            rows: Vec::new(),
        };
        (cases, results)
    }

    #[test]
    fn one_by_one_gives_the_bytes_of_the_whole_table() {
        let (cases, results) = rows();
        let whole = to_table(&cases, &results).unwrap();
        let text =
            |form| String::from_utf8(rows_text(form, &cases.table, results.as_slice()).unwrap());
        assert_eq!(text(Form::Table).unwrap(), whole.to_csv());
        let all = to_json(&cases, &results).unwrap();
        assert_eq!(text(Form::Json).unwrap(), format!("{all:#}\n"));
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.csv", "a.tsv", "a.csv.gz"] {
            let (one, two) = (
                folder.path().join(name),
                folder.path().join(format!("b{name}")),
            );
            write_rows(&one, Form::Table, &cases.table, results.as_slice()).unwrap();
            whole.write(&two).unwrap();
            assert_eq!(fs::read(one).unwrap(), fs::read(two).unwrap(), "{name}");
        }
        let none: Vec<Result<FeatureRow, Failure>> = vec![results[2].clone(); 4];
        let text = rows_text(Form::Json, &cases.table, none.as_slice()).unwrap();
        assert_eq!(
            text,
            format!("{:#}\n", to_json(&cases, &none).unwrap()).as_bytes()
        );
    }

    #[test]
    fn a_column_of_a_features_name_is_refused() {
        let (mut cases, results) = rows();
        cases.table.push_texts("x", vec![String::new(); 4]).unwrap();
        let error = rows_text(Form::Table, &cases.table, results.as_slice()).unwrap_err();
        let known = to_table(&cases, &results).unwrap_err();
        assert!(matches!(
            error,
            WriteError::Table(TableError::DuplicateColumn { .. })
        ));
        assert_eq!(error.to_string(), known.to_string());
    }

    #[test]
    fn a_full_disk_is_said_as_such() {
        let (cases, results) = rows();
        let full = Path::new("/dev/full");
        if !full.exists() {
            eprintln!("skipped: this system has no /dev/full");
            return;
        }
        let error = write_rows(full, Form::Table, &cases.table, results.as_slice()).unwrap_err();
        assert!(matches!(error, WriteError::OutOfSpace { .. }), "{error}");
    }
}
