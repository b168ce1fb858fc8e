//! The IBSI's digital phantom as families take it.

use radiome_features::Region;
use radiome_features::discretize::GrayLevels;
use radiome_features::ibsi::digital_phantom;
use radiome_features::ibsi::reference::ReferenceValue;
use radiome_image::{Image, Mask};

/// Image and mask.
pub(crate) fn phantom() -> (Image, Mask) {
    (digital_phantom::image(), digital_phantom::labels().mask(1))
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
    let mut all = digital_phantom::reference_values();
    all.find(|(known, _)| *known == tag).map(|(_, value)| value)
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
