//! Why a file could not be written.

use std::io;
use std::path::PathBuf;

use crate::PixelType;

/// Why an image or a label map could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum WriteError {
    /// The file cannot be made or filled.
    #[error("cannot write {path}: {source}", path = path.display())]
    File { path: PathBuf, source: io::Error },
    /// NIfTI-1 counts voxels in 16 bits.
    #[error(
        "cannot write {path}: {size:?} voxels are too many for NIfTI-1 (32767 along an axis); write NRRD instead",
        path = path.display()
    )]
    TooLarge { path: PathBuf, size: [usize; 3] },
    /// The number of values is not that of the grid.
    #[error(
        "cannot write {path}: {found} values for a grid of {expected} voxels",
        path = path.display()
    )]
    ValueCount {
        path: PathBuf,
        found: usize,
        expected: usize,
    },
    /// A value that the type of the image cannot hold.
    #[error(
        "cannot write {path}: voxel {voxel:?} has the value {value}, which is no {pixel_type}",
        path = path.display()
    )]
    Value {
        path: PathBuf,
        value: f64,
        voxel: [usize; 3],
        pixel_type: PixelType,
    },
}
