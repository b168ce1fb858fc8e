//! Moran's I and Geary's C of all pairs of voxels.
//!
//! Both weigh every pair by the inverse of its distance, $w_{ij} = 1 / |r_i - r_j|$ in mm. On a
//! grid the weight is a function of the step from one voxel to the other, so the sums over the
//! partners of a voxel are convolutions,
//! $$\Phi_i = \sum_j w_{ij} \quad\text{and}\quad \Psi_i = \sum_j w_{ij}\,y_j,$$
//! and three sums over voxels are left. With $y$ the intensities less their mean,
//! $$S_0 = \sum_i \Phi_i, \qquad I = \frac{N}{S_0} \frac{\sum_i y_i \Psi_i}{\sum_i y_i^2},$$
//! $$C = \frac{N - 1}{S_0} \frac{\sum_i y_i^2 \Phi_i - \sum_i y_i \Psi_i}{\sum_i y_i^2}.$$
//!
//! The convolutions are exact: they run by fast Fourier transform on a grid with room for every
//! step. The mask is the real part and $y$ the imaginary part of one complex field; the weights
//! are even, so their transform is real and keeps the two apart. Where the field is known to be
//! nothing its transform is left out.

use std::sync::Arc;

use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::region::Region;

/// How alike intensities are that lie near each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Autocorrelation {
    /// Moran's I: 1 for neighbours alike, 0 for no relation.
    pub(super) moran_i: f64,
    /// Geary's C: 0 for neighbours alike, 1 for no relation.
    pub(super) geary_c: f64,
}

/// Of the voxels of a region; NaN for fewer than two, and where all intensities are equal.
pub(super) fn autocorrelation(region: &Region) -> Autocorrelation {
    let first = region.values.first();
    if region.values.iter().all(|value| Some(value) == first) {
        return Autocorrelation {
            moran_i: f64::NAN,
            geary_c: f64::NAN,
        };
    }
    let field = Field::new(region);
    if field.values.is_empty() {
        return Autocorrelation {
            moran_i: f64::NAN,
            geary_c: f64::NAN,
        };
    }
    let count = region.values.len() as f64;
    let sum_of_squares: f64 = field.values.iter().map(|voxel| voxel.im * voxel.im).sum();
    let sums = field.sums();
    Autocorrelation {
        moran_i: count / sums.weights * sums.products / sum_of_squares,
        geary_c: (count - 1.0) / sums.weights * (sums.squares - sums.products) / sum_of_squares,
    }
}

/// Sums over ordered pairs of different voxels.
#[derive(Clone, Copy, Default)]
struct Sums {
    /// Of w.
    weights: f64,
    /// Of w yᵢ yⱼ.
    products: f64,
    /// Of w yᵢ².
    squares: f64,
}

/// For each voxel of the mask's own box (x runs fastest): whether it is inside (1 or 0), and the
/// intensity less the mean in units of the standard deviation (0 outside).
struct Field {
    size: [usize; 3],
    spacing: [f64; 3],
    values: Vec<Complex<f64>>,
}

impl Field {
    fn new(region: &Region) -> Self {
        let [width, height] = [region.size[0].max(1), region.size[1].max(1)];
        let voxels = || {
            let offsets = region
                .inside
                .iter()
                .enumerate()
                .filter(|(_, inside)| **inside);
            let places = offsets.map(move |(offset, _)| {
                [
                    offset % width,
                    offset / width % height,
                    offset / width / height,
                ]
            });
            places.zip(&region.values)
        };
        let mut lower = [usize::MAX; 3];
        let mut upper = [0; 3];
        for (place, _) in voxels() {
            for axis in 0..3 {
                lower[axis] = lower[axis].min(place[axis]);
                upper[axis] = upper[axis].max(place[axis] + 1);
            }
        }
        let size: [usize; 3] = std::array::from_fn(|axis| upper[axis].saturating_sub(lower[axis]));
        let mut values = vec![Complex::default(); size.iter().product()];
        let (mean, deviation) = mean_and_deviation(&region.values);
        for (place, value) in voxels() {
            let [x, y, z]: [usize; 3] = std::array::from_fn(|axis| place[axis] - lower[axis]);
            let voxel = values.get_mut((z * size[1] + y) * size[0] + x);
            if let Some(voxel) = voxel {
                *voxel = Complex::new(1.0, (value - mean) / deviation);
            }
        }
        Self {
            size,
            spacing: region.spacing,
            values,
        }
    }

