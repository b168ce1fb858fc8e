//! The matrix of size zones, distance zones and dependences.

use super::joined::Counts;
use crate::texture::{LevelBySize, SizeCounts};

/// How often each grey level goes with each size (of a zone, of a neighbourhood's dependence) or
/// distance, and of how many voxels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SizeMatrix {
    pub(super) cells: LevelBySize,
    /// Number of voxels $N_v$.
    voxels: f64,
}

impl SizeMatrix {
    /// What is counted over the number of voxels: $N_s / N_v$.
    pub(super) fn percentage(&self) -> f64 {
        self.cells.total() / self.voxels
    }
}

/// Counts that make it.
pub(super) struct Sizes {
    counts: SizeCounts,
    voxels: u64,
}

impl Sizes {
    /// Counts something of a size and a level's number, which stands for so many voxels.
    #[inline]
    pub(super) fn add(&mut self, number: u16, size: u32, voxels: u32) {
        self.counts.add(number, size);
        self.voxels += u64::from(voxels);
    }
}

impl Counts for Sizes {
    type Matrix = SizeMatrix;

    fn new(levels: usize) -> Self {
        Self {
            counts: SizeCounts::new(levels),
            voxels: 0,
        }
    }

    fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    fn take_from(&mut self, other: &mut Self) {
        self.counts.take_from(&mut other.counts);
        self.voxels += std::mem::take(&mut other.voxels);
    }

    fn fill(&mut self, levels: &[u32], matrix: &mut SizeMatrix) {
        self.counts.fill(levels, &mut matrix.cells);
        matrix.voxels = self.voxels as f64;
    }
}
