//! NIfTI headers built byte by byte: every type, both byte orders, both affines, hostile fields.

mod support;

use std::io::Write;
use std::path::PathBuf;

use radiome_image::read::{self, ReadError};
use radiome_image::{PixelType, write};

/// A header under construction; integers and floats in one byte order.
struct Nifti {
    big: bool,
    bytes: Vec<u8>,
}

impl Nifti {
    fn new(size: [i16; 3], code: i16, big: bool) -> Self {
        let mut header = Self {
            big,
            bytes: vec![0; 352],
        };
        header.i32(0, 348);
        header.i16(40, 3);
        for (axis, &length) in size.iter().enumerate() {
            header.i16(42 + 2 * axis, length);
            header.f32(80 + 4 * axis, 1.0 + axis as f32);
        }
        for axis in 3..7 {
            header.i16(42 + 2 * axis, 1);
        }
        header.i16(70, code);
        header.f32(76, 1.0);
        header.f32(108, 352.0);
        header.bytes[123] = 2;
        header.bytes[344..348].copy_from_slice(b"n+1\0");
        header
    }
    fn put<const N: usize>(&mut self, at: usize, mut little: [u8; N]) {
        if self.big {
            little.reverse();
        }
        self.bytes[at..at + N].copy_from_slice(&little);
    }
    fn i16(&mut self, at: usize, value: i16) {
        self.put(at, value.to_le_bytes());
    }
    fn i32(&mut self, at: usize, value: i32) {
        self.put(at, value.to_le_bytes());
    }
    fn f32(&mut self, at: usize, value: f32) {
        self.put(at, value.to_le_bytes());
    }
    fn voxel<const N: usize>(&mut self, mut little: [u8; N]) {
        if self.big {
            little.reverse();
        }
        self.bytes.extend(little);
    }
    fn save(&self, name: &str) -> PathBuf {
        let path = support::scratch(name);
        std::fs::write(&path, &self.bytes).unwrap();
        path
    }
}

/// Eight bytes as voxels.
fn small() -> Nifti {
    let mut file = Nifti::new([2, 2, 2], 2, false);
    file.bytes.extend(0..8);
    file
}

#[test]
fn every_type_in_both_byte_orders() {
    macro_rules! check {
        ($code:literal, $number:ty, $kind:ident, $values:expr) => {
            for big in [false, true] {
                let values: [$number; 2] = $values;
                let mut file = Nifti::new([2, 1, 1], $code, big);
                for value in values {
                    file.voxel(value.to_le_bytes());
                }
                let path = file.save(concat!("type_", $code, ".nii"));
                let image = read::image(&path).unwrap();
                assert_eq!(image.pixel_type, PixelType::$kind);
                assert_eq!(image.values, values.map(|value| value as f64));
                assert_eq!(image.geometry.spacing, [1.0, 2.0, 3.0]);
                // Written and read again, plain and compressed, it is the same image.
                for name in [
                    concat!("again_", $code, ".nii"),
                    concat!("again_", $code, ".nii.gz"),
                ] {
                    let again = support::scratch(name);
                    write::nifti(&again, &image).unwrap();
                    assert_eq!(read::image(&again).unwrap(), image);
                }
            }
        };
    }
    check!(2, u8, U8, [0, 255]);
    check!(256, i8, I8, [-128, 127]);
    check!(4, i16, I16, [-32768, 32767]);
    check!(512, u16, U16, [1, 65535]);
    check!(8, i32, I32, [i32::MIN, i32::MAX]);
    check!(768, u32, U32, [7, u32::MAX]);
    check!(1024, i64, I64, [-(1 << 53), 1 << 53]);
    check!(1280, u64, U64, [3, 1 << 53]);
    check!(16, f32, F32, [-1.5, 3.0e38]);
    check!(64, f64, F64, [0.1, -1e300]);
}

#[test]
fn the_affine_that_counts_is_itks() {
    for row in support::table(support::reference("nifti_affine.csv")) {
        let mut file = small();
        file.f32(76, row["qfac"].parse().unwrap());
        for (axis, step) in support::numbers(&row["pixdim"]).into_iter().enumerate() {
            file.f32(80 + 4 * axis, step as f32);
        }
        file.bytes[123] = row["units"].parse().unwrap();
        file.i16(252, row["qform_code"].parse().unwrap());
        file.i16(254, row["sform_code"].parse().unwrap());
        for (place, value) in support::numbers(&row["quaternion_offset"])
            .into_iter()
            .enumerate()
        {
            file.f32(256 + 4 * place, value as f32);
        }
        for (place, value) in support::numbers(&row["srow"]).into_iter().enumerate() {
            file.f32(280 + 4 * place, value as f32);
        }
        let read = read::image(file.save("affine.nii"));
        let case = &row["case"];
        if row["spacing"].is_empty() {
            assert!(matches!(read, Err(ReadError::Direction { .. })), "{case}");
            continue;
        }
        let geometry = read.unwrap().geometry;
        // The same 32-bit numbers, widened and normalised in the same order: no tolerance.
        assert_eq!(geometry.spacing, support::three(&row["spacing"]), "{case}");
        assert_eq!(geometry.origin, support::three(&row["origin"]), "{case}");
        assert_eq!(
            geometry.direction,
            support::matrix(&row["direction"]),
            "{case}"
        );
    }
}

