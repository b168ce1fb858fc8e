//! Grey level run length matrix: how long the rows of one grey level are.
//!
//! A run is a row of neighbouring voxels of one grey level along a direction; one matrix is made
//! for each of the 13 directions and features are averaged over them (IBSI's aggregation "3D,
//! averaged"). `distances` has no effect on runs.
//!
//! Where PyRadiomics departs from IBSI:
//! - A direction along which no line holds two voxels of the region is left out of the average.
//! - With a weighting norm, matrices are multiplied by the length of a step in mm itself and
//!   added, whereas the co-occurrence matrices use $e^{-d^2}$.
//! - Run entropy adds $\epsilon$ inside the logarithm.
//! - Where no direction has runs, features are NaN, but for run entropy and run variance: sums over
//!   no lengths at all, they are 0 where there is one matrix, of the only direction that fits into
//!   the region's box or of the weighted sum.

use std::ops::Range;

use super::equal_neighbours::{Shift, each_bit};
use super::{DirectionMean, LevelBySize, LevelGrid, WeightingNorm};
use crate::catalogue::Feature;

/// The runs of one direction; the cell of number `l` and length `n` is `(l - 1) * longest + n - 1`.
struct Runs {
    counts: Vec<u32>,
    longest: usize,
}

impl Runs {
    fn new(grid: &LevelGrid) -> Self {
        let longest = grid.size().into_iter().max().unwrap_or(1);
        Self {
            counts: vec![0; grid.gray_levels().len() * longest],
            longest,
        }
    }

    /// Counts the runs along the direction of a number; `false` where no line along it holds two
    /// voxels of the region.
    ///
    /// What the runs of two voxels and more leave of each grey level are runs of one.
    fn count(&mut self, grid: &LevelGrid, direction: usize) -> bool {
        self.counts.fill(0);
        let cells = grid.cells();
        long_runs(grid, direction, 0..cells.len(), |start, length| {
            let row = usize::from(cells[start]) - 1;
            self.counts[row * self.longest + length - 1] += 1;
        });
        let equal = grid.equal_neighbours();
        let shift = equal.shifts[direction];
        let rows = self.counts.chunks_exact_mut(self.longest);
        for (row, &voxels) in rows.zip(grid.histogram()) {
            let longer = row.iter().zip(1_u32..).skip(1);
            let covered: u32 = longer.map(|(count, length)| count * length).sum();
            row[0] = voxels - covered;
        }
        let inside = &equal.inside;
        let touches = |(word, bits): (usize, &u64)| bits & shift.behind(inside, word) != 0;
        inside.iter().enumerate().any(touches) || shares_a_line(grid, equal.directions[direction])
    }
}

/// Calls `take` with the first voxel's place and the length of every run of two voxels and more
/// along the direction of a number that begins within `places` of the cells.
///
/// Such a run begins where a voxel equals the next but not the one before; only these are followed,
/// those of 64 voxels together.
pub(crate) fn long_runs(
    grid: &LevelGrid,
    direction: usize,
    places: Range<usize>,
    mut take: impl FnMut(usize, usize),
) {
    let equal = grid.equal_neighbours();
    let (plane, stride) = (&equal.planes[direction], equal.strides[direction]);
    let shift = equal.shifts[direction];
    // How far ahead a run of two, three, ... voxels would go on.
    let longest = grid.size().into_iter().max().unwrap_or(1);
    let further = (1..=longest).map(|steps| Shift::new(steps * stride));
    let further: Vec<Shift> = further.collect();
    let words = places.start / 64..places.end.div_ceil(64);
    for (word, &next) in plane.iter().enumerate().take(words.end).skip(words.start) {
        // Bits of the runs that begin in this word and are at least `length` long; those that do
        // not go on are taken.
        let mut going_on = next & !shift.behind(plane, word);
        if let Some(before @ 1..) = places.start.checked_sub(64 * word) {
            going_on &= u64::MAX << before;
        }
        if let Some(after @ 1..) = (64 * word + 64).checked_sub(places.end) {
            going_on &= u64::MAX >> after;
        }
        for (&further, length) in further.iter().zip(2..) {
            if going_on == 0 {
                break;
            }
            let longer = further.ahead(plane, word);
            each_bit(word, going_on & !longer, |start| take(start, length));
            going_on &= longer;
        }
    }
}

