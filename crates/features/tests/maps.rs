//! Feature maps against PyRadiomics in voxel mode, on a small image of random numbers.
//!
//! Expected values: `tests/reference/maps`, made there by `make_maps.py`, one parameter file and
//! one CSV a case. Tolerance: 1e-6 relative, because sums run in another order, and 1e-9 absolute
//! for values that are 0 but for rounding; both leave room for the 10 digits of the files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use radiome_features::{Extractor, FeatureMap, Settings};
use radiome_image::{Geometry, Image, LabelMap, PixelType};

const RELATIVE: f64 = 1e-6;
const ABSOLUTE: f64 = 1e-9;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/maps"))
}

fn rows(file: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(folder().join(file)).unwrap();
    let header = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect());
    (header, rows.collect())
}

/// The image and mask of every case.
fn input(case: &str) -> (Image, LabelMap) {
    let geometry = Geometry {
        origin: [-10.0, 20.0, 5.0],
        ..Geometry::axis_aligned([12, 10, 7], [0.8, 1.0, 2.5])
    };
    let (_, rows) = rows("image.csv");
    let values = rows.iter().map(|row| row[3].parse::<f64>().unwrap());
    let (pixel_type, values) = if case == "single" {
        let tenths = values.map(|value| f64::from(value as f32 * 0.1_f32));
        (PixelType::F32, tenths.collect())
    } else {
        (PixelType::I16, values.collect())
    };
    let labels = rows.iter().map(|row| row[4].parse().unwrap()).collect();
    let image = Image {
        geometry: geometry.clone(),
        pixel_type,
        values,
    };
    let labels = LabelMap {
        geometry,
        labels,
        segments: Vec::new(),
    };
    (image, labels)
}

fn extractor(case: &str) -> Extractor {
    let yaml = std::fs::read_to_string(folder().join(format!("{case}.yaml"))).unwrap();
    Extractor::new(Settings::from_yaml(&yaml).unwrap().plan().unwrap())
}

fn maps(case: &str) -> Vec<FeatureMap> {
    let (image, labels) = input(case);
    extractor(case).maps(&image, &labels, None).unwrap()
}

/// The value of a map at a voxel of the whole image.
fn at(map: &FeatureMap, place: [usize; 3]) -> f64 {
    let grid = &map.image.geometry;
    let whole = [-10.0, 20.0, 5.0];
    let index = std::array::from_fn(|axis| {
        let lower = ((grid.origin[axis] - whole[axis]) / grid.spacing[axis]).round() as usize;
        place[axis] - lower
    });
    map.image.values[grid.offset(index)]
}

fn compare(case: &str) {
    let maps = maps(case);
    let (header, rows) = rows(&format!("{case}.csv"));
    let names: Vec<&str> = maps.iter().map(|map| map.name.as_str()).collect();
    assert_eq!(names, header[3..]);
    let mut worst: BTreeMap<&str, (f64, &str)> = BTreeMap::new();
    let mut failures = Vec::new();
    for row in &rows {
        let place: [usize; 3] = std::array::from_fn(|axis| row[axis].parse().unwrap());
        for (map, expected) in maps.iter().zip(&row[3..]) {
            let (value, expected) = (at(map, place), expected.parse::<f64>().unwrap());
            let relative = (value - expected).abs() / expected.abs().max(ABSOLUTE / RELATIVE);
            let class = map.name.split('_').nth(1).unwrap();
            let entry = worst.entry(class).or_insert((0.0, ""));
            if relative > entry.0 {
                *entry = (relative, &map.name);
            }
            if !(relative <= RELATIVE || value.is_nan() && expected.is_nan()) {
                failures.push(format!(
                    "{} {place:?}: {value:e}, expected {expected:e}",
                    map.name
                ));
            }
        }
    }
    for (class, (difference, name)) in worst {
        println!("{case} {class}: {difference:.1e} {name}");
    }
    assert!(
        failures.is_empty(),
        "{case}: {}\n{}",
        failures.len(),
        failures.join("\n")
    );
}

