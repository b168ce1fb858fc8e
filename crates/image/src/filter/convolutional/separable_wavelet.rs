//! Separable wavelets without decimation, by the à trous algorithm.

use super::convolve::Kernel;
use super::rotation::{Cascade, Pooling};
use super::window::{Window, span_of};
use super::{Boundary, Dimension, FilterError, MOST_LEVELS};
use crate::filter::Wavelet;
use crate::{BoundingBox, Image};

/// Which of a wavelet's two filters is applied along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pass {
    /// The low-pass filter, `L`.
    Low,
    /// The high-pass filter, `H`.
    High,
}

impl Pass {
    /// The filters along x, y and z, one letter each: `LHL`.
    ///
    /// # Errors
    /// [`FilterError::UnknownPass`] for a letter that is neither `L` nor `H`.
    pub fn list(letters: &str) -> Result<Vec<Self>, FilterError> {
        let pass = |letter| match letter {
            'L' => Ok(Self::Low),
            'H' => Ok(Self::High),
            _ => Err(FilterError::UnknownPass {
                name: letters.into(),
            }),
        };
        letters.chars().map(pass).collect()
    }

    /// Its letter.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Low => 'L',
            Self::High => 'H',
        }
    }
}

/// The kernel of one step: between the weights of the wavelet's filter stand `2^step − 1` zeros.
///
/// Holes belong to the weight before them, so a filter of F weights is centred at `F 2^step / 2`;
/// for filters of even length this decides by which voxel the response is shifted. The response
/// maps of 7.a.1 and 7.a.2 settle it, and PyWavelets' `swt` does the same.
fn with_holes(filter: &[f64], step: usize) -> Kernel {
    let hole = 1 << step;
    let mut weights = vec![0.0; filter.len().saturating_sub(1) * hole + 1];
    for (place, &weight) in weights.iter_mut().step_by(hole).zip(filter) {
        *place = weight;
    }
    let anchor = filter.len() * hole / 2;
    Kernel { weights, anchor }
}

/// How far the last level looks, whatever its sub-band and rotation.
pub(super) fn reach(wavelet: &Wavelet, level: usize) -> usize {
    let taps = wavelet.low_pass().len().max(wavelet.high_pass().len());
    let hole = 1_usize << level.saturating_sub(1).min(MOST_LEVELS);
    taps.saturating_mul(hole).div_ceil(2)
}

/// The cascade of filters: low-pass along all axes on every level before the last.
fn cascade(
    wavelet: &Wavelet,
    passes: &[Pass],
    level: usize,
    (dimension, boundary): (Dimension, Boundary),
    rotations: Option<Pooling>,
) -> Cascade {
    let (low, high) = (wavelet.low_pass(), wavelet.high_pass());
    let step = |step: usize| {
        let kernel = |pass: &Pass| match pass {
            Pass::High if step + 1 == level => with_holes(&high, step),
            _ => with_holes(&low, step),
        };
        passes.iter().map(kernel).collect()
    };
    Cascade {
        steps: (0..level).map(step).collect(),
        dimension,
        boundary,
        rotations,
    }
}

/// The response at the voxels of `keep`.
pub(super) fn respond(
    image: &Image,
    wavelet: &Wavelet,
    (passes, level): (&[Pass], usize),
    setting: (Dimension, Boundary),
    rotations: Option<Pooling>,
    keep: &BoundingBox,
) -> Window {
    let cascade = cascade(wavelet, passes, level, setting, rotations);
    cascade.respond(image, &span_of(keep))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_and_centres() {
        let haar = with_holes(&[1.0, 2.0], 0);
        assert_eq!((haar.weights, haar.anchor), (vec![1.0, 2.0], 1));
        let haar = with_holes(&[1.0, 2.0], 1);
        assert_eq!((haar.weights, haar.anchor), (vec![1.0, 0.0, 2.0], 2));
        let long = with_holes(&[1.0, 2.0, 3.0, 4.0], 1);
        assert_eq!(long.weights, [1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 4.0]);
        assert_eq!(long.anchor, 4);
        // Seven weights with their holes, turned around or not.
        let db2 = Wavelet::named("db2").unwrap();
        assert_eq!(reach(&db2, 2), 4);
        assert!([long.reach(), long.flipped().reach()].contains(&(2, 4)));
    }
}
