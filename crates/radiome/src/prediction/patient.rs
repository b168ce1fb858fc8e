//! A new patient, before and after.

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

use crate::extract::Failure;
use crate::model::Model;
use crate::results::Warning;
use crate::table::number_json;

/// What is known of a new patient.
#[derive(Clone, Debug, Default)]
pub struct NewPatient {
    /// Names the patient.
    pub id: String,
    /// The scanner, where it is known.
    pub batch: Option<String>,
    /// Features in the model's order: `None` for one that was not given, NaN for one that the
    /// region does not define.
    pub features: Vec<Option<f64>>,
    /// Clinical values by variable; `None` for a missing one.
    pub clinical: IndexMap<String, Option<String>>,
    /// Spacing of the image of each sequence in mm, where it is known.
    pub spacing: IndexMap<String, [f64; 3]>,
    /// What was noticed while reading.
    pub warnings: Vec<Warning>,
}

impl NewPatient {
    /// The first feature of a signature that was not given.
    #[must_use]
    pub fn lacks<'a>(&self, model: &'a Model, signature: &str) -> Option<&'a str> {
        let coefficients = &model.signatures.get(signature)?.coefficients;
        (model.features.iter().zip(&self.features))
            .filter(|(name, _)| coefficients.contains_key(*name))
            .find(|(_, value)| value.is_none())
            .map(|(name, _)| name.as_str())
    }
}

/// A patient who could not be predicted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedPatient {
    /// The patient.
    pub id: String,
    /// Why, as a code.
    pub reason_code: String,
    /// What was found and what to do, in words.
    pub message: String,
}

impl FailedPatient {
    /// A patient who failed.
    #[must_use]
    pub fn new(id: &str, reason_code: &str, message: String) -> Self {
        Self {
            id: id.to_owned(),
            reason_code: reason_code.to_owned(),
            message,
        }
    }

    /// A patient with an image that cannot be used.
    #[must_use]
    pub fn of_extraction(id: &str, sequence: &str, failure: &Failure) -> Self {
        let message = format!("{sequence}: {}", failure.message);
        Self::new(id, failure.reason.code(), message)
    }
}

/// What the models say of a patient.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PatientPrediction {
    /// The patient.
    pub id: String,
    /// The scanner.
    pub batch: Option<String>,
    /// Rad-score of each signature; `None` where its features are not known.
    pub rad_score: IndexMap<String, Option<f64>>,
    /// Log-odds by the nomogram; `None` where a value is missing.
    pub linear_predictor: Option<f64>,
    /// Its standard error; `None` for an empty nomogram.
    pub standard_error: Option<f64>,
    /// Probability of the positive outcome by the nomogram.
    pub probability: Option<f64>,
    /// Its 95 % interval; see [`INTERVAL`](super::INTERVAL).
    pub ci: [Option<f64>; 2],
    /// Whether the probability is at or above the model's cut-off.
    pub above_cutoff: Option<bool>,
    /// Sum of the points.
    pub total_points: Option<f64>,
    /// Value and points of each variable of the nomogram.
    pub points: Vec<VariablePoints>,
    /// Probability by every model.
    pub probabilities: IndexMap<String, Option<f64>>,
    /// What makes the prediction doubtful.
    pub warnings: Vec<Warning>,
}

/// Points of one variable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariablePoints {
    /// The variable.
    pub variable: String,
    /// Its value; `None` for a missing one.
    #[serde(serialize_with = "number_or_word")]
    pub value: Option<String>,
    /// Its points.
    pub points: Option<f64>,
}

/// A number where the text is one, so that it can be worked with.
fn number_or_word<S: Serializer>(value: &Option<String>, writer: S) -> Result<S::Ok, S::Error> {
    match value.as_deref().and_then(crate::table::parse_number) {
        Some(number) => number_json(number).serialize(writer),
        None => value.serialize(writer),
    }
}
