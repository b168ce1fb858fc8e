//! Co-occurrence features of kernels.

use super::engine::AroundVoxel;
use super::kernel::{Kernel, Pairs, SlidingGrid};
use super::palette::Palette;
use crate::catalogue::Feature;
use crate::settings::ImagePlan;
use crate::texture::glcm::Cooccurrence;

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

/// Room for one kernel.
pub(super) struct Room {
    window: Vec<u16>,
    palette: Palette,
    sums: Vec<f64>,
    counts: Vec<u32>,
}

impl AroundVoxel for GlcmMaps<'_> {
    type Room = Room;

    fn room(&self) -> Room {
        Room {
            window: Vec::new(),
            palette: Palette::with_ends(self.grid.gray_levels().len()),
            sums: vec![0.0; self.features.len()],
            counts: vec![0; self.features.len()],
        }
    }

    fn corner(&self, offset: usize) -> usize {
        self.grid.corner(offset)
    }

    fn values(&self, corner: usize, room: &mut Room, out: &mut [f64]) {
        self.grid.look(corner, &mut room.window);
        room.palette
            .renumber(&mut room.window, self.grid.gray_levels());
        room.sums.fill(0.0);
        room.counts.fill(0);
        let levels = room.palette.levels();
        let size = levels.len();
        let mut used = 0;
        let mut cells = vec![0.0; size * size];
        let mut add = |cells: &[f64]| {
            let Some(matrix) = Cooccurrence::new(cells.to_vec(), levels) else {
                return;
            };
            used += 1;
            let totals = room.sums.iter_mut().zip(&mut room.counts);
            for ((sum, count), feature) in totals.zip(&self.features) {
                let value = (feature.value)(&matrix);
                if !value.is_nan() {
                    *sum += value;
                    *count += 1;
                }
            }
        };
        for (index, pairs) in self.pairs.iter().enumerate() {
            let weight = match &self.weights {
                Some(weights) => weights.get(index).copied().unwrap_or(1.0),
                None => {
                    cells.fill(0.0);
                    1.0
                }
            };
            for (a, b) in each_pair(&room.window, pairs) {
                if a != 0 && b != 0 {
                    let (a, b) = (usize::from(a) - 1, usize::from(b) - 1);
                    cells[a * size + b] += weight;
                    if self.symmetrical {
                        cells[b * size + a] += weight;
                    }
                }
            }
            if self.weights.is_none() {
                add(&cells);
            }
        }
        if self.weights.is_some() {
            add(&cells);
        }
        let directions = if self.weights.is_some() {
            1
        } else {
            self.directions
        };
        for (index, out) in out.iter_mut().enumerate() {
            *out = room.sums[index] / f64::from(room.counts[index]);
            match self.features[index].name {
                "JointAverage" if used < directions => *out = f64::NAN,
                "InverseVariance" if self.grid.gray_levels().len() == 1 && self.directions > 0 => {
                    *out = 0.0;
                }
                _ => {}
            }
        }
    }
}
