//! `radiome-slicer` as 3D Slicer drives it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// An NRRD as Slicer writes its temporary files: LPS, raw, little endian.
fn nrrd(path: &Path, values: &[i16]) {
    let mut bytes = b"NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\n\
        sizes: 12 10 8\nspace directions: (1,0,0) (0,1,0) (0,0,2)\nkinds: domain domain domain\n\
        endian: little\nencoding: raw\nspace origin: (-5,3.5,10)\n\n"
        .to_vec();
    for value in values {
        bytes.extend(value.to_le_bytes());
    }
    fs::write(path, bytes).unwrap();
}

fn slicer(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_radiome-slicer"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn files(folder: &Path) {
    let places = (0..8).flat_map(|z| (0..10).flat_map(move |y| (0..12).map(move |x| [x, y, z])));
    let image: Vec<i16> = places
        .clone()
        .map(|[x, y, z]: [i16; 3]| (x * 37 + y * 91 + z * 53) % 211)
        .collect();
    let mask: Vec<i16> = places
        .map(|[x, y, z]| i16::from((2..9).contains(&x) && (3..8).contains(&y) && z > 2) * 3)
        .collect();
    nrrd(&folder.join("volume.nrrd"), &image);
    nrrd(&folder.join("segmentation.nrrd"), &mask);
}

#[test]
fn the_table_holds_what_extract_computes() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let output = slicer(
        folder.path(),
        &[
            "--label",
            "3",
            "--processinformationaddress",
            "0x0",
            "volume.nrrd",
            "segmentation.nrrd",
            "",
            "table.csv",
        ],
    );
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    let progress: Vec<f64> = told
        .lines()
        .filter_map(|line| line.strip_prefix("<filter-progress>"))
        .map(|rest| {
            rest.strip_suffix("</filter-progress>")
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    assert!(progress.len() > 2 && progress.is_sorted());
    assert_eq!(progress.last(), Some(&1.0));
    assert!(told.starts_with("<filter-start>") && told.trim_end().ends_with("</filter-end>"));

    let extracted = Command::new(env!("CARGO_BIN_EXE_radiome"))
        .args([
            "extract",
            "volume.nrrd",
            "segmentation.nrrd",
            "--label",
            "3",
        ])
        .args(["--format", "json", "--quiet"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let rows: serde_json::Value = serde_json::from_slice(&extracted.stdout).unwrap();
    let row = rows[0].as_object().unwrap();
    let mut features = 0;
    for record in csv::Reader::from_path(folder.path().join("table.csv"))
        .unwrap()
        .records()
    {
        let record = record.unwrap();
        if record[0].starts_with("original_") {
            let value: f64 = record[1].parse().unwrap();
            assert_eq!(row[&record[0]].as_f64(), Some(value), "{}", &record[0]);
            features += 1;
        }
    }
    assert_eq!(features, 107);
}

#[test]
fn what_cannot_be_done_is_said_and_no_table_written() {
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let names = ["volume.nrrd", "segmentation.nrrd", "", "table.csv"];
    let failed = |arguments: &[&str], expected: &str| {
        let output = slicer(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(expected), "{told}");
        assert!(!folder.path().join("table.csv").exists());
    };
    failed(&[&["--label", "9"][..], &names].concat(), "9");
    failed(
        &["none.nrrd", "segmentation.nrrd", "", "table.csv"],
        "none.nrrd",
    );
    fs::write(folder.path().join("params.yaml"), "setting: {binwidth: 5}").unwrap();
    failed(
        &[
            "volume.nrrd",
            "segmentation.nrrd",
            "params.yaml",
            "table.csv",
        ],
        "binWidth",
    );
    failed(&[&["--profile", "ibsi:X"][..], &names].concat(), "ibsi:X");
}

#[test]
fn the_description_names_every_argument_once() {
    let folder = tempfile::tempdir().unwrap();
    let xml = String::from_utf8(slicer(folder.path(), &["--xml"]).stdout).unwrap();
    // Slicer reads whatever stands on standard output as the description.
    assert!(xml.starts_with("<?xml"));
    for index in 0..4 {
        assert_eq!(xml.matches(&format!("<index>{index}</index>")).count(), 1);
    }
    for flag in ["label", "profile"] {
        assert!(xml.contains(&format!("<longflag>{flag}</longflag>")));
    }
    let mut place = 0;
    for element in [
        "category",
        "title",
        "description",
        "version",
        "documentation-url",
        "license",
        "contributor",
        "parameters",
    ] {
        let next = xml.find(&format!("<{element}>")).unwrap();
        assert!(next > place, "{element} out of the order of the schema");
        place = next;
    }
    assert!(slicer(folder.path(), &["--logo"]).stdout.is_empty());
}
