//! What a look at a region would show: its pieces, whether it meets the edge, where its middle lies.

use crate::{BoundingBox, Mask};

/// Fewest voxels of a region that is not called tiny. Below it most entries of a texture matrix
/// are empty, and features describe the sampling more than the tissue.
pub const TINY: usize = 64;

/// How many times thicker than wide voxels may be before slices are called thick.
pub const THICK: f64 = 2.0;

/// The shape of a region, as far as it tells of slips in drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionQuality {
    /// Number of voxels.
    pub voxels: usize,
    /// Volume in mm³: voxels times the volume of one.
    pub volume: f64,
    /// The box around it.
    pub bounds: BoundingBox,
    /// The mean of its voxel centres, in mm (LPS).
    pub centre: [f64; 3],
    /// Pieces that touch nowhere, not even by a corner (26 neighbours), by falling number of voxels.
    pub pieces: Vec<usize>,
    /// The ends of the index axes that it meets: `[lower, upper]` of x, y, z. An axis of one voxel
    /// has no ends.
    pub at_edge: [[bool; 2]; 3],
}

impl RegionQuality {
    /// Looks at a region; `None` if it is empty.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn of(mask: &Mask) -> Option<Self> {
        let bounds = mask.bounding_box()?;
        let geometry = &mask.geometry;
        let mut sums = [0_usize; 3];
        let mut voxels = 0;
        for (offset, _) in mask
            .inside
            .iter()
            .enumerate()
            .filter(|(_, inside)| **inside)
        {
            let index = geometry.index(offset);
            voxels += 1;
            for axis in 0..3 {
                sums[axis] += index[axis];
            }
        }
        let centre = geometry.position(sums.map(|sum| sum as f64 / voxels as f64));
        let at_edge = std::array::from_fn(|axis| {
            let last = geometry.size[axis].saturating_sub(1);
            [
                last > 0 && bounds.lower[axis] == 0,
                last > 0 && bounds.upper[axis] == last,
            ]
        });
        Some(Self {
            voxels,
            volume: voxels as f64 * geometry.voxel_volume(),
            pieces: pieces(&mask.cropped(&bounds)?),
            bounds,
            centre,
            at_edge,
        })
    }

    /// The index of the voxel at the centre, or nearest to it within the box.
    #[must_use]
    pub fn centre_index(&self, mask: &Mask) -> [usize; 3] {
        let index = mask.geometry.position_to_index().apply(self.centre);
        std::array::from_fn(|axis| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let nearest = index[axis].round().max(0.0) as usize;
            nearest.clamp(self.bounds.lower[axis], self.bounds.upper[axis])
        })
    }

    /// Whether it meets the edge of the image anywhere.
    #[must_use]
    pub fn meets_edge(&self) -> bool {
        self.at_edge.as_flattened().contains(&true)
    }
}

/// Voxels of every connected piece of a small mask, largest first.
fn pieces(mask: &Mask) -> Vec<usize> {
    let [width, height, depth] = mask.geometry.size;
    let mut left = mask.inside.clone();
    let mut sizes = Vec::new();
    let mut waiting = Vec::new();
    for start in 0..left.len() {
        if !take(&mut left, start) {
            continue;
        }
        waiting.push(start);
        let mut size = 0;
        while let Some(offset) = waiting.pop() {
            size += 1;
            let [x, y, z] = mask.geometry.index(offset);
            let around = |at: usize, size: usize| at.saturating_sub(1)..=(at + 1).min(size - 1);
            for z in around(z, depth) {
                for y in around(y, height) {
                    for x in around(x, width) {
                        let next = mask.geometry.offset([x, y, z]);
                        if take(&mut left, next) {
                            waiting.push(next);
                        }
                    }
                }
            }
        }
        sizes.push(size);
    }
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes
}

/// Takes a voxel away; whether it was there.
fn take(left: &mut [bool], offset: usize) -> bool {
    left.get_mut(offset).is_some_and(std::mem::take)
}
