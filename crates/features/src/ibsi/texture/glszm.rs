//! Grey level size zone matrix (IBSI 9SAK): how large the patches of one grey level are.
//!
//! A zone is a set of voxels of one grey level that touch by face, edge or corner: 8 neighbours
//! within a slice, 26 in the volume. $s_{ij}$ counts the zones of level $i$ and $j$ voxels.
//!
//! Zones are found and counted by the code of [`crate::texture::glszm`]. What differs: levels are
//! those of the IBSI's discretisation, and the entropy has no $\epsilon$ in its logarithm. A region
//! of one grey level has defined features, with variances and an entropy of exactly 0 where it is
//! one zone. Only without voxels is there no value (NaN); slices without are left out of averages.

use super::joined::{self, Joined};
use super::size_matrix::{SizeMatrix, Sizes};
use super::{Dimension, Levels};
use crate::Feature;
use crate::texture::{LevelGrid, LevelGridError, glszm};

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
    for zone in glszm::zones(grid, 0_u32, |size, _| *size += 1) {
        let counts = joined.at(zone.first as usize);
        counts.add(zone.number, zone.measure, zone.measure);
    }
}

/// The size zone features, in the order of the manual.
pub const FEATURES: &[Feature<SizeMatrix>] = &[
    Feature::new("szm_sze", "5QRC", "Small zone emphasis", |m| {
        m.cells.small_size()
    }),
    Feature::new("szm_lze", "48P8", "Large zone emphasis", |m| {
        m.cells.large_size()
    }),
    Feature::new("szm_lgze", "XMSY", "Low grey level emphasis", |m| {
        m.cells.low_level()
    }),
    Feature::new("szm_hgze", "5GN9", "High grey level emphasis", |m| {
        m.cells.high_level()
    }),
    Feature::new(
        "szm_szlge",
        "5RAI",
        "Small zone low grey level emphasis",
        |m| m.cells.small_size_low_level(),
    ),
    Feature::new(
        "szm_szhge",
        "HW1V",
        "Small zone high grey level emphasis",
        |m| m.cells.small_size_high_level(),
    ),
    Feature::new(
        "szm_lzlge",
        "YH51",
        "Large zone low grey level emphasis",
        |m| m.cells.large_size_low_level(),
    ),
    Feature::new(
        "szm_lzhge",
        "J17V",
        "Large zone high grey level emphasis",
        |m| m.cells.large_size_high_level(),
    ),
    Feature::new("szm_glnu", "JNSA", "Grey level non-uniformity", |m| {
        m.cells.level_non_uniformity()
    }),
    Feature::new(
        "szm_glnu_norm",
        "Y1RO",
        "Normalised grey level non-uniformity",
        |m| m.cells.level_non_uniformity_normalized(),
    ),
    Feature::new("szm_zsnu", "4JP3", "Zone size non-uniformity", |m| {
        m.cells.size_non_uniformity()
    }),
    Feature::new(
        "szm_zsnu_norm",
        "VB3A",
        "Normalised zone size non-uniformity",
        |m| m.cells.size_non_uniformity_normalized(),
    ),
    Feature::new(
        "szm_z_perc",
        "P30P",
        "Zone percentage",
        SizeMatrix::percentage,
    ),
    Feature::new("szm_gl_var", "BYLV", "Grey level variance", |m| {
        m.cells.level_variance()
    }),
    Feature::new("szm_zs_var", "3NSA", "Zone size variance", |m| {
        m.cells.size_variance()
    }),
    Feature::new("szm_zs_entr", "GU8N", "Zone size entropy", |m| {
        m.cells.exact_entropy()
    }),
];
