//! From an image and a label map to a row of the IBSI's features.

use radiome_image::preprocess::{MaskError, region};
use radiome_image::{BoundingBox, Image, LabelMap};
use rayon::prelude::*;

use super::diagnostics::Diagnostics;
use super::image_features::ImageFeatures;
use super::image_path::{Prepared, margin, prepare};
use super::plan::{ImagePlan, Plan};
use crate::extractor::{ExtractError, FeatureRow, check_counts};
use crate::filtered::{Done, filtered_images};
use crate::region::Place;
use crate::settings::Filter;

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
    /// tags, with the name of the filtered image before them.
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
        let filters = |image: &ImagePlan| image.filter != Filter::Original;
        let whole = self.plan.images.iter().any(filters);
        let prepared = prepare(&self.plan, image, mask, whole, &mut diagnostics)?;
        let mut row = FeatureRow {
            diagnostics: diagnostics.entries(),
            ..FeatureRow::default()
        };
        for image in &self.plan.images {
            self.append(&mut row, &prepared, image)?;
        }
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

    /// Adds the features of the images of one filter.
    fn append(
        &self,
        row: &mut FeatureRow,
        prepared: &Prepared<'_>,
        images: &ImagePlan,
    ) -> Result<(), ExtractError> {
        let place = Place::new(&prepared.morphological, prepared.bounds).ok_or(MaskError::Empty)?;
        let geometry = &prepared.image.geometry;
        let margin = margin(geometry.spacing);
        let keep = BoundingBox {
            lower: std::array::from_fn(|a| prepared.bounds.lower[a].saturating_sub(margin[a])),
            upper: std::array::from_fn(|a| {
                let last = geometry.size[a].saturating_sub(1);
                prepared.bounds.upper[a].saturating_add(margin[a]).min(last)
            }),
        };
        let mut names = images.names.iter();
        let mut result = Ok(());
        let mut take = |filtered: &Image, first: [usize; 3]| {
            if let (Ok(()), Some(name)) = (&result, names.next()) {
                let added = ImageFeatures::new(&self.plan, images, name, prepared, filtered, first);
                result = added.and_then(|features| features.append_to(row));
            }
        };
        let (filter, all) = (&images.filter, &images.names);
        let done = filtered_images(filter, all, &prepared.image, &[&place], &keep, &mut take)?;
        result?;
        if let Done::Without(reason) = done {
            for name in all {
                for feature in self.plan.features_of(images, name) {
                    row.push_undefined(feature.name, reason);
                }
            }
        }
        Ok(())
    }
}
