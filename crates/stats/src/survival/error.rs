use thiserror::Error;

/// Why a survival statistic could not be computed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SurvivalError {
    /// Two inputs that describe the same samples differ in length.
    #[error("{what} has {found} entries, expected {expected}, one for each time")]
    Length {
        /// Which input.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The number of times.
        expected: usize,
    },
    /// There are no samples.
    #[error("there are no samples")]
    Empty,
    /// A time is missing, infinite or negative.
    #[error("time {index} is {value}: times must be finite and not negative")]
    BadTime {
        /// Position, from 0.
        index: usize,
        /// What was found.
        value: f64,
    },
    /// A score is missing or infinite.
    #[error("score {index} is not a finite number: remove or impute it first")]
    NonFinite {
        /// Position, from 0.
        index: usize,
    },
    /// A setting has no meaning.
    #[error("{setting}: {problem}")]
    BadSetting {
        /// Which setting.
        setting: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// There is nothing to compare.
    #[error("{0}")]
    NothingToCompare(&'static str),
}

/// Checks times and events.
pub(super) fn check(time: &[f64], event: &[bool]) -> Result<(), SurvivalError> {
    if time.is_empty() {
        return Err(SurvivalError::Empty);
    }
    if event.len() != time.len() {
        return Err(SurvivalError::Length {
            what: "the list of events",
            found: event.len(),
            expected: time.len(),
        });
    }
    match time.iter().position(|t| !(t.is_finite() && *t >= 0.0)) {
        Some(index) => Err(SurvivalError::BadTime {
            index,
            value: time[index],
        }),
        None => Ok(()),
    }
}

/// Quantile of the standard normal for a two-sided level.
pub(super) fn check_level(level: f64) -> Result<f64, SurvivalError> {
    if level > 0.0 && level < 1.0 {
        Ok(crate::distribution::normal_upper_quantile(
            (1.0 - level) / 2.0,
        ))
    } else {
        Err(SurvivalError::BadSetting {
            setting: "level",
            problem: format!("{level} is not between 0 and 1"),
        })
    }
}

/// Checks a score for each time.
pub(super) fn check_score(time: &[f64], score: &[f64]) -> Result<(), SurvivalError> {
    if score.len() != time.len() {
        return Err(SurvivalError::Length {
            what: "the list of scores",
            found: score.len(),
            expected: time.len(),
        });
    }
    match score.iter().position(|s| !s.is_finite()) {
        Some(index) => Err(SurvivalError::NonFinite { index }),
        None => Ok(()),
    }
}

/// Checks a horizon.
pub(super) fn check_horizon(horizon: f64) -> Result<(), SurvivalError> {
    if horizon.is_finite() && horizon >= 0.0 {
        Ok(())
    } else {
        Err(SurvivalError::BadSetting {
            setting: "horizon",
            problem: format!("{horizon} is not a finite number from 0"),
        })
    }
}
