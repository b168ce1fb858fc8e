//! Every setting that PyRadiomics' parameter files may hold.

use super::document::Node;

/// What a setting's value has to be. The texts of [`Kind::expected`] say it in words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Bool,
    /// A whole number within limits.
    Integer(i64, i64),
    /// A number above 0.
    Positive,
    /// Any number.
    Number,
    /// A list of numbers not below the limit.
    Numbers(f64),
    /// A list of numbers above 0.
    PositiveNumbers,
    /// A list of whole numbers of at least 1.
    Counts,
    /// A whole number from 1 to a limit, or a list of such.
    OneOrMore(i64),
    /// A name, or a list of names.
    Texts,
    /// Orders of a derivative along x, y and z, or a list of such.
    Orders,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A list of some words.
    Words(&'static [&'static str]),
    /// The name of a wavelet.
    Text,
    /// A name or number of an interpolator.
    Interpolator,
}

/// Who heeds a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The whole extraction: it may not differ between image types.
    Extraction,
    /// Feature classes: an image type may have its own value.
    Features,
    /// Some image types alone.
    Filters(&'static [&'static str]),
    /// Voxel-based extraction alone.
    Voxels,
    /// Extraction by the IBSI's definitions alone.
    Ibsi,
}

/// A setting.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) reach: Reach,
}

const fn setting(name: &'static str, kind: Kind, reach: Reach) -> Setting {
    Setting { name, kind, reach }
}

const LARGEST: i64 = i32::MAX as i64;

/// Each level costs a pass over the image and gives columns of its own; a typing error must not
/// ask for a billion of them.
const MOST_LEVELS: i64 = 32;

/// A sphere of 2562 points; one more subdivision has four times as many.
const FINEST_SPHERE: i64 = 4;

/// SimpleITK's interpolators, in the order of their numbers from 1.
pub(super) const INTERPOLATORS: &[&str] = &[
    "sitkNearestNeighbor",
    "sitkLinear",
    "sitkBSpline",
    "sitkGaussian",
    "sitkLabelGaussian",
    "sitkHammingWindowedSinc",
    "sitkCosineWindowedSinc",
    "sitkWelchWindowedSinc",
    "sitkLanczosWindowedSinc",
    "sitkBlackmanWindowedSinc",
];

/// PyRadiomics' image types, and behind them the filters of the IBSI.
pub(super) const IMAGE_TYPES: &[&str] = &[
    "Original",
    "LoG",
    "Wavelet",
    "Square",
    "SquareRoot",
    "Logarithm",
    "Exponential",
    "Gradient",
    "LBP2D",
    "LBP3D",
    "Mean",
    "LaplacianOfGaussian",
    "Laws",
    "Gabor",
    "SeparableWavelet",
    "Simoncelli",
    "RieszLaplacianOfGaussian",
    "RieszSimoncelli",
];

/// How many of the image types are PyRadiomics' own.
const OWN_OF_PYRADIOMICS: usize = 10;

/// The filters of the IBSI.
const CONVOLUTIONS: &[&str] = IMAGE_TYPES.split_at(OWN_OF_PYRADIOMICS).1;

/// Those of them that differ between directions.
const DIRECTED: &[&str] = &[
    "Laws",
    "Gabor",
    "SeparableWavelet",
    "RieszLaplacianOfGaussian",
    "RieszSimoncelli",
];

/// How an image goes on beyond its borders.
const BOUNDARIES: &[&str] = &["zero", "nearest", "periodic", "mirror"];

/// Slices, or the volume.
const DIMENSIONS: &[&str] = &["2D", "3D"];

/// What is kept of the responses to all rotations of a filter.
const POOLINGS: &[&str] = &["none", "max", "average", "min"];

/// Norms of `weightingNorm`.
pub(super) const NORMS: &[&str] = &["euclidean", "manhattan", "infinity", "no_weighting"];

