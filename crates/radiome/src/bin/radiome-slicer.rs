//! radiome as a command-line module of 3D Slicer.
//!
//! Slicer asks with `--xml` what the module wants, draws a panel, writes the volume and the
//! segmentation to temporary files, runs the module with their names, reads its progress from
//! standard output, and loads the table that it wrote (Slicer execution model).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::extract::{self, Case, Progress};
use radiome_features::{FeatureRow, Protocol, Settings};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Radiomics features of a segment, as a command-line module of 3D Slicer
#[derive(Parser)]
#[command(name = "radiome-slicer", version, about)]
struct Arguments {
    /// Describe the module to Slicer
    #[arg(long)]
    xml: bool,
    /// Slicer asks for a picture; there is none
    #[arg(long)]
    logo: bool,
    /// The region: its value, or the name of its segment
    #[arg(long, default_value = "1")]
    label: String,
    /// Definitions and settings where no parameter file is given
    #[arg(long, default_value = DEFAULTS)]
    profile: String,
    /// Slicer's memory for progress; progress goes to standard output
    #[arg(long, hide = true)]
    processinformationaddress: Option<String>,
    /// Slicer's file for single results; there are none
    #[arg(long, hide = true)]
    returnparameterfile: Option<PathBuf>,
    /// Volume, segmentation or label map, parameter file (may be empty), and the table to write
    #[arg(
        num_args = 4,
        value_names = ["VOLUME", "SEGMENTATION", "PARAMETERS", "TABLE"],
        // A path may not be empty, an unset parameter file is.
        value_parser = clap::builder::ValueParser::os_string()
    )]
    files: Vec<OsString>,
}

/// PyRadiomics' defaults.
const DEFAULTS: &str = "PyRadiomics";
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.xml {
        println!("{}", description());
        return ExitCode::SUCCESS;
    }
    if arguments.logo {
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            eprintln!("{report:?}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> miette::Result<()> {
    let [image, mask, params, table] = arguments.files.as_slice() else {
        return Err(miette!(
            help = "Slicer gives them in this order; the parameter file may be an empty word",
            "a volume, a segmentation, a parameter file and a table are needed"
        ));
    };
    let [image, mask, params, table] = [image, mask, params, table].map(Path::new);
    let started = Instant::now();
    println!(
        "<filter-start>\n<filter-name>radiome</filter-name>\n\
         <filter-comment>Radiomics features</filter-comment>\n</filter-start>"
    );
    progress(0.0);
    let protocol = protocol(params, &arguments.profile)?;
    progress(0.1);
    let case = Case {
        id: "case".to_owned(),
        image: image.to_owned(),
        mask: mask.to_owned(),
        label: arguments.label.parse().ok(),
        channel: None,
        protocol: 0,
    };
    let rows = extract::run(&[case], &[protocol.into()], None, Progress::Silent);
    let row = rows
        .into_iter()
        .next()
        .ok_or_else(|| miette!("nothing was extracted"))?;
    let row = row.map_err(|failure| miette!("{}", failure.message))?;
    progress(0.9);
    write(&row, table)?;
    progress(1.0);
    println!(
        "<filter-end>\n<filter-name>radiome</filter-name>\n<filter-time>{:.3}</filter-time>\n\
         </filter-end>",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Slicer reads the last fraction on standard output.
fn progress(fraction: f64) {
    println!("<filter-progress>{fraction}</filter-progress>");
}

fn protocol(params: &Path, profile: &str) -> miette::Result<Protocol> {
    let settings = if params.as_os_str().is_empty() {
        if profile == DEFAULTS {
            return Settings::default().protocol().into_diagnostic();
        }
        Settings::from_profile(profile).into_diagnostic()?
    } else {
        let text = std::fs::read_to_string(params)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read {}", params.display()))?;
        Settings::from_yaml(&text)
            .into_diagnostic()
            .wrap_err_with(|| format!("{} is no parameter file", params.display()))?
    };
    settings.protocol().into_diagnostic()
}

/// One row a feature, as Slicer shows tables.
fn write(row: &FeatureRow, path: &Path) -> miette::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut writer = csv::Writer::from_path(path)
        .into_diagnostic()
        .wrap_err_with(cannot)?;
    let values = row
        .features
        .iter()
        .map(|(name, value)| [name.clone(), value.to_string()]);
    let diagnostics = row
        .diagnostics
        .iter()
        .map(|(name, text)| [name.clone(), text.clone()]);
    for record in std::iter::once(["Feature".to_owned(), "Value".to_owned()])
        .chain(values)
        .chain(diagnostics)
    {
        writer
            .write_record(record)
            .into_diagnostic()
            .wrap_err_with(cannot)?;
    }
    writer.flush().into_diagnostic().wrap_err_with(cannot)
}

/// What the module wants, in the words of `ModuleDescription.xsd`.
fn description() -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<executable>
  <category>Quantification</category>
  <title>Radiomics features (radiome)</title>
  <description>Features of a segment as PyRadiomics or the IBSI define them. For research; no medical device.</description>
  <version>{version}</version>
  <documentation-url></documentation-url>
  <license>MIT</license>
  <contributor>The radiome authors</contributor>
  <parameters>
    <label>Input</label>
    <description>What the features are computed from</description>
    <image>
      <name>inputVolume</name>
      <label>Volume</label>
      <description>The image</description>
      <channel>input</channel>
      <index>0</index>
    </image>
    <image type="label">
      <name>inputSegmentation</name>
      <label>Segmentation or label map</label>
      <description>The contour, on any grid of the same space</description>
      <channel>input</channel>
      <index>1</index>
    </image>
    <string>
      <name>label</name>
      <longflag>label</longflag>
      <label>Label</label>
      <description>The region: its value, or the name of its segment</description>
      <default>1</default>
    </string>
    <file fileExtensions=".yaml,.yml">
      <name>parameters</name>
      <label>Parameter file</label>
      <description>A parameter file of PyRadiomics; may be left empty</description>
      <channel>input</channel>
      <index>2</index>
    </file>
    <string>
      <name>profile</name>
      <longflag>profile</longflag>
      <label>Without a parameter file</label>
      <description>Whose settings apply where no parameter file is given: PyRadiomics, or a profile of the IBSI such as ibsi:mr</description>
      <default>{default}</default>
    </string>
  </parameters>
  <parameters>
    <label>Output</label>
    <description>Where the features go</description>
    <table>
      <name>outputTable</name>
      <label>Table</label>
      <description>One row a feature</description>
      <channel>output</channel>
      <index>3</index>
    </table>
  </parameters>
</executable>"#,
        version = env!("CARGO_PKG_VERSION"),
        default = DEFAULTS,
    )
}
