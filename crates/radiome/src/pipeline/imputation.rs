//! Missing clinical values: training rows completed several times, and what is expected of a value
//! that a row to be predicted lacks.

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome_stats::imputation::{
    ChainedEquations, CompletedColumn, ConditionalMeans, IncompleteColumn, chained_equations,
};
use radiome_stats::regression::RegressionError;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::regression::Regression;
use super::{ClinicalColumn, ClinicalValues, Dataset, FitError, Term, Training};

/// The bit that sets the stream of the imputation apart from the one that the fit draws from.
const IMPUTATION_STREAM: u64 = 1 << 63;

/// Training rows for the regressions on clinical columns: as they are, or completed.
pub(super) struct ClinicalRows<'a> {
    data: &'a Dataset,
    /// The clinical columns, completed several times; empty where nothing is imputed.
    completed: Vec<Vec<ClinicalColumn>>,
}

/// What is expected of each clinical candidate given the others: what stands for a missing value
/// where a row is predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClinicalImputation {
    /// The candidates that vary in training, and how they become design columns.
    pub terms: Vec<Term>,
    /// The expectation of each of them.
    pub expectation: ConditionalMeans,
}

/// The expected design columns of what rows lack: by row, and then by variable.
#[derive(Clone, Debug, Default)]
pub struct ExpectedColumns(Vec<IndexMap<String, Vec<f64>>>);

impl ExpectedColumns {
    /// What is expected of a variable that a row lacks; `None` where it is known, or nothing is
    /// imputed.
    #[must_use]
    pub fn of(&self, row: usize, variable: &str) -> Option<&[f64]> {
        self.0.get(row)?.get(variable).map(Vec::as_slice)
    }
}

impl<'a> ClinicalRows<'a> {
    /// The rows as they are: each regression uses those with all of its values.
    pub(super) fn as_they_are(training: &'a Training) -> Self {
        Self {
            data: training.data(),
            completed: Vec::new(),
        }
    }

    /// The rows completed `imputations` times, the outcome among the predictors, and what is
    /// learnt from them for rows whose outcome is not known. Candidates that do not vary in these
    /// rows are left as they are.
    ///
    /// Chance comes from a stream beside that of `generator`, which stays as it is: folds do not
    /// depend on what is imputed.
    pub(super) fn imputed(
        training: &'a Training,
        imputations: usize,
        generator: &ChaCha8Rng,
    ) -> Result<(Self, Option<ClinicalImputation>), FitError> {
        let data = training.data();
        let terms: Vec<Term> = data.clinical.iter().filter_map(Term::of).collect();
        if terms.is_empty() {
            return Ok((Self::as_they_are(training), None));
        }
        let columns: Vec<IncompleteColumn> = terms
            .iter()
            .filter_map(|term| term.incomplete(super::column_of(term, &data.clinical)?))
            .collect();
        let outcome = DMatrix::from_fn(data.len(), 1, |row, _| {
            f64::from(u8::from(data.outcome[row]))
        });
        let lacking = columns
            .iter()
            .any(|column| (0..column.rows()).any(|row| column.is_missing(row)));
        let mut chance = generator.clone();
        chance.set_stream(generator.get_stream() | IMPUTATION_STREAM);
        let settings = ChainedEquations {
            // Sets in which nothing is imputed are all the same.
            imputations: if lacking { imputations } else { 1 },
            ..ChainedEquations::default()
        };
        let sets = chained_equations(&columns, &outcome, settings, &mut chance)?;
        let expectation = ConditionalMeans::fit(&columns, &sets)?;
        let completed = sets
            .iter()
            .filter(|_| lacking)
            .map(|set| completed(data, &terms, set))
            .collect();
        Ok((
            Self { data, completed },
            Some(ClinicalImputation { terms, expectation }),
        ))
    }

    /// The rows as they are.
    pub(super) fn data(&self) -> &Dataset {
        self.data
    }

