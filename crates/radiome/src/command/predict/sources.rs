//! Patients from tables: which columns hold what.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use miette::miette;
use radiome::extract::{CORRECTION, Label};
use radiome::model::{Model, SETTINGS, SPACING, spacing};
use radiome::prediction::FailedPatient;
use radiome::results::Warning;
use radiome::table::{Table, TableError, is_missing, nearest, parse_number};

use super::Options;
use super::draft::{self, Draft, Files};

/// The column that tells the readings of a patient apart.
const READING: &str = "reading";
/// The column of the scanner, where the table does not name it as the study does.
const BATCH: &str = "batch";

/// A table and where its patients stand in it.
struct Source {
    table: Table,
    rows: HashMap<String, usize>,
    /// The sequence whose features stand there without its name in front.
    sequence: Option<String>,
}

impl Source {
    /// Reads a table of one row a patient; of several readings the model's is taken.
    fn read(
        path: &Path,
        id: Option<&str>,
        sequence: Option<String>,
        model: &Model,
    ) -> miette::Result<(Self, Vec<String>)> {
        let mut table = Table::read(path)?;
        if let Some(column) = table.special_column(READING)? {
            let cells = table.cells(column)?;
            let own: Vec<usize> = (0..table.len())
                .filter(|&row| cells[row] == model.reading)
                .collect();
            if own.is_empty() && !table.is_empty() {
                return Err(miette!(
                    help = "keep the rows of one reading, and take the column out",
                    "{}, column \"{column}\": no row is of the reading {}, which the model was learnt from",
                    table.source(),
                    model.reading
                ));
            }
            table = table.select_rows(&own);
        }
        let id = table.id_column(id)?.to_owned();
        let ids: Vec<String> = table.ids(&id)?.into_iter().map(str::to_owned).collect();
        let rows = (ids.iter().cloned()).zip(0..).collect();
        let source = Self {
            table,
            rows,
            sequence,
        };
        Ok((source, ids))
    }

    /// The column of a feature or diagnostic of a sequence: with the sequence in front, or without.
    fn column(&self, sequence: Option<&str>, full: &str) -> Option<String> {
        if self.table.has_column(full) {
            return Some(full.to_owned());
        }
        let own = self.sequence.as_deref()?;
        let bare = full.strip_prefix(own)?.strip_prefix('_')?;
        (sequence == Some(own) && self.table.has_column(bare)).then(|| bare.to_owned())
    }

    /// The cell of a patient; `None` where the table has no row of the patient.
    fn cell(&self, id: &str, column: &str) -> Result<Option<&str>, TableError> {
        let cells = self.table.cells(column)?;
        Ok(self.rows.get(id).map(|&row| cells[row].as_str()))
    }
}

/// Every row of --table, or of the first --features, as a draft.
pub(super) fn read(options: &Options, model: &Model) -> miette::Result<Vec<Draft>> {
    let sequences = draft::sequences(model);
    let (mut sources, mut ids) = (Vec::new(), Vec::new());
    let tables = options.table.iter().map(|path| (path.clone(), None));
    let features = options.features.iter().map(|text| named(text, &sequences));
    for (path, sequence) in tables.chain(features) {
        let (source, found) = Source::read(&path, options.id.as_deref(), sequence, model)?;
        if sources.is_empty() {
            ids = found;
        }
        sources.push(source);
    }
    let mut drafts: Vec<Draft> = ids.iter().map(|id| Draft::new(id, model)).collect();
    let from_images = images(options, model, &sources, &mut drafts)?;
    scanners(options, model, &sources, &mut drafts)?;
    features_of(model, &sources, &sequences, &from_images, &mut drafts)?;
    clinical(options, model, &sources, &mut drafts)?;
    diagnostics(model, &sources, &mut drafts)?;
    Ok(drafts)
}

/// The path and the sequence of `T1=features.csv`; of one sequence it need not be said.
fn named(text: &str, sequences: &[String]) -> (PathBuf, Option<String>) {
    if let Some((sequence, path)) = text.split_once('=')
        && sequences.iter().any(|name| name == sequence)
    {
        return (path.into(), Some(sequence.to_owned()));
    }
    let only = (sequences.len() == 1).then(|| sequences[0].clone());
    (text.into(), only)
}

