//! Co-occurrence features of kernels.
//!
//! Where matrices are symmetric, [`few_pairs`] computes them of small kernels and [`sliding_pairs`] of
//! larger ones, and both put off their maximal correlations ([`maximal_correlations`]); all others go
//! through the matrices of a region's features.

mod correlation_matrix;
mod few_pairs;
mod maximal_correlations;
mod pair_sums;
mod side_by_side;
mod sliding_pairs;

use correlation_matrix::NUMBERS;
use few_pairs::{FewPairs, Tables};
use maximal_correlations::MaximalCorrelations;
use pair_sums::{FEATURES, NAMES};
use sliding_pairs::{SlidingCounts, SlidingPairs};

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
    few: Option<Few>,
}

/// What kernels need whose features come from whole numbers.
struct Few {
    tables: Tables,
    /// Where counts slide from kernel to kernel.
    sliding: Option<SlidingPairs>,
    /// Places of the features in [`NAMES`].
    places: Vec<usize>,
    /// Where the maximal correlation is among the features.
    maximal_correlation: Option<usize>,
}

impl Few {
    /// `None` where the features are to come from matrices.
    fn new(
        grid: &SlidingGrid,
        plan: &ImagePlan,
        kernel: &Kernel,
        pairs: &[Pairs],
        features: &[&'static Feature<Cooccurrence>],
    ) -> Option<Self> {
        if plan.glcm.weighting.is_some() || !plan.glcm.symmetrical {
            return None;
        }
        let levels = grid.gray_levels();
        let place = |feature: &&Feature<Cooccurrence>| {
            let mut names = NAMES.iter();
            names.position(|name| *name == feature.name)
        };
        Some(Self {
            tables: Tables::new(levels.len(), levels.last().copied().unwrap_or(0))?,
            sliding: SlidingPairs::new(grid, kernel, pairs),
            places: features.iter().map(place).collect::<Option<_>>()?,
            maximal_correlation: features.iter().position(|feature| feature.name == "MCC"),
        })
    }

    /// Puts the wanted ones of the means of all features where they belong.
    fn put(&self, means: &[f64; FEATURES], out: &mut [f64]) {
        for (out, &place) in out.iter_mut().zip(&self.places) {
            *out = means.get(place).copied().unwrap_or(f64::NAN);
        }
    }
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
        let few = Few::new(grid, plan, kernel, &pairs, &features);
        Self {
            grid,
            pairs,
            weights,
            symmetrical: plan.glcm.symmetrical,
            directions,
            features,
            few,
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
    /// Without the levels that a matrix always has.
    own_palette: Palette,
    few: Box<FewPairs>,
    sliding: Option<SlidingCounts>,
    /// Those of the kernels since the last [`AroundVoxel::finish`].
    correlations: MaximalCorrelations,
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
        let few = self.few.as_ref();
        Room {
            window: Vec::new(),
            // The maximal correlation of a kernel of one level is 1 only where the region has no
            // other: its lowest and highest level are always rows of the matrix.
            palette: Palette::with_ends(self.grid.gray_levels().len()),
            own_palette: Palette::new(self.grid.gray_levels().len()),
            few: Box::new(FewPairs::new()),
            sliding: few.and_then(|few| few.sliding.as_ref().map(SlidingCounts::new)),
            correlations: MaximalCorrelations::new(),
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
        let whole = self.sliding_means(corner, room, out);
        let whole = whole.or_else(|| self.few_pair_means(corner, room, out));
        let used = whole.unwrap_or_else(|| {
            let used = self.matrix_means(&self.features, corner, room, out);
            let few = self.few.as_ref();
            let known = few.and_then(|few| out.get(few.maximal_correlation?));
            if let (Some(&value), true) = (known, used > 0) {
                room.correlations.add(value);
            }
            used
        });
        room.correlations.end_kernel();
        let directions = match self.weights {
            Some(_) => 1.min(self.directions),
            None => self.directions,
        };
        for (out, feature) in out.iter_mut().zip(&self.features) {
            match feature.name {
                "JointAverage" if used < directions => *out = f64::NAN,
                "InverseVariance" if self.grid.gray_levels().len() == 1 && directions > 0 => {
                    *out = 0.0;
                }
                _ => {}
            }
        }
    }

    fn finish(&self, room: &mut Room, put: &mut dyn FnMut(usize, usize, f64)) {
        let feature = self.few.as_ref().and_then(|few| few.maximal_correlation);
        room.correlations.finish(|kernel, value| {
            if let Some(feature) = feature {
                put(kernel, feature, value);
            }
        });
    }
}

impl GlcmMaps<'_> {
    /// The features of a kernel from counts that slide and the number of directions that have pairs;
    /// `None` where they do not.
    fn sliding_means(&self, corner: usize, room: &mut Room, out: &mut [f64]) -> Option<usize> {
        let few = self.few.as_ref()?;
        let pairs = few.sliding.as_ref()?;
        let counts = room.sliding.as_mut()?;
        let levels = counts.move_to(corner, self.grid, pairs);
        let small = levels < NUMBERS;
        let wanted = few.maximal_correlation.is_some();
        let correlations = (wanted && small).then_some(&mut room.correlations);
        let (means, used) = counts.means(pairs, &few.tables, correlations);
        few.put(&means, out);
        // One of many levels comes from the matrices.
        let feature = few.maximal_correlation.and_then(|at| self.features.get(at));
        if let (Some(feature), false, true) = (feature, small, used > 0) {
            let mut value = [f64::NAN];
            self.matrix_means(&[*feature], corner, room, &mut value);
            room.correlations.add(value[0]);
        }
        Some(used)
    }

    /// The features of a kernel of few pairs and the number of directions that have some; `None`
    /// where they are to come from matrices.
    fn few_pair_means(&self, corner: usize, room: &mut Room, out: &mut [f64]) -> Option<usize> {
        let few = self.few.as_ref()?;
        self.grid.look(corner, &mut room.window);
        room.own_palette
            .renumber(&mut room.window, self.grid.gray_levels());
        if !room.few.look(&room.window, room.own_palette.levels()) {
            return None;
        }
        let wanted = few.maximal_correlation.is_some();
        let correlations = wanted.then_some(&mut room.correlations);
        let (means, used) = room.few.means(&self.pairs, &few.tables, correlations);
        few.put(&means, out);
        Some(used)
    }

    /// Features of a kernel from its matrices, and the number of these.
    fn matrix_means(
        &self,
        features: &[&'static Feature<Cooccurrence>],
        corner: usize,
        room: &mut Room,
        out: &mut [f64],
    ) -> usize {
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
                room.mean.add(features, &room.matrix);
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
        for (out, value) in out.iter_mut().zip(room.mean.values()) {
            *out = value;
        }
        used
    }
}
