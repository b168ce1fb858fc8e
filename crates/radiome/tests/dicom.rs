//! `radiome extract` on DICOM: the public patient STS_025 gives the features of its NIfTI files,
//! and the regions of a contour set are chosen as the labels of a mask are.

mod program;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::ends;

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

/// The voxels of regions as make_masks.py found them, by exact arithmetic and by highdicom.
fn expected(kind: &str) -> BTreeMap<String, Vec<usize>> {
    let text = std::fs::read_to_string(reference("masks.json")).unwrap();
    let mut all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let found = match kind {
        "contours" => all["contours"].take(),
        segmentation => all["segmentations"][segmentation].take(),
    };
    serde_json::from_value(found).unwrap()
}

fn voxels(mask: &radiome_image::Mask) -> Vec<usize> {
    (0..mask.inside.len())
        .filter(|&place| mask.inside[place])
        .collect()
}

/// An image on one of the grids of make_masks.py.
fn drawn_on(folder: &Path, size: [usize; 3], origin: [f64; 3]) {
    let geometry = radiome_image::Geometry {
        origin,
        ..radiome_image::Geometry::axis_aligned(size, [0.5, 0.75, 2.5])
    };
    let image = radiome_image::Image {
        pixel_type: radiome_image::PixelType::I16,
        values: (0..geometry.voxel_count())
            .map(|place| (place % 97) as f64)
            .collect(),
        geometry,
    };
    radiome_image::write::nrrd(folder.join("image.nrrd"), &image).unwrap();
}

/// Of nine regions seven lie in the image, one runs across slices and one is empty.
#[test]
fn contours_are_converted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    drawn_on(folder, [24, 20, 5], [-5.0, 3.0, 7.5]);
    let contours = reference("contours/RS.dcm");
    let convert = [
        "convert",
        contours.to_str().unwrap(),
        "--reference",
        "image.nrrd",
        "--out",
    ];
    let regions = expected("contours");
    assert_eq!(regions.len(), 7);

    let one = ["hole.nii.gz", "--roi", "hol*"];
    ends(folder, 0, &[&convert[..], &one].concat());
    let hole = radiome_image::read::labels(folder.join("hole.nii.gz")).unwrap();
    assert_eq!(voxels(&hole.mask(1)), regions["Hole"]);

    let (_, err) = ends(folder, 1, &[&convert[..], &["all.seg.nrrd"]].concat());
    assert!(err.contains("does not lie in one slice"), "{err}");
    let layers = radiome_image::read::layers(folder.join("all.seg.nrrd")).unwrap();
    assert!(layers.len() > 1);
    for (name, wanted) in &regions {
        let layer = layers
            .iter()
            .find(|layer| layer.label_named(name).is_some());
        let layer = layer.unwrap_or_else(|| panic!("no {name}"));
        let label = layer.label_named(name).unwrap();
        assert_eq!(&voxels(&layer.mask(label)), wanted, "{name}");
    }

    let (_, err) = ends(folder, 2, &[&convert[..], &["all.nii.gz"]].concat());
    assert!(
        err.contains("regions overlap") && err.contains("--each"),
        "{err}"
    );
    assert!(!folder.join("all.nii.gz").exists());

    ends(folder, 1, &[&convert[..], &["each.mha", "--each"]].concat());
    for (name, wanted) in &regions {
        let file = format!("each_{}.mha", name.replace(' ', "_"));
        let map = radiome_image::read::labels(folder.join(&file)).unwrap();
        assert_eq!(&voxels(&map.mask(1)), wanted, "{file}");
    }

    let (_, err) = ends(
        folder,
        2,
        &[&convert[..], &["a.mha", "--roi", "Keyhol"]].concat(),
    );
    assert!(err.contains("there are Keyhole (label"), "{err}");
    let (_, err) = ends(folder, 2, &[&convert[..2], &["--out", "a.mha"]].concat());
    assert!(err.contains("--reference"), "{err}");
}

#[test]
fn segmentations_are_converted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    drawn_on(folder, [15, 11, 4], [-20.5, 10.25, -30.0]);
    for name in ["binary", "fractional", "fractional-rle", "label-map"] {
        let file = reference(&format!("segmentations/{name}.dcm"));
        let convert = [
            "convert",
            file.to_str().unwrap(),
            "--reference",
            "image.nrrd",
            "--out",
            "all.seg.nrrd",
        ];
        ends(folder, 0, &convert);
        let layers = radiome_image::read::layers(folder.join("all.seg.nrrd")).unwrap();
        let segments = expected(name);
        let named: usize = layers.iter().map(|layer| layer.segments.len()).sum();
        assert_eq!(named, segments.len(), "{name}");
        for (number, wanted) in segments {
            let label = number.parse().unwrap();
            let holds = |layer: &&radiome_image::LabelMap| {
                layer.segments.iter().any(|segment| segment.label == label)
            };
            let mask = layers.iter().find(holds).unwrap().mask(label);
            assert_eq!(voxels(&mask), wanted, "{name} {number}");
        }
    }
}