    /// Fits a regression: on the rows with every value, or where values are imputed on every
    /// completed set, pooled. One whose variables lack no value is the same either way.
    pub(super) fn fit(
        &self,
        clinical: Vec<Term>,
        scores: &[(String, &[f64])],
    ) -> Result<Regression, RegressionError> {
        let outcome = &self.data.outcome;
        let lacks = |term: &Term| {
            let column = super::column_of(term, &self.data.clinical);
            column.is_some_and(|column| (0..self.data.len()).any(|row| column.is_missing(row)))
        };
        if self.completed.is_empty() || !clinical.iter().any(lacks) {
            return Regression::fit(clinical, scores, &self.data.clinical, outcome);
        }
        Regression::fit_pooled(&clinical, scores, &self.completed, outcome)
    }
}

/// The clinical columns with the imputed values in them.
fn completed(data: &Dataset, terms: &[Term], set: &[CompletedColumn]) -> Vec<ClinicalColumn> {
    let mut columns = data.clinical.clone();
    for (term, values) in terms.iter().zip(set) {
        let found = columns
            .iter_mut()
            .find(|column| column.name == term.variable());
        if let Some(column) = found {
            column.values = term.values(values);
        }
    }
    columns
}

impl ClinicalImputation {
    /// What is expected of the values that rows lack, given those that they have. A level that
    /// training never saw is no missing value: it stays as it is, and helps to expect nothing.
    #[must_use]
    pub fn expected(&self, data: &Dataset) -> ExpectedColumns {
        let columns: Vec<Option<&ClinicalColumn>> = self
            .terms
            .iter()
            .map(|term| super::column_of(term, &data.clinical))
            .collect();
        let of_row = |row: usize| {
            let lacks = |column: &Option<&ClinicalColumn>| {
                column.is_some_and(|column| column.is_missing(row))
            };
            if !columns.iter().any(lacks) {
                return IndexMap::new();
            }
            let known: Vec<Option<Vec<f64>>> = (self.terms.iter().zip(&columns))
                .map(|(term, column)| term.encode((*column)?, row))
                .collect();
            let expected = self.expectation.expected(&known);
            (self.terms.iter().zip(&columns).zip(expected))
                .filter(|((_, column), _)| lacks(column))
                .map(|((term, _), expected)| (term.variable().to_owned(), expected))
                .collect()
        };
        ExpectedColumns((0..data.len()).map(of_row).collect())
    }

    /// Whether a variable can be imputed.
    #[must_use]
    pub fn imputes(&self, variable: &str) -> bool {
        self.terms.iter().any(|term| term.variable() == variable)
    }
}

impl Term {
    /// A column as one to be imputed, levels by their place among those of the term; `None` for a
    /// column of another kind.
    fn incomplete(&self, column: &ClinicalColumn) -> Option<IncompleteColumn> {
        match (self, &column.values) {
            (Self::Number { .. }, ClinicalValues::Number(values)) => {
                Some(IncompleteColumn::Number(values.clone()))
            }
            (
                Self::Factor {
                    reference, levels, ..
                },
                ClinicalValues::Factor(values),
            ) => {
                let place = |value: &Option<String>| match value.as_ref()? {
                    value if value == reference => Some(0),
                    value => levels
                        .iter()
                        .position(|level| level == value)
                        .map(|place| place + 1),
                };
                Some(IncompleteColumn::Class {
                    values: values.iter().map(place).collect(),
                    classes: levels.len() + 1,
                })
            }
            _ => None,
        }
    }

    /// Completed values as those of a clinical column.
    fn values(&self, completed: &CompletedColumn) -> ClinicalValues {
        match (self, completed) {
            (_, CompletedColumn::Number(values)) => ClinicalValues::Number(values.clone()),
            (
                Self::Factor {
                    reference, levels, ..
                },
                CompletedColumn::Class { values, .. },
            ) => {
                let level = |class: &usize| match class.checked_sub(1) {
                    None => Some(reference.clone()),
                    Some(place) => levels.get(place).cloned(),
                };
                ClinicalValues::Factor(values.iter().map(level).collect())
            }
            (Self::Number { .. }, CompletedColumn::Class { values, .. }) => {
                ClinicalValues::Number(values.iter().map(|&class| class as f64).collect())
            }
        }
    }
}
