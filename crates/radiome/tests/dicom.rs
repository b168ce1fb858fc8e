//! `radiome extract` on DICOM: the public patient STS_025 gives the features of its NIfTI files,
//! and the regions of a contour set are chosen as the labels of a mask are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the command and checks how it ends; gives back standard output and standard error.
#[track_caller]
fn run(status: i32, arguments: &[&Path]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_radiome"))
        .env("NO_COLOR", "1")
        .arg("extract")
        .args(arguments)
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    let code = output.status.code();
    assert_eq!(code, Some(status), "{arguments:?}\n{out}\n{err}");
    // Messages are wrapped to the width of the screen.
    let err = err.replace("│", " ");
    (out, err.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The features of every row of a table, by their names.
fn features(table: &str) -> Vec<BTreeMap<String, f64>> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let names = reader.headers().unwrap().clone();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let cells = names.iter().zip(&row);
        let cells = cells.filter(|(name, _)| name.starts_with("original_"));
        let features: BTreeMap<String, f64> = cells
            .map(|(name, cell)| (name.to_owned(), cell.parse().unwrap()))
            .collect();
        assert_eq!(features.len(), 107);
        features
    });
    rows.collect()
}

fn sts_025() -> Option<(PathBuf, PathBuf)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("RADIOME_SHARED").map_or(beside, PathBuf::from);
    let dicom = shared.join("data/sts_dicom/STS_025/MR_T1");
    let nifti = shared.join("data/sts/STS_025");
    if !dicom.is_dir() || !nifti.is_dir() {
        println!(
            "skipped: no STS_025 in {}; set RADIOME_SHARED",
            shared.display()
        );
        return None;
    }
    Some((dicom, nifti))
}

/// The NIfTI files hold spacing as 32-bit floats: features of size differ by 1e-7 and, as volumes,
/// thrice that; every other feature is the same number.
#[test]
fn features_of_a_patient_are_those_of_the_nifti_files() {
    let Some((dicom, nifti)) = sts_025() else {
        return;
    };
    let (expected, _) = run(
        0,
        &[&nifti.join("t1.nii.gz"), &nifti.join("t1_mask.nii.gz")],
    );
    let expected = features(&expected);
    let (folder, contours) = (dicom.join("image"), dicom.join("mask/RS.dcm"));
    let label = |name: &str| [Path::new("--label").to_owned(), name.into()];
    let [option, name] = label("gtv_*_t1");
    let [_, number] = label("1");
    let [_, all] = label("all");
    let (file, masks) = (folder.join("000003.dcm"), dicom.join("mask"));
    for arguments in [
        vec![&*folder, &*contours],
        vec![&*folder, &*contours, &*option, &*name],
        vec![&*file, &*masks, &*option, &*number],
        vec![&*folder, &*contours, &*option, &*all],
    ] {
        let (found, _) = run(0, &arguments);
        let found = features(&found);
        assert_eq!(found.len(), 1);
        for (name, wanted) in &expected[0] {
            let value = found[0][name];
            let allowed = match name.contains("_shape_") || name.contains("TotalEnergy") {
                true => 5e-7 * wanted.abs(),
                false => 0.0,
            };
            assert!(
                (value - wanted).abs() <= allowed,
                "{name}: {value} instead of {wanted}"
            );
        }
    }
}

/// The DICOM contours on the NIfTI image, whose frame of reference nobody knows.
#[test]
fn contours_on_an_image_of_another_format() {
    let Some((dicom, nifti)) = sts_025() else {
        return;
    };
    let image = nifti.join("t1.nii.gz");
    let (expected, _) = run(0, &[&image, &nifti.join("t1_mask.nii.gz")]);
    let (found, _) = run(0, &[&image, &dicom.join("mask")]);
    assert_eq!(features(&found), features(&expected));
}

/// Converted, the series has the voxels and the type that it has read as it is, and its grid: NRRD
/// holds spacing times direction, whose length is the spacing as far as the header's cosines are of
/// unit length (here to 1e-12).
#[test]
fn a_series_is_converted() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("oblique.nrrd");
    let series = reference("series/oblique.zip");
    let status = Command::new(env!("CARGO_BIN_EXE_radiome"))
        .args([Path::new("convert"), &series, Path::new("--out"), &out])
        .status()
        .unwrap();
    assert!(status.success());
    let written = radiome_image::read::image(&out).unwrap();
    let read = radiome_dicom::image(&series).unwrap();
    assert!(written.values == read.values && written.pixel_type == read.pixel_type);
    assert_eq!(read.geometry.difference(&written.geometry, 1e-10), None);
}

/// A folder of the tests of the crate that reads DICOM.
fn reference(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../dicom/tests/reference")
        .join(name)
}

#[test]
fn what_is_wrong_is_said() {
    let image = reference("series/plain.zip");
    let contours = reference("contours/RS.dcm");
    let label = Path::new("--label");
    let (_, err) = run(2, &[&image]);
    assert!(err.contains("its mask is missing"), "{err}");
    let (_, err) = run(1, &[&image, &contours]);
    assert!(
        err.contains("holds 9 regions") && err.contains("(label_missing)"),
        "{err}"
    );
    let (_, err) = run(1, &[&image, &contours, label, Path::new("Heart")]);
    assert!(
        err.contains("no region \"Heart\"") && err.contains("\"Keyhole\""),
        "{err}"
    );
    let (_, err) = run(1, &[&image, &contours, label, Path::new("Across")]);
    assert!(err.contains("(geometry_mismatch)"), "{err}");
    let (_, err) = run(1, &[&image, &contours, label, Path::new("Empty")]);
    assert!(err.contains("(empty_mask)"), "{err}");
    let (_, err) = run(2, &[&reference("series/missing.zip"), &contours]);
    assert!(err.contains("2 slices are missing"), "{err}");
    let (_, err) = run(2, &[&reference("series/mixed.zip"), &contours]);
    assert!(
        err.contains("3 image series") && !err.contains("SECRET"),
        "{err}"
    );
    let (_, err) = run(2, &[&image, &reference("segmentations")]);
    assert!(
        err.contains("holds 4 contour sets or segmentations"),
        "{err}"
    );
    let channel = [Path::new("-s"), Path::new("label_channel:1")];
    let (_, err) = run(
        1,
        &[
            &image,
            &contours,
            label,
            Path::new("Star"),
            channel[0],
            channel[1],
        ],
    );
    assert!(err.contains("leave out label_channel"), "{err}");
}
