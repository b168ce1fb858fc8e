//! What run length, size zone and dependence matrices have in common.

use super::entropy_of_counts;

/// A matrix of how often (or with what weight) each grey level goes with each size: the length of
/// a run, the voxels of a zone, or the dependent voxels of a neighbourhood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LevelBySize {
    /// What is known of every grey level that occurs, ascending.
    by_level: Vec<Level>,
    /// Size and count summed over grey levels, ascending.
    by_size: Vec<(f64, f64)>,
    /// Sum of all counts.
    total: f64,
    /// Count of every cell that is not empty.
    counts: Vec<f64>,
    /// Room for counts per size while they are added; empty between.
    small_sizes: Vec<f64>,
}

/// One row of the matrix, summed over sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Level {
    /// Grey level $i$.
    level: f64,
    /// $\sum_j P(i,j)$.
    count: f64,
    /// $\sum_j P(i,j) / j^2$.
    small: f64,
    /// $\sum_j P(i,j)\, j^2$.
    large: f64,
}

/// Up to this size counts per size are kept in a table; zones can be larger.
const TABLE: usize = 1024;

impl LevelBySize {
    /// From the cells of the matrix: grey level, size (both from 1) and count. Cells may come in
    /// any order but only once each; empty ones are left out.
    #[must_use]
    pub fn new(cells: impl IntoIterator<Item = (u32, usize, f64)>) -> Self {
        let mut cells: Vec<_> = cells
            .into_iter()
            .filter(|&(_, _, count)| count != 0.0)
            .collect();
        cells.sort_unstable_by_key(|&(level, size, _)| (level, size));
        Self::from_sorted(cells)
    }

    /// The same from cells whose grey levels ascend, and the sizes within a level.
    pub(super) fn from_sorted(cells: impl IntoIterator<Item = (u32, usize, f64)>) -> Self {
        let mut matrix = Self::default();
        matrix.fill_sorted(cells);
        matrix
    }

    /// The same in the place of another matrix, whose memory is used again.
    pub(crate) fn fill_sorted(&mut self, cells: impl IntoIterator<Item = (u32, usize, f64)>) {
        self.by_level.clear();
        self.by_size.clear();
        self.counts.clear();
        let mut large_sizes: Vec<(usize, f64)> = Vec::new();
        for (level, size, count) in cells {
            if count == 0.0 {
                continue;
            }
            let level = f64::from(level);
            if self.by_level.last().is_none_or(|last| last.level != level) {
                self.by_level.push(Level {
                    level,
                    count: 0.0,
                    small: 0.0,
                    large: 0.0,
                });
            }
            let square = (size as f64) * (size as f64);
            if let Some(row) = self.by_level.last_mut() {
                row.count += count;
                row.small += count / square;
                row.large += count * square;
            }
            if size < TABLE {
                if self.small_sizes.len() <= size {
                    self.small_sizes.resize(size + 1, 0.0);
                }
                self.small_sizes[size] += count;
            } else {
                large_sizes.push((size, count));
            }
            self.counts.push(count);
        }
        self.total = self.by_level.iter().map(|row| row.count).sum();
        let small = self.small_sizes.drain(..).enumerate();
        let small = small.filter(|&(_, count)| count != 0.0);
        self.by_size
            .extend(small.map(|(size, count)| (size as f64, count)));
        // Stable, so that the counts of a size are added in the order of their levels.
        large_sizes.sort_by_key(|&(size, _)| size);
        for same in large_sizes.chunk_by(|a, b| a.0 == b.0) {
            let count = same.iter().map(|(_, count)| count).sum();
            self.by_size.push((same[0].0 as f64, count));
        }
    }

    /// $\frac{1}{N}\sum_i f(i)$ over the rows.
    fn over_levels(&self, term: impl Fn(&Level) -> f64) -> f64 {
        self.by_level.iter().map(term).sum::<f64>() / self.total
    }

