//! The steps before the features, one by one, as PyRadiomics' `imageoperations` has them.

use pyo3::prelude::*;
use radiome_image::preprocess::{self, PreprocessError};
use radiome_image::{BoundingBox, Image, LabelMap, Mask};

use crate::volume::{Labels, Volume};
use crate::{error, pool, settings};

/// The first and the last voxel of a box along x, y, z.
type Bounds = ([usize; 3], [usize; 3]);

/// The label map in which a region has its label and all else is 0.
fn labelled(mask: &Mask, label: u32) -> Labels {
    let labels = mask.inside.iter().map(|&inside| u32::from(inside) * label);
    LabelMap {
        geometry: mask.geometry.clone(),
        labels: labels.collect(),
        segments: Vec::new(),
    }
    .into()
}

/// The region of a label on the image's grid, with the box around it.
fn checked(
    py: Python<'_>,
    plan: &radiome_features::Plan,
    image: &Image,
    labels: &LabelMap,
    label: u32,
) -> PyResult<(BoundingBox, Mask, bool)> {
    let failed = |error: PreprocessError| error::of_preparing(py, error);
    let mut mask = preprocess::region(labels, label).map_err(|error| failed(error.into()))?;
    let tolerance = plan.requirements.geometry_tolerance;
    let differs = image.geometry.difference(&mask.geometry, tolerance);
    let corrected = plan.correct_mask && differs.is_some();
    if corrected {
        mask = preprocess::correct_mask(&image.geometry, &mask).map_err(failed)?;
    }
    let bounds = preprocess::check_mask(&image.geometry, &mask, &plan.requirements)
        .map_err(|error| failed(error.into()))?;
    Ok((bounds, mask, corrected))
}

/// Checks a mask by the settings; gives the box around the region, and the mask where it had to be
/// brought onto the image's grid.
#[pyfunction]
pub(crate) fn check_mask(
    py: Python<'_>,
    settings: &str,
    image: &Volume,
    labels: &Labels,
    label: u32,
) -> PyResult<(Bounds, Option<Labels>)> {
    let plan = settings::plan(py, settings)?;
    let (bounds, mask, corrected) = checked(py, &plan, &image.0, &labels.0, label)?;
    let mask = corrected.then(|| labelled(&mask, label));
    Ok(((bounds.lower, bounds.upper), mask))
}

/// The part of image and labels in a box and a margin around it, as far as the image goes.
#[pyfunction]
pub(crate) fn crop(
    py: Python<'_>,
    image: &Volume,
    labels: &Labels,
    bounds: Bounds,
    margin: usize,
) -> PyResult<(Volume, Labels)> {
    let (image, labels) = (&image.0, &labels.0);
    let last = image.geometry.size.map(|size| size.saturating_sub(1));
    let part = BoundingBox {
        lower: bounds.0.map(|index| index.saturating_sub(margin)),
        upper: std::array::from_fn(|axis| bounds.1[axis].saturating_add(margin).min(last[axis])),
    };
    let (Some(of_image), Some(of_labels)) = (
        image.geometry.cropped(&part),
        labels.geometry.cropped(&part),
    ) else {
        let told = "the box does not lie within image and mask";
        return Err(error::exception(py, "MaskError", told));
    };
    let offsets = || {
        let [x, y, z] = of_image.size;
        let [left, front, bottom] = part.lower;
        let geometry = &image.geometry;
        (0..z).flat_map(move |k| {
            (0..y).flat_map(move |j| {
                let first = geometry.offset([left, front + j, bottom + k]);
                first..first + x
            })
        })
    };
    let image_part = Image {
        values: offsets().map(|offset| image.values[offset]).collect(),
        pixel_type: image.pixel_type,
        geometry: of_image.clone(),
    };
    if image.geometry.size != labels.geometry.size {
        let told = "image and mask do not have the same number of voxels";
        return Err(error::exception(py, "MaskError", told));
    }
    let labels_part = LabelMap {
        labels: offsets().map(|offset| labels.labels[offset]).collect(),
        segments: labels.segments.clone(),
        geometry: of_labels,
    };
    Ok((image_part.into(), labels_part.into()))
}

/// The image scaled as the settings say.
#[pyfunction]
pub(crate) fn normalize(
    py: Python<'_>,
    image: &Volume,
    scale: f64,
    outliers: Option<f64>,
) -> PyResult<Volume> {
    let scaled = py.detach(|| preprocess::normalize(&image.0, scale, outliers));
    scaled
        .map(Volume::from)
        .map_err(|error| error::of_preparing(py, error))
}

/// Image and region resampled as the settings say; none where they do not.
#[pyfunction]
pub(crate) fn resample(
    py: Python<'_>,
    settings: &str,
    image: &Volume,
    labels: &Labels,
    label: u32,
) -> PyResult<Option<(Volume, Labels)>> {
    let plan = settings::plan(py, settings)?;
    let Some(resampling) = &plan.resampling else {
        return Ok(None);
    };
    let (image, labels) = (&image.0, &labels.0);
    let work = || {
        let mask = preprocess::region(labels, label)?;
        preprocess::resample(image, &mask, resampling)
    };
    match py.detach(|| pool::install(work)) {
        Ok((image, mask)) => Ok(Some((image.into(), labelled(&mask, label)))),
        Err(error) => Err(error::of_preparing(py, error)),
    }
}

/// The region without the voxels whose value lies outside the range of the settings; none where
/// they have no range.
#[pyfunction]
pub(crate) fn resegment(
    py: Python<'_>,
    settings: &str,
    image: &Volume,
    labels: &Labels,
    label: u32,
) -> PyResult<Option<Labels>> {
    let plan = settings::plan(py, settings)?;
    let Some(by) = &plan.resegmentation else {
        return Ok(None);
    };
    let work = || {
        let mask = preprocess::region(&labels.0, label)?;
        preprocess::resegment(&image.0, &mask, &by.range, by.mode)
    };
    match py.detach(work) {
        Ok(mask) => Ok(Some(labelled(&mask, label))),
        Err(error) => Err(error::of_preparing(py, error)),
    }
}