/// Takes the columns of images and masks; gives the sequences that have them.
fn images(
    options: &Options,
    model: &Model,
    sources: &[Source],
    drafts: &mut [Draft],
) -> miette::Result<Vec<String>> {
    let (Some(path), Some(source)) = (&options.table, sources.first()) else {
        return Ok(Vec::new());
    };
    let table = &source.table;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    for sequence in model.sequences.keys() {
        let part = |what: &str| table.special_column(&format!("{sequence}_{what}"));
        let (Some(image), mask) = (part("image")?, part("mask")?) else {
            continue;
        };
        let Some(mask) = mask else {
            return Err(miette!(
                help = "name the mask of every image",
                "{} has a column \"{image}\", but none \"{sequence}_mask\"",
                table.source()
            ));
        };
        let label = part("label")?;
        for draft in drafts.iter_mut() {
            let cell = |column: &str| {
                let text = source.cell(&draft.patient.id, column)?.unwrap_or_default();
                Ok::<_, TableError>((!is_missing(text)).then(|| text.to_owned()))
            };
            let label = label.map(cell).transpose()?.flatten();
            match (cell(image)?, cell(mask)?) {
                (Some(image), Some(mask)) => {
                    let files = Files {
                        image: folder.join(image),
                        mask: folder.join(mask),
                        label: label.and_then(|label| label.parse::<Label>().ok()),
                    };
                    draft.images.insert(sequence.clone(), files);
                }
                // Without them the sequence is not known, which is found where it is needed.
                (None, None) => {}
                (image, _) => {
                    let what = if image.is_none() { "image" } else { "mask" };
                    let message = format!("{sequence}: the path of the {what} is missing");
                    let code = format!("missing_{what}");
                    let failed = FailedPatient::new(&draft.patient.id, &code, message);
                    draft.failed.get_or_insert(failed);
                }
            }
        }
        found.push(sequence.clone());
    }
    Ok(found)
}

/// Takes the scanner of every patient.
fn scanners(
    options: &Options,
    model: &Model,
    sources: &[Source],
    drafts: &mut [Draft],
) -> miette::Result<()> {
    let mut column = None;
    for name in model.batch.iter().map(String::as_str).chain([BATCH]) {
        for source in sources {
            if let (None, Some(found)) = (&column, source.table.special_column(name)?) {
                column = Some((source, found));
            }
        }
    }
    let Some((source, column)) = column.filter(|_| model.combat.is_some()) else {
        if model.combat.is_some() && options.batch.is_none() {
            return Err(draft::no_scanner(model));
        }
        for draft in drafts {
            draft.patient.batch.clone_from(&options.batch);
        }
        return Ok(());
    };
    if options.batch.is_some() {
        return Err(miette!(
            help = "leave --batch out, or take the column out of the table",
            "--batch names the scanner, and so does the column \"{column}\" of {}",
            source.table.source()
        ));
    }
    for draft in drafts {
        let cell = source.cell(&draft.patient.id, column)?;
        draft.patient.batch = cell.filter(|text| !is_missing(text)).map(str::to_owned);
    }
    Ok(())
}

/// Takes the features that are not computed from images.
fn features_of(
    model: &Model,
    sources: &[Source],
    sequences: &[String],
    from_images: &[String],
    drafts: &mut [Draft],
) -> miette::Result<()> {
    let mut absent = Vec::new();
    for (place, feature) in model.features.iter().enumerate() {
        let sequence = draft::sequence_of(feature, sequences);
        if sequence.is_some_and(|name| from_images.iter().any(|other| other == name)) {
            continue;
        }
        let holder = (sources.iter()).find_map(|source| {
            let column = source.column(sequence, feature)?;
            Some((source, column))
        });
        let Some((source, column)) = holder else {
            absent.push(feature.as_str());
            continue;
        };
        for draft in drafts.iter_mut() {
            match source.cell(&draft.patient.id, &column)? {
                None => {
                    let message = format!("{} has no row of this patient", source.table.source());
                    let failed = FailedPatient::new(&draft.patient.id, "no_features", message);
                    draft.failed.get_or_insert(failed);
                }
                Some(text) if is_missing(text) => draft.patient.features[place] = Some(f64::NAN),
                Some(text) => match parse_number(text) {
                    Some(value) => draft.patient.features[place] = Some(value),
                    None => {
                        let message = format!("the feature {feature} is \"{text}\", no number");
                        let failed = FailedPatient::new(&draft.patient.id, "not_a_number", message);
                        draft.failed.get_or_insert(failed);
                    }
                },
            }
        }
    }
    check_absent(model, &absent, sources, drafts)
}

/// Features without a column: those that the nomogram needs must be there, and all of them where
/// the effect of a scanner is estimated here.
fn check_absent(
    model: &Model,
    absent: &[&str],
    sources: &[Source],
    drafts: &[Draft],
) -> miette::Result<()> {
    let lacking = |first: &str, count: usize, why: &str| {
        let columns = sources.iter().flat_map(|source| source.table.columns());
        let help = match nearest(first, columns) {
            Some(near) => format!("is it `{near}`?"),
            None => "give the sequence's columns of image and mask, or its features with --features SEQUENCE=FILE".to_owned(),
        };
        let others = match count {
            1 => String::new(),
            count => format!(" ({count} features are missing)"),
        };
        Err(miette!(
            help = help,
            "no table has a column \"{first}\", which {why}{others}"
        ))
    };
    let needed = |feature: &&&str| {
        let mut signatures = model.nomogram_signatures().into_iter();
        signatures.any(|name| model.signatures[name].coefficients.contains_key(**feature))
    };
    let missing: Vec<&&str> = absent.iter().filter(needed).collect();
    if let Some(first) = missing.first() {
        return lacking(first, missing.len(), "the nomogram needs");
    }
    let known = |name: &String| {
        let mut batches = model.combat.iter().flat_map(|combat| &combat.batches);
        batches.any(|batch| batch.label == *name)
    };
    let estimated = model.unseen.as_deref() == Some("own")
        && (drafts.iter())
            .filter_map(|draft| draft.patient.batch.as_ref())
            .any(|name| !known(name));
    match absent.first() {
        Some(first) if estimated && model.combat.is_some() => lacking(
            first,
            absent.len(),
            "is needed to estimate the effect of a new scanner",
        ),
        _ => Ok(()),
    }
}

