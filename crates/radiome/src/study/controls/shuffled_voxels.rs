//! The whole pipeline on images whose voxels were shuffled inside the contour.

use super::{Beside, Control};
use crate::extract::Failure;
use crate::pipeline::{Dataset, FitError, Pipeline};
use crate::study::scaled_images::{self, Voxels};
use crate::study::{assemble, extraction};
use crate::validation::{CrossValidation, FoldFit, Stream, cross_validate_kept};

/// The control of a study: its combined signature, or its only one.
///
/// Every step is that of the signature but one: features are not filtered by their agreement
/// between readings, for nobody has read the shuffled images again.
pub(super) fn control(beside: &Beside<'_>) -> Result<Control, String> {
    let study = beside.study;
    let extracted = extraction::extract_shuffled(study, beside.cohort, beside.batch);
    let values = extracted.map_err(|failures| unusable(&failures))?;
    let intensities = (!beside.scales.is_empty()).then(|| {
        scaled_images::intensities(
            study,
            beside.cohort,
            &beside.features.columns,
            beside.scales,
            beside.batch,
            Voxels::Shuffled,
        )
    });
    let data = Dataset {
        features: values,
        readings: indexmap::IndexMap::new(),
        intensities,
        ..beside.data.clone()
    };
    let pipeline = Pipeline {
        reliability: None,
        ..beside.pipeline.clone()
    };
    fit(beside, &data, &pipeline)
}

fn unusable(failures: &[Failure]) -> String {
    let ids: Vec<&str> = failures.iter().map(|failure| failure.id.as_str()).collect();
    let message = failures.first().map_or("", |first| first.message.as_str());
    format!(
        "no features could be computed from the shuffled images of {} ({message})",
        ids.join(", ")
    )
}

fn fit(beside: &Beside<'_>, data: &Dataset, pipeline: &Pipeline) -> Result<Control, String> {
    let training = assemble::training(beside.study, data, beside.train, beside.external);
    let failed = |error: FitError| error.to_string();
    let fitted = pipeline
        .fit(&training, &mut Stream::Final.generator(pipeline.seed))
        .map_err(failed)?;
    let mut predictions = fitted.predict(data).map_err(failed)?;
    // The last of several signatures is the combined one.
    let signature = fitted
        .signatures
        .last()
        .ok_or("the study has no signature")?;
    let model = &signature.model;
    let columns = &fitted.transform.columns;
    let name = |place: usize| beside.features.columns[columns[place]].name.clone();
    let folds = match beside.cross_validation {
        None => None,
        Some(own) => Some(again(beside, own, data, pipeline, model)?),
    };
    let score = predictions.models.swap_remove(model);
    Ok(Control {
        score: score.ok_or("the signature predicts nobody")?.score,
        folds,
        intercept: signature.intercept,
        coefficients: signature
            .coefficients
            .iter()
            .map(|&(place, c)| (name(place), c))
            .collect(),
    })
}

/// The signature's scores in the same cross-validation: its folds follow from seed and outcome.
fn again(
    beside: &Beside<'_>,
    own: &CrossValidation,
    data: &Dataset,
    pipeline: &Pipeline,
    model: &str,
) -> Result<Vec<Vec<f64>>, String> {
    let validation = &beside.study.file.validation;
    let (repeats, folds) = (validation.repeats, validation.folds);
    let bar = beside
        .progress
        .bar(repeats * folds, "Cross-validating with shuffled voxels");
    let training = data.rows(beside.train);
    let tick = || bar.inc(1);
    let found = cross_validate_kept(
        pipeline,
        &training,
        [repeats, folds],
        beside.resumption,
        &tick,
    )
    .map_err(|error| error.to_string())?;
    bar.finish_and_clear();
    if found.folds != own.folds {
        return Err("its folds are not those of the models".to_owned());
    }
    let of_fold = |fit: FoldFit| fit.score.get(model).cloned();
    let scores: Option<Vec<Vec<f64>>> = found.fits.into_iter().map(of_fold).collect();
    scores.ok_or_else(|| "the signature is not in every fold".to_owned())
}
