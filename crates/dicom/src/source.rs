//! Where the bytes of an object are: a file, a member of a ZIP archive, or memory.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::DicomError;
use crate::archive::Archive;

/// Largest object that is taken into memory: 4 GiB.
pub(crate) const MAX_BYTES: u64 = 1 << 32;

/// An object in a file, in an archive or in memory.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// A member of a ZIP archive, by its number there.
    Member {
        archive: Arc<Archive>,
        number: usize,
        name: String,
    },
    /// Bytes that somebody else has read.
    Memory { name: String, bytes: Arc<[u8]> },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Member { archive, name, .. } => write!(f, "{} in {}", name, archive.name()),
            Self::Memory { name, .. } => f.write_str(name),
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
            Self::Member { .. } | Self::Memory { .. } => None,
        }
    }

    /// Whether its name ends as those of DICOM files do.
    pub(crate) fn is_named_dicom(&self) -> bool {
        let name = match self {
            Self::File(path) => path.as_path(),
            Self::Member { name, .. } | Self::Memory { name, .. } => Path::new(name),
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
            } => archive.head(*number, wanted),
            Self::Memory { bytes, .. } => {
                let length = bytes
                    .len()
                    .min(usize::try_from(wanted).unwrap_or(usize::MAX));
                Ok(Head {
                    bytes: bytes.get(..length).unwrap_or_default().to_vec(),
                    total: bytes.len() as u64,
                })
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

/// The next bytes of a reader, or fewer where it ends.
pub(crate) fn take(reader: impl Read, wanted: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(wanted).read_to_end(&mut bytes)?;
    Ok(bytes)
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
            return members(Archive::open(path)?);
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

/// Files in memory, in the order of their names; a single archive is opened.
pub(crate) fn sources_in_memory(files: Vec<(String, Vec<u8>)>) -> Result<Vec<Source>, DicomError> {
    if let [(name, bytes)] = files.as_slice()
        && bytes.starts_with(ARCHIVE)
    {
        return members(Archive::in_memory(name, bytes.as_slice().into())?);
    }
    let mut files = files;
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    let memory = |(name, bytes): (String, Vec<u8>)| Source::Memory {
        name,
        bytes: bytes.into(),
    };
    Ok(files.into_iter().map(memory).collect())
}

/// The first bytes of an archive.
const ARCHIVE: &[u8] = b"PK\x03\x04";

fn is_archive(path: &Path) -> bool {
    let mut start = [0; 4];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && start == ARCHIVE
}

fn members(archive: Archive) -> Result<Vec<Source>, DicomError> {
    let archive = Arc::new(archive);
    let mut found: Vec<(usize, String)> = archive.members()?;
    found.sort_by_cached_key(|(_, name)| format!("{name} in {}", archive.name()));
    let member = |(number, name)| Source::Member {
        archive: archive.clone(),
        number,
        name,
    };
    Ok(found.into_iter().map(member).collect())
}
