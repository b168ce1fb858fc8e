//! Neighbouring grey tone difference matrix: how far a voxel's grey level is from the mean of its
//! neighbours'.
//!
//! Where PyRadiomics departs from IBSI:
//! - A voxel without neighbours in the region counts with a difference of 0; IBSI leaves it out.
//! - Coarseness of a homogeneous region is $10^6$; contrast, busyness and strength are 0.

use super::LevelGrid;
use crate::catalogue::Feature;

/// One row of the matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tone {
    /// Grey level $i$.
    level: f64,
    /// Number $n_i$ of its voxels.
    count: f64,
    /// Share $p_i$ of the voxels.
    share: f64,
    /// Sum $s_i$ of the absolute differences from the neighbours' mean.
    difference: f64,
}

/// The matrix: a row for each grey level that occurs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToneDifference {
    tones: Vec<Tone>,
    /// Number of voxels.
    voxels: f64,
}

/// Sums the differences of every grey level.
#[must_use]
pub fn matrix(grid: &LevelGrid) -> ToneDifference {
    let differences = if grid.neighbourhood().is_direct() {
        direct_differences(grid)
    } else {
        differences(grid)
    };
    let voxels = grid.voxel_count() as f64;
    let rows = grid.gray_levels().iter().zip(grid.histogram());
    let tones = rows
        .zip(differences)
        .map(|((&level, &count), difference)| Tone {
            level: f64::from(level),
            count: f64::from(count),
            share: f64::from(count) / voxels,
            difference,
        });
    ToneDifference {
        tones: tones.collect(),
        voxels,
    }
}

/// The numbers of direct neighbours that a voxel may have: 0 to 26.
pub(crate) const COUNTS: usize = 1 << COUNT_BITS;

/// Bits that hold the number of voxels beside a sum of their levels: up to 27 voxels.
const COUNT_BITS: u32 = 5;

/// The sum of differences of every level, from the direct neighbours.
fn direct_differences(grid: &LevelGrid) -> Vec<f64> {
    let cells = grid.cells();
    let mut sums = vec![0_u64; grid.gray_levels().len() * COUNTS];
    each_difference(grid, |place, count, difference| {
        sums[(usize::from(cells[place]) - 1) * COUNTS + count] += u64::from(difference);
    });
    sums.chunks_exact(COUNTS).map(over_counts).collect()
}

/// The sum of differences of a level from the sums of $|n i - S|$ for each $n$, which are whole.
pub(crate) fn over_counts(sums: &[u64]) -> f64 {
    let terms = sums.iter().enumerate().skip(1);
    terms.map(|(count, &sum)| sum as f64 / count as f64).sum()
}

/// Calls `take` with the place of every voxel, ascending, the number $n$ of its direct neighbours
/// and $|n i - S|$ with their sum $S$: the difference from their mean is the $n$-th part of it.
///
/// Levels and voxels are summed together, one axis after the other, for a row at a time.
#[inline]
pub(crate) fn each_difference(grid: &LevelGrid, mut take: impl FnMut(usize, usize, u32)) {
    let levels = grid.gray_levels();
    let mut packed_of = vec![0_u32];
    packed_of.extend(levels.iter().map(|&level| level << COUNT_BITS | 1));
    let cells = grid.cells();
    let packed: Vec<u32> = cells
        .iter()
        .map(|&cell| packed_of[usize::from(cell)])
        .collect();
    let [_, row, plane] = grid.strides();
    let around = |axis: usize| grid.neighbourhood().flat_axis != Some(axis);
    let mut slab = vec![0_u32; plane];
    let mut line = vec![0_u32; row];
    let (mut slab_of, mut line_of) = (usize::MAX, usize::MAX);
    for segment in grid.segments() {
        let (z, y) = (segment.start / plane, segment.start / row);
        if slab_of != z {
            slab_of = z;
            add_three(&mut slab, &packed, z * plane, plane, around(2));
        }
        if line_of != y {
            line_of = y;
            add_three(&mut line, &slab, y * row - z * plane, row, around(1));
        }
        let x = segment.start % row;
        for (place, x) in (segment.start..segment.start + segment.length).zip(x..) {
            let own = packed[place];
            let around_x = if around(0) {
                line[x - 1] + line[x] + line[x + 1]
            } else {
                line[x]
            };
            let others = around_x - own;
            let (level, count) = (own >> COUNT_BITS, others % (1 << COUNT_BITS));
            let difference = (level * count).abs_diff(others >> COUNT_BITS);
            take(place, count as usize, difference);
        }
    }
}

