//! The solver behind the elastic net: proximal Newton steps on a working set of features.
//!
//! Each step minimises the quadratic model of the loss plus the exact penalty over the working
//! set. The quadratic problem is solved directly (Cholesky) when no coefficient changes sign, which
//! is the usual case along a path, and by coordinate descent with a direct finish otherwise. Features
//! outside the working set are screened by the sequential strong rule (Tibshirani et al., 2012) and
//! every one of them is checked against the optimality conditions before a solution is accepted.
//!
//! The logistic loss satisfies |f'''| <= f'' |change of the linear predictor|, so a step shortened
//! by ln(1 + r) / r, r = largest change of a linear predictor, always lowers the objective: no line
//! search is needed.

use super::elastic_net::ElasticNetFamily;
use nalgebra::DMatrix;

/// Newton steps at one lambda before giving up.
const MAX_STEPS: usize = 500;
/// Sweeps of coordinate descent in one quadratic problem before taking what there is.
const MAX_SWEEPS: usize = 20_000;
/// A Hessian is kept while linear predictors have moved less than this since it was computed.
const REUSE_HESSIAN_BELOW: f64 = 0.1;
/// Accepted estimate of the remaining error of a linear predictor.
const ACCEPTED_ERROR: f64 = 1e-12;
/// Accepted last step of a linear predictor whatever the estimate: rounding may not let it shrink.
const ACCEPTED_STEP: f64 = 1e-10;

/// Sum of products, in eight fixed lanes so that it vectorises and never depends on anything else.
#[inline]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    for (x, y) in a8.iter().zip(b8) {
        for l in 0..8 {
            lanes[l] += x[l] * y[l];
        }
    }
    let mut rest = 0.0;
    for (x, y) in a_rest.iter().zip(b_rest) {
        rest += x * y;
    }
    ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5]))
        + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]))
        + rest
}

/// Sums of products of one list with four others, each in the lanes of a fixed order. The lists have
/// a length that is a multiple of two.
#[inline]
fn dot4(a: &[f64], b: [&[f64]; 4]) -> [f64; 4] {
    let (a2, _) = a.as_chunks::<2>();
    let [b0, b1, b2, b3] = b.map(|v| v.as_chunks::<2>().0);
    let mut lanes = [[0.0_f64; 2]; 4];
    for ((((x, y0), y1), y2), y3) in a2.iter().zip(b0).zip(b1).zip(b2).zip(b3) {
        for l in 0..2 {
            lanes[0][l] += x[l] * y0[l];
            lanes[1][l] += x[l] * y1[l];
            lanes[2][l] += x[l] * y2[l];
            lanes[3][l] += x[l] * y3[l];
        }
    }
    lanes.map(|l| l[0] + l[1])
}

/// `a += factor * b`.
#[inline]
fn add_multiple(a: &mut [f64], factor: f64, b: &[f64]) {
    for (x, y) in a.iter_mut().zip(b) {
        *x += factor * y;
    }
}

/// Sum, in eight fixed lanes.
#[inline]
fn total(a: &[f64]) -> f64 {
    let (a8, rest) = a.as_chunks::<8>();
    let mut lanes = [0.0_f64; 8];
    for x in a8 {
        for l in 0..8 {
            lanes[l] += x[l];
        }
    }
    lanes.iter().chain(rest).sum()
}

/// Largest absolute value; values that are not numbers are passed over.
#[inline]
fn largest_magnitude(a: &[f64]) -> f64 {
    let (a8, rest) = a.as_chunks::<8>();
    let mut lanes = [0.0_f64; 8];
    for x in a8 {
        for l in 0..8 {
            let v = x[l].abs();
            lanes[l] = if v > lanes[l] { v } else { lanes[l] };
        }
    }
    let rest = rest.iter().map(|v| v.abs());
    lanes.into_iter().chain(rest).fold(0.0, f64::max)
}

/// Centred and, if asked, scaled columns of some rows of a matrix, with the weights and the outcome
/// of these rows.
pub(super) struct Design {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Length of a column in `z`: the rows and zeros up to a multiple of eight.
    stride: usize,
    z: Vec<f64>,
    /// Weighted mean of each column.
    pub(super) mean: Vec<f64>,
    /// What each column was divided by; 0 marks a constant column, which never enters.
    pub(super) scale: Vec<f64>,
    /// Weights, summing to one.
    pub(super) weight: Vec<f64>,
    pub(super) y: Vec<f64>,
}

