//! From samples to the coefficients of the spline through them.

use std::ops::Range;

use crate::lines::{LANES, Lanes, LineFilter};

/// Where the start of the causal recursion may be cut off.
const TOLERANCE: f64 = 1e-10;

/// The recursive filter along one axis.
pub(super) struct Coefficients {
    pole: f64,
    gain: f64,
    horizon: usize,
}

impl Coefficients {
    pub(super) fn new() -> Self {
        let pole = 3.0_f64.sqrt() - 2.0;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let horizon = (TOLERANCE.ln() / pole.abs().ln()).ceil() as usize;
        Self {
            pole,
            gain: (1.0 - pole) * (1.0 - 1.0 / pole),
            horizon,
        }
    }

    /// The first coefficient of the causal recursion: the mirrored samples, weighted by powers of
    /// the pole, cut off where these no longer matter.
    #[inline(always)]
    fn initial_causal(&self, samples: &[Lanes]) -> Lanes {
        let (pole, count) = (self.pole, samples.len());
        let mut sum = samples.first().copied().unwrap_or_default();
        let mut power = pole;
        if self.horizon < count {
            for sample in samples.iter().take(self.horizon).skip(1) {
                add(&mut sum, power, sample);
                power *= pole;
            }
            return sum;
        }
        let inverse = 1.0 / pole;
        #[allow(clippy::cast_precision_loss)]
        let mut mirrored = pole.powf((count - 1) as f64);
        if let Some(last) = samples.last() {
            add(&mut sum, mirrored, last);
        }
        mirrored = mirrored * (mirrored * inverse);
        for sample in samples.iter().take(count - 1).skip(1) {
            add(&mut sum, power + mirrored, sample);
            power *= pole;
            mirrored *= inverse;
        }
        let scale = 1.0 - power * power;
        sum.map(|sum| sum / scale)
    }
}

#[inline(always)]
fn add(sum: &mut Lanes, weight: f64, sample: &Lanes) {
    for (sum, &value) in sum.iter_mut().zip(sample) {
        *sum += weight * value;
    }
}

impl LineFilter for Coefficients {
    type Value = f64;
    const BEFORE: usize = 0;
    const AFTER: usize = 0;

    #[inline(always)]
    fn filter(
        &self,
        samples: &mut [Lanes],
        _: &mut Vec<Lanes>,
        keep: &Range<usize>,
        mut result: impl FnMut(usize, [f64; LANES]),
    ) {
        let pole = self.pole;
        // One sample stays as it is, as mirrored borders ask for.
        if let [only] = samples {
            result(0, *only);
            return;
        }
        for lanes in samples.iter_mut() {
            *lanes = lanes.map(|value| value * self.gain);
        }
        let mut previous = self.initial_causal(samples);
        let mut before_last = previous;
        if let Some(first) = samples.first_mut() {
            *first = previous;
        }
        for lanes in samples.iter_mut().skip(1) {
            before_last = previous;
            for (value, previous) in lanes.iter_mut().zip(&mut previous) {
                *value += pole * *previous;
                *previous = *value;
            }
        }

        let factor = pole / (pole * pole - 1.0);
        let mut next = previous;
        for (value, &previous) in next.iter_mut().zip(&before_last) {
            *value = factor * (pole * previous + *value);
        }
        let last = samples.len() - 1;
        if keep.end > last {
            result(last, next);
        }
        let steps = samples.iter().enumerate().take(last).skip(keep.start);
        for (i, lanes) in steps.rev() {
            for (next, &value) in next.iter_mut().zip(lanes) {
                *next = pole * (*next - value);
            }
            if i < keep.end {
                result(i, next);
            }
        }
    }
}
