//! Cox's proportional-hazards regression.

use super::error::check;
use crate::distribution::{chi_square_sf, normal_two_sided, normal_upper_quantile};
use crate::regression::{RegressionError, Standardized, standardized};
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// Newton steps before giving up.
const MAX_STEPS: usize = 100;
/// Accepted last change of a linear predictor.
const ACCEPTED_STEP: f64 = 1e-9;
/// A spread of linear predictors this large that still grows means an infinite estimate.
const SEPARATED_BEYOND: f64 = 20.0;

/// How events at the same time are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CoxTies {
    /// Efron's approximation, R's default.
    Efron,
    /// Breslow's approximation.
    Breslow,
}

/// One coefficient; the Wald figures are NaN where `separation` makes them meaningless.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CoxCoefficient {
    /// Log hazard ratio a unit of the predictor.
    pub estimate: f64,
    /// Standard error from the observed information.
    pub standard_error: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided Wald p value.
    pub p: f64,
    /// Hazard ratio, exp(estimate).
    pub hazard_ratio: f64,
    /// Lower Wald limit of the hazard ratio.
    pub hazard_ratio_lower: f64,
    /// Upper Wald limit of the hazard ratio.
    pub hazard_ratio_upper: f64,
}

/// A test of all coefficients together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CoxTest {
    /// Statistic.
    pub chi_square: f64,
    /// Number of coefficients.
    pub df: usize,
    /// Upper tail of chi-square.
    pub p: f64,
}

/// Cumulative baseline hazard where all predictors are 0 (R's `basehaz(centered = FALSE)`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BaselineHazard {
    /// Distinct times, ascending, those with censorings only included.
    pub time: Vec<f64>,
    /// Cumulative hazard up to and including the time.
    pub cumulative_hazard: Vec<f64>,
}

/// A fitted Cox model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoxModel {
    /// One for each column.
    pub coefficients: Vec<CoxCoefficient>,
    /// Covariance matrix of the estimates.
    pub covariance: Vec<Vec<f64>>,
    /// Log partial likelihood at 0.
    pub null_log_likelihood: f64,
    /// Log partial likelihood at the estimates.
    pub log_likelihood: f64,
    /// Likelihood-ratio test.
    pub likelihood_ratio: CoxTest,
    /// Wald test.
    pub wald: CoxTest,
    /// Score (log-rank) test.
    pub score: CoxTest,
    /// Sum of predictor times estimate for each sample, not centred.
    pub linear_predictor: Vec<f64>,
    /// Baseline hazard at predictors 0.
    pub baseline: BaselineHazard,
    /// Treatment of ties.
    pub ties: CoxTies,
    /// Number of samples.
    pub n: usize,
    /// Number of events.
    pub events: usize,
    /// Confidence level of the intervals.
    pub level: f64,
    /// Newton steps taken.
    pub iterations: usize,
    /// A combination of the predictors orders the events without error, so some estimates are
    /// infinite. The likelihood-ratio and score tests still hold; estimates and Wald figures do not.
    pub separation: bool,
}

impl CoxModel {
    /// Probability of no event up to `t` at a linear predictor (not centred):
    /// exp(-H0(t) exp(lp)).
    #[must_use]
    pub fn survival_at(&self, t: f64, linear_predictor: f64) -> f64 {
        let k = self.baseline.time.partition_point(|u| *u <= t);
        let hazard = k
            .checked_sub(1)
            .and_then(|k| self.baseline.cumulative_hazard.get(k))
            .unwrap_or(&0.0);
        (-hazard * linear_predictor.exp()).exp()
    }
}

/// Log partial likelihood with its derivatives at a linear predictor.
struct Likelihood {
    value: f64,
    score: DVector<f64>,
    information: DMatrix<f64>,
}

/// Samples sorted by descending time, so that sums over those at risk only grow.
struct Data {
    z: DMatrix<f64>,
    time: Vec<f64>,
    event: Vec<bool>,
    ties: CoxTies,
}

impl Data {
    /// Share of the tied events that the l-th factor of Efron's product leaves out.
    fn left_out(&self, l: usize, d: usize) -> f64 {
        match self.ties {
            CoxTies::Efron => l as f64 / d as f64,
            CoxTies::Breslow => 0.0,
        }
    }

