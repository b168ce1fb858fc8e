//! Objects and archives that are made to harm, built here byte by byte.

mod support;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use radiome_dicom::{Catalog, DicomError, Regions};
use radiome_image::Geometry;
use support::reference;
use zip::write::SimpleFileOptions;

/// Fails where something takes longer than no honest file of its size does. What is guarded against
/// here takes minutes.
#[track_caller]
fn soon<T>(action: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = action();
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(20), "{taken:?}");
    done
}

fn catalog(bytes: Vec<u8>) -> Catalog {
    Catalog::of_memory(vec![("a.dcm".to_owned(), bytes)]).unwrap()
}

/// An element of explicit little endian.
fn element(tag: [u8; 4], vr: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = tag.to_vec();
    bytes.extend(vr.as_bytes());
    match vr {
        "SQ" | "OB" | "OW" => {
            bytes.extend([0, 0]);
            bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        }
        _ => bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes()),
    }
    bytes.extend(value);
    bytes
}

fn item(value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xFE, 0xFF, 0x00, 0xE0];
    bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
    bytes.extend(value);
    bytes
}

/// An object of a transfer syntax.
fn object(syntax: &str, elements: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    let syntax = match syntax.len() % 2 {
        1 => format!("{syntax}\0"),
        _ => syntax.to_owned(),
    };
    bytes.extend(element([2, 0, 0x10, 0], "UI", syntax.as_bytes()));
    bytes.extend(elements.concat());
    bytes
}

const PLAIN: &str = "1.2.840.10008.1.2.1";

/// The attributes of an MR slice of 16-bit numbers.
fn slice(size: [u16; 2], position: &str) -> Vec<Vec<u8>> {
    let number = |tag, number: u16| element(tag, "US", &number.to_le_bytes());
    vec![
        element([8, 0, 0x16, 0], "UI", b"1.2.840.10008.5.1.4.1.1.4\0"),
        element([8, 0, 0x60, 0], "CS", b"MR"),
        element([0x18, 0, 0x50, 0], "DS", b"2 "),
        element([0x20, 0, 0x0E, 0], "UI", b"1.2 "),
        element([0x20, 0, 0x32, 0], "DS", position.as_bytes()),
        element([0x20, 0, 0x37, 0], "DS", b"1\\0\\0\\0\\1\\0 "),
        number([0x28, 0, 0x10, 0], size[0]),
        number([0x28, 0, 0x11, 0], size[1]),
        element([0x28, 0, 0x30, 0], "DS", b"1\\1 "),
        number([0x28, 0, 0x00, 1], 16),
        number([0x28, 0, 0x01, 1], 16),
    ]
}

fn error_of(catalog: &Catalog) -> DicomError {
    match catalog.series() {
        [one] => one.image().unwrap_err(),
        other => panic!("{} series", other.len()),
    }
}

/// A slice of 8,192 x 8,192 voxels in ten bytes, by every codec: decoders would reserve it first.
#[test]
fn compressed_slices_that_are_not_there() {
    let start = Instant::now();
    for syntax in ["5", "4.50", "4.70", "4.80", "4.90"] {
        let mut bytes = object(
            &format!("1.2.840.10008.1.2.{syntax}"),
            &slice([8192, 8192], "0\\0\\0 "),
        );
        bytes.extend(b"\xE0\x7F\x10\x00OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\0\0\0\0");
        bytes.extend(item(b"0123456789"));
        bytes.extend(b"\xFE\xFF\xDD\xE0\0\0\0\0");
        let error = error_of(&catalog(bytes));
        assert!(
            matches!(&error, DicomError::Codec { what, .. } if what.contains("cannot hold")),
            "{syntax}: {error}"
        );
    }
    assert!(start.elapsed() < Duration::from_millis(500));
}

