//! The voxels: raw, packed or as text.

use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::path::Path;

use super::super::voxels::{self, ByteOrder, Channels};
use super::super::{ReadError, text};
use super::bad;
use super::header::{Encoding, Header};
use crate::PixelType;

/// Most bytes that are passed over in data that bzip2 has packed.
const MAX_SKIP: u64 = 1 << 24;

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
        Encoding::Bzip2 => {
            let skip = u64::try_from(skip)
                .map_err(|_| bad(path, format!("`byte skip: {skip}` needs raw encoding")))?;
            // No length can be refused: bzip2 packs a million equal bytes into a few. Memory
            // grows with what comes out, and never beyond the largest image; what is skipped
            // costs time alone.
            if skip > MAX_SKIP {
                return Err(bad(path, format!("`byte skip: {skip}` is too high")));
            }
            let mut stream = bzip2_rs::DecoderReader::new(stream.take(length));
            std::io::copy(&mut (&mut stream).take(skip), &mut std::io::sink())
                .map_err(data_error)?;
            voxels::read_values(path, &mut stream, count, channels, pixel_type, order)
        }
        Encoding::Hexadecimal => {
            voxels::check_length(path, needed.saturating_mul(2), length, false)?;
            let mut stream = Hexadecimal(stream.take(length));
            voxels::read_values(path, &mut stream, count, channels, pixel_type, order)
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

/// Bytes written as two hexadecimal digits each; blanks and line breaks between them are passed over.
struct Hexadecimal<R>(R);

impl<R: BufRead> Read for Hexadecimal<R> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let mut digits = [0_u8; 2];
        let mut filled = 0;
        for place in block {
            let mut found = 0;
            while let Some(digit) = digits.get_mut(found) {
                let Some(&next) = self.0.fill_buf()?.first() else {
                    return Ok(filled);
                };
                self.0.consume(1);
                if next.is_ascii_whitespace() {
                    continue;
                }
                let value = char::from(next)
                    .to_digit(16)
                    .and_then(|v| u8::try_from(v).ok());
                let Some(value) = value else {
                    let text = "a character that is no hexadecimal digit";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, text));
                };
                *digit = value;
                found += 1;
            }
            *place = 16 * digits[0] + digits[1];
            filled += 1;
        }
        Ok(filled)
    }
}