impl Design {
    pub(super) fn new(
        x: &DMatrix<f64>,
        y: &[f64],
        weights: Option<&[f64]>,
        rows: &[usize],
        standardize: bool,
    ) -> Self {
        let n = rows.len();
        let columns = x.ncols();
        let mut weight: Vec<f64> = match weights {
            Some(w) => rows.iter().map(|&i| w[i]).collect(),
            None => vec![1.0; n],
        };
        let total: f64 = weight.iter().sum();
        for w in &mut weight {
            *w /= total;
        }
        let stride = n.next_multiple_of(8);
        let mut z = Vec::with_capacity(stride * columns);
        let mut mean = Vec::with_capacity(columns);
        let mut scale = Vec::with_capacity(columns);
        for source in x.column_iter() {
            let start = z.len();
            z.extend(rows.iter().map(|&i| source[i]));
            let column = &mut z[start..];
            let m = dot(column, &weight);
            let mut variance = 0.0;
            for (v, w) in column.iter_mut().zip(&weight) {
                *v -= m;
                variance += w * *v * *v;
            }
            let sd = variance.sqrt();
            let divisor = if sd <= 1e-12 * m.abs().max(f64::MIN_POSITIVE) {
                0.0
            } else if standardize {
                sd
            } else {
                1.0
            };
            if divisor == 0.0 {
                column.fill(0.0);
            } else if standardize {
                for v in column.iter_mut() {
                    *v /= divisor;
                }
            }
            z.resize(start + stride, 0.0);
            mean.push(m);
            scale.push(divisor);
        }
        Self {
            rows: n,
            columns,
            stride,
            z,
            mean,
            scale,
            weight,
            y: rows.iter().map(|&i| y[i]).collect(),
        }
    }

    fn column(&self, j: usize) -> &[f64] {
        &self.z[j * self.stride..(j + 1) * self.stride]
    }

    /// Products of a list of `stride` numbers with some columns.
    fn products(&self, list: &[f64], columns: &[usize], mut each: impl FnMut(usize, f64)) {
        let (fours, rest) = columns.as_chunks::<4>();
        for (four, js) in fours.iter().enumerate() {
            let values = dot4(list, js.map(|j| self.column(j)));
            for (l, v) in values.into_iter().enumerate() {
                each(4 * four + l, v);
            }
        }
        for (l, &j) in rest.iter().enumerate() {
            each(4 * fours.len() + l, dot(list, self.column(j)));
        }
    }

    /// Weighted mean of the outcome.
    pub(super) fn y_mean(&self) -> f64 {
        dot(&self.y, &self.weight)
    }
}

/// State of the solver, with every buffer it needs.
pub(super) struct Solver<'a> {
    design: &'a Design,
    family: ElasticNetFamily,
    penalty_factor: &'a [f64],
    /// Coefficients of the centred and scaled columns.
    pub(super) beta: Vec<f64>,
    /// Intercept of the centred and scaled columns.
    pub(super) intercept: f64,
    /// Minus the gradient of the loss with respect to `beta`; complete after each `solve`.
    pub(super) gradient: Vec<f64>,
    eta: Vec<f64>,
    fitted: Vec<f64>,
    residual: Vec<f64>,
    curvature: Vec<f64>,
    change: Vec<f64>,
    product: Vec<f64>,
    /// `gradient` belongs to the present coefficients, for all features.
    gradient_complete: bool,
    every: Vec<usize>,
    earlier: Earlier,
    /// Features that may be non-zero, in the order they came in.
    working: Vec<usize>,
    in_working: Vec<bool>,
    strong: Vec<usize>,
    in_strong: Vec<bool>,
    quadratic: Quadratic,
    /// Movement of the linear predictor since the Hessian was computed; infinite if it is unusable.
    drift: f64,
}

/// Solutions at the penalties before, for a guess at the next one.
#[derive(Default)]
struct Earlier {
    /// Latest last; at most three, all of the same features with the same signs.
    solutions: Vec<Solution>,
    spare: Vec<Solution>,
    /// Ratio of the last two penalties.
    ratio: f64,
}

