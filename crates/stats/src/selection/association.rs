//! How much two columns say about each other, as mRMR weighs it.

use crate::describe::{mean, ranks, variance};
use serde::{Deserialize, Serialize};

/// What relevance to the target and redundancy among features are measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MrmrAssociation {
    /// Mutual information `-ln(1 - r^2) / 2` of Pearson's correlation r.
    #[default]
    Pearson,
    /// The same of Spearman's rank correlation, with midranks.
    Spearman,
    /// Mutual information of counts, in nats: features are cut at their mean less and plus one
    /// standard deviation (n - 1) into three levels, each value of the target is a class (Peng, Long
    /// and Ding 2005: MID and MIQ).
    Binned,
    /// Relevance is the F statistic of the one-way analysis of variance between the classes of the
    /// target, redundancy the mean absolute correlation, at least 0.001 each (Ding and Peng 2005: FCD
    /// and FCQ, the latter as the Python package mrmr_selection computes it).
    F,
}

/// A column made ready to be compared with others.
pub(super) enum Prepared {
    /// Centred and of unit length, so that a product is a correlation.
    Direction(Vec<f64>),
    /// A level for each row, counted from 0.
    Levels(Vec<usize>),
}

/// Least absolute correlation of [`MrmrAssociation::F`].
const LEAST_CORRELATION: f64 = 0.001;

impl MrmrAssociation {
    /// The column made ready; none where it cannot be scaled.
    pub(super) fn prepare(self, values: &[f64]) -> Option<Prepared> {
        match self {
            Self::Pearson | Self::F => direction(values.to_vec()).map(Prepared::Direction),
            Self::Spearman => direction(ranks(values)).map(Prepared::Direction),
            Self::Binned => {
                let (centre, deviation) = (mean(values), variance(values).sqrt());
                let level = |v: &f64| {
                    usize::from(*v >= centre - deviation) + usize::from(*v > centre + deviation)
                };
                Some(Prepared::Levels(values.iter().map(level).collect()))
            }
        }
    }

    /// The target made ready; classes where the association is with classes.
    pub(super) fn prepare_target(self, target: &[f64]) -> Option<Prepared> {
        match self {
            Self::Pearson | Self::Spearman => self.prepare(target),
            Self::Binned | Self::F => Some(Prepared::Levels(classes(target))),
        }
    }

    /// How much a column says about the target.
    pub(super) fn relevance(self, column: &Prepared, target: &Prepared) -> f64 {
        match (column, target) {
            (Prepared::Direction(a), Prepared::Direction(b)) => information(correlation(a, b)),
            (Prepared::Levels(a), Prepared::Levels(b)) => shared_information(a, b),
            // An F statistic is the same of the centred and scaled column.
            (Prepared::Direction(a), Prepared::Levels(classes)) => f_statistic(a, classes),
            (Prepared::Levels(_), Prepared::Direction(_)) => f64::NAN,
        }
    }

    /// How much two columns say about each other.
    pub(super) fn redundancy(self, a: &Prepared, b: &Prepared) -> f64 {
        match (a, b) {
            (Prepared::Direction(a), Prepared::Direction(b)) if self == Self::F => {
                correlation(a, b).abs().max(LEAST_CORRELATION)
            }
            _ => self.relevance(a, b),
        }
    }
}

/// The centred column of unit length; none when it is constant.
fn direction(values: Vec<f64>) -> Option<Vec<f64>> {
    // Scaled first, so that the squares of tiny or huge features neither vanish nor overflow.
    let centre = mean(&values);
    let mut centred: Vec<f64> = values.iter().map(|v| v - centre).collect();
    let largest = centred.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if !(largest > 0.0 && largest.is_finite()) {
        return None;
    }
    centred.iter_mut().for_each(|v| *v /= largest);
    let length = centred.iter().map(|v| v * v).sum::<f64>().sqrt();
    centred.iter_mut().for_each(|v| *v /= length);
    Some(centred)
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// `-ln(1 - r^2) / 2`.
fn information(r: f64) -> f64 {
    -0.5 * (-(r * r).min(1.0)).ln_1p()
}

/// Position of each value among the distinct values.
fn classes(values: &[f64]) -> Vec<usize> {
    let mut distinct = values.to_vec();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    let class = |v: &f64| distinct.partition_point(|other| other < v);
    values.iter().map(class).collect()
}

/// Mutual information of two classifications, in nats, from the shares of rows.
fn shared_information(a: &[usize], b: &[usize]) -> f64 {
    let count = |levels: &[usize]| levels.iter().max().map_or(0, |last| last + 1);
    let (rows, columns) = (count(a), count(b));
    let mut cells = vec![0.0; rows * columns];
    let (mut of_a, mut of_b) = (vec![0.0; rows], vec![0.0; columns]);
    for (&i, &j) in a.iter().zip(b) {
        cells[i * columns + j] += 1.0;
        of_a[i] += 1.0;
        of_b[j] += 1.0;
    }
    let n = a.len() as f64;
    let mut sum = 0.0;
    for i in 0..rows {
        for j in 0..columns {
            let cell: f64 = cells[i * columns + j];
            if cell > 0.0 {
                sum += cell / n * (cell * n / (of_a[i] * of_b[j])).ln();
            }
        }
    }
    // Independent columns can give a negative zero's worth of rounding.
    sum.max(0.0)
}

/// F statistic of a one-way analysis of variance; infinite where classes do not vary within.
fn f_statistic(values: &[f64], classes: &[usize]) -> f64 {
    let count = classes.iter().max().map_or(0, |last| last + 1);
    let (mut n, mut sum) = (vec![0.0; count], vec![0.0; count]);
    for (value, &class) in values.iter().zip(classes) {
        n[class] += 1.0;
        sum[class] += value;
    }
    let centre = mean(values);
    let between: f64 = (0..count)
        .map(|class| n[class] * (sum[class] / n[class] - centre).powi(2))
        .sum();
    let within: f64 = values
        .iter()
        .zip(classes)
        .map(|(value, &class)| (value - sum[class] / n[class]).powi(2))
        .sum();
    let total = values.len() as f64;
    (between / (count as f64 - 1.0)) / (within / (total - count as f64))
}
