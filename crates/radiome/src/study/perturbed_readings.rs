//! Features of perturbed images and contours, as further readings of some training patients.

use nalgebra::DMatrix;
use radiome_stats::resampling::shuffle;

use super::extraction::{Purpose, cases, without_folders, write_row};
use super::perturbations::{Perturbations, PerturbedPatients};
use super::{Cohort, Split, Study, StudyFeatures};
use crate::extract::{Batch, PerturbedCase};
use crate::results::Warning;
use crate::validation::Stream;

/// Adds the perturbed readings to the features of a study, if its file asks for them, and a warning
/// of those that failed.
pub(super) fn add(study: &mut Study, cohort: &Cohort, features: &mut StudyFeatures, batch: &Batch) {
    let reliability = study.file.reliability.as_ref();
    let Some(rule) = reliability.and_then(|rule| rule.perturbations.clone()) else {
        return;
    };
    let warning = extract(study, &rule, cohort, features, batch);
    study.warnings.extend(warning);
}

fn extract(
    study: &Study,
    rule: &Perturbations,
    cohort: &Cohort,
    features: &mut StudyFeatures,
    batch: &Batch,
) -> Option<Warning> {
    let (purposes, cases): (Vec<_>, Vec<_>) =
        perturbed_cases(study, rule, cohort).into_iter().unzip();
    let rows = batch.run_perturbed(&cases, &study.processing());

    let unknown = || DMatrix::from_element(cohort.patients.len(), features.columns.len(), f64::NAN);
    let mut readings: Vec<DMatrix<f64>> = (0..rule.repeats).map(|_| unknown()).collect();
    let mut failures = Vec::new();
    for ((purpose, case), rows) in purposes.iter().zip(&cases).zip(rows) {
        let own = |column: &super::FeatureColumn| column.sequence == purpose.sequence;
        let offset = features.columns.iter().position(own).unwrap_or(0);
        for (number, (values, row)) in readings.iter_mut().zip(rows).enumerate() {
            match row {
                Ok(row) => write_row(values, purpose.patient, offset, &row),
                Err(failure) => failures.push(format!(
                    "{} ({}, reading {}): {}",
                    failure.id,
                    study.sequences[purpose.sequence].name,
                    number + 1,
                    without_folders(&failure, &case.case).message
                )),
            }
        }
    }
    features.readings.extend(rule.reading_names().zip(readings));
    let first = failures.first()?;
    Some(Warning::new(
        "perturbation_failed",
        format!(
            "{} perturbed readings could not be used, and their patients do not count for the \
             agreement between perturbed images; the first: {first}",
            failures.len()
        ),
    ))
}

/// The images that are perturbed, each with what it is for.
pub(super) fn perturbed_cases(
    study: &Study,
    rule: &Perturbations,
    cohort: &Cohort,
) -> Vec<(Purpose, PerturbedCase)> {
    let read = chosen(study, rule, cohort);
    let (cases, purposes) = cases(study, cohort, &[]);
    let sequences = study.sequences.len();
    let mut perturbed = Vec::new();
    for (case, purpose) in cases.into_iter().zip(purposes) {
        if !read.contains(&purpose.patient) {
            continue;
        }
        // By the row in the tables, so that a patient left out does not change the others' chance.
        let row = cohort.patients[purpose.patient].row;
        let stream = Stream::Perturbation((row * sequences + purpose.sequence) as u32);
        let mut generator = stream.generator(study.file.seed);
        let perturbations = rule.draw(&mut generator);
        let case = PerturbedCase {
            case,
            perturbations,
            generator,
        };
        perturbed.push((purpose, case));
    }
    perturbed
}

/// The training patients who are read, by their place in the cohort.
fn chosen(study: &Study, rule: &Perturbations, cohort: &Cohort) -> Vec<usize> {
    let mut training: Vec<usize> = (0..cohort.patients.len())
        .filter(|&patient| cohort.patients[patient].split == Split::Train)
        .collect();
    if let PerturbedPatients::Count(count) = rule.patients
        && count < training.len()
    {
        let mut generator = Stream::PerturbedPatients.generator(study.file.seed);
        shuffle(&mut training, &mut generator);
        training.truncate(count);
    }
    training
}
