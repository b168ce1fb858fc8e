//! A study that was read and checked: what the file means for these tables.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use radiome_features::ibsi::Profile;
use radiome_features::{Protocol, SettingsError};

use super::feature_tables::{self, FeatureTables};
use super::file::{Folds, HarmonizationFit, Mode, Scalar, StudyFile};
use super::{
    Cohort, Problem, Split, StudyError, candidates, corrections, covariates, groupings, missing,
    signs,
};
use crate::correction::Correction;
use crate::extract::{self, Plane, Suv};
use crate::pipeline::ClinicalColumn;
use crate::results::Warning;
use crate::table::{self, Table};

/// Name of the study's own contours where the study file does not name them.
const FIRST_READING: &str = "R1";
/// Name of the rows of a feature table that names no reading.
const TABLE_READING: &str = "features";

/// Where the images of a sequence are and how its features are computed.
#[derive(Clone, Debug)]
pub struct SequencePlan {
    /// Name of the sequence.
    pub name: String,
    /// Image with `{id}` for the patient.
    pub image: String,
    /// Mask with `{id}` for the patient.
    pub mask: String,
    /// Label of the region, by number or name; the parameter file's when left out.
    pub label: Option<String>,
    /// The parameter file as read; empty for PyRadiomics' defaults.
    pub params_text: String,
    /// What is computed.
    pub protocol: Protocol,
    /// Whether it is computed slice by slice, by the word in the study file.
    pub plane: Option<Plane>,
    /// Units that the images are brought into first.
    pub suv: Option<Suv>,
    /// Corrections of intensity, before anything that the protocol does.
    pub correction: Correction,
    /// Masks of further readings, with `{id}` for the patient.
    pub readings: IndexMap<String, String>,
}

/// A study that was read and checked.
#[derive(Clone, Debug)]
pub struct Study {
    /// The study file, as written.
    pub file: StudyFile,
    /// Its text.
    pub text: String,
    /// The folder that its paths start from.
    pub folder: PathBuf,
    /// The clinical tables, as files.
    pub tables: Vec<PathBuf>,
    /// Who is in it.
    pub cohort: Cohort,
    /// Clinical candidates of the cohort's patients.
    pub candidates: Vec<ClinicalColumn>,
    /// The sequences, where the study starts from images.
    pub sequences: Vec<SequencePlan>,
    /// The features, where it starts from tables.
    pub feature_tables: Option<FeatureTables>,
    /// The name of the first reading.
    pub first_reading: String,
    /// Signatures and `clinical`, as they enter the nomogram.
    pub nomogram: Vec<String>,
    /// What was noticed.
    pub warnings: Vec<Warning>,
}

impl Study {
    /// Reads a study file, its tables and its parameter files, and checks that they make a study.
    /// No image is read.
    ///
    /// # Errors
    /// What is wrong, as much of it as can be told at once.
    pub fn read(path: &Path) -> Result<Self, StudyError> {
        let text = read_text(path)?;
        let file = StudyFile::from_yaml(&text)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut problems = Vec::new();
        let expand = |text: &str, key: &str, problems: &mut Vec<Problem>| match expand(text) {
            Ok(text) => text,
            Err(problem) => {
                problems.push(Problem {
                    text: format!("`{key}`: {}", problem.text),
                    ..problem
                });
                text.to_owned()
            }
        };

        let files: Vec<String> = file
            .tables
            .iter()
            .map(|table| expand(&table.file, "tables", &mut problems))
            .collect();
        if files.is_empty() {
            problems.push(Problem::new(
                "`tables` is empty",
                "name the clinical table and its id column",
            ));
        }
        feature_tables::check(&file, &mut problems);
        let mut named = |text: &str, key: &str| expand(text, key, &mut problems);
        let feature_tables = FeatureTables::read(&file, &folder, &mut named)?;
        let sequences = read_sequences(&file, &folder, &mut problems, expand)?;
        check_readings(&file, feature_tables.as_ref(), &mut problems);
        let names = match &feature_tables {
            Some(tables) => tables.sequences.clone(),
            None => file.sequences.keys().cloned().collect(),
        };
        let nomogram = nomogram_parts(&file, &names, &mut problems);
        check_numbers(&file, &mut problems);
        if !problems.is_empty() {
            return Err(StudyError::Invalid { problems });
        }

        let tables: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
        let mut read = Vec::new();
        for (path, source) in tables.iter().zip(&file.tables) {
            read.push((Table::read(path)?, source.id.clone()));
        }
        let mut joined = table::join(&read)?;
        let mut warnings: Vec<Warning> = joined.unmatched.iter().map(unmatched_warning).collect();
        let mut problems = Vec::new();
        warnings.extend(signs::complete(&mut joined.table, &file, &mut problems));
        if !problems.is_empty() {
            return Err(StudyError::Invalid { problems });
        }
        let cohort = Cohort::from_table(joined.table, &file.tables[0].id, &file)?;
        warnings.extend(cohort.warnings.clone());
        warnings.extend(corrections::warnings(&sequences));

        let mut problems = cohort.obstacles(&file);
        let candidates = match candidates::read(&cohort, &file) {
            Ok(candidates) => {
                problems.extend(missing::check_columns(&file, &candidates));
                candidates
            }
            Err(more) => {
                problems.extend(more);
                Vec::new()
            }
        };
        for (key, column) in [("stage", &file.stage), ("histology", &file.histology)] {
            if let Some(column) = column
                && !cohort.table.has_column(column)
            {
                let text = format!("no table has a column \"{column}\"");
                problems.push(super::cohort::missing_column(
                    &cohort.table,
                    column,
                    key,
                    &text,
                ));
            }
        }
        problems.extend(groupings::check(&file, &cohort));
        problems.extend(unseen_batches(&file, &cohort));
        problems.extend(covariates::check(&cohort, &file));
        if !problems.is_empty() {
            return Err(StudyError::Invalid { problems });
        }
        let first_reading = first_reading(&file, feature_tables.as_ref());
        Ok(Self {
            file,
            text,
            folder,
            tables,
            cohort,
            candidates,
            sequences,
            feature_tables,
            first_reading,
            nomogram,
            warnings,
        })
    }

