//! Firth's logistic regression: finite estimates where the outcome is separated.

use super::logistic::{linear_predictor, log_likelihood};
use super::{RegressionError, Standardized, standardized};
use crate::distribution::{chi_square_sf, logistic, normal_two_sided, normal_upper_quantile};
use nalgebra::{DMatrix, DVector, Dyn};
use serde::Serialize;

/// Scoring steps before giving up. They converge linearly, slowest far out on a profile.
const MAX_STEPS: usize = 2000;
/// Accepted last change of a linear predictor.
const ACCEPTED_STEP: f64 = 1e-12;
/// Largest change of a linear predictor in one step.
const LONGEST_STEP: f64 = 5.0;
/// Halvings of one step before it is taken to be rounding.
const MAX_HALVINGS: usize = 40;
/// Points of a profile before giving up on its limit.
const MAX_POINTS: usize = 200;

/// One coefficient of a Firth model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FirthCoefficient {
    /// Log odds ratio a unit of the predictor (or the intercept).
    pub estimate: f64,
    /// Standard error from the inverse of the information of the plain likelihood.
    pub standard_error: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided Wald p value. With separation prefer `profile_p`.
    pub wald_p: f64,
    /// Lower limit of the estimate by the profile of the penalised likelihood.
    pub profile_lower: f64,
    /// Upper limit of the estimate by the profile of the penalised likelihood.
    pub profile_upper: f64,
    /// Twice the loss of penalised log-likelihood when this coefficient is held at 0.
    pub profile_chi_square: f64,
    /// Upper tail of the chi-square distribution with one degree of freedom.
    pub profile_p: f64,
    /// Odds ratio, exp(estimate).
    pub odds_ratio: f64,
    /// Lower profile limit of the odds ratio.
    pub odds_ratio_lower: f64,
    /// Upper profile limit of the odds ratio.
    pub odds_ratio_upper: f64,
}

/// A logistic model fitted with Firth's penalty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FirthModel {
    /// Intercept first, then one for each column.
    pub coefficients: Vec<FirthCoefficient>,
    /// Covariance matrix of the estimates, in the same order.
    pub covariance: Vec<Vec<f64>>,
    /// Log-likelihood plus half the log determinant of the information of the original columns.
    pub penalized_log_likelihood: f64,
    /// Log-likelihood without the penalty.
    pub log_likelihood: f64,
    /// Linear predictor (log odds) of each sample.
    pub linear_predictor: Vec<f64>,
    /// Number of samples.
    pub n: usize,
    /// Number of samples with outcome 1.
    pub events: usize,
    /// Confidence level of the intervals.
    pub level: f64,
    /// Scoring steps taken for the estimates.
    pub iterations: usize,
}

impl FirthModel {
    /// Intercept and slopes as plain numbers.
    #[must_use]
    pub fn estimates(&self) -> Vec<f64> {
        self.coefficients.iter().map(|c| c.estimate).collect()
    }

    /// Linear predictor of the rows of `x`.
    ///
    /// # Errors
    /// [`RegressionError::Length`] if the number of columns differs.
    pub fn linear_predictor_of(&self, x: &DMatrix<f64>) -> Result<Vec<f64>, RegressionError> {
        linear_predictor(&self.estimates(), x)
    }
}

