//! Means and standard deviations of two groups against their P value.

use super::{PrintedNumber, PrintedP};
use crate::distribution::student_t_two_sided;
use serde::Serialize;

/// A group as it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrintedGroup {
    /// Samples.
    pub n: u64,
    /// Mean.
    pub mean: PrintedNumber,
    /// Standard deviation (n - 1).
    pub standard_deviation: PrintedNumber,
}

/// The P values that t tests may have given before rounding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TTestRange {
    /// P value of Student's test of the printed numbers.
    pub student: f64,
    /// Smallest and largest P value of Student's test of numbers that round to the printed ones.
    pub student_range: (f64, f64),
    /// P value of Welch's test of the printed numbers.
    pub welch: f64,
    /// Smallest and largest P value of Welch's test of numbers that round to the printed ones.
    pub welch_range: (f64, f64),
}

impl TTestRange {
    /// Whether neither test can have given the printed P value.
    #[must_use]
    pub fn excludes(&self, printed: PrintedP) -> bool {
        let admits = |(lowest, highest)| printed.admits(lowest, highest);
        !admits(self.student_range) && !admits(self.welch_range)
    }
}

/// The P values of Student's and Welch's t tests that printed means and standard deviations allow.
///
/// t = (m1 - m2) / s sqrt(1/n1 + 1/n2) with the pooled s and n1 + n2 - 2 degrees of freedom, and
/// Welch's. The P value falls with the difference and rises with each standard deviation, so its
/// extremes lie at the ends of what rounds to the printed numbers. `None` for a group of fewer than
/// two samples, or where no standard deviation is above 0.
#[must_use]
pub fn t_tests(first: PrintedGroup, second: PrintedGroup) -> Option<TTestRange> {
    if first.n < 2 || second.n < 2 {
        return None;
    }
    let (a, b) = (first.mean, second.mean);
    let difference = (a.value - b.value).abs();
    let slack = 0.5 * (a.unit() + b.unit());
    let differences = [(difference - slack).max(0.0), difference + slack];
    let ends = |s: PrintedNumber| [s.lowest().max(0.0), s.highest()];
    let (n1, n2) = (first.n as f64, second.n as f64);
    let of = |test: fn(f64, [f64; 2], [f64; 2]) -> f64| {
        let (s1, s2) = (first.standard_deviation, second.standard_deviation);
        let mut range = (f64::INFINITY, f64::NEG_INFINITY);
        for difference in differences {
            for s1 in ends(s1) {
                for s2 in ends(s2) {
                    let p = test(difference, [s1, s2], [n1, n2]);
                    range = (range.0.min(p), range.1.max(p));
                }
            }
        }
        (test(difference, [s1.value, s2.value], [n1, n2]), range)
    };
    let (student, student_range) = of(student);
    let (welch, welch_range) = of(welch);
    student.is_finite().then_some(TTestRange {
        student,
        student_range,
        welch,
        welch_range,
    })
}

fn student(difference: f64, [s1, s2]: [f64; 2], [n1, n2]: [f64; 2]) -> f64 {
    let df = n1 + n2 - 2.0;
    let pooled = ((n1 - 1.0) * s1 * s1 + (n2 - 1.0) * s2 * s2) / df;
    student_t_two_sided(difference / (pooled * (1.0 / n1 + 1.0 / n2)).sqrt(), df)
}

fn welch(difference: f64, [s1, s2]: [f64; 2], [n1, n2]: [f64; 2]) -> f64 {
    let (v1, v2) = (s1 * s1 / n1, s2 * s2 / n2);
    let variance = v1 + v2;
    let df = variance * variance / (v1 * v1 / (n1 - 1.0) + v2 * v2 / (n2 - 1.0));
    student_t_two_sided(difference / variance.sqrt(), df)
}
