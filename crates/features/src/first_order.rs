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
use crate::discretize::{GrayLevels, extremes};
use crate::texture::entropy;

/// What the first-order features are computed from.
#[derive(Clone, Debug, Default)]
pub struct FirstOrder {
    count: f64,
    minimum: f64,
    maximum: f64,
    mean: f64,
    /// Central moments of order 2, 3 and 4, divided by the number of voxels.
    moments: [f64; 3],
    mean_absolute_deviation: f64,
    robust_mean_absolute_deviation: f64,
    /// The percentiles of [`PERCENTS`].
    percentiles: [f64; 5],
    /// Sum of the squared shifted values.
    energy: f64,
    /// Volume of a voxel, mm³.
    voxel_volume: f64,
    /// Share of the voxels at each grey level that occurs.
    probabilities: Vec<f64>,
}

/// The percentiles that features are made of.
const PERCENTS: [f64; 5] = [10.0, 25.0, 50.0, 75.0, 90.0];

impl FirstOrder {
    /// Prepares the features of a region's values and grey levels.
    ///
    /// `shift` is PyRadiomics' `voxelArrayShift`, `voxel_volume` is in mm³. Features of an empty
    /// region are NaN.
    #[must_use]
    pub fn new(values: &[f64], levels: &GrayLevels, shift: f64, voxel_volume: f64) -> Self {
        let mut prepared = Self::default();
        let counts = levels.counts.iter().copied();
        prepared.fill(values, percentiles, counts, shift, voxel_volume);
        prepared
    }

    /// The same for values that ascend and the number of voxels at each grey level, in the place of
    /// others, whose memory is used again.
    pub(crate) fn fill_sorted(
        &mut self,
        sorted: &[f64],
        counts: impl Iterator<Item = usize>,
        shift: f64,
        voxel_volume: f64,
    ) {
        let percentiles = |sorted: &[f64], _, _| match sorted.len().checked_sub(1) {
            Some(last) => interpolated(last, |at| sorted.get(at).copied().unwrap_or(f64::NAN)),
            None => [f64::NAN; 5],
        };
        self.fill(sorted, percentiles, counts, shift, voxel_volume);
    }

