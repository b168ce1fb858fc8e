//! `radiome features`: what an extraction would compute.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use radiome_features::catalogue::{self, FeatureClass};
use radiome_features::settings;

use super::Status;

/// List the features that would be computed, with their IBSI codes
///
/// One line a feature: its name in the output, its code in the IBSI reference manual (- where IBSI
/// does not define it), what it measures.
#[derive(Args)]
#[command(
    after_long_help = "Examples:\n  radiome features --params params.yaml\n  radiome features --reference > features.md"
)]
pub(crate) struct Options {
    /// PyRadiomics parameter file (YAML), or settings of the IBSI as in ibsi:A [default: PyRadiomics' defaults]
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// Override a setting, as in -s binWidth:10; may be repeated
    #[arg(short = 's', long = "setting", value_name = "KEY:VALUE")]
    settings: Vec<String>,
    /// Write every feature of PyRadiomics and every setting as a page of Markdown instead
    #[arg(long, conflicts_with_all = ["params", "settings"])]
    reference: bool,
}

pub(crate) fn run(options: &Options) -> miette::Result<Status> {
    if options.reference {
        super::print(&reference())?;
        return Ok(Status::Done);
    }
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

/// The catalogue and the settings as a page.
fn reference() -> String {
    let mut page = "# Features and settings\n\nWritten by `radiome features --reference`. The \
        features by the IBSI's definitions are in [ibsi_features.md](ibsi_features.md), the filters \
        in [filters.md](filters.md).\n\n## Features of PyRadiomics\n\nNames as in its output, \
        behind the image type and the class. Those marked * are computed only when asked for by \
        name.\n"
        .to_owned();
    // Writing to a String does not fail.
    for class in FeatureClass::ALL {
        let _ = write!(
            page,
            "\n### {}\n\n| feature | IBSI | what it measures |\n| --- | --- | --- |\n",
            class.name()
        );
        for entry in catalogue::entries(class) {
            let _ = writeln!(
                page,
                "| {}{} | {} | {} |",
                entry.name,
                if entry.deprecated { " *" } else { "" },
                entry.ibsi.unwrap_or("-"),
                entry.summary.replace('|', "\\|")
            );
        }
    }
    let _ = write!(
        page,
        "\n## Settings of a parameter file\n\nThe keys of `setting` (and of an image type's own \
         settings, where the third column allows it). A key that is not in the list is an error \
         that names the nearest.\n\n| key | value | heeded by | left out | what it does |\n\
         | --- | --- | --- | --- | --- |\n"
    );
    for setting in settings::reference() {
        let default = match setting.default {
            "" => "needed",
            default => default,
        };
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {default} | {} |",
            setting.name, setting.expected, setting.reach, setting.summary
        );
    }
    page
}
