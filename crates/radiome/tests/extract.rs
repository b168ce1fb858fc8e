//! The commands `extract` and `features`, run as a user runs them.

mod program;

use std::path::{Path, PathBuf};

use radiome::table::Table;
use radiome_image::{Geometry, Image, LabelMap, PixelType, Segment, write};

use program::{ends, radiome};

fn geometry() -> Geometry {
    Geometry::axis_aligned([14, 12, 10], [1.0, 1.0, 2.0])
}

/// An image with a smooth pattern of values.
fn image() -> Image {
    let geometry = geometry();
    let values = (0..geometry.voxel_count())
        .map(|place| {
            let (x, y, z) = (place % 14, place / 14 % 12, place / 168);
            (100 + 7 * x + 3 * y + 11 * z + 40 * ((x * y + z) % 5)) as f64
        })
        .collect();
    Image {
        geometry,
        pixel_type: PixelType::I16,
        values,
    }
}

/// A box of voxels with a label.
fn labels(label: u32, low: [usize; 3], high: [usize; 3]) -> LabelMap {
    let geometry = geometry();
    let mut labels = vec![0; geometry.voxel_count()];
    for z in low[2]..high[2] {
        for y in low[1]..high[1] {
            for x in low[0]..high[0] {
                labels[geometry.offset([x, y, z])] = label;
            }
        }
    }
    let segments = vec![Segment {
        name: "Tumour".to_owned(),
        label,
    }];
    LabelMap {
        geometry,
        labels,
        segments,
    }
}

/// A folder with an image, good masks and bad ones.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write::nifti(at("image.nii.gz"), &image()).unwrap();
    let good = labels(1, [3, 3, 2], [10, 9, 8]);
    write::nifti_labels(at("mask.nii.gz"), &good).unwrap();
    write::nrrd_labels(at("mask.seg.nrrd"), &labels(3, [3, 3, 2], [10, 9, 8])).unwrap();
    write::nifti_labels(at("empty.nii.gz"), &labels(0, [0; 3], [1; 3])).unwrap();
    write::nifti_labels(at("one.nii.gz"), &labels(1, [3, 3, 2], [4, 4, 3])).unwrap();
    let mut shifted = good;
    shifted.geometry.origin[0] += 5.0;
    write::nifti_labels(at("shifted.nii.gz"), &shifted).unwrap();
    std::fs::write(at("broken.nii.gz"), b"not an image").unwrap();
    folder
}

#[test]
fn one_image_gives_one_row() {
    let folder = folder();
    let (out, err) = ends(
        folder.path(),
        0,
        &["extract", "image.nii.gz", "mask.nii.gz"],
    );
    let table = Table::parse(out.as_bytes(), "output").unwrap();
    assert_eq!(table.len(), 1);
    // The box of 7 x 6 x 6 voxels of 2 mm³.
    assert_eq!(
        table.numbers("original_shape_VoxelVolume").unwrap(),
        [504.0]
    );
    assert_eq!(table.cells("Image").unwrap(), ["image.nii.gz"]);
    assert!(err.contains("grey levels are 25 units wide"), "{err}");
    let features = table.matching(&["original_*"]).unwrap();
    assert_eq!(features.len(), 107);

    let (again, err) = ends(
        folder.path(),
        0,
        &["extract", "image.nii.gz", "mask.nii.gz", "--quiet"],
    );
    assert_eq!((again, err), (out.clone(), String::new()));

    // By the name of its segment, the same region; with another bin width, other textures.
    let named = [
        "extract",
        "image.nii.gz",
        "mask.seg.nrrd",
        "--label",
        "tumour",
    ];
    let (named, _) = ends(folder.path(), 0, &named);
    let named = Table::parse(named.as_bytes(), "output").unwrap();
    let other = [
        "extract",
        "image.nii.gz",
        "mask.nii.gz",
        "-s",
        "binWidth:10",
    ];
    let (other, err) = ends(folder.path(), 0, &other);
    assert!(!err.contains("warning"), "{err}");
    let other = Table::parse(other.as_bytes(), "output").unwrap();
    for name in features {
        assert_eq!(
            named.cells(name).unwrap(),
            table.cells(name).unwrap(),
            "{name}"
        );
    }
    let contrast = "original_glcm_Contrast";
    assert_ne!(
        other.cells(contrast).unwrap(),
        table.cells(contrast).unwrap()
    );
}

