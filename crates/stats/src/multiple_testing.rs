//! Adjusting p values for the number of tests.

use serde::Serialize;

/// How p values are adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Adjustment {
    /// n p: controls the chance of any false finding.
    Bonferroni,
    /// Step-down Bonferroni (Holm 1979): the same control, never less powerful.
    Holm,
    /// Step-up (Hochberg 1988): the same control for independent tests.
    Hochberg,
    /// Benjamini and Hochberg (1995): controls the share of false findings.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli (2001): the same under any dependence.
    BenjaminiYekutieli,
}

/// Adjusted p values in the order given (R's `p.adjust`).
///
/// With p(1) <= ... <= p(n): Bonferroni min(1, n p); Holm max over j <= i of (n - j + 1) p(j);
/// Hochberg min over j >= i of (n - j + 1) p(j); Benjamini-Hochberg min over j >= i of n p(j) / j;
/// Benjamini-Yekutieli that times sum 1/j. All at most 1. NaN stays NaN and does not count in n.
#[must_use]
pub fn adjust(p: &[f64], method: Adjustment) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| !p[i].is_nan()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let n = order.len() as f64;
    let harmonic: f64 = (1..=order.len()).map(|j| 1.0 / j as f64).sum();
    let mut out = vec![f64::NAN; p.len()];
    let scaled = |place: usize, value: f64| {
        let j = place as f64 + 1.0;
        match method {
            Adjustment::Bonferroni => n * value,
            Adjustment::Holm | Adjustment::Hochberg => (n - j + 1.0) * value,
            Adjustment::BenjaminiHochberg => n / j * value,
            Adjustment::BenjaminiYekutieli => harmonic * n / j * value,
        }
        .min(1.0)
    };
    match method {
        Adjustment::Bonferroni => {
            for (place, &i) in order.iter().enumerate() {
                out[i] = scaled(place, p[i]);
            }
        }
        Adjustment::Holm => {
            let mut highest = 0.0_f64;
            for (place, &i) in order.iter().enumerate() {
                highest = highest.max(scaled(place, p[i]));
                out[i] = highest;
            }
        }
        _ => {
            let mut lowest = 1.0_f64;
            for (place, &i) in order.iter().enumerate().rev() {
                lowest = lowest.min(scaled(place, p[i]));
                out[i] = lowest;
            }
        }
    }
    out
}
