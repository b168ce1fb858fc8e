//! Why a file could not be looked at.

use std::path::PathBuf;

use radiome_dicom::DicomError;
use radiome_image::Segment;
use radiome_image::read::ReadError;
use thiserror::Error;

/// Why a file could not be looked at.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InspectError {
    /// An image or mask cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A DICOM file cannot be read.
    #[error(transparent)]
    Dicom(#[from] DicomError),
    /// Regions whose image is not at hand.
    #[error("{}", .0.why)]
    Unplaced(#[from] Unplaced),
}

/// Contours or a segmentation whose image is not at hand, so that nothing but the names of the
/// regions can be told.
#[derive(Clone, Debug, Error)]
#[error("{why}")]
pub struct Unplaced {
    /// The file.
    pub path: PathBuf,
    /// The regions, and how many closed contours each has (`None`: it is drawn in voxels).
    pub regions: Vec<(Segment, Option<usize>)>,
    /// Why there is no image.
    pub why: String,
}
