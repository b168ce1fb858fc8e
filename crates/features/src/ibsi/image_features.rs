//! The features of all families of one image.

use std::borrow::Cow;

use radiome_image::preprocess::MaskError;
use radiome_image::{BoundingBox, Image, Mask};
use rayon::prelude::*;

use super::discretise::discretise;
use super::distribution::Distribution;
use super::family::Family;
use super::image_path::Prepared;
use super::intensity_histogram::{self, IntensityHistogram};
use super::intensity_volume_histogram::{self, IntensityVolumeHistogram};
use super::local_intensity::{self, LocalIntensity};
use super::morphology::{self, Morphology};
use super::plan::{FamilyPlan, ImagePlan, Plan};
use super::statistics;
use super::texture::{Dimension, Directions, Levels, glcm, gldzm, glrlm, glszm, ngldm, ngtdm};
use crate::discretize::GrayLevels;
use crate::extractor::{ExtractError, FeatureRow};
use crate::region::{Place, Region};
use crate::settings::Filter;
use crate::texture::LevelGridError;
use crate::{Feature, UndefinedReason};

/// What the families of one image are computed from.
pub(super) struct ImageFeatures<'a> {
    plan: &'a Plan,
    images: &'a ImagePlan,
    /// The name of the image.
    name: &'a str,
    /// The image, or the part of it around the region that features may see.
    image: &'a Image,
    /// The intensity mask on the image's grid.
    intensity: Cow<'a, Mask>,
    /// The intensity mask, in the box of the region.
    region: Region,
    /// The morphological mask in that box.
    morphological: Vec<bool>,
    /// The range that the intensities were cut to; a filtered image has none.
    range: Option<[f64; 2]>,
    /// `None` where the image has values in the region that are no numbers.
    levels: Option<GrayLevels>,
}