/// Takes the clinical values.
fn clinical(
    options: &Options,
    model: &Model,
    sources: &[Source],
    drafts: &mut [Draft],
) -> miette::Result<()> {
    let given = draft::clinical(options, model)?;
    let needed = draft::needed_variables(model);
    for term in model.clinical_inputs() {
        let variable = term.variable();
        let mut holder = None;
        for source in sources {
            if let (None, Some(column)) = (&holder, source.table.special_column(variable)?) {
                holder = Some((source, column));
            }
        }
        match (holder, given.get(variable)) {
            (Some((source, column)), Some(_)) => {
                return Err(miette!(
                    help = "leave one of them out",
                    "--clinical gives `{variable}`, and so does the column \"{column}\" of {}",
                    source.table.source()
                ));
            }
            (Some((source, column)), None) => {
                for draft in drafts.iter_mut() {
                    let cell = source.cell(&draft.patient.id, column)?;
                    let cell = cell.filter(|text| !is_missing(text)).map(str::to_owned);
                    draft.patient.clinical.insert(variable.to_owned(), cell);
                }
            }
            (None, Some(value)) => {
                for draft in drafts.iter_mut() {
                    let clinical = &mut draft.patient.clinical;
                    clinical.insert(variable.to_owned(), value.clone());
                }
            }
            (None, None) if needed.contains(&variable) => {
                let columns = sources.iter().flat_map(|source| source.table.columns());
                let help = match nearest(variable, columns) {
                    Some(near) => format!("is it `{near}`? Rename it"),
                    None => format!("add it to the --table, or give --clinical {variable}=VALUE"),
                };
                return Err(miette!(
                    help = help,
                    "no table has a column \"{variable}\", which the nomogram needs"
                ));
            }
            // Only the clinical model asks for it, and says nothing without it.
            (None, None) => {}
        }
    }
    Ok(())
}

/// Compares how the features of a table were computed with what the model says.
fn diagnostics(model: &Model, sources: &[Source], drafts: &mut [Draft]) -> miette::Result<()> {
    for (name, sequence) in &model.sequences {
        let full = |what: &str| format!("{name}_{what}");
        for source in sources {
            let column = |what: &str| source.column(Some(name), &full(what));
            let (settings, distances) = (column(SETTINGS), column(SPACING));
            let corrections = column(CORRECTION);
            for draft in drafts.iter_mut() {
                let cell = |column: &Option<String>| {
                    let Some(column) = column else {
                        return Ok(None);
                    };
                    source.cell(&draft.patient.id, column)
                };
                if let Some(found) = cell(&distances)?.and_then(spacing) {
                    draft.patient.spacing.insert(name.clone(), found);
                }
                let written = cell(&settings)?.filter(|text| !is_missing(text));
                let corrected = cell(&corrections)?.filter(|text| !is_missing(text));
                // A table that tells how features were computed and not how images were corrected
                // is of images that were not.
                let (here, model) = (corrected.unwrap_or_default(), sequence.record());
                if (written.is_some() || corrected.is_some()) && here != model {
                    let shown = |text: &str| match text {
                        "" => "not at all".to_owned(),
                        text => text.to_owned(),
                    };
                    let text = format!(
                        "the images of {name} were corrected otherwise: {} (the model: {})",
                        shown(here),
                        shown(&model)
                    );
                    let warning = Warning::new("correction_differs", text);
                    draft.patient.warnings.push(warning);
                }
                let (Some(written), Some(expected)) = (written, &sequence.settings) else {
                    continue;
                };
                let (written, expected) = (entries(written), entries(expected));
                let here = without(&written, &expected);
                let model = without(&expected, &written);
                if !(here.is_empty() && model.is_empty()) {
                    let text = format!(
                        "the features of {name} were computed with other settings: {here} (the model: {model})"
                    );
                    let warning = Warning::new("settings_differ", text);
                    draft.patient.warnings.push(warning);
                }
            }
        }
    }
    Ok(())
}

/// The entries of settings such as `{'binWidth': 5, 'label': 1}`, without the label of the region,
/// which may differ from mask to mask.
fn entries(settings: &str) -> Vec<String> {
    (settings.trim_matches(['{', '}']).split(", '"))
        .map(|entry| entry.trim_start_matches('\'').replace("':", ":"))
        .filter(|entry| !entry.starts_with("label:"))
        .collect()
}

/// The entries of one list that the other does not have, with commas.
fn without(entries: &[String], others: &[String]) -> String {
    let own = entries.iter().filter(|entry| !others.contains(entry));
    own.cloned().collect::<Vec<_>>().join(", ")
}
