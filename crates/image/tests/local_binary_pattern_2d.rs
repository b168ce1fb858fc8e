//! Local binary patterns in two dimensions against PyRadiomics and scikit-image, on images made
//! by a formula.
//!
//! Fixtures: `reference/local_binary_pattern_2d.py`. Codes and variances are compared bit by bit:
//! they come from the same operations in the same order.

mod support;

use radiome_image::filter::{
    FilterError, LocalBinaryPattern2dOptions, LocalBinaryPatternMethod, local_binary_pattern_2d,
};
use radiome_image::{BoundingBox, Geometry, Image, PixelType};

/// FNV-1a of the bits, negative zeros taken as zeros, one NaN for all.
fn checksum(values: &[f64]) -> String {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for value in values {
        let bits = if value.is_nan() {
            0x7ff8_0000_0000_0000
        } else {
            (value + 0.0).to_bits()
        };
        for byte in bits.to_le_bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    format!("{state:016x}")
}

fn made_by_formula(kind: &str, size: [usize; 3]) -> Image {
    let geometry = Geometry::axis_aligned(size, [1.0; 3]);
    let values = (0..geometry.voxel_count())
        .map(|offset| {
            let [x, y, z] = geometry.index(offset).map(|index| index as i64);
            let whole = (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z)
                % 211
                - 50;
            let fraction = (whole as f64 / 7.0).clamp(-5.0, 4.3);
            match kind {
                _ if kind.starts_with("half ") && (x as usize) < size[0] / 2 => 3.0,
                _ if kind.starts_with("half ") => whole as f64,
                "uint8" => (whole + 50).clamp(30, 110) as f64,
                "float32" => f64::from(fraction as f32),
                "float64" => fraction,
                _ => whole.clamp(-20, 60) as f64,
            }
        })
        .collect();
    Image {
        geometry,
        pixel_type: match kind.trim_start_matches("half ") {
            "uint8" => PixelType::U8,
            "int16" => PixelType::I16,
            "int32" => PixelType::I32,
            "int64" => PixelType::I64,
            "float32" => PixelType::F32,
            _ => PixelType::F64,
        },
        values,
    }
}

fn whole(image: &Image) -> BoundingBox {
    BoundingBox {
        lower: [0; 3],
        upper: image.geometry.size.map(|size| size - 1),
    }
}

#[test]
fn every_code_is_the_one_of_scikit_image() {
    let rows = support::table(support::reference("local_binary_pattern_2d.csv"));
    assert_eq!(rows.len(), 22);
    for row in rows {
        let image = made_by_formula(
            &row["kind"],
            support::three(&row["size"]).map(|size| size as usize),
        );
        let dimension: usize = row["dimension"].parse().unwrap();
        let options = LocalBinaryPattern2dOptions {
            radius: row["radius"].parse().unwrap(),
            samples: row["samples"].parse().unwrap(),
            method: row["method"].parse().unwrap(),
            across: 2 - dimension,
        };
        let found = local_binary_pattern_2d(&image, &options, &whole(&image)).unwrap();
        assert_eq!(found.pixel_type, image.pixel_type);
        assert_eq!(found.geometry, image.geometry);
        let last = found.values.len() - 1;
        let some: Vec<f64> = (0..9).map(|i| found.values[i * last / 8]).collect();
        assert_eq!(
            checksum(&some),
            checksum(&support::numbers(&row["values"])),
            "{row:?} {some:?}"
        );
        assert_eq!(checksum(&found.values), row["checksum"], "{row:?}");

        // A box gives the same codes: its samples are taken from the whole slice.
        let keep = BoundingBox {
            lower: [4, 0, 1],
            upper: [9, 6, 1],
        };
        let part = local_binary_pattern_2d(&image, &options, &keep).unwrap();
        assert_eq!(part.geometry.size, [6, 7, 1]);
        assert_eq!(part.geometry.origin, [4.0, 0.0, 1.0]);
        for (offset, value) in part.values.iter().enumerate() {
            let [x, y, z] = part.geometry.index(offset);
            let expected = found.values[found.geometry.offset([x + 4, y, z + 1])];
            assert_eq!(checksum(&[*value]), checksum(&[expected]), "{row:?}");
        }
    }
}

#[test]
fn a_variance_of_zero_is_no_number() {
    let expected = |kind: &str, nan: bool| {
        let image = made_by_formula(kind, [14, 10, 2]);
        let options = LocalBinaryPattern2dOptions {
            samples: 4,
            method: LocalBinaryPatternMethod::Variance,
            ..LocalBinaryPattern2dOptions::default()
        };
        let found = local_binary_pattern_2d(&image, &options, &whole(&image)).unwrap();
        assert_eq!(found.values.iter().any(|value| value.is_nan()), nan);
    };
    expected("half float64", true);
    expected("half int16", false);
}

#[test]
fn errors_say_what_is_wrong() {
    let image = made_by_formula("int16", [4, 4, 4]);
    let keep = whole(&image);
    let defaults = LocalBinaryPattern2dOptions::default();
    let message = |options: LocalBinaryPattern2dOptions| {
        local_binary_pattern_2d(&image, &options, &keep)
            .unwrap_err()
            .to_string()
    };
    let options = LocalBinaryPattern2dOptions {
        radius: -1.0,
        ..defaults
    };
    assert_eq!(message(options), "lbp2DRadius -1 must be positive");
    let options = LocalBinaryPattern2dOptions {
        samples: 32,
        method: "ror".parse().unwrap(),
        ..defaults
    };
    assert_eq!(
        message(options),
        "lbp2DSamples 32 must be 1 to 31 for lbp2DMethod default and ror"
    );
    let options = LocalBinaryPattern2dOptions {
        samples: 0,
        ..defaults
    };
    assert_eq!(message(options), "lbp2DSamples 0 must be 1 to 4096");
    let options = LocalBinaryPattern2dOptions {
        across: 3,
        ..defaults
    };
    assert_eq!(message(options), "axis across slices 3 must be 0, 1 or 2");
    let error = "nri_uniform"
        .parse::<LocalBinaryPatternMethod>()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "lbp2DMethod `nri_uniform` is not known: use default, ror, uniform or var"
    );
    let beyond = BoundingBox {
        lower: [0; 3],
        upper: [4; 3],
    };
    let found = local_binary_pattern_2d(&image, &defaults, &beyond).unwrap_err();
    assert!(matches!(found, FilterError::OutsideImage { .. }));
}
