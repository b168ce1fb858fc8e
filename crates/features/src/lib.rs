//! Radiomic features of a region of interest, as PyRadiomics defines them.
//!
//! [`Settings`] holds what a parameter file says, in PyRadiomics' own words; [`Settings::plan`]
//! turns it into a [`Plan`], its checked meaning; an [`Extractor`] follows the plan from an image
//! and a label map to a [`FeatureRow`].
//!
//! ```
//! use radiome_features::{Extractor, Settings};
//! use radiome_image::{Geometry, Image, LabelMap, PixelType};
//!
//! let mut settings = Settings::from_yaml("setting:\n  binWidth: 2\n")?;
//! settings.set("label:3")?;
//! let geometry = Geometry::axis_aligned([4, 4, 4], [1.0, 1.0, 2.0]);
//! let image = Image {
//!     geometry: geometry.clone(),
//!     pixel_type: PixelType::I16,
//!     values: (0..64).map(|i| f64::from(i % 7)).collect(),
//! };
//! let labels = LabelMap { geometry, labels: vec![3; 64], segments: Vec::new() };
//! let row = Extractor::new(settings.plan()?).extract(&image, &labels, None)?;
//! assert_eq!(row.feature("original_shape_VoxelVolume"), Some(128.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Image types other than the original run a filter of [`radiome_image::filter`] first. What a
//! region does not define is NaN, or a value by convention, and [`FeatureRow::undefined`] says why.
//! Several labels of one image go through [`Extractor::extract_labels`].
//!
//! Each class of features is one file and usable alone: [`first_order`], [`shape`],
//! [`shape_2d`], and under [`texture`] the matrices [`glcm`](texture::glcm), [`gldm`](texture::gldm),
//! [`glrlm`](texture::glrlm), [`glszm`](texture::glszm) and [`ngtdm`](texture::ngtdm). The list of
//! all of them, with their IBSI codes, is the [`catalogue`].
//!
//! The same features around every voxel, as images, are [`maps`].
//!
//! PyRadiomics and IBSI differ; what these classes compute is PyRadiomics. Each class's page opens
//! with the places where the two part. IBSI's own features and image path are [`ibsi`].

pub mod catalogue;
mod diagnostics;
pub mod discretize;
mod extractor;
mod filtered;
pub mod first_order;
pub mod ibsi;
pub mod maps;
mod protocol;
mod region;
pub mod settings;
pub mod shape;
pub mod shape_2d;
pub mod texture;
mod undefined;
mod yaml_limits;

pub use catalogue::{Feature, FeatureClass};
pub use discretize::{Binning, DiscretizeError};
pub use extractor::{ExtractError, Extractor, FeatureRow};
pub use filtered::filter_image;
pub use maps::{FeatureMap, MapRequest, MissingImage};
pub use protocol::{PlannedFeature, Protocol};
pub use region::Region;
pub use settings::{Plan, Settings, SettingsError};
pub use undefined::UndefinedReason;
pub use yaml_limits::yaml_limits;
