//! From an image and a region to what the features of the IBSI see.
//!
//! The IBSI's image processing scheme: rounding, interpolation of image and mask, rounding,
//! re-segmentation by range and by outliers. Re-segmentation acts on the intensity mask; the
//! morphological mask keeps all voxels.

use std::borrow::Cow;

use radiome_image::preprocess::{CentredGrid, MaskError, check_mask, correct_mask};
use radiome_image::{BoundingBox, Image, Mask};

use super::diagnostics::Diagnostics;
use super::local_intensity::RADIUS;
use super::plan::{DiagnosticsPlan, Interpolation, Plan};
use crate::extractor::ExtractError;

/// An image with its two masks, all on one grid.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prepared<'a> {
    /// The image, or the part of it around the region that features may see.
    pub(super) image: Cow<'a, Image>,
    /// The region.
    pub(super) morphological: Mask,
    /// The voxels of the region whose intensities count.
    pub(super) intensity: Mask,
    /// The region's bounding box.
    pub(super) bounds: BoundingBox,
}

/// Prepares an image and the region of a label as a plan says. Where `whole` is set, the whole
/// image is kept, as filters need it.
///
/// # Errors
/// Grids that differ, a region that is empty or does not fulfil the plan's requirements, voxels
/// that are no numbers.
pub(super) fn prepare<'a>(
    plan: &Plan,
    image: &'a Image,
    mut mask: Mask,
    whole: bool,
    diagnostics: &mut Diagnostics,
) -> Result<Prepared<'a>, ExtractError> {
    match check_mask(&image.geometry, &mask, &plan.requirements) {
        Err(MaskError::Geometry { .. }) if plan.correct_mask => {
            mask = correct_mask(&image.geometry, &mask)?;
            check_mask(&image.geometry, &mask, &plan.requirements)?;
        }
        checked => {
            checked?;
        }
    }
    let mut image = Cow::Borrowed(image);
    if plan.round_on_load && image.values.iter().any(|value| value.fract() != 0.0) {
        round(image.to_mut());
    }
    diagnostics.image("init", &image);
    diagnostics.region("init", &image, &mask, &mask);
    if let Some(interpolation) = &plan.interpolation {
        let whole = whole || plan.diagnostics == DiagnosticsPlan::WholeImage;
        let (new, new_mask) = interpolate(&image, &mask, interpolation, whole)?;
        (image, mask) = (Cow::Owned(new), new_mask);
    }
    let bounds = check_mask(&image.geometry, &mask, &plan.requirements)?;
    diagnostics.image("interp", &image);
    diagnostics.region("interp", &image, &mask, &mask);
    let intensity = resegment(plan, &image, &mask)?;
    diagnostics.region("reseg", &image, &mask, &intensity);
    Ok(Prepared {
        image,
        morphological: mask,
        intensity,
        bounds,
    })
}

/// How many voxels around the region local intensities see.
pub(super) fn margin(spacing: [f64; 3]) -> [usize; 3] {
    spacing.map(|spacing| (RADIUS / spacing).ceil() as usize)
}

fn round(image: &mut Image) {
    for value in &mut image.values {
        *value = value.round_ties_even();
    }
}

/// Image and mask on the new grid; unless `whole`, only the part around the region that local
/// intensities see.
fn interpolate(
    image: &Image,
    mask: &Mask,
    by: &Interpolation,
    whole: bool,
) -> Result<(Image, Mask), ExtractError> {
    let grid = CentredGrid::new(&image.geometry, by.spacing)?;
    let mut mask = grid.mask(mask, by.mask_threshold)?;
    let geometry = grid.geometry();
    let mut part = BoundingBox {
        lower: [0; 3],
        upper: geometry.size.map(|size| size.saturating_sub(1)),
    };
    if !whole {
        let bounds = mask.bounding_box().ok_or(MaskError::LostInResampling)?;
        let margin = margin(geometry.spacing);
        for (axis, margin) in margin.into_iter().enumerate() {
            let upper = bounds.upper[axis].saturating_add(margin);
            part.lower[axis] = bounds.lower[axis].saturating_sub(margin);
            part.upper[axis] = part.upper[axis].min(upper);
        }
        mask = mask.cropped(&part).ok_or(MaskError::LostInResampling)?;
    }
    let mut image = grid.image(image, by.method, &part)?;
    if by.round {
        round(&mut image);
    }
    Ok((image, mask))
}

/// The voxels of the region whose intensity lies in the range and is no outlier.
fn resegment(plan: &Plan, image: &Image, mask: &Mask) -> Result<Mask, ExtractError> {
    let mut intensity = mask.clone();
    let mut keep = |lower: f64, upper: f64| {
        for (inside, value) in intensity.inside.iter_mut().zip(&image.values) {
            *inside &= lower <= *value && *value <= upper;
        }
        let left = intensity.voxel_count();
        if left == 0 {
            return Err(MaskError::ResegmentedAway {
                lower,
                upper: upper.is_finite().then_some(upper),
                left,
                before: mask.voxel_count(),
            });
        }
        let values = image.values.iter().zip(&intensity.inside);
        Ok(values
            .filter(|(_, inside)| **inside)
            .map(|(value, _)| *value)
            .collect::<Vec<f64>>())
    };
    let [lower, upper] = plan.range.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    let values = keep(lower, upper)?;
    if let Some(sigmas) = plan.outlier_sigmas {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares = values.iter().map(|x| (x - mean).powi(2));
        let reach = sigmas * (squares.sum::<f64>() / count).sqrt();
        keep(mean - reach, mean + reach)?;
    }
    Ok(intensity)
}
