//! Features from tables instead of images: which columns belong to which sequence, and whose rows
//! they are.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use nalgebra::DMatrix;

use super::file::{ControlKind, FeatureTable, Folds, StudyFile};
use super::{Cohort, FeatureColumn, Problem, StudyError, StudyFeatures};
use crate::results::Exclusion;
use crate::table::{Table, is_missing, parse_number};

/// What PyRadiomics' names of features begin with: an image type, not a sequence.
const IMAGE_TYPES: [&str; 10] = [
    "original",
    "wavelet",
    "log-sigma",
    "square",
    "squareroot",
    "logarithm",
    "exponential",
    "gradient",
    "lbp-2D",
    "lbp-3D",
];
/// Columns that say how a feature was made are no features.
const RECORDS: &str = "diagnostics_";

/// Feature tables that were read, with their columns put in order.
#[derive(Clone, Debug)]
pub struct FeatureTables {
    /// The files, as named.
    pub files: Vec<PathBuf>,
    /// Names of the sequences.
    pub sequences: Vec<String>,
    /// The features, sequence by sequence.
    pub columns: Vec<FeatureColumn>,
    /// The study's own reading, where a table names it.
    pub first_reading: Option<String>,
    /// Names of all other readings.
    pub readings: Vec<String>,
    sources: Vec<Source>,
    again: Vec<Source>,
}

/// One table and where its columns go.
#[derive(Clone, Debug)]
struct Source {
    /// By patient and reading (none where the table has no readings), the row.
    rows: HashMap<(String, Option<String>), usize>,
    /// Place in the study's columns, and the values.
    values: Vec<(usize, Vec<f64>)>,
}

/// A table as it was read, before its columns are known by name.
struct Read {
    table: Table,
    id: String,
    reading: Option<String>,
    /// Name in the table, and the sequence and name in the study.
    columns: Vec<(String, String, String)>,
}

impl FeatureTables {
    /// Reads the tables of `features` and of `reliability.tables`; none where the study has images.
    ///
    /// # Errors
    /// A table that cannot be read, has no such column, or whose columns name no sequence.
    pub(super) fn read(
        file: &StudyFile,
        folder: &Path,
        expand: &mut dyn FnMut(&str, &str) -> String,
    ) -> Result<Option<Self>, StudyError> {
        if file.features.is_empty() {
            return Ok(None);
        }
        let named = named_elsewhere(file);
        let mut files = Vec::new();
        let mut read = |tables: &[FeatureTable], key: &str| -> Result<Vec<Read>, StudyError> {
            let mut found = Vec::new();
            for table in tables {
                let path = folder.join(expand(&table.file, key));
                found.push(read_table(table, &path, &named)?);
                files.push(path);
            }
            Ok(found)
        };
        let sources = read(&file.features, "features")?;
        let tables = file.reliability.as_ref().map(|rule| rule.tables.as_slice());
        let again = read(tables.unwrap_or_default(), "reliability.tables")?;

        let mut sequences: Vec<String> = Vec::new();
        for (_, sequence, _) in sources.iter().flat_map(|source| &source.columns) {
            if !sequences.contains(sequence) {
                sequences.push(sequence.clone());
            }
        }
        let mut columns: Vec<FeatureColumn> = Vec::new();
        for (number, wanted) in sequences.iter().enumerate() {
            let all = sources.iter().flat_map(|source| &source.columns);
            for (_, _, name) in all.filter(|(_, sequence, _)| sequence == wanted) {
                columns.push(FeatureColumn {
                    name: name.clone(),
                    sequence: number,
                });
            }
        }
        let mut places: HashMap<String, usize> = HashMap::new();
        for (place, column) in columns.iter().enumerate() {
            if places.insert(column.name.clone(), place).is_some() {
                return Err(StudyError::invalid(
                    format!("the feature `{}` stands in two tables", column.name),
                    "name each feature once under `features`, with `columns` or `sequence`",
                ));
            }
        }
        let first_reading = sources.iter().find_map(|source| {
            let cells = source.table.cells(source.reading.as_deref()?).ok()?;
            cells.first().cloned()
        });
        let mut readings: Vec<String> = Vec::new();
        for source in sources.iter().chain(&again) {
            let Some(column) = &source.reading else {
                continue;
            };
            for name in source.table.cells(column)? {
                let own = first_reading.as_ref() == Some(name);
                if !own && !is_missing(name) && !readings.contains(name) {
                    readings.push(name.clone());
                }
            }
        }
        let placed = |read: Vec<Read>| -> Result<Vec<Source>, StudyError> {
            read.into_iter().map(|one| placed(one, &places)).collect()
        };
        Ok(Some(Self {
            files,
            sequences,
            first_reading,
            readings,
            sources: placed(sources)?,
            again: placed(again)?,
            columns,
        }))
    }

