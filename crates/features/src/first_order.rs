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
    /// region are NaN. The grey levels must ascend with the values, as those of
    /// [`discretize`](crate::discretize::discretize) do.
    #[must_use]
    pub fn new(values: &[f64], levels: &GrayLevels, shift: f64, voxel_volume: f64) -> Self {
        let mut prepared = Self::default();
        let percentiles = percentiles(values, levels);
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
        let percentiles = match sorted.len().checked_sub(1) {
            Some(last) => interpolated(last, |at| sorted.get(at).copied().unwrap_or(f64::NAN)),
            None => [f64::NAN; 5],
        };
        self.fill(sorted, percentiles, counts, shift, voxel_volume);
    }

    fn fill(
        &mut self,
        values: &[f64],
        percentiles: [f64; 5],
        counts: impl Iterator<Item = usize>,
        shift: f64,
        voxel_volume: f64,
    ) {
        let count = values.len() as f64;
        let (minimum, maximum) = (extreme(values, f64::min), extreme(values, f64::max));
        // Rounding of the mean must not make equal values vary.
        let mean = if minimum == maximum {
            minimum
        } else {
            sum(values, |value| value) / count
        };
        let [low, .., high] = percentiles;
        let moment = |power: fn(f64) -> f64| sum(values, |value| power(value - mean)) / count;
        let kept = |value: f64| f64::from(u8::from(value >= low && value <= high));
        let robust_count = sum(values, kept);
        let robust_mean = sum(values, |value| value * kept(value)) / robust_count;
        let robust = |value: f64| (value - robust_mean).abs() * kept(value);
        self.count = count;
        self.minimum = minimum;
        self.maximum = maximum;
        self.mean = mean;
        self.moments = [
            moment(|d| d * d),
            moment(|d| d * d * d),
            moment(|d| (d * d) * (d * d)),
        ];
        self.mean_absolute_deviation = sum(values, |value| (value - mean).abs()) / count;
        self.robust_mean_absolute_deviation = sum(values, robust) / robust_count;
        self.percentiles = percentiles;
        self.energy = sum(values, |value| (value + shift) * (value + shift));
        self.voxel_volume = voxel_volume;
        self.probabilities.clear();
        let present = counts.filter(|&count| count > 0);
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

/// The sum of a term of every value, in sixteen interleaved sums that do not wait for each other.
#[inline]
fn sum(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let (blocks, rest) = values.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for block in blocks {
        for (sum, &value) in sums.iter_mut().zip(block) {
            *sum += term(value);
        }
    }
    let rest = rest.iter().map(|&value| term(value));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

/// The least or greatest value; NaN where there is nothing.
fn extreme(values: &[f64], choose: fn(f64, f64) -> f64) -> f64 {
    values.iter().copied().reduce(choose).unwrap_or(f64::NAN)
}

/// The values below which [`PERCENTS`] of the values lie, interpolated linearly between the
/// neighbours of rank $p (n - 1) / 100$.
///
/// Grey levels ascend with values: their counts say in which level a rank lies, and only the values
/// of such levels are looked at.
fn percentiles(values: &[f64], levels: &GrayLevels) -> [f64; 5] {
    let Some(last) = values.len().checked_sub(1) else {
        return [f64::NAN; 5];
    };
    let places = ranks(last).map(|rank| [rank as usize, (rank as usize + 1).min(last)]);
    let mut wanted: Vec<usize> = places.into_iter().flatten().collect();
    wanted.extend([last / 2, last.div_ceil(2)]);
    wanted.sort_unstable();
    wanted.dedup();
    let found = order_statistics(values, levels, &wanted);
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
fn order_statistics(values: &[f64], levels: &GrayLevels, places: &[usize]) -> Vec<f64> {
    // For each level that holds a place: how many values lie below it, and its own values.
    let mut buckets: Vec<(usize, Vec<f64>)> = Vec::new();
    const NONE: u8 = u8::MAX;
    let mut bucket_of = vec![NONE; levels.counts.len() + 1];
    let mut below = 0;
    for (level, &count) in levels.counts.iter().enumerate() {
        if places
            .iter()
            .any(|place| (below..below + count).contains(place))
        {
            // There are at most twelve places.
            bucket_of[level + 1] = buckets.len() as u8;
            buckets.push((below, Vec::with_capacity(count)));
        }
        below += count;
    }
    for (&value, &level) in values.iter().zip(&levels.levels) {
        let bucket = bucket_of.get(level as usize).copied().unwrap_or(NONE);
        if bucket != NONE {
            buckets[usize::from(bucket)].1.push(value);
        }
    }
    let mut found = Vec::with_capacity(places.len());
    for (below, bucket) in &mut buckets {
        let mut rest = bucket.as_mut_slice();
        let mut start = *below;
        let inside = start..start + rest.len();
        for &place in places.iter().filter(|place| inside.contains(place)) {
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
        // Ties, one wide bin and many narrow ones.
        let values: Vec<f64> = (0..997_u32).map(|i| f64::from(i * i % 313)).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        for width in [1000.0, 7.0, 1.0] {
            let levels = discretize(&values, PixelType::F64, Binning::Width(width)).unwrap();
            let found = percentiles(&values, &levels);
            for (percent, found) in PERCENTS.iter().zip(found) {
                // 996 intervals: ranks 99.6, 249, 498, 747 and 896.4.
                let rank = percent / 100.0 * 996.0;
                let (low, high) = (sorted[rank as usize], sorted[rank.ceil() as usize]);
                let expected = low + (high - low) * (rank - rank.floor());
                assert!(
                    (found - expected).abs() < 1e-10,
                    "{width} {percent}: {found}"
                );
            }
        }
    }

    #[test]
    fn a_single_voxel_has_values() {
        assert_eq!(feature(&[4.0], "Median"), 4.0);
        assert_eq!(feature(&[4.0], "90Percentile"), 4.0);
    }
}
