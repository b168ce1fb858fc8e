//! What it costs to learn standard scales of intensities again in every resample.

use std::time::Instant;

use super::extraction::cases;
use super::file::{ControlKind, Mode};
use super::{PerturbedPatients, Split, Study};
use crate::correction::{Correction, Step};
use crate::extract::{self, Case, Processing, Progress};

/// Share of the patients in a bootstrap sample: 1 - 1/e.
const DRAWN: f64 = 0.632;
/// A reading of a perturbed image costs about as much as so many extractions.
const PERTURBED: f64 = 5.0;
/// Images of each sequence that are timed.
const TIMED: usize = 3;

/// What learning again costs, about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelearningCost {
    /// Folds of all repeats, bootstrap samples and folds of the control of shuffled voxels.
    pub resamples: usize,
    /// Images whose features are computed in all of them.
    pub extractions: f64,
    /// Seconds of one, on one thread; `None` where none of the images that were tried could be used.
    pub seconds: Option<f64>,
}

impl Study {
    /// What learning scales again costs, about; `None` where no scale is learnt inside resamples.
    /// A few images are read and their features computed to find the time of one.
    #[must_use]
    pub fn relearning_cost(&self) -> Option<RelearningCost> {
        let learnt = |sequence: usize| {
            let correction = self.sequences.get(sequence).map(|plan| &plan.correction);
            correction.is_some_and(|correction| correction.to_be_learnt().is_some())
        };
        let sequences: Vec<usize> = (0..self.sequences.len())
            .filter(|&one| learnt(one))
            .collect();
        if sequences.is_empty() || self.file.mode != Mode::Honest {
            return None;
        }
        let rule = self.file.reliability.as_ref();
        let readings: Vec<String> = rule
            .iter()
            .flat_map(|rule| rule.files.keys().cloned())
            .collect();
        let (cases, purposes) = cases(self, &self.cohort, &readings);
        let (mut own, mut again): (Vec<Case>, f64) = (Vec::new(), 0.0);
        for (case, purpose) in cases.into_iter().zip(purposes) {
            let training = self.cohort.patients[purpose.patient].split == Split::Train;
            match purpose.reading {
                _ if !training || !learnt(purpose.sequence) => {}
                None => own.push(case),
                Some(_) => again += 1.0,
            }
        }
        if let Some(perturbations) = rule.and_then(|rule| rule.perturbations.as_ref()) {
            let images = own.len() as f64;
            let chosen = match perturbations.patients {
                PerturbedPatients::Count(count) => (count * sequences.len()) as f64,
                PerturbedPatients::Word(_) => images,
            };
            again += PERTURBED * perturbations.repeats as f64 * chosen.min(images);
        }
        let validation = &self.file.validation;
        let folds = validation.repeats * validation.folds;
        let learnt_from = 1.0 - 1.0 / validation.folds as f64;
        let shuffled = match self.file.controls.contains(&ControlKind::ShuffledVoxels) {
            true => folds,
            false => 0,
        };
        let images = own.len() as f64;
        let extractions = folds as f64 * (images + learnt_from * again)
            + validation.bootstrap as f64 * (images + DRAWN * again)
            + shuffled as f64 * images;
        Some(RelearningCost {
            resamples: folds + validation.bootstrap + shuffled,
            extractions,
            seconds: self.timed(&own),
        })
    }

    /// Mean seconds of an extraction, over some of the cases.
    fn timed(&self, cases: &[Case]) -> Option<f64> {
        // Mapping onto a scale takes little beside the rest.
        let without_scale = |processing: Processing| Processing {
            correction: Correction {
                steps: (processing.correction.steps.into_iter())
                    .filter(|step| !matches!(step, Step::Nyul { standard: None, .. }))
                    .collect(),
            },
            ..processing
        };
        let processing: Vec<Processing> =
            self.processing().into_iter().map(without_scale).collect();
        let step = (cases.len() / TIMED).max(1);
        let tried: Vec<Case> = cases.iter().step_by(step).take(TIMED).cloned().collect();
        let begun = Instant::now();
        let rows = extract::run(&tried, &processing, Some(1), Progress::Silent);
        let seconds = begun.elapsed().as_secs_f64();
        let usable = rows.iter().filter(|row| row.is_ok()).count();
        (usable > 0).then(|| seconds / usable as f64)
    }
}
