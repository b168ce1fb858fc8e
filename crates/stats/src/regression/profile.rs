//! The likelihood of a logistic model and its profile over one coefficient.

use super::RegressionError;
use super::logistic::log_likelihood;
use crate::distribution::logistic;
use nalgebra::{DMatrix, DVector, Dyn};

/// Scoring steps before giving up. With the penalty they converge linearly, slowest far out on a
/// profile.
const MAX_STEPS: usize = 2000;
/// Accepted last change of a linear predictor, with the penalty.
const ACCEPTED_STEP: f64 = 1e-12;
/// Accepted gain of log-likelihood that Newton's method still promises, without the penalty. With
/// separation the likelihood comes as near to its bound, though the estimates have none.
const ACCEPTED_GAIN: f64 = 1e-12;
/// Largest change of a linear predictor in one step.
const LONGEST_STEP: f64 = 5.0;
/// Halvings of one step before it is taken to be rounding.
const MAX_HALVINGS: usize = 40;
/// Points of a profile before giving up on its limit.
const MAX_POINTS: usize = 200;
/// A profile that has lost no more than this, as the root of twice the loss, so many standardised
/// units out has no limit on that side: the estimate itself is infinite.
const FLAT: (f64, f64) = (1e-3, 64.0);

pub(super) fn not_converged(iterations: usize, context: String) -> RegressionError {
    RegressionError::NotConverged {
        iterations,
        context,
    }
}

/// What is added to the log-likelihood.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Penalty {
    /// Nothing: maximum likelihood.
    None,
    /// Half the log determinant of the information (Firth's method).
    Jeffreys,
}

/// The likelihood of standardised columns, the first of them ones.
pub(super) struct Likelihood<'a> {
    pub(super) z: DMatrix<f64>,
    pub(super) outcome: &'a [bool],
    pub(super) penalty: Penalty,
}

/// Coefficients with all that is computed from them.
#[derive(Clone)]
pub(super) struct Point {
    pub(super) c: DVector<f64>,
    pub(super) eta: DVector<f64>,
    pub(super) information: nalgebra::Cholesky<f64, Dyn>,
    /// Scores of the likelihood with its penalty.
    scores: DVector<f64>,
    /// Log-likelihood with its penalty, of the standardised columns.
    pub(super) penalized: f64,
}

pub(super) struct Maximum {
    pub(super) point: Point,
    pub(super) iterations: usize,
}

impl Point {
    /// Information^-1 v.
    fn solve(&self, v: &DVector<f64>) -> DVector<f64> {
        self.information.solve(v)
    }

    /// Slope of the profile along a functional that is held: the Lagrange multiplier.
    fn slope(&self, functional: &DVector<f64>) -> f64 {
        let direction = self.solve(functional);
        direction.dot(&self.scores) / direction.dot(functional)
    }
}

