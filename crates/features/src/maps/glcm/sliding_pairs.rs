//! Co-occurrence features of larger kernels, from counts that slide from voxel to voxel.
//!
//! As the kernel moves on by a voxel, the pairs of neighbours with a voxel in the plane that leaves
//! are taken away, and those with one in the plane that enters are added. What is kept of each
//! direction are whole numbers: how often each pair of levels, each level, each sum and each
//! difference of levels occurs, and how many pairs of levels occur how often. They are the same
//! wherever the kernel comes from, and all sums over them run in ascending order: a value depends on
//! the voxels in its kernel alone.
//!
//! Features follow from the few sums and differences that occur, not from the many pairs. In
//! $-\sum p \log_2 p$ over pairs, all cells of one count are one term.

use super::correlation_matrix::{self, NUMBERS, Rows};
use super::few_pairs::{RANGE, Tables};
use super::maximal_correlations::MaximalCorrelations;
use super::pair_sums::{Cell, FEATURES, PairSums, mutual_information};
use crate::maps::kernel::{Kernel, Pairs, SlidingGrid};
use crate::maps::level_counts::LevelCounts;

/// The fewest voxels of a kernel whose counts slide: with fewer, few pairs counted anew are as fast.
const FEWEST: usize = 200;

/// A kernel has fewer voxels than this: counts have 16 bits, and each pair counts twice.
const MOST: usize = 1 << 15;

/// The most levels of a region: tables for all pairs of them are kept for each direction.
const MOST_LEVELS: usize = 128;

/// The pairs of neighbours in a kernel along one direction, by their first voxel's place in the grid
/// after the kernel's corner.
struct Direction {
    /// From the first voxel of a pair to the second.
    stride: usize,
    all: Vec<u32>,
    /// Those with a voxel in the kernel's first plane across the line that it moves along.
    leaving: Vec<u32>,
    /// Those with a voxel in its last plane.
    entering: Vec<u32>,
}

impl Direction {
    fn new(pairs: &Pairs, kernel: &Kernel, grid: &SlidingGrid) -> Self {
        let [width, ..] = kernel.size;
        let mut direction = Self {
            stride: grid.stride(pairs.step).unsigned_abs(),
            all: Vec::new(),
            leaving: Vec::new(),
            entering: Vec::new(),
        };
        for &first in &pairs.firsts {
            let ends = [first as usize, first as usize + pairs.stride];
            let columns = ends.map(|place| place % width);
            let start = grid.after_corner(first as usize) as u32;
            direction.all.push(start);
            if columns.contains(&0) {
                direction.leaving.push(start);
            }
            if columns.contains(&(width - 1)) {
                direction.entering.push(start);
            }
        }
        direction
    }
}

/// What the counts of all kernels slide over.
pub(super) struct SlidingPairs {
    directions: Vec<Direction>,
    /// How far the level of each number is above the region's lowest.
    levels: Vec<u16>,
    lowest: u32,
    /// $c \log_2 c$ and $1 / \sqrt{c}$ of every count.
    logarithms: Vec<f64>,
    inverse_roots: Vec<f64>,
}

impl SlidingPairs {
    /// `None` where counting anew is faster, or tables would be too large.
    pub(super) fn new(grid: &SlidingGrid, kernel: &Kernel, pairs: &[Pairs]) -> Option<Self> {
        let gray_levels = grid.gray_levels();
        let (lowest, highest) = (*gray_levels.first()?, *gray_levels.last()?);
        let voxels: usize = kernel.size.iter().product();
        if !grid.slides()
            || !(FEWEST..MOST).contains(&voxels)
            || gray_levels.len() > MOST_LEVELS
            || (highest - lowest) as usize >= RANGE
        {
            return None;
        }
        let mut levels = vec![0];
        levels.extend(gray_levels.iter().map(|level| (level - lowest) as u16));
        let counts = 0..=2 * voxels;
        let logarithm = |c: usize| match c {
            0 => 0.0,
            _ => c as f64 * (c as f64).log2(),
        };
        let directions = pairs.iter();
        Some(Self {
            directions: directions
                .map(|pairs| Direction::new(pairs, kernel, grid))
                .collect(),
            levels,
            lowest,
            logarithms: counts.clone().map(logarithm).collect(),
            inverse_roots: counts.map(|c| 1.0 / (c.max(1) as f64).sqrt()).collect(),
        })
    }
}

