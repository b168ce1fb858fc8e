//! Intensity histogram features (IBSI ZVCW): the distribution of the grey levels.

use super::distribution::Distribution;
use crate::catalogue::Feature;
use crate::discretize::GrayLevels;

/// The grey levels of the intensity mask and how many voxels each has.
#[derive(Clone, Debug)]
pub struct IntensityHistogram {
    levels: Distribution,
    /// Number of voxels at each grey level from 1 to the last, empty ones among them.
    counts: Vec<f64>,
    /// What each feature of the gradient is made of: the steepest rise and fall, with the grey
    /// level where they are first met.
    steepest: [(f64, f64); 2],
}

impl IntensityHistogram {
    /// The histogram of some grey levels.
    #[must_use]
    pub fn new(levels: &GrayLevels) -> Self {
        let counts: Vec<f64> = levels.counts.iter().map(|&count| count as f64).collect();
        Self {
            levels: Distribution::of_levels(&levels.counts),
            steepest: steepest(&counts),
            counts,
        }
    }

    /// The commonest grey level; of several, the one nearest the mean, and the lower of two as
    /// near.
    fn mode(&self) -> f64 {
        let most = self.counts.iter().copied().fold(0.0, f64::max);
        let mean = self.levels.mean();
        let mut mode = f64::NAN;
        for (level, &count) in (1_u32..).zip(&self.counts) {
            let level = f64::from(level);
            let nearer = mode.is_nan() || (level - mean).abs() < (mode - mean).abs();
            if count == most && nearer {
                mode = level;
            }
        }
        mode
    }
}

/// The gradient $H'_i = (n_{i+1} - n_{i-1})/2$, at the ends $n_2 - n_1$ and
/// $n_{N_g} - n_{N_g - 1}$: its maximum and minimum, each with its grey level. NaN for a single
/// level.
fn steepest(counts: &[f64]) -> [(f64, f64); 2] {
    let mut found = [(f64::NAN, f64::NAN); 2];
    let last = counts.len().saturating_sub(1);
    for i in 0..counts.len() {
        let (before, after) = (i.saturating_sub(1), (i + 1).min(last));
        if let (Some(low), Some(high)) = (counts.get(before), counts.get(after))
            && before < after
        {
            let gradient = (high - low) / (after - before) as f64;
            let [rise, fall] = &mut found;
            let here = (gradient, (i + 1) as f64);
            if rise.0.is_nan() || gradient > rise.0 {
                *rise = here;
            }
            if fall.0.is_nan() || gradient < fall.0 {
                *fall = here;
            }
        }
    }
    found
}

/// The features, in the order of the manual.
pub const FEATURES: &[Feature<IntensityHistogram>] = &[
    Feature::new("ih_mean", "X6K6", "Mean", |h| h.levels.mean()),
    Feature::new("ih_var", "CH89", "Variance", |h| h.levels.variance()),
    Feature::new("ih_skew", "88K1", "Skewness", |h| h.levels.skewness()),
    Feature::new("ih_kurt", "C3I7", "(Excess) kurtosis", |h| {
        h.levels.kurtosis()
    }),
    Feature::new("ih_median", "WIFQ", "Median", |h| h.levels.median()),
    Feature::new("ih_min", "1PR8", "Minimum", |h| h.levels.minimum()),
    Feature::new("ih_p10", "1PR8", "10th percentile", |h| {
        h.levels.percentile(10.0)
    }),
    Feature::new("ih_p90", "GPMT", "90th percentile", |h| {
        h.levels.percentile(90.0)
    }),
    Feature::new("ih_max", "3NCY", "Maximum", |h| h.levels.maximum()),
    Feature::new("ih_mode", "AMMC", "Mode", IntensityHistogram::mode),
    Feature::new("ih_iqr", "WR0O", "Interquartile range", |h| {
        h.levels.interquartile_range()
    }),
    Feature::new("ih_range", "5Z3W", "Range", |h| h.levels.range()),
    Feature::new("ih_mad", "D2ZX", "Mean absolute deviation", |h| {
        h.levels.mean_absolute_deviation()
    }),
    Feature::new("ih_rmad", "WRZB", "Robust mean absolute deviation", |h| {
        h.levels.robust_mean_absolute_deviation()
    }),
    Feature::new("ih_medad", "4RNL", "Median absolute deviation", |h| {
        h.levels.median_absolute_deviation()
    }),
    Feature::new("ih_cov", "CWYJ", "Coefficient of variation", |h| {
        h.levels.coefficient_of_variation()
    }),
    Feature::new(
        "ih_qcod",
        "SLWD",
        "Quartile coefficient of dispersion",
        |h| h.levels.quartile_coefficient_of_dispersion(),
    ),
    Feature::new("ih_entropy", "TLU2", "Entropy", |h| {
        h.levels.shares().map(|p| p * (1.0 / p).log2()).sum()
    }),
    Feature::new("ih_uniformity", "BJ5W", "Uniformity", |h| {
        h.levels.shares().map(|p| p * p).sum()
    }),
    Feature::new("ih_max_grad", "12CE", "Maximum histogram gradient", |h| {
        h.steepest[0].0
    }),
    Feature::new(
        "ih_max_grad_g",
        "8E6O",
        "Maximum histogram gradient intensity",
        |h| h.steepest[0].1,
    ),
    Feature::new("ih_min_grad", "VQB3", "Minimum histogram gradient", |h| {
        h.steepest[1].0
    }),
    Feature::new(
        "ih_min_grad_g",
        "RHQZ",
        "Minimum histogram gradient intensity",
        |h| h.steepest[1].1,
    ),
];