    fn fill(
        &mut self,
        values: &[f64],
        percentiles: impl Fn(&[f64], f64, f64) -> [f64; 5],
        counts: impl Iterator<Item = usize>,
        shift: f64,
        voxel_volume: f64,
    ) {
        let count = values.len() as f64;
        let (minimum, maximum) = extremes(values);
        let [sum, energy] = sums(values, |value| {
            let shifted = value + shift;
            [value, shifted * shifted]
        });
        // The mean of equal values is their value, whatever rounding makes of it.
        let mean = if minimum == maximum {
            minimum
        } else {
            sum / count
        };
        let percentiles = percentiles(values, minimum, maximum);
        let [low, .., high] = percentiles;
        let [second, third, fourth, absolute, robust_count, robust_sum] = sums(values, |value| {
            let deviation = value - mean;
            let square = deviation * deviation;
            let kept = f64::from(u8::from(value >= low && value <= high));
            [
                square,
                square * deviation,
                square * square,
                deviation.abs(),
                kept,
                value * kept,
            ]
        });
        let robust_mean = robust_sum / robust_count;
        let [robust] = sums(values, |value| {
            let kept = f64::from(u8::from(value >= low && value <= high));
            [(value - robust_mean).abs() * kept]
        });
        self.count = count;
        self.minimum = minimum;
        self.maximum = maximum;
        self.mean = mean;
        self.moments = [second, third, fourth].map(|sum| sum / count);
        self.mean_absolute_deviation = absolute / count;
        self.robust_mean_absolute_deviation = robust / robust_count;
        self.percentiles = percentiles;
        self.energy = energy;
        self.voxel_volume = voxel_volume;
        self.probabilities.clear();
        let present = counts.filter(|&voxels| voxels > 0);
        self.probabilities
            .extend(present.map(|voxels| voxels as f64 / count));
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

/// Sums of some terms of every value, each in four interleaved sums that do not wait for each other.
#[inline]
fn sums<const N: usize>(values: &[f64], terms: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let (blocks, rest) = values.as_chunks::<4>();
    let mut sums = [[0.0; 4]; N];
    for block in blocks {
        let terms = block.map(&terms);
        for (n, sums) in sums.iter_mut().enumerate() {
            for (sum, terms) in sums.iter_mut().zip(&terms) {
                *sum += terms[n];
            }
        }
    }
    for &value in rest {
        for (sums, term) in sums.iter_mut().zip(terms(value)) {
            sums[0] += term;
        }
    }
    sums.map(|[a, b, c, d]| (a + b) + (c + d))
}

/// The values below which [`PERCENTS`] of the values lie, interpolated linearly between the
/// neighbours of rank $p (n - 1) / 100$.
fn percentiles(values: &[f64], minimum: f64, maximum: f64) -> [f64; 5] {
    let Some(last) = values.len().checked_sub(1) else {
        return [f64::NAN; 5];
    };
    let places = ranks(last).map(|rank| [rank as usize, (rank as usize + 1).min(last)]);
    let middle = [last / 2, last.div_ceil(2)];
    let mut wanted: Vec<usize> = places.into_iter().flatten().chain(middle).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let found = order_statistics(values, minimum, maximum, &wanted);
    interpolated(last, |place| {
        let known = wanted.binary_search(&place).ok();
        known
            .and_then(|at| found.get(at))
            .copied()
            .unwrap_or(f64::NAN)
    })
}

/// The ranks of [`PERCENTS`] where the highest is `last`.
fn ranks(last: usize) -> [f64; 5] {
    PERCENTS.map(|percent| (percent / 100.0) * last as f64)
}

/// The percentiles from the values that would stand at some places, from 0 to `last`, if all were
/// sorted.
fn interpolated(last: usize, value_at: impl Fn(usize) -> f64) -> [f64; 5] {
    let mut percentiles = [0.0; 5];
    for (percentile, rank) in percentiles.iter_mut().zip(ranks(last)) {
        let low = value_at(rank as usize);
        let high = value_at((rank as usize + 1).min(last));
        // Interpolating from the nearer end keeps a value equal to a neighbour exactly equal.
        let share = rank - rank.floor();
        *percentile = if share >= 0.5 {
            high - (high - low) * (1.0 - share)
        } else {
            low + (high - low) * share
        };
    }
    // The median is the mean of the middle ones.
    percentiles[2] = match [last / 2, last.div_ceil(2)].map(&value_at) {
        [low, high] if low == high => low,
        [low, high] => (low + high) / 2.0,
    };
    percentiles
}

/// The values that would stand at some ascending places if all were sorted.
///
/// The values are counted in narrow classes, which ascend with them; only classes that hold such a
/// place are looked at closely.
fn order_statistics(values: &[f64], minimum: f64, maximum: f64, places: &[usize]) -> Vec<f64> {
    const CLASSES: usize = 1024;
    let scale = (CLASSES - 1) as f64 / (maximum - minimum);
    // Not a number (no spread) becomes class 0.
    let class_of = |value: f64| (((value - minimum) * scale) as usize).min(CLASSES - 1);
    let mut counts = [0_usize; CLASSES];
    for &value in values {
        counts[class_of(value)] += 1;
    }
    // For each class that holds a place: how many values lie below it, and its own values.
    const NONE: u8 = u8::MAX;
    let mut chosen: Vec<(usize, Vec<f64>)> = Vec::new();
    let mut chosen_of = [NONE; CLASSES];
    let mut below = 0;
    for (chosen_of, &count) in chosen_of.iter_mut().zip(&counts) {
        let own = below..below + count;
        if places.iter().any(|place| own.contains(place)) {
            // There are at most twelve places.
            *chosen_of = chosen.len() as u8;
            chosen.push((below, Vec::with_capacity(count)));
        }
        below += count;
    }
    for &value in values {
        let number = chosen_of[class_of(value)];
        if number != NONE {
            chosen[usize::from(number)].1.push(value);
        }
    }
    let mut found = Vec::with_capacity(places.len());
    for (below, own) in &mut chosen {
        let mut rest = own.as_mut_slice();
        let mut start = *below;
        let own = start..start + rest.len();
        for &place in places.iter().filter(|place| own.contains(place)) {
            let (_, &mut value, above) = rest.select_nth_unstable_by(place - start, f64::total_cmp);
            found.push(value);
            // Places ascend: the next lies in what is above.
            rest = above;
            start = place + 1;
        }
    }
    found
}

/// The first-order features, in PyRadiomics' order.
pub const FEATURES: &[Feature<FirstOrder>] = &[
    Feature::new(
        "10Percentile",
        "QG58",
        "10th percentile of the values",
        |f| f.percentiles[0],
    ),
    Feature::new(
        "90Percentile",
        "8DWT",
        "90th percentile of the values",
        |f| f.percentiles[4],
    ),
    Feature::new(
        "Energy",
        "N8CA",
        "sum of the squared (shifted) values",
        |f| f.energy,
    ),
    Feature::new("Entropy", "TLU2", "entropy of the grey levels, bits", |f| {
        entropy(f.probabilities.iter())
    }),
    Feature::new(
        "InterquartileRange",
        "SALO",
        "75th less 25th percentile",
        |f| f.percentiles[3] - f.percentiles[1],
    ),
    Feature::new(
        "Kurtosis",
        "IPH6",
        "fourth standardised moment (IBSI's is 3 less)",
        |f| f.standardised_moment(f.moments[2], 2.0),
    ),
    Feature::new("Maximum", "84IY", "largest value", |f| f.maximum),
    Feature::new(
        "MeanAbsoluteDeviation",
        "4FUA",
        "mean distance from the mean",
        |f| f.mean_absolute_deviation,
    ),
    Feature::new("Mean", "Q4LE", "mean value", |f| f.mean),
    Feature::new("Median", "Y12H", "median value", |f| f.percentiles[2]),
    Feature::new("Minimum", "1GSF", "smallest value", |f| f.minimum),
    Feature::new("Range", "2OJQ", "largest less smallest value", |f| {
        f.maximum - f.minimum
    }),
    Feature::new(
        "RobustMeanAbsoluteDeviation",
        "1128",
        "mean distance from the mean of the values between the 10th and 90th percentile",
        |f| f.robust_mean_absolute_deviation,
    ),
    Feature::new(
        "RootMeanSquared",
        "5ZWQ",
        "root of the mean squared (shifted) value",
        |f| (f.energy / f.count).sqrt(),
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
        f.energy * f.voxel_volume
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
    fn percentiles_are_those_of_the_sorted_values() {
        // With ties.
        let values: Vec<f64> = (0..997_u32).map(|i| f64::from(i * i % 313)).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let found = percentiles(&values, sorted[0], sorted[996]);
        for (percent, found) in PERCENTS.iter().zip(found) {
            // 996 intervals: ranks 99.6, 249, 498, 747 and 896.4.
            let rank = percent / 100.0 * 996.0;
            let (low, high) = (sorted[rank as usize], sorted[rank.ceil() as usize]);
            let expected = low + (high - low) * (rank - rank.floor());
            assert!((found - expected).abs() < 1e-10, "{percent}: {found}");
        }
    }

    #[test]
    fn equal_values_have_no_moments_though_their_mean_is_rounded() {
        // The sum of 34 times this number, divided by 34, is another number.
        for name in ["Skewness", "Kurtosis", "Variance"] {
            assert_eq!(feature(&[-5.0717; 34], name), 0.0, "{name}");
        }
    }

    #[test]
    fn a_single_voxel_has_values() {
        assert_eq!(feature(&[4.0], "Median"), 4.0);
        assert_eq!(feature(&[4.0], "90Percentile"), 4.0);
    }
}
