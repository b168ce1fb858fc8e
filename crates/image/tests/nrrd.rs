//! NRRD headers: encodings, spaces, segments, hostile fields; writing and reading again.

mod support;

use std::io::Write;
use std::path::PathBuf;

use radiome_image::read::{self, ReadError};
use radiome_image::{Geometry, Image, LabelMap, PixelType, Segment, write};

fn save(name: &str, header: &str, voxels: &[u8]) -> PathBuf {
    let path = support::scratch(name);
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(voxels);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut stream = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    stream.write_all(bytes).unwrap();
    stream.finish().unwrap()
}

const EIGHT: [f64; 8] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];

/// A header of 2 x 2 x 2 bytes; the lines given come after the fixed ones.
fn header(lines: &str) -> String {
    format!("NRRD0004\ntype: unsigned char\ndimension: 3\nsizes: 2 2 2\n{lines}\n")
}

#[test]
fn every_encoding() {
    let bytes: Vec<u8> = (0..8).collect();
    let spaced = "spacings: 1 2 3\n";
    let cases = [
        ("raw", bytes.clone()),
        ("RAW", bytes.clone()),
        ("gzip", pack(&bytes)),
        ("gz", pack(&bytes)),
        ("ascii", b"0 1 2 3\r\n4 5\n6 7\n".to_vec()),
        ("text", b"0 1 2 3 4 5 6 7".to_vec()),
    ];
    for (encoding, voxels) in cases {
        let path = save(
            "encoding.nrrd",
            &header(&format!("{spaced}encoding: {encoding}\n")),
            &voxels,
        );
        let image = read::image(&path).unwrap();
        assert_eq!(image.values, EIGHT, "{encoding}");
        assert_eq!(image.geometry.spacing, [1.0, 2.0, 3.0]);
        assert_eq!(image.geometry.origin, [0.0; 3]);

        // The same voxels in a file of their own, after lines and bytes to be skipped.
        let beside: Vec<u8> = [b"first line\nsecond\n", &voxels[..]].concat();
        std::fs::write(support::scratch("encoding.dat"), beside).unwrap();
        let detached = header(&format!(
            "{spaced}encoding: {encoding}\nline skip: 2\ndata file: encoding.dat\n"
        ));
        let path = save("encoding.nhdr", &detached, &[]);
        assert_eq!(read::image(&path).unwrap().values, EIGHT, "{encoding}");
    }
    let skipping = header(&format!("{spaced}encoding: raw\nbyte skip: -1\n"));
    let voxels = [b"anything".as_slice(), &bytes].concat();
    assert_eq!(
        read::image(save("skip.nrrd", &skipping, &voxels))
            .unwrap()
            .values,
        EIGHT
    );
    for other in ["zrl", "lzma"] {
        let path = save(
            "other.nrrd",
            &header(&format!("{spaced}encoding: {other}\n")),
            &bytes,
        );
        let error = read::image(path).unwrap_err();
        assert!(matches!(error, ReadError::Unsupported { .. }), "{error}");
    }
}

