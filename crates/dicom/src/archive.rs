//! ZIP archives: read in place, never unpacked to the disk, so that names in them are only names.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;

use crate::DicomError;
use crate::source::{Head, take};

/// Largest factor by which deflate expands.
const DEFLATE_RATIO: u64 = 1032;

/// An archive whose directory was read once.
pub(crate) struct Archive {
    name: String,
    opened: ZipArchive<Bytes>,
}

impl fmt::Debug for Archive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Archive").field(&self.name).finish()
    }
}

impl Archive {
    /// Opens a file.
    pub(crate) fn open(path: &Path) -> Result<Self, DicomError> {
        let bytes = Bytes::File {
            path: path.into(),
            opened: None,
            place: 0,
        };
        Self::of(path.display().to_string(), bytes)
    }

    /// Opens an archive in memory.
    pub(crate) fn in_memory(name: &str, bytes: Arc<[u8]>) -> Result<Self, DicomError> {
        Self::of(name.to_owned(), Bytes::Memory(Cursor::new(bytes)))
    }

    fn of(name: String, bytes: Bytes) -> Result<Self, DicomError> {
        match ZipArchive::new(bytes) {
            Ok(opened) => Ok(Self { name, opened }),
            Err(error) => Err(broken(&name, error)),
        }
    }

    /// Its path, or what it is called in memory.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The files in it: number and name.
    pub(crate) fn members(&self) -> Result<Vec<(usize, String)>, DicomError> {
        let mut opened = self.opened.clone();
        let mut found = Vec::new();
        for number in 0..opened.len() {
            let member = opened.by_index_raw(number);
            let member = member.map_err(|error| broken(&self.name, error))?;
            if member.is_file() {
                found.push((number, member.name().to_owned()));
            }
        }
        Ok(found)
    }

    /// The first `wanted` bytes of a member, or fewer where it is shorter.
    pub(crate) fn head(&self, number: usize, wanted: u64) -> Result<Head, DicomError> {
        // The directory is shared; only the handle of the file is new.
        let mut opened = self.opened.clone();
        let member = opened.by_index(number);
        let member = member.map_err(|error| broken(&self.name, error))?;
        let claimed = member.size();
        if claimed > member.compressed_size().saturating_mul(DEFLATE_RATIO) {
            return Err(DicomError::Truncated {
                place: format!("{} in {}", member.name(), self.name),
                needed: claimed,
                available: member.compressed_size().saturating_mul(DEFLATE_RATIO),
            });
        }
        let bytes =
            take(member, wanted.min(claimed)).map_err(|source| open_error(&self.name, source))?;
        // An archive may lie about the length of a member that is shorter.
        let total = match (bytes.len() as u64) < wanted.min(claimed) {
            true => bytes.len() as u64,
            false => claimed,
        };
        Ok(Head { bytes, total })
    }
}

fn broken(name: &str, error: zip::result::ZipError) -> DicomError {
    open_error(name, io::Error::other(error))
}

fn open_error(name: &str, source: io::Error) -> DicomError {
    DicomError::Open {
        path: PathBuf::from(name),
        source,
    }
}

/// The bytes of an archive. A copy reads on its own: the file is opened again when it is asked.
enum Bytes {
    File {
        path: Arc<Path>,
        opened: Option<BufReader<File>>,
        place: u64,
    },
    Memory(Cursor<Arc<[u8]>>),
}

impl Clone for Bytes {
    fn clone(&self) -> Self {
        match self {
            Self::File { path, place, .. } => Self::File {
                path: path.clone(),
                opened: None,
                place: *place,
            },
            Self::Memory(bytes) => Self::Memory(bytes.clone()),
        }
    }
}

/// The file, opened where it is not yet.
fn handle<'a>(
    path: &Path,
    opened: &'a mut Option<BufReader<File>>,
    place: u64,
) -> io::Result<&'a mut BufReader<File>> {
    if opened.is_none() {
        let mut file = BufReader::new(File::open(path)?);
        file.seek(SeekFrom::Start(place))?;
        *opened = Some(file);
    }
    opened
        .as_mut()
        .ok_or_else(|| io::ErrorKind::NotFound.into())
}

impl Read for Bytes {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File {
                path,
                opened,
                place,
            } => {
                let got = handle(path, opened, *place)?.read(block)?;
                *place += got as u64;
                Ok(got)
            }
            Self::Memory(bytes) => bytes.read(block),
        }
    }
}

impl Seek for Bytes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File {
                path,
                opened,
                place,
            } => {
                *place = handle(path, opened, *place)?.seek(to)?;
                Ok(*place)
            }
            Self::Memory(bytes) => bytes.seek(to),
        }
    }
}
