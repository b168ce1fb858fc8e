//! Gabor filters in the planes of the axes.

use rayon::prelude::*;
use rustfft::num_complex::Complex;

use super::fourier::{Fourier, good_length};
use super::rotation::{Pool, Pooling};
use super::window::{Reach, Window, extended, length, size_of, span_of, widened};
use super::{Boundary, Dimension, FilterError, positive};
use crate::{BoundingBox, Image};

/// Settings of a Gabor filter (IBSI: Q88H), whose modulus is the response.
///
/// `g(x, y) = exp(−(u² + γ² v²) / 2σ² + 2πj u / λ)` with `u = x cos θ + y sin θ` and
/// `v = −x sin θ + y cos θ`, x and y in mm along the axes of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gabor {
    /// Standard deviation of the Gaussian envelope along the wave, mm (`σ`).
    pub sigma: f64,
    /// Wavelength, mm (`λ`).
    pub lambda: f64,
    /// Ratio of the widths of the envelope along and across the wave (`γ`).
    pub gamma: f64,
    /// Direction of the wave in degrees, from the first axis of the plane towards the second
    /// (`θ`).
    pub theta: f64,
    /// Step in degrees of further directions, all around the circle (`Δθ`).
    pub theta_step: Option<f64>,
}

/// Where the envelope, in standard deviations, is taken for 0: it is 2e-8 there.
const END: f64 = 6.0;

/// The planes, as first, second and remaining axis.
const PLANES: [[usize; 3]; 3] = [[0, 1, 2], [0, 2, 1], [1, 2, 0]];

impl Gabor {
    pub(super) fn check(&self) -> Result<(), FilterError> {
        positive("sigma", self.sigma)?;
        positive("lambda", self.lambda)?;
        positive("gamma", self.gamma)?;
        let refuse = |setting, value, must| {
            Err(FilterError::Setting {
                setting,
                value,
                must,
            })
        };
        if !self.theta.is_finite() {
            return refuse("theta", self.theta, "must be a number of degrees");
        }
        if let Some(step) = self.theta_step {
            positive("theta step", step)?;
            let steps = 360.0 / step;
            let whole = (steps - steps.round()).abs() < 1e-6 && (1.0..=3600.0).contains(&steps);
            if !whole {
                return refuse("theta step", step, "degrees do not divide a circle evenly");
            }
        }
        Ok(())
    }

