//! Convolution along one axis of a block of voxels, as weighted sums of whole stretches of memory.

use std::ops::{Add, Mul, Range};

/// Voxels summed side by side: eight registers of two 64-bit numbers.
const LANES: usize = 16;

/// The arithmetic of an image: 32 or 64 bits.
pub(super) trait Real: Copy + PartialEq + Add<Output = Self> + Mul<Output = Self> {
    const ZERO: Self;
    fn rounded(value: f64) -> Self;
    fn widened(values: Vec<Self>) -> Vec<f64>;
}

impl Real for f64 {
    const ZERO: Self = 0.0;

    fn rounded(value: f64) -> Self {
        value
    }

    fn widened(values: Vec<Self>) -> Vec<f64> {
        values
    }
}

impl Real for f32 {
    const ZERO: Self = 0.0;

    #[allow(clippy::cast_possible_truncation)]
    fn rounded(value: f64) -> Self {
        value as Self
    }

    fn widened(values: Vec<Self>) -> Vec<f64> {
        values.into_iter().map(f64::from).collect()
    }
}

/// A filter without its zeros: adding zero times a number changes nothing.
#[derive(Clone, Debug)]
pub(super) struct Taps<T> {
    /// Length of the filter, zeros included.
    length: usize,
    /// Position in the filter and weight, by position.
    taps: Vec<(usize, T)>,
}

impl<T: Real> Taps<T> {
    pub(super) fn new(filter: &[f64], scale: f64) -> Self {
        let weights = filter
            .iter()
            .map(|&value| T::rounded(value) * T::rounded(scale));
        Self {
            length: filter.len(),
            taps: weights
                .enumerate()
                .filter(|&(_, weight)| weight != T::ZERO)
                .collect(),
        }
    }

    /// The filter that changes nothing.
    pub(super) fn identity() -> Self {
        Self::new(&[1.0], 1.0)
    }

    /// How far the response at a voxel looks towards lower and higher indices.
    pub(super) fn reach(&self) -> (usize, usize) {
        let half = self.length / 2;
        let first = self.taps.first().map_or(half, |&(position, _)| position);
        let last = self.taps.last().map_or(half, |&(position, _)| position);
        (last.saturating_sub(half), half.saturating_sub(first))
    }

    /// The runs that convolve a block along one axis.
    ///
    /// The axis has `axis_length` voxels, of which the block holds `input`; `output` are the ones
    /// wanted. `stride` is the distance of neighbours along the axis in memory; all that lies
    /// between them is filtered side by side.
    pub(super) fn runs(
        &self,
        axis_length: usize,
        input: &Range<usize>,
        output: &Range<usize>,
        stride: usize,
    ) -> Vec<Run<T>> {
        let mut runs: Vec<Run<T>> = Vec::new();
        for voxel in output.clone() {
            let run = Run {
                length: stride,
                terms: self.terms(axis_length, input.start, voxel, stride),
            };
            match runs.last_mut() {
                Some(last) if last.continues_in(&run) => last.length += stride,
                _ => runs.push(run),
            }
        }
        runs
    }

    /// Offsets and weights of the voxels that make one response, in PyWavelets' order: what is
    /// beyond the upper border comes first, from the border outward.
    fn terms(
        &self,
        axis_length: usize,
        first: usize,
        voxel: usize,
        stride: usize,
    ) -> Vec<(usize, T)> {
        let centre = voxel + self.length / 2;
        let beyond = self
            .taps
            .partition_point(|&(position, _)| position + axis_length <= centre);
        let (outside, inside) = self.taps.split_at(beyond);
        let term = |&(position, weight): &(usize, T)| {
            // Whole axis lengths are added so that the difference is not negative.
            let lifted = centre + axis_length * (position / axis_length + 1);
            let source = (lifted - position) % axis_length;
            (source.saturating_sub(first) * stride, weight)
        };
        outside.iter().rev().chain(inside).map(term).collect()
    }
}

/// The next stretch of the output, as a weighted sum of stretches of the input.
#[derive(Clone, Debug)]
pub(super) struct Run<T> {
    length: usize,
    /// Where a stretch of the input starts, and its weight.
    terms: Vec<(usize, T)>,
}

impl<T: Real> Run<T> {
    /// Whether `next` goes on where this run ends in every input.
    fn continues_in(&self, next: &Self) -> bool {
        self.terms.len() == next.terms.len()
            && self
                .terms
                .iter()
                .zip(&next.terms)
                .all(|(a, b)| a.0 + self.length == b.0 && a.1 == b.1)
    }
}

/// Appends the response to `output`, run by run.
pub(super) fn convolve<T: Real>(runs: &[Run<T>], input: &[T], output: &mut Vec<T>) {
    for Run { length, terms } in runs {
        let mut done = 0;
        while done + LANES <= *length {
            output.extend_from_slice(&block_sum::<T, LANES>(terms, input, done));
            done += LANES;
        }
        while done + 4 <= *length {
            output.extend_from_slice(&block_sum::<T, 4>(terms, input, done));
            done += 4;
        }
        while done < *length {
            output.extend_from_slice(&block_sum::<T, 1>(terms, input, done));
            done += 1;
        }
    }
}

/// The sums of `N` neighbours, each in the order of the terms.
#[inline]
fn block_sum<T: Real, const N: usize>(terms: &[(usize, T)], input: &[T], at: usize) -> [T; N] {
    let mut sums = [T::ZERO; N];
    for &(start, weight) in terms {
        let stretch = input.get(start + at..).and_then(<[T]>::first_chunk::<N>);
        if let Some(stretch) = stretch {
            for (sum, &value) in sums.iter_mut().zip(stretch) {
                *sum = *sum + weight * value;
            }
        }
    }
    sums
}
