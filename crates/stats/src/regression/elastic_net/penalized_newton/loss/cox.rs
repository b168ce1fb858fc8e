//! The partial likelihood.

use super::Loss;
use std::ops::Range;

/// Times to an event: minus the weighted log partial likelihood, Breslow's for tied events.
///
/// With descending times those at risk at an event are all samples up to the last of that time, so
/// one pass down the list sums over risk sets and one pass up gives each sample its cumulative
/// hazard. The matrix of second derivatives is not diagonal, but its product with a list takes the
/// same two passes:
///
/// H z = e (A z - B), with e = w exp(eta), A the cumulative hazard of each sample and B the same sum
/// with each step multiplied by the mean of z over those at risk.
pub(crate) struct Cox {
    /// Weight of each sample.
    weight: Vec<f64>,
    /// Weight of each sample that had the event, else 0.
    event: Vec<f64>,
    blocks: Vec<Block>,
    /// e, up to a factor that all share.
    hazard_ratio: Vec<f64>,
    /// A, in units that undo the factor.
    cumulative: Vec<f64>,
}

/// The samples of one time.
struct Block {
    samples: Range<usize>,
    /// Weight of the events.
    events: f64,
    /// Sum of e over those at risk.
    at_risk: f64,
    /// Step of the cumulative hazard times the mean of a list over those at risk.
    step_times_mean: f64,
}

impl Block {
    /// Step of the cumulative hazard.
    fn step(&self) -> f64 {
        if self.events > 0.0 {
            self.events / self.at_risk
        } else {
            0.0
        }
    }
}

/// Rows from the longest time to the shortest.
pub(crate) fn by_descending_time(rows: &[usize], time: &[f64]) -> Vec<usize> {
    let mut order = rows.to_vec();
    order.sort_by(|&a, &b| time[b].total_cmp(&time[a]));
    order
}

impl Cox {
    /// `rows` are in descending order of time, `weight` is theirs.
    pub(crate) fn new(time: &[f64], event: &[bool], rows: &[usize], weight: &[f64]) -> Self {
        let event: Vec<f64> = rows
            .iter()
            .zip(weight)
            .map(|(&i, w)| if event[i] { *w } else { 0.0 })
            .collect();
        let mut start = 0;
        let blocks = rows
            .chunk_by(|&a, &b| time[a] == time[b])
            .map(|same| {
                let samples = start..start + same.len();
                start = samples.end;
                Block {
                    events: event[samples.clone()].iter().sum(),
                    samples,
                    at_risk: 0.0,
                    step_times_mean: 0.0,
                }
            })
            .collect();
        Self {
            hazard_ratio: vec![0.0; rows.len()],
            cumulative: vec![0.0; rows.len()],
            weight: weight.to_vec(),
            event,
            blocks,
        }
    }

    /// Weight of all events.
    pub(crate) fn events(&self) -> f64 {
        self.event.iter().sum()
    }
}

impl Loss for Cox {
    const QUADRATIC: bool = false;

    fn intercept(&self) -> Option<f64> {
        None
    }

    /// 2 sum d (log(S / d) - mean linear predictor of the events) over the event times, with d the
    /// weight of the events and S the sum of e: the saturated model gives every event time to those
    /// who had it.
    fn deviance(&self, eta: &[f64]) -> f64 {
        let samples = eta.get(..self.weight.len()).unwrap_or(eta);
        let shift = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (mut at_risk, mut sum) = (0.0, 0.0);
        for block in &self.blocks {
            for i in block.samples.clone() {
                at_risk += self.weight[i] * (eta[i] - shift).exp();
                sum -= self.event[i] * (eta[i] - shift);
            }
            if block.events > 0.0 {
                sum += block.events * (at_risk / block.events).ln();
            }
        }
        2.0 * sum
    }

    fn differentiate(&mut self, eta: &[f64], residual: &mut [f64]) {
        let samples = eta.get(..self.weight.len()).unwrap_or(eta);
        let shift = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for ((e, w), eta) in self.hazard_ratio.iter_mut().zip(&self.weight).zip(eta) {
            *e = w * (eta - shift).exp();
        }
        let mut at_risk = 0.0;
        for block in &mut self.blocks {
            for e in &self.hazard_ratio[block.samples.clone()] {
                at_risk += e;
            }
            block.at_risk = at_risk;
        }
        let mut cumulative = 0.0;
        for block in self.blocks.iter().rev() {
            cumulative += block.step();
            for i in block.samples.clone() {
                self.cumulative[i] = cumulative;
                residual[i] = self.event[i] - self.hazard_ratio[i] * cumulative;
            }
        }
    }

    fn curvature_times(&mut self, z: &[f64], product: &mut [f64]) {
        let mut sum = 0.0;
        for block in &mut self.blocks {
            let samples = block.samples.clone();
            for (e, z) in self.hazard_ratio[samples.clone()].iter().zip(&z[samples]) {
                sum += e * z;
            }
            block.step_times_mean = if block.events > 0.0 {
                block.step() * sum / block.at_risk
            } else {
                0.0
            };
        }
        let mut cumulative = 0.0;
        for block in self.blocks.iter().rev() {
            cumulative += block.step_times_mean;
            for i in block.samples.clone() {
                product[i] = self.hazard_ratio[i] * (self.cumulative[i] * z[i] - cumulative);
            }
        }
    }

    /// The spread of the change: the third central moment over a risk set is at most that times the
    /// second.
    fn movement(&self, change: &[f64]) -> f64 {
        let (low, high) =
            change
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &v| {
                    (
                        if v < low { v } else { low },
                        if v > high { v } else { high },
                    )
                });
        (high - low).max(0.0)
    }
}
