//! The voxels: raw, compressed or as text, in one file or in several.

use std::io::{BufRead, Read, Seek, SeekFrom};
use std::path::Path;

use super::super::storage::{Opened, Storage};
use super::super::voxels::{self, ByteOrder, Channels};
use super::super::{ReadError, text};
use super::bad;
use super::header::{Encoding, Files, Header};
use crate::PixelType;

/// How numbers are written.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    pub(super) channels: Channels,
    pub(super) pixel_type: PixelType,
    pub(super) encoding: Encoding,
    pub(super) order: ByteOrder,
}

/// Reads the numbers of `count` voxels, one a voxel.
pub(super) fn values(
    storage: Storage<'_>,
    path: &Path,
    header: &Header,
    count: usize,
    numbers: Numbers,
) -> Result<Vec<f64>, ReadError> {
    let skip = header.skip(path)?;
    let files = match header.files(path)? {
        Files::Local(end) => {
            let skip = match skip {
                Some(0) => Some(end),
                other => other,
            };
            return of_file(storage, path, skip, count, numbers);
        }
        Files::Apart(files) => files,
    };
    if files.is_empty() || !count.is_multiple_of(files.len()) {
        let found = files.len();
        return Err(bad(
            path,
            format!("{count} voxels cannot lie in {found} files of one size"),
        ));
    }
    let each = count / files.len();
    let mut values = Vec::new();
    for file in &files {
        values.append(&mut of_file(storage, file, skip, each, numbers)?);
    }
    Ok(values)
}

/// The numbers of `count` voxels that lie after `skip` bytes of a file, or at its end.
fn of_file(
    storage: Storage<'_>,
    path: &Path,
    skip: Option<u64>,
    count: usize,
    numbers: Numbers,
) -> Result<Vec<f64>, ReadError> {
    let Numbers {
        channels,
        pixel_type,
        encoding,
        order,
    } = numbers;
    let data_error = |source| ReadError::Data {
        path: path.into(),
        source,
    };
    let Opened {
        length: stored,
        mut stream,
    } = storage.open(path)?;
    let total = channels.total(count) as u64;
    let needed = total.saturating_mul(pixel_type.byte_count() as u64);
    let skip = match skip {
        Some(skip) => skip,
        None if encoding == Encoding::Raw => stored.saturating_sub(needed),
        None => {
            return Err(bad(
                path,
                "`HeaderSize = -1` needs voxels that are not compressed".into(),
            ));
        }
    };
    let length = stored.saturating_sub(skip);
    stream.seek(SeekFrom::Start(skip)).map_err(data_error)?;
    match encoding {
        Encoding::Raw => {
            voxels::check_length(path, needed, length, false)?;
            voxels::read_values(path, &mut stream, count, channels, pixel_type, order)
        }
        Encoding::Compressed => {
            voxels::check_length(path, needed, length, true)?;
            let start = stream.fill_buf().map_err(data_error)?;
            let mut stream: Box<dyn Read> = match start.starts_with(&[0x1f, 0x8b]) {
                true => Box::new(flate2::bufread::MultiGzDecoder::new(stream)),
                false => Box::new(flate2::bufread::ZlibDecoder::new(stream)),
            };
            let values =
                voxels::read_values(path, &mut stream, count, channels, pixel_type, order)?;
            voxels::finish(path, &mut stream)?;
            Ok(values)
        }
        Encoding::Text => {
            voxels::check_length(path, text::shortest(total), length, false)?;
            let mut found = String::new();
            stream
                .take(length)
                .read_to_string(&mut found)
                .map_err(data_error)?;
            text::parse(path, &found, count, channels, pixel_type)
        }
    }
}
