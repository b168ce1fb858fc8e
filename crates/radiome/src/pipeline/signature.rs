//! A radiomics signature: mRMR, then LASSO logistic regression.

use std::collections::HashMap;

use nalgebra::DMatrix;
use radiome_stats::regression::{
    CrossValidationMeasure, ElasticNetCrossValidation, ElasticNetOptions, ElasticNetOutcome,
    cross_validate_elastic_net,
};
use radiome_stats::resampling;
use radiome_stats::selection::mrmr::{MrmrAssociation, MrmrForm, mrmr};
use rand_chacha::ChaCha8Rng;

use super::{Dataset, FeatureTransform, FitError, LambdaRule, Pipeline, Scheme};

/// Which features a signature may draw on.
#[derive(Clone, Debug)]
pub struct SignaturePlan {
    /// Name of the model: `rs_<sequence>` or `rs_combined`.
    pub model: String,
    /// For each feature column, whether it may be in this signature.
    pub allowed: Vec<bool>,
}

/// A feature that mRMR chose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankedFeature {
    /// Its place in the transform.
    pub place: usize,
    /// The criterion when it was chosen.
    pub score: f64,
    /// Mutual information with the outcome.
    pub relevance: f64,
}

/// A fitted signature.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Name of the model.
    pub model: String,
    /// Features chosen by mRMR, in the order chosen.
    pub ranked: Vec<RankedFeature>,
    /// The path of the LASSO over the ranked columns and its cross-validation; `None` where no
    /// feature was left to choose from.
    pub lasso: Option<ElasticNetCrossValidation>,
    /// Index of the lambda taken.
    pub index: usize,
    /// Intercept, on standardised features.
    pub intercept: f64,
    /// Non-zero coefficients by place in the transform.
    pub coefficients: Vec<(usize, f64)>,
}

impl Signature {
    pub(super) fn fit(
        pipeline: &Pipeline,
        plan: &SignaturePlan,
        transform: &FeatureTransform,
        standardized: &DMatrix<f64>,
        data: &Dataset,
        folds: &[usize],
    ) -> Result<Self, FitError> {
        let outcome: Vec<f64> = data
            .outcome
            .iter()
            .map(|&positive| f64::from(u8::from(positive)))
            .collect();
        let places: Vec<usize> = (0..transform.columns.len())
            .filter(|&place| plan.allowed[transform.columns[place]])
            .filter(|&place| transform.standard_deviation[place].is_finite())
            .collect();
        if places.is_empty() {
            let prevalence = outcome.iter().sum::<f64>() / outcome.len() as f64;
            return Ok(Self {
                model: plan.model.clone(),
                ranked: Vec::new(),
                lasso: None,
                index: 0,
                intercept: (prevalence / (1.0 - prevalence)).ln(),
                coefficients: Vec::new(),
            });
        }
        let form = match pipeline.scheme {
            Scheme::Difference => MrmrForm::Difference,
            Scheme::Quotient => MrmrForm::Quotient,
        };
        let candidates = standardized.select_columns(&places);
        let chosen = mrmr(
            &candidates,
            &outcome,
            pipeline.k,
            form,
            MrmrAssociation::Pearson,
        )
        .map_err(|source| FitError::Selection {
            model: plan.model.clone(),
            source,
        })?;
        let ranked: Vec<RankedFeature> = chosen
            .selected
            .iter()
            .zip(&chosen.scores)
            .map(|(&column, &score)| RankedFeature {
                place: places[column],
                score,
                relevance: chosen.relevance[column],
            })
            .collect();
        let chosen: Vec<usize> = ranked.iter().map(|feature| feature.place).collect();
        let options = ElasticNetOptions {
            alpha: pipeline.alpha,
            ..ElasticNetOptions::default()
        };
        let lasso = cross_validate_elastic_net(
            &standardized.select_columns(&chosen),
            &ElasticNetOutcome::Binomial(&outcome),
            folds,
            CrossValidationMeasure::Deviance,
            &options,
        )
        .map_err(|source| FitError::Regression {
            model: plan.model.clone(),
            source,
        })?;
        let index = match pipeline.lambda {
            LambdaRule::Min => lasso.index_min,
            LambdaRule::OneSe => lasso.index_1se,
        };
        let coefficients = chosen.iter().zip(&lasso.path.coefficients[index]);
        Ok(Self {
            model: plan.model.clone(),
            index,
            intercept: lasso.path.intercept[index],
            coefficients: coefficients
                .filter(|(_, c)| **c != 0.0)
                .map(|(&place, &c)| (place, c))
                .collect(),
            ranked,
            lasso: Some(lasso),
        })
    }

    /// Whether no feature has a coefficient.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.coefficients.is_empty()
    }

    /// Sum of coefficient times standardised feature of a row, without the intercept.
    #[must_use]
    pub fn sum(&self, standardized: &DMatrix<f64>, row: usize) -> f64 {
        self.coefficients
            .iter()
            .map(|&(place, c)| c * standardized[(row, place)])
            .sum()
    }
}

/// Folds stratified by outcome in which the copies of a patient stay together; as many as asked
/// for, or as the smaller class has patients if that is fewer.
///
/// # Errors
/// A class of fewer than three patients.
pub fn stratified_folds(
    data: &Dataset,
    folds: usize,
    generator: &mut ChaCha8Rng,
) -> Result<Vec<usize>, FitError> {
    let first = data.first_rows();
    let class: Vec<usize> = first
        .iter()
        .map(|&row| usize::from(data.outcome[row]))
        .collect();
    let positive = class.iter().sum::<usize>();
    let fewest = positive.min(class.len() - positive);
    if fewest < 3 {
        return Err(FitError::TooFew {
            found: fewest,
            needed: 3,
            purpose: "the folds of the signature",
        });
    }
    let drawn = resampling::stratified_folds(&class, folds.min(fewest), generator)?;
    let of_patient: HashMap<usize, usize> = first
        .iter()
        .zip(drawn)
        .map(|(&row, fold)| (data.patient[row], fold))
        .collect();
    Ok(data
        .patient
        .iter()
        .map(|patient| of_patient[patient])
        .collect())
}
