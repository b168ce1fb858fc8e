//! The second largest eigenvalues of many small co-occurrence matrices, side by side.
//!
//! One small matrix leaves a processor waiting: each step needs the one before. Several take turns:
//! each operation is done for all of them at once, in the lanes of wide registers. A lane never
//! looks at another, so its value is the same bits whoever is beside it.
//!
//! A reflection brings the leading eigenvector to the first axis, and what is left is one row
//! smaller; further reflections make it tridiagonal, and Laguerre's steps lead from a bound to the
//! outermost eigenvalues.
//!
//! Sources: G. H. Golub, C. F. Van Loan, Matrix Computations, 4th edition, section 8.3; for the
//! steps J. H. Wilkinson, The Algebraic Eigenvalue Problem, 1965, chapter 7; for the bound
//! P. A. Samuelson, How deviant can you be?, J. Am. Stat. Assoc. 63, 1968.

/// Matrices side by side.
pub(super) const LANES: usize = 8;

type Lanes = [f64; LANES];

/// The most rows of a matrix.
pub(super) const MOST_ROWS: usize = 32;

/// Some matrices $p(i,j) / \sqrt{p_x(i)\, p_x(j)}$ of symmetric co-occurrence, all of one size.
#[derive(Clone, Debug)]
pub(super) struct SideBySide {
    /// Number of rows.
    size: usize,
    /// Row by row; only places with `column <= row` count. Empty until it is needed.
    cells: Vec<Lanes>,
    /// $\sqrt{p_x(i)}$, the leading eigenvectors.
    leading: Vec<Lanes>,
    arch: pulp::Arch,
}

impl SideBySide {
    /// For matrices of so many rows, [`MOST_ROWS`] at the most. All cells are 0.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            size: rows.min(MOST_ROWS),
            cells: Vec::new(),
            leading: Vec::new(),
            arch: pulp::Arch::new(),
        }
    }

    /// Makes room for the cells, if there is none.
    pub(super) fn make_room(&mut self) {
        if self.cells.is_empty() {
            self.cells.resize(self.size * self.size, [0.0; LANES]);
            self.leading.resize(self.size, [0.0; LANES]);
        }
    }

    /// Sets the cell of a row and a column, and its twin.
    pub(super) fn set_cell(&mut self, lane: usize, [i, j]: [usize; 2], value: f64) {
        let place = i.max(j) * self.size + i.min(j);
        let cell = self.cells.get_mut(place);
        if let Some(cell) = cell.and_then(|lanes| lanes.get_mut(lane)) {
            *cell = value;
        }
    }

    /// Sets $\sqrt{p_x(i)}$.
    pub(super) fn set_leading(&mut self, lane: usize, i: usize, value: f64) {
        let row = self.leading.get_mut(i);
        if let Some(place) = row.and_then(|lanes| lanes.get_mut(lane)) {
            *place = value;
        }
    }

    /// The largest magnitude of an eigenvalue of each matrix but the leading one, which is 1. All
    /// cells are 0 afterwards.
    pub(super) fn second_magnitudes(&mut self) -> Lanes {
        if self.size < 2 || self.cells.is_empty() {
            return [0.0; LANES];
        }
        let found = self.arch.dispatch(Second {
            size: self.size,
            cells: &mut self.cells,
            leading: &self.leading,
        });
        self.cells.fill([0.0; LANES]);
        found
    }
}

/// Compiled once for every kind of processor; no operation is fused with another.
struct Second<'a> {
    size: usize,
    cells: &'a mut [Lanes],
    leading: &'a [Lanes],
}

impl pulp::WithSimd for Second<'_> {
    type Output = Lanes;

    // Inlined, or else it is compiled for the oldest processor.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Lanes {
        take_out(self.cells, self.size, self.leading);
        let mut matrix = tridiagonal(self.cells, self.size);
        let largest = matrix.greatest_eigenvalues();
        // The least is the greatest of the negative matrix.
        for row in &mut matrix.diagonal[..matrix.rows] {
            *row = map(*row, |d| -d);
        }
        let least = matrix.greatest_eigenvalues();
        zip(largest, least, |a, b| a.max(b).max(0.0))
    }
}

#[inline(always)]
fn map(a: Lanes, f: impl Fn(f64) -> f64) -> Lanes {
    let mut result = [0.0; LANES];
    for (result, a) in result.iter_mut().zip(a) {
        *result = f(a);
    }
    result
}

#[inline(always)]
fn zip(a: Lanes, b: Lanes, f: impl Fn(f64, f64) -> f64) -> Lanes {
    let mut result = [0.0; LANES];
    for (result, (a, b)) in result.iter_mut().zip(a.into_iter().zip(b)) {
        *result = f(a, b);
    }
    result
}

