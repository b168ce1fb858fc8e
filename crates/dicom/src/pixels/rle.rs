//! Run-length encoding (PS3.5 annex G): one segment a byte of the number, the highest first, each
//! packed as Apple's PackBits.

use super::Frames;

const HEADER: usize = 64;

pub(super) fn decode(packed: &[u8], frames: Frames) -> Result<Vec<u8>, String> {
    let word = |place: usize| -> Option<usize> {
        let bytes = packed.get(4 * place..4 * place + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    };
    let width = frames.sample.bytes();
    let count = word(0).ok_or("its header is cut short")?;
    if count != width {
        return Err(format!("it has {count} segments instead of {width}"));
    }
    let area = frames.area();
    let mut bytes = vec![0; area * width];
    for segment in 0..count {
        let start = word(1 + segment).unwrap_or(usize::MAX);
        let end = match segment + 1 < count {
            true => word(2 + segment).unwrap_or(0),
            false => packed.len(),
        };
        let packed = packed
            .get(start..end)
            .filter(|_| start >= HEADER)
            .ok_or("a segment lies outside the data")?;
        // The first segment holds the highest byte, the last in memory.
        let place = width - 1 - segment;
        unpack(packed, area, |index, byte| {
            bytes[index * width + place] = byte
        })?;
    }
    Ok(bytes)
}

/// Hands out `area` bytes.
fn unpack(packed: &[u8], area: usize, mut each: impl FnMut(usize, u8)) -> Result<(), String> {
    let mut packed = packed.iter().copied();
    let mut next = || packed.next().ok_or("a segment is cut short");
    let mut index = 0;
    while index < area {
        let control = next()?;
        let (count, run) = match control {
            0..=127 => (usize::from(control) + 1, None),
            128 => continue,
            129..=255 => (257 - usize::from(control), Some(next()?)),
        };
        for _ in 0..count {
            let byte = match run {
                Some(byte) => byte,
                None => next()?,
            };
            // The last run may fill up to an even length.
            if index < area {
                each(index, byte);
            }
            index += 1;
        }
    }
    Ok(())
}
