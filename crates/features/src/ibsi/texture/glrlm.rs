//! Grey level run length matrix (TP0I): how long the rows of one grey level are.
//!
//! A run is a row of neighbouring voxels of one grey level along a direction; $r_{ij}$ counts the
//! runs of level $i$ and length $j$, $N_s$ all of them, $N_v$ the voxels, which count once for each
//! matrix in a sum of matrices. Run entropy is in bits.
//!
//! Every direction has a matrix in every slice with voxels, if only of runs of one voxel: all
//! features are defined, in flat regions and in single voxels too. (The manual does not treat the
//! case.)
//!
//! Where [`crate::texture::glrlm`] departs: there a direction without neighbours is left out, and
//! run entropy has $\epsilon$ added.

use super::directions::{self, Cell, DirectionMatrices};
use super::{Dimension, Levels};
use crate::catalogue::Feature;
use crate::texture::glrlm::long_runs;
use crate::texture::{LevelBySize, LevelGrid, LevelGridError, Neighbourhood, Segment};

/// The run length features, in the order of the IBSI's tables.
pub const FEATURES: &[Feature<LevelBySize>] = &[
    Feature::new(
        "rlm_sre",
        "22OV",
        "short runs emphasis",
        LevelBySize::small_size,
    ),
    Feature::new(
        "rlm_lre",
        "W4KF",
        "long runs emphasis",
        LevelBySize::large_size,
    ),
    Feature::new(
        "rlm_lgre",
        "V3SW",
        "low grey level run emphasis",
        LevelBySize::low_level,
    ),
    Feature::new(
        "rlm_hgre",
        "G3QZ",
        "high grey level run emphasis",
        LevelBySize::high_level,
    ),
    Feature::new(
        "rlm_srlge",
        "HTZT",
        "short run low grey level emphasis",
        LevelBySize::small_size_low_level,
    ),
    Feature::new(
        "rlm_srhge",
        "GD3A",
        "short run high grey level emphasis",
        LevelBySize::small_size_high_level,
    ),
    Feature::new(
        "rlm_lrlge",
        "IVPO",
        "long run low grey level emphasis",
        LevelBySize::large_size_low_level,
    ),
    Feature::new(
        "rlm_lrhge",
        "3KUM",
        "long run high grey level emphasis",
        LevelBySize::large_size_high_level,
    ),
    Feature::new(
        "rlm_glnu",
        "R5YN",
        "grey level non-uniformity",
        LevelBySize::level_non_uniformity,
    ),
    Feature::new(
        "rlm_glnu_norm",
        "OVBL",
        "normalised grey level non-uniformity",
        LevelBySize::level_non_uniformity_normalized,
    ),
    Feature::new(
        "rlm_rlnu",
        "W92Y",
        "run length non-uniformity",
        LevelBySize::size_non_uniformity,
    ),
    Feature::new(
        "rlm_rlnu_norm",
        "IC23",
        "normalised run length non-uniformity",
        LevelBySize::size_non_uniformity_normalized,
    ),
    Feature::new(
        "rlm_r_perc",
        "9ZK5",
        "run percentage",
        LevelBySize::percentage,
    ),
    Feature::new(
        "rlm_gl_var",
        "8CE5",
        "grey level variance",
        LevelBySize::level_variance,
    ),
    Feature::new(
        "rlm_rl_var",
        "SXLW",
        "run length variance",
        LevelBySize::size_variance,
    ),
    Feature::new(
        "rlm_rl_entr",
        "HJ9O",
        "run entropy",
        LevelBySize::exact_entropy,
    ),
];

/// Tags and values, dimensions as they are given, then directions averaged and merged, then
/// features.
///
/// # Errors
/// If grey levels cannot be laid out: there are too many, or not one for each voxel.
pub fn features(
    levels: &Levels<'_>,
    dimensions: &[Dimension],
) -> Result<Vec<(String, f64)>, LevelGridError> {
    let grid = LevelGrid::new(levels.region, levels.levels, &Neighbourhood::default())?;
    Ok(features_of_grid(&grid, dimensions))
}

