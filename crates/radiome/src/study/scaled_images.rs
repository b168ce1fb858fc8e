//! The images of a study on standard scales of intensities that every resample learns anew.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use radiome_features::FeatureRow;
use radiome_image::correct::NyulStandard;
use rand_chacha::ChaCha8Rng;

use super::extraction::{cases, without_folders};
use super::learnt_scales::LearntScale;
use super::perturbed_readings::perturbed_cases;
use super::{Cohort, FeatureColumn, Split, Study};
use crate::Stopped;
use crate::correction::Step;
use crate::extract::{Batch, Case, Failure, PerturbedCase, Processing, Reason};
use crate::parts::Key;
use crate::pipeline::{Dataset, FitError, Intensities, ScaledFeatures, ScaledImages};
use crate::validation::Stream;

/// What of an image the features are computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voxels {
    /// Its voxels.
    Own,
    /// Those inside the contour in random order, for the control of that name.
    Shuffled,
}

/// The images of the sequences that have a scale, by patient of the cohort.
struct Images {
    voxels: Voxels,
    seed: u64,
    /// By scale its sequence and the place of its step.
    steps: Vec<[usize; 2]>,
    scales: Vec<NyulStandard>,
    /// What is done with the images of every sequence.
    processing: Vec<Processing>,
    columns: Vec<usize>,
    /// By patient.
    patients: Vec<Vec<Region>>,
    perturbed: Vec<Vec<PerturbedRegion>>,
    perturbations: Vec<String>,
    batch: Batch,
}

/// One contour of one image.
struct Region {
    case: Case,
    /// Where its features begin among the columns that depend on a scale.
    offset: usize,
    /// Name of a further reading.
    reading: Option<String>,
    /// The number of its stream of chance.
    number: u32,
}

struct PerturbedRegion {
    case: PerturbedCase,
    offset: usize,
}

impl fmt::Debug for Images {
    /// All that shapes the features on a given scale but the bytes of the files: the same wherever
    /// those lie.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processing: Vec<Key> = self.processing.iter().map(Processing::key).collect();
        f.debug_struct("Images")
            .field("voxels", &self.voxels)
            .field("seed", &self.seed)
            .field("steps", &self.steps)
            .field("processing", &processing)
            .finish_non_exhaustive()
    }
}

/// What the scales of a study are learnt from, for the rows of `cohort`.
pub(super) fn intensities(
    study: &Study,
    cohort: &Cohort,
    columns: &[FeatureColumn],
    learnt: &[LearntScale],
    batch: &Batch,
    voxels: Voxels,
) -> Intensities {
    let percentiles = cohort.patients.iter().map(|patient| {
        let training = patient.split == Split::Train;
        let of_scale = |scale: &LearntScale| scale.percentiles.get(&patient.row).cloned();
        let known = learnt
            .iter()
            .map(|scale| of_scale(scale).unwrap_or_default());
        match training {
            true => known.collect(),
            false => Vec::new(),
        }
    });
    Intensities {
        percentiles: percentiles.collect(),
        images: Arc::new(Images::of(study, cohort, columns, learnt, batch, voxels)),
    }
}

/// The rows, with the scales to be learnt from them; as they are where none is.
pub(super) fn learning(
    data: Dataset,
    study: &Study,
    cohort: &Cohort,
    columns: &[FeatureColumn],
    learnt: &[LearntScale],
    batch: &Batch,
) -> Dataset {
    if learnt.is_empty() {
        return data;
    }
    let own = intensities(study, cohort, columns, learnt, batch, Voxels::Own);
    Dataset {
        intensities: Some(own),
        ..data
    }
}

impl Images {
    fn of(
        study: &Study,
        cohort: &Cohort,
        columns: &[FeatureColumn],
        learnt: &[LearntScale],
        batch: &Batch,
        voxels: Voxels,
    ) -> Self {
        let has_scale = |sequence: usize| learnt.iter().any(|scale| scale.sequence == sequence);
        let own: Vec<usize> = (0..columns.len())
            .filter(|&column| has_scale(columns[column].sequence))
            .collect();
        let offset = |sequence: usize| {
            own.iter()
                .position(|&column| columns[column].sequence == sequence)
                .unwrap_or(0)
        };
        let rule = study.file.reliability.as_ref();
        let readings: Vec<String> = match voxels {
            Voxels::Own => rule
                .iter()
                .flat_map(|rule| rule.files.keys().cloned())
                .collect(),
            Voxels::Shuffled => Vec::new(),
        };
        let mut patients: Vec<Vec<Region>> = cohort.patients.iter().map(|_| Vec::new()).collect();
        let (all, purposes) = cases(study, cohort, &readings);
        for (case, purpose) in all.into_iter().zip(purposes) {
            if !has_scale(purpose.sequence) {
                continue;
            }
            let row = cohort.patients[purpose.patient].row;
            patients[purpose.patient].push(Region {
                case,
                offset: offset(purpose.sequence),
                reading: purpose.reading.map(|reading| readings[reading].clone()),
                number: (row * study.sequences.len() + purpose.sequence) as u32,
            });
        }
        let mut perturbed: Vec<Vec<PerturbedRegion>> =
            cohort.patients.iter().map(|_| Vec::new()).collect();
        let rule = rule.and_then(|rule| rule.perturbations.as_ref());
        if let (Some(rule), Voxels::Own) = (rule, voxels) {
            for (purpose, case) in perturbed_cases(study, rule, cohort) {
                if has_scale(purpose.sequence) {
                    perturbed[purpose.patient].push(PerturbedRegion {
                        case,
                        offset: offset(purpose.sequence),
                    });
                }
            }
        }
        Self {
            voxels,
            seed: study.file.seed,
            steps: learnt
                .iter()
                .map(|scale| [scale.sequence, scale.step])
                .collect(),
            scales: learnt.iter().map(|scale| scale.standard.clone()).collect(),
            processing: study.processing(),
            columns: own,
            patients,
            perturbed,
            perturbations: rule
                .map(|rule| rule.reading_names().collect())
                .unwrap_or_default(),
            batch: batch.one_by_one(),
        }
    }

