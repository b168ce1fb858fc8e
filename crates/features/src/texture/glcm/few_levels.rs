//! The second largest singular value of a co-occurrence matrix of few levels.
//!
//! A small matrix, such as that of a kernel, is solved whole: what lies along the leading singular
//! vector is taken out, Householder's reflections make the rest tridiagonal, and Laguerre's steps go
//! from a bound to the outermost eigenvalue. Nothing is allocated.
//!
//! Sources: G. H. Golub, C. F. Van Loan, Matrix Computations, 4th edition, section 8.3; for the
//! steps J. H. Wilkinson, The Algebraic Eigenvalue Problem, 1965, chapter 7, sections 27 to 29.

use super::cooccurrence::Pair;
use crate::texture::EPSILON;

/// The most rows, and columns, that count as few.
const FEW: usize = 32;

/// Beside products of marginals above this, $\epsilon$ changes no more than the tenth digit.
const NOTICED: f64 = 1e-6;

/// The number of an empty row or column.
const EMPTY: u8 = u8::MAX;

/// The largest numbers of levels that are looked at; their rows are mostly empty.
const LEVELS: usize = 512;

/// The second largest singular value of $p(i,k) / \sqrt{p_x(i)\, p_y(k) + \epsilon}$ where at most
/// [`FEW`] rows and columns are not empty, `None` where there are more. The cells of a `symmetric`
/// matrix are those with `first <= second`, and its columns are its rows.
pub(super) fn second_of_few(
    cells: &[Pair],
    symmetric: bool,
    row_sums: &[f64],
    column_sums: &[f64],
) -> Option<f64> {
    let mut rows = Numbering::new(row_sums.len())?;
    let mut columns = Numbering::new(column_sums.len())?;
    for cell in cells {
        rows.add(cell.first)?;
        if symmetric {
            rows.add(cell.second)?;
        } else {
            columns.add(cell.second)?;
        }
    }
    let columns = if symmetric { rows.clone() } else { columns };
    let size = rows.count;
    if size < 2 {
        return Some(0.0);
    }
    let mut links = Links::default();
    let mut matrix = [0.0; FEW * FEW];
    let width = columns.count;
    let mut least = f64::INFINITY;
    for cell in cells {
        let (i, k) = (rows.of(cell.first), columns.of(cell.second));
        let product = row_sums[usize::from(cell.first)] * column_sums[usize::from(cell.second)];
        least = f64::min(least, product);
        let scaled = cell.weight / (product + EPSILON).sqrt();
        links.add(i, k);
        matrix[i * width + k] = scaled;
        if symmetric {
            links.add(k, i);
            matrix[k * width + i] = scaled;
        }
    }
    // A group of rare levels has less than 1, for epsilon counts beside so small a product.
    if least > NOTICED && links.fall_apart(size) {
        return Some(1.0);
    }
    let mut vector = [0.0; FEW];
    for (&number, sum) in rows.numbers.iter().zip(row_sums) {
        if number != EMPTY {
            vector[usize::from(number)] = sum.sqrt();
        }
    }
    let vector = &vector[..size];
    let matrix = &mut matrix[..size * width];
    take_out(matrix, vector);
    if symmetric {
        transpose(matrix, size);
        take_out(matrix, vector);
        return Some(largest_magnitude(matrix, size));
    }
    let mut square = [0.0; FEW * FEW];
    let square = &mut square[..size * size];
    for (i, a) in matrix.chunks_exact(width).enumerate() {
        for (j, b) in matrix.chunks_exact(width).enumerate().take(i + 1) {
            let product = a.iter().zip(b).map(|(a, b)| a * b).sum();
            square[i * size + j] = product;
            square[j * size + i] = product;
        }
    }
    // The square of a value that is 0 but for rounding would be seen in the root.
    let value = largest_magnitude(square, size);
    Some(if value < 1e-15 { 0.0 } else { value.sqrt() })
}

/// Numbers of the levels that occur, in the order in which they are added.
#[derive(Clone)]
struct Numbering {
    numbers: [u8; LEVELS],
    count: usize,
}

impl Numbering {
    fn new(levels: usize) -> Option<Self> {
        (levels <= LEVELS).then_some(Self {
            numbers: [EMPTY; LEVELS],
            count: 0,
        })
    }

    /// `None` where there are more than few.
    fn add(&mut self, level: u16) -> Option<()> {
        let number = self.numbers.get_mut(usize::from(level))?;
        if *number == EMPTY {
            if self.count == FEW {
                return None;
            }
            *number = self.count as u8;
            self.count += 1;
        }
        Some(())
    }

