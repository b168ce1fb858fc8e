//! From values to grey levels 1, 2, 3, ...
//!
//! Where PyRadiomics departs from IBSI:
//! - Bins of fixed width start at the multiple of the width at or below the region's minimum; IBSI
//!   starts them at the minimum itself or at the lower limit of re-segmentation.
//! - With a fixed number of bins, edges are computed as numpy does and a value on an edge goes to
//!   the bin above it; the same as IBSI up to rounding.
//! - Values of a 32-bit float image are binned with the first two edges (fixed width) or all edges
//!   (fixed number) rounded to 32 bits, because numpy keeps the type of the image.

use radiome_image::PixelType;
use thiserror::Error;

/// How values become grey levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Binning {
    /// Bins of this width, in the unit of the image (`binWidth`).
    Width(f64),
    /// This many bins from the region's minimum to its maximum (`binCount`).
    Count(u32),
}

/// The most bins that a region may be cut into.
pub const MAXIMUM_BINS: usize = 1 << 20;

/// Why values cannot be turned into grey levels.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum DiscretizeError {
    /// There are no values.
    #[error("the region has no voxels to discretize")]
    Empty,
    /// A value is not a number or infinite.
    #[error("the region holds a value that is not finite ({0}); correct the image or the mask")]
    NotFinite(f64),
    /// The width of the bins is not a positive number, or their number is zero.
    #[error("{0:?} makes no bins; give a width above 0 or a count of at least 1")]
    NoBins(Binning),
    /// The bins are so narrow that there would be too many of them.
    #[error(
        "a bin width of {width} cuts the range {minimum:?} to {maximum:?} into more than \
         {MAXIMUM_BINS} bins; set a larger binWidth, or binCount"
    )]
    TooMany {
        /// The width asked for.
        width: f64,
        /// The region's smallest value.
        minimum: f64,
        /// The region's largest value.
        maximum: f64,
    },
    /// The values lie so close together that the edges of so many bins are not all different
    /// numbers.
    #[error(
        "{count} bins do not fit between {minimum:?} and {maximum:?}, which differ by little more than \
         rounding; set binWidth, or a smaller binCount"
    )]
    TooClose {
        /// The number of bins asked for.
        count: u32,
        /// The region's smallest value.
        minimum: f64,
        /// The region's largest value.
        maximum: f64,
    },
}

/// The grey levels of the voxels of a region.
#[derive(Clone, Debug, PartialEq)]
pub struct GrayLevels {
    /// The grey level of each voxel, 1 or more, in the order of the values.
    pub levels: Vec<u32>,
    /// How many voxels have each level; entry 0 belongs to level 1.
    pub counts: Vec<usize>,
}

/// Turns the values of a region into grey levels.
///
/// With a width $w$, the level of a value $x$ is
/// $\lfloor x/w \rfloor - \lfloor \min/w \rfloor + 1$; with a count $n$ it is
/// $\lfloor n (x - \min)/(\max - \min) \rfloor + 1$, and $n$ for the maximum.
///
/// # Errors
/// See [`DiscretizeError`].
pub fn discretize(
    values: &[f64],
    pixel_type: PixelType,
    binning: Binning,
) -> Result<GrayLevels, DiscretizeError> {
    if values.is_empty() {
        return Err(DiscretizeError::Empty);
    }
    let (minimum, maximum) = extremes(values);
    // Not a number is neither less nor greater than any: it has to be looked for.
    let finite = |value: f64| value.abs() <= f64::MAX;
    if !values.iter().fold(true, |all, &value| all & finite(value)) {
        let culprit = values.iter().find(|value| !finite(**value));
        return Err(DiscretizeError::NotFinite(
            culprit.copied().unwrap_or(f64::NAN),
        ));
    }
    let single = pixel_type == PixelType::F32;
    let edges = match binning {
        Binning::Width(width) => edges_of_width(minimum, maximum, width, single)?,
        Binning::Count(0) => return Err(DiscretizeError::NoBins(binning)),
        Binning::Count(count) if count as usize > MAXIMUM_BINS => {
            return Err(DiscretizeError::TooMany {
                width: (maximum - minimum) / f64::from(count),
                minimum,
                maximum,
            });
        }
        Binning::Count(count) => edges_of_count(minimum, maximum, count, single)?,
    };
    let mut counts = vec![0_usize; edges.len()];
    let mut levels = vec![0_u32; values.len()];
    // Edges are evenly spaced up to rounding: a guess by division is at most one bin off.
    let first = edges.first().copied().unwrap_or(minimum);
    let last = edges.len().saturating_sub(1);
    let step = edges.get(1).map_or(f64::INFINITY, |second| second - first);
    let per_value = 1.0 / step;
    const BLOCK: usize = 32;
    let mut guesses = [0_u32; BLOCK];
    for (levels, values) in levels.chunks_mut(BLOCK).zip(values.chunks(BLOCK)) {
        for (guess, &value) in guesses.iter_mut().zip(values) {
            // Added to 2^52, a number leaves its whole part in the last bits.
            let bins = ((value - first) * per_value - 0.5).max(0.0);
            *guess = (bins + TWO_TO_52).to_bits() as u32;
        }
        for ((level, &value), &guess) in levels.iter_mut().zip(values).zip(&guesses) {
            let mut bin = (guess as usize).min(last);
            while bin < last && edges[bin + 1] <= value {
                bin += 1;
            }
            while bin > 0 && edges[bin] > value {
                bin -= 1;
            }
            counts[bin] += 1;
            *level = bin as u32 + 1;
        }
    }
    while counts.last() == Some(&0) {
        counts.pop();
    }
    Ok(GrayLevels { levels, counts })
}

