//! Size zones, distance zones, tone differences and dependences: matrices without directions.

use std::collections::BTreeMap;
use std::time::Instant;

use radiome_features::discretize::GrayLevels;
use radiome_features::ibsi::texture::{Dimension, Levels, gldzm, glszm, ngldm, ngtdm};
use radiome_features::texture::LevelGridError;

use crate::digital_phantom;
use crate::regions::{Leveled, check_configuration_a, configuration_a, shared};

/// How many features a dimension has.
const FEATURES: usize = 16 + 16 + 5 + 17;

/// A family's function.
type Family = fn(&Levels<'_>, &[Dimension]) -> Result<Vec<(String, f64)>, LevelGridError>;

const FAMILIES: [(&str, Family); 4] = [
    ("szm_", glszm::features),
    ("dzm_", gldzm::features),
    ("ngt_", ngtdm::features),
    ("ngl_", ngldm::features),
];

fn all_features(levels: &Levels<'_>, dimensions: &[Dimension]) -> Vec<(String, f64)> {
    let families = FAMILIES.iter();
    families
        .flat_map(|(_, features)| features(levels, dimensions).unwrap())
        .collect()
}

/// The features of the digital phantom, whose morphological mask is its intensity mask.
fn digital_phantom_features(dimensions: &[Dimension]) -> Vec<(String, f64)> {
    let region = digital_phantom::region();
    let levels = digital_phantom::gray_levels();
    let morphological = region.inside.clone();
    let levels = Levels {
        region: &region,
        levels: &levels,
        morphological: &morphological,
    };
    all_features(&levels, dimensions)
}

/// Tolerance: that of the IBSI, 0 after rounding to three digits.
#[test]
fn digital_phantom_agrees_with_the_ibsi() {
    let found = digital_phantom_features(&Dimension::ALL);
    assert_eq!(digital_phantom::check(found), 3 * FEATURES);
}

#[test]
fn tags_order_and_codes_are_those_of_the_tables() {
    let Some(data) = shared() else { return };
    let ours = |tag: &str| FAMILIES.iter().any(|(prefix, _)| tag.starts_with(prefix));
    let mut table = csv::Reader::from_path(data.join("reference_values.csv")).unwrap();
    let rows = table.records().map(|row| row.unwrap());
    let listed: Vec<(String, String)> = rows
        .filter(|row| &row[0] == "digital_phantom" && ours(&row[5]))
        .map(|row| (row[4].to_owned(), row[5].to_owned()))
        .collect();
    let found = digital_phantom_features(&Dimension::ALL);
    let tags: Vec<&String> = found.iter().map(|(tag, _)| tag).collect();
    assert_eq!(tags, listed.iter().map(|(_, tag)| tag).collect::<Vec<_>>());
    let tables = [glszm::FEATURES, gldzm::FEATURES, ngldm::FEATURES];
    let codes = tables.iter().flat_map(|table| table.iter());
    let mut codes: Vec<_> = codes.map(|f| (f.name, f.ibsi)).collect();
    codes.extend(ngtdm::FEATURES.iter().map(|f| (f.name, f.ibsi)));
    for (name, code) in codes {
        let tag = format!("{name}_2D");
        let (expected, _) = listed.iter().find(|(_, listed)| *listed == tag).unwrap();
        // The table gives small zone emphasis the code of its family, 9SAK.
        if name == "szm_sze" {
            assert_eq!((code, expected.as_str()), (Some("5QRC"), "9SAK"));
        } else {
            assert_eq!(code, Some(expected.as_str()), "{name}");
        }
    }
}

/// Every value of a dimension is the same whatever else is asked for.
#[test]
fn a_dimension_alone_has_the_same_bits() {
    let bits = |(tag, value): (String, f64)| (tag, value.to_bits());
    let together = digital_phantom_features(&Dimension::ALL).into_iter();
    let together: BTreeMap<String, u64> = together.map(bits).collect();
    let alone = Dimension::ALL.map(|dimension| digital_phantom_features(&[dimension]));
    let alone: BTreeMap<String, u64> = alone.into_iter().flatten().map(bits).collect();
    assert_eq!(alone, together);
}

/// The regions of `ibsi_zone_matrices/regions.csv`.
fn small_regions() -> BTreeMap<&'static str, Leveled> {
    let text = include_str!("../reference/ibsi_zone_matrices/regions.csv");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    let regions = rows.chunk_by(|a, b| a[0] == b[0]);
    let region = |rows: &[Vec<&'static str>]| {
        let column = |at: usize| rows.iter().map(move |row| row[at].parse::<u32>().unwrap());
        // The last voxel lies at the far corner of the box.
        let size = [1, 2, 3].map(|at| column(at).next_back().unwrap() as usize + 1);
        let mut made = Leveled::new(&column(4).collect::<Vec<_>>(), size);
        made.morphological = column(5).map(|inside| inside == 1).collect();
        (rows[0][0], made)
    };
    regions.map(region).collect()
}

