//! How often each value occurs, and what follows from it: the part that intensities and their
//! grey levels have in common.
//!
//! Conventions: the variance divides by the number of voxels, kurtosis is excess kurtosis, and the
//! percentiles lie linearly between neighbouring values, as numpy has them by default. Where all
//! values are the same, skewness and kurtosis are 0, as the manual says. What divides by 0 is NaN.

/// The different values of a set, ascending, and how many there are of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution {
    entries: Vec<(f64, f64)>,
    count: f64,
    mean: f64,
    /// Central moments of order 2, 3 and 4, divided by the number of values.
    moments: [f64; 3],
}

impl Distribution {
    /// The distribution of some finite values, in any order.
    #[must_use]
    pub fn new(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let equal = sorted.chunk_by(|a, b| a == b);
        Self::from_entries(
            equal
                .filter_map(|equal| Some((*equal.first()?, equal.len() as f64)))
                .collect(),
        )
    }

    /// The distribution of grey levels 1, 2, 3, ... from how often each occurs.
    #[must_use]
    pub fn of_levels(counts: &[usize]) -> Self {
        let levels = (1_u32..).zip(counts);
        let present = levels.filter(|(_, count)| **count > 0);
        Self::from_entries(
            present
                .map(|(level, &count)| (f64::from(level), count as f64))
                .collect(),
        )
    }

    fn from_entries(entries: Vec<(f64, f64)>) -> Self {
        let mut made = Self {
            entries,
            ..Self::default()
        };
        made.count = made.entries.iter().map(|(_, count)| count).sum();
        made.mean = made.average(|value| value);
        made.moments = [2, 3, 4].map(|order| made.average(|x| (x - made.mean).powi(order)));
        made
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> f64 {
        self.count
    }

    /// The mean of a function of the values.
    pub(super) fn average(&self, function: impl Fn(f64) -> f64) -> f64 {
        let terms = self.entries.iter();
        let sum: f64 = terms.map(|&(x, count)| count * function(x)).sum();
        sum / self.count
    }

    /// The value with this many values before it.
    fn at(&self, place: f64) -> f64 {
        let mut before = 0.0;
        for &(value, count) in &self.entries {
            before += count;
            if place < before {
                return value;
            }
        }
        f64::NAN
    }

    /// The value below which a percentage of the values lies.
    #[must_use]
    pub fn percentile(&self, percent: f64) -> f64 {
        let place = percent / 100.0 * (self.count - 1.0);
        let (lower, part) = (place.floor(), place.fract());
        let low = self.at(lower);
        if part == 0.0 {
            return low;
        }
        low + part * (self.at(lower + 1.0) - low)
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The mean squared distance from the mean.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.moments[0]
    }

    /// The third standardised moment.
    #[must_use]
    pub fn skewness(&self) -> f64 {
        self.standardised(self.moments[1], 1.5)
    }

    /// The fourth standardised moment less 3.
    #[must_use]
    pub fn kurtosis(&self) -> f64 {
        if self.entries.len() == 1 {
            return 0.0;
        }
        self.standardised(self.moments[2], 2.0) - 3.0
    }

    fn standardised(&self, moment: f64, power: f64) -> f64 {
        if self.entries.len() == 1 {
            return 0.0;
        }
        moment / self.moments[0].powf(power)
    }

    /// The middle value.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.percentile(50.0)
    }

    /// The smallest value.
    #[must_use]
    pub fn minimum(&self) -> f64 {
        self.entries.first().map_or(f64::NAN, |(value, _)| *value)
    }

    /// The largest value.
    #[must_use]
    pub fn maximum(&self) -> f64 {
        self.entries.last().map_or(f64::NAN, |(value, _)| *value)
    }

    /// The 75th less the 25th percentile.
    #[must_use]
    pub fn interquartile_range(&self) -> f64 {
        self.percentile(75.0) - self.percentile(25.0)
    }

    /// The largest less the smallest value.
    #[must_use]
    pub fn range(&self) -> f64 {
        self.maximum() - self.minimum()
    }

    /// The mean distance from the mean.
    #[must_use]
    pub fn mean_absolute_deviation(&self) -> f64 {
        self.average(|x| (x - self.mean).abs())
    }

    /// The mean distance from the mean of the values from the 10th to the 90th percentile, both
    /// included, among them.
    #[must_use]
    pub fn robust_mean_absolute_deviation(&self) -> f64 {
        let (low, high) = (self.percentile(10.0), self.percentile(90.0));
        let kept = self.entries.iter().copied();
        Self::from_entries(kept.filter(|(x, _)| low <= *x && *x <= high).collect())
            .mean_absolute_deviation()
    }

    /// The mean distance from the median.
    #[must_use]
    pub fn median_absolute_deviation(&self) -> f64 {
        let median = self.median();
        self.average(|x| (x - median).abs())
    }

    /// The standard deviation over the mean.
    #[must_use]
    pub fn coefficient_of_variation(&self) -> f64 {
        self.variance().sqrt() / self.mean
    }

    /// The interquartile range over the sum of the quartiles.
    #[must_use]
    pub fn quartile_coefficient_of_dispersion(&self) -> f64 {
        let (low, high) = (self.percentile(25.0), self.percentile(75.0));
        (high - low) / (high + low)
    }

    /// The shares of the values.
    pub(super) fn shares(&self) -> impl Iterator<Item = f64> {
        self.entries.iter().map(|(_, count)| count / self.count)
    }
}
