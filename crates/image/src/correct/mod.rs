//! Intensities made comparable, between places of an image and between images.
//!
//! The numbers of an MR image have no unit: they depend on the scanner, its gain, and on how near
//! tissue lies to a coil. Each step here is a function from image to image:
//!
//! - [`N4`] takes out a smooth factor over the image, the bias field of the coils.
//! - [`z_score`] centres on the mean and divides by the standard deviation of a reference region:
//!   the region of interest, the body ([`body`]), or a tissue.
//! - [`NyulStandard`] maps the percentiles of an image onto those of a set of images. It is learnt,
//!   so it must be learnt from training images alone.
//! - [`clip`] cuts off what lies beyond two percentiles.

mod clip;
mod error;
pub mod n4;
mod nyul;
mod otsu;
mod percentile;
mod z_score;

pub use clip::{check_percentiles, clip};
pub use error::CorrectError;
pub use n4::{N4, N4Correction, N4Step};
pub use nyul::NyulStandard;
pub use otsu::{body, otsu_threshold};
pub use z_score::z_score;

use crate::{Image, Mask, PixelType};

/// The type of a result: real numbers, in 64 bits only where the image had them.
fn real(pixel_type: PixelType) -> PixelType {
    match pixel_type {
        PixelType::F64 => PixelType::F64,
        _ => PixelType::F32,
    }
}

/// An image of the same grid with each value changed.
fn mapped(image: &Image, change: impl Fn(f64) -> f64) -> Image {
    let pixel_type = real(image.pixel_type);
    let values = image.values.iter();
    Image {
        geometry: image.geometry.clone(),
        pixel_type,
        values: values
            .map(|&value| pixel_type.stored(change(value)))
            .collect(),
    }
}

/// The values of a region, or of the whole image; all of them numbers.
fn values_of(image: &Image, mask: Option<&Mask>) -> Result<Vec<f64>, CorrectError> {
    check(image)?;
    let Some(mask) = mask else {
        return Ok(image.values.clone());
    };
    check_grid(image, mask)?;
    let pairs = image.values.iter().zip(&mask.inside);
    let values: Vec<f64> = pairs
        .filter(|(_, inside)| **inside)
        .map(|(&value, _)| value)
        .collect();
    match values.is_empty() {
        true => Err(CorrectError::EmptyMask),
        false => Ok(values),
    }
}

fn check(image: &Image) -> Result<(), CorrectError> {
    let (found, expected) = (image.values.len(), image.geometry.voxel_count());
    if found != expected || found == 0 {
        return Err(CorrectError::ValueCount { found, expected });
    }
    match image.first_not_finite() {
        None => Ok(()),
        Some(offset) => Err(CorrectError::NotFinite {
            value: image.values.get(offset).copied().unwrap_or(f64::NAN),
            voxel: image.geometry.index(offset),
        }),
    }
}

/// A mask must lie on the grid of the image, to a thousandth of a voxel.
fn check_grid(image: &Image, mask: &Mask) -> Result<(), CorrectError> {
    let difference = image.geometry.difference(&mask.geometry, 1e-3);
    match difference {
        None if mask.inside.len() == image.values.len() => Ok(()),
        None => Err(CorrectError::ValueCount {
            found: mask.inside.len(),
            expected: image.values.len(),
        }),
        Some(difference) => Err(CorrectError::Geometry {
            difference: Box::new(difference),
        }),
    }
}
