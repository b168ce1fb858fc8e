//! Hodges-Lehmann estimate of the shift between two samples.

use super::mann_whitney::statistic_counts;
use super::{Alternative, CompareError, present_finite};
use crate::describe::{quantile_of_sorted, tie_sizes};
use crate::distribution::normal_upper_quantile;
use serde::{Deserialize, Serialize};

const TEST: &str = "the Hodges-Lehmann estimate";

/// The largest number of differences that is held.
const LIMIT: u64 = 50_000_000;

/// The shift between two samples and its confidence interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HodgesLehmann {
    /// Median of all differences `x_i - y_j`.
    pub estimate: f64,
    /// Lower confidence limit; minus infinity for `Less`.
    pub lower: f64,
    /// Upper confidence limit; infinity for `Greater`.
    pub upper: f64,
    /// Whether the limits come from the exact distribution of `U`.
    pub exact: bool,
}

/// The Hodges-Lehmann estimate of `x - y`. R: `wilcox.test(x, y, conf.int = TRUE)`.
///
/// The limits are those shifts which the Mann-Whitney test would just not reject, hence two of the
/// differences: by the exact distribution where both samples have fewer than 50 values and none is
/// tied, else by the normal approximation with continuity correction. There R searches the
/// differences by `uniroot`, which stops up to 1e-4 beside them; here they are found exactly. Where
/// the middle of the differences is an interval, R takes some point of it, here it is the median.
/// NaN is left out.
///
/// # Errors
/// An empty sample, infinite values, all values equal, more than fifty million differences, or a
/// confidence level outside 0 to 1.
pub fn hodges_lehmann(
    x: &[f64],
    y: &[f64],
    alternative: Alternative,
    confidence: f64,
) -> Result<HodgesLehmann, CompareError> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(CompareError::Confidence(confidence));
    }
    let x = present_finite(x, TEST, 1)?;
    let y = present_finite(y, TEST, 1)?;
    let pairs = (x.len() as u64).saturating_mul(y.len() as u64);
    if pairs > LIMIT {
        return Err(CompareError::TooMuchWork {
            test: TEST,
            limit: LIMIT,
        });
    }
    let all: Vec<f64> = x.iter().chain(&y).copied().collect();
    let sizes = tie_sizes(&all);
    if sizes.len() < 2 {
        return Err(CompareError::NoVariation { test: TEST });
    }
    let mut differences: Vec<f64> = x
        .iter()
        .flat_map(|a| y.iter().map(move |b| a - b))
        .collect();
    differences.sort_by(f64::total_cmp);
    let estimate = quantile_of_sorted(&differences, 0.5);
    let alpha = 1.0 - confidence;
    let tail = match alternative {
        Alternative::TwoSided => 0.5 * alpha,
        _ => alpha,
    };
    let exact = x.len() < 50 && y.len() < 50 && sizes.len() == all.len();
    let (lower, upper) = if exact {
        let rank = exact_rank(x.len(), y.len(), tail)?;
        let at = |place: usize| differences.get(place).copied().unwrap_or(f64::NAN);
        (at(rank - 1), at(differences.len() - rank))
    } else {
        let shifts = Shifts::new(&x, &y, &differences, alternative);
        let z = normal_upper_quantile(tail);
        (shifts.crossing(z), shifts.crossing(-z))
    };
    Ok(HodgesLehmann {
        estimate,
        lower: match alternative {
            Alternative::Less => f64::NEG_INFINITY,
            _ => lower,
        },
        upper: match alternative {
            Alternative::Greater => f64::INFINITY,
            _ => upper,
        },
        exact,
    })
}

/// The smallest `U` whose lower tail reaches `tail`, at least one: the rank of the lower limit
/// among the differences.
fn exact_rank(m: usize, n: usize, tail: f64) -> Result<usize, CompareError> {
    let counts = statistic_counts(m, n)?;
    let total: f64 = counts.iter().sum();
    // A tail that is met but for rounding counts as met.
    let wanted = tail - 10.0 * f64::EPSILON;
    let mut sum = 0.0;
    let below = counts
        .iter()
        .take_while(|&&count| {
            sum += count / total;
            sum < wanted
        })
        .count();
    Ok(below.clamp(1, counts.len() - 1))
}

/// The standardised `U` of `x - d` against `y` as a function of the shift `d`: a falling staircase
/// with its steps at the differences.
struct Shifts<'a> {
    differences: &'a [f64],
    alternative: Alternative,
    deviation: f64,
}

impl Shifts<'_> {
    fn new<'a>(
        x: &[f64],
        y: &[f64],
        differences: &'a [f64],
        alternative: Alternative,
    ) -> Shifts<'a> {
        let (m, n) = (x.len() as f64, y.len() as f64);
        let total = m + n;
        // Between the steps no value of `x - d` meets one of `y`: only ties within count.
        let cubes = |values: &[f64]| -> f64 {
            let sizes = tie_sizes(values);
            sizes.iter().map(|&t| (t as f64).powi(3) - t as f64).sum()
        };
        let tied = cubes(x) + cubes(y);
        let variance = m * n / 12.0 * ((total + 1.0) - tied / (total * (total - 1.0)));
        Shifts {
            differences,
            alternative,
            deviation: variance.sqrt(),
        }
    }

    /// The first difference behind which the statistic is at most `z`.
    fn crossing(&self, z: f64) -> f64 {
        let pairs = self.differences.len() as f64;
        let statistic_behind = |difference: f64| {
            let passed = self.differences.partition_point(|&d| d <= difference) as f64;
            let centred = pairs - passed - pairs / 2.0;
            let shift = match self.alternative {
                Alternative::TwoSided if centred == 0.0 => 0.0,
                Alternative::TwoSided => 0.5f64.copysign(centred),
                Alternative::Greater => 0.5,
                Alternative::Less => -0.5,
            };
            (centred - shift) / self.deviation
        };
        let place = self
            .differences
            .partition_point(|&difference| statistic_behind(difference) > z);
        let last = self.differences.last();
        *self.differences.get(place).or(last).unwrap_or(&f64::NAN)
    }
}
