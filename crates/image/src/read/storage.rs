//! Where files are: on the disk, or in memory already.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;

use super::ReadError;

/// A file of which voxels are read.
pub(super) struct Opened<'a> {
    /// Its length in bytes.
    pub(super) length: u64,
    /// Its bytes, from the first on.
    pub(super) stream: Stream<'a>,
}

/// The bytes of a file.
pub(super) type Stream<'a> = BufReader<Box<dyn ReadSeek + 'a>>;

/// What a file and bytes in memory have in common.
pub(super) trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Where the files of a read are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Storage<'a> {
    /// On the disk.
    Disk,
    /// In memory: names and bytes. A name that is not among them is a file that is absent.
    Memory(&'a [(&'a Path, &'a [u8])]),
}

impl<'a> Storage<'a> {
    /// Opens a file by its path.
    pub(super) fn open(self, path: &Path) -> Result<Opened<'a>, ReadError> {
        let open_error = |source| ReadError::Open {
            path: path.into(),
            source,
        };
        let (length, stream): (u64, Box<dyn ReadSeek + 'a>) = match self {
            Self::Disk => {
                let metadata = std::fs::metadata(path).map_err(open_error)?;
                // Asked before it is opened: a pipe would wait for somebody to write.
                if !metadata.is_file() {
                    return Err(ReadError::NotAFile { path: path.into() });
                }
                let file = File::open(path).map_err(open_error)?;
                (metadata.len(), Box::new(file))
            }
            Self::Memory(files) => {
                let bytes = bytes_of(files, path).ok_or_else(|| {
                    open_error(std::io::Error::new(
                        std::io::ErrorKind::NotFound,
                        "it is not among the files given",
                    ))
                })?;
                (bytes.len() as u64, Box::new(Cursor::new(bytes)))
            }
        };
        Ok(Opened {
            length,
            stream: BufReader::with_capacity(1 << 16, stream),
        })
    }

    /// Whether there is such a file.
    pub(super) fn exists(self, path: &Path) -> bool {
        match self {
            Self::Disk => path.exists(),
            Self::Memory(files) => bytes_of(files, path).is_some(),
        }
    }
}

fn bytes_of<'a>(files: &[(&Path, &'a [u8])], path: &Path) -> Option<&'a [u8]> {
    let mut files = files.iter();
    files
        .find(|(name, _)| *name == path)
        .map(|&(_, bytes)| bytes)
}