/// Adds the products of two factors.
#[inline(always)]
fn add_product(sum: &mut Lanes, a: Lanes, b: Lanes) {
    for (sum, (a, b)) in sum.iter_mut().zip(a.into_iter().zip(b)) {
        *sum += a * b;
    }
}

/// Takes `a b + c d` off.
#[inline(always)]
fn take_products(from: &mut Lanes, [a, b]: [Lanes; 2], [c, d]: [Lanes; 2]) {
    let factors = a.into_iter().zip(b).zip(c.into_iter().zip(d));
    for (from, ((a, b), (c, d))) in from.iter_mut().zip(factors) {
        *from -= a * b + c * d;
    }
}

/// Reflects each matrix $A$ so that the leading eigenvector $u$, whose eigenvalue is 1, comes to the
/// first axis. The first row and column are left as they are: they would be 0 but for the 1.
///
/// The reflection is along $v = u + e_1$. With $\beta = 2 / v'v = 1 / (1 + u_1)$ and
/// $y = \beta A v = \beta (u + A e_1)$ it makes $A - w v' - v w'$ of $A$, where
/// $w = y - \frac{\beta}{2} (y'v) v$.
#[inline(always)]
fn take_out(cells: &mut [Lanes], size: usize, leading: &[Lanes]) {
    let (Some(&first), Some(&corner)) = (leading.first(), cells.first()) else {
        return;
    };
    let beta = map(first, |u| 1.0 / (1.0 + u));
    let along = zip(first, corner, |u, a| 1.0 + 2.0 * u + a);
    let half = zip(beta, along, |beta, along| 0.5 * beta * beta * along);
    let mut w = [[0.0; LANES]; MOST_ROWS];
    let columns = cells.chunks_exact(size);
    for ((w, u), row) in w.iter_mut().zip(leading).zip(columns) {
        let Some(&a) = row.first() else { return };
        let y = zip(zip(*u, a, |u, a| u + a), beta, |sum, beta| sum * beta);
        *w = zip(y, zip(half, *u, |half, u| half * u), |y, part| y - part);
    }
    let rows = cells.chunks_exact_mut(size).enumerate().skip(1);
    for ((i, row), (wi, ui)) in rows.zip(w.iter().zip(leading).skip(1)) {
        let places = row.iter_mut().zip(w.iter().zip(leading));
        for (place, (wj, uj)) in places.take(i + 1).skip(1) {
            take_products(place, [*wi, *uj], [*ui, *wj]);
        }
    }
}

/// Symmetric tridiagonal matrices.
struct Tridiagonal {
    rows: usize,
    diagonal: [Lanes; MOST_ROWS],
    /// Squares of the cells between each row and the one before.
    squares: [Lanes; MOST_ROWS],
}

/// Makes what is left beyond the first row and column tridiagonal, by reflections.
#[inline(always)]
fn tridiagonal(cells: &mut [Lanes], size: usize) -> Tridiagonal {
    let mut result = Tridiagonal {
        rows: size - 1,
        diagonal: [[0.0; LANES]; MOST_ROWS],
        squares: [[0.0; LANES]; MOST_ROWS],
    };
    // Filled anew for every column.
    let mut vector = [[0.0; LANES]; MOST_ROWS];
    let mut image = [[0.0; LANES]; MOST_ROWS];
    for k in 1..size {
        result.diagonal[k - 1] = cells[k * size + k];
        if k + 1 == size {
            break;
        }
        let first = cells[(k + 1) * size + k];
        if k + 2 == size {
            result.squares[k] = zip(first, first, |a, b| a * b);
            continue;
        }
        let mut rest = [0.0; LANES];
        for (i, v) in vector.iter_mut().enumerate().take(size).skip(k + 2) {
            *v = cells[i * size + k];
            add_product(&mut rest, *v, *v);
        }
        let square = zip(first, rest, |first, rest| first * first + rest);
        result.squares[k] = square;
        let v = zip(first, square, |first, square| {
            first + square.sqrt().copysign(first)
        });
        vector[k + 1] = v;
        let scale = zip(v, rest, |v, rest| {
            let length = v * v + rest;
            if length > 0.0 { 2.0 / length } else { 0.0 }
        });
        // The rest of the matrix becomes A - v w' - w v'.
        for i in k + 1..size {
            let row = &cells[i * size..(i + 1) * size];
            let mut sum = [0.0; LANES];
            for j in k + 1..i {
                add_product(&mut sum, row[j], vector[j]);
                add_product(&mut image[j], row[j], vector[i]);
            }
            add_product(&mut sum, row[i], vector[i]);
            image[i] = sum;
        }
        let mut along = [0.0; LANES];
        for i in k + 1..size {
            image[i] = zip(image[i], scale, |image, scale| image * scale);
            add_product(&mut along, image[i], vector[i]);
        }
        let half = zip(along, scale, |along, scale| 0.5 * along * scale);
        for i in k + 1..size {
            let part = zip(half, vector[i], |half, v| half * v);
            image[i] = zip(image[i], part, |image, part| image - part);
        }
        for i in k + 1..size {
            let row = &mut cells[i * size..(i + 1) * size];
            for j in k + 1..=i {
                take_products(&mut row[j], [vector[i], image[j]], [image[i], vector[j]]);
            }
        }
    }
    result
}

