//! Minimum of a quadratic function with an absolute-value penalty.

use super::vector::{dot, four_dots};

/// Sweeps of coordinate descent in one quadratic problem before taking what there is.
const MAX_SWEEPS: usize = 20_000;

/// The quadratic model over the working set, its intercept eliminated.
#[derive(Default)]
pub(super) struct Quadratic {
    size: usize,
    /// Hessian without the intercept's share, row-major, symmetric.
    pub(super) hessian: Vec<f64>,
    /// Curvature between the intercept and each feature.
    pub(super) border: Vec<f64>,
    /// Curvature of the intercept.
    pub(super) corner: f64,
    /// Lower Cholesky factor of Hessian + ridge of the whole working set.
    factor: Vec<f64>,
    factor_ridge: f64,
    pub(super) factor_valid: bool,
    pub(super) gradient: Vec<f64>,
    pub(super) old: Vec<f64>,
    pub(super) solution: Vec<f64>,
    pub(super) sign: Vec<f64>,
    pub(super) penalty: Vec<f64>,
    slope: Vec<f64>,
    target: Vec<f64>,
    pub(super) guess: Vec<f64>,
    active: Vec<usize>,
    sub_factor: Vec<f64>,
    sub_solution: Vec<f64>,
    sub_sign: Vec<f64>,
    search_sign: Vec<f64>,
}

impl Quadratic {
    pub(super) fn resize(&mut self, size: usize) {
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
    pub(super) fn solve(&mut self, l1: f64, ridge: f64) {
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

/// Lower Cholesky factor in place (row-major); false if the matrix is not positive definite. Four rows
/// at a time, whose sums do not wait for each other.
fn cholesky(a: &mut [f64], k: usize) -> bool {
    pulp::Arch::new().dispatch(Cholesky { a, k })
}

struct Cholesky<'a> {
    a: &'a mut [f64],
    k: usize,
}

impl pulp::WithSimd for Cholesky<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let Self { a, k } = self;
        let mut first = 0;
        while first < k {
            let rows = (k - first).min(4);
            let (above, below) = a.split_at_mut(first * k);
            if rows == 4 {
                let (r0, rest) = below.split_at_mut(k);
                let (r1, rest) = rest.split_at_mut(k);
                let (r2, rest) = rest.split_at_mut(k);
                let r3 = &mut rest[..k];
                for j in 0..first {
                    let row_j = &above[j * k..j * k + k];
                    let before = &row_j[..j];
                    let sums = four_dots(before, [&r0[..j], &r1[..j], &r2[..j], &r3[..j]]);
                    for (row, s) in [&mut *r0, &mut *r1, &mut *r2, &mut *r3]
                        .into_iter()
                        .zip(sums)
                    {
                        row[j] = (row[j] - s) / row_j[j];
                    }
                }
            } else {
                for row in below.chunks_exact_mut(k).take(rows) {
                    for j in 0..first {
                        let row_j = &above[j * k..j * k + k];
                        row[j] = (row[j] - dot(&row_j[..j], &row[..j])) / row_j[j];
                    }
                }
            }
            // The corner of these rows.
            for i in first..first + rows {
                let (above, below) = a.split_at_mut(i * k);
                let row_i = &mut below[..k];
                let before = row_i[i];
                for j in first..i {
                    let row_j = &above[j * k..j * k + k];
                    row_i[j] = (row_i[j] - dot(&row_j[..j], &row_i[..j])) / row_j[j];
                }
                let pivot = before - dot(&row_i[..i], &row_i[..i]);
                if pivot.is_nan() || pivot <= 1e-13 * before || pivot <= 0.0 {
                    return false;
                }
                row_i[i] = pivot.sqrt();
            }
            first += rows;
        }
        true
    }
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
