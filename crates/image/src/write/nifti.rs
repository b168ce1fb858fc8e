//! The NIfTI-1 header of an image.

use std::path::Path;

use super::WriteError;
use crate::{Geometry, PixelType};

/// Where the voxels start: the header and four bytes that say "no extension".
const VOXEL_OFFSET: usize = 352;

/// Header of a single-file NIfTI-1 image, little-endian.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn header(
    path: &Path,
    geometry: &Geometry,
    pixel_type: PixelType,
) -> Result<[u8; VOXEL_OFFSET], WriteError> {
    let mut size = [0_i16; 3];
    for (short, &long) in size.iter_mut().zip(&geometry.size) {
        *short = i16::try_from(long).map_err(|_| WriteError::TooLarge {
            path: path.into(),
            size: geometry.size,
        })?;
    }
    let code: i16 = match pixel_type {
        PixelType::U8 => 2,
        PixelType::I16 => 4,
        PixelType::I32 => 8,
        PixelType::F32 => 16,
        PixelType::F64 => 64,
        PixelType::I8 => 256,
        PixelType::U16 => 512,
        PixelType::U32 => 768,
        PixelType::I64 => 1024,
        PixelType::U64 => 1280,
    };
    // RAS, in 32 bits as the standard has it.
    let signs = [-1.0, -1.0, 1.0];
    let direction: [[f32; 3]; 3] = std::array::from_fn(|row| {
        geometry.direction[row].map(|cosine| (signs[row] * cosine) as f32 + 0.0)
    });
    let offset: [f32; 3] =
        std::array::from_fn(|row| (signs[row] * geometry.origin[row]) as f32 + 0.0);
    let spacing = geometry.spacing.map(|step| step as f32);
    let (quaternion, handedness) = quaternion(&direction);

    let mut bytes = [0_u8; VOXEL_OFFSET];
    let mut put = |at: usize, field: &[u8]| {
        if let Some(place) = bytes.get_mut(at..at + field.len()) {
            place.copy_from_slice(field);
        }
    };
    put(0, &348_i32.to_le_bytes());
    put(38, b"r");
    put(40, &3_i16.to_le_bytes());
    for axis in 0..3 {
        put(42 + 2 * axis, &size[axis].to_le_bytes());
        put(80 + 4 * axis, &spacing[axis].to_le_bytes());
    }
    for axis in 3..7 {
        put(42 + 2 * axis, &1_i16.to_le_bytes());
    }
    put(70, &code.to_le_bytes());
    let bits = 8 * pixel_type.byte_count() as i16;
    put(72, &bits.to_le_bytes());
    put(76, &handedness.to_le_bytes());
    put(108, &(VOXEL_OFFSET as f32).to_le_bytes());
    put(112, &1_f32.to_le_bytes());
    // Millimetres and seconds.
    put(123, &[2 | 8]);
    put(252, &1_i16.to_le_bytes());
    put(254, &1_i16.to_le_bytes());
    for axis in 0..3 {
        put(256 + 4 * axis, &(quaternion[axis] as f32).to_le_bytes());
        put(268 + 4 * axis, &offset[axis].to_le_bytes());
        for column in 0..3 {
            let entry = direction[axis][column] * spacing[column];
            put(280 + 16 * axis + 4 * column, &entry.to_le_bytes());
        }
        put(292 + 16 * axis, &offset[axis].to_le_bytes());
    }
    put(344, b"n+1\0");
    Ok(bytes)
}

/// Parts b, c, d of the unit quaternion (a ≥ 0) of a rotation, and −1 where the third axis had
/// to be turned round to make it one.
fn quaternion(direction: &[[f32; 3]; 3]) -> ([f64; 3], f32) {
    let mut r = direction.map(|row| row.map(f64::from));
    let determinant = r[0][0] * (r[1][1] * r[2][2] - r[1][2] * r[2][1])
        - r[0][1] * (r[1][0] * r[2][2] - r[1][2] * r[2][0])
        + r[0][2] * (r[1][0] * r[2][1] - r[1][1] * r[2][0]);
    let handedness = if determinant < 0.0 { -1.0 } else { 1.0 };
    for row in &mut r {
        row[2] *= f64::from(handedness);
    }
    // The largest of the four parts is found first: dividing by it loses no digits.
    let squares = [
        1.0 + r[0][0] + r[1][1] + r[2][2],
        1.0 + r[0][0] - r[1][1] - r[2][2],
        1.0 + r[1][1] - r[0][0] - r[2][2],
        1.0 + r[2][2] - r[0][0] - r[1][1],
    ];
    let half = |square: f64| 0.5 * square.sqrt();
    let [mut a, mut b, mut c, mut d];
    if squares[0] > 0.5 {
        a = half(squares[0]);
        b = 0.25 * (r[2][1] - r[1][2]) / a;
        c = 0.25 * (r[0][2] - r[2][0]) / a;
        d = 0.25 * (r[1][0] - r[0][1]) / a;
    } else if squares[1] > 1.0 {
        b = half(squares[1]);
        c = 0.25 * (r[0][1] + r[1][0]) / b;
        d = 0.25 * (r[0][2] + r[2][0]) / b;
        a = 0.25 * (r[2][1] - r[1][2]) / b;
    } else if squares[2] > 1.0 {
        c = half(squares[2]);
        b = 0.25 * (r[0][1] + r[1][0]) / c;
        d = 0.25 * (r[1][2] + r[2][1]) / c;
        a = 0.25 * (r[0][2] - r[2][0]) / c;
    } else {
        d = half(squares[3]);
        b = 0.25 * (r[0][2] + r[2][0]) / d;
        c = 0.25 * (r[1][2] + r[2][1]) / d;
        a = 0.25 * (r[1][0] - r[0][1]) / d;
    }
    if a < 0.0 {
        (a, b, c, d) = (-a, -b, -c, -d);
    }
    // Only b, c, d are stored; scaling them keeps a = sqrt(1 - b² - c² - d²) true.
    let norm = (a * a + b * b + c * c + d * d).sqrt();
    ([b, c, d].map(|part| part / norm + 0.0), handedness)
}
