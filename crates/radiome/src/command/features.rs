//! `radiome features`: what an extraction would compute.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::Status;

/// List the features that would be computed, with their IBSI codes
///
/// One line a feature: its name in the output, its code in the IBSI reference manual (- where IBSI
/// does not define it), what it measures.
#[derive(Args)]
#[command(after_long_help = "Example:\n  radiome features --params params.yaml")]
pub(crate) struct Options {
    /// PyRadiomics parameter file (YAML), or settings of the IBSI as in ibsi:A [default: PyRadiomics' defaults]
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// Override a setting, as in -s binWidth:10; may be repeated
    #[arg(short = 's', long = "setting", value_name = "KEY:VALUE")]
    settings: Vec<String>,
}

pub(crate) fn run(options: &Options) -> miette::Result<Status> {
    let protocol = super::protocol(options.params.as_deref(), &options.settings)?;
    let features = protocol.features();
    let width = features
        .iter()
        .map(|feature| feature.name.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for feature in &features {
        let code = feature.ibsi.unwrap_or("-");
        let summary = feature.summary;
        // Writing to a String does not fail.
        let _ = writeln!(text, "{:width$}  {code:4}  {summary}", feature.name);
    }
    super::print(&text)?;
    Ok(Status::Done)
}
