//! The discrete Fourier transform of a block of voxels, and filters that are given by what they
//! do to each frequency.

use std::f64::consts::PI;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::window::{Part, Span, Window, length, size_of, whole, widened};
use super::{Boundary, Dimension};
use crate::Image;

/// About as many values as are worth a task of their own.
const TASK: usize = 1 << 13;

/// Columns, and rows, that are transposed together.
const TILE: usize = 16;

/// Forward and inverse transform along one axis.
type Plans = (Arc<dyn Fft<f64>>, Arc<dyn Fft<f64>>);

/// Transforms of blocks of one size; x runs fastest.
pub(super) struct Fourier {
    plans: [Plans; 3],
}

impl Fourier {
    pub(super) fn new(size: [usize; 3]) -> Self {
        let mut planner = FftPlanner::new();
        let mut plans = |length| {
            (
                planner.plan_fft_forward(length),
                planner.plan_fft_inverse(length),
            )
        };
        Self {
            plans: size.map(&mut plans),
        }
    }

    /// `X(k) = Σ_n x(n) exp(−2πj k·n / N)`.
    pub(super) fn forward(&self, mut values: Vec<Complex<f64>>) -> Vec<Complex<f64>> {
        for (forward, _) in &self.plans {
            values = along_first(forward, values);
        }
        values
    }

    /// The way back, without the division by the number of voxels.
    pub(super) fn inverse(&self, mut values: Vec<Complex<f64>>) -> Vec<Complex<f64>> {
        for (_, inverse) in &self.plans {
            values = along_first(inverse, values);
        }
        values
    }
}

/// Transforms along the axis that runs fastest and makes the next one run fastest. After three
/// times the axes lie as at first.
fn along_first(plan: &Arc<dyn Fft<f64>>, mut values: Vec<Complex<f64>>) -> Vec<Complex<f64>> {
    let length = plan.len();
    if length == 0 {
        return values;
    }
    if length > 1 {
        let lines = (TASK / length).max(1);
        values.par_chunks_mut(length * lines).for_each(|lines| {
            let mut scratch = vec![Complex::default(); plan.get_inplace_scratch_len()];
            plan.process_with_scratch(lines, &mut scratch);
        });
    }
    transposed(&values, length)
}

/// Rows of a length become columns.
fn transposed(values: &[Complex<f64>], width: usize) -> Vec<Complex<f64>> {
    let rows = values.len() / width;
    if rows <= 1 || width <= 1 {
        return values.to_vec();
    }
    let mut columns = vec![Complex::default(); values.len()];
    let tiles = columns.par_chunks_mut(rows * TILE).enumerate();
    tiles.for_each(|(tile, columns)| {
        let first = tile * TILE;
        for start in (0..rows).step_by(TILE) {
            for (column, to) in columns.chunks_mut(rows).enumerate() {
                let to = to.iter_mut().skip(start).take(TILE);
                let from = values.iter().skip(start * width + first + column);
                for (to, from) in to.zip(from.step_by(width)) {
                    *to = *from;
                }
            }
        }
    });
    columns
}

/// The smallest length from `least` on that is a product of powers of 2, 3 and 5.
pub(super) fn good_length(least: usize) -> usize {
    let smooth = |length: usize| {
        let mut rest = length;
        for prime in [2, 3, 5] {
            while rest > 1 && rest.is_multiple_of(prime) {
                rest /= prime;
            }
        }
        rest == 1
    };
    (least.max(1)..)
        .find(|&length| smooth(length))
        .unwrap_or(least)
}

/// The coordinates of an axis' frequencies in the order of the transform, from −1 to 1.
///
/// `n` frequencies are spread evenly so that the first is −1 and the last is 1, both included,
/// and the upper half comes first. Strictly the frequencies are `2k/n`; the spread form is the
/// one that the IBSI's response maps have: 8.a.2 and 8.a.3 to every digit, 8.a.1 as 5/7 of it
/// and 2/7 of the other, and the consensus values of 8.A and 9.A to every digit printed. For an
/// even `n` it has no frequency 0, and what belongs to `k` is not what belongs to `−k`; the real
/// part of the response is taken, which is the mean of both.
#[allow(clippy::cast_precision_loss)]
pub(super) fn coordinates(n: usize) -> Vec<f64> {
    let half = n.saturating_sub(1) as f64 / 2.0;
    let centred = |index: usize| {
        if n > 1 {
            (index as f64 - half) / half
        } else {
            0.0
        }
    };
    (0..n).map(|k| centred((k + n / 2) % n)).collect()
}

/// What a symmetric kernel does to each frequency `k` of an axis: `Σ_m w(m) cos(2π k m / n)`.
#[allow(clippy::cast_precision_loss)]
pub(super) fn spectrum(weights: &[f64], n: usize) -> Vec<f64> {
    let half = weights.len() / 2;
    let at = |k: usize| {
        let terms = weights.iter().enumerate().map(|(place, weight)| {
            let turns = (k * place.abs_diff(half)) % n;
            weight * (2.0 * PI * turns as f64 / n as f64).cos()
        });
        terms.sum()
    };
    (0..n).map(at).collect()
}

/// The frequencies of an image, ready to be filtered several times.
pub(super) struct Frequencies {
    /// The image with what was added around it.
    span: Span,
    dimension: Dimension,
    fourier: Fourier,
    /// The whole volume, or slice by slice.
    parts: Vec<Vec<Complex<f64>>>,
}

