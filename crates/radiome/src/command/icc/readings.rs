//! The readings of each subject, from one table a reader or from one long table.

use std::collections::{HashMap, HashSet};

use miette::miette;
use nalgebra::DMatrix;
use radiome::table::Table;

use crate::command::tabular::{Columns, Levels, Warning};

/// How many names a warning shows.
const SHOWN: usize = 5;

/// Where the readings of features stand.
pub(super) struct Readings<'a> {
    /// The features.
    pub(super) features: Vec<String>,
    names: Vec<String>,
    /// The table of each reader: all the same one where it is long.
    tables: Vec<&'a Table>,
    /// For each subject and reader, the row; none where the reading is missing.
    rows: Vec<Vec<Option<usize>>>,
}

impl<'a> Readings<'a> {
    /// One table for each reader; the subjects are those of the first.
    pub(super) fn wide(
        first: &'a Table,
        others: &'a [Table],
        by: Option<&str>,
        columns: &Columns,
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Self> {
        let tables: Vec<&Table> = std::iter::once(first).chain(others).collect();
        let id = columns.id.as_deref();
        let ids = first.ids(first.id_column(id)?)?;
        let ours: HashSet<&str> = ids.iter().copied().collect();
        let mut rows: Vec<Vec<Option<usize>>> = (0..ids.len()).map(|row| vec![Some(row)]).collect();
        for other in others {
            let theirs = other.ids(other.id_column(id)?)?;
            let places: HashMap<&str, usize> = theirs
                .iter()
                .enumerate()
                .map(|(row, &id)| (id, row))
                .collect();
            for (subject, id) in rows.iter_mut().zip(&ids) {
                subject.push(places.get(id).copied());
            }
            let lacking: Vec<&str> = ids
                .iter()
                .copied()
                .filter(|id| !places.contains_key(id))
                .collect();
            unmet(warnings, &lacking, other, first);
            // With --by, the subjects of other groups stand in the other tables too.
            if by.is_none() {
                let extra: Vec<&str> = theirs
                    .iter()
                    .copied()
                    .filter(|id| !ours.contains(id))
                    .collect();
                unmet(warnings, &extra, first, other);
            }
        }
        let taken: Vec<&str> = by.into_iter().chain([first.id_column(id)?]).collect();
        let mut features = columns.choose(first, &taken)?;
        if columns.features.is_empty() {
            features.retain(|name| {
                let without = others.iter().find(|other| !other.has_column(name));
                if let Some(other) = without {
                    let told = format!("{name} is left out: {} has no such column", other.source());
                    warnings.push(Warning::new("missing_column", told));
                }
                without.is_none()
            });
        }
        Self {
            features,
            names: tables
                .iter()
                .map(|table| table.source().to_owned())
                .collect(),
            tables,
            rows,
        }
        .checked()
    }

    /// One table with a row for each subject and reader.
    pub(super) fn long(
        table: &'a Table,
        subject: &str,
        reader: &str,
        by: Option<&str>,
        columns: &Columns,
    ) -> miette::Result<Self> {
        let subject = table.id_column(Some(subject))?;
        let reader = table.id_column(Some(reader))?;
        let taken: Vec<&str> = by.into_iter().chain([subject, reader]).collect();
        let features = columns.choose(table, &taken)?;
        let (subjects, readers) = (Levels::of(table, subject)?, Levels::of(table, reader)?);
        let mut rows = vec![vec![None; readers.names.len()]; subjects.names.len()];
        let places = subjects.places.iter().zip(&readers.places);
        for (row, place) in places.enumerate() {
            let (&Some(of_subject), &Some(of_reader)) = place else {
                let lacking = if place.0.is_none() { subject } else { reader };
                let (file, row) = table.place(lacking, row)?;
                return Err(miette!(
                    help = "fill in the cell, or delete the row",
                    "{file}, row {row}: the column \"{lacking}\" is empty"
                ));
            };
            let Some(cell) = rows.get_mut(of_subject).and_then(|s| s.get_mut(of_reader)) else {
                continue;
            };
            if let Some(earlier) = cell.replace(row) {
                let (file, second) = table.place(subject, row)?;
                let (_, first) = table.place(subject, earlier)?;
                return Err(miette!(
                    help = "keep one of them, or tell them apart in the column of --reader",
                    "{file}, rows {first} and {second} are both the reading of subject {} by {}",
                    subjects.names[of_subject],
                    readers.names[of_reader]
                ));
            }
        }
        Self {
            features,
            tables: vec![table; readers.names.len()],
            names: readers.names,
            rows,
        }
        .checked()
    }

    fn checked(self) -> miette::Result<Self> {
        let complete = |subject: &&Vec<Option<usize>>| subject.iter().all(Option::is_some);
        let complete = self.rows.iter().filter(complete).count();
        if self.readers() < 2 {
            return Err(miette!(
                help = "choose the column of --reader that tells the readings apart",
                "{}: a coefficient needs two readers, found {}",
                self.source(),
                self.names.join(", ")
            ));
        }
        if complete < 2 {
            return Err(miette!(
                help = "subjects must be spelt the same for every reader",
                "{}: a coefficient needs two subjects with every reading, found {complete}",
                self.source()
            ));
        }
        if self.features.is_empty() {
            return Err(miette!(
                help = "name columns with --features",
                "{}: no numeric column stands in every table",
                self.source()
            ));
        }
        Ok(self)
    }

    pub(super) fn readers(&self) -> usize {
        self.names.len()
    }

    pub(super) fn reader_names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn source(&self) -> &str {
        self.tables.first().map_or("", |table| table.source())
    }

    /// The readings of a feature: subjects in rows, readers in columns, missing ones NaN.
    pub(super) fn matrix(&self, feature: &str) -> miette::Result<DMatrix<f64>> {
        let mut matrix = DMatrix::from_element(self.rows.len(), self.readers(), f64::NAN);
        for (reader, table) in self.tables.iter().enumerate() {
            let values = table.numbers(feature)?;
            for (subject, rows) in self.rows.iter().enumerate() {
                let row = rows.get(reader).copied().flatten();
                if let Some(&value) = row.and_then(|row| values.get(row)) {
                    matrix[(subject, reader)] = value;
                }
            }
        }
        Ok(matrix)
    }

    /// The error of an infinite reading.
    pub(super) fn infinite(&self, feature: &str, subject: usize, reader: usize) -> miette::Report {
        let row = self.rows.get(subject).and_then(|rows| rows.get(reader));
        let place = row.copied().flatten().zip(self.tables.get(reader));
        let place = place.and_then(|(row, table)| table.place(feature, row).ok());
        let (file, row) = place.unwrap_or((self.source(), 0));
        miette!(
            help = "correct the cell, or empty it if the value is missing",
            "{file}, row {row}, column \"{feature}\": the value is infinite"
        )
    }
}

/// Tells which ids of one table another lacks.
fn unmet(warnings: &mut Vec<Warning>, ids: &[&str], lacking: &Table, having: &Table) {
    if ids.is_empty() {
        return;
    }
    let more = if ids.len() > SHOWN { ", ..." } else { "" };
    let shown = ids
        .get(..SHOWN.min(ids.len()))
        .unwrap_or_default()
        .join(", ");
    warnings.push(Warning::new(
        "unmatched_ids",
        format!(
            "{} of the ids in {} are not in {} and are left out: {shown}{more}",
            ids.len(),
            having.source(),
            lacking.source()
        ),
    ));
}