/// Fits log(p / (1 - p)) = a + x b with Firth's penalty (R's `logistf`, `brglm2` with `AS_mean`).
///
/// Maximises the log-likelihood plus Jeffreys's penalty, (1/2) ln |X'WX| with W = p (1 - p) and X
/// with a column of ones. The scores are X'(y - p + h (1/2 - p)), h the diagonal of
/// W^(1/2) X (X'WX)^-1 X' W^(1/2). The estimates have less bias than those of maximum likelihood and
/// are finite even when a combination of the predictors parts the outcomes, which is what it is for:
/// see [`LogisticModel::separation`](super::LogisticModel::separation). Fitted probabilities are
/// drawn towards one half, so their mean is not the share of events.
///
/// `x` has one row a sample and one column a predictor, without a column for the intercept; it may
/// have no column at all. Limits and p values of the profile are those of the penalised likelihood
/// ratio: each coefficient is held at a value, the others are fitted anew under the penalty of the
/// whole model, and twice the loss is compared with chi-square of one degree of freedom. Under
/// separation they hold where Wald's do not.
///
/// Sources: Firth, Biometrika 1993;80:27; Heinze and Schemper, Stat Med 2002;21:2409.
///
/// # Errors
/// Those of [`logistic_regression`](super::logistic_regression): non-finite input, an outcome of one
/// value, columns that are constant or combinations of earlier ones, a level outside (0, 1), fewer
/// than p + 2 samples, or steps that do not settle.
pub fn firth_regression(
    x: &DMatrix<f64>,
    outcome: &[bool],
    level: f64,
) -> Result<FirthModel, RegressionError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(RegressionError::BadSetting {
            setting: "level",
            problem: format!("{level} is not between 0 and 1"),
        });
    }
    let (n, p) = x.shape();
    if outcome.len() != n {
        return Err(RegressionError::Length {
            what: "the outcome",
            found: outcome.len(),
            expected: n,
        });
    }
    if n < p + 2 {
        return Err(RegressionError::TooFewSamples {
            found: n,
            needed: p + 2,
        });
    }
    let events = outcome.iter().filter(|o| **o).count();
    if events == 0 || events == n {
        return Err(RegressionError::ConstantOutcome);
    }
    let Standardized { z, means, scales } = standardized(x)?;
    let likelihood = PenalizedLikelihood {
        z: z.insert_column(0, 1.0),
        outcome,
    };
    let start = likelihood
        .at(DVector::zeros(p + 1))
        .ok_or_else(|| not_converged(0, String::new()))?;
    let best = likelihood.maximize(start, None, "")?;

    // back to the original columns: b_j = c_j / s_j, a = c_0 - sum b_j m_j
    let mut back = DMatrix::<f64>::identity(p + 1, p + 1);
    for j in 0..p {
        back[(j + 1, j + 1)] = 1.0 / scales[j];
        back[(0, j + 1)] = -means[j] / scales[j];
    }
    let covariance = &back * best.point.information.inverse() * back.transpose();
    let estimates = &back * &best.point.c;
    let reach = normal_upper_quantile((1.0 - level) / 2.0);
    let mut coefficients = Vec::with_capacity(p + 1);
    for j in 0..=p {
        let profile = Profile {
            likelihood: &likelihood,
            best: &best.point,
            functional: back.row(j).transpose(),
            estimate: estimates[j],
            standard_error: covariance[(j, j)].sqrt(),
            place: if j == 0 {
                " of the profile of the intercept".to_owned()
            } else {
                format!(" of the profile of predictor column {}", j - 1)
            },
        };
        let profile_chi_square = profile.chi_square_at_zero()?;
        let profile_lower = profile.limit(-1.0, reach)?;
        let profile_upper = profile.limit(1.0, reach)?;
        let z = profile.estimate / profile.standard_error;
        coefficients.push(FirthCoefficient {
            estimate: profile.estimate,
            standard_error: profile.standard_error,
            z,
            wald_p: normal_two_sided(z),
            profile_lower,
            profile_upper,
            profile_chi_square,
            profile_p: chi_square_sf(profile_chi_square, 1.0),
            odds_ratio: profile.estimate.exp(),
            odds_ratio_lower: profile_lower.exp(),
            odds_ratio_upper: profile_upper.exp(),
        });
    }
    // |X'WX| of the original columns is that of the scaled ones times the squares of the scales
    let rescaling: f64 = scales.iter().map(|s| s.ln()).sum();
    Ok(FirthModel {
        coefficients,
        covariance: covariance
            .row_iter()
            .map(|row| row.iter().copied().collect())
            .collect(),
        penalized_log_likelihood: best.point.penalized + rescaling,
        log_likelihood: log_likelihood(best.point.eta.as_slice(), outcome),
        linear_predictor: best.point.eta.iter().copied().collect(),
        n,
        events,
        level,
        iterations: best.iterations,
    })
}

fn not_converged(iterations: usize, context: String) -> RegressionError {
    RegressionError::NotConverged {
        iterations,
        context,
    }
}

/// The penalised likelihood of standardised columns, the first of them ones.
struct PenalizedLikelihood<'a> {
    z: DMatrix<f64>,
    outcome: &'a [bool],
}