impl Frequencies {
    /// Transforms an image, or each of its slices.
    ///
    /// A transform takes its image as periodic. Under any other condition the image goes on for
    /// `margin` voxels on either side, and a little further above until the length is one that
    /// can be transformed fast.
    pub(super) fn of(
        image: &Image,
        dimension: Dimension,
        boundary: Boundary,
        margin: [usize; 3],
    ) -> Self {
        let all = whole(image.geometry.size);
        let mut span = all.clone();
        if boundary != Boundary::Periodic {
            span = widened(&all, &margin.map(|margin| (margin, margin)));
            for range in span.iter_mut().take(dimension.axes()) {
                let more = good_length(length(range)) - length(range);
                range.end += isize::try_from(more).unwrap_or(0);
            }
        }
        let input = Part {
            span: &all,
            values: &image.values,
            size: image.geometry.size,
        };
        let mut size = size_of(&span);
        let volume = size.iter().product::<usize>().max(1);
        let plane = (size[0] * size[1]).max(1);
        let part = match dimension {
            Dimension::Volume => volume,
            Dimension::Slices => plane,
        };
        if dimension == Dimension::Slices {
            size[2] = 1;
        }
        let fourier = Fourier::new(size);
        let complex = |values: &[f64]| values.iter().map(|&value| Complex::from(value)).collect();
        let values = if span == all {
            None
        } else {
            Some(input.extended(&span, boundary).values)
        };
        let values = values.as_deref().unwrap_or(&image.values);
        let parts = values
            .par_chunks(part)
            .map(|part| fourier.forward(complex(part)))
            .collect();
        Self {
            span,
            dimension,
            fourier,
            parts,
        }
    }

    /// Number of frequencies along each axis.
    pub(super) fn size(&self) -> [usize; 3] {
        let mut size = size_of(&self.span);
        if self.dimension == Dimension::Slices {
            size[2] = 1;
        }
        size
    }

    /// The real part of the response at the voxels of `output`, where each frequency is
    /// multiplied with `transfer`.
    pub(super) fn respond(
        &self,
        output: &Span,
        transfer: impl Fn([usize; 3]) -> Complex<f64> + Sync,
    ) -> Window {
        let [width, height, _] = self.size();
        let plane = (width * height).max(1);
        #[allow(clippy::cast_precision_loss)]
        let scale = 1.0 / self.size().iter().product::<usize>() as f64;
        let filtered = |part: &Vec<Complex<f64>>| -> Vec<Complex<f64>> {
            let mut part = part.clone();
            let planes = part.par_chunks_mut(plane).enumerate();
            planes.for_each(|(z, plane)| {
                for (y, row) in plane.chunks_mut(width.max(1)).enumerate() {
                    for (x, value) in row.iter_mut().enumerate() {
                        *value *= transfer([x, y, z]);
                    }
                }
            });
            self.fourier.inverse(part)
        };
        let within = |axis: usize| -> Range<usize> {
            let start = usize::try_from(output[axis].start - self.span[axis].start).unwrap_or(0);
            start..start + length(&output[axis])
        };
        let (x, y, z) = (within(0), within(1), within(2));
        let cut = |values: &[Complex<f64>], z: Range<usize>| -> Vec<f64> {
            let mut kept = Vec::with_capacity(x.len() * y.len() * z.len());
            for z in z {
                for y in y.clone() {
                    let start = (z * height + y) * width;
                    let row = values.get(start + x.start..start + x.end);
                    kept.extend(row.unwrap_or_default().iter().map(|value| value.re * scale));
                }
            }
            kept
        };
        let values: Vec<Vec<f64>> = match self.dimension {
            Dimension::Volume => self
                .parts
                .iter()
                .map(|part| cut(&filtered(part), z.clone()))
                .collect(),
            Dimension::Slices => self
                .parts
                .par_iter()
                .skip(z.start)
                .take(z.len())
                .map(|part| cut(&filtered(part), 0..1))
                .collect(),
        };
        Window {
            span: output.clone(),
            values: values.concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let size = [6, 5, 7];
        let values: Vec<Complex<f64>> = (0..210)
            .map(|i| Complex::new(f64::from(i * i % 31), f64::from(i % 7)))
            .collect();
        let fourier = Fourier::new(size);
        let frequencies = fourier.forward(values.clone());
        // One frequency by the definition.
        let k = [2.0, 4.0, 3.0];
        let expected: Complex<f64> = values
            .iter()
            .enumerate()
            .map(|(i, value)| {
                let n = [i % 6, i / 6 % 5, i / 30];
                let turns: f64 = (0..3).map(|a| k[a] * n[a] as f64 / size[a] as f64).sum();
                value * Complex::cis(-2.0 * PI * turns)
            })
            .sum();
        let found = frequencies[(3 * 5 + 4) * 6 + 2];
        // 210 terms below 31, each rounded at 1e-16 of it.
        assert!((found - expected).norm() < 1e-11, "{found} {expected}");
        for (back, value) in fourier.inverse(frequencies).iter().zip(&values) {
            assert!((back / 210.0 - value).norm() < 1e-13);
        }
    }

    #[test]
    fn lengths_and_coordinates() {
        assert_eq!(good_length(7), 8);
        assert_eq!(good_length(211), 216);
        assert_eq!(coordinates(5), [0.0, 0.5, 1.0, -1.0, -0.5]);
        let third = 1.0 / 3.0;
        assert_eq!(coordinates(4), [third, 1.0, -1.0, -third]);
        assert_eq!(coordinates(1), [0.0]);
        // A kernel that sums to 4 at frequency 0 and alternates to 0 at the highest.
        let found = spectrum(&[1.0, 2.0, 1.0], 4);
        assert!((found[0] - 4.0).abs() < 1e-15 && found[2].abs() < 1e-15);
    }
}
