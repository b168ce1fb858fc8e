//! JPEG-LS, lossless and nearly so (ISO 14495-1).

use super::Frames;
use super::codec::{check_size, to_bytes};

pub(super) fn decode(packed: &[u8], frames: Frames) -> Result<Vec<u8>, String> {
    let [columns, rows] = [frames.columns, frames.rows].map(|size| size as u32);
    let (numbers, width, height) =
        jpegls::decode(packed, columns, rows).map_err(|error| error.to_string())?;
    check_size(width as usize, height as usize, frames)?;
    to_bytes(numbers.iter().map(|&number| number.into()), frames)
}
