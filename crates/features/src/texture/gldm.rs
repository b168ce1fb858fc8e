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

use super::equal_neighbours::each_bit;
use super::{LevelBySize, LevelGrid};
use crate::catalogue::Feature;

/// Counts the voxels of every grey level and size of dependence.
#[must_use]
pub fn matrix(grid: &LevelGrid, alpha: u32) -> LevelBySize {
    let counts = if alpha == 0 && grid.neighbourhood().is_direct() {
        equal_neighbours(grid)
    } else {
        close_neighbours(grid, alpha)
    };
    let (levels, sizes) = (grid.gray_levels(), counts.sizes);
    let cells = counts.counts.into_iter().enumerate();
    LevelBySize::from_sorted(
        cells.map(|(cell, count)| (levels[cell / sizes], cell % sizes + 1, f64::from(count))),
    )
}

/// How many voxels have each level and number of dependent neighbours; `sizes` counts a level.
struct Counts {
    counts: Vec<u32>,
    sizes: usize,
}

/// The most direct neighbours, and the voxel itself.
const DIRECT: usize = 27;

/// Counts for the direct neighbours of the same level.
fn equal_neighbours(grid: &LevelGrid) -> Counts {
    let cells = grid.cells();
    let mut counts = vec![0_u32; grid.gray_levels().len() * DIRECT];
    each_dependence(grid, |place, dependent| {
        counts[(usize::from(cells[place]) - 1) * DIRECT + dependent] += 1;
    });
    Counts {
        counts,
        sizes: DIRECT,
    }
}

/// Calls `take` with the place of every voxel, ascending, and the number of its direct neighbours
/// of the same level.
///
/// The number of equal neighbours of 64 voxels at a time is summed bit by bit, as a ripple-carry
/// adder does: bit `i` of word `k` of the sum is bit `k` of voxel `i`'s number.
#[inline]
pub(crate) fn each_dependence(grid: &LevelGrid, mut take: impl FnMut(usize, usize)) {
    let equal = grid.equal_neighbours();
    for (word, &inside) in equal.inside.iter().enumerate() {
        if inside == 0 {
            continue;
        }
        let mut sum = [0_u64; 5];
        for (plane, shift) in equal.planes.iter().zip(&equal.shifts) {
            // The two opposite neighbours are added at once.
            let (ahead, back) = (plane[word], shift.behind(plane, word));
            let mut carry = sum[0] & (ahead ^ back) | ahead & back;
            sum[0] ^= ahead ^ back;
            for digit in &mut sum[1..] {
                let next = *digit & carry;
                *digit ^= carry;
                carry = next;
            }
        }
        each_bit(word, inside, |place| {
            let digits = sum.iter().zip(0..);
            let number = digits.map(|(digit, bit)| (digit >> (place % 64) & 1) << bit);
            take(place, number.sum::<u64>() as usize);
        });
    }
}

/// Counts for any neighbourhood and tolerance.
fn close_neighbours(grid: &LevelGrid, alpha: u32) -> Counts {
    let steps: Vec<isize> = grid
        .neighbourhood()
        .steps(grid.size())
        .into_iter()
        .map(|step| grid.stride(step))
        .collect();
    let (cells, levels) = (grid.cells(), grid.gray_levels());
    let sizes = steps.len() + 1;
    let mut counts = vec![0_u32; levels.len() * sizes];
    for voxel in grid.voxels() {
        let row = usize::from(cells[voxel]) - 1;
        let neighbours = steps
            .iter()
            .map(|&step| cells[voxel.wrapping_add_signed(step)]);
        let close = |&neighbour: &u16| {
            neighbour != 0 && levels[usize::from(neighbour) - 1].abs_diff(levels[row]) <= alpha
        };
        let dependent = neighbours.filter(close).count();
        counts[row * sizes + dependent] += 1;
    }
    Counts { counts, sizes }
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
    use crate::texture::level_grid::tests::{grid_of, scattered};

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

    #[test]
    fn both_ways_of_counting_agree() {
        let size = [13, 7, 5];
        let levels = scattered(size, 4);
        for flat_axis in [None, Some(0), Some(2)] {
            let neighbourhood = Neighbourhood {
                flat_axis,
                ..Neighbourhood::default()
            };
            let grid = grid_of(&levels, size, &neighbourhood);
            let (fast, plain) = (equal_neighbours(&grid), close_neighbours(&grid, 0));
            let rows = fast
                .counts
                .chunks(fast.sizes)
                .zip(plain.counts.chunks(plain.sizes));
            for (fast, plain) in rows {
                assert_eq!(fast[..plain.len()], *plain);
                assert!(fast[plain.len()..].iter().all(|&count| count == 0));
            }
        }
    }
}
