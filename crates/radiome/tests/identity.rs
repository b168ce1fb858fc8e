//! Nothing that radiome writes tells whose the images are: DICOM files with a known patient go
//! through every command that reads them, and every byte of what comes out is searched for what the
//! headers say of the patient, also inside of compressed streams.

// The cohort is shared with other tests, which use more of it.
#[allow(dead_code, unused_imports)]
mod small_cohort;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use radiome_image::{Image, read};
use small_cohort::{EXTERNAL, SmallCohort, T1_ONLY, TRAINING, id};

/// What the headers say of the patient and the study; UIDs begin with them.
const SECRETS: [&str; 12] = [
    "Quillfeather",
    "Zebedee",
    "MRN-77431-Q",
    "19370214",
    "ACC-5519-X",
    "Hollowgate",
    "Ravensbourne",
    "STUDYID-8842",
    "1.2.826.0.1.77001",
    "1.2.826.0.1.77002",
    "1.2.826.0.1.77003",
    "1.2.826.0.1.77004",
];

/// An element of explicit VR, little endian; text is filled up to an even length.
fn element(group: u16, element: u16, vr: &str, value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if value.len() % 2 == 1 {
        value.push(if vr == "UI" { 0 } else { b' ' });
    }
    let mut bytes = [group.to_le_bytes(), element.to_le_bytes()].concat();
    bytes.extend(vr.bytes());
    match vr {
        "SQ" | "OW" | "OB" => {
            bytes.extend([0, 0]);
            bytes.extend((value.len() as u32).to_le_bytes());
        }
        _ => bytes.extend((value.len() as u16).to_le_bytes()),
    }
    bytes.extend(value);
    bytes
}

fn text(group: u16, number: u16, vr: &str, value: &str) -> Vec<u8> {
    element(group, number, vr, value.as_bytes())
}

fn short(group: u16, number: u16, value: u16) -> Vec<u8> {
    element(group, number, "US", &value.to_le_bytes())
}

fn sequence(group: u16, number: u16, items: &[Vec<u8>]) -> Vec<u8> {
    let mut value = Vec::new();
    for item in items {
        value.extend([0xFE, 0xFF, 0x00, 0xE0]);
        value.extend((item.len() as u32).to_le_bytes());
        value.extend(item);
    }
    element(group, number, "SQ", &value)
}

/// A file with its preamble; the parts stand in the order of their tags.
fn file(class: &str, instance: &str, parts: &[Vec<u8>]) -> Vec<u8> {
    let meta = [
        text(2, 2, "UI", class),
        text(2, 3, "UI", instance),
        text(2, 0x10, "UI", "1.2.840.10008.1.2.1"),
    ]
    .concat();
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    bytes.extend(element(2, 0, "UL", &(meta.len() as u32).to_le_bytes()));
    bytes.extend(meta);
    bytes.extend(parts.concat());
    bytes
}

/// The modules of patient and study, in the order of their tags.
fn who(class: &str, instance: &str, modality: &str, series: &str) -> Vec<Vec<u8>> {
    vec![
        text(8, 5, "CS", "ISO_IR 100"),
        text(8, 0x16, "UI", class),
        text(8, 0x18, "UI", instance),
        text(8, 0x20, "DA", "20090807"),
        text(8, 0x50, "SH", "ACC-5519-X"),
        text(8, 0x60, "CS", modality),
        text(8, 0x80, "LO", "Ravensbourne Hospital"),
        text(8, 0x90, "PN", "Hollowgate^Ada"),
        text(8, 0x103E, "LO", "T1 axial"),
        text(0x10, 0x10, "PN", "Quillfeather^Zebedee"),
        text(0x10, 0x20, "LO", "MRN-77431-Q"),
        text(0x10, 0x30, "DA", "19370214"),
        text(0x20, 0xD, "UI", "1.2.826.0.1.77001.1"),
        text(0x20, 0xE, "UI", series),
        text(0x20, 0x10, "SH", "STUDYID-8842"),
    ]
}

const MR: &str = "1.2.840.10008.5.1.4.1.1.4";
const RTSTRUCT: &str = "1.2.840.10008.5.1.4.1.1.481.3";
const FRAME: &str = "1.2.826.0.1.77004.9";

