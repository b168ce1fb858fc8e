//! Maximal correlations of many kernels, found when there are enough matrices of one size.
//!
//! Eigenvalues of several matrices are found at once ([`super::side_by_side`]), and cost least where
//! all of them have the same number of rows. So the matrices of a block of kernels wait, sorted by
//! their rows, until they fill the lanes. Each value depends on its matrix alone.

use super::side_by_side::{LANES, MOST_ROWS, SideBySide};

/// A matrix in a lane, to be filled with cells.
pub(super) struct Lane<'a> {
    matrices: &'a mut SideBySide,
    lane: usize,
}

impl Lane<'_> {
    /// Sets the cell of a row and a column, and its twin.
    pub(super) fn set_cell(&mut self, place: [usize; 2], value: f64) {
        self.matrices.set_cell(self.lane, place, value);
    }

    /// Sets a number of the leading eigenvector.
    pub(super) fn set_leading(&mut self, row: usize, value: f64) {
        self.matrices.set_leading(self.lane, row, value);
    }
}

/// Matrices of so many rows that wait.
#[derive(Clone, Debug)]
struct Bucket {
    matrices: SideBySide,
    /// Where the value of each lane goes.
    owners: [usize; LANES],
    filled: usize,
}

/// The maximal correlations of the directions of some kernels.
#[derive(Clone, Debug)]
pub(super) struct MaximalCorrelations {
    /// Of one kernel after the other, in the order of its directions.
    values: Vec<f64>,
    /// Where those of each kernel end.
    ends: Vec<usize>,
    /// By the number of rows.
    buckets: Vec<Bucket>,
}

impl MaximalCorrelations {
    pub(super) fn new() -> Self {
        let bucket = |rows| Bucket {
            matrices: SideBySide::new(rows),
            owners: [0; LANES],
            filled: 0,
        };
        Self {
            values: Vec::new(),
            ends: Vec::new(),
            buckets: (0..=MOST_ROWS).map(bucket).collect(),
        }
    }

    /// Adds a direction whose value is known.
    pub(super) fn add(&mut self, value: f64) {
        self.values.push(value);
    }

