//! Files that are cut short, damaged or made to harm: an error, in little memory, and no panic.

mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use radiome_dicom::{Catalog, DicomError, Regions};
use radiome_image::{Geometry, Image};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::reference;

/// Reads whatever a file offers. Errors are fine; what is asked is that it ends.
fn read_all(path: &Path) -> Result<Vec<Image>, DicomError> {
    let catalog = Catalog::scan(path)?;
    for file in catalog.masks() {
        let Ok(regions) = Regions::of(file) else {
            continue;
        };
        let geometry = Geometry {
            origin: [-20.5, 10.25, -30.0],
            ..Geometry::axis_aligned([15, 11, 4], [0.5, 0.75, 2.5])
        };
        for segment in regions.segments() {
            let _ = regions.label_map(segment.label, &geometry, None);
        }
    }
    let mut images = Vec::new();
    for series in catalog.series() {
        let _ = series.suv_factor();
        images.push(series.image()?.0);
    }
    Ok(images)
}

fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn samples() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in ["syntaxes", "contours", "segmentations", "series"] {
        for entry in fs::read_dir(reference(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "dcm") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 30);
    found
}

/// A file cut anywhere gives an error, or the whole image where only what follows it was cut.
#[test]
fn cut_at_many_lengths() {
    let folder = scratch("cut");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("cut.dcm");
    for sample in samples() {
        let bytes = fs::read(&sample).unwrap();
        let whole = read_all(&sample).unwrap();
        let lengths = (0..bytes.len()).step_by(bytes.len() / 40 + 1);
        for length in lengths.chain([bytes.len() - 1, bytes.len() - 2]) {
            fs::write(&path, &bytes[..length]).unwrap();
            let _ = read_all(&path);
            if let Ok(image) = radiome_dicom::image(&path) {
                // A deflated file that is cut lacks its end, but perhaps no voxel.
                assert!(
                    whole.iter().any(|known| known.values == image.values),
                    "{} at {length} of {}",
                    sample.display(),
                    bytes.len()
                );
            } else if let [known] = whole.as_slice() {
                // An error, not a file of some other kind that is passed over.
                let catalog = Catalog::scan(&path).unwrap();
                assert!(
                    catalog.others() == 0
                        && (catalog.broken().len(), catalog.series().len()) != (0, 0),
                    "{} at {length}: {:?}",
                    sample.display(),
                    known.geometry.size
                );
            }
        }
    }
}

/// Some 4,000 files with a few bytes changed.
#[test]
fn damaged_bytes() {
    let path = scratch("damaged.dcm");
    let mut chance = ChaCha8Rng::seed_from_u64(20);
    for sample in samples() {
        let bytes = fs::read(&sample).unwrap();
        for _ in 0..100 {
            let mut damaged = bytes.clone();
            for _ in 0..chance.random_range(1..6) {
                // Mostly in the header, where it hurts.
                let end = if chance.random_bool(0.7) {
                    1200.min(bytes.len())
                } else {
                    bytes.len()
                };
                let place = chance.random_range(0..end);
                damaged[place] = match chance.random_range(0..3) {
                    0 => 0xFF,
                    1 => 0,
                    _ => chance.random(),
                };
            }
            fs::write(&path, &damaged).unwrap();
            let _ = read_all(&path);
        }
    }
    assert_little_memory();
}

/// The most memory that this process ever used, where the system says it.
fn assert_little_memory() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    if let Some(kilobytes) = line.and_then(|line| line.split_whitespace().nth(1)) {
        let kilobytes: u64 = kilobytes.parse().unwrap();
        assert!(kilobytes < 1_000_000, "{kilobytes} kB");
    }
}

