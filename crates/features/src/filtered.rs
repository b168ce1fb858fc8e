//! Filtered images and the features of regions in them.
//!
//! [`filtered_features`] is all that happens to one filter of a plan: it depends on its arguments
//! alone, so filters can be taken in any order or side by side.

use std::sync::OnceLock;

use radiome_image::filter::{
    FilterError, exponential, gradient_magnitude, laplacian_of_gaussian, local_binary_pattern_2d,
    local_binary_pattern_3d, logarithm, respond, square, square_root, wavelet_decompose,
};
use radiome_image::{BoundingBox, Image, Mask};
use rayon::prelude::*;

use crate::catalogue::{Feature, FeatureClass};
use crate::discretize::discretize;
use crate::extractor::ExtractError;
use crate::first_order::{self, FirstOrder};
use crate::region::{Place, Region};
use crate::settings::{ClassPlan, Filter, ImagePlan};
use crate::texture::{LevelGrid, glcm, gldm, glrlm, glszm, ngtdm};
use crate::undefined::{Circumstances, UndefinedReason};

/// The features of one region in one or several images.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ImageFeatures {
    pub(crate) features: Vec<(String, f64)>,
    pub(crate) undefined: Vec<(String, UndefinedReason)>,
}

impl ImageFeatures {
    pub(crate) fn append(&mut self, mut other: Self) {
        self.features.append(&mut other.features);
        self.undefined.append(&mut other.undefined);
    }
}

/// The features of some regions of a prepared image after one filter of the plan.
///
/// The filter runs once, on the whole image, as PyRadiomics runs it; values are kept in the box
/// around all regions. The results lie in the order of `places`; where one region fails, the
/// others do not.
pub(crate) fn filtered_features(
    plan: &ImagePlan,
    classes: &[ClassPlan],
    image: &Image,
    places: &[&Place],
) -> Vec<Result<ImageFeatures, ExtractError>> {
    let nothing = || {
        places
            .iter()
            .map(|_| Ok(ImageFeatures::default()))
            .collect()
    };
    let textures = |class: &ClassPlan| !class.is_shape();
    let Some(keep) = around(places) else {
        return nothing();
    };
    if !classes.iter().any(textures) {
        return nothing();
    }
    // A place for every image that the filter may give, and every region in it.
    let slots: Vec<Vec<OnceLock<Result<ImageFeatures, ExtractError>>>> = plan
        .names
        .iter()
        .map(|_| places.iter().map(|_| OnceLock::new()).collect())
        .collect();
    let alone = rayon::current_num_threads() == 1;
    let done = rayon::scope(|scope| {
        let mut images = plan.names.iter().zip(&slots);
        let mut take = |filtered: &Image, first: [usize; 3]| {
            let Some((name, slots)) = images.next() else {
                return;
            };
            for (place, slot) in places.iter().zip(slots) {
                // Only the region's values outlive the filtered image.
                let region = place.in_image(filtered, first);
                let work = move || {
                    let _ = slot.set(in_image(plan, classes, name, region));
                };
                // Alone, what was put off would only lie in memory.
                if alone {
                    work();
                } else {
                    scope.spawn(move |_| work());
                }
            }
        };
        filtered_images(&plan.filter, &plan.names, image, places, &keep, &mut take)
    });
    let reason = match done {
        Ok(Done::All) => UndefinedReason::Numerical,
        Ok(Done::Without(reason)) => reason,
        Err(error) => return places.iter().map(|_| Err(error.clone())).collect(),
    };
    let mut results: Vec<Result<ImageFeatures, ExtractError>> = nothing();
    for (name, slots) in plan.names.iter().zip(slots) {
        for (result, slot) in results.iter_mut().zip(slots) {
            let Ok(before) = result else { continue };
            match slot.into_inner() {
                Some(Ok(features)) => before.append(features),
                Some(Err(error)) => *result = Err(error),
                // What the filter did not give has no value, and says why.
                None => before.append(without_values(name, classes, reason)),
            }
        }
    }
    results
}

/// Hands every image that a filter of a plan makes of a whole image to `take`, with its name.
///
/// # Errors
/// Why the filter cannot be applied; [`FilterError::OutsideImage`] for an image without voxels.
pub fn filter_image(
    plan: &ImagePlan,
    image: &Image,
    mut take: impl FnMut(&str, &Image),
) -> Result<(), FilterError> {
    let whole = || Mask {
        geometry: image.geometry.clone(),
        inside: vec![true; image.geometry.voxel_count()],
    };
    let keep = BoundingBox {
        lower: [0; 3],
        upper: image.geometry.size.map(|size| size.saturating_sub(1)),
    };
    let mut names = plan.names.iter();
    apply(&plan.filter, image, whole, &keep, &mut |filtered, _| {
        if let Some(name) = names.next() {
            take(name, filtered);
        }
    })
}

