use crate::regression::RegressionError;
use thiserror::Error;

/// Why calibration could not be measured.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CalibrationError {
    /// Probabilities and outcomes differ in number.
    #[error("{probabilities} probabilities but {outcomes} outcomes")]
    Length {
        /// Number of probabilities.
        probabilities: usize,
        /// Number of outcomes.
        outcomes: usize,
    },
    /// Not a probability.
    #[error("entry {index} is {value}, not a probability in [0, 1]")]
    NotProbability {
        /// Position, from 0.
        index: usize,
        /// What was found.
        value: f64,
    },
    /// The outcome has one value only, or there are no samples.
    #[error("the outcome has one value only, so calibration says nothing")]
    ConstantOutcome,
    /// Fewer than two or more groups than can be formed.
    #[error("{asked} groups asked for, {formed} could be formed, at least 3 are needed")]
    TooFewGroups {
        /// Asked for.
        asked: usize,
        /// Formed from distinct quantiles.
        formed: usize,
    },
    /// A resample draws a row that there is not.
    #[error(
        "resample {resample} draws row {row}, but there are {samples} samples (counted from 0)"
    )]
    BadResample {
        /// The resample, from 0.
        resample: usize,
        /// The row, from 0.
        row: usize,
        /// Number of samples.
        samples: usize,
    },
    /// The model has no finite estimates.
    #[error("the predictors part the outcomes without error, so the model has no finite estimates")]
    Separated,
    /// No resample could be used.
    #[error("the model could be fitted on none of {resamples} resamples")]
    NoResample {
        /// Number of resamples.
        resamples: usize,
    },
    /// A logistic model could not be fitted.
    #[error("logistic model: {0}")]
    Regression(#[from] RegressionError),
}

pub(super) fn check(outcome: &[bool], probability: &[f64]) -> Result<(), CalibrationError> {
    if outcome.len() != probability.len() {
        return Err(CalibrationError::Length {
            probabilities: probability.len(),
            outcomes: outcome.len(),
        });
    }
    if let Some(index) = probability.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(CalibrationError::NotProbability {
            index,
            value: probability[index],
        });
    }
    let events = outcome.iter().filter(|o| **o).count();
    if events == 0 || events == outcome.len() {
        return Err(CalibrationError::ConstantOutcome);
    }
    Ok(())
}
