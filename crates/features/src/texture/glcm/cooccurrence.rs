//! One normalised co-occurrence matrix and what its features are made of.

use std::f64::consts::LN_2;

use super::few_levels::second_of_few;
use super::maximal_correlation::second_singular_value;
use crate::texture::{EPSILON, Logarithm, entropy_by, entropy_of_counts_by};

/// How often, or with what weight, one grey level lies beside another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    /// Number of the first voxel's level, from 0.
    pub(crate) first: u16,
    /// Number of the second voxel's level, from 0.
    pub(crate) second: u16,
    /// Count or weight.
    pub(crate) weight: f64,
}

/// A co-occurrence matrix that sums to 1, over the grey levels that occur in the region.
#[derive(Clone, Debug, Default)]
pub struct Cooccurrence {
    /// Grey level of each row and column.
    levels: Vec<f64>,
    /// The cells $p(i,j)$ that are not 0; of a symmetric matrix those with $i \le j$.
    cells: Vec<Pair>,
    symmetric: bool,
    /// That of the joint, sum and difference entropies.
    logarithm: Logarithm,
    /// $p_x(i)$, sums over columns.
    rows: Vec<f64>,
    /// $p_y(j)$, sums over rows; empty where the matrix is symmetric.
    columns: Vec<f64>,
    /// $k$ and $p_{x+y}(k)$ where it is not 0, ascending.
    sums: Vec<(f64, f64)>,
    /// $k$ and $p_{x-y}(k)$ where it is not 0, ascending.
    differences: Vec<(f64, f64)>,
    /// The highest grey level, $N_g$.
    highest: f64,
    /// Means of the grey level by rows and by columns.
    means: [f64; 2],
    /// $HXY$, bits.
    joint_entropy: f64,
    /// $-\sum p \log_2 p$ of rows and of columns, bits.
    plain_entropies: [f64; 2],
    /// Number of rows and of columns that are not empty.
    occupied: [usize; 2],
    /// Room for sums and differences while they are added, by $k$; empty of numbers between.
    by_sum: Vec<f64>,
    by_difference: Vec<f64>,
}

/// Up to this many pairs of levels that occur, the first cross entropy is summed pair by pair, so
/// that the information correlations of a flat region are exactly 0.
const SUMMED_PAIRS: usize = 16;

/// Entropies that are closer than this, in bits, are compared with more care,
const CLOSE: f64 = 1e-6;

/// if no more than this many pairs of levels are to be summed for it.
const MOST_SUMMED: usize = 256;

impl Cooccurrence {
    /// Normalises the weights of pairs of levels; each ordered pair may occur once. `None` where
    /// they sum to 0.
    ///
    /// A `symmetric` matrix counts each pair in both orders and is given by those with
    /// `first <= second`. The features' $N_g$ is `highest`, the highest grey level of the region.
    pub(crate) fn new(
        cells: &[Pair],
        symmetric: bool,
        gray_levels: &[u32],
        highest: u32,
    ) -> Option<Self> {
        let mut matrix = Self::default();
        matrix
            .fill(cells, symmetric, gray_levels, highest)
            .then_some(matrix)
    }

    /// An empty matrix to be filled, with another logarithm than PyRadiomics'.
    pub(crate) fn with(logarithm: Logarithm) -> Self {
        Self {
            logarithm,
            ..Self::default()
        }
    }