/// The same from levels that are laid out already.
pub(crate) fn features_of_grid(grid: &LevelGrid, dimensions: &[Dimension]) -> Vec<(String, f64)> {
    directions::features(grid, Matrices::new(grid), dimensions)
}

/// Run length matrices of a grid.
struct Matrices<'g> {
    grid: &'g LevelGrid,
    longest: usize,
    /// How often each number of a level, from 0, occurs where runs are counted.
    voxels: Vec<u32>,
    /// Voxels in no run of two and more.
    single: Vec<u32>,
    /// Counts of runs of two and more by number of level and length; empty of numbers between.
    counts: Vec<u32>,
    /// Places in the counts that are not 0.
    occupied: Vec<usize>,
    matrix: LevelBySize,
}

/// The runs of one level and length.
#[derive(Clone, Copy)]
struct Runs {
    /// Number of the level, from 0.
    level: u16,
    length: usize,
    count: f64,
}

impl Cell for Runs {
    fn place(&self) -> (u16, usize) {
        (self.level, self.length)
    }

    fn count(&mut self) -> &mut f64 {
        &mut self.count
    }
}

impl<'g> Matrices<'g> {
    fn new(grid: &'g LevelGrid) -> Self {
        let levels = grid.gray_levels().len();
        let longest = grid.size().into_iter().max().unwrap_or(1);
        Self {
            grid,
            longest,
            voxels: vec![0; levels],
            single: vec![0; levels],
            counts: vec![0; levels * (longest + 1)],
            occupied: Vec::new(),
            matrix: LevelBySize::default(),
        }
    }
}

impl DirectionMatrices for Matrices<'_> {
    type Matrix = LevelBySize;
    type Cell = Runs;
    const FEATURES: &'static [Feature<LevelBySize>] = FEATURES;

    fn within(&mut self, segments: &[Segment]) {
        self.voxels.fill(0);
        for segment in segments {
            let row = segment.start..segment.start + segment.length;
            for &cell in self.grid.cells().get(row).unwrap_or_default() {
                if let Some(count) = self.voxels.get_mut(usize::from(cell).wrapping_sub(1)) {
                    *count += 1;
                }
            }
        }
    }

    fn count(&mut self, segments: &[Segment], step: [i32; 3]) -> Vec<Runs> {
        self.single.copy_from_slice(&self.voxels);
        // A step that does not fit into the region's box has runs of one only.
        let directions = &self.grid.equal_neighbours().directions;
        let direction = directions.iter().position(|&fitting| fitting == step);
        let ends = segments.first().zip(segments.last());
        if let Some((direction, (first, last))) = direction.zip(ends) {
            let (cells, width) = (self.grid.cells(), self.longest + 1);
            let places = first.start..last.start + last.length;
            long_runs(self.grid, direction, places, |start, length| {
                let level = usize::from(cells[start]) - 1;
                let place = level * width + length;
                if self.counts[place] == 0 {
                    self.occupied.push(place);
                }
                self.counts[place] += 1;
                self.single[level] -= length as u32;
            });
        }
        let single = (0..).zip(&self.single).filter(|(_, count)| **count > 0);
        let mut runs: Vec<Runs> = single
            .map(|(level, &count)| Runs {
                level,
                length: 1,
                count: count.into(),
            })
            .collect();
        runs.extend(self.occupied.drain(..).map(|place| Runs {
            level: (place / (self.longest + 1)) as u16,
            length: place % (self.longest + 1),
            count: std::mem::take(&mut self.counts[place]).into(),
        }));
        runs.sort_unstable_by_key(Cell::place);
        runs
    }

    fn matrix(&mut self, cells: &[Runs]) -> Option<&LevelBySize> {
        let levels = self.grid.gray_levels();
        let cells = cells.iter().filter_map(|runs| {
            let level = levels.get(usize::from(runs.level))?;
            Some((*level, runs.length, runs.count))
        });
        self.matrix.fill_sorted(cells);
        Some(&self.matrix)
    }
}