/// The pairs along one direction in the kernel.
#[derive(Clone, Debug)]
struct PairCounts {
    /// Number of pairs.
    pairs: usize,
    /// How often each pair of numbers occurs, the lower one's row first.
    joint: Vec<u16>,
    /// How many pairs of numbers occur so often; that of 0 means nothing.
    repeats: Vec<u16>,
    /// None occurs more often than this.
    most: usize,
    rows: Vec<u16>,
    /// By the sum and by the difference of levels, in levels above the region's lowest.
    sums: Vec<u16>,
    differences: Vec<u16>,
}

impl PairCounts {
    fn new(numbers: usize, range: usize, pairs: usize) -> Self {
        Self {
            pairs: 0,
            joint: vec![0; numbers * numbers],
            repeats: vec![0; pairs + 1],
            most: 0,
            rows: vec![0; numbers],
            sums: vec![0; 2 * range + 1],
            differences: vec![0; range + 1],
        }
    }

    fn clear(&mut self) {
        self.pairs = 0;
        self.most = 0;
        let tables = [&mut self.joint, &mut self.repeats, &mut self.rows];
        for table in tables
            .into_iter()
            .chain([&mut self.sums, &mut self.differences])
        {
            table.fill(0);
        }
    }

    /// Adds the pairs at some places after the corner of `cells`, or takes them away.
    #[inline(always)]
    fn change<const ADD: bool>(
        &mut self,
        cells: &[u16],
        stride: usize,
        places: &[u32],
        levels: &[u16],
    ) {
        let by = |count: &mut u16| {
            *count = if ADD {
                count.wrapping_add(1)
            } else {
                count.wrapping_sub(1)
            };
        };
        let numbers = levels.len();
        let seconds = cells.get(stride..).unwrap_or_default();
        for &place in places {
            let (a, b) = (cells[place as usize], seconds[place as usize]);
            if a == 0 || b == 0 {
                continue;
            }
            let [low, high] = [a.min(b), a.max(b)].map(usize::from);
            let cell = &mut self.joint[low * numbers + high];
            let before = usize::from(*cell);
            by(cell);
            let after = usize::from(*cell);
            self.repeats[before] = self.repeats[before].wrapping_sub(1);
            self.repeats[after] = self.repeats[after].wrapping_add(1);
            if ADD {
                self.most = self.most.max(after);
                self.pairs += 1;
            } else {
                self.pairs -= 1;
            }
            by(&mut self.rows[low]);
            by(&mut self.rows[high]);
            let [low, high] = [low, high].map(|number| usize::from(levels[number]));
            by(&mut self.sums[low + high]);
            by(&mut self.differences[high - low]);
        }
    }
}

/// The counts of one kernel after the other.
pub(super) struct SlidingCounts {
    /// Corner of the kernel that is counted.
    corner: Option<usize>,
    voxels: LevelCounts,
    directions: Vec<PairCounts>,
    /// Number and level of each level of the kernel, ascending.
    occupied: Vec<(usize, u16)>,
    /// Cells and rows of a direction by the place in `occupied`, from 1.
    cells: Vec<Cell>,
    rows: Vec<u16>,
}

