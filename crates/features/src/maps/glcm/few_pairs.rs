//! Co-occurrence features of kernels of few grey levels, from whole numbers.
//!
//! A small kernel has at most some dozens of pairs of neighbours along a direction. With $m$ pairs
//! each cell of a symmetric matrix is a whole number over $2 m$: no matrix is made. Each pair is
//! looked at once; what it adds to sums and entropies follows from how often its levels, their sum
//! and their difference have been met before. $c$ voxels of a kind become $c + 1$, and the sum of
//! all $c \log_2 c$ grows by a number from a table. Variances come from sums that are exact.
//!
//! The $\epsilon$ in PyRadiomics' logarithms and divisors ([`crate::texture`]) changes these
//! features by a share of some 1e-14 and is left out. Where a feature is 0 but for rounding it is 0.

use super::side_by_side::{LANES, MOST_ROWS, SideBySide};
use crate::maps::kernel::Pairs;

/// The features, in the order in which they are computed.
pub(super) const NAMES: [&str; 24] = [
    "Autocorrelation",
    "ClusterProminence",
    "ClusterShade",
    "ClusterTendency",
    "Contrast",
    "Correlation",
    "DifferenceAverage",
    "DifferenceEntropy",
    "DifferenceVariance",
    "Id",
    "Idm",
    "Idmn",
    "Idn",
    "Imc1",
    "Imc2",
    "InverseVariance",
    "JointAverage",
    "JointEnergy",
    "JointEntropy",
    "MCC",
    "MaximumProbability",
    "SumAverage",
    "SumEntropy",
    "SumSquares",
];

/// Number of [`NAMES`].
pub(super) const FEATURES: usize = NAMES.len();

/// Places of the features in [`NAMES`] that are not written in one piece with the others.
const MCC: usize = 19;

/// A kernel has fewer voxels than this, so that a place in it needs no check.
const PLACES: usize = 512;

/// A kernel has fewer grey levels than this; number 0 is outside.
const NUMBERS: usize = MOST_ROWS;

/// A kernel's highest grey level is less than this above its lowest.
const RANGE: usize = 1024;

/// Numbers that depend on counts and differences alone.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    /// $(c + 1) \log_2 (c + 1) - c \log_2 c$ for each $c$.
    growth: Box<[f64; 2 * PLACES]>,
    /// $1 / \sqrt{c}$.
    inverse_roots: Box<[f64; 2 * PLACES]>,
    /// What a difference of levels adds to id, idm, idmn, idn and inverse variance.
    inverses: Box<[[f64; 5]; RANGE]>,
    /// MCC of a kernel of one level.
    flat_correlation: f64,
}

impl Tables {
    /// For a region of so many grey levels, the highest of which is given.
    pub(super) fn new(levels: usize, highest: u32) -> Option<Self> {
        let product = |c: f64| if c > 0.0 { c * c.log2() } else { 0.0 };
        let growth = |c: usize| product(c as f64 + 1.0) - product(c as f64);
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
        let growth: Box<[f64]> = counts.clone().map(growth).collect();
        let inverse_roots: Box<[f64]> = counts.map(|c| 1.0 / (c.max(1) as f64).sqrt()).collect();
        let inverses: Box<[[f64; 5]]> = (0..RANGE).map(inverses).collect();
        Some(Self {
            growth: growth.try_into().ok()?,
            inverse_roots: inverse_roots.try_into().ok()?,
            inverses: inverses.try_into().ok()?,
            // The region's lowest and highest level are always rows of a kernel's matrix.
            flat_correlation: if levels == 1 { 1.0 } else { 0.0 },
        })
    }
}

/// A matrix whose eigenvalues are still to be found.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    /// Whose direction it is, by number among those with pairs.
    direction: usize,
    rows: usize,
    /// Its cells and the numbers of voxels in its rows end here in the lists of all.
    ends: [usize; 2],
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
    /// The two numbers of every pair of a direction.
    pairs: [[u8; 2]; PLACES],
    /// How often each pair of numbers, number, sum and difference of levels has been met; 0 between
    /// directions.
    joint: [u16; NUMBERS * NUMBERS],
    rows: [u16; NUMBERS],
    sums: [u16; 2 * RANGE],
    differences: [u16; RANGE],
    /// Sums over directions.
    totals: [f64; FEATURES],
    directions: usize,
    /// The maximal correlation of each direction.
    correlations: Vec<f64>,
    waiting: Vec<Waiting>,
    /// Row, column and value of the cells of matrices that wait.
    cells: Vec<(u8, u8, f64)>,
    /// The leading eigenvectors of these.
    leading: Vec<f64>,
    side_by_side: SideBySide,
}

