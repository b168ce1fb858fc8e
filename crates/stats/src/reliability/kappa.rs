//! Cohen's kappa of two readers, with or without weights.

use serde::{Deserialize, Serialize};

use crate::distribution::{normal_quantile, normal_two_sided};

/// What two different levels count as agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KappaWeights {
    /// Nothing: `w = 1` on the diagonal, else 0 (Cohen 1960).
    None,
    /// `w = 1 - |i - j| / (k - 1)` (Cicchetti and Allison 1971).
    Linear,
    /// `w = 1 - (i - j)² / (k - 1)²` (Fleiss and Cohen 1973).
    Quadratic,
}

impl KappaWeights {
    /// All, in the order of the definitions.
    pub const ALL: [Self; 3] = [Self::None, Self::Linear, Self::Quadratic];

    /// The weight of the levels `i` and `j` of `levels`.
    fn weight(self, i: usize, j: usize, levels: usize) -> f64 {
        if i == j {
            return 1.0;
        }
        let apart = i.abs_diff(j) as f64 / (levels - 1) as f64;
        match self {
            Self::None => 0.0,
            Self::Linear => 1.0 - apart,
            Self::Quadratic => 1.0 - apart * apart,
        }
    }
}

/// Why there is no kappa.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KappaError {
    /// Two lists of different length.
    #[error("{first} readings of the first reader but {second} of the second")]
    Length {
        /// Readings of the first reader.
        first: usize,
        /// Readings of the second.
        second: usize,
    },
    /// A level beyond the number of levels.
    #[error("reading {index} is level {level}, but there are {levels} levels, counted from 0")]
    UnknownLevel {
        /// Position, from 0.
        index: usize,
        /// What was found.
        level: usize,
        /// How many there are.
        levels: usize,
    },
    /// No readings.
    #[error("no subject was read by both readers")]
    NoSubjects,
    /// Both readers gave every subject the same level: agreement by chance is complete.
    #[error("both readers gave every subject the same level, so kappa is not defined")]
    OneLevel,
}

/// Agreement of two readers beyond chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kappa {
    /// Subjects.
    pub n: usize,
    /// The weights.
    pub weights: KappaWeights,
    /// Weighted share of agreement found, `Po`.
    pub observed: f64,
    /// The same expected by chance, from each reader's own shares of the levels, `Pe`.
    pub expected: f64,
    /// `(Po - Pe) / (1 - Pe)`.
    pub kappa: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Lower and upper limit, `kappa ∓ z se`, cut at -1 and 1.
    pub interval: [f64; 2],
    /// Confidence level of the interval.
    pub level: f64,
    /// Standard error where there is no agreement but by chance.
    pub null_standard_error: f64,
    /// `kappa / null_standard_error`; NaN where a reader gave every subject the same level.
    pub z: f64,
    /// Two-sided P.
    pub p: f64,
}

/// Counts of subjects by the level of the first reader (rows) and of the second (columns).
///
/// # Errors
/// Lists of different length, or a level beyond `levels`.
pub fn cross_table(
    first: &[usize],
    second: &[usize],
    levels: usize,
) -> Result<Vec<Vec<usize>>, KappaError> {
    if first.len() != second.len() {
        return Err(KappaError::Length {
            first: first.len(),
            second: second.len(),
        });
    }
    let mut counts = vec![vec![0; levels]; levels];
    for (index, (&a, &b)) in first.iter().zip(second).enumerate() {
        for level in [a, b] {
            if level >= levels {
                return Err(KappaError::UnknownLevel {
                    index,
                    level,
                    levels,
                });
            }
        }
        counts[a][b] += 1;
    }
    Ok(counts)
}

/// Cohen's kappa of a square table of counts, with large-sample standard errors.
///
/// With `p_ij` the share of subjects in a cell, `p_i.` and `p_.j` those of a row and a column, and
/// `w_ij` the weights: `Po = Σ w_ij p_ij`, `Pe = Σ w_ij p_i. p_.j`, and with
/// `w_i. = Σ_j w_ij p_.j`, `w_.j = Σ_i w_ij p_i.` (Fleiss, Cohen and Everitt, Psychological
/// Bulletin 1969;72:323-327)
///
/// ```text
/// var = (Σ p_ij (w_ij - (w_i. + w_.j)(1 - kappa))² - (kappa - Pe (1 - kappa))²) / (n (1 - Pe)²)
/// var0 = (Σ p_i. p_.j (w_ij - (w_i. + w_.j))² - Pe²) / (n (1 - Pe)²)
/// ```
///
/// Weights go by the order of the levels: levels that nobody gave still stand between others.
/// R: `psych::cohen.kappa` and `vcd::Kappa` (`vcd` names the quadratic weights `Fleiss-Cohen`).
///
/// # Errors
/// A table without subjects, or with one level only.
pub fn kappa(
    counts: &[Vec<usize>],
    weights: KappaWeights,
    level: f64,
) -> Result<Kappa, KappaError> {
    let levels = counts.len();
    let n: usize = counts.iter().flatten().sum();
    if n == 0 {
        return Err(KappaError::NoSubjects);
    }
    let of = n as f64;
    let rows: Vec<f64> = counts
        .iter()
        .map(|row| row.iter().sum::<usize>() as f64 / of)
        .collect();
    let columns: Vec<f64> = (0..levels)
        .map(|j| counts.iter().map(|row| row[j]).sum::<usize>() as f64 / of)
        .collect();
    // In whole numbers: with rounding, agreement by chance could miss 1 by a hair.
    let only = |i: usize| counts[i][i] == n;
    if (0..levels).any(only) {
        return Err(KappaError::OneLevel);
    }
    let weight = |i: usize, j: usize| weights.weight(i, j, levels);
    let sum = |term: &dyn Fn(usize, usize) -> f64| -> f64 {
        (0..levels)
            .flat_map(|i| (0..levels).map(move |j| (i, j)))
            .map(|(i, j)| term(i, j))
            .sum()
    };
    let share = |i: usize, j: usize| counts[i][j] as f64 / of;
    let observed = sum(&|i, j| weight(i, j) * share(i, j));
    let expected = sum(&|i, j| weight(i, j) * rows[i] * columns[j]);
    let kappa = (observed - expected) / (1.0 - expected);
    let by_row: Vec<f64> = (0..levels)
        .map(|i| (0..levels).map(|j| weight(i, j) * columns[j]).sum())
        .collect();
    let by_column: Vec<f64> = (0..levels)
        .map(|j| (0..levels).map(|i| weight(i, j) * rows[i]).sum())
        .collect();
    let scale = of * (1.0 - expected) * (1.0 - expected);
    let spread = sum(&|i, j| {
        let off = weight(i, j) - (by_row[i] + by_column[j]) * (1.0 - kappa);
        share(i, j) * off * off
    });
    let middle = kappa - expected * (1.0 - kappa);
    // Complete agreement leaves nothing but rounding.
    let standard_error = ((spread - middle * middle).max(0.0) / scale).sqrt();
    let null_spread = sum(&|i, j| {
        let off = weight(i, j) - (by_row[i] + by_column[j]);
        rows[i] * columns[j] * off * off
    });
    let null_standard_error = ((null_spread - expected * expected).max(0.0) / scale).sqrt();
    let z = kappa / null_standard_error;
    let half = normal_quantile(0.5 + level / 2.0) * standard_error;
    Ok(Kappa {
        n,
        weights,
        observed,
        expected,
        kappa,
        standard_error,
        interval: [(kappa - half).max(-1.0), (kappa + half).min(1.0)],
        level,
        null_standard_error,
        z,
        p: normal_two_sided(z),
    })
}
