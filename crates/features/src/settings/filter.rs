//! The images that features are computed from, and the filters that make them.
//!
//! PyRadiomics' names of images begin the names of their features: `original`,
//! `log-sigma-3-0-mm-3D` (sigma as it was written: `3` gives `log-sigma-3-mm-3D`),
//! `wavelet-LLH`, `wavelet2-LLH` on the second level, `square`, `squareroot`, `logarithm`,
//! `exponential`, `gradient`, `lbp-2D`, `lbp-3D-m1`, `lbp-3D-m2`, ..., `lbp-3D-k`. Those of the
//! IBSI's filters are made in [`convolution`].

use radiome_image::filter::{
    Convolution, FilterError, LocalBinaryPattern2dOptions, LocalBinaryPattern3dOptions,
    LocalBinaryPatternMethod, Wavelet, WaveletOptions,
};

use super::convolution;
use super::document::Node;
use super::error::{Place, SettingsError};
use super::plan::{Lookup, flat_axis, wrong};

/// What is done to the image before features are computed. One filter can make several images.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Filter {
    /// Nothing.
    Original,
    /// Laplacian of Gaussian.
    LaplacianOfGaussian {
        /// Standard deviation of the Gaussian, mm.
        sigma: f64,
    },
    /// Stationary wavelet transform: an image for each sub-band.
    Wavelet {
        /// The wavelet.
        wavelet: Box<Wavelet>,
        /// Levels, and axes along which it is applied.
        options: WaveletOptions,
    },
    /// Square, scaled to the image's range.
    Square,
    /// Square root, scaled to the image's range.
    SquareRoot,
    /// Logarithm, scaled to the image's range.
    Logarithm,
    /// Exponential, scaled to the image's range.
    Exponential,
    /// Magnitude of the gradient.
    Gradient {
        /// Whether differences are divided by the spacing in mm.
        use_spacing: bool,
    },
    /// Local binary pattern of each slice.
    LocalBinaryPattern2D(LocalBinaryPattern2dOptions),
    /// Local binary pattern on a sphere: an image for each level, and one of the kurtosis.
    LocalBinaryPattern3D(LocalBinaryPattern3dOptions),
    /// A convolutional filter of the IBSI.
    Convolution(Box<Convolution>),
}

impl Filter {
    /// The name of the image type in parameter files.
    #[must_use]
    pub fn image_type(&self) -> &'static str {
        match self {
            Self::Original => "Original",
            Self::LaplacianOfGaussian { .. } => "LoG",
            Self::Wavelet { .. } => "Wavelet",
            Self::Square => "Square",
            Self::SquareRoot => "SquareRoot",
            Self::Logarithm => "Logarithm",
            Self::Exponential => "Exponential",
            Self::Gradient { .. } => "Gradient",
            Self::LocalBinaryPattern2D(_) => "LBP2D",
            Self::LocalBinaryPattern3D(_) => "LBP3D",
            Self::Convolution(convolution) => convolution.filter.name(),
        }
    }
}

/// The filters of an image type, each with the names of the images that it makes.
pub(super) fn filters(
    image_type: &str,
    place: &Place,
    lookup: &Lookup<'_>,
) -> Result<Vec<(Filter, Vec<String>)>, SettingsError> {
    let one = |filter: Filter, name: &str| Ok(vec![(filter, vec![name.to_owned()])]);
    match image_type {
        "LoG" => laplacians_of_gaussian(place, lookup),
        "Wavelet" => wavelet(lookup),
        "Square" => one(Filter::Square, "square"),
        "SquareRoot" => one(Filter::SquareRoot, "squareroot"),
        "Logarithm" => one(Filter::Logarithm, "logarithm"),
        "Exponential" => one(Filter::Exponential, "exponential"),
        "Gradient" => {
            let use_spacing = lookup.flag("gradientUseSpacing", true);
            one(Filter::Gradient { use_spacing }, "gradient")
        }
        "LBP2D" => {
            let options = pattern_in_slice(lookup)?;
            one(Filter::LocalBinaryPattern2D(options), "lbp-2D")
        }
        "LBP3D" => {
            let usual = LocalBinaryPattern3dOptions::default();
            let count = |name, usual| lookup.count(name).unwrap_or(usual);
            let options = LocalBinaryPattern3dOptions {
                levels: count("lbp3DLevels", usual.levels),
                radius: lookup
                    .number("lbp3DIcosphereRadius")
                    .unwrap_or(usual.radius),
                subdivision: count("lbp3DIcosphereSubdivision", usual.subdivision),
            };
            let names = options.names();
            Ok(vec![(Filter::LocalBinaryPattern3D(options), names)])
        }
        "Original" => one(Filter::Original, "original"),
        convolution => convolution::filters(convolution, place, lookup),
    }
}

