//! Which neighbours of a voxel are like it: found once for all kernels.
//!
//! A kernel changes which voxels have neighbours, never which voxels are alike. So each voxel holds a
//! bit for each of its neighbours, and a kernel takes away the bits of those that lie outside it,
//! which depend on the place in the kernel alone. That is less work than to compare the neighbours
//! that a plane of voxels brings along as the kernel moves on.

use super::kernel::{Kernel, Pairs, SlidingGrid};

/// The most directions; each has a bit for the neighbour ahead and one for the neighbour behind.
const MOST: usize = 16;

/// The bits of the neighbours ahead.
pub(super) const AHEAD: u32 = (1 << MOST) - 1;

/// The neighbours that are like each voxel of an image.
#[derive(Clone, Debug)]
pub(super) struct Links {
    /// Of each place of the grid.
    alike: Vec<u32>,
    /// The neighbours that lie in the kernel, of each place in it.
    within: Vec<u32>,
}

impl Links {
    /// Compares the level numbers of neighbours that both count; `None` for too many directions.
    pub(super) fn new(
        grid: &SlidingGrid,
        kernel: &Kernel,
        directions: &[Pairs],
        are_alike: impl Fn(u16, u16) -> bool,
    ) -> Option<Self> {
        if directions.len() > MOST {
            return None;
        }
        let cells = grid.from(0);
        let mut alike = vec![0_u32; cells.len()];
        let mut within = vec![0_u32; kernel.size.iter().product()];
        for (bit, pairs) in directions.iter().enumerate() {
            let stride = grid.stride(pairs.step).unsigned_abs();
            // Beyond the end of a line lies the border, whose voxels do not count.
            let seconds = cells.get(stride..).unwrap_or_default();
            for (place, (&a, &b)) in cells.iter().zip(seconds).enumerate() {
                if a != 0 && b != 0 && are_alike(a, b) {
                    alike[place] |= 1 << bit;
                    alike[place + stride] |= 1 << (MOST + bit);
                }
            }
            for &first in &pairs.firsts {
                within[first as usize] |= 1 << bit;
                within[first as usize + pairs.stride] |= 1 << (MOST + bit);
            }
        }
        Some(Self { alike, within })
    }

    /// How many neighbours a voxel has in the kernel that are like it: a voxel at a place of the grid,
    /// and at one of the kernel.
    #[inline]
    pub(super) fn count(&self, at: usize, place: usize) -> usize {
        (self.alike[at] & self.within[place]).count_ones() as usize
    }

    /// The neighbours in the kernel at `corner` that are like each of its voxels.
    pub(super) fn look(&self, grid: &SlidingGrid, corner: usize, links: &mut Vec<u32>) {
        links.clear();
        for line in grid.lines(corner) {
            links.extend_from_slice(self.alike.get(line).unwrap_or_default());
        }
        for (links, within) in links.iter_mut().zip(&self.within) {
            *links &= within;
        }
    }
}
