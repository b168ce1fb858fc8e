//! Other standard errors and intervals of an area under a ROC curve.

use super::delong::{AucEstimate, check_level};
use super::error::DiscriminationError;
use crate::distribution::logistic;

/// Interval of an area that is symmetric on the scale of its log odds.
///
/// logit(AUC) -/+ z se / (AUC (1 - AUC)), turned back: the delta method on DeLong's standard error
/// `se` (Pepe 2003, 5.2.4). It stays within 0 and 1 and is wider towards 0.5. `None` for an area of
/// 0 or 1, whose log odds are infinite.
///
/// # Errors
/// A level that is not between 0 and 1.
pub fn auc_logit_interval(
    estimate: &AucEstimate,
    level: f64,
) -> Result<Option<(f64, f64)>, DiscriminationError> {
    let z = check_level(level)?;
    let (auc, rest) = (estimate.auc, 1.0 - estimate.auc);
    if auc <= 0.0 || rest <= 0.0 {
        return Ok(None);
    }
    let centre = (auc / rest).ln();
    let half = z * estimate.standard_error / (auc * rest);
    Ok(Some((logistic(centre - half), logistic(centre + half))))
}

/// Standard error of an area by Hanley and McNeil (1982), from the area and the sizes alone.
///
/// With Q1 = A / (2 - A) and Q2 = 2 A^2 / (1 + A): the square root of
/// (A (1 - A) + (m - 1)(Q1 - A^2) + (n - 1)(Q2 - A^2)) / (m n) for m cases and n controls. It
/// supposes exponential scores; [`auc_delong`](super::auc_delong) supposes nothing.
#[must_use]
pub fn hanley_mcneil_standard_error(auc: f64, cases: usize, controls: usize) -> f64 {
    let (m, n) = (cases as f64, controls as f64);
    let square = auc * auc;
    let (q1, q2) = (auc / (2.0 - auc), 2.0 * square / (1.0 + auc));
    let variance = auc * (1.0 - auc) + (m - 1.0) * (q1 - square) + (n - 1.0) * (q2 - square);
    (variance / (m * n)).sqrt()
}