/// Methods of a slice's local binary pattern.
pub(super) const METHODS: &[&str] = &["default", "ror", "uniform", "var"];

/// The most samples of a binary code, and of the other methods.
const MOST_SAMPLES: [usize; 2] = [31, 4096];

fn pattern_in_slice(lookup: &Lookup<'_>) -> Result<LocalBinaryPattern2dOptions, SettingsError> {
    use LocalBinaryPatternMethod::{Default as Code, Rotation};
    let usual = LocalBinaryPattern2dOptions::default();
    let method = lookup.word("lbp2DMethod").map(str::parse);
    let options = LocalBinaryPattern2dOptions {
        radius: lookup.number("lbp2DRadius").unwrap_or(usual.radius),
        samples: lookup.count("lbp2DSamples").unwrap_or(usual.samples),
        // The schema has seen to it that the word is known.
        method: method.and_then(Result::ok).unwrap_or(usual.method),
        // PyRadiomics takes slices across `force2Ddimension` whether or not `force2D` is set.
        across: 2_usize.saturating_sub(lookup.count("force2Ddimension").unwrap_or(0)),
    };
    let [code, any] = MOST_SAMPLES;
    let most = match options.method {
        Code | Rotation => code,
        _ => any,
    };
    match lookup.entry("lbp2DSamples") {
        Some(entry) if options.samples > most => {
            let expected = format!("a whole number from 1 to {most} with this lbp2DMethod");
            Err(wrong(entry, &expected))
        }
        _ => Ok(options),
    }
}

fn laplacians_of_gaussian(
    place: &Place,
    lookup: &Lookup<'_>,
) -> Result<Vec<(Filter, Vec<String>)>, SettingsError> {
    // PyRadiomics makes no image without a sigma; a table that lacks them says nothing of it.
    let Some((entry, sigmas)) = lookup.numbers("sigma") else {
        return Err(SettingsError::Missing {
            place: place.clone(),
            what: "image type `LoG`".to_owned(),
            setting: "sigma".to_owned(),
            example: "sigma: [1.0, 3.0, 5.0]".to_owned(),
        });
    };
    if sigmas.is_empty() {
        return Err(wrong(entry, "a list of at least one number above 0"));
    }
    let written: &[Node] = match &entry.value {
        Node::Sequence(items) => items,
        _ => &[],
    };
    let mut filters: Vec<(Filter, Vec<String>)> = Vec::new();
    for (sigma, written) in sigmas.into_iter().zip(written) {
        let text = written.python().replace('.', "-");
        let name = format!("log-sigma-{text}-mm-3D");
        if filters.iter().all(|(_, names)| !names.contains(&name)) {
            filters.push((Filter::LaplacianOfGaussian { sigma }, vec![name]));
        }
    }
    Ok(filters)
}

/// The wavelet asked for, coif1 where none is.
pub(super) fn named_wavelet(lookup: &Lookup<'_>) -> Result<Option<Wavelet>, SettingsError> {
    let named = lookup.entry("wavelet");
    let name = lookup.word("wavelet").unwrap_or("coif1");
    match (Wavelet::named(name), named) {
        (Ok(wavelet), _) => Ok(Some(wavelet)),
        (Err(error), Some(entry)) => {
            let hint = match error {
                FilterError::UnknownWavelet {
                    nearest: Some(nearest),
                    ..
                } => format!(" (did you mean {nearest}?)"),
                _ => ", such as haar, db2, sym3, coif1, bior2.2, rbio2.2 or dmey".to_owned(),
            };
            let expected = format!("a discrete wavelet of PyWavelets{hint}");
            Err(wrong(entry, &expected))
        }
        // Without an entry the name is the default's, which is there.
        (Err(_), None) => Ok(None),
    }
}

fn wavelet(lookup: &Lookup<'_>) -> Result<Vec<(Filter, Vec<String>)>, SettingsError> {
    let Some(wavelet) = named_wavelet(lookup)?.map(Box::new) else {
        return Ok(Vec::new());
    };
    let flat = flat_axis(lookup);
    let options = WaveletOptions {
        level: lookup.count("level").unwrap_or(1),
        start_level: lookup.count("start_level").unwrap_or(0),
        axes: std::array::from_fn(|axis| flat != Some(axis)),
    };
    let names = options.sub_bands();
    Ok(vec![(Filter::Wavelet { wavelet, options }, names)])
}
