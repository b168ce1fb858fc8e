//! The IBSI's convolutional filters as image types: their settings, and the names of their images.
//!
//! A name tells every setting that the image depends on, so that columns of two studies have the
//! same name only where they have the same meaning. Numbers are written as in the file, with `-`
//! for the point.
//!
//! | settings | name of the image |
//! | --- | --- |
//! | `Mean: {support: 5}` | `mean-support-5-3D` |
//! | `LaplacianOfGaussian: {sigma: [1.5]}` | `laplacianofgaussian-sigma-1-5-mm-3D` |
//! | `Laws: {kernels: L5E5E5, energyDistance: 7, pooling: max}` | `laws-L5E5E5-energy-7-max-3D` |
//! | `Gabor: {sigma: [5], lambda: [2], gamma: 1.5, thetaStep: 22.5}` | `gabor-sigma-5-mm-lambda-2-mm-gamma-1-5-theta-0-step-22-5-average-3D` |
//! | `SeparableWavelet: {wavelet: db3, subBands: LH, levels: 1, dimension: 2D}` | `separablewavelet-db3-LH-level-1-2D` |
//! | `Simoncelli: {levels: 2}` | `simoncelli-level-2-3D` |
//! | `RieszLaplacianOfGaussian: {sigma: [3], orders: [1, 0, 0]}` | `rieszlaplacianofgaussian-sigma-3-mm-order-1-0-0-3D` |
//! | `RieszSimoncelli: {levels: 1, orders: [0, 2, 0]}` | `rieszsimoncelli-level-1-order-0-2-0-3D` |
//!
//! `truncate` stands behind sigma where it is not 4, and the boundary at the end where it is not
//! the usual one: mirror, and periodic for what is made of Simoncelli's wavelet, which the IBSI's
//! reference values take as such. Of several lists every combination is an image, the first list
//! turning slowest.

use radiome_image::filter::{
    Boundary, Convolution, ConvolutionalFilter, Dimension, FilterError, Gabor, LawsKernel, Pass,
    Pooling, RieszOf, SampledLaplacianOfGaussian,
};

use super::Entry;
use super::document::Node;
use super::error::{Place, SettingsError};
use super::filter::{Filter, named_wavelet};
use super::plan::{Lookup, flat_axis, number, wrong};

/// At how many standard deviations a Laplacian of Gaussian ends where nothing is written.
const TRUNCATE: f64 = 4.0;

/// The filters of an image type, each with the name of its image.
pub(super) fn filters(
    image_type: &str,
    place: &Place,
    lookup: &Lookup<'_>,
) -> Result<Vec<(Filter, Vec<String>)>, SettingsError> {
    let request = Request::new(image_type, place, lookup)?;
    let mut images: Vec<(Filter, Vec<String>)> = Vec::new();
    let made = match image_type {
        "Mean" => request.means(),
        "LaplacianOfGaussian" => request.laplacians(),
        "Laws" => request.laws(),
        "Gabor" => request.gabors(),
        "SeparableWavelet" => request.wavelets(),
        "Simoncelli" => request.simoncellis(),
        _ => request.riesz_transforms(),
    }?;
    for (filter, parts) in made {
        let name = request.name(&parts);
        // What is listed twice is one image.
        if images.iter().all(|(_, names)| !names.contains(&name)) {
            images.push((
                Filter::Convolution(Box::new(request.apply(filter))),
                vec![name],
            ));
        }
    }
    Ok(images)
}

/// A filter, and the parts of its image's name that tell its own settings.
type Named = (ConvolutionalFilter, Vec<String>);

/// An image type with the settings that all these filters have.
struct Request<'a> {
    image_type: &'a str,
    place: &'a Place,
    lookup: &'a Lookup<'a>,
    dimension: Dimension,
    boundary: Boundary,
    usual_boundary: Boundary,
    pooling: Option<Pooling>,
}

