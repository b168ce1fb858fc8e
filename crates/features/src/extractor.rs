//! From an image and a label map to a row of features.
//!
//! The order of the steps is PyRadiomics': normalise, resample or crop, check and perhaps correct
//! the mask, re-segment, shape, then the other classes on each image. One of its habits shows in
//! results: where re-segmentation does not change the shape mask (`resegmentShape: false`), shape
//! is still measured within the bounding box of the re-segmented mask.

use std::borrow::Cow;

use radiome_image::preprocess::{
    MaskError, MaskRequirements, PreprocessError, check_mask, correct_mask, crop_to_region,
    normalize, region, resample, resegment,
};
use radiome_image::{BoundingBox, Image, LabelMap, Mask};
use thiserror::Error;

use crate::catalogue::{Feature, FeatureClass};
use crate::diagnostics::Diagnostics;
use crate::discretize::{DiscretizeError, discretize};
use crate::first_order::{self, FirstOrder};
use crate::region::Region;
use crate::settings::{ClassPlan, Filter, ImagePlan, Plan};
use crate::shape::{self, Shape};
use crate::shape_2d::{self, Shape2D};
use crate::texture::{LevelGrid, LevelGridError, glcm, gldm, glrlm, glszm, ngtdm};

/// Why no features could be extracted.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ExtractError {
    /// The image or mask does not have the number of voxels that its grid says.
    #[error("the {what} holds {found} voxels on a grid of {expected}")]
    VoxelCount {
        /// "image" or "mask".
        what: &'static str,
        /// Number of voxels of the grid.
        expected: usize,
        /// Number of values.
        found: usize,
    },
    /// The mask cannot serve as a region, or the image cannot be prepared.
    #[error(transparent)]
    Preprocess(Box<PreprocessError>),
    /// The shape of a slice was asked for, and the region is thicker.
    #[error(
        "shape2D needs a region of one slice across index axis {axis} (0 = x, 1 = y, 2 = z); it \
         spans {size:?} voxels: leave shape2D out, or set force2Ddimension"
    )]
    NotASlice {
        /// The axis across which it should be one slice.
        axis: usize,
        /// Size of the region's bounding box.
        size: [usize; 3],
    },
    /// The values cannot be turned into grey levels.
    #[error("{image} image: {source}")]
    Discretize {
        /// Which image, as in the names of its features.
        image: &'static str,
        /// What is wrong.
        source: DiscretizeError,
    },
    /// The kernel of a feature map is too large to hold in memory.
    #[error(
        "a kernel of {size:?} voxels around each voxel is too large, the limit is {limit} voxels; \
         lower kernelRadius"
    )]
    Kernel {
        /// Size of the kernel along x, y, z.
        size: [usize; 3],
        /// The most voxels that it may have.
        limit: usize,
    },
    /// There are too many grey levels.
    #[error("{image} image: {source}")]
    Levels {
        /// Which image, as in the names of its features.
        image: &'static str,
        /// What is wrong.
        source: LevelGridError,
    },
}

impl From<PreprocessError> for ExtractError {
    fn from(error: PreprocessError) -> Self {
        Self::Preprocess(Box::new(error))
    }
}

impl From<MaskError> for ExtractError {
    fn from(error: MaskError) -> Self {
        PreprocessError::from(error).into()
    }
}

/// The features of one region, with what was found on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureRow {
    /// What was done and found: `diagnostics_*` and a text, in PyRadiomics' order.
    pub diagnostics: Vec<(String, String)>,
    /// Names and values, in PyRadiomics' order; NaN where a feature is not defined.
    pub features: Vec<(String, f64)>,
}

impl FeatureRow {
    /// The value of a feature.
    #[must_use]
    pub fn feature(&self, name: &str) -> Option<f64> {
        self.features
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| *value)
    }

    /// The text of a diagnostic.
    #[must_use]
    pub fn diagnostic(&self, name: &str) -> Option<&str> {
        self.diagnostics
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, text)| text.as_str())
    }
}

/// Extracts features as a plan says.
#[derive(Clone, Debug)]
pub struct Extractor {
    plan: Plan,
}

