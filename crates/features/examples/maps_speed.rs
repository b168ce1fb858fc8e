//! How long feature maps take, in microseconds a voxel for each class on one thread:
//! `cargo run --release -p radiome-features --example maps_speed -- [RADIUS] [BIN_WIDTH] [SIDE]`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use radiome_features::{ExtractError, Extractor, FeatureClass, MapRequest, Settings};
use radiome_image::{Geometry, Image, LabelMap, PixelType};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize, usual: &str| arguments.get(at).cloned().unwrap_or(usual.to_owned());
    let (radius, width) = (argument(0, "1"), argument(1, "25"));
    let side: usize = argument(2, "24").parse()?;
    let (image, labels) = input(side);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    for class in FeatureClass::ALL {
        if matches!(class, FeatureClass::Shape | FeatureClass::Shape2D) {
            continue;
        }
        let yaml = format!(
            "setting: {{binWidth: {width}}}\nfeatureClass: {{{}: }}\n\
             voxelSetting: {{kernelRadius: {radius}}}\n",
            class.name()
        );
        let extractor = Extractor::new(Settings::from_yaml(&yaml)?.plan()?);
        let voxels = AtomicUsize::new(0);
        let request = MapRequest {
            progress: &|done, _| {
                voxels.fetch_add(done, Ordering::Relaxed);
            },
            ..MapRequest::default()
        };
        let start = Instant::now();
        let mut sum = 0.0;
        pool.install(|| {
            extractor.maps_by_class(&image, &labels, None, request, |maps| {
                let values = maps.iter().flat_map(|map| &map.image.values);
                sum += values.filter(|value| value.is_finite()).sum::<f64>();
                Ok::<(), ExtractError>(())
            })
        })?;
        let voxels = voxels.load(Ordering::Relaxed);
        let each = start.elapsed().as_secs_f64() * 1e6 / voxels as f64;
        println!(
            "{:<10} {each:8.2} us for each of {voxels} voxels (sum {sum:.12e})",
            class.name()
        );
    }
    Ok(())
}

/// A ball in noise of a standard deviation of about 100 that makes neighbours alike.
fn input(side: usize) -> (Image, LabelMap) {
    let geometry = Geometry::axis_aligned([side; 3], [1.0; 3]);
    let mut state = 1_u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let noise: Vec<f64> = (0..geometry.voxel_count()).map(|_| random()).collect();
    let at = |x: usize, y: usize, z: usize| noise[geometry.offset([x, y, z].map(|i| i % side))];
    let mut values = Vec::new();
    let mut inside = Vec::new();
    for z in 0..side {
        for y in 0..side {
            for x in 0..side {
                let near = at(x, y, z) + at(x + 1, y, z) + at(x, y + 1, z) + at(x, y, z + 1);
                values.push((500.0 + 200.0 * near).round());
                let middle = [x, y, z].map(|i| i as f64 - (side as f64 - 1.0) / 2.0);
                let square: f64 = middle.iter().map(|m| m * m).sum();
                inside.push(u32::from(square < (side as f64 / 2.2).powi(2)));
            }
        }
    }
    let image = Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::I16,
        values,
    };
    let labels = LabelMap {
        geometry,
        labels: inside,
        segments: Vec::new(),
    };
    (image, labels)
}