impl FewPairs {
    pub(super) fn new() -> Self {
        Self {
            numbers: [0; PLACES],
            levels: [0; NUMBERS],
            lowest: 0.0,
            level_count: 0,
            pairs: [[0; 2]; PLACES],
            joint: [0; NUMBERS * NUMBERS],
            rows: [0; NUMBERS],
            sums: [0; 2 * RANGE],
            differences: [0; RANGE],
            totals: [0.0; FEATURES],
            directions: 0,
            correlations: Vec::new(),
            waiting: Vec::new(),
            cells: Vec::new(),
            leading: Vec::new(),
            side_by_side: SideBySide::new(),
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
    /// these; NaN where there are none. The maximal correlation is left out unless it is asked for.
    pub(super) fn means(
        &mut self,
        directions: &[Pairs],
        tables: &Tables,
        maximal_correlation: bool,
    ) -> ([f64; FEATURES], usize) {
        self.totals = [0.0; FEATURES];
        self.directions = 0;
        self.correlations.clear();
        self.waiting.clear();
        self.cells.clear();
        self.leading.clear();
        for direction in directions {
            let count = self.gather(direction);
            if count > 0 {
                self.add_direction(count, tables, maximal_correlation);
                self.directions += 1;
            }
        }
        self.find_waiting();
        self.totals[MCC] = self.correlations.iter().sum();
        let directions = self.directions as f64;
        (self.totals.map(|total| total / directions), self.directions)
    }

    /// Lists the pairs along a direction whose voxels both count, and gives back their number.
    fn gather(&mut self, pairs: &Pairs) -> usize {
        let mut count = 0;
        for &first in &pairs.firsts {
            let first = first as usize;
            let ends = [first, first + pairs.stride].map(|place| self.numbers[place % PLACES]);
            self.pairs[count % PLACES] = ends;
            count += usize::from(ends[0].min(ends[1]) != 0);
        }
        count
    }

    fn add_direction(&mut self, count: usize, tables: &Tables, maximal_correlation: bool) {
        let pairs = self.pairs.get(..count).unwrap_or_default();
        let growth = |count: &mut u16| {
            let grown = tables.growth[usize::from(*count) % (2 * PLACES)];
            *count += 1;
            grown
        };
        // Sums over pairs: of the two levels, of their differences, these squared, of products.
        let (mut sum, mut difference, mut square, mut product) = (0_u64, 0_u64, 0_u64, 0_u64);
        let (mut energy, mut largest) = (0_u32, 0_u32);
        // Of c log c: cells, rows, sums, differences.
        let mut logarithms = [0.0; 4];
        let mut inverses = [0.0; 5];
        for &[a, b] in pairs {
            let [va, vb] =
                [a, b].map(|number| u32::from(self.levels[usize::from(number) % NUMBERS]));
            let (s, d) = (va + vb, va.abs_diff(vb));
            sum += u64::from(s);
            difference += u64::from(d);
            square += u64::from(d * d);
            product += u64::from(va * vb);
            let cell = &mut self.joint[cell_of([a, b])];
            // A pair of equal levels counts twice in its one cell, others once in each of two.
            let twice = u32::from(a == b);
            energy += (2 * u32::from(*cell) + 1) << twice;
            largest = largest.max((u32::from(*cell) + 1) << twice);
            logarithms[0] += growth(cell);
            for number in [a, b] {
                logarithms[1] += growth(&mut self.rows[usize::from(number) % NUMBERS]);
            }
            logarithms[2] += growth(&mut self.sums[s as usize % (2 * RANGE)]);
            logarithms[3] += growth(&mut self.differences[d as usize % RANGE]);
            for (sum, term) in inverses.iter_mut().zip(tables.inverses[d as usize % RANGE]) {
                *sum += term;
            }
        }
        let m = count as u64;
        // Third and fourth moments of the sums, m^3 and m^4 times.
        let (mut third, mut fourth) = (0.0, 0.0);
        for &[a, b] in pairs {
            let [va, vb] =
                [a, b].map(|number| u64::from(self.levels[usize::from(number) % NUMBERS]));
            let deviation = (m * (va + vb)) as f64 - sum as f64;
            let squared = deviation * deviation;
            third += squared * deviation;
            fourth += squared * squared;
        }
        let share = 1.0 / count as f64;
        let squared_share = share * share;
        // Sums of squares of both levels, of their sum; then variances, 4 m^2 and m^2 times.
        let level_squares = square + 2 * product;
        let variance = (2 * m * level_squares - sum * sum) as f64;
        let covariance = 4.0 * (m * product) as f64 - (sum * sum) as f64;
        let sum_variance = (m * (level_squares + 2 * product) - sum * sum) as f64;
        let difference_variance = (m * square - difference * difference) as f64;
        let logarithm = (count as f64).log2();
        let [cells, rows, sums, differences] = logarithms;
        let equal = f64::from(self.differences[0]);
        let joint_entropy = 1.0 + logarithm - (cells + equal) * share;
        let row_entropy = 1.0 + logarithm - 0.5 * rows * share;
        let flat = variance == 0.0;
        let [imc1, imc2] = if flat {
            [0.0; 2]
        } else {
            let mut information = 2.0 * row_entropy - joint_entropy;
            if information < CLOSE {
                information = self.mutual_information(count);
            }
            let imc1 = (joint_entropy - 2.0 * row_entropy) / row_entropy;
            [imc1, (1.0 - (-2.0 * information).exp()).sqrt()]
        };
        let average = self.lowest + 0.5 * sum as f64 * share;
        let autocorrelation =
            (product as f64 + self.lowest * sum as f64) * share + self.lowest * self.lowest;
        let values = [
            autocorrelation,
            fourth * squared_share * squared_share * share,
            third * squared_share * squared_share,
            sum_variance * squared_share,
            square as f64 * share,
            if flat { 1.0 } else { covariance / variance },
            difference as f64 * share,
            logarithm - differences * share,
            difference_variance * squared_share,
            inverses[0] * share,
            inverses[1] * share,
            inverses[2] * share,
            inverses[3] * share,
            imc1,
            imc2,
            inverses[4] * share,
            average,
            0.5 * f64::from(energy) * squared_share,
            joint_entropy,
            0.0,
            0.5 * f64::from(largest) * share,
            2.0 * average,
            logarithm - sums * share,
            0.25 * variance * squared_share,
        ];
        for (total, value) in self.totals.iter_mut().zip(values) {
            *total += value;
        }
        if maximal_correlation {
            let value = if flat {
                Some(tables.flat_correlation)
            } else {
                self.maximal_correlation(count, tables)
            };
            self.correlations.push(value.unwrap_or(0.0));
        }
        self.forget(count);
    }

    /// $\sum p(i,j) \log_2 \frac{p(i,j)}{p_x(i) p_y(j)}$ where it is small: each logarithm is that of
    /// nearly 1.
    fn mutual_information(&self, count: usize) -> f64 {
        let total = 2 * count as i64;
        let term = |&[a, b]: &[u8; 2]| {
            let cell = i64::from(self.joint[cell_of([a, b])]) << u32::from(a == b);
            let [x, y] = [a, b].map(|number| i64::from(self.rows[usize::from(number) % NUMBERS]));
            ((cell * total - x * y) as f64 / (x * y) as f64).ln_1p()
        };
        let pairs = self.pairs.get(..count).unwrap_or_default();
        let sum: f64 = pairs.iter().map(term).sum();
        (sum / (count as f64 * std::f64::consts::LN_2)).max(0.0)
    }

    /// Makes all counts 0 again.
    fn forget(&mut self, count: usize) {
        for &[a, b] in self.pairs.get(..count).unwrap_or_default() {
            let [va, vb] = [a, b].map(|number| self.levels[usize::from(number) % NUMBERS]);
            self.joint[cell_of([a, b])] = 0;
            self.sums[usize::from(va + vb) % (2 * RANGE)] = 0;
            self.differences[usize::from(va.abs_diff(vb)) % RANGE] = 0;
        }
        self.rows = [0; NUMBERS];
    }

    /// The maximal correlation of a matrix of several levels, or `None` where it is to wait for its
    /// eigenvalues.
    fn maximal_correlation(&mut self, count: usize, tables: &Tables) -> Option<f64> {
        let mut places = [0_u8; NUMBERS];
        let mut numbers = [0_u8; NUMBERS];
        let mut rows = 0;
        let occupied = self.rows.iter().zip(&mut places).enumerate();
        for (number, (voxels, place)) in occupied.take(self.level_count + 1).skip(1) {
            *place = rows as u8;
            numbers[rows % NUMBERS] = number as u8;
            rows += usize::from(*voxels > 0);
        }
        let pairs = self.pairs.get(..count).unwrap_or_default();
        let mut links = [0_u32; NUMBERS];
        for ends in pairs {
            let [a, b] = ends.map(|number| places[usize::from(number) % NUMBERS]);
            links[usize::from(a) % NUMBERS] |= 1 << (b % 32);
            links[usize::from(b) % NUMBERS] |= 1 << (a % 32);
        }
        if fall_apart(&links, rows) {
            return Some(1.0);
        }
        let voxels = |place: usize| {
            let number = numbers[place % NUMBERS];
            usize::from(self.rows[usize::from(number) % NUMBERS])
        };
        let cell =
            |ends: [u8; 2]| u32::from(self.joint[cell_of(ends)]) << u32::from(ends[0] == ends[1]);
        if rows == 2 {
            // The trace less 1.
            let [x, y] = [0, 1].map(|place| voxels(place) as f64);
            let [a, b] = [numbers[0], numbers[1]].map(|number| f64::from(cell([number; 2])));
            return Some(((a * y + b * x - x * y) / (x * y)).abs());
        }
        for &[a, b] in pairs {
            let [x, y] = [a, b].map(|number| {
                let voxels = usize::from(self.rows[usize::from(number) % NUMBERS]);
                tables.inverse_roots[voxels % (2 * PLACES)]
            });
            let [i, j] = [a, b].map(|number| places[usize::from(number) % NUMBERS]);
            self.cells.push((i, j, f64::from(cell([a, b])) * (x * y)));
        }
        let all = tables.inverse_roots[2 * count % (2 * PLACES)];
        for row in 0..rows {
            let voxels = voxels(row);
            let root = voxels as f64 * tables.inverse_roots[voxels % (2 * PLACES)];
            self.leading.push(root * all);
        }
        self.waiting.push(Waiting {
            direction: self.directions,
            rows,
            ends: [self.cells.len(), self.leading.len()],
        });
        None
    }

    /// Finds the maximal correlations that wait, several side by side.
    fn find_waiting(&mut self) {
        let mut starts = [0; 2];
        for group in self.waiting.chunks(LANES) {
            let rows = group.iter().map(|one| one.rows).max().unwrap_or(0);
            self.side_by_side.clear(rows);
            for (lane, one) in group.iter().enumerate() {
                let cells = self.cells.get(starts[0]..one.ends[0]).unwrap_or_default();
                for &(i, j, value) in cells {
                    let place = [i, j].map(usize::from);
                    self.side_by_side.set_cell(lane, place, value);
                }
                let leading = self.leading.get(starts[1]..one.ends[1]).unwrap_or_default();
                for (row, &value) in leading.iter().enumerate() {
                    self.side_by_side.set_leading(lane, row, value);
                }
                starts = one.ends;
            }
            let found = self.side_by_side.second_magnitudes();
            for (one, value) in group.iter().zip(found) {
                if let Some(place) = self.correlations.get_mut(one.direction) {
                    *place = value;
                }
            }
        }
    }
}

/// Entropies that are closer than this, in bits, are compared with more care.
const CLOSE: f64 = 1e-6;

/// Where a pair of numbers is counted; the order of the two does not matter.
fn cell_of([a, b]: [u8; 2]) -> usize {
    let [a, b] = [a.min(b), a.max(b)].map(usize::from);
    (a * NUMBERS + b) % (NUMBERS * NUMBERS)
}

/// Whether the rows and the columns of a symmetric matrix fall apart into groups without a cell
/// between them: each group has an eigenvalue of 1 or -1. `links` has a bit for each cell of a row.
///
/// Levels of two kinds, with cells only from one to the other, fall apart too: rows of one kind and
/// columns of the other are a group.
fn fall_apart(links: &[u32; NUMBERS], rows: usize) -> bool {
    let join = |mut from: u32| {
        let mut to = 0;
        while from != 0 {
            to |= links[from.trailing_zeros() as usize % NUMBERS];
            from &= from - 1;
        }
        to
    };
    let all = (1_u32 << (rows % 32)) - 1;
    let (mut rows_reached, mut columns_reached) = (1, 0);
    let mut new_rows = 1;
    while new_rows != 0 {
        let new_columns = join(new_rows) & !columns_reached;
        columns_reached |= new_columns;
        new_rows = join(new_columns) & !rows_reached;
        rows_reached |= new_rows;
        if rows_reached == all {
            return false;
        }
    }
    true
}
