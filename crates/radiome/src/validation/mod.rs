//! Refitting the whole pipeline on resamples of the training patients.

mod bootstrap;
mod cross_validation;

pub use bootstrap::{Bootstrap, BootstrapSample, bootstrap};
pub use cross_validation::{CrossValidation, FoldFit, cross_validate};

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
        };
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        generator
    }
}
