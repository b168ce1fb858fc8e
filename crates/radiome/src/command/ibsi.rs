//! `radiome ibsi`: the conformity run.

use std::path::{Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::conformity::{self, ConformityError};

use super::{Common, Status};

/// Compare with every reference value of the IBSI
///
/// Computes the features of the Image Biomarker Standardisation Initiative on its phantoms, and
/// prints by family and configuration how many agree with their reference, and in full those that
/// do not. Without --data, the digital phantom alone is compared: it is part of the program.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// Folder with the IBSI's data: ibsi1, ibsi2, sts (see docs/ibsi.md)
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// Write a page with every value
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the page of features, with what differs from PyRadiomics, in Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  radiome ibsi
  radiome ibsi --data ibsi-data --html conformity.html
  radiome ibsi --data ibsi-data --markdown features.md

Exit status: 0 every value agrees; 1 some do not; 2 the request is wrong.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let (data, jobs) = (options.data.as_deref(), common.jobs());
    let run = || conformity::run(data, jobs, common.progress());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0));
    let found = match pool.build() {
        Ok(pool) => pool.install(run),
        // No thread can be started: the current pool has at least this one.
        Err(_) => run(),
    };
    let found = found.map_err(explained)?;
    if let Some(path) = &options.html {
        write(path, &found.to_html().into_diagnostic()?)?;
    }
    if let Some(path) = &options.markdown {
        write(path, &found.to_markdown())?;
    }
    if options.json {
        super::print(&format!("{:#}\n", found.to_json()))?;
    } else {
        super::print(&found.to_text())?;
    }
    Ok(match found.failures().next() {
        None => Status::Done,
        Some(_) => Status::SomeFailed,
    })
}

fn write(path: &Path, text: &str) -> miette::Result<()> {
    std::fs::write(path, text)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", path.display()))
}

fn explained(error: ConformityError) -> miette::Report {
    match error {
        ConformityError::Table(error) => (*error).into(),
        other => miette!(
            help = "docs/ibsi.md says which files belong there and where they come from",
            "{other}"
        ),
    }
}
