//! The model behind a nomogram.

use miette::miette;
use nalgebra::DMatrix;
use radiome::table::{Table, number_json, parse_number};
use radiome_stats::nomogram::{INTERVALS, NomogramPredictor, NomogramValues, pretty};
use radiome_stats::regression::{
    RegressionError, firth_regression, logistic_regression, restricted_cubic_spline, spline_knots,
};
use radiome_stats::survival::{BaselineHazard, CoxTies, cox_regression};
use serde_json::{Map, Value, json};

use super::Options;
use crate::command::tabular::{Design, FollowUp, Kind, Outcome, Warning, complete_rows};

/// A number with no more distinct values has a mark at each, as in rms (`n.unique` of datadist).
const MOST_MARKED_VALUES: usize = 10;
/// Level of intervals, which a nomogram does not show.
const LEVEL: f64 = 0.95;

/// What the linear predictor means.
pub(super) enum Family {
    /// Log odds of the positive class.
    Logistic { outcome: String, positive: String },
    /// Log hazard ratio to the mean of all predictors.
    Cox {
        baseline: BaselineHazard,
        /// Linear predictor at the means.
        center: f64,
    },
}

/// A model with additive effects.
pub(super) struct Model {
    /// Where it comes from.
    pub(super) source: String,
    pub(super) family: Family,
    /// Constant of the linear predictor.
    pub(super) intercept: f64,
    pub(super) parts: Vec<Part>,
    /// Smallest and largest linear predictor of the rows, if there are rows.
    pub(super) seen: Option<(f64, f64)>,
    /// Rows and events of the fit.
    pub(super) counts: Option<(usize, usize)>,
}

/// A predictor and its effect.
pub(super) struct Part {
    pub(super) variable: String,
    /// What it is called on drawings.
    pub(super) label: String,
    pub(super) effect: Effect,
}

/// How the linear predictor depends on a value.
pub(super) enum Effect {
    Number {
        coefficient: f64,
        /// The values of the rows.
        values: Vec<f64>,
    },
    Spline {
        knots: Vec<f64>,
        coefficients: Vec<f64>,
        values: Vec<f64>,
    },
    /// Levels with their effects, the reference with 0.
    Factor { levels: Vec<(String, f64)> },
}

/// Rows without missing values and what is to be fitted to them.
pub(super) struct Source<'a> {
    options: &'a Options,
    table: Table,
    design: Design,
    /// Knots of the terms that are splines.
    knots: Vec<Option<Vec<f64>>>,
}

