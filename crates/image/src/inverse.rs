//! The inverse of a 3 × 3 matrix, to the last digit that ITK finds.
//!
//! ITK inverts the matrix from index to position by a singular value decomposition (LINPACK's
//! `dsvdc`). When an oblique image is resampled to twice its spacing, every new voxel lies
//! exactly halfway between two old ones, and the last digit of this inverse decides which of
//! them is the nearest: with another exact inverse, a third of a mask's voxels can differ. So the
//! same reflections and rotations are made here, in the same order.
//!
//! Source: J. Dongarra, C. Moler, J. Bunch, G. Stewart, LINPACK Users' Guide, SIAM 1979,
//! chapter 11: Householder bidiagonalisation, then QR steps with a shift.

/// A matrix as three columns.
type Columns = [[f64; 3]; 3];

/// The inverse of a matrix given by rows. A singular matrix gives no finite numbers.
pub(crate) fn inverse(rows: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let columns: Columns = std::array::from_fn(|j| std::array::from_fn(|i| rows[i][j]));
    match decompose(columns) {
        Some(Decomposition { u, s, v }) => std::array::from_fn(|i| {
            std::array::from_fn(|j| {
                let term = |k: usize| v[k][i] * (1.0 / s[k]) * u[k][j];
                term(0) + term(1) + term(2)
            })
        }),
        None => by_minors(rows),
    }
}

/// `x = u diag(s) vᵀ`, singular values falling.
struct Decomposition {
    u: Columns,
    s: [f64; 3],
    v: Columns,
}

/// `None` where the matrix is singular or not finite.
fn decompose(x: Columns) -> Option<Decomposition> {
    if !x.as_flattened().iter().all(|value| value.is_finite()) {
        return None;
    }
    let Bidiagonal {
        mut s,
        mut e,
        mut u,
        mut v,
    } = bidiagonalise(x);
    // The part still to be made diagonal is s[..m].
    let mut m = 3;
    let mut steps = 0;
    while m > 0 {
        steps += 1;
        if steps > 1000 {
            return None;
        }
        // The last coupling that no longer matters splits the matrix after s[l - 1].
        let mut l = m - 1;
        while l > 0 {
            let neighbours = s[l - 1].abs() + s[l].abs();
            if neighbours + e[l - 1].abs() == neighbours {
                e[l - 1] = 0.0;
                break;
            }
            l -= 1;
        }
        if l == m - 1 {
            settle(l, &mut s, &mut u, &mut v);
            m -= 1;
            continue;
        }
        for k in (l..m).rev() {
            let after = if k + 1 == m { 0.0 } else { e[k].abs() };
            let before = if k == l { 0.0 } else { e[k - 1].abs() };
            let couplings = after + before;
            if couplings + s[k].abs() == couplings {
                return None;
            }
        }
        qr_step(l, m, &mut s, &mut e, &mut u, &mut v);
    }
    Some(Decomposition { u, s, v })
}

/// The bidiagonal form: `s` on the diagonal, `e` above it.
struct Bidiagonal {
    s: [f64; 3],
    e: [f64; 3],
    u: Columns,
    v: Columns,
}

fn bidiagonalise(mut x: Columns) -> Bidiagonal {
    let (mut s, mut e) = ([0.0; 3], [0.0; 3]);
    let (mut u, mut v) = ([[0.0; 3]; 3], [[0.0; 3]; 3]);
    for l in 0..2 {
        let mut reflection = x[l];
        s[l] = reflect(&mut reflection[l..]);
        x[l] = reflection;
        for j in l + 1..3 {
            if s[l] != 0.0 {
                apply(&reflection[l..], &mut x[j][l..]);
            }
            e[j] = x[j][l];
        }
        u[l][l..].copy_from_slice(&reflection[l..]);
        if l == 0 {
            e[0] = reflect(&mut e[1..]);
            if e[0] != 0.0 {
                let mut work = [0.0; 3];
                for j in 1..3 {
                    for i in 1..3 {
                        work[i] += e[j] * x[j][i];
                    }
                }
                for j in 1..3 {
                    let factor = -e[j] / e[1];
                    for i in 1..3 {
                        x[j][i] += factor * work[i];
                    }
                }
            }
            v[0][1..].copy_from_slice(&e[1..]);
        }
    }
    s[2] = x[2][2];
    e[1] = x[2][1];
    e[2] = 0.0;

    u[2] = [0.0, 0.0, 1.0];
    for l in [1, 0] {
        if s[l] == 0.0 {
            u[l] = [0.0; 3];
            u[l][l] = 1.0;
            continue;
        }
        let reflection = u[l];
        for column in &mut u[l + 1..] {
            apply(&reflection[l..], &mut column[l..]);
        }
        for (i, value) in u[l].iter_mut().enumerate() {
            *value = if i < l { 0.0 } else { -*value };
        }
        u[l][l] += 1.0;
    }
    let reflection = v[0];
    v = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    if e[0] != 0.0 {
        for column in &mut v[1..] {
            apply(&reflection[1..], &mut column[1..]);
        }
    }
    Bidiagonal { s, e, u, v }
}