    /// The same in the place of another matrix, whose memory is used again; `false` where the
    /// weights sum to 0, and nothing is to be asked of the matrix.
    pub(crate) fn fill(
        &mut self,
        cells: &[Pair],
        symmetric: bool,
        gray_levels: &[u32],
        highest: u32,
    ) -> bool {
        let size = gray_levels.len();
        let twice = |cell: &Pair| symmetric && cell.first != cell.second;
        self.cells.clear();
        self.cells.extend_from_slice(cells);
        let mut total = 0.0;
        for cell in &mut self.cells {
            if symmetric && cell.first == cell.second {
                cell.weight *= 2.0;
            }
            total += if twice(cell) { 2.0 } else { 1.0 } * cell.weight;
        }
        if total == 0.0 || size == 0 {
            return false;
        }
        let counts = self.cells.iter().map(|cell| cell.weight);
        let again = self.cells.iter().filter(|cell| twice(cell));
        let again = again.map(|cell| cell.weight);
        self.joint_entropy = entropy_of_counts_by(self.logarithm, counts.chain(again), total);
        self.symmetric = symmetric;
        self.highest = f64::from(highest);
        self.levels.clear();
        self.levels
            .extend(gray_levels.iter().map(|&level| f64::from(level)));
        for (marginal, size) in [
            (&mut self.rows, size),
            (&mut self.columns, if symmetric { 0 } else { size }),
        ] {
            marginal.clear();
            marginal.resize(size, 0.0);
        }
        self.by_sum.resize(2 * highest as usize + 1, 0.0);
        self.by_difference.resize(highest as usize, 0.0);
        // The ends of what is put into the two.
        let mut ends = [(usize::MAX, 0); 2];
        for cell in &mut self.cells {
            cell.weight /= total;
            let (i, j) = (usize::from(cell.first), usize::from(cell.second));
            let (a, b) = (gray_levels[i] as usize, gray_levels[j] as usize);
            let both = if twice(cell) { 2.0 } else { 1.0 } * cell.weight;
            self.by_sum[a + b] += both;
            self.by_difference[a.abs_diff(b)] += both;
            for (end, at) in ends.iter_mut().zip([a + b, a.abs_diff(b)]) {
                *end = (end.0.min(at), end.1.max(at));
            }
            self.rows[i] += cell.weight;
            if !symmetric {
                self.columns[j] += cell.weight;
            } else if i != j {
                self.rows[j] += cell.weight;
            }
        }
        take_occupied(&mut self.by_sum, ends[0], &mut self.sums);
        take_occupied(&mut self.by_difference, ends[1], &mut self.differences);
        let levels = &self.levels;
        let mean = |marginal: &[f64]| marginal.iter().zip(levels).map(|(p, i)| p * i).sum();
        let mean_x = mean(&self.rows);
        let mean_y = if symmetric {
            mean_x
        } else {
            mean(&self.columns)
        };
        self.means = [mean_x, mean_y];
        let (entropy_x, occupied_x) = exact_entropy(&self.rows);
        let (entropy_y, occupied_y) = if symmetric {
            (entropy_x, occupied_x)
        } else {
            exact_entropy(&self.columns)
        };
        self.plain_entropies = [entropy_x, entropy_y];
        self.occupied = [occupied_x, occupied_y];
        true
    }

    /// Grey level of each row and column.
    pub(crate) fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// $p_x(i)$ of each row.
    pub(crate) fn rows(&self) -> &[f64] {
        &self.rows
    }

    /// Number of rows that are not empty.
    pub(crate) fn occupied_rows(&self) -> usize {
        self.occupied[0]
    }

    /// $-\sum_i p_x(i) \log_2 p_x(i)$, bits.
    pub(crate) fn row_entropy(&self) -> f64 {
        self.plain_entropies[0]
    }

    /// $p_y(j)$.
    fn columns(&self) -> &[f64] {
        if self.symmetric {
            &self.rows
        } else {
            &self.columns
        }
    }

    /// $\sum_{i,j} f(i, j)\, p(i,j)$ for numbers of levels and something that is the same for both
    /// orders of a symmetric matrix.
    pub(crate) fn over_cells(&self, f: impl Fn(usize, usize, f64) -> f64) -> f64 {
        let term = |cell: &Pair| {
            let value = f(cell.first.into(), cell.second.into(), cell.weight);
            if self.symmetric && cell.first != cell.second {
                2.0 * value
            } else {
                value
            }
        };
        self.cells.iter().map(term).sum()
    }

    /// $\sum_k p_{x-y}(k) f(k)$.
    pub(crate) fn over_differences(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.differences.iter().map(|&(k, p)| p * f(k)).sum()
    }

