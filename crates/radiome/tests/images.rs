//! The commands `inspect`, `convert` and `correct`, run as a user runs them.

mod program;

use std::path::Path;

use radiome_image::correct::{self, N4};
use radiome_image::{Geometry, Image, LabelMap, PixelType, Segment, read, write};
use serde_json::{Value, json};

use program::ends;

#[track_caller]
fn inspect(folder: &Path, status: i32, paths: &[&str]) -> Value {
    let (out, _) = ends(folder, status, &[&["inspect", "--json"], paths].concat());
    serde_json::from_str(&out).unwrap()
}

/// Index x runs to the back, y to the left, z to the feet.
fn grid() -> Geometry {
    Geometry {
        size: [10, 8, 6],
        spacing: [0.5, 1.0, 4.0],
        origin: [-20.0, 40.0, 8.0],
        direction: [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]],
    }
}

fn scan() -> Image {
    let geometry = grid();
    let voxels = (0..geometry.voxel_count()).map(|offset| geometry.index(offset));
    let value = |[x, y, z]: [usize; 3]| ((13 * x * x + 7 * y + 31 * x * z) % 97 + 20) as f64;
    Image {
        pixel_type: PixelType::I16,
        values: voxels.map(value).collect(),
        geometry,
    }
}

/// "Core" in two pieces, one at the end of x; "Node" of one voxel.
fn contours() -> LabelMap {
    let geometry = grid();
    let mut labels = vec![0; geometry.voxel_count()];
    for index in [[2, 2, 2], [3, 2, 2], [3, 3, 3], [9, 6, 2], [9, 6, 3]] {
        labels[geometry.offset(index)] = 1;
    }
    labels[geometry.offset([5, 5, 5])] = 4;
    LabelMap {
        geometry,
        labels,
        segments: vec![
            Segment {
                name: "Core".into(),
                label: 1,
            },
            Segment {
                name: "Node".into(),
                label: 4,
            },
        ],
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name| folder.path().join(name);
    write::nrrd(path("scan.nrrd"), &scan()).unwrap();
    write::nrrd_labels(path("contours.seg.nrrd"), &contours()).unwrap();
    write::nifti_labels(path("labels.nii.gz"), &contours()).unwrap();
    folder
}

#[test]
fn inspect_tells_what_is_in_files() {
    let folder = folder();
    let found = inspect(folder.path(), 0, &["scan.nrrd", "contours.seg.nrrd"]);
    let scan = &found["items"][0];
    assert_eq!(scan["kind"], "image");
    assert_eq!(scan["size"], json!([10, 8, 6]));
    assert_eq!(scan["spacing"], json!([0.5, 1.0, 4.0]));
    assert_eq!(scan["origin"], json!([-20.0, 40.0, 8.0]));
    assert_eq!(scan["direction"][0], json!([0.0, 1.0, 0.0]));
    assert_eq!(scan["orientation"], "PLI");
    assert_eq!(scan["type"], "16-bit signed integer");
    assert_eq!(scan["range"], json!([20.0, 116.0]));
    let mask = &found["items"][1];
    assert_eq!(mask["kind"], "labels");
    let core = &mask["labels"][0];
    assert_eq!((&core["value"], &core["name"]), (&json!(1), &json!("Core")));
    // 5 voxels of 0.5 x 1 x 4 mm.
    assert_eq!(
        (&core["voxels"], &core["volume_mm3"]),
        (&json!(5), &json!(10.0))
    );
    assert_eq!(core["pieces"], json!([3, 2]));
    let codes = ["tiny", "several_pieces", "meets_edge", "thick_slices"];
    assert_eq!(core["flags"], json!(codes));
    let warnings = found["warnings"].as_array().unwrap();
    let edge = warnings.iter().find(|w| w["code"] == "meets_edge").unwrap();
    assert!(edge["text"].as_str().unwrap().contains("(back)"), "{edge}");
    assert_eq!(found["geometry"]["agrees"], true);
    assert_eq!(found["geometry"]["compared"][0]["agreement"], "same");
    assert_eq!(found["failures"], json!([]));
}

#[test]
fn inspect_tells_how_grids_differ() {
    let folder = folder();
    let mut moved = contours();
    moved.geometry.origin[2] = 9.0;
    write::nrrd_labels(folder.path().join("moved.nrrd"), &moved).unwrap();
    let found = inspect(folder.path(), 0, &["moved.nrrd", "scan.nrrd"]);
    assert_eq!(found["geometry"]["agrees"], false);
    let compared = &found["geometry"]["compared"][0];
    assert_eq!(compared["agreement"], "different");
    let origins = json!([[-20.0, 40.0, 8.0], [-20.0, 40.0, 9.0]]);
    assert_eq!(compared["difference"]["origin"], origins);
    assert_eq!(compared["difference"]["spacing"], Value::Null);
    let flags = found["items"][0]["labels"][0]["flags"].as_array().unwrap();
    assert_eq!(flags[0], "geometry_differs");
    let (text, _) = ends(folder.path(), 0, &["inspect", "moved.nrrd", "scan.nrrd"]);
    assert!(text.contains("DIFFERENT: origin"), "{text}");
}

#[test]
fn one_bad_file_does_not_lose_the_others() {
    let folder = folder();
    std::fs::write(folder.path().join("note.nii"), "no image").unwrap();
    let found = inspect(folder.path(), 1, &["note.nii", "scan.nrrd", "absent.nii"]);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(found["failures"][0]["path"], "note.nii");
    assert_eq!(found["failures"][1]["path"], "absent.nii");
    let (_, err) = ends(folder.path(), 2, &["inspect", "note.nii"]);
    assert!(err.contains("nor MetaImage"), "{err}");
}

/// Label descriptions as ITK-SNAP saves them.
const NAMES: &str = "# ITK-SnAP Label Description File\n\
    0 0 0 0 0 0 0 \"Clear Label\"\n1 255 0 0 1 1 1 \"Tumour\"\n4 0 255 0 1 1 1 \"Lymph node\"\n";

#[test]
fn names_of_itk_snap_are_used() {
    let folder = folder();
    std::fs::write(folder.path().join("names.txt"), NAMES).unwrap();
    let found = inspect(folder.path(), 0, &["labels.nii.gz", "--names", "names.txt"]);
    assert_eq!(found["items"][0]["labels"][1]["name"], "Lymph node");
    let convert = ["convert", "labels.nii.gz", "--names", "names.txt", "--out"];
    ends(
        folder.path(),
        0,
        &[&convert[..], &["named.seg.nrrd"]].concat(),
    );
    let named = read::labels(folder.path().join("named.seg.nrrd")).unwrap();
    assert_eq!(named.label_named("tumour"), Some(1));
    let one = ["alone.mha", "--roi", "lymph node"];
    ends(folder.path(), 0, &[&convert[..], &one].concat());
    let alone = read::labels(folder.path().join("alone.mha")).unwrap();
    assert_eq!(
        alone.voxel_counts().into_iter().collect::<Vec<_>>(),
        [(1, 1)]
    );
    std::fs::write(folder.path().join("names.txt"), "Tumour 1\n").unwrap();
    let (_, err) = ends(
        folder.path(),
        2,
        &["inspect", "labels.nii.gz", "--names", "names.txt"],
    );
    assert!(err.contains("line 1"), "{err}");
}

#[test]
fn pictures_show_each_region() {
    let folder = folder();
    let paths = ["inspect", "scan.nrrd", "contours.seg.nrrd", "--png"];
    ends(folder.path(), 0, &[&paths[..], &["look.png"]].concat());
    for name in ["look_1.png", "look_4.png"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        assert!(bytes.starts_with(b"\x89PNG"), "{name}");
    }
    ends(
        folder.path(),
        0,
        &[&paths[..], &["one.svg", "--label", "Core"]].concat(),
    );
    let svg = std::fs::read_to_string(folder.path().join("one.svg")).unwrap();
    for words in [
        "Axial, slice 3 of 6",
        "Coronal, slice 6 of 10",
        "2 separate pieces",
        "<image",
    ] {
        assert!(svg.contains(words), "{words}");
    }
    ends(
        folder.path(),
        0,
        &["inspect", "scan.nrrd", "--png", "alone.png"],
    );
    for (arguments, word) in [
        (
            ["inspect", "scan.nrrd", "--png", "look.gif"],
            ".png or .svg",
        ),
        (
            ["inspect", "labels.nii.gz", "--png", "look.png"],
            "none of the files is an image",
        ),
    ] {
        let (_, err) = ends(folder.path(), 2, &arguments);
        assert!(err.contains(word), "{err}");
    }
    let wrong = [
        "inspect",
        "scan.nrrd",
        "contours.seg.nrrd",
        "--png",
        "a.png",
        "--label",
        "Rim",
    ];
    let (_, err) = ends(folder.path(), 2, &wrong);
    assert!(
        err.contains("no label named \"Rim\"; there are Core (label 1), Node"),
        "{err}"
    );
}

#[test]
fn convert_keeps_values_and_places() {
    let folder = folder();
    for name in ["a.nii.gz", "b.mha", "c.mhd", "d.nrrd"] {
        ends(folder.path(), 0, &["convert", "scan.nrrd", "--out", name]);
        assert_eq!(
            read::image(folder.path().join(name)).unwrap(),
            scan(),
            "{name}"
        );
    }
    ends(
        folder.path(),
        0,
        &["convert", "contours.seg.nrrd", "--out", "again.seg.nrrd"],
    );
    let again = read::labels(folder.path().join("again.seg.nrrd")).unwrap();
    assert_eq!(again, contours());
}

#[test]
fn convert_brings_onto_another_grid() {
    let folder = folder();
    let mut finer = scan();
    finer.geometry.size = [20, 8, 6];
    finer.geometry.spacing[0] = 0.25;
    finer.values = vec![0.0; 20 * 8 * 6];
    write::nrrd(folder.path().join("finer.nrrd"), &finer).unwrap();
    let convert = [
        "convert",
        "scan.nrrd",
        "--reference",
        "finer.nrrd",
        "--out",
        "on.nrrd",
    ];
    ends(folder.path(), 0, &convert);
    let on = read::image(folder.path().join("on.nrrd")).unwrap();
    assert_eq!(on.geometry, finer.geometry);
    // Every second voxel lies on one of the scan, the others halfway, cut off to whole numbers.
    let (scan, at) = (scan(), |image: &Image, x| {
        image.values[image.geometry.offset([x, 3, 2])]
    });
    for x in 0..9 {
        assert_eq!(at(&on, 2 * x), at(&scan, x));
        assert_eq!(
            at(&on, 2 * x + 1),
            ((at(&scan, x) + at(&scan, x + 1)) / 2.0).trunc()
        );
    }
    let convert = [
        "convert",
        "contours.seg.nrrd",
        "--reference",
        "finer.nrrd",
        "--out",
        "m.seg.nrrd",
    ];
    ends(folder.path(), 0, &convert);
    let map = read::labels(folder.path().join("m.seg.nrrd")).unwrap();
    assert_eq!(map.geometry, finer.geometry);
    assert_eq!(map.segments, contours().segments);
    let mut far = finer;
    far.geometry.origin = [1e4; 3];
    write::nrrd(folder.path().join("far.nrrd"), &far).unwrap();
    let convert = [
        "convert",
        "contours.seg.nrrd",
        "--roi",
        "4",
        "--reference",
        "far.nrrd",
        "--out",
    ];
    let (_, err) = ends(folder.path(), 2, &[&convert[..], &["lost.nrrd"]].concat());
    assert!(err.contains("nothing of Node (label 4) is left"), "{err}");
}

/// Two layers that overlap, as 3D Slicer writes them.
#[test]
fn segments_of_layers_are_found_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let header = "NRRD0004\ntype: unsigned char\ndimension: 4\nspace: left-posterior-superior\n\
        sizes: 2 2 2 1\nspace directions: none (1,0,0) (0,1,0) (0,0,1)\n\
        kinds: list domain domain domain\nencoding: raw\nspace origin: (0,0,0)\n\
        Segment0_ID:=S1\nSegment0_LabelValue:=1\nSegment0_Layer:=0\nSegment0_Name:=Core\n\
        Segment1_ID:=S2\nSegment1_LabelValue:=1\nSegment1_Layer:=1\nSegment1_Name:=Whole\n\n";
    let bytes = [header.as_bytes(), &[1, 1, 0, 1, 0, 1, 0, 0]].concat();
    std::fs::write(folder.path().join("layers.seg.nrrd"), bytes).unwrap();
    let found = inspect(folder.path(), 0, &["layers.seg.nrrd"]);
    let labels = found["items"][0]["labels"].as_array().unwrap();
    let named: Vec<_> = labels
        .iter()
        .map(|l| (&l["name"], &l["layer"], &l["voxels"]))
        .collect();
    let expected = [
        (json!("Core"), json!(0), json!(1)),
        (json!("Whole"), json!(1), json!(3)),
    ];
    assert_eq!(named, expected.each_ref().map(|(a, b, c)| (a, b, c)));
    let convert = ["convert", "layers.seg.nrrd", "--out", "w.nii", "--roi"];
    ends(folder.path(), 0, &[&convert[..], &["Whole"]].concat());
    let whole = read::labels(folder.path().join("w.nii")).unwrap();
    assert_eq!(whole.labels, [1, 1, 1, 0]);
    let (_, err) = ends(folder.path(), 2, &[&convert[..], &["1"]].concat());
    assert!(err.contains("several labels are label 1: Core"), "{err}");
    let (_, err) = ends(
        folder.path(),
        2,
        &["convert", "layers.seg.nrrd", "--out", "w.nii"],
    );
    assert!(
        err.contains("regions overlap (\"Core\" and \"Whole\")") && err.contains("--each"),
        "{err}"
    );
}

