//! Feature maps: the features around every voxel of a region, as images.
//!
//! Each voxel of the region is the middle of a kernel, a box that reaches `kernelRadius` voxels to
//! every side, and gets the features of the voxels in it. All classes but shape are mapped. What is
//! computed is PyRadiomics' voxel-based extraction (`voxelBased=True`):
//!
//! - Values become grey levels once, for all kernels together: those of the region where the kernel
//!   is masked (`maskedKernel`), else those of the region's bounding box and the kernel's reach
//!   around it. $N_g$ of the normalised inverse differences is the highest of these levels.
//! - Only voxels that count (of the region, if masked) are in a kernel, and only neighbours in the
//!   kernel are neighbours: at its border a voxel has fewer. The image's edge cuts the kernel.
//! - With `force2D` the kernel is flat.
//! - A map covers the region's bounding box and the kernel's reach around it, as far as the image
//!   goes. Voxels outside the region hold `initValue`.
//! - A feature of a kernel is NaN where it is not defined: co-occurrence features of a kernel
//!   without neighbours, run length features of one in which no line holds two voxels, the robust
//!   mean absolute deviation of one with no value between its 10th and 90th percentile.
//!
//! PyRadiomics' peculiarities, kept here (`tests/maps.rs` compares them, case `masked` unless said):
//! - `glcm_JointAverage` is NaN wherever a kernel has no pair in one of the directions in which some
//!   kernel has one; all other features leave such a direction out. PyRadiomics looks for such
//!   directions among the voxels of one `voxelBatch`; here it is always the whole region, its
//!   default.
//! - `glcm_InverseVariance` is 0 and not NaN for a kernel without pairs if the region has a single
//!   grey level (case `flat`).
//! - Values of a 32-bit float image are binned in 64 bits for the first-order class, and in 32 bits
//!   for the others (case `single`).
//!
//! A filter of the plan runs on the whole image, and kernels slide over what it makes. A filter that
//! cannot make its images of this one (as where the image is too narrow for a Laplacian of Gaussian)
//! gives no maps and is told as a [`MissingImage`]; an image with values that are not finite gives
//! maps of NaN.
//!
//! Where it differs from PyRadiomics:
//! - `glcm_MCC`. There the matrices of all kernels go into one eigenvalue solver, which refuses them
//!   all as soon as one kernel has a direction without pairs (its matrix is NaN): the error is
//!   logged, and the map holds `initValue` everywhere. Here each kernel has its value, the one that
//!   PyRadiomics gives with a `voxelBatch` of 1. It is 0 for a kernel of one grey level, and NaN
//!   without pairs.
//! - `glcm_Correlation` of an asymmetric matrix is 1 where all first, or all second, voxels of a
//!   direction have one level, for a deviation is 0. There it is 1 or 0 as sums happen to be rounded.
//! - First-order moments of a kernel of equal values are 0. There the mean of equal fractions may be
//!   rounded, and kurtosis be 1.
//!
//! Kernels are looked at one by one and in memory that is used again, so maps take little more than
//! their values, whatever `voxelBatch` says. From one voxel to the next of a line a kernel of five and
//! more voxels along x keeps most of what it holds: its sorted values (first order), runs (GLRLM), of
//! 200 and more voxels pairs of levels (GLCM), and of nine planes and more dependent neighbours (GLDM)
//! lose those of the plane that leaves and gain those of the plane that enters. All of these are whole
//! numbers or values themselves, so that a kernel's features are the same bits wherever it comes from.
//! All else is counted anew, from what is found once for the whole image: smaller GLDM and GLSZM from
//! a bit for each neighbour that is like a voxel, NGTDM from sums along one axis after the other.
//!
//! ```
//! use radiome_features::{Extractor, Settings};
//! use radiome_image::{Geometry, Image, LabelMap, PixelType};
//!
//! let geometry = Geometry::axis_aligned([5, 5, 3], [1.0, 1.0, 2.0]);
//! let image = Image {
//!     geometry: geometry.clone(),
//!     pixel_type: PixelType::I16,
//!     values: (0..75).map(f64::from).collect(),
//! };
//! let labels = LabelMap { geometry, labels: vec![1; 75], segments: Vec::new() };
//! let settings = "featureClass: {firstorder: [Mean]}\nvoxelSetting: {kernelRadius: 1}";
//! let maps = Extractor::new(Settings::from_yaml(settings)?.plan()?).maps(&image, &labels, None)?;
//! assert_eq!(maps[0].name, "original_firstorder_Mean");
//! // The first voxel sees itself, its neighbours along x, y, z and those between: 0 to 31.
//! assert_eq!(maps[0].image.values[0], (0 + 1 + 5 + 6 + 25 + 26 + 30 + 31) as f64 / 8.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: `base.py`, the class files and `src/_cmatrices.c` of PyRadiomics 3.1.

