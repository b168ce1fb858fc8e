//! First-order features: the distribution of the values, wherever they lie.
//!
//! Where PyRadiomics departs from IBSI:
//! - Kurtosis is the fourth standardised moment; IBSI's is 3 less (excess kurtosis).
//! - Percentiles are interpolated linearly between neighbouring values, as numpy does.
//! - Robust mean absolute deviation keeps the values from the 10th to the 90th percentile, both
//!   included.
//! - Energy, total energy and root mean square are taken of the values plus `voxelArrayShift`.
//! - Entropy and uniformity belong to IBSI's intensity histogram: they see grey levels, all
//!   others see the values themselves.
//! - Entropy adds $\epsilon = 2^{-52}$ inside the logarithm.
//! - Skewness and kurtosis of a flat region are 0.

use crate::catalogue::Feature;
use crate::discretize::GrayLevels;
use crate::texture::entropy;

/// What the first-order features are computed from.
#[derive(Clone, Debug)]
pub struct FirstOrder {
    /// The region's values, ascending.
    sorted: Vec<f64>,
    /// Added to each value before squaring.
    shift: f64,
    /// Volume of a voxel, mm³.
    voxel_volume: f64,
    /// Share of the voxels at each grey level that occurs.
    probabilities: Vec<f64>,
    mean: f64,
    /// Central moments of order 2, 3 and 4, divided by the number of voxels.
    moments: [f64; 3],
}

impl FirstOrder {
    /// Prepares the features of a region's values and grey levels.
    ///
    /// `shift` is PyRadiomics' `voxelArrayShift`, `voxel_volume` is in mm³. Features of an empty
    /// region are NaN.
    #[must_use]
    pub fn new(values: &[f64], levels: &GrayLevels, shift: f64, voxel_volume: f64) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let count = sorted.len() as f64;
        let mean = mean(sorted.iter().copied());
        let mut moments = [0.0; 3];
        for value in &sorted {
            let deviation = value - mean;
            let square = deviation * deviation;
            moments[0] += square;
            moments[1] += square * deviation;
            moments[2] += square * square;
        }
        let total = levels.levels.len() as f64;
        let present = levels.counts.iter().filter(|&&count| count > 0);
        Self {
            sorted,
            shift,
            voxel_volume,
            probabilities: present.map(|&count| count as f64 / total).collect(),
            mean,
            moments: moments.map(|sum| sum / count),
        }
    }

    /// The value below which `percent` of the values lie, interpolated linearly between the
    /// neighbours of rank $p (n - 1) / 100$.
    fn percentile(&self, percent: f64) -> f64 {
        let rank = (percent / 100.0) * (self.sorted.len() as f64 - 1.0);
        let below = rank.floor();
        let Some(&low) = self.sorted.get(below as usize) else {
            return f64::NAN;
        };
        let high = self.sorted.get(below as usize + 1).copied().unwrap_or(low);
        // Interpolating from the nearer end keeps a value equal to a neighbour exactly equal.
        let share = rank - below;
        if share >= 0.5 {
            high - (high - low) * (1.0 - share)
        } else {
            low + (high - low) * share
        }
    }

    fn median(&self) -> f64 {
        let count = self.sorted.len();
        match (self.sorted.get(count / 2), count % 2) {
            (Some(&middle), 1) => middle,
            (Some(&above), _) => (self.sorted[count / 2 - 1] + above) / 2.0,
            (None, _) => f64::NAN,
        }
    }

    fn minimum(&self) -> f64 {
        self.sorted.first().copied().unwrap_or(f64::NAN)
    }

    fn maximum(&self) -> f64 {
        self.sorted.last().copied().unwrap_or(f64::NAN)
    }

    fn energy(&self) -> f64 {
        self.sorted
            .iter()
            .map(|value| (value + self.shift).powi(2))
            .sum()
    }

    fn mean_absolute_deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
        let centre = mean(values.clone());
        mean(values.map(|value| (value - centre).abs()))
    }

    fn standardised_moment(&self, moment: f64, power: f64) -> f64 {
        let variance = self.moments[0];
        if variance == 0.0 {
            0.0
        } else {
            moment / variance.powf(power)
        }
    }
}

/// The mean; NaN where there is nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = values.fold((0_usize, 0.0), |(count, sum), value| {
        (count + 1, sum + value)
    });
    sum / count as f64
}

