//! Intensity-volume histogram features (IBSI P88C): which part of the volume is at least so
//! bright.
//!
//! With the intensities $x_1 \dots x_N$ and levels from $\min G$ to $\max G$ in steps of $w$, the
//! volume fraction of level $i$ is $\nu_i = 1 - \#\{x_k < i\}/N$ and its intensity fraction
//! $\gamma_i = (i - \min G)/(\max G - \min G)$. No level is visited: each feature follows from the
//! sorted intensities.

use crate::catalogue::Feature;

/// How intensities become the levels of the histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum IvhDiscretisation {
    /// Intensities as they are, in steps of 1 (calibrated whole numbers such as Hounsfield units).
    Discrete,
    /// Centres of bins of this width (calibrated, continuous).
    BinSize(f64),
    /// Numbers of this many bins (arbitrary units).
    BinNumber(u32),
}

/// The intensities as levels, with the range that they are put in relation to.
#[derive(Clone, Debug)]
pub struct IntensityVolumeHistogram {
    /// Ascending.
    sorted: Vec<f64>,
    /// The lowest and highest level.
    range: [f64; 2],
    /// From level to level.
    step: f64,
}

impl IntensityVolumeHistogram {
    /// The histogram of some finite intensities. `resegmentation` is the range to which the region
    /// was cut, where it was: its finite ends are the ends of the histogram.
    #[must_use]
    pub fn new(
        values: &[f64],
        resegmentation: Option<[f64; 2]>,
        discretisation: IvhDiscretisation,
    ) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let extremes = [sorted.first(), sorted.last()].map(|end| end.copied().unwrap_or(f64::NAN));
        let [lower, upper] = resegmentation.unwrap_or(extremes);
        let [lower, upper] = [
            if lower.is_finite() {
                lower
            } else {
                extremes[0]
            },
            if upper.is_finite() {
                upper
            } else {
                extremes[1]
            },
        ];
        match discretisation {
            IvhDiscretisation::Discrete => Self {
                sorted,
                range: [lower, upper],
                step: 1.0,
            },
            IvhDiscretisation::BinSize(width) => {
                for value in &mut sorted {
                    let bin = ((*value - lower) / width).floor() + 1.0;
                    *value = lower + (bin - 0.5) * width;
                }
                Self {
                    sorted,
                    range: [lower + 0.5 * width, upper - 0.5 * width],
                    step: width,
                }
            }
            IvhDiscretisation::BinNumber(count) => {
                let count = f64::from(count);
                let [low, high] = extremes;
                for value in &mut sorted {
                    let bin = (count * (*value - low) / (high - low)).floor() + 1.0;
                    *value = if high > low { bin.min(count) } else { 1.0 };
                }
                Self {
                    sorted,
                    range: [1.0, count],
                    step: 1.0,
                }
            }
        }
    }

    /// $\nu_i$.
    fn volume_fraction(&self, level: f64) -> f64 {
        let below = self.sorted.partition_point(|&x| x < level);
        1.0 - below as f64 / self.sorted.len() as f64
    }

    /// The largest $\nu_i$ with $\gamma_i$ of at least `fraction`: that of the first such level.
    fn volume_at_intensity(&self, fraction: f64) -> f64 {
        let [low, high] = self.range;
        let steps = fraction * (high - low) / self.step;
        if !steps.is_finite() || high <= low {
            return f64::NAN;
        }
        // A level that is exactly there counts, although the product may come out a hair above.
        let steps = (steps - 1e-9 * steps.abs().max(1.0)).ceil();
        self.volume_fraction(low + steps * self.step - 1e-9 * self.step)
    }

    /// The lowest level that at most `fraction` of the volume reaches; one step above the last
    /// level where all levels are reached by more.
    fn intensity_at_volume(&self, fraction: f64) -> f64 {
        let [low, high] = self.range;
        // So many voxels must be darker.
        let count = self.sorted.len() as f64;
        let darker = (count - fraction * count - 1e-9 * count).ceil().max(0.0);
        let Some(brightest) = (darker as usize).checked_sub(1) else {
            return low;
        };
        let Some(&value) = self.sorted.get(brightest) else {
            return f64::NAN;
        };
        let steps = ((value - low) / self.step + 1e-9).floor() + 1.0;
        (low + steps.max(0.0) * self.step).min(high + self.step)
    }

    /// $\int \nu\,d\gamma$ by trapezia over the levels.
    fn area_under_curve(&self) -> f64 {
        let [low, high] = self.range;
        let steps = ((high - low) / self.step).round();
        if steps.is_nan() || steps <= 0.0 {
            return f64::NAN;
        }
        // The sum of all ν: every voxel counts once for each level that it reaches.
        let reached = |x: f64| ((x - low) / self.step + 1e-9).floor().min(steps) + 1.0;
        let sum: f64 = self.sorted.iter().map(|&x| reached(x).max(0.0)).sum();
        let sum = sum / self.sorted.len() as f64;
        let ends = self.volume_fraction(low) + self.volume_fraction(high - 1e-9 * self.step);
        (sum - ends / 2.0) / steps
    }
}

/// The features, in the order of the manual.
pub const FEATURES: &[Feature<IntensityVolumeHistogram>] = &[
    Feature::new("ivh_v10", "BC2M", "Volume fraction at 10% intensity", |h| {
        h.volume_at_intensity(0.1)
    }),
    Feature::new("ivh_v90", "BC2M", "Volume fraction at 90% intensity", |h| {
        h.volume_at_intensity(0.9)
    }),
    Feature::new("ivh_i10", "GBPN", "Intensity at 10% volume", |h| {
        h.intensity_at_volume(0.1)
    }),
    Feature::new("ivh_i90", "GBPN", "Intensity at 90% volume", |h| {
        h.intensity_at_volume(0.9)
    }),
    Feature::new(
        "ivh_diff_v10_v90",
        "DDTU",
        "Volume fraction difference between 10% and 90% intensity",
        |h| h.volume_at_intensity(0.1) - h.volume_at_intensity(0.9),
    ),
    Feature::new(
        "ivh_diff_i10_i90",
        "CNV2",
        "Intensity difference between 10% and 90% volume",
        |h| h.intensity_at_volume(0.1) - h.intensity_at_volume(0.9),
    ),
    Feature::new(
        "ivh_auc",
        "9CMM",
        "Area under the IVH curve",
        IntensityVolumeHistogram::area_under_curve,
    ),
];
