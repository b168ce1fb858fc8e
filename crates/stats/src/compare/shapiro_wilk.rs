//! Shapiro-Wilk test of normality.

use super::{CompareError, present_finite};
use crate::describe::mean;
use crate::distribution::{normal_quantile, normal_sf};
use serde::{Deserialize, Serialize};

/// Result of a Shapiro-Wilk test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShapiroWilk {
    /// `W`, between 0 and 1; near 1 for a normal sample.
    pub statistic: f64,
    /// P value; small speaks against normality.
    pub p_value: f64,
}

/// Shapiro-Wilk test by Royston's algorithm AS R94 (Applied Statistics 44, 1995).
/// R: `shapiro.test`.
///
/// The weights are Blom's normal scores, with Royston's polynomial corrections of the outer one or
/// two. `ln(1 - W)` is compared with a normal distribution whose parameters are polynomials in
/// `n` (up to 11) or `ln n`; for `n = 3` the P value is exact. NaN is left out.
///
/// # Errors
/// Fewer than 3 or more than 5000 values, infinite values, or all values equal.
pub fn shapiro_wilk(values: &[f64]) -> Result<ShapiroWilk, CompareError> {
    const TEST: &str = "the Shapiro-Wilk test";
    const LIMIT: usize = 5000;
    let mut x = present_finite(values, TEST, 3)?;
    if x.len() > LIMIT {
        return Err(CompareError::TooManyValues {
            test: TEST,
            limit: LIMIT,
            found: x.len(),
        });
    }
    x.sort_by(f64::total_cmp);
    let range = x[x.len() - 1] - x[0];
    if range <= 0.0 {
        return Err(CompareError::NoVariation { test: TEST });
    }
    let first = x[0];
    for v in &mut x {
        *v = (*v - first) / range;
    }
    let weights = weights(x.len());
    let centre = mean(&x);
    let (mut products, mut spread, mut weight_squares) = (0.0, 0.0, 0.0);
    for (a, v) in weights.iter().zip(&x) {
        let d = v - centre;
        products += a * d;
        spread += d * d;
        weight_squares += a * a;
    }
    // 1 - W = 1 - p^2 / (s w), written so that W near one keeps its digits.
    let scale = (spread * weight_squares).sqrt();
    let complement = (scale - products) * (scale + products) / (scale * scale);
    let statistic = 1.0 - complement;
    Ok(ShapiroWilk {
        statistic,
        p_value: p_value(statistic, complement, x.len()),
    })
}

/// Antisymmetric weights of the ordered values.
fn weights(n: usize) -> Vec<f64> {
    let half = n / 2;
    let mut upper = vec![0.0; half];
    if n == 3 {
        upper[0] = 0.5f64.sqrt();
    } else {
        let scores: Vec<f64> = (1..=half)
            .map(|i| -normal_quantile((i as f64 - 0.375) / (n as f64 + 0.25)))
            .collect();
        let sum_squares = 2.0 * scores.iter().map(|m| m * m).sum::<f64>();
        let u = 1.0 / (n as f64).sqrt();
        let corrected = |score: f64, coefficients: &[f64]| {
            score / sum_squares.sqrt() + polynomial(coefficients, u)
        };
        upper[0] = corrected(
            scores[0],
            &[0.0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056],
        );
        let mut outer = 1;
        if n > 5 {
            upper[1] = corrected(
                scores[1],
                &[0.0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633],
            );
            outer = 2;
        }
        let taken = |values: &[f64]| 2.0 * values[..outer].iter().map(|v| v * v).sum::<f64>();
        let factor = ((sum_squares - taken(&scores)) / (1.0 - taken(&upper))).sqrt();
        for i in outer..half {
            upper[i] = scores[i] / factor;
        }
    }
    (0..n)
        .map(|i| {
            if i < half {
                -upper[i]
            } else if i >= n - half {
                upper[n - 1 - i]
            } else {
                0.0
            }
        })
        .collect()
}

fn p_value(w: f64, complement: f64, n: usize) -> f64 {
    if n == 3 {
        let p = 6.0 / std::f64::consts::PI * (w.sqrt().asin() - 0.75f64.sqrt().asin());
        return p.clamp(0.0, 1.0);
    }
    let y = complement.ln();
    let size = n as f64;
    if n <= 11 {
        let gamma = polynomial(&[-2.273, 0.459], size);
        if y >= gamma {
            // Beyond the transformation's range; R gives this value.
            return 1e-99;
        }
        let m = polynomial(&[0.544, -0.39978, 0.025054, -6.714e-4], size);
        let s = polynomial(&[1.3822, -0.77857, 0.062767, -0.0020322], size).exp();
        return normal_sf((-(gamma - y).ln() - m) / s);
    }
    let log_size = size.ln();
    let m = polynomial(&[-1.5861, -0.31082, -0.083751, 0.0038915], log_size);
    let s = polynomial(&[-0.4803, -0.082676, 0.0030302], log_size).exp();
    normal_sf((y - m) / s)
}

/// Coefficients in ascending order of the power.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}
