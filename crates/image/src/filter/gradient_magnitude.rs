//! Gradient magnitude: how steeply the intensity changes.

use super::{FilterError, check_finite};
use crate::{Image, PixelType};

/// The length of the gradient at every voxel (PyRadiomics' `gradient`).
///
/// `√(gx² + gy² + gz²)`, each derivative half the difference of the two neighbours along that
/// axis: divided by the spacing (a change of intensity per mm) if `use_spacing`
/// (`gradientUseSpacing`), otherwise per voxel. Beyond its border the image goes on with its
/// outermost voxels. The result is a 32-bit float image.
///
/// # Errors
/// Voxels that are no numbers, or too few or too many of them.
///
/// Source: `itkGradientMagnitudeImageFilter.hxx` of ITK 5.4; `getGradientImage` of PyRadiomics
/// 3.1.
pub fn gradient_magnitude(image: &Image, use_spacing: bool) -> Result<Image, FilterError> {
    check_finite(image)?;
    let [width, height, depth] = image.geometry.size;
    let half = image.geometry.spacing.map(|spacing| {
        if use_spacing {
            0.5 * (1.0 / spacing)
        } else {
            0.5
        }
    });
    let row = |y: usize, z: usize| {
        let start = (z * height + y) * width;
        image.values.get(start..start + width).unwrap_or_default()
    };
    let mut values = Vec::with_capacity(image.values.len());
    // The row with its ends repeated.
    let mut extended = vec![0.0; width + 2];
    for z in 0..depth {
        for y in 0..height {
            let centre = row(y, z);
            extended.splice(1..=width, centre.iter().copied());
            if let (Some(&first), Some(&last)) = (centre.first(), centre.last()) {
                extended.splice(..1, [first]);
                extended.splice(width + 1.., [last]);
            }
            let front = row(y.saturating_sub(1), z);
            let back = row((y + 1).min(height - 1), z);
            let below = row(y, z.saturating_sub(1));
            let above = row(y, (z + 1).min(depth - 1));
            let along_x = extended.windows(3);
            let along_y = front.iter().zip(back);
            let along_z = below.iter().zip(above);
            let lengths = along_x.zip(along_y).zip(along_z);
            values.extend(lengths.map(|((x, y), z)| {
                let (left, right) = match x {
                    [left, _, right] => (*left, *right),
                    _ => (0.0, 0.0),
                };
                let gx = half[0] * left - half[0] * right;
                let gy = half[1] * y.0 - half[1] * y.1;
                let gz = half[2] * z.0 - half[2] * z.1;
                PixelType::F32.stored((gx * gx + gy * gy + gz * gz).sqrt())
            }));
        }
    }
    Ok(Image {
        geometry: image.geometry.clone(),
        pixel_type: PixelType::F32,
        values,
    })
}
