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
    /// The range of a partial area is not within 0 and 1, or empty.
    #[error("the range from {from} to {to} is not part of 0 to 1")]
    BadRange {
        /// Its lower end.
        from: f64,
        /// Its upper end.
        to: f64,
    },
    /// Cut-offs between risk categories that are not ascending within 0 and 1.
    #[error("the cut-offs between categories must rise between 0 and 1, found {cuts:?}")]
    BadCuts {
        /// What was asked for.
        cuts: Vec<f64>,
    },
    /// A predicted risk is not a probability.
    #[error("entry {index} is {value}, not a probability in [0, 1]")]
    NotProbability {
        /// Position, from 0.
        index: usize,
        /// What was found.
        value: f64,
    },
    /// Specificities that do not rise within 0 and 1.
    #[error("the specificities must rise within 0 and 1, found {specificities:?}")]
    BadSpecificities {
        /// What was asked for.
        specificities: Vec<f64>,
    },
    /// No resample was asked for.
    #[error("a bootstrap needs at least one resample")]
    NoResamples,
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