/// Whether some line along the step holds two voxels of the region, with others between them.
fn shares_a_line(grid: &LevelGrid, step: [i32; 3]) -> bool {
    let Some(axis) = (0..3).find(|&axis| step[axis] != 0) else {
        return false;
    };
    // Slide every voxel along its line to where the first moving axis is 0; equal places are
    // equal lines.
    let mut lines: Vec<[i64; 3]> = grid
        .voxels()
        .map(|voxel| {
            let position = grid.position(voxel).map(|p| p as i64);
            let slide = position[axis] * i64::from(step[axis]);
            std::array::from_fn(|other| position[other] - slide * i64::from(step[other]))
        })
        .collect();
    lines.sort_unstable();
    lines.windows(2).any(|pair| pair[0] == pair[1])
}

/// The values of some features of a region: the mean over all directions, or those of the weighted
/// sum of their matrices.
#[must_use]
pub fn values(
    grid: &LevelGrid,
    weighting: Option<WeightingNorm>,
    features: &[&Feature<LevelBySize>],
) -> Vec<f64> {
    let levels = grid.gray_levels();
    let matrix = |counts: &mut dyn Iterator<Item = f64>, longest: usize| {
        let cells = counts.enumerate().filter(|(_, count)| *count != 0.0);
        LevelBySize::from_sorted(
            cells.map(|(cell, count)| (levels[cell / longest], cell % longest + 1, count)),
        )
    };
    let mut mean = DirectionMean::new(features.len());
    let mut runs = Runs::new(grid);
    let directions = grid.equal_neighbours().directions.iter().enumerate();
    if let Some(norm) = weighting {
        let mut sum = vec![0.0; runs.counts.len()];
        for (direction, &step) in directions {
            let weight = norm.length(step, grid.spacing()).unwrap_or(1.0);
            if runs.count(grid, direction) {
                for (sum, &count) in sum.iter_mut().zip(&runs.counts) {
                    *sum += weight * f64::from(count);
                }
            }
        }
        mean.add(features, &matrix(&mut sum.into_iter(), runs.longest));
    } else {
        for (direction, _) in directions {
            if runs.count(grid, direction) {
                let mut counts = runs.counts.iter().map(|&count| f64::from(count));
                mean.add(features, &matrix(&mut counts, runs.longest));
            }
        }
    }
    let matrices = match weighting {
        Some(_) => grid.equal_neighbours().directions.len().min(1),
        None => grid.equal_neighbours().directions.len(),
    };
    if matrices != 1 || !mean.is_empty() {
        return mean.values().collect();
    }
    let value = |feature: &&Feature<LevelBySize>| match feature.name {
        "RunEntropy" | "RunVariance" => 0.0,
        _ => f64::NAN,
    };
    features.iter().map(value).collect()
}

