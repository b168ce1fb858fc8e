//! The run folder: everything that a study wrote, as files that can be read without radiome.
//!
//! Nothing in it depends on the clock, the host, the path or the number of threads, but for
//! `timing.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use rayon::prelude::*;
use serde::Serialize;
use thiserror::Error;

use crate::correction::Correction;
use crate::extract::{Failure, failure_table};
use crate::input_hash::input_hash;
use crate::interruption::Interruption;
use crate::model::Model;
use crate::pipeline::Predictions;
use crate::quality::{self, Quality};
use crate::results::Results;
use crate::resumption::Resumption;
use crate::study::{Cohort, Study, StudyFeatures, UndefinedFeature};
use crate::table::{Table, TableError, number_text};
use crate::validation::CrossValidation;

/// How the header of `features.csv` begins.
const FEATURES_BEGIN: &str = "id,reading,";

/// The folder of what a run has finished, until all of it is.
const UNFINISHED: &str = ".partial";

/// Why a run folder cannot be written or read.
#[derive(Debug, Error)]
pub enum RunFolderError {
    /// The folder holds something else.
    #[error("{} holds files that no study wrote; name an empty or a new folder with --out", .0.display())]
    NotARunFolder(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A table cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// A run folder.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes the folder, or takes the folder of an earlier run.
    ///
    /// # Errors
    /// A folder that holds other things, or that cannot be made.
    pub fn create(path: &Path) -> Result<Self, RunFolderError> {
        let unwritable = |source| RunFolderError::Unwritable {
            path: path.to_owned(),
            source,
        };
        fs::create_dir_all(path).map_err(unwritable)?;
        let empty = fs::read_dir(path).map_err(unwritable)?.next().is_none();
        if !empty && !is_run_folder(path) && !path.join(UNFINISHED).is_dir() {
            return Err(RunFolderError::NotARunFolder(path.to_owned()));
        }
        let folder = Self {
            path: path.to_owned(),
        };
        // A run that stops half-way must not leave the results of the one before beside its own.
        for name in [
            "results.json",
            "model.json",
            "model_card.md",
            "predictions.csv",
            "folds.csv",
            "failures.csv",
            "undefined.csv",
            "record.json",
            "timing.json",
            "report.html",
            "nomogram.html",
            "quality.json",
            "quality.html",
        ] {
            folder.remove(name)?;
        }
        folder.clear_drawings()?;
        Ok(folder)
    }

    /// Takes the folder of a finished run.
    ///
    /// # Errors
    /// A folder without `results.json`.
    pub fn open(path: &Path) -> Result<Self, RunFolderError> {
        let results = path.join("results.json");
        if !results.is_file() {
            let reason =
                "there is no such file; name the folder that `radiome study run` wrote".to_owned();
            return Err(RunFolderError::Unreadable {
                path: results,
                reason,
            });
        }
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Keeps what is finished in the folder; with `resume`, what an unfinished run had done is used.
    pub(crate) fn unfinished(
        &self,
        resume: bool,
        interruption: &Interruption,
    ) -> Result<Resumption, RunFolderError> {
        let path = self.path.join(UNFINISHED);
        Resumption::open(&path, resume, interruption)
            .map_err(|source| RunFolderError::Unwritable { path, source })
    }

    /// Removes what was kept, now that the run is finished.
    pub(crate) fn remove_unfinished(&self, resumption: &Resumption) -> Result<(), RunFolderError> {
        let path = self.path.join(UNFINISHED);
        resumption
            .remove()
            .map_err(|source| RunFolderError::Unwritable { path, source })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn remove(&self, name: &str) -> Result<(), RunFolderError> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(RunFolderError::Unwritable { path, source })
            }
            _ => Ok(()),
        }
    }