impl SlidingCounts {
    pub(super) fn new(pairs: &SlidingPairs) -> Self {
        let numbers = pairs.levels.len();
        let range = pairs.levels.last().copied().map_or(0, usize::from);
        let directions = pairs.directions.iter();
        Self {
            corner: None,
            voxels: LevelCounts::new(numbers - 1),
            directions: directions
                .map(|direction| PairCounts::new(numbers, range, direction.all.len()))
                .collect(),
            occupied: Vec::new(),
            cells: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Moves to a kernel: a voxel on from the last one, or anew. Gives back its number of levels.
    pub(super) fn move_to(
        &mut self,
        corner: usize,
        grid: &SlidingGrid,
        pairs: &SlidingPairs,
    ) -> usize {
        let cells = grid.from(corner);
        let before = self.corner.replace(corner);
        let counts = self.directions.iter_mut().zip(&pairs.directions);
        match before.filter(|before| before + 1 == corner) {
            Some(before) => {
                grid.each_leaving(before, |number| self.voxels.remove(number));
                grid.each_entering(corner, |number| self.voxels.add(number));
                let old = grid.from(before);
                for (counts, direction) in counts {
                    let Direction {
                        leaving,
                        entering,
                        stride,
                        ..
                    } = direction;
                    counts.change::<false>(old, *stride, leaving, &pairs.levels);
                    counts.change::<true>(cells, *stride, entering, &pairs.levels);
                }
            }
            None => {
                self.voxels.clear();
                grid.each(corner, |number| self.voxels.add(number));
                for (counts, direction) in counts {
                    counts.clear();
                    let Direction { stride, all, .. } = direction;
                    counts.change::<true>(cells, *stride, all, &pairs.levels);
                }
            }
        }
        self.occupied.clear();
        let numbers = self.voxels.occupied().map(|(number, _)| number);
        self.occupied
            .extend(numbers.map(|number| (number, pairs.levels[number])));
        self.occupied.len()
    }

    /// The mean of each feature over the directions that have pairs in the kernel, and the number of
    /// these; NaN where there are none. The maximal correlation of each direction is added to
    /// `correlations`, if there are such and the kernel has few levels; its place in the means holds
    /// nothing.
    pub(super) fn means(
        &mut self,
        pairs: &SlidingPairs,
        tables: &Tables,
        mut correlations: Option<&mut MaximalCorrelations>,
    ) -> ([f64; FEATURES], usize) {
        let mut totals = [0.0; FEATURES];
        let mut used = 0;
        for direction in 0..self.directions.len() {
            let counts = &mut self.directions[direction];
            if counts.pairs == 0 {
                continue;
            }
            while counts.most > 0 && counts.repeats[counts.most] == 0 {
                counts.most -= 1;
            }
            used += 1;
            let (values, flat) = self.values(direction, pairs, tables);
            for (total, value) in totals.iter_mut().zip(values) {
                *total += value;
            }
            let Some(correlations) = &mut correlations else {
                continue;
            };
            if flat {
                correlations.add(tables.flat_correlation);
                continue;
            }
            self.add_correlation(direction, pairs, correlations);
        }
        (totals.map(|total| total / used as f64), used)
    }

    /// The features of a direction, and whether its pairs have one level.
    fn values(
        &mut self,
        direction: usize,
        pairs: &SlidingPairs,
        tables: &Tables,
    ) -> ([f64; FEATURES], bool) {
        let counts = &self.directions[direction];
        let logarithm = |count: u16| pairs.logarithms[usize::from(count)];
        let ends = [self.occupied.first(), self.occupied.last()];
        let [lowest, highest] = ends.map(|end| end.map_or(0, |&(_, level)| usize::from(level)));
        let mut logarithms = [0.0; 4];
        let mut energy = 0;
        let mut largest = counts.most as u32;
        let repeats = counts.repeats.iter().take(counts.most + 1);
        for (count, &cells) in repeats.enumerate().skip(1) {
            logarithms[0] += f64::from(cells) * logarithm(count as u16);
            energy += u32::from(cells) * (count * count) as u32;
        }
        for &(number, _) in &self.occupied {
            logarithms[1] += logarithm(counts.rows[number]);
            // A pair of equal levels counts twice in its one cell, others once in each of two.
            let same = u32::from(counts.joint[number * pairs.levels.len() + number]);
            energy += same * same;
            largest = largest.max(2 * same);
        }
        let (mut sum, mut sum_square) = (0_u64, 0_u64);
        let sums = &counts.sums[2 * lowest..=2 * highest];
        for (s, &times) in (0..).zip(sums) {
            let weighted = u64::from(times) * s;
            sum += weighted;
            sum_square += weighted * s;
            logarithms[2] += logarithm(times);
        }
        // Third and fourth moments of the sums, m^3 and m^4 times.
        let mut moments = [0.0; 2];
        let m = counts.pairs as u64;
        for (s, &times) in (0..).zip(sums) {
            let deviation = (m * s) as i64 as f64 - sum as f64;
            let squared = deviation * deviation;
            let weighted = f64::from(times) * squared;
            moments[0] += weighted * deviation;
            moments[1] += weighted * squared;
        }
        let (mut difference, mut square) = (0_u64, 0_u64);
        let mut inverses = [0.0; 5];
        let differences = &counts.differences[..=highest - lowest];
        for ((k, &times), terms) in (0..).zip(differences).zip(tables.inverses.iter()) {
            let weighted = u64::from(times) * k;
            difference += weighted;
            square += weighted * k;
            logarithms[3] += logarithm(times);
            for (inverse, term) in inverses.iter_mut().zip(terms) {
                *inverse += f64::from(times) * term;
            }
        }
        let sums = PairSums {
            lowest: f64::from(pairs.lowest + lowest as u32),
            count: counts.pairs,
            sum,
            difference,
            square,
            // (i + j)^2 - (i - j)^2 = 4 i j.
            product: (sum_square - square) / 4,
            moments,
            energy,
            largest,
            equal: f64::from(counts.differences[0]),
            logarithms,
            inverses,
        };
        let count = counts.pairs;
        sums.values(|| {
            self.list_cells(direction);
            mutual_information(count, &self.cells, &self.rows)
        })
    }

    /// Adds the maximal correlation of a direction, or its matrix.
    fn add_correlation(
        &self,
        direction: usize,
        pairs: &SlidingPairs,
        correlations: &mut MaximalCorrelations,
    ) {
        let counts = &self.directions[direction];
        // Number and voxels of each row that is not empty.
        let (mut numbers, mut rows) = ([0; NUMBERS], [0; NUMBERS]);
        let mut size = 0;
        for &(number, _) in self.occupied.iter().take(NUMBERS - 1) {
            (numbers[size], rows[size]) = (number, counts.rows[number]);
            size += usize::from(rows[size] != 0);
        }
        let rows = Rows {
            numbers: &numbers[..size],
            voxels: &rows[..size],
            joint: &counts.joint,
            width: counts.rows.len(),
        };
        let inverse_root = |c: usize| pairs.inverse_roots[c];
        correlation_matrix::add_rows(correlations, counts.pairs, &rows, inverse_root);
    }

    /// Lists the cells of a direction and the voxels of its rows.
    fn list_cells(&mut self, direction: usize) {
        let counts = &self.directions[direction];
        let numbers = counts.rows.len();
        let levels = self.occupied.len();
        self.rows.clear();
        self.rows.push(0);
        self.cells
            .resize(levels * (levels + 1) / 2 + 1, ([0; 2], 0));
        // Whether a cell occurs is hard to foretell: each is written, and kept if it does.
        let mut listed = 0;
        for (i, &(number, _)) in (1_u8..).zip(&self.occupied) {
            self.rows.push(counts.rows[number]);
            let row = &counts.joint[number * numbers..][..numbers];
            let rest = &self.occupied[usize::from(i) - 1..];
            for (j, &(number, _)) in (i..).zip(rest) {
                let times = row[number];
                self.cells[listed] = ([i, j], times);
                listed += usize::from(times != 0);
            }
        }
        self.cells.truncate(listed);
    }
}
