//! The demo: a synthetic cohort of two centres, as files such as a study starts from.
//!
//! Nothing in it comes from a patient. The clinical frequencies follow a published cohort of
//! soft-tissue sarcomas; the tumours are drawn to half scale; grade shows in the grain and the
//! necrosis of the tumour, in its margin and in its T stage, never without overlap.

mod acquisition;
mod anatomy;
mod contour;
mod field;
mod patient;
mod scanner;

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use radiome_image::{LabelMap, write};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use thiserror::Error;

use crate::table::TableError;
use acquisition::Grid;
use anatomy::{Anatomy, Sequence};
use patient::Patient;

/// What the demo wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// The study file.
    pub study: PathBuf,
    /// Number of patients of the training centre, one without images among them.
    pub training: usize,
    /// Number of patients of the other centre.
    pub external: usize,
}

/// Why the demo could not be written.
#[derive(Debug, Error, Diagnostic)]
pub enum DemoError {
    /// A folder or a text file could not be made.
    #[error("cannot write {file}: {source}")]
    #[diagnostic(help("choose a folder that may be written to with --out"))]
    File {
        /// The file or folder.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// An image could not be written.
    #[error(transparent)]
    #[diagnostic(help("choose a folder with 100 MB of room with --out"))]
    Image(#[from] write::WriteError),
    /// The clinical table could not be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Table(#[from] TableError),
}

/// Writes the cohort, its clinical table and its study file into a folder.
///
/// One seed gives the same bytes, whatever the number of threads. `written` is called after each
/// patient.
///
/// # Errors
/// [`DemoError`], where a file cannot be written.
pub fn write(folder: &Path, seed: u64, written: &(dyn Fn() + Sync)) -> Result<Cohort, DemoError> {
    let file_error = |file: &Path| {
        let file = file.display().to_string();
        move |source| DemoError::File { file, source }
    };
    for name in ["images", "masks"] {
        let path = folder.join(name);
        std::fs::create_dir_all(&path).map_err(file_error(&path))?;
    }
    let texts = [
        (
            "study.yaml",
            include_str!("study.yaml").replace("{seed}", &seed.to_string()),
        ),
        ("t1.yaml", include_str!("t1.yaml").to_owned()),
        ("fst2.yaml", include_str!("fst2.yaml").to_owned()),
    ];
    for (name, text) in texts {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(file_error(&path))?;
    }
    let patients = patient::draw(&mut stream(seed, 0));
    patient::table(&patients)?.write(&folder.join("clinical.csv"))?;
    patients
        .par_iter()
        .enumerate()
        .filter(|(_, patient)| patient.has_images)
        .try_for_each(|(place, patient)| {
            write_images(folder, &mut stream(seed, place as u64 + 1), patient)?;
            written();
            Ok::<(), DemoError>(())
        })?;
    let training = patients.iter().filter(|patient| patient.training).count();
    Ok(Cohort {
        study: folder.join("study.yaml"),
        training,
        external: patients.len() - training,
    })
}

/// Number of patients whose images [`write()`] writes.
#[must_use]
pub fn patients_with_images() -> usize {
    patient::TRAINING + patient::EXTERNAL
}

/// Random numbers that depend on the seed and the patient alone.
fn stream(seed: u64, place: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(place);
    rng
}

fn write_images(folder: &Path, rng: &mut ChaCha8Rng, patient: &Patient) -> Result<(), DemoError> {
    let anatomy = Anatomy::new(rng, patient);
    for sequence in [Sequence::T1, Sequence::FatSuppressedT2] {
        let grid = Grid::new(rng, &anatomy, &patient.scanner, sequence);
        let image = acquisition::acquire(rng, &anatomy, &grid, &patient.scanner, sequence);
        let images = folder.join("images");
        match sequence {
            Sequence::T1 => write::nifti(images.join(format!("{}_t1.nii.gz", patient.id)), &image)?,
            Sequence::FatSuppressedT2 => {
                write::nrrd(images.join(format!("{}_fst2.nrrd", patient.id)), &image)?;
            }
        }
        let mut readings = vec![("R1", contour::R1)];
        if patient.reread {
            readings.extend([("R1b", contour::R1B), ("R2", contour::R2)]);
        }
        for (name, reader) in readings {
            let labels = contour::draw(rng, &anatomy, &grid, reader);
            write_mask(folder, patient, sequence, name, &labels)?;
        }
    }
    Ok(())
}

fn write_mask(
    folder: &Path,
    patient: &Patient,
    sequence: Sequence,
    reading: &str,
    labels: &LabelMap,
) -> Result<(), DemoError> {
    let masks = folder.join("masks");
    let id = &patient.id;
    match sequence {
        Sequence::T1 => {
            write::nifti_labels(masks.join(format!("{id}_t1_{reading}.nii.gz")), labels)?;
        }
        Sequence::FatSuppressedT2 => {
            write::nrrd_labels(masks.join(format!("{id}_fst2_{reading}.seg.nrrd")), labels)?;
        }
    }
    Ok(())
}
