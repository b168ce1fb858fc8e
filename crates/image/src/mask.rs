//! Regions of interest: labels on a grid, and the region that one label makes.

use std::collections::BTreeMap;

use crate::preprocess::crop_voxels;
use crate::{Geometry, RegionNamed, region_named};

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

/// A box of voxels of a grid; both corners belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundingBox {
    /// Lowest index along x, y, z.
    pub lower: [usize; 3],
    /// Highest index along x, y, z.
    pub upper: [usize; 3],
}

impl BoundingBox {
    /// Number of voxels along x, y, z.
    #[must_use]
    pub fn size(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.upper[axis] - self.lower[axis] + 1)
    }

    /// Number of axes along which the box is more than one voxel wide.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.size().iter().filter(|&&size| size > 1).count()
    }
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

    /// The label of the one segment of a name or pattern, by the rules of [`region_named`].
    #[must_use]
    pub fn label_named(&self, name: &str) -> Option<u32> {
        let names: Vec<&str> = self.segments.iter().map(|s| s.name.as_str()).collect();
        match region_named(&names, name) {
            RegionNamed::One(place) => self.segments.get(place).map(|segment| segment.label),
            _ => None,
        }
    }

    /// Number of voxels of every label that occurs, background (0) left out.
    #[must_use]
    pub fn voxel_counts(&self) -> BTreeMap<u32, usize> {
        let mut counts = BTreeMap::new();
        // Neighbours mostly share a label: count runs, not voxels.
        for run in self.labels.chunk_by(|a, b| a == b) {
            if let Some(&label) = run.first()
                && label != 0
            {
                *counts.entry(label).or_insert(0) += run.len();
            }
        }
        counts
    }
}

impl Mask {
    /// Number of voxels in the region.
    #[must_use]
    pub fn voxel_count(&self) -> usize {
        self.inside.iter().filter(|&&inside| inside).count()
    }

    /// The part of the mask in a box of its grid; `None` if the box is not part of the grid.
    #[must_use]
    pub fn cropped(&self, part: &BoundingBox) -> Option<Self> {
        Some(Self {
            geometry: self.geometry.cropped(part)?,
            inside: crop_voxels(&self.inside, self.geometry.size, part),
        })
    }

    /// The smallest box that holds the region; `None` if the region is empty.
    #[must_use]
    pub fn bounding_box(&self) -> Option<BoundingBox> {
        let [width, height, _] = self.geometry.size;
        let mut bounds: Option<BoundingBox> = None;
        for (line, row) in self.inside.chunks(width.max(1)).enumerate() {
            let (Some(first), Some(last)) = (
                row.iter().position(|&inside| inside),
                row.iter().rposition(|&inside| inside),
            ) else {
                continue;
            };
            let (y, z) = (line % height.max(1), line / height.max(1));
            let found = bounds.get_or_insert(BoundingBox {
                lower: [first, y, z],
                upper: [last, y, z],
            });
            for (axis, (low, high)) in [(first, last), (y, y), (z, z)].into_iter().enumerate() {
                found.lower[axis] = found.lower[axis].min(low);
                found.upper[axis] = found.upper[axis].max(high);
            }
        }
        bounds
    }
}