#[derive(Default)]
struct Solution {
    features: Vec<usize>,
    beta: Vec<f64>,
    intercept: f64,
}

/// The quadratic model over the working set, its intercept eliminated.
#[derive(Default)]
struct Quadratic {
    size: usize,
    /// Hessian without the intercept's share, row-major, symmetric.
    hessian: Vec<f64>,
    /// Curvature between the intercept and each feature.
    border: Vec<f64>,
    /// Curvature of the intercept.
    corner: f64,
    /// Lower Cholesky factor of Hessian + ridge of the whole working set.
    factor: Vec<f64>,
    factor_ridge: f64,
    factor_valid: bool,
    gradient: Vec<f64>,
    old: Vec<f64>,
    solution: Vec<f64>,
    sign: Vec<f64>,
    penalty: Vec<f64>,
    slope: Vec<f64>,
    target: Vec<f64>,
    guess: Vec<f64>,
    active: Vec<usize>,
    sub_factor: Vec<f64>,
    sub_solution: Vec<f64>,
    sub_sign: Vec<f64>,
    search_sign: Vec<f64>,
}

impl Quadratic {
    fn resize(&mut self, size: usize) {
        self.size = size;
        self.hessian.resize(size * size, 0.0);
        self.factor.resize(size * size, 0.0);
        for v in [
            &mut self.border,
            &mut self.gradient,
            &mut self.old,
            &mut self.solution,
            &mut self.sign,
            &mut self.penalty,
            &mut self.slope,
            &mut self.target,
        ] {
            v.resize(size, 0.0);
        }
    }

    /// Minimises the model; `gradient`, `old`, `sign` and `penalty` are set. `l1` and `ridge` are
    /// multiplied by each feature's penalty factor. The answer is in `solution`.
    fn solve(&mut self, l1: f64, ridge: f64) {
        let k = self.size;
        if k == 0 {
            return;
        }
        for i in 0..k {
            let row = &self.hessian[i * k..(i + 1) * k];
            self.target[i] = self.gradient[i] + dot(row, &self.old);
        }
        if !(self.factor_valid && self.factor_ridge == ridge) {
            self.factor.copy_from_slice(&self.hessian);
            for i in 0..k {
                self.factor[i * k + i] += ridge * self.penalty[i];
            }
            self.factor_valid = cholesky(&mut self.factor, k);
            self.factor_ridge = ridge;
        }
        if self.factor_valid {
            for i in 0..k {
                self.solution[i] = self.target[i] - l1 * self.penalty[i] * self.sign[i];
            }
            cholesky_solve(&self.factor, k, &mut self.solution);
            let same = self
                .solution
                .iter()
                .zip(&self.sign)
                .zip(&self.penalty)
                .all(|((b, s), p)| *p == 0.0 || b * s > 0.0);
            if same {
                return;
            }
        }
        if !self.search_signs(l1, ridge) {
            self.descend(l1, ridge);
        }
    }

