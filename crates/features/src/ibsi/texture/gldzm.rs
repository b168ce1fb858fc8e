//! Grey level distance zone matrix (IBSI VMDZ): how far from the border the patches of one grey
//! level lie.
//!
//! Zones are those of the [size zone matrix](super::glszm), of the intensity mask. The distance of
//! a zone is the least of its voxels', and that of a voxel the number of steps along the axes
//! (within the slice, or in the volume) to the nearest voxel outside the morphological mask: 1 on
//! its edge. Outside the image is outside the mask. $d_{ij}$ counts the zones of level $i$ and
//! distance $j$.
//!
//! PyRadiomics has no such matrix. A region of one grey level has defined features; only without
//! voxels is there no value (NaN), and slices without are left out of averages.

use super::border_distance::border_distances;
use super::joined::{self, Joined};
use super::size_matrix::{SizeMatrix, Sizes};
use super::{Dimension, Levels};
use crate::Feature;
use crate::texture::{LevelGrid, LevelGridError, glszm};

/// Tags and values in the order of the IBSI's tables, for each of the dimensions.
///
/// # Errors
/// If the levels do not suit the region or are too many, or the morphological mask is not one of
/// the region's box (see [`LevelGridError`]).
pub fn features(
    levels: &Levels<'_>,
    dimensions: &[Dimension],
) -> Result<Vec<(String, f64)>, LevelGridError> {
    let count = |grid: &LevelGrid, joined: &mut Joined<'_, Sizes>| count(levels, grid, joined);
    joined::features(levels, dimensions, FEATURES, count)
}

fn count(levels: &Levels<'_>, grid: &LevelGrid, joined: &mut Joined<'_, Sizes>) {
    let distances = border_distances(grid, levels, joined.by_slice());
    // Distance from the border and number of voxels.
    let zones = glszm::zones(grid, (u32::MAX, 0_u32), |(distance, size), place| {
        *distance = distances[place].min(*distance);
        *size += 1;
    });
    for zone in zones {
        let (distance, size) = zone.measure;
        let counts = joined.at(zone.first as usize);
        counts.add(zone.number, distance, size);
    }
}

/// The distance zone features, in the order of the manual.
pub const FEATURES: &[Feature<SizeMatrix>] = &[
    Feature::new("dzm_sde", "0GBI", "Small distance emphasis", |m| {
        m.cells.small_size()
    }),
    Feature::new("dzm_lde", "MB4I", "Large distance emphasis", |m| {
        m.cells.large_size()
    }),
    Feature::new("dzm_lgze", "S1RA", "Low grey level emphasis", |m| {
        m.cells.low_level()
    }),
    Feature::new("dzm_hgze", "K26C", "High grey level emphasis", |m| {
        m.cells.high_level()
    }),
    Feature::new(
        "dzm_sdlge",
        "RUVG",
        "Small distance low grey level emphasis",
        |m| m.cells.small_size_low_level(),
    ),
    Feature::new(
        "dzm_sdhge",
        "DKNJ",
        "Small distance high grey level emphasis",
        |m| m.cells.small_size_high_level(),
    ),
    Feature::new(
        "dzm_ldlge",
        "A7WM",
        "Large distance low grey level emphasis",
        |m| m.cells.large_size_low_level(),
    ),
    Feature::new(
        "dzm_ldhge",
        "KLTH",
        "Large distance high grey level emphasis",
        |m| m.cells.large_size_high_level(),
    ),
    Feature::new("dzm_glnu", "VFT7", "Grey level non-uniformity", |m| {
        m.cells.level_non_uniformity()
    }),
    Feature::new(
        "dzm_glnu_norm",
        "7HP3",
        "Normalised grey level non-uniformity",
        |m| m.cells.level_non_uniformity_normalized(),
    ),
    Feature::new("dzm_zdnu", "V294", "Zone distance non-uniformity", |m| {
        m.cells.size_non_uniformity()
    }),
    Feature::new(
        "dzm_zdnu_norm",
        "IATH",
        "Normalised zone distance non-uniformity",
        |m| m.cells.size_non_uniformity_normalized(),
    ),
    Feature::new(
        "dzm_z_perc",
        "VIWW",
        "Zone percentage",
        SizeMatrix::percentage,
    ),
    Feature::new("dzm_gl_var", "QK93", "Grey level variance", |m| {
        m.cells.level_variance()
    }),
    Feature::new("dzm_zd_var", "7WT1", "Zone distance variance", |m| {
        m.cells.size_variance()
    }),
    Feature::new("dzm_zd_entr", "GBDU", "Zone distance entropy", |m| {
        m.cells.exact_entropy()
    }),
];
