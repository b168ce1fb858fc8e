//! The IBSI's digital phantom: 5 x 4 x 4 voxels of 2 mm, small enough to be part of the program,
//! with its reference values.
//!
//! Source: theibsi/data_sets (A. Zwanenburg, CC BY 4.0); values from the IBSI reference manual.
//! `make.py` beside the tables made them.

use radiome_image::{Geometry, Image, LabelMap, PixelType};

use super::reference::ReferenceValue;

const PHANTOM: &str = include_str!("phantom.csv");
const REFERENCE_VALUES: &str = include_str!("reference_values.csv");

/// The cells of the rows below a table's header.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).map(|line| line.split(',').collect())
}

/// A cell as a number; what the tables hold are numbers.
fn number(row: &[&str], column: usize) -> f64 {
    let cell = row.get(column).and_then(|cell| cell.parse().ok());
    cell.unwrap_or(f64::NAN)
}

/// The image, with grey levels 1, 3, 4, 6 in the region and 9 beside it.
#[must_use]
pub fn image() -> Image {
    Image {
        geometry: Geometry::axis_aligned([5, 4, 4], [2.0; 3]),
        pixel_type: PixelType::I16,
        values: rows(PHANTOM).map(|row| number(&row, 3)).collect(),
    }
}

/// The region of 74 voxels, as label 1.
#[must_use]
pub fn labels() -> LabelMap {
    LabelMap {
        geometry: image().geometry,
        labels: rows(PHANTOM).map(|row| number(&row, 4) as u32).collect(),
        segments: Vec::new(),
    }
}

/// Tags and reference values of the 482 features that have one.
pub fn reference_values() -> impl Iterator<Item = (&'static str, ReferenceValue)> {
    rows(REFERENCE_VALUES).filter_map(|row| {
        let value = ReferenceValue {
            value: number(&row, 2),
            tolerance: number(&row, 3),
        };
        Some((*row.get(1)?, value))
    })
}
