//! Dependence features of kernels.

use super::engine::AroundVoxel;
use super::kernel::{Kernel, Pairs, SlidingGrid};
use super::palette::Palette;
use crate::catalogue::Feature;
use crate::settings::ImagePlan;
use crate::texture::LevelBySize;

/// What the dependence features of all kernels are computed from.
pub(super) struct GldmMaps<'a> {
    grid: &'a SlidingGrid,
    pairs: Vec<Pairs>,
    alpha: u32,
    features: Vec<&'static Feature<LevelBySize>>,
}

impl<'a> GldmMaps<'a> {
    pub(super) fn new(
        grid: &'a SlidingGrid,
        plan: &ImagePlan,
        kernel: &Kernel,
        features: Vec<&'static Feature<LevelBySize>>,
    ) -> Self {
        Self {
            grid,
            pairs: kernel.pairs(&plan.neighbourhood),
            alpha: plan.gldm_alpha,
            features,
        }
    }
}

/// Room for one kernel.
pub(super) struct Room {
    window: Vec<u16>,
    palette: Palette,
    dependent: Vec<u32>,
    cells: Vec<u32>,
    matrix: LevelBySize,
}

impl AroundVoxel for GldmMaps<'_> {
    type Room = Room;

    fn room(&self) -> Room {
        Room {
            window: Vec::new(),
            palette: Palette::new(self.grid.gray_levels().len()),
            dependent: Vec::new(),
            cells: Vec::new(),
            matrix: LevelBySize::default(),
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
        room.dependent.clear();
        room.dependent.resize(room.window.len(), 0);
        for pairs in &self.pairs {
            for &first in &pairs.firsts {
                let (first, second) = (first as usize, first as usize + pairs.stride);
                let (a, b) = (room.window[first], room.window[second]);
                let close = if self.alpha == 0 {
                    a == b
                } else {
                    let level = |number: u16| levels.get(usize::from(number).wrapping_sub(1));
                    match (level(a), level(b)) {
                        (Some(a), Some(b)) => a.abs_diff(*b) <= self.alpha,
                        _ => false,
                    }
                };
                room.dependent[first] += u32::from(close);
                room.dependent[second] += u32::from(close);
            }
        }
        let sizes = room.dependent.iter().copied().max().unwrap_or(0) as usize + 1;
        room.cells.clear();
        room.cells.resize(levels.len() * sizes, 0);
        for (&number, &dependent) in room.window.iter().zip(&room.dependent) {
            if number != 0 {
                room.cells[(usize::from(number) - 1) * sizes + dependent as usize] += 1;
            }
        }
        let cells = room.cells.iter().enumerate().filter(|(_, n)| **n > 0);
        room.matrix
            .fill_sorted(cells.map(|(at, &n)| (levels[at / sizes], at % sizes + 1, f64::from(n))));
        for (out, feature) in out.iter_mut().zip(&self.features) {
            *out = (feature.value)(&room.matrix);
        }
    }
}
