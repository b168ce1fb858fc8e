//! The band-pass filters of Simoncelli's wavelet, given in the Fourier domain.

use std::f64::consts::FRAC_PI_2;

use rustfft::num_complex::Complex;

use super::fourier::{Frequencies, coordinates};
use super::window::{Window, span_of};
use super::{Boundary, Dimension, FilterError};
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

/// Refuses a level above which all frequencies of an image lie: it would give 0 for any image.
#[allow(clippy::cast_precision_loss)]
pub(super) fn check(size: [usize; 3], level: usize) -> Result<(), FilterError> {
    // An axis of odd length has the frequency 0, the next is one step further; an axis of even
    // length has half a step.
    let step = |n: usize| 2.0 / n.saturating_sub(1).max(1) as f64;
    let halves = size.iter().filter(|n| n.is_multiple_of(2));
    let halves = halves.map(|&n| step(n) * step(n) / 4.0).sum::<f64>().sqrt();
    let steps = size.iter().filter(|&&n| n % 2 == 1 && n > 1);
    let lowest = if halves > 0.0 {
        halves
    } else {
        steps.map(|&n| step(n)).fold(f64::INFINITY, f64::min)
    };
    if lowest < highest(level) {
        return Ok(());
    }
    Err(FilterError::NoFrequency { level, size })
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
) -> Result<Window, FilterError> {
    let frequencies = Frequencies::of(image, dimension, boundary, margin(dimension, level));
    check(frequencies.size(), level)?;
    let length = lengths(frequencies.size());
    Ok(frequencies.respond(&span_of(keep), |index| {
        Complex::from(passed(length(index), level))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_must_have_frequencies() {
        for size in [
            [7, 6, 4],
            [9, 7, 5],
            [8, 8, 1],
            [33, 1, 1],
            [2, 64, 64],
            [1, 1, 1],
            [2, 1, 1],
        ] {
            for level in 1..8 {
                let length = lengths(size);
                let [nx, ny, nz] = size;
                let mut indices = (0..nx * ny * nz).map(|i| [i % nx, i / nx % ny, i / nx / ny]);
                // cos(π/2) is not quite 0.
                let any = indices.any(|index| passed(length(index), level) > 1e-9);
                // A frequency may lie below the band, and the next above it.
                assert!(check(size, level).is_ok() || !any, "{size:?} {level}");
            }
        }
        let error = check([9, 7, 5], 4).unwrap_err();
        assert!(matches!(error, FilterError::NoFrequency { .. }));
        assert!(check([9, 7, 5], 2).is_ok());
    }

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