    /// Feature-sign search (Lee, Battle, Raina and Ng 2007) from `old`: solves for the present signs
    /// directly; where a coefficient would change its sign, goes to the first zero and leaves that
    /// feature out; where the signs hold, lets in the feature that violates its bound most. Each round
    /// lowers the objective, so it ends. It does not slow down with correlated features, as
    /// coordinate descent does. False if a system is singular or the rounds run out.
    fn search_signs(&mut self, l1: f64, ridge: f64) -> bool {
        let k = self.size;
        self.solution.copy_from_slice(&self.old);
        self.active.clear();
        self.active
            .extend((0..k).filter(|&j| self.old[j] != 0.0 || self.penalty[j] == 0.0));
        self.search_sign.resize(k, 0.0);
        for j in 0..k {
            self.search_sign[j] = self.solution[j].signum();
        }
        for _ in 0..20 + 10 * k {
            if !self.solve_active(l1, ridge) {
                return false;
            }
            // How far the way to the new values is free of sign changes.
            let mut first: Option<(f64, usize)> = None;
            for (a, &j) in self.active.iter().enumerate() {
                let (from, to) = (self.solution[j], self.sub_solution[a]);
                if self.penalty[j] == 0.0 || to * self.search_sign[j] > 0.0 {
                    continue;
                }
                let share = if from == to {
                    0.0
                } else {
                    (from / (from - to)).clamp(0.0, 1.0)
                };
                if first.is_none_or(|(least, _)| share < least) {
                    first = Some((share, a));
                }
            }
            if let Some((share, a)) = first {
                for (b, &j) in self.active.iter().enumerate() {
                    self.solution[j] += share * (self.sub_solution[b] - self.solution[j]);
                }
                let dropped = self.active.remove(a);
                self.solution[dropped] = 0.0;
                continue;
            }
            for (a, &j) in self.active.iter().enumerate() {
                self.solution[j] = self.sub_solution[a];
            }
            let mut worst = (0.0, 0, 0.0);
            for j in 0..k {
                if self.active.contains(&j) {
                    continue;
                }
                let mut slope = self.target[j];
                for (a, &i) in self.active.iter().enumerate() {
                    slope -= self.hessian[j * k + i] * self.sub_solution[a];
                }
                let bound = l1 * self.penalty[j];
                let beyond = slope.abs() - bound * (1.0 + 1e-12);
                if beyond > worst.0 {
                    worst = (beyond, j, slope);
                }
            }
            // What is beyond by rounding alone would come and go for ever.
            if worst.0 <= 1e-14 * self.target[worst.1].abs() {
                return true;
            }
            let (_, entering, slope) = worst;
            self.search_sign[entering] = slope.signum();
            self.active.push(entering);
        }
        false
    }

    /// Solves for the active features with their signs; the answer is in `sub_solution`.
    fn solve_active(&mut self, l1: f64, ridge: f64) -> bool {
        let (k, m) = (self.size, self.active.len());
        self.sub_factor.resize(m * m, 0.0);
        self.sub_solution.resize(m, 0.0);
        for (a, &i) in self.active.iter().enumerate() {
            for (b, &j) in self.active.iter().enumerate() {
                self.sub_factor[a * m + b] = self.hessian[i * k + j];
            }
            self.sub_factor[a * m + a] += ridge * self.penalty[i];
            self.sub_solution[a] = self.target[i] - l1 * self.penalty[i] * self.search_sign[i];
        }
        if !cholesky(&mut self.sub_factor, m) {
            return false;
        }
        cholesky_solve(&self.sub_factor, m, &mut self.sub_solution);
        true
    }

    /// Coordinate descent from `old`, finished directly once the set of signs rests.
    fn descend(&mut self, l1: f64, ridge: f64) {
        let k = self.size;
        self.solution.copy_from_slice(&self.old);
        self.slope.copy_from_slice(&self.gradient);
        let mut rested = 0;
        let mut wait = 3;
        for _ in 0..MAX_SWEEPS {
            let mut largest = 0.0_f64;
            let mut changed = false;
            for j in 0..k {
                let h = self.hessian[j * k + j];
                let before = self.solution[j];
                let z = self.slope[j] + h * before;
                let bound = l1 * self.penalty[j];
                let divisor = h + ridge * self.penalty[j];
                let after = if z.abs() <= bound || divisor <= 0.0 {
                    0.0
                } else {
                    (z - bound.copysign(z)) / divisor
                };
                if after != before {
                    changed |= (after == 0.0) != (before == 0.0) || after * before < 0.0;
                    let step = after - before;
                    self.solution[j] = after;
                    let row = &self.hessian[j * k..(j + 1) * k];
                    for (s, a) in self.slope.iter_mut().zip(row) {
                        *s -= a * step;
                    }
                    largest = largest.max(step.abs() * h.sqrt());
                }
            }
            rested = if changed { 0 } else { rested + 1 };
            if largest < 1e-15 {
                return;
            }
            if rested >= wait {
                if self.finish(l1, ridge) {
                    return;
                }
                rested = 0;
                wait = (wait * 2).min(200);
            }
        }
    }

