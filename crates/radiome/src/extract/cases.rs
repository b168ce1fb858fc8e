//! The table of cases of a batch.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use radiome_image::LabelMap;
use radiome_image::read::{self, ReadError};
use rayon::prelude::*;
use thiserror::Error;

use super::shard::{CaseList, Shard};
use super::{Case, Label, LabelChoice, dicom};
use crate::parts::Key;
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
        "a table of cases needs the columns Image and Mask, and may have ID, Label and Label_channel"
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
    /// A channel that is no number.
    #[error("{file}, row {row}, column \"{column}\": `{text}` is no number of a label map")]
    #[diagnostic(help(
        "label maps of a mask file are numbered from 0; an empty cell takes the setting label_channel"
    ))]
    Channel {
        /// The table.
        file: String,
        /// The row.
        row: usize,
        /// The column.
        column: String,
        /// The cell.
        text: String,
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
    /// The row, from 0, of the table as it was listed that each case comes from.
    pub rows: Vec<usize>,
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
            channel: None,
        };
        let several = asks_for_several(&row);
        expand(table, vec![row], vec![0], several, channel)
    }

    /// Reads a table with the columns `Image` and `Mask`, and perhaps `ID`, `Label` and
    /// `Label_channel`, in any case of letters. Relative paths start at the table's folder; a row
    /// without label takes `label`, one without channel its plan's; without an id column a case is
    /// called by the row it stands in.
    ///
    /// An id may stand in several rows if their labels or channels differ. Where all labels of a
    /// mask are asked for, the mask is read to find them: of several label maps in a file the
    /// row's own channel, or else `channel` if that is not 0, or else all, each with its number in
    /// the column `Label_channel`.
    ///
    /// # Errors
    /// See [`CasesError`].
    pub fn read(
        path: &Path,
        label: Option<&LabelChoice>,
        channel: usize,
    ) -> Result<Self, CasesError> {
        let listed = Listed::read(path, label)?;
        let all = (0..listed.rows.len()).collect();
        listed.cases(all, channel)
    }

    /// As [`Self::read`], but only the cases of one shard, and the list of all. Rows of one image
    /// and mask are never parted, and count as one.
    ///
    /// # Errors
    /// See [`CasesError`].
    pub fn read_shard(
        path: &Path,
        label: Option<&LabelChoice>,
        channel: usize,
        shard: Shard,
    ) -> Result<(Self, CaseList), CasesError> {
        let listed = Listed::read(path, label)?;
        let list = listed.list();
        let own = |row: &usize| shard.has(list.groups[*row]);
        let rows = (0..listed.rows.len()).filter(own).collect();
        Ok((listed.cases(rows, channel)?, list))
    }
}

/// A table of cases, before the labels of the masks are asked for.
struct Listed {
    table: Table,
    rows: Vec<Row>,
    /// The label of rows that name none.
    label: Option<LabelChoice>,
}

impl Listed {
    /// See [`CaseTable::read`].
    fn read(path: &Path, label: Option<&LabelChoice>) -> Result<Self, CasesError> {
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
        let channels = channels(&table)?;
        let ids = match table.id_column(None) {
            Ok(column) => Some(ids(&table, column, &labels, &channels)?),
            Err(TableError::NoIdColumn { .. }) => None,
            Err(other) => return Err(other.into()),
        };
        let mut rows = Vec::with_capacity(table.len());
        let files = images.into_iter().zip(masks).zip(&channels);
        for (row, ((image, mask), &channel)) in files.enumerate() {
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
                channel,
            });
        }
        Ok(Self {
            table,
            rows,
            label: label.cloned(),
        })
    }

    /// The cases of some rows.
    fn cases(mut self, places: Vec<usize>, channel: usize) -> Result<CaseTable, CasesError> {
        let several = self.rows.iter().any(asks_for_several);
        if places.len() < self.rows.len() {
            self.table = self.table.select_rows(&places);
            let kept: HashSet<usize> = places.iter().copied().collect();
            let rows = self.rows.into_iter().enumerate();
            self.rows = rows
                .filter(|(row, _)| kept.contains(row))
                .map(|(_, row)| row)
                .collect();
        }
        Ok(expand(self.table, self.rows, places, several, channel)?)
    }

    /// What stands for the whole table where only a part of it is at hand.
    fn list(&self) -> CaseList {
        let mut known = HashMap::new();
        let mut groups = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let next = known.len();
            let files = (&row.image, &row.mask, row.channel);
            groups.push(*known.entry(files).or_insert(next));
        }
        let contents = Key::of(&[&self.table.to_csv(), &self.label]);
        CaseList {
            cases: contents.to_string(),
            ids: self.rows.iter().map(|row| row.id.clone()).collect(),
            groups,
        }
    }
}

fn asks_for_several(row: &Row) -> bool {
    matches!(row.label, Some(LabelChoice::Several(_) | LabelChoice::All))
}

/// A row of the table: one or several cases.
struct Row {
    id: String,
    image: PathBuf,
    mask: PathBuf,
    label: Option<LabelChoice>,
    channel: Option<usize>,
}

/// The ids of the rows; one id may stand in several rows whose labels or channels differ.
fn ids<'a>(
    table: &'a Table,
    column: &str,
    labels: &[Option<&str>],
    channels: &[Option<usize>],
) -> Result<Vec<&'a str>, TableError> {
    let unique = table.ids(column);
    if !matches!(unique, Err(TableError::DuplicateId { .. })) {
        return unique;
    }
    let ids = table.cells(column)?;
    let mut seen = HashSet::new();
    let mut regions = ids.iter().zip(labels).zip(channels);
    let differ = regions.all(|region| seen.insert(region));
    if differ {
        Ok(ids.iter().map(String::as_str).collect())
    } else {
        unique
    }
}