/// One honest slice and many that claim as much: no room is made for what is not there.
#[test]
fn voxels_that_are_not_there() {
    let files = |claimed: u16| {
        let file = move |number: usize| {
            let mut elements = slice([100, 100], &format!("0\\0\\{number:04} "));
            let there = if number < 64 { 20_000 } else { 4 };
            elements.push(element([0xE0, 0x7F, 0x10, 0], "OW", &vec![0; there]));
            (format!("{number:04}.dcm"), object(PLAIN, &elements))
        };
        Catalog::of_memory((0..usize::from(claimed)).map(file).collect()).unwrap()
    };
    assert!(files(2).series()[0].image().is_ok());
    let error = error_of(&files(600));
    assert!(
        matches!(error, DicomError::Truncated { needed: 20_000, .. }),
        "{error}"
    );
}

/// Positions of 1e300 mm are numbers, but the distance between them is none.
#[test]
fn positions_beyond_numbers() {
    let files = ["0\\0\\-1e308 ", "0\\0\\1e308"].map(|position| {
        let padded = format!(
            "{position}{}",
            if position.len() % 2 == 1 { " " } else { "" }
        );
        let mut elements = slice([1, 1], &padded);
        elements.push(element([0xE0, 0x7F, 0x10, 0], "OW", &[1, 0]));
        object(PLAIN, &elements)
    });
    let [first, second] = files;
    let files = vec![("1.dcm".to_owned(), first), ("2.dcm".to_owned(), second)];
    let error = error_of(&Catalog::of_memory(files).unwrap());
    assert!(
        matches!(&error, DicomError::Value { attribute, .. } if attribute.contains("Position")),
        "{error}"
    );
}

/// An RT Structure Set with so many regions and contours of each.
fn contours(count: u16, points: &str) -> Vec<u8> {
    let number = |n: u16| format!("{n:05} ");
    let region = |n: u16| item(&element([6, 0x30, 0x22, 0], "IS", number(n).as_bytes()));
    let contour = item(
        &[
            element([6, 0x30, 0x42, 0], "CS", b"CLOSED_PLANAR "),
            element([6, 0x30, 0x50, 0], "DS", points.as_bytes()),
        ]
        .concat(),
    );
    let contoured = |n: u16| {
        let own = [
            element([6, 0x30, 0x40, 0], "SQ", &contour),
            element([6, 0x30, 0x84, 0], "IS", number(n).as_bytes()),
        ];
        item(&own.concat())
    };
    let regions: Vec<u8> = (0..count).flat_map(region).collect();
    let contoured: Vec<u8> = (0..count).flat_map(contoured).collect();
    object(
        PLAIN,
        &[
            element([8, 0, 0x16, 0], "UI", b"1.2.840.10008.5.1.4.1.1.481.3\0"),
            element([6, 0x30, 0x20, 0], "SQ", &regions),
            element([6, 0x30, 0x39, 0], "SQ", &contoured),
        ],
    )
}

fn regions(bytes: Vec<u8>) -> Regions {
    let catalog = catalog(bytes);
    Regions::of(&catalog.masks()[0]).unwrap()
}

#[test]
fn sixty_thousand_regions() {
    let points = "0\\0\\0\\3\\0\\0\\0\\3\\0 ";
    let regions = soon(|| regions(contours(60_000, points)));
    assert_eq!(regions.segments().len(), 60_000);
}

/// Points whose place on the grid overflows lie in no slice; they once lay in the first.
#[test]
fn contours_beyond_numbers() {
    let far = "1e308\\0\\0\\3\\0\\-1e308\\0\\3\\1e308 ";
    let regions = regions(contours(1, far));
    let geometry = Geometry::axis_aligned([4, 4, 2], [1e-9, 1e-9, 1e-9]);
    let error = regions.label_map(1, &geometry, None).unwrap_err();
    assert!(
        matches!(error, DicomError::ContourAcrossSlices { .. }),
        "{error}"
    );
}

