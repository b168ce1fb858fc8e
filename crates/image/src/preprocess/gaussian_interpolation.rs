//! Interpolation by a Gaussian, in ITK's arithmetic.
//!
//! The weight of a voxel is the integral of a Gaussian around the position over the voxel, and the
//! value is the weighted mean of the voxels within a cut-off distance. For labels, the value is
//! the one that has the largest sum of weights.
//!
//! ITK takes the error function from a series that is cut off at a relative error of 3e-7; so do
//! we, or values would differ in their eighth digit.
//!
//! Sources: P. Yushkevich, N. Tustison, J. Gee, Gaussian interpolation, Insight Journal, 2009;
//! `itkGaussianInterpolateImageFunction.hxx` and `itkLabelImageGaussianInterpolateImageFunction.hxx`
//! of ITK 5.4 with the widths that SimpleITK sets; `vnl_gamma.cxx` of VXL, whose constants are
//! V. Toth's for Lanczos' approximation of the gamma function.

use std::f64::consts::SQRT_2;

use super::kernel::{Kernel, Support, Term};
use crate::Geometry;

/// A Gaussian that belongs to the grid of an image.
struct Gaussian {
    size: [usize; 3],
    /// `1 / (√2 σ)`, σ in voxels.
    scale: [f64; 3],
    /// Cut-off in voxels.
    cutoff: [f64; 3],
}

impl Gaussian {
    /// A Gaussian of `width` voxels, cut off at `cutoff` times its width.
    fn new(geometry: &Geometry, width: f64, cutoff: f64) -> Self {
        let sigma = geometry.spacing.map(|spacing| width * spacing);
        let spacing = geometry.spacing;
        Self {
            size: geometry.size,
            scale: std::array::from_fn(|axis| 1.0 / (SQRT_2 * sigma[axis] / spacing[axis])),
            cutoff: std::array::from_fn(|axis| sigma[axis] * cutoff / spacing[axis]),
        }
    }

    fn support(&self, index: f64, axis: usize) -> Support {
        let (scale, cutoff) = (self.scale[axis], self.cutoff[axis]);
        let begin = (index + 0.5 - cutoff).floor().max(0.0);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let (first, end) = (
            begin as usize,
            self.size[axis].min((index + 0.5 + cutoff).ceil() as usize),
        );
        let mut t = (-0.5 - index + begin) * scale;
        let mut below = error_function(t);
        let mut support = Support::default();
        for place in first..end {
            t += scale;
            let above = error_function(t);
            support.push(place, above - below);
            below = above;
        }
        support
    }
}

/// The weighted mean.
pub(super) struct GaussianMean(Gaussian);

impl GaussianMean {
    /// Width 0.8 voxels, cut off at four widths.
    pub(super) fn new(geometry: &Geometry) -> Self {
        Self(Gaussian::new(geometry, 0.8, 4.0))
    }
}

impl Kernel for GaussianMean {
    fn support(&self, index: f64, axis: usize) -> Support {
        self.0.support(index, axis)
    }

    fn value(&self, terms: impl Iterator<Item = Term>) -> f64 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (value, [x, y, z]) in terms {
            let weight = x * y * z;
            sum += value * weight;
            weights += weight;
        }
        sum / weights
    }
}

/// The value with the largest sum of weights.
pub(super) struct GaussianLabel(Gaussian);

impl GaussianLabel {
    /// Width one voxel, cut off at one width.
    pub(super) fn new(geometry: &Geometry) -> Self {
        Self(Gaussian::new(geometry, 1.0, 1.0))
    }
}

/// Most voxels within reach of [`GaussianLabel`]: three along each axis, four between rounding.
const LABELS: usize = 64;

impl Kernel for GaussianLabel {
    fn support(&self, index: f64, axis: usize) -> Support {
        self.0.support(index, axis)
    }

    fn value(&self, terms: impl Iterator<Item = Term>) -> f64 {
        let mut sums = [(0.0, 0.0); LABELS];
        let mut known = 0;
        let (mut heaviest, mut label) = (0.0, 0.0);
        for (value, [x, y, z]) in terms {
            let weight = x * y * z;
            let place = sums
                .iter()
                .take(known)
                .position(|&(label, _)| label == value);
            if place.is_none() {
                known += 1;
            }
            let Some((found, sum)) = sums.get_mut(place.unwrap_or(known - 1)) else {
                break;
            };
            *found = value;
            *sum += weight;
            // The first of equals stays.
            if *sum > heaviest {
                (heaviest, label) = (*sum, value);
            }
        }
        label
    }
}

/// Relative error at which the series and the fraction are cut off.
const RELATIVE_ERROR: f64 = 3e-7;
const MOST_STEPS: u32 = 100;

/// `erf(x)` as the incomplete gamma function `P(1/2, x²)`.
fn error_function(x: f64) -> f64 {
    let square = x * x;
    let magnitude = if square < 1.5 {
        gamma_series(square)
    } else {
        1.0 - gamma_fraction(square)
    };
    if x < 0.0 { -magnitude } else { magnitude }
}

/// `e⁻ˣ √x / Γ(1/2)`.
fn gamma_factor(x: f64) -> f64 {
    (-x + 0.5 * x.ln() - ln_gamma_of_half()).exp()
}

/// The lower incomplete gamma function of 1/2 by its series.
fn gamma_series(x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let mut order = 0.5;
    let mut term = 1.0 / order;
    let mut sum = term;
    for _ in 0..MOST_STEPS {
        order += 1.0;
        term *= x / order;
        sum += term;
        if term.abs() < sum.abs() * RELATIVE_ERROR {
            break;
        }
    }
    sum * gamma_factor(x)
}

/// The upper incomplete gamma function of 1/2 by Lentz's continued fraction.
fn gamma_fraction(x: f64) -> f64 {
    const TINY: f64 = 1e-30;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut b = x + 1.0 - 0.5;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for step in 1..=MOST_STEPS {
        let step = f64::from(step);
        let a = step * (0.5 - step);
        b += 2.0;
        d = 1.0 / away_from_zero(a * d + b);
        c = away_from_zero(b + a / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < RELATIVE_ERROR {
            break;
        }
    }
    gamma_factor(x) * fraction
}

/// `ln Γ(1/2)` by Lanczos' approximation with six terms.
// The digits as published.
#[allow(clippy::excessive_precision)]
fn ln_gamma_of_half() -> f64 {
    let x = 0.5;
    let mut series = 2.506_628_275_634_795;
    series += 225.525_584_619_175_212_544 / x;
    series -= 268.295_973_841_304_927_459 / (x + 1.0);
    series += 80.903_080_693_462_251_296_6 / (x + 2.0);
    series -= 5.007_578_639_705_175_838_37 / (x + 3.0);
    series += 0.011_468_489_543_478_145_955_6 / (x + 4.0);
    let shifted: f64 = x + 4.65;
    series.ln() + (x - 0.5) * shifted.ln() - shifted
}