    /// The sums over all pairs.
    ///
    /// Lines along x are transformed first. For each frequency along x there is then a plane of
    /// its own, which goes through the other two axes, the weights and back.
    fn sums(&self) -> Sums {
        let [width, height, depth] = self.size;
        let [along_x, along_y, along_z] = self.size.map(Axis::with_room_for);
        let weights = Weights::new(
            [&along_x, &along_y, &along_z].map(|axis| axis.length / 2 + 1),
            self.spacing,
            &along_x,
        );
        // By z: lines along y for each frequency along x.
        let by_slice: Vec<Vec<Complex<f64>>> = self
            .values
            .par_chunks(width * height)
            .map(|slice| {
                let mut lines = vec![Complex::default(); along_x.length * height];
                let padded = lines.chunks_exact_mut(along_x.length);
                for (line, row) in padded.zip(slice.chunks_exact(width)) {
                    line[..width].copy_from_slice(row);
                }
                along_x.forward.process(&mut lines);
                transposed(&lines, along_x.length)
            })
            .collect();
        // By frequency along x: lines along y for each z.
        let by_frequency: Vec<Vec<Complex<f64>>> = (0..along_x.length)
            .into_par_iter()
            .map(|frequency| {
                let mut plane = vec![Complex::default(); along_y.length * depth];
                let padded = plane.chunks_exact_mut(along_y.length);
                for (line, slice) in padded.zip(&by_slice) {
                    let row = &slice[frequency * height..(frequency + 1) * height];
                    line[..height].copy_from_slice(row);
                }
                let weights = weights.plane(along_x.mirrored(frequency), &along_y, &along_z);
                convolve(&mut plane, &weights, &along_y, &along_z);
                let lines = plane.chunks_exact(along_y.length);
                lines.flat_map(|line| &line[..height]).copied().collect()
            })
            .collect();
        drop(by_slice);
        let scale = 1.0
            / [&along_x, &along_y, &along_z]
                .map(|axis| axis.length as f64)
                .iter()
                .product::<f64>();
        let of_slice = |(z, slice): (usize, &[Complex<f64>])| {
            let rows = by_frequency
                .iter()
                .flat_map(|plane| &plane[z * height..(z + 1) * height]);
            let rows: Vec<Complex<f64>> = rows.copied().collect();
            let mut lines = transposed(&rows, height);
            along_x.inverse.process(&mut lines);
            let mut sums = Sums::default();
            for (line, row) in lines
                .chunks_exact(along_x.length)
                .zip(slice.chunks_exact(width))
            {
                for (potential, voxel) in line.iter().zip(row) {
                    sums.weights += voxel.re * potential.re;
                    sums.products += voxel.im * potential.im;
                    sums.squares += voxel.im * voxel.im * potential.re;
                }
            }
            sums
        };
        let slices: Vec<Sums> = self
            .values
            .par_chunks(width * height)
            .enumerate()
            .map(of_slice)
            .collect();
        let mut total = Sums::default();
        for sums in slices {
            total.weights += scale * sums.weights;
            total.products += scale * sums.products;
            total.squares += scale * sums.squares;
        }
        total
    }
}

/// The transforms along an axis.
struct Axis {
    /// Number of places with the room for steps beyond the field.
    length: usize,
    forward: Arc<dyn Fft<f64>>,
    inverse: Arc<dyn Fft<f64>>,
}

impl Axis {
    /// An axis on which steps between any two of `count` places do not meet the steps back.
    fn with_room_for(count: usize) -> Self {
        let length = smooth_number((2 * count).saturating_sub(1));
        let mut planner = FftPlanner::new();
        Self {
            length,
            forward: planner.plan_fft_forward(length),
            inverse: planner.plan_fft_inverse(length),
        }
    }

    /// Of two places that are as far from the first in either direction, the lower.
    fn mirrored(&self, place: usize) -> usize {
        place.min(self.length - place)
    }

