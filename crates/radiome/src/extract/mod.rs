//! Features of many cases: all cores, the order of the cases, and no case lost because of another.

mod admission;
mod batch;
mod cases;
mod collect;
mod dicom;
mod failure;
mod finished;
mod footprint;
mod kept;
mod label;
mod maps;
mod named;
mod perturbed;
mod processing;
mod remark;
mod rows;
mod shard;
mod shuffled;
mod stamp;
mod thick_slices;
mod write;

pub use batch::Batch;
pub use cases::{CaseTable, CasesError};
pub use collect::{Collected, MissingCase, collect};
pub use failure::{Failure, Reason, Stage, failure_table};
pub use finished::FinishedCases;
pub use label::{Label, LabelChoice};
pub use maps::{MapsError, WrittenMaps, maps};
pub use named::names_beside;
pub use perturbed::{PerturbedCase, run_perturbed};
pub use processing::{CORRECTION, Plane, Processing, Suv, protocol, record};
pub use remark::{Remark, Remarks, remark_lines};
pub use rows::{UNDEFINED, to_json, to_table};
pub use shard::{
    CaseList, Shard, ShardError, ShardSyntax, shard_cases, shard_failures, write_shard,
};
pub use shuffled::run_shuffled;
pub use thick_slices::ThickSlices;
pub use write::{FeatureRows, Form, WriteError, rows_text, write_rows};

use std::borrow::Cow;
use std::io::IsTerminal;
use std::path::PathBuf;

use batch::Group;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use processing::read_processed;
use radiome_dicom::Series;
use radiome_features::{FeatureRow, Protocol};
use radiome_image::preprocess::{MaskError, check_mask, region};
use radiome_image::read::ReadError;
use radiome_image::{Geometry, Image, LabelMap, read};
use stamp::unchanged;

use crate::correction::Step;

/// One region of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Names the case in failures.
    pub id: String,
    /// The image file.
    pub image: PathBuf,
    /// The file of the contours.
    pub mask: PathBuf,
    /// Which label is the region; `None` leaves it to the protocol.
    pub label: Option<Label>,
    /// Which label map of a mask file that holds several, from 0; `None` leaves it to the protocol.
    pub channel: Option<usize>,
    /// Which kind of processing applies.
    pub protocol: usize,
}

/// Whether a bar on standard error shows how far the work is; never where that is no terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Show it.
    Bar,
    /// Do not.
    Silent,
}

impl Progress {
    /// A bar of so many steps, hidden where it must not be seen.
    #[must_use]
    pub fn bar(self, steps: usize, what: &'static str) -> ProgressBar {
        if self == Self::Silent || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(steps as u64);
        bar.set_draw_target(ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}, {eta} left");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what);
        bar
    }
}

/// Extracts the features of every case, each by its processing, on `jobs` threads (`None`: all
/// cores).
///
/// The results lie in the order of the cases and are the same for any number of threads. A case
/// that fails, even by a defect of this program, leaves a [`Failure`] in its place.
///
/// Cases that differ in their label alone are taken together: files are read once, and what
/// [`Protocol::extract_labels`](radiome_features::Protocol::extract_labels) shares between labels is
/// done once. Their results are those of each case alone.
#[must_use]
pub fn run(
    cases: &[Case],
    processing: &[Processing],
    jobs: Option<usize>,
    progress: Progress,
) -> Vec<Result<FeatureRow, Failure>> {
    run_observed(cases, processing, jobs, progress, &|_| {})
}

/// A case that was read and whose region was found, before its features are computed.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// Its place among the cases.
    pub place: usize,
    /// Its image, corrected.
    pub image: &'a Image,
    /// Its mask.
    pub labels: &'a LabelMap,
    /// The label of its region.
    pub label: u32,
    /// What reading it showed.
    pub remarks: &'a [Remark],
}

