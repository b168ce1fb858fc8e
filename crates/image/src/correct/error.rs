//! Why intensities could not be corrected.

use crate::GeometryDifference;

/// Why intensities could not be corrected.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum CorrectError {
    /// A voxel that is no number.
    #[error("voxel {voxel:?} has the value {value}, which is no number: replace such voxels first")]
    NotFinite { value: f64, voxel: [usize; 3] },
    /// Values that do not fill the grid.
    #[error("there are {found} values for a grid of {expected} voxels")]
    ValueCount { found: usize, expected: usize },
    /// Image and mask lie on different grids.
    #[error(
        "image and mask lie on different grids: {difference}; bring the mask onto the image's grid first, for example with `radiome convert MASK --reference IMAGE`"
    )]
    Geometry { difference: Box<GeometryDifference> },
    /// The mask has no voxel.
    #[error("the mask has no voxel")]
    EmptyMask,
    /// No spread to divide by.
    #[error("all voxels that count have the value {value}: there is nothing to scale by")]
    Constant { value: f64 },
    /// Too few voxels with a logarithm.
    #[error(
        "{positive} of {voxels} voxels of the mask are above 0, at least {needed} are needed: N4 works on logarithms; CT and images of differences cannot be corrected"
    )]
    NotPositive {
        positive: usize,
        voxels: usize,
        needed: usize,
    },
    /// A setting out of its range.
    #[error("{setting} {value} {must}")]
    Setting {
        setting: &'static str,
        value: f64,
        must: &'static str,
    },
    /// Nothing to learn from.
    #[error("no training image is given: the standard is learnt from at least one")]
    NoImages,
    /// One of the training images cannot be used.
    #[error("training image {number}: {source}")]
    Training {
        number: usize,
        source: Box<CorrectError>,
    },
    /// A standard that was not fitted by this program.
    #[error("the standard is no rising scale of landmarks: {what}")]
    Standard { what: String },
}
