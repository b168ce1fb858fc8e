//! From training rows to models: everything that is learnt, and how it is applied elsewhere.
//!
//! [`Pipeline::fit`] takes a [`Training`] set and nothing else, so it cannot see a row that it is
//! later judged on. What it returns is applied to any rows by [`Fitted::predict`]. The final model,
//! every fold of the cross-validation and every bootstrap sample go through these two calls.

mod clinical;
mod dataset;
mod imputation;
mod intensity_scales;
mod nomogram;
mod pooled_regression;
mod regression;
mod signature;
mod term;
mod transform;

use clinical::column_of;
use imputation::ClinicalRows;
use indexmap::IndexMap;
use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;
use thiserror::Error;

pub use clinical::ClinicalModel;
pub use dataset::{ClinicalColumn, ClinicalValues, Dataset, Training};
pub use imputation::{ClinicalImputation, ExpectedColumns};
pub use intensity_scales::{
    Intensities, IntensityScales, LostPatient, ScaledFeatures, ScaledImages,
};
pub use nomogram::Nomogram;
pub use regression::{FittedTerm, Regression};
pub use signature::{RankedFeature, Signature, SignaturePlan, stratified_folds};
pub use term::Term;
pub(crate) use transform::feature_iccs;
pub use transform::{
    Comparison, FeatureIcc, FeatureTransform, HarmonizationRule, ReliabilityRule, Transformed,
};

use crate::study::{LambdaRule, Scheme};

/// Folds in which the out-of-fold rad-score of the training patients is made.
const OUT_OF_FOLD_FOLDS: usize = 5;
/// Fewest patients of a class in a training set: with one of its folds left out, three remain for
/// the folds of the LASSO.
pub(crate) const FEWEST_OF_A_CLASS: usize = 4;
/// Fewest patients read again in a bootstrap sample where the study filters by ICC.
const FEWEST_READ_AGAIN: usize = 10;

/// What is learnt and how, the same in every resample.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Seed of every chance step.
    pub seed: u64,
    /// Which features must agree between readings; `None` to keep all.
    pub reliability: Option<ReliabilityRule>,
    /// What is done about scanners; `None` for nothing.
    pub harmonization: Option<HarmonizationRule>,
    /// The signatures, by sequence and combined.
    pub signatures: Vec<SignaturePlan>,
    /// Features kept by mRMR.
    pub k: usize,
    /// The mRMR criterion.
    pub scheme: Scheme,
    /// Share of the lasso penalty.
    pub alpha: f64,
    /// Folds of the signature's cross-validation, where no column gives them.
    pub folds: usize,
    /// Which lambda is taken.
    pub lambda: LambdaRule,
    /// Significance level of the clinical model's two steps.
    pub clinical_p: f64,
    /// Completed data sets of the multiple imputation of clinical values; `None` for complete
    /// cases.
    pub imputations: Option<usize>,
    /// Signatures in the nomogram.
    pub nomogram_signatures: Vec<String>,
    /// Whether the clinical model's terms are in the nomogram.
    pub nomogram_clinical: bool,
    /// Which rad-scores of the training rows the nomogram and the cut-offs are learnt from.
    pub rad_scores: RadScores,
}

/// Rad-scores of the training rows, from which the nomogram and the cut-offs are learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RadScores {
    /// From signatures that did not see the row.
    OutOfFold,
    /// From the signature that was fitted on the row, as papers do: such scores look better than
    /// those of new patients, so the nomogram leans on them too much.
    Resubstituted,
}

