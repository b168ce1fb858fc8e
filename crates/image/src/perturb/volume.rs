//! A contour that grows or shrinks to a given volume.

use rand_core::RngCore;

use super::distance::squared_distances;
use super::neighbourhood::neighbourhood;
use crate::{BoundingBox, Mask};

/// The region grown (`fraction` above 0) or shrunk (below 0) to `1 + fraction` times its number of
/// voxels, to the nearest whole voxel; at least one voxel stays.
///
/// The voxels that join or leave are those nearest to the region's border by the distance between
/// voxel centres in mm; among equally distant ones chance decides. Where the grid has too few
/// voxels to grow into, all of it is taken. Beyond the edge of the grid nothing is known, so a
/// region does not shrink from there.
///
/// Zwanenburg et al. dilate or erode by a voxel at a time and draw among the voxels of the last
/// step. With thick slices a step across them is several millimetres, so distances are used here.
#[must_use]
pub fn change_volume(mask: &Mask, fraction: f64, generator: &mut impl RngCore) -> Mask {
    let Some(bounds) = mask.bounding_box() else {
        return mask.clone();
    };
    let voxels = mask.voxel_count();
    let wanted = ((voxels as f64 * (1.0 + fraction)).round() as usize).max(1);
    let grows = wanted > voxels;
    let count = wanted.abs_diff(voxels);
    let mut changed = mask.clone();
    if count == 0 {
        return changed;
    }
    for place in nearest_to_border(mask, &bounds, grows, count, generator) {
        if let Some(inside) = changed.inside.get_mut(place) {
            *inside = grows;
        }
    }
    changed
}

/// Places of the `count` voxels nearest to the border, outside of it or inside.
fn nearest_to_border(
    mask: &Mask,
    bounds: &BoundingBox,
    outside: bool,
    count: usize,
    generator: &mut impl RngCore,
) -> Vec<usize> {
    let geometry = &mask.geometry;
    let whole = BoundingBox {
        lower: [0; 3],
        upper: geometry.size.map(|size| size.saturating_sub(1)),
    };
    let mut margin = geometry.spacing.iter().copied().fold(0.0, f64::max);
    let mut found: Vec<(f64, u64, usize)> = Vec::new();
    loop {
        let part = neighbourhood(geometry, bounds, margin);
        let inside = |voxel| mask.inside[geometry.offset(voxel)];
        let squared = squared_distances(geometry, &part, |voxel| inside(voxel) == outside);
        let last = part == whole || !outside;
        // Beyond the margin there are voxels outside the box that are as near.
        let known = |squared: f64| last || squared <= margin * margin;
        found.clear();
        for (place, &squared) in squared.iter().enumerate() {
            let size = part.size();
            let voxel = [
                part.lower[0] + place % size[0],
                part.lower[1] + place / size[0] % size[1],
                part.lower[2] + place / (size[0] * size[1]),
            ];
            if inside(voxel) != outside && known(squared) {
                found.push((squared, 0, geometry.offset(voxel)));
            }
        }
        if found.len() >= count || last {
            break;
        }
        margin *= 2.0;
    }
    for (_, chance, _) in &mut found {
        *chance = generator.next_u64();
    }
    let order = |a: &(f64, u64, usize), b: &(f64, u64, usize)| {
        a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2))
    };
    found.sort_unstable_by(order);
    found.truncate(count);
    found.into_iter().map(|(.., place)| place).collect()
}
