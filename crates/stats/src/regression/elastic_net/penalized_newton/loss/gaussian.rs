//! Least squares.

use super::super::vector::{dot, largest_magnitude};
use super::Loss;

/// A continuous outcome: half the weighted mean of squared residuals.
pub(crate) struct Gaussian<'a> {
    y: Vec<f64>,
    weight: &'a [f64],
}

impl<'a> Gaussian<'a> {
    pub(crate) fn new(y: Vec<f64>, weight: &'a [f64]) -> Self {
        Self { y, weight }
    }
}

impl Loss for Gaussian<'_> {
    const QUADRATIC: bool = true;

    fn intercept(&self) -> Option<f64> {
        Some(dot(&self.y, self.weight))
    }

    fn deviance(&self, eta: &[f64]) -> f64 {
        let mut sum = 0.0;
        for ((y, w), e) in self.y.iter().zip(self.weight).zip(eta) {
            sum += w * (y - e) * (y - e);
        }
        sum
    }

    fn differentiate(&mut self, eta: &[f64], residual: &mut [f64]) {
        let samples = self.y.iter().zip(self.weight).zip(eta);
        for (r, ((y, w), e)) in residual.iter_mut().zip(samples) {
            *r = w * (y - e);
        }
    }

    fn curvature_times(&mut self, z: &[f64], product: &mut [f64]) {
        for ((t, z), w) in product.iter_mut().zip(z).zip(self.weight) {
            *t = z * w;
        }
    }

    /// The largest residual, so that the steps settle to the same digits whatever the outcome's scale.
    fn unit(&self, eta: &[f64]) -> f64 {
        let residuals = self.y.iter().zip(eta).map(|(y, e)| (y - e).abs());
        residuals.fold(f64::MIN_POSITIVE, f64::max)
    }

    fn movement(&self, change: &[f64]) -> f64 {
        largest_magnitude(change)
    }
}
