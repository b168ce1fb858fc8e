//! Interpolation by kernels that are products of one weight an axis.

use super::grid_positions::GridPositions;

/// Most voxels that a kernel reaches along an axis.
pub(super) const REACH: usize = 10;

/// The voxels that a kernel sees along an axis, and their weights.
#[derive(Clone, Copy, Default)]
pub(super) struct Support {
    places: [usize; REACH],
    weights: [f64; REACH],
    count: usize,
}

impl Support {
    /// Adds a voxel, as far as there is room.
    pub(super) fn push(&mut self, place: usize, weight: f64) {
        let mut slots = self.places.iter_mut().zip(&mut self.weights);
        if let Some((next_place, next_weight)) = slots.nth(self.count) {
            (*next_place, *next_weight) = (place, weight);
            self.count += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = (usize, f64)> + Clone {
        let weights = self.weights.iter().copied();
        self.places.iter().copied().zip(weights).take(self.count)
    }
}

/// A voxel within reach: its value and its weights along x, y, z.
pub(super) type Term = (f64, [f64; 3]);

/// An interpolation by such a kernel.
pub(super) trait Kernel: Sync {
    /// What the kernel sees around a position along an axis.
    fn support(&self, index: f64, axis: usize) -> Support;

    /// The value from the voxels within reach; x runs fastest.
    fn value(&self, terms: impl Iterator<Item = Term>) -> f64;

    /// The values on another grid, 0 outside; each goes through `stored`.
    fn on_grid(
        &self,
        values: &[f64],
        positions: &GridPositions,
        stored: impl Fn(f64) -> f64 + Sync,
    ) -> Vec<f64> {
        let [width, height, _] = positions.source();
        let value = |[x, y, z]: [&Support; 3]| {
            let lines = z.iter().flat_map(|z| y.iter().map(move |y| (y, z)));
            let terms = lines.flat_map(|((y, weight_y), (z, weight_z))| {
                let line = (z * height + y) * width;
                x.iter().map(move |(x, weight_x)| {
                    let value = values.get(line + x).copied().unwrap_or(0.0);
                    (value, [weight_x, weight_y, weight_z])
                })
            });
            stored(self.value(terms))
        };
        let Some(axes) = positions.by_axis() else {
            return positions.evaluate(0.0, |index| {
                let [x, y, z] = [0, 1, 2].map(|axis| self.support(index[axis], axis));
                value([&x, &y, &z])
            });
        };
        let [along_x, along_y, along_z]: [Vec<Option<Support>>; 3] = std::array::from_fn(|axis| {
            let positions = axes[axis].iter();
            positions
                .map(|position| position.map(|index| self.support(index, axis)))
                .collect()
        });
        positions.by_index(0.0, |[x, y, z]| {
            let known = |supports: &'_ [Option<Support>], place: usize| {
                supports.get(place).copied().flatten()
            };
            match (known(&along_x, x), known(&along_y, y), known(&along_z, z)) {
                (Some(x), Some(y), Some(z)) => value([&x, &y, &z]),
                _ => 0.0,
            }
        })
    }
}