mod engine;
mod first_order;
mod glcm;
mod gldm;
mod glrlm;
mod glszm;
mod kernel;
mod level_counts;
mod line_runs;
mod links;
mod ngtdm;
mod palette;

use radiome_image::preprocess::{MaskError, crop_to_region};
use radiome_image::{BoundingBox, Geometry, Image, LabelMap, Mask, PixelType};

use crate::catalogue::FeatureClass;
use crate::discretize::{DiscretizeError, discretize};
use crate::extractor::{ExtractError, Extractor, check_counts};
use crate::filtered::{Done, chosen, filtered_images, full_name};
use crate::region::{Place, Region};
use crate::settings::{ClassPlan, Filter, ImagePlan, Plan};
use crate::texture::LevelGridError;
use crate::undefined::UndefinedReason;
use crate::{first_order as first_order_class, texture};
use kernel::{Kernel, SlidingGrid};

/// A feature around every voxel of a region.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureMap {
    /// Its name, such as `original_glcm_Contrast`.
    pub name: String,
    /// Its values on the part of the image around the region, 64-bit; `initValue` outside the
    /// region, NaN where the feature is not defined.
    pub image: Image,
}

/// An image of the plan that has no maps, because its filter cannot make it of this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingImage {
    /// Its name, such as `log-sigma-5-0-mm-3D`.
    pub name: String,
    /// [`UndefinedReason::FilterTooSmall`]: the image is too small for the filter;
    /// [`UndefinedReason::NotFinite`]: all its voxels are 0, and the filter would divide by 0.
    pub reason: UndefinedReason,
}

/// What of a plan is mapped, and who hears how far it is.
#[derive(Clone, Copy)]
pub struct MapRequest<'a> {
    /// Whether the map of a name, such as `original_glcm_Contrast`, is wanted.
    pub wanted: &'a (dyn Fn(&str) -> bool + Sync),
    /// Called every few hundred voxels, from any thread, with the number of voxels that are done
    /// since the last call and the number of all, each counted once a class and image.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

impl Default for MapRequest<'_> {
    /// All maps of the plan, and nobody listens.
    fn default() -> Self {
        Self {
            wanted: &|_| true,
            progress: &|_, _| {},
        }
    }
}

/// Why an image cannot be mapped.
enum MapError {
    Discretize(DiscretizeError),
    Levels(LevelGridError),
    Kernel([usize; 3]),
}

/// The most voxels of a kernel.
const MAXIMUM_KERNEL: usize = 1 << 22;

impl From<DiscretizeError> for MapError {
    fn from(error: DiscretizeError) -> Self {
        Self::Discretize(error)
    }
}

impl From<LevelGridError> for MapError {
    fn from(error: LevelGridError) -> Self {
        Self::Levels(error)
    }
}

