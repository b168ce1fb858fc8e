//! One normalised co-occurrence matrix and what its features are made of.

use nalgebra::{DMatrix, DVector, linalg::SymmetricTridiagonal};

use crate::texture::{EPSILON, entropy};

/// A co-occurrence matrix that sums to 1, over the grey levels that occur in the region.
#[derive(Clone, Debug)]
pub struct Cooccurrence {
    /// Grey level of each row and column.
    levels: Vec<f64>,
    /// $p(i,j)$, row by row.
    cells: Vec<f64>,
    /// $p_x(i)$, sums over columns.
    rows: Vec<f64>,
    /// $p_y(j)$, sums over rows.
    columns: Vec<f64>,
    /// $p_{x+y}(k)$ at $k$.
    sums: Vec<f64>,
    /// $p_{x-y}(k)$ at $k$.
    differences: Vec<f64>,
    /// Means of the grey level by rows and by columns.
    means: [f64; 2],
}

impl Cooccurrence {
    /// Normalises counts (row by row, one row and column for each grey level); `None` where they
    /// sum to 0.
    pub(crate) fn new(mut cells: Vec<f64>, gray_levels: &[u32]) -> Option<Self> {
        let size = gray_levels.len();
        let total: f64 = cells.iter().sum();
        if total == 0.0 || size == 0 {
            return None;
        }
        let levels: Vec<f64> = gray_levels.iter().map(|&level| f64::from(level)).collect();
        let highest = gray_levels.iter().copied().max().unwrap_or(0) as usize;
        let (mut rows, mut columns) = (vec![0.0; size], vec![0.0; size]);
        let (mut sums, mut differences) = (vec![0.0; 2 * highest + 1], vec![0.0; highest]);
        for (i, row) in cells.chunks_exact_mut(size).enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                if *cell == 0.0 {
                    continue;
                }
                *cell /= total;
                rows[i] += *cell;
                columns[j] += *cell;
                let (a, b) = (gray_levels[i] as usize, gray_levels[j] as usize);
                sums[a + b] += *cell;
                differences[a.abs_diff(b)] += *cell;
            }
        }
        let mean = |marginal: &[f64]| marginal.iter().zip(&levels).map(|(p, i)| p * i).sum();
        let means = [mean(&rows), mean(&columns)];
        Some(Self {
            levels,
            cells,
            rows,
            columns,
            sums,
            differences,
            means,
        })
    }

    /// The cells row by row, each row with its number.
    fn by_row(&self) -> impl Iterator<Item = (usize, &[f64])> {
        self.cells.chunks_exact(self.levels.len()).enumerate()
    }

    /// $\sum_k p_{x-y}(k) f(k)$.
    pub(super) fn over_differences(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.differences
            .iter()
            .enumerate()
            .map(|(k, p)| p * f(k as f64))
            .sum()
    }

    /// $\sum_{i,j} (i + j - \mu_x - \mu_y)^n p(i,j)$.
    pub(super) fn cluster(&self, power: i32) -> f64 {
        let centre = self.means[0] + self.means[1];
        let term = |(k, p): (usize, &f64)| p * (k as f64 - centre).powi(power);
        self.sums.iter().enumerate().map(term).sum()
    }

    pub(super) fn autocorrelation(&self) -> f64 {
        self.by_row()
            .map(|(i, row)| self.levels[i] * self.mean_of(row))
            .sum()
    }

    /// $\sum_j p(j)\, j$ of a row.
    fn mean_of(&self, row: &[f64]) -> f64 {
        row.iter().zip(&self.levels).map(|(p, j)| p * j).sum()
    }

    fn variance(&self, marginal: &[f64], mean: f64) -> f64 {
        marginal
            .iter()
            .zip(&self.levels)
            .map(|(p, i)| p * (i - mean).powi(2))
            .sum()
    }

    pub(super) fn correlation(&self) -> f64 {
        let [mean_x, mean_y] = self.means;
        // Rounding of the mean must not make a single level vary.
        let single = |marginal: &[f64]| marginal.iter().filter(|p| **p != 0.0).count() < 2;
        if single(&self.rows) || single(&self.columns) {
            return 1.0;
        }
        let deviation_x = self.variance(&self.rows, mean_x).sqrt();
        let deviation_y = self.variance(&self.columns, mean_y).sqrt();
        if deviation_x * deviation_y == 0.0 {
            return 1.0;
        }
        let covariance: f64 = self
            .by_row()
            .map(|(i, row)| {
                let along: f64 = row
                    .iter()
                    .zip(&self.levels)
                    .map(|(p, j)| p * (j - mean_y))
                    .sum();
                (self.levels[i] - mean_x) * along
            })
            .sum();
        covariance / (deviation_x * deviation_y + EPSILON)
    }

    pub(super) fn difference_entropy(&self) -> f64 {
        entropy(self.differences.iter())
    }

    pub(super) fn difference_variance(&self) -> f64 {
        let mean = self.over_differences(|k| k);
        self.over_differences(|k| (k - mean).powi(2))
    }

    /// The highest grey level, $N_g$.
    fn highest(&self) -> f64 {
        self.differences.len() as f64
    }

    pub(super) fn normalized_inverse_moment(&self) -> f64 {
        let square = self.highest().powi(2);
        self.over_differences(|k| 1.0 / (1.0 + k * k / square))
    }

    pub(super) fn normalized_inverse(&self) -> f64 {
        let highest = self.highest();
        self.over_differences(|k| 1.0 / (1.0 + k / highest))
    }

    pub(super) fn joint_entropy(&self) -> f64 {
        entropy(self.cells.iter())
    }

    /// $-\sum w(i,j) \log_2(p_x(i) p_y(j) + \epsilon)$ with $w$ the cells, or the product itself.
    fn cross_entropy(&self, of_cells: bool) -> f64 {
        let mut sum = 0.0;
        for (i, row) in self.by_row().filter(|(i, _)| self.rows[*i] != 0.0) {
            for (cell, column) in row.iter().zip(&self.columns) {
                let product = self.rows[i] * column;
                let weight = if of_cells { *cell } else { product };
                if weight != 0.0 {
                    sum += weight * (product + EPSILON).log2();
                }
            }
        }
        -sum
    }

    /// $(HXY - HXY1) / \max(HX, HY)$.
    pub(super) fn information_correlation_1(&self) -> f64 {
        let largest = entropy(self.rows.iter()).max(entropy(self.columns.iter()));
        let difference = self.joint_entropy() - self.cross_entropy(true);
        if largest == 0.0 {
            0.0
        } else {
            difference / largest
        }
    }

    /// $\sqrt{1 - e^{-2 (HXY2 - HXY)}}$; NaN where rounding makes $HXY2 < HXY$.
    pub(super) fn information_correlation_2(&self) -> f64 {
        let difference = self.cross_entropy(false) - self.joint_entropy();
        if difference == 0.0 {
            0.0
        } else {
            (1.0 - (-2.0 * difference).exp()).sqrt()
        }
    }

    pub(super) fn joint_average(&self) -> f64 {
        self.means[0]
    }

    pub(super) fn joint_energy(&self) -> f64 {
        self.cells.iter().map(|p| p * p).sum()
    }

    pub(super) fn maximum_probability(&self) -> f64 {
        self.cells.iter().copied().fold(0.0, f64::max)
    }

    pub(super) fn sum_average(&self) -> f64 {
        self.sums
            .iter()
            .enumerate()
            .map(|(k, p)| k as f64 * p)
            .sum()
    }

    pub(super) fn sum_entropy(&self) -> f64 {
        entropy(self.sums.iter())
    }

    pub(super) fn sum_of_squares(&self) -> f64 {
        self.variance(&self.rows, self.means[0])
    }

    /// The root of the second largest eigenvalue of
    /// $Q(i,j) = \sum_k \frac{p(i,k)\, p(j,k)}{p_x(i)\, p_y(k) + \epsilon}$; 1 for a single level.
    ///
    /// $Q$ without $\epsilon$ is similar to a symmetric matrix by the scaling $\sqrt{p_x}$. With
    /// it the scaled matrix keeps an antisymmetric part of order $\epsilon / (p_x p_y)$, which
    /// changes eigenvalues only by its square: the symmetric part is solved.
    pub(super) fn maximal_correlation(&self) -> f64 {
        let size = self.levels.len();
        if size < 2 {
            return 1.0;
        }
        // Rows without counts are zero rows and columns of Q: they add eigenvalues of 0.
        let kept: Vec<usize> = (0..size).filter(|&i| self.rows[i] != 0.0).collect();
        if kept.len() < 2 {
            return 0.0;
        }
        let columns: Vec<usize> = (0..size).filter(|&k| self.columns[k] != 0.0).collect();
        let cell = |i: usize, k: usize| self.cells[i * size + k];
        // Column j of `right` is p(j,.) / sqrt(px(j)); row i of `left` is that of Q's first factor
        // times sqrt(px(i)).
        let right = DMatrix::from_fn(columns.len(), kept.len(), |k, j| {
            cell(kept[j], columns[k]) / self.rows[kept[j]].sqrt()
        });
        let left = DMatrix::from_fn(kept.len(), columns.len(), |i, k| {
            let (i, k) = (kept[i], columns[k]);
            cell(i, k) * self.rows[i].sqrt() / (self.rows[i] * self.columns[k] + EPSILON)
        });
        let scaled = left * right;
        let symmetric = DMatrix::from_fn(kept.len(), kept.len(), |i, j| {
            0.5 * (scaled[(i, j)] + scaled[(j, i)])
        });
        let (diagonal, beside) = SymmetricTridiagonal::new(symmetric).unpack_tridiagonal();
        second_largest(&diagonal, &beside).max(0.0).sqrt()
    }
}

