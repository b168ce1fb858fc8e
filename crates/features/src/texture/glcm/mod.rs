//! Grey level co-occurrence matrix: which grey levels lie beside which.
//!
//! One matrix $p(i,j)$ is counted for each direction, normalised to a sum of 1, and features are
//! averaged over the matrices (IBSI's aggregation "3D, averaged").
//!
//! Where PyRadiomics departs from IBSI:
//! - A direction in which no two voxels are neighbours is left out of the average.
//! - With a weighting norm, matrices are multiplied by $e^{-d^2}$, $d$ the length of the step in
//!   mm, and added before features are computed.
//! - Logarithms, the correlation's divisor and the maximal correlation coefficient have
//!   $\epsilon = 2^{-52}$ added.
//! - $N_g$ in the normalised inverse differences is the highest grey level, whether or not all
//!   below it occur.
//! - Sum of squares is IBSI's joint variance, joint energy its angular second moment, id and idm
//!   its inverse difference and inverse difference moment. Sum average is twice the joint average
//!   where matrices are symmetric. The maximal correlation coefficient (MCC) is not in IBSI.
//! - Correlation of a flat region is 1; both information correlations are 0.
//! - Where no direction has neighbours, features are NaN, but for two that PyRadiomics' arithmetic
//!   leaves with a value in a region of one grey level: MCC is 1 if there is a matrix for each of
//!   several directions; inverse variance, a sum over no differences at all, is 0 if there is one
//!   matrix, of the only direction that fits into the region's box or of the weighted sum.
//! - Where not even a step fits into the region's box, all features are NaN. (PyRadiomics refuses
//!   the case.)
//! - With several `distances`, each step of each distance is a direction of its own.

mod cooccurrence;
mod few_levels;
mod maximal_correlation;

pub use cooccurrence::Cooccurrence;
pub(crate) use cooccurrence::Pair;

use super::tally::Tally;
use super::{DirectionMean, LevelGrid, Segment, WeightingNorm};
use crate::catalogue::Feature;

/// How co-occurrence matrices are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlcmOptions {
    /// Whether a pair counts in both orders (`symmetricalGLCM`).
    pub symmetrical: bool,
    /// How the matrices are joined; `None` averages their features (`weightingNorm`).
    pub weighting: Option<WeightingNorm>,
}

impl Default for GlcmOptions {
    fn default() -> Self {
        Self {
            symmetrical: true,
            weighting: None,
        }
    }
}

/// The values of some features of a region: the mean over all directions, or those of the weighted
/// sum of their matrices.
#[must_use]
pub fn values(
    grid: &LevelGrid,
    options: GlcmOptions,
    features: &[&Feature<Cooccurrence>],
) -> Vec<f64> {
    let directions = grid.neighbourhood().directions(grid.size());
    let mut mean = DirectionMean::new(features.len());
    let levels = grid.gray_levels();
    let highest = levels.last().copied().unwrap_or(0);
    let mut counts = Counts::new(levels.len());
    let symmetric = options.symmetrical;
    let matrices = match options.weighting {
        Some(_) => directions.len().min(1),
        None => directions.len(),
    };
    if let Some(norm) = options.weighting {
        let mut sum: Vec<Pair> = Vec::new();
        for step in directions {
            // The square of the length is taken of the norm itself, as PyRadiomics does.
            let weight = norm
                .length(step, grid.spacing())
                .map_or(1.0, |d| (-(d * d)).exp());
            let pairs = counts.count(grid, grid.segments(), step, symmetric);
            let pairs = pairs.into_iter();
            sum.extend(pairs.map(|pair| Pair {
                weight: weight * pair.weight,
                ..pair
            }));
        }
        // Stable, so that weights of one pair are added in the order of the directions.
        sum.sort_by_key(|pair| (pair.first, pair.second));
        let same = sum.chunk_by(|a, b| (a.first, a.second) == (b.first, b.second));
        let joined = same.map(|same| Pair {
            weight: same.iter().map(|pair| pair.weight).sum(),
            ..same[0]
        });
        if let Some(matrix) =
            Cooccurrence::new(&joined.collect::<Vec<_>>(), symmetric, levels, highest)
        {
            mean.add(features, &matrix);
        }
    } else {
        for step in directions {
            let pairs = counts.count(grid, grid.segments(), step, symmetric);
            if let Some(matrix) = Cooccurrence::new(&pairs, symmetric, levels, highest) {
                mean.add(features, &matrix);
            }
        }
    }
    if levels.len() > 1 || !mean.is_empty() {
        return mean.values().collect();
    }
    let value = |feature: &&Feature<Cooccurrence>| match feature.name {
        "MCC" if matrices > 1 => 1.0,
        "InverseVariance" if matrices == 1 => 0.0,
        _ => f64::NAN,
    };
    features.iter().map(value).collect()
}

