//! Neighbourhood grey tone difference matrix (IBSI IPET): how far a voxel's grey level is from the
//! mean of its neighbours'.
//!
//! Neighbours are the direct ones in the intensity mask, by the maximum norm (8 within a slice, 26
//! in the volume). A voxel is counted if it has any: $n_i$ such voxels have level $i$, $s_i$ is the
//! sum of their differences, $N_{v,c} = \sum n_i$, $p_i = n_i / N_{v,c}$, and $N_{g,p}$ levels have
//! $n_i > 0$. Merged matrices are sums of $n_i$ and $s_i$.
//!
//! Differences are those of [`crate::texture::ngtdm`], and so are contrast, complexity and
//! strength. What differs from PyRadiomics:
//! - A voxel without neighbours is left out; there it counts with a difference of 0.
//! - Coarseness is at most $10^6$, as the manual says; there only a sum of 0 gives $10^6$.
//! - Busyness is computed from whole numbers, so that a sum of 0 below the line is seen.
//!
//! By the manual, a region of one grey level has a contrast, busyness and strength of 0; its
//! complexity is an empty sum, 0. The manual is silent where several levels have the same
//! $i\, p_i$ and busyness divides by 0: it is 0 here, as in PyRadiomics and MIRP. Where no voxel
//! has a neighbour there are no $p_i$ and no values (NaN); such slices are left out of averages, as
//! MIRP does.
//!
//! Source of the features: Amadasun and King, IEEE Trans. Syst. Man Cybern. 19:1264, 1989.

use super::joined::{self, Counts, Joined};
use super::{Dimension, Levels};
use crate::Feature;
use crate::texture::ngtdm::{COUNTS, ToneDifference, each_difference, over_counts};
use crate::texture::{LevelGrid, LevelGridError};

/// Tags and values in the order of the IBSI's tables, for each of the dimensions.
///
/// # Errors
/// If the levels do not suit the region or are too many (see [`LevelGridError`]).
pub fn features(
    levels: &Levels<'_>,
    dimensions: &[Dimension],
) -> Result<Vec<(String, f64)>, LevelGridError> {
    joined::features(levels, dimensions, FEATURES, count)
}

fn count(grid: &LevelGrid, joined: &mut Joined<'_, Tones>) {
    let cells = grid.cells();
    each_difference(grid, |place, neighbours, difference| {
        if neighbours > 0 {
            joined.at(place).add(cells[place], neighbours, difference);
        }
    });
}

/// Sums over the voxels of each level. All are whole, so they do not depend on the order.
struct Tones {
    /// $n_i$.
    voxels: Vec<u32>,
    /// The differences times the number of neighbours, a row of such numbers for every level.
    sums: Vec<u64>,
    empty: bool,
}

impl Tones {
    #[inline]
    fn add(&mut self, number: u16, neighbours: usize, difference: u32) {
        let row = usize::from(number) - 1;
        self.voxels[row] += 1;
        self.sums[row * COUNTS + neighbours] += u64::from(difference);
        self.empty = false;
    }
}

impl Counts for Tones {
    type Matrix = ToneDifference;

    fn new(levels: usize) -> Self {
        Self {
            voxels: vec![0; levels],
            sums: vec![0; levels * COUNTS],
            empty: true,
        }
    }

    fn is_empty(&self) -> bool {
        self.empty
    }

    fn take_from(&mut self, other: &mut Self) {
        for (sum, more) in self.voxels.iter_mut().zip(&mut other.voxels) {
            *sum += std::mem::take(more);
        }
        for (sum, more) in self.sums.iter_mut().zip(&mut other.sums) {
            *sum += std::mem::take(more);
        }
        self.empty &= other.empty;
        other.empty = true;
    }

    fn fill(&mut self, levels: &[u32], matrix: &mut ToneDifference) {
        let rows = self.voxels.iter().zip(self.sums.chunks_exact(COUNTS));
        let rows = rows.zip(levels).filter(|((voxels, _), _)| **voxels > 0);
        let tones = rows.map(|((&voxels, sums), &level)| (level, voxels, over_counts(sums)));
        matrix.fill(tones, self.voxels.iter().sum());
    }
}

/// A feature where voxels with neighbours exist.
fn defined(matrix: &ToneDifference, feature: fn(&ToneDifference) -> f64) -> f64 {
    if matrix.is_empty() {
        f64::NAN
    } else {
        feature(matrix)
    }
}

/// $1/\sum_i p_i s_i$, at most $10^6$.
fn coarseness(matrix: &ToneDifference) -> f64 {
    (1.0 / matrix.weighted_difference()).min(1e6)
}

/// The tone difference features, in the order of the manual.
pub const FEATURES: &[Feature<ToneDifference>] = &[
    Feature::new("ngt_coarseness", "QCDE", "Coarseness", |m| {
        defined(m, coarseness)
    }),
    Feature::new("ngt_contrast", "65HE", "Contrast", |m| {
        defined(m, ToneDifference::contrast)
    }),
    Feature::new("ngt_busyness", "NQ30", "Busyness", |m| {
        defined(m, ToneDifference::exact_busyness)
    }),
    Feature::new("ngt_complexity", "HDEZ", "Complexity", |m| {
        defined(m, ToneDifference::complexity)
    }),
    Feature::new("ngt_strength", "1X9X", "Strength", |m| {
        defined(m, ToneDifference::strength)
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarseness_has_a_limit() {
        // Two voxels that differ by 1 in a flat region: s = 1 each, the sum is 2 / N.
        let coarse = |flat: u32| {
            let mut matrix = ToneDifference::default();
            let tones = [(1, flat, 0.0), (5, 1, 1.0), (6, 1, 1.0)];
            matrix.fill(tones.into_iter(), flat + 2);
            coarseness(&matrix)
        };
        assert!((coarse(998) - 500.0).abs() < 1e-9);
        assert_eq!(coarse(3_000_000), 1e6);
    }
}
