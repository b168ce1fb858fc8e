//! Terms of a regression: columns that enter and leave a model together.

use super::{LikelihoodRatioTest, LogisticModel, RegressionError, logistic_regression};
use nalgebra::DMatrix;

/// A term of a regression: a number's column, the indicators of a factor, or the products of an
/// interaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelTerm {
    /// Its columns of the design.
    pub columns: Vec<usize>,
    /// The variables it is made of, by any numbering: one for a main effect, more for an interaction.
    pub variables: Vec<usize>,
}

impl ModelTerm {
    /// Whether this term is part of an interaction: a model with the interaction needs it too.
    #[must_use]
    pub fn is_marginal_to(&self, other: &Self) -> bool {
        self.variables.len() < other.variables.len()
            && self.variables.iter().all(|v| other.variables.contains(v))
    }
}

/// Refuses terms whose columns do not exist or stand in two terms.
pub(super) fn check_terms(terms: &[ModelTerm], columns: usize) -> Result<(), RegressionError> {
    let mut seen = vec![false; columns];
    for &column in terms.iter().flat_map(|t| &t.columns) {
        match seen.get_mut(column) {
            Some(seen) if !*seen => *seen = true,
            found => {
                let problem = if found.is_some() {
                    "stands in two terms"
                } else {
                    "does not exist"
                };
                return Err(RegressionError::BadSetting {
                    setting: "terms",
                    problem: format!("column {column} {problem}"),
                });
            }
        }
    }
    Ok(())
}

/// Fits the model of some terms; errors name the columns of the whole design.
pub(super) fn fit_terms(
    x: &DMatrix<f64>,
    outcome: &[bool],
    terms: &[ModelTerm],
    included: &[usize],
    level: f64,
) -> Result<LogisticModel, RegressionError> {
    let columns: Vec<usize> = included
        .iter()
        .filter_map(|&t| terms.get(t))
        .flat_map(|t| t.columns.iter().copied())
        .collect();
    let whole = |column: usize| columns.get(column).copied().unwrap_or(column);
    logistic_regression(&x.select_columns(&columns), outcome, level).map_err(|error| match error {
        RegressionError::RankDeficient { column } => RegressionError::RankDeficient {
            column: whole(column),
        },
        RegressionError::NonFinitePredictor { row, column } => {
            RegressionError::NonFinitePredictor {
                row,
                column: whole(column),
            }
        }
        other => other,
    })
}

/// Likelihood-ratio test of each term: the logistic model of all terms against that without it (R's
/// `drop1(test = "LRT")`). `None` for a term that is part of an interaction in the model, since
/// without it the interaction would mean something else. The tests hold with separation too.
///
/// # Errors
/// Those of [`logistic_regression`]; terms with a column that does not exist or stands in two of them.
pub fn drop_each_term(
    x: &DMatrix<f64>,
    outcome: &[bool],
    terms: &[ModelTerm],
) -> Result<Vec<Option<LikelihoodRatioTest>>, RegressionError> {
    check_terms(terms, x.ncols())?;
    let all: Vec<usize> = (0..terms.len()).collect();
    let full = fit_terms(x, outcome, terms, &all, 0.95)?;
    terms
        .iter()
        .enumerate()
        .map(|(k, term)| {
            if terms.iter().any(|other| term.is_marginal_to(other)) {
                return Ok(None);
            }
            let others: Vec<usize> = all.iter().copied().filter(|t| *t != k).collect();
            let smaller = fit_terms(x, outcome, terms, &others, 0.95)?;
            Ok(Some(full.likelihood_ratio_against(&smaller)))
        })
        .collect()
}
