//! The table of cases of a batch.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use radiome_image::read;
use rayon::prelude::*;
use thiserror::Error;

use super::{Case, Label, LabelChoice};
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
    /// The table, all its columns. Where a row asked for several labels it stands there once for
    /// each, and the column `Label` says which.
    pub table: Table,
    /// Its cases, in its order.
    pub cases: Vec<Case>,
}

impl CaseTable {
    /// One image with one mask; `channel` counts the label maps of a file that holds several.
    ///
    /// # Errors
    /// None in practice; the columns are made here.
    pub fn single(
        image: &Path,
        mask: &Path,
        label: Option<LabelChoice>,
        channel: usize,
    ) -> Result<Self, TableError> {
        let mut table = Table::new("the command line", 1);
        table.push_texts("Image", vec![image.display().to_string()])?;
        table.push_texts("Mask", vec![mask.display().to_string()])?;
        let row = Row {
            id: image.display().to_string(),
            image: image.to_owned(),
            mask: mask.to_owned(),
            label,
        };
        expand(table, vec![row], channel)
    }

    /// Reads a table with the columns `Image` and `Mask`, and perhaps `ID` and `Label`, in any
    /// case of letters. Relative paths start at the table's folder; a row without label takes
    /// `label`; without an id column a case is called by the row it stands in.
    ///
    /// An id may stand in several rows if their labels differ. Where all labels of a mask are
    /// asked for, the mask is read to find them: the label map of `channel`, of several in a file.
    ///
    /// # Errors
    /// See [`CasesError`].
    pub fn read(
        path: &Path,
        label: Option<&LabelChoice>,
        channel: usize,
    ) -> Result<Self, CasesError> {
        let table = Table::read(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        if table.is_empty() {
            return Err(CasesError::Empty {
                file: table.source().to_owned(),
            });
        }
        let images = paths(&table, "Image", folder)?;
        let masks = paths(&table, "Mask", folder)?;
        let labels = match table.special_column("Label")? {
            Some(column) => table.texts(column)?,
            None => vec![None; table.len()],
        };
        let ids = match table.id_column(None) {
            Ok(column) => Some(ids(&table, column, &labels)?),
            Err(TableError::NoIdColumn { .. }) => None,
            Err(other) => return Err(other.into()),
        };
        let mut rows = Vec::with_capacity(table.len());
        for (row, (image, mask)) in images.into_iter().zip(masks).enumerate() {
            let own = labels
                .get(row)
                .copied()
                .flatten()
                .map(|text| match text.parse() {
                    Ok(label) => label,
                });
            let id = match ids.as_ref().and_then(|ids| ids.get(row)) {
                Some(&id) => id.to_owned(),
                None => format!("row {}", place(&table, "Image", row)?.1),
            };
            rows.push(Row {
                id,
                image,
                mask,
                label: own.or_else(|| label.cloned()),
            });
        }
        Ok(expand(table, rows, channel)?)
    }
}

/// A row of the table: one or several cases.
struct Row {
    id: String,
    image: PathBuf,
    mask: PathBuf,
    label: Option<LabelChoice>,
}

/// The ids of the rows; one id may stand in several rows whose labels differ.
fn ids<'a>(
    table: &'a Table,
    column: &str,
    labels: &[Option<&str>],
) -> Result<Vec<&'a str>, TableError> {
    let unique = table.ids(column);
    if !matches!(unique, Err(TableError::DuplicateId { .. })) {
        return unique;
    }
    let ids = table.cells(column)?;
    let mut seen = HashSet::new();
    let differ = ids.iter().zip(labels).all(|pair| seen.insert(pair));
    if differ {
        Ok(ids.iter().map(String::as_str).collect())
    } else {
        unique
    }
}

/// A case for every label of every row, and the table to match.
fn expand(table: Table, rows: Vec<Row>, channel: usize) -> Result<CaseTable, TableError> {
    let several = |row: &Row| matches!(row.label, Some(LabelChoice::Several(_) | LabelChoice::All));
    let any_several = rows.iter().any(several);
    let expanded: Vec<Vec<Case>> = rows.par_iter().map(|row| cases_of(row, channel)).collect();
    let places: Vec<usize> = expanded
        .iter()
        .enumerate()
        .flat_map(|(place, cases)| cases.iter().map(move |_| place))
        .collect();
    let cases: Vec<Case> = expanded.into_iter().flatten().collect();
    let table = match any_several {
        true => with_labels(&table.select_rows(&places), &cases)?,
        false => table,
    };
    Ok(CaseTable { table, cases })
}

fn cases_of(row: &Row, channel: usize) -> Vec<Case> {
    let case = |label: Option<Label>| Case {
        id: row.id.clone(),
        image: row.image.clone(),
        mask: row.mask.clone(),
        label,
        protocol: 0,
    };
    let each = |values: Vec<u32>| {
        values
            .into_iter()
            .map(|value| case(Some(Label::Value(value))))
    };
    match &row.label {
        None => vec![case(None)],
        Some(LabelChoice::One(label)) => vec![case(Some(label.clone()))],
        Some(LabelChoice::Several(values)) => each(values.clone()).collect(),
        // A mask that cannot be read, or is empty, fails as one case, which says so.
        Some(LabelChoice::All) => match read::labels_of_channel(&row.mask, channel) {
            Ok(labels) if !labels.voxel_counts().is_empty() => {
                each(labels.voxel_counts().into_keys().collect()).collect()
            }
            _ => vec![case(None)],
        },
    }
}

/// The table with the labels of its cases in the column `Label`.
fn with_labels(table: &Table, cases: &[Case]) -> Result<Table, TableError> {
    let labels = || {
        let text = |case: &Case| match &case.label {
            Some(Label::Value(value)) => value.to_string(),
            Some(Label::Name(name)) => name.clone(),
            None => String::new(),
        };
        cases.iter().map(text).collect()
    };
    let column = table.special_column("Label")?;
    let mut labelled = Table::new(table.source(), table.len());
    for name in table.columns() {
        let cells = match Some(name) == column {
            true => labels(),
            false => table.cells(name)?.to_vec(),
        };
        labelled.push_texts(name, cells)?;
    }
    if column.is_none() {
        labelled.push_texts("Label", labels())?;
    }
    Ok(labelled)
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
