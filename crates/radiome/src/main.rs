//! The `radiome` command: from scans to a validated nomogram.

mod command;

use std::process::ExitCode;

use clap::Parser;

use command::{Command, Common};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// From MR, CT or PET images with contours and a clinical table to a validated nomogram.
#[derive(Parser)]
#[command(name = "radiome", version, about, after_help = command::EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

fn main() -> ExitCode {
    // A wrong option ends here: clap explains it and leaves with status 2.
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Command::Demo(options) => command::demo::run(options, &arguments.common),
        Command::Study(options) => command::study::run(options, &arguments.common),
        Command::Predict(options) => command::predict::run(options, &arguments.common),
        Command::Extract(options) => command::extract::run(options, &arguments.common),
        Command::Collect(options) => command::collect::run(options, &arguments.common),
        Command::Features(options) => command::features::run(options),
        Command::Ibsi(options) => command::ibsi::run(options, &arguments.common),
        Command::Maps(options) => command::maps::run(options, &arguments.common),
        Command::Filter(options) => command::filter::run(options, &arguments.common),
        Command::Inspect(options) => command::inspect::run(options, &arguments.common),
        Command::Convert(options) => command::convert::run(options, &arguments.common),
        Command::Correct(options) => command::correct::run(options, &arguments.common),
        Command::Combat(options) => command::combat::run(options, &arguments.common),
        Command::Compare(options) => command::compare::run(options, &arguments.common),
        Command::Icc(options) => command::icc::run(options, &arguments.common),
        Command::Kappa(options) => command::kappa::run(options, &arguments.common),
        Command::Lasso(options) => command::lasso::run(options, &arguments.common),
        Command::Logistic(options) => command::logistic::run(options, &arguments.common),
        Command::Nomogram(options) => command::nomogram::run(options, &arguments.common),
        Command::PAdjust(options) => command::p_adjust::run(options, &arguments.common),
        Command::Plan(options) => command::plan::run(options, &arguments.common),
        Command::Select(options) => command::select::run(options, &arguments.common),
        Command::KaplanMeier(options) => command::kaplan_meier::run(options, &arguments.common),
        Command::Cox(options) => command::cox::run(options, &arguments.common),
        Command::Concordance(options) => command::concordance::run(options, &arguments.common),
        Command::SurvivalAuc(options) => command::survival_auc::run(options, &arguments.common),
        Command::Cutpoint(options) => command::cutpoint::run(options, &arguments.common),
        Command::Audit(options) => command::audit::run(options, &arguments.common),
        Command::Roc(options) => command::roc::run(options, &arguments.common),
        Command::Calibration(options) => command::calibration::run(options, &arguments.common),
        Command::Decision(options) => command::decision::run(options, &arguments.common),
    };
    match done {
        Ok(status) => status.into(),
        Err(report) => {
            eprintln!("{report:?}");
            command::Status::Wrong.into()
        }
    }
}
