//! Neighbouring grey level dependence matrix (IBSI REK0): how many neighbours share a voxel's grey
//! level.
//!
//! The dependence of a voxel is the number of voxels of its level among it and its direct
//! neighbours in the intensity mask (8 within a slice, 26 in the volume): distance 1 by the maximum
//! norm, coarseness $\alpha = 0$. $s_{ij}$ counts the voxels of level $i$ and dependence $j$, all
//! of them: $N_s = N_v$.
//!
//! Dependences are counted by the code of [`crate::texture::gldm`]. What differs: the entropy has no
//! $\epsilon$ in its logarithm, and there are three features more, whose values PyRadiomics gives
//! elsewhere or not at all. Every voxel has a dependence, if only on itself; only without voxels is
//! there no value (NaN), and slices without are left out of averages.

use super::joined::{self, Joined};
use super::size_matrix::{SizeMatrix, Sizes};
use super::{Dimension, Levels};
use crate::Feature;
use crate::texture::{LevelGrid, LevelGridError, gldm};

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

fn count(grid: &LevelGrid, joined: &mut Joined<'_, Sizes>) {
    let cells = grid.cells();
    gldm::each_dependence(grid, |place, neighbours| {
        joined.at(place).add(cells[place], neighbours as u32 + 1, 1);
    });
}

/// The dependence features, in the order of the manual.
pub const FEATURES: &[Feature<SizeMatrix>] = &[
    Feature::new("ngl_lde", "SODN", "Low dependence emphasis", |m| {
        m.cells.small_size()
    }),
    Feature::new("ngl_hde", "IMOQ", "High dependence emphasis", |m| {
        m.cells.large_size()
    }),
    Feature::new("ngl_lgce", "TL9H", "Low grey level count emphasis", |m| {
        m.cells.low_level()
    }),
    Feature::new("ngl_hgce", "OAE7", "High grey level count emphasis", |m| {
        m.cells.high_level()
    }),
    Feature::new(
        "ngl_ldlge",
        "EQ3F",
        "Low dependence low grey level emphasis",
        |m| m.cells.small_size_low_level(),
    ),
    Feature::new(
        "ngl_ldhge",
        "JA6D",
        "Low dependence high grey level emphasis",
        |m| m.cells.small_size_high_level(),
    ),
    Feature::new(
        "ngl_hdlge",
        "NBZI",
        "High dependence low grey level emphasis",
        |m| m.cells.large_size_low_level(),
    ),
    Feature::new(
        "ngl_hdhge",
        "9QMG",
        "High dependence high grey level emphasis",
        |m| m.cells.large_size_high_level(),
    ),
    Feature::new("ngl_glnu", "FP8K", "Grey level non-uniformity", |m| {
        m.cells.level_non_uniformity()
    }),
    Feature::new(
        "ngl_glnu_norm",
        "5SPA",
        "Normalised grey level non-uniformity",
        |m| m.cells.level_non_uniformity_normalized(),
    ),
    Feature::new("ngl_dcnu", "Z87G", "Dependence count non-uniformity", |m| {
        m.cells.size_non_uniformity()
    }),
    Feature::new(
        "ngl_dcnu_norm",
        "OKJI",
        "Normalised dependence count non-uniformity",
        |m| m.cells.size_non_uniformity_normalized(),
    ),
    Feature::new(
        "ngl_dc_perc",
        "6XV8",
        "Dependence count percentage",
        SizeMatrix::percentage,
    ),
    Feature::new("ngl_gl_var", "1PFV", "Grey level variance", |m| {
        m.cells.level_variance()
    }),
    Feature::new("ngl_dc_var", "DNX2", "Dependence count variance", |m| {
        m.cells.size_variance()
    }),
    Feature::new("ngl_dc_entr", "FCBV", "Dependence count entropy", |m| {
        m.cells.exact_entropy()
    }),
    Feature::new("ngl_dc_energy", "CAS9", "Dependence count energy", |m| {
        m.cells.energy()
    }),
];
