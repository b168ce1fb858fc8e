//! MetaImage files: attached (`.mha`) and detached (`.mhd` with data files).
//!
//! - Positions are in LPS, as in ITK; `AnatomicalOrientation` is not asked for an orientation.
//! - A row of `TransformMatrix` is the direction of an axis, so the matrix of directions is its
//!   transpose.
//! - `MET_LONG` has 32 bits; 64 have `MET_LONG_LONG`.
//! - Compressed voxels are one zlib stream (or gzip) a file.
//! - A slope or an offset of intensities is refused: ITK passes over them, other readers do not.
//!
//! Sources: the MetaIO documentation (itk.org/Wiki/ITK/MetaIO/Documentation); `metaImage.cxx` and
//! `itkMetaImageIO.cxx` of ITK 5.4.

mod data;
mod header;

use std::path::Path;

use super::storage::Storage;
use super::{Outline, ReadError, Wanted, check_geometry, count_voxels};
use crate::{Geometry, Image};
use header::{Files, Header};

/// Whether these are the first bytes of a MetaImage header: lines `Key = Value`.
pub(super) fn recognise(start: &[u8]) -> bool {
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or(start);
    let key = line.split(|&byte| byte == b'=').next().unwrap_or(line);
    let has_value = key.len() < line.len();
    let is_word = |key: &[u8]| !key.is_empty() && key.iter().all(u8::is_ascii_alphabetic);
    let known = [b"ObjectType".as_slice(), b"NDims", b"DimSize"]
        .iter()
        .any(|word| start.windows(word.len()).any(|window| window == *word));
    has_value && is_word(key.trim_ascii()) && known
}

/// Reads the image in `path`.
pub(super) fn read(storage: Storage<'_>, path: &Path, wanted: Wanted) -> Result<Image, ReadError> {
    let header = Header::read(path, &mut storage.open(path)?.stream)?;
    let (geometry, count) = grid(path, &header)?;
    let pixel_type = header.pixel_type(path)?;
    header.check_intensities(path)?;
    let channels = wanted.of(path, header.channels(path)?)?;
    let encoding = header.encoding(path)?;
    let numbers = data::Numbers {
        channels,
        pixel_type,
        encoding,
        order: header.byte_order(path)?,
    };
    let values = data::values(storage, path, &header, count, numbers)?;
    Ok(Image {
        geometry,
        pixel_type,
        values,
    })
}

/// The grid of the image in `path`, and the files that hold its voxels.
pub(super) fn outline(storage: Storage<'_>, path: &Path) -> Result<Outline, ReadError> {
    let header = Header::read(path, &mut storage.open(path)?.stream)?;
    Ok(Outline {
        geometry: grid(path, &header)?.0,
        data_files: match header.files(path)? {
            Files::Local(_) => Vec::new(),
            Files::Apart(files) => files,
        },
    })
}

/// The grid, and how many voxels it has.
fn grid(path: &Path, header: &Header) -> Result<(Geometry, usize), ReadError> {
    let size = header.size(path)?;
    let count = count_voxels(path, size)?;
    let geometry = Geometry {
        size,
        ..header.geometry(path)?
    };
    check_geometry(path, &geometry)?;
    Ok((geometry, count))
}

fn bad(path: &Path, what: String) -> ReadError {
    ReadError::Header {
        path: path.into(),
        what,
    }
}