/// Steps after which a root is taken as it is; four are usual.
const MOST_STEPS: usize = 100;

/// A step below this share of the bound is the last: near a root each is about the cube of the one
/// before.
const LAST_STEP: f64 = 1e-10;

impl Tridiagonal {
    /// The greatest eigenvalues, from bounds above them, by Laguerre's steps: they come down to the
    /// greatest root and do not pass it.
    #[inline(always)]
    fn greatest_eigenvalues(&self) -> Lanes {
        let count = self.rows as f64;
        let bound = self.bounds();
        let last_step = map(bound, |bound| LAST_STEP * bound.abs());
        let mut x = bound;
        let mut moving = [true; LANES];
        for _ in 0..MOST_STEPS {
            let slopes = self.slopes(x);
            let mut any = false;
            for lane in 0..LANES {
                let [value, first, second] = slopes.of(lane);
                let spread = (count - 1.0) * first * first - count * value * second;
                let step = count * value / (first + ((count - 1.0) * spread).max(0.0).sqrt());
                // Rounding alone leads to the root or past it.
                moving[lane] &= slopes.least[lane] > 0.0;
                x[lane] -= if moving[lane] { step } else { 0.0 };
                moving[lane] &= step > last_step[lane];
                any |= moving[lane];
            }
            if !any {
                break;
            }
        }
        x
    }

    /// No eigenvalue is greater than the mean of all $n$ by more than $\sqrt{n - 1}$ of their
    /// standard deviations.
    #[inline(always)]
    fn bounds(&self) -> Lanes {
        let count = self.rows as f64;
        let mut sum = [0.0; LANES];
        for d in &self.diagonal[..self.rows] {
            sum = zip(sum, *d, |sum, d| sum + d);
        }
        let mean = map(sum, |sum| sum / count);
        let mut squares = [0.0; LANES];
        for (d, beside) in self.diagonal[..self.rows].iter().zip(&self.squares) {
            let deviation = zip(*d, mean, |d, mean| d - mean);
            add_product(&mut squares, deviation, deviation);
            squares = zip(squares, *beside, |squares, beside| squares + 2.0 * beside);
        }
        zip(mean, squares, |mean, squares| {
            mean + ((count - 1.0) / count * squares).sqrt()
        })
    }

    /// The characteristic polynomials at `x`.
    ///
    /// They are the last of $p_i = (x - d_i) p_{i-1} - b_i^2 p_{i-2}$, which are all positive beyond
    /// the greatest root (Sturm).
    #[inline(always)]
    fn slopes(&self, x: Lanes) -> Slopes {
        let mut now = Slopes {
            value: [1.0; LANES],
            first: [0.0; LANES],
            second: [0.0; LANES],
            least: [f64::INFINITY; LANES],
        };
        let mut before = [[0.0; LANES]; 3];
        for (d, beside) in self.diagonal[..self.rows].iter().zip(&self.squares) {
            for lane in 0..LANES {
                let factor = x[lane] - d[lane];
                let beside = beside[lane];
                let value = factor * now.value[lane] - beside * before[0][lane];
                let first = now.value[lane] + factor * now.first[lane] - beside * before[1][lane];
                let second =
                    2.0 * now.first[lane] + factor * now.second[lane] - beside * before[2][lane];
                before[0][lane] = now.value[lane];
                before[1][lane] = now.first[lane];
                before[2][lane] = now.second[lane];
                now.value[lane] = value;
                now.first[lane] = first;
                now.second[lane] = second;
                let least = now.least[lane];
                now.least[lane] = if value < least { value } else { least };
            }
        }
        now
    }
}

/// Polynomials at a place, their first and second derivatives there.
struct Slopes {
    value: Lanes,
    first: Lanes,
    second: Lanes,
    /// The least of all p; the place is beyond the greatest root if it is positive.
    least: Lanes,
}

impl Slopes {
    #[inline(always)]
    fn of(&self, lane: usize) -> [f64; 3] {
        [self.value[lane], self.first[lane], self.second[lane]]
    }
}