    /// Solves for the present signs directly; false if that is not the minimum.
    fn finish(&mut self, l1: f64, ridge: f64) -> bool {
        let k = self.size;
        self.active.clear();
        self.active
            .extend((0..k).filter(|&j| self.solution[j] != 0.0));
        let m = self.active.len();
        self.sub_factor.resize(m * m, 0.0);
        self.sub_solution.resize(m, 0.0);
        self.sub_sign.resize(m, 0.0);
        for (a, &i) in self.active.iter().enumerate() {
            for (b, &j) in self.active.iter().enumerate() {
                self.sub_factor[a * m + b] = self.hessian[i * k + j];
            }
            self.sub_factor[a * m + a] += ridge * self.penalty[i];
            self.sub_sign[a] = self.solution[i].signum();
            self.sub_solution[a] = self.target[i] - l1 * self.penalty[i] * self.sub_sign[a];
        }
        if !cholesky(&mut self.sub_factor, m) {
            return false;
        }
        cholesky_solve(&self.sub_factor, m, &mut self.sub_solution);
        for (a, &i) in self.active.iter().enumerate() {
            if self.penalty[i] > 0.0 && self.sub_solution[a] * self.sub_sign[a] <= 0.0 {
                return false;
            }
        }
        for i in 0..k {
            if self.solution[i] == 0.0 {
                let mut slope = self.target[i];
                for (a, &j) in self.active.iter().enumerate() {
                    slope -= self.hessian[i * k + j] * self.sub_solution[a];
                }
                if slope.abs() > l1 * self.penalty[i] * (1.0 + 1e-12) {
                    return false;
                }
            }
        }
        for (a, &i) in self.active.iter().enumerate() {
            self.solution[i] = self.sub_solution[a];
        }
        true
    }
}

/// Lower Cholesky factor in place (row-major); false if the matrix is not positive definite.
fn cholesky(a: &mut [f64], k: usize) -> bool {
    for i in 0..k {
        let (above, below) = a.split_at_mut(i * k);
        let row_i = &mut below[..k];
        let before = row_i[i];
        for j in 0..i {
            let row_j = &above[j * k..j * k + k];
            let s = dot(&row_i[..j], &row_j[..j]);
            row_i[j] = (row_i[j] - s) / row_j[j];
        }
        let pivot = before - dot(&row_i[..i], &row_i[..i]);
        if pivot.is_nan() || pivot <= 1e-13 * before || pivot <= 0.0 {
            return false;
        }
        row_i[i] = pivot.sqrt();
    }
    true
}

fn cholesky_solve(factor: &[f64], k: usize, x: &mut [f64]) {
    for i in 0..k {
        let s = dot(&factor[i * k..i * k + i], &x[..i]);
        x[i] = (x[i] - s) / factor[i * k + i];
    }
    for i in (0..k).rev() {
        let v = x[i] / factor[i * k + i];
        x[i] = v;
        let row = &factor[i * k..i * k + i];
        for (t, f) in x[..i].iter_mut().zip(row) {
            *t -= f * v;
        }
    }
}

impl<'a> Solver<'a> {
    pub(super) fn new(
        design: &'a Design,
        family: ElasticNetFamily,
        penalty_factor: &'a [f64],
    ) -> Self {
        let (n, p) = (design.stride, design.columns);
        let mean = design.y_mean();
        let intercept = match family {
            ElasticNetFamily::Gaussian => mean,
            ElasticNetFamily::Binomial => (mean / (1.0 - mean)).ln(),
        };
        let mut solver = Self {
            design,
            family,
            penalty_factor,
            beta: vec![0.0; p],
            intercept,
            gradient: vec![0.0; p],
            gradient_complete: false,
            every: (0..p).collect(),
            earlier: Earlier::default(),
            eta: vec![intercept; n],
            fitted: vec![0.0; n],
            residual: vec![0.0; n],
            curvature: vec![0.0; n],
            change: vec![0.0; n],
            product: vec![0.0; n],
            working: Vec::with_capacity(p.min(n)),
            in_working: vec![false; p],
            strong: Vec::with_capacity(p),
            in_strong: vec![false; p],
            quadratic: Quadratic::default(),
            drift: f64::INFINITY,
        };
        for (j, factor) in penalty_factor.iter().enumerate() {
            if *factor == 0.0 && design.scale[j] != 0.0 {
                solver.add_to_working(j);
            }
        }
        solver
    }

