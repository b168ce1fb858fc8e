//! Files of other programs against the readers of others, every format there and back, and files
//! that are cut short, lie or mean harm.

mod support;

use std::path::{Path, PathBuf};

use radiome_image::read::{self, ReadError};
use radiome_image::write::{self, Format};
use radiome_image::{Geometry, Image, LabelMap, PixelType, Segment};

fn fixture(name: &str) -> PathBuf {
    support::reference("formats").join(name)
}

fn save(name: &str, bytes: &[u8]) -> PathBuf {
    let path = support::scratch(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn files_are_read_as_others_read_them() {
    let rows = support::table(fixture("formats.csv"));
    assert_eq!(rows.len(), 48);
    for row in rows {
        let name = &row["file"];
        let path = fixture(name);
        let expected: Vec<Vec<f64>> = row["values"].split('|').map(support::numbers).collect();
        let (geometry, values) = if row["channels"] == "0" {
            let image = read::image(&path).unwrap();
            (image.geometry, vec![image.values])
        } else {
            let error = read::image(&path).unwrap_err();
            assert!(matches!(error, ReadError::Unsupported { .. }), "{error}");
            let maps = read::layers(&path).unwrap();
            let values = |map: &LabelMap| map.labels.iter().map(|&label| label.into()).collect();
            (maps[0].geometry.clone(), maps.iter().map(values).collect())
        };
        // Stored numbers and short decimal ones: no tolerance.
        assert_eq!(values, expected, "{name}");
        let axes = support::numbers(&row["size"]).len();
        for (axis, size) in support::numbers(&row["size"]).iter().enumerate() {
            assert_eq!(geometry.size[axis] as f64, *size, "{name}");
        }
        assert_eq!(
            geometry.spacing[..axes],
            support::numbers(&row["spacing"]),
            "{name}"
        );
        assert_eq!(
            geometry.origin[..axes],
            support::numbers(&row["origin"]),
            "{name}"
        );
        let direction = support::numbers(&row["direction"]);
        for line in 0..axes {
            let expected = &direction[axes * line..axes * (line + 1)];
            assert_eq!(geometry.direction[line][..axes], *expected, "{name}");
        }
    }
}

#[test]
fn types_are_kept() {
    for (name, pixel_type) in [
        ("uint8", PixelType::U8),
        ("int8", PixelType::I8),
        ("uint16", PixelType::U16),
        ("int16", PixelType::I16),
        ("uint32", PixelType::U32),
        ("int32", PixelType::I32),
        ("uint64", PixelType::U64),
        ("int64", PixelType::I64),
        ("float32", PixelType::F32),
        ("float64", PixelType::F64),
    ] {
        let original = read::image(fixture(&format!("{name}_zlib.mha"))).unwrap();
        assert_eq!(original.pixel_type, pixel_type);
        for ending in [".nii", ".nii.gz", ".nrrd", ".mha", ".mhd", ".MHA"] {
            let path = support::scratch(&format!("{name}_again{ending}"));
            let (format, stem, _) = Format::of(&path).unwrap();
            assert_eq!(stem, format!("{name}_again"));
            format.write(&path, &original).unwrap();
            assert_eq!(read::image(&path).unwrap(), original, "{name}{ending}");
        }
    }
}

#[test]
fn labels_are_kept() {
    let labels = LabelMap {
        geometry: Geometry {
            origin: [-1.5, 2.0, 70000.25],
            ..Geometry::axis_aligned([2, 1, 2], [0.1, 2.0, 3.3])
        },
        labels: vec![0, 70_000, 3, 0],
        segments: vec![Segment {
            name: "Tumour".into(),
            label: 3,
        }],
    };
    for ending in [".seg.nrrd", ".mha", ".mhd"] {
        let path = support::scratch(&format!("labels_again{ending}"));
        let (format, ..) = Format::of(&path).unwrap();
        format.write_labels(&path, &labels).unwrap();
        let again = read::labels(&path).unwrap();
        assert_eq!(again.geometry, labels.geometry, "{ending}");
        assert_eq!(again.labels, labels.labels, "{ending}");
        assert_eq!(again.segments.is_empty(), !format.keeps_names());
    }
    for name in ["a.png", ".mha", "mha", "b.nii.zip"] {
        assert_eq!(Format::of(Path::new(name)), None, "{name}");
    }
}

#[test]
fn the_file_of_voxels_lies_beside_its_header() {
    let image = read::image(fixture("int16_raw.mha")).unwrap();
    let path = support::scratch("beside.mhd");
    write::meta_image(&path, &image).unwrap();
    let header = std::fs::read_to_string(&path).unwrap();
    assert!(
        header.ends_with("ElementDataFile = beside.zraw\n"),
        "{header}"
    );
    std::fs::remove_file(support::scratch("beside.zraw")).unwrap();
    let error = read::image(&path).unwrap_err();
    assert!(matches!(error, ReadError::Open { .. }), "{error}");
}

/// Descriptions as ITK-SNAP 4 saves them (`LabelDescriptionWriter`), the names made up.
const DESCRIPTIONS: &str = "\
################################################
# ITK-SnAP Label Description File
# File format: 
# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
################################################
    0     0    0    0        0  0  0    \"Clear Label\"
    1   255    0    0        1  1  1    \"Tumour\"
    3     0    0  255      0.5  1  0    \"Oedema, left\"
";

#[test]
fn label_descriptions_give_names() {
    let path = save("descriptions.txt", DESCRIPTIONS.as_bytes());
    let segments = read::label_descriptions(&path).unwrap();
    let found: Vec<(&str, u32)> = segments.iter().map(|s| (&*s.name, s.label)).collect();
    assert_eq!(found, [("Tumour", 1), ("Oedema, left", 3)]);
    for wrong in [
        "1 2 3",
        "1 255 0 0 1 1 1 Tumour",
        "-1 255 0 0 1 1 1 \"Tumour\"",
        "1 255 0 0 1 1 x \"Tumour\"",
        "1 255 0 0 1 1 1 \"Tumour\" more",
        "3 255 0 0 1 1 1 \"Twice\"",
    ] {
        let text = format!("{DESCRIPTIONS}{wrong}\n");
        let error = read::label_descriptions(save("descriptions.txt", text.as_bytes()));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("line 9"), "{error}");
    }
    let error = read::label_descriptions(save("descriptions.txt", b"# nothing\n")).unwrap_err();
    assert!(matches!(error, ReadError::Header { .. }), "{error}");
}

/// The header of a MetaImage of 4 x 3 x 2 shorts, with other lines where they are named.
fn meta(changes: &[(&str, &str)]) -> Vec<u8> {
    let mut lines = vec![
        ("ObjectType", "Image"),
        ("NDims", "3"),
        ("BinaryData", "True"),
        ("CompressedData", "False"),
        ("Offset", "0 0 0"),
        ("ElementSpacing", "1 1 1"),
        ("DimSize", "4 3 2"),
        ("ElementType", "MET_SHORT"),
        ("ElementDataFile", "LOCAL"),
    ];
    for change in changes {
        match lines.iter_mut().find(|line| line.0 == change.0) {
            Some(line) => *line = *change,
            None => lines.insert(lines.len() - 1, *change),
        }
    }
    let line = |(key, value): &(&str, &str)| match *value {
        "none" => String::new(),
        _ => format!("{key} = {value}\n"),
    };
    let mut bytes: Vec<u8> = lines.iter().map(line).collect::<String>().into();
    bytes.extend([7; 48]);
    bytes
}

#[test]
fn headers_that_lie_are_errors() {
    let error =
        |changes: &[(&str, &str)]| read::image(save("lies.mha", &meta(changes))).unwrap_err();
    assert_eq!(
        read::image(save("lies.mha", &meta(&[]))).unwrap().values,
        [1799.0; 24]
    );
    for changes in [
        [("DimSize", "4 3 3")],
        [("DimSize", "1024 1024 1024")],
        [("ElementType", "MET_DOUBLE")],
        [("CompressedData", "True")],
        [("ElementNumberOfChannels", "18446744073709551615")],
    ] {
        let found = match error(&changes) {
            ReadError::Unsupported { found, .. } if found.contains("values a voxel") => continue,
            other => other,
        };
        let expected = matches!(found, ReadError::Truncated { .. } | ReadError::Data { .. });
        assert!(expected, "{found}");
    }
    for changes in [
        [("DimSize", "4 3 0")],
        [("DimSize", "4 3 -2")],
        [("DimSize", "4 3")],
        [("DimSize", "none")],
        [("NDims", "1")],
        [("NDims", "4000000000")],
        [("Offset", "0 0")],
        [("Offset", "0 0 x")],
        [("ElementSpacing", "none")],
        [("BinaryData", "perhaps")],
        [("ElementNumberOfChannels", "0")],
        [("HeaderSize", "-2")],
        [("ElementDataFile", "none")],
        [("ElementDataFile", "%d%d 1 2 1")],
        [("TransformMatrix", "1 0 0")],
    ] {
        let found = error(&changes);
        assert!(
            matches!(found, ReadError::Header { .. }),
            "{changes:?}: {found}"
        );
    }
    for changes in [
        [("ObjectType", "Tube")],
        [("ElementType", "MET_OTHER")],
        [("ElementToIntensityFunctionSlope", "2")],
        [("ElementToIntensityFunctionOffset", "-1024")],
    ] {
        let found = error(&changes);
        assert!(
            matches!(found, ReadError::Unsupported { .. }),
            "{changes:?}: {found}"
        );
    }
    let found = error(&[("DimSize", "100000 100000 100000")]);
    assert!(matches!(found, ReadError::TooManyVoxels { .. }), "{found}");
    let found = error(&[("ElementSpacing", "1 0 1")]);
    assert!(matches!(found, ReadError::Spacing { .. }), "{found}");
    let found = error(&[("Offset", "0 nan 0")]);
    assert!(matches!(found, ReadError::Origin { .. }), "{found}");
    let found = error(&[("TransformMatrix", "1 0 0 0 1 0 0 0.5 1")]);
    assert!(matches!(found, ReadError::Direction { .. }), "{found}");
    let found = error(&[("ElementDataFile", "no_such_file.raw")]);
    assert!(matches!(found, ReadError::Open { .. }), "{found}");
    // What follows a list is no name of a file.
    let found = error(&[("ElementDataFile", "LIST")]);
    assert!(matches!(found, ReadError::Open { .. }), "{found}");
    let found = error(&[("ElementDataFile", ".")]);
    assert!(matches!(found, ReadError::NotAFile { .. }), "{found}");
    let series = [("NDims", "4"), ("DimSize", "4 3 1 2")];
    let spaced = [("ElementSpacing", "1 1 1 1"), ("Offset", "0 0 0 0")];
    let found = error(&[series, spaced].concat());
    assert!(matches!(found, ReadError::Unsupported { .. }), "{found}");
}

/// The voxels of these files end with the file. Not among them is text: where its last number is
/// cut, what is left is a number too.
const WHOLE: [&str; 8] = [
    "int16_raw.mha",
    "float32_zlib.mha",
    "raw.nrrd",
    "gzip.nrrd",
    "bzip2.nrrd",
    "bzip2_big.nrrd",
    "hexadecimal.nrrd",
    "nifti_2_int16.nii",
];

#[test]
fn files_cut_short_are_errors() {
    for name in WHOLE {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let whole = read::image(fixture(name)).unwrap();
        for length in 0..bytes.len() {
            let path = save(&format!("cut_{name}"), &bytes[..length]);
            if let Ok(image) = read::image(path) {
                // A last line break or the checksum may be missing, no voxel.
                assert_eq!(image, whole, "{name} cut to {length} bytes");
                assert!(length + 12 > bytes.len(), "{name} cut to {length} bytes");
            }
        }
    }
}

#[test]
fn files_with_a_changed_byte_are_read_or_refused() {
    for name in WHOLE {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let mut refused = 0;
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= if place % 2 == 0 { 0xff } else { 0x01 };
            let path = save(&format!("changed_{name}"), &changed);
            let image: Result<Image, ReadError> = read::image(path);
            match image {
                Ok(image) => assert_eq!(image.values.len(), image.geometry.voxel_count()),
                Err(_) => refused += 1,
            }
        }
        assert!(refused > 30, "{name}: {refused}");
    }
}
