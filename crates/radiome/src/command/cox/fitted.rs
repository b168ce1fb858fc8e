//! The fit of a Cox model, and what is told of it.

use miette::miette;
use nalgebra::DMatrix;
use radiome::table::{Table, number_json};
use radiome_stats::regression::RegressionError;
use radiome_stats::survival::{
    Concordance, CoxModel, CoxTest, ProportionalHazardsTest, concordance, cox_regression,
    proportional_hazards_test, stratified_concordance, stratified_cox_regression,
};
use serde_json::{Map, Value, json};

use super::Options;
use crate::command::tabular::{Design, Findings, FollowUp, Levels, Rows, Warning, short};

/// The rows that a model is fitted to.
pub(super) struct Sample<'a> {
    source: &'a str,
    follow_up: &'a FollowUp,
    x: DMatrix<f64>,
    /// Names of the columns of `x`.
    columns: Vec<String>,
    /// Names of the terms, and the term of each column.
    terms: Vec<&'a str>,
    term_of_column: Vec<usize>,
    strata: Option<Strata<'a>>,
}

struct Strata<'a> {
    column: &'a str,
    names: &'a [String],
    of_row: Vec<usize>,
}

impl<'a> Sample<'a> {
    pub(super) fn new(
        table: &'a Table,
        follow_up: &'a FollowUp,
        design: &'a Design,
        strata: Option<&'a (String, Levels)>,
    ) -> Self {
        let numbered = design.terms.iter().enumerate();
        let term_of_column = numbered.flat_map(|(place, term)| vec![place; term.columns.len()]);
        Self {
            source: table.source(),
            follow_up,
            x: design.matrix(),
            columns: design.column_names(),
            terms: design.terms.iter().map(|term| term.name.as_str()).collect(),
            term_of_column: term_of_column.collect(),
            strata: strata.map(|(column, levels)| Strata {
                column,
                names: &levels.names,
                of_row: levels.places.iter().copied().flatten().collect(),
            }),
        }
    }

    fn strata(&self) -> Option<&[usize]> {
        self.strata.as_ref().map(|strata| strata.of_row.as_slice())
    }

    fn fit(&self, options: &Options) -> miette::Result<CoxModel> {
        let FollowUp { time, event } = self.follow_up;
        let (ties, level) = (options.ties.treatment(), options.conf_level);
        let fitted = match self.strata() {
            None => cox_regression(&self.x, time, event, ties, level),
            Some(strata) => stratified_cox_regression(&self.x, time, event, strata, ties, level),
        };
        fitted.map_err(|error| self.explained(&error))
    }

    /// An error in the words of the table.
    fn explained(&self, error: &RegressionError) -> miette::Report {
        let source = self.source;
        match error {
            RegressionError::RankDeficient { column } => {
                let name = self.columns.get(*column).map_or("", String::as_str);
                miette!(
                    help = "leave it out with --vars, or leave out a column that it repeats",
                    "{source}: the term \"{name}\" is a linear combination of the terms before it"
                )
            }
            RegressionError::TooFewSamples { found, needed } => miette!(
                help =
                    "choose fewer predictors with --vars, or a penalised fit with `radiome lasso`",
                "{source}: {found} rows are too few for {} terms; at least {needed} are needed",
                self.columns.len()
            ),
            RegressionError::NotConverged { .. } => miette!(
                help = "look for a predictor that hardly varies, or that does not vary among those at \
                        risk",
                "{source}: {error}"
            ),
            _ => miette!("{source}: {error}"),
        }
    }

    /// Harrell's C of the linear predictor, within strata.
    fn concordance(&self, model: &CoxModel) -> Option<Concordance> {
        let FollowUp { time, event } = self.follow_up;
        let lp = &model.linear_predictor;
        let found = match self.strata() {
            None => concordance(time, event, lp, model.level),
            Some(strata) => stratified_concordance(time, event, lp, strata, model.level),
        };
        found.ok()
    }
}

pub(super) fn fitted(
    options: &Options,
    sample: &Sample,
    mut warnings: Vec<Warning>,
) -> miette::Result<Findings> {
    if sample.columns.is_empty() {
        return Err(miette!(
            help = "choose others with --vars",
            "{}: no predictor varies",
            sample.source
        ));
    }
    let model = sample.fit(options)?;
    if model.separation {
        warnings.push(Warning::new(
            "separation",
            "a combination of the predictors orders the events without error, so some hazard ratios \
             are infinite: estimates and Wald figures mean nothing, the likelihood-ratio and score \
             tests still hold; leave a predictor out, or use `radiome lasso --family cox`"
                .to_owned(),
        ));
    }
    let few = model.events < 10 * model.coefficients.len();
    if few {
        warnings.push(Warning::new(
            "few_events",
            format!(
                "{} events for {} terms: fewer than ten events a term make estimates unstable",
                model.events,
                model.coefficients.len()
            ),
        ));
    }
    let hazards = if model.separation {
        None
    } else {
        let FollowUp { time, event } = sample.follow_up;
        let found = proportional_hazards_test(
            &model,
            &sample.x,
            time,
            event,
            sample.strata(),
            Some(&sample.term_of_column),
            options.zph.transform(),
        );
        match found {
            Ok(found) => Some(found),
            Err(error) => {
                let told = format!("proportional hazards could not be tested: {error}");
                warnings.push(Warning::new("test_not_defined", told));
                None
            }
        }
    };
    let harrell = sample.concordance(&model);
    Ok(Findings {
        json: to_json(options, sample, &model, hazards.as_ref(), harrell.as_ref()),
        warnings,
        results: terms(sample, &model),
        shown: screen(sample, &model, hazards.as_ref(), harrell.as_ref()),
    })
}

