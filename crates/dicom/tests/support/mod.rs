//! Where test data lie, and comparing with what the reference readers made of them.

#![allow(dead_code)]

use std::path::{Path, PathBuf};

use radiome_image::Image;
use serde_json::Value;

/// A file beside the tests.
pub(crate) fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/reference")
        .join(name)
}

/// A table of expected values.
pub(crate) fn expected(name: &str) -> Value {
    let text = std::fs::read_to_string(reference(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Data that are not part of the project; says so where there are none.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("RADIOME_SHARED").map_or(beside, PathBuf::from);
    let found = folder.join(path);
    if !found.exists() {
        println!(
            "skipped: no {path} in {}; set RADIOME_SHARED",
            folder.display()
        );
        return None;
    }
    Some(found)
}

/// Numbers of a JSON array.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap().iter();
    values.map(|value| value.as_f64().unwrap()).collect()
}

/// Compares values by their count, sum, sum weighted by place and first few: whole numbers add up
/// without rounding, others to the last digits of sums of a few thousand (1e-12).
pub(crate) fn assert_values(name: &str, values: &[f64], expected: &Value) {
    let close = |what: &str, found: f64, wanted: f64| {
        let allowed = 1e-12 * wanted.abs();
        assert!(
            (found - wanted).abs() <= allowed,
            "{name}: {what} {found} instead of {wanted}"
        );
    };
    assert_eq!(
        values.len() as u64,
        expected["voxels"].as_u64().unwrap(),
        "{name}"
    );
    for (&found, wanted) in values.iter().zip(numbers(&expected["first"])) {
        close("value", found, wanted);
    }
    close(
        "sum",
        values.iter().sum(),
        expected["sum"].as_f64().unwrap(),
    );
    let weighted = (1..)
        .zip(values)
        .map(|(place, value)| f64::from(place) * value);
    close(
        "weighted sum",
        weighted.sum(),
        expected["weighted"].as_f64().unwrap(),
    );
}

/// Compares a grid; numbers agree to `tolerance`, in mm and for cosines.
pub(crate) fn assert_grid(name: &str, image: &Image, expected: &Value, tolerance: f64) {
    let geometry = &image.geometry;
    let size: Vec<f64> = geometry.size.iter().map(|&size| size as f64).collect();
    assert_eq!(size, numbers(&expected["size"]), "{name}");
    let direction = geometry.direction.as_flattened();
    for (what, found) in [
        ("spacing", &geometry.spacing[..]),
        ("origin", &geometry.origin[..]),
        ("direction", direction),
    ] {
        let wanted = numbers(&expected[what]);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!(
                (found - wanted).abs() <= tolerance,
                "{name}: {what} {found} instead of {wanted}"
            );
        }
        assert_eq!(found.len(), wanted.len(), "{name}: {what}");
    }
}
