//! The Brier score of predicted survival under censoring.

use super::censoring::{CensoringTies, censoring_distribution};
use super::error::{SurvivalError, check_horizon};

/// Brier score at `horizon` with inverse-probability-of-censoring weights (Graf and others 1999).
///
/// `survival` holds the predicted probability of no event up to the horizon for each sample. The
/// score is 1/n times the sum of S^2 / G(T-) over samples with an event at T <= horizon, and of
/// (1 - S)^2 / G(horizon) over samples with T > horizon; samples censored up to the horizon add 0. G
/// is the reverse Kaplan-Meier estimate with events first at ties (riskRegression's `Score` with
/// `cens.model = "km"`). 0 is best; predicting 1/2 for all gives about 1/4.
///
/// # Errors
/// As [`super::kaplan_meier`]; a prediction outside [0, 1]; a horizon that is negative or not finite.
pub fn brier_score(
    time: &[f64],
    event: &[bool],
    survival: &[f64],
    horizon: f64,
) -> Result<f64, SurvivalError> {
    let g = censoring_distribution(time, event, CensoringTies::EventsFirst)?;
    check_horizon(horizon)?;
    if survival.len() != time.len() {
        return Err(SurvivalError::Length {
            what: "the list of predicted survival probabilities",
            found: survival.len(),
            expected: time.len(),
        });
    }
    if let Some((index, value)) = survival
        .iter()
        .enumerate()
        .find(|(_, s)| !(0.0..=1.0).contains(*s))
    {
        return Err(SurvivalError::BadSetting {
            setting: "survival",
            problem: format!("entry {index} is {value}, not a probability"),
        });
    }
    let g_horizon = g.at(horizon);
    let mut sum = 0.0;
    for ((&t, &e), &s) in time.iter().zip(event).zip(survival) {
        if t > horizon {
            sum += (1.0 - s) * (1.0 - s) / g_horizon;
        } else if e {
            sum += s * s / g.before(t);
        }
    }
    Ok(sum / time.len() as f64)
}