    fn add_to_working(&mut self, j: usize) {
        self.in_working[j] = true;
        self.working.push(j);
        self.drift = f64::INFINITY;
        self.add_to_strong(j);
    }

    fn add_to_strong(&mut self, j: usize) {
        if !self.in_strong[j] {
            self.in_strong[j] = true;
            self.strong.push(j);
        }
    }

    /// Deviance at the present coefficients, over weights that sum to one.
    pub(super) fn deviance(&self) -> f64 {
        let d = self.design;
        let mut sum = 0.0;
        match self.family {
            ElasticNetFamily::Gaussian => {
                for i in 0..d.rows {
                    let e = d.y[i] - self.eta[i];
                    sum += d.weight[i] * e * e;
                }
                sum
            }
            ElasticNetFamily::Binomial => {
                for i in 0..d.rows {
                    // y is 0 or 1: -log p(y) = log(1 + exp(-eta)) or log(1 + exp(eta))
                    let t = if d.y[i] > 0.5 {
                        -self.eta[i]
                    } else {
                        self.eta[i]
                    };
                    sum += d.weight[i] * (t.max(0.0) + (-t.abs()).exp().ln_1p());
                }
                2.0 * sum
            }
        }
    }

    fn update_residual(&mut self) {
        let d = self.design;
        match self.family {
            ElasticNetFamily::Gaussian => {
                for i in 0..d.rows {
                    self.residual[i] = d.weight[i] * (d.y[i] - self.eta[i]);
                }
            }
            ElasticNetFamily::Binomial => {
                for i in 0..d.rows {
                    let e = (-self.eta[i].abs()).exp();
                    let small = e / (1.0 + e);
                    let large = 1.0 / (1.0 + e);
                    let (p, q) = if self.eta[i] >= 0.0 {
                        (large, small)
                    } else {
                        (small, large)
                    };
                    self.fitted[i] = p;
                    // 1 - p is q, without the cancellation
                    let r = if d.y[i] > 0.5 { q } else { -p };
                    self.residual[i] = d.weight[i] * r;
                    self.curvature[i] = d.weight[i] * small * large;
                }
            }
        }
    }

    fn update_hessian(&mut self) {
        let d = self.design;
        let k = self.working.len();
        self.quadratic.resize(k);
        let q = &mut self.quadratic;
        q.factor_valid = false;
        let curvature: &[f64] = match self.family {
            ElasticNetFamily::Gaussian => &d.weight,
            ElasticNetFamily::Binomial => &self.curvature,
        };
        q.corner = total(curvature);
        for (a, &i) in self.working.iter().enumerate() {
            // beyond the weights the list stays zero, as do the columns
            for ((t, z), c) in self.product.iter_mut().zip(d.column(i)).zip(curvature) {
                *t = z * c;
            }
            q.border[a] = total(&self.product);
            let row = &mut q.hessian[a * k..a * k + k];
            d.products(&self.product, &self.working[..=a], |b, v| row[b] = v);
        }
        for a in 0..k {
            for b in 0..=a {
                let v = q.hessian[a * k + b] - q.border[a] * q.border[b] / q.corner;
                q.hessian[a * k + b] = v;
                q.hessian[b * k + a] = v;
            }
        }
        self.drift = 0.0;
    }

