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
        for (row, voxel) in output.clone().enumerate() {
            let run = Run {
                start: row * stride,
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

/// A stretch of the output and the stretches of the input whose weighted sum it is.
#[derive(Clone, Debug)]
pub(super) struct Run<T> {
    start: usize,
    length: usize,
    /// Where a stretch of the input starts, and its weight.
    terms: Vec<(usize, T)>,
}

impl<T: Real> Run<T> {
    /// Whether `next` goes on where this run ends, in the output and in every input.
    fn continues_in(&self, next: &Self) -> bool {
        self.start + self.length == next.start
            && self.terms.len() == next.terms.len()
            && self
                .terms
                .iter()
                .zip(&next.terms)
                .all(|(a, b)| a.0 + self.length == b.0 && a.1 == b.1)
    }
}

/// Fills `output` run by run.
pub(super) fn convolve<T: Real>(runs: &[Run<T>], input: &[T], output: &mut [T]) {
    for run in runs {
        if let Some(stretch) = output.get_mut(run.start..run.start + run.length) {
            weighted_sum(&run.terms, input, stretch);
        }
    }
}

fn weighted_sum<T: Real>(terms: &[(usize, T)], input: &[T], output: &mut [T]) {
    if output.len() < LANES {
        for (at, value) in output.iter_mut().enumerate() {
            *value = block_sum::<T, 1>(terms, input, at)[0];
        }
        return;
    }
    let (blocks, _) = output.as_chunks_mut::<LANES>();
    for (number, block) in blocks.iter_mut().enumerate() {
        *block = block_sum(terms, input, number * LANES);
    }
    // The last block overlaps the one before it.
    let at = output.len() - LANES;
    if let Some(block) = output.last_chunk_mut::<LANES>() {
        *block = block_sum(terms, input, at);
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