    /// $\sum_{i,j} (i + j - \mu_x - \mu_y)^n p(i,j)$.
    pub(crate) fn cluster(&self, power: i32) -> f64 {
        let centre = self.means[0] + self.means[1];
        let term = |&(k, p): &(f64, f64)| p * (k - centre).powi(power);
        self.sums.iter().map(term).sum()
    }

    pub(crate) fn autocorrelation(&self) -> f64 {
        self.over_cells(|i, j, p| self.levels[i] * self.levels[j] * p)
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
        if self.occupied.contains(&1) {
            return 1.0;
        }
        let deviation_x = self.variance(&self.rows, mean_x).sqrt();
        let deviation_y = self.variance(self.columns(), mean_y).sqrt();
        if deviation_x * deviation_y == 0.0 {
            return 1.0;
        }
        let covariance =
            self.over_cells(|i, j, p| (self.levels[i] - mean_x) * (self.levels[j] - mean_y) * p);
        covariance / (deviation_x * deviation_y + EPSILON)
    }

    pub(crate) fn difference_entropy(&self) -> f64 {
        entropy_by(self.logarithm, self.differences.iter().map(|(_, p)| p))
    }

    pub(crate) fn difference_variance(&self) -> f64 {
        let mean = self.over_differences(|k| k);
        self.over_differences(|k| (k - mean).powi(2))
    }

    pub(crate) fn normalized_inverse_moment(&self) -> f64 {
        let square = self.highest.powi(2);
        self.over_differences(|k| 1.0 / (1.0 + k * k / square))
    }

    pub(crate) fn normalized_inverse(&self) -> f64 {
        let highest = self.highest;
        self.over_differences(|k| 1.0 / (1.0 + k / highest))
    }

    pub(crate) fn joint_entropy(&self) -> f64 {
        self.joint_entropy
    }

    /// $HX$ and $HY$, $-\sum p \log_2(p + \epsilon)$ of rows and of columns.
    ///
    /// Every $p$ adds $p \log_2(1 + \epsilon / p)$ to the plain entropy, which is $\epsilon / \ln 2$
    /// but for a share of $\epsilon / p$ of it.
    fn marginal_entropies(&self) -> [f64; 2] {
        let [x, y] = self.plain_entropies;
        let [rows, columns] = self.occupied;
        [(x, rows), (y, columns)].map(|(plain, count)| plain - EPSILON / LN_2 * count as f64)
    }

    /// $HXY1 = -\sum p(i,j) \log_2(p_x(i) p_y(j) + \epsilon)$.
    ///
    /// The logarithm of the product is that of its factors and
    /// $\log_2(1 + \epsilon / (p_x p_y))$: few logarithms instead of one a cell.
    fn first_cross_entropy(&self) -> f64 {
        let (rows, columns) = (&self.rows, self.columns());
        if self.occupied[0] * self.occupied[1] <= SUMMED_PAIRS {
            return -self.over_cells(|i, j, p| p * (rows[i] * columns[j] + EPSILON).log2());
        }
        let correction = self.over_cells(|i, j, p| {
            let ratio = EPSILON / (rows[i] * columns[j]);
            // The series is cut after a term of 1e-12 of the first.
            p * if ratio < 1e-6 {
                ratio * (1.0 - 0.5 * ratio)
            } else {
                ratio.ln_1p()
            }
        });
        self.plain_entropies.iter().sum::<f64>() - correction / LN_2
    }

    /// $HXY2 = -\sum p_x(i) p_y(j) \log_2(p_x(i) p_y(j) + \epsilon)$.
    fn second_cross_entropy(&self) -> f64 {
        let pairs = self.occupied[0] * self.occupied[1];
        self.plain_entropies.iter().sum::<f64>() - EPSILON / LN_2 * pairs as f64
    }

    /// The same, summed product by product as PyRadiomics does.
    fn summed_second_cross_entropy(&self) -> f64 {
        let products = self
            .rows
            .iter()
            .flat_map(|row| self.columns().iter().map(move |column| row * column));
        let occupied = products.filter(|product| *product != 0.0);
        -occupied.map(|p| p * (p + EPSILON).log2()).sum::<f64>()
    }

