//! Medical images, their geometry and their masks: reading, writing and preparing them.
//!
//! Everything follows ITK's convention: positions are millimetres in the patient frame LPS (x to
//! the patient's left, y to the back, z to the head), and the first index runs fastest in memory.
//!
//! - [`read`]: NIfTI, NRRD and MetaImage files to an [`Image`] or a [`LabelMap`].
//! - [`mod@write`]: the way back.
//! - [`RegionQuality`]: what a look at a region would show.
//! - [`correct`]: intensities made comparable: N4, z-score, landmarks of histograms, clipping.
//! - [`preprocess`]: normalise, resample, crop, check and resegment, as PyRadiomics does.
//! - [`filter`]: new images from an image, PyRadiomics' image types.
//! - [`perturb`]: an image and its contour as another scan or reader might have given them.
//! - [`layers_of`]: regions that overlap, as label maps.
//! - [`region_named`], [`nearest_name`]: which region a name means, and what a mistyped one may have
//!   meant.

pub mod correct;
pub mod filter;
mod geometry;
mod image;
mod inverse;
mod layers;
mod lines;
mod mask;
mod nearest_name;
pub mod perturb;
pub mod preprocess;
pub mod read;
mod region_name;
mod region_quality;
pub mod write;

pub use geometry::{Geometry, GeometryDifference};
pub use image::{Image, PixelType};
pub use layers::layers_of;
pub use mask::{BoundingBox, LabelMap, Mask, Segment};
pub use nearest_name::{nearest_first, nearest_name};
pub use region_name::{RegionNamed, region_named};
pub use region_quality::{RegionQuality, THICK, TINY};