    /// End of the block of equal times that begins at `start`.
    fn block(&self, start: usize) -> usize {
        start
            + self.time[start..]
                .iter()
                .take_while(|t| **t == self.time[start])
                .count()
    }

    fn likelihood(&self, b: &DVector<f64>) -> Likelihood {
        let p = self.z.ncols();
        let eta = &self.z * b;
        let shift = eta.max();
        let (mut s0, mut s1, mut s2) = (0.0, DVector::<f64>::zeros(p), DMatrix::<f64>::zeros(p, p));
        let mut out = Likelihood {
            value: 0.0,
            score: DVector::zeros(p),
            information: DMatrix::zeros(p, p),
        };
        let mut start = 0;
        while start < self.time.len() {
            let end = self.block(start);
            let (mut e0, mut e1, mut e2) =
                (0.0, DVector::<f64>::zeros(p), DMatrix::<f64>::zeros(p, p));
            let mut d = 0;
            for i in start..end {
                let w = (eta[i] - shift).exp();
                let row = self.z.row(i).transpose();
                s0 += w;
                s1.axpy(w, &row, 1.0);
                s2.ger(w, &row, &row, 1.0);
                if self.event[i] {
                    d += 1;
                    e0 += w;
                    e1.axpy(w, &row, 1.0);
                    e2.ger(w, &row, &row, 1.0);
                    out.value += eta[i] - shift;
                    out.score += row;
                }
            }
            for l in 0..d {
                let f = self.left_out(l, d);
                let r0 = s0 - f * e0;
                let mean = (&s1 - &e1 * f) / r0;
                out.value -= r0.ln();
                out.score -= &mean;
                out.information += (&s2 - &e2 * f) / r0;
                out.information.ger(-1.0, &mean, &mean, 1.0);
            }
            start = end;
        }
        out
    }

    fn baseline(&self, linear_predictor: &[f64]) -> BaselineHazard {
        // log of the sum at risk, so that no exponential overflows
        let shift = linear_predictor
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let mut steps = Vec::new();
        let mut s0 = 0.0;
        let mut start = 0;
        while start < self.time.len() {
            let end = self.block(start);
            let (mut e0, mut d) = (0.0, 0);
            let block = linear_predictor[start..end]
                .iter()
                .zip(&self.event[start..end]);
            for (predictor, event) in block {
                let w = (predictor - shift).exp();
                s0 += w;
                if *event {
                    e0 += w;
                    d += 1;
                }
            }
            let step: f64 = (0..d)
                .map(|l| (-shift).exp() / (s0 - self.left_out(l, d) * e0))
                .sum();
            steps.push((self.time[start], step));
            start = end;
        }
        steps.reverse();
        let mut total = 0.0;
        let cumulative_hazard = steps
            .iter()
            .map(|(_, s)| {
                total += s;
                total
            })
            .collect();
        BaselineHazard {
            time: steps.iter().map(|(t, _)| *t).collect(),
            cumulative_hazard,
        }
    }
}

fn test(chi_square: f64, df: usize) -> CoxTest {
    CoxTest {
        chi_square,
        df,
        p: chi_square_sf(chi_square.max(0.0), df as f64),
    }
}

