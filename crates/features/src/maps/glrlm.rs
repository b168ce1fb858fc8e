//! Run length features of kernels.

use super::engine::AroundVoxel;
use super::kernel::{Kernel, Lines, SlidingGrid};
use super::level_counts::LevelCounts;
use super::line_runs::{RunCounts, SlidingLines};
use super::palette::Palette;
use crate::catalogue::Feature;
use crate::settings::ImagePlan;
use crate::texture::{DirectionMean, LevelBySize};

/// The most cells of a matrix of counts that slide: they are all made 0 at the start of a line.
const MOST_CELLS: usize = 4096;

/// What the run length features of all kernels are computed from.
pub(super) struct GlrlmMaps<'a> {
    grid: &'a SlidingGrid,
    lines: Vec<Lines>,
    /// The same, where counts slide from kernel to kernel.
    sliding: Option<Vec<SlidingLines>>,
    /// Weight of each direction, where their matrices are joined.
    weights: Option<Vec<f64>>,
    longest: usize,
    features: Vec<&'static Feature<LevelBySize>>,
}

impl<'a> GlrlmMaps<'a> {
    pub(super) fn new(
        grid: &'a SlidingGrid,
        plan: &ImagePlan,
        kernel: &Kernel,
        spacing: [f64; 3],
        features: Vec<&'static Feature<LevelBySize>>,
    ) -> Self {
        let lines = kernel.lines(&plan.neighbourhood);
        let longest = kernel.size.into_iter().max().unwrap_or(1);
        let small = grid.gray_levels().len() * longest <= MOST_CELLS;
        let slides = grid.slides() && small && plan.glcm.weighting.is_none();
        let sliding = slides.then(|| {
            let lines = lines.iter();
            lines
                .map(|lines| SlidingLines::new(lines, kernel, grid))
                .collect()
        });
        let weights = plan.glcm.weighting.map(|norm| {
            let weight = |lines: &Lines| norm.length(lines.step, spacing).unwrap_or(1.0);
            lines.iter().map(weight).collect()
        });
        Self {
            grid,
            lines,
            sliding,
            weights,
            longest,
            features,
        }
    }
}

/// Room for one kernel.
pub(super) struct Room {
    window: Vec<u16>,
    palette: Palette,
    cells: Vec<f64>,
    runs: Vec<(u16, u32)>,
    matrix: LevelBySize,
    mean: DirectionMean,
    counts: Option<Counts>,
}

/// Counts that slide.
struct Counts {
    /// Corner of the kernel that is counted.
    corner: Option<usize>,
    voxels: LevelCounts,
    /// Of each direction.
    runs: Vec<RunCounts>,
}

/// Lists the number and length of every run along some lines; none where no line holds two voxels.
fn list_runs(window: &[u16], lines: &Lines, runs: &mut Vec<(u16, u32)>) {
    runs.clear();
    let mut lonely = true;
    for &(start, length) in &lines.starts {
        let places = window.get(start as usize..).unwrap_or_default();
        let line = places.iter().step_by(lines.stride).take(length as usize);
        let (mut number, mut run, mut voxels) = (0, 0, 0);
        for &next in line {
            voxels += u32::from(next != 0);
            if next == number {
                run += 1;
                continue;
            }
            if number != 0 {
                runs.push((number, run));
            }
            (number, run) = (next, 1);
        }
        if number != 0 {
            runs.push((number, run));
        }
        lonely &= voxels < 2;
    }
    if lonely {
        runs.clear();
    }
}

impl AroundVoxel for GlrlmMaps<'_> {
    type Room = Room;

    fn room(&self) -> Room {
        Room {
            window: Vec::new(),
            palette: Palette::new(self.grid.gray_levels().len()),
            cells: Vec::new(),
            runs: Vec::new(),
            matrix: LevelBySize::default(),
            mean: DirectionMean::new(self.features.len()),
            counts: self.sliding.as_ref().map(|directions| {
                let levels = self.grid.gray_levels().len();
                let runs = || RunCounts::new(levels, self.longest);
                Counts {
                    corner: None,
                    voxels: LevelCounts::new(levels),
                    runs: directions.iter().map(|_| runs()).collect(),
                }
            }),
        }
    }

    fn corner(&self, offset: usize) -> usize {
        self.grid.corner(offset)
    }

    fn values(&self, corner: usize, room: &mut Room, out: &mut [f64]) {
        match &self.sliding {
            Some(directions) => self.add_sliding(directions, corner, room),
            None => self.add_anew(corner, room),
        }
        for (out, value) in out.iter_mut().zip(room.mean.values()) {
            *out = value;
        }
    }
}

impl GlrlmMaps<'_> {
    /// Adds the features of each direction of a kernel, from counts that slide.
    fn add_sliding(&self, directions: &[SlidingLines], corner: usize, room: &mut Room) {
        room.mean.clear();
        let Some(counts) = &mut room.counts else {
            return;
        };
        let grid = self.grid;
        let before = counts.corner.replace(corner);
        let slides = before.is_some_and(|before| before + 1 == corner);
        if slides {
            grid.each_leaving(corner - 1, |number| counts.voxels.remove(number));
            grid.each_entering(corner, |number| counts.voxels.add(number));
        } else {
            counts.voxels.clear();
            grid.each(corner, |number| counts.voxels.add(number));
        }
        let voxels = counts.voxels.occupied();
        let voxels = voxels.map(|(_, voxels)| voxels as usize).sum();
        for (lines, runs) in directions.iter().zip(&mut counts.runs) {
            if slides {
                runs.slide(lines, grid, corner);
            } else {
                runs.count(lines, grid, corner);
            }
            let levels = grid.gray_levels();
            let lonely = runs.lonely(lines, grid, corner, voxels);
            let numbers = counts.voxels.occupied().filter(|_| !lonely);
            let cells = numbers.flat_map(|(number, _)| {
                let lengths = (1..).zip(runs.of(number)).filter(|(_, count)| **count > 0);
                lengths.map(move |(length, &count)| (levels[number - 1], length, f64::from(count)))
            });
            room.matrix.fill_sorted(cells);
            room.mean.add(&self.features, &room.matrix);
        }
    }

    /// The same, from the kernel alone; the directions may be joined by weights.
    fn add_anew(&self, corner: usize, room: &mut Room) {
        self.grid.look(corner, &mut room.window);
        room.palette
            .renumber(&mut room.window, self.grid.gray_levels());
        let levels = room.palette.levels();
        room.mean.clear();
        room.cells.clear();
        room.cells.resize(levels.len() * self.longest, 0.0);
        let mut add = |cells: &[f64]| {
            let cells = cells.iter().enumerate().filter(|(_, n)| **n != 0.0);
            room.matrix.fill_sorted(
                cells.map(|(at, &n)| (levels[at / self.longest], at % self.longest + 1, n)),
            );
            room.mean.add(&self.features, &room.matrix);
        };
        for (index, lines) in self.lines.iter().enumerate() {
            list_runs(&room.window, lines, &mut room.runs);
            let weight = match &self.weights {
                Some(weights) => weights.get(index).copied().unwrap_or(1.0),
                None => {
                    room.cells.fill(0.0);
                    1.0
                }
            };
            for &(number, run) in &room.runs {
                let cell = (usize::from(number) - 1) * self.longest + run as usize - 1;
                room.cells[cell] += weight;
            }
            if self.weights.is_none() {
                add(&room.cells);
            }
        }
        if self.weights.is_some() {
            add(&room.cells);
        }
    }
}
