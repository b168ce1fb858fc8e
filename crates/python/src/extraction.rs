//! Features, feature maps and filtered images of one case.

use std::sync::Arc;

use pyo3::prelude::*;
use radiome_features::{ExtractError, FeatureMap, MapRequest, MissingImage, filter_image};
use radiome_image::filter::FilterError;

use crate::volume::{Labels, Volume};
use crate::{error, pool, settings};

/// Texts with their names.
type Texts = Vec<(String, String)>;

/// Names of features, their values, the diagnostics, and why features are not defined.
type Row = (Vec<String>, Vec<f64>, Texts, Vec<(String, &'static str)>);

/// The features of a label's region.
#[pyfunction]
pub(crate) fn extract(
    py: Python<'_>,
    settings: &str,
    image: &Volume,
    labels: &Labels,
    label: u32,
) -> PyResult<Row> {
    let protocol = settings::protocol(py, settings)?;
    let (image, labels) = (Arc::clone(&image.0), Arc::clone(&labels.0));
    let rows = py.detach(|| pool::install(|| protocol.extract_labels(&image, &labels, &[label])));
    let mut row = Default::default();
    for found in rows {
        row = found.map_err(|error| error::of_extraction(py, &error))?;
    }
    let (names, values): (Vec<String>, Vec<f64>) = row.features.into_iter().unzip();
    let undefined = row.undefined.into_iter();
    let undefined = undefined.map(|(name, reason)| (name, reason.code()));
    Ok((names, values, row.diagnostics, undefined.collect()))
}

/// What has no image, and the code of the reason.
type Missing = (String, &'static str);

/// An image with its name.
type Named = (String, Volume);

/// The feature maps of a label's region, and the images that have none, with the reason.
#[pyfunction]
pub(crate) fn maps(
    py: Python<'_>,
    settings: &str,
    image: &Volume,
    labels: &Labels,
    label: u32,
) -> PyResult<(Vec<Named>, Vec<Missing>)> {
    let extractor = settings::extractor(py, settings)?;
    let (image, labels) = (Arc::clone(&image.0), Arc::clone(&labels.0));
    let work = || -> Result<(Vec<FeatureMap>, Vec<MissingImage>), ExtractError> {
        let mut maps = Vec::new();
        let request = MapRequest::default();
        let take = |class| {
            maps.extend::<Vec<FeatureMap>>(class);
            Ok::<(), ExtractError>(())
        };
        let missing = extractor.maps_by_class(&image, &labels, Some(label), request, take)?;
        Ok((maps, missing))
    };
    let found = py.detach(|| pool::install(work));
    let (maps, missing) = found.map_err(|error| error::of_extraction(py, &error))?;
    let maps = maps.into_iter().map(|map| (map.name, map.image.into()));
    let missing = missing.into_iter();
    let missing = missing.map(|image| (image.name, image.reason.code()));
    Ok((maps.collect(), missing.collect()))
}

/// What the one filter of the settings makes of a whole image, image by image.
#[pyfunction]
pub(crate) fn filter(py: Python<'_>, settings: &str, image: &Volume) -> PyResult<Vec<Named>> {
    let plan = settings::plan(py, settings)?;
    let image = Arc::clone(&image.0);
    let work = || -> Result<Vec<Named>, FilterError> {
        let mut made = Vec::new();
        for filter in &plan.images {
            filter_image(filter, &image, |name, image| {
                made.push((name.to_owned(), image.clone().into()));
            })?;
        }
        Ok(made)
    };
    let made = py.detach(|| pool::install(work));
    made.map_err(|error| error::exception(py, "ExtractionError", &error.to_string()))
}