#[test]
fn json_is_an_array_of_objects() {
    let folder = folder();
    let arguments = [
        "extract",
        "image.nii.gz",
        "mask.nii.gz",
        "--format",
        "json",
        "--quiet",
    ];
    let (out, _) = ends(folder.path(), 0, &arguments);
    let rows: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(rows[0]["original_shape_VoxelVolume"], 504.0);
    assert_eq!(rows[0]["Mask"], "mask.nii.gz");
    ends(
        folder.path(),
        0,
        &[
            "extract",
            "image.nii.gz",
            "mask.nii.gz",
            "--out",
            "rows.json",
        ],
    );
    assert_eq!(
        std::fs::read_to_string(folder.path().join("rows.json")).unwrap(),
        out
    );
}

#[test]
fn a_failing_case_never_loses_the_others() {
    let folder = folder();
    let cases = folder.path().join("cases.csv");
    std::fs::write(
        &cases,
        "id;image;MASK;Label;centre\n\
         P1;image.nii.gz;mask.nii.gz;;A\n\
         P2;absent.nii.gz;mask.nii.gz;;A\n\
         P3;broken.nii.gz;mask.nii.gz;;A\n\
         P4;image.nii.gz;absent.nii.gz;;B\n\
         P5;image.nii.gz;empty.nii.gz;;B\n\
         P6;image.nii.gz;one.nii.gz;;B\n\
         P7;image.nii.gz;shifted.nii.gz;;B\n\
         P8;image.nii.gz;mask.nii.gz;2;B\n\
         P9;image.nii.gz;mask.seg.nrrd;Oedema;B\n\
         P10;image.nii.gz;mask.seg.nrrd;Tumour;B\n",
    )
    .unwrap();
    // From another folder: paths are relative to the table.
    let elsewhere = tempfile::tempdir().unwrap();
    let cases = cases.to_string_lossy().into_owned();
    let mut written = Vec::new();
    for jobs in ["1", "2"] {
        let arguments = ["extract", &cases, "--out", "features.csv", "--jobs", jobs];
        let (_, err) = ends(elsewhere.path(), 1, &arguments);
        assert!(err.contains("8 of 10 cases failed"), "{err}");
        let read = |name: &str| std::fs::read_to_string(elsewhere.path().join(name)).unwrap();
        written.push((read("features.csv"), read("features.csv.failures.csv")));
    }
    assert_eq!(written[0], written[1]);
    let features = Table::parse(written[0].0.as_bytes(), "features").unwrap();
    assert_eq!(features.ids("id").unwrap(), ["P1", "P10"]);
    assert_eq!(features.cells("centre").unwrap(), ["A", "B"]);
    let failures = Table::parse(written[0].1.as_bytes(), "failures").unwrap();
    let ids = failures.ids("id").unwrap().into_iter();
    let found: Vec<(&str, &str)> = ids
        .zip(
            failures
                .cells("reason_code")
                .unwrap()
                .iter()
                .map(String::as_str),
        )
        .collect();
    let expected = [
        ("P2", "missing_image"),
        ("P3", "unreadable_image"),
        ("P4", "missing_mask"),
        ("P5", "empty_mask"),
        ("P6", "one_voxel_roi"),
        ("P7", "geometry_mismatch"),
        ("P8", "label_missing"),
        ("P9", "label_missing"),
    ];
    assert_eq!(found, expected);
    let messages = failures.cells("message").unwrap();
    for (row, kind, file) in [(0, "image", "absent.nii.gz"), (2, "mask", "absent.nii.gz")] {
        let message = &messages[row];
        assert!(
            message.starts_with(&format!("no {kind} file ")),
            "{message}"
        );
        assert!(message.ends_with(file), "{message}");
    }

    // A later run without failures leaves no list of failures behind.
    let arguments = ["extract", "image.nii.gz", "mask.nii.gz", "--out"];
    let out = elsewhere
        .path()
        .join("features.csv")
        .to_string_lossy()
        .into_owned();
    ends(folder.path(), 0, &[&arguments[..], &[&out]].concat());
    assert!(!elsewhere.path().join("features.csv.failures.csv").exists());
}

