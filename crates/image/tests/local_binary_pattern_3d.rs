//! Local binary patterns in three dimensions against PyRadiomics, on images made by a formula.
//!
//! Fixtures: `reference/local_binary_pattern_3d.py`.

mod support;

use radiome_image::filter::{FilterError, LocalBinaryPattern3dOptions, local_binary_pattern_3d};
use radiome_image::{BoundingBox, Geometry, Image, Mask, PixelType};

fn made_by_formula(kind: &str, size: [usize; 3]) -> Image {
    let geometry = Geometry::axis_aligned(size, [1.0; 3]);
    let values = (0..geometry.voxel_count())
        .map(|offset| {
            let [x, y, z] = geometry.index(offset).map(|index| index as i64);
            let whole = (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z)
                % 211
                - 50;
            let fraction = whole as f64 / 7.0;
            match kind {
                "uint8" => (whole + 50).clamp(60, 90) as f64,
                "int16" => whole.clamp(-20, 60) as f64,
                "half" if (x as usize) < size[0] / 2 => 30.0,
                "half" => whole as f64,
                "flat" if (x as usize) < size[0] / 2 => 0.1,
                "flat" => fraction,
                "float32" => f64::from(fraction.clamp(-5.0, 4.3) as f32),
                _ => fraction.clamp(-5.0, 4.3),
            }
        })
        .collect();
    Image {
        geometry,
        pixel_type: match kind {
            "uint8" => PixelType::U8,
            "int16" | "half" => PixelType::I16,
            "float32" => PixelType::F32,
            _ => PixelType::F64,
        },
        values,
    }
}

/// The region of the fixtures: a box without its first voxel.
fn made_mask(geometry: &Geometry, keep: &BoundingBox) -> Mask {
    let inside = (0..geometry.voxel_count()).map(|offset| {
        let index = geometry.index(offset);
        index != keep.lower
            && (0..3).all(|axis| (keep.lower[axis]..=keep.upper[axis]).contains(&index[axis]))
    });
    Mask {
        inside: inside.collect(),
        geometry: geometry.clone(),
    }
}

#[test]
fn every_voxel_is_the_one_of_pyradiomics() {
    let rows = support::table(support::reference("local_binary_pattern_3d.csv"));
    let mut cases = 0;
    // The kurtosis is the last row of a case.
    for rows in rows.split_inclusive(|row| row["name"] == "lbp-3D-k") {
        cases += 1;
        let row = &rows[0];
        let indices = |column: &str| support::three(&row[column]).map(|index| index as usize);
        let image = made_by_formula(&row["kind"], indices("size"));
        let keep = BoundingBox {
            lower: indices("lower"),
            upper: indices("upper"),
        };
        let mask = made_mask(&image.geometry, &keep);
        let options = LocalBinaryPattern3dOptions {
            levels: row["levels"].parse().unwrap(),
            radius: row["radius"].parse().unwrap(),
            subdivision: row["subdivision"].parse().unwrap(),
        };
        let found = local_binary_pattern_3d(&image, &mask, &options, &keep).unwrap();
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        let expected: Vec<&str> = rows.iter().map(|row| row["name"].as_str()).collect();
        assert_eq!(names, expected);
        assert_eq!(options.names(), expected);
        for (row, (name, found)) in rows.iter().zip(&found) {
            assert_eq!(found.geometry.size, keep.size());
            assert_eq!(found.pixel_type, PixelType::F64);
            let expected = support::numbers(&row["values"]);
            assert_eq!(found.values.len(), expected.len());
            for (offset, (&found, &expected)) in found.values.iter().zip(&expected).enumerate() {
                // The same operations in the same order. Another library of mathematics than the
                // fixtures' may round sines and cosines otherwise, in the last digit; a level is
                // the root of a sum of at most 642 squares of sums of them.
                let same_library = cfg!(all(target_os = "linux", target_env = "gnu"));
                let tolerance = if name == "lbp-3D-k" || same_library {
                    0.0
                } else {
                    1e-13 * expected.abs()
                };
                let equal = found.is_nan() && expected.is_nan();
                assert!(
                    equal || (found - expected).abs() <= tolerance,
                    "{} {name} voxel {offset}: {found} against {expected}",
                    row["kind"]
                );
            }
        }
    }
    assert_eq!(cases, 9);
}

#[test]
fn exchanged_angles_make_the_levels_depend_on_rotation() {
    // A slope, and the same turned so that x becomes y, y becomes z and z becomes x. That turn
    // takes the icosphere into itself, so the pattern on the sphere turns with it, and levels of
    // true spherical harmonics would be the same.
    let geometry = Geometry::axis_aligned([9; 3], [1.0; 3]);
    let middle = BoundingBox {
        lower: [4; 3],
        upper: [4; 3],
    };
    let mask = Mask {
        inside: (0..geometry.voxel_count())
            .map(|offset| geometry.index(offset) == [4; 3])
            .collect(),
        geometry: geometry.clone(),
    };
    let levels_of = |slope: [f64; 3]| {
        let at = |index: [usize; 3]| {
            let [x, y, z] = index.map(|index| index as f64);
            slope[0] * x + slope[1] * y + slope[2] * z
        };
        let image = Image {
            pixel_type: PixelType::F64,
            values: (0..geometry.voxel_count())
                .map(|offset| at(geometry.index(offset)))
                .collect(),
            geometry: geometry.clone(),
        };
        let options = LocalBinaryPattern3dOptions::default();
        let found = local_binary_pattern_3d(&image, &mask, &options, &middle).unwrap();
        [found[0].1.values[0], found[1].1.values[0]]
    };
    let slope = levels_of([10.0, 3.0, 1.0]);
    let turned = levels_of([1.0, 10.0, 3.0]);
    // The first harmonic is constant, whatever the angles.
    assert!((slope[0] - turned[0]).abs() < 1e-12, "{slope:?} {turned:?}");
    assert!((slope[1] - turned[1]).abs() > 0.1, "{slope:?} {turned:?}");
}

#[test]
fn errors_say_what_is_wrong() {
    let image = made_by_formula("int16", [4, 4, 4]);
    let keep = BoundingBox {
        lower: [0; 3],
        upper: [3; 3],
    };
    let mask = made_mask(&image.geometry, &keep);
    let defaults = LocalBinaryPattern3dOptions::default();
    let message = |options: LocalBinaryPattern3dOptions| {
        local_binary_pattern_3d(&image, &mask, &options, &keep)
            .unwrap_err()
            .to_string()
    };
    let options = LocalBinaryPattern3dOptions {
        levels: 0,
        ..defaults
    };
    assert_eq!(message(options), "lbp3DLevels 0 must be 1 to 32");
    let options = LocalBinaryPattern3dOptions {
        radius: f64::NAN,
        ..defaults
    };
    assert_eq!(
        message(options),
        "lbp3DIcosphereRadius NaN must be positive"
    );
    let options = LocalBinaryPattern3dOptions {
        subdivision: 9,
        ..defaults
    };
    assert_eq!(
        message(options),
        "lbp3DIcosphereSubdivision 9 must be 0 to 4"
    );
    let other = made_mask(&Geometry::axis_aligned([4, 4, 5], [1.0; 3]), &keep);
    let found = local_binary_pattern_3d(&image, &other, &defaults, &keep).unwrap_err();
    assert_eq!(
        found,
        FilterError::MaskSize {
            image: [4, 4, 4],
            mask: [4, 4, 5]
        }
    );
}
