//! How images and contours were perturbed.

use serde::{Deserialize, Serialize};

/// The perturbations behind the comparison `perturbations`: each reading takes one value of every
/// list.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct PerturbationSummary {
    /// Readings of each patient.
    pub readings: usize,
    /// Rotations within the slices, in degrees.
    pub rotation: Vec<f64>,
    /// Shifts along every axis, as fractions of the smallest edge of a voxel.
    pub translation: Vec<f64>,
    /// Whether noise was added.
    pub noise: bool,
    /// Changes of the contour's volume, as fractions of it.
    pub growth: Vec<f64>,
    /// Whether the contour was put together anew from supervoxels.
    pub supervoxels: bool,
}
