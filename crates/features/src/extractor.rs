//! From an image and a label map to a row of features.
//!
//! The order of the steps is PyRadiomics': normalise, resample or crop, check and perhaps correct
//! the mask, re-segment, shape, then the other classes on each image. One of its habits shows in
//! results: where re-segmentation does not change the shape mask (`resegmentShape: false`), shape
//! is still measured within the bounding box of the re-segmented mask.

use std::borrow::Cow;

use radiome_image::filter::FilterError;
use radiome_image::preprocess::{
    MaskError, MaskRequirements, PreprocessError, check_mask, correct_mask, crop_to_region,
    normalize, region, resample, resegment,
};
use radiome_image::{BoundingBox, Image, LabelMap, Mask};
use rayon::prelude::*;
use thiserror::Error;

use crate::catalogue::FeatureClass;
use crate::diagnostics::{Diagnostics, Originals};
use crate::discretize::DiscretizeError;
use crate::filtered::{ImageFeatures, chosen, filtered_features, full_name};
use crate::region::Place;
use crate::settings::{ClassPlan, Plan};
use crate::shape::{self, Shape};
use crate::shape_2d::{self, Shape2D};
use crate::texture::LevelGridError;
use crate::undefined::{self, UndefinedReason};

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
        image: String,
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
        image: String,
        /// What is wrong.
        source: LevelGridError,
    },
    /// A filter cannot be applied.
    #[error("{image} image: {source}")]
    Filter {
        /// Which image, as in the names of its features; of several, the first.
        image: String,
        /// What is wrong.
        source: FilterError,
    },
    /// A filter gave an image that does not cover the region: a defect of this program.
    #[error("{image} image: it does not cover the region; please report this")]
    Coverage {
        /// Which image, as in the names of its features.
        image: String,
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
    /// The features that the region does not define, and why: every NaN, and values that are set
    /// by convention. In the order of the features.
    pub undefined: Vec<(String, UndefinedReason)>,
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

    /// [`undefined`](Self::undefined) on one line, as in `original_ngtdm_Coarseness=flat;
    /// log-sigma-5-0-mm-3D_*=filter_too_small`: a star stands for all features of an image, or of
    /// a class of an image, that share a reason. Empty where all are defined.
    #[must_use]
    pub fn undefined_text(&self) -> String {
        undefined::text(&self.undefined, &self.features)
    }

    /// Adds a feature that has no value, and why.
    pub(crate) fn push_undefined(&mut self, name: String, reason: UndefinedReason) {
        self.undefined.push((name.clone(), reason));
        self.features.push((name, f64::NAN));
    }

    fn append(&mut self, features: ImageFeatures) {
        self.features.extend(features.features);
        self.undefined.extend(features.undefined);
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
        let label = label.unwrap_or(self.plan.label);
        let mut rows = self.extract_labels(image, labels, &[label]);
        rows.pop().unwrap_or_else(|| Err(MaskError::Empty.into()))
    }

    /// The features of several labels of one image, in the order of `wanted`; every row is what
    /// [`extract`](Self::extract) gives for the label alone, to the bit.
    ///
    /// The image is normalised once. Where it is neither resampled nor cropped beforehand
    /// (`resampledPixelSpacing`, `preCrop`), every filter too runs once for all labels, because
    /// PyRadiomics then filters the whole image. Where it is, the grid depends on the label's own
    /// bounding box, and each label has its own.
    #[must_use]
    pub fn extract_labels(
        &self,
        image: &Image,
        labels: &LabelMap,
        wanted: &[u32],
    ) -> Vec<Result<FeatureRow, ExtractError>> {
        if let Err(error) = check_counts(image, labels) {
            return wanted.iter().map(|_| Err(error.clone())).collect();
        }
        let originals = Originals::new(&self.plan, image, labels);
        // Only once a region is there: a label that is absent is the more telling error.
        let mut normalized: Option<Result<Cow<'_, Image>, ExtractError>> = None;
        let mut rows = Vec::with_capacity(wanted.len());
        let mut together: Vec<(usize, Place)> = Vec::new();
        for &label in wanted {
            let mut begin = || {
                let mask = region(labels, label)?;
                let image = normalized.get_or_insert_with(|| self.normalized(image));
                let image = image.as_deref().map_err(|error| error.clone())?;
                let diagnostics = Diagnostics::new(&self.plan, label, &originals);
                self.begin(image, mask, diagnostics)
            };
            let row = begin().and_then(
                |Begun {
                     mut row,
                     place,
                     own,
                 }| {
                    match own {
                        Some(image) => {
                            for features in self.filter(&image, &[&place]) {
                                row.append(features?);
                            }
                        }
                        None => together.push((rows.len(), place)),
                    }
                    Ok(row)
                },
            );
            rows.push(row);
        }
        if let Some(Ok(image)) = &normalized {
            let places: Vec<&Place> = together.iter().map(|(_, place)| place).collect();
            for ((at, _), features) in together.iter().zip(self.filter(image, &places)) {
                let Some(row) = rows.get_mut(*at) else {
                    continue;
                };
                match (features, row) {
                    (Ok(features), Ok(row)) => row.append(features),
                    (Err(error), row) => *row = Err(error),
                    (Ok(_), Err(_)) => {}
                }
            }
        }
        rows
    }

    /// The image and the region of a label, ready for filters. `image` is what
    /// [`normalized`](Self::normalized) makes of `original`.
    pub(crate) fn prepared<'a>(
        &self,
        image: &'a Image,
        original: &Image,
        labels: &LabelMap,
        label: Option<u32>,
    ) -> Result<Prepared<'a>, ExtractError> {
        let label = label.unwrap_or(self.plan.label);
        let originals = Originals::new(&self.plan, original, labels);
        let mut diagnostics = Diagnostics::new(&self.plan, label, &originals);
        self.prepare(image, region(labels, label)?, &mut diagnostics)
    }

    pub(crate) fn normalized<'a>(&self, image: &'a Image) -> Result<Cow<'a, Image>, ExtractError> {
        match self.plan.normalization {
            Some(by) => Ok(Cow::Owned(normalize(image, by.scale, by.outliers)?)),
            None => Ok(Cow::Borrowed(image)),
        }
    }

    /// All that comes before the filters: the image is prepared, the shape measured.
    fn begin(
        &self,
        image: &Image,
        mask: Mask,
        mut diagnostics: Diagnostics,
    ) -> Result<Begun, ExtractError> {
        let prepared = self.prepare(image, mask, &mut diagnostics)?;
        let mut row = FeatureRow {
            diagnostics: diagnostics.entries(),
            ..FeatureRow::default()
        };
        for class in self.plan.shape_classes() {
            let values = self.shape(class, &prepared)?;
            for (feature, value) in class.features.iter().zip(values) {
                let name = full_name("original", class, feature);
                if !value.is_finite() {
                    row.undefined
                        .push((name.clone(), UndefinedReason::Numerical));
                }
                row.features.push((name, value));
            }
        }
        let place = Place::new(&prepared.mask, prepared.bounds).ok_or(MaskError::Empty)?;
        let own = match prepared.image {
            Cow::Owned(image) => Some(image),
            Cow::Borrowed(_) => None,
        };
        Ok(Begun { row, place, own })
    }

    /// The features of some regions of a prepared image, image by image of the plan.
    fn filter(&self, image: &Image, places: &[&Place]) -> Vec<Result<ImageFeatures, ExtractError>> {
        let mut results: Vec<Result<ImageFeatures, ExtractError>> = places
            .iter()
            .map(|_| Ok(ImageFeatures::default()))
            .collect();
        let images: Vec<_> = self
            .plan
            .images
            .par_iter()
            .map(|plan| filtered_features(plan, &self.plan.classes, image, places))
            .collect();
        for more in images {
            for (result, more) in results.iter_mut().zip(more) {
                match (&mut *result, more) {
                    (Ok(features), Ok(more)) => features.append(more),
                    (Ok(_), Err(error)) => *result = Err(error),
                    (Err(_), _) => {}
                }
            }
        }
        results
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

    /// Prepares a (normalised) image and a mask; the image stays borrowed where it stays whole.
    fn prepare<'a>(
        &self,
        image: &'a Image,
        mut mask: Mask,
        diagnostics: &mut Diagnostics,
    ) -> Result<Prepared<'a>, ExtractError> {
        let plan = &self.plan;
        diagnostics.mask("original", &mask, None);
        let mut image = Cow::Borrowed(image);
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

/// A row with its shape features, and where the other features are to be found.
struct Begun {
    row: FeatureRow,
    place: Place,
    /// The prepared image, where it is the label's own.
    own: Option<Image>,
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

/// Whether image and mask have a value for each voxel of their grids.
pub(crate) fn check_counts(image: &Image, labels: &LabelMap) -> Result<(), ExtractError> {
    count("image", image.geometry.voxel_count(), image.values.len())?;
    count("mask", labels.geometry.voxel_count(), labels.labels.len())
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
