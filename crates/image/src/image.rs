//! A scalar image: numbers on a grid.

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
}

/// A scalar image on a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// The grid.
    pub geometry: Geometry,
    /// The type in which the values were stored, and to which results are rounded.
    pub pixel_type: PixelType,
    /// One value a voxel; x runs fastest, then y, then z.
    pub values: Vec<f64>,
}
