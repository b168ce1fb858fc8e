//! Two label maps of one mask file against PyRadiomics with `label_channel`.
//!
//! Tolerance: 1e-6 relative, 1e-9 absolute for values that are 0 but for rounding, as for every
//! comparison with PyRadiomics (see pyradiomics.rs): sums run in another order.

use std::path::{Path, PathBuf};

use radiome_features::{Extractor, Settings};
use radiome_image::{Geometry, Image, PixelType, read};

const SIZE: [usize; 3] = [12, 10, 8];

fn voxels() -> impl Iterator<Item = [i64; 3]> {
    (0..8).flat_map(|z| (0..10).flat_map(move |y| (0..12).map(move |x| [x, y, z])))
}

/// The image of reference/label_channel.py.
fn image() -> Image {
    let value = |[x, y, z]: [i64; 3]| 100 + 7 * x + 3 * y + 11 * z + 40 * ((x * y + z) % 5);
    Image {
        geometry: Geometry::axis_aligned(SIZE, [1.0, 1.5, 2.0]),
        pixel_type: PixelType::I16,
        values: voxels().map(|voxel| value(voxel) as f64).collect(),
    }
}

/// Its two label maps: a box, and a ball that overlaps it.
fn overlapping() -> [Vec<u8>; 2] {
    let within =
        |[x, y, z]: [i64; 3]| (2..9).contains(&x) && (1..7).contains(&y) && (2..7).contains(&z);
    let ball = |[x, y, z]: [i64; 3]| (x - 6).pow(2) + (y - 5).pow(2) + 2 * (z - 4).pow(2) <= 16;
    [
        voxels().map(|voxel| within(voxel).into()).collect(),
        voxels().map(|voxel| ball(voxel).into()).collect(),
    ]
}

/// The label maps in one NRRD file, the labels of a voxel side by side.
fn nrrd(folder: &Path) -> PathBuf {
    let [first, second] = overlapping();
    let mut bytes =
        b"NRRD0004\ntype: unsigned char\ndimension: 4\nspace: left-posterior-superior\n\
                      sizes: 2 12 10 8\nspace directions: none (1,0,0) (0,1.5,0) (0,0,2)\n\
                      kinds: vector domain domain domain\nencoding: raw\nspace origin: (0,0,0)\n\n"
            .to_vec();
    bytes.extend(first.iter().zip(&second).flat_map(|(&a, &b)| [a, b]));
    let path = folder.join("overlapping.nrrd");
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The label maps in one NIfTI file, one after the other.
fn nifti(folder: &Path) -> PathBuf {
    let mut bytes = vec![0_u8; 352];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &348_i32.to_le_bytes());
    for (place, length) in [5_i16, 12, 10, 8, 1, 2, 1, 1].into_iter().enumerate() {
        put(40 + 2 * place, &length.to_le_bytes());
    }
    // The intent: a vector. The type: bytes of 8 bits.
    for (at, field) in [(68, 1007_i16), (70, 2), (72, 8)] {
        put(at, &field.to_le_bytes());
    }
    for (place, step) in [1.0_f32, 1.0, 1.5, 2.0].into_iter().enumerate() {
        put(76 + 4 * place, &step.to_le_bytes());
    }
    put(108, &352_f32.to_le_bytes());
    put(344, b"n+1\0");
    bytes.extend(overlapping().concat());
    let path = folder.join("overlapping.nii");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn each_channel_has_the_features_that_pyradiomics_gives() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/label_channel.csv");
    let reference = std::fs::read_to_string(reference).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for path in [nrrd(folder), nifti(folder)] {
        for channel in [0, 1] {
            let mut settings = Settings::default();
            settings.set(&format!("label_channel:{channel}")).unwrap();
            let plan = settings.plan().unwrap();
            let labels = read::labels_of_channel(&path, plan.label_channel).unwrap();
            let row = Extractor::new(plan)
                .extract(&image(), &labels, None)
                .unwrap();
            let mut compared = 0;
            for line in reference.lines().skip(1) {
                let cells: Vec<&str> = line.split(',').collect();
                let (name, expected) = (cells[0], cells[1 + channel]);
                if name.starts_with("diagnostics") {
                    assert_eq!(row.diagnostic(name), Some(expected), "{name}");
                    continue;
                }
                let expected: f64 = expected.parse().unwrap();
                let found = row.feature(name).unwrap();
                let difference = (found - expected).abs();
                assert!(
                    difference <= 1e-9 || difference <= 1e-6 * expected.abs(),
                    "channel {channel}, {name}: {found}, PyRadiomics {expected}"
                );
                compared += 1;
            }
            assert_eq!(compared, row.features.len());
            let settings = row.diagnostic("diagnostics_Configuration_Settings");
            let recorded = format!("'label_channel': {channel}");
            assert!(settings.unwrap().contains(&recorded), "{settings:?}");
        }
    }
}