/// The run length features, in PyRadiomics' order.
pub const FEATURES: &[Feature<LevelBySize>] = &[
    Feature::new(
        "GrayLevelNonUniformity",
        "R5YN",
        "unevenness of the runs over grey levels",
        LevelBySize::level_non_uniformity,
    ),
    Feature::new(
        "GrayLevelNonUniformityNormalized",
        "OVBL",
        "the same over the number of runs",
        LevelBySize::level_non_uniformity_normalized,
    ),
    Feature::new(
        "GrayLevelVariance",
        "8CE5",
        "variance of the runs' grey levels",
        LevelBySize::level_variance,
    ),
    Feature::new(
        "HighGrayLevelRunEmphasis",
        "G3QZ",
        "weight on runs of high grey levels",
        LevelBySize::high_level,
    ),
    Feature::new(
        "LongRunEmphasis",
        "W4KF",
        "weight on long runs",
        LevelBySize::large_size,
    ),
    Feature::new(
        "LongRunHighGrayLevelEmphasis",
        "3KUM",
        "weight on long runs of high grey levels",
        LevelBySize::large_size_high_level,
    ),
    Feature::new(
        "LongRunLowGrayLevelEmphasis",
        "IVPO",
        "weight on long runs of low grey levels",
        LevelBySize::large_size_low_level,
    ),
    Feature::new(
        "LowGrayLevelRunEmphasis",
        "V3SW",
        "weight on runs of low grey levels",
        LevelBySize::low_level,
    ),
    Feature::new(
        "RunEntropy",
        "HJ9O",
        "entropy of grey levels and lengths, bits",
        LevelBySize::entropy,
    ),
    Feature::new(
        "RunLengthNonUniformity",
        "W92Y",
        "unevenness of the runs over lengths",
        LevelBySize::size_non_uniformity,
    ),
    Feature::new(
        "RunLengthNonUniformityNormalized",
        "IC23",
        "the same over the number of runs",
        LevelBySize::size_non_uniformity_normalized,
    ),
    Feature::new(
        "RunPercentage",
        "9ZK5",
        "number of runs over number of voxels",
        LevelBySize::percentage,
    ),
    Feature::new(
        "RunVariance",
        "SXLW",
        "variance of the runs' lengths",
        LevelBySize::size_variance,
    ),
    Feature::new(
        "ShortRunEmphasis",
        "22OV",
        "weight on short runs",
        LevelBySize::small_size,
    ),
    Feature::new(
        "ShortRunHighGrayLevelEmphasis",
        "GD3A",
        "weight on short runs of high grey levels",
        LevelBySize::small_size_high_level,
    ),
    Feature::new(
        "ShortRunLowGrayLevelEmphasis",
        "HTZT",
        "weight on short runs of low grey levels",
        LevelBySize::small_size_low_level,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texture::Neighbourhood;
    use crate::texture::level_grid::tests::grid_of;

    /// The counts along a step; `None` where it is left out.
    fn counts(levels: &[u32], size: [usize; 3], step: [i32; 3]) -> Option<Vec<u32>> {
        let grid = grid_of(levels, size, &Neighbourhood::default());
        let mut runs = Runs::new(&grid);
        let directions = &grid.equal_neighbours().directions;
        let direction = directions.iter().position(|&d| d == step).unwrap();
        runs.count(&grid, direction).then_some(runs.counts)
    }

    #[test]
    fn runs_by_hand() {
        // 1 1 2
        // 1 2 2
        // . 1 1
        let levels = [1, 1, 2, 1, 2, 2, 0, 1, 1];
        // Rows: 1 twice of length 2, once of 1; 2 of length 1 and 2.
        assert_eq!(
            counts(&levels, [3, 3, 1], [1, 0, 0]),
            Some(vec![1, 2, 0, 1, 1, 0])
        );
        // Down the columns: 1 1 .; 1 2 1; 2 2 1.
        assert_eq!(
            counts(&levels, [3, 3, 1], [0, 1, 0]),
            Some(vec![3, 1, 0, 1, 1, 0])
        );
        // Diagonals to the lower right: 1 2 1; 1 2; 2; 1 1; outside.
        assert_eq!(
            counts(&levels, [3, 3, 1], [1, 1, 0]),
            Some(vec![3, 1, 0, 3, 0, 0])
        );
    }

    #[test]
    fn a_direction_without_neighbours_counts_only_where_a_line_holds_two_voxels() {
        // 1 . 1 in a row: two runs of one voxel along x, none counted down the column.
        let levels = [1, 0, 1, 0, 0, 0];
        assert_eq!(counts(&levels, [3, 2, 1], [1, 0, 0]), Some(vec![2, 0, 0]));
        assert_eq!(counts(&levels, [3, 2, 1], [0, 1, 0]), None);
    }

    #[test]
    fn what_is_left_without_runs() {
        // Values of PyRadiomics for two voxels on no common line: weighted, and where force2D
        // leaves one direction.
        let flat = |axis| Neighbourhood {
            flat_axis: axis,
            ..Neighbourhood::default()
        };
        let levels = [1, 0, 0, 0, 0, 0, 0, 2];
        let weighted = Some(WeightingNorm::Euclidean);
        for (size, axis, weighting, left) in [
            ([4, 2, 1], None, None, f64::NAN),
            ([4, 2, 1], None, weighted, 0.0),
            ([4, 1, 2], Some(2), None, 0.0),
            ([4, 1, 2], Some(2), weighted, 0.0),
        ] {
            let grid = grid_of(&levels, size, &flat(axis));
            for known in FEATURES {
                let value = values(&grid, weighting, &[known])[0];
                let left = match known.name {
                    "RunEntropy" | "RunVariance" => left,
                    _ => f64::NAN,
                };
                let same = value == left || value.is_nan() && left.is_nan();
                assert!(same, "{} {size:?} {weighting:?}: {value}", known.name);
            }
        }
    }
}