    /// Grey level and count of every row.
    fn levels(&self) -> impl Iterator<Item = (f64, f64)> + Clone + '_ {
        self.by_level.iter().map(|row| (row.level, row.count))
    }

    /// Size and count of every column.
    fn sizes(&self) -> impl Iterator<Item = (f64, f64)> + Clone + '_ {
        self.by_size.iter().copied()
    }

    /// $\frac{1}{N}\sum_j (\sum_i P(i,j))^2$, or the same over levels.
    fn non_uniformity(&self, marginal: impl Iterator<Item = (f64, f64)>) -> f64 {
        marginal.map(|(_, n)| n * n).sum::<f64>() / self.total
    }

    /// Variance of the distribution over levels or sizes.
    fn variance(&self, marginal: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
        if self.total == 0.0 {
            return f64::NAN;
        }
        let mean: f64 = marginal.clone().map(|(at, n)| n / self.total * at).sum();
        marginal
            .map(|(at, n)| n / self.total * (at - mean).powi(2))
            .sum()
    }

    /// Weight on small sizes.
    pub(crate) fn small_size(&self) -> f64 {
        self.sizes().map(|(j, n)| n / (j * j)).sum::<f64>() / self.total
    }

    /// Weight on large sizes.
    pub(crate) fn large_size(&self) -> f64 {
        self.sizes().map(|(j, n)| n * (j * j)).sum::<f64>() / self.total
    }

    /// Weight on low grey levels.
    pub(crate) fn low_level(&self) -> f64 {
        self.over_levels(|row| row.count / (row.level * row.level))
    }

    /// Weight on high grey levels.
    pub(crate) fn high_level(&self) -> f64 {
        self.over_levels(|row| row.count * (row.level * row.level))
    }

    pub(crate) fn small_size_low_level(&self) -> f64 {
        self.over_levels(|row| row.small / (row.level * row.level))
    }

    pub(crate) fn small_size_high_level(&self) -> f64 {
        self.over_levels(|row| row.small * (row.level * row.level))
    }

    pub(crate) fn large_size_low_level(&self) -> f64 {
        self.over_levels(|row| row.large / (row.level * row.level))
    }

    pub(crate) fn large_size_high_level(&self) -> f64 {
        self.over_levels(|row| row.large * (row.level * row.level))
    }

    pub(crate) fn level_non_uniformity(&self) -> f64 {
        self.non_uniformity(self.levels())
    }

    pub(crate) fn level_non_uniformity_normalized(&self) -> f64 {
        self.non_uniformity(self.levels()) / self.total
    }

    pub(crate) fn size_non_uniformity(&self) -> f64 {
        self.non_uniformity(self.sizes())
    }

    pub(crate) fn size_non_uniformity_normalized(&self) -> f64 {
        self.non_uniformity(self.sizes()) / self.total
    }

    pub(crate) fn level_variance(&self) -> f64 {
        self.variance(self.levels())
    }

    pub(crate) fn size_variance(&self) -> f64 {
        self.variance(self.sizes())
    }

    /// Runs or zones over the voxels they cover.
    pub(crate) fn percentage(&self) -> f64 {
        self.total / self.sizes().map(|(j, n)| n * j).sum::<f64>()
    }

    /// Entropy of the cells, bits.
    pub(crate) fn entropy(&self) -> f64 {
        if self.total == 0.0 {
            f64::NAN
        } else {
            entropy_of_counts(self.counts.iter().copied(), self.total)
        }
    }

    /// $\sum p \log_2(1/p)$ over the cells, without PyRadiomics' $\epsilon$; bits.
    pub(crate) fn exact_entropy(&self) -> f64 {
        if self.total == 0.0 {
            return f64::NAN;
        }
        let terms = self.counts.iter();
        terms
            .map(|count| count / self.total * (self.total / count).log2())
            .sum()
    }

    /// $\sum p^2$ over the cells.
    pub(crate) fn energy(&self) -> f64 {
        let squares: f64 = self.counts.iter().map(|count| count * count).sum();
        squares / (self.total * self.total)
    }

    /// Sum of all counts.
    pub(crate) fn total(&self) -> f64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_hand() {
        // Level 1: two of size 1; level 2: one of size 3. N = 3, voxels = 5.
        let m = LevelBySize::new([(2, 3, 1.0), (1, 1, 2.0), (1, 2, 0.0)]);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(m.small_size(), (2.0 + 1.0 / 9.0) / 3.0);
        close(m.large_size(), (2.0 + 9.0) / 3.0);
        close(m.low_level(), (2.0 + 0.25) / 3.0);
        close(m.high_level(), (2.0 + 4.0) / 3.0);
        close(m.small_size_low_level(), (2.0 + 1.0 / 36.0) / 3.0);
        close(m.large_size_high_level(), (2.0 + 36.0) / 3.0);
        close(m.small_size_high_level(), (2.0 + 4.0 / 9.0) / 3.0);
        close(m.large_size_low_level(), (2.0 + 9.0 / 4.0) / 3.0);
        close(m.level_non_uniformity(), 5.0 / 3.0);
        close(m.size_non_uniformity_normalized(), 5.0 / 9.0);
        close(m.percentage(), 0.6);
        close(m.level_variance(), 2.0 / 9.0);
        close(m.size_variance(), 8.0 / 9.0);
        close(m.entropy(), 3.0_f64.log2() - 2.0 / 3.0);
        close(m.exact_entropy(), 3.0_f64.log2() - 2.0 / 3.0);
        close(m.energy(), 5.0 / 9.0);
    }

    #[test]
    fn an_empty_matrix_has_no_features() {
        let empty = LevelBySize::new([]);
        assert!(empty.small_size().is_nan() && empty.entropy().is_nan());
        assert!(empty.exact_entropy().is_nan() && empty.energy().is_nan());
        assert!(empty.percentage().is_nan() && empty.size_variance().is_nan());
    }
}
