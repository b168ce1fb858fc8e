//! Parts of an image, and how they go on beyond its borders.

use std::ops::Range;

use rayon::prelude::*;

use super::Boundary;
use crate::{BoundingBox, Image};

/// A box of voxel indices, the ends not included. Indices beyond the image may be meant.
pub(super) type Span = [Range<isize>; 3];

/// How far the response at a voxel looks towards lower and towards higher indices, along x, y, z.
pub(super) type Reach = [(usize, usize); 3];

/// Values of a box of voxels; x runs fastest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    pub(super) span: Span,
    pub(super) values: Vec<f64>,
}

/// Number of voxels of a box along x, y, z.
pub(super) fn size_of(span: &Span) -> [usize; 3] {
    std::array::from_fn(|axis| length(&span[axis]))
}

/// Number of indices in a range.
pub(super) fn length(range: &Range<isize>) -> usize {
    usize::try_from(range.end - range.start).unwrap_or(0)
}

fn signed(index: usize) -> isize {
    isize::try_from(index).unwrap_or(isize::MAX)
}

/// The box as a span.
pub(super) fn span_of(keep: &BoundingBox) -> Span {
    std::array::from_fn(|axis| signed(keep.lower[axis])..signed(keep.upper[axis]) + 1)
}

/// All voxels of an image.
pub(super) fn whole(size: [usize; 3]) -> Span {
    size.map(|size| 0..signed(size))
}

/// A span with what a filter needs around it, within the image or not.
pub(super) fn widened(span: &Span, reach: &Reach) -> Span {
    std::array::from_fn(|axis| {
        let (before, after) = reach[axis];
        span[axis].start - signed(before)..span[axis].end + signed(after)
    })
}

/// The voxels of the image that a span stands for under a boundary condition.
pub(super) fn within(span: &Span, size: [usize; 3], boundary: Boundary) -> Span {
    std::array::from_fn(|axis| {
        let all = 0..signed(size[axis]);
        let range = &span[axis];
        if boundary == Boundary::Periodic && (range.start < 0 || range.end > all.end) {
            return all;
        }
        // Zero, nearest and mirrored voxels beyond a border lie as near to it inside.
        range.start.clamp(0, all.end)..range.end.clamp(0, all.end)
    })
}

/// Values of a part of an image, and the size of the image.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) span: &'a Span,
    pub(super) values: &'a [f64],
    pub(super) size: [usize; 3],
}

impl Part<'_> {
    /// The values of a span, which may go beyond the image.
    pub(super) fn extended(&self, span: &Span, boundary: Boundary) -> Window {
        // Where in the part each index of the span is found.
        let places = |axis: usize| -> Vec<Option<usize>> {
            let held = &self.span[axis];
            let place = |index| {
                let source = signed(boundary.source(index, self.size[axis])?);
                let place = usize::try_from(source - held.start).ok()?;
                (source < held.end).then_some(place)
            };
            span[axis].clone().map(place).collect()
        };
        let (x, y, z) = (places(0), places(1), places(2));
        let [width, height, _] = size_of(self.span);
        // Most of a row is copied at once.
        let inner = x
            .iter()
            .position(|place| *place == Some(0))
            .filter(|&start| {
                let run = x.iter().skip(start).take(width).enumerate();
                x.len() >= start + width && run.into_iter().all(|(i, place)| *place == Some(i))
            });
        let mut values = vec![0.0; x.len() * y.len() * z.len()];
        let plane = (x.len() * y.len()).max(1);
        let planes = values.par_chunks_mut(plane).zip(&z);
        planes.for_each(|(plane, &z)| {
            let Some(z) = z else { return };
            for (row, &y) in plane.chunks_mut(x.len().max(1)).zip(&y) {
                let Some(y) = y else { continue };
                let start = (z * height + y) * width;
                let source = self.values.get(start..start + width).unwrap_or_default();
                if let Some(inner) = inner
                    && let Some(middle) = row.get_mut(inner..inner + width)
                    && middle.len() == source.len()
                {
                    middle.copy_from_slice(source);
                    let ends = (0..inner).chain(inner + width..x.len());
                    for i in ends {
                        if let (Some(value), Some(&Some(place))) = (row.get_mut(i), x.get(i)) {
                            *value = source.get(place).copied().unwrap_or_default();
                        }
                    }
                } else {
                    for (value, place) in row.iter_mut().zip(&x) {
                        let found = place.and_then(|place| source.get(place));
                        *value = found.copied().unwrap_or_default();
                    }
                }
            }
        });
        Window {
            span: span.clone(),
            values,
        }
    }
}

impl Window {
    /// The window as a part of an image of that size, in which it must lie.
    pub(super) fn part(&self, size: [usize; 3]) -> Part<'_> {
        Part {
            span: &self.span,
            values: &self.values,
            size,
        }
    }
}

/// The values of a span of an image, which may go beyond it.
pub(super) fn extended(image: &Image, span: &Span, boundary: Boundary) -> Window {
    let size = image.geometry.size;
    Part {
        span: &whole(size),
        values: &image.values,
        size,
    }
    .extended(span, boundary)
}
