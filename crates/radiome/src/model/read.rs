//! Reading `model.json`: a file of another form, or one that somebody has edited, is refused.

use std::collections::HashSet;

use miette::Diagnostic;
use radiome_stats::imputation::{ConditionalMean, ConditionalMeans};
use serde::Deserialize;
use thiserror::Error;

use super::{FORMAT, FORMAT_CORRECTED, Model, ModelRegression};
use crate::pipeline::{ClinicalImputation, Term};

/// Why a text is no model that can be applied.
#[derive(Debug, Error, Diagnostic)]
pub enum ModelError {
    /// It is no JSON, lacks a key, or a value has another type.
    #[error("it is no model of a study: {message}")]
    #[diagnostic(help("name the model.json that `radiome study run` wrote"))]
    NotAModel {
        /// What is wrong and where.
        message: String,
    },
    /// It has another form.
    #[error(
        "it has {}, written by radiome {radiome}; this version reads the forms {FORMAT} and {FORMAT_CORRECTED}",
        found.map_or("no `format`".to_owned(), |found| format!("form {found}"))
    )]
    #[diagnostic(help("run the study again with this version, or predict with that one"))]
    Format {
        /// The form, if it says one.
        found: Option<u32>,
        /// The version that wrote it.
        radiome: String,
    },
    /// A value cannot be.
    #[error("`{key}`: {problem}")]
    #[diagnostic(help(
        "the file was changed after `radiome study run` wrote it; take the original"
    ))]
    Absurd {
        /// Where.
        key: String,
        /// What is wrong.
        problem: String,
    },
}

impl ModelError {
    pub(super) fn absurd(key: &str, problem: String) -> Self {
        Self::Absurd {
            key: key.to_owned(),
            problem,
        }
    }
}

/// What every form of the file has.
#[derive(Deserialize)]
struct Head {
    radiome: String,
    format: Option<u32>,
}

impl Model {
    /// Reads a model and checks that its parts belong together.
    ///
    /// # Errors
    /// See [`ModelError`].
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let wrong = |error: serde_json::Error| ModelError::NotAModel {
            message: error.to_string(),
        };
        let head: Head = serde_json::from_str(text).map_err(wrong)?;
        if ![Some(FORMAT), Some(FORMAT_CORRECTED)].contains(&head.format) {
            return Err(ModelError::Format {
                found: head.format,
                radiome: head.radiome,
            });
        }
        let model: Self = serde_json::from_str(text).map_err(wrong)?;
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<(), ModelError> {
        let count = self.features.len();
        let distinct: HashSet<&String> = self.features.iter().collect();
        demand(distinct.len() == count, "features", || {
            "a feature stands there twice".to_owned()
        })?;
        for (key, found) in [
            ("mean", self.mean.len()),
            ("standard_deviation", self.standard_deviation.len()),
            ("training_range", self.training_range.len()),
        ] {
            demand(found == count, key, || {
                format!("{found} values for {count} features")
            })?;
        }
        let deviations = self.standard_deviation.iter().flatten();
        demand(
            deviations.clone().all(|&deviation| deviation > 0.0),
            "standard_deviation",
            || "a standard deviation is above 0".to_owned(),
        )?;
        let ranges = self.training_range.iter();
        demand(
            ranges.clone().all(|[low, high]| low <= high),
            "training_range",
            || "an upper end lies below its lower end".to_owned(),
        )?;
        let ranges = self.clinical_range.values();
        demand(
            ranges.clone().all(|[low, high]| low <= high),
            "clinical_range",
            || "an upper end lies below its lower end".to_owned(),
        )?;
        demand(
            self.unseen
                .as_deref()
                .is_none_or(|unseen| ["none", "own", "error"].contains(&unseen)),
            "unseen",
            || "it is none, own or error".to_owned(),
        )?;
        self.check_combat()?;
        if let Some(imputation) = &self.imputation {
            check_imputation(imputation)?;
        }
        for (name, sequence) in &self.sequences {
            let checked = sequence.correction.check();
            checked.map_err(|problem| {
                ModelError::absurd(&format!("sequences.{name}.correction"), problem)
            })?;
        }
        for (name, signature) in &self.signatures {
            let [low, high] = signature.training_range;
            let key = format!("signatures.{name}");
            demand(low <= high, &key, || {
                "the upper end of `training_range` lies below the lower end".to_owned()
            })?;
        }
        for (key, regression) in [("clinical", &self.clinical), ("nomogram", &self.nomogram)] {
            regression
                .iter()
                .try_for_each(|regression| check_regression(key, regression))?;
        }
        for (model, cutoff) in &self.cutoff {
            let key = format!("cutoff.{model}");
            let inside = cutoff.is_none_or(|cutoff| (0.0..=1.0).contains(&cutoff));
            demand(inside, &key, || "a probability lies in 0 to 1".to_owned())?;
        }
        if let Some(points) = &self.points {
            demand(
                points.points_per_unit > 0.0,
                "points.points_per_unit",
                || "it is above 0".to_owned(),
            )?;
        }
        // Names that do not meet are found on the way to the fitted models.
        self.fitted().map(|_| ())
    }

