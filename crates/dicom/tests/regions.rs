//! Contours and segmentations against rays counted in exact arithmetic, arrays that highdicom wrote,
//! and NIfTI masks of the same regions.

mod support;

use radiome_dicom::{ContourRemark, Contours, DicomError, Regions, Segmentation};
use radiome_image::{Geometry, LabelMap, Mask, read};
use serde_json::Value;
use support::{expected, reference, shared};

/// The grid of make_masks.py.
fn grid() -> Geometry {
    Geometry {
        origin: [-5.0, 3.0, 7.5],
        ..Geometry::axis_aligned([24, 20, 5], [0.5, 0.75, 2.5])
    }
}

fn places(mask: &Mask) -> Vec<usize> {
    let voxels = mask.inside.iter().enumerate();
    voxels
        .filter(|(_, inside)| **inside)
        .map(|(place, _)| place)
        .collect()
}

fn wanted(value: &Value) -> Vec<usize> {
    let places = support::numbers(value);
    places.into_iter().map(|place| place as usize).collect()
}

fn contours() -> Contours {
    Contours::open(reference("contours/RS.dcm")).unwrap()
}

/// Voxel for voxel; no centre of a voxel lies on a contour, so that the rule of edges plays no part.
#[test]
fn contours_by_voxel_centre_and_even_odd() {
    let contours = contours();
    let expected = expected("masks.json");
    let expected = expected["contours"].as_object().unwrap();
    assert_eq!(expected.len(), 7);
    for (name, voxels) in expected {
        let region = contours.region(name).unwrap();
        let (mask, _) = contours.mask(region, &grid()).unwrap();
        assert_eq!(places(&mask), wanted(voxels), "{name}");
    }
}

/// The same on the grid seen from the other side: two axes turned, the voxels the same.
#[test]
fn a_turned_grid_gives_the_same_voxels() {
    let (contours, straight) = (contours(), grid());
    let mut turned = straight.clone();
    turned.origin = straight.position([23.0, 0.0, 4.0]);
    turned.direction = [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]];
    for name in ["Star", "Hole", "Keyhole", "Between"] {
        let region = contours.region(name).unwrap();
        let (mask, _) = contours.mask(region, &straight).unwrap();
        let (other, _) = contours.mask(region, &turned).unwrap();
        for (place, inside) in mask.inside.iter().enumerate() {
            let [x, y, z] = straight.index(place);
            let there = turned.offset([23 - x, y, 4 - z]);
            assert_eq!(other.inside[there], *inside, "{name} {:?}", [x, y, z]);
        }
    }
}

#[test]
fn what_is_said_of_contours() {
    let contours = contours();
    let remarks = |name: &str| {
        contours
            .mask(contours.region(name).unwrap(), &grid())
            .unwrap()
            .1
    };
    assert!(remarks("Star").is_empty());
    assert_eq!(
        remarks("Tumör 腫瘍"),
        [ContourRemark::SlicesWithoutContour {
            slices: vec![1, 2, 3]
        }]
    );
    match remarks("Between").as_slice() {
        [ContourRemark::BetweenSlices { count: 2, distance }] => {
            assert!((distance - 0.75).abs() < 1e-6);
        }
        other => panic!("{other:?}"),
    }
    assert!(remarks("Dense").contains(&ContourRemark::PlanesDropped { count: 3 }));
    assert_eq!(remarks("Beyond"), [ContourRemark::BeyondImage { count: 1 }]);
}

#[test]
fn contours_that_do_not_fit() {
    let contours = contours();
    let error = |name: &str| {
        let region = contours.region(name).unwrap();
        contours.mask(region, &grid()).unwrap_err()
    };
    match error("Across") {
        DicomError::ContourAcrossSlices {
            contour: 1, spread, ..
        } => {
            assert!((spread - 2.5).abs() < 1e-9);
        }
        other => panic!("{other}"),
    }
    match error("Outside") {
        // 6.2 - 4.5 slices of 2.5 mm.
        DicomError::ContourOutside { distance, .. } => assert!((distance - 4.25).abs() < 1e-6),
        other => panic!("{other}"),
    }
    assert!(matches!(error("Empty"), DicomError::EmptyRegion { .. }));
    assert!(matches!(error("Point"), DicomError::EmptyRegion { .. }));
    assert_eq!(contours.region("Point").unwrap().open_contours(), 1);
    assert!(
        matches!(contours.region("Heart"), Err(DicomError::NoRegion { present, .. }) if present.len() == 11)
    );
    assert!(matches!(
        contours.region("*e*"),
        Err(DicomError::SeveralRegions { .. })
    ));
    assert_eq!(contours.region("key*").unwrap().name(), "Keyhole");
    assert!(Contours::open(reference("segmentations/binary.dcm")).is_err());
}

