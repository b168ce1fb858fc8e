//! Filters against PyRadiomics and SimpleITK, on images made by a formula.
//!
//! Fixture: `reference/filters.py`.

mod support;

use radiome_image::filter::{
    FilterError, exponential, gradient_magnitude, laplacian_of_gaussian, logarithm, square,
    square_root,
};
use radiome_image::{BoundingBox, Geometry, Image, PixelType};

fn value(x: i64, y: i64, z: i64) -> i64 {
    (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50
}

fn pixel_type(name: &str) -> PixelType {
    match name {
        "int16" => PixelType::I16,
        "uint8" => PixelType::U8,
        "float32" => PixelType::F32,
        "float64" => PixelType::F64,
        other => panic!("{other}"),
    }
}

fn made_by_formula(size: [usize; 3], spacing: [f64; 3], pixel_type: PixelType) -> Image {
    let geometry = Geometry::axis_aligned(size, spacing);
    let values = (0..geometry.voxel_count()).map(|offset| {
        let [x, y, z] = geometry.index(offset).map(|index| index as i64);
        let value = value(x, y, z) as f64;
        match pixel_type {
            PixelType::U8 => value + 50.0,
            PixelType::F32 | PixelType::F64 => pixel_type.stored(value * 0.37),
            _ => value,
        }
    });
    Image {
        values: values.collect(),
        pixel_type,
        geometry,
    }
}

fn whole(image: &Image) -> BoundingBox {
    BoundingBox {
        lower: [0; 3],
        upper: image.geometry.size.map(|size| size - 1),
    }
}

fn filtered(name: &str, image: &Image) -> Result<Image, FilterError> {
    match name.split_once(' ') {
        Some(("log", sigma)) => laplacian_of_gaussian(image, sigma.parse().unwrap(), &whole(image)),
        _ => match name {
            "gradient" => gradient_magnitude(image, true),
            "gradient_voxels" => gradient_magnitude(image, false),
            "square" => square(image),
            "squareroot" => square_root(image),
            "logarithm" => logarithm(image),
            "exponential" => exponential(image),
            other => panic!("{other}"),
        },
    }
}

#[test]
fn every_voxel_is_the_one_of_pyradiomics() {
    let rows = support::table(support::reference("filters.csv"));
    assert_eq!(rows.len(), 26);
    for row in rows {
        let name = row["filter"].as_str();
        let case = format!("{name} of {} {}", row["size"], row["type"]);
        let image = made_by_formula(
            support::three(&row["size"]).map(|size| size as usize),
            support::three(&row["spacing"]),
            pixel_type(&row["type"]),
        );
        let found = filtered(name, &image);
        if row["values"].is_empty() {
            let error = found.unwrap_err();
            let skipped = matches!(
                error,
                FilterError::TooFewVoxels { .. }
                    | FilterError::Sigma { .. }
                    | FilterError::SigmaTooLarge { .. }
            );
            assert!(skipped, "{case}: {error}");
            continue;
        }
        let found = found.unwrap();
        assert_eq!(found.pixel_type, pixel_type(&row["result_type"]), "{case}");
        assert_eq!(found.geometry, image.geometry, "{case}");
        // The order of operations is the reference's, and square roots are correctly rounded:
        // equal. Logarithms and exponentials of two libraries differ by a last digit (1e-16), and
        // an exponent near 5 takes that of its factor to 1e-15.
        let tolerance = match name {
            "logarithm" | "exponential" => 1e-14,
            _ => 0.0,
        };
        let expected: Vec<f64> = match found.pixel_type {
            // Printed with the digits that tell 32-bit floats apart.
            PixelType::F32 => row["values"]
                .split_whitespace()
                .map(|number| f64::from(number.parse::<f32>().unwrap()))
                .collect(),
            _ => support::numbers(&row["values"]),
        };
        assert_eq!(found.values.len(), expected.len(), "{case}");
        for (offset, (&found, &expected)) in found.values.iter().zip(&expected).enumerate() {
            assert!(
                (found - expected).abs() <= tolerance * expected.abs(),
                "{case} voxel {:?}: {found} against {expected}",
                image.geometry.index(offset)
            );
        }
    }
}

#[test]
fn what_is_kept_of_a_laplacian_is_part_of_the_whole() {
    // Wide enough for full and for partly filled groups of lines along every axis.
    let image = made_by_formula([37, 21, 18], [0.7, 1.3, 2.2], PixelType::F64);
    let complete = laplacian_of_gaussian(&image, 2.0, &whole(&image)).unwrap();
    for (lower, upper) in [
        ([0, 0, 0], [36, 20, 17]),
        ([3, 2, 1], [30, 18, 15]),
        ([36, 20, 17], [36, 20, 17]),
        ([0, 5, 0], [0, 5, 17]),
    ] {
        let part = laplacian_of_gaussian(&image, 2.0, &BoundingBox { lower, upper }).unwrap();
        let corner = lower.map(|index| index as f64);
        assert_eq!(part.geometry.origin, complete.geometry.position(corner));
        for (offset, &value) in part.values.iter().enumerate() {
            let [x, y, z] = part.geometry.index(offset);
            let place = complete
                .geometry
                .offset([x + lower[0], y + lower[1], z + lower[2]]);
            assert_eq!(value, complete.values[place], "{lower:?} voxel {offset}");
        }
    }
}

#[test]
fn the_laplacian_of_a_parabola_is_its_curvature() {
    // σ² (2 a + 2 b + 2 c) far from the border, where the recursion has forgotten it: the
    // amplitudes of its published constants have four decimals, so 1e-3 of the largest term.
    let (sigma, size) = (1.5, 61);
    let geometry = Geometry::axis_aligned([size; 3], [1.0, 0.8, 0.9]);
    let values = (0..geometry.voxel_count()).map(|offset| {
        let index = geometry.index(offset).map(|index| index as f64 - 30.0);
        let [x, y, z] = geometry.position(index);
        0.5 * x * x - 0.25 * y * y + 1.5 * z * z
    });
    let image = Image {
        values: values.collect(),
        pixel_type: PixelType::F64,
        geometry,
    };
    let centre = BoundingBox {
        lower: [30; 3],
        upper: [30; 3],
    };
    let found = laplacian_of_gaussian(&image, sigma, &centre).unwrap();
    let expected = sigma * sigma * 2.0 * (0.5 - 0.25 + 1.5);
    assert!((found.values[0] - expected).abs() < 1e-3 * sigma * sigma * 3.0);
}

#[test]
fn what_cannot_be_filtered_is_said() {
    let image = made_by_formula([6, 5, 4], [1.0; 3], PixelType::F64);
    let outside = BoundingBox {
        lower: [0; 3],
        upper: [6, 4, 3],
    };
    assert!(matches!(
        laplacian_of_gaussian(&image, 1.0, &outside),
        Err(FilterError::OutsideImage { .. })
    ));
    for sigma in [f64::NAN, f64::INFINITY, -0.0] {
        assert!(laplacian_of_gaussian(&image, sigma, &whole(&image)).is_err());
    }
    let mut broken = image.clone();
    broken.values[7] = f64::NAN;
    for name in [
        "log 1.0",
        "gradient",
        "square",
        "squareroot",
        "logarithm",
        "exponential",
    ] {
        assert!(matches!(
            filtered(name, &broken),
            Err(FilterError::NotFinite {
                voxel: [1, 1, 0],
                ..
            })
        ));
    }
    let zero = Image {
        values: vec![0.0; image.values.len()],
        ..image.clone()
    };
    for name in ["square", "logarithm", "exponential"] {
        assert_eq!(filtered(name, &zero), Err(FilterError::AllZero));
    }
    // These divide by nothing, in PyRadiomics too.
    for name in ["gradient", "squareroot"] {
        assert_eq!(filtered(name, &zero).unwrap().values, zero.values, "{name}");
    }
    let mut short = image;
    short.values.pop();
    assert_eq!(
        gradient_magnitude(&short, true),
        Err(FilterError::ValueCount {
            found: 119,
            expected: 120
        })
    );
}
