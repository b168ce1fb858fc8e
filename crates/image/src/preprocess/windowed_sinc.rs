//! Interpolation by a sinc function under a window, in ITK's arithmetic.
//!
//! Five voxels to each side of a position along each axis are weighted by `w(x) sin(πx) / (πx)`,
//! x the distance in voxels and `w` the window, which falls to (nearly) 0 at x = 5. The weights do
//! not sum to exactly 1. Beyond its border the image goes on with its outermost voxels.
//!
//! Sources: E. Meijering et al., Quantitative comparison of sinc-approximating kernels for medical
//! image interpolation, MICCAI 1999; `itkWindowedSincInterpolateImageFunction.hxx` of ITK 5.4 with
//! the radius 5 that SimpleITK sets.

use std::f64::consts::PI;

use super::kernel::{Kernel, Support, Term};

/// Voxels to each side.
const RADIUS: f64 = 5.0;

/// The window; `m` is the radius.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    /// `0.54 + 0.46 cos(πx / m)`.
    Hamming,
    /// `cos(πx / 2m)`.
    Cosine,
    /// `1 − x² / m²`.
    Welch,
    /// `sin(πx / m) / (πx / m)`.
    Lanczos,
    /// `0.42 + 0.5 cos(πx / m) + 0.08 cos(2πx / m)`.
    Blackman,
}

impl Window {
    fn at(self, x: f64) -> f64 {
        match self {
            Self::Hamming => 0.54 + 0.46 * (x * (PI / RADIUS)).cos(),
            Self::Cosine => (x * (PI / (2.0 * RADIUS))).cos(),
            Self::Welch => 1.0 - x * (1.0 / (RADIUS * RADIUS)) * x,
            Self::Lanczos if x == 0.0 => 1.0,
            Self::Lanczos => {
                let z = PI / RADIUS * x;
                z.sin() / z
            }
            Self::Blackman => {
                0.42 + 0.5 * (x * (PI / RADIUS)).cos() + 0.08 * (x * (2.0 * PI / RADIUS)).cos()
            }
        }
    }
}

/// The interpolation of an image of this size.
pub(super) struct WindowedSinc {
    pub(super) window: Window,
    pub(super) size: [usize; 3],
}

impl Kernel for WindowedSinc {
    fn support(&self, index: f64, axis: usize) -> Support {
        // ITK's floor: a position less than 1e-16 below voxel 0 counts as on it.
        #[allow(clippy::cast_possible_truncation)]
        let base = (2.0 * index - 0.5).round_ties_even() as i64 >> 1;
        #[allow(clippy::cast_precision_loss)]
        let distance = index - base as f64;
        let last = self.size[axis].saturating_sub(1);
        let within = |place: i64| usize::try_from(place).unwrap_or(0).min(last);
        let mut support = Support::default();
        // On a voxel all other weights are 0.
        if distance == 0.0 {
            support.push(within(base), 1.0);
            return support;
        }
        let mut x = distance + RADIUS;
        for place in base - 4..=base + 5 {
            x -= 1.0;
            let angle = PI * x;
            let sinc = if x == 0.0 { 1.0 } else { angle.sin() / angle };
            support.push(within(place), self.window.at(x) * sinc);
        }
        support
    }

    fn value(&self, terms: impl Iterator<Item = Term>) -> f64 {
        terms.fold(0.0, |sum, (value, [x, y, z])| sum + value * x * y * z)
    }
}
