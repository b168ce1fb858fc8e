//! Co-occurrence features of kernels of few grey levels, from whole numbers.
//!
//! A small kernel has at most some hundreds of pairs of neighbours along a direction. With $m$ pairs
//! each cell of a symmetric matrix is a whole number over $2 m$: no matrix is made. Pairs are counted
//! in a table that is empty between directions, and only the cells that occur are looked at. What a
//! cell adds to an entropy follows from how often its levels, their sum and their difference have been
//! met before: $c$ voxels of a kind become more, and the sum of all $c \log_2 c$ grows by the
//! difference of two numbers from a table. Variances come from sums that are exact.
//!
//! The $\epsilon$ in PyRadiomics' logarithms and divisors ([`crate::texture`]) changes these
//! features by a share of some 1e-14 and is left out. Where a feature is 0 but for rounding it is 0.

use super::correlation_matrix::{self, NUMBERS};
use super::maximal_correlations::MaximalCorrelations;
use super::pair_sums::{Cell, FEATURES, PairSums, mutual_information};
use crate::maps::kernel::Pairs;

/// A kernel has fewer voxels than this, so that a place in it needs no check.
const PLACES: usize = 512;

/// A kernel's highest grey level is less than this above its lowest.
pub(super) const RANGE: usize = 1024;

/// Numbers that depend on counts and differences alone.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    /// $c \log_2 c$.
    logarithms: Box<[f64; 2 * PLACES]>,
    /// $1 / \sqrt{c}$.
    inverse_roots: Box<[f64; 2 * PLACES]>,
    /// What a difference of levels adds to id, idm, idmn, idn and inverse variance.
    pub(super) inverses: Box<[[f64; 5]; RANGE]>,
    /// MCC of a kernel of one level.
    pub(super) flat_correlation: f64,
}

impl Tables {
    /// For a region of so many grey levels, the highest of which is given.
    pub(super) fn new(levels: usize, highest: u32) -> Option<Self> {
        let logarithm = |c: usize| {
            if c > 0 {
                c as f64 * (c as f64).log2()
            } else {
                0.0
            }
        };
        let highest = f64::from(highest);
        let inverses = |k: usize| {
            let k = k as f64;
            let square = k * k;
            let variance = if k > 0.0 { 1.0 / square } else { 0.0 };
            [
                1.0 / (1.0 + k),
                1.0 / (1.0 + square),
                1.0 / (1.0 + square / (highest * highest)),
                1.0 / (1.0 + k / highest),
                variance,
            ]
        };
        let counts = 0..2 * PLACES;
        let logarithms: Box<[f64]> = counts.clone().map(logarithm).collect();
        let inverse_roots: Box<[f64]> = counts.map(|c| 1.0 / (c.max(1) as f64).sqrt()).collect();
        let inverses: Box<[[f64; 5]]> = (0..RANGE).map(inverses).collect();
        Some(Self {
            logarithms: logarithms.try_into().ok()?,
            inverse_roots: inverse_roots.try_into().ok()?,
            inverses: inverses.try_into().ok()?,
            // The region's lowest and highest level are always rows of a kernel's matrix.
            flat_correlation: if levels == 1 { 1.0 } else { 0.0 },
        })
    }
}

/// Room for the pairs of one kernel.
#[derive(Clone, Debug)]
pub(super) struct FewPairs {
    /// Number of each voxel's level in the kernel; 0 does not count.
    numbers: [u8; PLACES],
    /// How far each level is above the lowest.
    levels: [u16; NUMBERS],
    lowest: f64,
    level_count: usize,
    /// The two numbers of every pair that occurs along a direction, once, and how often it does.
    cells: [Cell; PLACES],
    /// How often each pair of numbers, number, sum and difference of levels has been met; 0 between
    /// directions.
    joint: [u16; NUMBERS * NUMBERS],
    rows: [u16; NUMBERS],
    sums: [u16; 2 * RANGE],
    differences: [u16; RANGE],
    /// Sums over directions.
    totals: [f64; FEATURES],
}

impl FewPairs {
    pub(super) fn new() -> Self {
        Self {
            numbers: [0; PLACES],
            levels: [0; NUMBERS],
            lowest: 0.0,
            level_count: 0,
            cells: [([0; 2], 0); PLACES],
            joint: [0; NUMBERS * NUMBERS],
            rows: [0; NUMBERS],
            sums: [0; 2 * RANGE],
            differences: [0; RANGE],
            totals: [0.0; FEATURES],
        }
    }

    /// Takes the numbered levels of a kernel; `false` where there are too many voxels or levels, or
    /// levels too far apart.
    pub(super) fn look(&mut self, window: &[u16], gray_levels: &[u32]) -> bool {
        let lowest = gray_levels.first().copied().unwrap_or(0);
        let highest = gray_levels.last().copied().unwrap_or(0);
        if window.len() >= PLACES
            || gray_levels.len() >= NUMBERS
            || (highest - lowest) as usize >= RANGE
        {
            return false;
        }
        for (place, &number) in self.numbers.iter_mut().zip(window) {
            *place = number as u8;
        }
        for (place, &level) in self.levels.iter_mut().skip(1).zip(gray_levels) {
            *place = (level - lowest) as u16;
        }
        self.lowest = f64::from(lowest);
        self.level_count = gray_levels.len();
        true
    }

