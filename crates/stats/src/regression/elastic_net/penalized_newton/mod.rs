//! The solver behind the elastic net: proximal Newton steps on a working set of features.
//!
//! Each step minimises the quadratic model of the loss plus the exact penalty over the working
//! set. The quadratic problem is solved directly (Cholesky) when no coefficient changes sign, which
//! is the usual case along a path, and by a search over sign patterns otherwise (by coordinate descent
//! where a system is singular). Features
//! outside the working set are screened by the sequential strong rule (Tibshirani et al., 2012) and
//! every one of them is checked against the optimality conditions before a solution is accepted.
//!
//! The losses satisfy |f'''| <= r f'' along a change of the linear predictors of size r, so a step
//! shortened by ln(1 + r) / r always lowers the objective: no line search is needed.

mod design;
mod extrapolation;
mod loss;
mod quadratic;
mod vector;

pub(super) use design::Design;
pub(super) use loss::{Binomial, Cox, Gaussian, Loss, by_descending_time};

use extrapolation::Earlier;
use quadratic::Quadratic;
use vector::{add_multiple, dots, total};

/// Newton steps at one lambda before giving up.
pub(super) const MAX_STEPS: usize = 500;
/// A Hessian is kept while linear predictors have moved less than this since it was computed.
const REUSE_HESSIAN_BELOW: f64 = 0.1;
/// Accepted estimate of the remaining error of a linear predictor.
const ACCEPTED_ERROR: f64 = 1e-12;
/// Accepted last step of a linear predictor whatever the estimate: rounding may not let it shrink.
const ACCEPTED_STEP: f64 = 1e-10;
/// Accepted step beyond the first where the curvature is the same everywhere: it is one of rounding.
const ACCEPTED_QUADRATIC_STEP: f64 = 1e-9;

/// State of the solver, with every buffer it needs.
pub(super) struct Solver<'a, L> {
    design: &'a Design,
    pub(super) loss: L,
    penalty_factor: &'a [f64],
    /// Coefficients of the centred and scaled columns.
    beta: Vec<f64>,
    /// Intercept of the centred and scaled columns; 0 where there is none.
    intercept: f64,
    has_intercept: bool,
    /// Minus the gradient of the loss with respect to `beta`; complete after each `solve`.
    pub(super) gradient: Vec<f64>,
    eta: Vec<f64>,
    residual: Vec<f64>,
    change: Vec<f64>,
    product: Vec<f64>,
    /// The intercept's column.
    ones: Vec<f64>,
    /// `gradient` belongs to the present coefficients, for all features.
    gradient_complete: bool,
    earlier: Earlier,
    /// Features that may be non-zero, in the order they came in.
    working: Vec<usize>,
    in_working: Vec<bool>,
    strong: Vec<usize>,
    in_strong: Vec<bool>,
    /// Gradient of the strong set, in its order.
    slopes: Vec<f64>,
    arch: pulp::Arch,
    quadratic: Quadratic,
    /// Movement of the linear predictor since the Hessian was computed; infinite if it is unusable.
    drift: f64,
}