/// The second largest eigenvalue of a symmetric tridiagonal matrix, by bisection on the number of
/// eigenvalues above a value (Sturm's sequence).
fn second_largest(diagonal: &DVector<f64>, beside: &DVector<f64>) -> f64 {
    let off = |i: usize| beside.get(i).copied().unwrap_or(0.0);
    let above = |value: f64| {
        let mut count = 0;
        let mut pivot = 1.0;
        for (i, d) in diagonal.iter().enumerate() {
            let coupling = if i == 0 { 0.0 } else { off(i - 1) * off(i - 1) };
            pivot = d - value - coupling / pivot;
            if pivot == 0.0 {
                pivot = f64::MIN_POSITIVE.sqrt();
            }
            count += usize::from(pivot > 0.0);
        }
        count
    };
    // All eigenvalues lie within Gershgorin's discs.
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (i, d) in diagonal.iter().enumerate() {
        let radius = off(i).abs() + if i == 0 { 0.0 } else { off(i - 1).abs() };
        low = low.min(d - radius);
        high = high.max(d + radius);
    }
    // Each step halves the interval: 100 leave nothing above rounding.
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if above(middle) >= 2 {
            low = middle
        } else {
            high = middle
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bisection_finds_the_second_eigenvalue() {
        // 2 on the diagonal, -1 beside it: eigenvalues 2 - 2 cos(k pi / 6), k = 1 to 5.
        let diagonal = DVector::from_element(5, 2.0);
        let beside = DVector::from_element(4, -1.0);
        let expected = 2.0 + 2.0 * (std::f64::consts::PI / 3.0).cos();
        assert!((second_largest(&diagonal, &beside) - expected).abs() < 1e-14);
        // An eigenvalue that occurs twice counts twice.
        let twice = second_largest(&DVector::from_vec(vec![3.0, 1.0, 3.0]), &DVector::zeros(2));
        assert!((twice - 3.0).abs() < 1e-14);
    }
}
