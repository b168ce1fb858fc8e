//! The voxels that the field is fitted to, slice by slice.
//!
//! Slices run side by side; what is summed over slices is summed in their order, so the bits do not
//! depend on the number of threads.

use rayon::prelude::*;

use super::lattice::{Lattice, Weights};
use super::sharpen::Sharpening;
use super::shrink::Shrunk;

/// Neighbours on a line that all belong to the mask.
struct Run {
    y: usize,
    start: usize,
    /// Place of the first among the voxels of the slice.
    first: usize,
    length: usize,
}

/// The voxels of one slice.
struct Slice {
    z: usize,
    runs: Vec<Run>,
    /// Logarithms as they are.
    input: Vec<f64>,
    /// Logarithms without the field.
    corrected: Vec<f64>,
}

/// The voxels of the mask that have a logarithm.
pub(super) struct Voxels {
    slices: Vec<Slice>,
}

impl Voxels {
    pub(super) fn new(image: &Shrunk) -> Self {
        let [width, height, _] = image.size;
        let usable = |offset: usize| {
            let inside = image.inside.get(offset).copied().unwrap_or(false);
            let value = image.values.get(offset).copied().unwrap_or(0.0);
            (inside && value > 0.0).then_some(value)
        };
        let mut slices = Vec::new();
        for z in 0..image.size[2] {
            let (mut runs, mut input): (Vec<Run>, Vec<f64>) = (Vec::new(), Vec::new());
            for y in 0..height {
                let mut open = false;
                for x in 0..width {
                    let Some(value) = usable((z * height + y) * width + x) else {
                        open = false;
                        continue;
                    };
                    match runs.last_mut() {
                        Some(run) if open => run.length += 1,
                        _ => runs.push(Run {
                            y,
                            start: x,
                            first: input.len(),
                            length: 1,
                        }),
                    }
                    open = true;
                    input.push(value.ln());
                }
            }
            if !input.is_empty() {
                slices.push(Slice {
                    z,
                    runs,
                    corrected: input.clone(),
                    input,
                });
            }
        }
        Self { slices }
    }

    pub(super) fn count(&self) -> usize {
        self.slices.iter().map(|slice| slice.input.len()).sum()
    }

    pub(super) fn first(&self) -> f64 {
        let slice = self.slices.first();
        slice
            .and_then(|slice| slice.input.first().copied())
            .unwrap_or(0.0)
    }

