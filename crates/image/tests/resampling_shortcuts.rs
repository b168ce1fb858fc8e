//! What makes resampling and filtering fast must not change a bit: parts of an image instead of
//! the whole, and any number of threads.
//!
//! Here two ways of ours are compared; `resampling.rs` and `filters.rs` hold them to SimpleITK.

use radiome_image::filter::laplacian_of_gaussian;
use radiome_image::preprocess::{Interpolator, normalize, resample_onto};
use radiome_image::{BoundingBox, Geometry, Image, PixelType};

/// An image of noise (a linear congruential generator, Knuth's MMIX constants).
fn noise(size: [usize; 3]) -> Image {
    let mut state = 1_u64;
    let geometry = Geometry::axis_aligned(size, [1.0; 3]);
    let values = (0..geometry.voxel_count()).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 * 1e-4 - 800.0
    });
    Image {
        values: values.collect(),
        pixel_type: PixelType::F64,
        geometry,
    }
}

/// A grid in steps of half a voxel. Steps and lengths are powers of two, so that every position
/// is exact and the same in both grids.
fn half_steps(from: [f64; 3], size: [usize; 3]) -> Geometry {
    Geometry {
        origin: from,
        ..Geometry::axis_aligned(size, [0.5; 3])
    }
}

/// Compares the values on a small grid with those of a grid that sees the whole image.
fn same_as_of_the_whole(image: &Image) {
    let small = half_steps([108.25, 12.25, 100.25], [32, 2, 16]);
    let large = half_steps([0.25, 12.25, 0.25], [512, 2, 512]);
    let part = resample_onto(image, &small, Interpolator::BSpline).unwrap();
    let whole = resample_onto(image, &large, Interpolator::BSpline).unwrap();
    for (offset, value) in part.values.iter().enumerate() {
        let [x, y, z] = small.index(offset);
        let expected = whole.values[large.offset([x + 216, y, z + 200])];
        assert_eq!(value.to_bits(), expected.to_bits(), "{:?}", [x, y, z]);
    }
}

#[test]
fn a_part_of_the_image_gives_the_spline_of_the_whole() {
    let image = noise([256, 32, 256]);
    same_as_of_the_whole(&image);

    // Where an image is flat the recursions need not forget.
    for background in [0.0, -1000.1] {
        let mut flat = image.clone();
        for (offset, value) in flat.values.iter_mut().enumerate() {
            let [x, _, z] = flat.geometry.index(offset);
            if (20..200).contains(&x) && (20..230).contains(&z) {
                *value = background;
            }
        }
        same_as_of_the_whole(&flat);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let image = noise([70, 45, 38]);
    let oblique = Geometry {
        origin: [3.0, 4.0, 2.0],
        spacing: [0.9, 1.1, 0.7],
        size: [40, 30, 20],
        direction: [[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]],
    };
    let aligned = Geometry {
        direction: Geometry::axis_aligned([1; 3], [1.0; 3]).direction,
        ..oblique.clone()
    };
    let keep = BoundingBox {
        lower: [5, 6, 7],
        upper: [60, 40, 30],
    };
    let all = || {
        let mut values = laplacian_of_gaussian(&image, 2.0, &keep).unwrap().values;
        for grid in [&oblique, &aligned] {
            values.extend(
                resample_onto(&image, grid, Interpolator::BSpline)
                    .unwrap()
                    .values,
            );
        }
        values.extend(normalize(&image, 100.0, Some(3.0)).unwrap().values);
        values.into_iter().map(f64::to_bits).collect::<Vec<_>>()
    };
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(all)
    };
    let alone = with(1);
    assert!(alone == with(2) && alone == with(5));
}
