//! What is known of a set of patients, in rows; and the rows from which something may be learnt.

use indexmap::IndexMap;
use nalgebra::DMatrix;

use super::intensity_scales::Intensities;

/// One clinical column.
#[derive(Clone, Debug, PartialEq)]
pub struct ClinicalColumn {
    /// Its name in the table.
    pub name: String,
    /// Its values.
    pub values: ClinicalValues,
}

/// The values of a clinical column; missing is NaN or `None`.
#[derive(Clone, Debug, PartialEq)]
pub enum ClinicalValues {
    /// Numbers, taken as they are.
    Number(Vec<f64>),
    /// Words, compared with the first level in alphabetical order.
    Factor(Vec<Option<String>>),
}

impl ClinicalColumn {
    /// These rows, in this order.
    #[must_use]
    pub fn rows(&self, rows: &[usize]) -> Self {
        let values = match &self.values {
            ClinicalValues::Number(values) => {
                ClinicalValues::Number(rows.iter().map(|&row| values[row]).collect())
            }
            ClinicalValues::Factor(values) => {
                ClinicalValues::Factor(rows.iter().map(|&row| values[row].clone()).collect())
            }
        };
        Self {
            name: self.name.clone(),
            values,
        }
    }

    /// These rows and then those of `other`, a column of the same name and kind.
    pub(super) fn followed_by(&self, other: &Self) -> Self {
        let values = match (&self.values, &other.values) {
            (ClinicalValues::Number(own), ClinicalValues::Number(more)) => {
                ClinicalValues::Number(own.iter().chain(more).copied().collect())
            }
            (ClinicalValues::Factor(own), ClinicalValues::Factor(more)) => {
                ClinicalValues::Factor(own.iter().chain(more).cloned().collect())
            }
            // Columns of one table have one kind.
            (own, _) => own.clone(),
        };
        Self {
            name: self.name.clone(),
            values,
        }
    }

    /// Whether the value of a row is missing.
    #[must_use]
    pub fn is_missing(&self, row: usize) -> bool {
        match &self.values {
            ClinicalValues::Number(values) => values[row].is_nan(),
            ClinicalValues::Factor(values) => values[row].is_none(),
        }
    }
}

/// What is known of a set of patients, in rows.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Which patient each row is; the copies that a bootstrap draws share it.
    pub patient: Vec<usize>,
    /// Whether the outcome is positive.
    pub outcome: Vec<bool>,
    /// Scanner, where the study harmonises.
    pub batch: Vec<String>,
    /// Columns whose effect on the features the harmonisation keeps.
    pub covariates: Vec<ClinicalColumn>,
    /// Fold of the signature's cross-validation, where the study gives it.
    pub folds: Option<Vec<usize>>,
    /// Features of the first reading: one row a patient, one column a feature.
    pub features: DMatrix<f64>,
    /// Features of further readings by name; NaN where a patient was not read again.
    pub readings: IndexMap<String, DMatrix<f64>>,
    /// Clinical columns that may become predictors.
    pub clinical: Vec<ClinicalColumn>,
    /// Intensities of the images, where a standard scale is learnt from them.
    pub intensities: Option<Intensities>,
}

