//! Why an image could not be filtered.

/// Why a filter gives no image.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum FilterError {
    /// An image whose values do not fill its grid.
    #[error("the image has {found} values for a grid of {expected} voxels")]
    ValueCount { found: usize, expected: usize },
    /// A voxel that is no number would spread to its neighbours.
    #[error(
        "voxel {voxel:?} has the value {value}, which is no number: replace such voxels before filtering"
    )]
    NotFinite { value: f64, voxel: [usize; 3] },
    /// The part to be kept is not part of the image.
    #[error("the box {lower:?} to {upper:?} does not lie in an image of {size:?} voxels")]
    OutsideImage {
        lower: [usize; 3],
        upper: [usize; 3],
        size: [usize; 3],
    },
    /// The image is too narrow for a recursive filter.
    #[error("the image has {size:?} voxels: this filter needs at least {minimum} along each axis")]
    TooFewVoxels { size: [usize; 3], minimum: usize },
    /// The width of a Gaussian is not positive.
    #[error("sigma {sigma} must be a number of mm above 0")]
    Sigma { sigma: f64 },
    /// The Gaussian is wider than the image.
    #[error(
        "sigma {sigma} mm is too large for an image of {size:?} voxels of {spacing:?} mm: \
         it needs ceil(sigma / spacing) + 1 voxels along each axis (a larger padDistance gives more)"
    )]
    SigmaTooLarge {
        sigma: f64,
        size: [usize; 3],
        spacing: [f64; 3],
    },
    /// All voxels are 0: there is no range to scale to.
    #[error("all voxels are 0: there is no range of intensities to scale to")]
    AllZero,
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
    /// A name that is no Laws kernel.
    #[error("Laws kernel `{name}` is not known{}", did_you_mean(.nearest))]
    UnknownLawsKernel {
        name: String,
        nearest: Option<String>,
    },
    /// A sub-band of a wavelet that is not written in the letters L and H.
    #[error("sub-band `{name}` must be written with one letter an axis, L or H, such as LLH")]
    UnknownPass { name: String },
    /// A name that is no reference setting of the IBSI.
    #[error(
        "`{name}` is no filter setting of IBSI chapter 2 such as 3.a.1 or 4.B{}",
        did_you_mean(.nearest)
    )]
    UnknownReference {
        name: String,
        nearest: Option<String>,
    },
    /// A setting with one part an axis has too few or too many.
    #[error("there are {found} {what} for a filter along {expected} axes")]
    AxisCount {
        what: &'static str,
        found: usize,
        expected: usize,
    },
    /// Several responses, and no way to make one of them.
    #[error(
        "a Gabor filter of several directions or planes gives several responses: choose how they \
         are pooled"
    )]
    NoPooling,
    /// Spacing that is no length.
    #[error("the spacing {spacing:?} must be numbers of mm above 0")]
    Spacing { spacing: [f64; 3] },
    /// A kernel so narrow that it reaches no neighbour gives 0 for any image.
    #[error(
        "sigma {sigma} mm and truncate {truncate} give a kernel that ends within the voxel of \
         {spacing:?} mm: every response would be 0"
    )]
    KernelOfOneVoxel {
        sigma: f64,
        truncate: f64,
        spacing: [f64; 3],
    },
    /// A band of frequencies that the image does not have gives 0 for any image.
    #[error(
        "level {level} lets no frequency of an image of {size:?} voxels pass: every response \
         would be 0"
    )]
    NoFrequency { level: usize, size: [usize; 3] },
    /// A filter that looks so far that the image with what lies around it would not fit in memory.
    #[error(
        "the filter looks {reach:?} voxels beyond an image of {size:?} voxels: together more than \
         {maximum} voxels"
    )]
    TooWide {
        reach: [usize; 3],
        size: [usize; 3],
        maximum: usize,
    },
    /// Image and mask are of different size.
    #[error("the mask has {mask:?} voxels, the image {image:?}")]
    MaskSize { image: [usize; 3], mask: [usize; 3] },
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}