/// Turns a vector into the reflection that maps it onto its first axis; returns what is left
/// there (0 for a vector of zeros).
fn reflect(vector: &mut [f64]) -> f64 {
    let norm = norm(vector);
    if norm == 0.0 {
        return 0.0;
    }
    let signed = if vector[0] == 0.0 {
        norm
    } else {
        norm.copysign(vector[0])
    };
    let reciprocal = 1.0 / signed;
    for value in vector.iter_mut() {
        *value *= reciprocal;
    }
    vector[0] += 1.0;
    -signed
}

fn apply(reflection: &[f64], column: &mut [f64]) {
    let dot = reflection
        .iter()
        .zip(column.iter())
        .fold(0.0, |sum, (a, b)| sum + a * b);
    let factor = -dot / reflection[0];
    for (value, r) in column.iter_mut().zip(reflection) {
        *value += factor * r;
    }
}

/// Euclidean length, scaled by the largest entry met so far.
fn norm(vector: &[f64]) -> f64 {
    if let [only] = vector {
        return only.abs();
    }
    let (mut scale, mut squares) = (0.0, 1.0);
    for size in vector.iter().map(|value| value.abs()) {
        if size == 0.0 {
            continue;
        }
        if scale < size {
            let ratio: f64 = scale / size;
            squares = squares * (ratio * ratio) + 1.0;
            scale = size;
        } else {
            let ratio = size / scale;
            squares += ratio * ratio;
        }
    }
    scale * squares.sqrt()
}

/// Makes a found singular value positive and moves it to its rank.
fn settle(mut l: usize, s: &mut [f64; 3], u: &mut Columns, v: &mut Columns) {
    if s[l] < 0.0 {
        s[l] = -s[l];
        v[l] = v[l].map(|value| -value);
    }
    while l < 2 && s[l] < s[l + 1] {
        s.swap(l, l + 1);
        u.swap(l, l + 1);
        v.swap(l, l + 1);
        l += 1;
    }
}

/// One shifted QR step on `s[l..m]`.
fn qr_step(
    l: usize,
    m: usize,
    s: &mut [f64; 3],
    e: &mut [f64; 3],
    u: &mut Columns,
    v: &mut Columns,
) {
    let last = m - 1;
    let scale = [s[last], s[last - 1], e[last - 1], s[l], e[l]]
        .iter()
        .fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let (sm, smm1, emm1) = (s[last] / scale, s[last - 1] / scale, e[last - 1] / scale);
    let (sl, el) = (s[l] / scale, e[l] / scale);
    let b = ((smm1 + sm) * (smm1 - sm) + emm1 * emm1) / 2.0;
    let c = (sm * emm1) * (sm * emm1);
    let mut shift = 0.0;
    if b != 0.0 || c != 0.0 {
        shift = (b * b + c).sqrt();
        if b < 0.0 {
            shift = -shift;
        }
        shift = c / (b + shift);
    }
    let mut f = (sl + sm) * (sl - sm) + shift;
    let mut g = sl * el;
    for k in l..last {
        let (length, cosine, sine) = rotation(f, g);
        if k != l {
            e[k - 1] = length;
        }
        f = cosine * s[k] + sine * e[k];
        e[k] = cosine * e[k] - sine * s[k];
        g = sine * s[k + 1];
        s[k + 1] *= cosine;
        rotate(v, k, cosine, sine);
        let (length, cosine, sine) = rotation(f, g);
        s[k] = length;
        f = cosine * e[k] + sine * s[k + 1];
        s[k + 1] = -sine * e[k] + cosine * s[k + 1];
        g = sine * e[k + 1];
        e[k + 1] *= cosine;
        rotate(u, k, cosine, sine);
    }
    e[last - 1] = f;
}

/// Length, cosine and sine of the rotation that turns `(a, b)` onto the first axis.
fn rotation(a: f64, b: f64) -> (f64, f64, f64) {
    let scale = a.abs() + b.abs();
    if scale == 0.0 {
        return (0.0, 1.0, 0.0);
    }
    let (x, y) = (a / scale, b / scale);
    let larger = if a.abs() > b.abs() { a } else { b };
    let length = (scale * (x * x + y * y).sqrt()).copysign(larger);
    (length, a / length, b / length)
}

fn rotate(columns: &mut Columns, k: usize, cosine: f64, sine: f64) {
    let (left, right) = (columns[k], columns[k + 1]);
    columns[k] = std::array::from_fn(|i| cosine * left[i] + sine * right[i]);
    columns[k + 1] = std::array::from_fn(|i| cosine * right[i] - sine * left[i]);
}

fn by_minors(m: &[[f64; 3]; 3]) -> [[f64; 3]; 3] {
    const OTHERS: [[usize; 2]; 3] = [[1, 2], [2, 0], [0, 1]];
    let minor = |[r, q]: [usize; 2], [c, d]: [usize; 2]| m[r][c] * m[q][d] - m[r][d] * m[q][c];
    let determinant: f64 = (0..3)
        .map(|column| m[0][column] * minor(OTHERS[0], OTHERS[column]))
        .sum();
    std::array::from_fn(|row| {
        std::array::from_fn(|column| minor(OTHERS[column], OTHERS[row]) / determinant)
    })
}
