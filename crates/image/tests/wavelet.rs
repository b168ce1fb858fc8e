//! The wavelet transform against PyRadiomics and PyWavelets, on images made by a formula.
//!
//! Fixtures: `reference/wavelet.py`. Everything is compared bit by bit: the sums are made of the
//! same products in the same order.

mod support;

use std::collections::BTreeMap;

use radiome_image::filter::{FilterError, Wavelet, WaveletOptions, wavelet_decompose};
use radiome_image::{BoundingBox, Geometry, Image, PixelType};

/// FNV-1a of the bits, negative zeros taken as zeros.
fn checksum(values: &[f64]) -> String {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    for byte in values.iter().flat_map(|value| (value + 0.0).to_le_bytes()) {
        state = (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    }
    format!("{state:016x}")
}

fn made_by_formula(kind: &str, size: [usize; 3]) -> Image {
    let geometry = Geometry {
        origin: [-12.5, 30.25, 7.125],
        ..Geometry::axis_aligned(size, [0.9, 1.1, 2.5])
    };
    let values = (0..geometry.voxel_count())
        .map(|offset| {
            let [x, y, z] = geometry.index(offset).map(|index| index as i64);
            let whole = (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z)
                % 211
                - 50;
            let fraction = (whole as f64 / 7.0).clamp(-5.0, 11.1);
            match kind {
                "int16" => whole.clamp(-20, 60) as f64,
                "float64" => fraction,
                "float32" => f64::from(fraction as f32),
                _ => 0.1,
            }
        })
        .collect();
    Image {
        geometry,
        pixel_type: match kind {
            "int16" => PixelType::I16,
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

fn sub_bands(
    image: &Image,
    wavelet: &Wavelet,
    options: &WaveletOptions,
    keep: &BoundingBox,
) -> Vec<(String, Image)> {
    let mut found = Vec::new();
    wavelet_decompose(image, wavelet, options, keep, |name, image| {
        found.push((name, image));
    })
    .unwrap();
    found
}

/// The transform of one case, from the columns that describe it.
fn case(row: &BTreeMap<String, String>) -> (Image, Wavelet, WaveletOptions) {
    let size = support::three(&row["size"]).map(|size| size as usize);
    let options = WaveletOptions {
        level: row["level"].parse().unwrap(),
        start_level: row["start_level"].parse().unwrap(),
        axes: support::three(&row["axes"]).map(|axis| axis == 1.0),
    };
    let image = made_by_formula(&row["kind"], size);
    (image, Wavelet::named(&row["wavelet"]).unwrap(), options)
}

#[test]
fn every_sub_band_is_the_one_of_pyradiomics() {
    let rows = support::table(support::reference("wavelet.csv"));
    let mut cases = 0;
    for rows in rows.chunk_by(|a, b| a["case"] == b["case"]) {
        cases += 1;
        let (image, wavelet, options) = case(&rows[0]);
        let found = sub_bands(&image, &wavelet, &options, &whole(&image));
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        let expected: Vec<&str> = rows.iter().map(|row| row["name"].as_str()).collect();
        assert_eq!(names, expected);
        assert_eq!(options.sub_bands(), expected);
        for (row, (name, found)) in rows.iter().zip(&found) {
            let label = format!("case {} {} {name}", row["case"], row["wavelet"]);
            let last = found.values.len() - 1;
            let some: Vec<f64> = (0..5).map(|i| found.values[i * last / 4]).collect();
            assert_eq!(some, support::numbers(&row["values"]), "{label}");
            assert_eq!(checksum(&found.values), row["checksum"], "{label}");
            assert_eq!(found.geometry, image.geometry);
            let narrow = image.pixel_type == PixelType::F32;
            let pixel_type = if narrow {
                PixelType::F32
            } else {
                PixelType::F64
            };
            assert_eq!(found.pixel_type, pixel_type);
        }
    }
    assert_eq!(cases, 17);
}

#[test]
fn a_box_gives_the_same_voxels_as_the_whole() {
    let rows = support::table(support::reference("wavelet.csv"));
    for rows in rows.chunk_by(|a, b| a["case"] == b["case"]) {
        let (image, wavelet, options) = case(&rows[0]);
        let size = image.geometry.size;
        let everywhere = sub_bands(&image, &wavelet, &options, &whole(&image));
        // In the middle, and at either border.
        let boxes = [
            (size.map(|n| n / 3), size.map(|n| n / 3 + n / 4)),
            ([0; 3], size.map(|n| n / 4)),
            (size.map(|n| n - 1 - n / 4), size.map(|n| n - 1)),
            ([0, size[1] / 2, size[2] / 2], [0, size[1] / 2, size[2] / 2]),
        ];
        for (lower, upper) in boxes {
            let keep = BoundingBox { lower, upper };
            let part = sub_bands(&image, &wavelet, &options, &keep);
            assert_eq!(part.len(), everywhere.len());
            for ((name, part), (_, all)) in part.iter().zip(&everywhere) {
                assert_eq!(part.geometry.size, keep.size());
                let [x, y, z] = lower.map(|index| index as f64);
                let [x0, y0, z0] = all.geometry.origin;
                let origin = [x0 + 0.9 * x, y0 + 1.1 * y, z0 + 2.5 * z];
                for (found, expected) in part.geometry.origin.iter().zip(origin) {
                    // Rounding of one product and one sum.
                    assert!((found - expected).abs() < 1e-12);
                }
                for (offset, value) in part.values.iter().enumerate() {
                    let index = part.geometry.index(offset);
                    let index = std::array::from_fn(|axis| index[axis] + lower[axis]);
                    let expected = all.values[all.geometry.offset(index)];
                    assert_eq!(*value, expected, "{name} {index:?} of {rows:?}");
                }
            }
        }
    }
}

#[test]
fn every_filter_is_the_one_of_pywavelets() {
    let rows = support::table(support::reference("wavelet_filters.csv"));
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str()).collect();
    assert_eq!(names.len(), 106);
    assert_eq!(Wavelet::names(), names);
    for row in &rows {
        let wavelet = Wavelet::named(&row["name"]).unwrap();
        assert_eq!(wavelet.name(), row["name"]);
        let length: usize = row["length"].parse().unwrap();
        assert_eq!(wavelet.low_pass().len(), length);
        assert_eq!(checksum(&wavelet.low_pass()), row["low"], "{}", row["name"]);
        assert_eq!(
            checksum(&wavelet.high_pass()),
            row["high"],
            "{}",
            row["name"]
        );

        // The filters of 32-bit images: the response to one voxel of 1.
        let mut values = vec![0.0; 256];
        values[128] = 1.0;
        let line = Image {
            geometry: Geometry::axis_aligned([256, 1, 1], [1.0; 3]),
            pixel_type: PixelType::F32,
            values,
        };
        let start = 128 - length / 2;
        let keep = BoundingBox {
            lower: [start, 0, 0],
            upper: [start + length - 1, 0, 0],
        };
        let options = WaveletOptions {
            axes: [true, false, false],
            ..WaveletOptions::default()
        };
        for (name, response) in sub_bands(&line, &wavelet, &options, &keep) {
            let column = if name == "wavelet-L" {
                "low32"
            } else {
                "high32"
            };
            assert_eq!(
                checksum(&response.values),
                row[column],
                "{} {name}",
                row["name"]
            );
        }
    }
}

#[test]
fn errors_say_what_is_wrong() {
    let message = Wavelet::named("coif99").unwrap_err().to_string();
    assert_eq!(
        message,
        "wavelet `coif99` is not known: did you mean `coif9`?"
    );
    let message = Wavelet::named("morlet").unwrap_err().to_string();
    assert_eq!(message, "wavelet `morlet` is not known");

    let mut image = made_by_formula("float64", [4, 4, 4]);
    let haar = Wavelet::named("haar").unwrap();
    let defaults = WaveletOptions::default();
    let keep = whole(&image);
    let error = |image: &Image, options: &WaveletOptions, keep: &BoundingBox| {
        wavelet_decompose(image, &haar, options, keep, |_, _| {}).unwrap_err()
    };
    let options = WaveletOptions {
        axes: [false; 3],
        ..defaults
    };
    assert_eq!(error(&image, &options, &keep), FilterError::NoAxis);
    let options = WaveletOptions {
        level: usize::MAX,
        start_level: 2,
        ..defaults
    };
    let found = error(&image, &options, &keep);
    assert!(matches!(found, FilterError::TooManyLevels { .. }));
    let beyond = BoundingBox {
        lower: [0; 3],
        upper: [3, 3, 4],
    };
    let found = error(&image, &defaults, &beyond);
    assert!(matches!(found, FilterError::OutsideImage { .. }));
    image.values[5] = f64::NAN;
    let found = error(&image, &defaults, &keep);
    assert!(matches!(
        found,
        FilterError::NotFinite {
            voxel: [1, 1, 0],
            ..
        }
    ));
    image.values.pop();
    let found = error(&image, &defaults, &keep);
    assert!(matches!(found, FilterError::ValueCount { .. }));
}
