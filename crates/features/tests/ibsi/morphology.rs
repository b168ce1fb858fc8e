//! Morphological features: the digital phantom, the CT phantom where the data is there.

use std::path::{Path, PathBuf};

use radiome_features::ibsi::morphology::{FEATURES, Morphology};
use radiome_features::ibsi::reference::ReferenceValue;
use radiome_features::{Feature, Region};
use radiome_image::{PixelType, read};

use crate::digital_phantom;

/// The shared data, or `None` with a word on why the test is skipped.
fn shared() -> Option<PathBuf> {
    let fallback = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var("RADIOME_SHARED").map_or_else(|_| fallback.into(), PathBuf::from);
    if root.join("data/ibsi1/ct_phantom").is_dir() {
        return Some(root);
    }
    println!(
        "skipped: no CT phantom at {} (set RADIOME_SHARED)",
        root.display()
    );
    None
}

/// The CT phantom's region in configuration A, and its morphological mask. Nothing is resampled;
/// the intensity mask is what of the mask has -500 to 400 HU.
fn configuration_a(shared: &Path) -> (Region, Vec<bool>) {
    let folder = shared.join("data/ibsi1/ct_phantom");
    let mut image = read::image(folder.join("image.nii.gz")).unwrap();
    let mask = read::labels(folder.join("mask.nii.gz")).unwrap().mask(1);
    for value in &mut image.values {
        *value = value.round();
    }
    let bounds = mask.bounding_box().unwrap();
    let mut region = Region::new(&image, &mask).unwrap();
    assert_eq!(bounds.size(), region.size);
    let morphological = region.inside.clone();
    let mut values = region.values.iter();
    for inside in region.inside.iter_mut().filter(|inside| **inside) {
        *inside = values
            .next()
            .is_some_and(|value| (-500.0..=400.0).contains(value));
    }
    region
        .values
        .retain(|value| (-500.0..=400.0).contains(value));
    (region, morphological)
}

#[test]
fn of_the_ct_phantom_in_configuration_a() {
    let Some(shared) = shared() else { return };
    let (region, morphological) = configuration_a(&shared);
    // As in the IBSI's diagnostics.
    let count = morphological.iter().filter(|&&inside| inside).count();
    assert_eq!((count, region.values.len()), (125_256, 114_596));
    let morphology = Morphology::new(&region, &morphological);
    let table = std::fs::read_to_string(shared.join("data/ibsi1/reference_values.csv")).unwrap();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (tag, value) in values(&morphology) {
        let rows = table
            .lines()
            .map(|line| line.split(',').collect::<Vec<_>>());
        let mut rows = rows.filter(|row| row[0] == "ct_phantom" && row[1] == "A" && row[5] == tag);
        let row = rows.next().unwrap();
        println!(
            "{tag}: {value}, the IBSI gives {} within {}",
            row[8], row[9]
        );
        let (Ok(expected), Ok(tolerance)) = (row[8].parse(), row[9].parse()) else {
            continue;
        };
        compared += 1;
        if !(ReferenceValue {
            value: expected,
            tolerance,
        })
        .agrees(value)
        {
            wrong.push(format!(
                "{tag}: {value}, the IBSI gives {expected} within {tolerance}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(compared, 25);
}

/// Every feature's tag and value.
fn values(morphology: &Morphology) -> Vec<(String, f64)> {
    let value =
        |feature: &Feature<Morphology>| (feature.name.to_owned(), (feature.value)(morphology));
    FEATURES.iter().map(value).collect()
}

#[test]
fn of_the_digital_phantom() {
    let region = digital_phantom::region();
    let morphology = Morphology::new(&region, &region.inside);
    // Four of the 29 are not standardised: those of the oriented box and of the least ellipsoid.
    assert_eq!(digital_phantom::check(values(&morphology)), 25);
}

/// The rows of a table of `tests/reference/ibsi_morphology` that belong to a region.
fn rows<'a>(text: &'a str, region: &str) -> Vec<Vec<&'a str>> {
    let rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    rows.filter(|row| row[0] == region).collect()
}

/// A region of `tests/reference/ibsi_morphology`, and its morphological mask.
fn small_region(row: &[&str]) -> (Region, Vec<bool>) {
    let size: [usize; 3] = std::array::from_fn(|axis| row[1 + axis].parse().unwrap());
    let spacing = std::array::from_fn(|axis| row[4 + axis].parse().unwrap());
    let mut voxels = vec![None; size.iter().product()];
    let table = include_str!("../reference/ibsi_morphology/voxels.csv");
    for row in rows(table, row[0]) {
        let [x, y, z] = std::array::from_fn(|axis| row[1 + axis].parse::<usize>().unwrap());
        voxels[(z * size[1] + y) * size[0] + x] = Some(row[4].parse::<f64>().ok());
    }
    let region = Region {
        size,
        spacing,
        pixel_type: PixelType::F64,
        inside: voxels
            .iter()
            .map(|voxel| voxel.is_some_and(|value| value.is_some()))
            .collect(),
        values: voxels.iter().copied().flatten().flatten().collect(),
    };
    (region, voxels.iter().map(Option::is_some).collect())
}

/// Voxels that touch by edges and corners only, a slanted rod, one slice, one voxel and others,
/// against NumPy, SciPy and scikit-image: see `make.py`.
#[test]
fn of_small_regions() {
    let regions = include_str!("../reference/ibsi_morphology/regions.csv");
    let mut wrong = Vec::new();
    let mut compared = 0;
    for row in regions
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
    {
        let (region, morphological) = small_region(&row);
        let expected = rows(
            include_str!("../reference/ibsi_morphology/values.csv"),
            row[0],
        );
        let found = values(&Morphology::new(&region, &morphological));
        assert_eq!(expected.len(), found.len());
        for ((tag, found), expected) in found.into_iter().zip(expected) {
            assert_eq!(tag, expected[1]);
            let expected: f64 = expected[2].parse().unwrap();
            let tolerance = match tag.split('_').next_back() {
                Some("ombb") => 1e-7,
                Some("mvee") => 1e-7,
                // Sums of a few hundred products, in another order.
                _ => 1e-11,
            };
            compared += 1;
            let difference = (found - expected).abs() / expected.abs().max(1e-3);
            println!("{} {tag} {found} {expected} {difference:e}", row[0]);
            if !(difference <= tolerance || found.is_nan() && expected.is_nan()) {
                wrong.push(format!(
                    "{} {tag}: {found}, expected {expected}, {difference:e}",
                    row[0]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(compared, 8 * 29);
}