    /// Adds a direction with a matrix of so many rows, up to [`MOST_ROWS`], which `set` fills.
    pub(super) fn add_matrix(&mut self, rows: usize, set: impl FnOnce(&mut Lane<'_>)) {
        let owner = self.values.len();
        self.values.push(0.0);
        let Some(bucket) = self.buckets.get_mut(rows) else {
            return;
        };
        if let Some(place) = bucket.owners.get_mut(bucket.filled) {
            *place = owner;
        }
        bucket.matrices.make_room();
        set(&mut Lane {
            matrices: &mut bucket.matrices,
            lane: bucket.filled,
        });
        bucket.filled += 1;
        if bucket.filled == LANES {
            bucket.find(&mut self.values);
        }
    }

    /// Ends the directions of a kernel.
    pub(super) fn end_kernel(&mut self) {
        self.ends.push(self.values.len());
    }

    /// Gives the mean over the directions of every kernel, in their order, to `take`, and forgets
    /// them; NaN for a kernel without directions.
    pub(super) fn finish(&mut self, mut take: impl FnMut(usize, f64)) {
        for bucket in &mut self.buckets {
            if bucket.filled > 0 {
                bucket.find(&mut self.values);
            }
        }
        let mut start = 0;
        for (kernel, &end) in self.ends.iter().enumerate() {
            let values = self.values.get(start..end).unwrap_or_default();
            take(kernel, values.iter().sum::<f64>() / values.len() as f64);
            start = end;
        }
        self.values.clear();
        self.ends.clear();
    }
}

impl Bucket {
    /// Finds the values of the lanes that are filled, and empties them.
    fn find(&mut self, values: &mut [f64]) {
        let found = self.matrices.second_magnitudes();
        for (&owner, value) in self.owners.iter().zip(found).take(self.filled) {
            if let Some(place) = values.get_mut(owner) {
                *place = value;
            }
        }
        self.filled = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random symmetric counts of so many levels, none of which is missing.
    fn counts(rows: usize, random: &mut impl FnMut() -> u32) -> Vec<Vec<f64>> {
        let mut counts = vec![vec![0.0; rows]; rows];
        for (i, j) in (0..rows).flat_map(|i| (0..=i).map(move |j| (i, j))) {
            // Few cells are occupied, those beside the diagonal always.
            let count = f64::from(random() % 4 + 1);
            if i - j == 1 || random().is_multiple_of(3) {
                counts[i][j] += count;
                counts[j][i] += count;
            }
        }
        counts
    }

    fn add(correlations: &mut MaximalCorrelations, counts: &[Vec<f64>]) {
        let sums: Vec<f64> = counts.iter().map(|row| row.iter().sum()).collect();
        let total: f64 = sums.iter().sum();
        correlations.add_matrix(counts.len(), |lane| {
            for (i, row) in counts.iter().enumerate() {
                lane.set_leading(i, (sums[i] / total).sqrt());
                for (j, &count) in row.iter().enumerate().filter(|(_, count)| **count != 0.0) {
                    lane.set_cell([i, j], count / (sums[i] * sums[j]).sqrt());
                }
            }
        });
    }

    /// The second largest magnitude of an eigenvalue, by nalgebra's QR iteration.
    fn reference(counts: &[Vec<f64>]) -> f64 {
        let sums: Vec<f64> = counts.iter().map(|row| row.iter().sum()).collect();
        let cell = |i: usize, j: usize| counts[i][j] / (sums[i] * sums[j]).sqrt();
        let matrix = nalgebra::DMatrix::from_fn(counts.len(), counts.len(), cell);
        let values = matrix.symmetric_eigenvalues();
        let mut magnitudes: Vec<f64> = values.iter().map(|value| value.abs()).collect();
        magnitudes.sort_by(f64::total_cmp);
        magnitudes[counts.len() - 2]
    }

    fn means(correlations: &mut MaximalCorrelations) -> Vec<f64> {
        let mut means = Vec::new();
        correlations.finish(|kernel, value| {
            assert_eq!(kernel, means.len());
            means.push(value);
        });
        means
    }

    #[test]
    fn values_are_the_second_eigenvalues_whoever_is_beside() {
        let mut state = 1_u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as u32
        };
        let matrices: Vec<_> = (0..200)
            .map(|number| counts(3 + number * 7 % (MOST_ROWS - 2), &mut random))
            .collect();
        let mut together = MaximalCorrelations::new();
        for matrix in &matrices {
            add(&mut together, matrix);
            together.end_kernel();
        }
        let mut alone = MaximalCorrelations::new();
        for (matrix, value) in matrices.iter().zip(means(&mut together)) {
            // Two ways to eigenvalues of at most 1: some hundred roundings of 1e-16 apart.
            let expected = reference(matrix);
            assert!(
                (value - expected).abs() < 1e-12,
                "{value} {expected} of {}",
                matrix.len()
            );
            add(&mut alone, matrix);
            alone.end_kernel();
            assert_eq!(means(&mut alone)[0].to_bits(), value.to_bits());
        }
    }

    #[test]
    fn means_are_over_the_directions_of_each_kernel() {
        let mut correlations = MaximalCorrelations::new();
        // Levels 1, 2, 3 in a row with their neighbours: the eigenvalues are 1, 0.5 and -0.5.
        let row = vec![
            vec![1.0, 1.0, 0.0],
            vec![1.0, 0.0, 1.0],
            vec![0.0, 1.0, 1.0],
        ];
        correlations.add(0.25);
        add(&mut correlations, &row);
        correlations.end_kernel();
        correlations.end_kernel();
        correlations.add(1.0);
        correlations.end_kernel();
        let found = means(&mut correlations);
        assert!((found[0] - 0.375).abs() < 1e-15, "{found:?}");
        assert!(found[1].is_nan());
        assert_eq!(found[2], 1.0);
        assert_eq!(found.len(), 3);
        assert!(means(&mut correlations).is_empty());
    }
}