/// Where texture matrices count, by the IBSI's definitions.
pub(super) const TEXTURE_DIMENSIONS: &[&str] = &["2D", "2.5D", "3D"];

/// How texture matrices of directions are joined, by the IBSI's definitions.
pub(super) const TEXTURE_DIRECTIONS: &[&str] = &["averaged", "merged"];

use Reach::{Extraction, Features, Filters, Ibsi, Voxels};

/// The settings, as PyRadiomics' schema lists them, and those of the IBSI's definitions.
pub(super) const SETTINGS: &[Setting] = &[
    setting("minimumROIDimensions", Kind::Integer(1, 3), Extraction),
    setting("minimumROISize", Kind::Integer(1, LARGEST), Extraction),
    setting("geometryTolerance", Kind::Positive, Extraction),
    setting("correctMask", Kind::Bool, Extraction),
    setting("additionalInfo", Kind::Bool, Extraction),
    setting("label", Kind::Integer(1, u32::MAX as i64), Extraction),
    setting("label_channel", Kind::Integer(0, LARGEST), Extraction),
    setting("binWidth", Kind::Positive, Features),
    setting("binCount", Kind::Integer(1, LARGEST), Features),
    setting("normalize", Kind::Bool, Extraction),
    setting("normalizeScale", Kind::Positive, Extraction),
    setting("removeOutliers", Kind::Positive, Extraction),
    setting("resampledPixelSpacing", Kind::Numbers(0.0), Extraction),
    setting("interpolator", Kind::Interpolator, Extraction),
    setting("padDistance", Kind::Integer(0, LARGEST), Extraction),
    setting("distances", Kind::Counts, Features),
    setting("force2D", Kind::Bool, Features),
    setting("force2Ddimension", Kind::Integer(0, 2), Features),
    setting(
        "resegmentRange",
        Kind::Numbers(f64::NEG_INFINITY),
        Extraction,
    ),
    setting(
        "resegmentMode",
        Kind::Word(&["absolute", "relative", "sigma"]),
        Extraction,
    ),
    setting("resegmentShape", Kind::Bool, Extraction),
    setting("preCrop", Kind::Bool, Extraction),
    setting(
        "sigma",
        Kind::PositiveNumbers,
        Filters(&[
            "LoG",
            "LaplacianOfGaussian",
            "Gabor",
            "RieszLaplacianOfGaussian",
        ]),
    ),
    setting(
        "start_level",
        Kind::Integer(0, MOST_LEVELS),
        Filters(&["Wavelet"]),
    ),
    setting(
        "level",
        Kind::Integer(1, MOST_LEVELS),
        Filters(&["Wavelet"]),
    ),
    setting(
        "wavelet",
        Kind::Text,
        Filters(&["Wavelet", "SeparableWavelet"]),
    ),
    setting("gradientUseSpacing", Kind::Bool, Filters(&["Gradient"])),
    setting("lbp2DRadius", Kind::Positive, Filters(&["LBP2D"])),
    setting(
        "lbp2DSamples",
        Kind::Integer(1, LARGEST),
        Filters(&["LBP2D"]),
    ),
    setting(
        "lbp2DMethod",
        Kind::Word(super::filter::METHODS),
        Filters(&["LBP2D"]),
    ),
    setting(
        "lbp3DLevels",
        Kind::Integer(1, MOST_LEVELS),
        Filters(&["LBP3D"]),
    ),
    setting("lbp3DIcosphereRadius", Kind::Positive, Filters(&["LBP3D"])),
    setting(
        "lbp3DIcosphereSubdivision",
        Kind::Integer(0, FINEST_SPHERE),
        Filters(&["LBP3D"]),
    ),
    setting("boundary", Kind::Word(BOUNDARIES), Filters(CONVOLUTIONS)),
    setting("dimension", Kind::Word(DIMENSIONS), Filters(CONVOLUTIONS)),
    setting("pooling", Kind::Word(POOLINGS), Filters(DIRECTED)),
    setting("support", Kind::OneOrMore(999), Filters(&["Mean"])),
    setting(
        "truncate",
        Kind::Positive,
        Filters(&["LaplacianOfGaussian", "RieszLaplacianOfGaussian"]),
    ),
    setting("kernels", Kind::Texts, Filters(&["Laws"])),
    setting("energyDistance", Kind::Integer(0, 1000), Filters(&["Laws"])),
    setting("lambda", Kind::PositiveNumbers, Filters(&["Gabor"])),
    setting("gamma", Kind::Positive, Filters(&["Gabor"])),
    setting(
        "theta",
        Kind::Numbers(f64::NEG_INFINITY),
        Filters(&["Gabor"]),
    ),
    setting("thetaStep", Kind::Positive, Filters(&["Gabor"])),
    setting("subBands", Kind::Texts, Filters(&["SeparableWavelet"])),
    setting(
        "levels",
        Kind::OneOrMore(16),
        Filters(&["SeparableWavelet", "Simoncelli", "RieszSimoncelli"]),
    ),
    setting(
        "orders",
        Kind::Orders,
        Filters(&["RieszLaplacianOfGaussian", "RieszSimoncelli"]),
    ),
    setting(
        "voxelArrayShift",
        Kind::Integer(-LARGEST, LARGEST),
        Features,
    ),
    setting("symmetricalGLCM", Kind::Bool, Features),
    setting("weightingNorm", Kind::Word(NORMS), Features),
    setting("gldm_a", Kind::Integer(0, LARGEST), Features),
    setting("kernelRadius", Kind::Integer(1, LARGEST), Voxels),
    setting("maskedKernel", Kind::Bool, Voxels),
    setting("initValue", Kind::Number, Voxels),
    setting("voxelBatch", Kind::Integer(1, LARGEST), Voxels),
    setting("roundOnLoad", Kind::Bool, Ibsi),
    setting("roundInterpolated", Kind::Bool, Ibsi),
    setting("maskThreshold", Kind::Positive, Ibsi),
    setting("outlierSigma", Kind::Positive, Ibsi),
    setting("ivhBinWidth", Kind::Positive, Ibsi),
    setting("ivhBinCount", Kind::Integer(2, LARGEST), Ibsi),
    setting("textureDimensions", Kind::Words(TEXTURE_DIMENSIONS), Ibsi),
    setting("textureDirections", Kind::Words(TEXTURE_DIRECTIONS), Ibsi),
];

