//! What makes a patient unlike those that the models were learnt from.

use super::NewPatient;
use crate::model::Model;
use crate::pipeline::Term;
use crate::results::Warning;
use crate::table::{number_text, parse_number};

/// A spacing this many times below or above those of the training images is said.
const SPACING_TOLERANCE: f64 = 1.1;
/// Of the features outside their training range so many are named.
const MOST_NAMED: usize = 5;

/// The warnings of one patient; `z` gives its standardised features, `expected` the design columns
/// expected of a clinical variable that it lacks.
pub(super) fn of<'a>(
    model: &Model,
    patient: &NewPatient,
    z: &dyn Fn(usize) -> f64,
    expected: &dyn Fn(&str) -> Option<&'a [f64]>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for name in model.signatures.keys() {
        if let Some(feature) = patient.lacks(model, name) {
            let text = format!("{name} is not worked out: the feature {feature} is not known");
            warnings.push(Warning::new("signature_not_computed", text));
        }
    }
    warnings.extend(features(model, patient, z));
    warnings.extend(clinical(model, patient, expected));
    warnings.extend(spacing(model, patient));
    warnings
}

/// Features of the signatures that are missing, or outside the training range.
fn features(model: &Model, patient: &NewPatient, z: &dyn Fn(usize) -> f64) -> Vec<Warning> {
    let used = |name: &String| {
        let mut signatures = model.signatures.iter();
        signatures.any(|(signature, all)| {
            all.coefficients.contains_key(name) && patient.lacks(model, signature).is_none()
        })
    };
    let (mut missing, mut outside) = (Vec::new(), Vec::new());
    for (place, name) in model.features.iter().enumerate() {
        if !used(name) {
            continue;
        }
        if !patient.features[place].is_some_and(f64::is_finite) {
            missing.push(name.clone());
            continue;
        }
        let (Some(mean), Some(deviation), [Some(low), Some(high)]) = (
            model.mean[place],
            model.standard_deviation[place],
            model.training_range[place],
        ) else {
            continue;
        };
        // Compared as the standardised value is made, so that a training patient's own value is
        // never outside by the last digit.
        let value = z(place);
        if value < (low - mean) / deviation || value > (high - mean) / deviation {
            outside.push(format!(
                "{name} is {}, in training {} to {}",
                few_digits(value * deviation + mean),
                few_digits(low),
                few_digits(high)
            ));
        }
    }
    let mut warnings = Vec::new();
    if !missing.is_empty() {
        let text = format!(
            "not defined and taken as the training mean: {}",
            some_of(&missing)
        );
        warnings.push(Warning::new("missing_feature", text));
    }
    if !outside.is_empty() {
        let adjusted = (model.combat.iter())
            .flat_map(|combat| &combat.batches)
            .any(|batch| Some(&batch.label) == patient.batch.as_ref());
        let harmonised = if adjusted {
            " (after the scanner's effect is taken out)"
        } else {
            ""
        };
        let text = format!(
            "outside the range of the training patients{harmonised}: {}",
            some_of(&outside)
        );
        warnings.push(Warning::new("feature_outside_training", text));
    }
    warnings
}

fn clinical<'a>(
    model: &Model,
    patient: &NewPatient,
    expected: &dyn Fn(&str) -> Option<&'a [f64]>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for term in &model.covariates {
        let Term::Factor {
            variable,
            reference,
            levels,
        } = term
        else {
            continue;
        };
        let text = patient.clinical.get(variable).and_then(Option::as_ref);
        if let Some(text) = text.filter(|&text| text != reference && !levels.contains(text)) {
            let text = format!(
                "`{variable}` is {text}, which no training patient has ({reference}, {}), so the features are not harmonised",
                levels.join(", ")
            );
            warnings.push(Warning::new("unknown_covariate", text));
        }
    }
    for term in model.terms() {
        let variable = term.variable();
        let Some(text) = patient.clinical.get(variable).and_then(Option::as_deref) else {
            if let Some(columns) = expected(variable) {
                warnings.push(imputed(term, columns));
                continue;
            }
            let text = format!(
                "`{variable}` is missing, so the models that need it say nothing of this patient"
            );
            warnings.push(Warning::new("missing_clinical", text));
            continue;
        };
        match term {
            Term::Number { .. } => {
                let (Some(value), Some(&[low, high])) =
                    (parse_number(text), model.clinical_range.get(variable))
                else {
                    continue;
                };
                if value < low || value > high {
                    let text = format!(
                        "`{variable}` is {}, in training {} to {}",
                        number_text(value),
                        number_text(low),
                        number_text(high)
                    );
                    warnings.push(Warning::new("clinical_outside_training", text));
                }
            }
            Term::Factor {
                reference, levels, ..
            } => {
                if text != reference && !levels.iter().any(|level| level == text) {
                    let text = format!(
                        "`{variable}` is {text}, which no training patient has ({reference}, {}), so the models that need it say nothing of this patient",
                        levels.join(", ")
                    );
                    warnings.push(Warning::new("unseen_category", text));
                }
            }
        }
    }
    warnings
}

/// What is taken in place of a missing value.
fn imputed(term: &Term, columns: &[f64]) -> Warning {
    let names = term.column_names();
    let values: Vec<String> = (names.iter().zip(columns))
        .map(|(name, value)| format!("{name} {}", few_digits(*value)))
        .collect();
    let what = match term {
        Term::Number { .. } => "the expected value",
        Term::Factor { .. } => "the expected shares",
    };
    let text = format!(
        "`{}` is missing, and {what} given the other values is taken: {}; the interval does not hold that uncertainty",
        term.variable(),
        values.join(", ")
    );
    Warning::new("imputed_clinical", text)
}

/// Images whose spacing is unlike that of the training images.
fn spacing(model: &Model, patient: &NewPatient) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (name, found) in &patient.spacing {
        let sequence = model.sequences.get(name);
        let Some(training) = sequence.and_then(|sequence| sequence.spacing) else {
            continue;
        };
        let unlike = (found.iter().zip(&training)).any(|(&value, &[low, high])| {
            value < low / SPACING_TOLERANCE || value > high * SPACING_TOLERANCE
        });
        if unlike {
            let range = |axis: usize| match training[axis].map(few_digits) {
                [low, high] if low == high => low,
                [low, high] => format!("{low} to {high}"),
            };
            let text = format!(
                "the {name} image has a spacing of {} mm, the training images {} by {} by {} mm",
                found.map(few_digits).join(" by "),
                range(0),
                range(1),
                range(2)
            );
            warnings.push(Warning::new("spacing_outside_training", text));
        }
    }
    warnings
}

/// The first few, and how many more.
fn some_of(all: &[String]) -> String {
    let named = all.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>();
    match all.len() - named.len() {
        0 => named.join("; "),
        more => format!("{}; and {more} more", named.join("; ")),
    }
}

/// A number with four significant digits.
fn few_digits(value: f64) -> String {
    number_text(format!("{value:.3e}").parse().unwrap_or(value))
}
