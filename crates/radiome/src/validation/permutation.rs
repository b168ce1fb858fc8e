//! The pipeline where there is nothing to find: the outcome permuted among the patients.

use indexmap::IndexMap;
use radiome_stats::resampling::shuffle;
use rand::RngCore;
use rayon::prelude::*;

use super::{CrossValidation, Stream, cross_validate};
use crate::pipeline::{Dataset, FitError, Pipeline};
use crate::resumption::Resumption;

/// Cross-validated AUC by model; `None` where no fold can be judged.
pub type AucByModel = IndexMap<String, Option<f64>>;

/// Cross-validates the whole pipeline on `permutations` permutations of the outcome, and gives the
/// AUC of every model in each.
///
/// Features, readings, scanner and clinical columns stay with their patient; the outcomes, as many
/// of each class as before, are dealt anew. Given what a fold has learnt, every way to deal the
/// outcomes of its test patients is as likely, so the AUC within the fold is 0.5 on average,
/// exactly, for a pipeline that sees the training part alone. Each permutation draws its folds and
/// everything else from a seed of its own.
///
/// # Errors
/// The first fit that failed, in the order of the permutations.
pub fn cross_validate_permuted(
    pipeline: &Pipeline,
    data: &Dataset,
    permutations: usize,
    repeats: usize,
    folds: usize,
    tick: &(dyn Fn() + Sync),
) -> Result<Vec<AucByModel>, FitError> {
    let much = [permutations, repeats, folds];
    cross_validate_permuted_kept(pipeline, data, much, &Resumption::default(), tick)
}

/// As [`cross_validate_permuted`] with `[permutations, repeats, folds]`; each permutation is kept as
/// it is finished. `tick` is called for every fit, once its permutation is there.
pub(crate) fn cross_validate_permuted_kept(
    pipeline: &Pipeline,
    data: &Dataset,
    [permutations, repeats, folds]: [usize; 3],
    resumption: &Resumption,
    tick: &(dyn Fn() + Sync),
) -> Result<Vec<AucByModel>, FitError> {
    let pieces = resumption.pieces(&[&"permutation", pipeline, data, &(repeats, folds)]);
    (0..permutations)
        .into_par_iter()
        .map(|number| {
            let stream = Stream::Permutation(number as u32);
            let found = pieces.piece(&stream, || {
                let mut generator = stream.generator(pipeline.seed);
                let mut permuted = data.clone();
                shuffle(&mut permuted.outcome, &mut generator);
                let pipeline = Pipeline {
                    seed: generator.next_u64(),
                    ..pipeline.clone()
                };
                let validation = cross_validate(&pipeline, &permuted, repeats, folds, &|| ())?;
                Ok::<_, FitError>(validation.aucs(&permuted.outcome))
            })?;
            (0..repeats * folds).for_each(|_| tick());
            Ok(found)
        })
        .collect()
}

impl CrossValidation {
    /// Cross-validated AUC of every model.
    #[must_use]
    pub fn aucs(&self, outcome: &[bool]) -> AucByModel {
        let models = self.fits.first().map(|fit| fit.score.keys());
        let models = models.into_iter().flatten();
        models
            .map(|model| {
                let found = self.auc(model, outcome);
                (model.clone(), found.map(|found| found.auc))
            })
            .collect()
    }
}
