//! Recursive filters along one axis of a box of voxels, many lines side by side.
//!
//! A recursion cannot be split along its line, but lines do not depend on each other: sixteen of
//! them fill the registers of any processor. Each line keeps its own order of operations, so the
//! results are the same bits for any processor and any number of threads.

use std::ops::Range;

use rayon::prelude::*;

/// Lines filtered side by side.
pub(crate) const LANES: usize = 16;

/// One step of all lines.
pub(crate) type Lanes = [f64; LANES];

/// Into how many parts the columns of a single plane are split for threads.
const PARTS: usize = 8;

/// A filter of whole lines.
pub(crate) trait LineFilter: Sync {
    /// What a line is made of afterwards.
    type Value: Copy + Default + Send + Sync;
    /// Free places that the filter needs before the first sample.
    const BEFORE: usize;
    /// Free places that the filter needs after the last sample.
    const AFTER: usize;

    /// Filters the lines in `samples` and hands the steps of `keep` to `result`, in any order.
    /// `spare` may be used at will.
    fn filter(
        &self,
        samples: &mut [Lanes],
        spare: &mut Vec<Lanes>,
        keep: &Range<usize>,
        result: impl FnMut(usize, [Self::Value; LANES]),
    );
}

/// A box of values; x runs fastest.
pub(crate) struct Block<T> {
    pub(crate) size: [usize; 3],
    pub(crate) values: Vec<T>,
}

/// Filters every line of a box along an axis and returns the part of the lines within `keep`,
/// which must not be empty nor reach beyond the box. `memory` gives its memory to the result.
pub(crate) fn filter_axis<T: Copy + Into<f64> + Sync, F: LineFilter>(
    size: [usize; 3],
    values: &[T],
    axis: usize,
    keep: Range<usize>,
    filter: &F,
    memory: Vec<F::Value>,
) -> Block<F::Value> {
    let mut kept_size = size;
    kept_size[axis] = keep.len();
    let mut kept = memory;
    kept.resize(kept_size.iter().product(), F::Value::default());
    let length = size[axis];
    // Distance in memory of voxels that are neighbours along the axis.
    let stride: usize = size.iter().take(axis).product();
    let arch = pulp::Arch::new();
    let keep = &keep;
    if stride == 1 {
        // Enough lines for a thread to be worth its start.
        let many = 16 * LANES;
        values
            .par_chunks(many * length)
            .zip(kept.par_chunks_mut(many * keep.len()))
            .for_each(|(rows, kept)| {
                arch.dispatch(Rows {
                    values: rows,
                    length,
                    keep,
                    filter,
                    kept,
                });
            });
    } else {
        let planes = values.len() / (length * stride);
        let parts = if planes == 1 { PARTS } else { 1 };
        let width = stride.div_ceil(parts).next_multiple_of(LANES);
        values
            .par_chunks_exact(length * stride)
            .zip(kept.par_chunks_exact_mut(keep.len() * stride))
            .for_each(|(plane, kept)| {
                let mut columns: Vec<Vec<&mut [F::Value]>> = Vec::new();
                columns.resize_with(stride.div_ceil(width), Vec::new);
                for row in kept.chunks_exact_mut(stride) {
                    for (part, piece) in columns.iter_mut().zip(row.chunks_mut(width)) {
                        part.push(piece);
                    }
                }
                columns
                    .into_par_iter()
                    .enumerate()
                    .for_each(|(part, mut kept)| {
                        arch.dispatch(Columns {
                            plane,
                            length,
                            stride,
                            first: part * width,
                            keep,
                            filter,
                            kept: &mut kept,
                        });
                    });
            });
    }
    Block {
        size: kept_size,
        values: kept,
    }
}

/// Lines that are contiguous in memory. Compiled once for every kind of processor; no operation
/// is fused with another.
struct Rows<'a, T, F: LineFilter> {
    values: &'a [T],
    length: usize,
    keep: &'a Range<usize>,
    filter: &'a F,
    kept: &'a mut [F::Value],
}

impl<T: Copy + Into<f64>, F: LineFilter> pulp::WithSimd for Rows<'_, T, F> {
    type Output = ();

    // Inlined, or else it is compiled for the oldest processor.
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let (length, keep) = (self.length, self.keep);
        let mut samples = vec![[0.0; LANES]; F::BEFORE + length + F::AFTER];
        let mut spare = Vec::new();
        let mut results = vec![[F::Value::default(); LANES]; keep.len()];
        let groups = self
            .values
            .chunks(LANES * length)
            .zip(self.kept.chunks_mut(LANES * keep.len()));
        for (rows, kept) in groups {
            for (lane, row) in rows.chunks_exact(length).enumerate() {
                for (lanes, &value) in samples.iter_mut().skip(F::BEFORE).zip(row) {
                    if let Some(place) = lanes.get_mut(lane) {
                        *place = value.into();
                    }
                }
            }
            self.filter
                .filter(&mut samples, &mut spare, keep, |i, lanes| {
                    if let Some(place) = results.get_mut(i - keep.start) {
                        *place = lanes;
                    }
                });
            for (lane, row) in kept.chunks_exact_mut(keep.len()).enumerate() {
                for (place, lanes) in row.iter_mut().zip(&results) {
                    *place = lanes.get(lane).copied().unwrap_or_default();
                }
            }
        }
    }
}

/// Some of the lines of a plane whose voxels are `stride` apart; neighbouring lines are
/// neighbours in memory. Compiled as [`Rows`].
struct Columns<'a, 'b, T, F: LineFilter> {
    plane: &'a [T],
    length: usize,
    stride: usize,
    /// The first of the lines.
    first: usize,
    keep: &'a Range<usize>,
    filter: &'a F,
    kept: &'a mut [&'b mut [F::Value]],
}

impl<T: Copy + Into<f64>, F: LineFilter> pulp::WithSimd for Columns<'_, '_, T, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let width = self.kept.first().map_or(0, |row| row.len());
        let mut samples = vec![[0.0; LANES]; F::BEFORE + self.length + F::AFTER];
        let mut spare = Vec::new();
        for at in (0..width).step_by(LANES) {
            let rows = self.plane.chunks_exact(self.stride);
            for (lanes, row) in samples.iter_mut().skip(F::BEFORE).zip(rows) {
                let row = row.get(self.first + at..).unwrap_or_default();
                if let Some(row) = row.first_chunk::<LANES>() {
                    *lanes = row.map(Into::into);
                } else {
                    for (place, &value) in lanes.iter_mut().zip(row) {
                        *place = value.into();
                    }
                }
            }
            let kept = &mut *self.kept;
            let start = self.keep.start;
            self.filter
                .filter(&mut samples, &mut spare, self.keep, |i, lanes| {
                    let row = kept
                        .get_mut(i - start)
                        .and_then(|row| row.get_mut(at..))
                        .unwrap_or_default();
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
