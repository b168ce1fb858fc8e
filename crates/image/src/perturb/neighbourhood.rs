//! The part of a grid around a region.

use crate::{BoundingBox, Geometry};

/// The box of a region with a margin of at least `margin` mm along each axis, as far as the grid
/// goes.
#[must_use]
pub fn neighbourhood(geometry: &Geometry, region: &BoundingBox, margin: f64) -> BoundingBox {
    let voxels = geometry
        .spacing
        .map(|spacing| (margin / spacing).ceil().max(0.0) as usize);
    BoundingBox {
        lower: std::array::from_fn(|axis| region.lower[axis].saturating_sub(voxels[axis])),
        upper: std::array::from_fn(|axis| {
            let last = geometry.size[axis].saturating_sub(1);
            region.upper[axis].saturating_add(voxels[axis]).min(last)
        }),
    }
}
