//! From values to little-endian bytes.

use std::path::Path;

use super::WriteError;
use crate::{Image, PixelType};

/// The bytes of all voxels in the image's type.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn encode(path: &Path, image: &Image) -> Result<Vec<u8>, WriteError> {
    let (values, pixel_type) = (&image.values, image.pixel_type);
    let expected = image.geometry.voxel_count();
    if values.len() != expected {
        return Err(WriteError::ValueCount {
            path: path.into(),
            found: values.len(),
            expected,
        });
    }
    if pixel_type.is_integer()
        && let Some(offset) = values
            .iter()
            .position(|&value| pixel_type.stored(value) != value)
    {
        return Err(WriteError::Value {
            path: path.into(),
            value: values.get(offset).copied().unwrap_or(f64::NAN),
            voxel: image.geometry.index(offset),
            pixel_type,
        });
    }
    macro_rules! bytes {
        ($number:ty) => {
            values
                .iter()
                .flat_map(|&value| (value as $number).to_le_bytes())
                .collect()
        };
    }
    Ok(match pixel_type {
        PixelType::U8 => bytes!(u8),
        PixelType::I8 => bytes!(i8),
        PixelType::U16 => bytes!(u16),
        PixelType::I16 => bytes!(i16),
        PixelType::U32 => bytes!(u32),
        PixelType::I32 => bytes!(i32),
        PixelType::U64 => bytes!(u64),
        PixelType::I64 => bytes!(i64),
        PixelType::F32 => bytes!(f32),
        PixelType::F64 => bytes!(f64),
    })
}