    /// What is done with the images where these are the scales.
    fn processing_on(&self, scales: &[NyulStandard]) -> Vec<Processing> {
        let mut processing = self.processing.clone();
        for (&[sequence, step], scale) in self.steps.iter().zip(scales) {
            if let Step::Nyul { standard, .. } = &mut processing[sequence].correction.steps[step] {
                *standard = Some(scale.clone());
            }
        }
        processing
    }

    fn unknown(&self) -> Vec<f64> {
        vec![f64::NAN; self.columns.len()]
    }
}

impl ScaledImages for Images {
    fn extracted_on(&self) -> &[NyulStandard] {
        &self.scales
    }

    fn columns(&self) -> &[usize] {
        &self.columns
    }

    fn features(
        &self,
        scales: &[NyulStandard],
        patients: &[usize],
        readings: bool,
    ) -> Result<Vec<ScaledFeatures>, FitError> {
        let processing = self.processing_on(scales);
        let mut found: Vec<ScaledFeatures> = patients
            .iter()
            .map(|_| ScaledFeatures {
                first: Ok(self.unknown()),
                readings: IndexMap::new(),
            })
            .collect();
        let wanted = |region: &&Region| readings || region.reading.is_none();
        let regions: Vec<(usize, &Region)> = (patients.iter().enumerate())
            .flat_map(|(place, &patient)| {
                let regions = self.patients[patient].iter().filter(wanted);
                regions.map(move |region| (place, region))
            })
            .collect();
        let cases: Vec<Case> = regions.iter().map(|(_, one)| one.case.clone()).collect();
        let rows = match self.voxels {
            Voxels::Own => self.batch.run(&cases, &processing),
            Voxels::Shuffled => {
                let generator = |place: usize| -> ChaCha8Rng {
                    Stream::ShuffledVoxels(regions[place].1.number).generator(self.seed)
                };
                self.batch.run_shuffled(&cases, &processing, &generator)
            }
        };
        for ((place, region), row) in regions.into_iter().zip(rows) {
            let row = usable(row, &region.case)?;
            let of_patient = &mut found[place];
            match (&region.reading, row) {
                (None, Ok(row)) => {
                    if let Ok(first) = &mut of_patient.first {
                        write(first, region.offset, &row);
                    }
                }
                (None, Err(failure)) => of_patient.first = Err(failure.message),
                (Some(name), Ok(row)) => {
                    let again = of_patient.readings.entry(name.clone());
                    write(again.or_insert_with(|| self.unknown()), region.offset, &row);
                }
                // As where the study itself could not use the reading: nobody read it again.
                (Some(_), Err(_)) => {}
            }
        }
        if readings {
            self.perturb(&processing, patients, &mut found)?;
        }
        Ok(found)
    }
}

impl Images {
    /// Adds the features of the perturbed images of the patients who are read in this way.
    fn perturb(
        &self,
        processing: &[Processing],
        patients: &[usize],
        found: &mut [ScaledFeatures],
    ) -> Result<(), FitError> {
        let regions: Vec<(usize, &PerturbedRegion)> = (patients.iter().enumerate())
            .flat_map(|(place, &patient)| {
                let regions = self.perturbed[patient].iter();
                regions.map(move |region| (place, region))
            })
            .collect();
        let cases: Vec<PerturbedCase> = regions.iter().map(|(_, one)| one.case.clone()).collect();
        let rows = self.batch.run_perturbed(&cases, processing);
        for ((place, region), rows) in regions.into_iter().zip(rows) {
            for (name, row) in self.perturbations.iter().zip(rows) {
                if let Ok(row) = usable(row, &region.case.case)? {
                    let again = found[place].readings.entry(name.clone());
                    write(again.or_insert_with(|| self.unknown()), region.offset, &row);
                }
            }
        }
        Ok(())
    }
}

/// The row, or the failure that the same bytes would give again.
fn usable(
    row: Result<FeatureRow, Failure>,
    case: &Case,
) -> Result<Result<FeatureRow, Failure>, FitError> {
    match row {
        Err(failure) if failure.reason == Reason::Interrupted => {
            Err(FitError::Stopped(Stopped::Interrupted))
        }
        Err(failure) if failure.reason == Reason::ChangedWhileReading => {
            Err(FitError::ChangedImage(failure.to_string()))
        }
        row => Ok(row.map_err(|failure| without_folders(&failure, case))),
    }
}

fn write(values: &mut [f64], offset: usize, row: &FeatureRow) {
    for (place, (_, value)) in row.features.iter().enumerate() {
        if let Some(cell) = values.get_mut(offset + place) {
            *cell = *value;
        }
    }
}