    /// The smallest and largest logarithm without the field.
    pub(super) fn range(&self) -> (f64, f64) {
        let all = self.slices.iter().flat_map(|slice| &slice.corrected);
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
            (low.min(value), high.max(value))
        })
    }

    /// The sum over slices of what `count` makes of each one's logarithms without the field.
    pub(super) fn summed(
        &self,
        length: usize,
        count: impl Fn(&[f64], &mut [f64]) + Sync,
    ) -> Vec<f64> {
        let one = |slice: &Slice| {
            let mut sums = vec![0.0; length];
            count(&slice.corrected, &mut sums);
            sums
        };
        let parts: Vec<Vec<f64>> = self.slices.par_iter().map(one).collect();
        let mut total = vec![0.0; length];
        for part in parts {
            for (sum, value) in total.iter_mut().zip(part) {
                *sum += value;
            }
        }
        total
    }

    /// `Σ w²` of every control point, over all voxels.
    pub(super) fn density(&self, weights: &Weights) -> Lattice {
        let squared = |weights: [f64; 4]| weights.map(|w| w * w);
        self.gathered(weights, |_, _| 1.0, |reach| squared(reach.weights))
    }

    /// `Σ w³ r / Σ w²` of every control point, over all voxels, with `r` the difference between a
    /// logarithm and its sharpened value.
    pub(super) fn residual(&self, weights: &Weights, sharpening: &Sharpening) -> Lattice {
        let left = |slice: &Slice, place: usize| {
            let value = slice.corrected.get(place).copied().unwrap_or(0.0);
            value - sharpening.sharpened(value)
        };
        let cubed = |reach: super::lattice::Reach| reach.weights.map(|w| w * w * w / reach.squares);
        self.gathered(weights, left, cubed)
    }

    /// Spreads a number of every voxel over the control points that reach it.
    fn gathered(
        &self,
        weights: &Weights,
        number: impl Fn(&Slice, usize) -> f64 + Sync,
        share: impl Fn(super::lattice::Reach) -> [f64; 4] + Sync,
    ) -> Lattice {
        let [width, height, _] = weights.points;
        let shares: [Vec<[f64; 4]>; 2] = [0, 1].map(|axis| {
            let reaches = weights.axes[axis].iter();
            reaches.map(|&reach| share(reach)).collect()
        });
        let one = |slice: &Slice| {
            let mut plane = vec![0.0; width * height];
            let mut line = vec![0.0; width];
            for runs in slice.runs.chunk_by(|a, b| a.y == b.y) {
                line.fill(0.0);
                for run in runs {
                    for step in 0..run.length {
                        let x = run.start + step;
                        let value = number(slice, run.first + step);
                        let (Some(reach), Some(share)) = (weights.axes[0].get(x), shares[0].get(x))
                        else {
                            continue;
                        };
                        let places = line.get_mut(reach.first..reach.first + 4);
                        for (place, share) in places.unwrap_or_default().iter_mut().zip(share) {
                            *place += share * value;
                        }
                    }
                }
                let y = runs.first().map_or(0, |run| run.y);
                let (Some(reach), Some(share)) = (weights.axes[1].get(y), shares[1].get(y)) else {
                    continue;
                };
                let rows = plane.chunks_mut(width.max(1)).skip(reach.first);
                for (row, share) in rows.zip(share) {
                    for (place, value) in row.iter_mut().zip(&line) {
                        *place += share * value;
                    }
                }
            }
            plane
        };
        let planes: Vec<Vec<f64>> = self.slices.par_iter().map(one).collect();
        let mut lattice = Lattice::flat(weights.points);
        for (slice, plane) in self.slices.iter().zip(planes) {
            if let Some(&reach) = weights.axes[2].get(slice.z) {
                lattice.spread(&plane, reach.first, share(reach));
            }
        }
        lattice
    }

    /// Takes the field out anew and returns by how much it has changed: the coefficient of
    /// variation, over all voxels, of the ratio of the old field to the new.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn update(&mut self, weights: &Weights, field: &Lattice) -> f64 {
        let one = |slice: &mut Slice| {
            let plane = field.plane(weights, slice.z);
            let (mut sum, mut squares) = (0.0, 0.0);
            for runs in slice.runs.chunk_by(|a, b| a.y == b.y) {
                let y = runs.first().map_or(0, |run| run.y);
                let line = plane.line(weights, y);
                for run in runs {
                    let range = run.first..run.first + run.length;
                    let inputs = slice.input.get(range.clone()).unwrap_or_default();
                    let corrected = slice.corrected.get_mut(range).unwrap_or_default();
                    for (step, (input, value)) in inputs.iter().zip(corrected).enumerate() {
                        let new = input - line.at(weights, run.start + step);
                        // Old field minus new field; a ratio near 1, so its distance from 1 is summed.
                        let ratio = (new - *value).exp_m1();
                        sum += ratio;
                        squares += ratio * ratio;
                        *value = new;
                    }
                }
            }
            (sum, squares)
        };
        let parts: Vec<(f64, f64)> = self.slices.par_iter_mut().map(one).collect();
        let (sum, squares) = parts
            .into_iter()
            .fold((0.0, 0.0), |(a, b), (c, d)| (a + c, b + d));
        let count = self.count() as f64;
        let variance = ((squares - sum * sum / count) / (count - 1.0)).max(0.0);
        variance.sqrt() / (1.0 + sum / count)
    }
}
