//! Why a file could not be read.

use std::io;
use std::path::PathBuf;

use super::MAX_VOXELS;

/// Why an image or a label map could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum ReadError {
    /// The file is absent or may not be opened.
    #[error("cannot open {path}: {source}", path = path.display())]
    Open { path: PathBuf, source: io::Error },
    /// A folder or a device was given.
    #[error("{path} is not a file", path = path.display())]
    NotAFile { path: PathBuf },
    /// The first bytes belong to no format that is read.
    #[error(
        "{path} is neither NIfTI (.nii, .nii.gz) nor NRRD (.nrrd, .nhdr) nor MetaImage (.mha, .mhd): convert it, for example with 3D Slicer",
        path = path.display()
    )]
    UnknownFormat { path: PathBuf },
    /// A field of the header is missing or cannot be.
    #[error("{path}: {what}", path = path.display())]
    Header { path: PathBuf, what: String },
    /// The file is right, but holds something this reader does not take.
    #[error("{path} holds {found}: {hint}", path = path.display())]
    Unsupported {
        path: PathBuf,
        found: String,
        hint: &'static str,
    },
    /// The file holds several label maps, but not so many.
    #[error(
        "{path} holds {count} label maps, numbered from 0: there is no channel {channel}",
        path = path.display()
    )]
    Channel {
        path: PathBuf,
        channel: usize,
        count: usize,
    },
    /// More voxels than [`MAX_VOXELS`].
    #[error("{path}: the header asks for {size:?} voxels, more than {MAX_VOXELS} in all", path = path.display())]
    TooManyVoxels { path: PathBuf, size: [usize; 3] },
    /// The header promises more than the file holds.
    #[error(
        "{path} is cut short: the header promises {needed} bytes of voxels, the file holds at most {available}; copy it again",
        path = path.display()
    )]
    Truncated {
        path: PathBuf,
        needed: u64,
        available: u64,
    },
    /// The compressed data cannot be unpacked.
    #[error("{path}: the data cannot be read: {source}; copy the file again", path = path.display())]
    Data { path: PathBuf, source: io::Error },
    /// A distance between voxels that is zero, negative or no number.
    #[error("{path}: the spacing {spacing:?} mm must be positive along every axis", path = path.display())]
    Spacing { path: PathBuf, spacing: [f64; 3] },
    /// A position that is no number.
    #[error("{path}: the origin {origin:?} mm is not a position", path = path.display())]
    Origin { path: PathBuf, origin: [f64; 3] },
    /// Axes that are not at right angles (a tilted gantry, a broken header).
    #[error(
        "{path}: the axes {direction:?} are not at right angles; resample the image onto a straight grid first",
        path = path.display()
    )]
    Direction {
        path: PathBuf,
        direction: [[f64; 3]; 3],
    },
    /// A voxel of a label map that is no whole non-negative number.
    #[error(
        "{path}: voxel {voxel:?} has the value {value:?}, which is no label (labels are 0, 1, 2, ...): is this an image, or a mask that was interpolated?",
        path = path.display()
    )]
    LabelValue {
        path: PathBuf,
        value: f64,
        voxel: [usize; 3],
    },
    /// A whole number that a 64-bit real number does not hold.
    #[error(
        "{path} holds the whole number {value}, which is beyond 2^53, where real numbers of 64 bits no longer tell it from its neighbours: save the image with smaller numbers",
        path = path.display()
    )]
    BeyondExact { path: PathBuf, value: String },
}