impl MapError {
    fn of(self, image: &str) -> ExtractError {
        let image = image.to_owned();
        match self {
            Self::Discretize(source) => ExtractError::Discretize { image, source },
            Self::Levels(source) => ExtractError::Levels { image, source },
            Self::Kernel(size) => ExtractError::Kernel {
                size,
                limit: MAXIMUM_KERNEL,
            },
        }
    }
}

/// The part of an image that kernels see.
struct PreparedImage<'a> {
    geometry: &'a Geometry,
    /// The voxels that count, which are all where the kernel is not masked.
    region: &'a Region,
    /// Offsets of the voxels that get features, ascending.
    voxels: &'a [usize],
}

impl Extractor {
    /// All maps that the plan asks for, in PyRadiomics' order; `label` overrides the plan's.
    ///
    /// They are all held in memory; [`Extractor::maps_by_class`] hands out one class at a time, and
    /// names the images that have none.
    ///
    /// # Errors
    /// As [`Extractor::extract`].
    pub fn maps(
        &self,
        image: &Image,
        labels: &LabelMap,
        label: Option<u32>,
    ) -> Result<Vec<FeatureMap>, ExtractError> {
        let mut maps = Vec::new();
        self.maps_by_class(image, labels, label, MapRequest::default(), |class| {
            maps.extend(class);
            Ok::<(), ExtractError>(())
        })?;
        Ok(maps)
    }

    /// The names of the maps of the plan, in the order in which they are made.
    #[must_use]
    pub fn map_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for image in self.plan().images.iter().flat_map(|image| &image.names) {
            for class in self.plan().classes.iter().filter(|class| !class.is_shape()) {
                let features = class.features.iter();
                names.extend(features.map(|name| full_name(image, class, name)));
            }
        }
        names
    }

    /// Computes the maps of a request and gives those of each class and image to `take`, in
    /// PyRadiomics' order. It works on the threads of the current rayon pool; values are the same
    /// bits for any number of them. Gives back the images of which maps are wanted that a filter
    /// could not make.
    ///
    /// # Errors
    /// As [`Extractor::extract`], and those of `take`, which end the work.
    pub fn maps_by_class<E: From<ExtractError>>(
        &self,
        image: &Image,
        labels: &LabelMap,
        label: Option<u32>,
        request: MapRequest<'_>,
        mut take: impl FnMut(Vec<FeatureMap>) -> Result<(), E>,
    ) -> Result<Vec<MissingImage>, E> {
        let plan = self.plan();
        check_counts(image, labels)?;
        let normalized = self.normalized(image)?;
        let prepared = self.prepared(&normalized, image, labels, label)?;
        let (image, bounds) = (&*prepared.image, &prepared.bounds);
        let radius = plan.voxels.kernel_radius;
        let (cropped, mask) =
            crop_to_region(image, &prepared.mask, bounds, radius).map_err(ExtractError::from)?;
        let box_seen = BoundingBox {
            lower: bounds.lower.map(|index| index.saturating_sub(radius)),
            upper: std::array::from_fn(|axis| {
                let last = image.geometry.size[axis].saturating_sub(1);
                bounds.upper[axis].saturating_add(radius).min(last)
            }),
        };
        let seen = Seen::new(&prepared.mask, box_seen, plan.voxels.masked_kernel)?;
        let inside = mask.inside.iter().enumerate();
        let inside = inside.filter(|(_, inside)| **inside);
        let voxels: Vec<usize> = inside.map(|(offset, _)| offset).collect();
        let wanted = |name: &str| wanted_classes(&plan.classes, name, request.wanted);
        let names = plan.images.iter().flat_map(|image| &image.names);
        let rounds: usize = names.map(|name| wanted(name).len()).sum();
        let done = |count: usize| (request.progress)(count, voxels.len() * rounds);
        let mut missing = Vec::new();
        for image_plan in &plan.images {
            if image_plan.names.iter().all(|name| wanted(name).is_empty()) {
                continue;
            }
            let mut names = image_plan.names.iter();
            let mut result = Ok(());
            let mut each = |filtered: &Image, first: [usize; 3]| {
                let (Some(name), Ok(())) = (names.next(), &result) else {
                    return;
                };
                let classes = wanted(name);
                let Some(region) = seen.place.in_image(filtered, first) else {
                    let image = name.clone();
                    result = Err(ExtractError::Coverage { image }.into());
                    return;
                };
                let image = PreparedImage {
                    geometry: &cropped.geometry,
                    region: &region,
                    voxels: &voxels,
                };
                result = image.maps(plan, image_plan, name, &classes, &done, &mut take);
            };
            let made = {
                let ImagePlan { filter, names, .. } = image_plan;
                filtered_images(filter, names, image, &[&seen.own], &box_seen, &mut each)?
            };
            result?;
            if let Done::Without(reason) = made {
                for name in names {
                    let classes = wanted(name);
                    if !classes.is_empty() {
                        done(voxels.len() * classes.len());
                        let name = name.clone();
                        missing.push(MissingImage { name, reason });
                    }
                }
            }
        }
        Ok(missing)
    }
}

