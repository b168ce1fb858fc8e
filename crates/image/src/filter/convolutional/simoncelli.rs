//! The band-pass filters of Simoncelli's wavelet, given in the Fourier domain.

use std::f64::consts::FRAC_PI_2;

use rustfft::num_complex::Complex;

use super::fourier::{Frequencies, coordinates};
use super::window::{Window, span_of};
use super::{Boundary, Dimension};
use crate::{BoundingBox, Image};

/// How strongly a frequency passes on a level (IBSI: PRT7).
///
/// `cos(π/2 · log2(2ν / ν_max))` where `ν_max / 4 ≤ ν ≤ ν_max`, otherwise 0, with
/// `ν_max = 2^(1 − level)`: 1 is half a turn a voxel along an axis.
pub(super) fn passed(frequency: f64, level: usize) -> f64 {
    let highest = highest(level);
    if (highest / 4.0..=highest).contains(&frequency) {
        (FRAC_PI_2 * (2.0 * frequency / highest).log2()).cos()
    } else {
        0.0
    }
}

/// The highest frequency of a level.
fn highest(level: usize) -> f64 {
    let halved = i32::try_from(level.saturating_sub(1)).unwrap_or(i32::MAX);
    0.5_f64.powi(halved)
}

/// How far an image goes on beyond its borders where it is not periodic. The response to an
/// impulse goes on for ever; this far away it is below a thousandth.
pub(super) fn margin(dimension: Dimension, level: usize) -> [usize; 3] {
    let margin = 16_usize.saturating_mul(1 << level.saturating_sub(1).min(16));
    std::array::from_fn(|axis| if axis < dimension.axes() { margin } else { 0 })
}

/// The length of a frequency in half turns a voxel, from the coordinates along each axis.
pub(super) fn lengths(size: [usize; 3]) -> impl Fn([usize; 3]) -> f64 {
    let squares = size.map(|size| {
        coordinates(size)
            .iter()
            .map(|c| c * c)
            .collect::<Vec<f64>>()
    });
    move |index| {
        let square = |axis: usize| squares[axis].get(index[axis]).copied().unwrap_or(0.0);
        (square(0) + square(1) + square(2)).sqrt()
    }
}

/// The response at the voxels of `keep`.
pub(super) fn respond(
    image: &Image,
    level: usize,
    (dimension, boundary): (Dimension, Boundary),
    keep: &BoundingBox,
) -> Window {
    let frequencies = Frequencies::of(image, dimension, boundary, margin(dimension, level));
    let length = lengths(frequencies.size());
    frequencies.respond(&span_of(keep), |index| {
        Complex::from(passed(length(index), level))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_octave_below_the_highest_passes_whole() {
        assert_eq!(passed(0.5, 1), 1.0);
        assert_eq!(passed(0.125, 3), 1.0);
        assert!(passed(1.0, 1).abs() < 1e-15 && passed(0.25, 1).abs() < 1e-15);
        assert_eq!(passed(1.01, 1), 0.0);
        assert_eq!(passed(0.24, 1), 0.0);
        // Two levels that overlap have the energy 1 together.
        let both = passed(0.4, 1).powi(2) + passed(0.4, 2).powi(2);
        assert!((both - 1.0).abs() < 1e-15);
    }
}
