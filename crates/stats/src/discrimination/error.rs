use thiserror::Error;

/// Why discrimination could not be measured.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DiscriminationError {
    /// Scores and classes differ in number.
    #[error("{scores} scores but {classes} classes")]
    Length {
        /// Number of scores.
        scores: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A score is missing or infinite.
    #[error("score {index} is not a finite number: remove or impute it first")]
    NonFinite {
        /// Position, from 0.
        index: usize,
    },
    /// One class is empty or too small.
    #[error("{cases} cases and {controls} controls, at least {needed} of each are needed")]
    TooFew {
        /// Samples with the condition.
        cases: usize,
        /// Samples without it.
        controls: usize,
        /// Needed of each.
        needed: usize,
    },
    /// A confidence level that is not between 0 and 1.
    #[error("confidence level {level} is not between 0 and 1")]
    BadLevel {
        /// What was asked for.
        level: f64,
    },
    /// A threshold that is not a number.
    #[error("the threshold is not a number")]
    BadThreshold,
}

/// Checks lengths and finiteness.
pub(super) fn check(class: &[bool], score: &[f64]) -> Result<(), DiscriminationError> {
    if class.len() != score.len() {
        return Err(DiscriminationError::Length {
            scores: score.len(),
            classes: class.len(),
        });
    }
    match score.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(DiscriminationError::NonFinite { index }),
        None => Ok(()),
    }
}