/// From here on a 64-bit number holds no fraction.
const TWO_TO_52: f64 = 4_503_599_627_370_496.0;

/// The least and the greatest value; NaN where there is nothing.
pub(crate) fn extremes(values: &[f64]) -> (f64, f64) {
    let Some(&first) = values.first() else {
        return (f64::NAN, f64::NAN);
    };
    let (mut least, mut greatest) = ([first; 4], [first; 4]);
    let (blocks, rest) = values.as_chunks::<4>();
    let mut meet = |place: usize, value: f64| {
        if value < least[place] {
            least[place] = value;
        }
        if value > greatest[place] {
            greatest[place] = value;
        }
    };
    for block in blocks {
        for (place, &value) in block.iter().enumerate() {
            meet(place, value);
        }
    }
    for &value in rest {
        meet(0, value);
    }
    let least = least.into_iter().fold(first, f64::min);
    (least, greatest.into_iter().fold(first, f64::max))
}

/// Lower edges of bins of fixed width, from the multiple of `width` at or below the minimum.
fn edges_of_width(
    minimum: f64,
    maximum: f64,
    width: f64,
    single: bool,
) -> Result<Vec<f64>, DiscretizeError> {
    if !(width > 0.0 && width.is_finite()) {
        return Err(DiscretizeError::NoBins(Binning::Width(width)));
    }
    // numpy takes the step from the first two edges, so their rounding is in all others.
    let (low, second, high) = if single {
        let (minimum, width) = (minimum as f32, width as f32);
        let low = minimum - floored_remainder(f64::from(minimum), f64::from(width)) as f32;
        let edges = (low, low + width, maximum as f32 + 2.0 * width);
        (f64::from(edges.0), f64::from(edges.1), f64::from(edges.2))
    } else {
        let low = minimum - floored_remainder(minimum, width);
        (low, low + width, maximum + 2.0 * width)
    };
    let count = ((high - low) / width).ceil();
    if count.is_nan() || count > MAXIMUM_BINS as f64 {
        return Err(DiscretizeError::TooMany {
            width,
            minimum,
            maximum,
        });
    }
    let step = second - low;
    if step <= 0.0 {
        return Err(DiscretizeError::TooMany {
            width,
            minimum,
            maximum,
        });
    }
    Ok((0..count as usize).map(|i| low + i as f64 * step).collect())
}

/// Lower edges of a fixed number of bins; a flat region lies in a bin of width 1 around its value.
///
/// Edges have to ascend, the maximum above the last of them; numpy refuses other ones too.
fn edges_of_count(
    minimum: f64,
    maximum: f64,
    count: u32,
    single: bool,
) -> Result<Vec<f64>, DiscretizeError> {
    let round = |value: f64| {
        if single {
            f64::from(value as f32)
        } else {
            value
        }
    };
    let (low, high) = if minimum == maximum {
        (round(minimum - 0.5), round(maximum + 0.5))
    } else {
        (minimum, maximum)
    };
    let step = round(round(high - low) / f64::from(count));
    let edges: Vec<f64> = (0..count)
        .map(|i| round(round(f64::from(i) * step) + low))
        .collect();
    let next = edges.iter().skip(1).chain([&high]);
    if edges.iter().zip(next).any(|(edge, next)| edge >= next) {
        return Err(DiscretizeError::TooClose {
            count,
            minimum,
            maximum,
        });
    }
    Ok(edges)
}