impl<'a> Source<'a> {
    pub(super) fn of(
        options: &'a Options,
        table: &Table,
        taken: &[&str],
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Self> {
        let variables = options.predictors.variables(table, taken)?;
        if variables.is_empty() {
            return Err(miette!(
                help = "name predictors with --vars",
                "{}: there is no predictor",
                table.source()
            ));
        }
        // The column of --by, where there is one, is not part of the model.
        let by = options.output.by(table)?;
        let outcome = taken.iter().copied().filter(|name| Some(*name) != by);
        let needed: Vec<&str> = variables
            .iter()
            .map(String::as_str)
            .chain(outcome)
            .collect();
        let table = complete_rows(table, &needed, warnings)?;
        let mut design = options.predictors.design(&table, &variables, warnings)?;
        for (name, _) in &options.spline {
            if !variables.contains(name) {
                return Err(miette!(
                    help = format!("the predictors are {}", variables.join(", ")),
                    "--spline names \"{name}\", which is no predictor"
                ));
            }
        }
        let mut knots = Vec::new();
        for term in &mut design.terms {
            let wanted = options.spline.iter().find(|(name, _)| *name == term.name);
            let Some((name, count)) = wanted else {
                knots.push(None);
                continue;
            };
            let (Kind::Number, Some((_, values))) = (&term.kind, term.columns.first()) else {
                return Err(miette!(
                    help = "leave it out of --spline, or out of --factor",
                    "--spline {name}: a factor has no spline"
                ));
            };
            let found = spline_knots(values, *count).map_err(|error| {
                miette!("{}, column \"{name}\", --spline: {error}", table.source())
            })?;
            let rows = values.iter().map(|v| restricted_cubic_spline(*v, &found));
            let rows: Vec<Vec<f64>> = rows.collect();
            term.columns = (0..found.len() - 1)
                .map(|k| {
                    let column = rows.iter().filter_map(|row| row.get(k).copied());
                    (format!("{name}{}", "'".repeat(k)), column.collect())
                })
                .collect();
            knots.push(Some(found));
        }
        Ok(Self {
            options,
            table,
            design,
            knots,
        })
    }

    pub(super) fn logistic(
        self,
        outcome: &str,
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Model> {
        let outcome = Outcome::of(&self.table, outcome, self.options.positive.as_deref())?;
        let x = self.design.matrix();
        let y = &outcome.is_positive;
        let plain = logistic_regression(&x, y, LEVEL).map_err(|error| self.explained(&error))?;
        if plain.separation && !self.options.firth {
            warnings.push(Warning::new(
                "separation",
                "a combination of the predictors parts the classes without error, so the model is \
                 fitted by Firth's penalised likelihood, as with --firth"
                    .to_owned(),
            ));
        }
        let (estimates, seen) = if plain.separation || self.options.firth {
            let firth = firth_regression(&x, y, LEVEL).map_err(|error| self.explained(&error))?;
            (firth.estimates(), firth.linear_predictor)
        } else {
            (plain.estimates(), plain.linear_predictor)
        };
        let (intercept, slopes) = estimates.split_first().unwrap_or((&0.0, &[]));
        let family = Family::Logistic {
            outcome: outcome.column.clone(),
            positive: outcome.positive.clone(),
        };
        let counts = (self.table.len(), outcome.n_positive());
        Ok(self.model(family, *intercept, slopes, &seen, counts))
    }

    pub(super) fn cox(self, time: &str, event: &str) -> miette::Result<Model> {
        let follow_up = FollowUp::of(&self.table, time, event)?;
        let x: DMatrix<f64> = self.design.matrix();
        let fitted = cox_regression(&x, &follow_up.time, &follow_up.event, CoxTies::Efron, LEVEL)
            .map_err(|error| self.explained(&error))?;
        if fitted.separation {
            return Err(miette!(
                help = "leave out the predictor that tells who has the event first",
                "{}: a combination of the predictors orders the events without error, so estimates \
                 are infinite and no axis can show them",
                self.table.source()
            ));
        }
        let counts = (fitted.n, fitted.events);
        let slopes: Vec<f64> = fitted.coefficients.iter().map(|c| c.estimate).collect();
        let center: f64 = x
            .column_iter()
            .zip(&slopes)
            .map(|(c, b)| c.mean() * b)
            .sum();
        let seen: Vec<f64> = fitted
            .linear_predictor
            .iter()
            .map(|lp| lp - center)
            .collect();
        let Some(baseline) = fitted.baseline.into_iter().next() else {
            return Err(miette!(
                "{}: the model has no baseline",
                self.table.source()
            ));
        };
        let family = Family::Cox { baseline, center };
        Ok(self.model(family, -center, &slopes, &seen, counts))
    }

    fn model(
        self,
        family: Family,
        intercept: f64,
        slopes: &[f64],
        linear_predictor: &[f64],
        counts: (usize, usize),
    ) -> Model {
        let mut slopes = slopes.iter().copied();
        let mut parts = Vec::new();
        for (term, knots) in self.design.terms.into_iter().zip(self.knots) {
            let own: Vec<f64> = slopes.by_ref().take(term.columns.len()).collect();
            let values = term.columns.into_iter().next().map(|(_, values)| values);
            let values = values.unwrap_or_default();
            let effect = match (term.kind, knots) {
                (Kind::Factor { reference, levels }, _) => Effect::Factor {
                    levels: std::iter::once((reference, 0.0))
                        .chain(levels.into_iter().zip(own))
                        .collect(),
                },
                (_, Some(knots)) => Effect::Spline {
                    knots,
                    coefficients: own,
                    values,
                },
                (_, None) => Effect::Number {
                    coefficient: own.first().copied().unwrap_or(0.0),
                    values,
                },
            };
            parts.push(Part {
                label: term.name.clone(),
                variable: term.name,
                effect,
            });
        }
        let seen = linear_predictor
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), l| {
                (a.min(*l), b.max(*l))
            });
        Model {
            source: self.table.source().to_owned(),
            family,
            intercept,
            parts,
            seen: Some(seen),
            counts: Some(counts),
        }
    }

