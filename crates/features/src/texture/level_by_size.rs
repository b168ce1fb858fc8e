//! What run length, size zone and dependence matrices have in common.

use super::entropy;

/// A matrix of how often (or with what weight) each grey level goes with each size: the length of
/// a run, the voxels of a zone, or the dependent voxels of a neighbourhood.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelBySize {
    /// Grey level, size and count of every cell that is not empty.
    cells: Vec<(f64, f64, f64)>,
    /// Grey level and count summed over sizes.
    by_level: Vec<(f64, f64)>,
    /// Size and count summed over grey levels.
    by_size: Vec<(f64, f64)>,
    /// Sum of all counts.
    total: f64,
}

impl LevelBySize {
    /// From the cells of the matrix: grey level, size (both from 1) and count. Cells may come in
    /// any order but only once each; empty ones are left out.
    #[must_use]
    pub fn new(cells: impl IntoIterator<Item = (u32, usize, f64)>) -> Self {
        let mut matrix = Self {
            cells: Vec::new(),
            by_level: Vec::new(),
            by_size: Vec::new(),
            total: 0.0,
        };
        let mut cells: Vec<_> = cells
            .into_iter()
            .filter(|&(_, _, count)| count != 0.0)
            .collect();
        cells.sort_unstable_by_key(|&(_, size, _)| size);
        for same in cells.chunk_by(|a, b| a.1 == b.1) {
            matrix
                .by_size
                .push((same[0].1 as f64, same.iter().map(|cell| cell.2).sum()));
        }
        cells.sort_unstable_by_key(|&(level, size, _)| (level, size));
        for same in cells.chunk_by(|a, b| a.0 == b.0) {
            let count: f64 = same.iter().map(|cell| cell.2).sum();
            matrix.by_level.push((f64::from(same[0].0), count));
            matrix.total += count;
        }
        matrix.cells = cells
            .into_iter()
            .map(|(level, size, n)| (f64::from(level), size as f64, n))
            .collect();
        matrix
    }

    /// $\frac{1}{N}\sum_{i,j} P(i,j)\, f(i^2, j^2)$ for grey levels $i$ and sizes $j$.
    fn emphasis(&self, weight: fn(f64, f64) -> f64) -> f64 {
        let cell = |&(i, j, n): &(f64, f64, f64)| n * weight(i * i, j * j);
        self.cells.iter().map(cell).sum::<f64>() / self.total
    }

    /// $\frac{1}{N}\sum_j (\sum_i P(i,j))^2$, or the same over levels.
    fn non_uniformity(&self, marginal: &[(f64, f64)]) -> f64 {
        marginal.iter().map(|(_, n)| n * n).sum::<f64>() / self.total
    }

    /// Variance of the distribution over levels or sizes.
    fn variance(&self, marginal: &[(f64, f64)]) -> f64 {
        if self.total == 0.0 {
            return f64::NAN;
        }
        let mean: f64 = marginal.iter().map(|(at, n)| n / self.total * at).sum();
        marginal
            .iter()
            .map(|(at, n)| n / self.total * (at - mean).powi(2))
            .sum()
    }

    /// Weight on small sizes.
    pub(super) fn small_size(&self) -> f64 {
        self.by_size.iter().map(|(j, n)| n / (j * j)).sum::<f64>() / self.total
    }

    /// Weight on large sizes.
    pub(super) fn large_size(&self) -> f64 {
        self.by_size.iter().map(|(j, n)| n * (j * j)).sum::<f64>() / self.total
    }

    /// Weight on low grey levels.
    pub(super) fn low_level(&self) -> f64 {
        self.by_level.iter().map(|(i, n)| n / (i * i)).sum::<f64>() / self.total
    }

    /// Weight on high grey levels.
    pub(super) fn high_level(&self) -> f64 {
        self.by_level.iter().map(|(i, n)| n * (i * i)).sum::<f64>() / self.total
    }

    pub(super) fn small_size_low_level(&self) -> f64 {
        self.emphasis(|i2, j2| 1.0 / (i2 * j2))
    }

    pub(super) fn small_size_high_level(&self) -> f64 {
        self.emphasis(|i2, j2| i2 / j2)
    }

    pub(super) fn large_size_low_level(&self) -> f64 {
        self.emphasis(|i2, j2| j2 / i2)
    }

    pub(super) fn large_size_high_level(&self) -> f64 {
        self.emphasis(|i2, j2| i2 * j2)
    }

    pub(super) fn level_non_uniformity(&self) -> f64 {
        self.non_uniformity(&self.by_level)
    }

    pub(super) fn level_non_uniformity_normalized(&self) -> f64 {
        self.non_uniformity(&self.by_level) / self.total
    }

    pub(super) fn size_non_uniformity(&self) -> f64 {
        self.non_uniformity(&self.by_size)
    }

    pub(super) fn size_non_uniformity_normalized(&self) -> f64 {
        self.non_uniformity(&self.by_size) / self.total
    }

    pub(super) fn level_variance(&self) -> f64 {
        self.variance(&self.by_level)
    }

    pub(super) fn size_variance(&self) -> f64 {
        self.variance(&self.by_size)
    }

    /// Runs or zones over the voxels they cover.
    pub(super) fn percentage(&self) -> f64 {
        self.total / self.by_size.iter().map(|(j, n)| n * j).sum::<f64>()
    }

    /// Entropy of the cells, bits.
    pub(super) fn entropy(&self) -> f64 {
        let shares: Vec<f64> = self.cells.iter().map(|(_, _, n)| n / self.total).collect();
        if self.total == 0.0 {
            f64::NAN
        } else {
            entropy(shares.iter())
        }
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
    }

    #[test]
    fn an_empty_matrix_has_no_features() {
        let empty = LevelBySize::new([]);
        assert!(empty.small_size().is_nan() && empty.entropy().is_nan());
        assert!(empty.percentage().is_nan() && empty.size_variance().is_nan());
    }
}
