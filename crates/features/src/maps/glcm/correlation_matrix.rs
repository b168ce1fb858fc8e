//! The matrix whose second eigenvalue is the maximal correlation of a direction, from its cells.

use super::maximal_correlations::MaximalCorrelations;
use super::pair_sums::Cell;
use super::side_by_side::MOST_ROWS;

/// Numbers of levels are lower than this.
pub(super) const NUMBERS: usize = MOST_ROWS;

/// Adds the maximal correlation of `count` pairs of several levels, or the matrix that has it.
/// `rows` holds the voxels of each number, `inverse_root` gives $1 / \sqrt{c}$ of a count.
pub(super) fn add(
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
    if fall_apart(&links, present) {
        correlations.add(1.0);
        return;
    }
    let size = present.count_ones() as usize;
    if size == 2 {
        // The trace less 1.
        let numbers = [present.trailing_zeros(), 31 - present.leading_zeros()];
        let [x, y] = numbers.map(|number| f64::from(rows[number as usize % NUMBERS]));
        let [a, b] = numbers.map(|number| {
            let same = cells.iter().find(|(ends, _)| *ends == [number as u8; 2]);
            f64::from(2 * same.map_or(0, |&(_, times)| times))
        });
        correlations.add(((a * y + b * x - x * y) / (x * y)).abs());
        return;
    }
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
