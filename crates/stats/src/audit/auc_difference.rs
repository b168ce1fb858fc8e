//! The difference of two areas on the same patients against its P value.

use super::PrintedP;
use super::interval::PrintedInterval;
use crate::distribution::{normal_two_sided, normal_upper_quantile};
use serde::Serialize;

/// The correlation of two areas above which a comparison is not believed: scores that are this much
/// alike are one score.
pub const HIGHEST_CORRELATION: f64 = 0.99;

/// The correlation between two estimated areas that a printed P value needs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NeededCorrelation {
    /// Of the printed numbers; for "<0.05" and its like the least that is enough.
    pub correlation: f64,
    /// The smallest that any numbers which round to the printed ones need.
    pub lowest: f64,
    /// The largest that they allow; 1 for "<0.05" and its like.
    pub highest: f64,
}

impl NeededCorrelation {
    /// Whether no two different scores can have such a correlation.
    #[must_use]
    pub fn is_impossible(&self) -> bool {
        self.lowest > HIGHEST_CORRELATION || self.highest < -1.0
    }
}

/// A difference of two areas and their standard errors, each from and to what rounding allows.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Difference {
    size: f64,
    first: f64,
    second: f64,
}

/// The correlation between two areas with Wald intervals of this level, on the same patients, that
/// the printed P value of their difference needs (z = difference / standard error, as DeLong's).
///
/// (s1^2 + s2^2 - (difference / z)^2) / (2 s1 s2), each s a width over 2 z(level), z that of the P
/// value. `None` where a width is not positive.
#[must_use]
pub fn needed_correlation(
    first: &PrintedInterval,
    second: &PrintedInterval,
    printed: PrintedP,
    level: f64,
) -> Option<NeededCorrelation> {
    let quantile = normal_upper_quantile((1.0 - level) / 2.0);
    let error = |interval: &PrintedInterval| {
        let width = interval.upper.value - interval.lower.value;
        let slack = 0.5 * (interval.upper.unit() + interval.lower.unit());
        [width, width - slack, width + slack].map(|width| width / (2.0 * quantile))
    };
    let size = (first.estimate.value - second.estimate.value).abs();
    let slack = 0.5 * (first.estimate.unit() + second.estimate.unit());
    let sizes = [size, (size - slack).max(0.0), size + slack];
    needed(sizes, [error(first), error(second)], printed)
}

/// [`needed_correlation`] of a difference and the two standard errors as they are, without
/// allowance for rounding.
#[must_use]
pub fn needed_correlation_of_errors(
    difference: f64,
    errors: [f64; 2],
    printed: PrintedP,
) -> Option<NeededCorrelation> {
    needed(
        [difference.abs(); 3],
        errors.map(|error| [error; 3]),
        printed,
    )
}

/// Two-sided P value of the difference of two areas with this correlation (DeLong's z).
#[must_use]
pub fn p_at_correlation(difference: f64, errors: [f64; 2], correlation: f64) -> f64 {
    let [s1, s2] = errors;
    let variance = s1 * s1 + s2 * s2 - 2.0 * correlation * s1 * s2;
    normal_two_sided(difference / variance.sqrt())
}

/// Standard error of an estimate from its Wald interval: width over 2 z(level).
#[must_use]
pub fn error_of(interval: &PrintedInterval, level: f64) -> f64 {
    let width = interval.upper.value - interval.lower.value;
    width / (2.0 * normal_upper_quantile((1.0 - level) / 2.0))
}

/// Each list holds the printed number, the smallest and the largest.
fn needed(sizes: [f64; 3], errors: [[f64; 3]; 2], printed: PrintedP) -> Option<NeededCorrelation> {
    let [[first, ..], [second, ..]] = errors;
    if !(first > 0.0 && second > 0.0) {
        return None;
    }
    let correlation = |d: Difference, p: f64| {
        let spread = d.size / normal_upper_quantile(p / 2.0);
        let (s1, s2) = (d.first, d.second);
        (s1 * s1 + s2 * s2 - spread * spread) / (2.0 * s1 * s2)
    };
    let (from, to) = printed.range();
    let middle = match printed {
        PrintedP::Equal(p) => p.value,
        PrintedP::Below(bound) | PrintedP::Above(bound) => bound,
    };
    // P values of 0 and 1 have no finite z; nothing is claimed of them
    let tail = |p: f64| p.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON);
    let [size, ..] = sizes;
    let of_printed = Difference {
        size,
        first,
        second,
    };
    let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
    let [all_first, all_second] = errors;
    for size in sizes {
        for first in all_first.into_iter().filter(|s| *s > 0.0) {
            for second in all_second.into_iter().filter(|s| *s > 0.0) {
                for p in [from, to] {
                    let r = correlation(
                        Difference {
                            size,
                            first,
                            second,
                        },
                        tail(p),
                    );
                    lowest = lowest.min(r);
                    highest = highest.max(r);
                }
            }
        }
    }
    // "<": any P value below is allowed, so any correlation above; ">": any below
    Some(NeededCorrelation {
        correlation: correlation(of_printed, tail(middle)),
        lowest: if matches!(printed, PrintedP::Above(_)) {
            f64::NEG_INFINITY
        } else {
            lowest
        },
        highest: if matches!(printed, PrintedP::Below(_)) {
            1.0
        } else {
            highest
        },
    })
}
