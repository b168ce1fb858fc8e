//! JPEG, baseline, extended and lossless (ISO 10918-1).

use jpeg_decoder::{Decoder, PixelFormat};

use super::codec::{check_size, to_bytes};
use super::{Frames, jpeg_12_bit};

pub(super) fn decode(packed: &[u8], frames: Frames) -> Result<Vec<u8>, String> {
    if !ends(packed) {
        return Err("it has no end".to_owned());
    }
    if jpeg_12_bit::is_12_bit(packed) {
        return jpeg_12_bit::decode(packed, frames);
    }
    let mut decoder = Decoder::new(packed);
    decoder.set_max_decoding_buffer_size(frames.area() * 2);
    decoder.read_info().map_err(|error| error.to_string())?;
    let info = decoder.info().ok_or("it has no header")?;
    check_size(info.width.into(), info.height.into(), frames)?;
    let bytes = match info.pixel_format {
        PixelFormat::L8 | PixelFormat::L16 => {
            decoder.decode().map_err(|error| error.to_string())?
        }
        PixelFormat::RGB24 | PixelFormat::CMYK32 => {
            return Err("it has colours, the header says it has none".to_owned());
        }
    };
    match info.pixel_format {
        PixelFormat::L16 => {
            let (numbers, _) = bytes.as_chunks();
            to_bytes(
                numbers.iter().map(|&n| u16::from_ne_bytes(n).into()),
                frames,
            )
        }
        _ => to_bytes(bytes.iter().map(|&byte| byte.into()), frames),
    }
}

/// Whether the end-of-image marker is there: the decoder takes a file that was cut short for one
/// whose last lines are black.
fn ends(packed: &[u8]) -> bool {
    let filled = packed.iter().rposition(|&byte| byte != 0);
    let used = packed.get(..filled.map_or(0, |last| last + 1));
    used.unwrap_or_default().ends_with(&[0xFF, 0xD9])
}
