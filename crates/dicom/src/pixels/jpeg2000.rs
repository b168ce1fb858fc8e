//! JPEG 2000, lossless and lossy (ISO 15444-1).

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::Frames;
use super::codec::{check_size, to_bytes};

/// The start of a codestream: its first two markers.
const CODESTREAM: &[u8] = &[0xFF, 0x4F, 0xFF, 0x51];
/// Where the codestream says of its first component how many bits it has and whether it is signed.
const COMPONENT: usize = 42;

pub(super) fn decode(packed: &[u8], frames: Frames) -> Result<Vec<u8>, String> {
    if !packed.starts_with(CODESTREAM) {
        return Err("it is no JPEG 2000 codestream".to_owned());
    }
    let signed = packed.get(COMPONENT).is_some_and(|bits| bits & 0x80 != 0);
    let settings = DecodeSettings {
        strict: true,
        ..DecodeSettings::default()
    };
    let image = Image::new(packed, &settings).map_err(|error| error.to_string())?;
    check_size(image.width() as usize, image.height() as usize, frames)?;
    let mut context = DecoderContext::default();
    let decoded = image
        .decode(&mut context)
        .map_err(|error| error.to_string())?;
    let [component] = decoded.components() else {
        return Err("it has colours, the header says it has none".to_owned());
    };
    // Numbers of more bits would be rounded on their way.
    if component.bit_depth() > 16 {
        return Err(format!("{} bits are not supported", component.bit_depth()));
    }
    // The decoder takes every number as one without sign, which begins at half the range.
    let shift = match signed {
        true => 1_i32 << (component.bit_depth() - 1),
        false => 0,
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let numbers =
        (component.samples().iter()).map(|&sample| (sample.round() as i32 - shift) as u32);
    to_bytes(numbers, frames)
}