    /// The features of the cohort's patients; who has none is taken out of the cohort.
    ///
    /// # Errors
    /// No patient is left, or the study cannot go on with those that are.
    pub(super) fn gather(
        &self,
        cohort: &mut Cohort,
        file: &StudyFile,
    ) -> Result<StudyFeatures, StudyError> {
        let own = |id: &str| (id.to_owned(), self.first_reading.clone());
        let mut exclusions = Vec::new();
        for patient in &cohort.patients {
            let key = own(&patient.id);
            let bare = (patient.id.clone(), None);
            let lacking = self.sources.iter().filter(|source| {
                !source.rows.contains_key(&key) && !source.rows.contains_key(&bare)
            });
            if lacking.count() > 0 {
                exclusions.push(Exclusion {
                    id: patient.id.clone(),
                    reason_code: "no_features".to_owned(),
                    reason: "a feature table has no row of this patient".to_owned(),
                });
            }
        }
        if exclusions.len() == cohort.patients.len() {
            return Err(StudyError::invalid(
                "no patient of the clinical tables has a row in the feature tables",
                "ids must be spelt the same in every table: capitals, leading zeros and prefixes count",
            ));
        }
        cohort.exclude(exclusions);
        let problems = cohort.obstacles(file);
        if !problems.is_empty() {
            return Err(StudyError::Invalid { problems });
        }
        let unknown = || DMatrix::from_element(cohort.patients.len(), self.columns.len(), f64::NAN);
        let mut values = unknown();
        let mut readings: IndexMap<String, DMatrix<f64>> = IndexMap::new();
        for name in &self.readings {
            readings.insert(name.clone(), unknown());
        }
        for (row, patient) in cohort.patients.iter().enumerate() {
            let bare = (patient.id.clone(), None);
            let key = own(&patient.id);
            for source in &self.sources {
                source.write(&key, row, &mut values);
                source.write(&bare, row, &mut values);
            }
            for (name, matrix) in &mut readings {
                let key = (patient.id.clone(), Some(name.clone()));
                for source in self.sources.iter().chain(&self.again) {
                    source.write(&key, row, matrix);
                }
            }
        }
        Ok(StudyFeatures {
            columns: self.columns.clone(),
            values,
            readings,
            diagnostics: Vec::new(),
            undefined: Vec::new(),
            failures: Vec::new(),
            quality: None,
        })
    }
}

impl Source {
    fn write(&self, key: &(String, Option<String>), row: usize, matrix: &mut DMatrix<f64>) {
        let Some(&from) = self.rows.get(key) else {
            return;
        };
        for (place, values) in &self.values {
            matrix[(row, *place)] = values[from];
        }
    }
}

/// Columns that the study file names for something else.
fn named_elsewhere(file: &StudyFile) -> HashSet<String> {
    let mut named: HashSet<String> = file.clinical.candidates.iter().cloned().collect();
    named.insert(file.outcome.column.clone());
    named.extend(file.split.as_ref().map(|split| split.column.clone()));
    named.extend(file.harmonization.as_ref().map(|rule| rule.batch.clone()));
    named.extend(file.stage.clone());
    if let Some(survival) = &file.survival {
        named.extend(survival.columns().map(|(column, _)| column.to_owned()));
    }
    if let Folds::Column(column) = &file.signature.folds {
        named.insert(column.clone());
    }
    named
}

