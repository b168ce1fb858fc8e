//! Controls beside the signatures: what something simpler finds in the same patients.
//!
//! A signature that does no better than the size of the tumour, or than features of images whose
//! voxels were shuffled, has not read the texture of the tumour, whatever its features are called
//! (Welch and others, Radiother Oncol 2019;130:2). Each control learns as the signatures do: from
//! the training part of each fold, on the same folds.

mod shuffled_voxels;
mod volume;

use indexmap::IndexMap;

use super::file::ControlKind;
use super::learnt_scales::LearntScale;
use super::{Cohort, Study, StudyFeatures};
use crate::extract::{Batch, Progress};
use crate::pipeline::{Dataset, Pipeline};
use crate::resumption::Resumption;
use crate::validation::CrossValidation;

/// What a control learnt and says of everyone.
#[derive(Clone, Debug)]
pub struct Control {
    /// Linear predictor of every row by the fit on all training patients; NaN where it has none.
    pub score: Vec<f64>,
    /// Linear predictors of the rows that each fit of the cross-validation left out; none where
    /// nothing is resampled.
    pub folds: Option<Vec<Vec<f64>>>,
    /// Intercept of the fit on all training patients.
    pub intercept: f64,
    /// Its coefficients by predictor.
    pub coefficients: IndexMap<String, f64>,
}

/// The controls that the study asks for, each found or with the reason why not.
pub type Controls = IndexMap<ControlKind, Result<Control, String>>;

/// What the controls stand beside.
pub(super) struct Beside<'a> {
    pub(super) study: &'a Study,
    pub(super) cohort: &'a Cohort,
    pub(super) features: &'a StudyFeatures,
    /// Standard scales of intensities that every fold learns.
    pub(super) scales: &'a [LearntScale],
    pub(super) data: &'a Dataset,
    pub(super) train: &'a [usize],
    pub(super) external: &'a [usize],
    pub(super) pipeline: &'a Pipeline,
    pub(super) cross_validation: Option<&'a CrossValidation>,
    pub(super) batch: &'a Batch,
    pub(super) resumption: &'a Resumption,
    pub(super) progress: Progress,
}

/// Fits every control that the study asks for.
pub(super) fn controls(beside: &Beside<'_>) -> Controls {
    let one = |&kind: &ControlKind| {
        let found = match kind {
            ControlKind::Volume => volume::control(beside),
            ControlKind::ShuffledVoxels => shuffled_voxels::control(beside),
        };
        (kind, found)
    };
    beside.study.file.controls.iter().map(one).collect()
}
