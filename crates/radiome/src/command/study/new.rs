//! `radiome study new`.

use std::path::{Component, Path, PathBuf};

use clap::Args;
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::study::{self, Pattern, PatternError, Scan, scans};

use crate::command::{Common, Status};

/// Write a commented study file to fill in
///
/// With --images and --masks it is filled in as far as the names of files tell: the sequences, a
/// table of the patients (patients.csv), and a table of the cases (cases.csv) that radiome extract
/// reads.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    /// The folder to write it into
    dir: PathBuf,

    /// How the images are named: {id} stands for the patient, {sequence} (which may be left out)
    /// for the sequence
    #[arg(long, value_name = "PATTERN", requires = "masks")]
    images: Option<String>,

    /// How their contours are named
    #[arg(long, value_name = "PATTERN", requires = "images")]
    masks: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  radiome study new my-study
  radiome study new my-study --images 'scans/{id}/{sequence}.nii.gz' \\
    --masks 'contours/{id}/{sequence}.nii.gz'";

/// The lines of the template that names of files fill in.
const TABLE: &str = "  - {file: clinical.csv, id: patient_id}\n";
const SEQUENCE: &str = "  T1: {image: \"images/{id}_t1.nii.gz\", mask: \"masks/{id}_t1.nii.gz\", label: 1, params: params.yaml}\n";

pub(super) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let dir = &options.dir;
    let path = dir.join("study.yaml");
    let mut files = vec![(dir.join("params.yaml"), study::PARAMS_TEMPLATE.to_owned())];
    let mut text = study::TEMPLATE.to_owned();
    if let (Some(images), Some(masks)) = (&options.images, &options.masks) {
        let [images, masks] = [images, masks].map(|text| Pattern::new(text).map_err(explained));
        let (images, masks) = (images?, masks?);
        let found = scans(&images, &masks).map_err(explained)?;
        let (with, without): (Vec<Scan>, Vec<Scan>) =
            found.into_iter().partition(|scan| scan.mask.is_some());
        for scan in &without {
            common.note(&format!("no contour for {}", scan.image.display()));
        }
        if with.is_empty() {
            return Err(miette!(
                help = "--masks must name the contours of the images that --images names, with the \
                        same {{id}} and {{sequence}}",
                "no image has a contour named like `{}`",
                masks.text()
            ));
        }
        let back = back(dir)?;
        text = text
            .replace(TABLE, "  - {file: patients.csv, id: patient_id}\n")
            .replace(SEQUENCE, &sequences(&with, [&images, &masks], &back));
        files.push((dir.join("patients.csv"), patients(&with)?));
        files.push((dir.join("cases.csv"), cases(&with, &back)?));
        common.note(&format!(
            "{} images with contours; add to patients.csv what is known of each patient, the \
             outcome above all",
            with.len()
        ));
    }
    files.push((path.clone(), text));
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(miette!(
            help = "name another folder, or remove the file",
            "{} is there already and is not overwritten",
            there.display()
        ));
    }
    std::fs::create_dir_all(dir)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot make the folder {}", dir.display()))?;
    for (path, text) in &files {
        std::fs::write(path, text)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write {}", path.display()))?;
    }
    common.note("fill in the file names and columns, then run `radiome study check` on it");
    crate::command::print(&format!("{}\n", path.display()))?;
    Ok(Status::Done)
}

fn explained(error: PatternError) -> miette::Report {
    let help = match &error {
        PatternError::NoId(_) => "write {id} where the patient's name stands",
        PatternError::Unknown { .. } => "the words are {id} and {sequence}",
        PatternError::Sequence(..) => "write {sequence} in both, or in neither",
        PatternError::Nothing(_) => {
            "quote the pattern, so that the shell leaves it as it is, and look at the names"
        }
        PatternError::Unreadable { .. } => "look at the folder's name and permissions",
    };
    miette!(help = help, "{error}")
}

/// The way from a folder, which need not be there yet, back to where the program runs.
fn back(dir: &Path) -> miette::Result<PathBuf> {
    let here = std::env::current_dir().into_diagnostic()?;
    let mut whole = PathBuf::new();
    for component in here.join(dir).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            other => whole.push(other),
        }
    }
    let (mut from, mut to) = (whole.components().peekable(), here.components().peekable());
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    let mut way: PathBuf = from.map(|_| Component::ParentDir).collect();
    way.extend(to);
    Ok(way)
}

/// A path as the study file in the folder names it.
fn seen(path: &Path, back: &Path) -> String {
    let path = if path.is_absolute() {
        path.to_owned()
    } else {
        back.join(path)
    };
    path.to_string_lossy().replace('\\', "/")
}

/// One line a sequence.
fn sequences(scans: &[Scan], [images, masks]: [&Pattern; 2], back: &Path) -> String {
    let mut names: Vec<&str> = scans.iter().map(|scan| scan.sequence.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let quoted = |pattern: &Pattern, name: &str| {
        let path = seen(Path::new(pattern.text()), back).replace("{sequence}", name);
        serde_json::Value::from(path).to_string()
    };
    names
        .iter()
        .map(|name| {
            format!(
                "  {}: {{image: {}, mask: {}, label: 1, params: params.yaml}}\n",
                serde_json::Value::from(*name),
                quoted(images, name),
                quoted(masks, name)
            )
        })
        .collect()
}

fn patients(scans: &[Scan]) -> miette::Result<String> {
    let mut ids: Vec<&str> = scans.iter().map(|scan| scan.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = ids.into_iter().map(|id| vec![id.to_owned(), String::new()]);
    table(&["patient_id", "high_grade"], rows)
}

fn cases(scans: &[Scan], back: &Path) -> miette::Result<String> {
    let rows = scans.iter().map(|scan| {
        let mask = scan.mask.as_deref().unwrap_or(Path::new(""));
        vec![
            scan.id.clone(),
            scan.sequence.clone(),
            seen(&scan.image, back),
            seen(mask, back),
        ]
    });
    table(&["ID", "Sequence", "Image", "Mask"], rows)
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> miette::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).into_diagnostic()?;
    for row in rows {
        writer.write_record(row).into_diagnostic()?;
    }
    let bytes = writer.into_inner().into_diagnostic()?;
    String::from_utf8(bytes).into_diagnostic()
}