/// How far a filter came.
pub(crate) enum Done {
    All,
    /// It cannot make its images of this one.
    Without(UndefinedReason),
}

/// Hands every image that the filter makes to `take`, with the voxel of the prepared image at
/// which it begins. `names` are those of the images; the first stands in an error.
pub(crate) fn filtered_images(
    filter: &Filter,
    names: &[String],
    image: &Image,
    places: &[&Place],
    keep: &BoundingBox,
    take: &mut impl FnMut(&Image, [usize; 3]),
) -> Result<Done, ExtractError> {
    // A voxel's pattern does not depend on which others are in the mask.
    let mask = || mask_of(places, image);
    match apply(filter, image, mask, keep, take) {
        Ok(()) => Ok(Done::All),
        // PyRadiomics warns, and has no image.
        Err(FilterError::TooFewVoxels { .. } | FilterError::SigmaTooLarge { .. }) => {
            Ok(Done::Without(UndefinedReason::FilterTooSmall))
        }
        // It would be 0 everywhere, whatever the image.
        Err(FilterError::NoFrequency { .. }) => Ok(Done::Without(UndefinedReason::FilterTooSmall)),
        // PyRadiomics divides by the largest value.
        Err(FilterError::AllZero) => Ok(Done::Without(UndefinedReason::NotFinite)),
        Err(source) => Err(ExtractError::Filter {
            image: names.first().cloned().unwrap_or_default(),
            source,
        }),
    }
}

/// Hands every image that the filter makes to `take`, with the voxel of the image at which it
/// begins. Only the voxels of `keep` are needed; `mask` gives those that count.
fn apply(
    filter: &Filter,
    image: &Image,
    mask: impl FnOnce() -> Mask,
    keep: &BoundingBox,
    take: &mut impl FnMut(&Image, [usize; 3]),
) -> Result<(), FilterError> {
    let whole = [0; 3];
    match filter {
        Filter::Original => {
            take(image, whole);
            Ok(())
        }
        Filter::LaplacianOfGaussian { sigma } => {
            laplacian_of_gaussian(image, *sigma, keep).map(|response| take(&response, keep.lower))
        }
        Filter::Wavelet { wavelet, options } => {
            let take = |_, sub_band: Image| take(&sub_band, keep.lower);
            wavelet_decompose(image, wavelet, options, keep, take)
        }
        Filter::Square => square(image).map(|image| take(&image, whole)),
        Filter::SquareRoot => square_root(image).map(|image| take(&image, whole)),
        Filter::Logarithm => logarithm(image).map(|image| take(&image, whole)),
        Filter::Exponential => exponential(image).map(|image| take(&image, whole)),
        Filter::Gradient { use_spacing } => {
            gradient_magnitude(image, *use_spacing).map(|image| take(&image, whole))
        }
        Filter::LocalBinaryPattern2D(options) => {
            local_binary_pattern_2d(image, options, keep).map(|pattern| take(&pattern, keep.lower))
        }
        Filter::LocalBinaryPattern3D(options) => {
            let patterns = local_binary_pattern_3d(image, &mask(), options, keep)?;
            for (_, pattern) in &patterns {
                take(pattern, keep.lower);
            }
            Ok(())
        }
        Filter::Convolution(convolution) => {
            respond(image, convolution, keep).map(|response| take(&response, keep.lower))
        }
    }
}

/// The mask of all regions on the image's grid.
fn mask_of(places: &[&Place], image: &Image) -> Mask {
    let mut inside = vec![false; image.geometry.voxel_count()];
    for place in places {
        place.mark(&mut inside, image.geometry.size);
    }
    Mask {
        geometry: image.geometry.clone(),
        inside,
    }
}

/// The smallest box around some regions.
fn around(places: &[&Place]) -> Option<BoundingBox> {
    places
        .iter()
        .map(|place| place.bounds)
        .reduce(|a, b| BoundingBox {
            lower: std::array::from_fn(|axis| a.lower[axis].min(b.lower[axis])),
            upper: std::array::from_fn(|axis| a.upper[axis].max(b.upper[axis])),
        })
}

