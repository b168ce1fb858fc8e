//! Grey level co-occurrence matrix (LFYI): which grey levels lie beside which, at distance 1.
//!
//! A matrix counts every pair of neighbours along a direction in both orders and is divided by its
//! sum: $p_{ij}$, with marginal $p_{i.}$, mean $\mu = \sum_i i\, p_{i.}$, and $p_{i-j,k}$ and
//! $p_{i+j,k}$, the sums of the cells whose levels differ by $k$ and add up to $k$. $N_g$ is the
//! highest grey level of the region: the manual says "present", but its values count the levels of
//! the digital phantom, 1, 3, 4 and 6, as six. Entropies are in bits.
//!
//! Where the manual leaves a case open:
//! - A matrix without pairs, as of a slice of one voxel, has no features: it is left out of
//!   averages.
//! - In a matrix of one grey level, correlation and information correlation 1 are 0 / 0, thus NaN,
//!   and the matrix is left out of their averages. (MIRP puts 1; PyRadiomics 1 and 0.) Inverse
//!   variance, a sum of no terms, is 0. (MIRP leaves the matrix out.) All entropies and information
//!   correlation 2 are 0.
//!
//! Where [`crate::texture::glcm`] departs: there logarithms and the correlation's divisor have
//! $\epsilon$ added.

use super::directions::{self, Cell, DirectionMatrices};
use super::{Dimension, Levels};
use crate::catalogue::Feature;
use crate::texture::glcm::{Cooccurrence, Counts, Pair};
use crate::texture::{LevelGrid, LevelGridError, Logarithm, Neighbourhood, Segment};

/// The co-occurrence features, in the order of the IBSI's tables.
pub const FEATURES: &[Feature<Cooccurrence>] = &[
    Feature::new(
        "cm_joint_max",
        "GYBY",
        "joint maximum",
        Cooccurrence::maximum_probability,
    ),
    Feature::new(
        "cm_joint_avg",
        "60VM",
        "joint average",
        Cooccurrence::joint_average,
    ),
    Feature::new(
        "cm_joint_var",
        "UR99",
        "joint variance",
        Cooccurrence::sum_of_squares,
    ),
    Feature::new(
        "cm_joint_entr",
        "TU9B",
        "joint entropy",
        Cooccurrence::joint_entropy,
    ),
    Feature::new("cm_diff_avg", "TF7R", "difference average", |m| {
        m.over_differences(|k| k)
    }),
    Feature::new(
        "cm_diff_var",
        "D3YU",
        "difference variance",
        Cooccurrence::difference_variance,
    ),
    Feature::new(
        "cm_diff_entr",
        "NTRS",
        "difference entropy",
        Cooccurrence::difference_entropy,
    ),
    Feature::new(
        "cm_sum_avg",
        "ZGXS",
        "sum average",
        Cooccurrence::sum_average,
    ),
    Feature::new("cm_sum_var", "OEEB", "sum variance", |m| m.cluster(2)),
    Feature::new(
        "cm_sum_entr",
        "P6QZ",
        "sum entropy",
        Cooccurrence::sum_entropy,
    ),
    Feature::new(
        "cm_energy",
        "8ZQL",
        "angular second moment",
        Cooccurrence::joint_energy,
    ),
    Feature::new("cm_contrast", "ACUI", "contrast", |m| {
        m.over_differences(|k| k * k)
    }),
    Feature::new("cm_dissimilarity", "8S9J", "dissimilarity", |m| {
        m.over_differences(|k| k)
    }),
    Feature::new("cm_inv_diff", "IB1Z", "inverse difference", |m| {
        m.over_differences(|k| 1.0 / (1.0 + k))
    }),
    Feature::new(
        "cm_inv_diff_norm",
        "NDRX",
        "normalised inverse difference",
        Cooccurrence::normalized_inverse,
    ),
    Feature::new(
        "cm_inv_diff_mom",
        "WF0Z",
        "inverse difference moment",
        |m| m.over_differences(|k| 1.0 / (1.0 + k * k)),
    ),
    Feature::new(
        "cm_inv_diff_mom_norm",
        "1QCO",
        "normalised inverse difference moment",
        Cooccurrence::normalized_inverse_moment,
    ),
    Feature::new("cm_inv_var", "E8JP", "inverse variance", |m| {
        m.over_differences(|k| if k == 0.0 { 0.0 } else { 1.0 / (k * k) })
    }),
    Feature::new("cm_corr", "NI2N", "correlation", correlation),
    Feature::new(
        "cm_auto_corr",
        "QWB0",
        "autocorrelation",
        Cooccurrence::autocorrelation,
    ),
    Feature::new("cm_clust_tend", "DG8W", "cluster tendency", |m| {
        m.cluster(2)
    }),
    Feature::new("cm_clust_shade", "7NFM", "cluster shade", |m| m.cluster(3)),
    Feature::new("cm_clust_prom", "AE86", "cluster prominence", |m| {
        m.cluster(4)
    }),
    Feature::new(
        "cm_info_corr1",
        "R8DG",
        "information correlation 1",
        information_correlation_1,
    ),
    Feature::new(
        "cm_info_corr2",
        "JN9H",
        "information correlation 2",
        information_correlation_2,
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

/// The same from levels that are laid out already, whose neighbours are the direct ones.
pub(crate) fn features_of_grid(grid: &LevelGrid, dimensions: &[Dimension]) -> Vec<(String, f64)> {
    let matrices = Matrices {
        grid,
        counts: Counts::new(grid.gray_levels().len()),
        matrix: Cooccurrence::with(Logarithm::Exact),
    };
    directions::features(grid, matrices, dimensions)
}

/// Co-occurrence matrices of a grid.
struct Matrices<'g> {
    grid: &'g LevelGrid,
    counts: Counts,
    matrix: Cooccurrence,
}

impl DirectionMatrices for Matrices<'_> {
    type Matrix = Cooccurrence;
    type Cell = Pair;
    const FEATURES: &'static [Feature<Cooccurrence>] = FEATURES;

    fn count(&mut self, segments: &[Segment], step: [i32; 3]) -> Vec<Pair> {
        self.counts.count(self.grid, segments, step, true)
    }

    fn matrix(&mut self, cells: &[Pair]) -> Option<&Cooccurrence> {
        let levels = self.grid.gray_levels();
        let highest = levels.last().copied().unwrap_or(0);
        let filled = self.matrix.fill(cells, true, levels, highest);
        filled.then_some(&self.matrix)
    }
}

