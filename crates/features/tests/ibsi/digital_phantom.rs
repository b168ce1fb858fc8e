//! The IBSI's digital phantom, 5 x 4 x 4 voxels of 2 mm, and its reference values.

use radiome_features::Region;
use radiome_features::discretize::GrayLevels;
use radiome_features::ibsi::reference::ReferenceValue;
use radiome_image::{Geometry, Image, Mask, PixelType};

fn table(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines()
        .skip(1)
        .map(|line| line.split(',').collect::<Vec<_>>())
}

/// Image and mask.
pub(crate) fn phantom() -> (Image, Mask) {
    let text = include_str!("../reference/ibsi_digital_phantom/phantom.csv");
    let geometry = Geometry::axis_aligned([5, 4, 4], [2.0; 3]);
    let image = Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::F64,
        values: table(text).map(|row| row[3].parse().unwrap()).collect(),
    };
    let mask = Mask {
        geometry,
        inside: table(text).map(|row| row[4] == "1").collect(),
    };
    (image, mask)
}

/// The phantom's region; it fills the whole grid's box.
pub(crate) fn region() -> Region {
    let (image, mask) = phantom();
    Region::new(&image, &mask).unwrap()
}

/// The phantom's intensities are its grey levels.
pub(crate) fn gray_levels() -> GrayLevels {
    let levels: Vec<u32> = region().values.iter().map(|&value| value as u32).collect();
    let mut counts = vec![0; 6];
    for &level in &levels {
        counts[level as usize - 1] += 1;
    }
    GrayLevels { levels, counts }
}

/// The reference value of a tag; `None` where the IBSI gives none.
pub(crate) fn reference(tag: &str) -> Option<ReferenceValue> {
    table(include_str!(
        "../reference/ibsi_digital_phantom/reference_values.csv"
    ))
    .find(|row| row[1] == tag)
    .map(|row| ReferenceValue {
        value: row[2].parse().unwrap(),
        tolerance: row[3].parse().unwrap(),
    })
}

/// Fails with all that does not agree; returns how many values have been compared.
#[track_caller]
pub(crate) fn check(found: impl IntoIterator<Item = (String, f64)>) -> usize {
    let mut compared = 0;
    let mut wrong = Vec::new();
    for (tag, value) in found {
        if let Some(expected) = reference(&tag) {
            compared += 1;
            if !expected.agrees(value) {
                wrong.push(format!("{tag}: {value}, the IBSI gives {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    compared
}
