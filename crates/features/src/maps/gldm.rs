//! Dependence features of kernels.

use super::engine::AroundVoxel;
use super::kernel::{Kernel, Pairs, SlidingGrid};
use super::links::Links;
use super::palette::Palette;
use crate::catalogue::Feature;
use crate::settings::ImagePlan;
use crate::texture::LevelBySize;

/// What the dependence features of all kernels are computed from.
pub(super) struct GldmMaps<'a> {
    grid: &'a SlidingGrid,
    pairs: Vec<Pairs>,
    /// The dependent neighbours of every voxel, where they are few.
    links: Option<Links>,
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
        let (pairs, alpha) = (kernel.pairs(&plan.neighbourhood), plan.gldm_alpha);
        let levels = grid.gray_levels();
        let close = |a: u16, b: u16| {
            let [a, b] = [a, b].map(|number| levels[usize::from(number) - 1]);
            a.abs_diff(b) <= alpha
        };
        Self {
            grid,
            links: Links::new(grid, kernel, &pairs, close),
            pairs,
            alpha,
            features,
        }
    }
}

/// Room for one kernel.
pub(super) struct Room {
    window: Vec<u16>,
    palette: Palette,
    links: Vec<u32>,
    dependent: Vec<u32>,
    cells: Vec<u32>,
    matrix: LevelBySize,
}

/// Counts the dependent neighbours of every voxel of a window, pair by pair.
fn count_dependent(
    window: &[u16],
    directions: &[Pairs],
    alpha: u32,
    levels: &[u32],
    dependent: &mut Vec<u32>,
) {
    dependent.resize(window.len(), 0);
    let level = |number: u16| levels.get(usize::from(number).wrapping_sub(1));
    for pairs in directions {
        for &first in &pairs.firsts {
            let (first, second) = (first as usize, first as usize + pairs.stride);
            let close = match [window[first], window[second]].map(level) {
                [Some(a), Some(b)] => a.abs_diff(*b) <= alpha,
                _ => false,
            };
            dependent[first] += u32::from(close);
            dependent[second] += u32::from(close);
        }
    }
}

impl AroundVoxel for GldmMaps<'_> {
    type Room = Room;

    fn room(&self) -> Room {
        Room {
            window: Vec::new(),
            palette: Palette::new(self.grid.gray_levels().len()),
            links: Vec::new(),
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
        if let Some(links) = &self.links {
            links.look(self.grid, corner, &mut room.links);
            let dependent = room.links.iter().map(|links| links.count_ones());
            room.dependent.extend(dependent);
        } else {
            count_dependent(
                &room.window,
                &self.pairs,
                self.alpha,
                levels,
                &mut room.dependent,
            );
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
