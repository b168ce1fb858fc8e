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

/// Smallest number of voxels along an axis that the recursions can start on.
pub(super) const MINIMUM_SIZE: usize = 4;

/// Lines filtered side by side.
const LANES: usize = 16;

/// One step of all lines.
type Lanes = [f64; LANES];

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

    /// Filters the lines in `work` and hands the steps of `keep` to `result`, last step first.
    #[inline(always)]
    fn filter(
        &self,
        work: &mut Work,
        keep: &Range<usize>,
        mut result: impl FnMut(usize, [f32; LANES]),
    ) {
        let Work { samples, upward } = work;
        let length = samples.len() - BEFORE - AFTER;
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
                    .get_mut(BEFORE + i + 1..)
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

/// Places before the first sample: what the recursion that runs up reads beyond the end.
const BEFORE: usize = 3;
/// Places after the last sample: four samples and four results beyond the end.
const AFTER: usize = 8;

/// The lines being filtered. It fits the cache that is nearest to the processor.
struct Work {
    samples: Vec<Lanes>,
    upward: Vec<Lanes>,
}

impl Work {
    fn new(length: usize) -> Self {
        Self {
            samples: vec![[0.0; LANES]; BEFORE + length + AFTER],
            upward: vec![[0.0; LANES]; 4 + length],
        }
    }
}

/// Repeats the first and the last sample beyond the ends, as samples and as results.
#[inline(always)]
fn extend_ends(samples: &mut [Lanes], upward: &mut [Lanes]) {
    let first = samples.get(BEFORE).copied().unwrap_or([0.0; LANES]);
    let end = samples.len().saturating_sub(AFTER);
    let last = samples
        .get(end.saturating_sub(1))
        .copied()
        .unwrap_or([0.0; LANES]);
    samples
        .iter_mut()
        .take(BEFORE)
        .for_each(|lanes| *lanes = first);
    upward.iter_mut().take(4).for_each(|lanes| *lanes = first);
    samples.iter_mut().skip(end).for_each(|lanes| *lanes = last);
}

/// A box of values; x runs fastest.
pub(super) struct Block {
    pub(super) size: [usize; 3],
    pub(super) values: Vec<f32>,
}

/// Filters every line of a block along an axis and returns the part of the lines within `keep`,
/// which must not reach beyond the block. `spare` gives its memory to the result.
pub(super) fn filter_axis<T: Copy + Into<f64> + Sync>(
    size: [usize; 3],
    values: &[T],
    axis: usize,
    keep: Range<usize>,
    gaussian: &RecursiveGaussian,
    spare: Vec<f32>,
) -> Block {
    let mut kept_size = size;
    kept_size[axis] = keep.len();
    let mut kept = spare;
    kept.resize(kept_size.iter().product(), 0.0);
    pulp::Arch::new().dispatch(FilterLines {
        values,
        length: size[axis],
        stride: size.iter().take(axis).product(),
        keep: &keep,
        gaussian,
        kept: &mut kept,
    });
    Block {
        size: kept_size,
        values: kept,
    }
}

/// The work of [`filter_axis`], compiled once for every kind of processor: wider registers hold
/// more lines, no operation is fused with another, so the results are the same bits.
struct FilterLines<'a, T> {
    values: &'a [T],
    length: usize,
    /// Distance in memory of voxels that are neighbours along the axis.
    stride: usize,
    keep: &'a Range<usize>,
    gaussian: &'a RecursiveGaussian,
    kept: &'a mut [f32],
}

impl<T: Copy + Into<f64>> pulp::WithSimd for FilterLines<'_, T> {
    type Output = ();

    // Inlined, or else it is compiled for the oldest processor.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        if self.stride == 1 {
            filter_rows(
                self.values,
                self.length,
                self.keep,
                self.gaussian,
                self.kept,
            );
        } else {
            filter_columns(
                self.values,
                self.length,
                self.stride,
                self.keep,
                self.gaussian,
                self.kept,
            );
        }
    }
}

/// Lines that are contiguous in memory.
#[inline(always)]
fn filter_rows<T: Copy + Into<f64>>(
    values: &[T],
    length: usize,
    keep: &Range<usize>,
    gaussian: &RecursiveGaussian,
    kept: &mut [f32],
) {
    let mut work = Work::new(length);
    let mut results = vec![[0.0_f32; LANES]; keep.len()];
    let groups = values
        .chunks(LANES * length)
        .zip(kept.chunks_mut(LANES * keep.len()));
    for (rows, kept) in groups {
        for (lane, row) in rows.chunks_exact(length).enumerate() {
            let samples = work.samples.iter_mut().skip(BEFORE);
            for (lanes, &value) in samples.zip(row) {
                if let Some(place) = lanes.get_mut(lane) {
                    *place = value.into();
                }
            }
        }
        gaussian.filter(&mut work, keep, |i, lanes| {
            if let Some(place) = results.get_mut(i - keep.start) {
                *place = lanes;
            }
        });
        for (lane, row) in kept.chunks_exact_mut(keep.len()).enumerate() {
            for (place, lanes) in row.iter_mut().zip(&results) {
                *place = lanes.get(lane).copied().unwrap_or(0.0);
            }
        }
    }
}

/// Lines whose voxels are `stride` apart; neighbouring lines are neighbours in memory.
#[inline(always)]
fn filter_columns<T: Copy + Into<f64>>(
    values: &[T],
    length: usize,
    stride: usize,
    keep: &Range<usize>,
    gaussian: &RecursiveGaussian,
    kept: &mut [f32],
) {
    let mut work = Work::new(length);
    let planes = values
        .chunks_exact(length * stride)
        .zip(kept.chunks_exact_mut(keep.len() * stride));
    for (plane, kept) in planes {
        for first in (0..stride).step_by(LANES) {
            let width = LANES.min(stride - first);
            let rows = plane.chunks_exact(stride);
            for (lanes, row) in work.samples.iter_mut().skip(BEFORE).zip(rows) {
                let row = row.get(first..).unwrap_or_default();
                if let Some(row) = row.first_chunk::<LANES>() {
                    *lanes = row.map(Into::into);
                } else {
                    for (place, &value) in lanes.iter_mut().zip(row) {
                        *place = value.into();
                    }
                }
            }
            gaussian.filter(&mut work, keep, |i, lanes| {
                let start = (i - keep.start) * stride + first;
                let row = kept.get_mut(start..start + width).unwrap_or_default();
                if let Some(row) = row.first_chunk_mut::<LANES>() {
                    *row = lanes;
                } else {
                    for (place, &value) in row.iter_mut().zip(&lanes) {
                        *place = value;
                    }
                }
            });
        }
    }
}
