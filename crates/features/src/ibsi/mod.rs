//! Radiomic features as the Image Biomarker Standardisation Initiative (IBSI) defines them.
//!
//! Source: the IBSI reference manual (arXiv 1612.07003) and its reference values. Each family is
//! one page, with a table `FEATURES` in the order of the manual: a feature's name is its tag in the
//! IBSI's reference values (`morph_volume`), its summary the IBSI's own words. Tags of texture
//! matrices are completed by how matrices are joined ([`texture::Dimension`],
//! [`texture::Directions`]), as in `cm_contrast_3D_comb`.
//!
//! What a family shares with PyRadiomics is computed by the same code ([`crate::texture`]); where
//! the definitions part, the family's page says so.

pub mod catalogue;
pub mod departures;
mod diagnostics;
pub mod digital_phantom;
pub mod discretise;
pub mod distribution;
mod extractor;
mod family;
mod image_features;
mod image_path;
pub mod intensity_histogram;
pub mod intensity_volume_histogram;
pub mod local_intensity;
pub mod morphology;
mod plan;
mod profile;
pub mod reference;
pub mod statistics;
pub mod texture;

pub use extractor::Extractor;
pub use family::Family;
pub use plan::{DiagnosticsPlan, FamilyPlan, ImagePlan, Interpolation, Plan};
pub use profile::Profile;