impl Dataset {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outcome.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcome.is_empty()
    }

    /// These rows, in this order; a row may be named more than once.
    #[must_use]
    pub fn rows(&self, rows: &[usize]) -> Self {
        Self {
            patient: rows.iter().map(|&row| self.patient[row]).collect(),
            outcome: rows.iter().map(|&row| self.outcome[row]).collect(),
            batch: rows.iter().map(|&row| self.batch[row].clone()).collect(),
            covariates: self
                .covariates
                .iter()
                .map(|column| column.rows(rows))
                .collect(),
            folds: self
                .folds
                .as_ref()
                .map(|folds| rows.iter().map(|&row| folds[row]).collect()),
            features: self.features.select_rows(rows),
            readings: self
                .readings
                .iter()
                .map(|(name, values)| (name.clone(), values.select_rows(rows)))
                .collect(),
            clinical: self
                .clinical
                .iter()
                .map(|column| column.rows(rows))
                .collect(),
            intensities: self.intensities.as_ref().map(|known| known.rows(rows)),
        }
    }

    /// These rows as rows to learn from: the only thing that a fit accepts, so that it never
    /// sees a row that was not given to it.
    #[must_use]
    pub fn training(&self, rows: &[usize]) -> Training {
        Training {
            data: self.rows(rows),
            company: None,
        }
    }

    /// As [`Self::training`], with the features and scanners of other rows beside them, which a
    /// pooled harmonisation takes into account.
    #[must_use]
    pub fn training_in_company(&self, rows: &[usize], others: &[usize]) -> Training {
        Training {
            data: self.rows(rows),
            company: Some(Company {
                batch: others.iter().map(|&row| self.batch[row].clone()).collect(),
                covariates: self
                    .covariates
                    .iter()
                    .map(|column| column.rows(others))
                    .collect(),
                features: self.features.select_rows(others),
            }),
        }
    }

    /// The first row of each patient, in the order of the rows.
    #[must_use]
    pub fn first_rows(&self) -> Vec<usize> {
        let mut seen = std::collections::HashSet::new();
        (0..self.len())
            .filter(|&row| seen.insert(self.patient[row]))
            .collect()
    }
}

/// Rows from which something may be learnt. It holds a copy of those rows and of no other, but for
/// the company (features and scanners of others, without outcome) of a study that harmonises all
/// patients at once and says so.
#[derive(Clone, Debug)]
pub struct Training {
    data: Dataset,
    company: Option<Company>,
}

/// Features, scanners and covariates of patients who are not learnt from, without their outcome.
#[derive(Clone, Debug)]
pub(super) struct Company {
    pub(super) batch: Vec<String>,
    pub(super) covariates: Vec<ClinicalColumn>,
    pub(super) features: DMatrix<f64>,
}

impl Training {
    /// The rows.
    #[must_use]
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// Who else a pooled harmonisation sees.
    pub(super) fn company(&self) -> Option<&Company> {
        self.company.as_ref()
    }

    /// The same rows and company with the features that were computed anew for these rows.
    pub(super) fn with_features_of(&self, data: Dataset) -> Self {
        Self {
            data,
            company: self.company.clone(),
        }
    }

    /// Some of these rows to learn from, without company, and the rest to be predicted.
    #[must_use]
    pub fn split(&self, held_out: &[bool]) -> (Training, Dataset) {
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            (0..self.data.len()).partition(|&row| !held_out[row]);
        (self.data.training(&inside), self.data.rows(&outside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three_patients() -> Dataset {
        Dataset {
            patient: vec![0, 1, 2],
            outcome: vec![true, false, true],
            batch: vec!["A".into(), "B".into(), "A".into()],
            covariates: Vec::new(),
            folds: None,
            features: DMatrix::from_row_slice(3, 1, &[1.0, 2.0, 3.0]),
            readings: IndexMap::new(),
            clinical: vec![ClinicalColumn {
                name: "age".into(),
                values: ClinicalValues::Number(vec![50.0, f64::NAN, 70.0]),
            }],
            intensities: None,
        }
    }

    #[test]
    fn training_holds_its_own_rows_and_no_other() {
        let training = three_patients().training(&[2, 2, 0]);
        assert_eq!(training.data().patient, [2, 2, 0]);
        assert_eq!(training.data().features.as_slice(), [3.0, 3.0, 1.0]);
        assert_eq!(training.data().first_rows(), [0, 2]);
    }

    #[test]
    fn split_divides_the_rows() {
        let all = three_patients().training(&[0, 1, 2]);
        let (inside, outside) = all.split(&[false, true, false]);
        assert_eq!(inside.data().patient, [0, 2]);
        assert_eq!(outside.patient, [1]);
        assert!(outside.clinical[0].is_missing(0));
    }
}
