//! How many participants a prediction model needs: the criteria of Riley and others (Statistics in
//! Medicine 2019;38:1276-1296; BMJ 2020;368:m441), as the R package `pmsampsize` computes them.
//!
//! A model is planned by the number of parameters that its candidate predictors have, by how common
//! the outcome is, and by the R² of Cox and Snell that it is expected to reach (after adjustment for
//! optimism). The sample must be large enough for each criterion; the largest decides.

mod binary;
mod cox_snell;
mod error;
mod overfitting;
mod time_to_event;

pub use binary::{BinaryDesign, binary_sample_size};
pub use cox_snell::{
    cox_snell_r2_of_c_statistic, maximum_cox_snell_r2, maximum_cox_snell_r2_of_event_rate,
};
pub use error::SampleSizeError;
pub use time_to_event::{TimeToEventDesign, time_to_event_sample_size};

use serde::{Deserialize, Serialize};

/// What is asked of the model; the defaults are those of the papers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Targets {
    /// Shrinkage of the predictor effects that is accepted, 1 being none.
    pub shrinkage: f64,
    /// Difference of apparent and adjusted R² of Nagelkerke that is accepted.
    pub optimism: f64,
    /// Half the width of the 95 % interval of the overall risk.
    pub margin: f64,
    /// Mean absolute error of the predicted risks (van Smeden and others 2019); no criterion where
    /// absent.
    pub mean_absolute_error: Option<f64>,
}

impl Default for Targets {
    fn default() -> Targets {
        Targets {
            shrinkage: 0.9,
            optimism: 0.05,
            margin: 0.05,
            mean_absolute_error: None,
        }
    }
}

/// What a criterion asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CriterionName {
    /// Small overfitting: the shrinkage of the predictor effects.
    Shrinkage,
    /// Small optimism of the apparent R² of Nagelkerke.
    Optimism,
    /// A precise estimate of the overall risk.
    OverallRisk,
    /// Small mean absolute error of the predicted risks.
    MeanAbsoluteError,
}

/// One criterion and the sample that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// What it asks for.
    pub name: CriterionName,
    /// The smallest number of participants.
    pub n: usize,
    /// The shrinkage expected with that number.
    pub shrinkage: f64,
}

/// The sample that a model needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleSize {
    /// The smallest number of participants that meets every criterion.
    pub required: usize,
    /// Events expected among them.
    pub events: f64,
    /// Events for each parameter.
    pub events_per_parameter: f64,
    /// The criteria, in the order of [`CriterionName`].
    pub criteria: Vec<Criterion>,
    /// R² of Cox and Snell that was planned with.
    pub r2: f64,
    /// The largest R² of Cox and Snell that any model could reach.
    pub maximum_r2: f64,
}

impl SampleSize {
    fn of(criteria: Vec<Criterion>, events_each: f64, parameters: usize, r2: [f64; 2]) -> Self {
        let required = criteria.iter().map(|c| c.n).max().unwrap_or(0);
        let events = required as f64 * events_each;
        SampleSize {
            required,
            events,
            events_per_parameter: events / parameters as f64,
            criteria,
            r2: r2[0],
            maximum_r2: r2[1],
        }
    }

    /// R² of Nagelkerke: that of Cox and Snell as a share of the largest possible.
    pub fn nagelkerke_r2(&self) -> f64 {
        self.r2 / self.maximum_r2
    }
}

/// The 97.5 % point of the normal distribution as the papers and `pmsampsize` round it.
const Z: f64 = 1.96;

/// The next whole number; one that rounding alone has lifted above a whole number is that.
fn participants(n: f64) -> Result<usize, SampleSizeError> {
    let nearest = n.round();
    let whole = if (n - nearest).abs() <= 1e-12 * n {
        nearest
    } else {
        n.ceil()
    };
    // Beyond this a count is no longer exact, and no study is that large.
    if !(0.0..1e15).contains(&whole) {
        return Err(SampleSizeError::TooLarge);
    }
    Ok(whole as usize)
}
