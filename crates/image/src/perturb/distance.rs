//! Exact Euclidean distances on a grid.

use crate::{BoundingBox, Geometry};

/// For every voxel of a box, the squared distance in mm to the centre of the nearest voxel of the
/// box that is a `target`; infinite where there is none. x runs fastest.
///
/// One axis after the other, each line by the lower envelope of the parabolas that stand on its
/// voxels (Felzenszwalb and Huttenlocher, Theory of Computing 8:415, 2012).
pub(super) fn squared_distances(
    geometry: &Geometry,
    part: &BoundingBox,
    target: impl Fn([usize; 3]) -> bool,
) -> Vec<f64> {
    let size = part.size();
    let mut squared: Vec<f64> = Vec::with_capacity(size.iter().product());
    for z in part.lower[2]..=part.upper[2] {
        for y in part.lower[1]..=part.upper[1] {
            for x in part.lower[0]..=part.upper[0] {
                squared.push(if target([x, y, z]) {
                    0.0
                } else {
                    f64::INFINITY
                });
            }
        }
    }
    let strides = [1, size[0], size[0] * size[1]];
    let mut line = Vec::new();
    let mut envelope = Envelope::default();
    for axis in 0..3 {
        let (length, stride) = (size[axis], strides[axis]);
        for start in 0..squared.len() {
            // The first voxel of each line along the axis.
            if !(start / stride).is_multiple_of(length) {
                continue;
            }
            line.clear();
            line.extend((0..length).map(|i| squared[start + i * stride]));
            envelope.lower(&mut line, geometry.spacing[axis]);
            for (i, &value) in line.iter().enumerate() {
                squared[start + i * stride] = value;
            }
        }
    }
    squared
}

/// Parabolas $f(i) + (s(x-i))^2$ that are lowest somewhere, and from where on.
#[derive(Default)]
struct Envelope {
    at: Vec<usize>,
    from: Vec<f64>,
}

impl Envelope {
    /// Replaces each value of a line by the lowest parabola there.
    fn lower(&mut self, line: &mut [f64], spacing: f64) {
        let square = spacing * spacing;
        self.at.clear();
        self.from.clear();
        for (i, &height) in line.iter().enumerate() {
            if height.is_infinite() {
                continue;
            }
            let mut begin = f64::NEG_INFINITY;
            while let (Some(&last), Some(&last_begin)) = (self.at.last(), self.from.last()) {
                let (i, j) = (i as f64, last as f64);
                let crossing = (height - line[last]) / (2.0 * square * (i - j)) + (i + j) / 2.0;
                if crossing > last_begin {
                    begin = crossing;
                    break;
                }
                self.at.pop();
                self.from.pop();
            }
            self.at.push(i);
            self.from.push(begin);
        }
        if self.at.is_empty() {
            return;
        }
        let heights: Vec<f64> = self.at.iter().map(|&at| line[at]).collect();
        let mut lowest = 0;
        for (x, value) in line.iter_mut().enumerate() {
            while self
                .from
                .get(lowest + 1)
                .is_some_and(|&from| from <= x as f64)
            {
                lowest += 1;
            }
            let steps = x as f64 - self.at[lowest] as f64;
            *value = heights[lowest] + square * steps * steps;
        }
    }
}