/// A mask of three boxes with the labels 1, 7 and 8, of which 7 is a single voxel.
fn several_labels(folder: &Path) {
    let mut together = labels(1, [2, 2, 2], [6, 8, 8]);
    for (label, low, high) in [(7, [0, 0, 0], [1, 1, 1]), (8, [8, 2, 2], [12, 8, 8])] {
        let other = labels(label, low, high);
        for (target, value) in together.labels.iter_mut().zip(other.labels) {
            *target = (*target).max(value);
        }
    }
    write::nifti_labels(folder.join("several.nii.gz"), &together).unwrap();
}

#[test]
fn several_labels_give_one_row_each() {
    let folder = folder();
    several_labels(folder.path());
    let extract = |status: i32, label: &str| {
        let arguments = [
            "extract",
            "image.nii.gz",
            "several.nii.gz",
            "--label",
            label,
        ];
        let (out, err) = ends(folder.path(), status, &arguments);
        (Table::parse(out.as_bytes(), "output").unwrap(), err)
    };
    let (all, err) = extract(1, "all");
    assert_eq!(all.cells("Label").unwrap(), ["1", "8"]);
    assert!(
        err.contains("1 of 3 cases failed")
            && err.contains("label 7")
            && err.contains("one_voxel_roi"),
        "{err}"
    );
    let (chosen, _) = extract(0, "8, 1");
    assert_eq!(chosen.cells("Label").unwrap(), ["8", "1"]);
    // Nothing differs from an extraction of one label but the column that names it.
    let (alone, _) = extract(0, "8");
    assert!(!alone.has_column("Label"));
    for name in alone.columns() {
        let cells = |table: &Table| table.cells(name).unwrap()[0].clone();
        assert_eq!(cells(&alone), cells(&chosen), "{name}");
        assert_eq!(cells(&alone), all.cells(name).unwrap()[1], "{name}");
    }
    assert_eq!(alone.cells("diagnostics_Undefined").unwrap(), [""]);
}

#[test]
fn rows_of_one_mask_are_extracted_together_in_their_order() {
    let folder = folder();
    several_labels(folder.path());
    let table = "ID,Image,Mask,Label,Note\n\
                 A,image.nii.gz,several.nii.gz,8,first\n\
                 B,image.nii.gz,mask.nii.gz,,second\n\
                 A,image.nii.gz,several.nii.gz,1,third\n\
                 C,image.nii.gz,several.nii.gz,all,fourth\n";
    std::fs::write(folder.path().join("cases.csv"), table).unwrap();
    let mut outputs = Vec::new();
    for jobs in ["1", "2"] {
        let arguments = ["extract", "cases.csv", "--jobs", jobs, "--quiet"];
        outputs.push(ends(folder.path(), 1, &arguments).0);
    }
    assert_eq!(outputs[0], outputs[1]);
    let found = Table::parse(outputs[0].as_bytes(), "output").unwrap();
    assert_eq!(found.cells("ID").unwrap(), ["A", "B", "A", "C", "C"]);
    assert_eq!(found.cells("Label").unwrap(), ["8", "", "1", "1", "8"]);
    assert_eq!(
        found.cells("Note").unwrap(),
        ["first", "second", "third", "fourth", "fourth"]
    );
    for name in found.matching(&["original_*"]).unwrap() {
        let cells = found.cells(name).unwrap();
        assert_eq!((&cells[0], &cells[2]), (&cells[4], &cells[3]), "{name}");
    }
    // The same label of an id twice is a slip.
    let twice =
        "ID,Image,Mask,Label\nA,image.nii.gz,several.nii.gz,8\nA,image.nii.gz,several.nii.gz,8\n";
    std::fs::write(folder.path().join("twice_labelled.csv"), twice).unwrap();
    let (_, err) = ends(folder.path(), 2, &["extract", "twice_labelled.csv"]);
    assert!(err.contains("stands in rows 2 and 3"), "{err}");
}

