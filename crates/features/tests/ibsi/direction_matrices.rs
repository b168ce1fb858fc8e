//! Co-occurrence and run length matrices in all six aggregations.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use radiome_features::Region;
use radiome_features::discretize::GrayLevels;
use radiome_features::ibsi::digital_phantom::reference_values;
use radiome_features::ibsi::reference::ReferenceValue;
use radiome_features::ibsi::texture::{Dimension, Levels, glcm, glrlm};
use radiome_features::texture::glcm::GlcmOptions;
use radiome_features::texture::{self, LevelGrid, Neighbourhood};
use radiome_image::{Image, Mask, PixelType, read};

use crate::digital_phantom;

/// Levels laid out over a region; 0 is outside.
fn region_of(levels: &[u32], size: [usize; 3]) -> (Region, GrayLevels) {
    let inside: Vec<bool> = levels.iter().map(|&level| level > 0).collect();
    let levels: Vec<u32> = levels.iter().copied().filter(|&level| level > 0).collect();
    let mut counts = vec![0; levels.iter().copied().max().unwrap_or(0) as usize];
    for &level in &levels {
        counts[level as usize - 1] += 1;
    }
    let region = Region {
        size,
        spacing: [1.0, 2.0, 3.0],
        pixel_type: PixelType::F64,
        inside,
        values: levels.iter().map(|&level| f64::from(level)).collect(),
    };
    (region, GrayLevels { levels, counts })
}

fn all_features(
    region: &Region,
    levels: &GrayLevels,
    dimensions: &[Dimension],
) -> Vec<(String, f64)> {
    let levels = Levels {
        region,
        levels,
        morphological: &region.inside,
    };
    let mut found = glcm::features(&levels, dimensions).unwrap();
    found.extend(glrlm::features(&levels, dimensions).unwrap());
    found
}

/// Tolerance: that of the IBSI, 0 after rounding to three digits.
#[test]
fn digital_phantom_agrees_with_the_ibsi() {
    let region = digital_phantom::region();
    let found = all_features(&region, &digital_phantom::gray_levels(), &Dimension::ALL);
    assert_eq!(digital_phantom::check(found), 6 * (25 + 16));
}