/// Names of older versions of PyRadiomics: what they name, the name, and what to do.
pub(super) const FORMER: &[(&str, &str, &str)] = &[
    (
        "setting",
        "enableCExtensions",
        "PyRadiomics no longer has it: leave it out",
    ),
    (
        "section",
        "inputImage",
        "PyRadiomics now calls it `imageType`",
    ),
];

/// The setting of a name.
pub(super) fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// Which settings an image type has of its own, in words.
pub(super) fn settings_of(image_type: &str) -> String {
    let own = |setting: &&Setting| match setting.reach {
        Reach::Filters(types) => types.contains(&image_type),
        _ => false,
    };
    let names: Vec<&str> = SETTINGS.iter().filter(own).map(|s| s.name).collect();
    if names.is_empty() {
        return "it has no settings of its own".to_owned();
    }
    format!("its own settings are {}", names.join(", "))
}

impl Kind {
    /// Whether a value is of this kind; null always is, and means "not set".
    pub(super) fn accepts(self, node: &Node) -> bool {
        let number = |node: &Node, test: fn(f64, f64) -> bool, limit: f64| match node {
            Node::Integer(value) => test(*value as f64, limit),
            Node::Float(value) => value.is_finite() && test(*value, limit),
            _ => false,
        };
        let each = |node: &Node, test: &dyn Fn(&Node) -> bool| match node {
            Node::Sequence(items) => items.iter().all(test),
            _ => false,
        };
        match (self, node) {
            (_, Node::Null) | (Self::Bool, Node::Bool(_)) | (Self::Text, Node::Text(_)) => true,
            (Self::Integer(low, high), Node::Integer(value)) => (low..=high).contains(value),
            (Self::Positive, node) => number(node, |value, limit| value > limit, 0.0),
            // PyRadiomics' own example marks voxels without a value so.
            (Self::Number, Node::Float(value)) if value.is_nan() => true,
            (Self::Number, node) => number(node, |value, limit| value >= limit, f64::NEG_INFINITY),
            (Self::Numbers(limit), node) => each(node, &|item| {
                number(item, |value, limit| value >= limit, limit)
            }),
            (Self::PositiveNumbers, node) => each(node, &|item| {
                number(item, |value, limit| value > limit, 0.0)
            }),
            (Self::Counts, node) => each(node, &|item| matches!(item, Node::Integer(1..=LARGEST))),
            (Self::OneOrMore(most), node) => {
                let count = |node: &Node| match node {
                    Node::Integer(value) => (1..=most).contains(value),
                    _ => false,
                };
                count(node) || each(node, &count) && *node != Node::Sequence(Vec::new())
            }
            (Self::Texts, Node::Sequence(items)) => {
                let name = |item: &Node| matches!(item, Node::Text(_));
                !items.is_empty() && items.iter().all(name)
            }
            (Self::Texts, Node::Text(_)) => true,
            (Self::Orders, node) => {
                let order = |node: &Node| match node {
                    Node::Sequence(items) if items.len() == 3 => items
                        .iter()
                        .all(|item| matches!(item, Node::Integer(0..=32))),
                    _ => false,
                };
                order(node) || each(node, &order) && *node != Node::Sequence(Vec::new())
            }
            (Self::Word(words), Node::Text(word)) => words.contains(&word.as_str()),
            (Self::Words(words), node) => each(node, &|item| match item {
                Node::Text(word) => words.contains(&word.as_str()),
                _ => false,
            }),
            (Self::Interpolator, Node::Text(name)) => INTERPOLATORS.contains(&name.as_str()),
            (Self::Interpolator, Node::Integer(number)) => {
                (1..=INTERPOLATORS.len() as i64).contains(number)
            }
            _ => false,
        }
    }