    /// Removes the figures and tables of an earlier run.
    pub(crate) fn clear_drawings(&self) -> Result<(), RunFolderError> {
        for (name, endings) in [
            ("figures", ["svg", "png", "pdf"].as_slice()),
            ("tables", ["csv"].as_slice()),
            ("checklists", ["csv"].as_slice()),
        ] {
            let Ok(entries) = fs::read_dir(self.path.join(name)) else {
                continue;
            };
            for path in entries.flatten().map(|entry| entry.path()) {
                let ending = path
                    .extension()
                    .and_then(|ending| ending.to_str())
                    .unwrap_or("");
                if endings.contains(&ending) {
                    fs::remove_file(&path)
                        .map_err(|source| RunFolderError::Unwritable { path, source })?;
                }
            }
        }
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), RunFolderError> {
        let path = self.path.join(name);
        fs::write(&path, text).map_err(|source| RunFolderError::Unwritable { path, source })
    }

    fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), RunFolderError> {
        let text =
            serde_json::to_string_pretty(value).map_err(|error| RunFolderError::Unwritable {
                path: self.path.join(name),
                source: error.into(),
            })?;
        self.write(name, &(text + "\n"))
    }

    /// JSON without blanks, for what nobody reads line by line.
    fn write_compact(&self, name: &str, value: &impl Serialize) -> Result<(), RunFolderError> {
        let text = serde_json::to_string(value).map_err(|error| RunFolderError::Unwritable {
            path: self.path.join(name),
            source: error.into(),
        })?;
        self.write(name, &(text + "\n"))
    }

    /// `features.csv`: one row a patient and reading; features only, with the sequence in front.
    pub(crate) fn write_features(
        &self,
        study: &Study,
        cohort: &Cohort,
        features: &StudyFeatures,
    ) -> Result<(), RunFolderError> {
        let mut rows: Vec<(usize, String, &nalgebra::DMatrix<f64>)> = Vec::new();
        for row in 0..cohort.patients.len() {
            rows.push((row, study.first_reading.clone(), &features.values));
            for (name, values) in &features.readings {
                if values.row(row).iter().any(|value| !value.is_nan()) {
                    rows.push((row, name.clone(), values));
                }
            }
        }
        let mut table = Table::new("features.csv", rows.len());
        table.push_texts(
            "id",
            rows.iter()
                .map(|(row, ..)| cohort.patients[*row].id.clone())
                .collect(),
        )?;
        table.push_texts(
            "reading",
            rows.iter().map(|(_, name, _)| name.clone()).collect(),
        )?;
        for (place, column) in features.columns.iter().enumerate() {
            let values: Vec<f64> = rows
                .iter()
                .map(|(row, _, values)| values[(*row, place)])
                .collect();
            table.push_numbers(&column.name, &values)?;
        }
        Ok(table.write(&self.path.join("features.csv"))?)
    }

    /// `undefined.csv`: one row for each number of `features.csv` that the region does not define,
    /// NaN or a value by convention, with the reason's code ([`UndefinedReason::code`]).
    ///
    /// [`UndefinedReason::code`]: radiome_features::UndefinedReason::code
    pub(crate) fn write_undefined(
        &self,
        cohort: &Cohort,
        features: &StudyFeatures,
    ) -> Result<(), RunFolderError> {
        let found = &features.undefined;
        let column = |cell: &dyn Fn(&UndefinedFeature) -> String| found.iter().map(cell).collect();
        let mut table = Table::new("undefined.csv", found.len());
        let id = |one: &UndefinedFeature| cohort.patients[one.patient].id.clone();
        table.push_texts("id", column(&id))?;
        table.push_texts("reading", column(&|one| one.reading.clone()))?;
        table.push_texts("feature", column(&|one| one.feature.clone()))?;
        table.push_texts("reason_code", column(&|one| one.reason.code().to_owned()))?;
        Ok(table.write(&self.path.join("undefined.csv"))?)
    }

    /// `folds.csv`: the fold of each training patient, counted from 1, a column a repeat; no such
    /// column where nothing was cross-validated.
    pub(crate) fn write_folds(
        &self,
        cohort: &Cohort,
        train: &[usize],
        validation: Option<&CrossValidation>,
    ) -> Result<(), RunFolderError> {
        let mut table = Table::new("folds.csv", train.len());
        table.push_texts(
            "id",
            train
                .iter()
                .map(|&row| cohort.patients[row].id.clone())
                .collect(),
        )?;
        let repeats = validation.iter().flat_map(|validation| &validation.folds);
        for (repeat, folds) in repeats.enumerate() {
            let folds = folds.iter().map(|fold| (fold + 1).to_string()).collect();
            table.push_texts(&format!("repeat_{}", repeat + 1), folds)?;
        }
        Ok(table.write(&self.path.join("folds.csv"))?)
    }

    /// `predictions.csv`: the final models for everyone, and out of fold for the training patients
    /// (the mean over the repeats), where there was a cross-validation.
    pub(crate) fn write_predictions(
        &self,
        cohort: &Cohort,
        train: &[usize],
        predictions: &Predictions,
        validation: Option<&CrossValidation>,
    ) -> Result<(), RunFolderError> {
        let patients = &cohort.patients;
        let mut table = Table::new("predictions.csv", patients.len());
        table.push_texts(
            "id",
            patients.iter().map(|patient| patient.id.clone()).collect(),
        )?;
        table.push_texts(
            "split",
            patients
                .iter()
                .map(|patient| patient.split.name().to_owned())
                .collect(),
        )?;
        let outcome = patients
            .iter()
            .map(|patient| u8::from(patient.positive).to_string())
            .collect();
        table.push_texts("outcome", outcome)?;
        for (model, prediction) in &predictions.models {
            table.push_numbers(&format!("{model}_score"), &prediction.score)?;
            table.push_numbers(&format!("{model}_probability"), &prediction.probability)?;
            let mut out_of_fold = vec![String::new(); patients.len()];
            let means = validation.map(|all| all.mean_probability(model, train.len()));
            for (&row, value) in train.iter().zip(means.into_iter().flatten()) {
                out_of_fold[row] = number_text(value);
            }
            table.push_texts(&format!("{model}_probability_out_of_fold"), out_of_fold)?;
        }
        Ok(table.write(&self.path.join("predictions.csv"))?)
    }

    pub(crate) fn write_failures(&self, failures: &[Failure]) -> Result<(), RunFolderError> {
        Ok(failure_table(failures)?.write(&self.path.join("failures.csv"))?)
    }

    pub(crate) fn write_results(&self, results: &Results) -> Result<(), RunFolderError> {
        self.write_json("results.json", results)
    }

    /// `quality.json`: small pictures of the images with their contours, and what needs a look.
    pub(crate) fn write_quality(&self, quality: Option<&Quality>) -> Result<(), RunFolderError> {
        match quality {
            Some(quality) => self.write_compact("quality.json", quality),
            None => self.remove("quality.json"),
        }
    }

    /// Draws `quality.html` and `tables/quality.csv` from `quality.json`, where there is one.
    pub(crate) fn draw_quality(&self, results: &Results) -> Result<(), RunFolderError> {
        let path = self.path.join("quality.json");
        if !path.is_file() {
            return self.remove("quality.html");
        }
        let unreadable = |reason: String| RunFolderError::Unreadable {
            path: path.clone(),
            reason,
        };
        let text = fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
        let quality: Quality =
            serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        let study = &results.study;
        let page = quality::page(&quality, &study.name, &study.version)
            .map_err(|error| unreadable(error.to_string()))?;
        self.write("quality.html", &page)?;
        Ok(quality
            .table()?
            .write(&self.path.join("tables/quality.csv"))?)
    }

    /// Reads `results.json`.
    pub(crate) fn read_results(&self) -> Result<Results, RunFolderError> {
        let path = self.path.join("results.json");
        let text = fs::read_to_string(&path).map_err(|error| RunFolderError::Unreadable {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        Results::from_json(&text).map_err(|error| RunFolderError::Unreadable {
            path,
            reason: error.to_string(),
        })
    }

    pub(crate) fn write_model(&self, model: &Model) -> Result<(), RunFolderError> {
        self.write_json("model.json", model)
    }

    /// `model_card.md`: what the models are for, and how well they do.
    pub(crate) fn write_model_card(&self, card: &str) -> Result<(), RunFolderError> {
        self.write("model_card.md", card)
    }

    /// `record.json`: what a reader needs to run the same study again and know that it is the same.
    pub(crate) fn write_record(
        &self,
        study: &Study,
        cohort: &Cohort,
    ) -> Result<(), RunFolderError> {
        let features = study.feature_tables.iter().flat_map(|tables| &tables.files);
        let tables = study.tables.iter().chain(features).map(|path| {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            Ok((name.unwrap_or_default(), sha256(path)?))
        });
        let files: Vec<(String, PathBuf)> = cohort
            .patients
            .iter()
            .flat_map(|patient| {
                study.sequences.iter().flat_map(|sequence| {
                    let path =
                        |pattern: &str| study.folder.join(pattern.replace("{id}", &patient.id));
                    let named = |what: &str, pattern: &str| {
                        (
                            format!("{}/{}/{what}", patient.id, sequence.name),
                            path(pattern),
                        )
                    };
                    let again = sequence
                        .readings
                        .iter()
                        .map(move |(reading, mask)| (format!("mask_{reading}"), mask.clone()));
                    let mut files = vec![
                        named("image", &sequence.image),
                        named("mask", &sequence.mask),
                    ];
                    files.extend(
                        again
                            .map(|(what, mask)| named(&what, &mask))
                            .filter(|(_, path)| path.exists()),
                    );
                    files
                })
            })
            .collect();
        let hashes: Result<BTreeMap<String, String>, RunFolderError> = files
            .into_par_iter()
            .map(|(name, path)| Ok((name, sha256(&path)?)))
            .collect();
        let params = study
            .sequences
            .iter()
            .map(|plan| (plan.name.clone(), plan.params_text.clone()));
        let corrected = study
            .sequences
            .iter()
            .filter(|plan| !plan.correction.is_empty());
        let correction = corrected.map(|plan| (plan.name.clone(), &plan.correction));
        let record = Record {
            radiome: env!("CARGO_PKG_VERSION"),
            seed: study.file.seed,
            study: &study.text,
            params: params.collect(),
            correction: correction.collect(),
            tables_sha256: tables.collect::<Result<_, RunFolderError>>()?,
            images_sha256: hashes?,
        };
        self.write_json("record.json", &record)
    }

    pub(crate) fn write_timing(
        &self,
        seconds: &IndexMap<String, f64>,
    ) -> Result<(), RunFolderError> {
        self.write_json("timing.json", seconds)
    }
}

/// Whether a study wrote into the folder: its `features.csv`, the first file of a run, begins as a
/// study writes it. A name alone says little, since people have files of the same names.
fn is_run_folder(path: &Path) -> bool {
    let mut begin = [0; FEATURES_BEGIN.len()];
    let read =
        fs::File::open(path.join("features.csv")).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == *FEATURES_BEGIN.as_bytes()
}

/// What `record.json` holds.
#[derive(Serialize)]
struct Record<'a> {
    radiome: &'static str,
    seed: u64,
    study: &'a str,
    params: IndexMap<String, String>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    correction: IndexMap<String, &'a Correction>,
    tables_sha256: IndexMap<String, String>,
    images_sha256: BTreeMap<String, String>,
}

fn sha256(path: &Path) -> Result<String, RunFolderError> {
    input_hash(path).map_err(|(path, error)| RunFolderError::Unreadable {
        path,
        reason: error.to_string(),
    })
}
