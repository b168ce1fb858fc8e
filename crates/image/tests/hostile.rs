//! Files that are made to harm: an error that says what is wrong, soon and in little memory.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use radiome_image::Image;
use radiome_image::read::{self, ReadError};

fn image(name: &str, bytes: &[u8]) -> Result<Image, ReadError> {
    read::image_in_memory(&[(Path::new(name), bytes)])
}

/// Fails where something takes longer than no honest file of its size does. What is guarded against
/// here takes minutes.
#[track_caller]
fn soon<T>(action: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = action();
    let taken = start.elapsed();
    assert!(taken < Duration::from_secs(10), "{taken:?}");
    done
}

/// The most memory that this process ever used, where the system says it.
#[track_caller]
fn assert_little_memory() {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    if let Some(kilobytes) = line.and_then(|line| line.split_whitespace().nth(1)) {
        let kilobytes: u64 = kilobytes.parse().unwrap();
        assert!(kilobytes < 500_000, "{kilobytes} kB");
    }
}

/// A NIfTI-1 header of 8-bit numbers with 4 bytes after it.
fn nifti(size: [i16; 3], spacing: [f32; 3]) -> Vec<u8> {
    let mut bytes = vec![0; 352];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &348_i32.to_le_bytes());
    for (axis, length) in [3, size[0], size[1], size[2], 1, 1, 1, 1]
        .iter()
        .enumerate()
    {
        put(40 + 2 * axis, &length.to_le_bytes());
    }
    put(70, &2_i16.to_le_bytes());
    put(72, &8_i16.to_le_bytes());
    for (axis, step) in spacing.iter().enumerate() {
        put(80 + 4 * axis, &step.to_le_bytes());
    }
    put(108, &352_f32.to_le_bytes());
    put(344, b"n+1\0");
    bytes
}

/// A NIfTI-2 header of 8-bit numbers.
fn nifti_2(size: [i64; 3]) -> Vec<u8> {
    let mut bytes = vec![0; 544];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, &540_i32.to_le_bytes());
    put(4, b"n+2\0\r\n\x1a\n");
    put(12, &2_i16.to_le_bytes());
    for (axis, length) in [3, size[0], size[1], size[2], 1, 1, 1, 1]
        .iter()
        .enumerate()
    {
        put(16 + 8 * axis, &length.to_le_bytes());
        put(104 + 8 * axis, &1_f64.to_le_bytes());
    }
    bytes
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn nrrd(fields: &str) -> Vec<u8> {
    format!("NRRD0004\ntype: uint8\ndimension: 3\nspacings: 1 1 1\n{fields}\n\n").into_bytes()
}

fn meta_image(fields: &str) -> Vec<u8> {
    format!("NDims = 3\nElementSpacing = 1 1 1\nElementType = MET_UCHAR\n{fields}\n").into_bytes()
}

/// 10^12 voxels, and as many as a 64-bit number can say, in every format and layer.
#[test]
fn voxels_that_are_not_there() {
    let million = 1_000_000;
    let claims = |bytes: &[u8]| {
        let error = image("a", bytes).unwrap_err();
        let refused = matches!(
            error,
            ReadError::TooManyVoxels { .. } | ReadError::Truncated { .. }
        );
        assert!(refused, "{error}");
    };
    claims(&nifti([10_000; 3], [1.0; 3]));
    claims(&nifti([1000; 3], [1.0; 3]));
    claims(&packed(&nifti([1000; 3], [1.0; 3])));
    claims(&nifti_2([million, million, 1]));
    claims(&nifti_2([i64::MAX; 3]));
    claims(&packed(&nifti_2([1 << 29, 1, 1])));
    for size in [
        "1000000 1000000 1",
        "1000 1000 1000",
        "18446744073709551615 2 1",
    ] {
        for encoding in ["raw", "gzip", "ascii", "hex"] {
            claims(&nrrd(&format!("sizes: {size}\nencoding: {encoding}")));
        }
        claims(&meta_image(&format!(
            "DimSize = {size}\nElementDataFile = LOCAL"
        )));
        for way in ["CompressedData = True", "BinaryData = False"] {
            claims(&meta_image(&format!(
                "DimSize = {size}\n{way}\nElementDataFile = LOCAL"
            )));
        }
    }
    // Nothing can be said of how far bzip2 unpacks, but nothing is there to unpack.
    let error = image("a", &nrrd("sizes: 1000 1000 1000\nencoding: bzip2")).unwrap_err();
    assert!(
        matches!(error, ReadError::Data { .. } | ReadError::Truncated { .. }),
        "{error}"
    );
    assert_little_memory();
}