/// A case for every label of every row, and the table to match, with the column `Label` where any
/// row of the whole table asks for several. `origins` are the places of the rows in that table.
fn expand(
    table: Table,
    rows: Vec<Row>,
    origins: Vec<usize>,
    any_several: bool,
    channel: usize,
) -> Result<CaseTable, TableError> {
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
    let rows = places.iter().map(|&place| origins[place]).collect();
    Ok(CaseTable { table, cases, rows })
}

fn cases_of(row: &Row, channel: usize) -> Vec<Case> {
    let case = |label: Option<Label>| Case {
        id: row.id.clone(),
        image: row.image.clone(),
        mask: row.mask.clone(),
        label,
        channel: row.channel,
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
        Some(LabelChoice::Several(labels)) => labels
            .iter()
            .map(|label| case(Some(label.clone())))
            .collect(),
        // A mask that cannot be read, or is empty, fails as one case, which says so.
        Some(LabelChoice::All) if dicom::is_dicom(&row.mask) => {
            match dicom::labels_drawn(&row.mask) {
                Ok(labels) if !labels.is_empty() => each(labels).collect(),
                _ => vec![case(None)],
            }
        }
        Some(LabelChoice::All) => match layers_of(row, channel) {
            Ok(layers) => match layers.as_slice() {
                [] => vec![case(None)],
                [(None, labels)] => each(labels.voxel_counts().into_keys().collect()).collect(),
                layers => {
                    let drawn = layers.iter().flat_map(|(layer, labels)| {
                        let values = labels.voxel_counts().into_keys();
                        values.map(|value| Case {
                            channel: *layer,
                            ..case(Some(name_of(labels, value)))
                        })
                    });
                    drawn.collect()
                }
            },
            Err(_) => vec![case(None)],
        },
    }
}

/// The layers of a mask file in which something is drawn, with their numbers where the file holds
/// several and none is asked for; a number of the settings other than 0 asks for one.
fn layers_of(row: &Row, channel: usize) -> Result<Vec<(Option<usize>, LabelMap)>, ReadError> {
    let asked_for = row.channel.or(Some(channel).filter(|&channel| channel > 0));
    let layers: Vec<(Option<usize>, LabelMap)> = match asked_for {
        Some(layer) => vec![(None, read::labels_of_channel(&row.mask, layer)?)],
        None => {
            let all = read::layers(&row.mask)?;
            let several = all.len() > 1;
            let numbered = all.into_iter().enumerate();
            numbered
                .map(|(layer, labels)| (several.then_some(layer), labels))
                .collect()
        }
    };
    let drawn = layers.into_iter();
    Ok(drawn
        .filter(|(_, labels)| !labels.voxel_counts().is_empty())
        .collect())
}

/// The name of a label in a layer of several, whose numbers may occur in others too; its number
/// where no name is its alone.
fn name_of(labels: &LabelMap, value: u32) -> Label {
    let own = labels.segments.iter().find(|one| one.label == value);
    match own {
        Some(segment) if labels.label_named(&segment.name) == Some(value) => {
            Label::Name(segment.name.clone())
        }
        _ => Label::Value(value),
    }
}

/// The table with the labels of its cases in the column `Label`, and in `Label_channel` the number of
/// the label map where a mask file holds several.
fn with_labels(table: &Table, cases: &[Case]) -> Result<Table, TableError> {
    let labels = || {
        let text = |case: &Case| match &case.label {
            Some(Label::Value(value)) => value.to_string(),
            Some(Label::Name(name)) => name.clone(),
            None => String::new(),
        };
        cases.iter().map(text).collect()
    };
    let channels = || {
        let number = |case: &Case| case.channel.map(|channel| channel.to_string());
        cases
            .iter()
            .map(|case| number(case).unwrap_or_default())
            .collect()
    };
    let several_layers = cases.iter().any(|case| case.channel.is_some());
    let column = table.special_column("Label")?;
    let channel = table.special_column("Label_channel")?;
    let mut labelled = Table::new(table.source(), table.len());
    for name in table.columns() {
        let cells = if Some(name) == column {
            labels()
        } else if Some(name) == channel {
            channels()
        } else {
            table.cells(name)?.to_vec()
        };
        labelled.push_texts(name, cells)?;
    }
    if column.is_none() {
        labelled.push_texts("Label", labels())?;
    }
    if channel.is_none() && several_layers {
        labelled.push_texts("Label_channel", channels())?;
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

/// The channels in the column `Label_channel`; `None` where it is empty or there is none.
fn channels(table: &Table) -> Result<Vec<Option<usize>>, CasesError> {
    let Some(column) = table.special_column("Label_channel")? else {
        return Ok(vec![None; table.len()]);
    };
    let cells = table.texts(column)?.into_iter().enumerate();
    let channel = |(row, text): (usize, Option<&str>)| {
        let Some(text) = text else { return Ok(None) };
        let Ok(channel) = text.trim().parse() else {
            let (file, row) = table.place(column, row)?;
            return Err(CasesError::Channel {
                file: file.to_owned(),
                row,
                column: column.to_owned(),
                text: text.to_owned(),
            });
        };
        Ok(Some(channel))
    };
    cells.map(channel).collect()
}

/// Where a special column's cell came from.
fn place<'a>(table: &'a Table, name: &str, row: usize) -> Result<(&'a str, usize), TableError> {
    let column = table.special_column(name)?.unwrap_or(name);
    table.place(column, row)
}
