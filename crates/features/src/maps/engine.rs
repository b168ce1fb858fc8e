//! Features around every voxel, on all threads.

use rayon::prelude::*;

/// A class of features, computed for one kernel after the other.
pub(super) trait AroundVoxel: Sync {
    /// What is allocated once for many kernels.
    type Room;

    /// Makes room.
    fn room(&self) -> Self::Room;

    /// The place of the kernel of a voxel in the class's grid.
    fn corner(&self, offset: usize) -> usize;

    /// Computes the features of a kernel.
    fn values(&self, corner: usize, room: &mut Self::Room, out: &mut [f64]);

    /// Computes what was put off since the last time: gives the number of the kernel, from 0, the
    /// number of the feature and its value to `put`, instead of what [`Self::values`] said.
    fn finish(&self, _room: &mut Self::Room, _put: &mut dyn FnMut(usize, usize, f64)) {}
}

/// Voxels that one thread does before it looks for more work.
const BLOCK: usize = 256;

/// The values of so many features at every voxel, one list a feature. `done` hears of every few
/// hundred voxels. Each voxel is computed by itself: results do not depend on the threads.
pub(super) fn fill<C: AroundVoxel>(
    class: &C,
    features: usize,
    voxels: &[usize],
    done: &(dyn Fn(usize) + Sync),
) -> Vec<Vec<f64>> {
    let mut maps = vec![vec![0.0; voxels.len()]; features];
    let mut blocks: Vec<Vec<&mut [f64]>> = Vec::new();
    blocks.resize_with(voxels.len().div_ceil(BLOCK), || {
        Vec::with_capacity(features)
    });
    for map in &mut maps {
        for (block, part) in blocks.iter_mut().zip(map.chunks_mut(BLOCK)) {
            block.push(part);
        }
    }
    let room = || (class.room(), vec![0.0; features]);
    blocks
        .par_iter_mut()
        .zip(voxels.par_chunks(BLOCK))
        .for_each_init(room, |(room, values), (block, voxels)| {
            for (index, &voxel) in voxels.iter().enumerate() {
                class.values(class.corner(voxel), room, values);
                for (part, &value) in block.iter_mut().zip(values.iter()) {
                    if let Some(place) = part.get_mut(index) {
                        *place = value;
                    }
                }
            }
            class.finish(room, &mut |index, feature, value| {
                let part = block.get_mut(feature);
                if let Some(place) = part.and_then(|part| part.get_mut(index)) {
                    *place = value;
                }
            });
            done(voxels.len());
        });
    maps
}