    /// Transforms even lines, of which only the lower half is given: their transforms are real and
    /// even, so two lines go as real and imaginary part of one.
    fn transform_even<'a>(&self, lines: impl Iterator<Item = &'a mut [f64]>) {
        let mut both = vec![Complex::default(); self.length];
        let mut scratch = vec![Complex::default(); self.forward.get_inplace_scratch_len()];
        let mut lines = lines.peekable();
        while let Some(first) = lines.next() {
            let second = lines.next();
            for (place, value) in both.iter_mut().enumerate() {
                let place = self.mirrored(place);
                let second = second.as_ref().map_or(0.0, |line| line[place]);
                *value = Complex::new(first[place], second);
            }
            self.forward.process_with_scratch(&mut both, &mut scratch);
            for (value, both) in first.iter_mut().zip(&both) {
                *value = both.re;
            }
            for (value, both) in second.into_iter().flatten().zip(&both) {
                *value = both.im;
            }
        }
    }
}

/// The weights of all steps, transformed along x.
struct Weights {
    /// Number of places along x, y, z: the lower half of each axis.
    size: [usize; 3],
    /// x runs fastest.
    values: Vec<f64>,
}

impl Weights {
    fn new(size: [usize; 3], spacing: [f64; 3], along_x: &Axis) -> Self {
        let mut values = vec![0.0; size.iter().product()];
        values
            .par_chunks_mut(size[0] * size[1])
            .enumerate()
            .for_each(|(z, slice)| {
                for (y, line) in slice.chunks_exact_mut(size[0]).enumerate() {
                    for (x, weight) in line.iter_mut().enumerate() {
                        let step = [x, y, z];
                        let squares: [f64; 3] =
                            std::array::from_fn(|axis| (step[axis] as f64 * spacing[axis]).powi(2));
                        // A voxel is no partner of its own.
                        if step != [0; 3] {
                            *weight = 1.0 / (squares[0] + squares[1] + squares[2]).sqrt();
                        }
                    }
                }
                along_x.transform_even(slice.chunks_exact_mut(size[0]));
            });
        Self { size, values }
    }

    /// The whole transform at one frequency along x; z runs fastest.
    fn plane(&self, frequency: usize, along_y: &Axis, along_z: &Axis) -> Vec<f64> {
        let [width, height, _] = self.size;
        let mut plane: Vec<f64> = self
            .values
            .iter()
            .skip(frequency)
            .step_by(width)
            .copied()
            .collect();
        along_y.transform_even(plane.chunks_exact_mut(height));
        let mut plane = transposed(&plane, height);
        along_z.transform_even(plane.chunks_exact_mut(self.size[2]));
        plane
    }
}

/// Convolves lines along y, one for each z of the field, with transformed weights.
fn convolve(plane: &mut [Complex<f64>], weights: &[f64], along_y: &Axis, along_z: &Axis) {
    let depth = plane.len() / along_y.length;
    along_y.forward.process(plane);
    // Lines along z, one for each frequency along y.
    let mut lines = vec![Complex::default(); along_y.length * along_z.length];
    for (z, line) in plane.chunks_exact(along_y.length).enumerate() {
        for (target, &value) in lines.iter_mut().skip(z).step_by(along_z.length).zip(line) {
            *target = value;
        }
    }
    along_z.forward.process(&mut lines);
    let half = along_z.length / 2 + 1;
    for (y, line) in lines.chunks_exact_mut(along_z.length).enumerate() {
        let weights = &weights[along_y.mirrored(y) * half..][..half];
        for (z, value) in line.iter_mut().enumerate() {
            *value *= weights[along_z.mirrored(z)];
        }
    }
    along_z.inverse.process(&mut lines);
    for (z, line) in plane
        .chunks_exact_mut(along_y.length)
        .enumerate()
        .take(depth)
    {
        for (target, value) in line
            .iter_mut()
            .zip(lines.iter().skip(z).step_by(along_z.length))
        {
            *target = *value;
        }
    }
    along_y.inverse.process(plane);
}

/// Lines of a length as lines of the other axis.
fn transposed<T: Copy>(lines: &[T], length: usize) -> Vec<T> {
    (0..length)
        .flat_map(|place| lines.iter().skip(place).step_by(length))
        .copied()
        .collect()
}