    /// The mean of each feature over the directions that have pairs in the kernel, and the number of
    /// these; NaN where there are none. The maximal correlation of each direction is added to
    /// `correlations`, if there are such; its place in the means holds nothing.
    pub(super) fn means(
        &mut self,
        directions: &[Pairs],
        tables: &Tables,
        mut correlations: Option<&mut MaximalCorrelations>,
    ) -> ([f64; FEATURES], usize) {
        self.totals = [0.0; FEATURES];
        let mut used = 0;
        for direction in directions {
            let (count, cells) = self.count(direction);
            if count > 0 {
                let flat = self.add_direction(count, cells, tables);
                if let Some(correlations) = &mut correlations {
                    if flat {
                        correlations.add(tables.flat_correlation);
                    } else {
                        let cells = self.cells.get(..cells).unwrap_or_default();
                        correlation_matrix::add_cells(
                            correlations,
                            count,
                            cells,
                            &self.rows,
                            |c| tables.inverse_roots[c % (2 * PLACES)],
                        );
                    }
                }
                used += 1;
            }
            self.forget(cells);
        }
        let directions = used as f64;
        (self.totals.map(|total| total / directions), used)
    }

    /// Counts the pairs along a direction whose voxels both count; gives back their number and that
    /// of the cells that occur.
    fn count(&mut self, pairs: &Pairs) -> (usize, usize) {
        let (mut count, mut cells) = (0, 0);
        for &first in &pairs.firsts {
            let first = first as usize;
            let [a, b] = [first, first + pairs.stride].map(|place| self.numbers[place % PLACES]);
            let ends = [a.min(b), a.max(b)];
            let cell = &mut self.joint[cell_of(ends)];
            let counts = ends[0] != 0;
            self.cells[cells % PLACES].0 = ends;
            cells += usize::from(counts && *cell == 0);
            *cell += 1;
            count += usize::from(counts);
        }
        for (ends, times) in self.cells.iter_mut().take(cells) {
            *times = self.joint[cell_of(*ends)];
        }
        (count, cells)
    }

    /// Adds the features of the pairs to the sums over directions; `true` where they have one level.
    fn add_direction(&mut self, count: usize, cells: usize, tables: &Tables) -> bool {
        let cells = self.cells.get(..cells).unwrap_or_default();
        let logarithm = |count: u16| tables.logarithms[usize::from(count) % (2 * PLACES)];
        let growth = |count: &mut u16, more: u16| {
            let before = logarithm(*count);
            *count += more;
            logarithm(*count) - before
        };
        // Sums over pairs: of the two levels, of their differences, these squared, of products.
        let (mut sum, mut difference, mut square, mut product) = (0_u64, 0_u64, 0_u64, 0_u64);
        let (mut energy, mut largest) = (0_u32, 0_u32);
        // Of c log c: cells, rows, sums, differences.
        let mut logarithms = [0.0; 4];
        let mut inverses = [0.0; 5];
        for &([a, b], times) in cells {
            let [va, vb] =
                [a, b].map(|number| u32::from(self.levels[usize::from(number) % NUMBERS]));
            let (s, d) = (va + vb, va.abs_diff(vb));
            let weight = u32::from(times);
            sum += u64::from(weight * s);
            difference += u64::from(weight * d);
            square += u64::from(weight) * u64::from(d * d);
            product += u64::from(weight) * u64::from(va * vb);
            // A pair of equal levels counts twice in its one cell, others once in each of two.
            let twice = u32::from(a == b);
            energy += (weight * weight) << twice;
            largest = largest.max(weight << twice);
            logarithms[0] += logarithm(times);
            for number in [a, b] {
                logarithms[1] += growth(&mut self.rows[usize::from(number) % NUMBERS], times);
            }
            logarithms[2] += growth(&mut self.sums[s as usize % (2 * RANGE)], times);
            logarithms[3] += growth(&mut self.differences[d as usize % RANGE], times);
            let weight = f64::from(weight);
            for (sum, term) in inverses.iter_mut().zip(tables.inverses[d as usize % RANGE]) {
                *sum += weight * term;
            }
        }
        let m = count as u64;
        // Third and fourth moments of the sums, m^3 and m^4 times.
        let (mut third, mut fourth) = (0.0, 0.0);
        for &([a, b], times) in cells {
            let [va, vb] =
                [a, b].map(|number| u64::from(self.levels[usize::from(number) % NUMBERS]));
            let deviation = (m * (va + vb)) as f64 - sum as f64;
            let squared = deviation * deviation;
            let weighted = f64::from(times) * squared;
            third += weighted * deviation;
            fourth += weighted * squared;
        }
        let sums = PairSums {
            lowest: self.lowest,
            count,
            sum,
            difference,
            square,
            product,
            moments: [third, fourth],
            energy,
            largest,
            equal: f64::from(self.differences[0]),
            logarithms,
            inverses,
        };
        let (values, flat) = sums.values(|| mutual_information(count, cells, &self.rows));
        for (total, value) in self.totals.iter_mut().zip(values) {
            *total += value;
        }
        flat
    }

    /// Makes all counts 0 again.
    fn forget(&mut self, cells: usize) {
        for &(ends, _) in self.cells.iter().take(cells) {
            let [va, vb] = ends.map(|number| self.levels[usize::from(number) % NUMBERS]);
            self.joint[cell_of(ends)] = 0;
            self.sums[usize::from(va + vb) % (2 * RANGE)] = 0;
            self.differences[usize::from(va.abs_diff(vb)) % RANGE] = 0;
        }
        // Pairs with what does not count.
        self.joint[..NUMBERS].fill(0);
        self.rows = [0; NUMBERS];
    }
}

/// Where a pair of numbers, the lower one first, is counted.
fn cell_of(ends: [u8; 2]) -> usize {
    let [a, b] = ends.map(usize::from);
    (a * NUMBERS + b) % (NUMBERS * NUMBERS)
}

#[cfg(test)]
mod tests;
