//! An image and its contour, changed as another scan or another reader might have changed them.
//!
//! A feature that is to mean something must not hang on how the patient lay in the scanner, on the
//! noise, or on a contour that ran a millimetre further out. Where nobody drew the contours twice,
//! perturbed images stand in for second readings:
//!
//! 1. [`add_noise`]: Gaussian noise as strong as that of the image ([`noise_level`]);
//! 2. [`move_rigidly`]: rotation within the slices and a shift by less than a voxel;
//! 3. [`change_volume`]: the contour grows or shrinks to a given volume;
//! 4. [`randomise_contour`]: the contour is put together from [`Supervoxels`], each taken with the
//!    probability of its overlap with the contour.
//!
//! [`Perturbation`] does those that are asked for, in this order. Every function is pure: chance
//! comes from the generator that is passed in.
//!
//! Source: A. Zwanenburg, S. Leger, L. Agolli et al., Assessing robustness of radiomic features by
//! image perturbation, Scientific Reports 9:614, 2019. Where a function departs from it, the page
//! of the function says how and why.

mod chance;
mod distance;
mod neighbourhood;
mod noise;
mod rigid;
mod supervoxels;
mod volume;

use rand_core::RngCore;

pub use neighbourhood::neighbourhood;
pub use noise::{add_noise, noise_level};
pub use rigid::{RigidMotion, move_rigidly};
pub use supervoxels::{Supervoxels, randomise_contour};
pub use volume::change_volume;

use crate::preprocess::{MaskError, PreprocessError, check_finite};
use crate::{Image, Mask};

/// How far around the region noise is estimated, in mm.
const NOISE_MARGIN: f64 = 10.0;
/// How far around the region the image is perturbed, in mm: further than filters look.
const IMAGE_MARGIN: f64 = 50.0;

/// One perturbation of an image and its region: a chain of those kinds that are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Perturbation {
    /// Whether noise is added.
    pub noise: bool,
    /// Rotation and translation.
    pub motion: RigidMotion,
    /// Change of the region's volume, as a fraction of it; 0 for none.
    pub growth: f64,
    /// Whether the contour is randomised by supervoxels.
    pub supervoxels: bool,
}

impl Perturbation {
    /// The perturbed image and region, on one grid. Values are no longer rounded to the type in
    /// which the image was stored.
    ///
    /// Voxels further than 50 mm from the region keep their values: only a normalisation by the
    /// whole image sees them.
    ///
    /// # Errors
    /// An empty region, grids that differ, or voxels that are no numbers.
    pub fn apply(
        &self,
        image: &Image,
        mask: &Mask,
        generator: &mut impl RngCore,
    ) -> Result<(Image, Mask), PreprocessError> {
        check_finite(image)?;
        if let Some(difference) = image.geometry.difference(&mask.geometry, 1e-6) {
            let difference = Box::new(difference);
            return Err(MaskError::Geometry { difference }.into());
        }
        let bounds = mask.bounding_box().ok_or(MaskError::Empty)?;
        let mut image = Image {
            pixel_type: crate::PixelType::F64,
            ..image.clone()
        };
        let mut mask = mask.clone();
        if self.noise {
            let near = neighbourhood(&image.geometry, &bounds, NOISE_MARGIN);
            let level = noise_level(&image, &near);
            let part = neighbourhood(&image.geometry, &bounds, IMAGE_MARGIN);
            add_noise(&mut image, &part, level, generator);
        }
        if self.motion != RigidMotion::default() {
            (image, mask) = move_rigidly(&image, &mask, &self.motion, IMAGE_MARGIN)?;
        }
        if self.growth != 0.0 {
            mask = change_volume(&mask, self.growth, generator);
        }
        if self.supervoxels {
            let supervoxels = Supervoxels::around(&image, &mask)?;
            mask = randomise_contour(&mask, &supervoxels, generator);
        }
        Ok((image, mask))
    }
}
