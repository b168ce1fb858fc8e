//! Co-occurrence and run length matrices in all six aggregations.

use std::collections::BTreeMap;

use radiome_features::ibsi::digital_phantom::reference_values;
use radiome_features::ibsi::texture::{Dimension, Levels, glcm, glrlm};
use radiome_features::texture::glcm::GlcmOptions;
use radiome_features::texture::{self, LevelGrid, Neighbourhood};

use crate::digital_phantom;
use crate::regions::{Leveled, check_configuration_a, configuration_a, shared};

/// The digital phantom, which fills its box.
fn phantom() -> Leveled {
    let region = digital_phantom::region();
    Leveled {
        morphological: region.inside.clone(),
        region,
        levels: digital_phantom::gray_levels(),
    }
}

fn all_features(levels: Levels<'_>, dimensions: &[Dimension]) -> Vec<(String, f64)> {
    let mut found = glcm::features(&levels, dimensions).unwrap();
    found.extend(glrlm::features(&levels, dimensions).unwrap());
    found
}

/// Tolerance: that of the IBSI, 0 after rounding to three digits.
#[test]
fn digital_phantom_agrees_with_the_ibsi() {
    let phantom = phantom();
    let found = all_features(phantom.levels(), &Dimension::ALL);
    assert_eq!(digital_phantom::check(found), 6 * (25 + 16));
}

#[test]
fn tags_come_in_the_order_of_the_tables() {
    let phantom = phantom();
    let found = all_features(phantom.levels(), &Dimension::ALL);
    let listed: Vec<&str> = reference_values()
        .map(|(tag, _)| tag)
        .filter(|tag| tag.starts_with("cm_") || tag.starts_with("rlm_"))
        .collect();
    let tags: Vec<&String> = found.iter().map(|(tag, _)| tag).collect();
    assert_eq!(tags, listed);
}

/// Every value of a dimension is the same whatever else is asked for.
#[test]
fn a_dimension_alone_has_the_same_bits() {
    let phantom = phantom();
    let levels = phantom.levels();
    let together = all_features(levels, &Dimension::ALL);
    let mut alone: BTreeMap<String, u64> = BTreeMap::new();
    for dimension in Dimension::ALL {
        let found = all_features(levels, &[dimension]);
        alone.extend(found.into_iter().map(|(tag, value)| (tag, value.to_bits())));
    }
    let together: BTreeMap<String, u64> = together
        .into_iter()
        .map(|(tag, value)| (tag, value.to_bits()))
        .collect();
    assert_eq!(alone, together);
}

