//! Where the voxels of a new grid lie in an image, to the last digit that ITK finds.

use rayon::prelude::*;

use super::PreprocessError;
use crate::Geometry;

/// The continuous indices, in one grid, of the voxels of another.
///
/// Along a line of the new grid, ITK maps the first voxel and the one past the last, and divides
/// the way between them; so do we.
pub(super) struct GridPositions {
    /// Size of the image.
    source: [usize; 3],
    /// Size of the new grid.
    size: [usize; 3],
    /// Start and way of every line, y fastest.
    lines: Vec<Line>,
}

/// A line of the new grid: where it starts and how far it is to its end.
#[derive(Clone, Copy)]
struct Line {
    start: [f64; 3],
    way: [f64; 3],
}

impl Line {
    fn at(&self, x: usize, width: usize) -> [f64; 3] {
        #[allow(clippy::cast_precision_loss)]
        let fraction = x as f64 / width as f64;
        std::array::from_fn(|axis| self.start[axis] + fraction * self.way[axis])
    }
}

impl GridPositions {
    /// The positions in `source` of the voxels of `grid`, which may not be too many.
    pub(super) fn new(source: &Geometry, grid: &Geometry) -> Result<Self, PreprocessError> {
        let [width, height, depth] = grid.size;
        let count = width
            .checked_mul(height)
            .and_then(|count| count.checked_mul(depth));
        if count.is_none_or(|count| count > crate::read::MAX_VOXELS) {
            #[allow(clippy::cast_precision_loss)]
            return Err(PreprocessError::TooManyVoxels {
                spacing: grid.spacing,
                size: grid.size.map(|size| size as f64),
            });
        }
        let inverse = source.position_to_index();
        #[allow(clippy::cast_precision_loss)]
        let index_at = |x: usize, y: usize, z: usize| {
            inverse.apply(grid.index_position([x as f64, y as f64, z as f64]))
        };
        let lines = (0..depth).flat_map(|z| (0..height).map(move |y| (y, z)));
        let lines = lines.map(|(y, z)| {
            let start = index_at(0, y, z);
            let end = index_at(width, y, z);
            let way = std::array::from_fn(|axis| end[axis] - start[axis]);
            Line { start, way }
        });
        Ok(Self {
            source: source.size,
            size: grid.size,
            lines: lines.collect(),
        })
    }

    /// Size of the image.
    pub(super) fn source(&self) -> [usize; 3] {
        self.source
    }

    /// The positions along each axis, if those along one do not depend on the others, to the last
    /// bit. `None` stands for a position outside the image.
    pub(super) fn by_axis(&self) -> Option<[Vec<Option<f64>>; 3]> {
        let [width, height, _] = self.size;
        let corner = self.lines.first()?;
        for (place, line) in self.lines.iter().enumerate() {
            let (y, z) = (place % height, place / height);
            let along_y = self.lines.get(y)?.start[1];
            let along_z = self.lines.get(z * height)?.start[2];
            let separable = line.start == [corner.start[0], along_y, along_z]
                && line.way == [corner.way[0], 0.0, 0.0];
            if !separable {
                return None;
            }
        }
        let inside = |axis: usize, index: f64| is_inside(index, self.source[axis]).then_some(index);
        let along_x = (0..width).map(|x| inside(0, corner.at(x, width)[0]));
        let along_y = self.lines.iter().take(height);
        let along_z = self.lines.iter().step_by(height.max(1));
        Some([
            along_x.collect(),
            along_y.map(|line| inside(1, line.start[1])).collect(),
            along_z.map(|line| inside(2, line.start[2])).collect(),
        ])
    }

    /// The lowest and the highest position along each axis of the voxels that lie inside the
    /// image; `None` if there are none.
    pub(super) fn bounds(&self) -> Option<[[f64; 2]; 3]> {
        // A line is straight: its extremes are its ends. Positions outside are cut off.
        let width = self.size[0];
        let last = width.checked_sub(1)?;
        if self.source.contains(&0) {
            return None;
        }
        let mut bounds = [[f64::INFINITY, f64::NEG_INFINITY]; 3];
        for line in &self.lines {
            for end in [line.at(0, width), line.at(last, width)] {
                for (axis, [low, high]) in bounds.iter_mut().enumerate() {
                    *low = low.min(end[axis]);
                    *high = high.max(end[axis]);
                }
            }
        }
        #[allow(clippy::cast_precision_loss)]
        for (axis, [low, high]) in bounds.iter_mut().enumerate() {
            *low = low.max(-0.5);
            *high = high.min(self.source[axis] as f64 - 0.5);
            if low > high {
                return None;
            }
        }
        Some(bounds)
    }

    /// The value of every voxel of the new grid by `value`, which gets the position; `outside`
    /// for positions outside the image.
    pub(super) fn evaluate<T: Copy + Send + Sync>(
        &self,
        outside: T,
        value: impl Fn([f64; 3]) -> T + Sync,
    ) -> Vec<T> {
        let [width, height, _] = self.size;
        self.by_index(outside, |[x, y, z]| {
            let Some(line) = self.lines.get(z * height + y) else {
                return outside;
            };
            let index = line.at(x, width);
            if (0..3).all(|axis| is_inside(index[axis], self.source[axis])) {
                value(index)
            } else {
                outside
            }
        })
    }

    /// The value of every voxel of the new grid by its index there. Slices are shared out to
    /// threads.
    pub(super) fn by_index<T: Copy + Send + Sync>(
        &self,
        blank: T,
        value: impl Fn([usize; 3]) -> T + Sync,
    ) -> Vec<T> {
        let [width, height, _] = self.size;
        let mut values = vec![blank; self.size.iter().product()];
        if values.is_empty() {
            return values;
        }
        let slices = values.par_chunks_mut(width * height).enumerate();
        slices.for_each(|(z, slice)| {
            for (y, row) in slice.chunks_mut(width).enumerate() {
                for (x, voxel) in row.iter_mut().enumerate() {
                    *voxel = value([x, y, z]);
                }
            }
        });
        values
    }
}

/// Whether an index lies within the outer edges; the upper edge no longer does.
#[allow(clippy::cast_precision_loss)]
fn is_inside(index: f64, size: usize) -> bool {
    index >= -0.5 && index < size as f64 - 0.5
}