impl Cell for Pair {
    fn place(&self) -> (u16, usize) {
        (self.first, self.second.into())
    }

    fn count(&mut self) -> &mut f64 {
        &mut self.weight
    }
}

/// $\frac{1}{\sigma^2} \sum_{i,j} (i - \mu)(j - \mu)\, p_{ij}$, $\sigma^2$ the variance of $p_{i.}$.
fn correlation(matrix: &Cooccurrence) -> f64 {
    if matrix.occupied_rows() == 1 {
        return f64::NAN;
    }
    let mean = matrix.joint_average();
    let levels = matrix.levels();
    matrix.over_cells(|i, j, p| (levels[i] - mean) * (levels[j] - mean) * p)
        / matrix.sum_of_squares()
}

/// Below so many bits the mutual information is not taken as the difference of entropies, of whose
/// rounding the root in information correlation 2 would make much.
const LITTLE: f64 = 0.01;

/// $HXY_1 - HXY = HXY_2 - HXY = \sum_{i,j} p_{ij} \log_2 \frac{p_{ij}}{p_{i.} p_{.j}}$, bits: what
/// the level of a voxel tells of that of its neighbour.
///
/// As the rows of $p_{ij}$ add up to $p_{i.}$, both cross entropies are $2 HX$.
fn mutual_information(matrix: &Cooccurrence) -> f64 {
    let difference = 2.0 * matrix.row_entropy() - matrix.joint_entropy();
    if difference < LITTLE {
        little_information(matrix)
    } else {
        difference
    }
}

/// The same as $\sum_{i,j} \left(p \ln\frac{p}{q} - (p - q)\right) / \ln 2$ with
/// $q = p_{i.} p_{.j}$; both $p$ and $q$ add up to 1. No term is below 0, so nothing cancels.
fn little_information(matrix: &Cooccurrence) -> f64 {
    let rows = matrix.rows();
    let both = |i: usize, j: usize| rows[i] * rows[j];
    let term = |i, j, p: f64| {
        let q = both(i, j);
        p * ((p - q) / q).ln_1p() - (p - q)
    };
    // Pairs of levels that do not occur are left with their q.
    let pairs = matrix.over_cells(|_, _, _| 1.0) as usize;
    let rest = if pairs == matrix.occupied_rows().pow(2) {
        0.0
    } else {
        1.0 - matrix.over_cells(|i, j, _| both(i, j))
    };
    ((matrix.over_cells(term) + rest) / std::f64::consts::LN_2).max(0.0)
}

/// $(HXY - HXY_1) / HX$.
fn information_correlation_1(matrix: &Cooccurrence) -> f64 {
    if matrix.occupied_rows() == 1 {
        return f64::NAN;
    }
    0.0 - mutual_information(matrix) / matrix.row_entropy()
}

/// $\sqrt{1 - e^{-2 (HXY_2 - HXY)}}$, entropies in bits.
fn information_correlation_2(matrix: &Cooccurrence) -> f64 {
    (0.0 - (-2.0 * mutual_information(matrix)).exp_m1()).sqrt()
}
