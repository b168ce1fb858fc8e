//! Dependence features of kernels.

use super::engine::AroundVoxel;
use super::kernel::{Kernel, Pairs, SlidingGrid};
use super::level_counts::LevelCounts;
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
    counts: Option<Counts>,
}

/// Counts that slide.
struct Counts {
    /// Corner of the kernel that is counted.
    corner: Option<usize>,
    voxels: LevelCounts,
    /// Voxels of each level number (row) and number of dependent neighbours; row 0 is never read.
    cells: Vec<u32>,
    /// Length of a row.
    sizes: usize,
}

/// What is added to a cell to make it one less.
const ONE_LESS: u32 = u32::MAX;

impl Counts {
    /// For so many levels and dependent neighbours.
    fn new(levels: usize, neighbours: usize) -> Self {
        let sizes = neighbours + 1;
        Self {
            corner: None,
            voxels: LevelCounts::new(levels),
            cells: vec![0; (levels + 1) * sizes],
            sizes,
        }
    }

    /// Counts the kernel at `corner`, from what changes if the one before it was the last.
    fn count(&mut self, grid: &SlidingGrid, links: &Links, corner: usize) {
        let numbers = grid.from(0);
        let (cells, sizes) = (&mut self.cells, self.sizes);
        let slid = self.corner.is_some_and(|last| last + 1 == corner);
        if !slid {
            cells.fill(0);
            self.voxels.clear();
        }
        let mut add = |at: usize, place: usize, voxels: u32| {
            let row = usize::from(numbers[at]) * sizes;
            let cell = &mut cells[row + links.count(at, place)];
            *cell = cell.wrapping_add(voxels);
        };
        let mut first = 0;
        for line in grid.lines(corner) {
            let width = line.len();
            if slid {
                let (start, end, last) = (line.start, line.end - 1, first + width - 1);
                add(start - 1, first, ONE_LESS);
                add(start, first + 1, ONE_LESS);
                add(start, first, 1);
                add(end - 1, last, ONE_LESS);
                add(end - 1, last - 1, 1);
                add(end, last, 1);
            } else {
                (first..)
                    .zip(line)
                    .for_each(|(place, at)| add(at, place, 1));
            }
            first += width;
        }
        if slid {
            grid.each_leaving(corner - 1, |number| self.voxels.remove(number));
            grid.each_entering(corner, |number| self.voxels.add(number));
        } else {
            grid.each(corner, |number| self.voxels.add(number));
        }
        self.corner = Some(corner);
    }

    /// The number of a level, a number of dependent neighbours and how many voxels have both, in order.
    fn occupied(&self) -> impl Iterator<Item = (usize, usize, u32)> {
        self.voxels.occupied().flat_map(|(number, _)| {
            let row = &self.cells[number * self.sizes..][..self.sizes];
            let cells = row.iter().enumerate().filter(|(_, voxels)| **voxels > 0);
            cells.map(move |(dependent, &voxels)| (number, dependent, voxels))
        })
    }
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

impl GldmMaps<'_> {
    /// Counts a kernel of few voxels, or one whose neighbours are too many for bits.
    fn count_anew(&self, corner: usize, room: &mut Room) {
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
            counts: (self.links.is_some() && self.grid.slides_with_neighbours())
                .then(|| Counts::new(self.grid.gray_levels().len(), 2 * self.pairs.len())),
        }
    }

    fn corner(&self, offset: usize) -> usize {
        self.grid.corner(offset)
    }

    fn values(&self, corner: usize, room: &mut Room, out: &mut [f64]) {
        match (&self.links, &mut room.counts) {
            (Some(links), Some(counts)) => {
                counts.count(self.grid, links, corner);
                let levels = self.grid.gray_levels();
                let cells = counts.occupied();
                room.matrix
                    .fill_sorted(cells.map(|(number, dependent, voxels)| {
                        (levels[number - 1], dependent + 1, f64::from(voxels))
                    }));
            }
            _ => self.count_anew(corner, room),
        }
        for (out, feature) in out.iter_mut().zip(&self.features) {
            *out = (feature.value)(&room.matrix);
        }
    }
}
