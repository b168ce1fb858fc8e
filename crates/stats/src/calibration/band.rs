//! How sure a smoothed calibration curve is.

use rand_chacha::rand_core::RngCore;
use serde::Serialize;

use super::curve::calibration_curve;
use super::error::CalibrationError;
use crate::describe::quantile;
use crate::resampling::bootstrap;

/// Share of the samples that must reach a point for the band to be drawn there.
const REACHED: f64 = 0.5;

/// A pointwise band around a smoothed calibration curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CalibrationBand {
    /// Lower limit at each predicted probability, in ascending order; NaN where too few samples
    /// reach.
    pub lower: Vec<f64>,
    /// Upper limit.
    pub upper: Vec<f64>,
    /// Bootstrap samples used.
    pub samples: usize,
}

/// Band of [`calibration_curve`] at its own points, by the bootstrap.
///
/// Patients (prediction and outcome together) are drawn with replacement, the curve is smoothed
/// again and read, by straight lines between its points, at the predictions of the patients
/// themselves. The limits are quantiles (type 7) over the samples, point by point, within 0 and 1.
/// A sample does not reach beyond its own predictions, and one with a single outcome is left out.
/// The model is taken as it is: that it might have been fitted otherwise is not in the band.
///
/// # Errors
/// Lengths that differ, entries that are not probabilities, or one outcome only.
pub fn calibration_band(
    outcome: &[bool],
    probability: &[f64],
    level: f64,
    samples: usize,
    rng: &mut impl RngCore,
) -> Result<CalibrationBand, CalibrationError> {
    let points = calibration_curve(outcome, probability)?.predicted;
    let mut found: Vec<Vec<f64>> = vec![Vec::new(); points.len()];
    let mut used = 0;
    for _ in 0..samples {
        let rows = bootstrap(outcome.len(), rng);
        let class: Vec<bool> = rows.iter().map(|&row| outcome[row]).collect();
        let drawn: Vec<f64> = rows.iter().map(|&row| probability[row]).collect();
        let Ok(curve) = calibration_curve(&class, &drawn) else {
            continue;
        };
        used += 1;
        for (values, &point) in found.iter_mut().zip(&points) {
            values.extend(read_at(&curve.predicted, &curve.observed, point));
        }
    }
    let limit = |share: f64| -> Vec<f64> {
        found
            .iter()
            .map(|values| {
                if values.is_empty() || (values.len() as f64) < REACHED * used as f64 {
                    f64::NAN
                } else {
                    quantile(values, share).clamp(0.0, 1.0)
                }
            })
            .collect()
    };
    Ok(CalibrationBand {
        lower: limit((1.0 - level) / 2.0),
        upper: limit(f64::midpoint(1.0, level)),
        samples: used,
    })
}

/// Height of a curve over ascending `x` at a point, on the line between its neighbours; none beyond
/// the ends.
fn read_at(x: &[f64], y: &[f64], point: f64) -> Option<f64> {
    let after = x.partition_point(|&x| x < point);
    if x.get(after) == Some(&point) {
        return y.get(after).copied().filter(|y| !y.is_nan());
    }
    let before = after.checked_sub(1)?;
    let (x0, x1) = (*x.get(before)?, *x.get(after)?);
    let height = y[before] + (y[after] - y[before]) * (point - x0) / (x1 - x0);
    (!height.is_nan()).then_some(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_read_between_its_points_and_not_beyond() {
        let (x, y) = ([0.2, 0.4, 0.4, 0.8], [0.1, 0.3, 0.3, 0.5]);
        assert!((read_at(&x, &y, 0.3).unwrap() - 0.2).abs() < 1e-15);
        assert!((read_at(&x, &y, 0.6).unwrap() - 0.4).abs() < 1e-15);
        assert_eq!(read_at(&x, &y, 0.4), Some(0.3));
        assert_eq!(read_at(&x, &y, 0.8), Some(0.5));
        assert_eq!(read_at(&x, &y, 0.1), None);
        assert_eq!(read_at(&x, &y, 0.9), None);
    }
}
