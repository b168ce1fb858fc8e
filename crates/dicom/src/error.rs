//! Why a DICOM object could not be read or used.

use std::io;
use std::path::PathBuf;

/// Why a series, a contour set or a segmentation could not be read.
///
/// `place` is the file as it was given, or the archive and the name in it. No variant holds a
/// patient's name, birth date or ID.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum DicomError {
    /// The file or folder is absent or may not be opened.
    #[error("cannot open {path}: {source}", path = path.display())]
    Open { path: PathBuf, source: io::Error },
    /// The file is no DICOM file.
    #[error("{place} is no DICOM file")]
    NotDicom { place: String },
    /// The elements of the file contradict each other or the length of the file.
    #[error("{place}: {what} at byte {offset}; copy the file again")]
    Structure {
        place: String,
        offset: u64,
        what: &'static str,
    },
    /// The file ends before what it promises.
    #[error(
        "{place} is cut short: it promises {needed} bytes and has {available}; copy the file again"
    )]
    Truncated {
        place: String,
        needed: u64,
        available: u64,
    },
    /// More than this reader takes into memory.
    #[error("{place}: {what} (the limit is {limit})")]
    TooLarge {
        place: String,
        what: String,
        limit: u64,
    },
    /// An attribute that is needed is not there.
    #[error("{place} lacks {attribute}: {why}")]
    Missing {
        place: String,
        attribute: &'static str,
        why: &'static str,
    },
    /// An attribute has a value that cannot be.
    #[error("{place}: {attribute} is {found}; {expected}")]
    Value {
        place: String,
        attribute: &'static str,
        found: String,
        expected: &'static str,
    },
    /// The voxels are written in a way that is not read.
    #[error("{place}: the transfer syntax {uid} ({name}) is not supported; {hint}")]
    TransferSyntax {
        place: String,
        uid: String,
        name: &'static str,
        hint: &'static str,
    },
    /// Compressed voxels that do not unpack to what the header says.
    #[error("{place}, frame {frame}: the compressed image is broken: {what}")]
    Codec {
        place: String,
        frame: usize,
        what: String,
    },
    /// The object is right, but holds something this reader does not take.
    #[error("{place} holds {found}: {hint}")]
    Unsupported {
        place: String,
        found: String,
        hint: &'static str,
    },
    /// There is no image in the folder.
    #[error("{place} holds no image series ({files} files were looked at)")]
    NoSeries { place: String, files: usize },
    /// There are several, and nothing says which is meant.
    #[error(
        "{place} holds {count} image series: name a file of the one that is meant, or its folder:\n{list}",
        count = series.len(),
        list = series.join("\n")
    )]
    SeveralSeries { place: String, series: Vec<String> },
    /// Slices of one series differ where they must not.
    #[error(
        "{place}: {attribute} changes within the series, from {first} to {other} (first in {where_other})"
    )]
    Inconsistent {
        place: String,
        attribute: &'static str,
        first: String,
        other: String,
        where_other: String,
    },
    /// Different images at one position.
    #[error(
        "{place}: {count} different images lie at position {position:.3} mm along the slices{differ}; keep the files of one of them",
        differ = if differs.is_empty() { String::new() } else { format!(", which differ in {}", differs.join(", ")) }
    )]
    SeveralAtPosition {
        place: String,
        count: usize,
        position: f64,
        differs: Vec<String>,
    },
    /// Gaps that are whole multiples of the usual one.
    #[error(
        "{place}: {count} slices are missing, at {list} mm along the slices (spacing {spacing:.4} mm); get the whole series",
        count = positions.len(),
        list = millimetres(positions)
    )]
    MissingSlices {
        place: String,
        positions: Vec<f64>,
        spacing: f64,
    },
    /// Distances between slices that differ.
    #[error(
        "{place}: the slices are unevenly spaced, from {smallest:.4} to {largest:.4} mm; resample the image onto an even grid first"
    )]
    UnevenSlices {
        place: String,
        smallest: f64,
        largest: f64,
    },
    /// Slices shifted against each other in their own plane.
    #[error(
        "{place}: the gantry was tilted by {degrees:.3} degrees, so the slices are shifted against each other; resample the image onto a straight grid first"
    )]
    TiltedGantry { place: String, degrees: f64 },
    /// Several contour sets or segmentations where one is meant.
    #[error(
        "{place} holds {count} contour sets or segmentations; give the file of one: {list}",
        count = found.len(),
        list = found.join(", ")
    )]
    SeveralMasks { place: String, found: Vec<String> },
    /// No contour set or segmentation.
    #[error("{place} holds neither contours (RTSTRUCT) nor a segmentation (SEG)")]
    NoMask { place: String },
    /// No region of interest of this name.
    #[error("{place}: no region \"{name}\"; regions there: {list}", list = quoted(present))]
    NoRegion {
        place: String,
        name: String,
        present: Vec<String>,
    },
    /// A pattern that several regions fit.
    #[error("{place}: several regions fit \"{name}\": {list}; give one name", list = quoted(fitting))]
    SeveralRegions {
        place: String,
        name: String,
        fitting: Vec<String>,
    },
    /// A region without any closed contour.
    #[error("{place}: nothing is drawn in region \"{name}\"")]
    EmptyRegion { place: String, name: String },
    /// A contour that does not lie in a slice.
    #[error(
        "{place}, region \"{name}\": contour {contour} does not lie in one slice of the image (its points spread over {spread:.3} mm across the slices); were the contours drawn on another series?"
    )]
    ContourAcrossSlices {
        place: String,
        name: String,
        contour: usize,
        spread: f64,
    },
    /// A contour beyond the first or last slice.
    #[error(
        "{place}, region \"{name}\": contour {contour} lies {distance:.3} mm outside the image; were the contours drawn on another series?"
    )]
    ContourOutside {
        place: String,
        name: String,
        contour: usize,
        distance: f64,
    },
    /// Image and mask were drawn in different coordinate systems.
    #[error(
        "{place}: the mask was drawn in another frame of reference than that of the image; were the contours drawn on another study?"
    )]
    FrameOfReference { place: String },
    /// The series that regions were drawn on cannot be told.
    #[error(
        "{place}: the series that it was drawn on is not among the images at hand ({found} could be it)"
    )]
    ReferencedSeries { place: String, found: usize },
    /// A segmentation whose voxels are not those of the image.
    #[error(
        "{place}: frame {frame} of the segmentation does not lie on the voxels of the image; resample it onto the image first"
    )]
    SegmentationGrid { place: String, frame: usize },
    /// SUV cannot be computed.
    #[error("{place}: no SUV: {why}")]
    Suv { place: String, why: String },
}

fn quoted(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

fn millimetres(positions: &[f64]) -> String {
    const SHOWN: usize = 8;
    let mut shown: Vec<String> = positions
        .iter()
        .take(SHOWN)
        .map(|position| format!("{position:.3}"))
        .collect();
    if positions.len() > SHOWN {
        shown.push("...".to_owned());
    }
    shown.join(", ")
}