    fn of(&self, level: u16) -> usize {
        usize::from(self.numbers[usize::from(level)])
    }
}

/// Which rows have a cell in which columns, as bits.
#[derive(Default)]
struct Links {
    of_row: [u32; FEW],
    of_column: [u32; FEW],
}

impl Links {
    fn add(&mut self, row: usize, column: usize) {
        self.of_row[row] |= 1 << column;
        self.of_column[column] |= 1 << row;
    }

    /// Whether rows and columns fall apart into groups without a cell between them. Each group then
    /// has a singular value of 1, so the second largest is 1 too.
    ///
    /// A symmetric matrix whose levels are of two kinds, with cells only from one to the other,
    /// falls apart in the same way: its rows of one kind and its columns of the other are a group.
    fn fall_apart(&self, rows: usize) -> bool {
        let join = |links: &[u32; FEW], mut from: u32| {
            let mut to = 0;
            while from != 0 {
                to |= links[from.trailing_zeros() as usize];
                from &= from - 1;
            }
            to
        };
        let mut reached = 1_u32;
        loop {
            let further = reached | join(&self.of_column, join(&self.of_row, reached));
            if further == reached {
                break;
            }
            reached = further;
        }
        (reached.count_ones() as usize) < rows
    }
}

/// Takes out of every column what lies along a vector of length 1.
fn take_out(matrix: &mut [f64], vector: &[f64]) {
    let width = matrix.len() / vector.len();
    let mut along = [0.0; FEW];
    for (row, v) in matrix.chunks_exact(width).zip(vector) {
        for (along, x) in along.iter_mut().zip(row) {
            *along += v * x;
        }
    }
    for (row, v) in matrix.chunks_exact_mut(width).zip(vector) {
        for (x, along) in row.iter_mut().zip(along) {
            *x -= v * along;
        }
    }
}

fn transpose(matrix: &mut [f64], size: usize) {
    for i in 0..size {
        for j in 0..i {
            matrix.swap(i * size + j, j * size + i);
        }
    }
}

/// The largest absolute eigenvalue of a symmetric matrix, which is used up.
fn largest_magnitude(matrix: &mut [f64], size: usize) -> f64 {
    let (mut diagonal, mut squares) = ([0.0; FEW], [0.0; FEW]);
    let (mut bound, mut before) = (0.0_f64, 0.0);
    for k in 0..size {
        diagonal[k] = matrix[k * size + k];
        let after = if k + 1 < size {
            reflect(matrix, size, k)
        } else {
            0.0
        };
        // The square of what lies between a row and the one before it.
        squares[k] = before * before;
        // No eigenvalue lies outside Gershgorin's discs.
        bound = bound.max(diagonal[k].abs() + f64::abs(before) + after.abs());
        before = after;
    }
    let (diagonal, squares) = (&mut diagonal[..size], &squares[..size]);
    let mut largest = greatest_eigenvalue(diagonal, squares, bound);
    // The least one is the greatest of the negative matrix, if that reaches farther.
    diagonal.iter_mut().for_each(|d| *d = -*d);
    if Slopes::new(diagonal, squares, largest.max(0.0)).is_none() {
        largest = greatest_eigenvalue(diagonal, squares, bound);
    }
    largest.max(0.0)
}

/// The logarithmic derivatives of a characteristic polynomial beyond its greatest root.
struct Slopes {
    /// $\sum_k 1 / (x - \lambda_k)$.
    first: f64,
    /// $\sum_k 1 / (x - \lambda_k)^2$.
    second: f64,
}

impl Slopes {
    /// `None` where some eigenvalue is not below `x`.
    ///
    /// The polynomial is the product of $q_i = x - d_i - b_i^2 / q_{i-1}$, which are all positive
    /// beyond the greatest root (Sturm).
    fn new(diagonal: &[f64], squares: &[f64], x: f64) -> Option<Self> {
        let (mut first, mut second) = (0.0, 0.0);
        // 1 / q, q' / q and q'' / q of the row before.
        let (mut inverse, mut slope, mut bend) = (0.0, 0.0, 0.0);
        for (d, square) in diagonal.iter().zip(squares) {
            let over = square * inverse;
            let q = x - d - over;
            if q <= 0.0 || q.is_nan() {
                return None;
            }
            inverse = 1.0 / q;
            let next = (1.0 + over * slope) * inverse;
            bend = over * (bend - 2.0 * slope * slope) * inverse;
            slope = next;
            first += slope;
            second += slope * slope - bend;
        }
        Some(Self { first, second })
    }
}

