//! From bytes to values, never more of them than were promised.

use std::io::{self, Read};
use std::path::Path;

use super::ReadError;
use crate::PixelType;

/// Bytes enough to recognise any format: a whole NIfTI-2 header.
pub(super) const HEADER_PROBE: usize = 540;

/// The largest factor by which deflate can expand its input.
const DEFLATE_RATIO: u64 = 1032;

/// Order of the bytes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

/// The numbers of a file that are read: all of them, or one channel of every voxel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Channels {
    /// Numbers a voxel.
    pub(super) count: usize,
    /// Which of them is read, from 0.
    pub(super) wanted: usize,
    /// Numbers of one channel that lie side by side before those of the next: 1 where the numbers
    /// of a voxel lie together, the number of voxels where each channel is a volume.
    pub(super) run: usize,
}

impl Channels {
    /// One number a voxel.
    pub(super) const SCALAR: Self = Self {
        count: 1,
        wanted: 0,
        run: 1,
    };

    /// Numbers that so many voxels have in the file; more than a file can hold where that is no
    /// number of this machine.
    pub(super) fn total(self, voxels: usize) -> usize {
        voxels.saturating_mul(self.count)
    }
}

/// Picks the numbers of one channel out of all that pass.
pub(super) struct Picker {
    channels: Channels,
    /// Channel of the next number.
    channel: usize,
    /// Numbers of its run that have passed.
    passed: usize,
}

impl Picker {
    pub(super) fn new(channels: Channels) -> Self {
        Self {
            channels,
            channel: 0,
            passed: 0,
        }
    }

    /// Appends those of the next numbers that are wanted.
    pub(super) fn pick(&mut self, numbers: &[f64], values: &mut Vec<f64>) {
        let Channels { count, wanted, run } = self.channels;
        if run == 1 && count > 0 {
            // Runs of one number: stepping over the others is several times faster.
            let first = (wanted + count - self.channel) % count;
            values.extend(numbers.iter().skip(first).step_by(count));
            self.channel = (self.channel + numbers.len() % count) % count;
            return;
        }
        let mut rest = numbers;
        while !rest.is_empty() {
            let left = run.saturating_sub(self.passed).max(1);
            let (now, later) = rest.split_at(left.min(rest.len()));
            if self.channel == wanted {
                values.extend_from_slice(now);
            }
            rest = later;
            self.passed += now.len();
            if self.passed >= run {
                self.passed = 0;
                self.channel = (self.channel + 1) % count.max(1);
            }
        }
    }
}

/// Compares the promised bytes with what the file can hold at best.
pub(super) fn check_length(
    path: &Path,
    needed: u64,
    stored: u64,
    compressed: bool,
) -> Result<(), ReadError> {
    let available = if compressed {
        stored.saturating_mul(DEFLATE_RATIO)
    } else {
        stored
    };
    if needed <= available {
        return Ok(());
    }
    Err(ReadError::Truncated {
        path: path.into(),
        needed,
        available,
    })
}

/// Reads the numbers of `count` voxels and keeps one a voxel. Memory grows with what arrives, not
/// with what was promised.
pub(super) fn read_values(
    path: &Path,
    reader: &mut impl Read,
    count: usize,
    channels: Channels,
    pixel_type: PixelType,
    order: ByteOrder,
) -> Result<Vec<f64>, ReadError> {
    let width = pixel_type.byte_count();
    let total = channels.total(count);
    let needed = (total as u64).saturating_mul(width as u64);
    let mut values: Vec<f64> = Vec::new();
    let mut picker = Picker::new(channels);
    let mut numbers: Vec<f64> = Vec::new();
    let mut buffer = vec![0_u8; 1 << 16];
    let mut read = 0;
    while read < total {
        let wanted = (buffer.len() / width).min(total - read) * width;
        let Some(block) = buffer.get_mut(..wanted) else {
            break;
        };
        let got = fill(reader, block).map_err(|source| ReadError::Data {
            path: path.into(),
            source,
        })?;
        if got < wanted {
            return Err(ReadError::Truncated {
                path: path.into(),
                needed,
                available: (read * width + got) as u64,
            });
        }
        if values.try_reserve(wanted / width).is_err() {
            return Err(ReadError::Data {
                path: path.into(),
                source: io::ErrorKind::OutOfMemory.into(),
            });
        }
        read += wanted / width;
        check_exact(path, block, pixel_type, order)?;
        if channels.count == 1 {
            decode(block, pixel_type, order, &mut values);
        } else {
            numbers.clear();
            decode(block, pixel_type, order, &mut numbers);
            picker.pick(&numbers, &mut values);
        }
    }
    Ok(values)
}

/// Reads one byte past the end, so that a compressed stream compares its checksum.
pub(super) fn finish(path: &Path, reader: &mut impl Read) -> Result<(), ReadError> {
    let more = reader.read(&mut [0_u8]);
    more.map(|_bytes| ()).map_err(|source| ReadError::Data {
        path: path.into(),
        source,
    })
}

/// Reads until the block is full or the stream ends.
pub(super) fn fill(reader: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while let Some(rest) = block.get_mut(got..)
        && !rest.is_empty()
    {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(bytes) => got += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A compressed stream that stops early is a short file, told as such.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

/// The largest whole number below which every other one is a 64-bit real number.
pub(super) const EXACT: u64 = 1 << 53;

/// Refuses whole numbers that would fall together with their neighbours.
fn check_exact(
    path: &Path,
    block: &[u8],
    pixel_type: PixelType,
    order: ByteOrder,
) -> Result<(), ReadError> {
    let (chunks, _) = block.as_chunks::<8>();
    let mut bits = chunks.iter().map(|&chunk| match order {
        ByteOrder::Little => u64::from_le_bytes(chunk),
        ByteOrder::Big => u64::from_be_bytes(chunk),
    });
    let signed = |bits: u64| bits.cast_signed();
    let beyond = match pixel_type {
        PixelType::U64 => bits.find(|&n| n > EXACT).map(|n| n.to_string()),
        PixelType::I64 => bits
            .map(signed)
            .find(|n| n.unsigned_abs() > EXACT)
            .map(|n| n.to_string()),
        _ => None,
    };
    match beyond {
        None => Ok(()),
        Some(value) => Err(ReadError::BeyondExact {
            path: path.into(),
            value,
        }),
    }
}

#[allow(clippy::cast_precision_loss)]
fn decode(block: &[u8], pixel_type: PixelType, order: ByteOrder, values: &mut Vec<f64>) {
    macro_rules! numbers {
        ($number:ty) => {{
            let (chunks, _) = block.as_chunks();
            match order {
                ByteOrder::Little => {
                    values.extend(chunks.iter().map(|&c| <$number>::from_le_bytes(c) as f64));
                }
                ByteOrder::Big => {
                    values.extend(chunks.iter().map(|&c| <$number>::from_be_bytes(c) as f64));
                }
            }
        }};
    }
    match pixel_type {
        PixelType::U8 => numbers!(u8),
        PixelType::I8 => numbers!(i8),
        PixelType::U16 => numbers!(u16),
        PixelType::I16 => numbers!(i16),
        PixelType::U32 => numbers!(u32),
        PixelType::I32 => numbers!(i32),
        PixelType::U64 => numbers!(u64),
        PixelType::I64 => numbers!(i64),
        PixelType::F32 => numbers!(f32),
        PixelType::F64 => numbers!(f64),
    }
}