/// All features of one image that could not be made.
fn without_values(name: &str, classes: &[ClassPlan], reason: UndefinedReason) -> ImageFeatures {
    let mut found = ImageFeatures::default();
    for class in classes.iter().filter(|class| !class.is_shape()) {
        for feature in &class.features {
            let name = full_name(name, class, feature);
            found.undefined.push((name.clone(), reason));
            found.features.push((name, f64::NAN));
        }
    }
    found
}

/// The name of a feature in the output.
pub(crate) fn full_name(image: &str, class: &ClassPlan, feature: &str) -> String {
    format!("{image}_{}_{feature}", class.class.name())
}

fn in_image(
    plan: &ImagePlan,
    classes: &[ClassPlan],
    name: &str,
    region: Option<Region>,
) -> Result<ImageFeatures, ExtractError> {
    let region = region.ok_or_else(|| ExtractError::Coverage {
        image: name.to_owned(),
    })?;
    let finite = region.values.iter().all(|value| value.is_finite());
    if plan.filter != Filter::Original && !finite {
        let reason = UndefinedReason::NotFinite;
        return Ok(without_values(name, classes, reason));
    }
    image_features(plan, classes, name, &region)
}

/// All classes but shape of one region in one image.
///
/// # Errors
/// Values that cannot be turned into grey levels.
pub(crate) fn image_features(
    plan: &ImagePlan,
    classes: &[ClassPlan],
    name: &str,
    region: &Region,
) -> Result<ImageFeatures, ExtractError> {
    let levels = discretize(&region.values, region.pixel_type, plan.binning).map_err(|source| {
        ExtractError::Discretize {
            image: name.to_owned(),
            source,
        }
    })?;
    let too_many = |source| ExtractError::Levels {
        image: name.to_owned(),
        source,
    };
    let textured = |plan: &ClassPlan| !plan.is_shape() && plan.class != FeatureClass::FirstOrder;
    let grid = if classes.iter().any(textured) {
        Some(LevelGrid::new(region, &levels, &plan.neighbourhood).map_err(too_many)?)
    } else {
        None
    };
    let circumstances = Circumstances {
        region,
        neighbourhood: &plan.neighbourhood,
        gray_levels: levels.counts.iter().filter(|&&count| count > 0).count(),
    };
    let values_of = |class: &ClassPlan| -> Vec<f64> {
        let names = &class.features;
        match (class.class, &grid) {
            (FeatureClass::FirstOrder, _) => {
                let volume = region.voxel_volume();
                let prepared = FirstOrder::new(&region.values, &levels, plan.shift, volume);
                let chosen = chosen(first_order::FEATURES, names);
                let value = |feature: &&Feature<FirstOrder>| (feature.value)(&prepared);
                chosen.iter().map(value).collect()
            }
            (FeatureClass::Glcm, Some(grid)) => {
                glcm::values(grid, plan.glcm, &chosen(glcm::FEATURES, names))
            }
            (FeatureClass::Gldm, Some(grid)) => {
                gldm::values(grid, plan.gldm_alpha, &chosen(gldm::FEATURES, names))
            }
            (FeatureClass::Glrlm, Some(grid)) => {
                glrlm::values(grid, plan.glcm.weighting, &chosen(glrlm::FEATURES, names))
            }
            (FeatureClass::Glszm, Some(grid)) => {
                glszm::values(grid, &chosen(glszm::FEATURES, names))
            }
            (FeatureClass::Ngtdm, Some(grid)) => {
                ngtdm::values(grid, &chosen(ngtdm::FEATURES, names))
            }
            (FeatureClass::Shape | FeatureClass::Shape2D, _) | (_, None) => Vec::new(),
        }
    };
    let values: Vec<Vec<f64>> = classes.par_iter().map(values_of).collect();
    let mut found = ImageFeatures::default();
    for (class, values) in classes.iter().zip(values) {
        for (feature, value) in class.features.iter().zip(values) {
            let name = full_name(name, class, feature);
            if let Some(reason) = circumstances.reason(class.class, feature, value) {
                found.undefined.push((name.clone(), reason));
            }
            found.features.push((name, value));
        }
    }
    Ok(found)
}

/// The features of some names, in the order of the names.
pub(crate) fn chosen<M>(all: &'static [Feature<M>], names: &[&str]) -> Vec<&'static Feature<M>> {
    let find = |name: &&str| all.iter().find(|feature| feature.name == *name);
    names.iter().filter_map(find).collect()
}
