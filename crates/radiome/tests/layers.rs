//! Regions in whichever layer of a mask file, labels by number and by name, and DICOM where other
//! formats are taken.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use radiome::table::Table;
use radiome_image::{Geometry, Image, LabelMap, PixelType, read, write};

fn reference(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../dicom/tests/reference");
    path.join(name).display().to_string()
}

/// An image on the grid that the contours of make_masks.py were drawn on.
fn write_image(folder: &Path) {
    let geometry = Geometry {
        origin: [-5.0, 3.0, 7.5],
        ..Geometry::axis_aligned([24, 20, 5], [0.5, 0.75, 2.5])
    };
    let image = Image {
        pixel_type: PixelType::I16,
        values: (0..geometry.voxel_count())
            .map(|place| ((place * 7919) % 997) as f64)
            .collect(),
        geometry,
    };
    write::nrrd(folder.join("image.nrrd"), &image).unwrap();
}

/// Runs a command in the folder; gives back standard error.
#[track_caller]
fn run(folder: &Path, status: i32, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_radiome"))
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .args(arguments)
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{err}");
    err
}

/// The values of the features by the label of the row.
fn features(path: &Path) -> BTreeMap<String, Vec<String>> {
    let table = Table::read(path).unwrap();
    let names: Vec<&str> = table
        .columns()
        .filter(|name| name.starts_with("original_"))
        .collect();
    assert!(names.len() > 50);
    let of_row = |row: usize| -> Vec<String> {
        let cell = |name: &&str| table.cells(name).unwrap()[row].clone();
        names.iter().map(cell).collect()
    };
    let labels = table.cells("Label").unwrap().iter().cloned();
    labels
        .enumerate()
        .map(|(row, label)| (label, of_row(row)))
        .collect()
}

/// The regions of a set of contours overlap, so that a `.seg.nrrd` holds them in several layers.
#[test]
fn all_labels_are_those_of_all_layers() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let contours = reference("contours/RS.dcm");
    write_image(folder);
    // One runs across slices and does not fit.
    let convert = [
        "convert",
        &contours,
        "--reference",
        "image.nrrd",
        "--out",
        "all.seg.nrrd",
    ];
    run(folder, 1, &convert);
    let layers = read::layers(folder.join("all.seg.nrrd")).unwrap();
    assert!(layers.len() > 1);
    let mut drawn: Vec<String> = layers
        .iter()
        .flat_map(|layer| layer.segments.iter().map(|one| one.name.clone()))
        .collect();
    drawn.sort();
    assert!(drawn.len() > 4, "{drawn:?}");

    let extract = |mask: &str, label: &str, out: &str| {
        let arguments = [
            "extract",
            "image.nrrd",
            mask,
            "--label",
            label,
            "--out",
            out,
        ];
        run(folder, 0, &arguments);
        features(&folder.join(out))
    };
    let found = extract("all.seg.nrrd", "all", "all.csv");
    assert_eq!(found.keys().cloned().collect::<Vec<_>>(), drawn);
    let expected = extract(&contours, &drawn.join(","), "named.csv");
    assert_eq!(found, expected);
    // The number of its layer tells a region from another of the same number.
    let table = Table::read(&folder.join("all.csv")).unwrap();
    let channels = table.cells("Label_channel").unwrap();
    assert!(channels.contains(&"0".to_owned()) && channels.contains(&"1".to_owned()));

    // Its first columns are a table of cases that gives the same again.
    let first = ["Image", "Mask", "Label", "Label_channel"];
    let mut cases = Table::new("cases.csv", table.len());
    for name in first {
        cases
            .push_texts(name, table.cells(name).unwrap().to_vec())
            .unwrap();
    }
    cases.write(&folder.join("cases.csv")).unwrap();
    run(folder, 0, &["extract", "cases.csv", "--out", "again.csv"]);
    assert_eq!(features(&folder.join("again.csv")), expected);

    // One layer, where it is asked for.
    let arguments = [
        "extract",
        "image.nrrd",
        "all.seg.nrrd",
        "--label",
        "all",
        "-s",
        "label_channel:1",
        "--out",
        "one.csv",
    ];
    run(folder, 0, &arguments);
    let one = features(&folder.join("one.csv"));
    assert_eq!(one.len(), layers[1].segments.len());
    let numbers = layers[1].segments.iter().map(|one| one.label.to_string());
    assert_eq!(
        one.keys().cloned().collect::<Vec<_>>(),
        numbers.collect::<Vec<_>>()
    );
}

/// An image and a mask with the labels 1 and 2, and ITK-SNAP's names beside it.
fn described(folder: &Path) {
    let image = radiome_dicom::image(reference("series/plain.zip")).unwrap();
    let mut labels = vec![0; image.values.len()];
    labels[100..300].fill(1);
    labels[400..640].fill(2);
    let map = LabelMap {
        geometry: image.geometry.clone(),
        labels,
        segments: Vec::new(),
    };
    write::nifti(folder.join("image.nii.gz"), &image).unwrap();
    write::nifti_labels(folder.join("mask.nii.gz"), &map).unwrap();
    let names = "1 255 0 0 1 1 1 \"Node\"\n2 0 255 0 1 1 1 \"Tumour\"\n";
    fs::write(folder.join("mask.label"), names).unwrap();
}

