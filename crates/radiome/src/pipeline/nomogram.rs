//! The nomogram: logistic regression of the out-of-fold rad-score and the clinical terms.

use indexmap::IndexMap;
use nalgebra::DMatrix;

use super::clinical::log_odds_of_prevalence;
use super::imputation::{ClinicalRows, ExpectedColumns};
use super::regression::Regression;
use super::{ClinicalModel, Dataset, FitError, Pipeline, Signature};

/// A fitted nomogram.
#[derive(Clone, Debug)]
pub struct Nomogram {
    /// The regression; `None` if nothing that was asked for has a predictor.
    pub model: Option<Regression>,
    /// Why there is none, or what was asked for and is not in it.
    pub reason: Option<String>,
    /// Log-odds of the training rows' prevalence: what an empty nomogram says.
    pub intercept_only: f64,
}

impl Nomogram {
    /// Fits the nomogram on rad-scores that were made without the rows they belong to.
    pub(super) fn fit(
        pipeline: &Pipeline,
        rows: &ClinicalRows<'_>,
        clinical: &ClinicalModel,
        signatures: &[Signature],
        out_of_fold: &IndexMap<String, Vec<f64>>,
    ) -> Result<Self, FitError> {
        let data = rows.data();
        let mut missing = Vec::new();
        let mut names = Vec::new();
        for name in &pipeline.nomogram_signatures {
            let empty = signatures.iter().any(|s| s.model == *name && s.is_empty());
            let constant = out_of_fold[name]
                .iter()
                .all(|&score| score == out_of_fold[name][0]);
            if empty {
                missing.push(format!("{name} is empty"));
            } else if constant {
                missing.push(format!(
                    "{name} is empty in every fold, so it cannot be weighed"
                ));
            } else {
                names.push(name.clone());
            }
        }
        let terms = if pipeline.nomogram_clinical {
            clinical.terms()
        } else {
            Vec::new()
        };
        if pipeline.nomogram_clinical && terms.is_empty() {
            missing.push("the clinical model is empty".to_owned());
        }
        let intercept_only = log_odds_of_prevalence(&data.outcome);
        if names.is_empty() && terms.is_empty() {
            return Ok(Self {
                model: None,
                reason: Some(missing.join("; ")),
                intercept_only,
            });
        }
        // On patients it was not fitted on, a rad-score may go with the negative class. A nomogram
        // that gives points for the lack of it would only fit noise, so such a score is left out.
        let model = loop {
            if names.is_empty() && terms.is_empty() {
                break None;
            }
            let scores: Vec<(String, &[f64])> = names
                .iter()
                .map(|name| (name.clone(), out_of_fold[name].as_slice()))
                .collect();
            match rows.fit(terms.clone(), &scores) {
                Ok(model) => {
                    let wrong =
                        |name: &String| model.terms.iter().any(|t| t.name == *name && t.coef < 0.0);
                    let Some(place) = names.iter().position(wrong) else {
                        break Some(model);
                    };
                    missing.push(format!(
                        "{} is left out: on patients that it was not fitted on it points the wrong way",
                        names.remove(place)
                    ));
                }
                Err(error) => {
                    missing.push(error.to_string());
                    break None;
                }
            }
        };
        let reason = (!missing.is_empty()).then(|| missing.join("; "));
        Ok(Self {
            model,
            reason,
            intercept_only,
        })
    }

    /// Linear predictor of each row, given the rad-scores of the rows and what is expected of
    /// missing values.
    #[must_use]
    pub fn score(
        &self,
        data: &Dataset,
        expected: &ExpectedColumns,
        rad_scores: &IndexMap<String, Vec<f64>>,
    ) -> Vec<f64> {
        match &self.model {
            Some(model) => {
                let scores = columns_of(model, data.len(), rad_scores);
                model.score(data, expected, &scores)
            }
            None => vec![self.intercept_only; data.len()],
        }
    }

    /// Standard error of each linear predictor ([`Regression::standard_errors`]); NaN for an empty
    /// nomogram. The rad-scores and what is expected of missing values count as known: what is
    /// uncertain in them is not in it.
    #[must_use]
    pub fn standard_errors(
        &self,
        data: &Dataset,
        expected: &ExpectedColumns,
        rad_scores: &IndexMap<String, Vec<f64>>,
    ) -> Vec<f64> {
        match &self.model {
            Some(model) => {
                let scores = columns_of(model, data.len(), rad_scores);
                model.standard_errors(data, expected, &scores)
            }
            None => vec![f64::NAN; data.len()],
        }
    }
}

/// The rad-scores that a model takes, a column each.
fn columns_of(
    model: &Regression,
    rows: usize,
    rad_scores: &IndexMap<String, Vec<f64>>,
) -> DMatrix<f64> {
    let columns: Vec<&Vec<f64>> = model
        .signatures
        .iter()
        .filter_map(|name| rad_scores.get(name))
        .collect();
    DMatrix::from_fn(rows, columns.len(), |row, column| columns[column][row])
}
