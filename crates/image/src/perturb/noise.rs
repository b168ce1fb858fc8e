//! Noise: how strong it is in an image, and more of it.

use rand_core::RngCore;

use super::chance::normal_pair;
use crate::filter::Wavelet;
use crate::{BoundingBox, Image};

/// The upper quartile of the standard normal distribution: what the median of absolute values of
/// standard normal noise is.
const NORMAL_QUARTILE: f64 = 0.674_489_750_196_081_7;
/// Taps of the high-pass filter of coif1, and how far it looks ahead and back.
const TAPS: usize = 6;

/// Standard deviation of the noise in a box of the image.
///
/// The image is filtered along the first and the second axis with the high-pass filter of the
/// wavelet coif1, without decimation; what is left in this HH band is mostly noise, and
/// $\hat\sigma = \mathrm{median}(|HH|) / \Phi^{-1}(3/4)$ (Chang, Yu and Vetterli, IEEE Transactions
/// on Image Processing 9:1532, 2000). The filter looks beyond the box and mirrors the image at its
/// edges (the border voxel is repeated).
///
/// Zwanenburg et al. divide by 0.6754, for $\Phi^{-1}(3/4) = 0.6745$: their levels are 0.13 %
/// lower. They look at the whole image; a box around the region is not ruled by empty background,
/// where the median, and with it the noise, would be 0.
#[must_use]
pub fn noise_level(image: &Image, part: &BoundingBox) -> f64 {
    // Both are constants that exist; without them there would be nothing to filter.
    let Ok(wavelet) = Wavelet::named("coif1") else {
        return 0.0;
    };
    let taps = wavelet.high_pass();
    let size = image.geometry.size;
    let [columns, rows] = [0, 1].map(|axis| sources(part, axis, size[axis]));
    let mut band = Vec::with_capacity(part.size().iter().product());
    let mut filtered = Vec::new();
    let first = columns.iter().flatten().min().copied().unwrap_or(0);
    let last = columns.iter().flatten().max().copied().unwrap_or(0);
    for z in part.lower[2]..=part.upper[2] {
        // Along y for each column that the filter along x will look at.
        filtered.clear();
        for row in &rows {
            filtered.extend((first..=last).map(|x| {
                let samples = row.iter().map(|&y| image.geometry.offset([x, y, z]));
                weighted(&taps, samples.map(|place| image.values[place]))
            }));
        }
        let stride = last - first + 1;
        for y in 0..rows.len() {
            for column in &columns {
                let samples = column.iter().map(|&x| filtered[y * stride + x - first]);
                band.push(weighted(&taps, samples).abs());
            }
        }
    }
    median(band) / NORMAL_QUARTILE
}

/// For each place of a box along an axis, the samples that meet the taps of the filter.
fn sources(part: &BoundingBox, axis: usize, size: usize) -> Vec<[usize; TAPS]> {
    let mirrored = |place: isize| -> usize {
        let size = size as isize;
        let period = place.rem_euclid(2 * size);
        (if period < size {
            period
        } else {
            2 * size - 1 - period
        }) as usize
    };
    (part.lower[axis]..=part.upper[axis])
        .map(|place| {
            std::array::from_fn(|tap| mirrored(place as isize + (TAPS / 2) as isize - tap as isize))
        })
        .collect()
}

fn weighted(taps: &[f64], samples: impl Iterator<Item = f64>) -> f64 {
    taps.iter()
        .zip(samples)
        .map(|(tap, sample)| tap * sample)
        .sum()
}

fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let (even, middle) = (values.len().is_multiple_of(2), values.len() / 2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if even {
        let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        return f64::midpoint(lower, upper);
    }
    upper
}

/// Adds independent Gaussian noise of standard deviation `level` to the voxels of a box.
pub fn add_noise(image: &mut Image, part: &BoundingBox, level: f64, generator: &mut impl RngCore) {
    for z in part.lower[2]..=part.upper[2] {
        for y in part.lower[1]..=part.upper[1] {
            let start = image.geometry.offset([part.lower[0], y, z]);
            let line = image.values.get_mut(start..).unwrap_or_default();
            let width = part.size()[0].min(line.len());
            for pair in line[..width].chunks_mut(2) {
                for (value, noise) in pair.iter_mut().zip(normal_pair(generator)) {
                    *value += level * noise;
                }
            }
        }
    }
}