/// The remainder with the sign of the divisor.
fn floored_remainder(value: f64, divisor: f64) -> f64 {
    let remainder = value % divisor;
    if remainder < 0.0 {
        remainder + divisor
    } else {
        remainder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(values: &[f64], binning: Binning) -> Vec<u32> {
        discretize(values, PixelType::F64, binning).unwrap().levels
    }

    #[test]
    fn fixed_width_starts_at_a_multiple_of_the_width() {
        // 54 to 166 in steps of 25: edges 50, 75, 100, 125, 150; a value on an edge goes up.
        let values = [54.0, 74.9, 75.0, 124.0, 125.0, 150.0, 166.0];
        assert_eq!(levels(&values, Binning::Width(25.0)), [1, 1, 2, 3, 4, 5, 5]);
        assert_eq!(levels(&[-1.0, 0.0, 1.0], Binning::Width(25.0)), [1, 2, 2]);
        // The maximum on a multiple of the width opens its own bin.
        assert_eq!(levels(&[0.0, 50.0], Binning::Width(25.0)), [1, 3]);
    }

    #[test]
    fn fixed_count_puts_the_maximum_in_the_last_bin() {
        let values = [0.0, 1.0, 2.5, 5.0, 9.9, 10.0];
        assert_eq!(levels(&values, Binning::Count(4)), [1, 1, 2, 3, 4, 4]);
        assert_eq!(levels(&[7.0, 7.0], Binning::Count(4)), [3, 3]);
    }

    #[test]
    fn flat_regions_have_one_level() {
        assert_eq!(levels(&[50.0; 3], Binning::Width(25.0)), [1; 3]);
        assert_eq!(levels(&[51.0; 3], Binning::Width(25.0)), [1; 3]);
    }

    #[test]
    fn impossible_requests_are_errors() {
        let f64 = PixelType::F64;
        assert_eq!(
            discretize(&[], f64, Binning::Width(1.0)),
            Err(DiscretizeError::Empty)
        );
        assert!(matches!(
            discretize(&[f64::NAN], f64, Binning::Width(1.0)),
            Err(DiscretizeError::NotFinite(_))
        ));
        assert!(matches!(
            discretize(&[0.0, 1e9], f64, Binning::Width(1.0)),
            Err(DiscretizeError::TooMany { .. })
        ));
        for binning in [
            Binning::Width(0.0),
            Binning::Width(f64::NAN),
            Binning::Count(0),
        ] {
            assert!(matches!(
                discretize(&[1.0], f64, binning),
                Err(DiscretizeError::NoBins(_))
            ));
        }
    }

    #[test]
    fn edges_of_a_count_have_to_be_different_numbers() {
        // numpy 2.4's histogram refuses the same ones: "Too many bins for data range".
        let refused = |values: &[f64], pixel_type, count| {
            let result = discretize(values, pixel_type, Binning::Count(count));
            let too_close = matches!(result, Err(DiscretizeError::TooClose { .. }));
            assert_eq!(too_close, result.is_err());
            too_close
        };
        let above = |steps: u64| f64::from_bits(100.0_f64.to_bits() + steps);
        assert!(refused(&[100.0, above(1)], PixelType::F64, 2));
        assert!(refused(&[100.0, above(7)], PixelType::F64, 8));
        assert!(!refused(&[100.0, above(8)], PixelType::F64, 8));
        assert!(!refused(&[100.0, above(1)], PixelType::F64, 1));
        assert!(!refused(&[100.0, 100.0], PixelType::F64, 64));
        // Half a unit is lost beside a large number, and all edges are the same.
        assert!(refused(&[1e17; 2], PixelType::F64, 1));
        assert!(refused(&[f64::from(3e7_f32); 2], PixelType::F32, 4));
        let single = f64::from(f32::from_bits(100.0_f32.to_bits() + 1));
        assert!(refused(&[100.0, single], PixelType::F32, 2));
        assert!(!refused(&[100.0, single], PixelType::F64, 2));
    }

    #[test]
    fn single_precision_moves_edges_as_numpy_does() {
        // Levels by PyRadiomics' binImage (numpy 2.4) for the same numbers in 32 and in 64 bits.
        let values = [-29.7_f32, -14.4, -0.3, 0.0, 0.3, 0.9, 2.1, 5.1, 29.7].map(f64::from);
        let levels = |pixel_type, binning| discretize(&values, pixel_type, binning).unwrap().levels;
        let width = Binning::Width(0.3);
        assert_eq!(
            levels(PixelType::F32, width),
            [1, 52, 99, 100, 101, 103, 107, 117, 199]
        );
        assert_eq!(
            levels(PixelType::F64, width),
            [1, 53, 99, 100, 102, 103, 107, 117, 200]
        );
        let count = Binning::Count(11);
        assert_eq!(levels(PixelType::F32, count), [1, 3, 6, 6, 6, 6, 6, 7, 11]);
        assert_eq!(levels(PixelType::F64, count), [1, 3, 6, 6, 6, 6, 6, 7, 11]);
    }
}
