//! Riesz transforms: derivatives of any order that leave the strength of each frequency alone.

use rustfft::num_complex::Complex;

use super::fourier::{Frequencies, coordinates, spectrum};
use super::laplacian_of_gaussian::{SampledLaplacianOfGaussian, Separated};
use super::rotation::{Pool, Pooling, rotated_orders};
use super::window::{Window, span_of};
use super::{Boundary, Dimension, FilterError, simoncelli};
use crate::{BoundingBox, Image};

/// The band-pass filter whose response is transformed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RieszOf {
    /// Laplacian of Gaussian.
    LaplacianOfGaussian(SampledLaplacianOfGaussian),
    /// Simoncelli's wavelet on a level, from 1.
    Simoncelli {
        /// The level.
        level: usize,
    },
}

/// What the Riesz transform of an order does to each frequency (IBSI: AYRS).
///
/// `√(L! / l1! l2! l3!) (−j)^L Π_a (ν_a / |ν|)^l_a` with `L = l1 + l2 + l3`, and 0 at frequency 0.
/// The direction of ν is the one in mm.
fn transform(
    size: [usize; 3],
    spacing: [f64; 3],
    order: [usize; 3],
) -> impl Fn([usize; 3]) -> Complex<f64> + Sync {
    // Equal spacings leave the coordinates as they are.
    let along: [Vec<f64>; 3] = std::array::from_fn(|axis| {
        let per_mm = spacing[0] / spacing[axis];
        coordinates(size[axis])
            .iter()
            .map(|coordinate| coordinate * per_mm)
            .collect()
    });
    let total: usize = order.iter().sum();
    let phase = match total % 4 {
        0 => Complex::new(1.0, 0.0),
        1 => Complex::new(0.0, -1.0),
        2 => Complex::new(-1.0, 0.0),
        _ => Complex::new(0.0, 1.0),
    };
    let factor = phase * multinomial(order).sqrt();
    move |index| {
        let at = |axis: usize| along[axis].get(index[axis]).copied().unwrap_or(0.0);
        let frequency = [at(0), at(1), at(2)];
        let length = frequency.iter().map(|f| f * f).sum::<f64>().sqrt();
        if length == 0.0 {
            return Complex::default();
        }
        let mut product = 1.0;
        for (f, l) in frequency.iter().zip(order) {
            product *= (f / length).powi(i32::try_from(l).unwrap_or(i32::MAX));
        }
        factor * product
    }
}

/// `(l1 + l2 + l3)! / (l1! l2! l3!)`, as a product of binomials.
#[allow(clippy::cast_precision_loss)]
fn multinomial(order: [usize; 3]) -> f64 {
    let mut value = 1.0;
    let mut before = 0;
    for l in order {
        for i in 1..=l {
            value *= (before + i) as f64 / i as f64;
        }
        before += l;
    }
    value
}

/// What the kernel of a Laplacian of Gaussian does to each frequency.
fn laplacian(
    filter: &SampledLaplacianOfGaussian,
    size: [usize; 3],
    spacing: [f64; 3],
    dimension: Dimension,
) -> impl Fn([usize; 3]) -> f64 + use<> {
    let Separated { factors, mean } = filter.separated(spacing, dimension);
    let along: Vec<[Vec<f64>; 3]> = factors
        .iter()
        .zip(size)
        .map(|(factors, n)| {
            let kernels = [&factors.gaussian, &factors.curvature, &factors.uniform];
            kernels.map(|kernel| spectrum(&kernel.weights, n))
        })
        .collect();
    move |index| {
        let product = |kind: &dyn Fn(usize) -> usize| -> f64 {
            let parts = along.iter().zip(index).enumerate();
            let values = parts.map(|(axis, (kinds, k))| {
                let kind = kinds.get(kind(axis)).and_then(|values| values.get(k));
                kind.copied().unwrap_or(0.0)
            });
            values.product()
        };
        let curved = (0..along.len()).map(|curved| product(&|axis| usize::from(axis == curved)));
        curved.sum::<f64>() - mean * product(&|_| 2)
    }
}

/// The response at the voxels of `keep`.
///
/// With rotations, every right-angle rotation of the transform: its orders exchanged between the
/// axes, its sign changed where an axis of odd order is turned around.
pub(super) fn respond(
    image: &Image,
    of: &RieszOf,
    order: [usize; 3],
    (dimension, boundary): (Dimension, Boundary),
    rotations: Option<Pooling>,
    keep: &BoundingBox,
) -> Result<Window, FilterError> {
    let spacing = image.geometry.spacing;
    let output = span_of(keep);
    let margin = match of {
        RieszOf::Simoncelli { level } => simoncelli::margin(dimension, *level),
        RieszOf::LaplacianOfGaussian(filter) => filter
            .reach(spacing, dimension)
            .map(|(reach, _)| if reach > 0 { reach + MARGIN } else { 0 }),
    };
    let frequencies = Frequencies::of(image, dimension, boundary, margin);
    let size = frequencies.size();
    let band: Box<dyn Fn([usize; 3]) -> f64 + Sync> = match *of {
        RieszOf::Simoncelli { level } => {
            simoncelli::check(size, level)?;
            let length = simoncelli::lengths(size);
            Box::new(move |index| simoncelli::passed(length(index), level))
        }
        RieszOf::LaplacianOfGaussian(filter) => {
            Box::new(laplacian(&filter, size, spacing, dimension))
        }
    };
    let along = |order| {
        let transform = transform(size, spacing, order);
        frequencies.respond(&output, |index| transform(index) * band(index))
    };
    let Some(pooling) = rotations else {
        return Ok(along(order));
    };
    let mut pool = Pool::new(pooling);
    for (order, [positive, negative]) in rotated_orders(dimension, order) {
        let response = along(order).values;
        if negative > 0.0 {
            let opposite = response.iter().map(|value| -value).collect();
            pool.take(opposite, negative);
        }
        if positive > 0.0 {
            pool.take(response, positive);
        }
    }
    Ok(Window {
        span: output,
        values: pool.finish(),
    })
}

/// Voxels beyond the reach of a Laplacian of Gaussian by which an image goes on: the transform
/// spreads its kernel without end, but so thinly that more of them change nothing.
const MARGIN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multinomial_coefficients() {
        assert_eq!(multinomial([1, 0, 0]), 1.0);
        assert_eq!(multinomial([1, 1, 0]), 2.0);
        assert_eq!(multinomial([2, 1, 1]), 12.0);
    }

    #[test]
    fn all_orders_of_a_degree_keep_the_energy() {
        let size = [8, 9, 10];
        let orders = [
            [2, 0, 0],
            [0, 2, 0],
            [0, 0, 2],
            [1, 1, 0],
            [1, 0, 1],
            [0, 1, 1],
        ];
        let index = [3, 7, 2];
        let energy: f64 = orders
            .iter()
            .map(|&order| transform(size, [1.0, 1.0, 2.5], order)(index).norm_sqr())
            .sum();
        // Six squares, each rounded at 1e-16.
        assert!((energy - 1.0).abs() < 1e-14, "{energy}");
    }
}