impl Extractor {
    /// An extractor that follows `plan`.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self { plan }
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The features of one label's region; `label` overrides the plan's.
    ///
    /// # Errors
    /// See [`ExtractError`]: a label that is not there, a region that is too small or lies on
    /// another grid, values that are not finite.
    pub fn extract(
        &self,
        image: &Image,
        labels: &LabelMap,
        label: Option<u32>,
    ) -> Result<FeatureRow, ExtractError> {
        let (prepared, diagnostics) = self.prepared(image, labels, label)?;
        let mut row = FeatureRow {
            diagnostics: diagnostics.entries(),
            features: Vec::new(),
        };
        for class in self.plan.shape_classes() {
            let values = self.shape(class, &prepared)?;
            push(&mut row, Filter::Original, class, values);
        }
        let region = Region::new(&prepared.image, &prepared.mask).ok_or(MaskError::Empty)?;
        for image in &self.plan.images {
            features(&mut row, &self.plan.classes, image, &region)?;
        }
        Ok(row)
    }

    fn shape(&self, class: &ClassPlan, from: &Prepared<'_>) -> Result<Vec<f64>, ExtractError> {
        let (_, mask) = crop_to_region(&from.image, &from.shape_mask, &from.bounds, 0)?;
        let (size, spacing) = (mask.geometry.size, mask.geometry.spacing);
        if class.class == FeatureClass::Shape {
            let shape = Shape::new(&mask.inside, size, spacing);
            let chosen = chosen(shape::FEATURES, &class.features);
            return Ok(chosen
                .iter()
                .map(|feature| (feature.value)(&shape))
                .collect());
        }
        let axis = self.plan.slice_axis.unwrap_or(2);
        let shape = Shape2D::new(&mask.inside, size, spacing, axis)
            .ok_or(ExtractError::NotASlice { axis, size })?;
        let chosen = chosen(shape_2d::FEATURES, &class.features);
        Ok(chosen
            .iter()
            .map(|feature| (feature.value)(&shape))
            .collect())
    }

    /// The image and the region of a label, ready for features.
    pub(crate) fn prepared<'a>(
        &self,
        image: &'a Image,
        labels: &LabelMap,
        label: Option<u32>,
    ) -> Result<(Prepared<'a>, Diagnostics), ExtractError> {
        count("image", image.geometry.voxel_count(), image.values.len())?;
        count("mask", labels.geometry.voxel_count(), labels.labels.len())?;
        let label = label.unwrap_or(self.plan.label);
        let mut diagnostics = Diagnostics::new(&self.plan, label);
        let prepared = self.prepare(image, region(labels, label)?, &mut diagnostics)?;
        Ok((prepared, diagnostics))
    }

    fn prepare<'a>(
        &self,
        image: &'a Image,
        mask: Mask,
        diagnostics: &mut Diagnostics,
    ) -> Result<Prepared<'a>, ExtractError> {
        let plan = &self.plan;
        diagnostics.image("original", image);
        diagnostics.mask("original", &mask, None);
        let (mut image, mut mask) = (Cow::Borrowed(image), mask);
        if let Some(normalization) = plan.normalization {
            image = Cow::Owned(normalize(
                &image,
                normalization.scale,
                normalization.outliers,
            )?);
        }
        if let Some(resampling) = &plan.resampling {
            let (resampled, resampled_mask) = resample(&image, &mask, resampling)?;
            (image, mask) = (Cow::Owned(resampled), resampled_mask);
            diagnostics.image("interpolated", &image);
            diagnostics.mask("interpolated", &mask, Some(&image));
        } else if plan.pre_crop {
            let (bounds, corrected) = self.check(&image, &mask)?;
            mask = corrected.unwrap_or(mask);
            let (cropped, cropped_mask) =
                crop_to_region(&image, &mask, &bounds, plan.pad_distance)?;
            (image, mask) = (Cow::Owned(cropped), cropped_mask);
        }
        let (mut bounds, corrected) = self.check(&image, &mask)?;
        if let Some(corrected) = corrected {
            mask = corrected;
            diagnostics.mask("corrected", &mask, Some(&image));
        }
        let mut shape_mask = mask.clone();
        if let Some(resegmentation) = &plan.resegmentation {
            mask = resegment(&image, &mask, &resegmentation.range, resegmentation.mode)?;
            bounds = check_mask(&image.geometry, &mask, &plan.requirements)?;
            diagnostics.mask("resegmented", &mask, Some(&image));
            if resegmentation.shape {
                shape_mask = mask.clone();
            }
        }
        Ok(Prepared {
            image,
            mask,
            shape_mask,
            bounds,
        })
    }

    /// The region's bounding box, and the mask on the image's grid where it had to be resampled.
    fn check(
        &self,
        image: &Image,
        mask: &Mask,
    ) -> Result<(BoundingBox, Option<Mask>), ExtractError> {
        let requirements: &MaskRequirements = &self.plan.requirements;
        match check_mask(&image.geometry, mask, requirements) {
            Err(MaskError::Geometry { .. }) if self.plan.correct_mask => {
                let corrected = correct_mask(&image.geometry, mask)?;
                let bounds = check_mask(&image.geometry, &corrected, requirements)?;
                Ok((bounds, Some(corrected)))
            }
            checked => Ok((checked?, None)),
        }
    }
}