#[test]
fn spacing_and_size_that_cannot_be() {
    for spacing in [f32::NAN, f32::INFINITY, -1.0, 0.0] {
        let error = image("a", &nifti([1; 3], [1.0, spacing, 1.0])).unwrap_err();
        assert!(
            matches!(error, ReadError::Spacing { .. }),
            "{spacing}: {error}"
        );
    }
    for size in [[-1, 1, 1], [1, 0, 1], [1, 1, i16::MIN]] {
        let error = image("a", &nifti(size, [1.0; 3])).unwrap_err();
        assert!(
            matches!(error, ReadError::Header { .. }),
            "{size:?}: {error}"
        );
    }
    for size in ["-1 1 1", "0 1 1", "1 1", "1e3 1 1", "NaN 1 1"] {
        let error = image("a", &nrrd(&format!("sizes: {size}\nencoding: raw"))).unwrap_err();
        assert!(matches!(error, ReadError::Header { .. }), "{size}: {error}");
        let fields = format!("DimSize = {size}\nElementDataFile = LOCAL");
        let error = image("a", &meta_image(&fields)).unwrap_err();
        assert!(matches!(error, ReadError::Header { .. }), "{size}: {error}");
    }
}

/// A file that unpacks to 256 MiB and says that it has eight voxels: one byte too many is unpacked.
#[test]
fn bombs_are_not_unpacked() {
    let mut bytes = nifti([2; 3], [1.0; 3]);
    bytes.resize(1 << 28, 7);
    let bomb = packed(&bytes);
    drop(bytes);
    assert!(bomb.len() < 300_000);
    let before = Instant::now();
    let values = soon(|| image("a", &bomb)).unwrap().values;
    assert_eq!(values, [7.0; 8]);
    assert!(before.elapsed() < Duration::from_millis(500));
    // 2^60 bytes to pass over, in data that unpack to a few.
    let skip = "sizes: 1 1 1\nencoding: bzip2\nbyte skip: 1152921504606846976";
    let error = soon(|| image("a", &nrrd(skip))).unwrap_err();
    assert!(matches!(error, ReadError::Header { .. }), "{error}");
}

#[test]
fn headers_without_end() {
    let keys: String = (0..1_000_000).map(|n| format!("k{n}:=\n")).collect();
    let error = soon(|| image("a", &nrrd(&keys))).unwrap_err();
    assert!(matches!(error, ReadError::Header { .. }), "{error}");
    let names: String = (0..500_000).map(|n| format!("{n}.raw\n")).collect();
    let list = format!("sizes: 1 1 500000\nencoding: raw\ndata file: LIST\n{names}");
    let error = soon(|| image("a", &nrrd(&list))).unwrap_err();
    assert!(matches!(error, ReadError::Header { .. }), "{error}");
    let fields: String = (0..200_000).map(|n| format!("K{n} = 1\n")).collect();
    let error = soon(|| image("a", &meta_image(&fields))).unwrap_err();
    assert!(matches!(error, ReadError::Header { .. }), "{error}");
    let vectors = format!(
        "sizes: 1 1 1\nspace directions: {}",
        "none ".repeat(800_000)
    );
    assert!(soon(|| image("a", &nrrd(&vectors))).is_err());
    assert_little_memory();
}

/// As many labels as fit into a file that is taken: to compare each with each would take minutes.
#[test]
fn a_hundred_thousand_labels_are_described() {
    let line = |n: usize| format!("{n} 1 2 3 1 1 1 \"L{n}\"\n");
    let text: String = (1..=100_000).map(line).collect();
    let found = soon(|| read::parse_label_descriptions(&text, Path::new("labels.txt")));
    assert_eq!(found.unwrap().len(), 100_000);
    let twice = format!("{text}{}", line(77));
    let error = read::parse_label_descriptions(&twice, Path::new("labels.txt")).unwrap_err();
    assert!(error.to_string().contains("line 100001"), "{error}");
    // What is longer is refused, not read as far as it goes.
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("long_labels.txt");
    fs::write(&path, text.repeat(3)).unwrap();
    assert!(matches!(
        read::label_descriptions(&path),
        Err(ReadError::Header { .. })
    ));
}

/// What is in memory is read as the same files on the disk are.
#[test]
fn memory_and_disk_give_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/formats");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let bytes: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    let mut read_as_image = 0;
    for (path, own) in paths.iter().zip(&bytes) {
        let others = paths.iter().zip(&bytes);
        let mut files: Vec<(&Path, &[u8])> = vec![(path, own)];
        files.extend(others.map(|(path, bytes)| (path.as_path(), bytes.as_slice())));
        match (read::image(path), read::image_in_memory(&files)) {
            (Ok(disk), Ok(memory)) => {
                read_as_image += 1;
                assert_eq!(disk.geometry, memory.geometry, "{}", path.display());
                assert_eq!(disk.values, memory.values, "{}", path.display());
            }
            (Err(disk), Err(memory)) => assert_eq!(disk.to_string(), memory.to_string()),
            (disk, memory) => panic!("{}: {disk:?} {memory:?}", path.display()),
        }
    }
    assert!(read_as_image >= 30, "{read_as_image}");
    // A file that is not among those given is not looked for on the disk.
    let detached = folder.join("detached_raw.mhd");
    let header = fs::read(&detached).unwrap();
    let error = read::image_in_memory(&[(&detached, &header)]).unwrap_err();
    assert!(matches!(error, ReadError::Open { .. }), "{error}");
}
