//! Series of slices against pydicom, SimpleITK and NIfTI files of the same images.

mod support;

use radiome_dicom::{Catalog, DicomError, Remark, Series};
use radiome_image::{Image, PixelType, read};
use support::{assert_grid, assert_values, expected, reference, shared};

fn scan(name: &str) -> Catalog {
    Catalog::scan(reference(&format!("series/{name}.zip"))).unwrap()
}

fn only_series(name: &str) -> Series {
    let catalog = scan(name);
    let [series] = catalog.series() else {
        panic!("{name}: {} series", catalog.series().len());
    };
    series.clone()
}

fn error(name: &str) -> DicomError {
    only_series(name).image().expect_err(name)
}

/// Lossless: exactly what pydicom reads. With loss: the reference decoders round a few voxels
/// otherwise, by one grey level (JPEG and JPEG 2000 leave the precision of the transforms open).
#[test]
fn every_transfer_syntax() {
    let expected = expected("series.json");
    let expected = expected["syntaxes"].as_object().unwrap();
    assert!(expected.len() >= 27, "{}", expected.len());
    for (name, expected) in expected {
        let path = reference(&format!("syntaxes/{name}.dcm"));
        let series = radiome_dicom::series(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (image, remarks) = series.image().unwrap_or_else(|e| panic!("{name}: {e}"));
        let lossy = name.contains("lossy") || name.contains("baseline") || name.contains("near");
        assert_eq!(remarks.contains(&Remark::LossyCompression), lossy, "{name}");
        if name.contains("lossy") || name.contains("baseline") {
            let sum: f64 = image.values.iter().sum();
            let wanted = expected["sum"].as_f64().unwrap();
            let mean = (sum - wanted).abs() / image.values.len() as f64;
            assert!(mean < 0.1, "{name}: the mean differs by {mean}");
            for (found, wanted) in image
                .values
                .iter()
                .zip(support::numbers(&expected["first"]))
            {
                assert!(
                    (found - wanted).abs() <= 1.0,
                    "{name}: {found} instead of {wanted}"
                );
            }
        } else {
            assert_values(name, &image.values, expected);
        }
        assert_eq!(image.geometry.spacing, [0.5, 0.75, 3.0], "{name}");
    }
}

/// JPEG of 12 bits, voxel by voxel: DCMTK decodes in whole numbers, which leaves each value one grey
/// level beside the exact transform where that swings far beyond black and white, and none or one
/// elsewhere by rounding.
#[test]
fn jpeg_of_12_bits() {
    for (name, columns, intercept) in [("u", 37, 0.0), ("i", 50, -1024.0)] {
        let name = format!("jpeg-12-bit-lossy-{name}");
        let image = radiome_dicom::image(reference(&format!("syntaxes/{name}.dcm"))).unwrap();
        let values = std::fs::read(reference(&format!("jpeg_12_bit/{name}.values"))).unwrap();
        let (values, _) = values.as_chunks();
        let values: Vec<f64> = values
            .iter()
            .map(|&two| f64::from(u16::from_le_bytes(two)) + intercept)
            .collect();
        assert_eq!(image.geometry.size[0], columns);
        assert_eq!(image.values.len(), values.len());
        let differ = |far: f64| {
            let pairs = image.values.iter().zip(&values);
            pairs
                .filter(|(found, value)| (*found - *value).abs() > far)
                .count()
        };
        assert_eq!(differ(1.0), 0, "{name}");
        assert!(
            differ(0.0) < values.len() / 10,
            "{name}: {} differ",
            differ(0.0)
        );
    }
}

/// The grid and the type by SimpleITK (GDCM), the values exactly; the direction is that of the
/// header in both, but ITK makes the oblique one orthonormal (1e-9).
#[test]
fn series_as_in_simpleitk() {
    let expected = expected("series.json");
    for (name, expected) in expected["series"].as_object().unwrap() {
        let catalog = scan(name);
        assert!(catalog.broken().is_empty(), "{name}");
        let series = only_series(name);
        let (image, remarks) = series.image().unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(series.geometry().unwrap(), image.geometry);
        assert!(remarks.is_empty(), "{name}: {remarks:?}");
        assert_grid(name, &image, expected, 1e-9);
        assert_values(name, &image.values, expected);
        let kind = expected["type"].as_str().unwrap();
        assert_eq!(image.pixel_type.to_string(), kind, "{name}");
    }
    let catalog = scan("plain");
    assert_eq!((catalog.files(), catalog.others()), (7, 2));
}

/// Frames with their own positions, slopes and intercepts; values by pydicom.
#[test]
fn enhanced_multi_frame() {
    let expected = expected("series.json");
    for (name, expected) in expected["enhanced"].as_object().unwrap() {
        let path = reference(&format!("series/{name}.dcm"));
        let image = radiome_dicom::series(&path).unwrap().image().unwrap().0;
        assert_grid(name, &image, expected, 1e-12);
        assert_values(name, &image.values, expected);
    }
}

#[test]
fn exact_copies_are_passed_over() {
    let expected = expected("series.json");
    for name in ["duplicate", "duplicate-renamed"] {
        let (image, remarks) = only_series(name).image().unwrap();
        assert_eq!(remarks, [Remark::DuplicatesDropped { count: 1 }], "{name}");
        assert_values(name, &image.values, &expected["series"]["plain"]);
    }
}

/// A slice 0.04 mm beside its place along the normal and 0.03 mm across: within what is accepted.
#[test]
fn slices_that_were_straightened_are_remarked() {
    let (image, remarks) = only_series("nearly-even").image().unwrap();
    let (plain, _) = only_series("plain").image().unwrap();
    assert_eq!(image.geometry, plain.geometry);
    match remarks[..] {
        [Remark::Straightened { along, across }] => {
            assert!((along - 0.04).abs() < 1e-9 && (across - 0.03).abs() < 1e-9);
        }
        _ => panic!("{remarks:?}"),
    }
    assert_eq!(remarks[0].code(), "dicom_straightened");
}

#[test]
fn what_makes_no_grid_is_named() {
    match error("two-echoes") {
        DicomError::SeveralAtPosition {
            count,
            position,
            differs,
            ..
        } => {
            assert_eq!((count, position), (2, -30.0));
            assert_eq!(differs, ["Echo Time"]);
        }
        other => panic!("{other}"),
    }
    match error("missing") {
        DicomError::MissingSlices {
            positions, spacing, ..
        } => {
            assert_eq!(positions, [-25.0, -17.5]);
            assert_eq!(spacing, 2.5);
        }
        other => panic!("{other}"),
    }
    match error("uneven") {
        DicomError::UnevenSlices {
            smallest, largest, ..
        } => {
            assert!((smallest - 2.1).abs() < 1e-12 && (largest - 2.9).abs() < 1e-12);
        }
        other => panic!("{other}"),
    }
    match error("tilted") {
        // atan(0.5 / 2.5).
        DicomError::TiltedGantry { degrees, .. } => {
            assert!((degrees - 11.309_932_474).abs() < 1e-8)
        }
        other => panic!("{other}"),
    }
    for (name, wanted) in [
        ("turned", "Image Orientation (Patient)"),
        ("resized", "the size of the slices"),
        ("finer", "Pixel Spacing"),
    ] {
        match error(name) {
            DicomError::Inconsistent { attribute, .. } => assert_eq!(attribute, wanted),
            other => panic!("{name}: {other}"),
        }
    }
    match error("no-position") {
        DicomError::Missing {
            attribute, place, ..
        } => {
            assert_eq!(attribute, "Image Position (Patient)");
            assert!(place.contains("-3.dcm in "), "{place}");
        }
        other => panic!("{other}"),
    }
    assert!(matches!(error("coloured"), DicomError::Unsupported { .. }));
    assert!(matches!(
        error("cut-short"),
        DicomError::Value { .. } | DicomError::Truncated { .. }
    ));
}

/// A file cut in its header belongs to no series: it could be a slice of any.
#[test]
fn broken_files_are_no_missing_slices() {
    let catalog = scan("cut-in-header");
    assert_eq!(catalog.broken().len(), 1);
    let path = reference("series/cut-in-header.zip");
    let error = radiome_dicom::series(&path).unwrap_err();
    assert!(matches!(error, DicomError::Truncated { .. }), "{error}");
}

#[test]
fn patients_and_series_are_numbered_and_nameless() {
    let catalog = scan("mixed");
    let numbers: Vec<_> = catalog.series().iter().map(Series::numbers).collect();
    assert_eq!(numbers.len(), 3);
    assert!(numbers.contains(&(1, 1, 1)) && numbers.contains(&(2, 1, 1)));
    let error = radiome_dicom::series(reference("series/mixed.zip")).unwrap_err();
    assert!(matches!(error, DicomError::SeveralSeries { .. }));
    let mut ids = Vec::new();
    for series in catalog.series() {
        let identity = series.identity().unwrap();
        ids.push(identity.id.clone().unwrap());
        let (image, _) = series.image().unwrap();
        let shown = format!(
            "{series} {series:?} {identity:?} {catalog:?} {error} {:?}",
            image.geometry
        );
        for secret in ["SECRET", "Nobody", "Somebody", "1901"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    ids.sort();
    assert_eq!(ids, ["SECRET-1", "SECRET-1", "SECRET-2"]);
}

#[test]
fn what_cannot_be_opened() {
    let missing = Catalog::scan("no/such/folder").unwrap_err();
    assert!(matches!(missing, DicomError::Open { .. }));
    let error = radiome_dicom::series(reference("series.json")).unwrap_err();
    assert!(matches!(error, DicomError::NotDicom { .. }), "{error}");
    assert!(!radiome_dicom::is_dicom(reference("series.json")));
    let text = reference("syntaxes");
    assert!(radiome_dicom::is_dicom(text));
}

fn same(dicom: &Image, nifti: &Image) {
    // NIfTI holds positions as 32-bit floats: 1e-4 of the spacing is left of them.
    assert_eq!(dicom.geometry.difference(&nifti.geometry, 1e-4), None);
    assert!(dicom.values == nifti.values);
}

/// A public patient: the series equals the NIfTI file of the same image, voxel for voxel.
#[test]
fn sts_025_equals_its_nifti() {
    let Some(folder) = shared("data/sts_dicom/STS_025/MR_T1") else {
        return;
    };
    let nifti = read::image(folder.join("../../../sts/STS_025/t1.nii.gz")).unwrap();
    let dicom = radiome_dicom::image(folder.join("image")).unwrap();
    same(&dicom, &nifti);
    // The type of the DICOM file, as SimpleITK reads it; that of the NIfTI file is 32-bit float.
    assert_eq!(dicom.pixel_type, PixelType::I16);
    let one = radiome_dicom::image(folder.join("image/000007.dcm")).unwrap();
    assert!(one == dicom);
}

/// The CT phantom of the IBSI.
#[test]
fn ct_phantom_equals_its_nifti() {
    let Some(folder) = shared("data/ibsi1/ct_phantom") else {
        return;
    };
    let nifti = read::image(folder.join("image.nii.gz")).unwrap();
    same(
        &radiome_dicom::image(folder.join("dicom/image")).unwrap(),
        &nifti,
    );
}
