//! Where the voxels of a grid lie in the patient.

use std::fmt;

use crate::BoundingBox;
use crate::inverse::inverse;

/// A regular grid of voxels in the patient frame (LPS, millimetres), as ITK holds it.
///
/// The centre of the voxel with index `i` lies at `origin + direction * (spacing * i)`;
/// the columns of `direction` are the unit vectors of the three index axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Geometry {
    /// Number of voxels along x, y, z.
    pub size: [usize; 3],
    /// Distance between voxel centres along each axis, in mm.
    pub spacing: [f64; 3],
    /// Position of the centre of voxel (0, 0, 0), in mm.
    pub origin: [f64; 3],
    /// Direction cosines, row by row; column `j` points along index axis `j`.
    pub direction: [[f64; 3]; 3],
}

impl Geometry {
    /// A grid with its axes along the patient's and its first voxel at the origin.
    #[must_use]
    pub fn axis_aligned(size: [usize; 3], spacing: [f64; 3]) -> Self {
        Self {
            size,
            spacing,
            origin: [0.0; 3],
            direction: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        }
    }

    /// Number of voxels of the whole grid.
    #[must_use]
    pub fn voxel_count(&self) -> usize {
        self.size.iter().product()
    }

    /// Volume of one voxel in mm³.
    #[must_use]
    pub fn voxel_volume(&self) -> f64 {
        self.spacing.iter().product()
    }

    /// Place in memory of the voxel `[x, y, z]`; x runs fastest.
    #[must_use]
    pub fn offset(&self, [x, y, z]: [usize; 3]) -> usize {
        (z * self.size[1] + y) * self.size[0] + x
    }

    /// Index of the voxel at a place in memory; the inverse of [`offset`](Self::offset).
    #[must_use]
    pub fn index(&self, offset: usize) -> [usize; 3] {
        let [width, height, _] = self.size.map(|size| size.max(1));
        let line = offset / width;
        [offset % width, line % height, line / height]
    }

    /// How far the columns of `direction` are from unit vectors at right angles: the largest
    /// absolute entry of `directionᵀ direction − 1`.
    #[must_use]
    pub fn departure_from_orthonormal(&self) -> f64 {
        let d = &self.direction;
        let mut largest = 0.0_f64;
        for i in 0..3 {
            for j in i..3 {
                let dot: f64 = (0..3).map(|row| d[row][i] * d[row][j]).sum();
                let departure = (dot - if i == j { 1.0 } else { 0.0 }).abs();
                // `max` alone would drop a NaN.
                if departure.is_nan() {
                    return departure;
                }
                largest = largest.max(departure);
            }
        }
        largest
    }

    /// Position in mm of a (continuous) index.
    #[must_use]
    pub fn position(&self, index: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|row| {
            // Products and sums in ITK's order, so that both give the same last digit.
            let step = |axis: usize| self.direction[row][axis] * self.spacing[axis] * index[axis];
            self.origin[row] + (step(0) + step(1) + step(2))
        })
    }

    /// Position in mm of a voxel, summed from the origin on.
    ///
    /// Equal to [`position`](Self::position) but for the last digit: ITK sums the two in
    /// different orders, and where a result lies exactly between two voxels that digit decides.
    pub(crate) fn index_position(&self, index: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|row| {
            let step = |axis: usize| self.direction[row][axis] * self.spacing[axis] * index[axis];
            self.origin[row] + step(0) + step(1) + step(2)
        })
    }

    /// The grid of a box of its voxels; `None` if the box is not part of it.
    #[must_use]
    pub fn cropped(&self, region: &BoundingBox) -> Option<Self> {
        let (lower, upper) = (region.lower, region.upper);
        if (0..3).any(|axis| lower[axis] > upper[axis] || upper[axis] >= self.size[axis]) {
            return None;
        }
        #[allow(clippy::cast_precision_loss)]
        let origin = self.index_position(lower.map(|index| index as f64));
        Some(Self {
            size: region.size(),
            origin,
            ..self.clone()
        })
    }

    /// The way back from a position in mm to a continuous index.
    pub(crate) fn position_to_index(&self) -> PositionToIndex {
        let step: [[f64; 3]; 3] = std::array::from_fn(|row| {
            std::array::from_fn(|axis| self.direction[row][axis] * self.spacing[axis])
        });
        PositionToIndex {
            origin: self.origin,
            matrix: inverse(&step),
        }
    }

    /// How `other` departs from this grid, if it does by more than `tolerance`: sizes must be
    /// equal, origins may differ by `tolerance` times the first spacing (mm), spacings by the
    /// same, direction cosines by `tolerance` itself (the rule of ITK's image filters).
    #[must_use]
    pub fn difference(&self, other: &Self, tolerance: f64) -> Option<GeometryDifference> {
        let length_tolerance = tolerance * self.spacing[0].abs();
        let largest = |a: &[f64; 3], b: &[f64; 3]| {
            a.iter()
                .zip(b)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max)
        };
        let spacing = largest(&self.spacing, &other.spacing);
        let origin = largest(&self.origin, &other.origin);
        let direction = (0..3)
            .map(|row| largest(&self.direction[row], &other.direction[row]))
            .fold(0.0, f64::max);
        let difference = GeometryDifference {
            size: (self.size != other.size).then_some((self.size, other.size)),
            spacing: (spacing > length_tolerance).then_some((self.spacing, other.spacing)),
            origin: (origin > length_tolerance).then_some((self.origin, other.origin)),
            direction: (direction > tolerance).then_some(direction),
        };
        (difference != GeometryDifference::default()).then_some(difference)
    }
}

/// The inverse of [`Geometry::position`].
pub(crate) struct PositionToIndex {
    origin: [f64; 3],
    matrix: [[f64; 3]; 3],
}

impl PositionToIndex {
    /// The continuous index of a position.
    pub(crate) fn apply(&self, position: [f64; 3]) -> [f64; 3] {
        let d: [f64; 3] = std::array::from_fn(|row| position[row] - self.origin[row]);
        self.matrix
            .map(|row| row[0] * d[0] + row[1] * d[1] + row[2] * d[2])
    }
}

/// What differs between the grid of an image and the grid of its mask.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GeometryDifference {
    /// Both sizes, where they differ.
    pub size: Option<([usize; 3], [usize; 3])>,
    /// Both spacings (mm), where they differ.
    pub spacing: Option<([f64; 3], [f64; 3])>,
    /// Both origins (mm), where they differ.
    pub origin: Option<([f64; 3], [f64; 3])>,
    /// The largest difference between two direction cosines, where it is too large.
    pub direction: Option<f64>,
}

impl fmt::Display for GeometryDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if let Some((image, mask)) = self.size {
            parts.push(format!("size {image:?} against {mask:?} voxels"));
        }
        if let Some((image, mask)) = self.spacing {
            parts.push(format!("spacing {image:?} against {mask:?} mm"));
        }
        if let Some((image, mask)) = self.origin {
            let distance = (0..3)
                .map(|i| (image[i] - mask[i]).powi(2))
                .sum::<f64>()
                .sqrt();
            parts.push(format!(
                "origin {image:?} against {mask:?}, {distance:.4} mm apart"
            ));
        }
        if let Some(cosine) = self.direction {
            parts.push(format!("direction cosines differ by up to {cosine:.2e}"));
        }
        f.write_str(&parts.join("; "))
    }
}
