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
    /// Share $p_i$ of the voxels.
    share: f64,
    /// Sum $s_i$ of the absolute differences from the neighbours' mean.
    difference: f64,
}

/// The matrix: a row for each grey level that occurs.
#[derive(Clone, Debug, PartialEq)]
pub struct ToneDifference {
    tones: Vec<Tone>,
    /// Number of voxels.
    voxels: f64,
}

/// Sums the differences of every grey level.
#[must_use]
pub fn matrix(grid: &LevelGrid) -> ToneDifference {
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
    let mut counts = vec![0_usize; level_of.len()];
    let mut differences = vec![0.0; level_of.len()];
    for &voxel in grid.voxels() {
        let number = usize::from(cells[voxel]);
        let (mut sum, mut neighbours) = (0, 0_u32);
        for &step in &steps {
            let neighbour = cells[voxel.wrapping_add_signed(step)];
            sum += level_of[usize::from(neighbour)];
            neighbours += u32::from(neighbour != 0);
        }
        counts[number] += 1;
        if neighbours > 0 {
            let mean = sum as f64 / f64::from(neighbours);
            differences[number] += (level_of[number] as f64 - mean).abs();
        }
    }
    let voxels = grid.voxels().len() as f64;
    let tones = (1..level_of.len()).map(|number| Tone {
        level: level_of[number] as f64,
        share: counts[number] as f64 / voxels,
        difference: differences[number],
    });
    ToneDifference {
        tones: tones.collect(),
        voxels,
    }
}

impl ToneDifference {
    /// From the grey level, number of voxels and sum of differences of every level that occurs.
    pub(crate) fn new(tones: impl Iterator<Item = (u32, usize, f64)>, voxels: usize) -> Self {
        let voxels = voxels as f64;
        let tones = tones.map(|(level, count, difference)| Tone {
            level: f64::from(level),
            share: count as f64 / voxels,
            difference,
        });
        Self {
            tones: tones.collect(),
            voxels,
        }
    }

    /// $\sum_i p_i s_i$.
    fn weighted_difference(&self) -> f64 {
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
        2.0 * pairs.sum::<f64>()
    }

    fn coarseness(&self) -> f64 {
        let sum = self.weighted_difference();
        if sum == 0.0 { 1e6 } else { 1.0 / sum }
    }

    fn contrast(&self) -> f64 {
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

    fn complexity(&self) -> f64 {
        let sum = self.over_pairs(|a, b| {
            let weighted = a.share * a.difference + b.share * b.difference;
            (a.level - b.level).abs() * weighted / (a.share + b.share)
        });
        sum / self.voxels
    }

    fn strength(&self) -> f64 {
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
    use crate::texture::level_grid::tests::grid_of;

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
    fn a_homogeneous_region_and_a_lone_voxel() {
        for (levels, size) in [(vec![1; 8], [2, 2, 2]), (vec![1], [1, 1, 1])] {
            let matrix = matrix(&grid_of(&levels, size, &Neighbourhood::default()));
            let values: Vec<_> = FEATURES.iter().map(|f| (f.value)(&matrix)).collect();
            assert_eq!(values, [0.0, 1e6, 0.0, 0.0, 0.0]);
        }
    }
}
