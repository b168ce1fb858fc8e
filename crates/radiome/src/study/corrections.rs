//! `sequences.X.correct`: corrections of intensity as the study file asks for them.

use std::path::Path;

use super::file::{Mode, SequenceSource};
use super::{Problem, SequencePlan, Study};
use crate::correction::{Correction, Step};
use crate::extract::Processing;
use crate::results::Warning;

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
            let to_be_learnt = |step: &&Step| matches!(step, Step::Nyul { standard: None, .. });
            if correction.steps.iter().filter(to_be_learnt).count() > 1 && mode == Mode::Honest {
                problems.push(second_scale(&key));
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

/// Why a second scale of one image cannot be learnt inside resamples.
pub(super) fn second_scale(key: &str) -> Problem {
    Problem::new(
        format!(
            "`{key}`: two steps of nyul learn their scale, and what the second learns from depends on \
             the first, which every resample learns anew"
        ),
        "one scale of a sequence is enough: leave one step out, or give its scale, `nyul: {landmarks: \
         scale.json}`",
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
}
