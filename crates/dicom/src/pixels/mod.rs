//! Voxels: from bytes to stored numbers.

mod codec;
mod jpeg;
mod jpeg2000;
mod jpeg_12_bit;
mod jpeg_ls;
mod rle;

use std::ops::Range;

use crate::tags::{self, Tag};

use crate::DicomError;
use crate::attributes::Attributes;
use crate::object::Object;
use crate::structure::PixelData;
pub(crate) use codec::Codec;

/// Largest slice: 8,192 x 8,192.
///
/// A compressed slice of a few bytes can otherwise ask for any amount of memory.
const MAX_SLICE: usize = 1 << 26;

/// How a stored number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sample {
    /// A whole number in the lowest `stored` bits of `allocated` ones.
    Whole {
        allocated: u32,
        stored: u32,
        signed: bool,
    },
    /// 32-bit float.
    Single,
    /// 64-bit float.
    Double,
    /// One bit, eight to a byte, the first in the lowest; frames follow without a gap.
    Bit,
}

impl Sample {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Whole { allocated, .. } => allocated as usize / 8,
            Self::Single => 4,
            Self::Double => 8,
            Self::Bit => 1,
        }
    }

    /// The smallest and the largest number that can be stored, for whole ones.
    pub(crate) fn range(self) -> Option<(f64, f64)> {
        match self {
            Self::Whole { stored, signed, .. } => {
                #[allow(clippy::cast_possible_wrap)]
                let power = 2.0_f64.powi(stored as i32 - i32::from(signed));
                Some((if signed { -power } else { 0.0 }, power - 1.0))
            }
            Self::Bit => Some((0.0, 1.0)),
            Self::Single | Self::Double => None,
        }
    }
}

/// The form of the frames of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frames {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    pub(crate) count: usize,
    pub(crate) sample: Sample,
}

impl Frames {
    /// The form that the attributes describe; `pixel_data` is the tag of the voxels.
    pub(crate) fn of(attributes: Attributes<'_>, pixel_data: Tag) -> Result<Self, DicomError> {
        let a = attributes;
        let why = "it is part of the form of the image";
        let size = |tag, name| -> Result<usize, DicomError> {
            Ok(a.needed(a.whole(tag, name)?, name, why)? as usize)
        };
        let rows = size(tags::ROWS, "Rows")?;
        let columns = size(tags::COLUMNS, "Columns")?;
        let count = a.whole(tags::NUMBER_OF_FRAMES, "Number of Frames")?;
        let samples = a.whole(tags::SAMPLES_PER_PIXEL, "Samples per Pixel")?;
        if samples.unwrap_or(1) != 1 {
            return Err(DicomError::Unsupported {
                place: a.place(),
                found: format!("{} numbers a voxel", samples.unwrap_or(1)),
                hint: "colour images have no single intensity",
            });
        }
        if rows == 0 || columns == 0 || rows * columns > MAX_SLICE {
            return Err(DicomError::Value {
                place: a.place(),
                attribute: "Rows and Columns",
                found: format!("{rows} x {columns}"),
                expected: "a slice has 1 to 67,108,864 voxels",
            });
        }
        Ok(Self {
            columns,
            rows,
            count: count.unwrap_or(1) as usize,
            sample: sample(a, pixel_data)?,
        })
    }

    /// Voxels of one frame.
    pub(crate) fn area(self) -> usize {
        self.columns * self.rows
    }
}

