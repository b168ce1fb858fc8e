//! The voxels: raw, packed or as text.

use std::io::{BufRead, Read, Seek, SeekFrom};
use std::path::Path;

use super::super::ReadError;
use super::super::voxels::{self, ByteOrder, Channels, Picker};
use super::bad;
use super::header::{Encoding, Header};
use crate::PixelType;

/// A file that holds voxels, and how many bytes of it are left for them.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) length: u64,
}

/// How the numbers of so many voxels are written.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    pub(super) count: usize,
    pub(super) channels: Channels,
    pub(super) pixel_type: PixelType,
    pub(super) encoding: Encoding,
    pub(super) order: ByteOrder,
}

/// Reads the voxels that follow in `stream`.
pub(super) fn values(
    header: &Header,
    source: &Source<'_>,
    stream: &mut (impl BufRead + Seek),
    numbers: Numbers,
) -> Result<Vec<f64>, ReadError> {
    let path = source.path;
    let Numbers {
        count,
        channels,
        pixel_type,
        encoding,
        order,
    } = numbers;
    let total = channels.total(count) as u64;
    let data_error = |source| ReadError::Data {
        path: path.into(),
        source,
    };
    let needed = total.saturating_mul(pixel_type.byte_count() as u64);
    let mut length = source.length;
    for _ in 0..header
        .number(path, &["line skip", "lineskip"])?
        .unwrap_or(0)
    {
        let skipped = stream.skip_until(b'\n').map_err(data_error)? as u64;
        if skipped == 0 {
            break;
        }
        length = length.saturating_sub(skipped);
    }
    let skip = header
        .number(path, &["byte skip", "byteskip"])?
        .unwrap_or(0);
    match encoding {
        Encoding::Raw => {
            // -1: the voxels are the last bytes of the file.
            let skip = match u64::try_from(skip) {
                Ok(skip) => skip,
                Err(_) if skip == -1 => length.saturating_sub(needed),
                Err(_) => return Err(bad(path, format!("`byte skip: {skip}` is too low"))),
            };
            voxels::check_length(path, needed.saturating_add(skip), length, false)?;
            let skip = i64::try_from(skip).unwrap_or(i64::MAX);
            stream.seek(SeekFrom::Current(skip)).map_err(data_error)?;
            voxels::read_values(path, stream, count, channels, pixel_type, order)
        }
        Encoding::Gzip => {
            let skip = u64::try_from(skip)
                .map_err(|_| bad(path, format!("`byte skip: {skip}` needs raw encoding")))?;
            voxels::check_length(path, needed.saturating_add(skip), length, true)?;
            let mut stream = flate2::bufread::MultiGzDecoder::new(stream);
            std::io::copy(&mut (&mut stream).take(skip), &mut std::io::sink())
                .map_err(data_error)?;
            let values =
                voxels::read_values(path, &mut stream, count, channels, pixel_type, order)?;
            voxels::finish(path, &mut stream)?;
            Ok(values)
        }
        Encoding::Text => {
            // The shortest value is one digit and a blank.
            let shortest = total.saturating_mul(2).saturating_sub(1);
            voxels::check_length(path, shortest, length, false)?;
            let mut text = String::new();
            stream
                .take(length)
                .read_to_string(&mut text)
                .map_err(data_error)?;
            parse_text(path, &text, numbers)
        }
    }
}

fn parse_text(path: &Path, text: &str, numbers: Numbers) -> Result<Vec<f64>, ReadError> {
    let pixel_type = numbers.pixel_type;
    let total = numbers.channels.total(numbers.count);
    let mut values = Vec::new();
    let mut picker = Picker::new(numbers.channels);
    let mut found = 0;
    for word in text.split_whitespace().take(total) {
        let value: f64 = word
            .parse()
            .map_err(|_| bad(path, format!("the voxel value `{word}` is no number")))?;
        let stored = pixel_type.stored(value);
        if pixel_type.is_integer() && stored != value {
            return Err(bad(
                path,
                format!("the voxel value `{word}` is no {pixel_type}"),
            ));
        }
        picker.pick(&[stored], &mut values);
        found += 1;
    }
    if found < total {
        return Err(ReadError::Truncated {
            path: path.into(),
            needed: (total as u64).saturating_mul(2),
            available: text.len() as u64,
        });
    }
    Ok(values)
}
