//! Features of one region under several perturbations.

use indicatif::ProgressBar;
use radiome_features::{FeatureRow, Protocol};
use radiome_image::perturb::Perturbation;
use radiome_image::preprocess::{PreprocessError, resample_mask_onto};
use radiome_image::{Image, LabelMap, Mask};
use rand_chacha::ChaCha8Rng;

use super::batch::Group;
use super::kept::{CaseKeys, Rows, kept_or_done};
use super::processing::{Processing, read_processed, unprepared};
use super::{Batch, Case, Failure, Label, Progress, Reading, Reason, Stage, find, no_processing};

/// A region of an image that is read several times, perturbed in another way each time.
#[derive(Clone, Debug)]
pub struct PerturbedCase {
    /// The image and its region.
    pub case: Case,
    /// The perturbation of each reading.
    pub perturbations: Vec<Perturbation>,
    /// Where their chance comes from.
    pub generator: ChaCha8Rng,
}

/// Extracts the features of every reading of every case, as [`Batch::run`] does of cases that are
/// read once. Files are read and corrected once a case: what is perturbed is the corrected image.
#[must_use]
pub fn run_perturbed(
    cases: &[PerturbedCase],
    processing: &[Processing],
    jobs: Option<usize>,
    progress: Progress,
) -> Vec<Vec<Result<FeatureRow, Failure>>> {
    Batch::new(jobs, progress).run_perturbed(cases, processing)
}

impl Batch {
    /// Extracts the features of every reading of every case. Files are read and corrected once a
    /// case: what is perturbed is the corrected image.
    #[must_use]
    pub fn run_perturbed(&self, cases: &[PerturbedCase], processing: &[Processing]) -> Vec<Rows> {
        let readings = cases.iter().map(|case| case.perturbations.len()).sum();
        let bar = self.progress().bar(readings, "Perturbing");
        let groups = Group::each_alone(cases.iter().map(|case| &case.case));
        let keys = CaseKeys::new(processing);
        let rows_of = |case: &PerturbedCase| {
            of_case(case, processing, || bar.inc(1)).unwrap_or_else(|failure| {
                let failed = |_| Err(failure.clone());
                case.perturbations.iter().map(failed).collect()
            })
        };
        let work = |group: &Group<'_>| -> Vec<Rows> {
            group
                .places
                .iter()
                .map(|&place| rows_of(&cases[place]))
                .collect()
        };
        let chance = |place: usize| {
            let PerturbedCase {
                perturbations,
                generator,
                ..
            } = &cases[place];
            let at = (
                generator.get_seed(),
                generator.get_stream(),
                generator.get_word_pos(),
            );
            ("perturbed", perturbations, at)
        };
        let found = self.each(&groups, ProgressBar::hidden(), |group| match self.parts() {
            None => work(group).into_iter().map(Ok).collect(),
            Some(parts) => {
                let rows = kept_or_done(group, &keys, &chance, parts, work);
                rows.into_iter().map(|(_, rows)| rows).collect()
            }
        });
        bar.finish_and_clear();
        let rows = cases.iter().zip(found.into_iter().flatten());
        rows.map(|(case, rows)| {
            rows.unwrap_or_else(|failure| {
                let failed = |_| Err(failure.clone());
                case.perturbations.iter().map(failed).collect()
            })
        })
        .collect()
    }
}

/// The features of every reading; a failure if the case cannot be read at all.
fn of_case(
    perturbed: &PerturbedCase,
    processing: &[Processing],
    done: impl Fn(),
) -> Result<Vec<Result<FeatureRow, Failure>>, Failure> {
    let case = &perturbed.case;
    let Some(processing) = processing.get(case.protocol) else {
        return Err(no_processing(case));
    };
    let protocol = &processing.protocol;
    let own = case
        .channel
        .map(|channel| protocol.with_label_channel(channel));
    let protocol = own.as_ref().unwrap_or(protocol);
    let Reading { image, labels, .. } = read_processed(case, processing, protocol.label_channel())?;
    let usual = Label::Value(protocol.label());
    let label = find(case, &labels, case.label.as_ref().unwrap_or(&usual))?;
    let mask = on_grid_of(&image, labels.mask(label)).map_err(|error| unprepared(case, &error))?;
    drop(labels);
    let mut generator = perturbed.generator.clone();
    let mut rows = Vec::with_capacity(perturbed.perturbations.len());
    for perturbation in &perturbed.perturbations {
        let row = perturbation
            .apply(&image, &mask, &mut generator)
            .map_err(|error| unprepared(case, &error))
            .and_then(|(image, mask)| extract(case, protocol, label, &image, mask));
        rows.push(row);
        done();
    }
    Ok(rows)
}

/// The mask on the image's grid, where it has another.
fn on_grid_of(image: &Image, mask: Mask) -> Result<Mask, PreprocessError> {
    match mask.geometry.difference(&image.geometry, 1e-6) {
        None => Ok(mask),
        Some(_) => resample_mask_onto(&mask, &image.geometry),
    }
}

fn extract(
    case: &Case,
    protocol: &Protocol,
    label: u32,
    image: &Image,
    mask: Mask,
) -> Result<FeatureRow, Failure> {
    let labels = LabelMap {
        labels: mask
            .inside
            .iter()
            .map(|&inside| if inside { label } else { 0 })
            .collect(),
        geometry: mask.geometry,
        segments: Vec::new(),
    };
    let mut rows = protocol.extract_labels(image, &labels, &[label]);
    let row = rows.pop().unwrap_or_else(|| Ok(FeatureRow::default()));
    row.map_err(|error| {
        let reason = Reason::of_extraction(&error);
        Failure::new(case, Stage::Extract, reason, &error.to_string())
    })
}
