//! The nomogram of a study, from its model.json.

use std::path::Path;

use indexmap::IndexMap;
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::model::ModelRegression;
use radiome::pipeline::Term;
use radiome::table::Table;
use serde::Deserialize;

use super::model::{Effect, Family, Model, Part};
use crate::command::tabular::Warning;

/// What a nomogram needs of a model.json.
#[derive(Deserialize)]
struct Nomogram {
    outcome: [String; 2],
    nomogram: Option<ModelRegression>,
}

/// Reads the nomogram; a table with its columns gives the ranges of the axes. A signature's score may
/// be in a column of its name, or of its name and `_score` as in predictions.csv.
pub(super) fn read(
    path: &Path,
    table: &Table,
    warnings: &mut Vec<Warning>,
) -> miette::Result<Model> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read the model {shown}"))?;
    let file: Nomogram = serde_json::from_str(&text).map_err(|error| {
        miette!(
            help = "name the model.json that `radiome study run` wrote",
            "{shown} is no model of a study: {error}"
        )
    })?;
    let [outcome, positive] = file.outcome;
    let Some(regression) = file.nomogram else {
        return Err(miette!(
            help = "results.json beside it says why, under nomogram.reason",
            "{shown} holds no nomogram"
        ));
    };
    let mut coefficients = regression.coefficients;
    let mut clinical: IndexMap<String, Effect> = IndexMap::new();
    for term in regression.clinical {
        let mut take = |column: &str| {
            coefficients
                .shift_remove(column)
                .ok_or_else(|| miette!("{shown}: the nomogram has no coefficient of \"{column}\""))
        };
        match term {
            Term::Factor {
                variable,
                reference,
                levels,
            } => {
                let mut all = vec![(reference, 0.0)];
                for level in levels {
                    let effect = take(&format!("{variable}={level}"))?;
                    all.push((level, effect));
                }
                clinical.insert(variable, Effect::Factor { levels: all });
            }
            Term::Number { variable } => {
                let coefficient = take(&variable)?;
                let values = values(table, &variable)?;
                clinical.insert(
                    variable,
                    Effect::Number {
                        coefficient,
                        values,
                    },
                );
            }
        }
    }
    // What is left are the signatures, which come first in the model.
    let mut parts = Vec::new();
    for (name, coefficient) in coefficients {
        let score = format!("{name}_score");
        let column = if table.has_column(&name) {
            &name
        } else {
            &score
        };
        parts.push(Part {
            label: format!("Rad-score ({name})"),
            effect: Effect::Number {
                coefficient,
                values: values(table, column)?,
            },
            variable: name,
        });
    }
    parts.extend(clinical.into_iter().map(|(variable, effect)| Part {
        label: variable.clone(),
        variable,
        effect,
    }));
    let mut model = Model {
        source: shown,
        family: Family::Logistic { outcome, positive },
        intercept: regression.intercept,
        parts,
        seen: None,
        counts: None,
    };
    model.seen = seen(&model, table)?;
    if !table.is_empty() && model.seen.is_none() {
        warnings.push(Warning::new(
            "no_linear_predictor",
            format!(
                "{} has not every predictor, so the axis of total points runs over what the axes \
                 allow, not over the rows",
                table.source()
            ),
        ));
    }
    Ok(model)
}

/// The values of a column, none where the table has no such column.
fn values(table: &Table, column: &str) -> miette::Result<Vec<f64>> {
    if table.has_column(column) {
        Ok(table.numbers(column)?)
    } else {
        Ok(Vec::new())
    }
}

/// Smallest and largest linear predictor of the rows that have every predictor.
fn seen(model: &Model, table: &Table) -> miette::Result<Option<(f64, f64)>> {
    let mut sums = vec![model.intercept; table.len()];
    for part in &model.parts {
        match &part.effect {
            Effect::Number {
                coefficient,
                values,
            } => {
                if values.len() != table.len() {
                    return Ok(None);
                }
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += coefficient * value;
                }
            }
            Effect::Factor { levels } => {
                if !table.has_column(&part.variable) {
                    return Ok(None);
                }
                for (sum, text) in sums.iter_mut().zip(table.texts(&part.variable)?) {
                    let level = levels
                        .iter()
                        .find(|(level, _)| Some(level.as_str()) == text);
                    *sum += level.map_or(f64::NAN, |(_, effect)| *effect);
                }
            }
            Effect::Spline { .. } => return Ok(None),
        }
    }
    let known = sums.into_iter().filter(|sum| sum.is_finite());
    let (low, high) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), sum| {
        (low.min(sum), high.max(sum))
    });
    Ok((low <= high).then_some((low, high)))
}