#[test]
fn every_type_in_both_byte_orders() {
    macro_rules! check {
        ($names:expr, $number:ty, $kind:ident, $values:expr) => {
            for name in $names {
                for endian in ["little", "big"] {
                    let values: [$number; 2] = $values;
                    let voxels: Vec<u8> = values
                        .iter()
                        .flat_map(|value| match endian {
                            "big" => value.to_be_bytes(),
                            _ => value.to_le_bytes(),
                        })
                        .collect();
                    let header = format!(
                        "NRRD0005\r\n# made here\r\ntype: {name}\r\ndimension: 3\r\nsizes: 2 1 1\r\n\
                         spacings: 1 1 1\r\nendian: {endian}\r\nencoding: raw\r\nkey:=value: one\r\n\r\n"
                    );
                    let image = read::image(save("type.nrrd", &header, &voxels)).unwrap();
                    assert_eq!(image.pixel_type, PixelType::$kind, "{name}");
                    assert_eq!(image.values, values.map(|value| value as f64), "{name}");
                    let again = support::scratch("type_again.nrrd");
                    write::nrrd(&again, &image).unwrap();
                    assert_eq!(read::image(&again).unwrap(), image);
                }
            }
        };
    }
    check!(["uchar", "uint8_t"], u8, U8, [0, 255]);
    check!(["signed char", "int8"], i8, I8, [-128, 127]);
    check!(["short", "signed  short int"], i16, I16, [-32768, 32767]);
    check!(["ushort", "unsigned short"], u16, U16, [1, 65535]);
    check!(["int", "int32"], i32, I32, [i32::MIN, i32::MAX]);
    check!(["uint", "unsigned int"], u32, U32, [7, u32::MAX]);
    check!(["long long int"], i64, I64, [-(1 << 53), 1 << 53]);
    check!(["unsigned long long"], u64, U64, [3, 1 << 53]);
    check!(["float"], f32, F32, [-1.5, 3.0e38]);
    check!(["double"], f64, F64, [0.1, -1e300]);
}