/// As [`run`], and shows every case that could be read to `observe` on its way: once each, in any
/// order, on any thread.
#[must_use]
pub fn run_observed(
    cases: &[Case],
    processing: &[Processing],
    jobs: Option<usize>,
    progress: Progress,
    observe: &(dyn Fn(Observed<'_>) + Sync),
) -> Vec<Result<FeatureRow, Failure>> {
    Batch::new(jobs, progress).run_observed(cases, processing, observe)
}

/// The percentiles of every case from which the scale of a step of Nyúl's method is learnt, each
/// after the processing before the step.
#[must_use]
pub fn run_percentiles(
    cases: &[Case],
    before: &Processing,
    step: &Step,
    jobs: Option<usize>,
    progress: Progress,
) -> Vec<Result<Vec<f64>, Failure>> {
    Batch::new(jobs, progress).run_percentiles(cases, before, step)
}

/// Reads every case and checks that image, mask and protocol fit together, without computing
/// features; intensities are not corrected. Gives what reading it showed.
#[must_use]
pub fn check(
    cases: &[Case],
    processing: &[Processing],
    jobs: Option<usize>,
    progress: Progress,
) -> Vec<Result<Vec<Remark>, Failure>> {
    let alone = Group::each_alone(cases.iter());
    let check = |case: &Case| {
        let processing = processing.get(case.protocol);
        let channel = processing.map_or(0, |one| one.protocol.label_channel());
        let suv = processing.and_then(|one| one.suv);
        let Reading {
            image,
            labels,
            remarks,
        } = unchanged(case, || read_files(case, channel, suv))?;
        let label = match &case.label {
            None => None,
            Some(label) => Some(find(case, &labels, label)?),
        };
        let Some(Processing { protocol, .. }) = processing else {
            return Ok(remarks);
        };
        let failed = |error: &MaskError| {
            Failure::new(
                case,
                Stage::Mask,
                Reason::of_mask(error),
                &error.to_string(),
            )
        };
        let mask =
            region(&labels, label.unwrap_or(protocol.label())).map_err(|error| failed(&error))?;
        // A mask on another grid that will be corrected is judged only when it has been.
        if protocol.corrects_mask() && mask.geometry.difference(&image.geometry, 1e-6).is_some() {
            return Ok(remarks);
        }
        check_mask(&image.geometry, &mask, protocol.requirements())
            .map_err(|error| failed(&error))?;
        Ok(remarks)
    };
    let bar = progress.bar(cases.len(), "Checking");
    let found = Batch::new(jobs, progress).each(&alone, bar, |group| {
        group.cases.iter().map(|case| check(case)).collect()
    });
    found.into_iter().flatten().collect()
}

/// Shows cases whose features are known to `observe`, as [`extract`] would on its way.
fn look(group: &Group<'_>, processing: &[Processing], observe: &(dyn Fn(Observed<'_>) + Sync)) {
    // A case that can no longer be read has nothing to show.
    let _ = opened(group, processing, observe);
}

/// A group that was read and corrected: by which processing, with the protocol that has the layer of
/// the name, and the label of each case's region.
struct Opened<'a> {
    processing: &'a Processing,
    protocol: Cow<'a, Protocol>,
    image: Image,
    labels: LabelMap,
    wanted: Vec<Result<u32, Failure>>,
}

/// Reads the image and the mask of a group, which has a case, corrects the image, finds the regions,
/// and shows them to `observe`.
fn opened<'a>(
    group: &Group<'_>,
    processing: &'a [Processing],
    observe: &(dyn Fn(Observed<'_>) + Sync),
) -> Result<Opened<'a>, Failure> {
    // Names may lie in a file beside the mask, which is read for a case that has one.
    let by_name = |case: &&&Case| matches!(case.label, Some(Label::Name(_)));
    let first = group.cases.iter().find(by_name);
    let first = first.copied().unwrap_or(group.cases[0]);
    let Some(processing) = processing.get(first.protocol) else {
        return Err(no_processing(first));
    };
    let protocol = &processing.protocol;
    // The layer of a name is the setting that is recorded.
    let channel = named::channel_of(first, protocol.label_channel());
    let protocol = match channel == protocol.label_channel() {
        true => Cow::Borrowed(protocol),
        false => Cow::Owned(protocol.with_label_channel(channel)),
    };
    let Reading {
        image,
        labels,
        remarks,
    } = read_processed(first, processing, protocol.label_channel())?;
    let usual = Label::Value(protocol.label());
    let wanted: Vec<Result<u32, Failure>> = group
        .cases
        .iter()
        .map(|case| find(case, &labels, case.label.as_ref().unwrap_or(&usual)))
        .collect();
    for (&place, label) in group.places.iter().zip(&wanted) {
        if let Ok(label) = *label {
            observe(Observed {
                place,
                image: &image,
                labels: &labels,
                label,
                remarks: &remarks,
            });
        }
    }
    Ok(Opened {
        processing,
        protocol,
        image,
        labels,
        wanted,
    })
}

