//! The subcommands, one file each, and what they share.

pub(crate) mod audit;
pub(crate) mod calibration;
pub(crate) mod collect;
pub(crate) mod combat;
pub(crate) mod compare;
pub(crate) mod concordance;
pub(crate) mod convert;
pub(crate) mod correct;
pub(crate) mod cox;
pub(crate) mod cutpoint;
pub(crate) mod decision;
pub(crate) mod demo;
pub(crate) mod extract;
pub(crate) mod features;
pub(crate) mod filter;
pub(crate) mod ibsi;
pub(crate) mod icc;
pub(crate) mod inspect;
pub(crate) mod kaplan_meier;
pub(crate) mod kappa;
pub(crate) mod lasso;
pub(crate) mod logistic;
pub(crate) mod maps;
mod memory_size;
pub(crate) mod nomogram;
pub(crate) mod p_adjust;
pub(crate) mod plan;
pub(crate) mod predict;
mod program;
pub(crate) mod roc;
pub(crate) mod select;
pub(crate) mod study;
pub(crate) mod survival_auc;
mod tabular;

pub use program::{Answer, answer, main};

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::extract::Progress;
use radiome::interruption::Interruption;
use radiome_features::{Protocol, Settings, SettingsError};

/// Shown under the list of commands.
pub(crate) const EXAMPLES: &str = "\
Examples:
  radiome demo
  radiome study run study.yaml
  radiome predict --model run/model.json --table patients.csv
  radiome extract scan.nii.gz tumour.nii.gz
  radiome extract cases.csv --params params.yaml --out features.csv
  radiome collect shards --out features.csv
  radiome maps scan.nii.gz tumour.nii.gz --params params.yaml --out maps
  radiome filter scan.nii.gz --filter LaplacianOfGaussian -s sigma:2 --out edges.nrrd
  radiome inspect scan.nii.gz tumour.nii.gz --png tumour.png
  radiome convert scan.mha --out scan.nii.gz
  radiome correct scan.nii.gz --method n4 --out corrected.nii.gz
  radiome features --params params.yaml
  radiome ibsi
  radiome compare patients.csv --group grade --vars age,sex,margin
  radiome icc reader1.csv reader2.csv --threshold 0.75
  radiome kappa signs.csv --readers oedema_R1,oedema_R2
  radiome combat features.csv --batch scanner --out harmonised.csv
  radiome select features.csv --outcome grade -k 30
  radiome lasso features.csv --outcome grade --folds 10
  radiome logistic patients.csv --outcome grade --vars age,margin,stage --factor stage
  radiome nomogram patients.csv --outcome grade --vars age,stage --svg nomogram.svg
  radiome roc predictions.csv --outcome grade --scores nomogram,clinical
  radiome calibration predictions.csv --outcome grade --probs nomogram
  radiome decision predictions.csv --outcome grade --probs nomogram
  radiome kaplan-meier patients.csv --time months --event progressed --group risk
  radiome cox patients.csv --time months --event progressed --vars age,stage
  radiome p-adjust tests.csv --p p_value --method bh
  radiome audit table2.csv table4.csv
  radiome plan --predictors 6 --prevalence 0.45 --c 0.8

`radiome COMMAND --help` explains a command and shows examples.";

/// What can be done.
#[derive(Subcommand)]
pub(crate) enum Command {
    Demo(demo::Options),
    Study(study::Options),
    Predict(predict::Options),
    Extract(extract::Options),
    Collect(collect::Options),
    Features(features::Options),
    Maps(maps::Options),
    Filter(filter::Options),
    Inspect(inspect::Options),
    Convert(convert::Options),
    Correct(correct::Options),
    Ibsi(ibsi::Options),
    Compare(compare::Options),
    Icc(icc::Options),
    Kappa(kappa::Options),
    Combat(combat::Options),
    Select(select::Options),
    Lasso(lasso::Options),
    Logistic(logistic::Options),
    Nomogram(nomogram::Options),
    Roc(roc::Options),
    Calibration(calibration::Options),
    Decision(decision::Options),
    KaplanMeier(kaplan_meier::Options),
    Cox(cox::Options),
    Concordance(concordance::Options),
    SurvivalAuc(survival_auc::Options),
    Cutpoint(cutpoint::Options),
    PAdjust(p_adjust::Options),
    Audit(audit::Options),
    Plan(plan::Options),
}

impl Command {
    /// Whether it works on tables and leaves an [`Answer`].
    fn is_on_tables(&self) -> bool {
        matches!(
            self,
            Self::Compare(_)
                | Self::Icc(_)
                | Self::Kappa(_)
                | Self::Combat(_)
                | Self::Select(_)
                | Self::Lasso(_)
                | Self::Logistic(_)
                | Self::Nomogram(_)
                | Self::Roc(_)
                | Self::Calibration(_)
                | Self::Decision(_)
                | Self::KaplanMeier(_)
                | Self::Cox(_)
                | Self::Concordance(_)
                | Self::SurvivalAuc(_)
                | Self::Cutpoint(_)
                | Self::PAdjust(_)
                | Self::Audit(_)
                | Self::Plan(_)
                | Self::Predict(_)
        )
    }
}

