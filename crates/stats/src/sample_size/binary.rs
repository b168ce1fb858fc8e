//! Sample size of a model for a binary outcome.

use serde::{Deserialize, Serialize};

use super::overfitting::{criteria, criterion_of};
use super::{
    CriterionName, SampleSize, SampleSizeError, Targets, Z, error::within, maximum_cox_snell_r2,
    participants,
};

/// A model for a binary outcome that is planned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BinaryDesign {
    /// Parameters of all candidate predictors: levels less one of a category, terms of a spline.
    pub parameters: usize,
    /// Share of participants with the outcome.
    pub prevalence: f64,
    /// Expected R² of Cox and Snell, adjusted for optimism.
    pub r2: f64,
}

/// The sample that a logistic model needs. R: `pmsampsize(type = "b")`.
///
/// - shrinkage of `S`: `n = P / ((S - 1) ln(1 - R² / S))`;
/// - optimism of R² of Nagelkerke of `d`: the same with `S = R² / (R² + d max R²)`;
/// - overall risk within `m`: `n = (1.96 / m)² p (1 - p)`;
/// - where it is asked for, mean absolute error `e` of the predicted risks (van Smeden and others,
///   Statistical Methods in Medical Research 2019;28:2455-2474):
///   `n = exp((-0.508 + 0.259 ln p + 0.504 ln P - ln e) / 0.544)`, found by simulation for up to 30
///   parameters and prevalences up to one half.
///
/// # Errors
/// See [`SampleSizeError`].
pub fn binary_sample_size(
    design: &BinaryDesign,
    targets: &Targets,
) -> Result<SampleSize, SampleSizeError> {
    let BinaryDesign {
        parameters,
        prevalence,
        r2,
    } = *design;
    let maximum_r2 = maximum_cox_snell_r2(prevalence)?;
    let mut criteria = criteria(parameters, r2, maximum_r2, targets)?;
    let precision = Z / targets.margin;
    let n = participants(precision * precision * (prevalence * (1.0 - prevalence)))?;
    criteria.push(criterion_of(CriterionName::OverallRisk, n, parameters, r2));
    if let Some(error) = targets.mean_absolute_error {
        within("the mean absolute error", error, 0.0, 1.0)?;
        // The rarer of the two outcomes.
        let share = prevalence.min(1.0 - prevalence);
        let sum = -0.508 + 0.259 * share.ln() + 0.504 * (parameters as f64).ln() - error.ln();
        let n = participants((sum / 0.544).exp())?;
        let name = CriterionName::MeanAbsoluteError;
        criteria.push(criterion_of(name, n, parameters, r2));
    }
    Ok(SampleSize::of(
        criteria,
        prevalence,
        parameters,
        [r2, maximum_r2],
    ))
}