#[test]
fn correct_does_what_the_library_does() {
    let folder = folder();
    let image = scan();
    let mut map = contours();
    for (offset, label) in map.labels.iter_mut().enumerate() {
        *label = u32::from(offset % 3 != 0);
    }
    write::nrrd_labels(folder.path().join("most.nrrd"), &map).unwrap();
    let mask = map.mask(1);
    let correct = |more: &[&str]| {
        let usual = [
            "correct",
            "scan.nrrd",
            "--mask",
            "most.nrrd",
            "--out",
            "out.nrrd",
        ];
        ends(folder.path(), 0, &[&usual[..], more].concat());
        read::image(folder.path().join("out.nrrd")).unwrap()
    };
    let n4 = N4 {
        shrink: 1,
        iterations: vec![5, 5],
        ..N4::default()
    };
    let expected = n4.correct(&image, &mask, &|_| {}).unwrap();
    let options = [
        "--method",
        "n4",
        "--shrink",
        "1",
        "--iterations",
        "5,5",
        "--field",
        "f.nrrd",
    ];
    assert_eq!(correct(&options), expected.image);
    let field = read::image(folder.path().join("f.nrrd")).unwrap();
    for (value, log) in field.values.iter().zip(&expected.log_field.values) {
        assert_eq!(*value, PixelType::F32.stored(log.exp()));
    }
    let expected = correct::z_score(&image, Some(&mask)).unwrap().0;
    assert_eq!(correct(&["--method", "zscore"]), expected);
    let expected = correct::clip(&image, Some(&mask), [5.0, 80.0]).unwrap().0;
    assert_eq!(
        correct(&["--method", "clip", "--percentiles", "5,80"]),
        expected
    );

    std::fs::write(
        folder.path().join("train.csv"),
        "Image,Mask\nscan.nrrd,most.nrrd\n",
    )
    .unwrap();
    let nyul = [
        "--method",
        "nyul",
        "--train",
        "train.csv",
        "--standard-out",
        "scale.json",
    ];
    let learnt = correct(&nyul);
    let standard = correct::NyulStandard::fit(&[(&image, Some(&mask))]).unwrap();
    assert_eq!(learnt, standard.apply(&image, Some(&mask)).unwrap());
    assert_eq!(
        correct(&["--method", "nyul", "--standard", "scale.json"]),
        learnt
    );
}

