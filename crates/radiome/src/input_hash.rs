//! What stands for an input in the record of a run: the SHA-256 of a file, or of all files of an
//! image that lies in several.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The SHA-256 of an input as hexadecimal digits.
///
/// Of a folder it is that of a list of its files, with everything below: in the order of their
/// names, a line each with the SHA-256 of the file, two blanks and its name from the folder on, with
/// slashes. That is what `sha256sum` prints. Of one DICOM file of a series it is that of such a list
/// of the files of the series, of a header whose voxels lie apart (`.nhdr`, `.mhd`, `.hdr`) that of
/// the header and its data files. Where the folder lies makes no difference.
///
/// # Errors
/// The file that cannot be read, and what the system says.
pub(crate) fn input_hash(path: &Path) -> Result<String, (PathBuf, io::Error)> {
    match files_of(path)? {
        Some((folder, files)) => list_hash(&folder, files),
        None => file_hash(path),
    }
}

/// The files of an input that lies in several, and the folder from which they are named; `None`
/// where it is one file.
pub(crate) fn files_of(path: &Path) -> Result<Option<InFolder>, (PathBuf, io::Error)> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| (path, error)
    };
    if path.is_dir() {
        let mut files = Vec::new();
        let mut folders = vec![path.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
                let below = entry.map_err(failed(&folder))?.path();
                match below.is_dir() {
                    true => folders.push(below),
                    false => files.push(below),
                }
            }
        }
        files.sort();
        return Ok(Some((path.to_owned(), files)));
    }
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    if radiome_dicom::is_dicom(path) {
        // An archive is one file, whatever is in it.
        let files = radiome_dicom::series(path).map(|series| series.paths());
        let files = files.ok().filter(|files| files.len() > 1);
        return Ok(files.map(|files| (folder, files)));
    }
    let apart = radiome_image::read::outline(path).map(|outline| outline.data_files);
    let apart = apart.ok().filter(|files| !files.is_empty());
    Ok(apart.map(|mut files| {
        files.insert(0, path.to_owned());
        (folder, files)
    }))
}

/// A folder, and files that are named from it on.
pub(crate) type InFolder = (PathBuf, Vec<PathBuf>);

/// The SHA-256 of a list of files.
fn list_hash(folder: &Path, files: Vec<PathBuf>) -> Result<String, (PathBuf, io::Error)> {
    let mut named: Vec<(String, PathBuf)> = files
        .into_iter()
        .map(|path| {
            let outside = path.file_name().map_or(path.as_path(), Path::new);
            let name = path.strip_prefix(folder).unwrap_or(outside);
            let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            (parts.join("/"), path.clone())
        })
        .collect();
    named.sort();
    let mut list = String::new();
    for (name, path) in named {
        let _ = writeln!(list, "{}  {name}", file_hash(&path)?);
    }
    Ok(hexadecimal(&Sha256::digest(list)))
}

/// The SHA-256 of a file, which need not fit into memory.
fn file_hash(path: &Path) -> Result<String, (PathBuf, io::Error)> {
    let mut hash = Sha256::new();
    let copied = fs::File::open(path).and_then(|mut file| io::copy(&mut file, &mut hash));
    copied.map_err(|error| (path.to_owned(), error))?;
    Ok(hexadecimal(&hash.finalize()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected by `sha256sum a.txt sub/b.txt`, and `sha256sum` of what it prints.
    #[test]
    fn a_folder_is_the_list_of_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::create_dir(path.join("sub")).unwrap();
        fs::write(path.join("sub/b.txt"), "two\n").unwrap();
        fs::write(path.join("a.txt"), "one\n").unwrap();
        let one = input_hash(&path.join("a.txt")).unwrap();
        assert_eq!(
            one,
            "2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
        );
        assert_eq!(
            input_hash(path).unwrap(),
            "9ddfa4bae434062e2612b1f639a90d604daf7ed6b1d7265278acaafead14c5f3"
        );
        // A header alone says nothing of its voxels.
        let header = path.join("scan.mhd");
        let text = "ObjectType = Image\nNDims = 3\nDimSize = 2 1 1\nElementSpacing = 1 1 1\nElementType = MET_UCHAR\nElementDataFile = scan.raw\n";
        fs::write(&header, text).unwrap();
        let hash_of = |voxels: [u8; 2]| {
            fs::write(path.join("scan.raw"), voxels).unwrap();
            input_hash(&header).unwrap()
        };
        assert_ne!(hash_of([1, 2]), hash_of([1, 3]));
        let missing = path.join("none");
        assert_eq!(input_hash(&missing).unwrap_err().0, missing);
    }
}
