//! Logistic regression of rad-scores and clinical terms.

use nalgebra::DMatrix;
use radiome_stats::imputation::PooledEstimate;
use radiome_stats::regression::{
    FirthModel, LogisticModel, RegressionError, firth_regression, logistic_regression,
};

use super::imputation::ExpectedColumns;
use super::{ClinicalColumn, Dataset, Term, column_of};

/// Confidence level of the intervals.
pub(super) const LEVEL: f64 = 0.95;
/// What is said of terms that are not those of plain maximum likelihood.
pub(super) const FIRTH: &str = "the data are separated (a combination of the predictors parts some patients without error), so Firth's penalised likelihood is used, with its profile interval and test";

/// One design column of a fitted regression.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedTerm {
    /// The signature, the variable, or `variable=level`.
    pub name: String,
    /// The signature or the variable.
    pub variable: String,
    /// Log odds ratio.
    pub coef: f64,
    /// Its standard error.
    pub se: f64,
    /// Wald statistic.
    pub z: f64,
    /// P of the Wald test; NaN for separated data.
    pub p_value: f64,
    /// Wald 95 % limits of the odds ratio.
    pub ci: [f64; 2],
    /// P of the variable: Wald for one column, likelihood ratio for several.
    pub variable_p: f64,
    /// Rows used.
    pub n: usize,
    /// Why they are not those of plain maximum likelihood, where they are not (separated data).
    pub reason: Option<String>,
    /// How it was pooled over completed data sets, where values were imputed.
    pub pooled: Option<PooledEstimate>,
}

/// A fitted logistic regression: `score = intercept + sum(coef * value)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// Signatures, whose rad-scores are the first design columns.
    pub signatures: Vec<String>,
    /// Clinical terms, whose columns follow.
    pub clinical: Vec<Term>,
    /// Intercept.
    pub intercept: f64,
    /// The design columns in order.
    pub terms: Vec<FittedTerm>,
    /// Covariance of intercept and coefficients: the inverse of the information of the plain
    /// likelihood at the estimates. `None` where the data are separated and Firth's fit failed too.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// Rows with every value.
    pub n: usize,
}

impl Regression {
    /// Fits on the rows with every value. `scores` are rad-scores of the rows by signature.
    pub(super) fn fit(
        clinical: Vec<Term>,
        scores: &[(String, &[f64])],
        columns: &[ClinicalColumn],
        outcome: &[bool],
    ) -> Result<Self, RegressionError> {
        Self::fit_by(clinical, scores, columns, outcome, false)
    }

    /// As [`Self::fit`], by Firth's penalised likelihood even where the data are not separated.
    pub(super) fn fit_by(
        clinical: Vec<Term>,
        scores: &[(String, &[f64])],
        columns: &[ClinicalColumn],
        outcome: &[bool],
        penalized: bool,
    ) -> Result<Self, RegressionError> {
        let nothing = ExpectedColumns::default();
        let rows: Vec<(usize, Vec<f64>)> = (0..outcome.len())
            .filter_map(|row| {
                let values = design_row(&clinical, scores, columns, &nothing, row)?;
                Some((row, values))
            })
            .collect();
        let outcome: Vec<bool> = rows.iter().map(|&(row, _)| outcome[row]).collect();
        let mut variables: Vec<(String, Vec<String>)> = scores
            .iter()
            .map(|(name, _)| (name.clone(), vec![name.clone()]))
            .collect();
        variables.extend(
            clinical
                .iter()
                .map(|term| (term.variable().to_owned(), term.column_names())),
        );
        let names: Vec<(String, String)> = variables
            .iter()
            .flat_map(|(variable, columns)| {
                columns
                    .iter()
                    .map(move |name| (variable.clone(), name.clone()))
            })
            .collect();
        let x = DMatrix::from_fn(rows.len(), names.len(), |row, column| rows[row].1[column]);
        let model = logistic_regression(&x, &outcome, LEVEL)?;
        // Separated data have no maximum likelihood; Firth's penalty gives finite estimates.
        let firth = if model.separation || penalized {
            firth_regression(&x, &outcome, LEVEL).ok()
        } else {
            None
        };

        let covariance = match &firth {
            Some(firth) => Some(firth.covariance.clone()),
            None => (!model.separation).then(|| model.covariance.clone()),
        };

        let mut terms = Vec::with_capacity(names.len());
        let mut first = 0;
        for (variable, columns) in &variables {
            let variable_p = if columns.len() == 1 {
                firth
                    .as_ref()
                    .map_or(model.coefficients[first + 1].p, |firth| {
                        firth.coefficients[first + 1].profile_p
                    })
            } else {
                // The likelihood-ratio test holds for separated data too.
                let others: Vec<usize> = (0..names.len())
                    .filter(|c| !(first..first + columns.len()).contains(c))
                    .collect();
                let smaller = logistic_regression(&x.select_columns(&others), &outcome, LEVEL)?;
                model.likelihood_ratio_against(&smaller).p
            };
            for (place, name) in columns.iter().enumerate() {
                terms.push(FittedTerm::of(
                    variable,
                    name,
                    &model,
                    firth.as_ref(),
                    first + place,
                    variable_p,
                ));
            }
            first += columns.len();
        }
        Ok(Self {
            signatures: scores.iter().map(|(name, _)| name.clone()).collect(),
            clinical,
            intercept: firth
                .as_ref()
                .map_or(model.coefficients[0].estimate, |firth| {
                    firth.coefficients[0].estimate
                }),
            terms,
            covariance,
            n: rows.len(),
        })
    }