/// Coefficients with all that is computed from them.
#[derive(Clone)]
struct Point {
    c: DVector<f64>,
    eta: DVector<f64>,
    information: nalgebra::Cholesky<f64, Dyn>,
    /// Scores of the penalised likelihood.
    scores: DVector<f64>,
    /// Penalised log-likelihood of the standardised columns.
    penalized: f64,
}

struct Maximum {
    point: Point,
    iterations: usize,
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

impl PenalizedLikelihood<'_> {
    /// `None` where the information is not positive definite in floating point.
    fn at(&self, c: DVector<f64>) -> Option<Point> {
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
        let mut leverage = weighted.transpose();
        if !lower.solve_lower_triangular_mut(&mut leverage) {
            return None;
        }
        let pull = DVector::from_iterator(
            eta.len(),
            eta.iter()
                .zip(self.outcome)
                .zip(leverage.column_iter())
                .map(|((e, y), h)| {
                    let residual = if *y { logistic(-e) } else { -logistic(*e) };
                    // 1/2 - p without cancellation
                    residual - h.norm_squared() * 0.5 * (0.5 * e).tanh()
                }),
        );
        let penalized = log_likelihood(eta.as_slice(), self.outcome) + half_log_determinant;
        let scores = self.z.tr_mul(&pull);
        (penalized.is_finite() && scores.iter().all(|s| s.is_finite())).then_some(Point {
            c,
            eta,
            information,
            scores,
            penalized,
        })
    }

    /// Fisher scoring from a point; with a functional g of the coefficients, g'c stays as it is.
    fn maximize(
        &self,
        start: Point,
        held: Option<&DVector<f64>>,
        place: &str,
    ) -> Result<Maximum, RegressionError> {
        let mut point = start;
        for iterations in 1..=MAX_STEPS {
            let mut step = point.solve(&point.scores);
            if let Some(functional) = held {
                let direction = point.solve(functional);
                let share = functional.dot(&step) / functional.dot(&direction);
                step.axpy(-share, &direction, 1.0);
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

/// The profile of the penalised likelihood over one coefficient, g'c of the standardised ones.
struct Profile<'a> {
    likelihood: &'a PenalizedLikelihood<'a>,
    best: &'a Point,
    functional: DVector<f64>,
    estimate: f64,
    standard_error: f64,
    place: String,
}

impl Profile<'_> {
    /// Twice the loss of penalised log-likelihood with the coefficient held at 0.
    fn chi_square_at_zero(&self) -> Result<f64, RegressionError> {
        let origin = DVector::zeros(self.functional.len());
        let start = self
            .likelihood
            .at(origin)
            .ok_or_else(|| not_converged(0, self.place.clone()))?;
        let held = self
            .likelihood
            .maximize(start, Some(&self.functional), &self.place)?;
        Ok((2.0 * (self.best.penalized - held.point.penalized)).max(0.0))
    }

    /// The value on one side at which the signed root of twice the loss is `reach`, by Newton's
    /// method on that root, which is nearly straight, inside a bracket.
    fn limit(&self, side: f64, reach: f64) -> Result<f64, RegressionError> {
        // distances from the estimate, in standard errors
        let (mut near, mut far) = (0.0_f64, f64::INFINITY);
        let mut from = self.best.clone();
        let mut at = 0.0;
        let mut next = reach;
        // rounding of the likelihood is all that is left
        let accepted = 1e-11 + 1e-14 * self.best.penalized.abs();
        for _ in 0..MAX_POINTS {
            // moves along the tangent of the profile
            let direction = from.solve(&self.functional);
            let length = side * (next - at) * self.standard_error / direction.dot(&self.functional);
            let Some(start) = self.likelihood.at(&from.c + length * direction) else {
                // beyond what can be computed: come closer to the last good point
                next = 0.5 * (at + next);
                continue;
            };
            let point = self
                .likelihood
                .maximize(start, Some(&self.functional), &self.place)?
                .point;
            let root = (2.0 * (self.best.penalized - point.penalized))
                .max(0.0)
                .sqrt();
            if root < reach {
                near = near.max(next);
            } else {
                far = far.min(next);
            }
            let slope = -side * point.slope(&self.functional) * self.standard_error / root;
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
            from = point;
            if settled {
                return Ok(self.estimate + side * at * self.standard_error);
            }
            next = proposal;
        }
        Err(not_converged(MAX_POINTS, self.place.clone()))
    }
}
