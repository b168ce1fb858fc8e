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
//! Each kernel is looked at by itself and in memory that is used again, so maps take no more memory
//! than their values, whatever `voxelBatch` says. Counts are not carried from one kernel to the next:
//! counting a kernel anew takes a small part of the time that the features of its matrices take.
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
mod ngtdm;
mod palette;

use radiome_image::preprocess::crop_to_region;
use radiome_image::{Geometry, Image, LabelMap, Mask, PixelType};

use crate::catalogue::FeatureClass;
use crate::discretize::{DiscretizeError, discretize};
use crate::extractor::{ExtractError, Extractor, chosen};
use crate::region::Region;
use crate::settings::{ClassPlan, ImagePlan};
use crate::texture::LevelGridError;
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
    fn of(self, image: &'static str) -> ExtractError {
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
    /// They are all held in memory; [`Extractor::maps_by_class`] hands out one class at a time.
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
        for image in &self.plan().images {
            for class in self.plan().classes.iter().filter(|class| !class.is_shape()) {
                let prefix = image.filter.prefix();
                let features = class.features.iter();
                names.extend(features.map(|name| map_name(prefix, class.class, name)));
            }
        }
        names
    }

    /// Computes the maps of a request and gives those of each class and image to `take`, in
    /// PyRadiomics' order. It works on the threads of the current rayon pool; values are the same
    /// bits for any number of them.
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
    ) -> Result<(), E> {
        let plan = self.plan();
        let (prepared, _) = self.prepared(image, labels, label)?;
        let radius = plan.voxels.kernel_radius;
        let crop = |image: &Image| {
            crop_to_region(image, &prepared.mask, &prepared.bounds, radius)
                .map_err(ExtractError::from)
        };
        let classes: Vec<&ClassPlan> = plan.classes.iter().filter(|c| !c.is_shape()).collect();
        let wanted = |image: &ImagePlan| -> Vec<ClassPlan> {
            let prefix = image.filter.prefix();
            let chosen = classes.iter().map(|class| ClassPlan {
                class: class.class,
                features: class
                    .features
                    .iter()
                    .copied()
                    .filter(|name| (request.wanted)(&map_name(prefix, class.class, name)))
                    .collect(),
            });
            chosen.filter(|class| !class.features.is_empty()).collect()
        };
        let rounds: usize = plan.images.iter().map(|image| wanted(image).len()).sum();
        let all = prepared.mask.voxel_count() * rounds;
        let done = |voxels: usize| (request.progress)(voxels, all);
        for image_plan in &plan.images {
            let classes = wanted(image_plan);
            if classes.is_empty() {
                continue;
            }
            let (cropped, mask) = crop(&prepared.image)?;
            let region = seen(&cropped, &mask, plan.voxels.masked_kernel);
            let inside = mask
                .inside
                .iter()
                .enumerate()
                .filter(|(_, inside)| **inside);
            let voxels: Vec<usize> = inside.map(|(offset, _)| offset).collect();
            let image = PreparedImage {
                geometry: &cropped.geometry,
                region: &region,
                voxels: &voxels,
            };
            let name = image_plan.filter.prefix();
            let mapper = Mapper::new(&image, image_plan, &classes, radius)
                .map_err(|error| error.of(name))?;
            for class in &classes {
                let maps = mapper
                    .values(class, &done)
                    .map_err(|error| error.of(name))?;
                let named = class
                    .features
                    .iter()
                    .zip(maps)
                    .map(|(feature, values)| FeatureMap {
                        name: map_name(name, class.class, feature),
                        image: image.spread(&values, plan.voxels.init_value),
                    });
                take(named.collect())?;
            }
        }
        Ok(())
    }
}

fn map_name(image: &str, class: FeatureClass, feature: &str) -> String {
    format!("{image}_{}_{feature}", class.name())
}

/// The voxels that count in kernels: those of the mask, or all.
fn seen(image: &Image, mask: &Mask, masked: bool) -> Region {
    let inside: Vec<bool> = mask
        .inside
        .iter()
        .map(|&inside| inside || !masked)
        .collect();
    let values = image
        .values
        .iter()
        .zip(&inside)
        .filter(|(_, inside)| **inside);
    Region {
        size: image.geometry.size,
        spacing: image.geometry.spacing,
        pixel_type: image.pixel_type,
        values: values.map(|(&value, _)| value).collect(),
        inside,
    }
}

impl PreparedImage<'_> {
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