/// The first-order features, in PyRadiomics' order.
pub const FEATURES: &[Feature<FirstOrder>] = &[
    Feature::new(
        "10Percentile",
        "QG58",
        "10th percentile of the values",
        |f| f.percentile(10.0),
    ),
    Feature::new(
        "90Percentile",
        "8DWT",
        "90th percentile of the values",
        |f| f.percentile(90.0),
    ),
    Feature::new(
        "Energy",
        "N8CA",
        "sum of the squared (shifted) values",
        FirstOrder::energy,
    ),
    Feature::new("Entropy", "TLU2", "entropy of the grey levels, bits", |f| {
        entropy(f.probabilities.iter())
    }),
    Feature::new(
        "InterquartileRange",
        "SALO",
        "75th less 25th percentile",
        |f| f.percentile(75.0) - f.percentile(25.0),
    ),
    Feature::new(
        "Kurtosis",
        "IPH6",
        "fourth standardised moment (IBSI's is 3 less)",
        |f| f.standardised_moment(f.moments[2], 2.0),
    ),
    Feature::new("Maximum", "84IY", "largest value", FirstOrder::maximum),
    Feature::new(
        "MeanAbsoluteDeviation",
        "4FUA",
        "mean distance from the mean",
        |f| FirstOrder::mean_absolute_deviation(f.sorted.iter().copied()),
    ),
    Feature::new("Mean", "Q4LE", "mean value", |f| f.mean),
    Feature::new("Median", "Y12H", "median value", FirstOrder::median),
    Feature::new("Minimum", "1GSF", "smallest value", FirstOrder::minimum),
    Feature::new("Range", "2OJQ", "largest less smallest value", |f| {
        f.maximum() - f.minimum()
    }),
    Feature::new(
        "RobustMeanAbsoluteDeviation",
        "1128",
        "mean distance from the mean of the values between the 10th and 90th percentile",
        |f| {
            let (low, high) = (f.percentile(10.0), f.percentile(90.0));
            let kept = f.sorted.iter().copied().filter(|&x| x >= low && x <= high);
            FirstOrder::mean_absolute_deviation(kept)
        },
    ),
    Feature::new(
        "RootMeanSquared",
        "5ZWQ",
        "root of the mean squared (shifted) value",
        |f| (f.energy() / f.sorted.len() as f64).sqrt(),
    ),
    Feature::new("Skewness", "KE2A", "third standardised moment", |f| {
        f.standardised_moment(f.moments[1], 1.5)
    }),
    Feature::without_code(
        "StandardDeviation",
        "root of the variance",
        |f: &FirstOrder| f.moments[0].sqrt(),
    )
    .deprecated(),
    Feature::without_code("TotalEnergy", "energy times the volume of a voxel", |f| {
        f.energy() * f.voxel_volume
    }),
    Feature::new(
        "Uniformity",
        "BJ5W",
        "sum of the squared shares of the grey levels",
        |f| f.probabilities.iter().map(|p| p * p).sum(),
    ),
    Feature::new(
        "Variance",
        "ECT3",
        "mean squared distance from the mean",
        |f| f.moments[0],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discretize::{Binning, discretize};
    use radiome_image::PixelType;

    fn feature(values: &[f64], name: &str) -> f64 {
        let levels = discretize(values, PixelType::F64, Binning::Width(2.0)).unwrap();
        let prepared = FirstOrder::new(values, &levels, 1.0, 3.0);
        (FEATURES.iter().find(|f| f.name == name).unwrap().value)(&prepared)
    }

    #[test]
    fn values_by_hand() {
        // 1 to 5: mean 3, variance 2, fourth moment (16 + 1 + 0 + 1 + 16) / 5 = 6.8.
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        for (name, expected) in [
            ("Mean", 3.0),
            ("Variance", 2.0),
            ("StandardDeviation", 2.0_f64.sqrt()),
            ("Skewness", 0.0),
            ("Kurtosis", 6.8 / 4.0),
            ("Median", 3.0),
            ("10Percentile", 1.4),
            ("90Percentile", 4.6),
            ("InterquartileRange", 2.0),
            ("MeanAbsoluteDeviation", 1.2),
            // 2, 3, 4 lie between 1.4 and 4.6.
            ("RobustMeanAbsoluteDeviation", 2.0 / 3.0),
            // Shifted by 1: 4 + 9 + 16 + 25 + 36.
            ("Energy", 90.0),
            ("TotalEnergy", 270.0),
            ("RootMeanSquared", 18.0_f64.sqrt()),
            // Levels 1, 2, 2, 3, 3 of width 2 from 0.
            ("Uniformity", 0.04 + 0.16 + 0.16),
        ] {
            assert!((feature(&values, name) - expected).abs() < 1e-12, "{name}");
        }
    }

    #[test]
    fn flat_region_has_no_shape_of_distribution() {
        for name in [
            "Skewness",
            "Kurtosis",
            "Variance",
            "Range",
            "InterquartileRange",
        ] {
            assert_eq!(feature(&[7.0; 4], name), 0.0, "{name}");
        }
        assert_eq!(feature(&[7.0; 4], "Uniformity"), 1.0);
        assert!(feature(&[7.0; 4], "Entropy").abs() < 1e-15);
    }

    #[test]
    fn a_single_voxel_has_values() {
        assert_eq!(feature(&[4.0], "Median"), 4.0);
        assert_eq!(feature(&[4.0], "90Percentile"), 4.0);
    }
}
