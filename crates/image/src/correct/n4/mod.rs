//! N4 bias field correction.
//!
//! An image is taken as `v = u f`, tissue times a smooth field, so `log v = log u + log f`. A smooth
//! field blurs the histogram of the logarithms. Each step
//!
//! 1. sharpens the histogram of the corrected logarithms (deconvolution, `sharpen`), which gives
//!    each voxel the value it would have without blur;
//! 2. takes the difference, voxel by voxel, as what is left of the field;
//! 3. fits a cubic B-spline to it (`lattice`) and adds it to the field so far;
//!
//! until the field changes by less than the threshold or the steps of the level are used up. Each
//! further level halves the distance of the spline's control points.
//!
//! Sources: Tustison et al., N4ITK: improved N3 bias correction, IEEE Trans. Med. Imaging
//! 29(6):1310, 2010; Sled, Zijdenbos, Evans, IEEE Trans. Med. Imaging 17(1):87, 1998; Lee, Wolberg,
//! Shin, Scattered data interpolation with multilevel B-splines, IEEE Trans. Vis. Comput. Graph.
//! 3(3):228, 1997; `itkN4BiasFieldCorrectionImageFilter.hxx` of ITK 5.4.
//!
//! Departures from ITK: 64-bit numbers throughout where it has 32; voxels of the mask at or below 0
//! have no logarithm and are left out, where ITK takes them as their own logarithm; an axis of one
//! voxel is a plane, not an error.

mod lattice;
mod sharpen;
mod shrink;
mod voxels;

use lattice::{Lattice, Weights};
use rayon::prelude::*;
use sharpen::Sharpening;
use voxels::Voxels;

use super::{CorrectError, check, check_grid, mapped, real};
use crate::{Image, Mask};

/// Fewest voxels that a field is fitted to.
const FEWEST: usize = 64;

/// Settings of the correction; the defaults are those of SimpleITK, with images shrunk four times,
/// as its documentation advises.
#[derive(Clone, Debug, PartialEq)]
pub struct N4 {
    /// The field is found on every n-th voxel along each axis; 1 for all. Axes with fewer than 4 n
    /// voxels are not shrunk that far.
    pub shrink: usize,
    /// Most steps of each level, coarsest first; as many levels as numbers.
    pub iterations: Vec<usize>,
    /// A level ends when the coefficient of variation of the field's change falls to this.
    pub convergence: f64,
    /// Bins of the histogram of logarithms.
    pub bins: usize,
    /// The noise term of the Wiener filter.
    pub wiener_noise: f64,
    /// Full width at half maximum of the blur, in logarithms.
    pub fwhm: f64,
    /// Control points along each axis on the first level: at least 4, a cubic spline's.
    pub control_points: usize,
}

impl Default for N4 {
    fn default() -> Self {
        Self {
            shrink: 4,
            iterations: vec![50; 4],
            convergence: 0.001,
            bins: 200,
            wiener_noise: 0.01,
            fwhm: 0.15,
            control_points: 4,
        }
    }
}

/// How far the correction is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct N4Step {
    /// The level, from 0.
    pub level: usize,
    /// Steps of the level that are done.
    pub iteration: usize,
    /// The coefficient of variation of the field's change in this step.
    pub change: f64,
}

/// A corrected image.
#[derive(Clone, Debug, PartialEq)]
pub struct N4Correction {
    /// The image divided by the field.
    pub image: Image,
    /// The logarithm of the field.
    pub log_field: Image,
    /// The last step of each level.
    pub levels: Vec<N4Step>,
}