#[test]
fn tags_come_in_the_order_of_the_tables() {
    let region = digital_phantom::region();
    let found = all_features(&region, &digital_phantom::gray_levels(), &Dimension::ALL);
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
    let region = digital_phantom::region();
    let levels = digital_phantom::gray_levels();
    let together = all_features(&region, &levels, &Dimension::ALL);
    let mut alone: BTreeMap<String, u64> = BTreeMap::new();
    for dimension in Dimension::ALL {
        let found = all_features(&region, &levels, &[dimension]);
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
        let (region, levels) = region_of(levels, *size);
        for (tag, value) in all_features(&region, &levels, &Dimension::ALL) {
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
        let (region, levels) = region_of(&levels, size);
        for (tag, value) in all_features(&region, &levels, &Dimension::ALL) {
            let base = ["_2D_", "_2_5D_", "_3D_"]
                .iter()
                .find_map(|end| tag.split_once(end))
                .map(|(base, _)| base)
                .unwrap();
            let level = f64::from(levels.levels[0]);
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
    let (region, none) = region_of(&[0; 6], [3, 2, 1]);
    let found = all_features(&region, &none, &Dimension::ALL);
    assert!(found.iter().all(|(_, value)| value.is_nan()));
    let (_, levels) = region_of(&[1, 2], [2, 1, 1]);
    let levels = Levels {
        region: &region,
        levels: &levels,
        morphological: &region.inside,
    };
    assert!(glcm::features(&levels, &Dimension::ALL).is_err());
    assert!(glrlm::features(&levels, &Dimension::ALL).is_err());
}

/// The shared data, or `None` with a word on why the test is skipped.
fn shared() -> Option<PathBuf> {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var("RADIOME_SHARED").map_or_else(|_| fallback.into(), PathBuf::from);
    if root.join("data/ibsi1").is_dir() {
        return Some(root.join("data/ibsi1"));
    }
    println!(
        "skipped: no shared data at {} (set RADIOME_SHARED)",
        root.display()
    );
    None
}

/// The CT phantom's intensity mask and grey levels of configuration A: values from -500 to 400 HU,
/// bins of 25 HU from -500.
fn configuration_a(folder: &Path) -> (Region, GrayLevels) {
    let folder = folder.join("ct_phantom");
    let image = read::image(folder.join("image.nii.gz")).unwrap();
    let labels = read::labels(folder.join("mask.nii.gz")).unwrap();
    let values: Vec<f64> = image.values.iter().map(|value| value.round()).collect();
    let intensity = labels.labels.iter().zip(&values);
    let mask = Mask {
        geometry: labels.geometry.clone(),
        inside: intensity
            .map(|(&label, value)| label != 0 && (-500.0..=400.0).contains(value))
            .collect(),
    };
    let image = Image {
        geometry: image.geometry,
        pixel_type: PixelType::F64,
        values,
    };
    let region = Region::new(&image, &mask).unwrap();
    let level = |value: &f64| ((value + 500.0) / 25.0).floor() as u32 + 1;
    let levels: Vec<u32> = region.values.iter().map(level).collect();
    let mut counts = vec![0; levels.iter().copied().max().unwrap() as usize];
    for &level in &levels {
        counts[level as usize - 1] += 1;
    }
    (region, GrayLevels { levels, counts })
}

/// The CT phantom in configuration A, which has no interpolation: all 2D and 2.5D values.
#[test]
fn configuration_a_agrees_with_the_ibsi() {
    let Some(folder) = shared() else { return };
    let mut reference = BTreeMap::new();
    let mut table = csv::Reader::from_path(folder.join("reference_values.csv")).unwrap();
    for row in table.records().map(|row| row.unwrap()) {
        if &row[0] == "ct_phantom" && &row[1] == "A" && !row[8].is_empty() {
            let number = |at: usize| row[at].parse::<f64>().unwrap();
            let value = ReferenceValue {
                value: number(8),
                tolerance: number(9),
            };
            reference.insert(row[5].to_owned(), value);
        }
    }
    let (region, levels) = configuration_a(&folder);
    let start = std::time::Instant::now();
    let found = all_features(
        &region,
        &levels,
        &[Dimension::Slices, Dimension::MergedSlices],
    );
    println!("{} voxels in {:?}", levels.levels.len(), start.elapsed());
    let mut wrong = Vec::new();
    for (tag, value) in &found {
        let expected = reference[tag];
        if !expected.agrees(*value) {
            wrong.push(format!("{tag}: {value}, the IBSI gives {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(found.len(), 4 * (25 + 16));
}

/// What both definitions share: on the CT phantom, where every direction has neighbours of several
/// levels, the averages over the directions of the volume are PyRadiomics' values.
///
/// Tolerance: 1e-9 relative, for PyRadiomics' epsilon inside logarithms, up to 1e-12 of an entropy,
/// and the difference of two of them in the information correlations.
#[test]
fn averages_over_the_volume_are_those_of_pyradiomics() {
    let Some(folder) = shared() else { return };
    let (region, levels) = configuration_a(&folder);
    let grid = LevelGrid::new(&region, &levels, &Neighbourhood::default()).unwrap();
    let cooccurrence: Vec<_> = texture::glcm::FEATURES.iter().collect();
    let runs: Vec<_> = texture::glrlm::FEATURES.iter().collect();
    let codes = cooccurrence.iter().map(|feature| feature.ibsi);
    let codes = codes.chain(runs.iter().map(|feature| feature.ibsi));
    let mut values = texture::glcm::values(&grid, GlcmOptions::default(), &cooccurrence);
    values.extend(texture::glrlm::values(&grid, None, &runs));
    let expected: BTreeMap<Option<&str>, f64> = codes.zip(values).collect();
    let features = glcm::FEATURES.iter().map(|f| (f.name, f.ibsi));
    let features = features.chain(glrlm::FEATURES.iter().map(|f| (f.name, f.ibsi)));
    let found = all_features(&region, &levels, &[Dimension::Volume]);
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