/// Why a pipeline could not be fitted.
#[derive(Debug, Error)]
pub enum FitError {
    /// A class with too few patients.
    #[error("only {found} patients of the smaller class, {needed} are needed for {purpose}")]
    TooFew {
        /// Patients of the smaller class.
        found: usize,
        /// Patients needed.
        needed: usize,
        /// For what.
        purpose: &'static str,
    },
    /// No bootstrap sample was fit to be used.
    #[error(
        "none of {draws} bootstrap samples had enough patients of both classes and enough read again"
    )]
    NoSample {
        /// Samples drawn.
        draws: usize,
    },
    /// The run stopped before its end.
    #[error(transparent)]
    Stopped(#[from] crate::Stopped),
    /// A scale of intensities could not be learnt.
    #[error("cannot learn the standard scale of intensities: {0}")]
    Scale(#[source] radiome_image::correct::CorrectError),
    /// An image was changed while the run needed it again.
    #[error("{0}; run the same command again once nothing changes the files")]
    ChangedImage(String),
    /// Folds could not be drawn.
    #[error("cannot draw folds: {0}")]
    Folds(#[from] radiome_stats::resampling::ResamplingError),
    /// ComBat could not be fitted or applied.
    #[error("cannot harmonise the scanners: {0}")]
    Harmonization(#[from] radiome_stats::harmonization::combat::CombatError),
    /// Agreement between readings could not be computed.
    #[error("cannot compute the ICC of {feature}: {source}")]
    Reliability {
        /// Number of the feature.
        feature: usize,
        /// Why.
        source: radiome_stats::reliability::icc::IccError,
    },
    /// Features could not be ranked.
    #[error("cannot rank the features of {model}: {source}")]
    Selection {
        /// The signature.
        model: String,
        /// Why.
        source: radiome_stats::selection::mrmr::MrmrError,
    },
    /// Missing clinical values could not be imputed.
    #[error("cannot impute the clinical values: {0}")]
    Imputation(#[from] radiome_stats::imputation::ImputationError),
    /// A regression could not be fitted.
    #[error("cannot fit {model}: {source}")]
    Regression {
        /// The model.
        model: String,
        /// Why.
        source: radiome_stats::regression::RegressionError,
    },
}

/// A fitted pipeline: all that was learnt from a training set.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// From extracted features to standardised ones.
    pub transform: FeatureTransform,
    /// The signatures.
    pub signatures: Vec<Signature>,
    /// The clinical model.
    pub clinical: ClinicalModel,
    /// The nomogram.
    pub nomogram: Nomogram,
    /// What is expected of missing clinical values; `None` where they are not imputed.
    pub imputation: Option<ClinicalImputation>,
    /// Cut-off on the probability by model; `None` for a model without predictors.
    pub cutoffs: IndexMap<String, Option<f64>>,
    /// The nomogram's linear predictor of each training row, from the rad-scores that it was learnt
    /// from ([`RadScores`]). Empty in a model that was read from a file.
    pub nomogram_scores: Vec<f64>,
    /// Standard scales of intensities, where they were learnt here; rows that are predicted are
    /// brought onto them.
    pub scales: Option<IntensityScales>,
}

/// Predictions of every model for some rows.
#[derive(Clone, Debug)]
pub struct Predictions {
    /// By model: `clinical`, the signatures, `nomogram`.
    pub models: IndexMap<String, Prediction>,
    /// Feature values that were missing and taken as the training mean.
    pub imputed: usize,
}

/// Predictions of one model.
#[derive(Clone, Debug, Default)]
pub struct Prediction {
    /// Linear predictor (log-odds); NaN where a clinical value is missing and not imputed.
    pub score: Vec<f64>,
    /// Probability of the positive outcome.
    pub probability: Vec<f64>,
}

impl Prediction {
    fn of_scores(score: Vec<f64>) -> Self {
        let probability = score
            .iter()
            .map(|&score| radiome_stats::distribution::logistic(score))
            .collect();
        Self { score, probability }
    }
}

impl Pipeline {
    /// Whether a resample has what a fit needs: enough patients of both classes for the folds
    /// within folds, and enough read again.
    #[must_use]
    pub fn can_fit(&self, training: &Training) -> bool {
        let data = training.data();
        let first = data.first_rows();
        let positive = first.iter().filter(|&&row| data.outcome[row]).count();
        let enough = positive.min(first.len() - positive) >= FEWEST_OF_A_CLASS;
        let read_again = self.reliability.as_ref().is_none_or(|rule| {
            rule.comparisons.iter().all(|comparison| {
                comparison.rows(data).len() >= FEWEST_READ_AGAIN.min(rule.read_again)
            })
        });
        enough && read_again
    }

    /// Learns everything from a training set.
    ///
    /// In this order: standard scales of intensities, where the study learns them, with the features
    /// on them; features that agree between readings, scanner effects, means and standard
    /// deviations, then for each signature mRMR and LASSO; missing clinical values, where the study
    /// imputes them; the clinical model; the rad-scores of
    /// the training rows ([`RadScores`]; out of fold: all of the former again, inside each of five
    /// folds); the nomogram of those rad-scores and the clinical terms; the cut-offs, by Youden's
    /// index on the same scores.
    ///
    /// # Errors
    /// Too few patients of a class, or a step that failed.
    pub fn fit(&self, training: &Training, generator: &mut ChaCha8Rng) -> Result<Fitted, FitError> {
        let Some(scales) = IntensityScales::learn(training)? else {
            return self.fit_on_scales(training, generator);
        };
        let mut fitted = self.fit_on_scales(&scales.training(training)?, generator)?;
        fitted.nomogram_scores = scales.in_place(training.data(), fitted.nomogram_scores);
        fitted.scales = Some(scales);
        Ok(fitted)
    }

    /// As [`Self::fit`], of rows whose features stay as they are.
    fn fit_on_scales(
        &self,
        training: &Training,
        generator: &mut ChaCha8Rng,
    ) -> Result<Fitted, FitError> {
        let data = training.data();
        let (transform, signatures) = self.fit_signatures(training, generator)?;
        let (rows, imputation) = match self.imputations {
            Some(imputations) => ClinicalRows::imputed(training, imputations, generator)?,
            None => (ClinicalRows::as_they_are(training), None),
        };
        let clinical = ClinicalModel::fit_rows(&rows, self.clinical_p)?;
        let rad_scores = match self.rad_scores {
            RadScores::OutOfFold => self.out_of_fold(training, &signatures, generator)?,
            RadScores::Resubstituted => rad_scores(&signatures, &transform.apply(data)?.values),
        };
        let nomogram = Nomogram::fit(self, &rows, &clinical, &signatures, &rad_scores)?;
        // Cut-offs are for patients whose outcome is not known, so missing values are as expected
        // without it here too.
        let expected = expected(imputation.as_ref(), data);

        let mut cutoffs = IndexMap::new();
        let clinical_score = clinical.score(data, &expected);
        cutoffs.insert(
            "clinical".to_owned(),
            youden_cutoff(&data.outcome, &clinical_score),
        );
        for signature in &signatures {
            let cutoff = if signature.is_empty() {
                None
            } else {
                youden_cutoff(&data.outcome, &rad_scores[&signature.model])
            };
            cutoffs.insert(signature.model.clone(), cutoff);
        }
        let scores = nomogram.score(data, &expected, &rad_scores);
        cutoffs.insert("nomogram".to_owned(), youden_cutoff(&data.outcome, &scores));
        Ok(Fitted {
            transform,
            signatures,
            clinical,
            nomogram,
            imputation,
            cutoffs,
            nomogram_scores: scores,
            scales: None,
        })
    }

    /// The part that learns from images alone.
    ///
    /// # Errors
    /// A step that failed.
    pub fn fit_signatures(
        &self,
        training: &Training,
        generator: &mut ChaCha8Rng,
    ) -> Result<(FeatureTransform, Vec<Signature>), FitError> {
        let data = training.data();
        let transform = FeatureTransform::fit(
            training,
            self.reliability.as_ref(),
            self.harmonization.as_ref(),
        )?;
        let standardized = transform.apply(data)?.values;
        let folds = match &data.folds {
            Some(folds) => folds.clone(),
            None => stratified_folds(data, self.folds, generator)?,
        };
        let signatures: Result<Vec<Signature>, FitError> = self
            .signatures
            .iter()
            .map(|plan| Signature::fit(self, plan, &transform, &standardized, data, &folds))
            .collect();
        Ok((transform, signatures?))
    }

    /// Rad-scores of the training rows from signatures that did not see them. The intercept is
    /// the final signature's, so that a fold's share of positive patients does not shift it.
    fn out_of_fold(
        &self,
        training: &Training,
        signatures: &[Signature],
        generator: &mut ChaCha8Rng,
    ) -> Result<IndexMap<String, Vec<f64>>, FitError> {
        let data = training.data();
        let mut scores: IndexMap<String, Vec<f64>> = signatures
            .iter()
            .map(|signature| {
                (
                    signature.model.clone(),
                    vec![signature.intercept; data.len()],
                )
            })
            .collect();
        let folds = stratified_folds(data, OUT_OF_FOLD_FOLDS, generator)?;
        let count = folds.iter().max().map_or(0, |&last| last + 1);
        for fold in 0..count {
            let held_out: Vec<bool> = folds.iter().map(|&other| other == fold).collect();
            let (inside, outside) = training.split(&held_out);
            let (transform, signatures) = self.fit_signatures(&inside, generator)?;
            let standardized = transform.apply(&outside)?.values;
            let rows = (0..data.len()).filter(|&row| held_out[row]);
            for (place, row) in rows.enumerate() {
                for signature in &signatures {
                    scores[&signature.model][row] += signature.sum(&standardized, place);
                }
            }
        }
        Ok(scores)
    }
}

impl Fitted {
    /// Predictions of every model for these rows. Nothing is learnt from them, unless the study
    /// asks for an unseen scanner to be adjusted by its own rows.
    ///
    /// # Errors
    /// A scanner that cannot be adjusted by its own rows.
    pub fn predict(&self, data: &Dataset) -> Result<Predictions, FitError> {
        let on_scales;
        let data = match &self.scales {
            Some(scales) => {
                on_scales = scales.rows(data)?;
                &on_scales
            }
            None => data,
        };
        let expected = self.expected(data);
        let mut models = IndexMap::new();
        models.insert(
            "clinical".to_owned(),
            Prediction::of_scores(self.clinical.score(data, &expected)),
        );
        let transformed = self.transform.apply(data)?;
        let rad_scores = rad_scores(&self.signatures, &transformed.values);
        for (model, scores) in &rad_scores {
            models.insert(model.clone(), Prediction::of_scores(scores.clone()));
        }
        let scores = self.nomogram.score(data, &expected, &rad_scores);
        models.insert("nomogram".to_owned(), Prediction::of_scores(scores));
        Ok(Predictions {
            models,
            imputed: transformed.imputed,
        })
    }

    /// What is expected of the clinical values that rows lack.
    #[must_use]
    pub fn expected(&self, data: &Dataset) -> ExpectedColumns {
        expected(self.imputation.as_ref(), data)
    }

    /// Patients without features on the scales of intensities that were learnt here, among those
    /// who were learnt from or predicted so far.
    #[must_use]
    pub fn lost_patients(&self) -> Vec<LostPatient> {
        self.scales
            .as_ref()
            .map_or_else(Vec::new, IntensityScales::lost)
    }

    /// Models without any predictor: they say the same of everyone.
    #[must_use]
    pub fn empty_models(&self) -> Vec<String> {
        let mut empty = Vec::new();
        if self.clinical.model.is_none() {
            empty.push("clinical".to_owned());
        }
        empty.extend(
            self.signatures
                .iter()
                .filter(|s| s.is_empty())
                .map(|s| s.model.clone()),
        );
        if self.nomogram.model.is_none() {
            empty.push("nomogram".to_owned());
        }
        empty
    }

    /// Feature columns with a non-zero coefficient, by signature.
    #[must_use]
    pub fn selected_columns(&self) -> IndexMap<String, Vec<usize>> {
        let columns = |signature: &Signature| {
            signature
                .coefficients
                .iter()
                .map(|&(place, _)| self.transform.columns[place])
                .collect()
        };
        self.signatures
            .iter()
            .map(|s| (s.model.clone(), columns(s)))
            .collect()
    }
}

fn expected(imputation: Option<&ClinicalImputation>, data: &Dataset) -> ExpectedColumns {
    imputation.map_or_else(ExpectedColumns::default, |one| one.expected(data))
}

/// Rad-scores of rows by signature.
fn rad_scores(signatures: &[Signature], standardized: &DMatrix<f64>) -> IndexMap<String, Vec<f64>> {
    let scores = signatures.iter().map(|signature| {
        let rows = 0..standardized.nrows();
        let score = |row| signature.intercept + signature.sum(standardized, row);
        (signature.model.clone(), rows.map(score).collect())
    });
    scores.collect()
}

/// The finite probability at which Youden's index is largest (the lowest, if several), over the rows
/// that have a score; `None` where all scores are equal or a class is missing.
///
/// [`best_threshold`](radiome_stats::discrimination::best_threshold) may answer that no cut is better
/// than calling everyone alike; a group above and a group below are wanted here even then.
fn youden_cutoff(outcome: &[bool], score: &[f64]) -> Option<f64> {
    let known: Vec<usize> = (0..score.len())
        .filter(|&row| score[row].is_finite())
        .collect();
    let class: Vec<bool> = known.iter().map(|&row| outcome[row]).collect();
    let probability: Vec<f64> = known
        .iter()
        .map(|&row| radiome_stats::distribution::logistic(score[row]))
        .collect();
    let curve = radiome_stats::discrimination::roc_curve(&class, &probability).ok()?;
    let mut best: Option<(f64, f64)> = None;
    for point in &curve.points {
        let index = point.sensitivity + point.specificity - 1.0;
        if point.threshold.is_finite() && best.is_none_or(|(highest, _)| index > highest + 1e-12) {
            best = Some((index, point.threshold));
        }
    }
    best.map(|(_, threshold)| threshold)
}
