//! A scalar image: numbers on a grid.

use std::fmt;

use crate::Geometry;

/// The numeric type in which an image was stored.
///
/// Values are held as `f64` whatever the type; the type decides how a result is rounded when a
/// step (such as resampling) writes it back in the type of its input, as ITK does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum PixelType {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl PixelType {
    /// Whether values of this type are whole numbers.
    #[must_use]
    pub fn is_integer(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }

    /// Bytes of one stored value.
    #[must_use]
    pub fn byte_count(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// The value as an image of this type holds it, converted as C++ (and so ITK) converts a
    /// `double`: whole-number types cut off the fraction towards zero and clamp to their range
    /// (NaN becomes 0), `F32` rounds to the nearest 32-bit number.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn stored(self, value: f64) -> f64 {
        match self {
            Self::U8 => f64::from(value as u8),
            Self::I8 => f64::from(value as i8),
            Self::U16 => f64::from(value as u16),
            Self::I16 => f64::from(value as i16),
            Self::U32 => f64::from(value as u32),
            Self::I32 => f64::from(value as i32),
            Self::U64 => value as u64 as f64,
            Self::I64 => value as i64 as f64,
            Self::F32 => f64::from(value as f32),
            Self::F64 => value,
        }
    }
}

impl fmt::Display for PixelType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U8 => "8-bit unsigned integer",
            Self::I8 => "8-bit signed integer",
            Self::U16 => "16-bit unsigned integer",
            Self::I16 => "16-bit signed integer",
            Self::U32 => "32-bit unsigned integer",
            Self::I32 => "32-bit signed integer",
            Self::U64 => "64-bit unsigned integer",
            Self::I64 => "64-bit signed integer",
            Self::F32 => "32-bit float",
            Self::F64 => "64-bit float",
        })
    }
}

/// A scalar image on a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// The grid.
    pub geometry: Geometry,
    /// The type in which the values were stored, and to which results are rounded.
    pub pixel_type: PixelType,
    /// One value a voxel; x runs fastest, then y, then z. 64-bit integers beyond ±2^53 lose their
    /// last digits here.
    pub values: Vec<f64>,
}

impl Image {
    /// Place in memory of the first value that is no number.
    pub(crate) fn first_not_finite(&self) -> Option<usize> {
        // A whole block at a time, without a branch.
        const BLOCK: usize = 1024;
        let finite = |values: &[f64]| {
            let all = |all, value: &f64| all & value.is_finite();
            values.iter().fold(true, all)
        };
        let mut blocks = self.values.chunks(BLOCK).enumerate();
        let (block, values) = blocks.find(|(_, values)| !finite(values))?;
        let place = values.iter().position(|value| !value.is_finite())?;
        Some(block * BLOCK + place)
    }
}
