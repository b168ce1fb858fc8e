//! What was learnt, and how.

use super::super::super::format::{count, fixed, listed, model, number, plain, term};
use super::super::super::sections::{harmonization_method, icc_form};
use super::cohort::clinical;
use super::evaluation::testing;
use super::images::feature_count;
use crate::results::Results;

pub(in super::super) fn reliability(results: &Results) -> Option<String> {
    let found = results.reliability.as_ref()?;
    let again: Vec<String> = found
        .patients
        .iter()
        .map(|(comparison, n)| format!("{comparison}: {n} patients"))
        .collect();
    let perturbed = match found.perturbations {
        Some(_) => "; readings of perturbed images and contours, not of another reader",
        None => "",
    };
    Some(format!(
        "{} above {} by its {} ({}{perturbed}): {} of {} features kept; tables/reliability.csv",
        icc_form(&found.form),
        fixed(found.threshold, 2),
        if found.bound == "lower" {
            "lower 95% limit"
        } else {
            "estimate"
        },
        again.join(", "),
        found.kept,
        found.features.len()
    ))
}

pub(in super::super) fn harmonization(results: &Results) -> Option<String> {
    let found = results.harmonization.as_ref()?;
    let kept = if found.covariates.is_empty() {
        String::new()
    } else {
        format!("; the effect of {} kept", listed(&found.covariates))
    };
    Some(format!(
        "{} by {} ({}), estimated from {}{kept}",
        harmonization_method(&found.method),
        found.batch,
        count(found.batches.len(), "batch", "batches"),
        if found.fit == "pooled" {
            "training and external patients together, without their outcome"
        } else {
            "the training patients"
        }
    ))
}

pub(in super::super) fn scaling(_: &Results) -> Option<String> {
    Some("each feature by its mean and standard deviation in the training patients".to_owned())
}

pub(in super::super) fn selection(results: &Results) -> Option<String> {
    let learning = results.study.learning.as_ref()?;
    let kept: Vec<String> = results
        .signatures
        .iter()
        .map(|(name, one)| {
            let n = one.coefficients.as_ref().map_or(0, |kept| kept.len());
            format!("{} {n}", model(name))
        })
        .collect();
    Some(format!(
        "mRMR ({}) to {} features, then a penalised logistic regression (α = {}) with non-zero \
         coefficients in: {}",
        learning.scheme,
        results.study.k,
        plain(learning.alpha),
        kept.join(", ")
    ))
}

pub(in super::super) fn algorithm(results: &Results) -> Option<String> {
    let learning = results.study.learning.as_ref()?;
    let penalty = if learning.alpha == 1.0 {
        "LASSO"
    } else {
        "elastic net"
    };
    Some(format!(
        "signatures: logistic regression with the {penalty} penalty; clinical model and nomogram: \
         logistic regression"
    ))
}

pub(in super::super) fn tuning(results: &Results) -> Option<String> {
    let learning = results.study.learning.as_ref()?;
    let folds = match &learning.folds_column {
        Some(column) => format!("the folds of the column {column}"),
        None => format!("{} folds", learning.inner_folds),
    };
    Some(format!(
        "λ by cross-validation of the deviance over {folds} ({} rule); seed {}",
        learning.lambda, results.study.seed
    ))
}

pub(in super::super) fn nomogram_choice(results: &Results) -> Option<String> {
    let learning = results.study.learning.as_ref()?;
    Some(format!(
        "fixed in the study file: the nomogram may hold {}; clinical variables by P < {} alone and \
         together",
        listed(&learning.nomogram),
        plain(results.clinical_model.p)
    ))
}

pub(in super::super) fn thresholds(results: &Results) -> Option<String> {
    Some(format!(
        "probability, and two classes at the cut-off with the largest Youden index in the training \
         patients ({})",
        if results.study.mode == "honest" {
            "out-of-fold rad-scores"
        } else {
            "fitted probabilities"
        }
    ))
}

pub(in super::super) fn full_model(results: &Results) -> Option<String> {
    let terms = results.nomogram.terms.as_ref()?;
    let mut sum: Vec<String> = results.nomogram.intercept.map(number).into_iter().collect();
    sum.extend(
        terms
            .iter()
            .map(|one| format!("{} × {}", number(one.coef), term(&one.name, &one.variable))),
    );
    Some(format!(
        "log-odds of the nomogram = {}; all models with every digit in model.json; calculator \
         nomogram.html",
        sum.join(" + ")
    ))
}

pub(in super::super) fn dimensionality(results: &Results) -> Option<String> {
    let train = results.cohort.analysed.get("train")?;
    Some(format!(
        "{} features before and {} after selection by mRMR for each signature, {} training patients",
        results.study.features, results.study.k, train.n
    ))
}

pub(in super::super) fn predictors_start(results: &Results) -> Option<String> {
    let clinical = clinical(results).map_or_else(String::new, |text| format!("; clinical {text}"));
    Some(format!("{}{clinical}", feature_count(results)?))
}

pub(in super::super) fn single_sequences(results: &Results) -> Option<String> {
    (results.study.sequences.len() > 1).then(|| {
        "a signature of each sequence alone beside the combined one; tables/performance.csv, \
         tables/delong.csv"
            .to_owned()
    })
}

pub(in super::super) fn model_steps(results: &Results) -> Option<String> {
    Some(format!(
        "{}; {}; {}",
        selection(results)?,
        tuning(results)?,
        testing(results)?
    ))
}
