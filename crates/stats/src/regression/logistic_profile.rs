//! Confidence limits of a logistic model by its profile likelihood.

use super::profile::{Likelihood, Penalty, Profile, not_converged};
use super::{LogisticModel, RegressionError, Standardized, standardized};
use crate::distribution::normal_upper_quantile;
use nalgebra::{DMatrix, DVector};
use serde::Serialize;

/// Points on each side of the estimate at most, in [`spline_profile_limits`] (`maxsteps` of MASS,
/// which counts from 1 and stops before it).
const MOST_STEPS: usize = 9;

/// Limits of a coefficient, on the scale of log odds ratios.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ProfileLimits {
    /// The lower one.
    pub lower: f64,
    /// The upper one.
    pub upper: f64,
}

/// Limits of each coefficient by the profile of the likelihood, intercept first, at the level of the
/// model.
///
/// A limit is the value at which twice the loss of log-likelihood, all other coefficients fitted anew,
/// equals the quantile of chi-square with one degree of freedom: found to about 1e-10 by Newton's
/// method on the signed root of that loss. R's `confint` of a `glm` approximates the same limit by a
/// spline: see [`spline_profile_limits`].
///
/// With separation a limit on the side of an infinite estimate is infinite; the others hold.
///
/// `x` and `outcome` must be those of the fit.
///
/// # Errors
/// Those of [`logistic_regression`](super::logistic_regression), and a profile that does not settle.
pub fn profile_limits(
    model: &LogisticModel,
    x: &DMatrix<f64>,
    outcome: &[bool],
) -> Result<Vec<ProfileLimits>, RegressionError> {
    let reach = normal_upper_quantile((1.0 - model.level) / 2.0);
    each_profile(model, x, outcome, |profile| {
        Ok(ProfileLimits {
            lower: profile.limit(-1.0, reach)?,
            upper: profile.limit(1.0, reach)?,
        })
    })
}

/// Limits of each coefficient as R's `confint` of a `glm` gives them (MASS up to 7.3, stats since 4.4):
/// the profile at a few points, a cubic spline through the signed roots of the loss, and straight lines
/// between three times as many points of it. About 1e-4 off the limits of [`profile_limits`]; for
/// comparison with published tables. NaN where the profile does not reach the limit, and everywhere
/// with separation.
///
/// # Errors
/// Those of [`profile_limits`].
pub fn spline_profile_limits(
    model: &LogisticModel,
    x: &DMatrix<f64>,
    outcome: &[bool],
) -> Result<Vec<ProfileLimits>, RegressionError> {
    if model.separation {
        let undefined = ProfileLimits {
            lower: f64::NAN,
            upper: f64::NAN,
        };
        return Ok(vec![undefined; model.coefficients.len()]);
    }
    let outside = 1.0 - model.level;
    let reach = normal_upper_quantile(outside / 2.0);
    // (1 - level) / 4 is the level of the profile, halved again for its two sides
    let widest = normal_upper_quantile(outside / 8.0);
    each_profile(model, x, outcome, |profile| {
        let points = profile.steps(widest / 5.0 * profile.unit, widest, MOST_STEPS)?;
        let curve =
            spline(&points).ok_or_else(|| not_converged(points.len(), profile.place.clone()))?;
        Ok(ProfileLimits {
            lower: value_at(&curve, -reach),
            upper: value_at(&curve, reach),
        })
    })
}

