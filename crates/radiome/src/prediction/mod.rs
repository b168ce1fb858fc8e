//! The final models applied to new patients: probability, interval, points, and what makes a
//! patient unlike those that the models were learnt from.
//!
//! The rows go through [`Fitted::predict`](crate::pipeline::Fitted::predict), as the study's own
//! patients did, so that a patient of the study gets the study's probability again, to the bit.

mod dataset;
mod patient;
mod warnings;

use indexmap::IndexMap;
use miette::Diagnostic;
use radiome_stats::distribution::{logistic, normal_upper_quantile};
use thiserror::Error;

pub use patient::{FailedPatient, NewPatient, PatientPrediction, VariablePoints};

use crate::model::{Model, ModelError};
use crate::pipeline::{FitError, Predictions, Term};
use dataset::Rows;

/// Confidence level of the interval of the probability.
pub const LEVEL: f64 = 0.95;

/// What the interval of the probability holds and what it does not.
pub const INTERVAL: &str = "95 % interval of the probability from the covariance of the nomogram's coefficients (Wald, on the log-odds); it does not hold the uncertainty of the signatures, of the scanner effects, of the contour, or of the choice of variables";

/// What every prediction must be read with.
pub const PURPOSE: &str =
    "For research use only. Not a medical device: no decision on a patient may rest on it.";

/// Why nobody could be predicted.
#[derive(Debug, Error, Diagnostic)]
pub enum PredictionError {
    /// The model's parts do not belong together.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] ModelError),
    /// A step failed.
    #[error("the models cannot be applied: {0}")]
    #[diagnostic(help(
        "a scanner that is estimated from its own rows needs several patients whose features differ"
    ))]
    Fit(#[from] FitError),
}

/// Predicts patients; a patient who cannot be predicted leaves a [`FailedPatient`] in its place.
///
/// # Errors
/// See [`PredictionError`].
pub fn predict(
    model: &Model,
    patients: &[NewPatient],
) -> Result<Vec<Result<PatientPrediction, FailedPatient>>, PredictionError> {
    let fitted = model.fitted()?;
    let (rows, mut results) = Rows::of(model, patients);
    if rows.places.is_empty() {
        return Ok(results.into_iter().flatten().map(Err).collect());
    }
    let predictions = fitted.predict(&rows.data)?;
    let rad_scores: IndexMap<String, Vec<f64>> = (fitted.signatures.iter())
        .map(|signature| {
            let scores = &predictions.models[&signature.model].score;
            (signature.model.clone(), scores.clone())
        })
        .collect();
    let expected = fitted.expected(&rows.data);
    let errors = (fitted.nomogram).standard_errors(&rows.data, &expected, &rad_scores);
    let standardized = fitted.transform.apply(&rows.data)?.values;

    let mut found = Vec::new();
    for (row, &place) in rows.places.iter().enumerate() {
        let patient = &patients[place];
        let mut one = of_row(model, patient, &predictions, row, errors[row]);
        one.points = points(model, patient, &one.rad_score, |variable| {
            expected.of(row, variable)
        });
        one.total_points = one.points.iter().map(|one| one.points).sum::<Option<f64>>();
        let z = |feature: usize| standardized[(row, feature)];
        one.warnings.extend(patient.warnings.iter().cloned());
        one.warnings.extend(rows.warnings[row].iter().cloned());
        let missing = |variable: &str| expected.of(row, variable);
        one.warnings
            .extend(warnings::of(model, patient, &z, &missing));
        found.push(one);
    }
    let mut found = found.into_iter();
    let merged = results.iter_mut().map(|failure| match failure.take() {
        Some(failure) => Some(Err(failure)),
        None => found.next().map(Ok),
    });
    Ok(merged.flatten().collect())
}

fn of_row(
    model: &Model,
    patient: &NewPatient,
    predictions: &Predictions,
    row: usize,
    standard_error: f64,
) -> PatientPrediction {
    let finite = |value: f64| value.is_finite().then_some(value);
    // A signature of which some feature was not given says nothing, whatever a mean would say.
    let known = |name: &String| patient.lacks(model, name).is_none();
    let (mut rad_score, mut probabilities) = (IndexMap::new(), IndexMap::new());
    for (name, prediction) in &predictions.models {
        let given = !model.signatures.contains_key(name) || known(name);
        if model.signatures.contains_key(name) {
            let score = given.then_some(prediction.score[row]);
            rad_score.insert(name.clone(), score.and_then(finite));
        }
        let probability = given.then_some(prediction.probability[row]);
        probabilities.insert(name.clone(), probability.and_then(finite));
    }
    let nomogram = &predictions.models["nomogram"];
    let linear_predictor = finite(nomogram.score[row]);
    let probability = finite(nomogram.probability[row]);
    let standard_error = finite(standard_error);
    let reach = normal_upper_quantile((1.0 - LEVEL) / 2.0);
    let limit = |side: f64| Some(logistic(linear_predictor? + side * reach * standard_error?));
    let cutoff = model.cutoff.get("nomogram").copied().flatten();
    PatientPrediction {
        id: patient.id.clone(),
        batch: patient.batch.clone(),
        above_cutoff: probability.zip(cutoff).map(|(p, cutoff)| p >= cutoff),
        total_points: None,
        ci: [limit(-1.0), limit(1.0)],
        rad_score,
        linear_predictor,
        standard_error,
        probability,
        points: Vec::new(),
        probabilities,
        warnings: Vec::new(),
    }
}

/// Value and points of each variable of the nomogram, in its order; of a missing value no value,
/// and the points of the design columns that are expected of it.
fn points<'a>(
    model: &Model,
    patient: &NewPatient,
    rad_score: &IndexMap<String, Option<f64>>,
    expected: impl Fn(&str) -> Option<&'a [f64]>,
) -> Vec<VariablePoints> {
    let (Some(regression), Some(drawn)) = (&model.nomogram, &model.points) else {
        return Vec::new();
    };
    let coefficient = |column: &str| regression.coefficients.get(column).copied();
    let of = |variable: &str, value: Option<String>, effect: Option<f64>| {
        let axis = drawn.axes.get(variable);
        VariablePoints {
            variable: variable.to_owned(),
            value,
            points: axis
                .zip(effect)
                .map(|(axis, effect)| drawn.points_per_unit * (effect - axis.least_effect)),
        }
    };
    let mut points = Vec::new();
    for name in model.nomogram_signatures() {
        let score = rad_score.get(name).copied().flatten();
        let effect = score.zip(coefficient(name)).map(|(score, c)| score * c);
        points.push(of(name, score.map(crate::table::number_text), effect));
    }
    for term in &regression.clinical {
        let variable = term.variable();
        let value = patient.clinical.get(variable).cloned().flatten();
        let effect = value.as_deref().and_then(|text| match term {
            Term::Number { .. } => Some(crate::table::parse_number(text)? * coefficient(variable)?),
            Term::Factor { reference, .. } if text == reference => Some(0.0),
            Term::Factor { .. } => coefficient(&format!("{variable}={text}")),
        });
        let effect = match expected(variable) {
            Some(columns) => (term.column_names().iter().zip(columns))
                .map(|(column, value)| Some(coefficient(column)? * value))
                .sum(),
            None => effect,
        };
        points.push(of(variable, value, effect));
    }
    points
}
