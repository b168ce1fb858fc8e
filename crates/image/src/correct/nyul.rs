//! Standardisation by landmarks of the histogram.

use serde::{Deserialize, Serialize};

use super::percentile::percentiles;
use super::{CorrectError, mapped, values_of};
use crate::{Image, Mask};

/// Percentiles that are landmarks: the ends of the scale and the deciles.
const PERCENTILES: [f64; 11] = [
    1.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 99.0,
];

/// The ends of the standard scale.
const SCALE: [f64; 2] = [1.0, 100.0];

/// The standard scale of a set of images: where their percentiles lie on average, once the first
/// and the last percentile of each have been brought to 1 and 100 (Nyúl, Udupa, Zhang: New variants
/// of a method of MRI scale standardization, IEEE Trans. Med. Imaging 19(2):143, 2000; the
/// percentiles 1, 10, 20 ... 90, 99 are Shah's, Med. Image Anal. 15(2):267, 2011).
///
/// A value that is learnt: fit it on training images, and apply it to any image of the same
/// sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NyulStandard {
    /// The percentiles, 0 to 100, rising.
    pub percentiles: Vec<f64>,
    /// Where each lies on the standard scale.
    pub landmarks: Vec<f64>,
    /// Images that it was learnt from.
    pub images: usize,
}

impl NyulStandard {
    /// Learns the scale from training images, each with the region that counts (the body, a
    /// brain), or `None` for all voxels.
    ///
    /// # Errors
    /// [`CorrectError::NoImages`], and [`CorrectError::Training`] with the number of the image, from
    /// 1, that has an empty mask, voxels that are no numbers, or equal first and last percentiles.
    pub fn fit(training: &[(&Image, Option<&Mask>)]) -> Result<Self, CorrectError> {
        let mut all = Vec::with_capacity(training.len());
        for (number, (image, mask)) in (1..).zip(training) {
            let found = Self::percentiles_of(image, *mask);
            all.push(found.map_err(|source| CorrectError::Training {
                number,
                source: Box::new(source),
            })?);
        }
        Self::of_percentiles(&all)
    }

    /// The percentiles of one image that the scale is learnt from, so that no two images need be in
    /// memory.
    ///
    /// # Errors
    /// [`CorrectError`] for an empty mask, voxels that are no numbers, or equal first and last
    /// percentiles.
    pub fn percentiles_of(image: &Image, mask: Option<&Mask>) -> Result<Vec<f64>, CorrectError> {
        landmarks(image, mask, &PERCENTILES)
    }

    /// Learns the scale from the [`percentiles`](Self::percentiles_of) of each training image.
    ///
    /// # Errors
    /// [`CorrectError::NoImages`]; [`CorrectError::Training`] for a list that is not the percentiles
    /// of an image.
    pub fn of_percentiles(training: &[Vec<f64>]) -> Result<Self, CorrectError> {
        if training.is_empty() {
            return Err(CorrectError::NoImages);
        }
        let mut sums = [0.0; PERCENTILES.len()];
        for (number, found) in (1..).zip(training) {
            let (Some(&first), Some(&last)) = (found.first(), found.last()) else {
                return Err(not_percentiles(number));
            };
            let rising = first < last;
            if found.len() != PERCENTILES.len() || !rising {
                return Err(not_percentiles(number));
            }
            for (sum, landmark) in sums.iter_mut().zip(found) {
                *sum += SCALE[0] + (landmark - first) / (last - first) * (SCALE[1] - SCALE[0]);
            }
        }
        #[allow(clippy::cast_precision_loss)]
        let images = training.len() as f64;
        Ok(Self {
            percentiles: PERCENTILES.to_vec(),
            landmarks: sums.into_iter().map(|sum| sum / images).collect(),
            images: training.len(),
        })
    }

    /// Maps an image onto the scale: its own landmarks, of the region that counts, go to those of
    /// the standard, with straight lines between them and, beyond the outermost, on.
    ///
    /// # Errors
    /// [`CorrectError`] for an empty mask, voxels that are no numbers, equal first and last
    /// percentiles, or a standard that is none.
    pub fn apply(&self, image: &Image, mask: Option<&Mask>) -> Result<Image, CorrectError> {
        self.check()?;
        let own = landmarks(image, mask, &self.percentiles)?;
        // Landmarks of whole numbers can coincide: such a value goes to the middle of theirs.
        let mut knots: Vec<(f64, f64)> = Vec::new();
        let pairs: Vec<(f64, f64)> = own
            .into_iter()
            .zip(self.landmarks.iter().copied())
            .collect();
        for equal in pairs.chunk_by(|a, b| a.0 == b.0) {
            #[allow(clippy::cast_precision_loss)]
            let mean = equal.iter().map(|pair| pair.1).sum::<f64>() / equal.len() as f64;
            if let Some(first) = equal.first() {
                knots.push((first.0, mean));
            }
        }
        Ok(mapped(image, |value| interpolate(&knots, value)))
    }

    /// Checks that the scale is one: as many landmarks as percentiles, both rising.
    ///
    /// # Errors
    /// [`CorrectError::Standard`].
    pub fn check(&self) -> Result<(), CorrectError> {
        let bad = |what: &str| {
            Err(CorrectError::Standard {
                what: what.to_owned(),
            })
        };
        let rising = |values: &[f64]| values.is_sorted_by(|a, b| a < b);
        if self.percentiles.len() != self.landmarks.len() || self.percentiles.len() < 2 {
            return bad("it needs as many landmarks as percentiles, at least two");
        }
        let within = |value: &f64| (0.0..=100.0).contains(value);
        if !self.percentiles.iter().all(within) || !rising(&self.percentiles) {
            return bad("its percentiles must rise from 0 to 100");
        }
        if !self.landmarks.iter().all(|value| value.is_finite()) {
            return bad("a landmark is no number");
        }
        if !self.landmarks.is_sorted_by(|a, b| a <= b)
            || self.landmarks.first() == self.landmarks.last()
        {
            return bad("its landmarks must rise");
        }
        Ok(())
    }
}

fn not_percentiles(number: usize) -> CorrectError {
    let what = "it needs the percentiles of each image, the last above the first".to_owned();
    CorrectError::Training {
        number,
        source: Box::new(CorrectError::Standard { what }),
    }
}

/// The percentiles of the region that counts; the first and the last must differ.
fn landmarks(image: &Image, mask: Option<&Mask>, wanted: &[f64]) -> Result<Vec<f64>, CorrectError> {
    let found = percentiles(values_of(image, mask)?, wanted);
    match (found.first(), found.last()) {
        (Some(first), Some(last)) if first < last => Ok(found),
        (first, _) => Err(CorrectError::Constant {
            value: first.copied().unwrap_or(f64::NAN),
        }),
    }
}

/// Straight lines between knots of rising place, and on beyond them.
fn interpolate(knots: &[(f64, f64)], value: f64) -> f64 {
    let after = knots.partition_point(|knot| knot.0 < value);
    let right = after.clamp(1, knots.len().saturating_sub(1).max(1));
    let (Some(&(x0, y0)), Some(&(x1, y1))) = (knots.get(right - 1), knots.get(right)) else {
        return f64::NAN;
    };
    y0 + (value - x0) / (x1 - x0) * (y1 - y0)
}
