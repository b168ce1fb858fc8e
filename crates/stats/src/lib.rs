//! The statistics of a radiomics study: numbers in, numbers out.
//!
//! No files, no images, no threads. Each estimator is one documented function that names the R
//! function it agrees with.

pub mod audit;
pub mod calibration;
pub mod compare;
pub mod decision_curve;
pub mod describe;
pub mod discrimination;
pub mod distribution;
pub mod harmonization;
pub mod imputation;
pub mod nomogram;
pub mod regression;
pub mod reliability;
pub mod resampling;
pub mod sample_size;
pub mod selection;
pub mod special;
pub mod survival;
