//! The second largest singular value of a co-occurrence matrix, and no other.
//!
//! Lanczos' method: the matrix is applied to one vector after the other, each made orthogonal to
//! those before; in their basis it is tridiagonal, and its outermost eigenvalues appear after a few
//! steps. The leading singular vector is known and kept out from the start.
//!
//! Source: G. H. Golub, C. F. Van Loan, Matrix Computations, 4th edition, sections 8.4 and 10.1.

use super::cooccurrence::Pair;

/// Steps between two looks at the tridiagonal matrix.
const STRIDE: usize = 4;

/// The second largest singular value of a matrix of non-negative cells, given the `leading` left
/// singular vector (of length 1, positive just where a row has cells). A `symmetric` matrix is given
/// by its cells with `first <= second`.
///
/// The value is exact but for about 1e-12 of it.
pub(super) fn second_singular_value(cells: &[Pair], symmetric: bool, leading: &[f64]) -> f64 {
    let occupied = leading.iter().filter(|&&weight| weight != 0.0).count();
    if occupied < 2 {
        return 0.0;
    }
    let size = leading.len();
    let mut between = vec![0.0; size];
    let mut apply = |x: &[f64], y: &mut [f64]| {
        y.fill(0.0);
        if symmetric {
            for cell in cells {
                let (i, j) = (usize::from(cell.first), usize::from(cell.second));
                y[i] += cell.weight * x[j];
                if i != j {
                    y[j] += cell.weight * x[i];
                }
            }
        } else {
            between.fill(0.0);
            for cell in cells {
                between[usize::from(cell.second)] += cell.weight * x[usize::from(cell.first)];
            }
            for cell in cells {
                y[usize::from(cell.first)] += cell.weight * between[usize::from(cell.second)];
            }
        }
    };

    // Vectors of the basis one after the other; the leading one is the first.
    let mut basis = leading.to_vec();
    let mut vector = start(leading);
    let (mut diagonal, mut beside) = (Vec::new(), Vec::new());
    orthogonalise(&mut vector, &basis, size);
    let mut length = norm(&vector);
    let mut value = 0.0;
    while length > 1e-13 && diagonal.len() + 1 < occupied {
        vector.iter_mut().for_each(|x| *x /= length);
        basis.extend_from_slice(&vector);
        let mut next = vec![0.0; size];
        apply(&vector, &mut next);
        diagonal.push(dot(&vector, &next));
        orthogonalise(&mut next, &basis, size);
        length = norm(&next);
        vector = next;
        if diagonal.len() % STRIDE == 0 {
            let found = largest_magnitude(&diagonal, &beside);
            if (found - value).abs() <= 1e-12 * found {
                break;
            }
            value = found;
        }
        beside.push(length);
    }
    let value = largest_magnitude(&diagonal, &beside);
    if symmetric { value } else { value.sqrt() }
}

/// A vector with a share of everything: fixed numbers between -1 and 1 in the rows with cells.
fn start(leading: &[f64]) -> Vec<f64> {
    let mut state = 1_u64;
    let mut number = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    let scattered = leading.iter().map(|&weight| {
        let number = number();
        if weight == 0.0 { 0.0 } else { number }
    });
    scattered.collect()
}

/// Takes out of a vector what lies along the vectors of a basis; twice, for what rounding leaves.
fn orthogonalise(vector: &mut [f64], basis: &[f64], size: usize) {
    for _ in 0..2 {
        for known in basis.chunks_exact(size) {
            let along = dot(vector, known);
            for (x, k) in vector.iter_mut().zip(known) {
                *x -= along * k;
            }
        }
    }
}

/// The scalar product, in eight interleaved sums.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest = a_rest.iter().zip(b_rest);
    sums.iter().sum::<f64>() + rest.map(|(a, b)| a * b).sum::<f64>()
}

fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