impl<'a, L: Loss> Solver<'a, L> {
    pub(super) fn new(design: &'a Design, loss: L, penalty_factor: &'a [f64]) -> Self {
        let (n, p) = (design.stride, design.columns);
        let intercept = loss.intercept();
        let has_intercept = intercept.is_some();
        let intercept = intercept.unwrap_or(0.0);
        let mut solver = Self {
            design,
            loss,
            penalty_factor,
            beta: vec![0.0; p],
            intercept,
            has_intercept,
            gradient: vec![0.0; p],
            gradient_complete: false,
            earlier: Earlier::default(),
            eta: vec![intercept; n],
            residual: vec![0.0; n],
            change: vec![0.0; n],
            product: vec![0.0; n],
            ones: (0..n)
                .map(|i| f64::from(u8::from(i < design.rows)))
                .collect(),
            working: Vec::with_capacity(p.min(n)),
            in_working: vec![false; p],
            strong: Vec::with_capacity(p),
            in_strong: vec![false; p],
            slopes: Vec::with_capacity(p),
            arch: pulp::Arch::new(),
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
        self.loss.deviance(&self.eta)
    }

    fn update_hessian(&mut self) {
        let d = self.design;
        let k = self.working.len();
        self.quadratic.resize(k);
        let q = &mut self.quadratic;
        q.factor_valid = false;
        q.corner = if self.has_intercept {
            self.loss.curvature_times(&self.ones, &mut self.product);
            total(&self.product)
        } else {
            // nothing moves it
            f64::INFINITY
        };
        for (a, &i) in self.working.iter().enumerate() {
            // beyond the samples the list stays zero, as do the columns
            self.loss.curvature_times(d.column(i), &mut self.product);
            q.border[a] = total(&self.product);
            let row = &mut q.hessian[a * k..a * k + a + 1];
            let column = |b: usize| d.column(self.working[b]);
            dots(self.arch, &self.product, column, row);
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
        let unit = self.loss.unit(&self.eta);
        self.extrapolate(l1, previous_l1);
        self.start(l1, previous_l1);
        for step in 0..MAX_STEPS {
            if step > 0 || !self.gradient_complete {
                self.loss.differentiate(&self.eta, &mut self.residual);
                let column = |s: usize| d.column(self.strong[s]);
                self.slopes.resize(self.strong.len(), 0.0);
                dots(self.arch, &self.residual, column, &mut self.slopes);
                for (&j, &slope) in self.strong.iter().zip(&self.slopes) {
                    self.gradient[j] = slope;
                }
            }
            let mut entered = false;
            for s in 0..self.strong.len() {
                let j = self.strong[s];
                let g = self.gradient[j];
                if !self.in_working[j] && g.abs() > self.bound(j, l1, unit) {
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
            let settled = if L::QUADRATIC {
                step > 0 && largest < ACCEPTED_QUADRATIC_STEP
            } else {
                largest < ACCEPTED_STEP || largest * self.drift.max(largest) < ACCEPTED_ERROR
            };
            if self.drop_zeros() {
                self.drift = f64::INFINITY;
            }
            if settled && !entered {
                let (violation, complete) = self.check_all(l1, l2, unit);
                if complete {
                    self.remember();
                    return Some(violation);
                }
            }
        }
        None
    }

    /// Gradient beyond which a feature comes in. A copy of a feature that is in has the same gradient:
    /// what rounding puts beyond the penalty must not come and go for ever.
    fn bound(&self, j: usize, l1: f64, unit: f64) -> f64 {
        l1 * self.penalty_factor[j] * (1.0 + 1e-10) + ACCEPTED_ERROR * unit
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

    /// One Newton step; returns the movement of the linear predictors in units of `unit` that the full
    /// step asks for, and by how much the curvature may have moved.
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
        let largest = self.loss.movement(&self.change[..d.rows]) / unit;
        let length = if !L::QUADRATIC && largest > 1.0 {
            largest.ln_1p() / largest
        } else {
            1.0
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
        let moved = if L::QUADRATIC { 0.0 } else { length * largest };
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
    fn check_all(&mut self, l1: f64, l2: f64, unit: f64) -> (f64, bool) {
        let d = self.design;
        self.loss.differentiate(&self.eta, &mut self.residual);
        let column = |j: usize| d.column(j);
        dots(self.arch, &self.residual, column, &mut self.gradient);
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
            } else if g.abs() > self.bound(j, l1, unit) && !self.in_working[j] {
                complete = false;
                self.add_to_working(j);
            } else {
                violation = violation.max(g.abs() - l1 * factor);
            }
        }
        (violation, complete)
    }

    /// Writes the coefficients of the original columns and gives their intercept.
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
        if self.has_intercept { intercept } else { 0.0 }
    }
}