fn archive(members: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The directory of an archive is read once, not for every member.
#[test]
fn an_archive_of_twenty_thousand_members() {
    let bytes = archive((0..20_000).map(|n| (format!("{n}.txt"), b"nothing".to_vec())));
    let catalog = soon(|| Catalog::of_memory(vec![("a.zip".to_owned(), bytes)])).unwrap();
    assert_eq!(catalog.others(), 20_000);
}

/// Names in an archive are only names: it is read in place, and nothing is written.
#[test]
fn members_that_climb() {
    let slice = fs::read(reference("syntaxes/explicit-u16.dcm")).unwrap();
    let names = [
        "../../up.dcm",
        "/etc/absolute.dcm",
        "C:\\windows.dcm",
        "a/../../b.dcm",
    ];
    let bytes = archive(names.iter().map(|name| ((*name).to_owned(), slice.clone())));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("climb/in");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("a.zip");
    fs::write(&path, bytes).unwrap();
    let catalog = Catalog::scan(&path).unwrap();
    // Four copies of one slice make one image.
    assert_eq!(catalog.series()[0].files(), 4);
    assert_eq!(catalog.series()[0].image().unwrap().0.geometry.size[2], 1);
    let beside: Vec<_> = fs::read_dir(folder.parent().unwrap()).unwrap().collect();
    assert_eq!(beside.len(), 1);
    assert!(!Path::new("/etc/absolute.dcm").exists());
}

/// A member that says it unpacks to 4 GB from a few bytes is refused before it is unpacked.
#[test]
fn an_archive_that_lies_about_a_size() {
    let mut bytes = archive(std::iter::once(("a.dcm".to_owned(), vec![0; 100])));
    let lie = 0xFFFF_FFF0_u32.to_le_bytes();
    let header = |bytes: &[u8], magic: &[u8]| bytes.windows(4).position(|w| w == magic).unwrap();
    let local = header(&bytes, b"PK\x03\x04");
    bytes[local + 22..local + 26].copy_from_slice(&lie);
    let central = header(&bytes, b"PK\x01\x02");
    bytes[central + 24..central + 28].copy_from_slice(&lie);
    let catalog = Catalog::of_memory(vec![("a.zip".to_owned(), bytes)]).unwrap();
    assert!(
        matches!(catalog.broken(), [DicomError::Truncated { .. }]),
        "{:?}",
        catalog.broken()
    );
}

/// A set of a million elements is not walked for every frame that asks it.
#[test]
fn wide_shared_groups() {
    let mut wide: Vec<u8> = Vec::new();
    for number in 0..60_000_u16 {
        let [low, high] = number.to_le_bytes();
        wide.extend(element([9, 0, low, high], "US", &[]));
    }
    let group = |tag, own: Vec<u8>| element(tag, "SQ", &item(&own));
    wide.extend(group(
        [0x20, 0, 0x13, 0x91],
        element([0x20, 0, 0x32, 0], "DS", b"0\\0\\0 "),
    ));
    let orientation = element([0x20, 0, 0x37, 0], "DS", b"1\\0\\0\\0\\1\\0 ");
    wide.extend(group([0x20, 0, 0x16, 0x91], orientation));
    wide.extend(group(
        [0x28, 0, 0x10, 0x91],
        element([0x28, 0, 0x30, 0], "DS", b"1\\1 "),
    ));
    let frames = item(&[]).repeat(60_000);
    let elements = [
        element([8, 0, 0x16, 0], "UI", b"1.2.840.10008.5.1.4.1.1.66.4"),
        element([0x28, 0, 8, 0], "IS", b"60000 "),
        element([0x28, 0, 0x10, 0], "US", &[1, 0]),
        element([0x28, 0, 0x11, 0], "US", &[1, 0]),
        element([0x28, 0, 0x00, 1], "US", &[8, 0]),
        element([0x62, 0, 1, 0], "CS", b"LABELMAP"),
        element([0, 0x52, 0x29, 0x92], "SQ", &item(&wide)),
        element([0, 0x52, 0x30, 0x92], "SQ", &frames),
        element([0xE0, 0x7F, 0x10, 0], "OB", &vec![0; 60_000]),
    ];
    let catalog = catalog(object(PLAIN, &elements));
    assert_eq!(catalog.masks().len(), 1);
    soon(|| Regions::of(&catalog.masks()[0])).unwrap();
}
