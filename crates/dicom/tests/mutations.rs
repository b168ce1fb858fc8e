//! Objects, series and archives with bytes changed by chance: whatever comes out, it is an image, a
//! mask or an error. 500 of each kind, or as many as `RADIOME_MUTATIONS` says.
//!
//! The seeds are those of the targets in `fuzz/`, which look where chance alone does not.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use radiome_dicom::{Catalog, Regions};
use radiome_image::Geometry;

/// Lengths, tags, types and texts that mean something.
const WORDS: [&[u8]; 24] = [
    b"\xff\xff\xff\xff",
    b"\xfe\xff\x00\xe0",
    b"\xfe\xff\x0d\xe0",
    b"\xfe\xff\xdd\xe0",
    b"\xe0\x7f\x10\x00",
    b"\x28\x00\x10\x00",
    b"\x28\x00\x08\x00",
    b"\x28\x00\x00\x01",
    b"UI",
    b"DS",
    b"IS",
    b"SQ",
    b"OB",
    b"UN",
    b"1e308",
    b"-1",
    b"nan",
    b"999999",
    b"\\",
    b"\0\0\0\0",
    b"\xff\xff",
    b"\x00\x20",
    b"BINARY",
    b"=====",
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
        match chance.below(16) {
            // In place, so that the elements after it stay where they are.
            0..=4 => {
                let word = WORDS[chance.below(WORDS.len())];
                for (byte, &new) in bytes[place..].iter_mut().zip(word) {
                    *byte = new;
                }
            }
            5..=12 if place < bytes.len() => bytes[place] = chance.next() as u8,
            13 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len());
                let to = (from + chance.below(60)).min(other.len());
                bytes.splice(place..end, other[from..to].iter().copied());
            }
            14 => bytes.truncate(place),
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

/// Reads whatever files offer; how many images and masks came out.
fn read_all(files: Vec<(String, Vec<u8>)>) -> usize {
    let Ok(catalog) = Catalog::of_memory(files) else {
        return 0;
    };
    let mut came_out = 0;
    for series in catalog.series() {
        drop(series.to_string());
        let _ = series.suv_factor();
        if let Ok((image, _)) = series.image() {
            came_out += 1;
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
    }
    for problem in catalog.broken() {
        drop(problem.to_string());
    }
    // The grids of the segmentations and of the contours among the seeds.
    let grid = |size, origin| Geometry {
        origin,
        ..Geometry::axis_aligned(size, [0.5, 0.75, 2.5])
    };
    let grids = [
        grid([15, 11, 4], [-20.5, 10.25, -30.0]),
        grid([24, 20, 5], [-5.0, 3.0, 7.5]),
    ];
    for mask in catalog.masks() {
        let Ok(regions) = Regions::of(mask) else {
            continue;
        };
        for segment in regions.segments().into_iter().take(8) {
            for geometry in &grids {
                if let Ok((map, _)) = regions.label_map(segment.label, geometry, None) {
                    came_out += 1;
                    assert_eq!(map.labels.len(), map.geometry.voxel_count());
                }
            }
        }
    }
    came_out
}

/// Hands changed seeds to the readers; a panic that gets out, or more than two seconds, is a failure
/// whose input is kept.
fn survive(kind: &str, files: impl Fn(&[u8]) -> Vec<(String, Vec<u8>)>) {
    let times = std::env::var("RADIOME_MUTATIONS")
        .ok()
        .and_then(|times| times.parse().ok());
    let times: u64 = times.unwrap_or(500);
    let seeds = seeds(kind);
    let mut chance = Chance(times);
    let (mut taken, mut longest) = (0_u64, Duration::ZERO);
    for _ in 0..times {
        let bytes = mutated(&seeds, &mut chance);
        let start = Instant::now();
        let came_out = catch_unwind(AssertUnwindSafe(|| read_all(files(&bytes))));
        longest = longest.max(start.elapsed());
        if came_out.is_err() || start.elapsed() > Duration::from_secs(2) {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("failed-{kind}"));
            fs::write(&path, &bytes).unwrap();
            panic!(
                "{kind}: a panic, or {longest:?}; the input is {}",
                path.display()
            );
        }
        taken += u64::from(came_out.unwrap_or(0) > 0);
    }
    println!("{kind}: {times} changed inputs, {taken} of them still read, longest {longest:?}");
    // Seeds that are no longer read would make this test say nothing.
    assert!(taken > 0, "{kind}: nothing was read");
}

fn one(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    vec![("a.dcm".to_owned(), bytes.to_vec())]
}

#[test]
fn objects_of_every_syntax() {
    survive("dicom", one);
}

#[test]
fn segmentations() {
    survive("segmentation", one);
}

#[test]
fn contours() {
    survive("contours", one);
}

#[test]
fn archives() {
    survive("zip", one);
}

/// Files with a mark between them.
#[test]
fn series() {
    const MARK: &[u8] = b"=====";
    survive("dicom_series", |bytes| {
        let mut parts = Vec::new();
        let mut rest = bytes;
        while let Some(place) = rest.windows(MARK.len()).position(|window| window == MARK) {
            parts.push(rest[..place].to_vec());
            rest = &rest[place + MARK.len()..];
        }
        parts.push(rest.to_vec());
        let named = parts.into_iter().enumerate();
        named
            .map(|(number, part)| (format!("{number}.dcm"), part))
            .collect()
    });
}
