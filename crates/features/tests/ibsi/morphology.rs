//! Morphological features: the digital phantom, the CT phantom where the data is there.

use std::path::{Path, PathBuf};

use radiome_features::Region;
use radiome_features::ibsi::morphology::{FEATURES, Morphology};
use radiome_features::ibsi::reference::ReferenceValue;
use radiome_image::read;

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
    let features = FEATURES.iter();
    features
        .map(|feature| {
            let start = std::time::Instant::now();
            let value = (feature.value)(morphology);
            println!("{} {:?}", feature.name, start.elapsed());
            (feature.name.to_owned(), value)
        })
        .collect()
}

#[test]
fn of_the_digital_phantom() {
    let region = digital_phantom::region();
    let morphology = Morphology::new(&region, &region.inside);
    // Four of the 29 are not standardised: those of the oriented box and of the least ellipsoid.
    assert_eq!(digital_phantom::check(values(&morphology)), 25);
}