impl<'a> Request<'a> {
    fn new(
        image_type: &'a str,
        place: &'a Place,
        lookup: &'a Lookup<'a>,
    ) -> Result<Self, SettingsError> {
        let usual_boundary = match image_type {
            "Simoncelli" | "RieszSimoncelli" => Boundary::Periodic,
            _ => Boundary::Mirror,
        };
        let boundary = lookup
            .word("boundary")
            .and_then(|word| named(word, Boundary::NAMES));
        let mut request = Self {
            image_type,
            place,
            lookup,
            dimension: dimension(image_type, place, lookup)?,
            boundary: boundary.unwrap_or(usual_boundary),
            usual_boundary,
            pooling: None,
        };
        // Filters that see all directions alike have nothing to pool.
        if !matches!(image_type, "Mean" | "LaplacianOfGaussian" | "Simoncelli") {
            let written = lookup.word("pooling");
            request.pooling = written.and_then(|word| named(word, Pooling::NAMES));
            let several =
                request.dimension == Dimension::Volume || lookup.entry("thetaStep").is_some();
            if image_type == "Gabor" && several {
                if let (Some("none"), Some(entry)) = (written, lookup.entry("pooling")) {
                    let expected = "max, average or min for a Gabor filter with thetaStep or \
                         dimension 3D, which gives several responses";
                    return Err(wrong(entry, expected));
                }
                request.pooling = request.pooling.or(Some(Pooling::Average));
            }
        }
        Ok(request)
    }

    /// The filter as it is applied.
    fn apply(&self, filter: ConvolutionalFilter) -> Convolution {
        Convolution {
            filter,
            dimension: self.dimension,
            boundary: self.boundary,
            rotations: self.pooling,
        }
    }

    /// The name of an image.
    fn name(&self, parts: &[String]) -> String {
        let mut name = self.image_type.to_lowercase();
        let pooling = self.pooling.map(Pooling::name);
        let boundary = (self.boundary != self.usual_boundary).then(|| self.boundary.name());
        let own = parts.iter().map(String::as_str);
        for part in own
            .chain(pooling)
            .chain([dimension_name(self.dimension)])
            .chain(boundary)
        {
            name.push('-');
            name.push_str(part);
        }
        name
    }