    /// Minimises loss + `l1` sum |b| + `l2` / 2 sum b^2 from the present coefficients. `previous_l1`
    /// is the `l1` of these (for the strong rule). Returns the largest violation of the optimality
    /// conditions, or `None` if the steps did not settle.
    pub(super) fn solve(&mut self, l1: f64, l2: f64, previous_l1: f64) -> Option<f64> {
        let d = self.design;
        let unit = match self.family {
            ElasticNetFamily::Gaussian => {
                d.y.iter()
                    .zip(&self.eta)
                    .fold(f64::MIN_POSITIVE, |m, (y, e)| m.max((y - e).abs()))
            }
            ElasticNetFamily::Binomial => 1.0,
        };
        self.extrapolate(l1, previous_l1);
        self.start(l1, previous_l1);
        for step in 0..MAX_STEPS {
            if step > 0 || !self.gradient_complete {
                self.update_residual();
                let (gradient, strong) = (&mut self.gradient, &self.strong);
                d.products(&self.residual, strong, |s, g| gradient[strong[s]] = g);
            }
            let mut entered = false;
            for s in 0..self.strong.len() {
                let j = self.strong[s];
                let g = self.gradient[j];
                if !self.in_working[j] && g.abs() > l1 * self.penalty_factor[j] {
                    self.add_to_working(j);
                    entered = true;
                }
            }
            if self.drift > REUSE_HESSIAN_BELOW {
                self.update_hessian();
            }
            self.gradient_complete = false;
            let (largest, moved) = self.step(l1, l2, unit);
            self.drift += moved;
            let settled = match self.family {
                ElasticNetFamily::Gaussian => step > 0 && largest < 1e-9,
                ElasticNetFamily::Binomial => {
                    largest < ACCEPTED_STEP || largest * self.drift.max(largest) < ACCEPTED_ERROR
                }
            };
            if self.drop_zeros() {
                self.drift = f64::INFINITY;
            }
            if settled && !entered {
                let (violation, complete) = self.check_all(l1, l2);
                if complete {
                    self.remember();
                    return Some(violation);
                }
            }
        }
        None
    }

    /// Keeps the present solution for the guess at the next.
    fn remember(&mut self) {
        let Earlier {
            solutions, spare, ..
        } = &mut self.earlier;
        let same = solutions.last().is_some_and(|last| {
            last.features == self.working
                && last
                    .beta
                    .iter()
                    .zip(&self.working)
                    .all(|(b, &j)| b * self.beta[j] > 0.0)
        });
        if !same {
            spare.append(solutions);
        } else if solutions.len() == 3 {
            spare.push(solutions.remove(0));
        }
        let mut next = spare.pop().unwrap_or_default();
        next.features.clone_from(&self.working);
        next.beta.clear();
        next.beta.extend(self.working.iter().map(|&j| self.beta[j]));
        next.intercept = self.intercept;
        solutions.push(next);
    }

    /// Moves to a guess of the solution: quadratic (or linear) in the index of the penalty, where
    /// the penalties have a constant ratio and no feature came, went or changed its sign.
    fn extrapolate(&mut self, l1: f64, previous_l1: f64) {
        let ratio = l1 / previous_l1;
        let even = (ratio - self.earlier.ratio).abs() < 1e-9;
        self.earlier.ratio = ratio;
        if !even {
            let Earlier {
                solutions, spare, ..
            } = &mut self.earlier;
            // only the latest lies one step away
            let older = solutions.len().saturating_sub(1);
            spare.extend(solutions.drain(..older));
            return;
        }
        let weights: &[f64] = match self.earlier.solutions.len() {
            3 => &[1.0, -3.0, 3.0],
            2 => &[-1.0, 2.0],
            _ => return,
        };
        let guess = |of: &dyn Fn(&Solution) -> f64| -> f64 {
            let solutions = self.earlier.solutions.iter();
            solutions.zip(weights).map(|(s, w)| w * of(s)).sum()
        };
        self.quadratic.guess.clear();
        for (a, &j) in self.working.iter().enumerate() {
            let next = guess(&|s| s.beta[a]);
            if self.penalty_factor[j] > 0.0 && next * self.beta[j] <= 0.0 {
                return;
            }
            self.quadratic.guess.push(next);
        }
        let shift = guess(&|s| s.intercept) - self.intercept;
        self.intercept += shift;
        self.change.fill(shift);
        for (&next, &j) in self.quadratic.guess.iter().zip(&self.working) {
            add_multiple(&mut self.change, next - self.beta[j], self.design.column(j));
            self.beta[j] = next;
        }
        add_multiple(&mut self.eta, 1.0, &self.change);
        if self.family == ElasticNetFamily::Binomial {
            self.drift += largest_magnitude(&self.change[..self.design.rows]);
        }
        self.gradient_complete = false;
    }

    /// Chooses the strong set and lets in what already violates the new bound.
    fn start(&mut self, l1: f64, previous_l1: f64) {
        for s in 0..self.strong.len() {
            self.in_strong[self.strong[s]] = false;
        }
        self.strong.clear();
        for k in 0..self.working.len() {
            self.add_to_strong(self.working[k]);
        }
        let bound = 2.0 * l1 - previous_l1;
        for j in 0..self.design.columns {
            if self.design.scale[j] != 0.0 && !self.in_working[j] {
                let g = self.gradient[j].abs();
                if g >= bound * self.penalty_factor[j] {
                    self.add_to_strong(j);
                }
            }
        }
    }

