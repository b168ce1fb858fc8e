//! Features of many cases: all cores, the order of the cases, and no case lost because of another.

mod cases;
mod dicom;
mod failure;
mod label;
mod maps;
mod named;
mod perturbed;
mod processing;
mod remark;
mod rows;
mod shuffled;
mod thick_slices;

pub use cases::{CaseTable, CasesError};
pub use failure::{Failure, Reason, Stage, failure_table};
pub use label::{Label, LabelChoice};
pub use maps::{MapsError, WrittenMaps, maps};
pub use perturbed::{PerturbedCase, run_perturbed};
pub use processing::{CORRECTION, Plane, Processing, Suv, protocol, record};
pub use remark::{Remark, Remarks, remark_lines};
pub use rows::{UNDEFINED, to_json, to_table};
pub use shuffled::run_shuffled;
pub use thick_slices::ThickSlices;

use std::collections::HashMap;
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use processing::read_processed;
use radiome_dicom::Series;
use radiome_features::FeatureRow;
use radiome_image::preprocess::{MaskError, check_mask, region};
use radiome_image::read::ReadError;
use radiome_image::{Geometry, Image, LabelMap, read};
use rayon::prelude::*;

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
    let groups = same_files(cases, processing);
    let bar = progress.bar(cases.len(), "Extracting");
    let found = each(&groups, jobs, bar, |group| {
        extract(group, processing, observe)
    });
    let mut rows: Vec<(usize, Result<FeatureRow, Failure>)> = groups
        .iter()
        .zip(found)
        .flat_map(|(group, rows)| group.places.iter().copied().zip(rows))
        .collect();
    rows.sort_by_key(|(place, _)| *place);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Cases of one image, one label map and one protocol, with their places among all cases.
struct Group<'a> {
    places: Vec<usize>,
    cases: Vec<&'a Case>,
}

/// Puts cases of the same files together, in the order of the first case of each.
fn same_files<'a>(cases: &'a [Case], processing: &[Processing]) -> Vec<Group<'a>> {
    let mut known = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    // Where a segment lies is in the header of its file, which may be far away.
    let layers: Vec<(usize, Option<&Label>)> = cases
        .par_iter()
        .map(|case| {
            let own = processing.get(case.protocol);
            let channel = own.map_or(0, |one| one.protocol.label_channel());
            match alone(case, own) {
                Some(label) => (case.channel.unwrap_or(channel), Some(label)),
                None => (named::channel_of(case, channel), None),
            }
        })
        .collect();
    for (place, (case, layer)) in cases.iter().zip(layers).enumerate() {
        let number = *known
            .entry((&case.image, &case.mask, layer, case.protocol))
            .or_insert(groups.len());
        if number == groups.len() {
            groups.push(Group {
                places: Vec::new(),
                cases: Vec::new(),
            });
        }
        if let Some(group) = groups.get_mut(number) {
            group.places.push(place);
            group.cases.push(case);
        }
    }
    groups
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
    let bar = progress.bar(cases.len(), "Learning the scale");
    let found = each(&singly(cases), jobs, bar, |group| {
        let percentiles = |case: &&Case| processing::percentiles(case, before, step);
        group.cases.iter().map(percentiles).collect()
    });
    found.into_iter().flatten().collect()
}

/// Every case by itself, in order.
fn singly(cases: &[Case]) -> Vec<Group<'_>> {
    let one = |(place, case)| Group {
        places: vec![place],
        cases: vec![case],
    };
    cases.iter().enumerate().map(one).collect()
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
    let check = |case: &Case| {
        let processing = processing.get(case.protocol);
        let channel = processing.map_or(0, |one| one.protocol.label_channel());
        let suv = processing.and_then(|one| one.suv);
        let Reading {
            image,
            labels,
            remarks,
        } = read_files(case, channel, suv)?;
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
    let found = each(&singly(cases), jobs, bar, |group| {
        group.cases.iter().map(|case| check(case)).collect()
    });
    found.into_iter().flatten().collect()
}