/// The slices of an image as files of a folder.
fn write_series(folder: &Path, image: &Image, number: usize) {
    fs::create_dir_all(folder).unwrap();
    let grid = &image.geometry;
    let [columns, rows, slices] = grid.size;
    for slice in 0..slices {
        let instance = format!("1.2.826.0.1.77002.{number}.{slice}");
        let mut parts = who(MR, &instance, "MR", &format!("1.2.826.0.1.77003.{number}"));
        let [x, y, z] = grid.position([0.0, 0.0, slice as f64]);
        let area = slice * columns * rows..(slice + 1) * columns * rows;
        let voxels: Vec<u8> = (image.values[area].iter())
            .flat_map(|&value| (value as i16).to_le_bytes())
            .collect();
        parts.extend([
            text(0x20, 0x32, "DS", &format!("{x}\\{y}\\{z}")),
            text(0x20, 0x37, "DS", "1\\0\\0\\0\\1\\0"),
            text(0x20, 0x52, "UI", FRAME),
            short(0x28, 2, 1),
            text(0x28, 4, "CS", "MONOCHROME2"),
            short(0x28, 0x10, rows as u16),
            short(0x28, 0x11, columns as u16),
            text(
                0x28,
                0x30,
                "DS",
                &format!("{}\\{}", grid.spacing[1], grid.spacing[0]),
            ),
            short(0x28, 0x100, 16),
            short(0x28, 0x101, 16),
            short(0x28, 0x102, 15),
            short(0x28, 0x103, 1),
            element(0x7FE0, 0x10, "OW", &voxels),
        ]);
        let bytes = file(MR, &instance, &parts);
        fs::write(folder.join(format!("{slice}.dcm")), &bytes).unwrap();
    }
}

/// Contours of two regions: a square on two slices, and one that leaves a slice out.
fn write_contours(path: &Path) {
    let square = |z: f64, side: f64| {
        let data =
            format!("1.5\\1.5\\{z}\\{side}\\1.5\\{z}\\{side}\\{side}\\{z}\\1.5\\{side}\\{z}");
        [
            text(0x3006, 0x42, "CS", "CLOSED_PLANAR"),
            text(0x3006, 0x46, "IS", "4"),
            text(0x3006, 0x50, "DS", &data),
        ]
        .concat()
    };
    let region = |number: &str, name: &str| {
        [
            text(0x3006, 0x22, "IS", number),
            text(0x3006, 0x24, "UI", FRAME),
            text(0x3006, 0x26, "LO", name),
        ]
        .concat()
    };
    let contours = |number: &str, contours: &[Vec<u8>]| {
        [
            sequence(0x3006, 0x40, contours),
            text(0x3006, 0x84, "IS", number),
        ]
        .concat()
    };
    let instance = "1.2.826.0.1.77002.999";
    let mut parts = who(RTSTRUCT, instance, "RTSTRUCT", "1.2.826.0.1.77003.999");
    parts.extend([
        sequence(0x3006, 0x20, &[region("5", "Tumour"), region("7", "Gap")]),
        sequence(
            0x3006,
            0x39,
            &[
                contours("5", &[square(2.0, 7.5), square(4.0, 7.5)]),
                contours("7", &[square(2.0, 6.5), square(6.0, 6.5)]),
            ],
        ),
    ]);
    fs::write(path, file(RTSTRUCT, instance, &parts)).unwrap();
}

/// Runs a command in the folder; gives back all that it prints.
#[track_caller]
fn run(folder: &Path, status: i32, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_radiome"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(
        output.status.code(),
        Some(status),
        "{arguments:?}\n{printed}"
    );
    printed
}

/// The secrets that are in some bytes, or in what their compressed parts unpack to.
fn found(bytes: &[u8]) -> Vec<&'static str> {
    let mut streams = vec![bytes.to_vec()];
    for start in 0..bytes.len().saturating_sub(2) {
        let mut unpacked = Vec::new();
        match bytes[start..start + 2] {
            [0x1F, 0x8B] => {
                let _ = flate2::read::GzDecoder::new(&bytes[start..]).read_to_end(&mut unpacked);
            }
            [0x78, 0x01 | 0x5E | 0x9C | 0xDA] => {
                let _ = flate2::read::ZlibDecoder::new(&bytes[start..]).read_to_end(&mut unpacked);
            }
            _ => {}
        }
        streams.push(unpacked);
    }
    let holds = |secret: &&str| {
        let letters = secret.as_bytes();
        let within = |stream: &Vec<u8>| stream.windows(letters.len()).any(|part| part == letters);
        streams.iter().any(within)
    };
    SECRETS.into_iter().filter(|secret| holds(secret)).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push(path),
        }
    }
    all
}

