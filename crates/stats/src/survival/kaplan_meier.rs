//! The product-limit estimate of Kaplan and Meier (1958).

use super::error::{SurvivalError, check, check_level};
use crate::distribution::logistic;
use serde::Serialize;
use std::f64::consts::FRAC_PI_2;

/// Two quantiles closer than this count as one, as in R's `quantile.survfit`.
const QUANTILE_TOLERANCE: f64 = 1.490_116_119_384_765_6e-8;

/// The scale on which a confidence interval is symmetric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SurvivalInterval {
    /// S itself.
    Plain,
    /// log S, R's default.
    Log,
    /// log(-log S).
    LogLog,
    /// log(S / (1 - S)).
    Logit,
    /// arcsin(sqrt S).
    Arcsin,
}

/// A quantile of the time to the event; `None` where the curve does not reach it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SurvivalQuantile {
    /// Share of samples that had the event, e.g. 0.5 for the median.
    pub probability: f64,
    /// Time.
    pub time: Option<f64>,
    /// Lower confidence limit.
    pub lower: Option<f64>,
    /// Upper confidence limit.
    pub upper: Option<f64>,
}

/// A Kaplan-Meier curve; entry k of each list belongs to the k-th distinct time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KaplanMeier {
    /// Distinct times, ascending, those with censorings only included.
    pub time: Vec<f64>,
    /// Samples at risk just before.
    pub at_risk: Vec<usize>,
    /// Events.
    pub events: Vec<usize>,
    /// Censorings.
    pub censored: Vec<usize>,
    /// Survival probability just after.
    pub survival: Vec<f64>,
    /// Greenwood's standard error of log S (infinite at S = 0).
    pub standard_error_log: Vec<f64>,
    /// Nelson-Aalen estimate of the cumulative hazard, the sum of d / r.
    pub cumulative_hazard: Vec<f64>,
    /// Lower confidence limit of S (NaN at S = 0, and where the scale has none at S = 1).
    pub lower: Vec<f64>,
    /// Upper confidence limit of S (NaN where the lower one is).
    pub upper: Vec<f64>,
    /// Scale of the interval.
    pub interval: SurvivalInterval,
    /// Confidence level.
    pub level: f64,
    /// Number of samples.
    pub n: usize,
    /// Number of events.
    pub total_events: usize,
}

/// Kaplan-Meier curve (R's `survfit(Surv(time, event) ~ 1)`).
///
/// S(t) = product over event times u <= t of (1 - d/r), with d events among r at risk. At a shared
/// time events come before censorings. Standard error of log S: sqrt(sum d / (r (r - d))). Limits:
/// plain S -/+ z se S; log S exp(-/+ z se); log-log S^exp(+/- z se / log S); logit: log(S / (1 - S))
/// -/+ z se / (1 - S); arcsin: sin^2(arcsin(sqrt S) -/+ z se sqrt(S / (1 - S)) / 2), the angle within
/// [0, pi / 2]; clipped to [0, 1]. Where S is still 1 the limits are 1, but NaN on the last three
/// scales, which have no spread there. Times count as equal only if they are the same number; R also
/// joins times closer than 1.5e-8 of their size. One sort, then one pass.
///
/// # Errors
/// No samples, lengths that differ, a time that is negative or not finite, a bad level.
pub fn kaplan_meier(
    time: &[f64],
    event: &[bool],
    interval: SurvivalInterval,
    level: f64,
) -> Result<KaplanMeier, SurvivalError> {
    check(time, event)?;
    let z = check_level(level)?;
    let mut order: Vec<usize> = (0..time.len()).collect();
    order.sort_unstable_by(|&a, &b| time[a].total_cmp(&time[b]));
    let mut curve = KaplanMeier {
        time: Vec::new(),
        at_risk: Vec::new(),
        events: Vec::new(),
        censored: Vec::new(),
        survival: Vec::new(),
        standard_error_log: Vec::new(),
        cumulative_hazard: Vec::new(),
        lower: Vec::new(),
        upper: Vec::new(),
        interval,
        level,
        n: time.len(),
        total_events: event.iter().filter(|e| **e).count(),
    };
    let (mut survival, mut variance, mut hazard) = (1.0, 0.0, 0.0);
    let mut start = 0;
    while start < order.len() {
        let now = time[order[start]];
        let mut end = start;
        let mut d = 0;
        while end < order.len() && time[order[end]] == now {
            d += usize::from(event[order[end]]);
            end += 1;
        }
        let r = order.len() - start;
        if d > 0 {
            survival *= (r - d) as f64 / r as f64;
            variance += d as f64 / (r as f64 * (r - d) as f64);
            hazard += d as f64 / r as f64;
        }
        let se = variance.sqrt();
        let (lower, upper) = limits(survival, se, z, interval);
        curve.time.push(now);
        curve.at_risk.push(r);
        curve.events.push(d);
        curve.censored.push(end - start - d);
        curve.survival.push(survival);
        curve.standard_error_log.push(se);
        curve.cumulative_hazard.push(hazard);
        curve.lower.push(lower);
        curve.upper.push(upper);
        start = end;
    }
    Ok(curve)
}

