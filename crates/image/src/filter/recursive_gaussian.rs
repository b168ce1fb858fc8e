//! Gaussian smoothing and the second derivative of a Gaussian along one axis, as a recursive
//! filter of order four in ITK's arithmetic.
//!
//! Deriche's filter: the response of a line is the sum of one recursion that runs up and one that
//! runs down,
//!
//! - `u(i) = Σ n(k) x(i−k) − Σ d(k) u(i−k)`, with k from 0 to 3 and from 1 to 4;
//! - `v(i) = Σ m(k) x(i+k) − Σ d(k) v(i+k)`, with k from 1 to 4 in both sums.
//!
//! Beyond its ends the line goes on with its first and its last value. A line is held in 64 bits,
//! its result is rounded to 32.
//!
//! Sources: R. Deriche, Recursively implementing the Gaussian and its derivatives, INRIA report
//! 1893, 1993; constants of G. Farnebäck and C.-F. Westin, Improving Deriche-style recursive
//! Gaussian filters, Journal of Mathematical Imaging and Vision 26, 2006, table 3;
//! `itkRecursiveGaussianImageFilter.hxx` and `itkRecursiveSeparableImageFilter.hxx` of ITK 5.4.

use std::ops::Range;

use crate::lines::{LANES, Lanes, LineFilter};

/// Smallest number of voxels along an axis that the recursions can start on.
pub(super) const MINIMUM_SIZE: usize = 4;

/// Coefficients of both recursions, and those that stand for the endless ends of the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RecursiveGaussian {
    n: [f64; 4],
    m: [f64; 4],
    d: [f64; 4],
    n_edge: [f64; 4],
    m_edge: [f64; 4],
}

/// Two damped waves, whose sum comes near to a Gaussian or a derivative of it: their amplitudes
/// (cosine, sine).
struct Waves {
    first: [f64; 2],
    second: [f64; 2],
}

const SMOOTHING: Waves = Waves {
    first: [1.3530, 1.8151],
    second: [-0.3531, 0.0902],
};
const SECOND_DERIVATIVE: Waves = Waves {
    first: [-1.3563, 5.2318],
    second: [0.3446, -2.2355],
};

/// Frequency and damping of the waves, for a Gaussian of width 1.
const FREQUENCY: [f64; 2] = [0.6681, 2.0787];
const DAMPING: [f64; 2] = [-1.3932, -1.3732];

/// Sine, cosine and damping of both waves after one voxel.
struct Step {
    sin: [f64; 2],
    cos: [f64; 2],
    exp: [f64; 2],
}

/// The sum of a recursion's coefficients, and the sums weighted by k and by k².
struct Moments {
    zeroth: f64,
    first: f64,
    second: f64,
}

impl Step {
    fn of(sigma: f64) -> Self {
        Self {
            sin: FREQUENCY.map(|w| (w / sigma).sin()),
            cos: FREQUENCY.map(|w| (w / sigma).cos()),
            exp: DAMPING.map(|l| (l / sigma).exp()),
        }
    }

    /// The coefficients of earlier results.
    fn denominator(&self) -> ([f64; 4], Moments) {
        let Self {
            cos: [cos1, cos2],
            exp: [exp1, exp2],
            ..
        } = *self;
        let d4 = exp1 * exp1 * exp2 * exp2;
        let mut d3 = -2.0 * cos1 * exp1 * exp2 * exp2;
        d3 += -2.0 * cos2 * exp2 * exp1 * exp1;
        let mut d2 = 4.0 * cos2 * cos1 * exp1 * exp2;
        d2 += exp1 * exp1 + exp2 * exp2;
        let d1 = -2.0 * (exp2 * cos2 + exp1 * cos1);
        let moments = Moments {
            zeroth: 1.0 + d1 + d2 + d3 + d4,
            first: d1 + 2.0 * d2 + 3.0 * d3 + 4.0 * d4,
            second: d1 + 4.0 * d2 + 9.0 * d3 + 16.0 * d4,
        };
        ([d1, d2, d3, d4], moments)
    }

