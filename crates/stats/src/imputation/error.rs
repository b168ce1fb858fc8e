use thiserror::Error;

/// Why values could not be imputed, or estimates not pooled.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImputationError {
    /// Two inputs that describe the same rows, columns or data sets differ in length.
    #[error("{what} has {found} entries, expected {expected}")]
    Length {
        /// Which input.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
    /// A column has no known value, or only one class.
    #[error("column {column} has nothing to impute from: leave it out")]
    NothingKnown {
        /// The column, from 0.
        column: usize,
    },
    /// A value cannot be.
    #[error("{what}, entry {index}: {problem}")]
    BadValue {
        /// Which input.
        what: &'static str,
        /// Position, from 0.
        index: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A setting has no meaning.
    #[error("{setting}: {found}, at least {needed} are needed")]
    TooFew {
        /// Which setting.
        setting: &'static str,
        /// What was asked for.
        found: usize,
        /// The fewest.
        needed: usize,
    },
    /// The multinomial model did not settle.
    #[error("the model of a class did not converge within {iterations} iterations")]
    NotConverged {
        /// Iterations done.
        iterations: usize,
    },
    /// The within-imputation covariance of the tested estimates cannot be inverted.
    #[error("the estimates tested together have no covariance that can be inverted")]
    Singular,
}
