//! Readers of DICOM.

use radiome_dicom::{Catalog, Regions};
use radiome_image::Geometry;

use crate::parts;

/// Reads whatever files offer: images, SUV, contours, segments, and masks on a grid.
fn read_all(files: Vec<(String, Vec<u8>)>) {
    let Ok(catalog) = Catalog::of_memory(files) else {
        return;
    };
    for series in catalog.series() {
        drop(series.to_string());
        let _ = series.suv_factor();
        let _ = series.identity();
        if let Ok((image, _)) = series.image() {
            assert_eq!(image.values.len(), image.geometry.voxel_count());
            assert!(
                image
                    .geometry
                    .spacing
                    .iter()
                    .all(|step| step.is_finite() && *step > 0.0)
            );
            assert!(image.geometry.origin.iter().all(|place| place.is_finite()));
        }
    }
    for problem in catalog.broken() {
        drop(problem.to_string());
    }
    // The grid of the segmentations and contours among the seeds.
    let geometry = Geometry {
        origin: [-20.5, 10.25, -30.0],
        ..Geometry::axis_aligned([15, 11, 4], [0.5, 0.75, 2.5])
    };
    for mask in catalog.masks() {
        let Ok(regions) = Regions::of(mask) else {
            continue;
        };
        for segment in regions.segments().into_iter().take(4) {
            let _ = regions.label_of(&segment.name);
            if let Ok((map, _)) = regions.label_map(segment.label, &geometry, None) {
                assert_eq!(map.labels.len(), map.geometry.voxel_count());
            }
        }
    }
}

/// For how many bytes an object may stand. Deflated ones unpack to 1,032 times as many; a compressed
/// slice of 2,048 x 2,048 may be blank.
fn stands_for(data: &[u8]) -> usize {
    const BLANK: usize = 1 << 22;
    let says = |what: &[u8]| data.windows(what.len()).any(|bytes| bytes == what);
    let deflated = if says(b"1.2.840.10008.1.2.1.99") {
        1032
    } else {
        1
    };
    let compressed = says(b"1.2.840.10008.1.2.4") || says(b"1.2.840.10008.1.2.5");
    data.len() * deflated + if compressed { 2 * BLANK } else { 0 }
}

/// One object, of whatever kind.
pub fn dicom(data: &[u8]) -> usize {
    read_all(vec![("a.dcm".to_owned(), data.to_vec())]);
    stands_for(data)
}

/// Several objects.
pub fn dicom_series(data: &[u8]) -> usize {
    let files = parts(data).into_iter().enumerate();
    read_all(
        files
            .map(|(number, part)| (format!("{number}.dcm"), part.to_vec()))
            .collect(),
    );
    stands_for(data)
}

/// RT Structure Sets.
pub fn contours(data: &[u8]) -> usize {
    dicom(data)
}

/// Segmentations.
pub fn segmentation(data: &[u8]) -> usize {
    dicom(data)
}

/// Frames of every codec: what is compressed, in an object whose header fits.
///
/// Three bytes say codec, rows and columns; a bit of the first says whether numbers have 8 or 16
/// bits.
pub fn pixels(data: &[u8]) -> usize {
    const SYNTAXES: [&str; 9] = [
        "1.2.840.10008.1.2.5",
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.51",
        "1.2.840.10008.1.2.4.57",
        "1.2.840.10008.1.2.4.70",
        "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.81",
        "1.2.840.10008.1.2.4.90",
        "1.2.840.10008.1.2.4.91",
    ];
    let [way, rows, columns, packed @ ..] = data else {
        return 0;
    };
    let syntax = SYNTAXES[usize::from(way & 0x7F) % SYNTAXES.len()];
    let bits: u16 = if way & 0x80 == 0 { 8 } else { 16 };
    let mut object = vec![0; 128];
    object.extend(b"DICM");
    element(
        &mut object,
        [2, 0, 0x10, 0],
        b"UI",
        padded(syntax).as_bytes(),
    );
    for (tag, vr, text) in [
        ([8, 0, 0x60, 0], b"CS", "MR"),
        ([0x18, 0, 0x50, 0], b"DS", "2 "),
        ([0x20, 0, 0x0E, 0], b"UI", "1.2 "),
        ([0x20, 0, 0x32, 0], b"DS", "0\\0\\0 "),
        ([0x20, 0, 0x37, 0], b"DS", "1\\0\\0\\0\\1\\0 "),
        ([0x28, 0, 0x30, 0], b"DS", "1\\1 "),
    ] {
        element(&mut object, tag, vr, text.as_bytes());
    }
    for (tag, number) in [
        ([0x28, 0, 0x02, 0], 1),
        ([0x28, 0, 0x10, 0], u16::from(*rows)),
        ([0x28, 0, 0x11, 0], u16::from(*columns)),
        ([0x28, 0, 0x00, 1], bits),
        ([0x28, 0, 0x01, 1], bits),
        ([0x28, 0, 0x02, 1], bits - 1),
        ([0x28, 0, 0x03, 1], 0),
    ] {
        element(&mut object, tag, b"US", &number.to_le_bytes());
    }
    object
        .extend(b"\xE0\x7F\x10\x00OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\0\0\0\0\xFE\xFF\x00\xE0");
    object.extend(u32::try_from(packed.len()).unwrap_or(0).to_le_bytes());
    object.extend(packed);
    object.extend(b"\xFE\xFF\xDD\xE0\0\0\0\0");
    read_all(vec![("a.dcm".to_owned(), object)]);
    // No more voxels than two bytes can say, wherever the codec puts them.
    data.len() + 4 * usize::from(*rows) * usize::from(*columns)
}

/// An element of explicit little endian.
fn element(object: &mut Vec<u8>, tag: [u8; 4], vr: &[u8; 2], value: &[u8]) {
    object.extend(tag);
    object.extend(vr);
    object.extend(u16::try_from(value.len()).unwrap_or(0).to_le_bytes());
    object.extend(value);
}

fn padded(text: &str) -> String {
    let end = if text.len() % 2 == 1 { "\0" } else { "" };
    format!("{text}{end}")
}

/// ZIP archives of objects.
pub fn zip(data: &[u8]) -> usize {
    read_all(vec![("a.zip".to_owned(), data.to_vec())]);
    data.len() * 1032 + 4 * (1 << 22)
}
