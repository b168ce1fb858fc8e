//! The command `maps`, run as a user runs it.

mod program;

use std::path::Path;

use radiome_image::{Geometry, Image, LabelMap, PixelType, read, write};

/// Runs the command and checks how it ends; gives back what it says on standard error.
#[track_caller]
fn run(folder: &Path, status: i32, arguments: &[&str]) -> String {
    let (out, err) = program::ends(folder, status, &[&["maps"], arguments].concat());
    assert!(out.is_empty());
    err
}

/// A folder with scan.nrrd, whose values are 10 x + y + 100 z, and mask.nrrd, where the voxels
/// with x 2 to 4, y 1 to 2 and z 0 have label 1. The grid is turned about z.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let geometry = Geometry {
        size: [7, 6, 4],
        spacing: [0.5, 1.5, 3.0],
        origin: [-20.0, 40.0, 8.0],
        direction: [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
    };
    let voxels = (0..geometry.voxel_count()).map(|offset| geometry.index(offset));
    let image = Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::I16,
        values: voxels
            .clone()
            .map(|[x, y, z]| (10 * x + y + 100 * z) as f64)
            .collect(),
    };
    let inside = |[x, y, z]: [usize; 3]| (2..5).contains(&x) && (1..3).contains(&y) && z == 0;
    let labels = LabelMap {
        labels: voxels.map(|place| u32::from(inside(place))).collect(),
        geometry,
        segments: Vec::new(),
    };
    write::nrrd(folder.path().join("scan.nrrd"), &image).unwrap();
    write::nrrd_labels(folder.path().join("mask.nrrd"), &labels).unwrap();
    folder
}

#[test]
fn maps_lie_where_the_image_lies_and_hold_the_kernels_values() {
    let folder = folder();
    let arguments = [
        "scan.nrrd",
        "mask.nrrd",
        "--out",
        "maps/new",
        "-s",
        "binWidth:5",
        "-s",
        "initValue:-7",
        "--features",
        "*_firstorder_Me?n",
        "--features",
        "*_glcm_JointAverage",
    ];
    let said = run(folder.path(), 0, &arguments);
    assert_eq!(said, "2 maps written to maps/new");
    let mut files: Vec<String> = std::fs::read_dir(folder.path().join("maps/new"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let names = ["firstorder_Mean", "glcm_JointAverage"];
    assert_eq!(
        files,
        names.map(|name| format!("Case-1_original_{name}.nrrd"))
    );

    let mean = folder
        .path()
        .join("maps/new/Case-1_original_firstorder_Mean.nrrd");
    let mean = read::image(mean).unwrap();
    assert_eq!(mean.pixel_type, PixelType::F64);
    // The box of the region, x 2 to 4, y 1 to 2, z 0, one voxel wider where the image is: its
    // first voxel is (1, 0, 0), half a millimetre on along x, which points along the second axis.
    assert_eq!(mean.geometry.size, [5, 4, 2]);
    assert_eq!(mean.geometry.spacing, [0.5, 1.5, 3.0]);
    assert_eq!(mean.geometry.origin, [-20.0, 40.5, 8.0]);
    assert_eq!(mean.geometry.direction[1], [1.0, 0.0, 0.0]);
    // Voxel (2, 1, 0): its kernel holds (2, 1), (3, 1), (2, 2) and (3, 2) of the region.
    assert_eq!(mean.values[mean.geometry.offset([1, 1, 0])], 26.5);
    // Voxel (3, 2, 0) sees the whole region.
    assert_eq!(mean.values[mean.geometry.offset([2, 2, 0])], 31.5);
    // Voxel (1, 0, 0) and the slice above are outside.
    assert_eq!(mean.values[0], -7.0);
    assert!(mean.values[20..].iter().all(|&value| value == -7.0));
}

#[test]
fn values_are_the_same_bits_for_any_number_of_threads() {
    let folder = folder();
    for (jobs, out) in [("1", "one"), ("3", "three")] {
        run(
            folder.path(),
            0,
            &[
                "scan.nrrd",
                "mask.nrrd",
                "--out",
                out,
                "--jobs",
                jobs,
                "--quiet",
                "-s",
                "maskedKernel:false",
                "-s",
                "binWidth:5",
            ],
        );
    }
    let files = |out: &str| {
        let mut files: Vec<_> = std::fs::read_dir(folder.path().join(out))
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    let (one, three) = (files("one"), files("three"));
    assert_eq!(one.len(), 93);
    assert!(one == three);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let folder = folder();
    let (path, out) = (folder.path(), ["--out", "maps", "-s", "binWidth:5"]);
    let with = |more: &[&'static str]| [more, &out[..]].concat();
    let said = run(path, 2, &with(&["none.nrrd", "mask.nrrd"]));
    assert!(said.contains("no image file none.nrrd"), "{said}");
    let said = run(path, 1, &with(&["scan.nrrd", "mask.nrrd", "--label", "4"]));
    assert!(
        said.contains("no voxel has label 4; labels there: 1 (label_missing)"),
        "{said}"
    );
    let said = run(
        path,
        2,
        &with(&["scan.nrrd", "mask.nrrd", "--features", "glcm"]),
    );
    assert!(
        said.contains("ask for 93 features of voxels, none is wanted"),
        "{said}"
    );
    assert!(said.contains("a pattern must fit the whole name"), "{said}");
    std::fs::write(path.join("shape.yaml"), "featureClass: {shape: }").unwrap();
    let said = run(
        path,
        2,
        &with(&["scan.nrrd", "mask.nrrd", "--params", "shape.yaml"]),
    );
    assert!(said.contains("shape is no feature of a voxel"), "{said}");
    let said = run(
        path,
        2,
        &with(&["scan.nrrd", "mask.nrrd", "-s", "kernelRadius:0"]),
    );
    assert!(said.contains("kernelRadius"), "{said}");
    assert!(!path.join("maps").exists());
}

#[test]
fn filters_that_do_not_fit_are_named_and_the_other_maps_are_made() {
    let folder = folder();
    let path = folder.path();
    let settings = |image_types: &str| {
        format!("imageType: {{{image_types}}}\nfeatureClass: {{firstorder: [Mean]}}\n")
    };
    let wide = "LoG: {sigma: [40]}";
    std::fs::write(
        path.join("both.yaml"),
        settings(&format!("Original: {{}}, {wide}")),
    )
    .unwrap();
    std::fs::write(path.join("wide.yaml"), settings(wide)).unwrap();
    let arguments = |params: &'static str| {
        [
            "scan.nrrd",
            "mask.nrrd",
            "--out",
            "maps",
            "--params",
            params,
            "-s",
            "binWidth:5",
        ]
    };
    let missing =
        "no maps of log-sigma-40-mm-3D: the image is too small for this filter (filter_too_small)";
    assert_eq!(
        run(path, 0, &arguments("both.yaml")),
        format!("{missing} 1 maps written to maps")
    );
    assert!(
        path.join("maps/Case-1_original_firstorder_Mean.nrrd")
            .exists()
    );
    // Where nothing is left, the image is not usable.
    assert_eq!(run(path, 1, &arguments("wide.yaml")), missing);
}
