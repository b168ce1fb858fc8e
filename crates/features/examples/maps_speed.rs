//! How long feature maps take, in microseconds of processor time a voxel for each class on one thread,
//! and a number made of the bits of all values:
//! `cargo run --release -p radiome-features --example maps_speed -- [RADIUS] [BIN_WIDTH] [SIDE] [MASKED]`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use radiome_features::{ExtractError, Extractor, FeatureClass, MapRequest, Settings};
use radiome_image::{Geometry, Image, LabelMap, PixelType};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize, usual: &str| arguments.get(at).cloned().unwrap_or(usual.to_owned());
    let (radius, width) = (argument(0, "1"), argument(1, "25"));
    let side: usize = argument(2, "24").parse()?;
    let masked = argument(3, "true");
    let (image, labels) = input(side);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    for class in FeatureClass::ALL {
        if matches!(class, FeatureClass::Shape | FeatureClass::Shape2D) {
            continue;
        }
        let yaml = format!(
            "setting: {{binWidth: {width}}}\nfeatureClass: {{{}: }}\n\
             voxelSetting: {{kernelRadius: {radius}, maskedKernel: {masked}}}\n",
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
        let mut bits = 0xcbf2_9ce4_8422_2325_u64;
        let seconds = pool.install(|| {
            let start = (processor_time(), Instant::now());
            extractor.maps_by_class(&image, &labels, None, request, |maps| {
                for value in maps.iter().flat_map(|map| &map.image.values) {
                    bits = (bits ^ value.to_bits()).wrapping_mul(0x0000_0100_0000_01b3);
                }
                Ok::<(), ExtractError>(())
            })?;
            let used = processor_time().zip(start.0).map(|(now, then)| now - then);
            Ok::<f64, ExtractError>(used.unwrap_or_else(|| start.1.elapsed().as_secs_f64()))
        })?;
        let voxels = voxels.load(Ordering::Relaxed);
        let each = seconds * 1e6 / voxels as f64;
        println!(
            "{:<10} {each:8.2} us for each of {voxels} voxels, bits {bits:016x}",
            class.name()
        );
    }
    Ok(())
}

/// Seconds that this thread has run for, where the system says so: other programs do not count.
fn processor_time() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds * 1e-9)
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
