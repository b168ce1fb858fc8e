//! A study with its outcome permuted: what its pipeline finds where there is nothing to find.

use indexmap::IndexMap;
use radiome_stats::discrimination::{NullDistribution, null_distribution, permutation_p};

use super::file::Mode;
use super::run::RunError;
use super::{Split, Study, StudyError, assemble, extraction, perturbed_readings};
use crate::extract::{Failure, Progress};
use crate::results::Warning;
use crate::resumption::Resumption;
use crate::validation::{AucByModel, cross_validate, cross_validate_permuted};

/// The model that the headline is of: the one that holds everything that was learnt.
pub const NULL_HEADLINE: &str = "nomogram";

/// What is asked of a null run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NullOptions {
    /// Permutations of the outcome.
    pub permutations: usize,
    /// Repeats of the cross-validation of each permutation, and of the outcome as it is.
    pub repeats: usize,
    /// Seed in place of the study's.
    pub seed: Option<u64>,
}

/// What a pipeline finds with permuted outcomes.
#[derive(Clone, Debug)]
pub struct NullStudy {
    /// Training patients.
    pub patients: usize,
    /// Those with the positive outcome.
    pub positive: usize,
    /// Folds of each cross-validation.
    pub folds: usize,
    /// Seed of every chance step.
    pub seed: u64,
    /// By model, the headline's first.
    pub models: IndexMap<String, NullModel>,
    /// The cross-validated AUC by model, permutation by permutation.
    pub permuted: Vec<AucByModel>,
    /// Cases whose images could not be used.
    pub failures: Vec<Failure>,
    /// What was noticed.
    pub warnings: Vec<Warning>,
}

/// One model with permuted outcomes.
#[derive(Clone, Debug)]
pub struct NullModel {
    /// AUCs of the permutations; `None` where the model predicts nobody.
    pub permuted: Option<NullDistribution>,
    /// AUC with the outcome as it is, found in the same way.
    pub auc: Option<f64>,
    /// One-sided P of that AUC.
    pub p_value: Option<f64>,
}

/// Permutes the outcome among the training patients and cross-validates the whole pipeline each
/// time, and once with the outcome as it is. External patients are not looked at.
///
/// # Errors
/// See [`RunError`]. A patient whose images cannot be used is no error but a failure.
pub fn null(
    mut study: Study,
    options: &NullOptions,
    jobs: Option<usize>,
    progress: Progress,
) -> Result<NullStudy, RunError> {
    if let Some(sequence) = study.learns_intensities() {
        return Err(StudyError::invalid(
            format!(
                "`sequences.{sequence}.correct`: nyul learns its scale from the training images, and \
                 here they are cross-validated: a scale that has seen the patients left out would \
                 leak them"
            ),
            "give a scale that was learnt on other images, `nyul: {landmarks: scale.json}`",
        )
        .into());
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.unwrap_or(0))
        .build()?;
    if let Some(seed) = options.seed {
        study.file.seed = seed;
    }
    // Nobody is external here, so nobody can be missing on that side.
    study.file.split = None;
    let mut cohort = study.cohort.clone();
    cohort
        .patients
        .retain(|patient| patient.split == Split::Train);
    // Nothing is kept: a permutation is soon done again.
    let resumption = Resumption::default();
    let batch = resumption.batch(jobs, progress);
    pool.install(|| {
        let mut features = match &study.feature_tables {
            Some(tables) => tables.gather(&mut cohort, &study.file)?,
            None => {
                let (features, more) = extraction::extract(&study, &mut cohort, &batch, &resumption)?;
                study.warnings.extend(more);
                features
            }
        };
        perturbed_readings::add(&mut study, &cohort, &mut features, &batch);
        let data = assemble::dataset(&study, &cohort, &features)?;
        let train: Vec<usize> = (0..data.len()).collect();
        let (pipeline, _) = assemble::pipeline(&study, &features.columns, &data, &train);

        let folds = study.file.validation.folds;
        let fits = (options.permutations + 1) * options.repeats * folds;
        let bar = progress.bar(fits, "Cross-validating with the outcome permuted");
        let tick = || bar.inc(1);
        let failed = |during| move |source| RunError::Fit { during, source };
        let observed = cross_validate(&pipeline, &data, options.repeats, folds, &tick)
            .map_err(failed("the cross-validation"))?
            .aucs(&data.outcome);
        let (n, repeats) = (options.permutations, options.repeats);
        let permuted = cross_validate_permuted(&pipeline, &data, n, repeats, folds, &tick)
            .map_err(failed("the cross-validation with the outcome permuted"))?;
        bar.finish_and_clear();

        let mut models: IndexMap<String, NullModel> = observed
            .iter()
            .map(|(model, &auc)| (model.clone(), NullModel::of(model, auc, &permuted)))
            .collect();
        if let Some(place) = models.get_index_of(NULL_HEADLINE) {
            models.move_index(place, 0);
        }
        if study.file.mode == Mode::AsPublished {
            study.warnings.push(Warning::new(
                "as_published",
                "the study is as published and resamples nothing; here its steps are cross-validated all the same, each fold learning from its own training part alone",
            ));
        }
        Ok(NullStudy {
            patients: data.len(),
            positive: data.outcome.iter().filter(|&&positive| positive).count(),
            folds,
            seed: study.file.seed,
            models,
            permuted,
            failures: features.failures,
            warnings: study.warnings.clone(),
        })
    })
}

impl NullModel {
    fn of(model: &str, auc: Option<f64>, permuted: &[AucByModel]) -> Self {
        let found: Vec<f64> = permuted
            .iter()
            .filter_map(|aucs| aucs.get(model).copied()?)
            .collect();
        Self {
            permuted: null_distribution(&found),
            auc,
            p_value: auc
                .filter(|_| !found.is_empty())
                .map(|auc| permutation_p(auc, &found)),
        }
    }
}
