//! `radiome study`: write, check and run a study; draw its report again; permute its outcome.

mod new;
mod null;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use radiome::Stopped;
use radiome::interruption::Interruption;
use radiome::results::Results;
use radiome::study::{self, Finished, RelearningCost, RunError, RunOptions, Study};

use super::{Common, Status};

/// Write, check and run a study, or draw its report again
///
/// A study is one file: which tables and images, what is predicted, how it is learnt and judged.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  radiome study new my-study
  radiome study check my-study/study.yaml
  radiome study run my-study/study.yaml --out my-study.run
  radiome study run my-study/study.yaml --out my-study.run --resume
  radiome study report my-study.run
  radiome study null my-study/study.yaml --repeats 100";

#[derive(Subcommand)]
enum Action {
    New(new::Options),
    /// Read everything, compute nothing, and say what is wrong
    Check {
        /// The study file
        study: PathBuf,
    },
    /// Do it all: features, models, validation, report
    Run {
        /// The study file
        study: PathBuf,
        /// The run folder [default: the study file's name with `.run`]
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Go on where an earlier run into the same folder was cut off: images and resamples that
        /// were finished are not repeated, and the results are the same bytes
        #[arg(long)]
        resume: bool,
    },
    /// Draw the report of a run folder again, from its results.json
    Report {
        /// The run folder
        dir: PathBuf,
    },
    Null(null::Options),
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    match &options.action {
        Action::New(options) => new::run(options, common),
        Action::Check { study } => check(study, common),
        Action::Run { study, out, resume } => {
            let out = out.clone().unwrap_or_else(|| study.with_extension("run"));
            complete(study, &out, *resume, common)
        }
        Action::Report { dir } => {
            study::report_again(dir)?;
            super::print(&format!("{}\n", dir.join("report.html").display()))?;
            Ok(Status::Done)
        }
        Action::Null(options) => null::run(options, common),
    }
}

/// Runs a study to its end, or to where it is stopped.
fn complete(study: &Path, out: &Path, resume: bool, common: &Common) -> miette::Result<Status> {
    let options = RunOptions {
        jobs: common.jobs(),
        progress: common.progress(),
        resume,
        interruption: super::interruption(),
    };
    let finished = match study::run_with(Study::read(study)?, out, &options) {
        Ok(finished) => finished,
        Err(error) => return stopped(error, &options.interruption, out),
    };
    if resume {
        let reused = finished.reused;
        common.note(&format!(
            "{reused} images and resamples were finished before"
        ));
    }
    finish(&finished, out, common)
}

/// How a run ends that was asked to stop, and how to go on; any other error is one.
fn stopped(error: RunError, by: &Interruption, kept_in: &Path) -> miette::Result<Status> {
    let interrupted = error.stopped() == Some(&Stopped::Interrupted);
    match Status::of_interruption(by) {
        Some(status) if interrupted => {
            eprintln!(
                "interrupted; run the same command again with --resume to go on: what was finished \
                 is in {}",
                kept_in.display()
            );
            Ok(status)
        }
        _ => Err(error.into()),
    }
}

fn check(path: &Path, common: &Common) -> miette::Result<Status> {
    let study = Study::read(path)?;
    let checked = study.check_images(common.jobs(), common.progress());
    for warning in &study.warnings {
        common.note(&format!("warning: {}", warning.text));
    }
    for remark in &checked.remarks {
        common.note(&format!("warning: {}", remark.text));
    }
    for exclusion in &study.cohort.excluded {
        common.note(&format!("excluded: {}: {}", exclusion.id, exclusion.reason));
    }
    for failure in &checked.failures {
        common.note(&format!("failed: {failure}"));
    }
    if let Some(cost) = study.relearning_cost() {
        common.note(&relearning(&cost, common.jobs()));
    }
    super::print(&format!(
        "{} patients in the tables, {} can be analysed as far as the tables tell; {} of {} images and contours can be used\n",
        study.cohort.enrolled,
        study.cohort.patients.len(),
        checked.cases - checked.failures.len(),
        checked.cases
    ))?;
    Ok(if checked.failures.is_empty() {
        Status::Done
    } else {
        Status::SomeFailed
    })
}

/// What a scale of intensities that every resample learns anew will cost.
fn relearning(cost: &RelearningCost, jobs: Option<usize>) -> String {
    let threads = jobs.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
    let threads = threads.unwrap_or(1).max(1);
    let time = match cost.seconds {
        None => String::new(),
        Some(seconds) => {
            let minutes = seconds * cost.extractions / threads as f64 / 60.0;
            format!(
                ", about {:.0} min on {threads} threads by the time that a few of them took",
                minutes.ceil()
            )
        }
    };
    format!(
        "nyul learns its scale again in each of {} resamples: about {:.0} images whose features are \
         computed{time}. Fewer `validation.repeats` and `validation.bootstrap` take less, and a scale \
         that was learnt on other images, `nyul: {{landmarks: scale.json}}`, takes none",
        cost.resamples, cost.extractions
    )
}

/// Says what a finished study found and where the report is.
pub(super) fn finish(finished: &Finished, out: &Path, common: &Common) -> miette::Result<Status> {
    for failure in &finished.failures {
        common.note(&format!("failed: {failure}"));
    }
    for warning in &finished.results.warnings {
        common.note(&format!("warning: {}", warning.text));
    }
    for line in headline(&finished.results) {
        common.note(&line);
    }
    let total: f64 = finished.timing.values().sum();
    common.note(&format!("done in {total:.0} s"));
    super::print(&format!("{}\n", out.join("report.html").display()))?;
    Ok(if finished.failures.is_empty() {
        Status::Done
    } else {
        Status::SomeFailed
    })
}

/// The AUC of each model where it was not fitted.
fn headline(results: &Results) -> Vec<String> {
    let text = |estimate: Option<f64>, ci: [Option<f64>; 2]| match (estimate, ci) {
        (Some(estimate), [Some(low), Some(high)]) => {
            format!("{estimate:.3} ({low:.3} to {high:.3})")
        }
        (Some(estimate), _) => format!("{estimate:.3}"),
        _ => "not defined".to_owned(),
    };
    let mut lines = vec!["AUC with 95% interval:".to_owned()];
    for (model, validation) in &results.internal_validation {
        let mut line = format!("  {model:<14}");
        if let Some(found) = validation.cross_validated {
            line += &format!("  cross-validated {}", text(found.estimate, found.ci));
        }
        if let Some(found) = results
            .performance
            .get(model)
            .and_then(|splits| splits.get("external"))
        {
            line += &format!("  external {}", text(found.auc, found.ci));
        }
        if !results.performance.contains_key(model) {
            line += "  (the final model is empty)";
        }
        lines.push(line);
    }
    lines
}
