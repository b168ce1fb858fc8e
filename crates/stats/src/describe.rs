//! Mean, standard deviation, quantiles, ranks and correlation.
//!
//! The plain functions treat NaN as R does without `na.rm`: a NaN in, a NaN out. [`Summary`] and
//! [`present`] leave missing values out.

use serde::{Deserialize, Serialize};

/// The values that are not NaN, in order.
pub fn present(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|v| !v.is_nan()).collect()
}

/// Arithmetic mean; NaN for no values. R: `mean`.
///
/// A second pass adds the mean of the deviations, as R does, against rounding of a large offset.
pub fn mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let first = values.iter().sum::<f64>() / n;
    if !first.is_finite() {
        return first;
    }
    first + values.iter().map(|v| v - first).sum::<f64>() / n
}

/// Sum of squared deviations from the mean.
pub fn sum_of_squares(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|v| (v - centre) * (v - centre)).sum()
}

/// Sample variance with divisor `n - 1`; NaN for fewer than two values. R: `var`.
pub fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    sum_of_squares(values) / (values.len() - 1) as f64
}

/// Sample standard deviation with divisor `n - 1`. R: `sd`.
pub fn standard_deviation(values: &[f64]) -> f64 {
    variance(values).sqrt()
}

/// Gini's mean difference, the mean of |a - b| over all pairs of values; NaN for fewer than two.
/// R: `Hmisc::GiniMd`.
pub fn gini_mean_difference(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let weighted = sorted.iter().zip(1..);
    let sum: f64 = weighted
        .map(|(value, rank)| (2.0 * f64::from(rank) - n - 1.0) * value)
        .sum();
    2.0 * sum / (n * (n - 1.0))
}

/// Median: the middle value, or the mean of the middle two; NaN for no values. R: `median`.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Quantile of type 7: linear interpolation at position `1 + (n - 1) p` of the sorted values.
/// R: `quantile(type = 7)`. NaN for no values, a NaN among them, or `p` outside 0 to 1.
pub fn quantile(values: &[f64], p: f64) -> f64 {
    if values.iter().any(|v| v.is_nan()) {
        return f64::NAN;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_of_sorted(&sorted, p)
}

/// [`quantile`] of values that are sorted already and hold no NaN.
pub fn quantile_of_sorted(sorted: &[f64], p: f64) -> f64 {
    if sorted.is_empty() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    // Counted from one, as R does: the rounding of this sum decides which value is hit.
    let position = 1.0 + (sorted.len() - 1) as f64 * p;
    let below = position.floor();
    let weight = position - below;
    let low = sorted[(below as usize - 1).min(sorted.len() - 1)];
    let high = sorted[(position.ceil() as usize - 1).min(sorted.len() - 1)];
    if weight > 0.0 && low != high {
        (1.0 - weight) * low + weight * high
    } else {
        low
    }
}

/// Ranks from one; tied values share the mean of their ranks (midranks). A NaN has rank NaN and
/// takes no rank from the others. R: `rank(na.last = "keep")`.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&i| !values[i].is_nan()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![f64::NAN; values.len()];
    for (first, tied) in tied_runs(values, &order) {
        let rank = first as f64 + 0.5 * (tied.len() as f64 + 1.0);
        for &i in tied {
            ranks[i] = rank;
        }
    }
    ranks
}

/// Sizes of the groups of equal values, singles included, in ascending order of the value.
pub fn tie_sizes(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&i| !values[i].is_nan()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    tied_runs(values, &order)
        .into_iter()
        .map(|(_, tied)| tied.len())
        .collect()
}

fn tied_runs<'a>(values: &[f64], order: &'a [usize]) -> Vec<(usize, &'a [usize])> {
    let mut runs = Vec::new();
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && values[order[end]] == values[order[start]] {
            end += 1;
        }
        runs.push((start, &order[start..end]));
        start = end;
    }
    runs
}

/// Pearson's product-moment correlation; NaN when a side is constant, the lengths differ, or
/// there are fewer than two pairs. R: `cor`.
pub fn pearson_correlation(x: &[f64], y: &[f64]) -> f64 {
    if x.len() != y.len() || x.len() < 2 || is_constant(x) || is_constant(y) {
        return f64::NAN;
    }
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (a, b) in x.iter().zip(y) {
        let (dx, dy) = (a - mean_x, b - mean_y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0)
}

/// Spearman's rank correlation: Pearson's correlation of the midranks.
/// R: `cor(method = "spearman")`.
pub fn spearman_correlation(x: &[f64], y: &[f64]) -> f64 {
    pearson_correlation(&ranks(x), &ranks(y))
}

/// Whether all values are equal; true for none or one.
pub fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}

/// Description of one continuous variable, missing values left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Number of values present.
    pub n: usize,
    /// Number of values missing (NaN).
    pub missing: usize,
    /// Mean.
    pub mean: f64,
    /// Standard deviation, divisor `n - 1`.
    pub standard_deviation: f64,
    /// Smallest value.
    pub minimum: f64,
    /// Lower quartile, type 7.
    pub lower_quartile: f64,
    /// Median.
    pub median: f64,
    /// Upper quartile, type 7.
    pub upper_quartile: f64,
    /// Largest value.
    pub maximum: f64,
}

impl Summary {
    /// Describes `values`; every statistic is NaN when none is present.
    pub fn of(values: &[f64]) -> Summary {
        let mut kept = present(values);
        let (mean, standard_deviation) = (mean(&kept), standard_deviation(&kept));
        kept.sort_by(f64::total_cmp);
        Summary {
            n: kept.len(),
            missing: values.len() - kept.len(),
            mean,
            standard_deviation,
            minimum: quantile_of_sorted(&kept, 0.0),
            lower_quartile: quantile_of_sorted(&kept, 0.25),
            median: quantile_of_sorted(&kept, 0.5),
            upper_quartile: quantile_of_sorted(&kept, 0.75),
            maximum: quantile_of_sorted(&kept, 1.0),
        }
    }
}