fn sample(a: Attributes<'_>, pixel_data: Tag) -> Result<Sample, DicomError> {
    match pixel_data {
        tags::FLOAT_PIXEL_DATA => return Ok(Sample::Single),
        tags::DOUBLE_FLOAT_PIXEL_DATA => return Ok(Sample::Double),
        _ => {}
    }
    let why = "it is part of the form of the image";
    let allocated = a.whole(tags::BITS_ALLOCATED, "Bits Allocated")?;
    let allocated = a.needed(allocated, "Bits Allocated", why)?;
    let stored = a.whole(tags::BITS_STORED, "Bits Stored")?;
    let stored = stored.unwrap_or(allocated);
    let high = a.whole(tags::HIGH_BIT, "High Bit")?;
    let signed = a.whole(tags::PIXEL_REPRESENTATION, "Pixel Representation")?;
    if allocated == 1 {
        return Ok(Sample::Bit);
    }
    if !matches!(allocated, 8 | 16 | 32) || stored == 0 || stored > allocated {
        return Err(DicomError::Value {
            place: a.place(),
            attribute: "Bits Allocated and Bits Stored",
            found: format!("{allocated} and {stored}"),
            expected: "8, 16 or 32 bits with as many or fewer in use are needed",
        });
    }
    // Withdrawn from the standard in 2006; nothing is known to write it.
    if high.is_some_and(|high| high + 1 != stored) {
        return Err(DicomError::Value {
            place: a.place(),
            attribute: "High Bit",
            found: high.unwrap_or_default().to_string(),
            expected: "it must be one less than Bits Stored",
        });
    }
    Ok(Sample::Whole {
        allocated,
        stored,
        signed: signed == Some(1),
    })
}

/// The stored numbers of the frames that are wanted, as they come; each frame is handed to
/// `each` with its number.
pub(crate) fn read(
    object: &Object,
    frames: Frames,
    wanted: &[usize],
    mut each: impl FnMut(usize, &[f64]),
) -> Result<(), DicomError> {
    let Some((_, pixel_data)) = &object.pixel_data else {
        return Err(DicomError::Missing {
            place: object.place.clone(),
            attribute: "Pixel Data",
            why: "there are no voxels without it",
        });
    };
    let codec = Codec::of(&object.syntax, &object.place)?;
    let mut values = Vec::new();
    for &frame in wanted {
        if frame >= frames.count {
            return Err(DicomError::Value {
                place: object.place.clone(),
                attribute: "Number of Frames",
                found: frames.count.to_string(),
                expected: "more frames are needed",
            });
        }
        values.clear();
        match (pixel_data, codec) {
            (PixelData::Native(range), Codec::None) => {
                native(object, frames, range, frame, &mut values)?;
            }
            (PixelData::Encapsulated { offsets, fragments }, codec) if codec != Codec::None => {
                let packed = fragments_of(object, frames, offsets, fragments, frame)?;
                let bytes = codec
                    .decode(&packed, frames)
                    .map_err(|what| DicomError::Codec {
                        place: object.place.clone(),
                        frame: frame + 1,
                        what,
                    })?;
                unpack(&bytes, frames.sample, false, frames.area(), &mut values);
            }
            _ => {
                return Err(DicomError::Structure {
                    place: object.place.clone(),
                    offset: 0,
                    what: "pixel data that do not fit the transfer syntax; the file begins",
                });
            }
        }
        each(frame, &values);
    }
    Ok(())
}

/// A frame of uncompressed pixel data.
fn native(
    object: &Object,
    frames: Frames,
    range: &Range<usize>,
    frame: usize,
    values: &mut Vec<f64>,
) -> Result<(), DicomError> {
    let area = frames.area();
    let truncated = |needed: usize| DicomError::Truncated {
        place: object.place.clone(),
        needed: needed as u64,
        available: object.bytes.len() as u64,
    };
    let length = range.len();
    if frames.sample == Sample::Bit {
        let (first, last) = (frame * area, (frame + 1) * area);
        if last.div_ceil(8) > length {
            return Err(truncated(range.start + last.div_ceil(8)));
        }
        let bytes = object.bytes.get(range.clone());
        let bytes = bytes.ok_or_else(|| truncated(range.end))?;
        values.extend((first..last).map(|bit| f64::from(bytes[bit / 8] >> (bit % 8) & 1)));
        return Ok(());
    }
    let size = area * frames.sample.bytes();
    let start = range.start.saturating_add(frame.saturating_mul(size));
    let end = start.saturating_add(size);
    if end > range.end {
        return Err(DicomError::Value {
            place: object.place.clone(),
            attribute: "the length of the Pixel Data",
            found: format!("{length} bytes"),
            expected: "rows, columns and frames ask for more",
        });
    }
    let bytes = object.bytes.get(start..end).ok_or_else(|| truncated(end))?;
    if object.big_endian() && frames.sample.bytes() == 1 {
        return Err(DicomError::Unsupported {
            place: object.place.clone(),
            found: "voxels of 8 bits in big endian order".to_owned(),
            hint: "whether they are swapped in pairs is not certain; rewrite the file in little endian order",
        });
    }
    unpack(bytes, frames.sample, object.big_endian(), area, values);
    Ok(())
}

