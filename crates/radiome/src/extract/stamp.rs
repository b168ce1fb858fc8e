//! Whether a file was changed while it was read.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::{Case, Failure};
use crate::input_hash::files_of;

/// What `read` makes of the files of a case, unless one of them was changed meanwhile.
pub(super) fn unchanged<T>(
    case: &Case,
    read: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let before = Stamp::of_case(case);
    let found = read();
    match Stamp::of_case(case) == before {
        true => found,
        false => Err(Failure::of_change(case)),
    }
}

/// Length and time of the last change of every file of an image and a mask. Where they differ after
/// reading, what was read may be half of one version and half of another.
///
/// Of a file of a DICOM series given by one of its files, that file alone counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp([Vec<(u64, Option<SystemTime>)>; 2]);

impl Stamp {
    pub(super) fn of_case(case: &Case) -> Self {
        Self([of_input(&case.image), of_input(&case.mask)])
    }
}

fn of_input(path: &Path) -> Vec<(u64, Option<SystemTime>)> {
    let files = match radiome_dicom::is_dicom(path) && path.is_file() {
        true => None,
        false => files_of(path).ok().flatten(),
    };
    let files = files.map_or_else(|| vec![path.to_owned()], |(_, files)| files);
    let stamp = |file: &std::path::PathBuf| {
        let found = fs::metadata(file).ok()?;
        Some((found.len(), found.modified().ok()))
    };
    // A file that is not there has no stamp; one that comes or goes changes the list.
    files
        .iter()
        .map(|file| stamp(file).unwrap_or((u64::MAX, None)))
        .collect()
}
