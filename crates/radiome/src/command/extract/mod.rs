//! `radiome extract`: features of one image or of a table of cases.

mod batch;
mod shard;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::correction::Correction;
use radiome::extract::{
    self, Batch, CaseTable, Failure, FeatureRows, LabelChoice, Processing, Remarks, Shard, Stage,
    Suv, ThickSlices,
};
use radiome::model::{SPACING, spacing};

use super::memory_size::MemorySize;
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
/// With --out every finished case of a table is kept in FILE.cases until FILE is written, so that
/// memory does not grow with the table, and a run that was cut off, by Ctrl-C, a full disk or a
/// killed process, goes on with --resume and gives the same bytes. --shard does a part of a table,
/// and `radiome collect` puts the parts together. docs/runs.md tells more.
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
    /// Where to write, failed cases go beside it; or a folder for shards [default: standard output]
    #[arg(long, value_name = "FILE|DIR")]
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
    /// Go on where an earlier run of the same command was cut off: finished cases are not repeated
    #[arg(long)]
    resume: bool,
    /// Do one of N parts of the table, I from 1 to N, into the folder --out
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Work on fewer cases at a time, so that together they need no more memory than this, as in
    /// 4G; a case that alone needs more fails
    #[arg(long, value_name = "SIZE")]
    memory: Option<MemorySize>,
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
pub(super) enum Format {
    /// A table, one row a case
    Csv,
    /// An array of one object a case
    Json,
}

impl Format {
    /// The form asked for, or else that of the file's name.
    pub(super) fn form(asked: Option<Self>, out: Option<&Path>) -> extract::Form {
        let json = match asked {
            Some(format) => format == Self::Json,
            None => out
                .and_then(Path::extension)
                .is_some_and(|ending| ending.eq_ignore_ascii_case("json")),
        };
        if json {
            extract::Form::Json
        } else {
            extract::Form::Table
        }
    }
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

  On, after the machine went down
    radiome extract cases.csv --params params.yaml --out features.csv --resume

  On a machine with 8 GB for everything
    radiome extract cases.csv --params params.yaml --out features.csv --memory 6G

  The third of eight parts, for a machine of its own
    radiome extract cases.csv --params params.yaml --shard 3/8 --out shards

Exit status: 0 all done; 1 some cases failed, the rest is written and the failures are listed in
FILE.failures.csv beside --out FILE (in a folder of shards, in a file of the shard); 2 the request is
wrong; 130 stopped by Ctrl-C, 143 by SIGTERM: cases that had begun are finished and kept.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let processing = Processing {
        protocol: super::protocol(options.params.as_deref(), &options.settings)?,
        suv: options.suv.map(Suv::from),
        correction: correction(options)?,
    };
    common.note_default_bins(options.params.as_deref(), &options.settings);
    match (&options.mask, &options.out) {
        (Some(mask), _) => single(options, mask, &processing, common),
        (None, _) if is_image(&options.input) => Err(miette!(
            help = "radiome extract IMAGE MASK, or radiome extract CASES.csv",
            "{} is an image: its mask is missing",
            options.input.display()
        )),
        (None, Some(out)) if options.shard.is_some() || is_folder(out) => {
            shard::run(options, out, &processing, common)
        }
        (None, Some(out)) => batch::to_file(options, out, &processing, common),
        (None, None) if options.resume || options.shard.is_some() => Err(miette!(
            help = "--resume needs the file that is written, as in --out features.csv, and --shard a \
                    folder, as in --out shards",
            "--out is missing"
        )),
        (None, None) => batch::to_standard_output(options, &processing, common),
    }
}

/// Whether cases are left in a folder: one that is there, or a name that ends as a folder's.
fn is_folder(out: &Path) -> bool {
    out.is_dir()
        || out
            .to_string_lossy()
            .ends_with(['/', std::path::MAIN_SEPARATOR])
}

