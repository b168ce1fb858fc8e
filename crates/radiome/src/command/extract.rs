//! `radiome extract`: features of one image or of a table of cases.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::correction::Correction;
use radiome::extract::{
    self, CaseTable, Failure, LabelChoice, Processing, Remarks, Stage, Suv, ThickSlices,
};
use radiome::model::{SPACING, spacing};
use radiome_features::FeatureRow;

use super::{Common, Status};

/// Extract features from an image and a mask, or from a table of cases
///
/// Gives one row a case, with PyRadiomics' column names and definitions. Without --params the
/// settings are PyRadiomics' defaults. Images and masks are NIfTI (.nii, .nii.gz), NRRD (.nrrd,
/// .nhdr, .seg.nrrd) or DICOM: the folder, the ZIP archive or a file of a series; contours
/// (RTSTRUCT) or a segmentation (SEG), whose region --label names (patterns such as GTV* too).
/// Names of labels come from the mask (.seg.nrrd, DICOM), or from a file of label descriptions of
/// ITK-SNAP beside it: tumour.label or tumour.txt for tumour.nii.gz. What reading DICOM files shows,
/// such as copies of slices that were passed over, is said on standard error.
///
/// A table of cases (CSV, TSV or XLSX) has the columns Image and Mask, and may have ID, Label and
/// Label_channel (which label map of a mask file that holds several, from 0); further columns are
/// carried through. Relative paths start at the table's folder. Rows of the same image and mask
/// with different labels are extracted together.
///
/// The column diagnostics_Undefined names the features that a region does not define, and why:
/// flat (one value or grey level; the value is PyRadiomics' convention), no_neighbours, no_runs,
/// no_values_in_range, filter_too_small, not_finite, numerical. A star stands for all features of
/// an image, or of a class of an image.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The image, or the table of cases
    #[arg(value_name = "IMAGE|CASES")]
    input: PathBuf,
    /// The mask drawn on the image
    #[arg(value_name = "MASK")]
    mask: Option<PathBuf>,
    /// PyRadiomics parameter file (YAML), or settings of the IBSI by name: ibsi:digital, ibsi:A to
    /// ibsi:E, ibsi:mr, ibsi2:1.A to ibsi2:9.B
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// Which label of the mask is the region: its number, or the name of its segment or a pattern
    /// (GTV*), in whichever layer of the file; 1,7,Tumour or all gives one row a label, with the
    /// column Label
    #[arg(long, value_name = "N|NAME|N,NAME,...|all")]
    label: Option<LabelChoice>,
    /// Where to write; failed cases go beside it [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Form of the output [default: by the ending of --out, else csv]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Bring PET, DICOM series, into units of SUV first: bw is by body weight
    #[arg(long, value_enum, value_name = "KIND")]
    suv: Option<SuvKind>,
    /// Correct intensities first, in this order, as a study file writes it: n4, zscore,
    /// '{zscore: region}', '{clip: [0.5, 99.5]}', '[n4, zscore]', '{nyul: {landmarks: scale.json}}'
    #[arg(long, value_name = "STEPS")]
    correct: Option<String>,
    /// Override a setting, as in -s binWidth:10; may be repeated
    #[arg(short = 's', long = "setting", value_name = "KEY:VALUE")]
    settings: Vec<String>,
}

/// Units of PET.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SuvKind {
    /// By body weight
    Bw,
}

