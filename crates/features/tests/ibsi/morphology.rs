//! Morphological features: the digital phantom, the CT phantom where the data is there.

use radiome_features::ibsi::morphology::{FEATURES, Morphology};

use crate::digital_phantom;

/// Every feature's tag and value.
fn values(morphology: &Morphology) -> Vec<(String, f64)> {
    let value = |feature: &radiome_features::Feature<Morphology>| {
        (feature.name.to_owned(), (feature.value)(morphology))
    };
    FEATURES.iter().map(value).collect()
}

#[test]
fn of_the_digital_phantom() {
    let region = digital_phantom::region();
    let morphology = Morphology::new(&region, &region.inside);
    // Four of the 29 are not standardised: those of the oriented box and of the least ellipsoid.
    assert_eq!(digital_phantom::check(values(&morphology)), 25);
}