#[test]
fn a_channel_of_a_mask_of_several_label_maps_is_the_region() {
    let folder = folder();
    // Two label maps in one file: 4 x 4 x 2 voxels of label 1, and 3 x 2 x 2 of labels 1 and 2.
    let first = labels(1, [2, 2, 2], [6, 6, 4]);
    let mut second = labels(1, [2, 2, 2], [5, 4, 4]);
    second.labels[geometry().offset([9, 9, 8])] = 2;
    let mut file = b"NRRD0004\ntype: uint8\ndimension: 4\nsizes: 2 14 12 10\n\
        kinds: vector domain domain domain\nspace: left-posterior-superior\n\
        space directions: none (1,0,0) (0,1,0) (0,0,2)\nspace origin: (0,0,0)\n\
        encoding: raw\n\n"
        .to_vec();
    for (a, b) in first.labels.iter().zip(&second.labels) {
        file.extend([*a as u8, *b as u8]);
    }
    std::fs::write(folder.path().join("layers.nrrd"), file).unwrap();
    for (channel, voxels) in [("0", "32"), ("1", "12")] {
        let setting = format!("label_channel:{channel}");
        let (out, _) = ends(
            folder.path(),
            0,
            &["extract", "image.nii.gz", "layers.nrrd", "-s", &setting],
        );
        let table = Table::parse(out.as_bytes(), "output").unwrap();
        let cells = table.cells("diagnostics_Mask-original_VoxelNum").unwrap();
        assert_eq!(cells, [voxels], "channel {channel}");
    }
    let (_, err) = ends(
        folder.path(),
        2,
        &[
            "extract",
            "image.nii.gz",
            "layers.nrrd",
            "-s",
            "label_channel:2",
        ],
    );
    assert!(err.contains("layers.nrrd") && err.contains('2'), "{err}");
}

/// A mask file with two label maps that overlap, as 3D Slicer writes them, and each alone.
fn layers(folder: &Path) {
    let first = labels(1, [2, 2, 2], [9, 8, 8]);
    let mut second = labels(1, [5, 4, 3], [12, 11, 9]);
    let further = labels(4, [0, 0, 0], [4, 4, 4]);
    for (target, label) in second.labels.iter_mut().zip(further.labels) {
        *target = (*target).max(label);
    }
    write::nifti_labels(folder.join("layer_0.nii.gz"), &first).unwrap();
    write::nifti_labels(folder.join("layer_1.nii.gz"), &second).unwrap();
    let mut file = b"NRRD0004\ntype: unsigned char\ndimension: 4\nspace: left-posterior-superior\n\
                     sizes: 2 14 12 10\nspace directions: none (1,0,0) (0,1,0) (0,0,2)\n\
                     kinds: list domain domain domain\nencoding: raw\nspace origin: (0,0,0)\n\
                     Segment0_ID:=S1\nSegment0_LabelValue:=1\nSegment0_Layer:=0\n\
                     Segment0_Name:=Core\nSegment1_ID:=S2\nSegment1_LabelValue:=1\n\
                     Segment1_Layer:=1\nSegment1_Name:=Whole\n\n"
        .to_vec();
    let numbers = first.labels.iter().zip(&second.labels);
    file.extend(numbers.flat_map(|(&a, &b)| [a as u8, b as u8]));
    std::fs::write(folder.join("layers.seg.nrrd"), file).unwrap();
}

