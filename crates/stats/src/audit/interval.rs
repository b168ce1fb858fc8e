//! Intervals against their estimates and against each other.

use super::PrintedNumber;
use serde::Serialize;

/// An interval that leans by less than this share of its width is taken as symmetric: rounding in
/// two steps and limits by resampling lean that much.
const LEANING: f64 = 0.1;

/// Intervals that must be symmetric before another is blamed for not being so.
const SYMMETRIC_ENOUGH: usize = 3;

/// An estimate with its interval, as printed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrintedInterval {
    /// Estimate.
    pub estimate: PrintedNumber,
    /// Lower limit.
    pub lower: PrintedNumber,
    /// Upper limit.
    pub upper: PrintedNumber,
}

/// How an interval lies about its estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lean {
    /// As far to the left as to the right, but for rounding.
    Symmetric,
    /// Farther below.
    Below,
    /// Farther above.
    Above,
}

/// What is wrong with an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalFault {
    /// The estimate does not lie within its limits.
    Outside,
    /// It is the interval of another row, and it fits the estimate there but not here.
    CopiedFrom(usize),
    /// It is not symmetric, though those of the other rows are.
    NotSymmetric {
        /// The lower limit that the estimate and the upper one imply.
        lower: f64,
        /// The upper limit that the estimate and the lower one imply.
        upper: f64,
    },
}

impl PrintedInterval {
    /// How the interval leans on the scale that `scale` gives, by more than this share of its width
    /// and more than rounding explains.
    fn lean(&self, scale: fn(f64) -> f64, share: f64) -> Lean {
        let ends = |number: PrintedNumber| (scale(number.lowest()), scale(number.highest()));
        let (estimate, lower, upper) = (ends(self.estimate), ends(self.lower), ends(self.upper));
        let width = scale(self.upper.value) - scale(self.lower.value);
        let slack = share * width;
        // the leaning that is left whatever was rounded
        let least = lower.0 + upper.0 - 2.0 * estimate.1;
        let most = lower.1 + upper.1 - 2.0 * estimate.0;
        if least > slack {
            Lean::Above
        } else if most < -slack {
            Lean::Below
        } else {
            Lean::Symmetric
        }
    }

    /// How the interval of a share, area or concordance leans; limits that are cut at 0 or 1 do not
    /// count as leaning.
    #[must_use]
    pub fn lean_of_share(&self) -> Lean {
        match self.lean(|x| x, LEANING) {
            Lean::Above if self.lower.value <= 0.0 => Lean::Symmetric,
            Lean::Below if self.upper.value >= 1.0 => Lean::Symmetric,
            lean => lean,
        }
    }

    /// How the interval of a ratio leans on the scale of its logarithm, by more than a tenth of its
    /// width.
    #[must_use]
    pub fn lean_of_ratio(&self) -> Lean {
        self.lean(f64::ln, LEANING)
    }

    /// Whether the interval of a ratio leans on the scale of its logarithm by more than rounding
    /// explains.
    #[must_use]
    pub fn leans_at_all_as_ratio(&self) -> bool {
        self.lean(f64::ln, 0.0) != Lean::Symmetric
    }

    fn is_outside(&self) -> bool {
        self.lower.lowest() > self.estimate.highest()
            || self.upper.highest() < self.estimate.lowest()
    }

    fn same_limits(&self, other: &Self) -> bool {
        self.lower == other.lower && self.upper == other.upper
    }
}

/// Looks for faults among the intervals of shares of one table; a row and its fault.
///
/// Wald intervals, as of DeLong's AUC or of a concordance, are symmetric. One that is not is blamed
/// only if at least three others of the table are, and at least three in four. It is a copy if it has
/// the limits of another row that fit the estimate there.
#[must_use]
pub fn interval_faults(intervals: &[PrintedInterval]) -> Vec<(usize, IntervalFault)> {
    let leans: Vec<Lean> = intervals
        .iter()
        .map(PrintedInterval::lean_of_share)
        .collect();
    let symmetric = leans.iter().filter(|l| **l == Lean::Symmetric).count();
    let usual = symmetric >= SYMMETRIC_ENOUGH && 4 * symmetric >= 3 * intervals.len();
    let mut faults = Vec::new();
    for (row, (interval, lean)) in intervals.iter().zip(&leans).enumerate() {
        if interval.is_outside() {
            faults.push((row, IntervalFault::Outside));
            continue;
        }
        if *lean == Lean::Symmetric {
            continue;
        }
        let copied = intervals.iter().zip(&leans).position(|(other, of_other)| {
            *of_other == Lean::Symmetric
                && other.same_limits(interval)
                && other.estimate != interval.estimate
        });
        let (e, l, u) = (
            interval.estimate.value,
            interval.lower.value,
            interval.upper.value,
        );
        if let Some(other) = copied {
            faults.push((row, IntervalFault::CopiedFrom(other)));
        } else if usual {
            let fault = IntervalFault::NotSymmetric {
                lower: 2.0 * e - u,
                upper: 2.0 * e - l,
            };
            faults.push((row, fault));
        }
    }
    faults
}

/// Standard error of an AUC by Hanley and McNeil (1982), from the estimate and the numbers alone:
/// (A (1 - A) + (n1 - 1) (Q1 - A^2) + (n0 - 1) (Q2 - A^2)) / (n1 n0) under the root, Q1 = A / (2 -
/// A), Q2 = 2 A^2 / (1 + A).
#[must_use]
pub fn hanley_mcneil(auc: f64, positives: u64, negatives: u64) -> f64 {
    let (n1, n0) = (positives as f64, negatives as f64);
    let square = auc * auc;
    let (q1, q2) = (auc / (2.0 - auc), 2.0 * square / (1.0 + auc));
    ((auc * (1.0 - auc) + (n1 - 1.0) * (q1 - square) + (n0 - 1.0) * (q2 - square)) / (n1 * n0))
        .sqrt()
}
