//! Why a filter could not run.

/// Why a filter could not run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum FilterError {
    /// A name that is no discrete wavelet.
    #[error("wavelet `{name}` is not known{}", did_you_mean(.nearest))]
    UnknownWavelet {
        name: String,
        nearest: Option<String>,
    },
    /// A wavelet transform along no axis.
    #[error("the wavelet transform needs at least one axis")]
    NoAxis,
    /// More steps of decomposition than anyone can mean.
    #[error("start_level + level is {levels}, at most {maximum} are supported")]
    TooManyLevels { levels: usize, maximum: usize },
    /// A setting out of its range.
    #[error("{setting} {value} {must}")]
    Setting {
        setting: &'static str,
        value: f64,
        must: &'static str,
    },
    /// A voxel that is no number would spread to its neighbours.
    #[error(
        "voxel {voxel:?} has the value {value}, which is no number: replace such voxels before filtering"
    )]
    NotFinite { value: f64, voxel: [usize; 3] },
    /// An image whose values do not fill its grid.
    #[error("the image has {found} values for a grid of {expected} voxels")]
    ValueCount { found: usize, expected: usize },
    /// Image and mask are of different size.
    #[error("the mask has {mask:?} voxels, the image {image:?}")]
    MaskSize { image: [usize; 3], mask: [usize; 3] },
    /// The box to keep is not within the image.
    #[error("the box {lower:?} to {upper:?} is not within an image of {size:?} voxels")]
    OutsideImage {
        lower: [usize; 3],
        upper: [usize; 3],
        size: [usize; 3],
    },
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}
