use thiserror::Error;

/// Why a regression model could not be fitted.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum RegressionError {
    /// Two inputs that describe the same samples or columns differ in length.
    #[error("{what} has {found} entries, expected {expected}")]
    Length {
        /// Which input.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },
    /// There are no samples or too few for the model.
    #[error("{found} samples, at least {needed} are needed")]
    TooFewSamples {
        /// Samples given.
        found: usize,
        /// Samples needed.
        needed: usize,
    },
    /// A predictor is missing or infinite.
    #[error(
        "predictor column {column}, row {row} is not a finite number: remove or impute it first"
    )]
    NonFinitePredictor {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
    },
    /// An entry of another input is missing or infinite.
    #[error("{what}, entry {index} is not a finite number: remove or impute it first")]
    NonFinite {
        /// Which input.
        what: &'static str,
        /// Position, from 0.
        index: usize,
    },
    /// A binary outcome holds something else than 0 and 1.
    #[error("outcome, entry {index} is {value}: a binary outcome must be 0 or 1")]
    NotBinary {
        /// Position, from 0.
        index: usize,
        /// What was found.
        value: f64,
    },
    /// All outcomes are equal.
    #[error("the outcome has one value only, so there is nothing to explain")]
    ConstantOutcome,
    /// A column is a linear combination of the columns before it.
    #[error(
        "predictor column {column} is constant or a linear combination of the earlier ones: remove it"
    )]
    RankDeficient {
        /// Column, from 0.
        column: usize,
    },
    /// A setting has no meaning.
    #[error("{setting}: {problem}")]
    BadSetting {
        /// Which setting.
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The iterations did not settle.
    #[error("the fit did not converge within {iterations} iterations{context}")]
    NotConverged {
        /// Iterations done.
        iterations: usize,
        /// Where, as a phrase that starts with a blank, or empty.
        context: String,
    },
    /// A fold of a cross-validation cannot be used.
    #[error("fold {fold}: {problem}")]
    BadFold {
        /// The fold's label.
        fold: usize,
        /// What is wrong.
        problem: String,
    },
    /// There is no event among the times.
    #[error("no event was observed, so a survival model cannot be fitted")]
    NoEvent,
    /// No event happens while a sample that outlives it is at risk.
    #[error(
        "every event happens with nobody left at risk, so a survival model has nothing to compare"
    )]
    NoComparison,
    /// A time is negative.
    #[error("time, entry {index} is {value}: times must not be negative")]
    NegativeTime {
        /// Position, from 0.
        index: usize,
        /// What was found.
        value: f64,
    },
}
