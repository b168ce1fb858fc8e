//! Names that would climb out of a folder, end a line or be a formula.

use std::fs;
use std::path::Path;

use radiome::table::Table;
use radiome_image::{Geometry, Image, LabelMap, PixelType, write};

use super::{ends, everything_in};

fn write_images(folder: &Path) {
    let geometry = Geometry::axis_aligned([6, 6, 6], [1.0; 3]);
    let places = || (0..216).map(|offset| geometry.index(offset));
    let value = |[x, y, z]: [usize; 3]| ((31 * x + 17 * y * z + x * y) % 97) as f64;
    let inside = |place: [usize; 3]| u32::from(place.iter().all(|i| (1..5).contains(i)));
    let image = Image {
        pixel_type: PixelType::I16,
        values: places().map(value).collect(),
        geometry: geometry.clone(),
    };
    let labels = LabelMap {
        labels: places().map(inside).collect(),
        segments: vec![radiome_image::Segment {
            name: "../../up".to_owned(),
            label: 1,
        }],
        geometry: geometry.clone(),
    };
    write::nifti(folder.join("image.nii.gz"), &image).unwrap();
    write::nrrd_labels(folder.join("mask.seg.nrrd"), &labels).unwrap();
}

/// Ids that no file may be called by, and two that are equal once they are made harmless.
fn ids() -> Vec<String> {
    let mut ids: Vec<String> = [
        "../../climbs",
        "/tmp/absolute",
        "C:\\windows",
        "CON",
        "nul.txt",
        "a/b",
        "a:b",
        "-rf",
        "--out=x",
        "=cmd|' /C calc'!A0",
        "+1+1",
        "@SUM(A1)",
        "<script>alert(1)</script>",
        "line\nbreak",
        "null\0byte",
        "trailing. ",
        "\u{202e}sdrawkcab",
        "%s%n${HOME}{id}",
    ]
    .map(str::to_owned)
    .to_vec();
    ids.push("x".repeat(10_000));
    ids
}

fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[test]
fn ids_name_cases_and_no_files() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("a/b");
    fs::create_dir_all(&folder).unwrap();
    write_images(&folder);
    let mut cases = "ID,Image,Mask\n".to_owned();
    for id in ids() {
        cases += &format!("{},image.nii.gz,mask.seg.nrrd\n", cell(&id));
    }
    fs::write(folder.join("cases.csv"), cases).unwrap();
    fs::write(
        folder.join("params.yaml"),
        "featureClass: {firstorder: [Mean]}\n",
    )
    .unwrap();
    let before = everything_in(outer.path());
    let options = [
        "--params",
        "params.yaml",
        "--out",
        "features.csv",
        "--quiet",
    ];
    ends(
        &folder,
        0,
        &[&["extract", "cases.csv"], &options[..]].concat(),
    );
    let after = everything_in(outer.path());
    let written: Vec<&String> = after.difference(&before).collect();
    assert_eq!(written, ["a/b/features.csv"]);
    // Values are data: they come out as they went in, but for white space around them.
    let table = Table::read(&folder.join("features.csv")).unwrap();
    let trimmed: Vec<String> = ids().iter().map(|id| id.trim().to_owned()).collect();
    assert_eq!(table.cells("ID").unwrap(), trimmed);
}

/// Names of labels, of files and of maps stay within the folder that is asked for.
#[test]
fn labels_that_climb_name_no_files() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("a/b");
    fs::create_dir_all(&folder).unwrap();
    write_images(&folder);
    fs::write(
        folder.join("params.yaml"),
        "featureClass: {firstorder: [Mean]}\n",
    )
    .unwrap();
    let before = everything_in(outer.path());
    let case = [
        "image.nii.gz",
        "mask.seg.nrrd",
        "--label",
        "../../up",
        "--params",
        "params.yaml",
    ];
    ends(
        &folder,
        0,
        &[&["maps"], &case[..], &["--out", "maps", "--quiet"]].concat(),
    );
    let out = [
        "convert",
        "mask.seg.nrrd",
        "--roi",
        "../../up",
        "--out",
        "one.nii.gz",
    ];
    ends(&folder, 0, &out);
    ends(
        &folder,
        0,
        &[
            "inspect",
            "image.nii.gz",
            "mask.seg.nrrd",
            "--png",
            "look.png",
        ],
    );
    let after = everything_in(outer.path());
    let mut written: Vec<&str> = after.difference(&before).map(String::as_str).collect();
    written.sort_unstable();
    assert_eq!(
        written,
        [
            "a/b/look.png",
            "a/b/maps",
            "a/b/maps/Case-1_original_firstorder_Mean.nrrd",
            "a/b/one.nii.gz"
        ]
    );
}

/// Two rows of one id are an error that names both, not one case that takes the other's place.
#[test]
fn ids_that_are_equal_are_refused_where_they_join() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "ID,x,g\nP1,1,0\nP1,2,1\n").unwrap();
    let text = "name: s\ntables: [{file: a.csv, id: ID}]\noutcome: {column: g}\nfeatures: {file: a.csv, id: ID, sequence: T1, columns: [x]}\n";
    fs::write(folder.path().join("study.yaml"), text).unwrap();
    let (_, error) = ends(folder.path(), 2, &["study", "check", "study.yaml"]);
    assert!(error.contains("P1"), "{error}");
}