/// Numbers from bytes.
fn unpack(bytes: &[u8], sample: Sample, big_endian: bool, area: usize, values: &mut Vec<f64>) {
    values.reserve(area);
    macro_rules! numbers {
        ($type:ty) => {
            bytes
                .as_chunks()
                .0
                .iter()
                .map(move |&chunk| match big_endian {
                    true => <$type>::from_be_bytes(chunk),
                    false => <$type>::from_le_bytes(chunk),
                })
        };
    }
    match sample {
        Sample::Bit => values.extend(bytes.iter().map(|&byte| f64::from(byte))),
        Sample::Single => values.extend(numbers!(f32).map(f64::from)),
        Sample::Double => values.extend(numbers!(f64)),
        Sample::Whole {
            allocated,
            stored,
            signed,
        } => {
            // Bits above those in use may hold overlays of old: they are shifted out.
            let shift = 32 - stored;
            #[allow(clippy::cast_possible_wrap)]
            let value = |raw: u32| match signed {
                true => f64::from((raw << shift) as i32 >> shift),
                false => f64::from((raw << shift) >> shift),
            };
            match allocated {
                8 => values.extend(bytes.iter().map(|&byte| value(u32::from(byte)))),
                16 => values.extend(numbers!(u16).map(|raw| value(u32::from(raw)))),
                _ => values.extend(numbers!(u32).map(value)),
            }
        }
    }
}

/// The compressed bytes of a frame.
fn fragments_of(
    object: &Object,
    frames: Frames,
    offsets: &Range<usize>,
    fragments: &[Range<usize>],
    frame: usize,
) -> Result<Vec<u8>, DicomError> {
    let joined = |parts: &[Range<usize>]| {
        let bytes = parts
            .iter()
            .filter_map(|part| object.bytes.get(part.clone()));
        bytes.flatten().copied().collect()
    };
    if frames.count == 1 {
        return Ok(joined(fragments));
    }
    if fragments.len() == frames.count {
        return Ok(joined(fragments.get(frame..=frame).unwrap_or_default()));
    }
    let table = object.bytes.get(offsets.clone()).unwrap_or_default();
    let table: Vec<usize> = table
        .as_chunks()
        .0
        .iter()
        .map(|&entry| u32::from_le_bytes(entry) as usize)
        .collect();
    if table.len() != frames.count {
        return Err(DicomError::Unsupported {
            place: object.place.clone(),
            found: format!(
                "{} compressed fragments for {} frames without a table of offsets",
                fragments.len(),
                frames.count
            ),
            hint: "decompress the file first, for example with dcmdjpeg or gdcmconv",
        });
    }
    // Offsets count from the header of the first fragment, 8 bytes before its value.
    let first = fragments.first().map_or(0, |part| part.start);
    let begin = table.get(frame).copied().unwrap_or_default();
    let end = table.get(frame + 1).copied().unwrap_or(usize::MAX);
    let parts: Vec<Range<usize>> = fragments
        .iter()
        .filter(|part| (begin..end).contains(&(part.start - first)))
        .cloned()
        .collect();
    Ok(joined(&parts))
}