/// Fits hazard(t) = h0(t) exp(x b) by partial likelihood (R's `coxph`).
///
/// `x` has one row a sample and one column a predictor. Newton's method on centred and scaled columns
/// from 0, each step halved until the likelihood does not fall. Intervals and p values are Wald's; the
/// score test is that at 0.
///
/// # Errors
/// Non-finite input, negative times, no event, columns that are constant or combinations of earlier
/// ones, a level outside (0, 1), or steps that do not settle for another reason than separation.
/// Separation (a monotone likelihood) is told in the result.
pub fn cox_regression(
    x: &DMatrix<f64>,
    time: &[f64],
    event: &[bool],
    ties: CoxTies,
    level: f64,
) -> Result<CoxModel, RegressionError> {
    let (n, p) = x.shape();
    if !(level > 0.0 && level < 1.0) {
        return Err(RegressionError::BadSetting {
            setting: "level",
            problem: format!("{level} is not between 0 and 1"),
        });
    }
    if time.len() != n {
        return Err(RegressionError::Length {
            what: "the list of times",
            found: time.len(),
            expected: n,
        });
    }
    if p == 0 || n < p + 1 {
        return Err(RegressionError::TooFewSamples {
            found: n,
            needed: p + 1,
        });
    }
    check(time, event).map_err(|e| RegressionError::BadSetting {
        setting: "time",
        problem: e.to_string(),
    })?;
    let events = event.iter().filter(|e| **e).count();
    if events == 0 {
        return Err(RegressionError::NoEvent);
    }
    let Standardized { z, means, scales } = standardized(x)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| time[b].total_cmp(&time[a]));
    let data = Data {
        z: z.select_rows(&order),
        time: order.iter().map(|&i| time[i]).collect(),
        event: order.iter().map(|&i| event[i]).collect(),
        ties,
    };
    let mut b = DVector::<f64>::zeros(p);
    let mut now = data.likelihood(&b);
    let null_log_likelihood = now.value;
    let score_statistic = now
        .information
        .clone()
        .cholesky()
        .map(|f| now.score.dot(&f.solve(&now.score)))
        .ok_or(RegressionError::NotConverged {
            iterations: 0,
            context:
                ": the information matrix is singular, no event has samples at risk that differ"
                    .to_owned(),
        })?;
    let mut iterations = 0;
    let mut settled = false;
    while iterations < MAX_STEPS {
        let Some(factor) = now.information.clone().cholesky() else {
            break;
        };
        let mut step = factor.solve(&now.score);
        let change = (&data.z * &step).amax();
        if !change.is_finite() {
            break;
        }
        if change > 5.0 {
            step *= 5.0 / change;
        }
        iterations += 1;
        let mut accepted = None;
        for _ in 0..40 {
            let tried = &b + &step;
            let there = data.likelihood(&tried);
            // a fall by rounding alone is none
            if there.value >= now.value - 1e-10 * now.value.abs().max(1.0) {
                accepted = Some((tried, there));
                break;
            }
            step *= 0.5;
        }
        let Some((tried, there)) = accepted else {
            break;
        };
        b = tried;
        now = there;
        if change < ACCEPTED_STEP {
            settled = true;
            break;
        }
    }
    let spread = {
        let eta = &data.z * &b;
        eta.max() - eta.min()
    };
    let separation = !settled && spread > SEPARATED_BEYOND;
    if !settled && !separation {
        return Err(RegressionError::NotConverged {
            iterations,
            context: String::new(),
        });
    }
    let inverse = if separation {
        None
    } else {
        now.information.clone().cholesky()
    }
    .map(|f| f.inverse())
    .unwrap_or_else(|| DMatrix::from_element(p, p, f64::NAN));
    let wald = if separation {
        f64::NAN
    } else {
        b.dot(&(&now.information * &b))
    };
    let z_level = normal_upper_quantile((1.0 - level) / 2.0);
    let estimates: Vec<f64> = b.iter().zip(&scales).map(|(b, s)| b / s).collect();
    let coefficients = estimates
        .iter()
        .enumerate()
        .map(|(j, &estimate)| {
            let standard_error = inverse[(j, j)].sqrt() / scales[j];
            let z = estimate / standard_error;
            CoxCoefficient {
                estimate,
                standard_error,
                z,
                p: normal_two_sided(z),
                hazard_ratio: estimate.exp(),
                hazard_ratio_lower: (estimate - z_level * standard_error).exp(),
                hazard_ratio_upper: (estimate + z_level * standard_error).exp(),
            }
        })
        .collect();
    let offset: f64 = estimates.iter().zip(&means).map(|(b, m)| b * m).sum();
    let linear_predictor: Vec<f64> = (&z * &b).iter().map(|e| e + offset).collect();
    let sorted_predictor: Vec<f64> = order.iter().map(|&i| linear_predictor[i]).collect();
    Ok(CoxModel {
        covariance: (0..p)
            .map(|i| {
                (0..p)
                    .map(|j| inverse[(i, j)] / scales[i] / scales[j])
                    .collect()
            })
            .collect(),
        coefficients,
        null_log_likelihood,
        log_likelihood: now.value,
        likelihood_ratio: test(2.0 * (now.value - null_log_likelihood), p),
        wald: test(wald, p),
        score: test(score_statistic, p),
        baseline: data.baseline(&sorted_predictor),
        linear_predictor,
        ties,
        n,
        events,
        level,
        iterations,
        separation,
    })
}
