//! From intensities to grey levels, as the IBSI defines it.
//!
//! Where it departs from PyRadiomics ([`crate::discretize`]): bins of fixed size start at the lower
//! limit of re-segmentation, or at the smallest intensity, not at a multiple of their width.

use crate::discretize::{Binning, DiscretizeError, GrayLevels, MAXIMUM_BINS, extremes};

/// How intensities become grey levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Discretisation {
    /// Fixed bin size (Q3RU): $\lfloor (x - x_0)/w \rfloor + 1$, in the unit of the image.
    BinSize(f64),
    /// Fixed bin number (K15C): $\lfloor N_g (x - \min)/(\max - \min) \rfloor + 1$, and $N_g$ for
    /// the maximum; 1 where all intensities are the same.
    BinNumber(u32),
}

/// The grey levels of some intensities; `lower` is where bins of fixed size start, their minimum
/// where it is `None`.
///
/// # Errors
/// No intensities or one that is no number, bins without width or number, more than
/// [`MAXIMUM_BINS`], an intensity below `lower`.
pub fn discretise(
    values: &[f64],
    lower: Option<f64>,
    discretisation: Discretisation,
) -> Result<GrayLevels, DiscretizeError> {
    if values.is_empty() {
        return Err(DiscretizeError::Empty);
    }
    if let Some(&culprit) = values.iter().find(|value| !value.is_finite()) {
        return Err(DiscretizeError::NotFinite(culprit));
    }
    let (minimum, maximum) = extremes(values);
    let lower = lower.unwrap_or(minimum);
    let too_many = |width: f64| DiscretizeError::TooMany {
        width,
        minimum: lower,
        maximum,
    };
    let (bins, level): (f64, Box<dyn Fn(f64) -> f64>) = match discretisation {
        Discretisation::BinSize(width) => {
            if !(width.is_finite() && width > 0.0) || minimum < lower {
                return Err(DiscretizeError::NoBins(Binning::Width(width)));
            }
            let level = move |x: f64| ((x - lower) / width).floor() + 1.0;
            let bins = level(maximum);
            if bins > MAXIMUM_BINS as f64 {
                return Err(too_many(width));
            }
            (bins, Box::new(level))
        }
        Discretisation::BinNumber(count) => {
            if count == 0 {
                return Err(DiscretizeError::NoBins(Binning::Count(count)));
            }
            if count as usize > MAXIMUM_BINS {
                return Err(too_many((maximum - minimum) / f64::from(count)));
            }
            let bins = f64::from(count);
            let range = maximum - minimum;
            let level = move |x: f64| {
                if range > 0.0 {
                    ((bins * (x - minimum) / range).floor() + 1.0).min(bins)
                } else {
                    1.0
                }
            };
            (bins, Box::new(level))
        }
    };
    let mut counts = vec![0_usize; bins as usize];
    let levels = values
        .iter()
        .map(|&value| {
            let level = level(value) as u32;
            if let Some(count) = counts.get_mut(level as usize - 1) {
                *count += 1;
            }
            level
        })
        .collect();
    Ok(GrayLevels { levels, counts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_of_fixed_size_start_at_the_limit_or_the_minimum() {
        let values = [-480.0, -455.0, 400.0, 12.0];
        let size = Discretisation::BinSize(25.0);
        let found = discretise(&values, Some(-500.0), size).unwrap();
        assert_eq!(found.levels, [1, 2, 37, 21]);
        assert_eq!(found.counts.len(), 37);
        assert_eq!(
            discretise(&values, None, size).unwrap().levels,
            [1, 2, 36, 20]
        );
        assert!(discretise(&values, Some(-460.0), size).is_err());
    }

    #[test]
    fn a_fixed_number_of_bins_spans_the_intensities() {
        let number = Discretisation::BinNumber(4);
        let found = discretise(&[0.0, 0.9, 1.0, 3.99, 4.0], None, number).unwrap();
        assert_eq!(found.levels, [1, 1, 2, 4, 4]);
        assert_eq!(found.counts, [2, 1, 0, 2]);
        let flat = discretise(&[7.0; 3], None, number).unwrap();
        assert_eq!((flat.levels, flat.counts), (vec![1; 3], vec![3, 0, 0, 0]));
    }

    #[test]
    fn what_makes_no_bins_is_refused() {
        for wrong in [0.0, -1.0, f64::NAN, 1e-9] {
            assert!(discretise(&[0.0, 1e6], None, Discretisation::BinSize(wrong)).is_err());
        }
        assert!(discretise(&[1.0], None, Discretisation::BinNumber(0)).is_err());
        assert!(discretise(&[], None, Discretisation::BinNumber(2)).is_err());
        assert!(discretise(&[f64::NAN], None, Discretisation::BinSize(1.0)).is_err());
    }
}