/// Steps after which a root is taken as it is; five are usual.
const MOST_STEPS: usize = 100;

/// The greatest eigenvalue of a tridiagonal matrix, from a bound above it, by Laguerre's steps: they
/// come down to the greatest root and do not pass it.
fn greatest_eigenvalue(diagonal: &[f64], squares: &[f64], bound: f64) -> f64 {
    let count = diagonal.len() as f64;
    let mut x = bound;
    for _ in 0..MOST_STEPS {
        // Rounding alone leads to the root or past it.
        let Some(Slopes { first, second }) = Slopes::new(diagonal, squares, x) else {
            break;
        };
        let spread = (count - 1.0) * (count * second - first * first);
        let step = count / (first + spread.max(0.0).sqrt());
        x -= step;
        if step <= 1e-15 * bound {
            break;
        }
    }
    x
}

/// Makes the cells of row and column `k` beyond those beside the diagonal 0, by a reflection, and
/// gives back the cell beside the diagonal.
fn reflect(matrix: &mut [f64], size: usize, k: usize) -> f64 {
    let start = k + 1;
    let mut vector = [0.0; FEW];
    let length = size - start;
    vector[..length].copy_from_slice(&matrix[k * size + start..(k + 1) * size]);
    let vector = &mut vector[..length];
    let first = vector[0];
    let rest: f64 = vector[1..].iter().map(|x| x * x).sum();
    if rest == 0.0 {
        return first;
    }
    let beside = -(first * first + rest).sqrt().copysign(first);
    vector[0] = first - beside;
    let scale = 2.0 / (vector[0] * vector[0] + rest);
    // The rest of the matrix becomes A - v w' - w v'.
    let mut image = [0.0; FEW];
    let mut along = 0.0;
    // The rows are the columns too: whole rows are added, which goes faster than products of them.
    for (i, v) in vector.iter().enumerate() {
        let row = &matrix[(start + i) * size + start..(start + i + 1) * size];
        for (image, a) in image.iter_mut().zip(row) {
            *image += scale * v * a;
        }
    }
    for (image, v) in image.iter().zip(&*vector) {
        along += image * v;
    }
    let half = 0.5 * scale * along;
    for (image, v) in image.iter_mut().zip(&*vector) {
        *image -= half * v;
    }
    for i in 0..length {
        let (v, w) = (vector[i], image[i]);
        let row = &mut matrix[(start + i) * size + start..(start + i + 1) * size];
        for ((x, &vj), &wj) in row.iter_mut().zip(&*vector).zip(&image) {
            *x -= v * wj + w * vj;
        }
    }
    beside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(cells: &[(u16, u16, f64)]) -> Vec<Pair> {
        let pair = |&(first, second, weight)| Pair {
            first,
            second,
            weight,
        };
        cells.iter().map(pair).collect()
    }

    #[test]
    fn groups_of_levels_are_seen() {
        // Levels 0 and 1 beside themselves alone; levels 0 and 2 only beside one another.
        let apart = pairs(&[(0, 0, 0.5), (1, 1, 0.5)]);
        assert_eq!(second_of_few(&apart, true, &[0.5; 2], &[0.5; 2]), Some(1.0));
        let (crossed, sums) = (pairs(&[(0, 2, 0.5)]), [0.5, 0.0, 0.5]);
        assert_eq!(second_of_few(&crossed, true, &sums, &sums), Some(1.0));
        assert_eq!(
            second_of_few(&pairs(&[(1, 1, 1.0)]), true, &[0.0, 1.0], &[0.0, 1.0]),
            Some(0.0)
        );
    }

    #[test]
    fn independent_levels_have_none() {
        // p(i,k) = px(i) py(k) with px = (0.2, 0.8), py = (0.5, 0.3, 0.2).
        let (rows, columns) = ([0.2, 0.8, 0.0], [0.5, 0.3, 0.2]);
        let mut cells = Vec::new();
        for (i, x) in (0..).zip(&rows[..2]) {
            for (k, y) in (0..).zip(&columns) {
                cells.push((i, k, x * y));
            }
        }
        let value = second_of_few(&pairs(&cells), false, &rows, &columns);
        assert_eq!(value, Some(0.0));
    }

    #[test]
    fn many_levels_are_left_to_others() {
        let cells: Vec<_> = (0..40).map(|i| (i, i, 1.0 / 40.0)).collect();
        let sums = [1.0 / 40.0; 40];
        assert_eq!(second_of_few(&pairs(&cells), true, &sums, &sums), None);
    }
}
