//! The MetaImage header of an image.

use crate::{Geometry, PixelType};

/// Header up to and with the line that names the data: `LOCAL`, or a file beside it.
pub(super) fn header(
    geometry: &Geometry,
    pixel_type: PixelType,
    compressed_bytes: usize,
    data: &str,
) -> String {
    let type_name = match pixel_type {
        PixelType::U8 => "MET_UCHAR",
        PixelType::I8 => "MET_CHAR",
        PixelType::U16 => "MET_USHORT",
        PixelType::I16 => "MET_SHORT",
        PixelType::U32 => "MET_UINT",
        PixelType::I32 => "MET_INT",
        PixelType::U64 => "MET_ULONG_LONG",
        PixelType::I64 => "MET_LONG_LONG",
        PixelType::F32 => "MET_FLOAT",
        PixelType::F64 => "MET_DOUBLE",
    };
    let [x, y, z] = geometry.size;
    let vector = |numbers: [f64; 3]| {
        let [a, b, c] = numbers.map(|number| number + 0.0);
        format!("{a} {b} {c}")
    };
    // Axis after axis: the transpose of the matrix of directions.
    let axes: [String; 3] =
        std::array::from_fn(|axis| vector(geometry.direction.map(|row| row[axis])));
    format!(
        "ObjectType = Image\n\
         NDims = 3\n\
         BinaryData = True\n\
         BinaryDataByteOrderMSB = False\n\
         CompressedData = True\n\
         CompressedDataSize = {compressed_bytes}\n\
         TransformMatrix = {}\n\
         Offset = {}\n\
         CenterOfRotation = 0 0 0\n\
         ElementSpacing = {}\n\
         DimSize = {x} {y} {z}\n\
         ElementType = {type_name}\n\
         ElementDataFile = {data}\n",
        axes.join(" "),
        vector(geometry.origin),
        vector(geometry.spacing),
    )
}