    fn explained(&self, error: &RegressionError) -> miette::Report {
        let source = self.table.source();
        let names = self.design.column_names();
        match error {
            RegressionError::RankDeficient { column } => miette!(
                help = "leave it out of --vars, or one of those that it is made of",
                "{source}: the predictor {} is a combination of those before it",
                names.get(*column).map_or("", String::as_str)
            ),
            RegressionError::TooFewSamples { found, .. } => miette!(
                help = "take fewer predictors",
                "{source}: {found} rows are too few for {} terms",
                names.len()
            ),
            _ => miette!("{source}: {error}"),
        }
    }
}

impl Model {
    /// The axes, with the marks that are asked for.
    pub(super) fn axes(
        &self,
        asked: &[(String, Vec<String>)],
    ) -> miette::Result<Vec<NomogramPredictor>> {
        for (name, _) in asked {
            if !self.parts.iter().any(|part| part.variable == *name) {
                let names = self.parts.iter().map(|part| part.variable.as_str());
                return Err(miette!(
                    help = format!("the axes are {}", names.collect::<Vec<_>>().join(", ")),
                    "--axis names \"{name}\", which is no predictor of the model"
                ));
            }
        }
        self.parts
            .iter()
            .map(|part| {
                let marks = asked.iter().find(|(name, _)| *name == part.variable);
                Ok(NomogramPredictor {
                    name: part.variable.clone(),
                    values: part.axis(marks.map(|(_, marks)| marks.as_slice()))?,
                })
            })
            .collect()
    }

    /// Smallest and largest linear predictor: of the rows, or else of the ends of the axes.
    pub(super) fn range(&self, axes: &[NomogramPredictor]) -> (f64, f64) {
        self.seen.unwrap_or_else(|| {
            let ends = axes.iter().map(|axis| match &axis.values {
                NomogramValues::Range {
                    low,
                    high,
                    coefficient,
                } => vec![low * coefficient, high * coefficient],
                NomogramValues::Values {
                    values,
                    coefficient,
                } => values.iter().map(|v| v * coefficient).collect(),
                NomogramValues::Curve { effects, .. } | NomogramValues::Levels { effects, .. } => {
                    effects.clone()
                }
            });
            let start = (self.intercept, self.intercept);
            ends.fold(start, |(low, high), effects| {
                let least = effects.iter().copied().fold(f64::INFINITY, f64::min);
                let most = effects.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                (low + least, high + most)
            })
        })
    }

    /// The model without its axes.
    pub(super) fn to_json(&self) -> Map<String, Value> {
        let mut object = Map::new();
        if let Some((n, events)) = self.counts {
            object.insert("n".to_owned(), n.into());
            object.insert("events".to_owned(), events.into());
        }
        match &self.family {
            Family::Logistic { outcome, positive } => {
                object.insert("family".to_owned(), "logistic".into());
                let outcome = json!({"column": outcome, "positive": positive});
                object.insert("outcome".to_owned(), outcome);
                object.insert("intercept".to_owned(), number_json(self.intercept));
            }
            Family::Cox { center, .. } => {
                object.insert("family".to_owned(), "cox".into());
                object.insert("center".to_owned(), number_json(*center));
            }
        }
        let mut coefficients = Vec::new();
        let mut add = |name: String, value: f64| {
            coefficients.push(json!({"name": name, "coef": number_json(value)}));
        };
        for part in &self.parts {
            match &part.effect {
                Effect::Number { coefficient, .. } => add(part.variable.clone(), *coefficient),
                Effect::Spline { coefficients, .. } => {
                    for (k, value) in coefficients.iter().enumerate() {
                        add(format!("{}{}", part.variable, "'".repeat(k)), *value);
                    }
                }
                Effect::Factor { levels } => {
                    for (level, value) in levels.iter().skip(1) {
                        add(format!("{}={level}", part.variable), *value);
                    }
                }
            }
        }
        object.insert("coefficients".to_owned(), Value::Array(coefficients));
        object
    }
}

