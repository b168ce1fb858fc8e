//! The families that see intensities wherever they lie, and the local peaks.

use radiome_features::Feature;
use radiome_features::ibsi::distribution::Distribution;
use radiome_features::ibsi::intensity_histogram::{self, IntensityHistogram};
use radiome_features::ibsi::intensity_volume_histogram::{
    self, IntensityVolumeHistogram, IvhDiscretisation,
};
use radiome_features::ibsi::local_intensity::{self, LocalIntensity};
use radiome_features::ibsi::statistics;

use crate::digital_phantom::{check, gray_levels, phantom, region};

fn values<M>(features: &[Feature<M>], of: &M) -> Vec<(String, f64)> {
    let value = |feature: &Feature<M>| (feature.name.to_owned(), (feature.value)(of));
    features.iter().map(value).collect()
}

fn value<M>(features: &[Feature<M>], of: &M, name: &str) -> f64 {
    let feature = features.iter().find(|feature| feature.name == name);
    (feature.unwrap().value)(of)
}

#[test]
fn statistics_of_the_digital_phantom() {
    let found = values(statistics::FEATURES, &Distribution::new(&region().values));
    assert_eq!(check(found), 18);
}

#[test]
fn the_intensity_histogram_of_the_digital_phantom() {
    let histogram = IntensityHistogram::new(&gray_levels());
    let found = values(intensity_histogram::FEATURES, &histogram);
    assert_eq!(check(found), 23);
}

#[test]
fn the_intensity_volume_histogram_of_the_digital_phantom() {
    // Bins of width 1 from 0.5 to 6.5 are the intensities again.
    let region = region();
    for (range, discretisation) in [
        (None, IvhDiscretisation::Discrete),
        (Some([0.5, 6.5]), IvhDiscretisation::BinSize(1.0)),
        (None, IvhDiscretisation::BinNumber(6)),
    ] {
        let histogram = IntensityVolumeHistogram::new(&region.values, range, discretisation);
        let found = values(intensity_volume_histogram::FEATURES, &histogram);
        assert_eq!(check(found), 6, "{discretisation:?}");
        // The manual's table of ν at 1 ... 6, by trapezia 0.2 wide.
        let expected = 0.2 * (0.5 + 24.0 / 74.0 * 2.0 + 23.0 / 74.0 + 7.0 / 74.0 * 1.5);
        let area = value(intensity_volume_histogram::FEATURES, &histogram, "ivh_auc");
        assert!((area - expected).abs() < 1e-12, "{area} {expected}");
    }
}

#[test]
fn local_peaks_of_the_digital_phantom() {
    let (image, mask) = phantom();
    let peaks = LocalIntensity::new(&image, &mask);
    assert_eq!(check(values(local_intensity::FEATURES, &peaks)), 2);
}

/// Every level in turn, as the manual writes it.
fn naive_volume_histogram(values: &[f64], low: f64, high: f64, step: f64) -> [f64; 5] {
    let count = ((high - low) / step).round() as usize + 1;
    let levels: Vec<f64> = (0..count).map(|k| low + k as f64 * step).collect();
    let nu = |level: f64| {
        let below = values.iter().filter(|x| **x < level - 1e-7).count();
        1.0 - below as f64 / values.len() as f64
    };
    let gamma = |level: f64| (level - low) / (high - low);
    let volume = |fraction: f64| {
        let reached = levels.iter().filter(|l| gamma(**l) >= fraction - 1e-12);
        reached.map(|l| nu(*l)).fold(0.0, f64::max)
    };
    let intensity = |fraction: f64| {
        let level = levels.iter().find(|l| nu(**l) <= fraction + 1e-12);
        level.copied().unwrap_or(high + step)
    };
    let area = levels
        .windows(2)
        .map(|pair| (nu(pair[0]) + nu(pair[1])) / 2.0 * (gamma(pair[1]) - gamma(pair[0])));
    [
        volume(0.1),
        volume(0.9),
        intensity(0.1),
        intensity(0.9),
        area.sum(),
    ]
}

