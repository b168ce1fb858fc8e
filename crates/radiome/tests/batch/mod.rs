//! A batch of small cases on disk, and the program run on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::SystemTime;

use radiome_image::{Geometry, Image, LabelMap, PixelType, write};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Images of the batch.
pub(crate) const IMAGES: usize = 18;

/// Textures of wavelet sub-bands: long enough for a process to be killed in them.
const PARAMS: &str = "\
imageType:
  Original: {}
  Wavelet: {}
featureClass:
  firstorder:
  glcm:
  gldm:
setting:
  binWidth: 10
";

/// A folder with images, masks, `params.yaml` and `cases.csv`. Among the cases are two labels of
/// one mask, a mask that is empty, and an image that is not there.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: String| folder.path().join(name);
    fs::write(at("params.yaml".into()), PARAMS).unwrap();
    let mut cases = String::from("ID,Image,Mask,Label,centre\n");
    for number in 0..IMAGES {
        write_case(folder.path(), number);
        cases += &format!("P{number:02},i{number}.nii,m{number}.nii,1,\"a, {number}\"\n");
    }
    cases += "P03,i3.nii,m3.nii,2,b\nempty,i0.nii,m5.nii,7,\nabsent,none.nii,m1.nii,1,c\n";
    fs::write(at("cases.csv".into()), cases).unwrap();
    folder
}

/// Number of rows of `cases.csv`.
pub(crate) const CASES: usize = IMAGES + 3;

fn write_case(folder: &Path, number: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(number as u64);
    let geometry = Geometry::axis_aligned([22, 20, 16], [1.0, 1.0, 2.0]);
    let count = geometry.voxel_count();
    let image = Image {
        geometry: geometry.clone(),
        pixel_type: PixelType::I16,
        values: (0..count)
            .map(|_| f64::from(rng.random_range(0..200)))
            .collect(),
    };
    write::nifti(folder.join(format!("i{number}.nii")), &image).unwrap();
    let mut labels = vec![0; count];
    // Every mask has bytes of its own.
    labels[number] = 3;
    for z in 3..13 {
        for y in 3..17 {
            for x in 3..19 {
                let place = geometry.offset([x, y, z]);
                labels[place] = if x < 14 { 1 } else { 2 };
            }
        }
    }
    let map = LabelMap {
        geometry,
        labels,
        segments: Vec::new(),
    };
    write::nifti_labels(folder.join(format!("m{number}.nii")), &map).unwrap();
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_radiome"));
    command
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .args(arguments);
    command
}

/// Starts the program.
pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Child {
    let mut command = command(folder, arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Runs the program and checks how it ends; gives back standard error.
#[track_caller]
pub(crate) fn run(folder: &Path, status: i32, arguments: &[&str]) -> String {
    let output = command(folder, arguments).output().unwrap();
    check(&output, status, arguments)
}

#[track_caller]
pub(crate) fn check(output: &Output, status: i32, arguments: &[&str]) -> String {
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{err}");
    let err = err.replace("│", " ");
    err.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The finished pieces in a folder, each with the time when it was written.
pub(crate) fn pieces(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let finished = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with('.') && name.ends_with(".part")
    };
    paths
        .filter(finished)
        .filter_map(|path| {
            let time = fs::metadata(&path)
                .and_then(|found| found.modified())
                .ok()?;
            Some((path, time))
        })
        .collect()
}

/// That nothing finished was done again: every earlier piece that is still there is as it was.
#[track_caller]
pub(crate) fn assert_not_repeated(
    before: &BTreeMap<PathBuf, SystemTime>,
    after: &BTreeMap<PathBuf, SystemTime>,
) {
    for (path, time) in before {
        if let Some(now) = after.get(path) {
            assert_eq!(now, time, "{} was written again", path.display());
        }
    }
}