/// The largest absolute eigenvalue of a symmetric tridiagonal matrix, by bisection on the number
/// of eigenvalues beyond a value (Sturm's sequence); 0 for no rows.
fn largest_magnitude(diagonal: &[f64], beside: &[f64]) -> f64 {
    // Whether an eigenvalue of the matrix times `sign` is above a value.
    let above = |value: f64, sign: f64| {
        let mut pivot = 1.0;
        for (i, d) in diagonal.iter().enumerate() {
            let coupling = if i == 0 {
                0.0
            } else {
                beside[i - 1] * beside[i - 1]
            };
            pivot = sign * d - value - coupling / pivot;
            if pivot > 0.0 {
                return true;
            }
            if pivot == 0.0 {
                pivot = -f64::MIN_POSITIVE.sqrt();
            }
        }
        false
    };
    // No eigenvalue lies outside Gershgorin's discs.
    let mut high = 0.0_f64;
    for (i, d) in diagonal.iter().enumerate() {
        let before = if i == 0 { 0.0 } else { beside[i - 1].abs() };
        let after = if i + 1 < diagonal.len() {
            beside[i].abs()
        } else {
            0.0
        };
        high = high.max(d.abs() + before + after);
    }
    let mut low = 0.0;
    while high - low > 1e-15 * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if above(middle, 1.0) || above(middle, -1.0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texture::glcm::few_levels::second_of_few;
    use nalgebra::DMatrix;

    #[test]
    fn bisection_finds_the_largest_eigenvalue_of_either_sign() {
        // 2 on the diagonal, -1 beside it: eigenvalues 2 - 2 cos(k pi / 6), k = 1 to 5.
        let largest = 2.0 + 2.0 * (std::f64::consts::PI / 6.0).cos();
        assert!((largest_magnitude(&[2.0; 5], &[-1.0; 4]) - largest).abs() < 1e-14);
        assert!((largest_magnitude(&[-2.0; 5], &[-1.0; 4]) - largest).abs() < 1e-14);
        assert_eq!(largest_magnitude(&[], &[]), 0.0);
    }

    /// Compares with all singular values of the same matrix, found by another method; 1e-10 is
    /// above what the two leave of rounding.
    #[test]
    fn as_all_singular_values() {
        let mut state = 99_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64
        };
        for size in [2_u16, 3, 7, 12, 30, 40, 90] {
            for symmetric in [true, false] {
                for blocks in [1_u16, 2] {
                    // Counts that fall off beside the diagonal; with two blocks 1 occurs twice.
                    let mut cells = Vec::new();
                    for i in 0..size {
                        for j in if symmetric { i } else { 0 }..size {
                            let near = i.abs_diff(j) < 6 && i % blocks == j % blocks;
                            if near {
                                let weight = next() % 50.0 / f64::from(1 + i.abs_diff(j));
                                cells.push(Pair {
                                    first: i,
                                    second: j,
                                    weight,
                                });
                            }
                        }
                    }
                    let n = usize::from(size);
                    let mut dense = DMatrix::zeros(n, n);
                    for cell in &cells {
                        let (i, j) = (usize::from(cell.first), usize::from(cell.second));
                        dense[(i, j)] = cell.weight;
                        if symmetric {
                            dense[(j, i)] = cell.weight;
                        }
                    }
                    dense /= dense.sum();
                    let rows: Vec<f64> = (0..n).map(|i| dense.row(i).sum()).collect();
                    let columns: Vec<f64> = (0..n).map(|j| dense.column(j).sum()).collect();
                    let total: f64 = cells
                        .iter()
                        .map(|c| {
                            let twice = symmetric && c.first != c.second;
                            if twice { 2.0 * c.weight } else { c.weight }
                        })
                        .sum();
                    cells.iter_mut().for_each(|cell| cell.weight /= total);
                    let few = second_of_few(&cells, symmetric, &rows, &columns);
                    assert_eq!(few.is_some(), size <= 30);
                    for cell in &mut cells {
                        let (i, j) = (usize::from(cell.first), usize::from(cell.second));
                        cell.weight /= (rows[i] * columns[j]).sqrt();
                    }
                    let scaled = DMatrix::from_fn(n, n, |i, j| {
                        dense[(i, j)] / (rows[i] * columns[j]).sqrt().max(1e-300)
                    });
                    let mut expected: Vec<f64> = scaled.singular_values().iter().copied().collect();
                    expected.sort_by(|a, b| b.total_cmp(a));
                    let leading: Vec<f64> = rows.iter().map(|p| p.sqrt()).collect();
                    let found = second_singular_value(&cells, symmetric, &leading);
                    assert!(
                        (found - expected[1]).abs() < 1e-10,
                        "{size} {symmetric} {blocks}: {found} for {}",
                        expected[1]
                    );
                    assert!(few.is_none_or(|few| (few - expected[1]).abs() < 1e-10));
                }
            }
        }
    }
}
