//! Sample size of a model for a time to event.

use serde::{Deserialize, Serialize};

use super::overfitting::{criteria, criterion_of};
use super::{
    CriterionName, SampleSize, SampleSizeError, Targets, Z, error::within,
    maximum_cox_snell_r2_of_event_rate, participants,
};

/// A model for a time to event that is planned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeToEventDesign {
    /// Parameters of all candidate predictors: levels less one of a category, terms of a spline.
    pub parameters: usize,
    /// Events for each unit of follow-up time.
    pub rate: f64,
    /// The time for which risks are predicted.
    pub timepoint: f64,
    /// Mean follow-up time.
    pub mean_follow_up: f64,
    /// Expected R² of Cox and Snell, adjusted for optimism.
    pub r2: f64,
}

/// The sample that a proportional hazards model needs. R: `pmsampsize(type = "s")`.
///
/// Shrinkage and optimism are as for a binary outcome, with the largest R² of an event rate. The
/// overall risk at the time `t`, `1 - exp(-rate t)`, is precise when both limits of its 95 %
/// interval, `rate -+ 1.96 sqrt(rate / (n * mean follow-up))` put in place of the rate, lie within
/// the margin. `pmsampsize` tells these limits for the sample of the other criteria; here the
/// smallest sample that meets the margin is a criterion of its own.
///
/// # Errors
/// See [`SampleSizeError`]. A mean absolute error of the risks is not known for a time to event and
/// not looked at.
pub fn time_to_event_sample_size(
    design: &TimeToEventDesign,
    targets: &Targets,
) -> Result<SampleSize, SampleSizeError> {
    let TimeToEventDesign {
        parameters,
        rate,
        timepoint,
        mean_follow_up,
        r2,
    } = *design;
    within("the event rate", rate, 0.0, f64::INFINITY)?;
    within("the time of prediction", timepoint, 0.0, f64::INFINITY)?;
    within("the mean follow-up", mean_follow_up, 0.0, f64::INFINITY)?;
    let events_each = rate * mean_follow_up;
    let maximum_r2 = maximum_cox_snell_r2_of_event_rate(events_each)?;
    let mut criteria = criteria(parameters, r2, maximum_r2, targets)?;
    // The lower limit is the farther one: exp(-(rate - h) t) - exp(-rate t) = margin.
    let half_width = (targets.margin * (rate * timepoint).exp()).ln_1p() / timepoint;
    let n = participants(Z * Z * rate / (half_width * half_width * mean_follow_up))?;
    criteria.push(criterion_of(CriterionName::OverallRisk, n, parameters, r2));
    Ok(SampleSize::of(
        criteria,
        events_each,
        parameters,
        [r2, maximum_r2],
    ))
}