/// The search finds what is there, plainly and compressed.
#[test]
fn secrets_are_found_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("RS.dcm");
    write_contours(&path);
    let bytes = fs::read(&path).unwrap();
    let there = found(&bytes);
    assert_eq!(there.len(), SECRETS.len(), "{there:?}");
    let mut packed = b"a line before the stream\n".to_vec();
    let mut stream = flate2::write::ZlibEncoder::new(&mut packed, flate2::Compression::default());
    std::io::Write::write_all(&mut stream, &bytes).unwrap();
    stream.finish().unwrap();
    assert_eq!(found(&packed), there);
}

#[test]
fn no_output_tells_whose_the_images_are() {
    let cohort = SmallCohort::write();
    let folder = cohort.path();
    for number in 0..TRAINING + EXTERNAL {
        let id = id(number);
        let image = read::image(folder.join(format!("images/{id}_t1.nii.gz"))).unwrap();
        write_series(&folder.join("dicom").join(&id), &image, number);
    }
    // One patient with a copy of a slice, one whose series lacks a slice.
    let of = |number: usize, slice: usize| folder.join(format!("dicom/{}/{slice}.dcm", id(number)));
    fs::copy(of(1, 2), of(1, 20)).unwrap();
    fs::remove_file(of(4, 3)).unwrap();
    write_contours(&folder.join("RS.dcm"));
    let series = format!("dicom/{}", id(1));

    let mut printed = Vec::new();
    let mut command = |status: i32, arguments: &[&str]| {
        let said = run(folder, status, arguments);
        printed.push((arguments.join(" "), said.clone()));
        said
    };
    let said = command(0, &["inspect", &series, "RS.dcm", "--png", "out-look.png"]);
    assert!(said.contains("1 exact copies of slices"), "{said}");
    assert!(
        said.contains("1 slices between the first and the last"),
        "{said}"
    );
    command(
        0,
        &[
            "inspect",
            &series,
            "RS.dcm",
            "--json",
            "--png",
            "out-look.svg",
        ],
    );
    command(0, &["inspect", "RS.dcm", "--json"]);
    command(2, &["inspect", &format!("dicom/{}", id(4))]);
    for out in ["out-a.nii.gz", "out-a.nrrd", "out-a.mha"] {
        command(0, &["convert", &series, "--out", out]);
    }
    let contours = ["convert", "RS.dcm", "--reference", &series, "--out"];
    for out in ["out-m.nii.gz", "out-m.mhd"] {
        command(2, &[&contours[..], &[out]].concat());
        command(0, &[&contours[..], &[out, "--roi", "Tumour"]].concat());
        command(0, &[&contours[..], &[out, "--each"]].concat());
    }
    command(0, &[&contours[..], &["out-m.seg.nrrd"]].concat());
    let extract = [
        "extract",
        &series,
        "RS.dcm",
        "--params",
        "params.yaml",
        "--label",
    ];
    let said = command(
        0,
        &[&extract[..], &["Tumour,Gap", "--out", "out-f.csv"]].concat(),
    );
    assert!(said.contains("dicom_duplicates"), "{said}");
    command(0, &[&extract[..], &["all", "--format", "json"]].concat());
    let said = command(1, &[&extract[..], &["Tumor"]].concat());
    assert!(
        said.contains("regions there: \"Tumour\", \"Gap\""),
        "{said}"
    );
    let maps = ["maps", &series, "RS.dcm", "--label", "Tumour", "--features"];
    command(
        0,
        &[
            &maps[..],
            &["original_firstorder_Mean", "--out", "out-maps"],
        ]
        .concat(),
    );

    for (out, more) in [
        (
            "out-n4.nii.gz",
            &[
                "--method",
                "n4",
                "--shrink",
                "1",
                "--field",
                "out-field.nrrd",
            ][..],
        ),
        (
            "out-z.nrrd",
            &[
                "--method", "zscore", "--mask", "RS.dcm", "--label", "Tumour",
            ],
        ),
    ] {
        command(0, &[&["correct", &series, "--out", out][..], more].concat());
    }

    let dicom = T1_ONLY.replace("images/{id}_t1.nii.gz", "dicom/{id}");
    let study = cohort.study("dicom", &[("sequences", &dicom), ("reliability", "")]);
    let study = study.to_str().unwrap();
    let said = command(1, &["study", "check", study]);
    assert!(said.contains("1 exact copies of slices"), "{said}");
    command(1, &["study", "run", study, "--out", "out-run"]);
    let results = fs::read_to_string(folder.join("out-run/results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&results).unwrap();
    let warnings = results["warnings"].as_array().unwrap();
    let copies: Vec<_> = (warnings.iter())
        .filter(|warning| warning["code"] == "dicom_duplicates")
        .collect();
    let text = "P002: 1 exact copies of slices were passed over";
    assert!(copies.len() == 1 && copies[0]["text"] == text, "{copies:?}");
    let excluded = results["cohort"]["excluded"].to_string();
    assert!(excluded.contains("1 slices are missing"), "{excluded}");

    // The page of contours and its table are of these series.
    for name in ["quality.html", "quality.json", "tables/quality.csv"] {
        let page = fs::read_to_string(folder.join("out-run").join(name)).unwrap();
        assert!(page.contains(&id(1)), "{name}");
    }

    for (command, said) in &printed {
        assert_eq!(found(said.as_bytes()), [""; 0], "{command}\n{said}");
    }
    let out = files(folder).into_iter().filter(|path| {
        let inside = path.strip_prefix(folder).unwrap();
        inside.to_string_lossy().starts_with("out-")
    });
    let out: Vec<PathBuf> = out.collect();
    assert!(out.len() > 60, "{out:?}");
    for path in out {
        let bytes = fs::read(&path).unwrap();
        assert_eq!(found(&bytes), [""; 0], "{}", path.display());
    }
}

/// A structured report is made for the archive and names the patient, from the headers alone; what is
/// printed about it does not, and `--anonymous` leaves the UIDs that the report refers to.
#[test]
fn a_report_names_the_patient_only_where_it_must() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cohort = SmallCohort::write();
    let image = read::image(cohort.path().join("images/P001_t1.nii.gz")).unwrap();
    write_series(&folder.join("series"), &image, 0);
    write_contours(&folder.join("RS.dcm"));
    let uids: Vec<&str> = SECRETS
        .into_iter()
        .filter(|one| one.starts_with("1.2.826"))
        .collect();
    for params in ["ibsi:digital", ""] {
        let mut extract = vec![
            "extract",
            "series",
            "RS.dcm",
            "--label",
            "Tumour,Gap",
            "--out",
            "f.csv",
        ];
        if !params.is_empty() {
            extract.extend(["--params", params]);
        }
        let said = run(folder, 0, &extract);
        assert_eq!(found(said.as_bytes()), [""; 0]);
        assert_eq!(found(&fs::read(folder.join("f.csv")).unwrap()), [""; 0]);
        let sr = ["convert", "series", "--sr", "f.csv", "--out", "named.dcm"];
        let said = run(folder, 0, &sr);
        assert!(said.contains("it names the patient"), "{said}");
        assert_eq!(found(said.as_bytes()), [""; 0]);
        let named = found(&fs::read(folder.join("named.dcm")).unwrap());
        // The institution and the name of the frame of reference are no part of it.
        assert!(
            named.contains(&"Quillfeather") && !named.contains(&"Ravensbourne"),
            "{named:?}"
        );
        let said = run(
            folder,
            0,
            &[&sr[..5], &["nobody.dcm", "--anonymous"]].concat(),
        );
        assert_eq!(found(said.as_bytes()), [""; 0]);
        let nobody = found(&fs::read(folder.join("nobody.dcm")).unwrap());
        assert!(!nobody.is_empty());
        assert!(nobody.iter().all(|one| uids.contains(one)), "{nobody:?}");
    }
}
