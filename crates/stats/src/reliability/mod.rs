//! Agreement between readers.

pub mod icc;
pub mod kappa;