impl Part {
    fn axis(&self, asked: Option<&[String]>) -> miette::Result<NomogramValues> {
        let name = &self.variable;
        let numbers = || -> miette::Result<Option<Vec<f64>>> {
            let Some(asked) = asked else { return Ok(None) };
            let number = |text: &String| {
                parse_number(text).filter(|v| v.is_finite()).ok_or_else(|| {
                    miette!(
                        help = format!("write it as in --axis {name}=20,40,60"),
                        "--axis {name}: \"{text}\" is not a number"
                    )
                })
            };
            asked
                .iter()
                .map(number)
                .collect::<miette::Result<_>>()
                .map(Some)
        };
        let lacking = || {
            miette!(
                help = format!("give a table with the column, or --axis {name}=V1,V2"),
                "the axis of {name} has no values"
            )
        };
        Ok(match &self.effect {
            Effect::Factor { levels } => {
                let chosen: Vec<(String, f64)> = match asked {
                    None => levels.clone(),
                    Some(asked) => asked
                        .iter()
                        .map(|wanted| {
                            let found = levels.iter().find(|(level, _)| level == wanted);
                            found.cloned().ok_or_else(|| {
                                let names = levels.iter().map(|(level, _)| level.as_str());
                                let names: Vec<&str> = names.collect();
                                miette!(
                                    help = format!("its levels are {}", names.join(", ")),
                                    "--axis {name}: \"{wanted}\" is no level"
                                )
                            })
                        })
                        .collect::<miette::Result<_>>()?,
                };
                let (labels, effects) = chosen.into_iter().unzip();
                NomogramValues::Levels { labels, effects }
            }
            Effect::Number {
                coefficient,
                values,
            } => {
                let coefficient = *coefficient;
                let asked = numbers()?;
                let distinct = distinct(values);
                match (asked, distinct.first(), distinct.last()) {
                    (Some(values), _, _) => NomogramValues::Values {
                        values,
                        coefficient,
                    },
                    (None, Some(&low), Some(&high)) => {
                        if distinct.len() <= MOST_MARKED_VALUES {
                            NomogramValues::Values {
                                values: distinct,
                                coefficient,
                            }
                        } else {
                            NomogramValues::Range {
                                low,
                                high,
                                coefficient,
                            }
                        }
                    }
                    _ => return Err(lacking()),
                }
            }
            Effect::Spline {
                knots,
                coefficients,
                values,
            } => {
                let distinct = distinct(values);
                let values = match (numbers()?, distinct.first(), distinct.last()) {
                    (Some(values), _, _) => values,
                    (None, Some(_), Some(_)) if distinct.len() <= MOST_MARKED_VALUES => distinct,
                    (None, Some(&low), Some(&high)) => pretty(low, high, INTERVALS),
                    _ => return Err(lacking()),
                };
                let effects = values
                    .iter()
                    .map(|v| {
                        let columns = restricted_cubic_spline(*v, knots);
                        columns.iter().zip(coefficients).map(|(x, b)| x * b).sum()
                    })
                    .collect();
                NomogramValues::Curve { values, effects }
            }
        })
    }
}

fn distinct(values: &[f64]) -> Vec<f64> {
    let mut distinct: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    distinct
}