/// Options of every command.
#[derive(Args)]
pub(crate) struct Common {
    /// Threads to use [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Show no progress and no notes, only errors
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Where a command on tables leaves its answer instead of printing it
    #[arg(skip)]
    pub(crate) answer: Option<program::Mailbox>,
}

impl Common {
    pub(crate) fn jobs(&self) -> Option<usize> {
        self.jobs.map(usize::from)
    }

    pub(crate) fn progress(&self) -> Progress {
        if self.quiet {
            Progress::Silent
        } else {
            Progress::Bar
        }
    }

    /// Says something on standard error, unless quiet is asked for.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// Warns where nobody has chosen the width of the grey levels.
    pub(crate) fn note_default_bins(&self, params: Option<&Path>, overrides: &[String]) {
        let sets_bins = |text: &String| text.trim_start().starts_with("bin");
        if params.is_none() && !overrides.iter().any(sets_bins) {
            self.note(
                "warning: no --params, so grey levels are 25 units wide (PyRadiomics' default); \
                 look whether that suits the range of your images (16 to 128 levels in the region \
                 are usual), or set it with -s binWidth:N",
            );
        }
    }
}

/// Follows Ctrl-C and SIGTERM; where the system refuses, they end the process as ever.
pub(crate) fn interruption() -> Interruption {
    Interruption::of_signals().unwrap_or_default()
}

/// Does work on as many threads as are asked for.
pub(crate) fn in_pool<T: Send>(common: &Common, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(common.jobs().unwrap_or(0));
    match pool.build() {
        Ok(pool) => pool.install(work),
        // No thread can be started: the current pool has at least this one.
        Err(_) => work(),
    }
}

/// How a command ended; the number is the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Everything is done, with or without warnings.
    Done = 0,
    /// Some cases failed; the rest is written.
    SomeFailed = 1,
    /// The request itself is wrong.
    Wrong = 2,
    /// Stopped by Ctrl-C (SIGINT).
    Interrupted = 130,
    /// Stopped by SIGTERM.
    Terminated = 143,
}

impl Status {
    /// How a command ends that was asked to stop; `None` where it was not.
    pub(crate) fn of_interruption(interruption: &Interruption) -> Option<Self> {
        match interruption.exit_status()? {
            143 => Some(Self::Terminated),
            _ => Some(Self::Interrupted),
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// The settings of a parameter file or profile and overrides; PyRadiomics' defaults without a file.
pub(crate) fn settings(params: Option<&Path>, overrides: &[String]) -> miette::Result<Settings> {
    let mut settings = match params {
        None => Settings::default(),
        Some(path) => read_settings(path)?,
    };
    for text in overrides {
        settings
            .set(text)
            .map_err(|error| miette!(help = "write it as in -s binWidth:10", "-s: {error}"))?;
    }
    Ok(settings)
}

fn read_settings(path: &Path) -> miette::Result<Settings> {
    let shown = path.display().to_string();
    if shown.starts_with("ibsi:") || shown.starts_with("ibsi2:") {
        return Settings::from_profile(&shown)
            .map_err(|error| miette!(help = PROFILES_HELP, "--params {shown}: {error}"));
    }
    let text = std::fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read the parameter file {shown}"))?;
    Settings::from_yaml(&text).map_err(|error| miette!(help = PARAMS_HELP, "{shown}: {error}"))
}

/// What the settings mean.
pub(crate) fn protocol(params: Option<&Path>, overrides: &[String]) -> miette::Result<Protocol> {
    let settings = settings(params, overrides)?;
    settings
        .protocol()
        .map_err(|error| explained(params, &error))
}

/// An error in the meaning of settings, with the file that they stand in.
pub(crate) fn explained(params: Option<&Path>, error: &SettingsError) -> miette::Report {
    match params {
        Some(path) => miette!(help = PARAMS_HELP, "{}: {error}", path.display()),
        None => miette!("{error}"),
    }
}

const PROFILES_HELP: &str = "the IBSI's settings are ibsi:digital, ibsi:A to ibsi:E, ibsi:mr, and ibsi2:1.A to \
     ibsi2:9.B";

const PARAMS_HELP: &str = "the file uses PyRadiomics' words: the sections setting, imageType and \
     featureClass, as in `setting: {binWidth: 5}`";

/// Writes text to standard output; a reader that has gone away is no error.
pub(crate) fn print(text: &str) -> miette::Result<()> {
    print_bytes(text.as_bytes())
}

/// As [`print`].
pub(crate) fn print_bytes(text: &[u8]) -> miette::Result<()> {
    match std::io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error)
            .into_diagnostic()
            .wrap_err("cannot write to standard output"),
        _ => Ok(()),
    }
}
