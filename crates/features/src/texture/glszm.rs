//! Grey level size zone matrix: how large the patches of one grey level are.
//!
//! A zone is a set of voxels of one grey level that touch by face, edge or corner (26 neighbours;
//! 8 in a plane). `distances` has no effect on zones.
//!
//! Where PyRadiomics departs from IBSI: grey levels are counted from the region's lowest bin, so
//! level-weighted features change with the binning's start; nothing else. PyRadiomics says "area"
//! where IBSI says "zone", in three dimensions too.

use super::{LevelBySize, LevelGrid};
use crate::catalogue::Feature;

/// Counts the zones of every grey level and size.
#[must_use]
pub fn matrix(grid: &LevelGrid) -> LevelBySize {
    let mut zones = zones(grid);
    zones.sort_unstable();
    let cells = zones.chunk_by(|a, b| a == b).map(|same| {
        let (level, size) = same[0];
        (
            grid.gray_levels()[usize::from(level) - 1],
            size as usize,
            same.len() as f64,
        )
    });
    LevelBySize::new(cells)
}

/// Number of zones.
pub(crate) fn zone_count(grid: &LevelGrid) -> usize {
    zones(grid).len()
}

/// Number of the level and size of every zone.
fn zones(grid: &LevelGrid) -> Vec<(u16, u32)> {
    let steps: Vec<isize> = grid
        .neighbourhood()
        .direct()
        .steps(grid.size())
        .into_iter()
        .map(|step| grid.stride(step))
        .collect();
    let mut unvisited = grid.cells().to_vec();
    let mut zones: Vec<(u16, u32)> = Vec::new();
    let mut stack: Vec<usize> = Vec::new();
    for &seed in grid.voxels() {
        let level = std::mem::take(&mut unvisited[seed]);
        if level == 0 {
            continue;
        }
        let mut size = 0;
        stack.push(seed);
        while let Some(voxel) = stack.pop() {
            size += 1;
            for &step in &steps {
                let neighbour = voxel.wrapping_add_signed(step);
                if unvisited[neighbour] == level {
                    unvisited[neighbour] = 0;
                    stack.push(neighbour);
                }
            }
        }
        zones.push((level, size));
    }
    zones
}

/// The values of some features of a region.
#[must_use]
pub fn values(grid: &LevelGrid, features: &[&Feature<LevelBySize>]) -> Vec<f64> {
    let matrix = matrix(grid);
    features
        .iter()
        .map(|feature| (feature.value)(&matrix))
        .collect()
}

/// The size zone features, in PyRadiomics' order.
pub const FEATURES: &[Feature<LevelBySize>] = &[
    Feature::new(
        "GrayLevelNonUniformity",
        "JNSA",
        "unevenness of the zones over grey levels",
        LevelBySize::level_non_uniformity,
    ),
    Feature::new(
        "GrayLevelNonUniformityNormalized",
        "Y1RO",
        "the same over the number of zones",
        LevelBySize::level_non_uniformity_normalized,
    ),
    Feature::new(
        "GrayLevelVariance",
        "BYLV",
        "variance of the zones' grey levels",
        LevelBySize::level_variance,
    ),
    Feature::new(
        "HighGrayLevelZoneEmphasis",
        "5GN9",
        "weight on zones of high grey levels",
        LevelBySize::high_level,
    ),
    Feature::new(
        "LargeAreaEmphasis",
        "48P8",
        "weight on large zones",
        LevelBySize::large_size,
    ),
    Feature::new(
        "LargeAreaHighGrayLevelEmphasis",
        "J17V",
        "weight on large zones of high grey levels",
        LevelBySize::large_size_high_level,
    ),
    Feature::new(
        "LargeAreaLowGrayLevelEmphasis",
        "YH51",
        "weight on large zones of low grey levels",
        LevelBySize::large_size_low_level,
    ),
    Feature::new(
        "LowGrayLevelZoneEmphasis",
        "XMSY",
        "weight on zones of low grey levels",
        LevelBySize::low_level,
    ),
    Feature::new(
        "SizeZoneNonUniformity",
        "4JP3",
        "unevenness of the zones over sizes",
        LevelBySize::size_non_uniformity,
    ),
    Feature::new(
        "SizeZoneNonUniformityNormalized",
        "VB3A",
        "the same over the number of zones",
        LevelBySize::size_non_uniformity_normalized,
    ),
    Feature::new(
        "SmallAreaEmphasis",
        "5QRC",
        "weight on small zones",
        LevelBySize::small_size,
    ),
    Feature::new(
        "SmallAreaHighGrayLevelEmphasis",
        "HW1V",
        "weight on small zones of high grey levels",
        LevelBySize::small_size_high_level,
    ),
    Feature::new(
        "SmallAreaLowGrayLevelEmphasis",
        "5RAI",
        "weight on small zones of low grey levels",
        LevelBySize::small_size_low_level,
    ),
    Feature::new(
        "ZoneEntropy",
        "GU8N",
        "entropy of grey levels and sizes, bits",
        LevelBySize::entropy,
    ),
    Feature::new(
        "ZonePercentage",
        "P30P",
        "number of zones over number of voxels",
        LevelBySize::percentage,
    ),
    Feature::new(
        "ZoneVariance",
        "3NSA",
        "variance of the zones' sizes",
        LevelBySize::size_variance,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texture::Neighbourhood;
    use crate::texture::level_grid::tests::grid_of;

    #[test]
    fn zones_by_hand() {
        // 1 1 2
        // 2 1 2   One zone of three 1s; the lone 2 at the left touches no other 2: sizes 1 and 2,
        // 3 . 3   and the two 3s are apart.
        let grid = grid_of(
            &[1, 1, 2, 2, 1, 2, 3, 0, 3],
            [3, 3, 1],
            &Neighbourhood::default(),
        );
        let expected = LevelBySize::new([(1, 3, 1.0), (2, 1, 1.0), (2, 2, 1.0), (3, 1, 2.0)]);
        assert_eq!(matrix(&grid), expected);
    }

    #[test]
    fn zones_touch_by_corners_but_not_across_planes_where_flat() {
        let levels = [1, 0, 0, 0, 0, 0, 0, 1];
        let grid = grid_of(&levels, [2; 3], &Neighbourhood::default());
        assert_eq!(matrix(&grid), LevelBySize::new([(1, 2, 1.0)]));
        let flat = Neighbourhood {
            flat_axis: Some(2),
            ..Neighbourhood::default()
        };
        assert_eq!(
            matrix(&grid_of(&levels, [2; 3], &flat)),
            LevelBySize::new([(1, 1, 2.0)])
        );
    }
}