/// A file in explicit little endian with these elements.
fn file(name: &str, elements: &[u8]) -> PathBuf {
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM\x02\x00\x10\x00UI\x14\x001.2.840.10008.1.2.1\0");
    bytes.extend(elements);
    let path = scratch(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn only_error(path: &Path) -> DicomError {
    match Catalog::scan(path).unwrap().series() {
        [] => radiome_dicom::series(path).unwrap_err(),
        [series] => series.image().unwrap_err(),
        _ => panic!("several series"),
    }
}

#[test]
fn lengths_that_lie() {
    // Patient's Name of 65,000 bytes, Pixel Data of 4 GB, a private value of 4 GB.
    let name = file("name.dcm", b"\x10\x00\x10\x00PN\xE8\xFDA");
    assert!(matches!(only_error(&name), DicomError::Truncated { needed, .. } if needed > 65_000));
    let private = file("private.dcm", b"\x09\x00\x10\x10OB\0\0\xF0\xFF\xFF\xFFA");
    assert!(
        matches!(only_error(&private), DicomError::Truncated { needed, .. } if needed > 4_000_000_000)
    );
    // An item longer than its sequence.
    let item = b"\x08\x00\x40\x11SQ\0\0\x10\0\0\0\xFE\xFF\x00\xE0\x20\0\0\0";
    let mut bytes = item.to_vec();
    bytes.extend([0; 64]);
    assert!(matches!(
        only_error(&file("item.dcm", &bytes)),
        DicomError::Structure { .. }
    ));
    assert_little_memory();
}

#[test]
fn sequences_without_bottom() {
    let level = b"\x08\x00\x40\x11SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF";
    let deep = file("deep.dcm", &level.repeat(100_000));
    assert!(
        matches!(only_error(&deep), DicomError::Structure { what, .. } if what.contains("nested"))
    );
    // Empty items, as many as fit.
    let mut wide = b"\x08\x00\x40\x11SQ\0\0\xFF\xFF\xFF\xFF".to_vec();
    wide.extend(b"\xFE\xFF\x00\xE0\0\0\0\0".repeat(4_100_000));
    let wide = file("wide.dcm", &wide);
    assert!(matches!(only_error(&wide), DicomError::TooLarge { .. }));
    fs::remove_file(wide).unwrap();
}

/// A number in an attribute of the sample, by its tag.
fn changed(name: &str, tag: [u8; 4], value: &[u8]) -> PathBuf {
    let mut bytes = fs::read(reference("syntaxes/explicit-u16.dcm")).unwrap();
    let place = bytes.windows(4).position(|window| window == tag).unwrap();
    bytes[place + 8..place + 8 + value.len()].copy_from_slice(value);
    let path = scratch(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn sizes_that_lie() {
    const ROWS: [u8; 4] = [0x28, 0, 0x10, 0];
    const COLUMNS: [u8; 4] = [0x28, 0, 0x11, 0];
    for (name, tag, value) in [
        ("rows-0.dcm", ROWS, 0_u16),
        ("rows-most.dcm", ROWS, 65_535),
        ("columns-0.dcm", COLUMNS, 0),
        ("columns-one-more.dcm", COLUMNS, 41),
        ("bits-0.dcm", [0x28, 0, 0x00, 1], 0),
        ("bits-64.dcm", [0x28, 0, 0x00, 1], 64),
        ("bits-7.dcm", [0x28, 0, 0x00, 1], 7),
        ("stored-17.dcm", [0x28, 0, 0x01, 1], 17),
        ("high-3.dcm", [0x28, 0, 0x02, 1], 3),
    ] {
        let error = only_error(&changed(name, tag, &value.to_le_bytes()));
        assert!(matches!(error, DicomError::Value { .. }), "{name}: {error}");
    }
    for (name, tag, value) in [
        ("spacing.dcm", [0x28, 0, 0x30, 0], "-0.5"),
        ("spacing-nan.dcm", [0x28, 0, 0x30, 0], "nan "),
        ("position.dcm", [0x20, 0, 0x32, 0], "x"),
        ("orientation.dcm", [0x20, 0, 0x37, 0], "9"),
    ] {
        let error = only_error(&changed(name, tag, value.as_bytes()));
        assert!(matches!(error, DicomError::Value { .. }), "{name}: {error}");
    }
    // A million frames of 8,192 x 8,192.
    let mut bytes = b"\x08\x00\x60\x00CS\x02\0MR".to_vec();
    bytes.extend(b"\x28\x00\x08\x00IS\x08\x001000000 \x28\x00\x10\x00US\x02\0\x00\x20");
    bytes.extend(b"\x28\x00\x11\x00US\x02\0\x00\x20\x28\x00\x00\x01US\x02\0\x10\0");
    bytes.extend(b"\xE0\x7F\x10\x00OW\0\0\x04\0\0\0ABCD");
    let error = only_error(&file("frames.dcm", &bytes));
    assert!(matches!(error, DicomError::TooLarge { .. }), "{error}");
    assert_little_memory();
}

#[test]
fn an_archive_that_is_none() {
    let path = scratch("not.zip");
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(b"PK\x03\x04 and nothing else").unwrap();
    assert!(matches!(Catalog::scan(&path), Err(DicomError::Open { .. })));
    let bytes = fs::read(reference("series/plain.zip")).unwrap();
    let mut chance = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..200 {
        let mut damaged = bytes.clone();
        for _ in 0..4 {
            let place = chance.random_range(0..bytes.len());
            damaged[place] = chance.random();
        }
        fs::write(&path, &damaged).unwrap();
        let _ = read_all(&path);
    }
}
