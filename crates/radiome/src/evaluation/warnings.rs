//! What a reader of the results must know before believing them.

use radiome_stats::describe::standard_deviation;

use super::Evidence;
use crate::results::{Results, Warning};
use crate::study::Mode;

/// A class with fewer patients than this says little about a model.
const FEW_PATIENTS: usize = 10;
/// Share of empty refits from which on a model is called unstable.
const OFTEN_EMPTY: f64 = 0.2;

pub(super) fn warnings(evidence: &Evidence<'_>, results: &Results) -> Vec<Warning> {
    let mut warnings = evidence.warnings.to_vec();
    let mut warn = |code: &str, text: String| warnings.push(Warning::new(code, text));

    for (split, counts) in &results.cohort.analysed {
        let fewest = counts.positive.min(counts.negative);
        if fewest < FEW_PATIENTS {
            warn(
                "few_patients",
                format!(
                    "{split}: only {fewest} of {} patients are of the smaller class. An AUC from so few has an interval that covers most values worth having, sensitivity or specificity moves by {:.0} percentage points with one patient, and a calibration curve cannot be judged",
                    counts.n,
                    100.0 / fewest.max(1) as f64
                ),
            );
        }
    }
    if let Some(histology) = &results.histology {
        warnings.extend(super::histology::look_alike(histology));
    }
    warnings.extend(super::reader_agreement::discrepancies(
        &results.reader_agreement,
    ));
    let mut warn = |code: &str, text: String| warnings.push(Warning::new(code, text));
    let file = &evidence.study.file;
    if file.mode == Mode::AsPublished {
        warn(
            "as_published",
            "everything was learnt once on all training patients, in the order of published papers: figures for the training patients are of models that saw these patients and look too good; only the external figures are of patients the models did not see. Choosing among models by their external figures would spoil those too. `mode: honest` learns everything again inside every resample"
                .to_owned(),
        );
    }
    if results
        .harmonization
        .as_ref()
        .is_some_and(|found| found.fit == "pooled")
    {
        warn(
            "pooled_harmonization",
            "scanner effects were estimated from the features of training and external patients together, so the external patients are not quite external"
                .to_owned(),
        );
    }
    for (key, asked, done) in [
        (
            "reliability",
            file.reliability.is_some(),
            results.reliability.is_some(),
        ),
        (
            "harmonization",
            file.harmonization.is_some(),
            results.harmonization.is_some(),
        ),
    ] {
        if let (true, false, Some(reason)) = (asked, done, results.reasons.get(key)) {
            warn(
                &format!("no_{key}"),
                format!("`{key}` is in the study file and was not done: {reason}"),
            );
        }
    }
    if let Some(harmonization) = &results.harmonization {
        if harmonization.covariates.contains(&file.outcome.column) {
            warn(
                "outcome_covariate",
                "the harmonisation keeps the effect of the outcome, so the features of every patient, external ones too, were adjusted with the outcome in hand: their figures look too good, and a new patient, whose outcome is not known, cannot be predicted"
                    .to_owned(),
            );
        }
        if !harmonization.unknown_covariates.is_empty() {
            warn(
                "unknown_covariate",
                format!(
                    "patients with a level of a covariate that training never saw, whose features were left as they are: {}",
                    harmonization.unknown_covariates.join(", ")
                ),
            );
        }
        let unadjusted: Vec<&str> = harmonization
            .batches
            .iter()
            .filter(|batch| !batch.adjusted)
            .map(|batch| batch.name.as_str())
            .collect();
        if !unadjusted.is_empty() {
            warn(
                "single_batch",
                format!(
                    "scanners with one training patient have no spread to estimate, so their features were left as they are: {}",
                    unadjusted.join(", ")
                ),
            );
        }
        if !harmonization.unseen_batches.is_empty() {
            let what = match harmonization.unseen.as_str() {
                "own" => {
                    "their effect was estimated from their own patients, without the outcome; a scanner with one patient was left as it is"
                }
                _ => "their features were left as they are",
            };
            warn(
                "unseen_batch",
                format!(
                    "scanners of external patients that training never saw: {}; {what}",
                    harmonization.unseen_batches.join(", ")
                ),
            );
        }
    }
    let incomplete = evidence
        .data
        .features
        .column_iter()
        .filter(|column| evidence.train.iter().any(|&row| !column[row].is_finite()))
        .count();
    if incomplete > 0 {
        let patients: Vec<&str> = evidence
            .train
            .iter()
            .filter(|&&row| {
                !evidence
                    .data
                    .features
                    .row(row)
                    .iter()
                    .all(|v| v.is_finite())
            })
            .map(|&row| evidence.cohort.patients[row].id.as_str())
            .collect();
        warn(
            "undefined_features",
            format!(
                "{incomplete} of {} features were left out because they are not defined for some training patients: {}",
                evidence.columns.len(),
                patients.join(", ")
            ),
        );
    }
    let overflowing = evidence
        .data
        .features
        .column_iter()
        .map(|column| {
            evidence
                .train
                .iter()
                .map(|&row| column[row])
                .collect::<Vec<f64>>()
        })
        .filter(|values| {
            values.iter().all(|value| value.is_finite()) && standard_deviation(values).is_infinite()
        })
        .count();
    if overflowing > 0 {
        warn(
            "overflowing_features",
            format!(
                "{overflowing} of {} features were left out because the squares of their values overflow",
                evidence.columns.len()
            ),
        );
    }
    if evidence.predictions.imputed > 0 {
        warn(
            "missing_feature_value",
            format!(
                "{} feature values were not finite and were taken as the training mean",
                evidence.predictions.imputed
            ),
        );
    }
    for (model, terms) in [
        ("the clinical model", &results.clinical_model.terms),
        ("the nomogram", &results.nomogram.terms),
    ] {
        if terms.iter().flatten().any(|term| term.reason.is_some()) {
            warn(
                "separation",
                format!(
                    "{model}: the training patients are separated by a combination of its predictors, so its coefficients come from Firth's penalised likelihood and its probabilities are to be taken with care"
                ),
            );
        }
    }
    if let (Some(reason), true) = (&results.nomogram.reason, results.nomogram.terms.is_some()) {
        warn("nomogram_part_missing", format!("the nomogram: {reason}"));
    }
    if let Some(prediction) = evidence.predictions.models.get("nomogram") {
        let missing: Vec<&str> = prediction
            .score
            .iter()
            .zip(&evidence.cohort.patients)
            .filter(|(score, _)| score.is_nan())
            .map(|(_, patient)| patient.id.as_str())
            .collect();
        if !missing.is_empty() {
            warn(
                "missing_clinical_value",
                format!(
                    "no prediction by the nomogram, since a clinical value of it is missing or was never seen in training: {}",
                    missing.join(", ")
                ),
            );
        }
    }
    let expected = results
        .missing_values
        .iter()
        .flat_map(|one| one.expected.values());
    let expected: Vec<&str> = expected.flatten().map(String::as_str).collect();
    if !expected.is_empty() {
        warn(
            "imputed_clinical_value",
            format!(
                "a clinical value of the nomogram is missing, and the prediction takes what is expected of it given the others: {}",
                expected.join(", ")
            ),
        );
    }
    for (model, validation) in &results.internal_validation {
        let Some(resampled) = &validation.resampled else {
            continue;
        };
        if resampled.empty >= OFTEN_EMPTY && results.performance.contains_key(model) {
            warn(
                "unstable_model",
                format!(
                    "{model} had no predictor at all in {:.0}% of the cross-validation fits",
                    100.0 * resampled.empty
                ),
            );
        }
    }
    if let Some(bootstrap) = evidence.bootstrap
        && bootstrap.redrawn() > 0
    {
        warn(
            "redrawn_samples",
            format!(
                "{} bootstrap samples had too few patients of a class or too few read again, and were drawn again",
                bootstrap.redrawn()
            ),
        );
    }
    warnings.extend(super::controls::warnings(&results.controls));
    warnings
}