#[test]
fn the_intensity_volume_histogram_equals_a_walk_over_its_levels() {
    let mut seed = 7_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as f64 / f64::from(1_u32 << 31)
    };
    for case in 0..200 {
        let count = 2 + case % 41;
        let values: Vec<f64> = (0..count).map(|_| (next() * 50.0).floor() - 10.0).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low == high {
            continue;
        }
        let compare = |range, discretisation, binned: &[f64], [low, high, step]: [f64; 3]| {
            let histogram = IntensityVolumeHistogram::new(&values, range, discretisation);
            let names = ["ivh_v10", "ivh_v90", "ivh_i10", "ivh_i90", "ivh_auc"];
            let expected = naive_volume_histogram(binned, low, high, step);
            for (name, expected) in names.into_iter().zip(expected) {
                let found = value(intensity_volume_histogram::FEATURES, &histogram, name);
                assert!(
                    (found - expected).abs() < 1e-9,
                    "{name} {found} {expected} {discretisation:?} {values:?}"
                );
            }
        };
        compare(None, IvhDiscretisation::Discrete, &values, [low, high, 1.0]);
        let range = [-20.0, 60.0];
        compare(
            Some(range),
            IvhDiscretisation::Discrete,
            &values,
            [range[0], range[1], 1.0],
        );
        let centres: Vec<f64> = values
            .iter()
            .map(|x| -20.0 + (((x + 20.0) / 2.5).floor() + 0.5) * 2.5)
            .collect();
        compare(
            Some(range),
            IvhDiscretisation::BinSize(2.5),
            &centres,
            [-18.75, 58.75, 2.5],
        );
    }
}

#[test]
fn peaks_equal_means_over_the_sphere() {
    use radiome_image::{Geometry, Image, Mask, PixelType};
    let geometry = Geometry::axis_aligned([9, 8, 7], [1.3, 2.1, 3.0]);
    let count = geometry.voxel_count();
    let hash = |i: usize| ((i * 7919) % 101) as f64;
    let image = Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::F64,
        values: (0..count).map(hash).collect(),
    };
    let inside = (0..count).map(|i| i % 3 == 0).collect();
    let mask = Mask { geometry, inside };
    let mean = |centre: usize| {
        let near = |i: &usize| {
            let (a, b) = (image.geometry.index(*i), image.geometry.index(centre));
            let squared: f64 = (0..3)
                .map(|k| ((a[k] as f64 - b[k] as f64) * image.geometry.spacing[k]).powi(2))
                .sum();
            squared.sqrt() <= local_intensity::RADIUS
        };
        let near: Vec<f64> = (0..count).filter(near).map(|i| image.values[i]).collect();
        near.iter().sum::<f64>() / near.len() as f64
    };
    let of_region = || (0..count).filter(|i| mask.inside[*i]);
    let top = of_region().map(|i| image.values[i]).fold(0.0, f64::max);
    let global = of_region().map(mean).fold(0.0, f64::max);
    let brightest = of_region().filter(|i| image.values[*i] == top);
    let local = brightest.map(mean).fold(0.0, f64::max);
    let peaks = LocalIntensity::new(&image, &mask);
    for (name, expected) in [("loc_peak_loc", local), ("loc_peak_glob", global)] {
        let found = value(local_intensity::FEATURES, &peaks, name);
        assert!((found - expected).abs() < 1e-9, "{name} {found} {expected}");
    }
}

#[test]
fn flat_and_single_values_are_defined_or_not_a_number() {
    let flat = Distribution::new(&[3.0; 5]);
    let one = IntensityHistogram::new(&radiome_features::discretize::GrayLevels {
        levels: vec![1],
        counts: vec![1],
    });
    assert_eq!(value(statistics::FEATURES, &flat, "stat_kurt"), 0.0);
    assert_eq!(value(statistics::FEATURES, &flat, "stat_cov"), 0.0);
    assert!(value(intensity_histogram::FEATURES, &one, "ih_max_grad").is_nan());
    assert_eq!(value(intensity_histogram::FEATURES, &one, "ih_mode"), 1.0);
    let entropy = value(intensity_histogram::FEATURES, &one, "ih_entropy");
    assert_eq!((entropy, entropy.is_sign_positive()), (0.0, true));
    let volume = IntensityVolumeHistogram::new(&[3.0; 5], None, IvhDiscretisation::Discrete);
    let features = intensity_volume_histogram::FEATURES;
    assert!(value(features, &volume, "ivh_v10").is_nan());
    assert_eq!(value(features, &volume, "ivh_i90"), 4.0);
    let nothing = Distribution::new(&[]);
    assert!(value(statistics::FEATURES, &nothing, "stat_mean").is_nan());
}