    /// $(HXY - HXY1) / \max(HX, HY)$.
    pub(super) fn information_correlation_1(&self) -> f64 {
        let [x, y] = self.marginal_entropies();
        let largest = x.max(y);
        let difference = self.joint_entropy() - self.first_cross_entropy();
        if largest == 0.0 {
            0.0
        } else {
            difference / largest
        }
    }

    /// $\sqrt{1 - e^{-2 (HXY2 - HXY)}}$; 0 where the two are equal but for rounding.
    pub(super) fn information_correlation_2(&self) -> f64 {
        let mut difference = self.second_cross_entropy() - self.joint_entropy();
        // The root makes much of what is left of two nearly equal entropies.
        if difference.abs() < CLOSE && self.occupied[0] * self.occupied[1] <= MOST_SUMMED {
            difference = self.summed_second_cross_entropy() - self.joint_entropy();
        }
        if difference.abs() <= 8.0 * EPSILON * self.joint_entropy().max(1.0) {
            0.0
        } else {
            (1.0 - (-2.0 * difference).exp()).sqrt()
        }
    }

    pub(crate) fn joint_average(&self) -> f64 {
        self.means[0]
    }

    pub(crate) fn joint_energy(&self) -> f64 {
        self.over_cells(|_, _, p| p * p)
    }

    pub(crate) fn maximum_probability(&self) -> f64 {
        let weights = self.cells.iter().map(|cell| cell.weight);
        weights.fold(0.0, f64::max)
    }

    pub(crate) fn sum_average(&self) -> f64 {
        self.sums.iter().map(|(k, p)| k * p).sum()
    }

    pub(crate) fn sum_entropy(&self) -> f64 {
        entropy_by(self.logarithm, self.sums.iter().map(|(_, p)| p))
    }

    pub(crate) fn sum_of_squares(&self) -> f64 {
        self.variance(&self.rows, self.means[0])
    }

    /// The root of the second largest eigenvalue of
    /// $Q(i,j) = \sum_k \frac{p(i,k)\, p(j,k)}{p_x(i)\, p_y(k) + \epsilon}$; 1 for a single level,
    /// 0 where only one level has neighbours.
    ///
    /// It is the second largest singular value of
    /// $B(i,k) = p(i,k) / \sqrt{p_x(i)\, p_y(k) + \epsilon}$: the two differ by the square of
    /// $\epsilon / (p_x p_y)$. The largest singular value is 1, at $\sqrt{p_x}$ and $\sqrt{p_y}$.
    pub(super) fn maximal_correlation(&self) -> f64 {
        if self.levels.len() < 2 {
            return 1.0;
        }
        let (rows, columns) = (&self.rows, self.columns());
        if let Some(value) = second_of_few(&self.cells, self.symmetric, rows, columns) {
            return value;
        }
        let scaled: Vec<Pair> = self
            .cells
            .iter()
            .map(|cell| {
                let product = rows[usize::from(cell.first)] * columns[usize::from(cell.second)];
                Pair {
                    weight: cell.weight / (product + EPSILON).sqrt(),
                    ..*cell
                }
            })
            .collect();
        let leading: Vec<f64> = rows.iter().map(|p| p.sqrt()).collect();
        second_singular_value(&scaled, self.symmetric, &leading)
    }
}

/// Lists the places from the first to the last of a table that are not 0, and makes them 0.
fn take_occupied(table: &mut [f64], (first, last): (usize, usize), occupied: &mut Vec<(f64, f64)>) {
    occupied.clear();
    for (k, p) in table.iter_mut().enumerate().take(last + 1).skip(first) {
        if *p != 0.0 {
            occupied.push((k as f64, std::mem::take(p)));
        }
    }
}

/// $-\sum p \log_2 p$, in bits, and the number of terms.
fn exact_entropy(marginal: &[f64]) -> (f64, usize) {
    let occupied = marginal.iter().filter(|p| **p != 0.0);
    let (sum, count) = occupied.fold((0.0, 0), |(sum, count), p| (sum + p * p.log2(), count + 1));
    (-sum, count)
}
