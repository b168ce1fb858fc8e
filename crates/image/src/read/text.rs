//! Voxels written as decimal numbers with blanks between them.

use std::path::Path;

use super::ReadError;
use super::voxels::{Channels, EXACT, Picker};
use crate::PixelType;

/// The numbers of `count` voxels, of which one a voxel is kept.
pub(super) fn parse(
    path: &Path,
    text: &str,
    count: usize,
    channels: Channels,
    pixel_type: PixelType,
) -> Result<Vec<f64>, ReadError> {
    let total = channels.total(count);
    let mut values = Vec::new();
    let mut picker = Picker::new(channels);
    let mut found = 0;
    let bad = |what| ReadError::Header {
        path: path.into(),
        what,
    };
    for word in text.split_whitespace().take(total) {
        let value: f64 = word
            .parse()
            .map_err(|_| bad(format!("the voxel value `{word}` is no number")))?;
        let stored = pixel_type.stored(value);
        if pixel_type.is_integer() && stored != value {
            return Err(bad(format!("the voxel value `{word}` is no {pixel_type}")));
        }
        // At the limit itself the text may have been rounded to it.
        let wide = matches!(pixel_type, PixelType::I64 | PixelType::U64);
        if wide && stored.abs() >= EXACT as f64 {
            return Err(ReadError::BeyondExact {
                path: path.into(),
                value: word.into(),
            });
        }
        picker.pick(&[stored], &mut values);
        found += 1;
    }
    if found < total {
        return Err(ReadError::Truncated {
            path: path.into(),
            needed: shortest(total as u64),
            available: text.len() as u64,
        });
    }
    Ok(values)
}

/// The fewest bytes that so many numbers need: a digit and a blank each, but for the last.
pub(super) fn shortest(total: u64) -> u64 {
    total.saturating_mul(2).saturating_sub(1)
}
