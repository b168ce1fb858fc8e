//! A table of counts: levels of a variable in rows, groups in columns.

use super::CompareError;
use serde::{Deserialize, Serialize};

/// A table of counts with at least two rows and two columns, none of them empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContingencyTable {
    counts: Vec<Vec<u64>>,
}

impl ContingencyTable {
    /// Takes the counts row by row; rows and columns without any count are dropped.
    ///
    /// # Errors
    /// Rows of unequal length, or fewer than two rows or columns left.
    pub fn new(counts: &[Vec<u64>]) -> Result<ContingencyTable, CompareError> {
        let width = counts.first().map_or(0, Vec::len);
        if counts.iter().any(|row| row.len() != width) {
            return Err(CompareError::DegenerateTable {
                rows: counts.len(),
                columns: width,
            });
        }
        let used: Vec<usize> = (0..width)
            .filter(|&j| counts.iter().any(|row| row[j] > 0))
            .collect();
        let counts: Vec<Vec<u64>> = counts
            .iter()
            .filter(|row| row.iter().any(|&count| count > 0))
            .map(|row| used.iter().map(|&j| row[j]).collect())
            .collect();
        if counts.len() < 2 || used.len() < 2 {
            return Err(CompareError::DegenerateTable {
                rows: counts.len(),
                columns: used.len(),
            });
        }
        Ok(ContingencyTable { counts })
    }

    /// The counts, row by row.
    pub fn counts(&self) -> &[Vec<u64>] {
        &self.counts
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.counts.len()
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.counts[0].len()
    }

    /// Sum of each row.
    pub fn row_totals(&self) -> Vec<u64> {
        self.counts.iter().map(|row| row.iter().sum()).collect()
    }

    /// Sum of each column.
    pub fn column_totals(&self) -> Vec<u64> {
        (0..self.columns())
            .map(|j| self.counts.iter().map(|row| row[j]).sum())
            .collect()
    }

    /// Sum of all counts.
    pub fn total(&self) -> u64 {
        self.row_totals().iter().sum()
    }

    /// Counts expected when rows and columns are independent: row total x column total / total.
    pub fn expected(&self) -> Vec<Vec<f64>> {
        let (rows, columns, total) = (self.row_totals(), self.column_totals(), self.total());
        rows.iter()
            .map(|&r| {
                columns
                    .iter()
                    .map(|&c| r as f64 * c as f64 / total as f64)
                    .collect()
            })
            .collect()
    }

    /// The smallest expected count.
    pub fn smallest_expected(&self) -> f64 {
        self.expected()
            .into_iter()
            .flatten()
            .fold(f64::INFINITY, f64::min)
    }

    /// The table as `[[a, b], [c, d]]`, when it is 2 x 2.
    pub(super) fn two_by_two(&self, test: &'static str) -> Result<[[u64; 2]; 2], CompareError> {
        match self.counts.as_slice() {
            [first, second] => match (first.as_slice(), second.as_slice()) {
                (&[a, b], &[c, d]) => Ok([[a, b], [c, d]]),
                _ => Err(CompareError::NotTwoByTwo {
                    test,
                    rows: 2,
                    columns: self.columns(),
                }),
            },
            _ => Err(CompareError::NotTwoByTwo {
                test,
                rows: self.rows(),
                columns: self.columns(),
            }),
        }
    }
}
