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

pub mod morphology;
pub mod reference;
pub mod texture;