    /// Whether values are lists.
    pub(super) fn is_list(self) -> bool {
        matches!(
            self,
            Self::Numbers(_)
                | Self::PositiveNumbers
                | Self::Counts
                | Self::OneOrMore(_)
                | Self::Texts
                | Self::Orders
                | Self::Words(_)
        )
    }

    /// What a value has to be, in words.
    pub(super) fn expected(self) -> String {
        match self {
            Self::Bool => "true or false".into(),
            Self::Integer(low, LARGEST..) => format!("a whole number of at least {low}"),
            Self::Integer(low, high) => format!("a whole number from {low} to {high}"),
            Self::Positive => "a number above 0".into(),
            Self::Number => "a number, or .nan".into(),
            Self::Numbers(f64::NEG_INFINITY) => "a list of numbers".into(),
            Self::Numbers(limit) => format!("a list of numbers of at least {limit}"),
            Self::PositiveNumbers => "a list of numbers above 0".into(),
            Self::Counts => "a list of whole numbers of at least 1".into(),
            Self::OneOrMore(most) => format!("a whole number from 1 to {most}, or a list of such"),
            Self::Texts => "a name, or a list of names".into(),
            Self::Orders => {
                "three whole numbers from 0 to 32 (x, y, z), or a list of such lists".into()
            }
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Words(words) => format!("a list of {}", words.join(", ")),
            Self::Text => "a name".into(),
            Self::Interpolator => format!("one of {}", INTERPOLATORS.join(", ")),
        }
    }
}
