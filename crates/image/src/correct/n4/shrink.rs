//! Every n-th voxel of an image and its mask.

use crate::{Image, Mask};

/// Values and mask on a coarser grid.
pub(super) struct Shrunk {
    pub(super) size: [usize; 3],
    pub(super) values: Vec<f64>,
    pub(super) inside: Vec<bool>,
}

/// Takes every `factor`-th voxel along each axis, in the middle of its block, as ITK's shrink
/// filter does. An axis keeps at least four voxels, if it has them, or else is not shrunk.
pub(super) fn shrink(image: &Image, mask: &Mask, factor: usize) -> Shrunk {
    let geometry = &image.geometry;
    let places: [Vec<usize>; 3] = geometry.size.map(|size| {
        let factor = factor.min(size / 4).max(1);
        let count = (size / factor).max(1);
        // The middles of both grids coincide; half a voxel is rounded up.
        let first = size.saturating_sub(factor * (count - 1)) / 2;
        (0..count).map(|place| first + place * factor).collect()
    });
    let size = [places[0].len(), places[1].len(), places[2].len()];
    let mut values = Vec::with_capacity(size.iter().product());
    let mut inside = Vec::with_capacity(values.capacity());
    for &z in &places[2] {
        for &y in &places[1] {
            for &x in &places[0] {
                let offset = geometry.offset([x, y, z]);
                values.push(image.values.get(offset).copied().unwrap_or(0.0));
                inside.push(mask.inside.get(offset).copied().unwrap_or(false));
            }
        }
    }
    Shrunk {
        size,
        values,
        inside,
    }
}
