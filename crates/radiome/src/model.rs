//! `model.json`: the final models with everything that is needed to apply them.

use indexmap::IndexMap;
use radiome_stats::harmonization::combat::Combat;
use serde::{Deserialize, Serialize};

use crate::pipeline::{Fitted, Regression, Term};
use crate::study::{FeatureColumn, Study};

/// Everything that a final model needs to be applied to a new patient.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    /// Version of radiome that wrote it.
    pub radiome: String,
    /// Name of the study.
    pub study: String,
    /// Column and positive value of the outcome.
    pub outcome: [String; 2],
    /// How the features of each sequence are computed.
    pub sequences: IndexMap<String, ModelSequence>,
    /// The features that go on after the filters, in the order of the next lists.
    pub features: Vec<String>,
    /// Scanner effects over these features; `null` where nothing is harmonised.
    pub combat: Option<Combat>,
    /// What happens to an unseen scanner.
    pub unseen: Option<String>,
    /// Mean of each feature after harmonisation.
    pub mean: Vec<f64>,
    /// Standard deviation (n - 1) of each; `null` for a feature that no longer varies.
    pub standard_deviation: Vec<Option<f64>>,
    /// Smallest and largest value of each in training, after harmonisation.
    pub training_range: Vec<[f64; 2]>,
    /// The signatures.
    pub signatures: IndexMap<String, ModelSignature>,
    /// The clinical model; `null` for an empty one.
    pub clinical: Option<ModelRegression>,
    /// The nomogram; `null` if there is none.
    pub nomogram: Option<ModelRegression>,
    /// Log-odds of the training prevalence: what an empty model says.
    pub intercept_only: f64,
    /// Cut-offs on the probability.
    pub cutoff: IndexMap<String, Option<f64>>,
}

/// How the features of a sequence are computed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelSequence {
    /// Label of the region, where the study names one.
    pub label: Option<String>,
    /// The parameter file.
    pub params: String,
}

/// A signature: `rad_score = intercept + sum(coefficient * (value - mean) / standard_deviation)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelSignature {
    /// Intercept.
    pub intercept: f64,
    /// Coefficients by feature; empty for an empty signature.
    pub coefficients: IndexMap<String, f64>,
}

/// A logistic regression: `logit(probability) = intercept + sum(coefficient * value)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelRegression {
    /// Intercept.
    pub intercept: f64,
    /// Coefficients by design column: a signature, a variable, or `variable=level`.
    pub coefficients: IndexMap<String, f64>,
    /// How the clinical variables become design columns.
    pub clinical: Vec<Term>,
}

impl ModelRegression {
    fn of(regression: &Regression) -> Self {
        Self {
            intercept: regression.intercept,
            coefficients: regression
                .terms
                .iter()
                .map(|term| (term.name.clone(), term.coef))
                .collect(),
            clinical: regression.clinical.clone(),
        }
    }
}

impl Model {
    /// The model of a fitted pipeline; `training_range` of its kept features.
    #[must_use]
    pub fn of(
        study: &Study,
        columns: &[FeatureColumn],
        fitted: &Fitted,
        training_range: Vec<[f64; 2]>,
    ) -> Self {
        let transform = &fitted.transform;
        let name = |place: usize| columns[transform.columns[place]].name.clone();
        let signature = |signature: &crate::pipeline::Signature| {
            let coefficients = signature
                .coefficients
                .iter()
                .map(|&(place, c)| (name(place), c))
                .collect();
            (
                signature.model.clone(),
                ModelSignature {
                    intercept: signature.intercept,
                    coefficients,
                },
            )
        };
        let sequence = |plan: &crate::study::SequencePlan| {
            let params = plan.params_text.clone();
            (
                plan.name.clone(),
                ModelSequence {
                    label: plan.label.clone(),
                    params,
                },
            )
        };
        Self {
            radiome: env!("CARGO_PKG_VERSION").to_owned(),
            study: study.file.name.clone(),
            outcome: [
                study.file.outcome.column.clone(),
                study.file.outcome.positive.to_string(),
            ],
            sequences: study.sequences.iter().map(sequence).collect(),
            features: (0..transform.columns.len()).map(name).collect(),
            combat: transform.combat.clone(),
            unseen: study
                .file
                .harmonization
                .as_ref()
                .map(|rule| rule.unseen.name().to_owned()),
            mean: transform.mean.clone(),
            standard_deviation: transform
                .standard_deviation
                .iter()
                .map(|&deviation| deviation.is_finite().then_some(deviation))
                .collect(),
            training_range,
            signatures: fitted.signatures.iter().map(signature).collect(),
            clinical: fitted.clinical.model.as_ref().map(ModelRegression::of),
            nomogram: fitted.nomogram.model.as_ref().map(ModelRegression::of),
            intercept_only: fitted.nomogram.intercept_only,
            cutoff: fitted.cutoffs.clone(),
        }
    }
}
