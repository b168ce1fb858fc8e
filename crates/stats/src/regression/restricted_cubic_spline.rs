//! Restricted cubic splines: an effect that bends between knots and is straight beyond them.

use super::RegressionError;
use crate::describe::quantile_of_sorted;

/// Knots where they are usually put: at quantiles (type 7) of the values, evenly spaced from 0.05 to
/// 0.95 (0.1 to 0.9 for three knots, 0.025 to 0.975 for more than six); of fewer than 100 values the
/// fifth from each end are the outer knots (R's `Hmisc::rcspline.eval`, without what it does for values
/// of which many are tied at an end).
///
/// # Errors
/// Fewer than 3 knots, a value that is not finite, or values too few or too much tied for so many
/// distinct knots.
pub fn spline_knots(values: &[f64], count: usize) -> Result<Vec<f64>, RegressionError> {
    let bad = |problem: String| RegressionError::BadSetting {
        setting: "knots",
        problem,
    };
    if count < 3 {
        return Err(bad(format!(
            "{count} are too few: a spline needs 3 at least"
        )));
    }
    if let Some(index) = values.iter().position(|v| !v.is_finite()) {
        return Err(RegressionError::NonFinite {
            what: "the values of the spline",
            index,
        });
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let outer = match count {
        3 => 0.1,
        4..=6 => 0.05,
        _ => 0.025,
    };
    let step = (1.0 - 2.0 * outer) / (count - 1) as f64;
    let mut knots: Vec<f64> = (0..count)
        .map(|k| quantile_of_sorted(&sorted, outer + step * k as f64))
        .collect();
    if let (true, Some(&fifth), Some(&last)) = (
        sorted.len() < 100,
        sorted.get(4),
        sorted.len().checked_sub(5).and_then(|k| sorted.get(k)),
    ) {
        knots[0] = fifth;
        knots[count - 1] = last;
    }
    if knots.windows(2).any(|pair| pair[0] >= pair[1]) || knots.iter().any(|k| k.is_nan()) {
        return Err(bad(format!(
            "the values are too few or too often equal for {count} distinct knots: take fewer"
        )));
    }
    Ok(knots)
}

/// The columns of a restricted cubic spline at a value: the value itself, then one for each knot but
/// the last two (R's `rms::rcs`).
///
/// With knots t1 < ... < tk and u+ = max(u, 0), column j + 1 is
/// ((x - tj)+^3 - (x - t(k-1))+^3 (tk - tj) / (tk - t(k-1)) + (x - tk)+^3 (t(k-1) - tj) / (tk - t(k-1)))
/// / (tk - t1)^2 (Harrell, Regression Modeling Strategies, section 2.4.5). The knots must ascend and be
/// three at least; with fewer only the value comes back.
#[must_use]
pub fn restricted_cubic_spline(value: f64, knots: &[f64]) -> Vec<f64> {
    let [first, .., before, last] = *knots else {
        return vec![value];
    };
    let cube = |knot: f64| (value - knot).max(0.0).powi(3);
    let end = last - before;
    let bends = knots[..knots.len() - 2].iter().map(|&knot| {
        let bend = cube(knot) - cube(before) * ((last - knot) / end)
            + cube(last) * ((before - knot) / end);
        bend / (last - first).powi(2)
    });
    std::iter::once(value).chain(bends).collect()
}
