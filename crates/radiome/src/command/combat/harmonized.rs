//! A harmonised table and the estimates behind it, in the forms they are shown in.

use std::collections::HashMap;

use nalgebra::DMatrix;
use radiome::table::{Table, number_json, number_text};
use radiome_stats::describe::mean;
use radiome_stats::harmonization::combat::{BatchEffect, Combat};
use serde_json::{Map, Value, json};

use crate::command::tabular::{Cell, Findings, Rows, Warning};

/// What was done to a table.
pub(super) struct Harmonized<'a> {
    /// The rows that were harmonised.
    pub(super) table: &'a Table,
    /// Their places in the command's table.
    pub(super) places: Vec<usize>,
    /// The columns of the fit.
    pub(super) features: &'a [String],
    /// Columns that are left as they are beside those that the fit leaves.
    pub(super) left: Vec<String>,
    /// The names of the covariates' columns of the design.
    pub(super) terms: Vec<String>,
    /// The fit.
    pub(super) combat: &'a Combat,
    /// The batches of the table.
    pub(super) batches: Vec<Batch<'a>>,
    /// The columns of the fit before and after.
    pub(super) before: &'a DMatrix<f64>,
    pub(super) after: &'a DMatrix<f64>,
}

/// A batch of the table and what was removed from it.
pub(super) struct Batch<'a> {
    pub(super) name: &'a str,
    pub(super) n: usize,
    pub(super) role: Role,
    /// Nothing is removed from a batch without estimates.
    pub(super) effect: Option<&'a BatchEffect>,
}

/// Where the estimates of a batch come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// From the rows of this table.
    Fitted,
    /// Others are brought to it.
    Reference,
    /// From a fit that was made before.
    Frozen,
    /// From its own rows, against a fit that was made before.
    Own,
    /// It has none.
    Unadjusted,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Fitted => "fitted",
            Self::Reference => "reference",
            Self::Frozen => "frozen",
            Self::Own => "own",
            Self::Unadjusted => "unadjusted",
        }
    }
}

impl Harmonized<'_> {
    pub(super) fn findings(&self, warnings: Vec<Warning>) -> miette::Result<Findings> {
        Ok(Findings {
            json: self.json(),
            warnings,
            results: self.results()?,
            shown: self.shown(),
        })
    }

    /// The whole table; a cell whose value has not changed is as it was written.
    fn results(&self) -> miette::Result<Rows> {
        let header: Vec<&str> = self.table.columns().collect();
        let fitted: HashMap<&str, usize> =
            self.features.iter().map(String::as_str).zip(0..).collect();
        let mut columns: Vec<Vec<Cell>> = Vec::with_capacity(header.len());
        for name in &header {
            let cells = self.table.cells(name)?.iter();
            columns.push(match fitted.get(name) {
                None => cells.map(|cell| cell.as_str().into()).collect(),
                Some(&column) => {
                    let values = self.before.column(column);
                    let after = self.after.column(column);
                    let values = values.iter().zip(after.iter());
                    cells
                        .zip(values)
                        .map(|(cell, (before, after))| {
                            if before == after || after.is_nan() {
                                cell.as_str().into()
                            } else {
                                number_text(*after).into()
                            }
                        })
                        .collect()
                }
            });
        }
        let mut rows = Rows::new(&header);
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        for _ in 0..self.table.len() {
            rows.push(columns.iter_mut().filter_map(Iterator::next).collect());
        }
        Ok(rows.at(self.places.clone()))
    }

    fn shown(&self) -> Rows {
        let mut shown = Rows::new(&[
            "batch",
            "n",
            "estimates",
            "mean gamma_hat",
            "mean gamma_star",
            "mean delta_hat",
            "mean delta_star",
        ]);
        for batch in &self.batches {
            let of = |values: fn(&BatchEffect) -> &Vec<f64>| -> Cell {
                batch.effect.map(|effect| mean(values(effect))).into()
            };
            shown.push(vec![
                batch.name.into(),
                batch.n.into(),
                batch.role.name().into(),
                of(|effect| &effect.gamma_hat),
                of(|effect| &effect.gamma_star),
                of(|effect| &effect.delta_hat),
                of(|effect| &effect.delta_star),
            ]);
        }
        shown
    }

    fn json(&self) -> Map<String, Value> {
        let combat = self.combat;
        let name = |column: &usize| self.features.get(*column).cloned().unwrap_or_default();
        let adjusted: Vec<String> = combat.adjusted_features.iter().map(name).collect();
        let untouched: Vec<&str> = {
            let constant: Vec<String> = combat.untouched_features.iter().map(name).collect();
            let untouched = |column: &&str| {
                constant
                    .iter()
                    .chain(&self.left)
                    .any(|other| other == column)
            };
            self.table.columns().filter(untouched).collect()
        };
        let terms = self.terms.iter().zip(&combat.covariate_coefficients);
        let coefficients: Map<String, Value> = terms
            .map(|(term, values)| (term.clone(), numbers(values)))
            .collect();
        let batches: Vec<Value> = self.batches.iter().map(|batch| self.batch(batch)).collect();
        let json = json!({
            "n": self.table.len(),
            "features": adjusted,
            "untouched_features": untouched,
            "parametric": combat.options.parametric,
            "mean_only": combat.options.mean_only,
            "reference": combat.options.reference_batch,
            "batches": batches,
            "grand_mean": numbers(&combat.grand_mean),
            "var_pooled": numbers(&combat.pooled_variance),
            "covariates": coefficients,
        });
        json.as_object().cloned().unwrap_or_default()
    }

    fn batch(&self, batch: &Batch<'_>) -> Value {
        let mut object = Map::new();
        object.insert("name".to_owned(), batch.name.into());
        object.insert("n".to_owned(), batch.n.into());
        object.insert("estimates".to_owned(), batch.role.name().into());
        let Some(effect) = batch.effect else {
            return Value::Object(object);
        };
        // A value for every adjusted feature, null for one that this batch has no estimate of.
        let aligned = |values: &[f64]| -> Value {
            let adjusted = self.combat.adjusted_features.iter();
            let value = |feature: &usize| {
                let place = effect.features.iter().position(|other| other == feature);
                place.and_then(|place| values.get(place)).copied()
            };
            if effect.features == self.combat.adjusted_features {
                return numbers(values);
            }
            numbers(
                &adjusted
                    .map(|f| value(f).unwrap_or(f64::NAN))
                    .collect::<Vec<_>>(),
            )
        };
        object.insert("gamma_hat".to_owned(), aligned(&effect.gamma_hat));
        object.insert("delta_hat".to_owned(), aligned(&effect.delta_hat));
        object.insert("gamma_star".to_owned(), aligned(&effect.gamma_star));
        object.insert("delta_star".to_owned(), aligned(&effect.delta_star));
        let optional = |value: Option<f64>| value.map_or(Value::Null, number_json);
        object.insert(
            "prior".to_owned(),
            json!({
                "gamma_bar": number_json(effect.prior.gamma_bar),
                "t2": number_json(effect.prior.t2),
                "a": optional(effect.prior.a),
                "b": optional(effect.prior.b),
            }),
        );
        object.insert("iterations".to_owned(), json!(effect.iterations));
        Value::Object(object)
    }
}

fn numbers(values: &[f64]) -> Value {
    values.iter().map(|&value| number_json(value)).collect()
}