/// The least number not below `at_least` with no prime factor above 5: such transforms are fast.
fn smooth_number(at_least: usize) -> usize {
    let is_smooth = |number: &usize| {
        let divided = [2, 3, 5].iter().fold(*number, |mut left, factor| {
            while left % factor == 0 {
                left /= factor;
            }
            left
        });
        divided == 1
    };
    let at_least = at_least.max(1);
    (at_least..).find(is_smooth).unwrap_or(at_least)
}

/// The mean, and the root of the mean square around it.
pub(super) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let first: f64 = values.iter().sum::<f64>() / count;
    // What rounding has left of the differences is taken off too.
    let mean = first + values.iter().map(|value| value - first).sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / count).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use radiome_image::PixelType;

    /// Random voxels of a box, with intensities around 100.
    fn random_region(size: [usize; 3], spacing: [f64; 3], share: f64, seed: u64) -> Region {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let inside: Vec<bool> = (0..size.iter().product()).map(|_| next() < share).collect();
        let count = inside.iter().filter(|&&inside| inside).count();
        Region {
            size,
            spacing,
            pixel_type: PixelType::F64,
            inside,
            values: (0..count).map(|_| 100.0 + 20.0 * next()).collect(),
        }
    }

    /// As the manual writes the two features.
    fn of_all_pairs(region: &Region) -> Autocorrelation {
        let [width, height, _] = region.size;
        let places: Vec<[f64; 3]> = (0..region.inside.len())
            .filter(|&offset| region.inside[offset])
            .map(|offset| {
                [
                    offset % width,
                    offset / width % height,
                    offset / width / height,
                ]
            })
            .map(|place| std::array::from_fn(|axis| place[axis] as f64 * region.spacing[axis]))
            .collect();
        let count = places.len() as f64;
        let mean = region.values.iter().sum::<f64>() / count;
        let (mut weights, mut products, mut differences) = (0.0, 0.0, 0.0);
        for (a, x) in places.iter().zip(&region.values) {
            for (b, y) in places.iter().zip(&region.values) {
                let squared: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
                if squared > 0.0 {
                    let weight = 1.0 / squared.sqrt();
                    weights += weight;
                    products += weight * (x - mean) * (y - mean);
                    differences += weight * (x - y).powi(2);
                }
            }
        }
        let variance: f64 = region.values.iter().map(|x| (x - mean).powi(2)).sum();
        Autocorrelation {
            moran_i: count / weights * products / variance,
            geary_c: (count - 1.0) / (2.0 * weights) * differences / variance,
        }
    }

    #[test]
    fn the_sum_over_all_pairs() {
        for (size, spacing, share) in [
            ([7, 6, 5], [1.0, 1.0, 1.0], 0.6),
            ([12, 5, 9], [0.7, 0.9, 3.0], 0.4),
            ([1, 1, 20], [1.0, 2.0, 0.5], 0.8),
            ([9, 1, 8], [2.0, 1.0, 1.5], 0.5),
            ([2, 1, 1], [1.5, 1.0, 1.0], 1.0),
            ([16, 17, 3], [1.0, 1.1, 1.2], 0.05),
        ] {
            let region = random_region(size, spacing, share, 7);
            let (found, expected) = (autocorrelation(&region), of_all_pairs(&region));
            // Rounding of a few hundred thousand terms; Moran's I is itself a small difference.
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-11 * b.abs().max(0.1);
            assert!(
                close(found.moran_i, expected.moran_i),
                "{found:?} {expected:?}"
            );
            assert!(
                close(found.geary_c, expected.geary_c),
                "{found:?} {expected:?}"
            );
        }
    }

    #[test]
    fn the_bits_do_not_depend_on_threads() {
        let region = random_region([20, 15, 11], [1.0, 1.0, 2.5], 0.7, 3);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let found = pool.install(|| autocorrelation(&region));
            [found.moran_i, found.geary_c].map(f64::to_bits)
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn equal_intensities_and_single_voxels_have_none() {
        let mut region = random_region([3, 3, 3], [1.0; 3], 0.9, 1);
        region.values.fill(0.1);
        let found = autocorrelation(&region);
        assert!(found.moran_i.is_nan() && found.geary_c.is_nan());
        for inside in [true, false] {
            let region = Region {
                size: [1; 3],
                inside: vec![inside],
                values: vec![4.0; usize::from(inside)],
                ..region.clone()
            };
            assert!(autocorrelation(&region).moran_i.is_nan());
        }
    }
}