/// Small regions against matrices filled cell by cell (`ibsi_direction_matrices/make.py`): holes,
/// an empty slice, a single level, a single voxel, a line, slices without a pair, neighbours that
/// have nothing, or little, to do with one another.
///
/// Tolerance: 1e-13, relative above 1: sums of up to a few hundred terms in another order.
#[test]
fn small_regions_agree_with_matrices_filled_cell_by_cell() {
    let mut regions: BTreeMap<&str, (Vec<u32>, [usize; 3])> = BTreeMap::new();
    let rows = |text: &'static str| text.lines().skip(1).map(|line| line.split(','));
    for mut row in rows(include_str!(
        "../reference/ibsi_direction_matrices/regions.csv"
    )) {
        let region = regions.entry(row.next().unwrap()).or_default();
        let numbers: Vec<u32> = row.map(|cell| cell.parse().unwrap()).collect();
        region.1 = std::array::from_fn(|axis| numbers[axis] as usize + 1);
        region.0.push(numbers[3]);
    }
    let mut expected: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for mut row in rows(include_str!(
        "../reference/ibsi_direction_matrices/values.csv"
    )) {
        let mut next = || row.next().unwrap();
        expected.insert((next(), next()), next().parse().unwrap());
    }
    let (mut compared, mut wrong, mut worst) = (0, Vec::new(), 0.0_f64);
    for (name, (levels, size)) in &regions {
        let region = Leveled::new(levels, *size);
        for (tag, value) in all_features(region.levels(), &Dimension::ALL) {
            let expected = expected[&(*name, tag.as_str())];
            compared += 1;
            if expected.is_nan() && value.is_nan() {
                continue;
            }
            let difference = (value - expected).abs() / expected.abs().max(1.0);
            worst = worst.max(difference);
            if difference.is_nan() || difference > 1e-13 {
                wrong.push(format!("{name} {tag}: {value}, expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(compared, expected.len());
    assert_eq!(compared, 9 * 6 * (25 + 16));
    println!("largest difference {worst:e}");
}

/// What is exact in a region of one grey level, and what is not defined.
#[test]
fn one_level_and_one_voxel() {
    for (levels, size) in [(vec![3; 27], [3; 3]), (vec![7], [1; 3])] {
        let region = Leveled::new(&levels, size);
        for (tag, value) in all_features(region.levels(), &Dimension::ALL) {
            let base = ["_2D_", "_2_5D_", "_3D_"]
                .iter()
                .find_map(|end| tag.split_once(end))
                .map(|(base, _)| base)
                .unwrap();
            let level = f64::from(levels[0]);
            let expected = match base {
                // A voxel alone has no neighbours.
                _ if size == [1; 3] && tag.starts_with("cm_") => f64::NAN,
                "cm_corr" | "cm_info_corr1" => f64::NAN,
                "cm_joint_avg" => level,
                "cm_sum_avg" => 2.0 * level,
                "cm_auto_corr" => level * level,
                "cm_joint_max" | "cm_energy" => 1.0,
                _ if base.starts_with("cm_inv_diff") => 1.0,
                _ if base.starts_with("cm_") => 0.0,
                "rlm_gl_var" => 0.0,
                "rlm_hgre" => level * level,
                "rlm_lgre" => 1.0 / (level * level),
                "rlm_glnu_norm" => 1.0,
                "rlm_rl_var" | "rlm_rl_entr" if size == [1; 3] => 0.0,
                "rlm_sre" | "rlm_lre" | "rlm_rlnu_norm" | "rlm_r_perc" if size == [1; 3] => 1.0,
                _ => {
                    assert!(value.is_finite(), "{tag}: {value}");
                    continue;
                }
            };
            let same = (value - expected).abs() <= 1e-15 * expected.abs();
            assert!(
                same || value.is_nan() && expected.is_nan(),
                "{tag}: {value}"
            );
            assert!(value.is_nan() || value.is_sign_positive(), "{tag}: {value}");
        }
    }
}

#[test]
fn a_region_without_voxels_and_levels_of_another() {
    let empty = Leveled::new(&[0; 6], [3, 2, 1]);
    let found = all_features(empty.levels(), &Dimension::ALL);
    assert!(found.iter().all(|(_, value)| value.is_nan()));
    let others = Leveled::new(&[1, 2], [2, 1, 1]);
    let levels = Levels {
        levels: &others.levels,
        ..empty.levels()
    };
    assert!(glcm::features(&levels, &Dimension::ALL).is_err());
    assert!(glrlm::features(&levels, &Dimension::ALL).is_err());
}

/// The CT phantom in configuration A, which has no interpolation: all 2D and 2.5D values.
#[test]
fn configuration_a_agrees_with_the_ibsi() {
    let Some(folder) = shared() else { return };
    let phantom = configuration_a(&folder);
    let in_plane = [Dimension::Slices, Dimension::MergedSlices];
    let found = all_features(phantom.levels(), &in_plane);
    assert_eq!(check_configuration_a(&folder, &found), 4 * (25 + 16));
}

/// What both definitions share: on the CT phantom, where every direction has neighbours of several
/// levels, the averages over the directions of the volume are PyRadiomics' values.
///
/// Tolerance: 1e-9 relative, for PyRadiomics' epsilon inside logarithms, up to 1e-12 of an entropy,
/// and the difference of two of them in the information correlations.
#[test]
fn averages_over_the_volume_are_those_of_pyradiomics() {
    let Some(folder) = shared() else { return };
    let phantom = configuration_a(&folder);
    let levels = phantom.levels();
    let grid = LevelGrid::new(levels.region, levels.levels, &Neighbourhood::default()).unwrap();
    let cooccurrence: Vec<_> = texture::glcm::FEATURES.iter().collect();
    let runs: Vec<_> = texture::glrlm::FEATURES.iter().collect();
    let codes = cooccurrence.iter().map(|feature| feature.ibsi);
    let codes = codes.chain(runs.iter().map(|feature| feature.ibsi));
    let mut values = texture::glcm::values(&grid, GlcmOptions::default(), &cooccurrence);
    values.extend(texture::glrlm::values(&grid, None, &runs));
    let expected: BTreeMap<Option<&str>, f64> = codes.zip(values).collect();
    let features = glcm::FEATURES.iter().map(|f| (f.name, f.ibsi));
    let features = features.chain(glrlm::FEATURES.iter().map(|f| (f.name, f.ibsi)));
    let found = all_features(levels, &[Dimension::Volume]);
    let mut compared = 0;
    for (name, code) in features {
        // PyRadiomics has no sum variance and no dissimilarity of their own.
        let Some(expected) = expected.get(&code) else {
            continue;
        };
        let tag = format!("{name}_3D_avg");
        let (_, value) = found.iter().find(|(found, _)| *found == tag).unwrap();
        let difference = (value - expected).abs();
        assert!(
            difference <= 1e-9 * expected.abs(),
            "{tag}: {value}, {expected}"
        );
        compared += 1;
    }
    assert_eq!(compared, 23 + 16);
}