/// A family of texture matrices, in some dimensions.
type TextureFamily = fn(&Levels<'_>, &[Dimension]) -> Result<Vec<(String, f64)>, LevelGridError>;

impl<'a> ImageFeatures<'a> {
    /// Looks at the region in an image whose first voxel is the prepared image's voxel `first`.
    pub(super) fn new(
        plan: &'a Plan,
        images: &'a ImagePlan,
        name: &'a str,
        prepared: &'a Prepared<'_>,
        image: &'a Image,
        first: [usize; 3],
    ) -> Result<Self, ExtractError> {
        let discretize = |source| ExtractError::Discretize {
            image: name.to_owned(),
            source,
        };
        let coverage = || ExtractError::Coverage {
            image: name.to_owned(),
        };
        let in_box = |mask: &Mask| Place::new(mask, prepared.bounds).ok_or(MaskError::Empty);
        let place = in_box(&prepared.intensity)?;
        let region = place.in_image(image, first).ok_or_else(coverage)?;
        let intensity = if image.geometry.size == prepared.intensity.geometry.size {
            Cow::Borrowed(&prepared.intensity)
        } else {
            let part = BoundingBox {
                lower: first,
                upper: std::array::from_fn(|axis| first[axis] + image.geometry.size[axis] - 1),
            };
            Cow::Owned(prepared.intensity.cropped(&part).ok_or_else(coverage)?)
        };
        let original = images.filter == Filter::Original;
        let range = plan.range.filter(|_| original);
        let lower = range
            .map(|[lower, _]| lower)
            .filter(|lower| lower.is_finite());
        let finite = region.values.iter().all(|value| value.is_finite());
        // An image that came with such values is an error, a filter that makes them is none.
        let levels = if finite || original {
            let levels = discretise(&region.values, lower, images.discretisation);
            Some(levels.map_err(discretize)?)
        } else {
            None
        };
        Ok(Self {
            plan,
            images,
            name,
            image,
            intensity,
            morphological: in_box(&prepared.morphological)?.without_values().inside,
            region,
            range,
            levels,
        })
    }

    /// Adds all features to a row.
    pub(super) fn append_to(&self, row: &mut FeatureRow) -> Result<(), ExtractError> {
        let Some(levels) = &self.levels else {
            for feature in self.plan.features_of(self.images, self.name) {
                row.push_undefined(feature.name, UndefinedReason::NotFinite);
            }
            return Ok(());
        };
        let families: Vec<_> = self
            .plan
            .families_of(self.images)
            .into_par_iter()
            .map(|family| self.features(&family, levels))
            .collect();
        let prefix = self.images.prefix(self.name);
        let flat = self.region.values.windows(2).all(|pair| pair[0] == pair[1]);
        for features in families {
            for (tag, value) in features? {
                let name = format!("{prefix}{tag}");
                if !value.is_finite() {
                    let reason = if flat {
                        UndefinedReason::Flat
                    } else {
                        UndefinedReason::Numerical
                    };
                    row.undefined.push((name.clone(), reason));
                }
                row.features.push((name, value));
            }
        }
        Ok(())
    }

    /// Tags and values of a family, in the order of the manual.
    fn features(
        &self,
        of: &FamilyPlan,
        levels: &GrayLevels,
    ) -> Result<Vec<(String, f64)>, ExtractError> {
        let values = &self.region.values;
        let texture = |family| self.texture(of, levels, family);
        Ok(match of.family {
            Family::Morphology => {
                let form = Morphology::new(&self.region, &self.morphological);
                of.values(morphology::FEATURES, &form)
            }
            Family::LocalIntensity => {
                let peaks = LocalIntensity::new(self.image, &self.intensity);
                of.values(local_intensity::FEATURES, &peaks)
            }
            Family::Statistics => of.values(statistics::FEATURES, &Distribution::new(values)),
            Family::IntensityHistogram => {
                let histogram = IntensityHistogram::new(levels);
                of.values(intensity_histogram::FEATURES, &histogram)
            }
            Family::IntensityVolumeHistogram => {
                let by = self.plan.ivh_discretisation;
                let histogram = IntensityVolumeHistogram::new(values, self.range, by);
                of.values(intensity_volume_histogram::FEATURES, &histogram)
            }
            Family::Glcm => texture(glcm::features)?,
            Family::Glrlm => texture(glrlm::features)?,
            Family::Glszm => texture(glszm::features)?,
            Family::Gldzm => texture(gldzm::features)?,
            Family::Ngtdm => texture(ngtdm::features)?,
            Family::Ngldm => texture(ngldm::features)?,
        })
    }

    /// Tags and values of a family of texture matrices.
    fn texture(
        &self,
        of: &FamilyPlan,
        levels: &GrayLevels,
        family: TextureFamily,
    ) -> Result<Vec<(String, f64)>, ExtractError> {
        let levels = Levels {
            region: &self.region,
            levels,
            morphological: &self.morphological,
        };
        let mut values = family(&levels, &self.plan.dimensions).map_err(|source| {
            let image = self.name.to_owned();
            ExtractError::Levels { image, source }
        })?;
        values.retain(|(tag, _)| of.asks(tag, &self.plan.directions));
        Ok(values)
    }
}

impl FamilyPlan {
    /// The features asked for, of what they are computed from.
    fn values<M>(&self, features: &[Feature<M>], of: &M) -> Vec<(String, f64)> {
        let asked = |feature: &&Feature<M>| self.features.contains(&feature.name);
        let value = |feature: &Feature<M>| (feature.name.to_owned(), (feature.value)(of));
        features.iter().filter(asked).map(value).collect()
    }

    /// Whether a feature of a texture matrix is asked for: its tag is one of the plan's, and joins
    /// directions in one of the ways asked for.
    fn asks(&self, tag: &str, directions: &[Directions]) -> bool {
        let joined = |directions: &Directions| tag.ends_with(directions.suffix());
        let known = |name: &&str| {
            let ending = tag.strip_prefix(name);
            ending.is_some_and(|ending| {
                Dimension::ALL
                    .iter()
                    .any(|d| ending.starts_with(d.suffix()))
            })
        };
        (!self.family.has_directions() || directions.iter().any(joined))
            && self.features.iter().any(known)
    }
}
