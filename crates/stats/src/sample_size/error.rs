/// Why there is no sample size.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SampleSizeError {
    /// A number outside its range.
    #[error("{what} must lie between {low} and {high} (neither included), found {found}")]
    Range {
        /// What it is.
        what: &'static str,
        /// The least value.
        low: f64,
        /// The largest value.
        high: f64,
        /// The number.
        found: f64,
    },
    /// No parameter.
    #[error("a model without predictors needs no sample size")]
    NoParameters,
    /// An R² that no model reaches.
    #[error(
        "an R² of Cox and Snell of {r2} cannot be reached: with this outcome the largest is {maximum}"
    )]
    AboveMaximum {
        /// The R².
        r2: f64,
        /// The largest.
        maximum: f64,
    },
    /// The R² is not below the shrinkage.
    #[error("the R² of Cox and Snell ({r2}) must be smaller than the shrinkage ({shrinkage})")]
    AboveShrinkage {
        /// The R².
        r2: f64,
        /// The shrinkage.
        shrinkage: f64,
    },
    /// The sample is too large to be counted.
    #[error("the sample would be larger than 1e15 participants")]
    TooLarge,
}

/// Checks `low < found < high`.
pub(super) fn within(
    what: &'static str,
    found: f64,
    low: f64,
    high: f64,
) -> Result<(), SampleSizeError> {
    if found > low && found < high {
        return Ok(());
    }
    Err(SampleSizeError::Range {
        what,
        low,
        high,
        found,
    })
}
