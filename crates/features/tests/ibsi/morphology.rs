//! Morphological features: the digital phantom, the CT phantom where the data is there.

use std::path::Path;

use radiome_features::ibsi::morphology::{FEATURES, Morphology};
use radiome_features::ibsi::reference::ReferenceValue;
use radiome_features::{Feature, Region};
use radiome_image::{PixelType, read};

use crate::digital_phantom;
use crate::regions::shared;

/// The CT phantom's region in configuration A, and its morphological mask. Nothing is resampled;
/// the intensity mask is what of the mask has -500 to 400 HU.
fn configuration_a(data: &Path) -> (Region, Vec<bool>) {
    let folder = data.join("ct_phantom");
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
    let Some(data) = shared() else { return };
    let (region, morphological) = configuration_a(&data);
    // As in the IBSI's diagnostics.
    let count = morphological.iter().filter(|&&inside| inside).count();
    assert_eq!((count, region.values.len()), (125_256, 114_596));
    let morphology = Morphology::new(&region, &morphological);
    let table = std::fs::read_to_string(data.join("reference_values.csv")).unwrap();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (tag, value) in values(&morphology) {
        let rows = table
            .lines()
            .map(|line| line.split(',').collect::<Vec<_>>());
        let mut rows = rows.filter(|row| row[0] == "ct_phantom" && row[1] == "A" && row[5] == tag);
        let row = rows.next().unwrap();
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
                // A search on both sides, to the least change that shows in the volume.
                Some("ombb") => 1e-9,
                // Both sides stop a few parts in 10⁹ from the optimum.
                Some("mvee") => 1e-8,
                // Sums of a few hundred products, in another order.
                _ => 1e-11,
            };
            compared += 1;
            let difference = (found - expected).abs() / expected.abs().max(1e-3);
            if !(difference <= tolerance || found.is_nan() && expected.is_nan()) {
                wrong.push(format!(
                    "{} {tag}: {found}, expected {expected}, {difference:e}",
                    row[0]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(compared, 10 * 29);
}

#[test]
fn the_bits_do_not_depend_on_threads() {
    let regions = include_str!("../reference/ibsi_morphology/regions.csv");
    let row: Vec<&str> = regions.lines().last().unwrap().split(',').collect();
    let (region, morphological) = small_region(&row);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let found = pool.install(|| values(&Morphology::new(&region, &morphological)));
        found
            .into_iter()
            .map(|(_, value)| value.to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn regions_without_extent_voxels_or_contrast_have_values_or_nan() {
    let of = |size: [usize; 3], inside: bool, intensity: fn(usize) -> f64| {
        let voxels: usize = size.iter().product();
        let region = Region {
            size,
            spacing: [1.0, 2.0, 3.0],
            pixel_type: PixelType::F64,
            inside: vec![inside; voxels],
            values: (0..if inside { voxels } else { 0 })
                .map(intensity)
                .collect(),
        };
        (
            region.clone(),
            values(&Morphology::new(&region, &vec![true; voxels])),
        )
    };
    let nan = |found: &[(String, f64)]| -> Vec<String> {
        assert!(
            found.iter().all(|(_, value)| !value.is_infinite()),
            "{found:?}"
        );
        let nan = found.iter().filter(|(_, value)| value.is_nan());
        nan.map(|(tag, _)| tag.trim_start_matches("morph_").to_owned())
            .collect()
    };
    let (one, line) = ([1, 1, 1], [5, 1, 1]);
    let axes = [
        "pca_maj_axis",
        "pca_min_axis",
        "pca_least_axis",
        "pca_elongation",
        "pca_flatness",
    ];
    let of_ellipsoid = ["vol_dens_aee", "area_dens_aee"];
    let of_pairs = ["moran_i", "geary_c"];
    let (_, found) = of(one, true, |_| 7.0);
    assert_eq!(nan(&found), [&axes[..], &of_ellipsoid, &of_pairs].concat());
    let (_, found) = of(line, true, |i| i as f64);
    assert_eq!(nan(&found), of_ellipsoid);
    // A slice has an ellipse, which has an area on both sides and no volume.
    let (_, found) = of([4, 3, 1], true, |i| i as f64);
    assert_eq!(nan(&found), ["vol_dens_aee"]);
    let (region, found) = of([4, 3, 2], true, |_| 0.1);
    assert_eq!(nan(&found), of_pairs);
    // Intensities whose sum is 0 have no centre.
    let (_, found) = of([4, 3, 2], true, |i| if i % 2 == 0 { 1.0 } else { -1.0 });
    assert_eq!(nan(&found), ["com"]);
    // Re-segmentation may leave no voxel; the form is that of the morphological mask.
    let (_, found) = of([4, 3, 2], false, |_| 0.0);
    assert_eq!(nan(&found), [&["com", "integ_int"], &of_pairs[..]].concat());
    let (_, found) = of([0; 3], false, |_| 0.0);
    assert!(nan(&found).len() > 20);
    // A mask of another size than the box.
    for voxels in [0, 5, 100] {
        let found = values(&Morphology::new(&region, &vec![true; voxels]));
        assert!(!nan(&found).contains(&"vol_approx".to_owned()));
    }
}