    /// The coefficients of the samples.
    fn numerator(&self, waves: &Waves) -> ([f64; 4], Moments) {
        let Self {
            sin: [sin1, sin2],
            cos: [cos1, cos2],
            exp: [exp1, exp2],
        } = *self;
        let ([a1, b1], [a2, b2]) = (waves.first, waves.second);
        let n0 = a1 + a2;
        let mut n1 = exp2 * (b2 * sin2 - (a2 + 2.0 * a1) * cos2);
        n1 += exp1 * (b1 * sin1 - (a1 + 2.0 * a2) * cos1);
        let mut n2 = (a1 + a2) * cos2 * cos1;
        n2 -= b1 * cos2 * sin1 + b2 * cos1 * sin2;
        n2 *= 2.0 * exp1 * exp2;
        n2 += a2 * exp1 * exp1 + a1 * exp2 * exp2;
        let mut n3 = exp2 * exp1 * exp1 * (b2 * sin2 - a2 * cos2);
        n3 += exp1 * exp2 * exp2 * (b1 * sin1 - a1 * cos1);
        let moments = Moments {
            zeroth: n0 + n1 + n2 + n3,
            first: n1 + 2.0 * n2 + 3.0 * n3,
            second: n1 + 4.0 * n2 + 9.0 * n3,
        };
        ([n0, n1, n2, n3], moments)
    }
}

impl RecursiveGaussian {
    /// Smoothing by a Gaussian of width `sigma`, in voxels; the weights sum to 1.
    pub(super) fn smoothing(sigma: f64) -> Self {
        let step = Step::of(sigma);
        let (d, of_d) = step.denominator();
        let (n, of_n) = step.numerator(&SMOOTHING);
        let area = 2.0 * of_n.zeroth / of_d.zeroth - n[0];
        let scale = 1.0 / area;
        Self::symmetric(n.map(|n| n * scale), d)
    }

    /// The second derivative, in voxels, of smoothing by a Gaussian of width `sigma` voxels,
    /// times `weight`.
    pub(super) fn second_derivative(sigma: f64, weight: f64) -> Self {
        let step = Step::of(sigma);
        let (d, of_d) = step.denominator();
        let (n, of_n) = step.numerator(&SMOOTHING);
        let (n2, of_n2) = step.numerator(&SECOND_DERIVATIVE);
        // A flat line has no second derivative: as much smoothing as takes the sum to 0.
        let beta =
            -(2.0 * of_n2.zeroth - of_d.zeroth * n2[0]) / (2.0 * of_n.zeroth - of_d.zeroth * n[0]);
        let both: [f64; 4] = std::array::from_fn(|k| n2[k] + beta * n[k]);
        let zeroth = of_n2.zeroth + beta * of_n.zeroth;
        let first = of_n2.first + beta * of_n.first;
        let second = of_n2.second + beta * of_n.second;
        let (sd, dd, ed) = (of_d.zeroth, of_d.first, of_d.second);
        // A parabola x² / 2 has the second derivative 1.
        let mut curvature =
            second * sd * sd - ed * zeroth * sd - 2.0 * first * dd * sd + 2.0 * dd * dd * zeroth;
        curvature /= sd * sd * sd;
        let scale = weight / curvature;
        Self::symmetric(both.map(|n| n * scale), d)
    }

    /// The recursion that runs down, for a filter that treats both sides alike.
    fn symmetric(n: [f64; 4], d: [f64; 4]) -> Self {
        let m = [
            n[1] - d[0] * n[0],
            n[2] - d[1] * n[0],
            n[3] - d[2] * n[0],
            -d[3] * n[0],
        ];
        let sum_n = n[0] + n[1] + n[2] + n[3];
        let sum_m = m[0] + m[1] + m[2] + m[3];
        let sum_d = 1.0 + d[0] + d[1] + d[2] + d[3];
        Self {
            n,
            m,
            d,
            n_edge: d.map(|d| d * sum_n / sum_d),
            m_edge: d.map(|d| d * sum_m / sum_d),
        }
    }