#[test]
fn what_cannot_be_corrected_is_told() {
    let folder = folder();
    let told = |status, more: &[&str]| {
        let usual = ["correct", "scan.nrrd", "--out", "out.nrrd", "--method"];
        ends(folder.path(), status, &[&usual[..], more].concat()).1
    };
    // Six voxels are drawn.
    let err = told(1, &["n4", "--shrink", "1", "--mask", "labels.nii.gz"]);
    assert!(err.contains("6 of 6 voxels"), "{err}");
    let err = told(2, &["n4", "--bins", "2"]);
    assert!(err.contains("bins 2 must lie from 4"), "{err}");
    let err = told(2, &["nyul"]);
    assert!(err.contains("--train"), "{err}");
    let err = told(2, &["zscore", "--standard", "scale.json"]);
    assert!(err.contains("no effect without --method nyul"), "{err}");
    let err = told(
        2,
        &["zscore", "--mask", "contours.seg.nrrd", "--label", "Rim"],
    );
    assert!(err.contains("there is no label named \"Rim\""), "{err}");
    let arguments = [
        "correct",
        "scan.nrrd",
        "--method",
        "zscore",
        "--out",
        "scan.nrrd",
    ];
    let (_, err) = ends(folder.path(), 2, &arguments);
    assert!(err.contains("would overwrite"), "{err}");
    let arguments = [
        "correct",
        "scan.nrrd",
        "--method",
        "zscore",
        "--out",
        "scan.png",
    ];
    let (_, err) = ends(folder.path(), 2, &arguments);
    assert!(err.contains("no name of an image file"), "{err}");
}
