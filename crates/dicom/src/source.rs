//! Where the bytes of an object are: a file, or a member of a ZIP archive.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::DicomError;

/// Largest object that is taken into memory: 4 GiB.
pub(crate) const MAX_BYTES: u64 = 1 << 32;

/// An object in a file or in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// A member of a ZIP archive, by its number there.
    Member {
        archive: Arc<Path>,
        number: usize,
        name: String,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Member { archive, name, .. } => write!(f, "{} in {}", name, archive.display()),
        }
    }
}

/// The first bytes of an object, and how long it is.
pub(crate) struct Head {
    pub(crate) bytes: Vec<u8>,
    pub(crate) total: u64,
}

impl Source {
    /// The file, if it is one.
    pub(crate) fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Member { .. } => None,
        }
    }

    /// Whether its name ends as those of DICOM files do.
    pub(crate) fn is_named_dicom(&self) -> bool {
        let name = match self {
            Self::File(path) => path.as_path(),
            Self::Member { name, .. } => Path::new(name),
        };
        let ending = name.extension();
        ending.is_some_and(|e| e.eq_ignore_ascii_case("dcm") || e.eq_ignore_ascii_case("ima"))
    }

    /// The first `wanted` bytes, or fewer where the object is shorter.
    pub(crate) fn head(&self, wanted: u64) -> Result<Head, DicomError> {
        match self {
            Self::File(path) => {
                let failed = |source| DicomError::Open {
                    path: path.clone(),
                    source,
                };
                let file = File::open(path).map_err(failed)?;
                let total = file.metadata().map_err(failed)?.len();
                let bytes = take(file, wanted.min(total)).map_err(failed)?;
                Ok(Head { bytes, total })
            }
            Self::Member {
                archive, number, ..
            } => {
                let failed = |source| DicomError::Open {
                    path: archive.to_path_buf(),
                    source,
                };
                let mut opened = open_archive(archive)?;
                let member = opened
                    .by_index(*number)
                    .map_err(|error| failed(io::Error::other(error)))?;
                let claimed = member.size();
                let bytes = take(member, wanted.min(claimed)).map_err(failed)?;
                // An archive may lie about the length of a member that is shorter.
                let total = match (bytes.len() as u64) < wanted.min(claimed) {
                    true => bytes.len() as u64,
                    false => claimed,
                };
                Ok(Head { bytes, total })
            }
        }
    }

    /// All bytes.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, DicomError> {
        let head = self.head(MAX_BYTES)?;
        if head.total > MAX_BYTES {
            return Err(DicomError::TooLarge {
                place: self.to_string(),
                what: format!("the file has {} bytes", head.total),
                limit: MAX_BYTES,
            });
        }
        Ok(head.bytes)
    }
}

fn take(reader: impl Read, wanted: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(wanted).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn open_archive(path: &Path) -> Result<zip::ZipArchive<BufReader<File>>, DicomError> {
    let failed = |source| DicomError::Open {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    zip::ZipArchive::new(BufReader::new(file)).map_err(|error| failed(io::Error::other(error)))
}

/// Every file at a path, in the order of their names: the file itself, the members of an archive,
/// or everything below a folder (archives in it are not opened). Links to folders are not followed.
/// Without `deep`, folders in the folder are passed over.
pub(crate) fn sources(path: &Path, deep: bool) -> Result<Vec<Source>, DicomError> {
    let failed = |path: &Path, source| DicomError::Open {
        path: path.to_owned(),
        source,
    };
    let metadata = std::fs::metadata(path).map_err(|source| failed(path, source))?;
    if metadata.is_file() {
        if is_archive(path) {
            return members(path);
        }
        return Ok(vec![Source::File(path.to_owned())]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|source| failed(&folder, source))?;
        for entry in entries {
            let entry = entry.map_err(|source| failed(&folder, source))?;
            let kind = entry
                .file_type()
                .map_err(|source| failed(&folder, source))?;
            let below = entry.path();
            if kind.is_dir() {
                if deep {
                    folders.push(below);
                }
            } else if std::fs::metadata(&below).is_ok_and(|metadata| metadata.is_file()) {
                found.push(below);
            }
        }
    }
    found.sort();
    Ok(found.into_iter().map(Source::File).collect())
}

fn is_archive(path: &Path) -> bool {
    let mut start = [0; 4];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && start == *b"PK\x03\x04"
}

fn members(path: &Path) -> Result<Vec<Source>, DicomError> {
    let archive: Arc<Path> = path.into();
    let mut opened = open_archive(path)?;
    let mut found = Vec::new();
    for number in 0..opened.len() {
        let member = opened.by_index(number).map_err(|error| DicomError::Open {
            path: path.to_owned(),
            source: io::Error::other(error),
        })?;
        if member.is_file() {
            found.push(Source::Member {
                archive: archive.clone(),
                number,
                name: member.name().to_owned(),
            });
        }
    }
    found.sort_by_key(ToString::to_string);
    Ok(found)
}
