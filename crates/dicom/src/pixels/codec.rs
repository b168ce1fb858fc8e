//! Which codec a transfer syntax asks for.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Frames, jpeg, jpeg_ls, jpeg2000, rle};
use crate::DicomError;

/// How the voxels are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    None,
    Jpeg,
    JpegLs,
    Jpeg2000,
    Rle,
}

impl Codec {
    /// The codec of a transfer syntax, by its UID.
    pub(crate) fn of(uid: &str, place: &str) -> Result<Self, DicomError> {
        let (name, hint) = match uid {
            // Implicit, explicit, deflated, big endian; the encapsulated uncompressed one is not.
            "1.2.840.10008.1.2"
            | "1.2.840.10008.1.2.1"
            | "1.2.840.10008.1.2.1.99"
            | "1.2.840.10008.1.2.2" => return Ok(Self::None),
            "1.2.840.10008.1.2.4.50"
            | "1.2.840.10008.1.2.4.51"
            | "1.2.840.10008.1.2.4.57"
            | "1.2.840.10008.1.2.4.70" => return Ok(Self::Jpeg),
            "1.2.840.10008.1.2.4.80" | "1.2.840.10008.1.2.4.81" => return Ok(Self::JpegLs),
            "1.2.840.10008.1.2.4.90" | "1.2.840.10008.1.2.4.91" => return Ok(Self::Jpeg2000),
            "1.2.840.10008.1.2.5" => return Ok(Self::Rle),
            "1.2.840.10008.1.2.4.201" | "1.2.840.10008.1.2.4.202" | "1.2.840.10008.1.2.4.203" => {
                ("High-Throughput JPEG 2000", DECOMPRESS)
            }
            "1.2.840.10008.1.2.4.110" | "1.2.840.10008.1.2.4.111" | "1.2.840.10008.1.2.4.112" => {
                ("JPEG XL", DECOMPRESS)
            }
            uid if uid.starts_with("1.2.840.10008.1.2.4.10") => {
                ("video", "it is no image of slices")
            }
            "1.2.840.113619.5.2" => ("private to GE, implicit with big endian voxels", DECOMPRESS),
            _ => ("unknown", DECOMPRESS),
        };
        Err(DicomError::TransferSyntax {
            place: place.to_owned(),
            uid: uid.to_owned(),
            name,
            hint,
        })
    }

    /// The stored numbers of a compressed frame as bytes, the lowest first, as many to a number
    /// as are allocated.
    ///
    /// # Errors
    /// What is wrong, in words. A defect of a codec counts as a broken image: it must not end the
    /// program.
    pub(crate) fn decode(self, packed: &[u8], frames: Frames) -> Result<Vec<u8>, String> {
        check_ratio(packed, frames)?;
        let decode = || match self {
            Self::Jpeg => jpeg::decode(packed, frames),
            Self::JpegLs => jpeg_ls::decode(packed, frames),
            Self::Jpeg2000 => jpeg2000::decode(packed, frames),
            Self::Rle => rle::decode(packed, frames),
            Self::None => Err("it is not compressed".to_owned()),
        };
        let bytes = catch_unwind(AssertUnwindSafe(decode))
            .unwrap_or_else(|_| Err("the decoder gave up".to_owned()))?;
        let needed = frames.area() * frames.sample.bytes();
        match bytes.len() == needed {
            true => Ok(bytes),
            false => Err(format!(
                "it unpacks to {} bytes instead of {needed}",
                bytes.len()
            )),
        }
    }
}

/// A slice of so many voxels, 2,048 x 2,048, may be compressed to nothing: it may be blank.
const BLANK: usize = 1 << 22;
/// Beyond, most voxels that one compressed byte may stand for.
const RATIO: usize = 4096;

/// Refuses a frame that claims far more voxels than its bytes can stand for: decoders reserve them
/// before they look.
fn check_ratio(packed: &[u8], frames: Frames) -> Result<(), String> {
    let most = packed.len().saturating_mul(RATIO).max(BLANK);
    match frames.area() <= most {
        true => Ok(()),
        false => Err(format!(
            "{} bytes cannot hold {} x {} voxels",
            packed.len(),
            frames.columns,
            frames.rows
        )),
    }
}

const DECOMPRESS: &str = "decompress the files first, for example with gdcmconv --raw";

/// Numbers as bytes, as many to each as are allocated.
pub(super) fn to_bytes(
    numbers: impl Iterator<Item = u32>,
    frames: Frames,
) -> Result<Vec<u8>, String> {
    match frames.sample.bytes() {
        1 => {
            let narrow = numbers.map(|number| u8::try_from(number & 0xFF));
            narrow.collect::<Result<_, _>>().map_err(|e| e.to_string())
        }
        2 => Ok(numbers
            .flat_map(|number| {
                let [low, high, ..] = number.to_le_bytes();
                [low, high]
            })
            .collect()),
        count => Err(format!("{count} bytes a voxel do not fit this compression")),
    }
}

/// Refuses a compressed image of another size than the header says.
pub(super) fn check_size(width: usize, height: usize, frames: Frames) -> Result<(), String> {
    if (width, height) == (frames.columns, frames.rows) {
        return Ok(());
    }
    Err(format!(
        "it has {width} x {height} voxels, the header says {} x {}",
        frames.columns, frames.rows
    ))
}
