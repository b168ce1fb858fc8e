//! From positions in the patient to places on a grid.

use radiome_image::Geometry;

use crate::plane::{cross, dot, minus};

/// The way from a position in mm to a continuous index of a grid.
pub(crate) struct IndexFrame {
    origin: [f64; 3],
    /// Rows give the index along x, y and z.
    rows: [[f64; 3]; 3],
}

impl IndexFrame {
    pub(crate) fn of(geometry: &Geometry) -> Self {
        let column = |axis: usize| geometry.direction.map(|row| row[axis]);
        let [x, y, z] = [column(0), column(1), column(2)];
        // The rows of the inverse are the cross products of the columns over the determinant.
        let volume = dot(x, cross(y, z));
        let row = |axis: usize, product: [f64; 3]| {
            product.map(|cosine| cosine / volume / geometry.spacing[axis])
        };
        Self {
            origin: geometry.origin,
            rows: [
                row(0, cross(y, z)),
                row(1, cross(z, x)),
                row(2, cross(x, y)),
            ],
        }
    }

    /// The continuous index of a position.
    pub(crate) fn index(&self, position: [f64; 3]) -> [f64; 3] {
        self.step(minus(position, self.origin))
    }

    /// The difference of index that a step in mm makes.
    pub(crate) fn step(&self, step: [f64; 3]) -> [f64; 3] {
        self.rows.map(|row| dot(row, step))
    }
}
