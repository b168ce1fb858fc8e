//! Regions of interest: labels on a grid, and the region that one label makes.

use crate::Geometry;

/// A named segment of a label map, as 3D Slicer writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The name shown to the reader who drew it.
    pub name: String,
    /// The value of its voxels.
    pub label: u32,
}

/// Whole-number labels on a grid; 0 is background.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelMap {
    /// The grid.
    pub geometry: Geometry,
    /// One label a voxel; x runs fastest.
    pub labels: Vec<u32>,
    /// Names of labels, where the file gives them.
    pub segments: Vec<Segment>,
}

/// A region of interest: which voxels of a grid belong to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    /// The grid.
    pub geometry: Geometry,
    /// Whether each voxel belongs to the region; x runs fastest.
    pub inside: Vec<bool>,
}

impl LabelMap {
    /// The region of one label (possibly empty).
    #[must_use]
    pub fn mask(&self, label: u32) -> Mask {
        Mask {
            geometry: self.geometry.clone(),
            inside: self.labels.iter().map(|&value| value == label).collect(),
        }
    }
}

impl Mask {
    /// Number of voxels in the region.
    #[must_use]
    pub fn voxel_count(&self) -> usize {
        self.inside.iter().filter(|&&inside| inside).count()
    }
}