    /// Columns within whose values survival is shown.
    pub(super) fn strata(&self) -> &[String] {
        let survival = self.file.survival.as_ref();
        survival.map_or(&[], |survival| survival.strata.as_slice())
    }

    /// Names of the sequences, of images or of feature tables.
    #[must_use]
    pub fn sequence_names(&self) -> Vec<String> {
        match &self.feature_tables {
            Some(tables) => tables.sequences.clone(),
            None => self
                .sequences
                .iter()
                .map(|plan| plan.name.clone())
                .collect(),
        }
    }
}

fn read_text(path: &Path) -> Result<String, StudyError> {
    std::fs::read_to_string(path).map_err(|source| StudyError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// Puts the values of environment variables for `${NAME}`.
fn expand(text: &str) -> Result<String, Problem> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let after = &rest[start + 2..];
        let Some(end) = after.find('}') else {
            return Err(Problem::new(
                format!("`{text}` has `${{` without `}}`"),
                "close it",
            ));
        };
        let name = &after[..end];
        match std::env::var(name) {
            Ok(value) => out.push_str(&value),
            Err(_) => {
                return Err(Problem::new(
                    format!("the environment variable {name} of `{text}` is not set"),
                    format!("set it: export {name}=/path/to/the/data"),
                ));
            }
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn read_sequences(
    file: &StudyFile,
    folder: &Path,
    problems: &mut Vec<Problem>,
    expand: impl Fn(&str, &str, &mut Vec<Problem>) -> String,
) -> Result<Vec<SequencePlan>, StudyError> {
    if file.sequences.is_empty() && file.features.is_empty() {
        problems.push(Problem::new(
            "`sequences` is empty",
            "name at least one sequence with its image and mask, for example\n  T1: {image: \"images/{id}_t1.nii.gz\", mask: \"masks/{id}_t1.nii.gz\"}",
        ));
    }
    let mut plans = Vec::new();
    for (name, source) in &file.sequences {
        let key = |part: &str| format!("sequences.{name}.{part}");
        if !name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        {
            problems.push(Problem::new(
                format!(
                    "the sequence `{name}` has more than letters, digits, `_` and `-` in its name"
                ),
                "it becomes part of column names and of figures' file names: choose a plain one",
            ));
        }
        let image = expand(&source.image, &key("image"), problems);
        let mask = expand(&source.mask, &key("mask"), problems);
        for (part, path) in [("image", &image), ("mask", &mask)] {
            if !path.contains("{id}") {
                problems.push(Problem::new(
                    format!(
                        "`{}` is `{path}`, the same file for every patient",
                        key(part)
                    ),
                    "write `{id}` where the patient's id stands",
                ));
            }
        }
        let params_text = match &source.params {
            None => String::new(),
            Some(params) => {
                let params = expand(params, &key("params"), problems);
                match Profile::named(&params) {
                    Some(profile) => format!("profile: {}\n", profile.name()),
                    None => read_text(&folder.join(params))?,
                }
            }
        };
        let protocol = match extract::protocol(&params_text, source.plane) {
            Ok(protocol) => protocol,
            Err(error) => {
                let params = source.params.as_deref().unwrap_or("");
                // Of two things that contradict each other one may stand in this file.
                let own = match error {
                    SettingsError::Conflict { .. } => format!("`{}`: ", key("plane")),
                    _ => String::new(),
                };
                problems.push(Problem {
                    text: format!("{own}{params}: {error}"),
                    hint: None,
                });
                continue;
            }
        };
        let correction = corrections::read(name, source, file.mode, folder, problems, &expand);
        let mut readings = IndexMap::new();
        if let Some(rule) = &file.reliability {
            for (reading, masks) in &rule.files {
                if let Some(mask) = masks.get(name) {
                    let key = format!("reliability.files.{reading}.{name}");
                    readings.insert(reading.clone(), expand(mask, &key, problems));
                }
            }
        }
        plans.push(SequencePlan {
            name: name.clone(),
            image,
            mask,
            label: source.label.as_ref().map(Scalar::to_string),
            params_text,
            protocol,
            plane: source.plane,
            suv: source.suv,
            correction,
            readings,
        });
    }
    Ok(plans)
}

/// The reading that is nobody's file: the contours of `sequences`, or the rows of `features`.
fn first_reading(file: &StudyFile, tables: Option<&FeatureTables>) -> String {
    if let Some(tables) = tables {
        let own = tables.first_reading.clone();
        return own.unwrap_or_else(|| TABLE_READING.to_owned());
    }
    let Some(rule) = &file.reliability else {
        return FIRST_READING.to_owned();
    };
    let pairs = rule
        .readings
        .iter()
        .flat_map(|readings| [&readings.intra, &readings.inter]);
    let mut names = pairs.flatten().flatten();
    names
        .find(|name| !rule.files.contains_key(*name))
        .cloned()
        .unwrap_or_else(|| FIRST_READING.to_owned())
}

fn check_readings(file: &StudyFile, tables: Option<&FeatureTables>, problems: &mut Vec<Problem>) {
    let Some(rule) = &file.reliability else {
        return;
    };
    let Some(readings) = &rule.readings else {
        if rule.perturbations.is_none() {
            problems.push(Problem::new(
                "`reliability` has no `readings`",
                "write which readings are compared, for example `readings: {intra: [R1, R1b], inter: [R1, R2]}`; or `perturbations: {}` where nobody drew contours twice; or leave `reliability` out",
            ));
        }
        return;
    };
    let first = first_reading(file, tables);
    for pair in [&readings.intra, &readings.inter].into_iter().flatten() {
        for name in pair {
            if let Some(tables) = tables {
                if *name != first && !tables.readings.contains(name) {
                    problems.push(Problem::new(
                        format!("`reliability.readings` names `{name}`, and no table has a reading of this name"),
                        format!("the rows of `features` are `{first}`; the tables' further readings are {}", listed(&tables.readings)),
                    ));
                }
            } else if *name != first && !rule.files.contains_key(name) {
                problems.push(Problem::new(
                    format!("`reliability.readings` names `{name}`, and `reliability.files` has no masks of it"),
                    format!("the contours of `sequences` are `{first}`; give the masks of every other reading"),
                ));
            }
        }
        if pair[0] == pair[1] {
            problems.push(Problem::new(
                format!("`reliability.readings` compares `{}` with itself", pair[0]),
                "name two readings",
            ));
        }
    }
    if tables.is_some() {
        return;
    }
    for (reading, masks) in &rule.files {
        for name in file
            .sequences
            .keys()
            .filter(|name| !masks.contains_key(*name))
        {
            problems.push(Problem::new(
                format!("`reliability.files.{reading}` has no masks of the sequence `{name}`"),
                "every reading covers every sequence",
            ));
        }
        for name in masks
            .keys()
            .filter(|name| !file.sequences.contains_key(*name))
        {
            problems.push(Problem::new(
                format!("`reliability.files.{reading}` names the sequence `{name}`, which `sequences` does not have"),
                format!("sequences: {}", file.sequences.keys().cloned().collect::<Vec<_>>().join(", ")),
            ));
        }
    }
}

/// Names of the signatures of a study, in order.
pub(super) fn signature_names(sequences: &[String]) -> Vec<String> {
    let mut names: Vec<String> = sequences.iter().map(|name| format!("rs_{name}")).collect();
    if names.len() > 1 {
        names.push("rs_combined".to_owned());
    }
    names
}

fn nomogram_parts(
    file: &StudyFile,
    sequences: &[String],
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let signatures = signature_names(sequences);
    if file.nomogram.include.is_empty() {
        return signatures
            .last()
            .cloned()
            .into_iter()
            .chain(["clinical".to_owned()])
            .collect();
    }
    let parts = &file.nomogram.include;
    for part in parts {
        if part != "clinical" && !signatures.contains(part) {
            problems.push(Problem::new(
                format!("`nomogram.include` names `{part}`, which is no model of this study"),
                format!("choose from clinical, {}", signatures.join(", ")),
            ));
        }
        if parts.iter().filter(|other| *other == part).count() > 1 {
            problems.push(Problem::new(
                format!("`nomogram.include` names `{part}` more than once"),
                "name it once",
            ));
        }
    }
    file.nomogram.include.clone()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.join(", ")
}

fn check_numbers(file: &StudyFile, problems: &mut Vec<Problem>) {
    let mut demand = |holds: bool, text: String, hint: &str| {
        if !holds {
            problems.push(Problem::new(text, hint));
        }
    };
    let validation = &file.validation;
    demand(
        validation.folds >= 2,
        format!("`validation.folds` is {}", validation.folds),
        "cross-validation needs 2 folds or more; 5 is usual",
    );
    demand(
        validation.repeats >= 1,
        "`validation.repeats` is 0".to_owned(),
        "cross-validation is run at least once",
    );
    demand(
        validation.repeats.saturating_mul(validation.folds) <= 100_000
            && validation.bootstrap <= 1_000_000,
        "`validation` asks for more refits than would ever end".to_owned(),
        "10 repeats of 5 folds and 500 bootstrap samples are usual",
    );
    demand(
        file.selection.k >= 1,
        "`selection.k` is 0".to_owned(),
        "30 is usual",
    );
    demand(
        file.signature.alpha > 0.0 && file.signature.alpha <= 1.0,
        format!("`signature.alpha` is {}", file.signature.alpha),
        "1 is the LASSO; an elastic net lies above 0 and below 1",
    );
    if let Folds::Count(folds) = file.signature.folds {
        demand(
            (3..=1000).contains(&folds),
            format!("`signature.folds` is {folds}"),
            "3 folds or more; 10 is usual",
        );
    }
    demand(
        file.clinical.p > 0.0 && file.clinical.p <= 1.0,
        format!("`clinical.p` is {}", file.clinical.p),
        "a significance level lies between 0 and 1; 0.05 is usual",
    );
    missing::check_settings(file, &mut demand);
    if let Some(rule) = &file.harmonization {
        demand(
            rule.fit == HarmonizationFit::Training || file.mode == Mode::AsPublished,
            "`harmonization.fit: pooled` learns scanner effects from the external patients too"
                .to_owned(),
            "write `fit: training`; or `mode: as_published`, where the report says what was seen",
        );
    }
    if let Some(rule) = &file.reliability {
        if let Some(perturbations) = &rule.perturbations {
            perturbations.check(file.features.is_empty(), &mut demand);
        }
        demand(
            rule.threshold < 1.0 && rule.threshold >= -1.0,
            format!("`reliability.threshold` is {}", rule.threshold),
            "an ICC lies below 1; 0.75 is usual",
        );
    }
}

fn unmatched_warning(unmatched: &table::Unmatched) -> Warning {
    let mut text = format!("{}: ", unmatched.file);
    if !unmatched.lacking.is_empty() {
        text += &format!("no row for {}; ", unmatched.lacking.join(", "));
    }
    if !unmatched.left_out.is_empty() {
        text += &format!(
            "left out, not in the first table: {}; ",
            unmatched.left_out.join(", ")
        );
    }
    for (lacking, left_out) in &unmatched.alike {
        text += &format!("{lacking} and {left_out} look alike but are spelt differently; ");
    }
    Warning::new("unmatched_ids", text.trim_end_matches("; "))
}

/// With `unseen: error`, the external scanners that training does not have.
fn unseen_batches(file: &StudyFile, cohort: &Cohort) -> Option<Problem> {
    let rule = file.harmonization.as_ref()?;
    if rule.unseen != super::file::UnseenBatch::Error {
        return None;
    }
    let of = |split: Split| {
        cohort
            .patients
            .iter()
            .filter(move |patient| patient.split == split)
            .map(|patient| &patient.batch)
    };
    let train: std::collections::BTreeSet<_> = of(Split::Train).collect();
    let unseen: std::collections::BTreeSet<_> = of(Split::External)
        .filter(|name| !train.contains(name))
        .collect();
    (!unseen.is_empty()).then(|| {
        let names: Vec<&str> = unseen.into_iter().map(String::as_str).collect();
        Problem::new(
            format!("training has no patient of the scanner {}, and `harmonization.unseen` is `error`", names.join(", ")),
            "write `unseen: none` to leave its values as they are, or `unseen: own` to estimate its effect from its own rows",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn an_unset_variable_is_an_error_that_names_it() {
        let problem = expand("${RADIOME_SURELY_UNSET}/a.csv").unwrap_err();
        assert!(problem.text.contains("RADIOME_SURELY_UNSET"));
        assert_eq!(expand("masks/{id}.nii.gz").unwrap(), "masks/{id}.nii.gz");
        assert!(expand("${OPEN").is_err());
    }
}