#[test]
fn qform_and_sform_that_mirror_each_other_are_refused() {
    let mut file = small();
    file.i16(252, 1);
    file.i16(254, 2);
    for (row, step) in [-1.0, 2.0, 3.0].into_iter().enumerate() {
        file.f32(280 + 20 * row, step);
    }
    let error = read::image(file.save("mirrored.nii")).unwrap_err();
    assert!(error.to_string().contains("mirror"), "{error}");
}

#[test]
fn slope_and_intercept_make_32_bit_floats() {
    let mut file = small();
    file.f32(112, 0.5);
    file.f32(116, -1.0);
    let image = read::image(file.save("slope.nii")).unwrap();
    assert_eq!(image.pixel_type, PixelType::F32);
    assert_eq!(image.values, [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
    // A slope of 0 means 1 (SimpleITK 2.5.7 gives 5 .. 12 here), and 1 with 0 changes nothing.
    file.f32(112, 0.0);
    file.f32(116, 5.0);
    let image = read::image(file.save("slope.nii")).unwrap();
    assert_eq!((image.pixel_type, image.values[7]), (PixelType::F32, 12.0));
    file.f32(116, 0.0);
    let image = read::image(file.save("slope.nii")).unwrap();
    assert_eq!((image.pixel_type, image.values[7]), (PixelType::U8, 7.0));
}

#[test]
fn one_volume_of_four_dimensions_is_an_image_and_two_are_not() {
    let mut file = small();
    file.i16(40, 4);
    assert_eq!(
        read::image(file.save("four.nii")).unwrap().geometry.size,
        [2; 3]
    );
    file.i16(48, 2);
    file.bytes.extend(0..8);
    let error = read::image(file.save("four.nii")).unwrap_err();
    assert!(matches!(error, ReadError::Unsupported { .. }), "{error}");
}

#[test]
fn a_header_with_its_voxels_beside_it() {
    let mut file = small();
    file.bytes[344..348].copy_from_slice(b"ni1\0");
    file.f32(108, 0.0);
    let voxels = file.bytes.split_off(348);
    let path = file.save("pair.hdr");
    std::fs::write(path.with_extension("img"), &voxels[4..]).unwrap();
    let image = read::image(&path).unwrap();
    assert_eq!(image.values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
}

#[test]
fn nifti_2_has_wider_fields() {
    let mut bytes = vec![0_u8; 544];
    bytes[..4].copy_from_slice(&540_i32.to_le_bytes());
    bytes[4..12].copy_from_slice(b"n+2\0\r\n\x1a\n");
    bytes[12..14].copy_from_slice(&2_i16.to_le_bytes());
    for (place, length) in [3_i64, 2, 2, 2, 1, 1, 1, 1].into_iter().enumerate() {
        bytes[16 + 8 * place..24 + 8 * place].copy_from_slice(&length.to_le_bytes());
    }
    for (place, step) in [1.0_f64, 0.1, 0.2, 0.3].into_iter().enumerate() {
        bytes[104 + 8 * place..112 + 8 * place].copy_from_slice(&step.to_le_bytes());
    }
    bytes[168..176].copy_from_slice(&544_i64.to_le_bytes());
    bytes[344] = 1;
    bytes[376..384].copy_from_slice(&12.3_f64.to_le_bytes());
    bytes.extend(0..8);
    let path = support::scratch("two.nii");
    std::fs::write(&path, &bytes).unwrap();
    let image = read::image(&path).unwrap();
    assert_eq!(image.geometry.spacing, [0.1, 0.2, 0.3]);
    assert_eq!(image.geometry.origin, [-12.3, 0.0, 0.0]);
    assert_eq!(image.values[5], 5.0);
}

#[test]
fn hostile_headers_are_errors() {
    let refused = |name: &str, change: &dyn Fn(&mut Nifti)| {
        let mut file = small();
        change(&mut file);
        read::image(file.save(&format!("hostile_{name}.nii"))).unwrap_err()
    };
    // 32,767 cubed voxels in a file of 360 bytes: no memory may be taken for them.
    let error = refused("huge", &|f| {
        (0..3).for_each(|axis| f.i16(42 + 2 * axis, 32767))
    });
    assert!(matches!(error, ReadError::TooManyVoxels { .. }), "{error}");
    let error = refused("large", &|f| {
        (0..3).for_each(|axis| f.i16(42 + 2 * axis, 1000))
    });
    assert!(matches!(error, ReadError::Truncated { .. }), "{error}");
    let error = refused("short", &|f| f.bytes.truncate(359));
    assert!(
        matches!(
            error,
            ReadError::Truncated {
                needed: 360,
                available: 359,
                ..
            }
        ),
        "{error}"
    );
    for spacing in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        let error = refused("spacing", &|f| f.f32(84, spacing));
        assert!(matches!(error, ReadError::Spacing { .. }), "{error}");
    }
    let error = refused("origin", &|f| {
        f.i16(252, 1);
        f.f32(268, f32::NAN);
    });
    assert!(matches!(error, ReadError::Origin { .. }), "{error}");
    let error = refused("quaternion", &|f| {
        f.i16(252, 1);
        f.f32(256, f32::NAN);
    });
    assert!(matches!(error, ReadError::Direction { .. }), "{error}");
    for dimensions in [0, 1, 8, -3] {
        let error = refused("dimensions", &|f| f.i16(40, dimensions));
        assert!(matches!(error, ReadError::Header { .. }), "{error}");
    }
    for length in [0, -2] {
        let error = refused("length", &|f| f.i16(44, length));
        assert!(matches!(error, ReadError::Header { .. }), "{error}");
    }
    for offset in [-1.0, 100.0, 352.5, 1e30, f32::NAN] {
        let error = refused("offset", &|f| f.f32(108, offset));
        assert!(matches!(error, ReadError::Header { .. }), "{error}");
    }
    let error = refused("offset_beyond", &|f| f.f32(108, 1e6));
    assert!(matches!(error, ReadError::Truncated { .. }), "{error}");
    for (code, unsupported) in [
        (128, true),
        (32, true),
        (1, true),
        (0, false),
        (9999, false),
    ] {
        let error = refused("type", &|f| f.i16(70, code));
        assert_eq!(
            matches!(error, ReadError::Unsupported { .. }),
            unsupported,
            "{error}"
        );
    }
    let error = refused("magic", &|f| f.bytes[344] = b'x');
    assert!(matches!(error, ReadError::UnknownFormat { .. }), "{error}");
}

#[test]
fn broken_compression_is_an_error() {
    let pack = |bytes: &[u8]| {
        let mut stream = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        stream.write_all(bytes).unwrap();
        stream.finish().unwrap()
    };
    let save = |name: &str, bytes: &[u8]| {
        let path = support::scratch(name);
        std::fs::write(&path, bytes).unwrap();
        read::image(&path)
    };
    let mut file = Nifti::new([64, 64, 64], 4, false);
    file.bytes
        .extend((0..2 * 64 * 64 * 64).map(|byte: u32| (byte % 251) as u8));
    let packed = pack(&file.bytes);
    assert!(save("whole.nii.gz", &packed).is_ok());

    let cut = save("cut.nii.gz", &packed[..packed.len() / 2]).unwrap_err();
    assert!(matches!(cut, ReadError::Truncated { .. }), "{cut}");
    let mut wrong = packed.clone();
    let checksum = wrong.len() - 8;
    wrong[checksum] ^= 1;
    let wrong = save("checksum.nii.gz", &wrong).unwrap_err();
    assert!(matches!(wrong, ReadError::Data { .. }), "{wrong}");

    // A stream of zeros far longer than the header asks for: only what is asked for is unpacked.
    let mut bomb = small().bytes;
    bomb.resize(50_000_000, 0);
    let image = save("bomb.nii.gz", &pack(&bomb)).unwrap();
    assert_eq!(image.values.len(), 8);

    // A small stream whose header asks for more than any stream of its length can hold.
    let mut asks = Nifti::new([1000, 1000, 1000], 4, false);
    asks.bytes.extend([0; 100]);
    let error = save("asks.nii.gz", &pack(&asks.bytes)).unwrap_err();
    assert!(matches!(error, ReadError::Truncated { .. }), "{error}");
}

#[test]
fn no_file_no_folder_no_image() {
    let missing = read::image(support::scratch("missing.nii")).unwrap_err();
    assert!(matches!(missing, ReadError::Open { .. }), "{missing}");
    let folder = read::image(env!("CARGO_TARGET_TMPDIR")).unwrap_err();
    assert!(matches!(folder, ReadError::NotAFile { .. }), "{folder}");
    for (name, bytes) in [
        ("empty.nii", &b""[..]),
        ("text.nii", b"hello"),
        ("gz.nii.gz", &[0x1f, 0x8b, 8]),
    ] {
        let path = support::scratch(name);
        std::fs::write(&path, bytes).unwrap();
        let unknown = read::image(&path).unwrap_err();
        assert!(
            matches!(unknown, ReadError::UnknownFormat { .. }),
            "{unknown}"
        );
    }
}

#[test]
fn labels_must_be_whole_and_not_negative() {
    let labels = |values: [f32; 2]| {
        let mut file = Nifti::new([2, 1, 1], 16, false);
        values
            .iter()
            .for_each(|value| file.voxel(value.to_le_bytes()));
        read::labels(file.save("labels.nii"))
    };
    let map = labels([0.0, 3.0]).unwrap();
    assert_eq!(map.labels, [0, 3]);
    for wrong in [0.5, -1.0, f32::NAN, f32::INFINITY, 4_294_967_296.0] {
        match labels([0.0, wrong]).unwrap_err() {
            ReadError::LabelValue { value, voxel, .. } => {
                assert_eq!(value.to_bits(), f64::from(wrong).to_bits());
                assert_eq!(voxel, [1, 0, 0]);
            }
            other => panic!("{other}"),
        }
    }
}
