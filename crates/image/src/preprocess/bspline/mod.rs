//! Cubic B-spline interpolation with mirrored borders, in ITK's arithmetic.
//!
//! A spline through the samples is a sum of B-splines `β³(x − k)` with coefficients `c(k)`, found
//! from the samples by a recursive filter along each axis (pole `z = √3 − 2`, gain 6). Every
//! product and sum is taken in the order of ITK, because a result that is cut off to a whole
//! number can otherwise come out one too low or too high.
//!
//! Sources: M. Unser, Splines: a perfect fit for signal and image processing, IEEE Signal
//! Processing Magazine 16(6), 1999, box 2; `itkBSplineDecompositionImageFilter.hxx` and
//! `itkBSplineInterpolateImageFunction.hxx` of ITK 5.4.

mod coefficients;
mod plane;
mod slices;

use std::ops::Range;

use coefficients::Coefficients;
use rayon::prelude::*;

use crate::lines::filter_axis;
use crate::preprocess::crop::crop_voxels;
use crate::{BoundingBox, Image};

/// Samples around the part that is looked at which are filtered with it.
///
/// The recursions forget where they started by a factor of 0.268 a sample: 29 samples leave less
/// than the last bit of a 64-bit number, and of the bits that still differ then by rounding, each
/// further sample leaves about a quarter.
const MARGIN: usize = 64;

/// So many equal samples in a row, and the recursions need not forget: where they settle, or fade
/// to 0, two roundings can go on side by side. Such an image is filtered whole.
const FLAT: u8 = 16;

/// Slices that a thread takes at a time.
const SLICES: usize = 16;

/// The coefficients of the spline through an image, as far as they are looked at.
pub(crate) struct BSpline {
    /// Size of the image.
    size: [usize; 3],
    /// Where the coefficients start in the image.
    lower: [usize; 3],
    /// Size of the part of the image that has coefficients.
    held: [usize; 3],
    coefficients: Vec<f64>,
}

/// The four coefficients around a position along an axis, and their weights.
#[derive(Clone, Copy, Default)]
struct Support {
    places: [usize; 4],
    weights: [f64; 4],
}

impl BSpline {
    /// The spline through an image, for positions within `bounds` (lowest and highest continuous
    /// index along each axis).
    pub(crate) fn through(image: &Image, bounds: &[[f64; 2]; 3]) -> Self {
        let size = image.geometry.size;
        let seen: [Range<usize>; 3] = std::array::from_fn(|axis| seen(bounds[axis], size[axis]));
        let part = BoundingBox {
            lower: std::array::from_fn(|axis| seen[axis].start.saturating_sub(MARGIN)),
            upper: std::array::from_fn(|axis| (seen[axis].end + MARGIN).min(size[axis]) - 1),
        };
        let (part, cropped) = if part.size() == size {
            (part, None)
        } else {
            let cropped = crop_voxels(&image.values, size, &part);
            let uneven = (0..3)
                .filter(|&axis| part.size()[axis] < size[axis])
                .all(|axis| longest_run(&cropped, part.size(), axis) < FLAT);
            if uneven {
                (part, Some(cropped))
            } else {
                let whole = BoundingBox {
                    lower: [0; 3],
                    upper: size.map(|size| size - 1),
                };
                (whole, None)
            }
        };

        // Along x, then y, then z; every pass leaves what the evaluation looks at.
        let samples = cropped.as_deref().unwrap_or(&image.values);
        let keep = |axis: usize| {
            let lower = part.lower[axis];
            seen[axis].start - lower..seen[axis].end - lower
        };
        let filter = Coefficients::new();
        let x = filter_axis(part.size(), samples, 0, keep(0), &filter, Vec::new());
        let y = filter_axis(x.size, &x.values, 1, keep(1), &filter, Vec::new());
        let z = filter_axis(y.size, &y.values, 2, keep(2), &filter, x.values);
        Self {
            size,
            lower: seen.map(|range| range.start),
            held: z.size,
            coefficients: z.values,
        }
    }

