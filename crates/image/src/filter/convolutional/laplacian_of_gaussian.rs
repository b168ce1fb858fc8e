//! Laplacian of Gaussian from a sampled kernel.
//!
//! The kernel is a sum of products of one factor an axis, so it is applied by passes along the
//! axes, whatever its width:
//!
//! `w(x) = Σ_a d_a(x_a) Π_{b≠a} g_b(x_b) − mean`, with `g_a(k) = exp(−k² / 2σ_a²) / (√(2π) σ_a)`
//! and `d_a(k) = (k²/σ_a² − 1) / σ_a² · g_a(k) · f_a`, σ_a = σ / spacing along the axis.

use super::convolve::Kernel;
use super::window::{Reach, Window, extended, span_of, widened};
use super::{Boundary, Dimension, FilterError, positive};
use crate::{BoundingBox, Image};

/// Settings of a Laplacian of Gaussian (IBSI: L6PA) whose kernel is sampled at the voxels.
///
/// `w(x) = −1/σ² (1 / √(2π) σ)^D (D − |x|²/σ²) exp(−|x|² / 2σ²)`, for D dimensions and σ in
/// voxels. The kernel ends at `⌊truncate · σ + ½⌋` voxels along each axis; its mean is taken off,
/// so that it sums to 0 and a flat image gives 0.
///
/// Where the spacing differs between axes, σ is the same in mm along all of them, and the second
/// derivatives are taken in mm; they are multiplied by the square of the spacing (of the
/// geometric mean of the spacings), which makes the formula above of equal ones.
///
/// The recursive filter of PyRadiomics is
/// [`laplacian_of_gaussian`](crate::filter::laplacian_of_gaussian); it multiplies by σ².
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampledLaplacianOfGaussian {
    /// Standard deviation of the Gaussian, mm (`σ`).
    pub sigma: f64,
    /// At how many standard deviations the kernel ends (`d`).
    pub truncate: f64,
}

/// The factors along one axis.
pub(super) struct Factors {
    pub(super) gaussian: Kernel,
    pub(super) curvature: Kernel,
    pub(super) uniform: Kernel,
}

/// The kernel as factors, and the mean that is taken off.
pub(super) struct Separated {
    /// Along x and y, and along z for volumes.
    pub(super) factors: Vec<Factors>,
    pub(super) mean: f64,
}

impl SampledLaplacianOfGaussian {
    pub(super) fn check(&self) -> Result<(), FilterError> {
        positive("sigma", self.sigma)?;
        positive("truncate", self.truncate)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn half_width(&self, spacing: f64) -> usize {
        (self.truncate * self.sigma / spacing + 0.5).floor() as usize
    }

    /// How far the kernel reaches.
    pub(super) fn reach(&self, spacing: [f64; 3], dimension: Dimension) -> Reach {
        std::array::from_fn(|axis| {
            let half = self.half_width(spacing[axis]);
            if axis < dimension.axes() {
                (half, half)
            } else {
                (0, 0)
            }
        })
    }

    #[allow(clippy::cast_precision_loss)]
    pub(super) fn separated(&self, spacing: [f64; 3], dimension: Dimension) -> Separated {
        let axes = dimension.axes();
        let log_mean = spacing.iter().take(axes).map(|s| s.ln()).sum::<f64>() / axes as f64;
        let factors: Vec<Factors> = spacing
            .iter()
            .take(axes)
            .map(|&spacing| {
                let sigma = self.sigma / spacing;
                let half = self.half_width(spacing);
                let steps = (0..=2 * half).map(|place| place as f64 - half as f64);
                let gaussian: Vec<f64> = steps
                    .clone()
                    .map(|k| (-k * k / (2.0 * sigma * sigma)).exp())
                    .map(|value| value / ((2.0 * std::f64::consts::PI).sqrt() * sigma))
                    .collect();
                // 1 where all spacings are equal.
                let unit = (2.0 * (log_mean - spacing.ln())).exp();
                let curvature = steps
                    .zip(&gaussian)
                    .map(|(k, g)| (k * k / (sigma * sigma) - 1.0) / (sigma * sigma) * g * unit)
                    .collect();
                Factors {
                    gaussian: Kernel::centred(gaussian),
                    curvature: Kernel::centred(curvature),
                    uniform: Kernel::uniform(half),
                }
            })
            .collect();
        let sum = |kernel: &Kernel| kernel.weights.iter().sum::<f64>();
        let total: f64 = (0..axes)
            .map(|along| {
                let parts = factors.iter().enumerate().map(|(axis, factors)| {
                    if axis == along {
                        sum(&factors.curvature)
                    } else {
                        sum(&factors.gaussian)
                    }
                });
                parts.product::<f64>()
            })
            .sum();
        // Taken off by uniform kernels that already divide by the number of voxels.
        Separated {
            factors,
            mean: total,
        }
    }

    /// The response at the voxels of `keep`.
    pub(super) fn respond(
        &self,
        image: &Image,
        dimension: Dimension,
        boundary: Boundary,
        keep: &BoundingBox,
    ) -> Window {
        let spacing = image.geometry.spacing;
        let output = span_of(keep);
        let reach = self.reach(spacing, dimension);
        let input = extended(image, &widened(&output, &reach), boundary);
        let Separated { factors, mean } = self.separated(spacing, dimension);
        let [Some(x), Some(y)] = [factors.first(), factors.get(1)] else {
            return input;
        };
        let along =
            |kernel: &Kernel, axis: usize, input: &Window| kernel.along(axis, input, &output[axis]);
        let smooth_x = along(&x.gaussian, 0, &input);
        let curved_x = along(&x.curvature, 0, &input);
        let uniform_x = along(&x.uniform, 0, &input);
        drop(input);
        // The curvature along x and along y, smoothed along the other.
        let mut in_plane = along(&y.gaussian, 1, &curved_x);
        drop(curved_x);
        add(&mut in_plane, 1.0, &along(&y.curvature, 1, &smooth_x));
        let uniform = along(&y.uniform, 1, &uniform_x);
        drop(uniform_x);
        let Some(z) = factors.get(2) else {
            add(&mut in_plane, -mean, &uniform);
            return in_plane;
        };
        let smooth = along(&y.gaussian, 1, &smooth_x);
        drop(smooth_x);
        let mut response = along(&z.gaussian, 2, &in_plane);
        drop(in_plane);
        add(&mut response, 1.0, &along(&z.curvature, 2, &smooth));
        drop(smooth);
        add(&mut response, -mean, &along(&z.uniform, 2, &uniform));
        response
    }
}

/// Adds a multiple of a window of the same voxels.
fn add(sum: &mut Window, factor: f64, other: &Window) {
    for (value, &other) in sum.values.iter_mut().zip(&other.values) {
        *value += factor * other;
    }
}