    /// A setting without which the filter is none.
    fn required(&self, setting: &str, example: &str) -> Result<&'a Entry, SettingsError> {
        let missing = || SettingsError::Missing {
            place: self.place.clone(),
            what: format!("image type `{}`", self.image_type),
            setting: setting.to_owned(),
            example: example.to_owned(),
        };
        let entry = self.lookup.entry(setting).ok_or_else(missing)?;
        if entry.value == Node::Sequence(Vec::new()) {
            let expected = format!("a list that is not empty, as in `{example}`");
            return Err(wrong(entry, &expected));
        }
        Ok(entry)
    }

    fn means(&self) -> Result<Vec<Named>, SettingsError> {
        let entry = self.required("support", "support: 5")?;
        let mean = |node| {
            let support = count(node).filter(|support| support % 2 == 1);
            let Some(support) = support else {
                return Err(wrong(entry, "odd numbers of voxels from 1 to 999"));
            };
            let parts = vec!["support".to_owned(), support.to_string()];
            Ok((ConvolutionalFilter::Mean { support }, parts))
        };
        items(entry).map(mean).collect()
    }

    fn laplacians(&self) -> Result<Vec<Named>, SettingsError> {
        let filters = self.sampled_laplacians()?.into_iter();
        let whole = |(filter, parts)| (ConvolutionalFilter::LaplacianOfGaussian(filter), parts);
        Ok(filters.map(whole).collect())
    }

    fn sampled_laplacians(
        &self,
    ) -> Result<Vec<(SampledLaplacianOfGaussian, Vec<String>)>, SettingsError> {
        let entry = self.required("sigma", "sigma: [1.5, 3.0]")?;
        let truncate = self.lookup.number("truncate").unwrap_or(TRUNCATE);
        let written = self
            .lookup
            .entry("truncate")
            .filter(|_| truncate != TRUNCATE);
        let laplacian = |node: &Node| {
            let mut parts = vec!["sigma".to_owned(), text(node), "mm".to_owned()];
            if let Some(written) = written {
                parts.extend(["truncate".to_owned(), text(&written.value)]);
            }
            let sigma = number(node)?;
            Some((SampledLaplacianOfGaussian { sigma, truncate }, parts))
        };
        Ok(items(entry).filter_map(laplacian).collect())
    }

    fn laws(&self) -> Result<Vec<Named>, SettingsError> {
        let example = match self.dimension {
            Dimension::Slices => "L5E5",
            Dimension::Volume => "L5E5E5",
        };
        let entry = self.required("kernels", &format!("kernels: [{example}]"))?;
        let energy_distance = self.lookup.count("energyDistance");
        let one = |names: &str| {
            let refuse = |hint: &str| {
                let (axes, dimension) = (self.dimension.axes(), dimension_name(self.dimension));
                let expected = format!(
                    "{axes} Laws kernels one after another with dimension {dimension}, such as \
                     {example}{hint}"
                );
                wrong(entry, &expected)
            };
            let kernels = LawsKernel::list(names).map_err(|error| match error {
                FilterError::UnknownLawsKernel {
                    name,
                    nearest: Some(nearest),
                } => refuse(&format!(" (for {name}, did you mean {nearest}?)")),
                _ => refuse(" (they are L3, L5, E3, E5, S3, S5, W5 and R5)"),
            })?;
            if kernels.len() != self.dimension.axes() {
                return Err(refuse(""));
            }
            let mut parts = vec![names.to_owned()];
            if let Some(distance) = energy_distance {
                parts.extend(["energy".to_owned(), distance.to_string()]);
            }
            let filter = ConvolutionalFilter::Laws {
                kernels,
                energy_distance,
            };
            Ok((filter, parts))
        };
        words(entry).map(one).collect()
    }

    fn gabors(&self) -> Result<Vec<Named>, SettingsError> {
        let sigmas = self.required("sigma", "sigma: [5.0]")?;
        let lambdas = self.required("lambda", "lambda: [2.0]")?;
        let (one, zero) = (Node::Integer(1), Node::Integer(0));
        let gamma = self
            .lookup
            .entry("gamma")
            .map_or(&one, |entry| &entry.value);
        let thetas: Vec<&Node> = match self.lookup.entry("theta") {
            Some(_) => items(self.required("theta", "theta: [0, 45, 90, 135]")?).collect(),
            None => vec![&zero],
        };
        let step = self.lookup.entry("thetaStep");
        let mut filters = Vec::new();
        for sigma in items(sigmas) {
            for lambda in items(lambdas) {
                for theta in &thetas {
                    let numbers = (number(sigma), number(lambda), number(gamma), number(theta));
                    let (Some(sigma_mm), Some(lambda_mm), Some(ratio), Some(degrees)) = numbers
                    else {
                        continue;
                    };
                    let filter = ConvolutionalFilter::Gabor(Gabor {
                        sigma: sigma_mm,
                        lambda: lambda_mm,
                        gamma: ratio,
                        theta: degrees,
                        theta_step: step.and_then(|step| number(&step.value)),
                    });
                    let parts = [
                        ["sigma".to_owned(), text(sigma), "mm".to_owned()].join("-"),
                        ["lambda".to_owned(), text(lambda), "mm".to_owned()].join("-"),
                        format!("gamma-{}", text(gamma)),
                        format!("theta-{}", text(theta)),
                    ];
                    let last = step.map(|step| format!("step-{}", text(&step.value)));
                    filters.push((filter, parts.into_iter().chain(last).collect()));
                }
            }
        }
        // All else is in range by the schema.
        if let (Some(step), Some((filter, _))) = (step, filters.first())
            && self.apply(filter.clone()).check().is_err()
        {
            return Err(wrong(
                step,
                "degrees that divide a circle evenly, such as 22.5",
            ));
        }
        Ok(filters)
    }

    fn wavelets(&self) -> Result<Vec<Named>, SettingsError> {
        let name = self.required("wavelet", "wavelet: db3")?;
        let example = match self.dimension {
            Dimension::Slices => "LH",
            Dimension::Volume => "LLH",
        };
        let bands = self.required("subBands", &format!("subBands: [{example}]"))?;
        let levels = self.required("levels", "levels: 1")?;
        let Some(wavelet) = named_wavelet(self.lookup)? else {
            return Ok(Vec::new());
        };
        let mut filters = Vec::new();
        for band in words(bands) {
            let axes = self.dimension.axes();
            let passes = Pass::list(band).ok().filter(|passes| passes.len() == axes);
            let Some(passes) = passes else {
                let dimension = dimension_name(self.dimension);
                let expected =
                    format!("{axes} letters L or H with dimension {dimension}, such as {example}");
                return Err(wrong(bands, &expected));
            };
            for level in items(levels).filter_map(count) {
                let parts = [text(&name.value), band.to_owned()];
                let parts = parts.into_iter().chain(level_parts(level)).collect();
                let filter = ConvolutionalFilter::SeparableWavelet {
                    wavelet: wavelet.clone(),
                    passes: passes.clone(),
                    level,
                };
                filters.push((filter, parts));
            }
        }
        Ok(filters)
    }

    fn simoncellis(&self) -> Result<Vec<Named>, SettingsError> {
        let levels = self.required("levels", "levels: [1, 2]")?;
        let one = |level| {
            let filter = ConvolutionalFilter::Simoncelli { level };
            (filter, level_parts(level).collect())
        };
        Ok(items(levels).filter_map(count).map(one).collect())
    }

    fn riesz_transforms(&self) -> Result<Vec<Named>, SettingsError> {
        let entry = self.required("orders", "orders: [[1, 0, 0], [0, 1, 0]]")?;
        let of: Vec<(RieszOf, Vec<String>)> = if self.image_type == "RieszSimoncelli" {
            let levels = items(self.required("levels", "levels: [1, 2]")?).filter_map(count);
            let one = |level| (RieszOf::Simoncelli { level }, level_parts(level).collect());
            levels.map(one).collect()
        } else {
            let laplacians = self.sampled_laplacians()?.into_iter();
            let one = |(filter, parts)| (RieszOf::LaplacianOfGaussian(filter), parts);
            laplacians.map(one).collect()
        };
        let mut filters = Vec::new();
        for (of, parts) in of {
            for order in orders(entry) {
                let filter = ConvolutionalFilter::Riesz { of, order };
                if self.apply(filter.clone()).check().is_err() {
                    let expected = match self.dimension {
                        Dimension::Slices => {
                            "orders along x, y and z whose sum is 1 to 32, 0 along z with \
                             dimension 2D"
                        }
                        Dimension::Volume => "orders along x, y and z whose sum is 1 to 32",
                    };
                    return Err(wrong(entry, expected));
                }
                let text = order.map(|order| order.to_string()).join("-");
                let own = ["order".to_owned(), text];
                filters.push((filter, parts.iter().cloned().chain(own).collect()));
            }
        }
        Ok(filters)
    }
}

