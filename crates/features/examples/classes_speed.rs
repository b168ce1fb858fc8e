//! How long each class takes on one image, in milliseconds and in nanoseconds a voxel, one thread:
//! `cargo run --release -p radiome-features --example classes_speed -- IMAGE MASK [BIN_WIDTH]`.
//!
//! The image is normalised (times 100) and resampled to 1 mm first, as a study of MR images does.
//! The least of many runs is printed, for what a disturbed machine adds.

use std::hint::black_box;
use std::time::{Duration, Instant};

use radiome_features::texture::{LevelGrid, Neighbourhood, glcm, gldm, glrlm, glszm, ngtdm};
use radiome_features::{Binning, Feature, Region, discretize, first_order, shape};
use radiome_image::filter::{Wavelet, WaveletOptions, laplacian_of_gaussian, wavelet_decompose};
use radiome_image::preprocess::{Resampling, check_mask, normalize, region, resample};
use radiome_image::read;

/// Runs of each; the least counts.
const RUNS: usize = 15;

type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [image, mask, ..] = arguments.as_slice() else {
        return Err("arguments: IMAGE MASK [BIN_WIDTH]".into());
    };
    let width: f64 = arguments.get(2).map_or(Ok(5.0), |text| text.parse())?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    pool.install(|| run(image, mask, width))
}

fn run(image: &str, mask: &str, width: f64) -> Outcome {
    let read_image = || read::image(image);
    let (stored, labels) = (read_image()?, read::labels(mask)?);
    let drawn = region(&labels, 1)?;
    let whole = normalize(&stored, 100.0, None)?;
    let resampling = Resampling {
        pad_distance: 10,
        ..Resampling::to([1.0; 3])
    };
    let (image, mask) = resample(&whole, &drawn, &resampling)?;
    let keep = check_mask(&image.geometry, &mask, &Default::default())?;
    let region = Region::new(&image, &mask).ok_or("an empty region")?;
    let voxels = region.values.len();
    let levels = discretize::discretize(&region.values, region.pixel_type, Binning::Width(width))?;
    let neighbourhood = Neighbourhood::default();
    let laid_out = || LevelGrid::new(&region, &levels, &neighbourhood);
    println!(
        "{voxels} voxels in a box of {} ({:?}), prepared image of {}, {} grey levels",
        region.inside.len(),
        region.size,
        image.values.len(),
        laid_out()?.gray_levels().len(),
    );

    let line = |what: &str, time: Duration| {
        let each = time.as_secs_f64() * 1e9 / voxels as f64;
        println!(
            "{what:<34} {:9.3} ms {each:8.2} ns a voxel",
            time.as_secs_f64() * 1e3
        );
    };
    let time = |what: &str, work: &mut dyn FnMut()| {
        let once = |work: &mut dyn FnMut()| {
            let start = Instant::now();
            work();
            start.elapsed()
        };
        let least = (0..RUNS).map(|_| once(work)).min();
        line(what, least.unwrap_or_default());
    };

    time("read the image", &mut || drop(black_box(read_image())));
    time("normalise", &mut || {
        drop(black_box(normalize(&stored, 100.0, None)))
    });
    time("resample, B-spline", &mut || {
        drop(black_box(resample(&whole, &drawn, &resampling)))
    });
    for sigma in [1.0, 3.0, 5.0] {
        time(&format!("LoG, {sigma} mm"), &mut || {
            drop(black_box(laplacian_of_gaussian(&image, sigma, &keep)));
        });
    }
    let (coif1, options) = (Wavelet::named("coif1")?, WaveletOptions::default());
    time("wavelet, coif1, eight sub-bands", &mut || {
        let done = wavelet_decompose(&image, &coif1, &options, &keep, |_, band| {
            drop(black_box(band))
        });
        let _ = black_box(done);
    });
    time("shape", &mut || {
        black_box(shape::Shape::new(
            &region.inside,
            region.size,
            region.spacing,
        ));
    });
    time("discretise", &mut || {
        let binning = Binning::Width(width);
        drop(black_box(discretize::discretize(
            &region.values,
            region.pixel_type,
            binning,
        )));
    });
    time("first order", &mut || {
        black_box(first_order::FirstOrder::new(
            &region.values,
            &levels,
            0.0,
            1.0,
        ));
    });
    time("lay out grey levels", &mut || drop(black_box(laid_out())));
    let grid = laid_out()?;
    // The first class to ask finds the equal neighbours; here it must not be a class that is timed.
    black_box(gldm::values(&grid, 0, &[]));
    let all: Vec<&Feature<glcm::Cooccurrence>> = glcm::FEATURES.iter().collect();
    time("GLCM, all features", &mut || {
        black_box(glcm::values(&grid, glcm::GlcmOptions::default(), &all));
    });
    time("GLCM, matrices alone", &mut || {
        black_box(glcm::values(&grid, glcm::GlcmOptions::default(), &[]));
    });
    time("GLDM with equal neighbours", &mut || {
        let fresh = laid_out();
        let all: Vec<_> = gldm::FEATURES.iter().collect();
        black_box(fresh.map(|grid| gldm::values(&grid, 0, &all))).ok();
    });
    time("GLDM", &mut || {
        black_box(gldm::values(
            &grid,
            0,
            &gldm::FEATURES.iter().collect::<Vec<_>>(),
        ));
    });
    time("GLRLM", &mut || {
        black_box(glrlm::values(
            &grid,
            None,
            &glrlm::FEATURES.iter().collect::<Vec<_>>(),
        ));
    });
    time("GLSZM", &mut || {
        black_box(glszm::values(
            &grid,
            &glszm::FEATURES.iter().collect::<Vec<_>>(),
        ));
    });
    time("NGTDM", &mut || {
        black_box(ngtdm::values(
            &grid,
            &ngtdm::FEATURES.iter().collect::<Vec<_>>(),
        ));
    });
    Ok(())
}
