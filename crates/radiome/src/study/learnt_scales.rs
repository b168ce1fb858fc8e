//! Standard scales of intensities that a study learns from the images of its training patients.
//!
//! The percentiles of every training image are found once. The scale of the final model is their
//! mean over all training patients who are analysed; each resample takes the mean over its own
//! ([`Intensities`](crate::pipeline::Intensities)).

use std::collections::{BTreeMap, HashSet};

use radiome_image::correct::NyulStandard;

use super::extraction::{self, cases};
use super::{Cohort, Split, Study, StudyError, StudyFeatures};
use crate::correction::{Correction, Step};
use crate::extract::{Batch, Case, Failure, Processing, Reason};
use crate::pipeline::LostPatient;
use crate::quality::Quality;
use crate::results::Warning;
use crate::resumption::Resumption;

/// A scale of one sequence, and what it is learnt from.
#[derive(Clone, Debug)]
pub(super) struct LearntScale {
    pub(super) sequence: usize,
    /// Which step of its corrections.
    pub(super) step: usize,
    /// Percentiles of the image of each training patient, by the row in the tables.
    pub(super) percentiles: BTreeMap<usize, Vec<f64>>,
    /// Learnt from all training patients of the cohort.
    pub(super) standard: NyulStandard,
}

/// Whose images the final scale is learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LearntFrom {
    /// The training patients who are analysed: those that resamples are drawn from.
    Analysed,
    /// Every training image that can be read, also of patients who are left out for another.
    EveryImage,
}

/// Learns the scales that are to be learnt, and computes the features on them. A training patient
/// whose features cannot be computed is left out of the scale too, where that is asked for.
///
/// # Errors
/// A scale for which no training image can be used, or of which one was changed meanwhile; see also
/// [`extraction::extract`].
pub(super) fn extract(
    study: &mut Study,
    cohort: &mut Cohort,
    batch: &Batch,
    resumption: &Resumption,
    from: LearntFrom,
) -> Result<(StudyFeatures, Vec<Warning>, Vec<LearntScale>), StudyError> {
    let mut scales = learn(study, cohort, batch, resumption)?;
    let order: Vec<String> = cohort.patients.iter().map(|one| one.id.clone()).collect();
    let mut failures: Vec<Failure> = Vec::new();
    let mut sheets = Vec::new();
    loop {
        let before: HashSet<usize> = rows_of_training(cohort).collect();
        let (mut features, warnings) = extraction::extract(study, cohort, batch, resumption)?;
        let left: HashSet<usize> = rows_of_training(cohort).collect();
        let counted = |row: &usize| {
            let known = |scale: &LearntScale| scale.percentiles.contains_key(row);
            scales.iter().any(known)
        };
        let relearn = from == LearntFrom::Analysed && before.difference(&left).any(counted);
        if !relearn {
            failures.append(&mut features.failures);
            features.failures = failures;
            if let Some(quality) = &mut features.quality {
                quality.sheets.append(&mut sheets);
                quality.sort_by_patients(&order);
            }
            return Ok((features, warnings, scales));
        }
        // Those who were left out are not read again: what was seen of them is kept.
        let stays: HashSet<&str> = cohort.patients.iter().map(|one| one.id.as_str()).collect();
        let gone = |id: &str| !stays.contains(id);
        failures.extend(features.failures.into_iter().filter(|one| gone(&one.id)));
        let seen = features.quality.unwrap_or_else(Quality::default).sheets;
        sheets.extend(seen.into_iter().filter(|sheet| gone(&sheet.id)));
        for scale in &mut scales {
            let training: Vec<usize> = rows_of_training(cohort).collect();
            let found = training.iter().filter_map(|row| scale.percentiles.get(row));
            let found: Vec<Vec<f64>> = found.cloned().collect();
            scale.standard = standard(study, scale.sequence, &found, None)?;
            set(study, scale.sequence, scale.step, &scale.standard);
        }
    }
}

fn rows_of_training(cohort: &Cohort) -> impl Iterator<Item = usize> + '_ {
    let training = |patient: &&super::Patient| patient.split == Split::Train;
    cohort.patients.iter().filter(training).map(|one| one.row)
}

/// Learns every scale that is still to be learnt, from the images of the training patients; one that
/// cannot be used is passed over here and fails when its features are computed.
fn learn(
    study: &mut Study,
    cohort: &Cohort,
    batch: &Batch,
    resumption: &Resumption,
) -> Result<Vec<LearntScale>, StudyError> {
    let mut scales = Vec::new();
    for sequence in 0..study.sequences.len() {
        while let Some(step) = study.sequences[sequence].correction.to_be_learnt() {
            let scale = scale(study, cohort, [sequence, step], batch, resumption)?;
            set(study, sequence, step, &scale.standard);
            scales.push(scale);
        }
    }
    Ok(scales)
}

