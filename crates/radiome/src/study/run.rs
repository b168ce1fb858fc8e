//! The whole study: features, models, resamples, results, report, run folder.

use std::path::Path;
use std::time::Instant;

use indexmap::IndexMap;
use miette::Diagnostic;
use thiserror::Error;

use super::controls::{Beside, controls};
use super::file::Mode;
use super::learnt_scales::{self, LearntFrom};
use super::{Split, Study, StudyError, assemble, perturbed_readings, scaled_images, thick_slices};
use crate::Stopped;
use crate::evaluation::Evidence;
use crate::extract::{Failure, Progress};
use crate::interruption::Interruption;
use crate::model::Model;
use crate::pipeline::{FitError, feature_iccs};
use crate::quality;
use crate::report::{self, ReportError};
use crate::results::Results;
use crate::run_folder::{RunFolder, RunFolderError};
use crate::validation::{Stream, bootstrap_kept, cross_validate_kept};

/// A commented study file to fill in.
pub const TEMPLATE: &str = include_str!("template.yaml");
/// The parameter file that it names.
pub const PARAMS_TEMPLATE: &str = include_str!("params_template.yaml");

/// Why a study did not come to its end.
#[derive(Debug, Error, Diagnostic)]
pub enum RunError {
    /// The study cannot go on with these patients.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Study(#[from] StudyError),
    /// A model could not be fitted.
    #[error("{during}: {source}")]
    Fit {
        /// The final model, the cross-validation or the bootstrap.
        during: &'static str,
        /// Why.
        source: FitError,
    },
    /// The run stopped before its end.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Stopped(#[from] Stopped),
    /// The report could not be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The run folder could not be written.
    #[error(transparent)]
    RunFolder(#[from] RunFolderError),
    /// No threads.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// A finished study.
#[derive(Debug)]
pub struct Finished {
    /// What was found.
    pub results: Results,
    /// Cases that failed.
    pub failures: Vec<Failure>,
    /// Seconds by stage, in order.
    pub timing: IndexMap<String, f64>,
    /// Images and resamples that an unfinished run had done.
    pub reused: usize,
}

/// How a study is run; nothing of it changes a result.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Threads; `None`: all cores.
    pub jobs: Option<usize>,
    /// Whether bars are shown.
    pub progress: Progress,
    /// Whether images and resamples that an unfinished run had done are used.
    pub resume: bool,
    /// What stops the run.
    pub interruption: Interruption,
}

impl RunError {
    /// Where the run was stopped, at whatever stage, and not by a fault of its own.
    #[must_use]
    pub fn stopped(&self) -> Option<&Stopped> {
        match self {
            Self::Stopped(stopped)
            | Self::Study(StudyError::Stopped(stopped))
            | Self::Fit {
                source: FitError::Stopped(stopped),
                ..
            } => Some(stopped),
            _ => None,
        }
    }
}

/// Runs a study and writes its run folder.
///
/// # Errors
/// See [`RunError`]. A patient whose images cannot be used is no error but a row of `failures.csv`.
pub fn run(
    study: Study,
    out: &Path,
    jobs: Option<usize>,
    progress: Progress,
) -> Result<Finished, RunError> {
    let options = RunOptions {
        jobs,
        progress,
        resume: false,
        interruption: Interruption::default(),
    };
    run_with(study, out, &options)
}

/// As [`run`]. Every image and every resample is kept in the run folder as it is finished, until
/// all is done.
///
/// # Errors
/// See [`RunError`]; [`RunError::stopped`] where the run can go on later.
pub fn run_with(mut study: Study, out: &Path, options: &RunOptions) -> Result<Finished, RunError> {
    let &RunOptions {
        jobs,
        progress,
        resume,
        ..
    } = options;
    let folder = RunFolder::create(out)?;
    let resumption = folder.unfinished(resume, &options.interruption)?;
    let batch = resumption.batch(jobs, progress);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.unwrap_or(0))
        .build()?;
    pool.install(|| {
        let mut timing = Timing::start();
        let mut cohort = study.cohort.clone();
        let honest = study.file.mode == Mode::Honest;
        let mut scales = Vec::new();
        let mut features = match &study.feature_tables {
            Some(tables) => tables.gather(&mut cohort, &study.file)?,
            None => {
                let from = match honest {
                    true => LearntFrom::Analysed,
                    false => LearntFrom::EveryImage,
                };
                let (features, more, learnt) =
                    learnt_scales::extract(&mut study, &mut cohort, &batch, &resumption, from)?;
                scales.extend(learnt.into_iter().filter(|_| honest));
                study.warnings.extend(more);
                study
                    .warnings
                    .extend(thick_slices::warnings(&study, &features));
                features
            }
        };
        timing.stage("extraction");
        perturbed_readings::add(&mut study, &cohort, &mut features, &batch);
        resumption.check()?;
        timing.stage("perturbation");
        folder.write_features(&study, &cohort, &features)?;
        folder.write_undefined(&cohort, &features)?;

        let data = assemble::dataset(&study, &cohort, &features)?;
        let columns = &features.columns;
        let data = scaled_images::learning(data, &study, &cohort, columns, &scales, &batch);
        let train = assemble::rows_of(&cohort, Split::Train);
        let external = assemble::rows_of(&cohort, Split::External);
        let (pipeline, reliability_reason) =
            assemble::pipeline(&study, &features.columns, &data, &train);
        let training = assemble::training(&study, &data, &train, &external);
        let fitted = pipeline
            .fit(&training, &mut Stream::Final.generator(pipeline.seed))
            .map_err(|source| RunError::Fit {
                during: "the final model",
                source,
            })?;
        let iccs = match &pipeline.reliability {
            Some(rule) => {
                Some(
                    feature_iccs(rule, training.data(), true).map_err(|source| RunError::Fit {
                        during: "the ICC",
                        source,
                    })?,
                )
            }
            None => None,
        };
        timing.stage("final_model");

        let validation = &study.file.validation;
        let cross_validation = if honest {
            let bar = progress.bar(validation.repeats * validation.folds, "Cross-validating");
            let done = cross_validate_kept(
                &pipeline,
                training.data(),
                [validation.repeats, validation.folds],
                &resumption,
                &|| bar.inc(1),
            )
            .map_err(|source| RunError::Fit {
                during: "the cross-validation",
                source,
            })?;
            bar.finish_and_clear();
            Some(done)
        } else {
            None
        };
        timing.stage("cross_validation");
        let resampled = if validation.bootstrap == 0 || !honest {
            None
        } else {
            let bar = progress.bar(validation.bootstrap, "Bootstrapping");
            let done = bootstrap_kept(
                &pipeline,
                training.data(),
                validation.bootstrap,
                &resumption,
                &|| bar.inc(1),
            )
            .map_err(|source| RunError::Fit {
                during: "the bootstrap",
                source,
            })?;
            bar.finish_and_clear();
            Some(done)
        };
        timing.stage("bootstrap");
        let controls = controls(&Beside {
            study: &study,
            cohort: &cohort,
            features: &features,
            scales: &scales,
            data: &data,
            train: &train,
            external: &external,
            pipeline: &pipeline,
            cross_validation: cross_validation.as_ref(),
            batch: &batch,
            resumption: &resumption,
            progress,
        });
        // A control that was cut off is none that could not be had.
        resumption.check()?;
        timing.stage("controls");
        let folds = cross_validation.iter().flat_map(|done| &done.fits);
        let samples = resampled.iter().flat_map(|done| &done.samples);
        let lost = (folds.map(|fold| fold.lost.as_slice()))
            .chain(samples.map(|sample| sample.lost.as_slice()));
        study.warnings.extend(learnt_scales::lost(&cohort, lost));

        let predictions = fitted.predict(&data).map_err(|source| RunError::Fit {
            during: "the predictions",
            source,
        })?;
        let baseline = assemble::baseline(&study, &cohort, &data);
        let stage = assemble::stage(&study, &cohort);
        let strata = assemble::columns(&cohort, study.strata());
        let subgroups = assemble::columns(&cohort, &study.file.subgroups);
        let evidence = Evidence {
            study: &study,
            cohort: &cohort,
            columns: &features.columns,
            data: &data,
            train: &train,
            external: &external,
            pipeline: &pipeline,
            fitted: &fitted,
            iccs: iccs.as_deref(),
            reliability_reason: reliability_reason.as_deref(),
            predictions: &predictions,
            cross_validation: cross_validation.as_ref(),
            bootstrap: resampled.as_ref(),
            controls: &controls,
            baseline: &baseline,
            stage: stage.as_ref(),
            strata: &strata,
            subgroups: &subgroups,
            warnings: &study.warnings,
        };
        let mut results = evidence.results();
        quality::note(features.quality.as_ref(), &mut results);
        timing.stage("evaluation");

        let model = Model::of(&evidence, &features).map_err(|source| RunError::Fit {
            during: "the final model",
            source,
        })?;
        folder.write_model(&model)?;
        let cross_validation = cross_validation.as_ref();
        folder.write_folds(&cohort, &train, cross_validation)?;
        folder.write_predictions(&cohort, &train, &predictions, cross_validation)?;
        folder.write_failures(&features.failures)?;
        folder.write_quality(features.quality.as_ref())?;
        folder.write_results(&results)?;
        // The report is drawn from the numbers as the file holds them, as it is when drawn again.
        let results = folder.read_results()?;
        folder.write_model_card(&report::model_card(&results, &model))?;
        folder.write_record(&study, &cohort)?;
        draw(&results, &folder)?;
        timing.stage("report");
        folder.write_timing(&timing.seconds)?;
        let reused = resumption.reused();
        folder.remove_unfinished(&resumption)?;
        Ok(Finished {
            reused,
            results,
            failures: features.failures,
            timing: timing.seconds,
        })
    })
}

/// Draws the report of a run folder again, from its results.
///
/// # Errors
/// A folder without readable results, or a report that cannot be made.
pub fn report_again(out: &Path) -> Result<(), RunError> {
    let folder = RunFolder::open(out)?;
    let results = folder.read_results()?;
    draw(&results, &folder)
}

fn draw(results: &Results, folder: &RunFolder) -> Result<(), RunError> {
    folder.clear_drawings()?;
    report::render(results)?.write(folder.path())?;
    Ok(folder.draw_quality(results)?)
}

/// Seconds by stage.
struct Timing {
    last: Instant,
    seconds: IndexMap<String, f64>,
}

impl Timing {
    fn start() -> Self {
        Self {
            last: Instant::now(),
            seconds: IndexMap::new(),
        }
    }

    fn stage(&mut self, name: &str) {
        self.seconds
            .insert(name.to_owned(), self.last.elapsed().as_secs_f64());
        self.last = Instant::now();
    }
}
