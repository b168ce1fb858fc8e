//! Grey levels laid out for walking.

use thiserror::Error;

use std::sync::OnceLock;

use super::Neighbourhood;
use super::equal_neighbours::EqualNeighbours;
use crate::discretize::GrayLevels;
use crate::region::Region;

/// The grey levels of a region on its grid, with a border wide enough that no step leaves it.
///
/// Only the levels that occur are kept, numbered 1, 2, 3, ... in ascending order; 0 is outside
/// the region. [`LevelGrid::gray_levels`] leads from the number back to the grey level.
#[derive(Clone, Debug)]
pub struct LevelGrid {
    /// Number of each voxel's level; x runs fastest.
    cells: Vec<u16>,
    /// Rows of neighbouring voxels of the region along x, ascending.
    segments: Vec<Segment>,
    /// The grey level that each number stands for; entry 0 belongs to number 1.
    gray_levels: Vec<u32>,
    /// How many voxels have each level; entry 0 belongs to number 1.
    histogram: Vec<u32>,
    /// Steps in `cells` along x, y, z.
    strides: [usize; 3],
    size: [usize; 3],
    spacing: [f64; 3],
    neighbourhood: Neighbourhood,
    /// Which direct neighbours are equal: found once, by whichever class asks first.
    equal_neighbours: OnceLock<EqualNeighbours>,
}

/// Voxels of the region that lie side by side along x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Place of the first in the cells.
    pub(crate) start: usize,
    /// How many there are.
    pub(crate) length: usize,
}

/// Why grey levels cannot be laid out.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum LevelGridError {
    /// More different levels than a matrix can hold.
    #[error(
        "the region has {found} grey levels, more than the {limit} that a texture matrix may \
         have; set a larger binWidth, or binCount"
    )]
    TooManyLevels {
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The region and its levels do not belong together.
    #[error("{levels} grey levels for a region of {voxels} voxels")]
    Mismatch {
        /// Number of grey levels.
        levels: usize,
        /// Number of voxels.
        voxels: usize,
    },
    /// The region's box and the morphological mask do not belong together.
    #[error("a morphological mask of {mask} voxels for a region's box of {voxels}")]
    MaskMismatch {
        /// Number of voxels of the mask.
        mask: usize,
        /// Number of voxels of the box.
        voxels: usize,
    },
}

/// The most grey levels: beyond it, features over every pair of levels take too long.
const MAXIMUM_LEVELS: usize = 16_384;

impl LevelGrid {
    /// Lays out the grey levels of a region for comparing voxels within a neighbourhood.
    ///
    /// # Errors
    /// If there are more than 16384 different grey levels, or not one level for each voxel.
    pub fn new(
        region: &Region,
        levels: &GrayLevels,
        neighbourhood: &Neighbourhood,
    ) -> Result<Self, LevelGridError> {
        let present = levels.counts.iter().filter(|&&count| count > 0).count();
        if present > MAXIMUM_LEVELS {
            return Err(LevelGridError::TooManyLevels {
                found: present,
                limit: MAXIMUM_LEVELS,
            });
        }
        let mut gray_levels = Vec::with_capacity(present);
        let mut histogram = Vec::with_capacity(present);
        // Entry 0 stays 0: levels begin at 1.
        let mut numbers = vec![0_u16; levels.counts.len() + 1];
        let counts = (1_u32..).zip(&levels.counts);
        for (level, &count) in counts.filter(|(_, count)| **count > 0) {
            gray_levels.push(level);
            histogram.push(count as u32);
            numbers[level as usize] = gray_levels.len() as u16;
        }
        // No step is longer than the box, so neither need the border be.
        let border = neighbourhood
            .reach()
            .min(region.size.iter().copied().max().unwrap_or(1))
            .max(1);
        let padded = region.size.map(|length| length + 2 * border);
        let strides = [1, padded[0], padded[0] * padded[1]];
        let mut cells = vec![0_u16; padded.iter().product()];
        let mut segments = Vec::new();
        let mut rest = levels.levels.as_slice();
        let mut expected = 0;
        for (row, inside) in region
            .inside
            .chunks_exact(region.size[0].max(1))
            .enumerate()
        {
            let (y, z) = (row % region.size[1].max(1), row / region.size[1].max(1));
            let start = (z + border) * strides[2] + (y + border) * strides[1] + border;
            let mut x = 0;
            for run in inside.chunk_by(|a, b| a == b) {
                if run[0] {
                    expected += run.len();
                    let (here, after) = rest.split_at(run.len().min(rest.len()));
                    let target = cells.get_mut(start + x..start + x + run.len());
                    for (cell, &level) in target.into_iter().flatten().zip(here) {
                        *cell = numbers.get(level as usize).copied().unwrap_or(0);
                    }
                    segments.push(Segment {
                        start: start + x,
                        length: run.len(),
                    });
                    rest = after;
                }
                x += run.len();
            }
        }
        let total: usize = levels.counts.iter().sum();
        if expected != levels.levels.len() || total != expected {
            return Err(LevelGridError::Mismatch {
                levels: levels.levels.len(),
                voxels: expected,
            });
        }
        Ok(Self {
            cells,
            segments,
            gray_levels,
            histogram,
            strides,
            size: region.size,
            spacing: region.spacing,
            neighbourhood: neighbourhood.clone(),
            equal_neighbours: OnceLock::new(),
        })
    }