fn to_json(
    options: &Options,
    sample: &Sample,
    model: &CoxModel,
    hazards: Option<&ProportionalHazardsTest>,
    harrell: Option<&Concordance>,
) -> Map<String, Value> {
    let numbers =
        |values: &[f64]| -> Vec<Value> { values.iter().map(|&v| number_json(v)).collect() };
    let of_test = |test: &CoxTest| {
        json!({
            "chi_square": number_json(test.chi_square),
            "df": test.df,
            "p_value": number_json(test.p),
        })
    };
    let terms: Vec<Value> = sample
        .columns
        .iter()
        .zip(&model.coefficients)
        .map(|(name, found)| {
            json!({
                "name": name,
                "coef": number_json(found.estimate),
                "se": number_json(found.standard_error),
                "z": number_json(found.z),
                "p_value": number_json(found.p),
                "hazard_ratio": number_json(found.hazard_ratio),
                "ci": [
                    number_json(found.hazard_ratio_lower),
                    number_json(found.hazard_ratio_upper),
                ],
            })
        })
        .collect();
    let named = |name: &str, test: &CoxTest| {
        let mut object = Map::new();
        object.insert("name".to_owned(), name.into());
        object.extend(of_test(test).as_object().cloned().unwrap_or_default());
        Value::Object(object)
    };
    let proportional: Option<Vec<Value>> = hazards.map(|found| {
        let each = sample.terms.iter().zip(&found.terms);
        let each = each.map(|(name, test)| named(name, test));
        each.chain([named("GLOBAL", &found.global)]).collect()
    });
    let strata = sample.strata.as_ref();
    let baseline: Vec<Value> = model
        .baseline
        .iter()
        .map(|curve| {
            let name = strata.and_then(|strata| strata.names.get(curve.stratum));
            json!({
                "stratum": name,
                "time": numbers(&curve.time),
                "hazard": numbers(&curve.cumulative_hazard),
            })
        })
        .collect();
    let covariance: Vec<Vec<Value>> = model.covariance.iter().map(|row| numbers(row)).collect();
    let object = json!({
        "n": model.n,
        "events": model.events,
        "ties": options.ties.name(),
        "strata": strata.map(|strata| strata.column),
        "loglik": numbers(&[model.null_log_likelihood, model.log_likelihood]),
        "aic": number_json(model.aic()),
        "bic": number_json(model.bic()),
        "terms": terms,
        "covariance": covariance,
        "tests": {
            "likelihood_ratio": of_test(&model.likelihood_ratio),
            "wald": of_test(&model.wald),
            "score": of_test(&model.score),
        },
        "proportional_hazards": proportional,
        "zph": options.zph.name(),
        "concordance": harrell.map(|found| json!({
            "c": number_json(found.c),
            "se": number_json(found.standard_error),
            "ci": numbers(&[found.lower, found.upper]),
            "concordant": found.concordant,
            "discordant": found.discordant,
            "tied_score": found.tied_score,
            "tied_time": found.tied_time,
            "tied_both": found.tied_both,
        })),
        "baseline_hazard": baseline,
        "separation": model.separation,
    });
    object.as_object().cloned().unwrap_or_default()
}

fn terms(sample: &Sample, model: &CoxModel) -> Rows {
    let mut rows = Rows::new(&[
        "term",
        "coef",
        "se",
        "z",
        "p_value",
        "hazard_ratio",
        "lower",
        "upper",
    ]);
    for (name, found) in sample.columns.iter().zip(&model.coefficients) {
        rows.push(vec![
            name.as_str().into(),
            found.estimate.into(),
            found.standard_error.into(),
            found.z.into(),
            found.p.into(),
            found.hazard_ratio.into(),
            found.hazard_ratio_lower.into(),
            found.hazard_ratio_upper.into(),
        ]);
    }
    rows
}

fn screen(
    sample: &Sample,
    model: &CoxModel,
    hazards: Option<&ProportionalHazardsTest>,
    harrell: Option<&Concordance>,
) -> Rows {
    let mut shown = Rows::new(&["term", "hazard ratio", "lower", "upper", "z", "p"]);
    for (name, found) in sample.columns.iter().zip(&model.coefficients) {
        shown.push(vec![
            name.as_str().into(),
            found.hazard_ratio.into(),
            found.hazard_ratio_lower.into(),
            found.hazard_ratio_upper.into(),
            found.z.into(),
            found.p.into(),
        ]);
    }
    shown.note(&format!("{} rows, {} events", model.n, model.events));
    let mut tests = Rows::new(&["test", "chi_square", "df", "p"]);
    let mut push = |name: &str, test: &CoxTest| {
        tests.push(vec![
            name.into(),
            test.chi_square.into(),
            test.df.into(),
            test.p.into(),
        ]);
    };
    push("likelihood ratio", &model.likelihood_ratio);
    push("wald", &model.wald);
    push("score", &model.score);
    if let Some(found) = hazards {
        for (name, test) in sample.terms.iter().zip(&found.terms) {
            push(&format!("proportional hazards: {name}"), test);
        }
        push("proportional hazards: all", &found.global);
    }
    shown.put_below("tests", &tests);
    if let Some(found) = harrell {
        shown.note(&format!(
            "concordance {} ({} to {})",
            short(found.c),
            short(found.lower),
            short(found.upper)
        ));
    }
    shown
}
