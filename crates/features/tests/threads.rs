//! The same bits whatever the number of threads.

use radiome_features::{Extractor, FeatureRow, Settings};
use radiome_image::{Geometry, Image, LabelMap, PixelType};

const EVERYTHING: &str = "
imageType:
  Original: {}
  LoG: {sigma: [1.0, 2.5]}
  Wavelet: {level: 2}
  Square: {}
  SquareRoot: {}
  Logarithm: {}
  Exponential: {}
  Gradient: {}
  LBP2D: {binWidth: 1}
  LBP3D: {binWidth: 0.5}
setting:
  normalize: true
  normalizeScale: 100
  resampledPixelSpacing: [1.3, 1.3, 1.3]
  binWidth: 7
";

/// Two labels in smooth structure with noise.
fn input() -> (Image, LabelMap) {
    let geometry = Geometry::axis_aligned([34, 30, 18], [1.0, 1.0, 2.0]);
    let mut state = 5_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let voxel = |offset: usize| {
        let [x, y, z] = geometry.index(offset).map(|index| index as f64);
        let value = 300.0 * ((0.3 * x).sin() + (0.2 * y).cos() + 0.1 * z) + 80.0 * noise();
        let within = |cx: f64, r: f64| {
            (x - cx).powi(2) + (y - 15.0).powi(2) + 4.0 * (z - 9.0).powi(2) < r * r
        };
        let label = if within(11.0, 9.0) {
            1
        } else {
            2 * u32::from(within(26.0, 6.0))
        };
        (value, label)
    };
    let (values, labels) = (0..geometry.voxel_count()).map(voxel).unzip();
    let image = Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::F32,
        values,
    };
    let labels = LabelMap {
        geometry,
        labels,
        segments: Vec::new(),
    };
    (image, labels)
}

#[test]
fn features_are_the_same_bits_on_one_two_and_eight_threads() {
    let (image, labels) = input();
    for yaml in [
        EVERYTHING.to_owned(),
        // The native grid: filters see the whole image, and run once for both labels.
        EVERYTHING.replace("  resampledPixelSpacing: [1.3, 1.3, 1.3]\n", ""),
    ] {
        let extractor = Extractor::new(Settings::from_yaml(&yaml).unwrap().plan().unwrap());
        let rows = |threads: usize| -> Vec<FeatureRow> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let extract = || extractor.extract_labels(&image, &labels, &[1, 2]);
            let rows = pool.build().unwrap().install(extract);
            rows.into_iter().map(Result::unwrap).collect()
        };
        let bits = |rows: &[FeatureRow]| -> Vec<(String, u64)> {
            let features = rows.iter().flat_map(|row| &row.features);
            features
                .map(|(n, value)| (n.clone(), value.to_bits()))
                .collect()
        };
        let alone = rows(1);
        assert!(bits(&alone).len() > 4000, "{}", bits(&alone).len());
        for threads in [2, 8] {
            let together = rows(threads);
            assert_eq!(bits(&together), bits(&alone), "{threads} threads");
            for (together, alone) in together.iter().zip(&alone) {
                assert_eq!(together.diagnostics, alone.diagnostics);
                assert_eq!(together.undefined, alone.undefined);
            }
        }
    }
}