    /// The directions that differ, in degrees: the response to the opposite wave is the same.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn directions(&self) -> Vec<f64> {
        let Some(step) = self.theta_step else {
            return vec![self.theta];
        };
        let count = (360.0 / step).round().max(1.0) as usize;
        let different = if count.is_multiple_of(2) {
            count / 2
        } else {
            count
        };
        #[allow(clippy::cast_precision_loss)]
        let direction = |turn: usize| self.theta + 360.0 * turn as f64 / count as f64;
        (0..different).map(direction).collect()
    }

    /// Voxels along one axis to the end of the envelope in any direction.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn half_width(&self, spacing: f64) -> usize {
        let widest = self.sigma.max(self.sigma / self.gamma);
        (END * widest / spacing).ceil() as usize
    }

    /// How far the kernels reach.
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

    /// The kernel of one direction, its middle at the first voxel of a block of that size, and
    /// what lies before it at the end.
    #[allow(clippy::cast_precision_loss)]
    fn kernel(
        &self,
        direction: f64,
        spacing: [f64; 2],
        half: [usize; 2],
        size: [usize; 2],
    ) -> Vec<Complex<f64>> {
        let (sin, cos) = direction.to_radians().sin_cos();
        // The distance in mm of each place from the middle, where the kernel reaches.
        let distances = |axis: usize| -> Vec<Option<f64>> {
            let distance = |place: usize| {
                let back = size[axis] - place;
                if place <= half[axis] {
                    Some(place as f64 * spacing[axis])
                } else if back <= half[axis] {
                    Some(-(back as f64) * spacing[axis])
                } else {
                    None
                }
            };
            (0..size[axis]).map(distance).collect()
        };
        let across = distances(0);
        let value = |x: f64, y: f64| {
            let (u, v) = (x * cos + y * sin, y * cos - x * sin);
            let envelope = u * u + self.gamma * self.gamma * v * v;
            let envelope = (-envelope / (2.0 * self.sigma * self.sigma)).exp();
            Complex::from_polar(envelope, 2.0 * std::f64::consts::PI * u / self.lambda)
        };
        distances(1)
            .iter()
            .flat_map(|y| {
                across.iter().map(move |x| match (*x, *y) {
                    (Some(x), Some(y)) => value(x, y),
                    _ => Complex::default(),
                })
            })
            .collect()
    }

    /// The response at the voxels of `keep`, pooled over directions and then over planes.
    pub(super) fn respond(
        &self,
        image: &Image,
        (dimension, boundary): (Dimension, Boundary),
        rotations: Option<Pooling>,
        keep: &BoundingBox,
    ) -> Window {
        let pooling = rotations.unwrap_or(Pooling::Average);
        let planes = match dimension {
            Dimension::Slices => 1,
            Dimension::Volume => 3,
        };
        let mut pool = Pool::new(pooling);
        for plane in PLANES.iter().take(planes) {
            // Each plane has as many directions.
            pool.take(self.in_plane(image, *plane, boundary, pooling, keep), 1.0);
        }
        Window {
            span: span_of(keep),
            values: pool.finish(),
        }
    }

    fn in_plane(
        &self,
        image: &Image,
        [first, second, across]: [usize; 3],
        boundary: Boundary,
        pooling: Pooling,
        keep: &BoundingBox,
    ) -> Vec<f64> {
        let output = span_of(keep);
        let spacing = [first, second].map(|axis| image.geometry.spacing[axis]);
        let half = spacing.map(|spacing| self.half_width(spacing));
        let mut reach: Reach = [(0, 0); 3];
        reach[first] = (half[0], half[0]);
        reach[second] = (half[1], half[1]);
        let input = extended(image, &widened(&output, &reach), boundary);
        let held = size_of(&input.span);
        let size = [good_length(held[first]), good_length(held[second])];
        let fourier = Fourier::new([size[0], size[1], 1]);
        let kernels: Vec<Vec<Complex<f64>>> = self
            .directions()
            .iter()
            .map(|&direction| fourier.forward(self.kernel(direction, spacing, half, size)))
            .collect();
        let strides = [1, held[0], held[0] * held[1]];
        #[allow(clippy::cast_precision_loss)]
        let scale = 1.0 / (size[0] * size[1]) as f64;
        let [width, height] = [first, second].map(|axis| length(&output[axis]));

        let slice = |at: usize| -> Vec<f64> {
            let mut values = vec![Complex::default(); size[0] * size[1]];
            for (y, row) in values.chunks_mut(size[0]).take(held[second]).enumerate() {
                let start = at * strides[across] + y * strides[second];
                let source = input.values.iter().skip(start).step_by(strides[first]);
                for (value, &source) in row.iter_mut().zip(source.take(held[first])) {
                    *value = Complex::from(source);
                }
            }
            let frequencies = fourier.forward(values);
            let mut pool = Pool::new(pooling);
            for kernel in &kernels {
                let product = frequencies.iter().zip(kernel).map(|(a, b)| a * b);
                let response = fourier.inverse(product.collect());
                let rows = response.chunks(size[0]).skip(half[1]).take(height);
                let modulus = rows.flat_map(|row| row.iter().skip(half[0]).take(width));
                let modulus = modulus.map(|value| value.norm_sqr().sqrt() * scale);
                pool.take(modulus.collect(), 1.0);
            }
            pool.finish()
        };
        let slices: Vec<Vec<f64>> = (0..length(&output[across]))
            .into_par_iter()
            .map(slice)
            .collect();

        // From slices of the plane to x, y, z.
        let place = |index: [usize; 3]| {
            let slice = slices.get(index[across]);
            slice.and_then(|slice| slice.get(index[second] * width + index[first]))
        };
        let [nx, ny, nz] = size_of(&output);
        let mut values = Vec::with_capacity(nx * ny * nz);
        for z in 0..nz {
            for y in 0..ny {
                values.extend((0..nx).map(|x| place([x, y, z]).copied().unwrap_or_default()));
            }
        }
        values
    }
}