    /// The spline at a continuous index.
    pub(crate) fn value_at(&self, index: [f64; 3]) -> f64 {
        let [x, y, z] = [0, 1, 2].map(|axis| self.support(index[axis], axis));
        let mut products = [0.0; 16];
        for (row, &weight_y) in products.chunks_exact_mut(4).zip(&y.weights) {
            for (product, &weight_x) in row.iter_mut().zip(&x.weights) {
                *product = weight_x * weight_y;
            }
        }
        let [width, height, _] = self.held;
        let contiguous = x.places[0] + 3 == x.places[3] && x.places[1] < x.places[2];
        let mut sum = 0.0;
        for (&place_z, &weight_z) in z.places.iter().zip(&z.weights) {
            for (&place_y, row) in y.places.iter().zip(products.chunks_exact(4)) {
                let line = (place_z * height + place_y) * width;
                if contiguous {
                    let start = line + x.places[0];
                    let samples = self.coefficients.get(start..start + 4).unwrap_or(&[]);
                    for (&coefficient, &product) in samples.iter().zip(row) {
                        sum += product * weight_z * coefficient;
                    }
                } else {
                    for (&place_x, &product) in x.places.iter().zip(row) {
                        let coefficient = self.coefficients.get(line + place_x).unwrap_or(&0.0);
                        sum += product * weight_z * coefficient;
                    }
                }
            }
        }
        sum
    }

    /// The spline on a grid whose positions along each axis do not depend on the others; 0 where
    /// there is no position. Every value goes through `stored`.
    pub(super) fn on_grid(
        &self,
        positions: &[Vec<Option<f64>>; 3],
        stored: impl Fn(f64) -> f64 + Sync,
    ) -> Vec<f64> {
        let supports = |axis: usize| -> Vec<Option<Support>> {
            let positions = positions[axis].iter();
            positions
                .map(|position| position.map(|x| self.support(x, axis)))
                .collect()
        };
        let along_x = slices::Columns::new(&supports(0));
        let (along_y, along_z) = (supports(1), supports(2));
        let plane = positions[0].len() * positions[1].len();
        let mut values = vec![0.0; plane * positions[2].len()];
        if values.is_empty() {
            return values;
        }
        values
            .par_chunks_mut(plane * SLICES)
            .zip(along_z.par_chunks(SLICES))
            .for_each(|(values, along_z)| {
                slices::fill(self, &along_x, &along_y, along_z, values);
                for value in values.iter_mut() {
                    *value = stored(*value);
                }
            });
        values
    }

    /// The four samples around `x` along an axis, mirrored at its ends, and their weights.
    fn support(&self, x: f64, axis: usize) -> Support {
        // ITK rounds to 32 bits before the floor: a position a hair below a sample counts as on it.
        #[allow(clippy::cast_possible_truncation)]
        let base = (x as f32).floor() as i64;
        #[allow(clippy::cast_precision_loss)]
        let w = x - base as f64;
        let last = (1.0 / 6.0) * w * w * w;
        let first = (1.0 / 6.0) + 0.5 * w * (w - 1.0) - last;
        let third = w + first - 2.0 * last;
        let second = 1.0 - first - third - last;
        let end = i64::try_from(self.size[axis]).unwrap_or(i64::MAX) - 1;
        let lower = self.lower[axis];
        Support {
            places: [base - 1, base, base + 1, base + 2]
                .map(|place| mirror(place, end).saturating_sub(lower)),
            weights: [first, second, third, last],
        }
    }
}

/// The samples along an axis whose coefficients are needed for positions between two bounds.
fn seen([low, high]: [f64; 2], size: usize) -> Range<usize> {
    #[allow(clippy::cast_possible_truncation)]
    let [low, high] = [low, high].map(|x| (x as f32).floor() as i64);
    let end = i64::try_from(size).unwrap_or(i64::MAX) - 1;
    let (mut first, mut last) = (low - 1, high + 2);
    // Beyond an end lie the mirror images of up to three samples.
    if first < 0 {
        last = last.max(3);
    }
    if last > end {
        first = first.min(end - 3);
    }
    let within = |place: i64| usize::try_from(place.clamp(0, end)).unwrap_or(0);
    within(first)..within(last) + 1
}

fn mirror(mut place: i64, end: i64) -> usize {
    if end == 0 {
        return 0;
    }
    // Once is enough but for two samples, whose far mirror image leaves the other end.
    while place < 0 || place > end {
        if place < 0 {
            place = -place;
        }
        if place > end {
            place = 2 * end - place;
        }
    }
    usize::try_from(place).unwrap_or(0)
}

/// How many samples in a row along an axis are equal to the one before, at most; counted up to
/// [`FLAT`].
fn longest_run(values: &[f64], size: [usize; 3], axis: usize) -> u8 {
    let stride: usize = size.iter().take(axis).product();
    let mut runs = vec![0_u8; stride];
    let mut longest = 0;
    for plane in values.chunks_exact(stride * size[axis]) {
        runs.fill(0);
        let rows = plane.chunks_exact(stride);
        for (row, next) in rows.clone().zip(rows.skip(1)) {
            for ((run, a), b) in runs.iter_mut().zip(row).zip(next) {
                *run = if a == b { (*run + 1).min(FLAT) } else { 0 };
                longest = longest.max(*run);
            }
        }
    }
    longest
}
