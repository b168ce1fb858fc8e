//! Counts that slide from voxel to voxel are those of each kernel alone, to the last bit.
//!
//! A kernel is counted anew where the one before it was not its neighbour: so voxels in descending
//! order are all counted anew. What is counted anew is compared with PyRadiomics in `tests/maps.rs`.

use super::*;
use crate::settings::Settings;

/// A random image whose neighbours are alike, with values from 0 to 160, and the voxels that count.
fn random_image(size: [usize; 3], seed: u64) -> (Vec<f64>, Vec<bool>) {
    let mut state = seed;
    let mut random = |below: u32| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as u32 % below
    };
    let mut last = 0;
    let values = (0..size.iter().product()).map(|_| {
        if random(3) > 0 {
            last = random(160);
        }
        f64::from(last + random(4))
    });
    let values: Vec<f64> = values.collect();
    // Nearly whole at one end of the image, nearly empty at the other.
    let count = values.len();
    let inside = (0..count).map(|at| random(10) >= (at * 11 / count) as u32);
    (values, inside.collect())
}

/// The bits of all features at the voxels of the region, in the order of the grid. The kernel sees
/// the region alone, or the whole image.
fn bits(yaml: &str, size: [usize; 3], masked: bool, descending: bool) -> Vec<Vec<u64>> {
    let (values, inside) = random_image(size, 11 + size[0] as u64);
    let plan = Settings::from_yaml(yaml).unwrap().plan().unwrap();
    let mut voxels: Vec<usize> = (0..values.len()).filter(|&at| inside[at]).collect();
    if descending {
        voxels.reverse();
    }
    let seen = if masked {
        inside
    } else {
        vec![true; values.len()]
    };
    let counted = values.iter().zip(&seen).filter(|(_, seen)| **seen);
    let region = Region {
        size,
        spacing: [1.0; 3],
        pixel_type: PixelType::I16,
        values: counted.map(|(&value, _)| value).collect(),
        inside: seen,
    };
    let image = PreparedImage {
        geometry: &Geometry::axis_aligned(size, [1.0; 3]),
        region: &region,
        voxels: &voxels,
    };
    let (radius, image_plan) = (plan.voxels.kernel_radius, &plan.images[0]);
    let mapper = Mapper::new(&image, image_plan, &plan.classes, radius).ok();
    let classes = plan.classes.iter().filter(|class| !class.is_shape());
    let maps = classes.flat_map(|class| {
        let mapper = mapper.as_ref().expect("the image can be mapped");
        mapper.values(class, &|_| {}).ok().expect("values")
    });
    let maps = maps.map(|mut values| {
        if descending {
            values.reverse();
        }
        values.into_iter().map(f64::to_bits).collect()
    });
    maps.collect()
}

fn compare(settings: &str, size: [usize; 3], radius: usize) {
    for masked in [true, false] {
        let yaml = format!(
            "setting: {settings}\nvoxelSetting: {{kernelRadius: {radius}}}\n\
             featureClass: {{firstorder: , glcm: , glrlm: , glszm: , gldm: , ngtdm: }}"
        );
        let threads = |count: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
            pool.unwrap().install(|| bits(&yaml, size, masked, false))
        };
        let anew = bits(&yaml, size, masked, true);
        assert_eq!(anew.len(), 93);
        for count in [1, 3] {
            for (number, (slid, anew)) in threads(count).iter().zip(&anew).enumerate() {
                assert!(
                    slid == anew,
                    "map {number}, radius {radius}, masked {masked}"
                );
            }
        }
    }
}

#[test]
fn kernels_of_three_voxels() {
    compare("{binWidth: 10}", [11, 8, 6], 1);
}

#[test]
fn kernels_of_five_voxels() {
    compare("{binWidth: 10}", [14, 9, 7], 2);
}

#[test]
fn kernels_of_seven_voxels() {
    compare("{binWidth: 10, distances: [1, 2]}", [12, 9, 5], 3);
    // More levels than eigenvalues are found of side by side.
    compare("{binWidth: 3}", [11, 7, 5], 3);
}

#[test]
fn kernels_of_nine_voxels() {
    compare("{binWidth: 12, gldm_a: 1}", [13, 9, 6], 4);
}

#[test]
fn flat_kernels() {
    for axis in 0..3 {
        let settings = format!("{{binWidth: 8, force2D: true, force2Ddimension: {axis}}}");
        compare(&settings, [13, 12, 11], 2 + axis);
    }
}

#[test]
fn kernels_wider_than_the_image() {
    compare("{binWidth: 20}", [4, 9, 1], 4);
    compare("{binWidth: 20}", [1, 9, 5], 3);
}

#[test]
fn weighted_and_asymmetric_matrices() {
    compare("{binWidth: 10, weightingNorm: euclidean}", [10, 6, 5], 2);
    compare("{binWidth: 10, symmetricalGLCM: false}", [10, 6, 5], 2);
}

#[test]
fn one_level() {
    compare("{binWidth: 500}", [9, 6, 5], 2);
}
