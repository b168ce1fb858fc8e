//! A study with its outcome permuted: what its pipeline finds where there is nothing to find.

use std::path::Path;

use indexmap::IndexMap;
use radiome_stats::discrimination::{NullDistribution, null_distribution, permutation_p};

use super::file::Mode;
use super::learnt_scales::{self, LearntFrom};
use super::run::{RunError, RunOptions};
use super::{Split, Study, assemble, perturbed_readings, scaled_images};
use crate::extract::{Failure, Progress};
use crate::interruption::Interruption;
use crate::parts::Parts;
use crate::results::Warning;
use crate::resumption::Resumption;
use crate::run_folder::RunFolderError;
use crate::validation::{AucByModel, cross_validate_kept, cross_validate_permuted_kept};

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
    /// Images, folds and permutations that an unfinished run had done.
    pub reused: usize,
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
    study: Study,
    options: &NullOptions,
    jobs: Option<usize>,
    progress: Progress,
) -> Result<NullStudy, RunError> {
    let how = RunOptions {
        jobs,
        progress,
        resume: false,
        interruption: Interruption::default(),
    };
    null_with(study, options, &how, None)
}

/// As [`null`]. Every image, every fold of the outcome as it is and every permutation is kept in the
/// folder as it is finished, for a later run to use; [`discard_kept_null`] removes them once the
/// results are safe.
///
/// # Errors
/// See [`RunError`]; [`RunError::stopped`] where the run can go on later.
pub fn null_with(
    mut study: Study,
    options: &NullOptions,
    how: &RunOptions,
    folder: Option<&Path>,
) -> Result<NullStudy, RunError> {
    let (jobs, progress) = (how.jobs, how.progress);
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
    let resumption = kept(folder, how)?;
    let batch = resumption.batch(jobs, progress);
    pool.install(|| {
        let mut scales = Vec::new();
        let mut features = match &study.feature_tables {
            Some(tables) => tables.gather(&mut cohort, &study.file)?,
            None => {
                let from = LearntFrom::Analysed;
                let (features, more, learnt) =
                    learnt_scales::extract(&mut study, &mut cohort, &batch, &resumption, from)?;
                study.warnings.extend(more);
                scales = learnt;
                if let Some(error) = learnt_scales::two_of_one(&study, &scales) {
                    return Err(error.into());
                }
                features
            }
        };
        perturbed_readings::add(&mut study, &cohort, &mut features, &batch);
        resumption.check()?;
        let data = assemble::dataset(&study, &cohort, &features)?;
        let columns = &features.columns;
        let data = scaled_images::learning(data, &study, &cohort, columns, &scales, &batch);
        let train: Vec<usize> = (0..data.len()).collect();
        let (pipeline, _) = assemble::pipeline(&study, &features.columns, &data, &train);

        let folds = study.file.validation.folds;
        let fits = (options.permutations + 1) * options.repeats * folds;
        let bar = progress.bar(fits, "Cross-validating with the outcome permuted");
        let tick = || bar.inc(1);
        let failed = |during| move |source| RunError::Fit { during, source };
        let (n, repeats) = (options.permutations, options.repeats);
        let observed = cross_validate_kept(&pipeline, &data, [repeats, folds], &resumption, &tick)
            .map_err(failed("the cross-validation"))?
            .aucs(&data.outcome);
        let much = [n, repeats, folds];
        let permuted = cross_validate_permuted_kept(&pipeline, &data, much, &resumption, &tick)
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
            reused: resumption.reused(),
        })
    })
}

/// What is kept in the folder, or nowhere.
fn kept(folder: Option<&Path>, how: &RunOptions) -> Result<Resumption, RunError> {
    let Some(folder) = folder else {
        return Ok(Resumption::default());
    };
    Resumption::open(folder, how.resume, &how.interruption).map_err(|source| {
        RunFolderError::Unwritable {
            path: folder.to_owned(),
            source,
        }
        .into()
    })
}

/// Removes what [`null_with`] has kept in a folder; nothing else in it is touched.
///
/// # Errors
/// What the system says.
pub fn discard_kept_null(folder: &Path) -> Result<(), RunError> {
    Parts::clear(folder, None).map_err(|source| {
        RunFolderError::Unwritable {
            path: folder.to_owned(),
            source,
        }
        .into()
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