fn limits(s: f64, se: f64, z: f64, interval: SurvivalInterval) -> (f64, f64) {
    if s <= 0.0 {
        return (f64::NAN, f64::NAN);
    }
    if s >= 1.0 {
        return match interval {
            SurvivalInterval::Plain | SurvivalInterval::Log => (1.0, 1.0),
            SurvivalInterval::LogLog | SurvivalInterval::Logit | SurvivalInterval::Arcsin => {
                (f64::NAN, f64::NAN)
            }
        };
    }
    match interval {
        SurvivalInterval::Plain => ((s - z * se * s).max(0.0), (s + z * se * s).min(1.0)),
        SurvivalInterval::Log => (s * (-z * se).exp(), (s * (z * se).exp()).min(1.0)),
        SurvivalInterval::LogLog => {
            let centre = (-s.ln()).ln();
            let half = z * se / s.ln();
            (
                (-(centre - half).exp()).exp(),
                (-(centre + half).exp()).exp(),
            )
        }
        SurvivalInterval::Logit => {
            let centre = (s / (1.0 - s)).ln();
            let half = z * se / (1.0 - s);
            (logistic(centre - half), logistic(centre + half))
        }
        SurvivalInterval::Arcsin => {
            let centre = s.sqrt().asin();
            let half = 0.5 * z * se * (s / (1.0 - s)).sqrt();
            let square = |angle: f64| angle.sin() * angle.sin();
            (
                square((centre - half).max(0.0)),
                square((centre + half).min(FRAC_PI_2)),
            )
        }
    }
}

impl KaplanMeier {
    /// Index of the last distinct time <= `t`.
    fn index_at(&self, t: f64) -> Option<usize> {
        self.time.partition_point(|u| *u <= t).checked_sub(1)
    }

    /// Survival probability at `t`: 1 before the first time; after the last time its last value.
    #[must_use]
    pub fn survival_at(&self, t: f64) -> f64 {
        self.index_at(t).map_or(1.0, |k| self.survival[k])
    }

    /// Greenwood's standard error of S at `t`, S times that of log S; NaN at S = 0.
    #[must_use]
    pub fn standard_error_at(&self, t: f64) -> f64 {
        self.index_at(t)
            .map_or(0.0, |k| self.survival[k] * self.standard_error_log[k])
    }

    /// Confidence limits at `t`; 1 and 1 before the first time.
    #[must_use]
    pub fn limits_at(&self, t: f64) -> (f64, f64) {
        self.index_at(t)
            .map_or((1.0, 1.0), |k| (self.lower[k], self.upper[k]))
    }

    /// Number of samples with a time >= `t`: the figures under a plot.
    #[must_use]
    pub fn at_risk_at(&self, t: f64) -> usize {
        self.at_risk
            .get(self.time.partition_point(|u| *u < t))
            .copied()
            .unwrap_or(0)
    }

    /// Time by which a share `probability` had the event (R's `quantile.survfit`).
    ///
    /// The first time at which 1 - S reaches the share; where the curve is flat at exactly that share,
    /// the middle of the flat part. Limits are where the confidence limits of S reach it.
    #[must_use]
    pub fn quantile(&self, probability: f64) -> SurvivalQuantile {
        SurvivalQuantile {
            probability,
            time: self.crossing(&self.survival, probability),
            lower: self.crossing(&self.lower, probability),
            upper: self.crossing(&self.upper, probability),
        }
    }

    /// Median time to the event, `quantile(0.5)`.
    #[must_use]
    pub fn median(&self) -> SurvivalQuantile {
        self.quantile(0.5)
    }

    fn crossing(&self, curve: &[f64], probability: f64) -> Option<f64> {
        // 1 - curve at its steps, starting from 0; limits that are not defined are left out
        let steps = || {
            std::iter::once((0.0, 0.0)).chain(
                curve
                    .iter()
                    .zip(&self.time)
                    .map(|(s, t)| (1.0 - s, *t))
                    .filter(|(risen, _)| risen.is_finite()),
            )
        };
        let reached = steps().find(|(f, _)| f + QUANTILE_TOLERANCE >= probability)?;
        let last_time = *self.time.last()?;
        let passed = steps()
            .find(|(f, _)| f - QUANTILE_TOLERANCE >= probability)
            .map_or(last_time, |(_, t)| t);
        let flat = (reached.0 - probability).abs() < QUANTILE_TOLERANCE;
        Some(if flat {
            f64::midpoint(reached.1, passed)
        } else {
            reached.1
        })
    }

    /// Mean time to the event within `horizon` (restricted mean) and its standard error.
    ///
    /// Area under the curve up to `horizon`; variance = sum over event times of d / (r (r - d)) times
    /// the squared area to the right. `None` if `horizon` is not positive and finite or lies beyond
    /// the last time while the curve is above 0 there.
    #[must_use]
    pub fn restricted_mean(&self, horizon: f64) -> Option<(f64, f64)> {
        let last = self.time.len().checked_sub(1)?;
        if !(horizon.is_finite() && horizon > 0.0)
            || (horizon > self.time[last] && self.survival[last] > 0.0)
        {
            return None;
        }
        let kept = self.time.partition_point(|t| *t <= horizon);
        let area = |k: usize| {
            let end = if k + 1 < kept {
                self.time[k + 1]
            } else {
                horizon
            };
            (end - self.time[k]) * self.survival[k]
        };
        let mut variance = 0.0;
        let mut right = 0.0;
        for k in (0..kept).rev() {
            right += area(k);
            let (d, r) = (self.events[k] as f64, self.at_risk[k] as f64);
            if d > 0.0 && r > d {
                variance += d / (r * (r - d)) * right * right;
            }
        }
        let first = if kept > 0 { self.time[0] } else { horizon };
        Some((first + right, variance.sqrt()))
    }
}
