//! The matrix whose second eigenvalue is the maximal correlation of a direction, from its cells.

use super::maximal_correlations::MaximalCorrelations;
use super::pair_sums::Cell;
use super::side_by_side::MOST_ROWS;

/// Numbers of levels are lower than this.
pub(super) const NUMBERS: usize = MOST_ROWS;

/// Adds the maximal correlation of `count` pairs of several levels, or the matrix that has it.
/// `rows` holds the voxels of each number, `inverse_root` gives $1 / \sqrt{c}$ of a count.
pub(super) fn add_cells(
    correlations: &mut MaximalCorrelations,
    count: usize,
    cells: &[Cell],
    rows: &[u16; NUMBERS],
    inverse_root: impl Fn(usize) -> f64,
) {
    // A bit for each number; which numbers lie beside each.
    let mut present = 0_u32;
    let mut links = [0_u32; NUMBERS];
    for &(ends, _) in cells {
        let [a, b] = ends.map(|number| usize::from(number) % NUMBERS);
        links[a] |= 1 << b;
        links[b] |= 1 << a;
        present |= 1 << a | 1 << b;
    }
    let same = |number: usize| {
        let cell = cells.iter().find(|(ends, _)| *ends == [number as u8; 2]);
        cell.map_or(0, |&(_, times)| times)
    };
    if let Some(value) = without_matrix(&links, present, |number| rows[number], same) {
        correlations.add(value);
        return;
    }
    let size = present.count_ones() as usize;
    correlations.add_matrix(size, |matrix| {
        // The row of each number, and one over the root of its voxels.
        let mut places = [(0, 0.0); NUMBERS];
        let all = inverse_root(2 * count);
        let mut rest = present;
        for row in 0..size {
            let number = rest.trailing_zeros() as usize % NUMBERS;
            rest &= rest.wrapping_sub(1);
            let voxels = usize::from(rows[number]);
            let inverse_root = inverse_root(voxels);
            places[number] = (row, inverse_root);
            matrix.set_leading(row, voxels as f64 * inverse_root * all);
        }
        for &(ends, times) in cells {
            let [(i, x), (j, y)] = ends.map(|number| places[usize::from(number) % NUMBERS]);
            let times = u32::from(times) << u32::from(i == j);
            matrix.set_cell([i, j], f64::from(times) * (x * y));
        }
    });
}

/// The rows of a symmetric table of counts that are not empty, ascending.
pub(super) struct Rows<'a> {
    /// Their numbers in the table, and the voxels of each.
    pub(super) numbers: &'a [usize],
    pub(super) voxels: &'a [u16],
    /// The table, row by row; a pair is counted in the row of its lower number.
    pub(super) joint: &'a [u16],
    pub(super) width: usize,
}

impl Rows<'_> {
    fn of(&self, i: usize) -> &[u16] {
        let start = self.numbers[i] * self.width;
        self.joint
            .get(start..start + self.width)
            .unwrap_or_default()
    }

    fn times(&self, i: usize, j: usize) -> u16 {
        self.of(i)[self.numbers[j]]
    }
}

/// The same from a table of the counts of all cells; it has fewer rows than [`NUMBERS`].
pub(super) fn add_rows(
    correlations: &mut MaximalCorrelations,
    count: usize,
    rows: &Rows<'_>,
    inverse_root: impl Fn(usize) -> f64,
) {
    let size = rows.numbers.len().min(NUMBERS - 1);
    let mut links = [0_u32; NUMBERS];
    for i in 0..size {
        let row = rows.of(i);
        let mut ahead = 0;
        for (j, &number) in rows.numbers.iter().enumerate().skip(i) {
            ahead |= u32::from(row[number] != 0) << j;
        }
        links[i] |= ahead;
        each_bit(ahead, |j| links[j] |= 1 << i);
    }
    let present = (1 << size) - 1;
    if let Some(value) = without_matrix(&links, present, |i| rows.voxels[i], |i| rows.times(i, i)) {
        correlations.add(value);
        return;
    }
    correlations.add_matrix(size, |matrix| {
        let all = inverse_root(2 * count);
        let mut inverse_roots = [0.0; NUMBERS];
        for (i, &voxels) in rows.voxels.iter().enumerate().take(size) {
            inverse_roots[i] = inverse_root(voxels.into());
            matrix.set_leading(i, f64::from(voxels) * inverse_roots[i] * all);
        }
        for i in 0..size {
            let row = rows.of(i);
            each_bit(links[i] & (u32::MAX << i), |j| {
                let times = u32::from(row[rows.numbers[j]]) << u32::from(i == j);
                let value = f64::from(times) * (inverse_roots[i] * inverse_roots[j]);
                matrix.set_cell([i, j], value);
            });
        }
    });
}

/// Gives the place of every bit that is set, ascending, to `take`.
#[inline]
fn each_bit(mut bits: u32, mut take: impl FnMut(usize)) {
    while bits != 0 {
        take(bits.trailing_zeros() as usize % NUMBERS);
        bits &= bits - 1;
    }
}

/// The maximal correlation where no matrix is needed for it. `rows` gives the voxels of each number,
/// `same` its pairs with itself.
fn without_matrix(
    links: &[u32; NUMBERS],
    present: u32,
    rows: impl Fn(usize) -> u16,
    same: impl Fn(usize) -> u16,
) -> Option<f64> {
    if fall_apart(links, present) {
        return Some(1.0);
    }
    if present.count_ones() != 2 {
        return None;
    }
    // The trace less 1.
    let numbers = [present.trailing_zeros(), 31 - present.leading_zeros()];
    let numbers = numbers.map(|number| number as usize % NUMBERS);
    let [x, y] = numbers.map(|number| f64::from(rows(number)));
    let [a, b] = numbers.map(|number| f64::from(2 * same(number)));
    Some(((a * y + b * x - x * y) / (x * y)).abs())
}

/// Whether the rows and the columns of a symmetric matrix fall apart into groups without a cell
/// between them: each group has an eigenvalue of 1 or -1. `links` has a bit for each cell of a row,
/// `present` one for each row.
///
/// Levels of two kinds, with cells only from one to the other, fall apart too: rows of one kind and
/// columns of the other are a group.
fn fall_apart(links: &[u32; NUMBERS], present: u32) -> bool {
    let join = |mut from: u32| {
        let mut to = 0;
        while from != 0 {
            to |= links[from.trailing_zeros() as usize % NUMBERS];
            from &= from - 1;
        }
        to
    };
    let mut new_rows = present & present.wrapping_neg();
    let (mut rows_reached, mut columns_reached) = (new_rows, 0);
    while new_rows != 0 {
        let new_columns = join(new_rows) & !columns_reached;
        columns_reached |= new_columns;
        new_rows = join(new_columns) & !rows_reached;
        rows_reached |= new_rows;
        if rows_reached == present {
            return false;
        }
    }
    true
}