/// Does the work for the profile of each coefficient.
fn each_profile(
    model: &LogisticModel,
    x: &DMatrix<f64>,
    outcome: &[bool],
    work: impl Fn(&Profile<'_>) -> Result<ProfileLimits, RegressionError>,
) -> Result<Vec<ProfileLimits>, RegressionError> {
    let (n, p) = x.shape();
    for (what, found, expected) in [
        ("the outcome", outcome.len(), n),
        ("the list of columns", p + 1, model.coefficients.len()),
    ] {
        if found != expected {
            return Err(RegressionError::Length {
                what,
                found,
                expected,
            });
        }
    }
    let Standardized { z, means, scales } = standardized(x)?;
    let likelihood = Likelihood {
        z: z.insert_column(0, 1.0),
        outcome,
        penalty: Penalty::None,
    };
    let mut start = DVector::zeros(p + 1);
    if !model.separation {
        let estimates = model.estimates();
        start[0] = estimates[0];
        for j in 0..p {
            start[j + 1] = estimates[j + 1] * scales[j];
            start[0] += estimates[j + 1] * means[j];
        }
    }
    let start = likelihood
        .at(start)
        .ok_or_else(|| not_converged(0, String::new()))?;
    let best = likelihood.maximize(start, None, "")?.point;
    // back to the original columns: b_j = c_j / s_j, a = c_0 - sum b_j m_j
    let mut back = DMatrix::<f64>::identity(p + 1, p + 1);
    for j in 0..p {
        back[(j + 1, j + 1)] = 1.0 / scales[j];
        back[(0, j + 1)] = -means[j] / scales[j];
    }
    let inverse = best.information.inverse();
    (0..=p)
        .map(|j| {
            let row = back.row(j).transpose();
            let mut unit = row.dot(&(&inverse * &row)).sqrt();
            if model.separation {
                unit = unit.min(row.norm());
            }
            work(&Profile::new(
                &likelihood,
                &best,
                &back,
                j,
                unit,
                model.separation,
            ))
        })
        .collect()
}

/// Three times as many points, evenly spaced, on the cubic spline through the points, whose third
/// derivative at each end is that of the cubic through the four points there (`method = "fmm"` of R's
/// `spline`, after Forsythe, Malcolm and Moler). `None` with fewer than four points.
fn spline(points: &[(f64, f64)]) -> Option<Vec<(f64, f64)>> {
    let n = points.len();
    if n < 4 {
        return None;
    }
    let gap: Vec<f64> = points.windows(2).map(|w| w[1].0 - w[0].0).collect();
    let slope: Vec<f64> = points
        .windows(2)
        .map(|w| (w[1].1 - w[0].1) / (w[1].0 - w[0].0))
        .collect();
    // divided differences of four neighbours
    let third = |i: usize| {
        let second = |i: usize| (slope[i + 1] - slope[i]) / (points[i + 2].0 - points[i].0);
        (second(i + 1) - second(i)) / (points[i + 3].0 - points[i].0)
    };
    // unknowns: a sixth of the second derivatives at the points
    let mut matrix = DMatrix::zeros(n, n);
    let mut right = DVector::zeros(n);
    for i in 1..n - 1 {
        matrix[(i, i - 1)] = gap[i - 1];
        matrix[(i, i)] = 2.0 * (gap[i - 1] + gap[i]);
        matrix[(i, i + 1)] = gap[i];
        right[i] = slope[i] - slope[i - 1];
    }
    for (end, inner, gap, third) in [
        (0, 1, gap[0], third(0)),
        (n - 1, n - 2, -gap[n - 2], third(n - 4)),
    ] {
        matrix[(end, end)] = -1.0;
        matrix[(end, inner)] = 1.0;
        right[end] = gap * third;
    }
    let bend = matrix.lu().solve(&right)?;
    let (first, last) = (points[0].0, points[n - 1].0);
    let count = 3 * n;
    let mut i = 0;
    let curve = (0..count).map(|k| {
        let x = first + (last - first) * k as f64 / (count - 1) as f64;
        while i + 2 < n && x >= points[i + 1].0 {
            i += 1;
        }
        let d = x - points[i].0;
        let linear = slope[i] - gap[i] * (bend[i + 1] + 2.0 * bend[i]);
        let cubic = (bend[i + 1] - bend[i]) / gap[i];
        (
            x,
            points[i].1 + d * (linear + d * (3.0 * bend[i] + d * cubic)),
        )
    });
    Some(curve.collect())
}

/// The value at which a curve of values and roots reaches a root, by straight lines; NaN outside.
fn value_at(curve: &[(f64, f64)], root: f64) -> f64 {
    let mut sorted = curve.to_vec();
    sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let piece = sorted
        .windows(2)
        .find(|w| w[0].1 <= root && root <= w[1].1 && w[0].1 < w[1].1);
    piece.map_or(f64::NAN, |w| {
        w[0].0 + (w[1].0 - w[0].0) * (root - w[0].1) / (w[1].1 - w[0].1)
    })
}