fn read_table(
    source: &FeatureTable,
    path: &Path,
    named: &HashSet<String>,
) -> Result<Read, StudyError> {
    let table = Table::read(path)?;
    let id = table.id_column(source.id.as_deref())?.to_owned();
    let reading = match &source.reading {
        None => None,
        Some(name) => Some(table.id_column(Some(name))?.to_owned()),
    };
    let free = |name: &str| {
        name != id
            && reading.as_deref() != Some(name)
            && !named.contains(name)
            && !name.starts_with(RECORDS)
    };
    if source.columns.is_empty() {
        // A column that a typing error makes text is no reason to go on without the feature.
        for name in table.columns().filter(|name| free(name)) {
            let texts = table.texts(name)?;
            let present = texts.iter().flatten().count();
            let is_number = |text: &&&str| parse_number(text).is_some();
            let numbers = texts.iter().flatten().filter(is_number).count();
            if numbers < present && 2 * numbers > present {
                table.numbers(name)?;
            }
        }
    }
    let chosen: Vec<&str> = if source.columns.is_empty() {
        table
            .columns()
            .filter(|name| free(name) && table.is_numeric(name))
            .collect()
    } else {
        table.matching(&source.columns)?
    };
    let mut columns = Vec::new();
    let mut without = Vec::new();
    for name in chosen {
        match (&source.sequence, name.split_once('_')) {
            (Some(sequence), _) => {
                let full = format!("{sequence}_{name}");
                columns.push((name.to_owned(), sequence.clone(), full));
            }
            (None, Some((sequence, _))) if !is_image_type(sequence) => {
                columns.push((name.to_owned(), sequence.to_owned(), name.to_owned()));
            }
            (None, _) => without.push(name),
        }
    }
    if let Some(first) = without.first() {
        return Err(StudyError::invalid(
            format!(
                "{}: {} columns of numbers, `{first}` the first, do not begin with the name of a sequence and `_`",
                path.display(),
                without.len()
            ),
            "if all columns are of one sequence, name it: `sequence: T1`; if some are no features, say which are: `columns: [\"T1_*\"]`",
        ));
    }
    if columns.is_empty() {
        return Err(StudyError::invalid(
            format!("{} has no column of features", path.display()),
            "features are columns of numbers",
        ));
    }
    Ok(Read {
        id,
        reading,
        columns,
        table,
    })
}

fn is_image_type(prefix: &str) -> bool {
    IMAGE_TYPES
        .iter()
        .any(|name| prefix == *name || prefix.starts_with(&format!("{name}-")))
}

/// Puts the columns of a table at their places in the study; a further reading may lack some.
fn placed(read: Read, places: &HashMap<String, usize>) -> Result<Source, StudyError> {
    let mut values = Vec::new();
    for (name, _, full) in &read.columns {
        if let Some(&place) = places.get(full) {
            values.push((place, read.table.numbers(name)?));
        }
    }
    let readings = match &read.reading {
        None => vec![None; read.table.len()],
        Some(column) => read.table.texts(column)?,
    };
    let mut rows = HashMap::new();
    for (row, (id, reading)) in read.table.cells(&read.id)?.iter().zip(readings).enumerate() {
        let (file, line) = read.table.place(&read.id, row)?;
        if is_missing(id) {
            return Err(StudyError::invalid(
                format!(
                    "{file}, row {line}: the id (column \"{}\") is missing",
                    read.id
                ),
                "give the row its id, or delete the row",
            ));
        }
        if let (Some(column), None) = (&read.reading, reading) {
            return Err(StudyError::invalid(
                format!("{file}, row {line}: the reading (column \"{column}\") is missing"),
                "give the row the name of its reading",
            ));
        }
        if rows
            .insert((id.clone(), reading.map(str::to_owned)), row)
            .is_some()
        {
            let of = reading.map_or_else(String::new, |name| format!(" for the reading {name}"));
            return Err(StudyError::invalid(
                format!("{file}, row {line}: the patient {id} stands there twice{of}"),
                "keep one row for each patient; in a table of several readings, name the column with `reading`",
            ));
        }
    }
    Ok(Source { rows, values })
}

/// Problems of a study that names neither images nor tables, or both, or what only one of them has.
pub(super) fn check(file: &StudyFile, problems: &mut Vec<Problem>) {
    if file.features.is_empty() {
        if file
            .reliability
            .as_ref()
            .is_some_and(|rule| !rule.tables.is_empty())
        {
            problems.push(Problem::new(
                "`reliability.tables` is for a study that starts from `features`",
                "name the masks of further readings under `reliability.files`",
            ));
        }
        return;
    }
    if file.controls.contains(&ControlKind::ShuffledVoxels) {
        problems.push(Problem::new(
            "`controls` asks for shuffled_voxels, but the study starts from `features`",
            "voxels can be shuffled only where the study has images: write `controls: [volume]`",
        ));
    }
    let tables = file.reliability.iter().flat_map(|rule| &rule.tables);
    for table in tables.filter(|table| table.reading.is_none()) {
        problems.push(Problem::new(
            format!("`reliability.tables`: {} has no `reading`", table.file),
            "name the column that says which reading a row is: `reading: reader`",
        ));
    }
    if !file.sequences.is_empty() {
        problems.push(Problem::new(
            "the study has `sequences` and `features`",
            "start from images or from feature tables, not from both",
        ));
    }
    if file
        .reliability
        .as_ref()
        .is_some_and(|rule| !rule.files.is_empty())
    {
        problems.push(Problem::new(
            "`reliability.files` names masks, but the study starts from `features`",
            "name the table of further readings under `reliability.tables`, for example `tables: {file: readings.csv, id: id, reading: reading}`",
        ));
    }
}