/// Small regions against matrices made by `ibsi_zone_matrices/make.py` with scipy and loops over
/// voxels: holes, an empty slice, deep zones, a single level, a single voxel, a line, slices and
/// regions without neighbours, busyness that divides by 0.
///
/// Tolerance: 1e-14, relative above 1: sums of up to a few hundred terms in another order.
#[test]
fn small_regions_agree_with_matrices_made_one_by_one() {
    let text = include_str!("../reference/ibsi_zone_matrices/values.csv");
    let mut expected: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for mut row in text.lines().skip(1).map(|line| line.split(',')) {
        let mut next = || row.next().unwrap();
        expected.insert((next(), next()), next().parse().unwrap());
    }
    let (mut compared, mut wrong, mut worst) = (0, Vec::new(), 0.0_f64);
    for (name, region) in small_regions() {
        for (tag, value) in all_features(&region.levels(), &Dimension::ALL) {
            let expected = expected[&(name, tag.as_str())];
            compared += 1;
            if expected.is_nan() && value.is_nan() {
                continue;
            }
            let difference = (value - expected).abs() / expected.abs().max(1.0);
            worst = worst.max(difference);
            if difference.is_nan() || difference > 1e-14 {
                wrong.push(format!("{name} {tag}: {value}, expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(compared, expected.len());
    assert_eq!(compared, 8 * 3 * FEATURES);
    println!("largest difference {worst:e}");
}

/// What is exact in a region of one grey level, and what is not defined.
#[test]
fn one_level_and_one_voxel() {
    for (levels, size) in [(vec![3; 27], [3; 3]), (vec![7], [1; 3])] {
        let region = Leveled::new(&levels, size);
        let (alone, level) = (size == [1; 3], f64::from(levels[0]));
        for (tag, value) in all_features(&region.levels(), &Dimension::ALL) {
            let base = ["_2D", "_2_5D", "_3D"]
                .iter()
                .find_map(|end| tag.strip_suffix(end))
                .unwrap();
            let expected = match base {
                _ if alone && base.starts_with("ngt_") => f64::NAN,
                "ngt_coarseness" => 1e6,
                _ if base.starts_with("ngt_") => 0.0,
                _ if base.ends_with("_gl_var") => 0.0,
                "szm_zs_var" | "szm_zs_entr" | "dzm_zd_var" | "dzm_zd_entr" => 0.0,
                _ if base.ends_with("_hgze") || base.ends_with("_hgce") => level * level,
                _ if base.ends_with("_lgze") || base.ends_with("_lgce") => 1.0 / (level * level),
                "ngl_dc_perc" | "dzm_sde" | "dzm_lde" => 1.0,
                _ if base.ends_with("_glnu_norm") => 1.0,
                "ngl_dc_var" | "ngl_dc_entr" if alone => 0.0,
                "ngl_dc_energy" if alone => 1.0,
                _ => {
                    assert!(value.is_finite(), "{tag}: {value}");
                    continue;
                }
            };
            let same = value == expected || value.is_nan() && expected.is_nan();
            assert!(same, "{tag}: {value}, not {expected}");
            assert!(value.is_nan() || value.is_sign_positive(), "{tag}: {value}");
        }
    }
}

#[test]
fn without_voxels_nothing_is_defined() {
    let region = Leveled::new(&[0; 8], [2; 3]);
    let found = all_features(&region.levels(), &Dimension::ALL);
    assert_eq!(found.len(), 3 * FEATURES);
    for (tag, value) in found {
        assert!(value.is_nan(), "{tag}: {value}");
    }
}

/// A voxel of the intensity mask that the morphological mask lacks counts as a voxel of it.
#[test]
fn the_intensity_mask_lies_in_the_morphological_mask() {
    let region = Leveled::new(&[1, 2, 2, 1, 0, 3], [3, 2, 1]);
    let mut lacking = Leveled::new(&[1, 2, 2, 1, 0, 3], [3, 2, 1]);
    lacking.morphological[1] = false;
    let found = [&region, &lacking].map(|r| gldzm::features(&r.levels(), &Dimension::ALL));
    assert_eq!(found[0], found[1]);
}

#[test]
fn what_does_not_belong_together_is_an_error() {
    let region = Leveled::new(&[1, 2, 0, 2], [2, 2, 1]);
    let levels = Levels {
        morphological: &region.morphological[1..],
        ..region.levels()
    };
    let other = GrayLevels {
        levels: vec![1, 2],
        counts: vec![1, 1],
    };
    for (_, features) in FAMILIES {
        let mask = features(&levels, &[Dimension::Volume]).unwrap_err();
        assert_eq!(
            mask.to_string(),
            "a morphological mask of 3 voxels for a region's box of 4"
        );
        let levels = Levels {
            levels: &other,
            ..region.levels()
        };
        let levels = features(&levels, &[Dimension::Slices]).unwrap_err();
        assert_eq!(levels.to_string(), "2 grey levels for a region of 3 voxels");
    }
}

/// The CT phantom in configuration A: all 2D and 2.5D values, within the tolerance of the IBSI.
#[test]
fn configuration_a_agrees_with_the_ibsi() {
    let Some(data) = shared() else { return };
    let phantom = configuration_a(&data);
    let dimensions = [Dimension::Slices, Dimension::MergedSlices];
    let mut found = Vec::new();
    for (prefix, features) in FAMILIES {
        for dimensions in [&[Dimension::Volume][..], &dimensions] {
            let start = Instant::now();
            let values = features(&phantom.levels(), dimensions).unwrap();
            println!("{prefix} {dimensions:?}: {:?}", start.elapsed());
            found.extend(values);
        }
    }
    assert_eq!(check_configuration_a(&data, &found), 2 * FEATURES);
}
