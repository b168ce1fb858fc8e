//! The body: what is brighter than the air around it.

use super::{CorrectError, check};
use crate::{Image, Mask};

/// Bins of the histogram that parts body from air.
const BINS: usize = 256;

/// The threshold that parts values into two classes with the largest variance between them (Otsu,
/// IEEE Trans. Syst. Man Cybern. 9(1):62, 1979): the centre of a bin of a histogram of `bins` equal
/// bins from the smallest to the largest value. Values above it are the brighter class.
///
/// `None` if all values are equal, one is no number, or there are no two bins.
#[must_use]
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
pub fn otsu_threshold(values: &[f64], bins: usize) -> Option<f64> {
    if values.iter().any(|value| !value.is_finite()) || bins < 2 {
        return None;
    }
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low >= high {
        return None;
    }
    let width = (high - low) / bins as f64;
    let mut counts = vec![0_usize; bins];
    for value in values {
        let bin = ((value - low) / (high - low) * bins as f64) as usize;
        if let Some(count) = counts.get_mut(bin.min(bins - 1)) {
            *count += 1;
        }
    }
    let centre = |bin: usize| low + (bin as f64 + 0.5) * width;
    let all = values.len() as f64;
    let moment = |(bin, &count): (usize, &usize)| count as f64 * centre(bin);
    let total: f64 = counts.iter().enumerate().map(moment).sum();
    let (mut below, mut below_sum) = (0.0, 0.0);
    let mut best: Option<(f64, usize)> = None;
    for (bin, &count) in counts.iter().enumerate().take(bins - 1) {
        below += count as f64;
        below_sum += count as f64 * centre(bin);
        let above = all - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let apart = below_sum / below - (total - below_sum) / above;
        let between = below * above * apart * apart;
        if best.is_none_or(|(largest, _)| between > largest) {
            best = Some((between, bin));
        }
    }
    best.map(|(_, bin)| centre(bin))
}

/// The mask of the voxels above [`otsu_threshold`] (256 bins), and the threshold: in most MR images
/// the body without air and cortical bone.
///
/// # Errors
/// [`CorrectError`] for an image of one value or with voxels that are no numbers.
pub fn body(image: &Image) -> Result<(Mask, f64), CorrectError> {
    check(image)?;
    let Some(threshold) = otsu_threshold(&image.values, BINS) else {
        return Err(CorrectError::Constant {
            value: image.values.first().copied().unwrap_or(0.0),
        });
    };
    let mask = Mask {
        geometry: image.geometry.clone(),
        inside: image
            .values
            .iter()
            .map(|&value| value > threshold)
            .collect(),
    };
    Ok((mask, threshold))
}