macro_rules! cases {
    ($($case:ident)*) => {
        $(#[test] fn $case() { compare(stringify!($case)); })*
    };
}

cases! { fine masked whole wide far slices weighted distances flat single }

#[test]
fn maps_lie_where_pyradiomics_puts_them() {
    let (_, rows) = rows("geometry.csv");
    assert_eq!(rows.len(), 10);
    for row in rows {
        let map = &maps(&row[0])[0];
        let grid = &map.image.geometry;
        for axis in 0..3 {
            let number = |at: usize| row[at + axis].parse::<f64>().unwrap();
            assert_eq!(grid.size[axis] as f64, number(1), "{row:?}");
            // Both add the steps to the origin; the last digit may differ.
            assert!((grid.origin[axis] - number(4)).abs() < 1e-12, "{row:?}");
            assert_eq!(grid.spacing[axis], number(7), "{row:?}");
        }
    }
}

#[test]
fn voxels_outside_the_region_hold_the_initial_value() {
    let (_, labels) = input("whole");
    let region = labels.labels.iter().filter(|&&label| label == 1).count();
    for map in maps("whole") {
        let outside = map.image.values.iter().filter(|&&value| value == -1.0);
        assert_eq!(
            outside.count(),
            map.image.values.len() - region,
            "{}",
            map.name
        );
    }
}

#[test]
fn values_do_not_depend_on_the_threads() {
    // The whole image, so that threads share the voxels.
    let (image, mut labels) = input("masked");
    labels.labels.fill(1);
    let bits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let maps = || extractor("masked").maps(&image, &labels, None).unwrap();
        let maps = pool.unwrap().install(maps);
        let values = maps.iter().flat_map(|map| &map.image.values);
        values.map(|value| value.to_bits()).collect::<Vec<_>>()
    };
    assert!(bits(1) == bits(3));
}

#[test]
fn a_request_chooses_maps_and_hears_of_every_voxel() {
    use radiome_features::{ExtractError, MapRequest};
    use std::sync::atomic::{AtomicUsize, Ordering};

    let (image, labels) = input("masked");
    let (done, all) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let request = MapRequest {
        wanted: &|name| name.ends_with("_Contrast"),
        progress: &|voxels, total| {
            done.fetch_add(voxels, Ordering::Relaxed);
            all.store(total, Ordering::Relaxed);
        },
    };
    let extractor = extractor("masked");
    let mut names = Vec::new();
    let result = extractor.maps_by_class(&image, &labels, None, request, |maps| {
        names.extend(maps.into_iter().map(|map| map.name));
        Ok::<(), ExtractError>(())
    });
    result.unwrap();
    // 44 voxels, once for each of the two classes.
    assert_eq!((done.into_inner(), all.into_inner()), (88, 88));
    assert_eq!(names, ["original_glcm_Contrast", "original_ngtdm_Contrast"]);
    assert_eq!(extractor.map_names().len(), 93);
}

#[test]
fn a_filter_that_does_not_fit_leaves_the_other_maps() {
    use radiome_features::{ExtractError, MapRequest, UndefinedReason};
    use std::sync::atomic::{AtomicUsize, Ordering};

    // Seven voxels of 2.5 mm along z are too few for 100 mm: PyRadiomics asks for
    // ceil(sigma / spacing) + 1 = 41, warns, and goes on without the image.
    let yaml = "imageType: {LoG: {sigma: [100, 1]}, Original: {}}\n\
                featureClass: {firstorder: [Mean, Median], ngtdm: [Contrast]}\n\
                setting: {binWidth: 5}";
    let extractor = Extractor::new(Settings::from_yaml(yaml).unwrap().plan().unwrap());
    let (image, labels) = input("masked");
    let (done, all) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let request = MapRequest {
        wanted: &|name| !name.ends_with("_Median"),
        progress: &|voxels, total| {
            done.fetch_add(voxels, Ordering::Relaxed);
            all.store(total, Ordering::Relaxed);
        },
    };
    let mut names = Vec::new();
    let missing = extractor.maps_by_class(&image, &labels, None, request, |maps| {
        assert!(
            maps.iter()
                .all(|map| map.image.values.iter().all(|v| v.is_finite()))
        );
        names.extend(maps.into_iter().map(|map| map.name));
        Ok::<(), ExtractError>(())
    });
    let missing: Vec<_> = missing
        .unwrap()
        .into_iter()
        .map(|m| (m.name, m.reason))
        .collect();
    let too_small = UndefinedReason::FilterTooSmall;
    assert_eq!(missing, [("log-sigma-100-mm-3D".to_owned(), too_small)]);
    let mut expected = Vec::new();
    for image in ["log-sigma-1-mm-3D", "original"] {
        for feature in ["firstorder_Mean", "ngtdm_Contrast"] {
            expected.push(format!("{image}_{feature}"));
        }
    }
    names.sort();
    assert_eq!(names, expected);
    // 44 voxels, two classes, three images.
    assert_eq!((done.into_inner(), all.into_inner()), (264, 264));
    // Nobody has to ask for what is missing.
    assert_eq!(extractor.maps(&image, &labels, None).unwrap().len(), 6);
}
