//! What is done where a clinical value is missing: `clinical.missing` of the study file.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Problem;
use super::file::StudyFile;
use crate::pipeline::{ClinicalColumn, ClinicalValues};

/// Completed data sets where the study file names no number.
const USUAL_IMPUTATIONS: usize = 10;
/// Fewest completed data sets: with fewer the variance between them is hardly known.
const FEWEST_IMPUTATIONS: usize = 5;
/// Most.
const MOST_IMPUTATIONS: usize = 1000;

/// What is done where a clinical value is missing.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct MissingValues {
    /// How.
    pub method: MissingMethod,
    /// Completed data sets of the multiple imputation.
    pub imputations: Option<usize>,
}

/// Ways to go on without a value.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum MissingMethod {
    /// Each regression uses the patients with all of its values, and a patient who lacks one has no
    /// prediction by the models that need it.
    CompleteCases,
    /// Training patients are completed several times by chained equations, and patients to be
    /// predicted by what is expected given their other values.
    MultipleImputation,
}

impl MissingMethod {
    /// The word in the study file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CompleteCases => "complete_cases",
            Self::MultipleImputation => "multiple_imputation",
        }
    }
}

impl MissingValues {
    /// Completed data sets; `None` where nothing is imputed.
    #[must_use]
    pub fn imputations(self) -> Option<usize> {
        match self.method {
            MissingMethod::CompleteCases => None,
            MissingMethod::MultipleImputation => {
                Some(self.imputations.unwrap_or(USUAL_IMPUTATIONS))
            }
        }
    }
}

/// The method as a word, or with its settings.
pub(super) fn word_or_settings<'de, D: Deserializer<'de>>(
    read: D,
) -> Result<Option<MissingValues>, D::Error> {
    struct Written;

    impl<'de> Visitor<'de> for Written {
        type Value = MissingValues;

        fn expecting(&self, text: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            text.write_str(
                "complete_cases, multiple_imputation, or {method: multiple_imputation, imputations: 10}",
            )
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<Self::Value, E> {
            let method = match word {
                "complete_cases" => MissingMethod::CompleteCases,
                "multiple_imputation" => MissingMethod::MultipleImputation,
                other => {
                    let known = &["complete_cases", "multiple_imputation"];
                    return Err(E::unknown_variant(other, known));
                }
            };
            Ok(MissingValues {
                method,
                imputations: None,
            })
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            MissingValues::deserialize(MapAccessDeserializer::new(map))
        }
    }

    read.deserialize_any(Written).map(Some)
}

/// What is wrong with the settings.
pub(super) fn check_settings(file: &StudyFile, demand: &mut dyn FnMut(bool, String, &str)) {
    let Some(missing) = file.clinical.missing else {
        return;
    };
    let Some(imputations) = missing.imputations else {
        return;
    };
    demand(
        missing.method == MissingMethod::MultipleImputation,
        "`clinical.missing` has `imputations`, and complete cases are not imputed".to_owned(),
        "write `method: multiple_imputation`, or take `imputations` out",
    );
    demand(
        (FEWEST_IMPUTATIONS..=MOST_IMPUTATIONS).contains(&imputations),
        format!("`clinical.missing.imputations` is {imputations}"),
        "5 or more, 1000 at most; 10 or 20 are usual, or one for each percent of incomplete patients",
    );
}

/// Values from which nothing can be imputed.
pub(super) fn check_columns(file: &StudyFile, candidates: &[ClinicalColumn]) -> Vec<Problem> {
    let imputes = file.clinical.missing.and_then(MissingValues::imputations);
    if imputes.is_none() {
        return Vec::new();
    }
    let infinite = |column: &&ClinicalColumn| match &column.values {
        ClinicalValues::Number(values) => values.iter().any(|value| value.is_infinite()),
        ClinicalValues::Factor(_) => false,
    };
    let found = candidates.iter().filter(infinite);
    found
        .map(|column| {
            Problem::new(
                format!(
                    "`clinical.candidates`: `{}` has an infinite value, and `clinical.missing` imputes from it",
                    column.name
                ),
                "write the number, or empty the cell if it is not known",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<MissingValues, String> {
        let text =
            format!("name: a\ntables: []\noutcome: {{column: y}}\nclinical: {{missing: {text}}}\n");
        let file = StudyFile::from_yaml(&text).map_err(|error| error.to_string())?;
        Ok(file.clinical.missing.unwrap())
    }

    #[test]
    fn a_word_or_settings() {
        assert_eq!(read("complete_cases").unwrap().imputations(), None);
        assert_eq!(read("multiple_imputation").unwrap().imputations(), Some(10));
        let found = read("{method: multiple_imputation, imputations: 20}").unwrap();
        assert_eq!(found.imputations(), Some(20));
        for wrong in [
            "mean",
            "{imputations: 5}",
            "{method: multiple_imputation, m: 5}",
            "5",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
