//! From an image and a label map to a row of the IBSI's features.

use radiome_image::preprocess::{MaskError, region};
use radiome_image::{Image, LabelMap, Mask};
use rayon::prelude::*;

use super::diagnostics::Diagnostics;
use super::discretise::discretise;
use super::distribution::Distribution;
use super::family::Family;
use super::image_path::{Prepared, prepare};
use super::intensity_histogram::{self, IntensityHistogram};
use super::intensity_volume_histogram::{self, IntensityVolumeHistogram};
use super::local_intensity::{self, LocalIntensity};
use super::morphology::{self, Morphology};
use super::plan::{FamilyPlan, Plan};
use super::statistics;
use super::texture::{Dimension, Directions, Levels, glcm, gldzm, glrlm, glszm, ngldm, ngtdm};
use crate::discretize::GrayLevels;
use crate::extractor::{ExtractError, FeatureRow, check_counts};
use crate::region::{Place, Region};
use crate::texture::LevelGridError;
use crate::{Feature, UndefinedReason};

/// Extracts features by the IBSI's definitions as a plan says.
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

    /// The features of one label's region; `label` overrides the plan's. Names are the IBSI's
    /// tags.
    ///
    /// # Errors
    /// See [`ExtractError`].
    pub fn extract(
        &self,
        image: &Image,
        labels: &LabelMap,
        label: Option<u32>,
    ) -> Result<FeatureRow, ExtractError> {
        check_counts(image, labels)?;
        let mask = region(labels, label.unwrap_or(self.plan.label))?;
        let mut diagnostics = Diagnostics::new(self.plan.diagnostics);
        let prepared = prepare(&self.plan, image, mask, false, &mut diagnostics)?;
        let mut row = FeatureRow {
            diagnostics: diagnostics.entries(),
            ..FeatureRow::default()
        };
        self.append(&mut row, &prepared)?;
        Ok(row)
    }

    /// The features of several labels of one image, in the order of `wanted`.
    #[must_use]
    pub fn extract_labels(
        &self,
        image: &Image,
        labels: &LabelMap,
        wanted: &[u32],
    ) -> Vec<Result<FeatureRow, ExtractError>> {
        let extract = |&label| self.extract(image, labels, Some(label));
        wanted.par_iter().map(extract).collect()
    }

    /// Adds the features of all families of one image.
    fn append(&self, row: &mut FeatureRow, prepared: &Prepared<'_>) -> Result<(), ExtractError> {
        let seen = Seen::new(&self.plan, prepared)?;
        let families: Vec<_> = self
            .plan
            .families
            .par_iter()
            .map(|family| seen.features(&self.plan, family))
            .collect();
        let flat = seen.is_flat();
        for features in families {
            for (name, value) in features? {
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
}

/// What the families are computed from.
struct Seen<'a> {
    prepared: &'a Prepared<'a>,
    /// The intensity mask, in the box of the region.
    region: Region,
    /// The morphological mask in that box.
    morphological: Vec<bool>,
    levels: GrayLevels,
}

impl<'a> Seen<'a> {
    fn new(plan: &Plan, prepared: &'a Prepared<'a>) -> Result<Self, ExtractError> {
        let named = |source| ExtractError::Discretize {
            image: "original".to_owned(),
            source,
        };
        let in_box = |mask: &Mask| Place::new(mask, prepared.bounds).ok_or(MaskError::Empty);
        let region = in_box(&prepared.intensity)?
            .in_image(&prepared.image, [0; 3])
            .ok_or(MaskError::Empty)?;
        let lower = plan.range.map(|[lower, _]| lower);
        let lower = lower.filter(|lower| lower.is_finite());
        Ok(Self {
            levels: discretise(&region.values, lower, plan.discretisation).map_err(named)?,
            morphological: in_box(&prepared.morphological)?.without_values().inside,
            region,
            prepared,
        })
    }

    /// Whether all intensities are the same.
    fn is_flat(&self) -> bool {
        self.region.values.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Tags and values of a family of texture matrices.
    fn texture(
        &self,
        plan: &Plan,
        of: &FamilyPlan,
        family: TextureFamily,
    ) -> Result<Vec<(String, f64)>, ExtractError> {
        let levels = Levels {
            region: &self.region,
            levels: &self.levels,
            morphological: &self.morphological,
        };
        let mut values = family(&levels, &plan.dimensions).map_err(|source| {
            let image = "original".to_owned();
            ExtractError::Levels { image, source }
        })?;
        values.retain(|(tag, _)| of.asks(tag, &plan.directions));
        Ok(values)
    }

    /// Tags and values of a family, in the order of the manual.
    fn features(&self, plan: &Plan, of: &FamilyPlan) -> Result<Vec<(String, f64)>, ExtractError> {
        let (values, range) = (&self.region.values, plan.range);
        Ok(match of.family {
            Family::LocalIntensity => {
                let peaks = LocalIntensity::new(&self.prepared.image, &self.prepared.intensity);
                of.values(local_intensity::FEATURES, &peaks)
            }
            Family::Statistics => of.values(statistics::FEATURES, &Distribution::new(values)),
            Family::IntensityHistogram => {
                let histogram = IntensityHistogram::new(&self.levels);
                of.values(intensity_histogram::FEATURES, &histogram)
            }
            Family::IntensityVolumeHistogram => {
                let by = plan.ivh_discretisation;
                let histogram = IntensityVolumeHistogram::new(values, range, by);
                of.values(intensity_volume_histogram::FEATURES, &histogram)
            }
            Family::Morphology => {
                let form = Morphology::new(&self.region, &self.morphological);
                of.values(morphology::FEATURES, &form)
            }
            Family::Glcm => self.texture(plan, of, glcm::features)?,
            Family::Glrlm => self.texture(plan, of, glrlm::features)?,
            Family::Glszm => self.texture(plan, of, glszm::features)?,
            Family::Gldzm => self.texture(plan, of, gldzm::features)?,
            Family::Ngtdm => self.texture(plan, of, ngtdm::features)?,
            Family::Ngldm => self.texture(plan, of, ngldm::features)?,
        })
    }
}

/// A family of texture matrices, in some dimensions.
type TextureFamily = fn(&Levels<'_>, &[Dimension]) -> Result<Vec<(String, f64)>, LevelGridError>;

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
        let joined = directions.iter().map(|directions| directions.suffix());
        let mut joined = joined.filter(|end| tag.ends_with(end));
        let known = |&name: &&str| {
            tag.strip_prefix(name).is_some_and(|end| {
                end.starts_with("_2D") || end.starts_with("_2_5D") || end.starts_with("_3D")
            })
        };
        (!self.family.has_directions() || joined.next().is_some())
            && self.features.iter().any(known)
    }
}
