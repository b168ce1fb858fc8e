//! Repeated stratified cross-validation of the whole pipeline.

use std::borrow::Cow;

use indexmap::IndexMap;
use radiome_stats::discrimination::{CrossValidatedAuc, FoldScores, cross_validated_auc};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Stream;
use crate::pipeline::{Dataset, FitError, Fitted, LostPatient, Pipeline};
use crate::resumption::Resumption;

/// What one fold gave: its pipeline, fitted without the test rows, and their predictions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FoldFit {
    /// Repeat, from 0.
    pub repeat: usize,
    /// Fold within the repeat, from 0.
    pub fold: usize,
    /// Rows left out.
    pub test: Vec<usize>,
    /// Linear predictor of each test row by model; NaN where it cannot be predicted.
    pub score: IndexMap<String, Vec<f64>>,
    /// The nomogram's linear predictor of each row that was learnt from, in their order, from
    /// rad-scores that did not see the row.
    pub train_score: Vec<f64>,
    /// Probability of each test row by model.
    pub probability: IndexMap<String, Vec<f64>>,
    /// Cut-off on the probability by model, learnt inside the fold.
    pub cutoff: IndexMap<String, Option<f64>>,
    /// Models without any predictor.
    pub empty: Vec<String>,
    /// Columns with a non-zero coefficient by signature.
    pub selected: IndexMap<String, Vec<usize>>,
    /// Variables of the clinical model.
    pub clinical: Vec<String>,
    /// Patients without features on the scales of intensities that were learnt here.
    pub lost: Vec<LostPatient>,
}

/// A finished cross-validation.
#[derive(Clone, Debug)]
pub struct CrossValidation {
    /// Fold of each row, by repeat.
    pub folds: Vec<Vec<usize>>,
    /// Every fold, by repeat and then by fold.
    pub fits: Vec<FoldFit>,
}

/// Refits the pipeline on every training part of `repeats` stratified partitions of the rows into
/// `folds`, and predicts the part left out. `tick` is called after each fit, from any thread.
///
/// # Errors
/// The first fit that failed, in the order of the folds; too few rows of a class.
pub fn cross_validate(
    pipeline: &Pipeline,
    data: &Dataset,
    repeats: usize,
    folds: usize,
    tick: &(dyn Fn() + Sync),
) -> Result<CrossValidation, FitError> {
    cross_validate_kept(
        pipeline,
        data,
        [repeats, folds],
        &Resumption::default(),
        tick,
    )
}

/// As [`cross_validate`] with `[repeats, folds]`; each fit is kept as it is finished.
pub(crate) fn cross_validate_kept(
    pipeline: &Pipeline,
    data: &Dataset,
    [repeats, folds]: [usize; 2],
    resumption: &Resumption,
    tick: &(dyn Fn() + Sync),
) -> Result<CrossValidation, FitError> {
    let pieces = resumption.pieces(&[&"cross-validation", pipeline, data]);
    let mut generator = Stream::Folds.generator(pipeline.seed);
    let mut partitions = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        partitions.push(crate::pipeline::stratified_folds(
            data,
            folds,
            &mut generator,
        )?);
    }
    let jobs: Vec<(usize, usize)> = (0..repeats)
        .flat_map(|repeat| (0..folds).map(move |fold| (repeat, fold)))
        .collect();
    let fits: Result<Vec<FoldFit>, FitError> = jobs
        .into_par_iter()
        .map(|(repeat, fold)| {
            let partition = &partitions[repeat];
            let (test, train): (Vec<usize>, Vec<usize>) =
                (0..data.len()).partition(|&row| partition[row] == fold);
            let stream = Stream::Fold((repeat * folds + fold) as u32);
            let result = pieces.piece(&(repeat, fold, stream, partition), || {
                let mut generator = stream.generator(pipeline.seed);
                let fitted = pipeline.fit(&data.training(&train), &mut generator)?;
                FoldFit::new(repeat, fold, test, &fitted, data)
            })?;
            tick();
            Ok(result)
        })
        .collect();
    Ok(CrossValidation {
        folds: partitions,
        fits: fits?,
    })
}

impl FoldFit {
    /// Rows that were learnt from, of so many.
    #[must_use]
    pub fn train(&self, rows: usize) -> Vec<usize> {
        let mut learnt = vec![true; rows];
        for &row in &self.test {
            learnt[row] = false;
        }
        (0..rows).filter(|&row| learnt[row]).collect()
    }

