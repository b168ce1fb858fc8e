//! From a study and its features to the rows and the rules of the pipeline.

use indexmap::IndexMap;

use super::file::{Folds, HarmonizationFit, Mode, StudyFile};
use super::missing::MissingValues;
use super::perturbations::PERTURBATIONS;
use super::plan::signature_names;
use super::{
    Cohort, FeatureColumn, Split, Study, StudyError, StudyFeatures, candidates, covariates,
};
use crate::pipeline::{
    ClinicalColumn, Comparison, Dataset, HarmonizationRule, Pipeline, RadScores, ReliabilityRule,
    SignaturePlan, Training,
};

/// Fewest training patients read twice for an ICC filter.
const FEWEST_READ_AGAIN: usize = 10;

/// The analysed patients as rows, in the cohort's order.
///
/// # Errors
/// A candidate that may not be one; see [`Study::read`].
pub(super) fn dataset(
    study: &Study,
    cohort: &Cohort,
    features: &StudyFeatures,
) -> Result<Dataset, StudyError> {
    let clinical = candidates::read(cohort, &study.file)
        .map_err(|problems| StudyError::Invalid { problems })?;
    let folds: Option<Vec<usize>> = cohort.patients.iter().map(|patient| patient.fold).collect();
    Ok(Dataset {
        patient: (0..cohort.patients.len()).collect(),
        outcome: cohort
            .patients
            .iter()
            .map(|patient| patient.positive)
            .collect(),
        batch: cohort
            .patients
            .iter()
            .map(|patient| patient.batch.clone())
            .collect(),
        covariates: covariates::read(study, cohort),
        folds,
        features: features.values.clone(),
        readings: features.readings.clone(),
        intensities: None,
        clinical,
    })
}

/// Rows of one side of the study.
#[must_use]
pub(super) fn rows_of(cohort: &Cohort, split: Split) -> Vec<usize> {
    (0..cohort.patients.len())
        .filter(|&row| cohort.patients[row].split == split)
        .collect()
}

/// The training patients as rows to learn from; in the company of the external ones where the study
/// harmonises all at once.
#[must_use]
pub(super) fn training(
    study: &Study,
    data: &Dataset,
    train: &[usize],
    external: &[usize],
) -> Training {
    let rule = study.file.harmonization.as_ref();
    match rule.map(|rule| rule.fit) {
        Some(HarmonizationFit::Pooled) => data.training_in_company(train, external),
        _ => data.training(train),
    }
}

/// The columns of the baseline table: the candidates, then the stage.
#[must_use]
pub(super) fn baseline(study: &Study, cohort: &Cohort, data: &Dataset) -> Vec<ClinicalColumn> {
    let mut columns = data.clinical.clone();
    if let Some(stage) = stage(study, cohort)
        && columns.iter().all(|column| column.name != stage.name)
    {
        columns.push(stage);
    }
    columns
}

/// The stage of the analysed patients.
#[must_use]
pub(super) fn stage(study: &Study, cohort: &Cohort) -> Option<ClinicalColumn> {
    let rows: Vec<usize> = cohort.patients.iter().map(|patient| patient.row).collect();
    candidates::read_column(&cohort.table, study.file.stage.as_ref()?, &rows).ok()
}

/// Columns of the tables for the analysed patients. Names were checked when the study was read.
#[must_use]
pub(super) fn columns(cohort: &Cohort, names: &[String]) -> Vec<ClinicalColumn> {
    let rows: Vec<usize> = cohort.patients.iter().map(|patient| patient.row).collect();
    let column = |name: &String| candidates::read_column(&cohort.table, name, &rows).ok();
    names.iter().filter_map(column).collect()
}

/// What is learnt and how; and why there is no filter by ICC, if there is none.
#[must_use]
pub(super) fn pipeline(
    study: &Study,
    columns: &[FeatureColumn],
    data: &Dataset,
    train: &[usize],
) -> (Pipeline, Option<String>) {
    let file = &study.file;
    let (reliability, reason) = reliability(file, &study.first_reading, &data.rows(train));
    let sequences = study.sequence_names();
    let signatures = signature_names(&sequences)
        .into_iter()
        .enumerate()
        .map(|(number, model)| SignaturePlan {
            model,
            // The last of several signatures is the combined one: every sequence may be in it.
            allowed: columns
                .iter()
                .map(|column| column.sequence == number || number >= sequences.len())
                .collect(),
        });
    let pipeline = Pipeline {
        seed: file.seed,
        reliability,
        harmonization: file.harmonization.as_ref().map(|rule| HarmonizationRule {
            unseen: rule.unseen,
            fit: rule.fit,
        }),
        signatures: signatures.collect(),
        k: file.selection.k,
        scheme: file.selection.scheme,
        alpha: file.signature.alpha,
        folds: match file.signature.folds {
            Folds::Count(folds) => folds,
            Folds::Column(_) => 0,
        },
        lambda: file.signature.lambda,
        clinical_p: file.clinical.p,
        imputations: (file.clinical.missing).and_then(MissingValues::imputations),
        nomogram_signatures: study
            .nomogram
            .iter()
            .filter(|part| *part != "clinical")
            .cloned()
            .collect(),
        nomogram_clinical: study.nomogram.iter().any(|part| part == "clinical"),
        rad_scores: match file.mode {
            Mode::Honest => RadScores::OutOfFold,
            Mode::AsPublished => RadScores::Resubstituted,
        },
    };
    (pipeline, reason)
}

fn reliability(
    file: &StudyFile,
    first_reading: &str,
    train: &Dataset,
) -> (Option<ReliabilityRule>, Option<String>) {
    let Some(rule) = &file.reliability else {
        let reason = "the study file has no `reliability`: there is one reading of each patient, so nothing is known of the agreement between readers";
        return (None, Some(reason.to_owned()));
    };
    let named = |name: &String| (name != first_reading).then(|| name.clone());
    let pairs: IndexMap<&str, &[String; 2]> = rule
        .readings
        .iter()
        .flat_map(|readings| [("intra", &readings.intra), ("inter", &readings.inter)])
        .filter_map(|(name, pair)| pair.as_ref().map(|pair| (name, pair)))
        .collect();
    let mut comparisons: Vec<Comparison> = pairs
        .into_iter()
        .map(|(name, pair)| Comparison {
            name: name.to_owned(),
            readings: pair.iter().map(named).collect(),
        })
        .collect();
    comparisons.extend(rule.perturbations.as_ref().map(|perturbations| Comparison {
        name: PERTURBATIONS.to_owned(),
        readings: perturbations.reading_names().map(Some).collect(),
    }));
    let Some(read_again) = comparisons
        .iter()
        .map(|comparison| comparison.rows(train).len())
        .min()
    else {
        return (
            None,
            Some("`reliability.readings` names no comparison".to_owned()),
        );
    };
    if read_again < FEWEST_READ_AGAIN {
        let reason = format!(
            "only {read_again} training patients have every reading of one of the comparisons; an ICC needs at least {FEWEST_READ_AGAIN}, so no feature was filtered by it"
        );
        return (None, Some(reason));
    }
    let rule = ReliabilityRule {
        comparisons,
        form: rule.icc_form(),
        threshold: rule.threshold,
        bound: rule.bound,
        read_again,
    };
    (Some(rule), None)
}