impl Likelihood<'_> {
    /// `None` where the information is not positive definite in floating point.
    pub(super) fn at(&self, c: DVector<f64>) -> Option<Point> {
        let eta = &self.z * &c;
        let deviation: DVector<f64> = eta.map(|e| (logistic(e) * logistic(-e)).sqrt());
        let mut weighted = self.z.clone();
        for mut column in weighted.column_iter_mut() {
            column.component_mul_assign(&deviation);
        }
        let information = weighted.tr_mul(&weighted).cholesky()?;
        let lower = information.l_dirty();
        let half_log_determinant: f64 = lower.diagonal().iter().map(|d| d.ln()).sum();
        // the columns of L^-1 (W^1/2 Z)' have the leverages as squared lengths
        let mut pull = DVector::from_iterator(
            eta.len(),
            eta.iter()
                .zip(self.outcome)
                .map(|(e, y)| if *y { logistic(-e) } else { -logistic(*e) }),
        );
        let mut penalized = log_likelihood(eta.as_slice(), self.outcome);
        if self.penalty == Penalty::Jeffreys {
            let mut leverage = weighted.transpose();
            if !lower.solve_lower_triangular_mut(&mut leverage) {
                return None;
            }
            for ((p, e), h) in pull.iter_mut().zip(&eta).zip(leverage.column_iter()) {
                // 1/2 - p without cancellation
                *p -= h.norm_squared() * 0.5 * (0.5 * e).tanh();
            }
            penalized += half_log_determinant;
        }
        let scores = self.z.tr_mul(&pull);
        (penalized.is_finite() && scores.iter().all(|s| s.is_finite())).then_some(Point {
            c,
            eta,
            information,
            scores,
            penalized,
        })
    }

    /// Fisher scoring from a point; with functionals g of the coefficients, the columns of `held`,
    /// every g'c stays as it is.
    pub(super) fn maximize(
        &self,
        start: Point,
        held: Option<&DMatrix<f64>>,
        place: &str,
    ) -> Result<Maximum, RegressionError> {
        let mut point = start;
        for iterations in 1..=MAX_STEPS {
            let mut step = point.solve(&point.scores);
            if let Some(functionals) = held {
                let directions = point.information.solve(functionals);
                let shares = functionals
                    .tr_mul(&directions)
                    .lu()
                    .solve(&functionals.tr_mul(&step))
                    .ok_or_else(|| not_converged(iterations, place.to_owned()))?;
                step -= directions * shares;
            }
            if self.penalty == Penalty::None && point.scores.dot(&step) < ACCEPTED_GAIN {
                return Ok(Maximum { point, iterations });
            }
            let mut largest = (&self.z * &step).amax();
            if !largest.is_finite() {
                return Err(not_converged(iterations, place.to_owned()));
            }
            if largest > LONGEST_STEP {
                step *= LONGEST_STEP / largest;
                largest = LONGEST_STEP;
            }
            let slack = 1e-13 * (1.0 + point.penalized.abs());
            let mut next = None;
            for _ in 0..MAX_HALVINGS {
                match self.at(&point.c + &step) {
                    Some(found) if found.penalized >= point.penalized - slack => {
                        next = Some(found);
                        break;
                    }
                    _ => step *= 0.5,
                }
            }
            point = next.ok_or_else(|| not_converged(iterations, place.to_owned()))?;
            if largest < ACCEPTED_STEP * (1.0 + point.eta.amax()) {
                return Ok(Maximum { point, iterations });
            }
        }
        Err(not_converged(MAX_STEPS, place.to_owned()))
    }
}

/// The profile of the likelihood over one coefficient, g'c of the standardised ones.
pub(super) struct Profile<'a> {
    pub(super) likelihood: &'a Likelihood<'a>,
    pub(super) best: &'a Point,
    pub(super) functional: DVector<f64>,
    pub(super) estimate: f64,
    /// The unit of the search: the standard error, or less where separation makes that endless.
    pub(super) unit: f64,
    /// Whether limits may be infinite.
    pub(super) separation: bool,
    pub(super) place: String,
}

impl<'a> Profile<'a> {
    /// The profile over coefficient `j` of the original columns, a row of `back`.
    pub(super) fn new(
        likelihood: &'a Likelihood<'a>,
        best: &'a Point,
        back: &DMatrix<f64>,
        j: usize,
        unit: f64,
        separation: bool,
    ) -> Self {
        let functional = back.row(j).transpose();
        Self {
            likelihood,
            best,
            estimate: functional.dot(&best.c),
            unit,
            separation,
            place: if j == 0 {
                " of the profile of the intercept".to_owned()
            } else {
                format!(" of the profile of predictor column {}", j - 1)
            },
            functional,
        }
    }

    fn held(&self) -> DMatrix<f64> {
        DMatrix::from_column_slice(self.functional.len(), 1, self.functional.as_slice())
    }

