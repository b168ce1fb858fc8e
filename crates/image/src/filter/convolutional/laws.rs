//! Laws kernels, and the texture energy of their responses.

use std::str::FromStr;

use super::convolve::Kernel;
use super::rotation::{Cascade, Pooling};
use super::window::{Reach, Window, span_of, widened, within};
use super::{Boundary, Dimension, FilterError};
use crate::nearest_name;
use crate::{BoundingBox, Image};

/// One of the kernels of Laws: level, edge, spot, wave or ripple over 3 or 5 voxels (IBSI: JTXT).
///
/// Each is divided by the root of its sum of squares, so that all have the same energy:
///
/// | name | weights |
/// | --- | --- |
/// | `L3` | (1, 2, 1) / √6 |
/// | `L5` | (1, 4, 6, 4, 1) / √70 |
/// | `E3` | (−1, 0, 1) / √2 |
/// | `E5` | (−1, −2, 0, 2, 1) / √10 |
/// | `S3` | (−1, 2, −1) / √6 |
/// | `S5` | (−1, 0, 2, 0, −1) / √6 |
/// | `W5` | (−1, 2, 0, −2, 1) / √10 |
/// | `R5` | (1, −4, 6, −4, 1) / √70 |
///
/// Source: K. I. Laws, Textured image segmentation, University of Southern California, 1980;
/// IBSI chapter 2 manual (arXiv 2006.05470), section on Laws kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum LawsKernel {
    L3,
    L5,
    E3,
    E5,
    S3,
    S5,
    W5,
    R5,
}

impl LawsKernel {
    const ALL: [(&'static str, Self); 8] = [
        ("L3", Self::L3),
        ("L5", Self::L5),
        ("E3", Self::E3),
        ("E5", Self::E5),
        ("S3", Self::S3),
        ("S5", Self::S5),
        ("W5", Self::W5),
        ("R5", Self::R5),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, kernel)| *kernel == self);
        named.map_or("", |(name, _)| name)
    }

    /// Kernels along x, y and z, written one after another: `L5E5E5`.
    ///
    /// # Errors
    /// [`FilterError::UnknownLawsKernel`].
    pub fn list(names: &str) -> Result<Vec<Self>, FilterError> {
        let letters: Vec<char> = names.chars().collect();
        let parts = letters.chunks(2);
        parts
            .map(|part| part.iter().collect::<String>().parse())
            .collect()
    }

    /// Its weights.
    #[must_use]
    pub fn weights(self) -> Vec<f64> {
        let weights: &[f64] = match self {
            Self::L3 => &[1.0, 2.0, 1.0],
            Self::L5 => &[1.0, 4.0, 6.0, 4.0, 1.0],
            Self::E3 => &[-1.0, 0.0, 1.0],
            Self::E5 => &[-1.0, -2.0, 0.0, 2.0, 1.0],
            Self::S3 => &[-1.0, 2.0, -1.0],
            Self::S5 => &[-1.0, 0.0, 2.0, 0.0, -1.0],
            Self::W5 => &[-1.0, 2.0, 0.0, -2.0, 1.0],
            Self::R5 => &[1.0, -4.0, 6.0, -4.0, 1.0],
        };
        let norm = weights.iter().map(|weight| weight * weight).sum::<f64>();
        weights.iter().map(|weight| weight / norm.sqrt()).collect()
    }
}

impl FromStr for LawsKernel {
    type Err = FilterError;

    fn from_str(name: &str) -> Result<Self, FilterError> {
        let known = Self::ALL.iter().find(|(known, _)| *known == name);
        known.map(|&(_, kernel)| kernel).ok_or_else(|| {
            let upper = name.to_uppercase();
            let alike = Self::ALL.iter().find(|(known, _)| *known == upper);
            let names = Self::ALL.iter().map(|(known, _)| *known);
            let nearest = alike
                .map(|(known, _)| *known)
                .or_else(|| nearest_name(&upper, names));
            FilterError::UnknownLawsKernel {
                name: name.into(),
                nearest: nearest.map(Into::into),
            }
        })
    }
}

/// The response at the voxels of `keep`: pooled over the rotations first, and only then turned
/// into energy, as the IBSI does.
pub(super) fn respond(
    image: &Image,
    kernels: &[LawsKernel],
    energy_distance: Option<usize>,
    (dimension, boundary): (Dimension, Boundary),
    rotations: Option<Pooling>,
    keep: &BoundingBox,
) -> Window {
    let size = image.geometry.size;
    let output = span_of(keep);
    let cascade = Cascade {
        steps: vec![
            kernels
                .iter()
                .map(|kernel| Kernel::centred(kernel.weights()))
                .collect(),
        ],
        dimension,
        boundary,
        rotations,
    };
    let Some(distance) = energy_distance else {
        return cascade.respond(image, &output);
    };
    let around: Reach = std::array::from_fn(|axis| {
        if axis < kernels.len() {
            (distance, distance)
        } else {
            (0, 0)
        }
    });
    let wider = widened(&output, &around);
    let mut response = cascade.respond(image, &within(&wider, size, boundary));
    for value in &mut response.values {
        *value = value.abs();
    }
    // The mean of the absolute values in a square or a cube.
    let mut energy = response.part(size).extended(&wider, boundary);
    let mean = Kernel::uniform(distance);
    for (axis, output) in output.iter().enumerate().take(kernels.len()) {
        energy = mean.along(axis, &energy, output);
    }
    energy
}