    /// The grey levels that occur, ascending.
    #[must_use]
    pub fn gray_levels(&self) -> &[u32] {
        &self.gray_levels
    }

    /// Size of the region's box along x, y, z.
    pub(crate) fn size(&self) -> [usize; 3] {
        self.size
    }

    /// Distance between voxel centres along x, y, z, mm.
    pub(super) fn spacing(&self) -> [f64; 3] {
        self.spacing
    }

    pub(super) fn neighbourhood(&self) -> &Neighbourhood {
        &self.neighbourhood
    }

    pub(crate) fn cells(&self) -> &[u16] {
        &self.cells
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The segments of each slice (along z) that has voxels of the region.
    pub(crate) fn slices(&self) -> impl Iterator<Item = &[Segment]> {
        let slice = |segment: &Segment| segment.start / self.strides[2];
        self.segments.chunk_by(move |a, b| slice(a) == slice(b))
    }

    /// Place in the cells of every voxel of the region, ascending.
    pub(super) fn voxels(&self) -> impl Iterator<Item = usize> + '_ {
        self.segments
            .iter()
            .flat_map(|segment| segment.start..segment.start + segment.length)
    }

    /// Number of voxels of the region.
    pub(super) fn voxel_count(&self) -> usize {
        self.segments.iter().map(|segment| segment.length).sum()
    }

    /// How many voxels have each level that occurs.
    pub(super) fn histogram(&self) -> &[u32] {
        &self.histogram
    }

    /// Which direct neighbours have the same level.
    pub(crate) fn equal_neighbours(&self) -> &EqualNeighbours {
        self.equal_neighbours
            .get_or_init(|| EqualNeighbours::new(self))
    }

    /// Steps in the cells along x, y, z.
    pub(crate) fn strides(&self) -> [usize; 3] {
        self.strides
    }

    /// Place in the cells of the first voxel of a row of the box; rows are numbered y fastest.
    pub(crate) fn row_start(&self, row: usize) -> usize {
        let [_, line, plane] = self.strides;
        // The border is as wide on all sides.
        let border = (line - self.size[0]) / 2;
        let (y, z) = (row % self.size[1].max(1), row / self.size[1].max(1));
        (z + border) * plane + (y + border) * line + border
    }

    /// The step (x, y, z) as a step in `cells`.
    pub(super) fn stride(&self, step: [i32; 3]) -> isize {
        (0..3)
            .map(|axis| step[axis] as isize * self.strides[axis] as isize)
            .sum()
    }

    /// Place along each axis of a voxel, counted from the border's first voxel.
    pub(super) fn position(&self, voxel: usize) -> [usize; 3] {
        let [_, row, slice] = self.strides;
        [voxel % row, voxel % slice / row, voxel / slice]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use radiome_image::PixelType;

    /// A grid of rows of levels, x fastest; 0 is outside.
    pub(crate) fn grid_of(
        levels: &[u32],
        size: [usize; 3],
        neighbourhood: &Neighbourhood,
    ) -> LevelGrid {
        let kept: Vec<u32> = levels.iter().copied().filter(|&level| level > 0).collect();
        let mut counts = vec![0; kept.iter().copied().max().unwrap_or(0) as usize];
        for &level in &kept {
            counts[level as usize - 1] += 1;
        }
        let region = Region {
            size,
            spacing: [1.0; 3],
            pixel_type: PixelType::U8,
            inside: levels.iter().map(|&level| level > 0).collect(),
            values: kept.iter().map(|&level| f64::from(level)).collect(),
        };
        LevelGrid::new(
            &region,
            &GrayLevels {
                levels: kept,
                counts,
            },
            neighbourhood,
        )
        .unwrap()
    }

    /// Levels below `below` (0 is a hole) in a fixed scatter.
    pub(crate) fn scattered(size: [usize; 3], below: u32) -> Vec<u32> {
        let mut state = 7_u64;
        let next = |_: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32 % below
        };
        (0..size.iter().product()).map(next).collect()
    }

    #[test]
    fn numbers_skip_absent_levels() {
        let grid = grid_of(&[5, 0, 9, 5], [2, 2, 1], &Neighbourhood::default());
        assert_eq!(grid.gray_levels(), [5, 9]);
        let numbers: Vec<_> = grid.voxels().map(|v| grid.cells()[v]).collect();
        assert_eq!(numbers, [1, 2, 1]);
    }

    #[test]
    fn too_many_levels_and_too_few_voxels_are_errors() {
        let region = Region {
            size: [2, 1, 1],
            spacing: [1.0; 3],
            pixel_type: PixelType::U8,
            inside: vec![true, true],
            values: vec![1.0, 1.0],
        };
        let none = Neighbourhood::default();
        let levels = GrayLevels {
            levels: vec![1, 1],
            counts: vec![1; MAXIMUM_LEVELS + 1],
        };
        assert!(matches!(
            LevelGrid::new(&region, &levels, &none),
            Err(LevelGridError::TooManyLevels { .. })
        ));
        let levels = GrayLevels {
            levels: vec![1],
            counts: vec![1],
        };
        assert!(matches!(
            LevelGrid::new(&region, &levels, &none),
            Err(LevelGridError::Mismatch { .. })
        ));
    }
}
