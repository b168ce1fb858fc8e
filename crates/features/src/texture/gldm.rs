//! Grey level dependence matrix: how many neighbours of a voxel resemble it (IBSI: neighbouring
//! grey level dependence, NGLDM).
//!
//! A neighbour is dependent if its grey level differs by no more than `gldm_a` (IBSI: coarseness
//! parameter alpha). As in IBSI, the size of a dependence counts the voxel itself, so 1 means that
//! no neighbour resembles it.
//!
//! Where PyRadiomics departs from IBSI: with several `distances` all their neighbours are counted
//! together, leaving out the distances between; entropy adds $\epsilon$ inside the logarithm;
//! names say "emphasis" of small and large, IBSI low and high, dependence.

use super::{LevelBySize, LevelGrid};
use crate::catalogue::Feature;

/// Counts the voxels of every grey level and size of dependence.
#[must_use]
pub fn matrix(grid: &LevelGrid, alpha: u32) -> LevelBySize {
    let steps: Vec<isize> = grid
        .neighbourhood()
        .steps(grid.size())
        .into_iter()
        .map(|step| grid.stride(step))
        .collect();
    let (cells, levels) = (grid.cells(), grid.gray_levels());
    let sizes = steps.len() + 1;
    let mut counts = vec![0_u32; levels.len() * sizes];
    for &voxel in grid.voxels() {
        let number = cells[voxel];
        let row = usize::from(number) - 1;
        let neighbours = steps
            .iter()
            .map(|&step| cells[voxel.wrapping_add_signed(step)]);
        let dependent = if alpha == 0 {
            neighbours.filter(|&neighbour| neighbour == number).count()
        } else {
            let close = |&neighbour: &u16| {
                neighbour != 0 && levels[usize::from(neighbour) - 1].abs_diff(levels[row]) <= alpha
            };
            neighbours.filter(close).count()
        };
        counts[row * sizes + dependent] += 1;
    }
    LevelBySize::new(
        counts
            .into_iter()
            .enumerate()
            .filter(|(_, count)| *count > 0)
            .map(|(cell, count)| (levels[cell / sizes], cell % sizes + 1, f64::from(count))),
    )
}

/// The values of some features of a region.
#[must_use]
pub fn values(grid: &LevelGrid, alpha: u32, features: &[&Feature<LevelBySize>]) -> Vec<f64> {
    let matrix = matrix(grid, alpha);
    features
        .iter()
        .map(|feature| (feature.value)(&matrix))
        .collect()
}

/// The dependence features, in PyRadiomics' order.
pub const FEATURES: &[Feature<LevelBySize>] = &[
    Feature::new(
        "DependenceEntropy",
        "FCBV",
        "entropy of grey levels and dependences, bits",
        LevelBySize::entropy,
    ),
    Feature::new(
        "DependenceNonUniformity",
        "Z87G",
        "unevenness of the voxels over dependences",
        LevelBySize::size_non_uniformity,
    ),
    Feature::new(
        "DependenceNonUniformityNormalized",
        "OKJI",
        "the same over the number of voxels",
        LevelBySize::size_non_uniformity_normalized,
    ),
    Feature::new(
        "DependenceVariance",
        "DNX2",
        "variance of the dependences",
        LevelBySize::size_variance,
    ),
    Feature::new(
        "GrayLevelNonUniformity",
        "FP8K",
        "unevenness of the voxels over grey levels",
        LevelBySize::level_non_uniformity,
    ),
    Feature::new(
        "GrayLevelVariance",
        "1PFV",
        "variance of the grey levels",
        LevelBySize::level_variance,
    ),
    Feature::new(
        "HighGrayLevelEmphasis",
        "OAE7",
        "weight on high grey levels",
        LevelBySize::high_level,
    ),
    Feature::new(
        "LargeDependenceEmphasis",
        "IMOQ",
        "weight on homogeneous neighbourhoods",
        LevelBySize::large_size,
    ),
    Feature::new(
        "LargeDependenceHighGrayLevelEmphasis",
        "9QMG",
        "weight on homogeneous neighbourhoods of high grey levels",
        LevelBySize::large_size_high_level,
    ),
    Feature::new(
        "LargeDependenceLowGrayLevelEmphasis",
        "NBZI",
        "weight on homogeneous neighbourhoods of low grey levels",
        LevelBySize::large_size_low_level,
    ),
    Feature::new(
        "LowGrayLevelEmphasis",
        "TL9H",
        "weight on low grey levels",
        LevelBySize::low_level,
    ),
    Feature::new(
        "SmallDependenceEmphasis",
        "SODN",
        "weight on voxels unlike their neighbours",
        LevelBySize::small_size,
    ),
    Feature::new(
        "SmallDependenceHighGrayLevelEmphasis",
        "JA6D",
        "weight on voxels of high grey levels unlike their neighbours",
        LevelBySize::small_size_high_level,
    ),
    Feature::new(
        "SmallDependenceLowGrayLevelEmphasis",
        "EQ3F",
        "weight on voxels of low grey levels unlike their neighbours",
        LevelBySize::small_size_low_level,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texture::Neighbourhood;
    use crate::texture::level_grid::tests::grid_of;

    #[test]
    fn dependences_by_hand() {
        // 1 1 3    The 1s: each sees the other; 3 (right): sees no 3 beside it at the top, and
        // 4 . 3    the lower one does; 4 sees two 1s.
        let levels = [1, 1, 3, 4, 0, 3];
        let grid = grid_of(&levels, [3, 2, 1], &Neighbourhood::default());
        let exact = LevelBySize::new([(1, 2, 2.0), (3, 2, 2.0), (4, 1, 1.0)]);
        assert_eq!(matrix(&grid, 0), exact);
        // With alpha 2 the second 1 sees 1, 3 and 3 but not 4; the 3s see it and one another.
        let within_two = LevelBySize::new([(1, 2, 1.0), (1, 4, 1.0), (3, 3, 2.0), (4, 1, 1.0)]);
        assert_eq!(matrix(&grid, 2), within_two);
    }
}
