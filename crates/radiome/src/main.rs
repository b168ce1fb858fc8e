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
        Command::Extract(options) => command::extract::run(options, &arguments.common),
        Command::Features(options) => command::features::run(options),
        Command::Ibsi(options) => command::ibsi::run(options, &arguments.common),
        Command::Maps(options) => command::maps::run(options, &arguments.common),
        Command::Filter(options) => command::filter::run(options, &arguments.common),
        Command::Compare(options) => command::compare::run(options, &arguments.common),
        Command::Icc(options) => command::icc::run(options, &arguments.common),
        Command::Logistic(options) => command::logistic::run(options, &arguments.common),
        Command::Nomogram(options) => command::nomogram::run(options, &arguments.common),
        Command::PAdjust(options) => command::p_adjust::run(options, &arguments.common),
    };
    match done {
        Ok(status) => status.into(),
        Err(report) => {
            eprintln!("{report:?}");
            command::Status::Wrong.into()
        }
    }
}