/// An image ready for features.
pub(crate) struct Prepared<'a> {
    pub(crate) image: Cow<'a, Image>,
    pub(crate) mask: Mask,
    /// The mask whose shape is measured.
    shape_mask: Mask,
    /// The bounding box of `mask`.
    pub(crate) bounds: BoundingBox,
}

fn count(what: &'static str, expected: usize, found: usize) -> Result<(), ExtractError> {
    if expected == found {
        return Ok(());
    }
    Err(ExtractError::VoxelCount {
        what,
        expected,
        found,
    })
}

/// Computes all classes but shape for one image.
fn features(
    row: &mut FeatureRow,
    classes: &[ClassPlan],
    image: &ImagePlan,
    region: &Region,
) -> Result<(), ExtractError> {
    if classes.iter().all(ClassPlan::is_shape) {
        return Ok(());
    }
    let name = image.filter.prefix();
    let levels =
        discretize(&region.values, region.pixel_type, image.binning).map_err(|source| {
            ExtractError::Discretize {
                image: name,
                source,
            }
        })?;
    let textured = |plan: &ClassPlan| !plan.is_shape() && plan.class != FeatureClass::FirstOrder;
    let grid = if classes.iter().any(textured) {
        let grid = LevelGrid::new(region, &levels, &image.neighbourhood);
        Some(grid.map_err(|source| ExtractError::Levels {
            image: name,
            source,
        })?)
    } else {
        None
    };
    for plan in classes {
        let names = &plan.features;
        let values = match (plan.class, &grid) {
            (FeatureClass::FirstOrder, _) => {
                let volume = region.voxel_volume();
                let prepared = FirstOrder::new(&region.values, &levels, image.shift, volume);
                let chosen = chosen(first_order::FEATURES, names);
                chosen
                    .iter()
                    .map(|feature| (feature.value)(&prepared))
                    .collect()
            }
            (FeatureClass::Glcm, Some(grid)) => {
                glcm::values(grid, image.glcm, &chosen(glcm::FEATURES, names))
            }
            (FeatureClass::Gldm, Some(grid)) => {
                gldm::values(grid, image.gldm_alpha, &chosen(gldm::FEATURES, names))
            }
            (FeatureClass::Glrlm, Some(grid)) => {
                glrlm::values(grid, image.glcm.weighting, &chosen(glrlm::FEATURES, names))
            }
            (FeatureClass::Glszm, Some(grid)) => {
                glszm::values(grid, &chosen(glszm::FEATURES, names))
            }
            (FeatureClass::Ngtdm, Some(grid)) => {
                ngtdm::values(grid, &chosen(ngtdm::FEATURES, names))
            }
            (FeatureClass::Shape | FeatureClass::Shape2D, _) | (_, None) => continue,
        };
        push(row, image.filter, plan, values);
    }
    Ok(())
}

/// The features of some names, in the order of the names.
pub(crate) fn chosen<M>(all: &'static [Feature<M>], names: &[&str]) -> Vec<&'static Feature<M>> {
    let find = |name: &&str| all.iter().find(|feature| feature.name == *name);
    names.iter().filter_map(find).collect()
}

fn push(row: &mut FeatureRow, filter: Filter, plan: &ClassPlan, values: Vec<f64>) {
    for (name, value) in plan.features.iter().zip(values) {
        let name = format!("{}_{}_{name}", filter.prefix(), plan.class.name());
        row.features.push((name, value));
    }
}
