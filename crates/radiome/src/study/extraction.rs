//! From the images of a study to its feature table.

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome_features::{FeatureRow, UndefinedReason};

use super::{Cohort, Study, StudyError};
use crate::extract::{self, Batch, Case, Failure, Label, Progress, Remark, Remarks, remark_lines};
use crate::quality::{Looks, Quality};
use crate::results::{Exclusion, Warning};
use crate::resumption::Resumption;
use crate::validation::Stream;

/// One feature of one sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureColumn {
    /// PyRadiomics' name with the sequence in front: `T1_original_glcm_Contrast`.
    pub name: String,
    /// Number of its sequence.
    pub sequence: usize,
}

/// A feature that a patient's region does not define: NaN, or a value by convention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndefinedFeature {
    /// Row of the patient in the matrices.
    pub patient: usize,
    /// Name of the reading.
    pub reading: String,
    /// Name of its column.
    pub feature: String,
    /// Why.
    pub reason: UndefinedReason,
}

/// Features of every analysed patient.
#[derive(Clone, Debug)]
pub struct StudyFeatures {
    /// The columns of the matrices.
    pub columns: Vec<FeatureColumn>,
    /// Features of the first reading, in the order of the cohort's patients.
    pub values: DMatrix<f64>,
    /// Further readings by name; NaN where a patient was not read again.
    pub readings: IndexMap<String, DMatrix<f64>>,
    /// Diagnostics of the first reading by sequence, one row a patient.
    pub diagnostics: Vec<Vec<Vec<(String, String)>>>,
    /// What is not defined, by patient, reading (the first before the others) and column.
    pub undefined: Vec<UndefinedFeature>,
    /// Every case that failed, of any reading.
    pub failures: Vec<Failure>,
    /// What a look at the images and the study's own contours showed; `None` without images.
    pub quality: Option<Quality>,
}

/// What a case of the batch is for.
pub(super) struct Purpose {
    pub(super) patient: usize,
    pub(super) sequence: usize,
    /// `None` for the study's own contours.
    pub(super) reading: Option<usize>,
}

