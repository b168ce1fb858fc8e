//! From a body to an image: thick slices, blur, shading, noise.

use radiome_image::{Geometry, Image, PixelType};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::anatomy::{Anatomy, Sequence};
use super::field::{normal, normal_pair};
use super::scanner::Scanner;

/// Points across the thickness of a slice whose mean is the signal of a voxel.
const ACROSS_SLICE: usize = 2;

/// A grid laid over the body, and where its voxels lie there.
pub(super) struct Grid {
    pub(super) geometry: Geometry,
    /// Position in the body of the centre of voxel (0, 0, 0).
    first: [f64; 3],
}

impl Grid {
    /// The grid a scanner lays for a sequence, shifted by a part of a voxel as a table is.
    pub(super) fn new(
        rng: &mut ChaCha8Rng,
        anatomy: &Anatomy,
        scanner: &Scanner,
        sequence: Sequence,
    ) -> Self {
        let slice = scanner.slice[usize::from(sequence == Sequence::FatSuppressedT2)];
        let spacing = [scanner.pixel, scanner.pixel, slice];
        let mut size = [0; 3];
        let mut first = [0.0; 3];
        for axis in 0..3 {
            size[axis] = (2.0 * anatomy.half[axis] / spacing[axis]).ceil() as usize;
            let shift = rng.random_range(-0.4..0.4);
            first[axis] = spacing[axis] * (shift - 0.5 * (size[axis] - 1) as f64);
        }
        let (sin, cos) = scanner.tilt.sin_cos();
        let direction = [[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]];
        // The tumour's place in the scanner: the leg lies beside the middle.
        let centre = [-90.0, 20.0, -150.0];
        let origin = std::array::from_fn(|row| {
            let along = |axis: usize| direction[row][axis] * first[axis];
            centre[row] + along(0) + along(1) + along(2)
        });
        Self {
            geometry: Geometry {
                size,
                spacing,
                origin,
                direction,
            },
            first,
        }
    }

    /// The place in the body of a (continuous) index.
    pub(super) fn point(&self, index: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|axis| self.first[axis] + self.geometry.spacing[axis] * index[axis])
    }
}

/// The image that a scanner makes of a body.
pub(super) fn acquire(
    rng: &mut ChaCha8Rng,
    anatomy: &Anatomy,
    grid: &Grid,
    scanner: &Scanner,
    sequence: Sequence,
) -> Image {
    let [width, height, depth] = grid.geometry.size;
    let mut signal = Vec::with_capacity(grid.geometry.voxel_count());
    for z in 0..depth {
        for y in 0..height {
            for x in 0..width {
                let points: [[f64; 3]; ACROSS_SLICE] = std::array::from_fn(|part| {
                    let within = (part as f64 + 0.5) / ACROSS_SLICE as f64 - 0.5;
                    grid.point([x as f64, y as f64, z as f64 + within])
                });
                signal.push(anatomy.mean_signal(&points, sequence, scanner.contrast));
            }
        }
    }
    blur(&mut signal, [width, height], scanner.blur / scanner.pixel);

    // The coil is more sensitive on one side.
    let towards: f64 = rng.random_range(0.0..std::f64::consts::TAU);
    let (sin, cos) = towards.sin_cos();
    let gain = scanner.gain * (0.05 * normal(rng)).exp();
    let mut values = signal;
    for (place, value) in values.iter_mut().enumerate() {
        let x = (place % width) as f64 / width as f64 - 0.5;
        let y = (place / width % height) as f64 / height as f64 - 0.5;
        let shading = 1.0 + 2.0 * scanner.shading * (cos * x + sin * y);
        // The magnitude of a complex signal: Rician noise.
        let [real, imaginary] = normal_pair(rng).map(|noise| scanner.noise * noise);
        let real = *value * shading + real;
        *value = (gain * (real * real + imaginary * imaginary).sqrt())
            .round()
            .min(f64::from(i16::MAX));
    }
    Image {
        geometry: grid.geometry.clone(),
        pixel_type: PixelType::I16,
        values,
    }
}

/// Blurs within each slice by a Gaussian (standard deviation in pixels); edges are repeated.
fn blur(values: &mut [f64], [width, height]: [usize; 2], sigma: f64) {
    const REACH: usize = 3;
    let weight = |step: usize| (-0.5 * ((step as f64 - REACH as f64) / sigma).powi(2)).exp();
    let weights: Vec<f64> = (0..=2 * REACH).map(weight).collect();
    let sum: f64 = weights.iter().sum();
    let mut line = Vec::new();
    for slice in values.chunks_mut(width * height) {
        for (count, length, step, next) in [(height, width, 1, width), (width, height, width, 1)] {
            for start in (0..count).map(|place| place * next) {
                line.clear();
                line.extend((0..length).map(|place| slice[start + place * step]));
                for place in 0..length {
                    let mut blurred = 0.0;
                    for (offset, weight) in weights.iter().enumerate() {
                        let from = (place + offset).saturating_sub(REACH).min(length - 1);
                        blurred += weight * line[from];
                    }
                    slice[start + place * step] = blurred / sum;
                }
            }
        }
    }
}