    fn new(
        repeat: usize,
        fold: usize,
        test: Vec<usize>,
        fitted: &Fitted,
        data: &Dataset,
    ) -> Result<Self, FitError> {
        let predictions = fitted.predict(&data.rows(&test))?;
        let (mut score, mut probability) = (IndexMap::new(), IndexMap::new());
        for (model, prediction) in predictions.models {
            score.insert(model.clone(), prediction.score);
            probability.insert(model, prediction.probability);
        }
        Ok(Self {
            repeat,
            fold,
            test,
            score,
            train_score: fitted.nomogram_scores.clone(),
            probability,
            cutoff: fitted.cutoffs.clone(),
            empty: fitted.empty_models(),
            selected: fitted.selected_columns(),
            clinical: fitted.clinical.variables(),
            lost: fitted.lost_patients(),
        })
    }
}

impl CrossValidation {
    /// Mean over folds and repeats of a model's AUC within each test fold; `None` where no fold
    /// has patients of both classes with a score. `outcome` is that of the rows.
    #[must_use]
    pub fn auc(&self, model: &str, outcome: &[bool]) -> Option<CrossValidatedAuc> {
        let classes = self.test_classes(outcome);
        cross_validated_auc(&self.fold_scores(model, &classes))
    }

    /// Outcome of the rows that each fit left out.
    pub(crate) fn test_classes(&self, outcome: &[bool]) -> Vec<Vec<bool>> {
        let of_fit = |fit: &FoldFit| fit.test.iter().map(|&row| outcome[row]).collect();
        self.fits.iter().map(of_fit).collect()
    }

    /// Scores of a model by fold, beside the outcome of [`Self::test_classes`].
    pub(crate) fn fold_scores<'a>(
        &'a self,
        model: &str,
        classes: &'a [Vec<bool>],
    ) -> Vec<FoldScores<'a>> {
        let of_fit = |(fit, class): (&'a FoldFit, &'a Vec<bool>)| FoldScores {
            repeat: fit.repeat,
            rows: &fit.test,
            class,
            score: fit.score.get(model).map_or(&[], Vec::as_slice),
        };
        self.fits.iter().zip(classes).map(of_fit).collect()
    }

    /// Mean over repeats of the out-of-fold probability of each row; NaN where a row was never
    /// predicted.
    #[must_use]
    pub fn mean_probability(&self, model: &str, rows: usize) -> Vec<f64> {
        self.mean(rows, |fit| fit.probability.get(model).map(Cow::from))
    }

    /// Mean over repeats of the out-of-fold linear predictor of each row.
    #[must_use]
    pub fn mean_score(&self, model: &str, rows: usize) -> Vec<f64> {
        self.mean(rows, |fit| fit.score.get(model).map(Cow::from))
    }

    /// Mean over repeats of what `of` finds in a fit for each row that it left out; NaN where a row
    /// has nothing but NaN, or nothing.
    pub(crate) fn mean<'a>(
        &'a self,
        rows: usize,
        of: impl Fn(&'a FoldFit) -> Option<Cow<'a, [f64]>>,
    ) -> Vec<f64> {
        let (mut sum, mut count) = (vec![0.0; rows], vec![0_usize; rows]);
        for fit in &self.fits {
            let found = of(fit);
            for (&row, &value) in fit.test.iter().zip(found.iter().flat_map(|found| &**found)) {
                if !value.is_nan() {
                    sum[row] += value;
                    count[row] += 1;
                }
            }
        }
        sum.iter()
            .zip(count)
            .map(|(sum, count)| {
                if count == 0 {
                    f64::NAN
                } else {
                    sum / count as f64
                }
            })
            .collect()
    }

    /// Whether each row was on the high side of its folds' cut-offs in more than half of the
    /// repeats; `None` where it was never classified.
    #[must_use]
    pub fn majority_class(&self, model: &str, rows: usize) -> Vec<Option<bool>> {
        let mut votes = vec![[0_usize; 2]; rows];
        for fit in &self.fits {
            let Some(Some(cutoff)) = fit.cutoff.get(model) else {
                continue;
            };
            for (&row, &probability) in fit
                .test
                .iter()
                .zip(fit.probability.get(model).into_iter().flatten())
            {
                if !probability.is_nan() {
                    votes[row][usize::from(probability >= *cutoff)] += 1;
                }
            }
        }
        votes
            .iter()
            .map(|&[low, high]| (low + high > 0).then_some(high > low))
            .collect()
    }
}