/// Extracts every sequence and reading of every patient. Patients with a sequence that fails are
/// taken out of the cohort; a further reading that fails is only a warning.
///
/// # Errors
/// No patient is left, or the study cannot go on with those that are.
pub(super) fn extract(
    study: &Study,
    cohort: &mut Cohort,
    batch: &Batch,
    resumption: &Resumption,
) -> Result<(StudyFeatures, Vec<Warning>), StudyError> {
    let readings: Vec<String> = study
        .file
        .reliability
        .iter()
        .flat_map(|rule| rule.files.keys().cloned())
        .collect();
    let (cases, purposes) = cases(study, cohort, &readings);
    let remarks = Remarks::default();
    let looks = Looks::default();
    let rows = batch.run_observed(&cases, &study.processing(), &|observed| {
        remarks.take(&observed);
        let purpose = &purposes[observed.place];
        if purpose.reading.is_none() {
            let plan = &study.sequences[purpose.sequence];
            let id = &cases[observed.place].id;
            looks.take(&observed, id, &plan.name, plan.suv);
        }
    });
    // A case that did not begin is no patient to leave out.
    resumption.check()?;
    let quality = looks.finish(|place| {
        let failure = rows[place].as_ref().err()?;
        Some(without_folders(failure, &cases[place]).message)
    });

    let mut failures = Vec::new();
    let mut exclusions: IndexMap<usize, Exclusion> = IndexMap::new();
    let mut unread = Vec::new();
    for ((case, purpose), row) in cases.iter().zip(&purposes).zip(&rows) {
        let Err(failure) = row else { continue };
        let failure = without_folders(failure, case);
        let sequence = &study.sequences[purpose.sequence].name;
        match purpose.reading {
            None => {
                let id = cohort.patients[purpose.patient].id.clone();
                exclusions
                    .entry(purpose.patient)
                    .or_insert_with(|| Exclusion {
                        id,
                        reason_code: failure.reason.code().to_owned(),
                        reason: format!("{sequence}: {}", failure.message),
                    });
            }
            Some(reading) => unread.push(format!(
                "{} ({sequence}, {})",
                failure.id, readings[reading]
            )),
        }
        failures.push(failure);
    }
    let kept: Vec<usize> = (0..cohort.patients.len())
        .filter(|patient| !exclusions.contains_key(patient))
        .collect();
    let place: IndexMap<usize, usize> = kept
        .iter()
        .enumerate()
        .map(|(place, &patient)| (patient, place))
        .collect();
    if kept.is_empty() && !exclusions.is_empty() {
        return Err(nobody(&exclusions));
    }
    cohort.exclude(exclusions.into_values().collect());
    let problems = cohort.obstacles(&study.file);
    if !problems.is_empty() {
        return Err(StudyError::Invalid { problems });
    }

    let columns = columns(study);
    let offsets: Vec<usize> = (0..study.sequences.len())
        .map(|sequence| {
            columns
                .iter()
                .take_while(|column| column.sequence < sequence)
                .count()
        })
        .collect();
    let unknown = || DMatrix::from_element(kept.len(), columns.len(), f64::NAN);
    let mut values = unknown();
    let mut again: IndexMap<String, DMatrix<f64>> = readings
        .iter()
        .map(|name| (name.clone(), unknown()))
        .collect();
    let mut diagnostics = vec![vec![Vec::new(); study.sequences.len()]; kept.len()];
    let mut undefined = Vec::new();
    for (purpose, row) in purposes.iter().zip(rows) {
        let (Ok(row), Some(&patient)) = (row, place.get(&purpose.patient)) else {
            continue;
        };
        let matrix = match purpose.reading {
            None => &mut values,
            Some(reading) => &mut again[&readings[reading]],
        };
        write_row(matrix, patient, offsets[purpose.sequence], &row);
        let sequence = &study.sequences[purpose.sequence].name;
        let reading = match purpose.reading {
            None => &study.first_reading,
            Some(reading) => &readings[reading],
        };
        let found = row.undefined.iter().map(|(feature, reason)| {
            let found = UndefinedFeature {
                patient,
                reading: reading.clone(),
                feature: column_name(sequence, feature),
                reason: *reason,
            };
            (purpose.reading, found)
        });
        undefined.extend(found);
        if purpose.reading.is_none() {
            diagnostics[patient][purpose.sequence] = row.diagnostics;
        }
    }
    // They came sequence by sequence; each sequence's columns are in order.
    undefined.sort_by_key(|(reading, found)| (found.patient, *reading));
    let said = remarks.lines(&cases).into_iter();
    let mut warnings: Vec<Warning> = said.map(|r| Warning::new(r.code, r.text)).collect();
    if !unread.is_empty() {
        warnings.push(Warning::new(
            "reading_failed",
            format!(
                "further readings that could not be used: {}",
                unread.join(", ")
            ),
        ));
    }
    let features = StudyFeatures {
        columns,
        values,
        readings: again,
        diagnostics,
        undefined: undefined.into_iter().map(|(_, found)| found).collect(),
        failures,
        quality: Some(quality),
    };
    Ok((features, warnings))
}

/// The features of images whose voxels were shuffled inside the contour, one row a patient of the
/// cohort and the columns of [`extract`]. Every image has chance of its own, by the patient's row in
/// the tables, so that who else is in the study does not matter.
///
/// # Errors
/// The cases that failed, if any did.
pub(super) fn extract_shuffled(
    study: &Study,
    cohort: &Cohort,
    batch: &Batch,
) -> Result<DMatrix<f64>, Vec<Failure>> {
    let (cases, purposes) = cases(study, cohort, &[]);
    let generator = |place: usize| {
        let purpose = &purposes[place];
        let row = cohort.patients[purpose.patient].row;
        let number = row * study.sequences.len() + purpose.sequence;
        Stream::ShuffledVoxels(number as u32).generator(study.file.seed)
    };
    let rows = batch.run_shuffled(&cases, &study.processing(), &generator);
    let columns = columns(study);
    let mut values = DMatrix::from_element(cohort.patients.len(), columns.len(), f64::NAN);
    let mut failures = Vec::new();
    for ((case, purpose), row) in cases.iter().zip(&purposes).zip(rows) {
        let before = |column: &&FeatureColumn| column.sequence < purpose.sequence;
        match row {
            Ok(row) => {
                let offset = columns.iter().take_while(before).count();
                write_row(&mut values, purpose.patient, offset, &row);
            }
            Err(failure) => failures.push(without_folders(&failure, case)),
        }
    }
    if failures.is_empty() {
        Ok(values)
    } else {
        Err(failures)
    }
}