    /// From a point, moves the coefficient by `change` along the tangent of the profile and fits the
    /// others anew; `None` beyond what can be computed.
    fn moved(
        &self,
        from: &Point,
        change: f64,
        held: &DMatrix<f64>,
    ) -> Result<Option<Point>, RegressionError> {
        let direction = from.solve(&self.functional);
        let length = change / direction.dot(&self.functional);
        let Some(start) = self.likelihood.at(&from.c + length * direction) else {
            return Ok(None);
        };
        let found = self.likelihood.maximize(start, Some(held), &self.place)?;
        Ok(Some(found.point))
    }

    /// Twice the loss of log-likelihood at a point.
    fn loss(&self, point: &Point) -> f64 {
        (2.0 * (self.best.penalized - point.penalized)).max(0.0)
    }
}

impl Profile<'_> {
    /// Twice the loss of log-likelihood with the coefficient held at 0.
    pub(super) fn chi_square_at_zero(&self) -> Result<f64, RegressionError> {
        let origin = DVector::zeros(self.functional.len());
        let start = self
            .likelihood
            .at(origin)
            .ok_or_else(|| not_converged(0, self.place.clone()))?;
        let held = self
            .likelihood
            .maximize(start, Some(&self.held()), &self.place)?;
        Ok(self.loss(&held.point))
    }

    /// Signed roots of twice the loss at `step`, 2 `step` ... from the estimate, on both sides until
    /// one reaches `reach` or `most` points are there; pairs of value and root, ascending.
    pub(super) fn steps(
        &self,
        step: f64,
        reach: f64,
        most: usize,
    ) -> Result<Vec<(f64, f64)>, RegressionError> {
        let held = self.held();
        let mut found = vec![(self.estimate, 0.0)];
        for side in [-1.0, 1.0] {
            let mut from = self.best.clone();
            for k in 1..=most {
                let value = self.estimate + side * k as f64 * step;
                from = self
                    .moved(&from, side * step, &held)?
                    .ok_or_else(|| not_converged(0, self.place.clone()))?;
                let root = self.loss(&from).sqrt();
                found.push((value, side * root));
                if root >= reach {
                    break;
                }
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        Ok(found)
    }

    /// The value on one side at which the signed root of twice the loss is `reach`, by Newton's
    /// method on that root, which is nearly straight, inside a bracket. Infinite where separation
    /// keeps the profile from falling so far.
    pub(super) fn limit(&self, side: f64, reach: f64) -> Result<f64, RegressionError> {
        let held = self.held();
        let (flat, far_out) = FLAT;
        // distances from the estimate, in units
        let (mut near, mut far) = (0.0_f64, f64::INFINITY);
        let mut from = self.best.clone();
        let mut at = 0.0;
        let mut last_root = 0.0;
        let mut next = reach;
        // rounding of the likelihood is all that is left
        let accepted = 1e-11 + 1e-14 * self.best.penalized.abs();
        for _ in 0..MAX_POINTS {
            let Some(point) = self.moved(&from, side * (next - at) * self.unit, &held)? else {
                if self.separation && last_root < flat {
                    return Ok(side * f64::INFINITY);
                }
                // come closer to the last good point
                next = 0.5 * (at + next);
                continue;
            };
            let root = self.loss(&point).sqrt();
            if self.separation && next >= far_out && root < flat {
                return Ok(side * f64::INFINITY);
            }
            if root < reach {
                near = near.max(next);
            } else {
                far = far.min(next);
            }
            let slope = -side * point.slope(&self.functional) * self.unit / root;
            let mut proposal = next - (root - reach) / slope;
            if far.is_infinite() {
                if proposal.is_nan() || proposal <= near || proposal > 3.0 * near {
                    proposal = 2.0 * near;
                }
            } else if !(proposal > near && proposal < far) {
                proposal = 0.5 * (near + far);
            }
            let settled = (root - reach).abs() < accepted || far - near < 1e-13 * far;
            at = next;
            last_root = root;
            from = point;
            if settled {
                return Ok(self.estimate + side * at * self.unit);
            }
            next = proposal;
        }
        Err(not_converged(MAX_POINTS, self.place.clone()))
    }
}