    /// The coefficients of the four results before, of which only `done` are results: the others
    /// lie beyond the end, and an edge coefficient times the value there stands for them.
    #[inline(always)]
    fn feedback(&self, edge: &[f64; 4], done: usize) -> [f64; 4] {
        let mut feedback = self.d;
        for (coefficient, &edge) in feedback.iter_mut().zip(edge).skip(done) {
            *coefficient = edge;
        }
        feedback
    }
}

impl LineFilter for RecursiveGaussian {
    type Value = f32;
    // What the recursion that runs up reads before the first sample.
    const BEFORE: usize = 3;
    // Four samples and four results beyond the end.
    const AFTER: usize = 8;

    #[inline(always)]
    fn filter(
        &self,
        samples: &mut [Lanes],
        upward: &mut Vec<Lanes>,
        keep: &Range<usize>,
        mut result: impl FnMut(usize, [f32; LANES]),
    ) {
        let length = samples.len().saturating_sub(Self::BEFORE + Self::AFTER);
        upward.resize(4 + length, [0.0; LANES]);
        extend_ends(samples, upward);

        // Results below `keep` feed those within, results above do not.
        for i in 0..keep.end {
            let feedback = self.feedback(&self.n_edge, i);
            let (earlier, later) = upward.split_at_mut(i + 4);
            let (Some([x3, x2, x1, x0]), Some([u4, u3, u2, u1]), Some(u)) = (
                samples.get(i..).and_then(|rest| rest.first_chunk()),
                earlier.last_chunk(),
                later.first_mut(),
            ) else {
                break;
            };
            *u = step([x0, x1, x2, x3], &self.n, [u1, u2, u3, u4], &feedback);
        }
        for i in (keep.start..length).rev() {
            let feedback = self.feedback(&self.m_edge, length - 1 - i);
            // A result takes the place of the last sample that it needed.
            let (Some([x1, x2, x3, x4, v1, v2, v3, v4]), Some(u)) = (
                samples
                    .get_mut(Self::BEFORE + i + 1..)
                    .and_then(|rest| rest.first_chunk_mut::<8>()),
                upward.get(i + 4),
            ) else {
                break;
            };
            let v = step([x1, x2, x3, x4], &self.m, [v1, v2, v3, v4], &feedback);
            *x4 = v;
            if i < keep.end {
                let mut sum = [0.0_f32; LANES];
                for ((sum, &u), &v) in sum.iter_mut().zip(u).zip(&v) {
                    #[allow(clippy::cast_possible_truncation)]
                    let rounded = (u + v) as f32;
                    *sum = rounded;
                }
                result(i, sum);
            }
        }
    }
}

/// One step of a recursion for all lines.
#[inline(always)]
fn step(x: [&Lanes; 4], n: &[f64; 4], y: [&Lanes; 4], d: &[f64; 4]) -> Lanes {
    let mut result = [0.0; LANES];
    for (lane, result) in result.iter_mut().enumerate() {
        let forward = x[0][lane] * n[0] + x[1][lane] * n[1] + x[2][lane] * n[2] + x[3][lane] * n[3];
        let back = y[0][lane] * d[0] + y[1][lane] * d[1] + y[2][lane] * d[2] + y[3][lane] * d[3];
        *result = forward - back;
    }
    result
}

/// Repeats the first and the last sample beyond the ends, as samples and as results.
#[inline(always)]
fn extend_ends(samples: &mut [Lanes], upward: &mut [Lanes]) {
    let first = samples
        .get(RecursiveGaussian::BEFORE)
        .copied()
        .unwrap_or([0.0; LANES]);
    let end = samples.len().saturating_sub(RecursiveGaussian::AFTER);
    let last = samples
        .get(end.saturating_sub(1))
        .copied()
        .unwrap_or([0.0; LANES]);
    samples
        .iter_mut()
        .take(RecursiveGaussian::BEFORE)
        .for_each(|lanes| *lanes = first);
    upward.iter_mut().take(4).for_each(|lanes| *lanes = first);
    samples.iter_mut().skip(end).for_each(|lanes| *lanes = last);
}
