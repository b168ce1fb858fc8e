//! The histogram of logarithms without the blur of the field.
//!
//! The histogram `V` is taken as `U` convolved with a Gaussian `F`. A Wiener filter,
//! `G = F* / (|F|² + noise)`, gives back `U`; the expected sharp value of a voxel with blurred value
//! `v` is `E(u | v) = (F ∗ (u U)) / (F ∗ U)`.

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use super::N4;
use super::voxels::Voxels;

/// The map from a logarithm to its sharpened value: straight lines between the centres of bins.
pub(super) struct Sharpening {
    low: f64,
    width: f64,
    expected: Vec<f64>,
}

impl Sharpening {
    /// `None` if all voxels have one value.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    pub(super) fn new(voxels: &Voxels, settings: &N4) -> Option<Self> {
        let bins = settings.bins;
        let (low, high) = voxels.range();
        let width = (high - low) / (bins - 1) as f64;
        if !(width.is_finite() && width > 0.0) {
            return None;
        }
        // Each voxel counts for the two bins next to it, by its distance from their centres.
        let histogram = voxels.summed(bins, |values, counts| {
            for value in values {
                let place = (value - low) / width;
                let bin = (place as usize).min(bins - 1);
                let share = place - bin as f64;
                if let Some(count) = counts.get_mut(bin) {
                    *count += 1.0 - share;
                }
                if let Some(count) = counts.get_mut(bin + 1) {
                    *count += share;
                }
            }
        });

        // Zeros around it, for the transform takes the histogram as a ring.
        let length = 2 * bins.next_power_of_two();
        let before = (length - bins) / 2;
        let mut planner = FftPlanner::new();
        let forward = planner.plan_fft_forward(length);
        let inverse = planner.plan_fft_inverse(length);
        let blur = transformed(&*forward, gaussian(length, settings.fwhm / width));
        let mut ring = vec![0.0; length];
        for (place, count) in ring.iter_mut().skip(before).zip(histogram) {
            *place = count;
        }
        let mut sharp = transformed(&*forward, ring);
        for (value, blur) in sharp.iter_mut().zip(&blur) {
            let wiener = blur.conj() / (blur.norm_sqr() + settings.wiener_noise);
            *value *= wiener.re;
        }
        // A transform there and back multiplies by the length: in ratios it falls out.
        let sharp: Vec<f64> = real_parts(&*inverse, sharp)
            .into_iter()
            .map(|count| count.max(0.0))
            .collect();
        let centre = |place: usize| low + (place as f64 - before as f64) * width;
        let moments = sharp.iter().enumerate();
        let moments = moments
            .map(|(place, count)| count * centre(place))
            .collect();
        let blurred = |values: Vec<f64>| {
            let mut found = transformed(&*forward, values);
            for (value, blur) in found.iter_mut().zip(&blur) {
                *value *= blur;
            }
            real_parts(&*inverse, found)
        };
        let expected = blurred(moments).into_iter().zip(blurred(sharp));
        let expected = expected
            .map(|(moment, count)| if count == 0.0 { 0.0 } else { moment / count })
            .skip(before)
            .take(bins)
            .collect();
        Some(Self {
            low,
            width,
            expected,
        })
    }

    /// The sharpened value of a logarithm.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    pub(super) fn sharpened(&self, value: f64) -> f64 {
        let place = (value - self.low) / self.width;
        let bin = place as usize;
        match (self.expected.get(bin), self.expected.get(bin + 1)) {
            (Some(here), Some(next)) => here + (next - here) * (place - bin as f64),
            _ => self.expected.last().copied().unwrap_or(value),
        }
    }
}

/// A Gaussian of unit area on a ring, its full width at half maximum in bins.
#[allow(clippy::cast_precision_loss)]
fn gaussian(length: usize, fwhm: f64) -> Vec<f64> {
    let ln_2 = std::f64::consts::LN_2;
    let height = 2.0 * (ln_2 / std::f64::consts::PI).sqrt() / fwhm;
    let narrowness = 4.0 * ln_2 / (fwhm * fwhm);
    (0..length)
        .map(|place| {
            let distance = place.min(length - place) as f64;
            height * (-distance * distance * narrowness).exp()
        })
        .collect()
}

fn transformed(transform: &dyn Fft<f64>, values: Vec<f64>) -> Vec<Complex<f64>> {
    let mut numbers: Vec<Complex<f64>> = values.into_iter().map(Complex::from).collect();
    transform.process(&mut numbers);
    numbers
}

fn real_parts(transform: &dyn Fft<f64>, mut numbers: Vec<Complex<f64>>) -> Vec<f64> {
    transform.process(&mut numbers);
    numbers.into_iter().map(|number| number.re).collect()
}