/// Puts into `into` the values from `start` on, plus those one length before and after where the
/// neighbours `around` count.
fn add_three(into: &mut [u32], from: &[u32], start: usize, length: usize, around: bool) {
    let part = |start: usize| from.get(start..start + length).unwrap_or_default();
    let here = part(start);
    if around {
        let (before, after) = (part(start.wrapping_sub(length)), part(start + length));
        let three = before.iter().zip(here).zip(after);
        for (into, ((a, b), c)) in into.iter_mut().zip(three) {
            *into = a + b + c;
        }
    } else {
        for (into, &value) in into.iter_mut().zip(here) {
            *into = value;
        }
    }
}

/// The sum of differences of every level, from any neighbourhood.
fn differences(grid: &LevelGrid) -> Vec<f64> {
    let steps: Vec<isize> = grid
        .neighbourhood()
        .steps(grid.size())
        .into_iter()
        .map(|step| grid.stride(step))
        .collect();
    // Grey level of every number; number 0 is outside and adds nothing.
    let mut level_of = vec![0_u64];
    level_of.extend(grid.gray_levels().iter().map(|&level| u64::from(level)));
    let cells = grid.cells();
    let mut differences = vec![0.0; level_of.len()];
    for voxel in grid.voxels() {
        let number = usize::from(cells[voxel]);
        let (mut sum, mut neighbours) = (0, 0_u32);
        for &step in &steps {
            let neighbour = cells[voxel.wrapping_add_signed(step)];
            sum += level_of[usize::from(neighbour)];
            neighbours += u32::from(neighbour != 0);
        }
        if neighbours > 0 {
            let mean = sum as f64 / f64::from(neighbours);
            differences[number] += (level_of[number] as f64 - mean).abs();
        }
    }
    differences.split_off(1)
}

impl ToneDifference {
    /// Fills a matrix with the grey level, number of voxels and sum of differences of every level
    /// that occurs, in the place of another, whose memory is used again.
    pub(crate) fn fill(&mut self, tones: impl Iterator<Item = (u32, u32, f64)>, voxels: u32) {
        self.voxels = f64::from(voxels);
        self.tones.clear();
        self.tones
            .extend(tones.map(|(level, count, difference)| Tone {
                level: f64::from(level),
                count: f64::from(count),
                share: f64::from(count) / f64::from(voxels),
                difference,
            }));
    }

    /// Whether no voxel is counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.tones.is_empty()
    }

    /// $\sum_i p_i s_i$.
    pub(crate) fn weighted_difference(&self) -> f64 {
        self.tones
            .iter()
            .map(|tone| tone.share * tone.difference)
            .sum()
    }

    /// $\sum_i s_i$.
    fn difference(&self) -> f64 {
        self.tones.iter().map(|tone| tone.difference).sum()
    }

    /// The sum over all ordered pairs of grey levels of something symmetric that is 0 for a level
    /// with itself.
    fn over_pairs(&self, term: impl Fn(&Tone, &Tone) -> f64) -> f64 {
        let pairs = self.tones.iter().enumerate().map(|(index, a)| {
            self.tones[index + 1..]
                .iter()
                .map(|b| term(a, b))
                .sum::<f64>()
        });
        2.0 * pairs.fold(0.0, |sum, pair| sum + pair)
    }

    fn coarseness(&self) -> f64 {
        let sum = self.weighted_difference();
        if sum == 0.0 { 1e6 } else { 1.0 / sum }
    }

    pub(crate) fn contrast(&self) -> f64 {
        let levels = self.tones.len() as f64;
        if levels < 2.0 {
            return 0.0;
        }
        let spread = self.over_pairs(|a, b| a.share * b.share * (a.level - b.level).powi(2));
        spread * self.difference() / self.voxels / (levels * (levels - 1.0))
    }

    fn busyness(&self) -> f64 {
        let spread = self.over_pairs(|a, b| (a.level * a.share - b.level * b.share).abs());
        if spread == 0.0 {
            0.0
        } else {
            self.weighted_difference() / spread
        }
    }

    /// Busyness with numbers of voxels for their shares: whole numbers, so that a spread of 0 is
    /// found as such.
    pub(crate) fn exact_busyness(&self) -> f64 {
        let spread = self.over_pairs(|a, b| (a.level * a.count - b.level * b.count).abs());
        if spread == 0.0 {
            return 0.0;
        }
        let difference = self.tones.iter().map(|tone| tone.count * tone.difference);
        difference.sum::<f64>() / spread
    }

    pub(crate) fn complexity(&self) -> f64 {
        let sum = self.over_pairs(|a, b| {
            let weighted = a.share * a.difference + b.share * b.difference;
            (a.level - b.level).abs() * weighted / (a.share + b.share)
        });
        sum / self.voxels
    }

    pub(crate) fn strength(&self) -> f64 {
        let difference = self.difference();
        if difference == 0.0 {
            return 0.0;
        }
        let pull = self.over_pairs(|a, b| (a.share + b.share) * (a.level - b.level).powi(2));
        pull / difference
    }
}

