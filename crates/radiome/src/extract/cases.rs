//! The table of cases of a batch.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use super::{Case, Label};
use crate::table::{Table, TableError};

/// Why a table does not list cases.
#[derive(Debug, Error, Diagnostic)]
pub enum CasesError {
    /// The table cannot be read or used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Table(#[from] TableError),
    /// It lacks a column that every case needs.
    #[error("{file} has no column \"{column}\"")]
    #[diagnostic(help(
        "a table of cases needs the columns Image and Mask, and may have ID and Label"
    ))]
    Column {
        /// The table.
        file: String,
        /// The column.
        column: &'static str,
    },
    /// A case without image or mask.
    #[error("{file}, row {row}, column \"{column}\": the path is missing")]
    #[diagnostic(help("give the path, or delete the row"))]
    Path {
        /// The table.
        file: String,
        /// The row.
        row: usize,
        /// The column.
        column: String,
    },
    /// There are no rows.
    #[error("{file} lists no cases")]
    #[diagnostic(help("give one row for each image with its mask"))]
    Empty {
        /// The table.
        file: String,
    },
}

/// Cases and the table they were listed in, row by row.
#[derive(Clone, Debug)]
pub struct CaseTable {
    /// The table, all its columns.
    pub table: Table,
    /// Its cases, in its order.
    pub cases: Vec<Case>,
}

impl CaseTable {
    /// One image with one mask.
    ///
    /// # Errors
    /// None in practice; the columns are made here.
    pub fn single(image: &Path, mask: &Path, label: Option<Label>) -> Result<Self, TableError> {
        let mut table = Table::new("the command line", 1);
        table.push_texts("Image", vec![image.display().to_string()])?;
        table.push_texts("Mask", vec![mask.display().to_string()])?;
        let case = Case {
            id: image.display().to_string(),
            image: image.to_owned(),
            mask: mask.to_owned(),
            label,
            plan: 0,
        };
        Ok(Self {
            table,
            cases: vec![case],
        })
    }

    /// Reads a table with the columns `Image` and `Mask`, and perhaps `ID` and `Label`, in any
    /// case of letters. Relative paths start at the table's folder; a row without label takes
    /// `label`; without an id column a case is called by the row it stands in.
    ///
    /// # Errors
    /// See [`CasesError`].
    pub fn read(path: &Path, label: Option<&Label>) -> Result<Self, CasesError> {
        let table = Table::read(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        if table.is_empty() {
            return Err(CasesError::Empty {
                file: table.source().to_owned(),
            });
        }
        let images = paths(&table, "Image", folder)?;
        let masks = paths(&table, "Mask", folder)?;
        let ids = match table.id_column(None) {
            Ok(column) => Some(table.ids(column)?),
            Err(TableError::NoIdColumn { .. }) => None,
            Err(other) => return Err(other.into()),
        };
        let labels = match table.special_column("Label")? {
            Some(column) => table.texts(column)?,
            None => vec![None; table.len()],
        };
        let mut cases = Vec::with_capacity(table.len());
        for (row, (image, mask)) in images.into_iter().zip(masks).enumerate() {
            let own = labels[row].map(|text| match text.parse() {
                Ok(label) => label,
            });
            let id = match &ids {
                Some(ids) => ids[row].to_owned(),
                None => format!("row {}", place(&table, "Image", row)?.1),
            };
            cases.push(Case {
                id,
                image,
                mask,
                label: own.or_else(|| label.cloned()),
                plan: 0,
            });
        }
        Ok(Self { table, cases })
    }
}

/// The paths in a column, taken from a folder.
fn paths(table: &Table, name: &'static str, folder: &Path) -> Result<Vec<PathBuf>, CasesError> {
    let column = table
        .special_column(name)?
        .ok_or_else(|| CasesError::Column {
            file: table.source().to_owned(),
            column: name,
        })?;
    let mut paths = Vec::with_capacity(table.len());
    for (row, text) in table.texts(column)?.into_iter().enumerate() {
        let Some(text) = text else {
            let (file, row) = table.place(column, row)?;
            return Err(CasesError::Path {
                file: file.to_owned(),
                row,
                column: column.to_owned(),
            });
        };
        paths.push(folder.join(text));
    }
    Ok(paths)
}

/// Where a special column's cell came from.
fn place<'a>(table: &'a Table, name: &str, row: usize) -> Result<(&'a str, usize), TableError> {
    let column = table.special_column(name)?.unwrap_or(name);
    table.place(column, row)
}
