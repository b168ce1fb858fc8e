//! Resampling against PyRadiomics and SimpleITK, on images made by a formula.
//!
//! Fixtures: `reference/resampling.py`.

mod support;

use std::collections::BTreeMap;

use radiome_image::preprocess::{Resampling, normalize, resample};
use radiome_image::{Geometry, Image, Mask, PixelType};

fn value(x: i64, y: i64, z: i64) -> i64 {
    (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50
}

fn inside(x: i64, y: i64, z: i64) -> bool {
    (x - 6).pow(2) + (y - 5).pow(2) + 2 * (z - 3).pow(2) < 18
}

fn made_by_formula(row: &BTreeMap<String, String>) -> (Image, Mask) {
    let size = support::three(&row["old_size"]).map(|size| size as usize);
    let pixel_type = match row["type"].as_str() {
        "int16" => PixelType::I16,
        "uint8" => PixelType::U8,
        "float32" => PixelType::F32,
        "float64" => PixelType::F64,
        other => panic!("{other}"),
    };
    let shift = if pixel_type == PixelType::U8 { 50 } else { 0 };
    let geometry = Geometry {
        size,
        spacing: support::three(&row["old_spacing"]),
        origin: [-12.5, 30.25, 7.125],
        direction: support::matrix(&row["old_direction"]),
    };
    let voxels: Vec<[i64; 3]> = (0..geometry.voxel_count())
        .map(|offset| geometry.index(offset).map(|index| index as i64))
        .collect();
    let values = voxels
        .iter()
        .map(|&[x, y, z]| (value(x, y, z) + shift) as f64)
        .collect();
    let inside = voxels.iter().map(|&[x, y, z]| inside(x, y, z)).collect();
    let image = Image {
        geometry: geometry.clone(),
        pixel_type,
        values,
    };
    (image, Mask { geometry, inside })
}

#[test]
fn every_voxel_is_the_one_of_pyradiomics() {
    let mut expected: BTreeMap<String, Vec<(f64, bool)>> = BTreeMap::new();
    for row in support::table(support::reference("resampling.csv")) {
        let voxel = (row["value"].parse().unwrap(), row["inside"] == "1");
        expected.entry(row["case"].clone()).or_default().push(voxel);
    }
    let grids = support::table(support::reference("resampling_grids.csv"));
    assert_eq!(grids.len(), 9);
    for row in grids {
        let case = &row["case"];
        let (mut image, mask) = made_by_formula(&row);
        if let Ok(scale) = row["scale"].parse() {
            image = normalize(&image, scale, row["outliers"].parse().ok()).unwrap();
        }
        let settings = Resampling {
            spacing: support::three(&row["asked_spacing"]),
            interpolator: row["interpolator"].parse().unwrap(),
            pad_distance: row["pad"].parse().unwrap(),
        };
        let (image, mask) = resample(&image, &mask, &settings).unwrap();

        // The grid is computed in the same order of operations: equal to the last digit.
        let size = support::three(&row["size"]).map(|size| size as usize);
        assert_eq!(image.geometry.size, size, "{case}");
        assert_eq!(
            image.geometry.spacing,
            support::three(&row["spacing"]),
            "{case}"
        );
        assert_eq!(
            image.geometry.origin,
            support::three(&row["origin"]),
            "{case}"
        );
        assert_eq!(
            image.geometry.direction,
            support::matrix(&row["direction"]),
            "{case}"
        );
        assert_eq!(mask.geometry, image.geometry, "{case}");

        let expected = &expected[case];
        assert_eq!(image.values.len(), expected.len(), "{case}");
        for (offset, &(value, inside)) in expected.iter().enumerate() {
            let found = image.values[offset];
            // Whole numbers and 32-bit floats come from 64-bit sums in ITK's order: equal. The
            // 64-bit sums themselves may differ in the last digits where another platform's
            // `pow` starts the recursion on an axis shorter than 18 voxels.
            let tolerance = if image.pixel_type == PixelType::F64 {
                1e-13 * value.abs().max(100.0)
            } else {
                0.0
            };
            assert!(
                (found - value).abs() <= tolerance,
                "{case} voxel {:?}: {found} against {value}",
                image.geometry.index(offset)
            );
            // In the oblique cases every voxel lies exactly between two old ones.
            assert_eq!(mask.inside[offset], inside, "{case} voxel {offset}");
        }
    }
}

#[test]
fn a_spline_through_a_cubic_is_that_cubic() {
    // A cubic spline reproduces quadratics away from mirrored borders: the recursion forgets a
    // border by a factor of 3.7 a voxel, 20 voxels leave 4e-12 of it.
    let geometry = Geometry::axis_aligned([48, 1, 1], [1.0; 3]);
    let curve = |x: f64| 0.25 * x * x - 3.0 * x + 7.0;
    let image = Image {
        values: (0..48).map(|x| curve(f64::from(x))).collect(),
        pixel_type: PixelType::F64,
        geometry,
    };
    let grid = Geometry {
        origin: [21.3, 0.0, 0.0],
        ..Geometry::axis_aligned([6, 1, 1], [0.9, 1.0, 1.0])
    };
    let spline =
        radiome_image::preprocess::resample_onto(&image, &grid, Default::default()).unwrap();
    for (step, &found) in spline.values.iter().enumerate() {
        let expected = curve(21.3 + 0.9 * step as f64);
        assert!((found - expected).abs() < 1e-8, "{found} {expected}");
    }
}

#[test]
fn an_axis_of_two_voxels_is_mirrored() {
    // Between two samples the mirrored spline is an S through both, at 0.5 their mean, and at
    // -0.5 and 1.5 beyond the last centre but within its voxel.
    let image = Image {
        geometry: Geometry::axis_aligned([2, 1, 1], [1.0; 3]),
        pixel_type: PixelType::F64,
        values: vec![10.0, 20.0],
    };
    let at = |x: f64| {
        let grid = Geometry {
            origin: [x, 0.0, 0.0],
            ..Geometry::axis_aligned([1, 1, 1], [1.0; 3])
        };
        radiome_image::preprocess::resample_onto(&image, &grid, Default::default())
            .unwrap()
            .values[0]
    };
    for (x, expected) in [(0.0, 10.0), (1.0, 20.0), (0.5, 15.0)] {
        assert!((at(x) - expected).abs() < 1e-12, "{x} {}", at(x));
    }
    assert!((at(0.25) + at(0.75) - 30.0).abs() < 1e-12);
    assert!((at(-0.4) - at(0.4)).abs() < 1e-12);
    assert!((at(1.4) - at(0.6)).abs() < 1e-12);
    assert_eq!(at(1.5), 0.0);
    assert_eq!(at(-0.6), 0.0);
}