#[test]
fn regions_by_label_and_frame_of_reference() {
    let regions = Regions::open(reference("contours")).unwrap();
    let names = regions.segments();
    assert_eq!((names[1].name.as_str(), names[1].label), ("Hole", 2));
    assert_eq!(regions.label_of("hole").unwrap(), 2);
    let labels = regions.label_map(2, &grid(), None).unwrap().0;
    let expected = wanted(&expected("masks.json")["contours"]["Hole"]);
    assert_eq!(places(&labels.mask(2)), expected);
    assert_eq!(labels.label_named("Hole"), Some(2));
    for absent in [0, 12] {
        let error = regions.label_map(absent, &grid(), None).unwrap_err();
        assert!(matches!(error, DicomError::NoRegion { .. }));
    }
    let image = radiome_dicom::series(reference("series/plain.zip")).unwrap();
    assert!(
        regions
            .label_map(2, &grid(), image.frame_of_reference())
            .is_ok()
    );
    let other = regions.label_map(2, &grid(), Some("1.2.3")).unwrap_err();
    assert!(matches!(other, DicomError::FrameOfReference { .. }));
    assert!(
        matches!(Regions::open(reference("segmentations")), Err(DicomError::SeveralMasks { found, .. }) if found.len() == 4)
    );
    assert!(matches!(
        Regions::open(reference("series/plain.zip")),
        Err(DicomError::NoMask { .. })
    ));
}

/// The grid of the images that the segmentations were drawn on.
fn segmented() -> Geometry {
    Geometry {
        origin: [-20.5, 10.25, -30.0],
        ..Geometry::axis_aligned([15, 11, 4], [0.5, 0.75, 2.5])
    }
}

#[test]
fn segmentations_as_highdicom_was_given_them() {
    let expected = expected("masks.json");
    for (name, segments) in expected["segmentations"].as_object().unwrap() {
        let path = reference(&format!("segmentations/{name}.dcm"));
        let segmentation = Segmentation::open(path).unwrap();
        let segments = segments.as_object().unwrap();
        assert_eq!(segmentation.segments().len(), segments.len(), "{name}");
        for (number, voxels) in segments {
            let segment = segmentation.segment(&format!("segment {number}")).unwrap();
            let labels = segmentation.label_map(segment, &segmented()).unwrap();
            let mask = labels.mask(number.parse().unwrap());
            assert_eq!(places(&mask), wanted(voxels), "{name} {number}");
        }
    }
}

/// On a larger grid whose axes run otherwise: the same positions in the patient.
#[test]
fn a_segmentation_on_a_turned_and_larger_grid() {
    let path = reference("segmentations/binary.dcm");
    let segmentation = Segmentation::open(path).unwrap();
    let straight = segmented();
    // Index axes: the patient's z downwards, x, y; two voxels more on every side.
    let larger = Geometry {
        size: [8, 19, 15],
        spacing: [2.5, 0.5, 0.75],
        origin: straight.position([-2.0, -2.0, 5.0]),
        direction: [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]],
    };
    for segment in segmentation.segments() {
        let small = segmentation.label_map(segment, &straight).unwrap();
        let large = segmentation.label_map(segment, &larger).unwrap();
        let count = |labels: &LabelMap| labels.voxel_counts();
        assert_eq!(count(&small), count(&large));
        for (place, label) in small.labels.iter().enumerate() {
            let [x, y, z] = straight.index(place);
            assert_eq!(large.labels[larger.offset([5 - z, x + 2, y + 2])], *label);
        }
    }
}

#[test]
fn a_segmentation_that_does_not_fit_the_image() {
    let segmentation = Segmentation::open(reference("segmentations/binary.dcm")).unwrap();
    let segment = &segmentation.segments()[0];
    let mut shifted = segmented();
    shifted.origin[0] += 0.2;
    let mut coarse = segmented();
    coarse.spacing[0] = 1.0;
    let mut small = segmented();
    small.size[0] = 9;
    let mut fine = segmented();
    fine.spacing[0] = 0.25;
    fine.size[0] = 30;
    for (name, geometry) in [
        ("shifted", shifted),
        ("coarse", coarse),
        ("small", small),
        ("fine", fine),
    ] {
        let error = segmentation.label_map(segment, &geometry).unwrap_err();
        assert!(
            matches!(error, DicomError::SegmentationGrid { .. }),
            "{name}: {error}"
        );
    }
}

fn same(regions: &Regions, image: &str, nifti: &std::path::Path, voxels: usize) {
    let series = radiome_dicom::series(image).unwrap();
    let geometry = series.geometry().unwrap();
    let labels = regions
        .label_map(1, &geometry, series.frame_of_reference())
        .unwrap()
        .0;
    let mask = labels.mask(1);
    assert_eq!(mask.voxel_count(), voxels);
    assert_eq!(places(&mask), places(&read::labels(nifti).unwrap().mask(1)));
}

/// A public patient: 9,655 voxels.
#[test]
fn contours_of_sts_025_equal_the_nifti_mask() {
    let Some(folder) = shared("data/sts_dicom/STS_025/MR_T1") else {
        return;
    };
    let regions = Regions::open(folder.join("mask")).unwrap();
    assert_eq!(regions.segments()[0].name, "GTV_Mass_MR_T1");
    let nifti = folder.join("../../../sts/STS_025/t1_mask.nii.gz");
    same(
        &regions,
        folder.join("image").to_str().unwrap(),
        &nifti,
        9655,
    );
}

/// The CT phantom of the IBSI: 125,256 voxels.
#[test]
fn contours_of_the_ct_phantom_equal_the_nifti_mask() {
    let Some(folder) = shared("data/ibsi1/ct_phantom") else {
        return;
    };
    let regions = Regions::open(folder.join("dicom/mask")).unwrap();
    let image = folder.join("dicom/image");
    same(
        &regions,
        image.to_str().unwrap(),
        &folder.join("mask.nii.gz"),
        125_256,
    );
}