/// PyRadiomics' batch command takes a case's `Label_channel` for its setting, and the setting where
/// the cell is empty.
#[test]
fn a_case_may_name_its_own_channel() {
    let folder = folder();
    layers(folder.path());
    let table = "ID,Image,Mask,Label,Label_channel\n\
                 A,image.nii.gz,layers.seg.nrrd,1,0\nA,image.nii.gz,layers.seg.nrrd,1,1\n\
                 A,image.nii.gz,layers.seg.nrrd,4,\nB,image.nii.gz,layer_1.nii.gz,1,\n\
                 C,image.nii.gz,layers.seg.nrrd,all,1\n";
    std::fs::write(folder.path().join("channels.csv"), table).unwrap();
    let arguments = ["extract", "channels.csv", "-s", "label_channel:1"];
    let (out, _) = ends(folder.path(), 0, &arguments);
    let table = Table::parse(out.as_bytes(), "output").unwrap();
    assert_eq!(
        table.cells("Label_channel").unwrap(),
        ["0", "1", "", "", "1", "1"]
    );
    let voxels = table.cells("diagnostics_Mask-original_VoxelNum").unwrap();
    let first = (9 - 2) * (8 - 2) * (8 - 2);
    assert_eq!(voxels[0], first.to_string());
    assert_ne!(voxels[1], voxels[0]);
    // The setting's label map; the same one in a file of its own; and both of its labels.
    assert_eq!(voxels[2], voxels[5]);
    assert_eq!([&voxels[3], &voxels[4]], [&voxels[1]; 2]);
    let settings = table.cells("diagnostics_Configuration_Settings").unwrap();
    for (text, channel) in settings.iter().zip([0, 1, 1, 1, 1, 1]) {
        let word = format!("'label_channel': {channel}");
        assert!(text.contains(&word), "{text}");
    }
    for (cell, words) in [
        ("2", "there is no channel 2"),
        (
            "first",
            "row 2, column \"Label_channel\": `first` is no number",
        ),
        ("-1", "`-1` is no number"),
    ] {
        let table = format!("Image,Mask,Label_channel\nimage.nii.gz,layers.seg.nrrd,{cell}\n");
        std::fs::write(folder.path().join("wrong.csv"), table).unwrap();
        let output = radiome(folder.path(), &["extract", "wrong.csv"]);
        let err = String::from_utf8_lossy(&output.stderr);
        let err = err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(!output.status.success() && err.contains(words), "{err}");
    }
}