impl N4 {
    /// Corrects an image; the field is found in the mask (the body, a brain) and divided out
    /// everywhere. `watch` is told of every step.
    ///
    /// The bits of the result do not depend on the number of threads.
    ///
    /// # Errors
    /// [`CorrectError`] for settings out of range, a mask on another grid, too few voxels above 0, or
    /// voxels of one value.
    pub fn correct(
        &self,
        image: &Image,
        mask: &Mask,
        watch: &(dyn Fn(N4Step) + Sync),
    ) -> Result<N4Correction, CorrectError> {
        self.check()?;
        check(image)?;
        check_grid(image, mask)?;
        let shrunk = shrink::shrink(image, mask, self.shrink);
        let mut voxels = Voxels::new(&shrunk);
        let inside = shrunk.inside.iter().filter(|inside| **inside).count();
        if inside == 0 {
            return Err(CorrectError::EmptyMask);
        }
        if voxels.count() < FEWEST {
            return Err(CorrectError::NotPositive {
                positive: voxels.count(),
                voxels: inside,
                needed: FEWEST,
            });
        }
        let mut field = Lattice::flat([self.control_points; 3]);
        let mut levels = Vec::new();
        for (level, &most) in self.iterations.iter().enumerate() {
            if level > 0 {
                field = field.refined();
            }
            let weights = Weights::new(shrunk.size, field.size());
            let density = voxels.density(&weights);
            let mut last = N4Step {
                level,
                iteration: 0,
                change: f64::INFINITY,
            };
            while last.iteration < most && last.change > self.convergence {
                let Some(sharpening) = Sharpening::new(&voxels, self) else {
                    return Err(CorrectError::Constant {
                        value: voxels.first().exp(),
                    });
                };
                let residual = voxels.residual(&weights, &sharpening);
                field.add(&residual.over(&density));
                last.iteration += 1;
                last.change = voxels.update(&weights, &field);
                watch(last);
            }
            levels.push(last);
        }
        Ok(self.divided(image, &field, levels))
    }

    /// The image without the field.
    fn divided(&self, image: &Image, field: &Lattice, levels: Vec<N4Step>) -> N4Correction {
        let size = image.geometry.size;
        let weights = Weights::new(size, field.size());
        let slices: Vec<Vec<f64>> = (0..size[2])
            .into_par_iter()
            .map(|z| {
                let plane = field.plane(&weights, z);
                let mut values = Vec::with_capacity(size[0] * size[1]);
                for y in 0..size[1] {
                    let line = plane.line(&weights, y);
                    values.extend((0..size[0]).map(|x| line.at(&weights, x)));
                }
                values
            })
            .collect();
        let log_field = slices.concat();
        let pixel_type = real(image.pixel_type);
        let values = image.values.par_iter().zip(&log_field);
        let values = values
            .map(|(&value, &log)| pixel_type.stored(value / log.exp()))
            .collect();
        let corrected = Image {
            geometry: image.geometry.clone(),
            pixel_type,
            values,
        };
        let field = Image {
            geometry: image.geometry.clone(),
            pixel_type,
            values: log_field,
        };
        N4Correction {
            image: corrected,
            log_field: mapped(&field, |value| value),
            levels,
        }
    }

    /// Checks the settings alone, as [`correct`](Self::correct) does before anything else.
    ///
    /// # Errors
    /// [`CorrectError::Setting`].
    #[allow(clippy::cast_precision_loss)]
    pub fn check(&self) -> Result<(), CorrectError> {
        let wrong = |setting, value, must| {
            Err(CorrectError::Setting {
                setting,
                value,
                must,
            })
        };
        let positive = |value: f64| value.is_finite() && value > 0.0;
        if !(1..=64).contains(&self.shrink) {
            return wrong("shrink", self.shrink as f64, "must lie from 1 to 64");
        }
        if !(1..=8).contains(&self.iterations.len()) {
            let levels = self.iterations.len() as f64;
            return wrong("levels", levels, "must be 1 to 8");
        }
        if let Some(&most) = self.iterations.iter().find(|&&most| most == 0) {
            return wrong(
                "iterations",
                most as f64,
                "must be at least 1 on each level",
            );
        }
        if !(self.convergence.is_finite() && self.convergence >= 0.0) {
            return wrong("convergence", self.convergence, "must not be below 0");
        }
        if !(4..=65_536).contains(&self.bins) {
            return wrong("bins", self.bins as f64, "must lie from 4 to 65536");
        }
        if !positive(self.wiener_noise) {
            return wrong("noise", self.wiener_noise, "must be positive");
        }
        if !positive(self.fwhm) {
            return wrong("fwhm", self.fwhm, "must be positive");
        }
        if !(4..=32).contains(&self.control_points) {
            let points = self.control_points as f64;
            return wrong("control points", points, "must lie from 4 to 32");
        }
        Ok(())
    }
}