/// The classes of which some maps of an image are wanted, with those features.
fn wanted_classes(
    classes: &[ClassPlan],
    image: &str,
    wanted: &(dyn Fn(&str) -> bool + Sync),
) -> Vec<ClassPlan> {
    let textures = classes.iter().filter(|class| !class.is_shape());
    let chosen = textures.map(|class| {
        let features = class.features.iter().copied();
        let features = features.filter(|name| wanted(&full_name(image, class, name)));
        ClassPlan {
            class: class.class,
            features: features.collect(),
        }
    });
    chosen.filter(|class| !class.features.is_empty()).collect()
}

/// Where kernels look.
struct Seen {
    /// The voxels that count in them: those of the region, or all.
    place: Place,
    /// Those of the region.
    own: Place,
}

impl Seen {
    fn new(mask: &Mask, bounds: BoundingBox, masked: bool) -> Result<Self, ExtractError> {
        let own = Place::new(mask, bounds).ok_or(MaskError::Empty)?;
        let place = if masked {
            own.clone()
        } else {
            let all = Mask {
                geometry: mask.geometry.clone(),
                inside: vec![true; mask.inside.len()],
            };
            Place::new(&all, bounds).ok_or(MaskError::Empty)?
        };
        Ok(Self { place, own })
    }
}

impl PreparedImage<'_> {
    /// Gives the maps of every class of one image to `take`.
    fn maps<E: From<ExtractError>>(
        &self,
        plan: &Plan,
        image_plan: &ImagePlan,
        name: &str,
        classes: &[ClassPlan],
        done: &(dyn Fn(usize) + Sync),
        take: &mut impl FnMut(Vec<FeatureMap>) -> Result<(), E>,
    ) -> Result<(), E> {
        // As for the features of a region, a filter's image with such values has none.
        let finite = self.region.values.iter().all(|value| value.is_finite());
        let undefined = image_plan.filter != Filter::Original && !finite;
        let radius = plan.voxels.kernel_radius;
        let mapper = if undefined {
            None
        } else {
            let mapper = Mapper::new(self, image_plan, classes, radius);
            Some(mapper.map_err(|error| error.of(name))?)
        };
        for class in classes {
            let values = match &mapper {
                Some(mapper) => mapper.values(class, done).map_err(|error| error.of(name))?,
                None => {
                    done(self.voxels.len());
                    vec![vec![f64::NAN; self.voxels.len()]; class.features.len()]
                }
            };
            let named = class.features.iter().zip(values);
            let maps = named.map(|(feature, values)| FeatureMap {
                name: full_name(name, class, feature),
                image: self.spread(&values, plan.voxels.init_value),
            });
            take(maps.collect())?;
        }
        Ok(())
    }

    /// The values of the voxels as an image.
    fn spread(&self, values: &[f64], outside: f64) -> Image {
        let mut all = vec![outside; self.geometry.voxel_count()];
        for (&offset, &value) in self.voxels.iter().zip(values) {
            if let Some(place) = all.get_mut(offset) {
                *place = value;
            }
        }
        Image {
            geometry: self.geometry.clone(),
            pixel_type: PixelType::F64,
            values: all,
        }
    }
}

