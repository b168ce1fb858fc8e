//! Choosing, checking, correcting, cropping and resegmenting a region, by hand-made examples.

use radiome_image::preprocess::{
    MaskError, MaskRequirements, PreprocessError, Resampling, ResegmentMode, check_mask,
    check_region, correct_mask, crop_to_region, normalize, region, resample, resegment,
};
use radiome_image::{BoundingBox, Geometry, Image, LabelMap, Mask, PixelType};

fn image(size: [usize; 3], value: impl Fn([usize; 3]) -> f64) -> Image {
    let geometry = Geometry {
        origin: [10.0, 20.0, 30.0],
        ..Geometry::axis_aligned(size, [1.0, 2.0, 3.0])
    };
    Image {
        values: (0..geometry.voxel_count())
            .map(|offset| value(geometry.index(offset)))
            .collect(),
        pixel_type: PixelType::F64,
        geometry,
    }
}

fn mask(geometry: &Geometry, inside: impl Fn([usize; 3]) -> bool) -> Mask {
    Mask {
        geometry: geometry.clone(),
        inside: (0..geometry.voxel_count())
            .map(|offset| inside(geometry.index(offset)))
            .collect(),
    }
}

fn in_box(lower: [usize; 3], upper: [usize; 3]) -> impl Fn([usize; 3]) -> bool {
    move |index| (0..3).all(|axis| (lower[axis]..=upper[axis]).contains(&index[axis]))
}

#[test]
fn a_label_that_is_absent_names_those_present() {
    let map = LabelMap {
        geometry: Geometry::axis_aligned([4, 1, 1], [1.0; 3]),
        labels: vec![0, 7, 2, 7],
        segments: Vec::new(),
    };
    assert_eq!(region(&map, 7).unwrap().voxel_count(), 2);
    let error = region(&map, 1).unwrap_err();
    assert_eq!(
        error,
        MaskError::LabelAbsent {
            label: 1,
            present: vec![2, 7]
        }
    );
    assert_eq!(
        error.to_string(),
        "label 1 is not in the mask; labels present: 2, 7"
    );
    // Background is no region.
    assert!(region(&map, 0).is_err());
}

#[test]
fn checks_in_their_order() {
    let image = image([6, 5, 4], |_| 0.0);
    let grid = &image.geometry;
    let needs = MaskRequirements::default();
    let cube = mask(grid, in_box([1, 2, 1], [3, 3, 2]));
    let bounds = BoundingBox {
        lower: [1, 2, 1],
        upper: [3, 3, 2],
    };
    assert_eq!(check_mask(grid, &cube, &needs), Ok(bounds));
    assert_eq!((bounds.size(), bounds.dimensions()), ([3, 2, 2], 3));

    let none = mask(grid, |_| false);
    assert_eq!(check_mask(grid, &none, &needs), Err(MaskError::Empty));
    let one = mask(grid, |index| index == [5, 4, 3]);
    assert_eq!(check_mask(grid, &one, &needs), Err(MaskError::SingleVoxel));
    let line = mask(grid, in_box([0, 0, 0], [5, 0, 0]));
    assert_eq!(
        check_mask(grid, &line, &needs),
        Err(MaskError::TooFewDimensions {
            found: 1,
            minimum: 2
        })
    );
    // PyRadiomics refuses a region of exactly minimumROISize voxels.
    let sized = |minimum| MaskRequirements {
        minimum_size: Some(minimum),
        ..needs
    };
    assert!(check_mask(grid, &cube, &sized(11)).is_ok());
    assert_eq!(
        check_mask(grid, &cube, &sized(12)),
        Err(MaskError::TooSmall {
            voxels: 12,
            minimum: 12
        })
    );
}

