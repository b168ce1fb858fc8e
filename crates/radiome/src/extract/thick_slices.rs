//! Slices much thicker than their pixels that are resampled across.

use radiome_features::Protocol;

/// Slices this many times as far apart as the pixels of their plane are thick.
const RATIO: f64 = 3.0;
/// Slices this far apart, in mm, are thick where they are resampled to [`FINE`] or less.
const THICK: f64 = 3.0;
/// A fine spacing across slices, in mm.
const FINE: f64 = 1.0;

/// An image whose slices are much thicker than their pixels, resampled to a finer spacing across
/// them: along that axis most of what texture sees is interpolation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThickSlices {
    /// Distance between slices in mm, along the axis where the spacing is largest.
    pub slices: f64,
    /// The larger spacing of the other two axes, in mm.
    pub pixels: f64,
    /// The spacing to which the image is resampled across its slices, in mm.
    pub resampled: f64,
}

impl ThickSlices {
    /// Whether an image of this spacing, in mm, has such slices: at least 3 times as far apart as
    /// its pixels, or at least 3 mm where they are resampled to 1 mm or less.
    #[must_use]
    pub fn find(protocol: &Protocol, spacing: [f64; 3]) -> Option<Self> {
        let target = protocol.resampled_spacing()?;
        let axis = (0..3).max_by(|&a, &b| spacing[a].total_cmp(&spacing[b]))?;
        let others = (0..3).filter(|&other| other != axis);
        let pixels = others.map(|other| spacing[other]).fold(0.0, f64::max);
        let (slices, resampled) = (spacing[axis], target[axis]);
        // 0 keeps the spacing; a spacing as large or larger invents no slices.
        let finer = resampled > 0.0 && resampled < slices;
        let thick = slices >= RATIO * pixels || (slices >= THICK && resampled <= FINE);
        (finer && thick).then_some(Self {
            slices,
            pixels,
            resampled,
        })
    }

    /// What is said of those that were found, among `images`; `what` names them, as in "images of
    /// T1", and `remedy` says what to do.
    #[must_use]
    pub fn told(found: &[Self], images: usize, what: &str, remedy: &str) -> Option<String> {
        let first = found.first()?;
        let range = |of: fn(&Self) -> f64| {
            let low = found.iter().map(of).fold(f64::INFINITY, f64::min);
            let high = found.iter().map(of).fold(0.0, f64::max);
            match (millimetres(low), millimetres(high)) {
                (low, high) if low == high => low,
                (low, high) => format!("{low} to {high}"),
            }
        };
        Some(format!(
            "{} of {images} {what} have slices {} mm apart with pixels of {} mm, and are resampled \
             to {} mm across the slices: most of what texture in space sees along that axis is \
             interpolation. {remedy}",
            found.len(),
            range(|one| one.slices),
            range(|one| one.pixels),
            millimetres(first.resampled),
        ))
    }
}

/// A length with at most two decimals.
fn millimetres(length: f64) -> String {
    crate::table::number_text((length * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use radiome_features::Settings;

    use super::*;

    fn found(resampled: &str, spacing: [f64; 3]) -> Option<ThickSlices> {
        let yaml = format!("setting: {{resampledPixelSpacing: {resampled}}}");
        let protocol = Settings::from_yaml(&yaml).unwrap().protocol().unwrap();
        ThickSlices::find(&protocol, spacing)
    }

    #[test]
    fn slices_are_thick_by_their_ratio_or_by_a_fine_resampling() {
        let thick = |resampled, spacing| found(resampled, spacing).is_some();
        assert!(thick("[2, 2, 2]", [1.0, 1.0, 3.0]));
        assert!(!thick("[2, 2, 2]", [1.0, 1.0, 2.9]));
        assert!(thick("[1, 1, 1]", [2.0, 2.0, 3.0]));
        assert!(!thick("[1.5, 1.5, 1.5]", [2.0, 2.0, 3.0]));
        // Along whichever axis the slices lie.
        assert!(thick("[1, 1, 1]", [5.0, 0.8, 0.8]));
        // Nothing is made up where the spacing is kept, or not made finer.
        assert!(!thick("[1, 1, 0]", [1.0, 1.0, 6.0]));
        assert!(!thick("[1, 1, 6]", [1.0, 1.0, 6.0]));
        assert!(!thick("null", [1.0, 1.0, 6.0]));
    }

    #[test]
    fn ranges_are_told() {
        let found: Vec<ThickSlices> = [[0.8, 0.8, 5.0], [1.0, 1.0, 6.006]]
            .into_iter()
            .map(|spacing| found("[1, 1, 1]", spacing).unwrap())
            .collect();
        let told = ThickSlices::told(&found, 3, "images of T1", "Do this").unwrap();
        assert!(
            told.starts_with(
                "2 of 3 images of T1 have slices 5 to 6.01 mm apart with pixels of 0.8 to 1 mm, and \
                 are resampled to 1 mm across the slices"
            ),
            "{told}"
        );
        assert_eq!(ThickSlices::told(&[], 3, "images", ""), None);
    }
}