/// Up to this many grey levels pairs are counted in a table; beyond it they are listed and sorted.
const TABLE_LEVELS: usize = 1024;

/// A large table is not worth clearing for fewer voxels than one in so many of its places.
const PLACES_A_VOXEL: usize = 32;

/// Counts pairs of grey levels. Row and column 0 take what lies outside the region, which spares
/// the walk a branch.
pub(crate) enum Counts {
    Small(Tally),
    Large(Vec<u32>),
    /// There are too many levels for a table.
    Listed,
}

impl Counts {
    pub(crate) fn new(levels: usize) -> Self {
        let width = levels + 1;
        match Tally::new(width, width) {
            Some(tally) => Self::Small(tally),
            None if levels <= TABLE_LEVELS => Self::Large(vec![0; width * width]),
            None => Self::Listed,
        }
    }

    /// The pairs of voxels a step apart, the first of them in `segments`, in the order of their
    /// levels; of a symmetric matrix the lower level comes first.
    pub(crate) fn count(
        &mut self,
        grid: &LevelGrid,
        segments: &[Segment],
        step: [i32; 3],
        symmetric: bool,
    ) -> Vec<Pair> {
        let width = grid.gray_levels().len() + 1;
        let voxels: usize = segments.iter().map(|segment| segment.length).sum();
        match self {
            Self::Small(tally) => {
                tally.clear();
                for (here, there) in rows(grid, segments, step) {
                    if symmetric {
                        tally.count(here, there, |a, b| (a.min(b), a.max(b)));
                    } else {
                        tally.count(here, there, |a, b| (a, b));
                    }
                }
                occupied(tally.rows(), symmetric)
            }
            Self::Large(table) if voxels >= table.len() / PLACES_A_VOXEL => {
                table.fill(0);
                for (here, there) in rows(grid, segments, step) {
                    for (&a, &b) in here.iter().zip(there) {
                        let (a, b) = ordered(a, b, symmetric);
                        table[usize::from(a) * width + usize::from(b)] += 1;
                    }
                }
                occupied(table.chunks_exact(width), symmetric)
            }
            Self::Large(_) | Self::Listed => sorted(grid, segments, step, symmetric),
        }
    }
}

/// The pairs of levels that occur, from the rows of a table.
fn occupied<'a>(rows: impl Iterator<Item = &'a [u32]>, symmetric: bool) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (first, row) in rows.enumerate().skip(1) {
        let from = if symmetric { first } else { 1 };
        for (second, &count) in row.iter().enumerate().skip(from) {
            if count > 0 {
                pairs.push(pair(first, second, f64::from(count)));
            }
        }
    }
    pairs
}

/// The pair as it is, or the lower one first.
fn ordered(a: u16, b: u16, symmetric: bool) -> (u16, u16) {
    if symmetric {
        (a.min(b), a.max(b))
    } else {
        (a, b)
    }
}

/// Numbers of levels from 1 as a pair of numbers from 0.
fn pair(first: usize, second: usize, weight: f64) -> Pair {
    Pair {
        first: (first - 1) as u16,
        second: (second - 1) as u16,
        weight,
    }
}

/// Rows of voxels, and the cells one step from each.
fn rows<'a>(
    grid: &'a LevelGrid,
    segments: &'a [Segment],
    step: [i32; 3],
) -> impl Iterator<Item = (&'a [u16], &'a [u16])> {
    let (cells, stride) = (grid.cells(), grid.stride(step));
    segments.iter().map(move |segment| {
        let row = |start: usize| cells.get(start..start + segment.length).unwrap_or_default();
        (
            row(segment.start),
            row(segment.start.wrapping_add_signed(stride)),
        )
    })
}

/// The pairs of voxels a step apart, by sorting them.
fn sorted(grid: &LevelGrid, segments: &[Segment], step: [i32; 3], symmetric: bool) -> Vec<Pair> {
    let mut keys: Vec<(u16, u16)> = Vec::new();
    for (here, there) in rows(grid, segments, step) {
        let both = here.iter().zip(there).filter(|(_, b)| **b != 0);
        keys.extend(both.map(|(&a, &b)| ordered(a, b, symmetric)));
    }
    keys.sort_unstable();
    let same = keys.chunk_by(|a, b| a == b);
    same.map(|same| pair(same[0].0.into(), same[0].1.into(), same.len() as f64))
        .collect()
}