#[test]
fn inspect_tells_what_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    drawn_on(folder, [24, 20, 5], [-5.0, 3.0, 7.5]);
    let contours = reference("contours/RS.dcm");
    let contours = contours.to_str().unwrap();
    let regions = expected("contours");
    let look = [
        "inspect",
        "image.nrrd",
        contours,
        "--json",
        "--png",
        "look.svg",
    ];
    let (out, err) = ends(folder, 0, &look);
    assert!(err.contains("contours lie between slices"), "{err}");
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let labels = found["items"][1]["labels"].as_array().unwrap();
    assert_eq!(labels.len(), 11);
    for label in labels {
        let name = label["name"].as_str().unwrap();
        let wanted = regions.get(name).map_or(0, Vec::len);
        assert_eq!(label["voxels"], wanted, "{name}");
        let volume = label["volume_mm3"].as_f64().unwrap();
        assert!(
            (volume - wanted as f64 * 0.5 * 0.75 * 2.5).abs() < 1e-9,
            "{name}"
        );
    }
    let across = labels
        .iter()
        .find(|label| label["name"] == "Across")
        .unwrap();
    assert_eq!(across["flags"], serde_json::json!(["geometry_differs"]));
    assert_eq!(found["geometry"]["agrees"], false);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1 + 7);

    // Without any image, names alone.
    let (out, _) = ends(folder, 0, &["inspect", contours]);
    assert!(
        out.contains("Star (label") && out.contains("--reference"),
        "{out}"
    );
    // A segmentation on an image of another format, whose frame of reference nobody knows; and on a
    // series of another frame, which it does not fit.
    drawn_on(folder, [15, 11, 4], [-20.5, 10.25, -30.0]);
    let segmentation = reference("segmentations/binary.dcm");
    let segmentation = segmentation.to_str().unwrap();
    let look = |image: &str| -> serde_json::Value {
        let (out, _) = ends(folder, 0, &["inspect", image, segmentation, "--json"]);
        serde_json::from_str(&out).unwrap()
    };
    let found = look("image.nrrd");
    assert_eq!(found["geometry"]["agrees"], true);
    let segments = expected("binary");
    for label in found["items"][1]["labels"].as_array().unwrap() {
        let wanted = segments[&label["value"].to_string()].len();
        assert_eq!(label["voxels"], wanted);
    }
    let found = look(reference("series/plain.zip").to_str().unwrap());
    assert_eq!(found["geometry"]["agrees"], false);
    let problem = found["warnings"].to_string();
    assert!(problem.contains("another frame of reference"), "{problem}");
}

/// A folder with a patient's series and contours: both are found, and the mask is that of the NIfTI
/// file, voxel for voxel. The same of the CT phantom.
#[test]
fn contours_of_patients_are_the_nifti_masks() {
    let Some((dicom, nifti)) = sts_025() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (out, _) = ends(folder, 0, &["inspect", "--json", dicom.to_str().unwrap()]);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let items = found["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let mass = &items[1]["labels"][0];
    assert_eq!(
        (&mass["name"], &mass["voxels"]),
        (&"GTV_Mass_MR_T1".into(), &9655.into())
    );
    assert_eq!(found["geometry"]["agrees"], true);

    let phantom = dicom.join("../../../ibsi1/ct_phantom");
    for (contours, series, mask) in [
        (
            dicom.join("mask/RS.dcm"),
            dicom.join("image"),
            nifti.join("t1_mask.nii.gz"),
        ),
        (
            phantom.join("dicom/mask"),
            phantom.join("dicom/image"),
            phantom.join("mask.nii.gz"),
        ),
    ] {
        let convert = [
            "convert",
            contours.to_str().unwrap(),
            "--reference",
            series.to_str().unwrap(),
            "--out",
            "mask.nii.gz",
        ];
        ends(folder, 0, &convert);
        let found = radiome_image::read::labels(folder.join("mask.nii.gz")).unwrap();
        let expected = radiome_image::read::labels(&mask).unwrap();
        assert!(found.labels == expected.labels, "{}", mask.display());
        assert_eq!(found.geometry.difference(&expected.geometry, 1e-4), None);
    }
}

/// What reading shows is said once, on standard error, and not on standard output.
#[test]
fn remarks_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let image = reference("series/duplicate.zip");
    let image = image.to_str().unwrap();
    let (_, err) = ends(folder, 0, &["convert", image, "--out", "a.nrrd"]);
    assert!(
        err.contains("1 exact copies of slices were passed over (dicom_duplicates)"),
        "{err}"
    );
    let read = radiome_image::read::image(folder.join("a.nrrd")).unwrap();
    let mut labels = vec![0; read.values.len()];
    labels[100..400].fill(1);
    let map = radiome_image::LabelMap {
        geometry: read.geometry,
        labels,
        segments: Vec::new(),
    };
    radiome_image::write::nrrd_labels(folder.join("m.nrrd"), &map).unwrap();
    let (out, err) = ends(folder, 0, &["extract", image, "m.nrrd"]);
    assert_eq!(err.matches("1 exact copies").count(), 1, "{err}");
    assert!(!out.contains("exact copies"));
    let (_, err) = ends(folder, 0, &["extract", image, "m.nrrd", "--quiet"]);
    assert_eq!(err, "");
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