#[test]
fn layers_of_segments_are_like_masks_of_their_own() {
    let folder = folder();
    layers(folder.path());
    let extract = |mask: &str, more: &[&str]| {
        let arguments = [&["extract", "image.nii.gz", mask, "--quiet"], more].concat();
        let (out, _) = ends(folder.path(), 0, &arguments);
        Table::parse(out.as_bytes(), "output").unwrap()
    };
    let same = |found: &Table, expected: &Table| {
        let names = expected
            .matching(&["original_*", "diagnostics_Mask-*"])
            .unwrap();
        assert!(names.len() > 107);
        for name in names {
            let cells = |table: &Table| table.cells(name).unwrap().to_vec();
            assert_eq!(cells(found), cells(expected), "{name}");
        }
    };
    let layers = "layers.seg.nrrd";
    let second = ["-s", "label_channel:1"];
    let [core, whole] = ["layer_0.nii.gz", "layer_1.nii.gz"].map(|mask| extract(mask, &[]));
    same(&extract(layers, &[]), &core);
    same(&extract(layers, &second), &whole);
    let named = ["-s", "label_channel:1", "--label", "whole"];
    same(&extract(layers, &named), &whole);
    // A file with one label map has no other.
    same(&extract("layer_0.nii.gz", &second), &core);
    // Every label of the second label map.
    let every = ["--label", "all"];
    let all = extract(layers, &[&second[..], &every].concat());
    assert_eq!(all.cells("Label").unwrap(), ["1", "4"]);
    same(&all, &extract("layer_1.nii.gz", &every));

    let refused = |more: &[&str]| {
        let arguments = [&["extract", "image.nii.gz", layers], more].concat();
        ends(folder.path(), 1, &arguments).1
    };
    // A name is found in whichever layer it is, a row each for several.
    same(&extract(layers, &["--label", "Whole"]), &whole);
    same(&extract(layers, &["--label", "Wh*"]), &whole);
    let both = extract(layers, &["--label", "whole,Core,1"]);
    assert_eq!(both.cells("Label").unwrap(), ["whole", "Core", "1"]);
    same(&both.select_rows(&[0]), &whole);
    same(&both.select_rows(&[1]), &core);
    same(&both.select_rows(&[2]), &core);
    // The layer is recorded as the setting that it is.
    let settings = both.cells("diagnostics_Configuration_Settings").unwrap();
    let recorded = settings
        .iter()
        .map(|text| text.contains("'label_channel': 1"));
    assert_eq!(recorded.collect::<Vec<_>>(), [true, false, false]);
    let table = "ID,Image,Mask,Label\nA,image.nii.gz,layers.seg.nrrd,Whole\n\
                 A,image.nii.gz,layers.seg.nrrd,1\n";
    std::fs::write(folder.path().join("names.csv"), table).unwrap();
    let (out, _) = ends(folder.path(), 0, &["extract", "names.csv"]);
    let rows = Table::parse(out.as_bytes(), "output").unwrap();
    same(&rows.select_rows(&[0]), &whole);
    same(&rows.select_rows(&[1]), &core);
    // The nearest name first.
    let err = refused(&["--label", "Wole"]);
    let listed = "no segment \"Wole\"; segments there: \"Whole\", \"Core\"";
    assert!(err.contains(listed), "{err}");
    let err = refused(&["--label", "*o*"]);
    assert!(
        err.contains("several segments fit \"*o*\": \"Core\", \"Whole\""),
        "{err}"
    );
    let err = refused(&["--label", "5"]);
    assert!(
        err.contains("no voxel has label 5; labels there: 1"),
        "{err}"
    );
    // Names that ITK-SNAP keeps in a file beside the mask.
    let arguments = [
        "extract",
        "image.nii.gz",
        "layer_1.nii.gz",
        "--label",
        "Node",
    ];
    let (_, err) = ends(folder.path(), 1, &arguments);
    assert!(err.contains("names no segments"), "{err}");
    let names =
        "0 0 0 0 0 0 0 \"Clear Label\"\n1 255 0 0 1 1 1 \"Whole\"\n4 0 9 0 1 1 1 \"Node\"\n";
    std::fs::write(folder.path().join("layer_1.label"), names).unwrap();
    same(
        &extract("layer_1.nii.gz", &["--label", "Node"]),
        &extract("layer_1.nii.gz", &["--label", "4"]),
    );

    // In a table the case fails that has not so many; a mask with one label map goes on.
    let table = "ID,Image,Mask\nA,image.nii.gz,layers.seg.nrrd\nB,image.nii.gz,mask.nii.gz\n";
    std::fs::write(folder.path().join("layered.csv"), table).unwrap();
    let third = ["extract", "layered.csv", "-s", "label_channel:2"];
    let (out, err) = ends(folder.path(), 1, &third);
    let rows = Table::parse(out.as_bytes(), "output").unwrap();
    assert_eq!(rows.cells("ID").unwrap(), ["B"]);
    assert!(
        err.contains("A: ")
            && err.contains("holds 2 label maps")
            && err.contains("(label_missing)"),
        "{err}"
    );
}

#[test]
fn every_image_type_is_listed_and_extracted() {
    let folder = folder();
    let params = "imageType:\n  Original: {}\n  LoG: {sigma: [2.0, 30]}\n  Wavelet: {}\n\
                  setting: {binWidth: 10}\n";
    std::fs::write(folder.path().join("params.yaml"), params).unwrap();
    let (listed, _) = ends(folder.path(), 0, &["features", "--params", "params.yaml"]);
    let listed: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(listed.len(), 14 + 93 * 11);
    let arguments = [
        "extract",
        "image.nii.gz",
        "mask.nii.gz",
        "--params",
        "params.yaml",
    ];
    let (out, _) = ends(folder.path(), 0, &arguments);
    let found = Table::parse(out.as_bytes(), "output").unwrap();
    let columns: Vec<&str> = found.columns().collect();
    assert_eq!(columns[columns.len() - listed.len()..], listed);
    assert_eq!(
        found.cells("diagnostics_Undefined").unwrap(),
        ["log-sigma-30-mm-3D_*=filter_too_small"]
    );
    assert!(found.numbers("log-sigma-30-mm-3D_glcm_Id").unwrap()[0].is_nan());
}

