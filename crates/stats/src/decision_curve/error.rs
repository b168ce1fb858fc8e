use crate::survival::SurvivalError;
use thiserror::Error;

/// Why net benefit could not be computed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DecisionCurveError {
    /// Probabilities and outcomes differ in number, or there are none.
    #[error(
        "{probabilities} probabilities and {outcomes} outcomes: both must be given, one each a sample"
    )]
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
    /// A threshold outside [0, 1).
    #[error("threshold {index} is {value}, not in [0, 1)")]
    BadThreshold {
        /// Position, from 0.
        index: usize,
        /// What was found.
        value: f64,
    },
    /// Times or events that Kaplan and Meier's estimate cannot use.
    #[error(transparent)]
    Survival(#[from] SurvivalError),
    /// The time at which risks are compared is not positive and finite.
    #[error("the time {horizon} at which risks are compared is not a positive number")]
    BadHorizon {
        /// What was asked for.
        horizon: f64,
    },
}

/// Checks lengths, probabilities and thresholds.
pub(super) fn check(
    outcomes: usize,
    probability: &[f64],
    thresholds: &[f64],
) -> Result<(), DecisionCurveError> {
    if outcomes != probability.len() || outcomes == 0 {
        return Err(DecisionCurveError::Length {
            probabilities: probability.len(),
            outcomes,
        });
    }
    if let Some(index) = probability.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(DecisionCurveError::NotProbability {
            index,
            value: probability[index],
        });
    }
    if let Some(index) = thresholds.iter().position(|t| !(0.0..1.0).contains(t)) {
        return Err(DecisionCurveError::BadThreshold {
            index,
            value: thresholds[index],
        });
    }
    Ok(())
}
