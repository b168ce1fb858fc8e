//! The program: which command is meant, and where its findings go.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Parser;
use miette::miette;
use serde_json::{Map, Value};

use super::{Command, Common, EXAMPLES, Status};
use crate::table::{Table, with_tables};

/// From MR, CT or PET images with contours and a clinical table to a validated nomogram.
#[derive(Parser)]
#[command(name = "radiome", version, about, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

/// Does what the arguments of the process say; the value is the exit status.
#[must_use]
pub fn main() -> ExitCode {
    // A wrong option ends here: clap explains it and leaves with status 2.
    let arguments = Arguments::parse();
    match run(&arguments.command, &arguments.common) {
        Ok(status) => status.into(),
        Err(report) => {
            eprintln!("{report:?}");
            Status::Wrong.into()
        }
    }
}

/// What a command on tables found: the object that `--json` prints, and the table that `--out` writes.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The findings.
    pub json: Map<String, Value>,
    /// The table of results.
    pub table: Table,
}

/// Where a command leaves its answer instead of printing it.
#[derive(Clone, Default)]
pub(crate) struct Mailbox(Arc<Mutex<Option<Answer>>>);

impl Mailbox {
    pub(crate) fn leave(&self, json: Map<String, Value>, table: Table) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some(Answer { json, table });
    }

    fn collect(&self) -> Option<Answer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Runs a command on tables that lie in memory and gives back what it found; nothing is printed.
///
/// `arguments` are those of the command line without the program's name; where one of them names a
/// table, the table of that name is read before a file is looked for.
///
/// # Errors
/// As the command explains them; wrong arguments; a command that is not one on tables.
pub fn answer(arguments: &[String], tables: Vec<(String, Table)>) -> miette::Result<Answer> {
    let named = std::iter::once("radiome").chain(arguments.iter().map(String::as_str));
    let mut arguments = Arguments::try_parse_from(named).map_err(|error| {
        let text = error.render().to_string();
        let told = text.split("\n\nUsage:").next().unwrap_or_default();
        let told = told
            .split("\n\nFor more information")
            .next()
            .unwrap_or_default();
        miette!("{}", told.trim_start_matches("error: ").trim())
    })?;
    if !arguments.command.is_on_tables() {
        return Err(miette!("the command is none on tables"));
    }
    let left = Mailbox::default();
    arguments.common.answer = Some(left.clone());
    arguments.common.quiet = true;
    with_tables(tables, || run(&arguments.command, &arguments.common))?;
    left.collect()
        .ok_or_else(|| miette!("the command found nothing"))
}

fn run(command: &Command, common: &Common) -> miette::Result<Status> {
    match command {
        Command::Demo(options) => super::demo::run(options, common),
        Command::Study(options) => super::study::run(options, common),
        Command::Predict(options) => super::predict::run(options, common),
        Command::Extract(options) => super::extract::run(options, common),
        Command::Collect(options) => super::collect::run(options, common),
        Command::Features(options) => super::features::run(options),
        Command::Ibsi(options) => super::ibsi::run(options, common),
        Command::Maps(options) => super::maps::run(options, common),
        Command::Filter(options) => super::filter::run(options, common),
        Command::Inspect(options) => super::inspect::run(options, common),
        Command::Convert(options) => super::convert::run(options, common),
        Command::Correct(options) => super::correct::run(options, common),
        Command::Combat(options) => super::combat::run(options, common),
        Command::Compare(options) => super::compare::run(options, common),
        Command::Icc(options) => super::icc::run(options, common),
        Command::Kappa(options) => super::kappa::run(options, common),
        Command::Lasso(options) => super::lasso::run(options, common),
        Command::Logistic(options) => super::logistic::run(options, common),
        Command::Nomogram(options) => super::nomogram::run(options, common),
        Command::PAdjust(options) => super::p_adjust::run(options, common),
        Command::Plan(options) => super::plan::run(options, common),
        Command::Select(options) => super::select::run(options, common),
        Command::KaplanMeier(options) => super::kaplan_meier::run(options, common),
        Command::Cox(options) => super::cox::run(options, common),
        Command::Concordance(options) => super::concordance::run(options, common),
        Command::SurvivalAuc(options) => super::survival_auc::run(options, common),
        Command::Cutpoint(options) => super::cutpoint::run(options, common),
        Command::Audit(options) => super::audit::run(options, common),
        Command::Roc(options) => super::roc::run(options, common),
        Command::Calibration(options) => super::calibration::run(options, common),
        Command::Decision(options) => super::decision::run(options, common),
    }
}
