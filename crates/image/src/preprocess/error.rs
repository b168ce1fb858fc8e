//! Why an image or a mask could not be prepared.

use crate::GeometryDifference;

/// Why a mask cannot serve as a region of interest.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum MaskError {
    /// The label asked for does not occur.
    #[error("label {label} is not in the mask; {}", present_labels(.present))]
    LabelAbsent { label: u32, present: Vec<u32> },
    /// The region has no voxel.
    #[error("the region of interest has no voxel")]
    Empty,
    /// Image and mask lie on different grids.
    #[error(
        "image and mask lie on different grids: {difference}; enable correctMask to resample the mask, or raise geometryTolerance if the difference means nothing"
    )]
    Geometry { difference: Box<GeometryDifference> },
    /// The region is one voxel.
    #[error("the region of interest is a single voxel")]
    SingleVoxel,
    /// The region is wider than one voxel along too few axes.
    #[error(
        "the region of interest has {found} dimension(s), at least {minimum} are needed (minimumROIDimensions)"
    )]
    TooFewDimensions { found: usize, minimum: usize },
    /// The region has too few voxels.
    #[error(
        "the region of interest has {voxels} voxels, more than {minimum} are needed (minimumROISize)"
    )]
    TooSmall { voxels: usize, minimum: usize },
    /// Part of the region's bounding box lies outside the image.
    #[error(
        "the region of interest reaches outside the image: its box spans {lower:?} to {upper:?} in voxels of the image, whose size is {size:?}"
    )]
    OutsideImage {
        lower: [f64; 3],
        upper: [f64; 3],
        size: [usize; 3],
    },
    /// No voxel of the region is left on the new grid.
    #[error("no voxel of the region of interest is left after resampling the mask")]
    LostInResampling,
    /// Resegmentation left at most one voxel.
    #[error(
        "resegmentation to {lower} .. {} leaves {left} of {before} voxels", upper_bound(.upper)
    )]
    ResegmentedAway {
        lower: f64,
        upper: Option<f64>,
        left: usize,
        before: usize,
    },
}

fn present_labels(present: &[u32]) -> String {
    if present.is_empty() {
        return "nothing is segmented".into();
    }
    let shown: Vec<String> = present.iter().take(20).map(u32::to_string).collect();
    let more = if present.len() > 20 { ", ..." } else { "" };
    format!("labels present: {}{more}", shown.join(", "))
}

fn upper_bound(upper: &Option<f64>) -> String {
    upper.map_or_else(|| "no upper bound".into(), |upper| upper.to_string())
}

/// Why a step of preprocessing failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum PreprocessError {
    /// The mask cannot serve.
    #[error(transparent)]
    Mask(#[from] MaskError),
    /// A voxel that is no number.
    #[error(
        "voxel {voxel:?} has the value {value}, which is no number: replace such voxels before preprocessing"
    )]
    NotFinite { value: f64, voxel: [usize; 3] },
    /// An image whose values do not fill its grid.
    #[error("the image has {found} values for a grid of {expected} voxels")]
    ValueCount { found: usize, expected: usize },
    /// All voxels are the same: there is no standard deviation to divide by.
    #[error("all voxels have the value {value:?}: the image cannot be normalised")]
    Constant { value: f64 },
    /// Values whose squares are beyond 64-bit numbers.
    #[error(
        "the voxels spread so far ({value:?} among them) that their variance overflows: the image cannot be normalised; scale it first"
    )]
    Overflow { value: f64 },
    /// A setting out of its range.
    #[error("{setting} {value} {must}")]
    Setting {
        setting: &'static str,
        value: f64,
        must: &'static str,
    },
    /// The thresholds of a resegmentation are not one or two.
    #[error("resegmentRange needs one or two thresholds, {found} are given")]
    ThresholdCount { found: usize },
    /// The new grid is too large.
    #[error(
        "resampling to {spacing:?} mm gives {size:?} voxels, too many: choose a larger spacing"
    )]
    TooManyVoxels { spacing: [f64; 3], size: [f64; 3] },
}