/// The error of a study in which no patient's images can be used, with the reasons counted.
fn nobody(exclusions: &IndexMap<usize, Exclusion>) -> StudyError {
    let mut reasons: IndexMap<&str, (usize, &Exclusion)> = IndexMap::new();
    for exclusion in exclusions.values() {
        let code = exclusion.reason_code.as_str();
        reasons.entry(code).or_insert((0, exclusion)).0 += 1;
    }
    let reasons = reasons.iter().map(|(code, (count, first))| {
        format!("{code} in {count}, first in {}: {}", first.id, first.reason)
    });
    StudyError::invalid(
        format!(
            "none of the {} patients has images and contours that can be used ({})",
            exclusions.len(),
            reasons.collect::<Vec<_>>().join("; ")
        ),
        "look at the patterns under `sequences` and at one of the files; `radiome study check` lists every patient",
    )
}

/// What reading every image and contour of a study showed.
#[derive(Clone, Debug)]
pub struct CheckedImages {
    /// Images with their contours, of every reading.
    pub cases: usize,
    /// Those that cannot be used.
    pub failures: Vec<Failure>,
    /// What reading them showed.
    pub remarks: Vec<Remark>,
}

impl Study {
    /// Reads every image and contour and checks that they fit together; computes no feature.
    #[must_use]
    pub fn check_images(&self, jobs: Option<usize>, progress: Progress) -> CheckedImages {
        let readings: Vec<String> = self
            .file
            .reliability
            .iter()
            .flat_map(|rule| rule.files.keys().cloned())
            .collect();
        let (cases, _) = cases(self, &self.cohort, &readings);
        let checked = extract::check(&cases, &self.processing(), jobs, progress);
        let (mut failures, mut remarks) = (Vec::new(), Vec::new());
        for (case, checked) in cases.iter().zip(checked) {
            match checked {
                Ok(said) => remarks.extend(said.into_iter().map(|said| (case.id.clone(), said))),
                Err(failure) => failures.push(failure),
            }
        }
        CheckedImages {
            cases: cases.len(),
            failures,
            remarks: remark_lines(&remarks),
        }
    }
}

pub(super) fn cases(
    study: &Study,
    cohort: &Cohort,
    readings: &[String],
) -> (Vec<Case>, Vec<Purpose>) {
    let (mut cases, mut purposes) = (Vec::new(), Vec::new());
    for (patient, known) in cohort.patients.iter().enumerate() {
        for (sequence, plan) in study.sequences.iter().enumerate() {
            let path = |pattern: &str| study.folder.join(pattern.replace("{id}", &known.id));
            let label = plan
                .label
                .as_deref()
                .and_then(|label| label.parse::<Label>().ok());
            let case = |mask: &str| Case {
                id: known.id.clone(),
                image: path(&plan.image),
                mask: path(mask),
                label: label.clone(),
                channel: None,
                protocol: sequence,
            };
            cases.push(case(&plan.mask));
            purposes.push(Purpose {
                patient,
                sequence,
                reading: None,
            });
            for (reading, name) in readings.iter().enumerate() {
                // Only some patients are read again: a mask that is not there is no failure.
                let Some(mask) = plan.readings.get(name) else {
                    continue;
                };
                if path(mask).exists() {
                    cases.push(case(mask));
                    purposes.push(Purpose {
                        patient,
                        sequence,
                        reading: Some(reading),
                    });
                }
            }
        }
    }
    (cases, purposes)
}

/// The columns of a study, sequence by sequence.
fn columns(study: &Study) -> Vec<FeatureColumn> {
    let of = |(sequence, plan): (usize, &super::SequencePlan)| {
        let name = plan.name.clone();
        let features = plan.protocol.features().into_iter();
        features.map(move |feature| FeatureColumn {
            name: column_name(&name, &feature.name),
            sequence,
        })
    };
    study.sequences.iter().enumerate().flat_map(of).collect()
}

fn column_name(sequence: &str, feature: &str) -> String {
    format!("{sequence}_{feature}")
}

pub(super) fn write_row(
    matrix: &mut DMatrix<f64>,
    row: usize,
    offset: usize,
    features: &FeatureRow,
) {
    for (place, (_, value)) in features.features.iter().enumerate() {
        matrix[(row, offset + place)] = *value;
    }
}

/// The failure with file names for paths: what is written does not depend on where the data are.
pub(super) fn without_folders(failure: &Failure, case: &Case) -> Failure {
    let mut message = failure.message.clone();
    for path in [&case.image, &case.mask] {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        message = message.replace(&path.display().to_string(), &name);
    }
    Failure {
        message,
        ..failure.clone()
    }
}
