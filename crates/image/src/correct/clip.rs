//! Cutting off what lies beyond two percentiles.

use super::percentile::percentiles;
use super::{CorrectError, values_of};
use crate::{Image, Mask};

/// Sets values below one percentile (0 to 100) to it, and values above another to that: a few
/// voxels of blood, metal or noise no longer decide the range.
///
/// Percentiles are those of the mask, or of the whole image; all voxels are clipped. Returns the
/// image and both limits. Its type stays, and so whole numbers are clipped to whole numbers, at the
/// limits cut off towards zero.
///
/// # Errors
/// [`CorrectError`] for percentiles that are not `0 <= lower < upper <= 100`, voxels that are no
/// numbers, or an empty mask.
pub fn clip(
    image: &Image,
    mask: Option<&Mask>,
    [lower, upper]: [f64; 2],
) -> Result<(Image, [f64; 2]), CorrectError> {
    check_percentiles([lower, upper])?;
    let found = percentiles(values_of(image, mask)?, &[lower, upper]);
    let stored = |place: usize| {
        let limit = found.get(place).copied().unwrap_or(f64::NAN);
        image.pixel_type.stored(limit)
    };
    let limits = [stored(0), stored(1)];
    let values = image.values.iter();
    let clipped = Image {
        geometry: image.geometry.clone(),
        pixel_type: image.pixel_type,
        values: values
            .map(|&value| value.max(limits[0]).min(limits[1]))
            .collect(),
    };
    Ok((clipped, limits))
}

/// Checks that two percentiles can be clipped at, `0 <= lower < upper <= 100`.
///
/// # Errors
/// [`CorrectError::Setting`].
pub fn check_percentiles([lower, upper]: [f64; 2]) -> Result<(), CorrectError> {
    let within = |percentile: f64| (0.0..=100.0).contains(&percentile);
    for (value, usable) in [
        (lower, within(lower)),
        (upper, within(upper) && lower < upper),
    ] {
        if !usable {
            return Err(CorrectError::Setting {
                setting: "percentile",
                value,
                must: "must lie from 0 to 100, the lower below the upper",
            });
        }
    }
    Ok(())
}
