//! Files with parts changed by chance: whatever comes out, it is an image or an error. 2,000 of each
//! kind, or as many as `RADIOME_MUTATIONS` says.
//!
//! The seeds are those of the targets in `fuzz/`, which look where chance alone does not. The first
//! byte of a NIfTI seed says how it is wrapped there and is passed over here.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use radiome_image::read;

/// Texts of headers, numbers at the ends of their range, marks of compression.
const WORDS: [&[u8]; 34] = [
    b"-1",
    b"0",
    b"1",
    b"2",
    b"65536",
    b"1000000",
    b"18446744073709551615",
    b"9007199254740993",
    b"nan",
    b"inf",
    b"1e308",
    b"5e-324",
    b"raw",
    b"gzip",
    b"bzip2",
    b"ascii",
    b"hex",
    b"LIST",
    b"LOCAL",
    b"1.raw",
    b"%d.raw 1 2 1",
    b"True",
    b"False",
    b"MET_DOUBLE",
    b"double",
    b"uint64",
    b"list",
    b"none",
    b"\n",
    b"\x1f\x8b",
    b"\xff\xff\xff\x7f",
    b"\x00\x00\xc0\x7f",
    b"\x00\x00\x00\x80",
    b"n+1\0",
];

/// Numbers by chance: Steele, Lea and Flood's SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

fn mutated(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(5) {
        let place = chance.below(bytes.len() + 1);
        let end = (place + 1 + chance.below(8)).min(bytes.len());
        match chance.below(8) {
            0..=2 => {
                let word = WORDS[chance.below(WORDS.len())];
                bytes.splice(place..end, word.iter().copied());
            }
            3..=5 if place < bytes.len() => bytes[place] = chance.next() as u8,
            6 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len());
                let to = (from + chance.below(60)).min(other.len());
                bytes.splice(place..end, other[from..to].iter().copied());
            }
            _ => drop(bytes.drain(place..end)),
        }
    }
    bytes
}

fn seeds(kind: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(kind);
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Hands changed seeds to a reader, which says whether it took them; a panic, or more than two
/// seconds, is a failure whose input is kept.
fn survive(kind: &str, seeds: &[Vec<u8>], reader: impl Fn(&[u8]) -> bool) {
    let times = std::env::var("RADIOME_MUTATIONS")
        .ok()
        .and_then(|times| times.parse().ok());
    let times: u64 = times.unwrap_or(2_000);
    let mut chance = Chance(times);
    let (mut taken, mut longest) = (0_u64, Duration::ZERO);
    for _ in 0..times {
        let bytes = mutated(seeds, &mut chance);
        let start = Instant::now();
        let took = catch_unwind(AssertUnwindSafe(|| reader(&bytes)));
        longest = longest.max(start.elapsed());
        if took.is_err() || start.elapsed() > Duration::from_secs(2) {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("failed-{kind}"));
            fs::write(&path, &bytes).unwrap();
            panic!(
                "{kind}: a panic, or {longest:?}; the input is {}",
                path.display()
            );
        }
        taken += u64::from(took.unwrap_or(false));
    }
    println!("{kind}: {times} changed inputs, {taken} of them still read, longest {longest:?}");
    // Seeds that are no longer read would make this test say nothing.
    assert!(taken > 0, "{kind}: nothing was read");
}

/// Reads files as an image and as labels; what is read is what the header says.
fn reads(files: &[(&Path, &[u8])]) -> bool {
    let image = read::image_in_memory(files);
    if let Ok(image) = &image {
        assert_eq!(image.values.len(), image.geometry.voxel_count());
        assert!(
            image
                .geometry
                .spacing
                .iter()
                .all(|step| *step > 0.0 && step.is_finite())
        );
        assert!(image.geometry.origin.iter().all(|place| place.is_finite()));
    }
    let labels = read::labels_in_memory(files, 0);
    if let Ok(labels) = &labels {
        assert_eq!(labels.labels.len(), labels.geometry.voxel_count());
    }
    if let Err(error) = &labels {
        drop(error.to_string());
    }
    image.is_ok() || labels.is_ok()
}

/// A header and the files of voxels that it may name, with a mark between them.
fn read_parts(names: &[&str], bytes: &[u8]) -> bool {
    const MARK: &[u8] = b"=====";
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(place) = rest.windows(MARK.len()).position(|window| window == MARK) {
        parts.push(&rest[..place]);
        rest = &rest[place + MARK.len()..];
    }
    parts.push(rest);
    let files = names.iter().map(Path::new).zip(parts);
    reads(&files.collect::<Vec<_>>())
}

#[test]
fn nifti() {
    let seeds: Vec<Vec<u8>> = seeds("nifti")
        .iter()
        .map(|seed| seed[1..].to_vec())
        .collect();
    survive("nifti", &seeds, |bytes| {
        read_parts(&["a.hdr", "a.img"], bytes)
    });
}

#[test]
fn nifti_in_a_gzip_layer() {
    use std::io::Write;
    let seeds: Vec<Vec<u8>> = seeds("nifti")
        .iter()
        .map(|seed| seed[1..].to_vec())
        .collect();
    survive("nifti_gz", &seeds, |bytes| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(bytes).unwrap();
        reads(&[(Path::new("a.nii.gz"), &packer.finish().unwrap())])
    });
}

#[test]
fn gzip() {
    survive("gzip", &seeds("gzip"), |bytes| {
        reads(&[(Path::new("a.nii.gz"), bytes)])
    });
}

#[test]
fn nrrd() {
    survive("nrrd", &seeds("nrrd"), |bytes| {
        read_parts(&["a.nrrd", "1.raw", "2.raw"], bytes)
    });
}

#[test]
fn meta_image() {
    survive("meta_image", &seeds("meta_image"), |bytes| {
        read_parts(&["a.mha", "1.raw", "2.raw"], bytes)
    });
}

#[test]
fn label_descriptions() {
    survive(
        "label_descriptions",
        &seeds("label_descriptions"),
        |bytes| {
            let text = String::from_utf8_lossy(bytes);
            read::parse_label_descriptions(&text, Path::new("labels.txt")).is_ok()
        },
    );
}