/// Puts a scale into its step.
fn set(study: &mut Study, sequence: usize, step: usize, learnt: &NyulStandard) {
    let steps = &mut study.sequences[sequence].correction.steps;
    if let Some(Step::Nyul { standard, .. }) = steps.get_mut(step) {
        *standard = Some(learnt.clone());
    }
}

/// The scale of one step of one sequence.
fn scale(
    study: &Study,
    cohort: &Cohort,
    [sequence, place]: [usize; 2],
    batch: &Batch,
    resumption: &Resumption,
) -> Result<LearntScale, StudyError> {
    let plan = &study.sequences[sequence];
    let (steps, step) = plan.correction.steps.split_at(place);
    let before = Processing {
        correction: Correction {
            steps: steps.to_vec(),
        },
        ..plan.processing()
    };
    let (cases, purposes) = cases(study, cohort, &[]);
    let own = cases.into_iter().zip(purposes).filter(|(_, purpose)| {
        purpose.sequence == sequence && cohort.patients[purpose.patient].split == Split::Train
    });
    let row =
        |(case, purpose): (Case, extraction::Purpose)| (case, cohort.patients[purpose.patient].row);
    let (training, rows): (Vec<Case>, Vec<usize>) = own.map(row).unzip();
    let found = batch.run_percentiles(&training, &before, &step[0]);
    // An image that did not begin is none to pass over.
    resumption.check()?;
    let mut failures = found.iter().filter_map(|one| one.as_ref().err());
    // One that was changed while it was read may be good when its features are computed.
    let changed = |failure: &&Failure| failure.reason == Reason::ChangedWhileReading;
    if let Some(failure) = failures.clone().find(changed) {
        return Err(StudyError::invalid(
            format!(
                "`sequences.{}.correct`: the scale of nyul cannot be learnt: {failure}",
                plan.name
            ),
            "run the same command again with --resume: what was finished is kept",
        ));
    }
    let failure = failures.next().cloned();
    let known = rows.into_iter().zip(found);
    let known: Vec<(usize, Vec<f64>)> = known
        .filter_map(|(row, found)| Some((row, found.ok()?)))
        .collect();
    let in_order: Vec<Vec<f64>> = known.iter().map(|(_, found)| found.clone()).collect();
    Ok(LearntScale {
        sequence,
        step: place,
        standard: standard(study, sequence, &in_order, failure.as_ref())?,
        percentiles: known.into_iter().collect(),
    })
}

fn standard(
    study: &Study,
    sequence: usize,
    found: &[Vec<f64>],
    failure: Option<&Failure>,
) -> Result<NyulStandard, StudyError> {
    NyulStandard::of_percentiles(found).map_err(|error| {
        let why = failure.map_or_else(|| error.to_string(), ToString::to_string);
        StudyError::invalid(
            format!(
                "`sequences.{}.correct`: the scale of nyul cannot be learnt, since no training \
                 image can be used; the first: {why}",
                study.sequences[sequence].name
            ),
            "`radiome study check` lists every patient",
        )
    })
}

/// A study with two scales of one sequence, which resamples cannot learn: what the second is learnt
/// from depends on the first.
pub(super) fn two_of_one(study: &Study, scales: &[LearntScale]) -> Option<StudyError> {
    let twice = scales
        .windows(2)
        .find(|pair| pair[0].sequence == pair[1].sequence)?;
    let name = &study.sequences[twice[0].sequence].name;
    let problems = vec![super::corrections::second_scale(&format!(
        "sequences.{name}.correct"
    ))];
    Some(StudyError::Invalid { problems })
}

/// A warning of patients whose features could not be computed on the scales of some resamples, each
/// given with those it lost.
pub(super) fn lost<'a>(
    cohort: &Cohort,
    resamples: impl Iterator<Item = &'a [LostPatient]>,
) -> Option<Warning> {
    let mut counts: BTreeMap<usize, (usize, &str)> = BTreeMap::new();
    let mut count = 0;
    for lost in resamples {
        count += 1;
        for one in lost {
            counts.entry(one.patient).or_insert((0, &one.why)).0 += 1;
        }
    }
    if counts.is_empty() {
        return None;
    }
    let told: Vec<String> = counts
        .into_iter()
        .map(|(patient, (times, why))| {
            let id = cohort
                .patients
                .get(patient)
                .map_or("?", |one| one.id.as_str());
            format!("{id} in {times} ({why})")
        })
        .collect();
    Some(Warning::new(
        "lost_on_a_scale",
        format!(
            "on the standard scales of intensities of some of the {count} resamples, the features of \
             a patient could not be computed; there nothing was learnt from the patient, and the mean \
             was taken for each missing feature where the patient was predicted: {}",
            told.join("; ")
        ),
    ))
}