    /// One Newton step; returns the largest change of a linear predictor in units of `unit` that the
    /// full step asks for, and the one that was made.
    fn step(&mut self, l1: f64, l2: f64, unit: f64) -> (f64, f64) {
        let d = self.design;
        let slope0 = total(&self.residual);
        let q = &mut self.quadratic;
        let corner = q.corner.max(f64::MIN_POSITIVE);
        for (a, &j) in self.working.iter().enumerate() {
            q.gradient[a] = self.gradient[j] - q.border[a] * slope0 / corner;
            q.old[a] = self.beta[j];
            q.penalty[a] = self.penalty_factor[j];
            q.sign[a] = if self.beta[j] != 0.0 {
                self.beta[j].signum()
            } else {
                self.gradient[j].signum()
            };
        }
        q.solve(l1, l2);
        let mut shift = slope0;
        for a in 0..self.working.len() {
            shift -= q.border[a] * (q.solution[a] - q.old[a]);
        }
        shift /= corner;
        self.change.fill(shift);
        for (a, &j) in self.working.iter().enumerate() {
            let delta = q.solution[a] - q.old[a];
            if delta != 0.0 {
                add_multiple(&mut self.change, delta, d.column(j));
            }
        }
        let largest = largest_magnitude(&self.change[..d.rows]) / unit;
        let length = match self.family {
            ElasticNetFamily::Binomial if largest > 1.0 => largest.ln_1p() / largest,
            _ => 1.0,
        };
        for (a, &j) in self.working.iter().enumerate() {
            self.beta[j] = if length == 1.0 {
                q.solution[a]
            } else {
                q.old[a] + length * (q.solution[a] - q.old[a])
            };
        }
        self.intercept += length * shift;
        add_multiple(&mut self.eta, length, &self.change);
        let moved = match self.family {
            // the curvature of the Gaussian loss never moves
            ElasticNetFamily::Gaussian => 0.0,
            ElasticNetFamily::Binomial => length * largest,
        };
        (largest, moved)
    }

    /// Takes penalised features with coefficient zero out of the working set.
    fn drop_zeros(&mut self) -> bool {
        let before = self.working.len();
        let (beta, factor, inside) = (&self.beta, self.penalty_factor, &mut self.in_working);
        self.working.retain(|&j| {
            let keep = beta[j] != 0.0 || factor[j] == 0.0;
            inside[j] = keep;
            keep
        });
        self.working.len() != before
    }

    /// Complete gradient at the present coefficients; lets violators in. Returns the largest
    /// violation and whether nobody had to be let in.
    fn check_all(&mut self, l1: f64, l2: f64) -> (f64, bool) {
        let d = self.design;
        self.update_residual();
        let gradient = &mut self.gradient;
        d.products(&self.residual, &self.every, |j, g| gradient[j] = g);
        self.gradient_complete = true;
        let mut violation = 0.0_f64;
        let mut complete = true;
        for j in 0..d.columns {
            if d.scale[j] == 0.0 {
                continue;
            }
            let g = self.gradient[j];
            let factor = self.penalty_factor[j];
            let b = self.beta[j];
            if b != 0.0 {
                let v = (g - l2 * factor * b - l1 * factor * b.signum()).abs();
                violation = violation.max(v);
            } else if g.abs() > l1 * factor * (1.0 + 1e-10) && !self.in_working[j] {
                complete = false;
                self.add_to_working(j);
            } else {
                violation = violation.max(g.abs() - l1 * factor);
            }
        }
        (violation, complete)
    }

    /// Linear predictor of a row of the original matrix.
    pub(super) fn write_original(&self, coefficients: &mut [f64]) -> f64 {
        let mut intercept = self.intercept;
        for (j, c) in coefficients.iter_mut().enumerate() {
            *c = if self.beta[j] == 0.0 {
                0.0
            } else {
                self.beta[j] / self.design.scale[j]
            };
            intercept -= *c * self.design.mean[j];
        }
        intercept
    }
}