#[test]
fn a_wrong_request_says_what_to_do() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("no_mask.csv"), "ID,Image\nP1,image.nii.gz\n").unwrap();
    std::fs::write(at("twice.csv"), "ID,Image,Mask\nP1,a,b\nP1,a,b\n").unwrap();
    std::fs::write(at("blank.csv"), "ID,Image,Mask\nP1,a,b\nP2,,b\n").unwrap();
    std::fs::write(at("params.yaml"), "setting:\n  binwidth: 5\n").unwrap();
    let single = ["extract", "image.nii.gz", "mask.nii.gz"];
    let with = |more: &[&'static str]| [&single[..], more].concat();
    let wrong: [(Vec<&str>, &str); 11] = [
        (vec!["extract", "absent.csv"], "absent.csv"),
        (vec!["extract", "image.nii.gz"], "its mask is missing"),
        (
            vec!["extract", "absent.nii.gz", "mask.nii.gz"],
            "absent.nii.gz",
        ),
        (vec!["extract", "no_mask.csv"], "no column \"Mask\""),
        (vec!["extract", "twice.csv"], "stands in rows 2 and 3"),
        (vec!["extract", "blank.csv"], "row 3, column \"Image\""),
        (
            with(&["--params", "params.yaml"]),
            "did you mean `binWidth`",
        ),
        (with(&["--params", "absent.yaml"]), "absent.yaml"),
        (with(&["--params", "ibsi:Q"]), "unknown profile"),
        (with(&["-s", "binWidth=5"]), "binWidth:10"),
        (with(&["--jobs", "0"]), "--jobs"),
    ];
    for (arguments, expected) in wrong {
        let (out, err) = ends(folder.path(), 2, &arguments);
        assert_eq!(out, "", "{arguments:?}");
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
}

#[test]
fn help_teaches_and_features_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (out, _) = ends(folder.path(), 0, &["extract", "--help"]);
    assert!(out.contains("Exit status") && out.contains("radiome extract cases.csv"));
    let (out, _) = ends(folder.path(), 0, &["features"]);
    assert_eq!(out.lines().count(), 107);
    // Mean intensity is Q4LE in the IBSI reference manual.
    let mean = out
        .lines()
        .find(|line| line.starts_with("original_firstorder_Mean "));
    assert!(mean.is_some_and(|line| line.contains("Q4LE")), "{mean:?}");
}

/// The folder of public test data, where it is there.
fn shared() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder = std::env::var_os("RADIOME_SHARED").map_or_else(|| beside.into(), PathBuf::from);
    folder.join("data/pyradiomics").is_dir().then_some(folder)
}

/// PyRadiomics 3.1's own values for its brain1 case, through files and command.
#[test]
fn brain1_agrees_with_pyradiomics() {
    let Some(shared) = shared() else {
        println!("skipped: no shared test data (set RADIOME_SHARED)");
        return;
    };
    let data = shared.join("data/pyradiomics");
    let expected = data.join("reference/brain1__default_binwidth25.csv");
    let expected = Table::read(&expected).unwrap();
    let params = data.join("reference/default_binwidth25.yaml");
    let folder = tempfile::tempdir().unwrap();
    let path = |path: PathBuf| path.to_string_lossy().into_owned();
    let arguments = [
        "extract",
        &path(data.join("brain1_image.nrrd")),
        &path(data.join("brain1_label.nrrd")),
        "--params",
        &path(params),
    ];
    let (out, _) = ends(folder.path(), 0, &arguments);
    let found = Table::parse(out.as_bytes(), "output").unwrap();
    let mut worst: (f64, String) = (0.0, String::new());
    let mut compared = 0;
    let names = expected.cells("feature").unwrap();
    for (name, value) in names.iter().zip(expected.cells("value").unwrap()) {
        if !name.starts_with("original_") {
            continue;
        }
        let value: f64 = value.parse().unwrap();
        let difference = (found.numbers(name).unwrap()[0] - value).abs() / value.abs().max(1e-12);
        compared += 1;
        if difference > worst.0 {
            worst = (difference, name.clone());
        }
    }
    println!(
        "{compared} features compared; largest relative difference {:e} ({})",
        worst.0, worst.1
    );
    assert_eq!(compared, 107);
    // Sums in another order, and cancellation in differences of nearly equal numbers.
    assert!(worst.0 < 1e-9, "{worst:?}");
}
