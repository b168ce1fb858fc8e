//! Tone difference features of kernels.

use super::engine::AroundVoxel;
use super::kernel::{Kernel, Pairs, SlidingGrid};
use super::palette::Palette;
use crate::catalogue::Feature;
use crate::settings::ImagePlan;
use crate::texture::ngtdm::ToneDifference;

/// What the tone difference features of all kernels are computed from.
pub(super) struct NgtdmMaps<'a> {
    grid: &'a SlidingGrid,
    pairs: Vec<Pairs>,
    features: Vec<&'static Feature<ToneDifference>>,
}

impl<'a> NgtdmMaps<'a> {
    pub(super) fn new(
        grid: &'a SlidingGrid,
        plan: &ImagePlan,
        kernel: &Kernel,
        features: Vec<&'static Feature<ToneDifference>>,
    ) -> Self {
        Self {
            grid,
            pairs: kernel.pairs(&plan.neighbourhood),
            features,
        }
    }
}

/// Room for one kernel.
pub(super) struct Room {
    window: Vec<u16>,
    palette: Palette,
    /// Sum of the neighbours' levels and their number, for every voxel of the kernel.
    neighbours: Vec<(u64, u32)>,
    /// Number of voxels and sum of differences of every level.
    tones: Vec<(u32, f64)>,
    matrix: ToneDifference,
}

impl AroundVoxel for NgtdmMaps<'_> {
    type Room = Room;

    fn room(&self) -> Room {
        Room {
            window: Vec::new(),
            palette: Palette::new(self.grid.gray_levels().len()),
            neighbours: Vec::new(),
            tones: Vec::new(),
            matrix: ToneDifference::default(),
        }
    }

    fn corner(&self, offset: usize) -> usize {
        self.grid.corner(offset)
    }

    fn values(&self, corner: usize, room: &mut Room, out: &mut [f64]) {
        self.grid.look(corner, &mut room.window);
        room.palette
            .renumber(&mut room.window, self.grid.gray_levels());
        let levels = room.palette.levels();
        let level = |number: u16| u64::from(levels[usize::from(number) - 1]);
        room.neighbours.clear();
        room.neighbours.resize(room.window.len(), (0, 0));
        for pairs in &self.pairs {
            for &first in &pairs.firsts {
                let (first, second) = (first as usize, first as usize + pairs.stride);
                let (a, b) = (room.window[first], room.window[second]);
                if a != 0 && b != 0 {
                    room.neighbours[first].0 += level(b);
                    room.neighbours[first].1 += 1;
                    room.neighbours[second].0 += level(a);
                    room.neighbours[second].1 += 1;
                }
            }
        }
        room.tones.clear();
        room.tones.resize(levels.len(), (0, 0.0));
        let mut voxels = 0;
        for (&number, &(sum, count)) in room.window.iter().zip(&room.neighbours) {
            if number == 0 {
                continue;
            }
            voxels += 1;
            let tone = &mut room.tones[usize::from(number) - 1];
            tone.0 += 1;
            if count > 0 {
                let mean = sum as f64 / f64::from(count);
                tone.1 += (level(number) as f64 - mean).abs();
            }
        }
        let tones = levels.iter().zip(&room.tones);
        let tones = tones.map(|(&level, &(count, difference))| (level, count, difference));
        room.matrix.fill(tones, voxels);
        for (out, feature) in out.iter_mut().zip(&self.features) {
            *out = (feature.value)(&room.matrix);
        }
    }
}