#[test]
fn a_grid_that_differs_is_named_with_its_distance() {
    let image = image([6, 5, 4], |_| 0.0);
    let mut moved = mask(&image.geometry, in_box([1, 2, 1], [3, 3, 2]));
    moved.geometry.origin[1] += 0.4;
    let error = check_mask(&image.geometry, &moved, &MaskRequirements::default()).unwrap_err();
    assert!(error.to_string().contains("0.4000 mm apart"), "{error}");
    let tolerant = MaskRequirements {
        geometry_tolerance: 0.5,
        ..Default::default()
    };
    assert!(check_mask(&image.geometry, &moved, &tolerant).is_ok());
    // A fifth of a voxel off: nearest neighbour finds the same voxels.
    let corrected = correct_mask(&image.geometry, &moved).unwrap();
    assert_eq!(corrected.geometry, image.geometry);
    assert_eq!(corrected.inside, moved.inside);

    moved.geometry.origin[1] += 6.0;
    match check_region(&image.geometry, &moved) {
        Err(MaskError::OutsideImage { upper, size, .. }) => {
            assert_eq!(size, [6, 5, 4]);
            // Voxels 2 and 3, 3.2 voxels further on, to their outer edge.
            assert!((upper[1] - 6.7).abs() < 1e-12, "{upper:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_region_between_the_voxels_of_the_image_is_lost() {
    let image = image([3, 3, 3], |_| 0.0);
    let fine = Geometry {
        origin: [10.4, 20.0, 30.0],
        ..Geometry::axis_aligned([4, 1, 1], [0.1, 2.0, 3.0])
    };
    let error = correct_mask(&image.geometry, &mask(&fine, |_| true)).unwrap_err();
    assert_eq!(error, PreprocessError::Mask(MaskError::LostInResampling));
}

#[test]
fn a_crop_keeps_positions() {
    let image = image([6, 5, 4], |[x, y, z]| (x + 10 * y + 100 * z) as f64);
    let region = mask(&image.geometry, in_box([1, 2, 1], [3, 3, 2]));
    let bounds = region.bounding_box().unwrap();
    let (cropped, kept) = crop_to_region(&image, &region, &bounds, 0).unwrap();
    assert_eq!(cropped.geometry.size, [3, 2, 2]);
    assert_eq!(cropped.geometry.origin, [11.0, 24.0, 33.0]);
    assert_eq!(
        cropped.values[..6],
        [121.0, 122.0, 123.0, 131.0, 132.0, 133.0]
    );
    assert!(kept.inside.iter().all(|&inside| inside));
    // A margin ends at the border of the image.
    let (cropped, kept) = crop_to_region(&image, &region, &bounds, 2).unwrap();
    assert_eq!(cropped.geometry.size, [6, 5, 4]);
    assert_eq!(cropped, image);
    assert_eq!(kept, region);
    let outside = BoundingBox {
        lower: [0; 3],
        upper: [6, 0, 0],
    };
    assert!(crop_to_region(&image, &region, &outside, 0).is_err());
}

#[test]
fn resegmentation_by_value_fraction_and_deviation() {
    let image = image([8, 1, 1], |[x, _, _]| x as f64);
    let all = mask(&image.geometry, |[x, _, _]| x > 0);
    let kept = |range: &[f64], mode| {
        let mask = resegment(&image, &all, range, mode).unwrap();
        let voxels = mask.inside.iter().enumerate();
        voxels
            .filter_map(|(x, &inside)| inside.then_some(x))
            .collect::<Vec<_>>()
    };
    assert_eq!(kept(&[5.0], ResegmentMode::Absolute), [5, 6, 7]);
    assert_eq!(kept(&[4.0, 2.0], ResegmentMode::Absolute), [2, 3, 4]);
    // Half of the maximum, 7, is 3.5.
    assert_eq!(kept(&[0.5], ResegmentMode::Relative), [4, 5, 6, 7]);
    // 1 .. 7: mean 4, standard deviation (by n) 2.
    assert_eq!(kept(&[-1.0, 1.0], ResegmentMode::Sigma), [2, 3, 4, 5, 6]);
    assert_eq!(kept(&[0.51], ResegmentMode::Sigma), [6, 7]);

    let error = resegment(&image, &all, &[7.0], ResegmentMode::Absolute).unwrap_err();
    assert_eq!(
        error,
        PreprocessError::Mask(MaskError::ResegmentedAway {
            lower: 7.0,
            upper: None,
            left: 1,
            before: 7
        })
    );
    for range in [&[][..], &[1.0, 2.0, 3.0]] {
        let error = resegment(&image, &all, range, ResegmentMode::Absolute).unwrap_err();
        assert_eq!(
            error,
            PreprocessError::ThresholdCount { found: range.len() }
        );
    }
    assert!(resegment(&image, &all, &[f64::NAN], ResegmentMode::Absolute).is_err());
}

#[test]
fn normalisation_by_hand() {
    // 0 .. 4: mean 2, standard deviation (by n - 1) sqrt(2.5).
    let image = image([5, 1, 1], |[x, _, _]| x as f64);
    let deviation = 2.5_f64.sqrt();
    let plain = normalize(&image, 1.0, None).unwrap();
    let limited = normalize(&image, 100.0, Some(1.0)).unwrap();
    for x in 0..5 {
        let expected = (x as f64 - 2.0) / deviation;
        // One rounding each of the deviation, its reciprocal and the product.
        assert!((plain.values[x] - expected).abs() <= 4.0 * f64::EPSILON);
        assert!(
            (limited.values[x] - 100.0 * expected.clamp(-1.0, 1.0)).abs() <= 400.0 * f64::EPSILON
        );
    }
    assert_eq!(limited.values[4], 100.0);
    assert_eq!(limited.pixel_type, PixelType::F64);

    let mut constant = image.clone();
    constant.values.fill(0.1);
    assert_eq!(
        normalize(&constant, 1.0, None),
        Err(PreprocessError::Constant { value: 0.1 })
    );
    let mut broken = image.clone();
    broken.values[3] = f64::NAN;
    match normalize(&broken, 1.0, None) {
        Err(PreprocessError::NotFinite { voxel, .. }) => assert_eq!(voxel, [3, 0, 0]),
        other => panic!("{other:?}"),
    }
    assert!(normalize(&image, 0.0, None).is_err());
    assert!(normalize(&image, 1.0, Some(-1.0)).is_err());
}

#[test]
fn resampling_refuses_what_it_cannot_do() {
    let image = image([6, 5, 4], |[x, _, _]| x as f64);
    let region = mask(&image.geometry, in_box([1, 2, 1], [3, 3, 2]));
    for spacing in [-1.0, f64::NAN, f64::INFINITY] {
        let error = resample(&image, &region, &Resampling::to([1.0, 1.0, spacing])).unwrap_err();
        assert!(matches!(error, PreprocessError::Setting { .. }), "{error}");
    }
    let tiny = resample(&image, &region, &Resampling::to([1e-4; 3])).unwrap_err();
    assert!(
        matches!(tiny, PreprocessError::TooManyVoxels { .. }),
        "{tiny}"
    );
    let tiny = resample(&image, &region, &Resampling::to([1e-300; 3])).unwrap_err();
    assert!(
        matches!(tiny, PreprocessError::TooManyVoxels { .. }),
        "{tiny}"
    );
    let none = mask(&image.geometry, |_| false);
    let error = resample(&image, &none, &Resampling::to([1.0; 3])).unwrap_err();
    assert_eq!(error, PreprocessError::Mask(MaskError::Empty));
    let mut broken = image.clone();
    broken.values[0] = f64::INFINITY;
    let error = resample(&broken, &region, &Resampling::to([1.0; 3])).unwrap_err();
    assert!(
        matches!(error, PreprocessError::NotFinite { .. }),
        "{error}"
    );
}

#[test]
fn an_axis_of_one_slice_keeps_its_spacing() {
    let image = image([6, 5, 4], |[x, _, _]| x as f64);
    let slice = mask(&image.geometry, in_box([1, 1, 2], [4, 3, 2]));
    let (resampled, kept) = resample(&image, &slice, &Resampling::to([2.0; 3])).unwrap();
    assert_eq!(resampled.geometry.spacing, [2.0, 2.0, 3.0]);
    assert_eq!(kept.bounding_box().unwrap().size()[2], 1);
}
