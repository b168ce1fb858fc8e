//! The logistic loss.

use super::super::vector::{dot, largest_magnitude};
use super::Loss;

/// An outcome of 0 and 1: minus the weighted mean log-likelihood of the logistic model.
pub(crate) struct Binomial<'a> {
    y: Vec<f64>,
    weight: &'a [f64],
    curvature: Vec<f64>,
}

impl<'a> Binomial<'a> {
    pub(crate) fn new(y: Vec<f64>, weight: &'a [f64]) -> Self {
        Self {
            curvature: vec![0.0; y.len()],
            y,
            weight,
        }
    }
}

impl Loss for Binomial<'_> {
    const QUADRATIC: bool = false;

    fn intercept(&self) -> Option<f64> {
        let mean = dot(&self.y, self.weight);
        Some((mean / (1.0 - mean)).ln())
    }

    fn deviance(&self, eta: &[f64]) -> f64 {
        let mut sum = 0.0;
        for ((y, w), e) in self.y.iter().zip(self.weight).zip(eta) {
            // y is 0 or 1: -log p(y) = log(1 + exp(-eta)) or log(1 + exp(eta))
            let t = if *y > 0.5 { -e } else { *e };
            sum += w * (t.max(0.0) + (-t.abs()).exp().ln_1p());
        }
        2.0 * sum
    }

    fn differentiate(&mut self, eta: &[f64], residual: &mut [f64]) {
        let samples = self.y.iter().zip(self.weight).zip(&mut self.curvature);
        for ((r, e), ((y, w), c)) in residual.iter_mut().zip(eta).zip(samples) {
            let x = (-e.abs()).exp();
            let small = x / (1.0 + x);
            let large = 1.0 / (1.0 + x);
            let (p, q) = if *e >= 0.0 {
                (large, small)
            } else {
                (small, large)
            };
            // 1 - p is q, without the cancellation
            *r = w * if *y > 0.5 { q } else { -p };
            *c = w * small * large;
        }
    }

    fn curvature_times(&mut self, z: &[f64], product: &mut [f64]) {
        for ((t, z), c) in product.iter_mut().zip(z).zip(&self.curvature) {
            *t = z * c;
        }
    }

    fn movement(&self, change: &[f64]) -> f64 {
        largest_magnitude(change)
    }
}