    /// Whether a variable is in the model with a P below the level. Separated data have no P.
    #[must_use]
    pub fn is_below(&self, variable: &str, level: f64) -> bool {
        self.terms
            .iter()
            .any(|term| term.variable == variable && term.variable_p < level)
    }

    /// Whether a combination of the predictors parts the classes without error.
    #[must_use]
    pub fn is_separated(&self) -> bool {
        self.terms.iter().any(|term| term.reason.is_some())
    }

    /// Linear predictor of each row; NaN where a level is unknown, or a value is missing of which
    /// nothing is expected. `scores` has a column for each signature of the model.
    #[must_use]
    pub fn score(
        &self,
        data: &Dataset,
        expected: &ExpectedColumns,
        scores: &DMatrix<f64>,
    ) -> Vec<f64> {
        let score = |values: Vec<f64>| {
            let sum = values
                .iter()
                .zip(&self.terms)
                .map(|(value, term)| value * term.coef);
            self.intercept + sum.sum::<f64>()
        };
        let rows = self.design(data, expected, scores).into_iter();
        rows.map(|row| row.map_or(f64::NAN, score)).collect()
    }

    /// Standard error of the linear predictor of each row, `sqrt(x' V x)` with V the covariance of
    /// the estimates and x the row with 1 in front (R: `predict.glm(se.fit = TRUE)`); NaN where the
    /// linear predictor or the covariance is not known.
    #[must_use]
    pub fn standard_errors(
        &self,
        data: &Dataset,
        expected: &ExpectedColumns,
        scores: &DMatrix<f64>,
    ) -> Vec<f64> {
        let Some(covariance) = &self.covariance else {
            return vec![f64::NAN; data.len()];
        };
        let error = |mut values: Vec<f64>| {
            values.insert(0, 1.0);
            let rows = values.iter().zip(covariance);
            let variance = rows.map(|(value, row)| {
                let products = values.iter().zip(row).map(|(other, v)| other * v);
                value * products.sum::<f64>()
            });
            variance.sum::<f64>().sqrt()
        };
        let rows = self.design(data, expected, scores).into_iter();
        rows.map(|row| row.map_or(f64::NAN, error)).collect()
    }

    /// The design columns of each row; `None` where one is not known and nothing is expected of it.
    fn design(
        &self,
        data: &Dataset,
        expected: &ExpectedColumns,
        scores: &DMatrix<f64>,
    ) -> Vec<Option<Vec<f64>>> {
        let columns: Vec<(String, Vec<f64>)> = self
            .signatures
            .iter()
            .zip(scores.column_iter())
            .map(|(name, column)| (name.clone(), column.iter().copied().collect()))
            .collect();
        let columns: Vec<(String, &[f64])> = columns
            .iter()
            .map(|(name, values)| (name.clone(), values.as_slice()))
            .collect();
        (0..data.len())
            .map(|row| design_row(&self.clinical, &columns, &data.clinical, expected, row))
            .collect()
    }

    /// The variables, signatures first.
    #[must_use]
    pub fn variables(&self) -> Vec<String> {
        let clinical = self.clinical.iter().map(|term| term.variable().to_owned());
        self.signatures.iter().cloned().chain(clinical).collect()
    }
}

impl FittedTerm {
    fn of(
        variable: &str,
        name: &str,
        model: &LogisticModel,
        firth: Option<&FirthModel>,
        column: usize,
        variable_p: f64,
    ) -> Self {
        let fitted = &model.coefficients[column + 1];
        let term = Self {
            name: name.to_owned(),
            variable: variable.to_owned(),
            coef: fitted.estimate,
            se: fitted.standard_error,
            z: fitted.z,
            p_value: fitted.p,
            ci: [fitted.odds_ratio_lower, fitted.odds_ratio_upper],
            variable_p,
            n: model.n,
            reason: None,
            pooled: None,
        };
        match firth.map(|firth| &firth.coefficients[column + 1]) {
            Some(fitted) => Self {
                coef: fitted.estimate,
                se: fitted.standard_error,
                z: fitted.z,
                p_value: fitted.profile_p,
                ci: [fitted.profile_lower.exp(), fitted.profile_upper.exp()],
                reason: Some(FIRTH.to_owned()),
                ..term
            },
            None if model.separation => Self {
                variable_p: f64::NAN,
                reason: Some(
                    "the data are separated: a combination of the predictors parts some patients without error, so the estimate is infinite"
                        .to_owned(),
                ),
                ..term
            },
            None => term,
        }
    }
}

/// The design columns of a row: rad-scores, then clinical terms, missing ones as expected; `None`
/// where one is not known and nothing is expected of it.
fn design_row(
    clinical: &[Term],
    scores: &[(String, &[f64])],
    columns: &[ClinicalColumn],
    expected: &ExpectedColumns,
    row: usize,
) -> Option<Vec<f64>> {
    let mut values: Vec<f64> = scores.iter().map(|(_, scores)| scores[row]).collect();
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    for term in clinical {
        match expected.of(row, term.variable()) {
            Some(expected) => values.extend(expected),
            None => values.extend(term.encode(column_of(term, columns)?, row)?),
        }
    }
    Some(values)
}