/// One image, discretised and laid out for sliding over it.
struct Mapper<'a> {
    image: &'a PreparedImage<'a>,
    plan: &'a ImagePlan,
    kernel: Kernel,
    /// Where a class of texture is wanted.
    grid: Option<SlidingGrid>,
}

impl<'a> Mapper<'a> {
    fn new(
        image: &'a PreparedImage<'a>,
        plan: &'a ImagePlan,
        classes: &[ClassPlan],
        radius: usize,
    ) -> Result<Self, MapError> {
        let region = image.region;
        let kernel = Kernel::new(radius, &plan.neighbourhood, region.size);
        // The product of three sides may be too large for a number.
        let voxels = kernel.size.iter().map(|&side| side as f64).product::<f64>();
        if voxels > MAXIMUM_KERNEL as f64 {
            return Err(MapError::Kernel(kernel.size));
        }
        let textured = classes.iter().any(|c| c.class != FeatureClass::FirstOrder);
        let grid = if textured {
            let levels = discretize(&region.values, region.pixel_type, plan.binning)?;
            Some(SlidingGrid::new(region, &levels, &kernel)?)
        } else {
            None
        };
        Ok(Self {
            image,
            plan,
            kernel,
            grid,
        })
    }

    /// The values of the features of a class at every voxel, one list a feature.
    fn values(
        &self,
        class: &ClassPlan,
        done: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Vec<f64>>, MapError> {
        let (names, plan, kernel) = (&class.features, self.plan, &self.kernel);
        let (voxels, spacing) = (self.image.voxels, self.image.region.spacing);
        match (class.class, &self.grid) {
            (FeatureClass::FirstOrder, _) => {
                let chosen = chosen(first_order_class::FEATURES, names);
                let maps = first_order::FirstOrderMaps::new(self.image, plan, kernel, chosen)?;
                Ok(engine::fill(&maps, names.len(), voxels, done))
            }
            (FeatureClass::Glcm, Some(grid)) => {
                let chosen = chosen(texture::glcm::FEATURES, names);
                let maps = glcm::GlcmMaps::new(grid, plan, kernel, spacing, voxels, chosen);
                Ok(engine::fill(&maps, names.len(), voxels, done))
            }
            (FeatureClass::Gldm, Some(grid)) => {
                let chosen = chosen(texture::gldm::FEATURES, names);
                let maps = gldm::GldmMaps::new(grid, plan, kernel, chosen);
                Ok(engine::fill(&maps, names.len(), voxels, done))
            }
            (FeatureClass::Glrlm, Some(grid)) => {
                let chosen = chosen(texture::glrlm::FEATURES, names);
                let maps = glrlm::GlrlmMaps::new(grid, plan, kernel, spacing, chosen);
                Ok(engine::fill(&maps, names.len(), voxels, done))
            }
            (FeatureClass::Glszm, Some(grid)) => {
                let chosen = chosen(texture::glszm::FEATURES, names);
                let maps = glszm::GlszmMaps::new(grid, plan, kernel, chosen);
                Ok(engine::fill(&maps, names.len(), voxels, done))
            }
            (FeatureClass::Ngtdm, Some(grid)) => {
                let chosen = chosen(texture::ngtdm::FEATURES, names);
                let maps = ngtdm::NgtdmMaps::new(grid, plan, kernel, chosen);
                Ok(engine::fill(&maps, names.len(), voxels, done))
            }
            (FeatureClass::Shape | FeatureClass::Shape2D, _) | (_, None) => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests;
