//! Refitting the whole pipeline on resamples of the training patients.

mod bootstrap;
mod cross_validation;
mod permutation;

pub(crate) use bootstrap::bootstrap_kept;
pub use bootstrap::{Bootstrap, BootstrapSample, bootstrap, thresholds};
pub(crate) use cross_validation::cross_validate_kept;
pub use cross_validation::{CrossValidation, FoldFit, cross_validate};
pub(crate) use permutation::cross_validate_permuted_kept;
pub use permutation::{AucByModel, cross_validate_permuted};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Independent streams of chance, one for each thing that is drawn, so that the result does not
/// depend on the order in which they are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The final model.
    Final,
    /// The folds of the cross-validation.
    Folds,
    /// The fit of one fold, counted over all repeats.
    Fold(u32),
    /// One bootstrap sample.
    Bootstrap(u32),
    /// One permutation of the outcome.
    Permutation(u32),
    /// The shuffled voxels of one image.
    ShuffledVoxels(u32),
    /// The band of one calibration curve.
    CalibrationBand(u32),
    /// The confidence band of one ROC curve.
    RocBand(u32),
    /// Which patients' images are perturbed.
    PerturbedPatients,
    /// The perturbations of one image, counted over patients and sequences.
    Perturbation(u32),
}

impl Stream {
    /// The generator of this stream.
    #[must_use]
    pub fn generator(self, seed: u64) -> ChaCha8Rng {
        let stream = match self {
            Self::Final => 0,
            Self::Folds => 1,
            Self::Fold(number) => (1 << 32) | u64::from(number),
            Self::Bootstrap(number) => (2 << 32) | u64::from(number),
            Self::Permutation(number) => (3 << 32) | u64::from(number),
            Self::ShuffledVoxels(number) => (4 << 32) | u64::from(number),
            Self::CalibrationBand(number) => (5 << 32) | u64::from(number),
            Self::RocBand(number) => (32 << 32) | u64::from(number),
            Self::PerturbedPatients => 2,
            Self::Perturbation(number) => (6 << 32) | u64::from(number),
        };
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        generator
    }
}