/// One image with one mask.
fn single(
    options: &Options,
    mask: &Path,
    processing: &Processing,
    common: &Common,
) -> miette::Result<Status> {
    if options.resume || options.shard.is_some() {
        return Err(miette!(
            help = "leave them out, or list the cases in a table: radiome extract CASES.csv",
            "--resume and --shard are for a table of cases"
        ));
    }
    let cases = CaseTable::single(
        &options.input,
        mask,
        options.label.clone(),
        processing.protocol.label_channel(),
    )?;
    let batch = Batch::new(common.jobs(), common.progress());
    let batch = batch.within(options.memory.map(|size| size.0));
    let remarks = Remarks::default();
    let results = batch.run_observed(&cases.cases, std::slice::from_ref(processing), &|seen| {
        remarks.take(&seen)
    });
    say(remarks, &cases, common);
    note_thick_slices(processing, results.as_slice(), results.len(), common);
    let failures: Vec<&Failure> = results
        .iter()
        .filter_map(|one| one.as_ref().err())
        .collect();
    // Of one image, files that cannot be read fail for every label alike.
    if let Some(failure) = failures.first()
        && failure.stage == Stage::Read
    {
        return Err(miette!(
            help = "check the path and the file",
            "{}",
            failure.message
        ));
    }
    let form = Format::form(options.format, options.out.as_deref());
    match &options.out {
        Some(out) => extract::write_rows(out, form, &cases.table, results.as_slice())?,
        None => super::print_bytes(&extract::rows_text(form, &cases.table, results.as_slice())?)?,
    }
    let beside = options.out.as_deref().map(failures_beside);
    list(&failures, cases.cases.len(), beside.as_deref(), common)?;
    if let (Some(out), true) = (&options.out, failures.is_empty()) {
        written(cases.cases.len(), out, common);
    }
    Ok(status(&failures))
}

/// Says what reading the cases showed.
fn say(remarks: Remarks, cases: &CaseTable, common: &Common) {
    for remark in remarks.lines(&cases.cases) {
        common.note(&format!("note: {} ({})", remark.text, remark.code));
    }
}

/// Says once where slices are so thick that resampling makes most of what lies between them.
fn note_thick_slices(
    processing: &Processing,
    rows: &(impl FeatureRows + ?Sized),
    cases: usize,
    common: &Common,
) {
    // Rows may lie in files, and are not read for nothing.
    if processing.protocol.resampled_spacing().is_none() {
        return;
    }
    let spacings: Vec<[f64; 3]> = (0..cases)
        .filter_map(|place| {
            let row = rows.row(place).ok().flatten()?;
            row.diagnostic(SPACING).and_then(spacing)
        })
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

/// Where the failures beside a table are listed.
pub(super) fn failures_beside(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".failures.csv");
    PathBuf::from(name)
}

pub(super) fn status(failures: &[&Failure]) -> Status {
    match failures {
        [] => Status::Done,
        _ => Status::SomeFailed,
    }
}

pub(super) fn written(cases: usize, out: &Path, common: &Common) {
    let out = out.display();
    common.note(&format!("{cases} of {cases} cases written to {out}"));
}

/// Lists the failures on standard error and in a file. Failures of an earlier run must not lie
/// beside a complete table.
pub(super) fn list(
    failures: &[&Failure],
    cases: usize,
    file: Option<&Path>,
    common: &Common,
) -> miette::Result<()> {
    if failures.is_empty() {
        if let Some(path) = file.filter(|path| path.is_file()) {
            std::fs::remove_file(path)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot remove the outdated {}", path.display()))?;
        }
        return Ok(());
    }
    eprintln!("{} of {cases} cases failed:", failures.len());
    for failure in failures {
        eprintln!("  {failure}");
    }
    if let Some(path) = file {
        let owned: Vec<Failure> = failures.iter().map(|&failure| failure.clone()).collect();
        extract::failure_table(&owned)?.write(path)?;
        common.note(&format!("the failures are listed in {}", path.display()));
    }
    Ok(())
}

fn is_image(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"]
        .iter()
        .any(|ending| name.ends_with(ending))
        || radiome_dicom::is_dicom(path)
}
