//! Every interpolator against SimpleITK, on images made by a formula.
//!
//! Fixture: `reference/interpolators.py`.

mod support;

use radiome_image::preprocess::{Interpolator, PreprocessError, resample_onto};
use radiome_image::{Geometry, Image, PixelType};

fn value(x: i64, y: i64, z: i64) -> i64 {
    (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50
}

#[test]
fn every_interpolator_is_the_one_of_simpleitk() {
    let rows = support::table(support::reference("interpolators.csv"));
    assert_eq!(rows.len(), 40);
    for row in rows {
        let case = format!("{} {}", row["interpolator"], row["type"]);
        let pixel_type = match row["type"].as_str() {
            "int16" => PixelType::I16,
            "uint8" => PixelType::U8,
            "float32" => PixelType::F32,
            "float64" => PixelType::F64,
            other => panic!("{other}"),
        };
        let size = |name: &str| support::three(&row[name]).map(|size| size as usize);
        let geometry = Geometry {
            size: size("old_size"),
            spacing: support::three(&row["old_spacing"]),
            origin: support::three(&row["old_origin"]),
            direction: support::matrix(&row["direction"]),
        };
        let values = (0..geometry.voxel_count()).map(|offset| {
            let [x, y, z] = geometry.index(offset).map(|index| index as i64);
            let value = value(x, y, z);
            if pixel_type == PixelType::U8 {
                ((value + 50) / 60) as f64
            } else {
                value as f64
            }
        });
        let image = Image {
            values: values.collect(),
            pixel_type,
            geometry,
        };
        let grid = Geometry {
            size: size("size"),
            spacing: support::three(&row["spacing"]),
            origin: support::three(&row["origin"]),
            direction: image.geometry.direction,
        };
        let interpolator: Interpolator = row["interpolator"].parse().unwrap();
        assert_eq!(interpolator.name(), row["interpolator"]);
        let found = resample_onto(&image, &grid, interpolator).unwrap();
        // Sums in ITK's order: equal with the sine, cosine, exponential and logarithm of the
        // same C library. That of another platform may differ in a last digit, 2e-16 of a
        // weight: 1e-13 of the largest value is left to it, in 64 bits only.
        let tolerance = if pixel_type == PixelType::F64 {
            1e-13 * 160.0
        } else {
            0.0
        };
        let expected: Vec<f64> = match pixel_type {
            PixelType::F32 => row["values"]
                .split_whitespace()
                .map(|number| f64::from(number.parse::<f32>().unwrap()))
                .collect(),
            _ => support::numbers(&row["values"]),
        };
        assert_eq!(found.values.len(), expected.len(), "{case}");
        for (offset, (&found, &expected)) in found.values.iter().zip(&expected).enumerate() {
            assert!(
                (found - expected).abs() <= tolerance,
                "{case} voxel {:?}: {found} against {expected}",
                grid.index(offset)
            );
        }
    }
}

#[test]
fn names_and_numbers() {
    let names = [
        "sitkNearestNeighbor",
        "sitkLinear",
        "sitkBSpline",
        "sitkGaussian",
        "sitkLabelGaussian",
        "sitkHammingWindowedSinc",
        "sitkCosineWindowedSinc",
        "sitkWelchWindowedSinc",
        "sitkLanczosWindowedSinc",
        "sitkBlackmanWindowedSinc",
    ];
    for (number, name) in names.iter().enumerate() {
        let interpolator: Interpolator = name.parse().unwrap();
        assert_eq!(interpolator.name(), *name);
        assert_eq!((number + 1).to_string().parse(), Ok(interpolator));
    }
    let error = "sitkCubic".parse::<Interpolator>().unwrap_err();
    assert!(error.to_string().contains("sitkCubic") && error.to_string().contains("sitkBSpline"));
    assert!("11".parse::<Interpolator>().is_err());
}

#[test]
fn voxels_that_are_no_numbers_are_refused() {
    let geometry = Geometry::axis_aligned([4, 4, 4], [1.0; 3]);
    let mut values = vec![1.0; 64];
    values[21] = f64::NAN;
    let image = Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::F32,
        values,
    };
    for name in ["sitkBSpline", "sitkGaussian", "sitkLanczosWindowedSinc"] {
        let found = resample_onto(&image, &geometry, name.parse().unwrap());
        assert!(matches!(
            found,
            Err(PreprocessError::NotFinite {
                voxel: [1, 1, 1],
                ..
            })
        ));
    }
}

#[test]
fn grids_without_voxels_have_no_values() {
    let none = Geometry::axis_aligned([0, 3, 3], [1.0; 3]);
    let some = Geometry::axis_aligned([3, 3, 3], [1.0; 3]);
    let image = |geometry: &Geometry| Image {
        values: vec![1.0; geometry.voxel_count()],
        pixel_type: PixelType::F64,
        geometry: geometry.clone(),
    };
    for name in ["1", "2", "3", "4", "5", "6"] {
        let interpolator: Interpolator = name.parse().unwrap();
        let outside = resample_onto(&image(&none), &some, interpolator).unwrap();
        assert_eq!(outside.values, [0.0; 27]);
        let empty = resample_onto(&image(&some), &none, interpolator).unwrap();
        assert!(empty.values.is_empty());
    }
}