/// The values of some features of a region.
#[must_use]
pub fn values(grid: &LevelGrid, features: &[&Feature<ToneDifference>]) -> Vec<f64> {
    let matrix = matrix(grid);
    features
        .iter()
        .map(|feature| (feature.value)(&matrix))
        .collect()
}

/// The tone difference features, in PyRadiomics' order.
pub const FEATURES: &[Feature<ToneDifference>] = &[
    Feature::new(
        "Busyness",
        "NQ30",
        "change from voxel to voxel against the spread of levels",
        ToneDifference::busyness,
    ),
    Feature::new(
        "Coarseness",
        "QCDE",
        "inverse of the mean difference from the neighbours",
        ToneDifference::coarseness,
    ),
    Feature::new(
        "Complexity",
        "HDEZ",
        "many and rapid changes of grey level",
        ToneDifference::complexity,
    ),
    Feature::new(
        "Contrast",
        "65HE",
        "range of levels times change from voxel to voxel",
        ToneDifference::contrast,
    ),
    Feature::new(
        "Strength",
        "1X9X",
        "large coarse differences of grey level",
        ToneDifference::strength,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texture::Neighbourhood;
    use crate::texture::level_grid::tests::{grid_of, scattered};

    #[test]
    fn the_example_of_the_definition() {
        // Amadasun and King's kind of example, worked by hand:
        // 1 2 5 2      s1 = |1-10/3| + |1-30/8| + |1-15/5| + |1-13/5| + |1-15/5| + |1-11/3|
        // 3 5 1 3      s2 = |2-15/5| + |2-9/3|
        // 1 3 5 5      s3 = |3-12/5| + |3-18/5| + |3-20/8| + |3-5/3|
        // 3 1 1 1      s5 = |5-13/5| + |5-21/8| + |5-20/8| + |5-11/5|
        let levels = [1, 2, 5, 2, 3, 5, 1, 3, 1, 3, 5, 5, 3, 1, 1, 1];
        let matrix = matrix(&grid_of(&levels, [4, 4, 1], &Neighbourhood::default()));
        let expected: [(f64, f64, f64); 4] = [
            (1.0, 6.0, 7.0 / 3.0 + 2.75 + 2.0 + 1.6 + 2.0 + 8.0 / 3.0),
            (2.0, 2.0, 2.0),
            (3.0, 4.0, 0.6 + 0.6 + 0.5 + 4.0 / 3.0),
            (5.0, 4.0, 2.4 + 2.375 + 2.5 + 2.8),
        ];
        for (tone, (level, count, difference)) in matrix.tones.iter().zip(expected) {
            assert_eq!((tone.level, tone.share), (level, count / 16.0));
            assert!((tone.difference - difference).abs() < 1e-12, "{tone:?}");
        }
    }

    #[test]
    fn both_ways_of_summing_agree() {
        // Levels with gaps between them, and holes. Only roundings differ.
        let size = [13, 7, 5];
        let levels: Vec<u32> = scattered(size, 8).iter().map(|level| level * 3).collect();
        for flat_axis in [None, Some(0), Some(1), Some(2)] {
            let neighbourhood = Neighbourhood {
                flat_axis,
                ..Neighbourhood::default()
            };
            let grid = grid_of(&levels, size, &neighbourhood);
            let (fast, plain) = (direct_differences(&grid), differences(&grid));
            assert_eq!(fast.len(), plain.len());
            for (fast, plain) in fast.iter().zip(plain) {
                assert!((fast - plain).abs() < 1e-10, "{fast} {plain}");
            }
        }
    }

    #[test]
    fn a_homogeneous_region_and_a_lone_voxel() {
        for (levels, size) in [(vec![1; 8], [2, 2, 2]), (vec![1], [1, 1, 1])] {
            let matrix = matrix(&grid_of(&levels, size, &Neighbourhood::default()));
            let values: Vec<_> = FEATURES.iter().map(|f| (f.value)(&matrix)).collect();
            assert_eq!(values, [0.0, 1e6, 0.0, 0.0, 0.0]);
        }
    }
}
