//! Outcomes on a nomogram: what a sum of points means.

use super::Nomogram;
use crate::distribution::logistic;

/// Linear predictors between the ends of its axis at which [`Nomogram::interpolated_marks`] looks at
/// a function, as in rms.
const GRID: usize = 1000;

impl Nomogram {
    /// Probability at a sum of points, for a logistic model.
    #[must_use]
    pub fn probability(&self, total_points: f64) -> f64 {
        logistic(self.linear_predictor(total_points))
    }

    /// Sum of points at a probability, for the marks of a risk axis; `None` unless it lies strictly
    /// between 0 and 1.
    #[must_use]
    pub fn total_points_at_probability(&self, probability: f64) -> Option<f64> {
        (probability > 0.0 && probability < 1.0)
            .then(|| self.total_points((probability / (1.0 - probability)).ln()))
    }

    /// Probability of no event at a sum of points, for a Cox model: `baseline`^exp(linear predictor),
    /// where `baseline` is the survival at linear predictor 0 (of the same centring) at some time.
    #[must_use]
    pub fn survival(&self, total_points: f64, baseline: f64) -> f64 {
        baseline.powf(self.linear_predictor(total_points).exp())
    }

    /// Sum of points at a probability of no event; `None` unless it and `baseline` lie strictly between
    /// 0 and 1.
    #[must_use]
    pub fn total_points_at_survival(&self, survival: f64, baseline: f64) -> Option<f64> {
        let inside = |p: f64| p > 0.0 && p < 1.0;
        (inside(survival) && inside(baseline))
            .then(|| self.total_points((survival.ln() / baseline.ln()).ln()))
    }

    /// Sums of points at which a function of the linear predictor has given values, as
    /// `rms::nomogram` finds them for any function.
    ///
    /// The function is looked at in a thousand places over the axis of the linear predictor. Places of
    /// one value, as of a step function such as a median time, count as one at their mean; between
    /// places it is taken to be straight. NaN where the function does not have the value, or is NaN
    /// wherever it could.
    #[must_use]
    pub fn interpolated_marks(&self, function: impl Fn(f64) -> f64, values: &[f64]) -> Vec<f64> {
        let ends = self
            .linear_predictor_axis
            .first()
            .zip(self.linear_predictor_axis.last());
        let Some((&(low, _), &(high, _))) = ends else {
            return vec![f64::NAN; values.len()];
        };
        let mut places: Vec<(f64, f64)> = (0..GRID)
            .map(|k| low + (high - low) * k as f64 / (GRID - 1) as f64)
            .map(|lp| (function(lp), lp))
            .filter(|(value, _)| !value.is_nan())
            .collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        let distinct: Vec<(f64, f64)> = places
            .chunk_by(|a, b| a.0 == b.0)
            .map(|same| {
                let sum: f64 = same.iter().map(|place| place.1).sum();
                (same[0].0, sum / same.len() as f64)
            })
            .collect();
        let at = |wanted: f64| -> f64 {
            let after = distinct.partition_point(|(value, _)| *value < wanted);
            match (
                after.checked_sub(1).and_then(|k| distinct.get(k)),
                distinct.get(after),
            ) {
                (_, Some(&(value, lp))) if value == wanted => lp,
                (Some(before), Some(after)) => {
                    before.1 + (after.1 - before.1) * (wanted - before.0) / (after.0 - before.0)
                }
                _ => f64::NAN,
            }
        };
        values.iter().map(|v| self.total_points(at(*v))).collect()
    }
}