    fn check_combat(&self) -> Result<(), ModelError> {
        let Some(combat) = &self.combat else {
            return Ok(());
        };
        let (found, count) = (combat.feature_count, self.features.len());
        demand(found == count, "combat.feature_count", || {
            format!("{found} for {count} features")
        })?;
        demand(
            combat
                .pooled_variance
                .iter()
                .all(|&variance| variance > 0.0),
            "combat.pooled_variance",
            || "a variance is above 0".to_owned(),
        )?;
        for batch in &combat.batches {
            let key = format!("combat.batches.{}", batch.label);
            demand(
                batch.delta_star.iter().all(|&scale| scale > 0.0),
                &key,
                || "a scale in `delta_star` is above 0".to_owned(),
            )?;
        }
        // The lengths of its lists are checked where it is applied.
        demand(self.batch.is_some(), "batch", || {
            "the model has scanner effects, but names no column of the scanner".to_owned()
        })
    }
}

/// Each term has its mean and its model, of as many coefficients as the others have columns.
fn check_imputation(imputation: &ClinicalImputation) -> Result<(), ModelError> {
    let ConditionalMeans { means, models } = &imputation.expectation;
    let widths: Vec<usize> = (imputation.terms.iter())
        .map(|term| term.column_names().len())
        .collect();
    let count = widths.len();
    for (key, found) in [("means", means.len()), ("models", models.len())] {
        demand(
            found == count,
            &format!("imputation.expectation.{key}"),
            || format!("{found} for {count} terms"),
        )?;
    }
    let all: usize = widths.iter().sum();
    for (place, width) in widths.iter().enumerate() {
        let variable = imputation.terms[place].variable();
        let key = format!("imputation.expectation ({variable})");
        let number = matches!(imputation.terms[place], Term::Number { .. });
        let own = match &models[place] {
            ConditionalMean::Number {
                coefficients,
                range: [low, high],
            } => number && low <= high && coefficients.len() == all - width + 1,
            ConditionalMean::Class { log_odds } => {
                let fits = |class: &Vec<f64>| class.len() == all - width + 1;
                !number && log_odds.len() == *width && log_odds.iter().all(fits)
            }
        };
        demand(own && means[place].len() == *width, &key, || {
            "its coefficients are not one for each column of the other terms".to_owned()
        })?;
    }
    Ok(())
}

fn check_regression(key: &str, regression: &ModelRegression) -> Result<(), ModelError> {
    let Some(covariance) = &regression.covariance else {
        return Ok(());
    };
    let key = format!("{key}.covariance");
    let size = regression.coefficients.len() + 1;
    let square = covariance.len() == size && covariance.iter().all(|row| row.len() == size);
    demand(square, &key, || {
        format!("it has not {size} rows and columns, one for each coefficient and the intercept")
    })?;
    let positive = covariance
        .iter()
        .enumerate()
        .all(|(place, row)| row[place] > 0.0);
    demand(positive, &key, || "a variance is above 0".to_owned())
}

fn demand(holds: bool, key: &str, problem: impl FnOnce() -> String) -> Result<(), ModelError> {
    if holds {
        return Ok(());
    }
    Err(ModelError::absurd(key, problem()))
}