#[test]
fn spaces_are_turned_to_lps() {
    let read = |space: &str| {
        let lines = format!(
            "space: {space}\nspace directions: (0,2,0) (0,0,3) (4,0,0)\nspace origin: (1,2,3)\n\
             kinds: domain domain domain\nencoding: raw\n"
        );
        let path = save("space.nrrd", &header(&lines), &[0; 8]);
        read::image(path).unwrap().geometry
    };
    let lps = read("left-posterior-superior");
    assert_eq!(lps.spacing, [2.0, 3.0, 4.0]);
    assert_eq!(lps.origin, [1.0, 2.0, 3.0]);
    assert_eq!(
        lps.direction,
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    );
    assert_eq!(read("LPS"), lps);
    // Not an anatomical frame: taken as it stands (ITK).
    assert_eq!(read("scanner-xyz"), lps);
    for name in ["right-anterior-superior", "RAS"] {
        let ras = read(name);
        assert_eq!(ras.origin, [-1.0, -2.0, 3.0]);
        assert_eq!(
            ras.direction,
            [[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
        );
    }
    let las = read("LAS");
    assert_eq!(las.origin, [1.0, -2.0, 3.0]);
    assert_eq!(
        las.direction,
        [[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    );
}

#[test]
fn files_without_space_have_axis_minima() {
    // Expected as SimpleITK 2.5.7 reads these headers.
    let origin = |lines: &str| {
        let path = save(
            "minima.nrrd",
            &header(&format!("spacings: 1 2 3\n{lines}encoding: raw\n")),
            &[0; 8],
        );
        read::image(path).unwrap().geometry.origin
    };
    assert_eq!(origin(""), [0.0; 3]);
    assert_eq!(origin("axis mins: 4 5 6\n"), [4.5, 6.0, 7.5]);
    assert_eq!(
        origin("axis mins: 4 5 6\ncenters: cell cell cell\n"),
        [4.5, 6.0, 7.5]
    );
    assert_eq!(
        origin("axis mins: 4 5 6\ncenters: node node node\n"),
        [4.0, 5.0, 6.0]
    );
}

#[test]
fn two_dimensions_are_one_slice() {
    let header =
        "NRRD0004\ntype: uchar\ndimension: 2\nsizes: 4 2\nspacings: 0.5 0.25\nencoding: raw\n\n";
    let image = read::image(save("flat.nrrd", header, &[0, 1, 2, 3, 4, 5, 6, 7])).unwrap();
    assert_eq!(image.geometry.size, [4, 2, 1]);
    assert_eq!(image.geometry.spacing, [0.5, 0.25, 1.0]);
    assert_eq!(image.values, EIGHT);
}

#[test]
fn segments_are_named() {
    let lines = "space: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nencoding: raw\n\
                 Segment0_ID:=Segment_1\nSegment0_LabelValue:=2\nSegment0_Name:=Primary tumour\n\
                 Segment1_ID:=Segment_2\nSegment1_LabelValue:=5\nSegment1_Name:=Node\\nleft\n";
    let map = read::labels(save(
        "case.seg.nrrd",
        &header(lines),
        &[0, 2, 2, 5, 0, 0, 2, 9],
    ))
    .unwrap();
    let segment = |name: &str, label| Segment {
        name: name.into(),
        label,
    };
    assert_eq!(
        map.segments,
        [segment("Primary tumour", 2), segment("Node\nleft", 5)]
    );
    assert_eq!(map.label_named("Primary tumour"), Some(2));
    assert_eq!(map.label_named(" primary TUMOUR"), Some(2));
    assert_eq!(map.label_named("tumour"), None);
    assert_eq!(
        map.voxel_counts().into_iter().collect::<Vec<_>>(),
        [(2, 3), (5, 1), (9, 1)]
    );

    let again = support::scratch("again.seg.nrrd");
    write::nrrd_labels(&again, &map).unwrap();
    assert_eq!(read::labels(&again).unwrap(), map);
}

#[test]
fn layers_are_no_image() {
    let header = "NRRD0004\ntype: uchar\ndimension: 4\nsizes: 2 2 2 1\nkinds: list domain domain domain\n\
                  space: LPS\nspace directions: none (1,0,0) (0,1,0) (0,0,1)\nencoding: raw\n\
                  Segment0_LabelValue:=1\nSegment0_Name:=a\n\n";
    let error = read::image(save("layers.seg.nrrd", header, &[0; 8])).unwrap_err();
    assert!(error.to_string().contains("2 values a voxel"), "{error}");
    // One layer is a label map.
    let one = header.replace("sizes: 2 2 2 1", "sizes: 1 2 2 2");
    let map = read::labels(save("layer.seg.nrrd", &one, &[0, 1, 0, 0, 0, 0, 0, 1])).unwrap();
    assert_eq!(map.geometry.size, [2, 2, 2]);
}

#[test]
fn hostile_headers_are_errors() {
    let refused =
        |text: String, voxels: &[u8]| read::image(save("hostile.nrrd", &text, voxels)).unwrap_err();
    let good = "spacings: 1 1 1\nencoding: raw\n";
    for size in ["1000000 1000000 1000000", "18446744073709551615 2 2"] {
        let error = refused(header(good).replace("2 2 2", size), &[0; 8]);
        assert!(matches!(error, ReadError::TooManyVoxels { .. }), "{error}");
    }
    for (text, voxels) in [
        (header(good).replace("2 2 2", "1000 1000 1000"), vec![0; 8]),
        (header(good), vec![0; 7]),
        (
            header("spacings: 1 1 1\nencoding: ascii\n"),
            b"1 2 3 4 5 6".to_vec(),
        ),
        (header("spacings: 1 1 1\nencoding: gzip\n"), pack(&[0; 7])),
        (
            header("spacings: 1 1 1\nencoding: gzip\n"),
            pack(&[0; 8])[..12].to_vec(),
        ),
        (
            header("spacings: 1 1 1\nencoding: raw\nbyte skip: 9\n"),
            vec![0; 8],
        ),
    ] {
        let error = refused(text, &voxels);
        assert!(matches!(error, ReadError::Truncated { .. }), "{error}");
    }
    for spacing in ["0", "-1", "nan", "inf"] {
        let error = refused(
            header(&format!("spacings: 1 {spacing} 1\nencoding: raw\n")),
            &[0; 8],
        );
        assert!(matches!(error, ReadError::Spacing { .. }), "{error}");
    }
    for directions in ["(1,0,0) (1,0,0) (0,0,1)", "(1,0,0) (0.2,1,0) (0,0,1)"] {
        let lines = format!("space: LPS\nspace directions: {directions}\nencoding: raw\n");
        let error = refused(header(&lines), &[0; 8]);
        assert!(matches!(error, ReadError::Direction { .. }), "{error}");
    }
    let error = refused(
        header("space: LPS\nspace directions: (1,0,0) (0,0,0) (0,0,1)\nencoding: raw\n"),
        &[0; 8],
    );
    assert!(matches!(error, ReadError::Spacing { .. }), "{error}");
    for lines in [
        "encoding: raw\n",
        "spacings: 1 1\nencoding: raw\n",
        "spacings: 1 1 x\nencoding: raw\n",
        "spacings: 1 1 1\n",
        "spacings: 1 1 1\nspacings: 2 2 2\nencoding: raw\n",
        "spacings: 1 1 1\nencoding: raw\nbyte skip: -2\n",
        "spacings: 1 1 1\nencoding: raw\nbyte skip: many\n",
        "space directions: (1,0,0) (0,1,0)\nencoding: raw\n",
        "space directions: (1,0,0) (0,1,0) (0,0,1\nspace origin: (1,2)\nencoding: raw\n",
        "spacings: 1 1 1\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nencoding: raw\n",
        "spacings: 1 1 1\nencoding: raw\nno field at all\n",
        "spacings: 1 1 1\nencoding: ascii\n",
    ] {
        let error = refused(header(lines), b"1 2 3 4 5 6 7 8x");
        assert!(matches!(error, ReadError::Header { .. }), "{lines} {error}");
    }
    for (from, to) in [
        ("type: unsigned char", "type: short"),
        ("dimension: 3", "dimension: 4"),
        ("dimension: 3", "dimension: 0"),
        ("sizes: 2 2 2", "sizes: 2 -2 2"),
        ("sizes: 2 2 2", "sizes: 2 0 2"),
        ("sizes: 2 2 2\n", ""),
    ] {
        let error = refused(header(good).replace(from, to), &[0; 16]);
        assert!(matches!(error, ReadError::Header { .. }), "{to} {error}");
    }
    for lines in [
        "spacings: 1 1 1\nencoding: raw\ndata file: LIST\n",
        "spacings: 1 1 1\nencoding: raw\ndata file: slice%03d.raw 1 9 1\n",
    ] {
        let error = refused(header(lines), &[]);
        assert!(matches!(error, ReadError::Header { .. }), "{error}");
    }
    let lines = "spacings: 1 1 1\nencoding: raw\ndata file: not there.raw\n";
    let error = refused(header(lines), &[]);
    assert!(matches!(error, ReadError::Open { .. }), "{error}");
}

/// 3-4-5 and 5-12-13 turns, as far from the axes as headers get.
fn oblique() -> Image {
    let (a, b, c, d) = (0.6, 0.8, 12.0 / 13.0, 5.0 / 13.0);
    Image {
        geometry: Geometry {
            size: [3, 2, 2],
            spacing: [0.7, 1.1, 3.3],
            origin: [-101.25, 33.0, 1e-3],
            direction: [[a, -b * c, b * d], [b, a * c, -a * d], [0.0, d, c]],
        },
        pixel_type: PixelType::I16,
        values: (0..12).map(|value| f64::from(value) - 5.0).collect(),
    }
}

#[test]
fn written_files_are_read_again_and_never_change() {
    let image = oblique();
    for name in ["oblique.nrrd", "oblique.nii", "oblique.nii.gz"] {
        let path = support::scratch(name);
        let write = |image: &Image| match name {
            "oblique.nrrd" => write::nrrd(&path, image),
            _ => write::nifti(&path, image),
        };
        write(&image).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let again = read::image(&path).unwrap();
        assert_eq!(again.values, image.values);
        assert_eq!(again.pixel_type, image.pixel_type);
        // NIfTI-1 keeps 32-bit numbers: 24 binary digits of positions up to 102 mm. NRRD keeps
        // all digits of spacing times direction, and rounds once each way.
        let tolerance = if name == "oblique.nrrd" { 1e-15 } else { 6e-8 };
        let close = |a: f64, b: f64| (a - b).abs() <= tolerance * b.abs().max(1.0);
        for axis in 0..3 {
            assert!(close(
                again.geometry.origin[axis],
                image.geometry.origin[axis]
            ));
            assert!(close(
                again.geometry.spacing[axis],
                image.geometry.spacing[axis]
            ));
            for column in 0..3 {
                let (found, put) = (
                    again.geometry.direction[axis][column],
                    image.geometry.direction[axis][column],
                );
                assert!((found - put).abs() <= 2.0 * tolerance, "{found} {put}");
            }
        }
        write(&image).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{name} changed");
        if name == "oblique.nii.gz" {
            assert_eq!(bytes[4..8], [0; 4], "the gzip header holds a time");
        }
    }
}

#[test]
fn mirrored_and_turned_grids_survive_nifti() {
    // All 48 ways of laying index axes along patient axes.
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        for signs in 0..8_u8 {
            let mut image = oblique();
            image.geometry.spacing = [0.5, 1.0, 2.0];
            image.geometry.direction = [[0.0; 3]; 3];
            for (column, row) in order.into_iter().enumerate() {
                let sign = if signs >> column & 1 == 1 { -1.0 } else { 1.0 };
                image.geometry.direction[row][column] = sign;
            }
            let path = support::scratch("turned.nii");
            write::nifti(&path, &image).unwrap();
            let sform = read::image(&path).unwrap().geometry.direction;
            // Without the sform, the quaternion must say the same.
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[254] = 0;
            std::fs::write(&path, &bytes).unwrap();
            let qform = read::image(&path).unwrap().geometry.direction;
            for (found, expected) in [(sform, 0.0), (qform, 3e-7)] {
                let put = image.geometry.direction.as_flattened();
                for (found, put) in found.as_flattened().iter().zip(put) {
                    // The quaternion holds square roots of a half in 32 bits.
                    let distance = (found - put).abs();
                    assert!(distance <= expected, "{order:?} {signs} {distance}");
                }
            }
        }
    }
}

#[test]
fn labels_take_the_smallest_type() {
    for (largest, pixel_type) in [
        (255, PixelType::U8),
        (65535, PixelType::U16),
        (65536, PixelType::U32),
    ] {
        let map = LabelMap {
            geometry: Geometry::axis_aligned([2, 1, 1], [1.0; 3]),
            labels: vec![0, largest],
            segments: Vec::new(),
        };
        let path = support::scratch("smallest.nii.gz");
        write::nifti_labels(&path, &map).unwrap();
        assert_eq!(read::labels(&path).unwrap(), map);
        assert_eq!(read::image(&path).unwrap().pixel_type, pixel_type);
    }
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let mut image = oblique();
    image.values[5] = 0.5;
    let error = write::nrrd(support::scratch("half.nrrd"), &image).unwrap_err();
    assert!(
        matches!(
            error,
            write::WriteError::Value {
                voxel: [2, 1, 0],
                ..
            }
        ),
        "{error}"
    );
    image.values.pop();
    let error = write::nrrd(support::scratch("few.nrrd"), &image).unwrap_err();
    assert!(
        matches!(error, write::WriteError::ValueCount { .. }),
        "{error}"
    );
    image.geometry.size = [40000, 1, 1];
    image.values = vec![0.0; 40000];
    let error = write::nifti(support::scratch("long.nii"), &image).unwrap_err();
    assert!(
        matches!(error, write::WriteError::TooLarge { .. }),
        "{error}"
    );
    let error = write::nrrd(support::scratch("no such folder/a.nrrd"), &image).unwrap_err();
    assert!(matches!(error, write::WriteError::File { .. }), "{error}");
    assert!(!support::scratch("half.nrrd").exists());
}
