//! The features of the samples of one fit.

use super::vector::dot;
use nalgebra::DMatrix;

/// Centred and, if asked, scaled columns of some rows of a matrix, with the weights of these rows.
pub(crate) struct Design {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Length of a column in `z`: the rows and zeros up to a multiple of eight.
    pub(super) stride: usize,
    z: Vec<f64>,
    /// Weighted mean of each column.
    pub(super) mean: Vec<f64>,
    /// What each column was divided by; 0 marks a constant column, which never enters.
    pub(super) scale: Vec<f64>,
    /// Weights, summing to one.
    pub(crate) weight: Vec<f64>,
}

impl Design {
    pub(crate) fn new(
        x: &DMatrix<f64>,
        weights: Option<&[f64]>,
        rows: &[usize],
        standardize: bool,
    ) -> Self {
        let n = rows.len();
        let columns = x.ncols();
        let mut weight: Vec<f64> = match weights {
            Some(w) => rows.iter().map(|&i| w[i]).collect(),
            None => vec![1.0; n],
        };
        let total: f64 = weight.iter().sum();
        for w in &mut weight {
            *w /= total;
        }
        let stride = n.next_multiple_of(8);
        let mut z = Vec::with_capacity(stride * columns);
        let mut mean = Vec::with_capacity(columns);
        let mut scale = Vec::with_capacity(columns);
        for source in x.column_iter() {
            let start = z.len();
            z.extend(rows.iter().map(|&i| source[i]));
            let column = &mut z[start..];
            let m = dot(column, &weight);
            let mut variance = 0.0;
            for (v, w) in column.iter_mut().zip(&weight) {
                *v -= m;
                variance += w * *v * *v;
            }
            let sd = variance.sqrt();
            let divisor = if sd <= 1e-12 * m.abs().max(f64::MIN_POSITIVE) {
                0.0
            } else if standardize {
                sd
            } else {
                1.0
            };
            if divisor == 0.0 {
                column.fill(0.0);
            } else if standardize {
                for v in column.iter_mut() {
                    *v /= divisor;
                }
            }
            z.resize(start + stride, 0.0);
            mean.push(m);
            scale.push(divisor);
        }
        Self {
            rows: n,
            columns,
            stride,
            z,
            mean,
            scale,
            weight,
        }
    }

    pub(super) fn column(&self, j: usize) -> &[f64] {
        &self.z[j * self.stride..(j + 1) * self.stride]
    }
}