impl From<SuvKind> for Suv {
    fn from(kind: SuvKind) -> Self {
        match kind {
            SuvKind::Bw => Self::Bw,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table, one row a case
    Csv,
    /// An array of one object a case
    Json,
}

const EXAMPLES: &str = "\
Examples:
  One tumour, settings from a file, features on the screen
    radiome extract scan.nii.gz tumour.nii.gz --params params.yaml

  The segment a reader named \"Tumour\" in 3D Slicer
    radiome extract scan.nrrd contours.seg.nrrd --label Tumour --format json

  Every label of a mask, one row each
    radiome extract scan.nii.gz organs.nii.gz --label all --out organs.csv

  A cohort: cases.csv has the columns ID, Image, Mask
    radiome extract cases.csv --params params.yaml --out features.csv

  Features by the IBSI's definitions, with its settings for MR images
    radiome extract scan.nii.gz tumour.nii.gz --params ibsi:mr

  A DICOM series and the region GTV of its contours
    radiome extract P001/MR_T1 P001/RS.dcm --label GTV --params params.yaml

  Segments that overlap, by their names
    radiome extract scan.nrrd overlapping.seg.nrrd --label Whole,Core

  The bias field taken out and intensities standardised by the body before anything else
    radiome extract cases.csv --params params.yaml --correct '[n4, zscore]' --out features.csv

  A PET series in units of SUV by body weight
    radiome extract P001/PET P001/RS.dcm --label GTV --suv bw --params pet.yaml

  Another bin width than the file says
    radiome extract cases.csv --params params.yaml -s binWidth:10 --out features.csv

Exit status: 0 all done; 1 some cases failed, the rest is written and the failures are listed in
FILE.failures.csv beside --out FILE; 2 the request is wrong.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let protocol = super::protocol(options.params.as_deref(), &options.settings)?;
    let correction = correction(options)?;
    common.note_default_bins(options.params.as_deref(), &options.settings);
    let single = options.mask.is_some();
    let cases = match &options.mask {
        Some(mask) => CaseTable::single(
            &options.input,
            mask,
            options.label.clone(),
            protocol.label_channel(),
        )?,
        None if is_image(&options.input) => {
            return Err(miette!(
                help = "radiome extract IMAGE MASK, or radiome extract CASES.csv",
                "{} is an image: its mask is missing",
                options.input.display()
            ));
        }
        None => CaseTable::read(
            &options.input,
            options.label.as_ref(),
            protocol.label_channel(),
        )?,
    };

    let processing = Processing {
        protocol,
        suv: options.suv.map(Suv::from),
        correction,
    };
    let remarks = Remarks::default();
    let results = extract::run_observed(
        &cases.cases,
        std::slice::from_ref(&processing),
        common.jobs(),
        common.progress(),
        &|observed| remarks.take(&observed),
    );
    for remark in remarks.lines(&cases.cases) {
        common.note(&format!("note: {} ({})", remark.text, remark.code));
    }
    note_thick_slices(&processing, &results, common);
    let failures: Vec<&Failure> = results
        .iter()
        .filter_map(|result| result.as_ref().err())
        .collect();
    // Of one image, files that cannot be read fail for every label alike.
    if let (Some(failure), true) = (failures.first(), single)
        && failure.stage == Stage::Read
    {
        return Err(miette!(
            help = "check the path and the file",
            "{}",
            failure.message
        ));
    }

    match form(options) {
        Format::Csv => {
            let table = extract::to_table(&cases, &results)?;
            match &options.out {
                Some(path) => table.write(path)?,
                None => super::print(&table.to_csv())?,
            }
        }
        Format::Json => {
            let rows = extract::to_json(&cases, &results)?;
            let text = format!("{rows:#}\n");
            match &options.out {
                Some(path) => std::fs::write(path, text)
                    .into_diagnostic()
                    .wrap_err_with(|| format!("cannot write {}", path.display()))?,
                None => super::print(&text)?,
            }
        }
    }
    report(&failures, cases.cases.len(), options.out.as_deref(), common)
}

/// Says once where slices are so thick that resampling makes most of what lies between them.
fn note_thick_slices(
    processing: &Processing,
    results: &[Result<FeatureRow, Failure>],
    common: &Common,
) {
    let spacings: Vec<[f64; 3]> = (results.iter().flatten())
        .filter_map(|row| row.diagnostic(SPACING).and_then(spacing))
        .collect();
    let thick = spacings.iter();
    let thick: Vec<ThickSlices> = thick
        .filter_map(|&one| ThickSlices::find(&processing.protocol, one))
        .collect();
    let remedy = "Measure slice by slice with -s force2D:true -s resampledPixelSpacing:X,Y,0, or \
                  resample to a spacing nearer to that of the slices";
    if let Some(told) = ThickSlices::told(&thick, spacings.len(), "images", remedy) {
        common.note(&format!("warning: {told}"));
    }
}

/// What --correct asks for.
fn correction(options: &Options) -> miette::Result<Correction> {
    let Some(text) = &options.correct else {
        return Ok(Correction::default());
    };
    let correction = Correction::parse(text).map_err(|problem| {
        miette!(
            help = "write n4, zscore, clip or nyul, or a list such as '[n4, {{clip: [0.5, 99.5]}}]'; \
                    docs/images.md has every setting",
            "--correct {text}: {problem}"
        )
    })?;
    if correction.to_be_learnt().is_some() {
        return Err(miette!(
            help = "learn it with `radiome correct --method nyul --train CASES.csv --standard-out \
                    scale.json`, and write '{{nyul: {{landmarks: scale.json}}}}'",
            "--correct {text}: nyul needs a scale that was learnt from training images"
        ));
    }
    Ok(correction)
}

/// Lists the failures on standard error and beside the output.
fn report(
    failures: &[&Failure],
    cases: usize,
    out: Option<&Path>,
    common: &Common,
) -> miette::Result<Status> {
    let beside = out.map(|out| {
        let mut name = out.as_os_str().to_owned();
        name.push(".failures.csv");
        PathBuf::from(name)
    });
    if failures.is_empty() {
        // Failures of an earlier run must not lie beside a complete table.
        if let Some(path) = beside.filter(|path| path.is_file()) {
            std::fs::remove_file(&path)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot remove the outdated {}", path.display()))?;
        }
        if let Some(out) = out {
            common.note(&format!(
                "{cases} of {cases} cases written to {}",
                out.display()
            ));
        }
        return Ok(Status::Done);
    }
    eprintln!("{} of {cases} cases failed:", failures.len());
    for failure in failures {
        eprintln!("  {failure}");
    }
    if let Some(path) = beside {
        let owned: Vec<Failure> = failures.iter().map(|&failure| failure.clone()).collect();
        extract::failure_table(&owned)?.write(&path)?;
        common.note(&format!("the failures are listed in {}", path.display()));
    }
    Ok(Status::SomeFailed)
}

fn form(options: &Options) -> Format {
    let by_ending = || {
        let ending = options.out.as_ref()?.extension()?;
        ending.eq_ignore_ascii_case("json").then_some(Format::Json)
    };
    options.format.or_else(by_ending).unwrap_or(Format::Csv)
}

fn is_image(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"]
        .iter()
        .any(|ending| name.ends_with(ending))
        || radiome_dicom::is_dicom(path)
}
