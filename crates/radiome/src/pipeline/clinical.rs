//! The clinical model: each candidate alone, those below the level together, those that stay
//! below it as the model.

use nalgebra::DMatrix;

use super::imputation::{ClinicalRows, ExpectedColumns};
use super::regression::{FittedTerm, Regression};
use super::{ClinicalColumn, Dataset, FitError, Term, Training};

/// A fitted clinical model.
#[derive(Clone, Debug)]
pub struct ClinicalModel {
    /// Each candidate alone.
    pub univariate: Vec<FittedTerm>,
    /// Candidates that could not be tried, with the reason.
    pub untried: Vec<(String, String)>,
    /// The candidates below the level, together.
    pub multivariate: Vec<FittedTerm>,
    /// The model; `None` if no candidate stayed.
    pub model: Option<Regression>,
    /// Why there is no model, or what was left out of it.
    pub reason: Option<String>,
    /// Log-odds of the training rows' prevalence: what an empty model says.
    pub intercept_only: f64,
}

impl ClinicalModel {
    /// Learns the clinical model from the complete cases of a training set; `level` is the
    /// significance level of both steps.
    ///
    /// # Errors
    /// None so far: what cannot be fitted is left out with a reason.
    pub fn fit(training: &Training, level: f64) -> Result<Self, FitError> {
        Self::fit_rows(&ClinicalRows::as_they_are(training), level)
    }

    /// Learns the clinical model from rows as they are or completed.
    pub(super) fn fit_rows(rows: &ClinicalRows<'_>, level: f64) -> Result<Self, FitError> {
        let data = rows.data();
        let mut fitted = Self {
            univariate: Vec::new(),
            untried: Vec::new(),
            multivariate: Vec::new(),
            model: None,
            reason: None,
            intercept_only: log_odds_of_prevalence(&data.outcome),
        };
        if data.clinical.is_empty() {
            fitted.reason = Some("the study file names no clinical candidate".to_owned());
            return Ok(fitted);
        }
        let mut passed = Vec::new();
        for column in &data.clinical {
            let Some(term) = Term::of(column) else {
                fitted.untried.push((
                    column.name.clone(),
                    "it has one value only in the training patients".to_owned(),
                ));
                continue;
            };
            match rows.fit(vec![term.clone()], &[]) {
                Ok(alone) => {
                    if alone.is_below(&column.name, level) {
                        passed.push(term);
                    }
                    fitted.univariate.extend(alone.terms);
                }
                Err(error) => fitted
                    .untried
                    .push((column.name.clone(), error.to_string())),
            }
        }
        if passed.is_empty() {
            fitted.reason = Some(format!("no candidate alone has P below {level}"));
            return Ok(fitted);
        }
        let together = match rows.fit(passed.clone(), &[]) {
            Ok(together) => together,
            Err(error) => {
                fitted.reason = Some(format!("the candidates cannot be fitted together: {error}"));
                return Ok(fitted);
            }
        };
        let stayed: Vec<Term> = passed
            .into_iter()
            .filter(|term| together.is_below(term.variable(), level))
            .collect();
        fitted.multivariate = together.terms;
        if stayed.is_empty() {
            fitted.reason = Some(format!(
                "no candidate keeps P below {level} beside the others"
            ));
            return Ok(fitted);
        }
        match rows.fit(stayed, &[]) {
            Ok(model) => fitted.model = Some(model),
            Err(error) => fitted.reason = Some(format!("the model cannot be fitted: {error}")),
        }
        Ok(fitted)
    }

    /// Linear predictor of each row; NaN where a value of the model is missing and nothing is
    /// expected of it, the log-odds of the prevalence everywhere for an empty model.
    #[must_use]
    pub fn score(&self, data: &Dataset, expected: &ExpectedColumns) -> Vec<f64> {
        match &self.model {
            Some(model) => model.score(data, expected, &DMatrix::zeros(data.len(), 0)),
            None => vec![self.intercept_only; data.len()],
        }
    }

    /// Variables of the model.
    #[must_use]
    pub fn variables(&self) -> Vec<String> {
        self.model.iter().flat_map(Regression::variables).collect()
    }

    /// Terms of the model.
    #[must_use]
    pub fn terms(&self) -> Vec<Term> {
        self.model
            .as_ref()
            .map(|model| model.clinical.clone())
            .unwrap_or_default()
    }
}

/// ln(p / (1 - p)) of the share of positive rows.
pub(super) fn log_odds_of_prevalence(outcome: &[bool]) -> f64 {
    let positive = outcome.iter().filter(|&&positive| positive).count() as f64;
    (positive / (outcome.len() as f64 - positive)).ln()
}

/// The column of a term.
pub(super) fn column_of<'a>(
    term: &Term,
    columns: &'a [ClinicalColumn],
) -> Option<&'a ClinicalColumn> {
    columns.iter().find(|column| column.name == term.variable())
}
