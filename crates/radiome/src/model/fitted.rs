//! From `model.json` back to the fitted models, so that a new patient goes through the very code
//! that the study's patients went through.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::{Model, ModelError, ModelRegression};
use crate::pipeline::{
    ClinicalModel, FeatureTransform, Fitted, FittedTerm, Nomogram, Regression, Signature, Term,
};

impl Model {
    /// The fitted models, for rows whose feature columns are [`Model::features`].
    ///
    /// What only described the fit (tests, ranks, the path of the LASSO) is not in the file and is
    /// empty or NaN.
    ///
    /// # Errors
    /// A coefficient of a feature or column that the model does not have.
    pub fn fitted(&self) -> Result<Fitted, ModelError> {
        let places: HashMap<&str, usize> = (self.features.iter().enumerate())
            .map(|(place, name)| (name.as_str(), place))
            .collect();
        let mut signatures = Vec::new();
        for (name, signature) in &self.signatures {
            let coefficients = signature.coefficients.iter().map(|(feature, &c)| {
                let place = places.get(feature.as_str()).ok_or_else(|| {
                    ModelError::absurd(
                        &format!("signatures.{name}.coefficients"),
                        format!("`{feature}` is not among `features`"),
                    )
                })?;
                Ok((*place, c))
            });
            signatures.push(Signature {
                model: name.clone(),
                ranked: Vec::new(),
                lasso: None,
                index: 0,
                intercept: signature.intercept,
                coefficients: coefficients.collect::<Result<_, ModelError>>()?,
            });
        }
        let regression = |key: &str, model: &Option<ModelRegression>| {
            let model = model.as_ref();
            model.map(|model| self.regression(key, model)).transpose()
        };
        Ok(Fitted {
            transform: FeatureTransform {
                reliability: None,
                read_again: IndexMap::new(),
                columns: (0..self.features.len()).collect(),
                combat: self.combat.clone(),
                covariates: self.covariates.clone(),
                unharmonized: None,
                batches: (self.batches.iter())
                    .map(|(name, &n)| (name.clone(), n))
                    .collect(),
                mean: (self.mean.iter())
                    .map(|mean| mean.unwrap_or(f64::NAN))
                    .collect(),
                standard_deviation: (self.standard_deviation.iter())
                    .map(|deviation| deviation.unwrap_or(f64::INFINITY))
                    .collect(),
            },
            signatures,
            clinical: ClinicalModel {
                univariate: Vec::new(),
                untried: Vec::new(),
                multivariate: Vec::new(),
                model: regression("clinical", &self.clinical)?,
                reason: None,
                intercept_only: self.intercept_only,
            },
            nomogram: Nomogram {
                model: regression("nomogram", &self.nomogram)?,
                reason: None,
                intercept_only: self.intercept_only,
            },
            imputation: self.imputation.clone(),
            cutoffs: self.cutoff.clone(),
            nomogram_scores: Vec::new(),
            // New images are corrected by the scale in the file before they come here.
            scales: None,
        })
    }

    fn regression(&self, key: &str, model: &ModelRegression) -> Result<Regression, ModelError> {
        let columns: Vec<(String, String)> = (model.clinical.iter())
            .flat_map(|term| {
                let variable = term.variable();
                let columns = term.column_names().into_iter();
                columns.map(move |column| (variable.to_owned(), column))
            })
            .collect();
        let count = model.coefficients.len();
        // The signatures come first, then the columns of the clinical terms.
        let signatures: Vec<String> = (model.coefficients.keys())
            .take(count.saturating_sub(columns.len()))
            .cloned()
            .collect();
        let known = signatures
            .iter()
            .all(|name| self.signatures.contains_key(name));
        let named = (model.coefficients.keys().skip(signatures.len()))
            .eq(columns.iter().map(|(_, column)| column));
        if !(known && named) {
            return Err(ModelError::absurd(
                &format!("{key}.coefficients"),
                "its names are not signatures of the model followed by the columns of its \
                 clinical terms"
                    .to_owned(),
            ));
        }
        let covariance = model.covariance.as_ref();
        let variables = signatures
            .iter()
            .map(|name| (name, name))
            .chain(columns.iter().map(|(variable, column)| (variable, column)));
        let terms = variables.zip(model.coefficients.values()).enumerate();
        let terms = terms.map(|(place, ((variable, name), &coef))| {
            let variance = covariance.map_or(f64::NAN, |all| all[place + 1][place + 1]);
            FittedTerm {
                name: name.clone(),
                variable: variable.clone(),
                coef,
                se: variance.sqrt(),
                z: coef / variance.sqrt(),
                p_value: f64::NAN,
                ci: [f64::NAN; 2],
                variable_p: f64::NAN,
                n: 0,
                reason: None,
                pooled: None,
            }
        });
        Ok(Regression {
            terms: terms.collect(),
            signatures,
            clinical: model.clinical.clone(),
            intercept: model.intercept,
            covariance: model.covariance.clone(),
            n: 0,
        })
    }

    /// The clinical terms of the clinical model and the nomogram, each variable once.
    #[must_use]
    pub fn terms(&self) -> Vec<&Term> {
        let mut terms: Vec<&Term> = Vec::new();
        for term in (self.nomogram.iter().chain(&self.clinical)).flat_map(|model| &model.clinical) {
            if terms
                .iter()
                .all(|other| other.variable() != term.variable())
            {
                terms.push(term);
            }
        }
        terms
    }

    /// The signatures of the nomogram.
    #[must_use]
    pub fn nomogram_signatures(&self) -> Vec<&str> {
        let columns = self.nomogram.iter();
        let columns = columns.flat_map(|model| model.coefficients.keys());
        columns
            .filter(|name| self.signatures.contains_key(*name))
            .map(String::as_str)
            .collect()
    }
}