/// The co-occurrence features, in PyRadiomics' order.
pub const FEATURES: &[Feature<Cooccurrence>] = &[
    Feature::new(
        "Autocorrelation",
        "QWB0",
        "mean product of the two grey levels",
        Cooccurrence::autocorrelation,
    ),
    Feature::new(
        "ClusterProminence",
        "AE86",
        "fourth moment of the sum of the levels",
        |m| m.cluster(4),
    ),
    Feature::new(
        "ClusterShade",
        "7NFM",
        "third moment of the sum of the levels",
        |m| m.cluster(3),
    ),
    Feature::new(
        "ClusterTendency",
        "DG8W",
        "variance of the sum of the levels",
        |m| m.cluster(2),
    ),
    Feature::new(
        "Contrast",
        "ACUI",
        "mean squared difference of the levels",
        |m| m.over_differences(|k| k * k),
    ),
    Feature::new(
        "Correlation",
        "NI2N",
        "linear correlation of the two levels",
        Cooccurrence::correlation,
    ),
    Feature::new(
        "DifferenceAverage",
        "TF7R",
        "mean difference of the levels",
        |m| m.over_differences(|k| k),
    ),
    Feature::new(
        "DifferenceEntropy",
        "NTRS",
        "entropy of the differences, bits",
        Cooccurrence::difference_entropy,
    ),
    Feature::new(
        "DifferenceVariance",
        "D3YU",
        "variance of the differences",
        Cooccurrence::difference_variance,
    ),
    Feature::new(
        "Id",
        "IB1Z",
        "inverse difference: weight on equal levels",
        |m| m.over_differences(|k| 1.0 / (1.0 + k)),
    ),
    Feature::new(
        "Idm",
        "WF0Z",
        "inverse difference moment: weight on equal levels",
        |m| m.over_differences(|k| 1.0 / (1.0 + k * k)),
    ),
    Feature::new(
        "Idmn",
        "1QCO",
        "the same with differences over the highest level",
        Cooccurrence::normalized_inverse_moment,
    ),
    Feature::new(
        "Idn",
        "NDRX",
        "inverse difference with differences over the highest level",
        Cooccurrence::normalized_inverse,
    ),
    Feature::new(
        "Imc1",
        "R8DG",
        "information correlation by entropies",
        Cooccurrence::information_correlation_1,
    ),
    Feature::new(
        "Imc2",
        "JN9H",
        "information correlation by the exponential of entropies",
        Cooccurrence::information_correlation_2,
    ),
    Feature::new(
        "InverseVariance",
        "E8JP",
        "mean inverse squared difference of unequal levels",
        |m| m.over_differences(|k| if k == 0.0 { 0.0 } else { 1.0 / (k * k) }),
    ),
    Feature::new(
        "JointAverage",
        "60VM",
        "mean grey level of the first voxel",
        Cooccurrence::joint_average,
    ),
    Feature::new(
        "JointEnergy",
        "8ZQL",
        "sum of the squared cells",
        Cooccurrence::joint_energy,
    ),
    Feature::new(
        "JointEntropy",
        "TU9B",
        "entropy of the cells, bits",
        Cooccurrence::joint_entropy,
    ),
    Feature::without_code(
        "MCC",
        "maximal correlation coefficient",
        Cooccurrence::maximal_correlation,
    ),
    Feature::new(
        "MaximumProbability",
        "GYBY",
        "largest cell",
        Cooccurrence::maximum_probability,
    ),
    Feature::new(
        "SumAverage",
        "ZGXS",
        "mean sum of the levels",
        Cooccurrence::sum_average,
    ),
    Feature::new(
        "SumEntropy",
        "P6QZ",
        "entropy of the sums, bits",
        Cooccurrence::sum_entropy,
    ),
    Feature::new(
        "SumSquares",
        "UR99",
        "variance of the first voxel's level",
        Cooccurrence::sum_of_squares,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texture::Neighbourhood;
    use crate::texture::level_grid::tests::{grid_of, scattered};

    fn feature(levels: &[u32], size: [usize; 3], options: GlcmOptions, name: &str) -> f64 {
        let grid = grid_of(levels, size, &Neighbourhood::default());
        values(
            &grid,
            options,
            &[FEATURES.iter().find(|f| f.name == name).unwrap()],
        )[0]
    }

    #[test]
    fn one_direction_by_hand() {
        // 1 2 2 4 in a row: pairs (1,2), (2,2), (2,4), each counted both ways: 6 in all.
        let value = |name| feature(&[1, 2, 2, 4], [4, 1, 1], GlcmOptions::default(), name);
        for (name, expected) in [
            ("Contrast", (1.0 + 1.0 + 4.0 + 4.0) / 6.0),
            ("DifferenceAverage", (1.0 + 1.0 + 2.0 + 2.0) / 6.0),
            ("Autocorrelation", (2.0 + 2.0 + 4.0 + 4.0 + 8.0 + 8.0) / 6.0),
            ("JointAverage", 13.0 / 6.0),
            ("SumAverage", 13.0 / 3.0),
            ("JointEnergy", (4.0 * 1.0 + 4.0) / 36.0),
            ("MaximumProbability", 1.0 / 3.0),
            ("Id", (2.0 * 0.5 + 2.0 + 2.0 / 3.0) / 6.0),
            ("Idn", (2.0 / 1.25 + 2.0 + 2.0 / 1.5) / 6.0),
            ("InverseVariance", (2.0 + 2.0 * 0.25) / 6.0),
        ] {
            assert!(
                (value(name) - expected).abs() < 1e-12,
                "{name} {}",
                value(name)
            );
        }
    }

    #[test]
    fn an_asymmetric_matrix_counts_one_order() {
        let options = GlcmOptions {
            symmetrical: false,
            weighting: None,
        };
        // Steps go to the larger index: the first voxel of the pairs is 1, 2, 2.
        assert!(
            (feature(&[1, 2, 2, 4], [4, 1, 1], options, "JointAverage") - 5.0 / 3.0).abs() < 1e-12
        );
    }

    #[test]
    fn all_ways_of_counting_agree() {
        // Levels for a small and for a large table; slices are too small for the large one.
        for (size, levels) in [([13, 7, 5], 8), ([20, 20, 10], 300)] {
            let grid = grid_of(&scattered(size, levels), size, &Neighbourhood::default());
            for symmetric in [true, false] {
                for step in [[1, 1, 1], [-1, 0, 1], [1, 0, 0]] {
                    let mut counts = Counts::new(grid.gray_levels().len());
                    let mut count = |segments| {
                        let counted = counts.count(&grid, segments, step, symmetric);
                        assert_eq!(counted, sorted(&grid, segments, step, symmetric));
                        counted
                    };
                    let whole = count(grid.segments());
                    assert!(whole.len() > 20);
                    let slices: Vec<Pair> = grid.slices().flat_map(count).collect();
                    let pairs = |cells: &[Pair]| cells.iter().map(|c| c.weight).sum::<f64>();
                    assert_eq!(pairs(&slices), pairs(&whole));
                }
            }
        }
    }

    #[test]
    fn flat_and_isolated_regions() {
        let value =
            |levels: &[u32], size, name| feature(levels, size, GlcmOptions::default(), name);
        for (name, expected) in [
            ("Correlation", 1.0),
            ("MCC", 1.0),
            ("Imc1", 0.0),
            ("Imc2", 0.0),
        ] {
            assert_eq!(value(&[1; 8], [2; 3], name), expected, "{name}");
        }
        // Two voxels that do not touch: there is no pair in any direction.
        assert!(value(&[1, 0, 2], [3, 1, 1], "Contrast").is_nan());
    }

    #[test]
    fn what_is_left_without_neighbours() {
        // Values of PyRadiomics for two voxels at the ends of a row, and in opposite corners of
        // a square (one and four directions).
        let weighted = GlcmOptions {
            weighting: Some(WeightingNorm::Euclidean),
            ..GlcmOptions::default()
        };
        let single = GlcmOptions::default();
        let row: (&[u32], _) = (&[1, 0, 1], [3, 1, 1]);
        let corners: (&[u32], _) = (&[1, 0, 0, 0, 0, 0, 0, 0, 1], [3, 3, 1]);
        let nan = f64::NAN;
        for ((levels, size), options, mcc, inverse_variance) in [
            (row, single, nan, 0.0),
            (row, weighted, nan, 0.0),
            (corners, single, 1.0, nan),
            (corners, weighted, nan, 0.0),
            // A region of two grey levels, and of one that is not the lowest.
            ((&[1, 0, 2], [3, 1, 1]), single, nan, nan),
            ((&[1, 0, 2], [3, 1, 1]), weighted, nan, nan),
            ((&[1, 0, 0, 0, 0, 0, 0, 0, 2], [3, 3, 1]), single, nan, nan),
            ((&[3, 0, 3], [3, 1, 1]), single, nan, 0.0),
            ((&[3, 0, 0, 0, 0, 0, 0, 0, 3], [3, 3, 1]), single, 1.0, nan),
            // No step fits into a box of one voxel.
            ((&[1], [1, 1, 1]), single, nan, nan),
            ((&[1], [1, 1, 1]), weighted, nan, nan),
        ] {
            for known in FEATURES {
                let expected = match known.name {
                    "MCC" => mcc,
                    "InverseVariance" => inverse_variance,
                    _ => nan,
                };
                let value = feature(levels, size, options, known.name);
                assert!(
                    value == expected || value.is_nan() && expected.is_nan(),
                    "{} of {levels:?}, {options:?}: {value}",
                    known.name
                );
            }
        }
    }

    #[test]
    fn maximal_correlation_of_a_known_matrix() {
        // Two levels: the second eigenvalue is the squared correlation.
        let levels = [1, 1, 1, 1, 2, 2, 2, 1, 1];
        let value = |name| feature(&levels, [9, 1, 1], GlcmOptions::default(), name);
        assert!((value("MCC") - value("Correlation").abs()).abs() < 1e-9);
    }
}
