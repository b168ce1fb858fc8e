//! How sure the findings are.

use super::super::format::{count, fixed, in_sentence, number, percent, the_model};
use super::{Answer, chief, few_in};
use crate::results::{Calibration, Estimate, InternalValidation, Results};

/// From this difference on the two ways to correct an AUC are said to disagree.
const DISAGREE: f64 = 0.05;

pub(super) fn sure(results: &Results) -> Answer {
    let mut points = Vec::new();
    if let Some(model) = chief(results)
        && let Some(validation) = results.internal_validation.get(model)
    {
        points.extend(optimism(model, validation));
    }
    points.extend(calibration(results));
    let lead = if chief(results).is_none() {
        "There is no model whose numbers could be trusted more or less."
    } else if results.study.is_resampled() {
        "The models were judged on patients that they had not seen: all steps of learning were \
         done again without them."
    } else {
        "Nothing was learnt again without some of the training patients, as in many published \
         papers, so what was found in them says little: it looks too good. Only the external \
         figures are of patients that the models had not seen."
    };
    Answer {
        question: "How sure this is",
        lead: lead.to_owned(),
        points,
        ..Answer::default()
    }
}

fn optimism(model: &str, validation: &InternalValidation) -> Option<String> {
    let apparent = in_sentence(validation.apparent.estimate, validation.apparent.ci)?;
    let mut text = format!(
        "On the patients that it was fitted on, {} has an AUC of {apparent}, which is too hopeful.",
        the_model(model)
    );
    let bootstrap = validation.bootstrap;
    match (&validation.optimism, &validation.optimism_corrected) {
        (
            Some(Estimate {
                estimate: Some(optimism),
                ..
            }),
            Some(corrected),
        ) => {
            text.push_str(&format!(
                " {} put the excess at {}",
                count(bootstrap, "bootstrap refit", "bootstrap refits"),
                number(*optimism)
            ));
            if let Some(written) = in_sentence(corrected.estimate, corrected.ci) {
                text.push_str(&format!(", which leaves {written}"));
            }
            text.push('.');
            let validated = validation.cross_validated.and_then(|auc| auc.estimate);
            if let (Some(corrected), Some(validated)) = (corrected.estimate, validated)
                && corrected - validated >= DISAGREE
            {
                text.push_str(" That is more than in cross-validation; the lower is the safer.");
            }
        }
        _ => text.push_str(" The optimism was not estimated by bootstrap."),
    }
    Some(text)
}

/// What the calibration of the chief model shows: external if there are enough patients, else
/// cross-validated.
fn calibration(results: &Results) -> Option<String> {
    let model = chief(results)?;
    let splits = results.calibration.get(model)?;
    let (split, calibration) = ["external", "cross_validated"]
        .into_iter()
        .filter(|key| few_in(results, key).is_none())
        .find_map(|key| Some((key, splits.get(key)?)))?;
    let slope = calibration.slope.filter(|slope| slope.is_finite())?;
    let of_whom = match split {
        "external" => "In the external patients",
        _ => "In cross-validation",
    };
    let mut text = format!(
        "{of_whom} the calibration slope of {} is {} (1 is ideal): {}.",
        the_model(model),
        fixed(slope, 2),
        slope_means(slope)
    );
    if let Some(large) = calibration
        .calibration_in_the_large
        .filter(|value| value.is_finite())
    {
        text.push_str(&format!(" {}", in_the_large_means(large, calibration)));
    }
    Some(text)
}

fn slope_means(slope: f64) -> &'static str {
    if slope <= 0.0 {
        "the predictions do not follow the outcome at all"
    } else if slope < 0.8 {
        "high risks are given too high and low ones too low, as when a model is overfitted"
    } else if slope > 1.25 {
        "the risks differ more between patients than the model says"
    } else {
        "the spread of the predicted risks is about right, as far as so many patients can show it"
    }
}

fn in_the_large_means(large: f64, calibration: &Calibration) -> String {
    let n = calibration.observed.len();
    let observed = calibration
        .observed
        .iter()
        .filter(|&&positive| positive)
        .count();
    let predicted: f64 = calibration.predicted.iter().sum();
    if n == 0 || calibration.predicted.len() != n {
        return format!(
            "The intercept at slope 1 is {} (0 is ideal).",
            fixed(large, 2)
        );
    }
    format!(
        "On average it gives a risk of {}; {} were positive ({observed} of {n}).",
        percent(predicted / n as f64),
        percent(observed as f64 / n as f64)
    )
}
