//! How a clinical column enters a regression.

use serde::{Deserialize, Serialize};

use super::dataset::{ClinicalColumn, ClinicalValues};

/// One variable of a regression and the columns that it becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
// The factor comes first: reading tries the variants in turn, and a factor has all that a number has.
pub enum Term {
    /// A word: one 0/1 column for each level but the reference.
    Factor {
        /// Column name.
        variable: String,
        /// The level that the others are compared with: the first in alphabetical order.
        reference: String,
        /// The other levels that the training rows show, in alphabetical order.
        levels: Vec<String>,
    },
    /// A number, as it is.
    Number {
        /// Column name.
        variable: String,
    },
}

impl Term {
    /// The term of a column as these rows show it; `None` if they show fewer than two values.
    #[must_use]
    pub fn of(column: &ClinicalColumn) -> Option<Self> {
        let variable = column.name.clone();
        match &column.values {
            ClinicalValues::Number(values) => {
                let mut present = values.iter().filter(|value| !value.is_nan());
                let first = present.next()?;
                present
                    .any(|value| value != first)
                    .then_some(Self::Number { variable })
            }
            ClinicalValues::Factor(values) => {
                let mut levels: Vec<String> = values.iter().flatten().cloned().collect();
                levels.sort();
                levels.dedup();
                if levels.len() < 2 {
                    return None;
                }
                let reference = levels.remove(0);
                Some(Self::Factor {
                    variable,
                    reference,
                    levels,
                })
            }
        }
    }

    /// Name of the column in the clinical table.
    #[must_use]
    pub fn variable(&self) -> &str {
        match self {
            Self::Number { variable } | Self::Factor { variable, .. } => variable,
        }
    }

    /// Names of the design columns that the term becomes.
    #[must_use]
    pub fn column_names(&self) -> Vec<String> {
        match self {
            Self::Number { variable } => vec![variable.clone()],
            Self::Factor {
                variable, levels, ..
            } => levels
                .iter()
                .map(|level| format!("{variable}={level}"))
                .collect(),
        }
    }

    /// The design columns of one row; `None` where the value is missing or is a level that the
    /// term does not know.
    #[must_use]
    pub fn encode(&self, column: &ClinicalColumn, row: usize) -> Option<Vec<f64>> {
        match (self, &column.values) {
            (Self::Number { .. }, ClinicalValues::Number(values)) => {
                let value = values[row];
                (!value.is_nan()).then(|| vec![value])
            }
            (
                Self::Factor {
                    reference, levels, ..
                },
                ClinicalValues::Factor(values),
            ) => {
                let value = values[row].as_ref()?;
                (value == reference || levels.contains(value)).then(|| {
                    levels
                        .iter()
                        .map(|level| f64::from(u8::from(level == value)))
                        .collect()
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(values: &[Option<&str>]) -> ClinicalColumn {
        let values = values
            .iter()
            .map(|value| value.map(str::to_owned))
            .collect();
        ClinicalColumn {
            name: "site".into(),
            values: ClinicalValues::Factor(values),
        }
    }

    #[test]
    fn factor_compares_with_the_first_level() {
        let column = site(&[Some("thigh"), Some("arm"), None, Some("back")]);
        let term = Term::of(&column).unwrap();
        assert_eq!(term.column_names(), ["site=back", "site=thigh"]);
        assert_eq!(term.encode(&column, 0), Some(vec![0.0, 1.0]));
        assert_eq!(term.encode(&column, 1), Some(vec![0.0, 0.0]));
        assert_eq!(term.encode(&column, 2), None);
        assert_eq!(term.encode(&site(&[Some("foot")]), 0), None);
    }

    #[test]
    fn one_value_makes_no_term() {
        assert_eq!(Term::of(&site(&[Some("arm"), None])), None);
        let age = ClinicalColumn {
            name: "age".into(),
            values: ClinicalValues::Number(vec![50.0, f64::NAN]),
        };
        assert_eq!(Term::of(&age), None);
    }
}