/// The features of cases of one image, one label map and one processing.
fn extract(
    group: &Group<'_>,
    processing: &[Processing],
    observe: &(dyn Fn(Observed<'_>) + Sync),
) -> Vec<Result<FeatureRow, Failure>> {
    if group.cases.is_empty() {
        return Vec::new();
    }
    let Opened {
        processing,
        protocol,
        image,
        labels,
        wanted,
    } = match opened(group, processing, observe) {
        Ok(opened) => opened,
        Err(failure) => {
            let of_case = |case: &&Case| Failure {
                id: case.id.clone(),
                ..failure.clone()
            };
            return group.cases.iter().map(of_case).map(Err).collect();
        }
    };
    let values: Vec<u32> = wanted.iter().flatten().copied().collect();
    let mut rows = protocol
        .extract_labels(&image, &labels, &values)
        .into_iter();
    let row = |(case, label): (&&Case, Result<u32, Failure>)| {
        let label = label?;
        let row = rows.next().unwrap_or_else(|| Ok(FeatureRow::default()));
        row.map_err(|error| {
            let reason = Reason::of_extraction(&error);
            // Of several labels of one mask, the message must say which.
            let message = match group.several {
                false => error.to_string(),
                true => format!("label {label}: {error}"),
            };
            Failure::new(case, Stage::Extract, reason, &message)
        })
    };
    let rows = group.cases.iter().zip(wanted).map(row);
    rows.map(|row| row.map(|row| processing.recorded(row)))
        .collect()
}

fn no_processing(case: &Case) -> Failure {
    let message = format!("there is no processing {}", case.protocol);
    Failure::new(case, Stage::Extract, Reason::Setting, &message)
}

/// The image and the mask of a case.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The image.
    pub image: Image,
    /// The mask.
    pub labels: LabelMap,
    /// What is to be known of how they were read.
    pub remarks: Vec<Remark>,
}

/// Reads the image and the mask of a case; of a mask file with several label maps the one of its
/// channel, or the one that holds the segment of its name, or else that of `channel`, the
/// protocol's. Either may be DICOM; of a DICOM mask only the region of the case is in the label map.
///
/// # Errors
/// A [`Failure`] of [`Stage::Read`], also where a file was changed meanwhile, or of [`Stage::Mask`]
/// where a DICOM mask has no such region or does not fit the image.
pub fn read(case: &Case, channel: usize) -> Result<Reading, Failure> {
    unchanged(case, || read_files(case, channel, None))
}

/// As [`read`], with the image in other units where they are asked for, and without a look at
/// whether a file was changed meanwhile.
fn read_files(case: &Case, channel: usize, suv: Option<Suv>) -> Result<Reading, Failure> {
    let mut remarks = Vec::new();
    let (image, series) = match (dicom::is_dicom(&case.image), suv) {
        (true, suv) => {
            let (image, series, found) = dicom::image(case, suv)?;
            remarks.extend(found);
            (image, Some(series))
        }
        (false, None) => (read_image(case)?, None),
        (false, Some(_)) => return Err(dicom::no_headers(case)),
    };
    let (labels, found) = read_labels(case, &image.geometry, series.as_ref(), channel)?;
    remarks.extend(found);
    Ok(Reading {
        image,
        labels,
        remarks,
    })
}

/// Reads the mask of a case onto the grid of its image; `series` is what that was made of, where it
/// is DICOM.
fn read_labels(
    case: &Case,
    geometry: &Geometry,
    series: Option<&Series>,
    channel: usize,
) -> Result<(LabelMap, Vec<Remark>), Failure> {
    if dicom::is_dicom(&case.mask) {
        let channel = case.channel.unwrap_or(channel);
        return dicom::labels(case, geometry, series, channel);
    }
    let unread = |error: &ReadError| {
        let reasons = [Reason::MissingMask, Reason::UnreadableMask];
        Failure::of_reading(case, "mask", error, reasons)
    };
    let channel = named::channel_of(case, channel);
    let mut labels =
        read::labels_of_channel(&case.mask, channel).map_err(|error| unread(&error))?;
    if labels.segments.is_empty() && matches!(case.label, Some(Label::Name(_))) {
        labels.segments = named::names_beside(&case.mask).map_err(|error| unread(&error))?;
    }
    Ok((labels, Vec::new()))
}

fn read_image(case: &Case) -> Result<Image, Failure> {
    read::image(&case.image).map_err(|error| {
        Failure::of_reading(
            case,
            "image",
            &error,
            [Reason::MissingImage, Reason::UnreadableImage],
        )
    })
}

/// The value of a label in a mask.
fn find(case: &Case, labels: &LabelMap, label: &Label) -> Result<u32, Failure> {
    let fail = |reason, message: String| Err(Failure::new(case, Stage::Mask, reason, &message));
    let counts = labels.voxel_counts();
    let mask = case.mask.display();
    if counts.is_empty() {
        return fail(
            Reason::EmptyMask,
            format!("{mask}: nothing is drawn in the mask"),
        );
    }
    match label {
        Label::Value(value) if counts.contains_key(value) => Ok(*value),
        Label::Value(value) => {
            let mut present: Vec<u32> = counts.keys().copied().collect();
            present.sort_by_key(|other| other.abs_diff(*value));
            let present: Vec<String> = present.iter().take(20).map(u32::to_string).collect();
            let present = present.join(", ");
            let message = format!("{mask}: no voxel has label {value}; labels there: {present}");
            fail(Reason::LabelMissing, message)
        }
        Label::Name(name) if named::is_ambiguous(case, name) => fail(
            Reason::LabelMissing,
            named::unnamed(case, &labels.segments, name),
        ),
        Label::Name(name) => match labels.label_named(name) {
            Some(value) if counts.contains_key(&value) => Ok(value),
            Some(_) => fail(
                Reason::EmptyMask,
                format!("{mask}: nothing is drawn in segment \"{name}\""),
            ),
            None => fail(
                Reason::LabelMissing,
                named::unnamed(case, &labels.segments, name),
            ),
        },
    }
}
