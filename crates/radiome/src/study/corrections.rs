//! `sequences.X.correct`: corrections of intensity as the study file asks for them, and the scale
//! that is learnt from training images.

use std::path::Path;

use radiome_image::correct::NyulStandard;

use super::extraction::cases;
use super::file::{Mode, SequenceSource};
use super::{Cohort, Problem, SequencePlan, Split, Study, StudyError};
use crate::correction::{Correction, Step};
use crate::extract::{Batch, Case, Failure, Processing, Reason};
use crate::results::Warning;
use crate::resumption::Resumption;

/// What the corrections of a sequence mean; problems are added to those that were found.
pub(super) fn read(
    name: &str,
    source: &SequenceSource,
    mode: Mode,
    folder: &Path,
    problems: &mut Vec<Problem>,
    expand: &dyn Fn(&str, &str, &mut Vec<Problem>) -> String,
) -> Correction {
    let key = format!("sequences.{name}.correct");
    let mut unset = Vec::new();
    let meant = Correction::of_written(&source.correct, &mut |file| {
        folder.join(expand(file, &key, &mut unset))
    });
    if !unset.is_empty() {
        problems.extend(unset);
        return Correction::default();
    }
    match meant {
        Ok(correction) => {
            if correction.to_be_learnt().is_some() && mode == Mode::Honest {
                problems.push(leak(&key));
            }
            correction
        }
        Err(found) => {
            problems.extend(found.into_iter().map(|text| Problem {
                text: format!("`{key}`: {text}"),
                hint: None,
            }));
            Correction::default()
        }
    }
}

/// Why a scale of all training images cannot go with resamples of them.
fn leak(key: &str) -> Problem {
    Problem::new(
        format!(
            "`{key}`: nyul learns its scale from the training images, and `mode: honest` learns \
             everything again inside every resample: features of a scale that has seen the patients \
             left out would leak them"
        ),
        "give a scale that was learnt on other images, `nyul: {landmarks: scale.json}`, as \
         `radiome correct --method nyul --train CASES.csv --standard-out scale.json` writes it; or take \
         `zscore`, which looks at each image alone; or write `mode: as_published`, where nothing is \
         resampled",
    )
}

/// What a reader must know of scales that the study did not learn.
pub(super) fn warnings(sequences: &[SequencePlan]) -> Vec<Warning> {
    let of = |plan: &SequencePlan| {
        let given = plan.correction.steps.iter().filter_map(|step| match step {
            Step::Nyul {
                standard: Some(standard),
                file: Some(file),
                ..
            } => Some((standard.images, file.as_str())),
            _ => None,
        });
        given
            .map(|(images, file)| {
                Warning::new(
                    "given_scale",
                    format!(
                        "{}: the standard scale of intensities was given in {file}, learnt from \
                         {images} images. If patients of this study are among them, their features \
                         in the resamples have seen them, and the resampled figures lean towards \
                         looking too good",
                        plan.name
                    ),
                )
            })
            .collect::<Vec<_>>()
    };
    sequences.iter().flat_map(of).collect()
}

/// Learns every scale that is still to be learnt, from the images of the training patients; one that
/// cannot be used is passed over here and fails when its features are computed.
///
/// # Errors
/// A scale for which no training image can be used, or of which one was changed meanwhile; the run
/// should stop.
pub(super) fn learn(
    study: &mut Study,
    cohort: &Cohort,
    batch: &Batch,
    resumption: &Resumption,
) -> Result<(), StudyError> {
    for sequence in 0..study.sequences.len() {
        while let Some(place) = study.sequences[sequence].correction.to_be_learnt() {
            let learnt = scale(study, cohort, [sequence, place], batch, resumption)?;
            let steps = &mut study.sequences[sequence].correction.steps;
            if let Step::Nyul { standard, .. } = &mut steps[place] {
                *standard = Some(learnt);
            }
        }
    }
    Ok(())
}

/// The scale of one step of one sequence.
fn scale(
    study: &Study,
    cohort: &Cohort,
    [sequence, place]: [usize; 2],
    batch: &Batch,
    resumption: &Resumption,
) -> Result<NyulStandard, StudyError> {
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
    let training: Vec<Case> = own.map(|(case, _)| case).collect();
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
    let found: Vec<Vec<f64>> = found.into_iter().flatten().collect();
    NyulStandard::of_percentiles(&found).map_err(|error| {
        let why = failure.map_or_else(|| error.to_string(), |failure| failure.to_string());
        StudyError::invalid(
            format!(
                "`sequences.{}.correct`: the scale of nyul cannot be learnt, since no training \
                 image can be used; the first: {why}",
                plan.name
            ),
            "`radiome study check` lists every patient",
        )
    })
}

impl SequencePlan {
    /// What is done with its images, from file to features.
    #[must_use]
    pub fn processing(&self) -> Processing {
        Processing {
            protocol: self.protocol.clone(),
            suv: self.suv,
            correction: self.correction.clone(),
        }
    }
}

impl Study {
    /// What is done with the images of each sequence.
    pub(super) fn processing(&self) -> Vec<Processing> {
        self.sequences
            .iter()
            .map(SequencePlan::processing)
            .collect()
    }

    /// The first sequence whose corrections learn from training images.
    pub(super) fn learns_intensities(&self) -> Option<&str> {
        let learns = |plan: &&SequencePlan| plan.correction.to_be_learnt().is_some();
        let found = self.sequences.iter().find(learns);
        found.map(|plan| plan.name.as_str())
    }
}