/// Slices where they are forced, the volume otherwise, unless something else is written.
fn dimension(
    image_type: &str,
    place: &Place,
    lookup: &Lookup<'_>,
) -> Result<Dimension, SettingsError> {
    match (lookup.word("dimension"), flat_axis(lookup)) {
        (Some("2D"), _) | (None, Some(2)) => Ok(Dimension::Slices),
        (None, Some(_)) => Err(SettingsError::Unsupported {
            place: place.clone(),
            what: format!("{image_type} in slices across x or y"),
            advice: Some("set `dimension: 3D`, or `2D` for slices across z".to_owned()),
        }),
        _ => Ok(Dimension::Volume),
    }
}

fn dimension_name(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Slices => "2D",
        Dimension::Volume => "3D",
    }
}

fn named<T: Copy>(word: &str, names: &[(&str, T)]) -> Option<T> {
    let found = names.iter().find(|(name, _)| *name == word);
    found.map(|&(_, value)| value)
}

/// The values of a list, or a value alone.
fn items(entry: &Entry) -> impl Iterator<Item = &Node> {
    match &entry.value {
        Node::Sequence(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    }
    .iter()
}

fn words(entry: &Entry) -> impl Iterator<Item = &str> {
    items(entry).filter_map(|node| match node {
        Node::Text(word) => Some(word.as_str()),
        _ => None,
    })
}

/// The orders of a list of lists, or of one list alone.
fn orders(entry: &Entry) -> Vec<[usize; 3]> {
    let order = |node: &Node| match node {
        Node::Sequence(items) => {
            let counts = items.iter().filter_map(count).collect::<Vec<_>>();
            <[usize; 3]>::try_from(counts).ok()
        }
        _ => None,
    };
    match order(&entry.value) {
        Some(order) => vec![order],
        None => items(entry).filter_map(order).collect(),
    }
}

fn count(node: &Node) -> Option<usize> {
    match node {
        Node::Integer(value) => usize::try_from(*value).ok(),
        _ => None,
    }
}

/// A value as it was written, without a point.
fn text(node: &Node) -> String {
    match node {
        Node::Text(text) => text.clone(),
        other => other.python(),
    }
    .replace('.', "-")
}

fn level_parts(level: usize) -> impl Iterator<Item = String> {
    ["level".to_owned(), level.to_string()].into_iter()
}

#[cfg(test)]
mod tests;