#[test]
fn numbers_and_names_stand_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    described(folder);
    let extract = |label: &str| {
        let out = format!("{}.csv", label.replace(',', "-"));
        let arguments = [
            "extract",
            "image.nii.gz",
            "mask.nii.gz",
            "--label",
            label,
            "--out",
            &out,
        ];
        run(folder, 0, &arguments);
        features(&folder.join(out))
    };
    let numbers = extract("1,2");
    assert_ne!(numbers["1"], numbers["2"]);
    for label in ["1,Tumour", "Tumour,1"] {
        let found = extract(label);
        assert_eq!(found["1"], numbers["1"], "{label}");
        assert_eq!(found["Tumour"], numbers["2"], "{label}");
    }
    let found = extract("2,Node");
    assert_eq!(
        (&found["2"], &found["Node"]),
        (&numbers["2"], &numbers["1"])
    );
    // A name that is not there is still an error of that case alone.
    let arguments = [
        "extract",
        "image.nii.gz",
        "mask.nii.gz",
        "--label",
        "1,Muscle",
    ];
    let said = run(folder, 1, &arguments);
    assert!(said.contains("no segment \"Muscle\""), "{said}");

    // Names beside a mask are known to corrections as well.
    let correct = |label: &str| {
        let arguments = [
            "correct",
            "image.nii.gz",
            "--mask",
            "mask.nii.gz",
            "--label",
            label,
            "--method",
            "zscore",
            "--out",
            "z.nrrd",
        ];
        run(folder, 0, &arguments);
        read::image(folder.join("z.nrrd")).unwrap()
    };
    assert!(correct("Tumour") == correct("2") && correct("2") != correct("1"));
}

/// `correct` on a series or with contours is `correct` on what `convert` makes of them.
#[test]
fn dicom_is_corrected_as_its_files_are() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let corrected = |image: &str, more: &[&str]| {
        let mut arguments = vec!["correct", image, "--out", "out.nrrd"];
        arguments.extend(more);
        run(folder, 0, &arguments);
        read::image(folder.join("out.nrrd")).unwrap()
    };
    let series = reference("series/plain.zip");
    run(folder, 0, &["convert", &series, "--out", "series.nrrd"]);
    for method in ["clip", "zscore"] {
        let of_series = corrected(&series, &["--method", method]);
        assert!(of_series == corrected("series.nrrd", &["--method", method]));
    }

    let contours = reference("contours/RS.dcm");
    write_image(folder);
    let to_file = ["convert", &contours, "--reference", "image.nrrd"];
    let star = ["--roi", "Star", "--out", "star.nrrd"];
    run(folder, 0, &[&to_file[..], &star].concat());
    let by_name = ["--mask", &contours, "--label", "Star", "--method", "zscore"];
    let of_file = ["--mask", "star.nrrd", "--method", "zscore"];
    let expected = corrected("image.nrrd", &of_file);
    assert!(corrected("image.nrrd", &by_name) == expected);
    assert!(corrected("image.nrrd", &["--method", "zscore"]) != expected);

    // What does not fit says so.
    let arguments = |label: &'static str| {
        [
            "correct",
            "image.nrrd",
            "--mask",
            &contours,
            "--label",
            label,
            "--method",
            "zscore",
            "--out",
            "x.nrrd",
        ]
        .map(str::to_owned)
    };
    for label in ["Across", "Nowhere"] {
        let arguments = arguments(label);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let said = run(folder, 2, &words);
        assert!(said.contains(label), "{said}");
    }
    run(
        folder,
        2,
        &["correct", &series, "--method", "zscore", "--out", "x.dcm"],
    );
    let missing = reference("series/missing.zip");
    let said = run(
        folder,
        2,
        &["correct", &missing, "--method", "zscore", "--out", "x.nrrd"],
    );
    assert!(said.contains("are missing"), "{said}");
    assert!(!folder.join("x.nrrd").exists());
}

/// The series and the contours of a public patient.
#[test]
fn a_scale_of_series_is_that_of_their_files() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("RADIOME_SHARED").map_or(beside, PathBuf::from);
    let dicom = shared.join("data/sts_dicom/STS_025/MR_T1");
    if !dicom.is_dir() {
        println!("skipped: no {}; set RADIOME_SHARED", dicom.display());
        return;
    }
    let series = dicom.join("image").display().to_string();
    let contours = dicom.join("mask/RS.dcm").display().to_string();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run(folder, 0, &["convert", &series, "--out", "image.nrrd"]);
    let to_file = [
        "convert",
        &contours,
        "--reference",
        &series,
        "--out",
        "mask.nrrd",
    ];
    run(folder, 0, &to_file);
    let scale = |name: &str, image: &str, mask: &str| {
        let table = format!("{name}.csv");
        fs::write(folder.join(&table), format!("Image,Mask\n{image},{mask}\n")).unwrap();
        let arguments = [
            "correct",
            image,
            "--mask",
            mask,
            "--method",
            "nyul",
            "--train",
            &table,
            "--standard-out",
            "scale.json",
            "--out",
            "out.nrrd",
        ];
        run(folder, 0, &arguments);
        let bytes = |name: &str| fs::read(folder.join(name)).unwrap();
        (bytes("scale.json"), bytes("out.nrrd"))
    };
    assert!(scale("dicom", &series, &contours) == scale("files", "image.nrrd", "mask.nrrd"));
}
