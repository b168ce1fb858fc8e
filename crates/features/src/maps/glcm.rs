//! Co-occurrence features of kernels.

use super::engine::AroundVoxel;
use super::kernel::{Kernel, Pairs, SlidingGrid};
use super::palette::Palette;
use crate::catalogue::Feature;
use crate::settings::ImagePlan;
use crate::texture::DirectionMean;
use crate::texture::glcm::{Cooccurrence, Pair};

/// What the co-occurrence features of all kernels are computed from.
pub(super) struct GlcmMaps<'a> {
    grid: &'a SlidingGrid,
    pairs: Vec<Pairs>,
    /// Weight of each direction, where their matrices are joined.
    weights: Option<Vec<f64>>,
    symmetrical: bool,
    /// Number of directions in which some kernel has a pair.
    directions: usize,
    features: Vec<&'static Feature<Cooccurrence>>,
}

impl<'a> GlcmMaps<'a> {
    pub(super) fn new(
        grid: &'a SlidingGrid,
        plan: &ImagePlan,
        kernel: &Kernel,
        spacing: [f64; 3],
        voxels: &[usize],
        features: Vec<&'static Feature<Cooccurrence>>,
    ) -> Self {
        let pairs = kernel.pairs(&plan.neighbourhood);
        // The square of the length is taken of the norm itself, as PyRadiomics does.
        let weight = |norm: crate::texture::WeightingNorm, step| {
            norm.length(step, spacing).map_or(1.0, |d| (-(d * d)).exp())
        };
        let weights = plan.glcm.weighting.map(|norm| {
            let weights = pairs.iter().map(|pairs| weight(norm, pairs.step));
            weights.collect()
        });
        let mut window = Vec::new();
        let mut found = |pairs: &Pairs| {
            voxels.iter().any(|&voxel| {
                grid.look(grid.corner(voxel), &mut window);
                each_pair(&window, pairs).any(|(a, b)| a != 0 && b != 0)
            })
        };
        let directions = pairs.iter().filter(|&pairs| found(pairs)).count();
        Self {
            grid,
            pairs,
            weights,
            symmetrical: plan.glcm.symmetrical,
            directions,
            features,
        }
    }
}

/// The cells of every pair; 0 is outside.
fn each_pair<'a>(window: &'a [u16], pairs: &'a Pairs) -> impl Iterator<Item = (u16, u16)> + 'a {
    let second = window.get(pairs.stride..).unwrap_or_default();
    pairs.firsts.iter().filter_map(move |&first| {
        let first = first as usize;
        Some((*window.get(first)?, *second.get(first)?))
    })
}

/// Up to this many levels in a kernel pairs are counted in a table; beyond it they are listed and
/// sorted.
const TABLE_LEVELS: usize = 1024;

/// Room for one kernel.
pub(super) struct Room {
    window: Vec<u16>,
    palette: Palette,
    /// Count or weight of every pair of the kernel's levels, row by row; 0 between kernels.
    table: Vec<f64>,
    /// The pairs that occur.
    pairs: Vec<Pair>,
    matrix: Cooccurrence,
    mean: DirectionMean,
}

impl Room {
    /// Counts pairs of levels: in the table, listing those that it did not hold, or in the list.
    fn count(&mut self, pairs: &Pairs, symmetrical: bool, weight: f64) {
        let size = self.palette.levels().len();
        let listed = size > TABLE_LEVELS;
        for (mut a, mut b) in each_pair(&self.window, pairs) {
            if a == 0 || b == 0 {
                continue;
            }
            if symmetrical && a > b {
                std::mem::swap(&mut a, &mut b);
            }
            let mut pair = Pair {
                first: a - 1,
                second: b - 1,
                weight,
            };
            if listed {
                self.pairs.push(pair);
                continue;
            }
            let cell = usize::from(pair.first) * size + usize::from(pair.second);
            if let Some(cell) = self.table.get_mut(cell) {
                if *cell == 0.0 {
                    pair.weight = 0.0;
                    self.pairs.push(pair);
                }
                *cell += weight;
            }
        }
    }

    /// Makes the list hold each pair once, with all its weight; leaves the table empty.
    fn finish_list(&mut self) {
        let size = self.palette.levels().len();
        if size > TABLE_LEVELS {
            self.pairs.sort_by_key(|pair| (pair.first, pair.second));
            self.pairs.dedup_by(|next, kept| {
                let same = (next.first, next.second) == (kept.first, kept.second);
                if same {
                    kept.weight += next.weight;
                }
                same
            });
            return;
        }
        for pair in &mut self.pairs {
            let cell = usize::from(pair.first) * size + usize::from(pair.second);
            if let Some(cell) = self.table.get_mut(cell) {
                pair.weight = std::mem::take(cell);
            }
        }
    }
}

impl AroundVoxel for GlcmMaps<'_> {
    type Room = Room;

    fn room(&self) -> Room {
        Room {
            window: Vec::new(),
            // The maximal correlation of a kernel of one level is 1 only where the region has no
            // other: its lowest and highest level are always rows of the matrix.
            palette: Palette::with_ends(self.grid.gray_levels().len()),
            table: Vec::new(),
            pairs: Vec::new(),
            matrix: Cooccurrence::default(),
            mean: DirectionMean::new(self.features.len()),
        }
    }

    fn corner(&self, offset: usize) -> usize {
        self.grid.corner(offset)
    }

    fn values(&self, corner: usize, room: &mut Room, out: &mut [f64]) {
        self.grid.look(corner, &mut room.window);
        room.palette
            .renumber(&mut room.window, self.grid.gray_levels());
        let size = room.palette.levels().len();
        if size <= TABLE_LEVELS && room.table.len() < size * size {
            room.table.resize(size * size, 0.0);
        }
        room.mean.clear();
        let mut used = 0;
        let mut finish = |room: &mut Room| {
            room.finish_list();
            let levels = room.palette.levels();
            let highest = self.grid.gray_levels().last().copied().unwrap_or(0);
            let filled = room
                .matrix
                .fill(&room.pairs, self.symmetrical, levels, highest);
            room.pairs.clear();
            if filled {
                used += 1;
                room.mean.add(&self.features, &room.matrix);
            }
        };
        if let Some(weights) = &self.weights {
            for (pairs, &weight) in self.pairs.iter().zip(weights) {
                room.count(pairs, self.symmetrical, weight);
            }
            finish(room);
        } else {
            for pairs in &self.pairs {
                room.count(pairs, self.symmetrical, 1.0);
                finish(room);
            }
        }
        let directions = match self.weights {
            Some(_) => 1.min(self.directions),
            None => self.directions,
        };
        for ((out, value), feature) in out.iter_mut().zip(room.mean.values()).zip(&self.features) {
            *out = match feature.name {
                "JointAverage" if used < directions => f64::NAN,
                "InverseVariance" if self.grid.gray_levels().len() == 1 && directions > 0 => 0.0,
                _ => value,
            };
        }
    }
}