/// The label of a case that is read for it alone: regions of a DICOM mask may overlap, and an image
/// that is corrected by its region is another one for each.
fn alone<'a>(case: &'a Case, processing: Option<&Processing>) -> Option<&'a Label> {
    let label = case.label.as_ref()?;
    let by_region = processing.is_some_and(|one| one.correction.sees_region());
    (by_region || dicom::is_dicom(&case.mask)).then_some(label)
}

/// Does one thing with every group of cases, on `jobs` threads; the results lie in their order,
/// one for each case of the group.
fn each<T: Send>(
    groups: &[Group<'_>],
    jobs: Option<usize>,
    bar: ProgressBar,
    work: impl Fn(&Group<'_>) -> Vec<Result<T, Failure>> + Sync,
) -> Vec<Vec<Result<T, Failure>>> {
    let one = |group: &Group<'_>| {
        let caught = catch_unwind(AssertUnwindSafe(|| work(group)));
        bar.inc(group.cases.len() as u64);
        caught.unwrap_or_else(|_| {
            let message = "the program failed on this case; please report it";
            let failed =
                |case: &&Case| Failure::new(case, Stage::Extract, Reason::Internal, message);
            group.cases.iter().map(failed).map(Err).collect()
        })
    };
    // One at a time to each thread: cases differ a hundredfold in their cost.
    let all = || groups.par_iter().with_max_len(1).map(one).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0));
    let results = match pool.build() {
        Ok(pool) => pool.install(all),
        // No thread can be started: the current pool has at least this one.
        Err(_) => all(),
    };
    bar.finish_and_clear();
    results
}

/// The features of cases of one image, one label map and one protocol.
fn extract(
    group: &Group<'_>,
    processing: &[Processing],
    observe: &(dyn Fn(Observed<'_>) + Sync),
) -> Vec<Result<FeatureRow, Failure>> {
    let Some(first) = group.cases.first() else {
        return Vec::new();
    };
    let all = |failure: &dyn Fn(&Case) -> Failure| {
        let failures = group.cases.iter().map(|case| Err(failure(case)));
        failures.collect()
    };
    let Some(processing) = processing.get(first.protocol) else {
        return all(&|case| no_processing(case));
    };
    let protocol = &processing.protocol;
    // The layer of a name is the setting that is recorded.
    let channel = named::channel_of(first, protocol.label_channel());
    let own = (channel != protocol.label_channel()).then(|| protocol.with_label_channel(channel));
    let protocol = own.as_ref().unwrap_or(protocol);
    let Reading {
        image,
        labels,
        remarks,
    } = match read_processed(first, processing, protocol.label_channel()) {
        Ok(both) => both,
        Err(failure) => {
            return all(&|case| Failure {
                id: case.id.clone(),
                ..failure.clone()
            });
        }
    };
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
            let message = match group.cases.len() {
                1 => error.to_string(),
                _ => format!("label {label}: {error}"),
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
pub(crate) struct Reading {
    pub(crate) image: Image,
    pub(crate) labels: LabelMap,
    /// What is to be known of how they were read.
    pub(crate) remarks: Vec<Remark>,
}

/// Reads the image and the mask of a case; of a mask file with several label maps the one of its
/// channel, or the one that holds the segment of its name, or else that of `channel`, the
/// protocol's. Either may be DICOM; of a DICOM mask only the region of the case is in the label map.
///
/// # Errors
/// A [`Failure`] of [`Stage::Read`], or of [`Stage::Mask`] where a DICOM mask has no such region or
/// does not fit the image.
pub(crate) fn read(case: &Case, channel: usize) -> Result<Reading, Failure> {
    read_files(case, channel, None)
}

/// As [`read`], with the image in other units where they are asked for.
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
        labels.segments = named::beside(&case.mask).map_err(|error| unread(&error))?;
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
