//! `radiome calibration`: do predicted probabilities come true?

mod model;
mod resamples;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::Table;
use radiome_stats::calibration::{LoessSurface, Smoother};
use serde_json::{Map, Value};

use super::tabular::{
    Findings, Outcome, Output, Predictors, Rows, columns_in_order, complete_rows, probabilities,
    share,
};
use super::{Common, Status};
use model::Calibrated;
use resamples::Resamples;

/// Do predicted probabilities come true? Calibration, Brier score and optimism
///
/// The positive class is the greater of the two values of the outcome. The figures are those of R's
/// rms::val.prob: intercept and slope of a logistic model of the outcome on the logit of the
/// probability (0 and 1 if calibrated; a slope below 1 tells of predictions that are too extreme),
/// calibration in the large (the intercept with the slope held at 1), Nagelkerke's R2, the Brier score,
/// and distances between the probabilities and the smoothed curve. The Hosmer-Lemeshow test has the
/// groups of ResourceSelection::hoslem.test; with some hundred rows its power is low, so a large P
/// value is no proof of calibration.
///
/// --resamples reads bootstrap samples: one row a resample, in its cells the rows of the table (the
/// first is 1). With --vars the logistic model of these predictors is fitted anew on each, and its
/// measures are corrected for optimism; without, they give percentile intervals of the measures of
/// --probs.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// The column with the two classes
    #[arg(long, value_name = "COL")]
    outcome: String,
    /// The class whose probability is predicted [default: the greater]
    #[arg(long, value_name = "VALUE")]
    positive: Option<String>,
    /// The columns with probabilities: names or patterns
    #[arg(
        long,
        value_name = "A,B,...",
        value_delimiter = ',',
        required_unless_present = "vars"
    )]
    probs: Vec<String>,
    /// Groups of the Hosmer-Lemeshow test
    #[arg(long, value_name = "N", default_value_t = 10)]
    groups: usize,
    /// Its degrees of freedom: g-2 for the rows that a model was fitted to, g for others
    #[arg(long, value_enum, default_value = "g-2")]
    df: DegreesOfFreedom,
    /// How its groups are cut
    #[arg(long, value_enum, default_value = "quantile")]
    grouping: Grouping,
    /// How the curve is smoothed, and the distances from it
    #[arg(long, value_enum, default_value = "lowess")]
    smoother: Smooth,
    /// Bootstrap samples: one row a resample, in its cells the rows of the table
    #[arg(long, value_name = "FILE", conflicts_with = "by")]
    resamples: Option<PathBuf>,
    /// Confidence level of the intervals
    #[arg(long, value_name = "LEVEL", default_value = "0.95", value_parser = share)]
    conf_level: f64,
    #[command(flatten, next_help_heading = "The model that --resamples fits anew")]
    predictors: Predictors,
    #[command(flatten, next_help_heading = "Output")]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DegreesOfFreedom {
    /// The number of groups
    #[value(name = "g")]
    Groups,
    /// Two fewer
    #[value(name = "g-2")]
    TwoFewer,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Grouping {
    /// At the quantiles of the probabilities; ties stay together
    Quantile,
    /// Equal numbers of rows, in the order of the table where probabilities are tied
    EqualCount,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Smooth {
    /// Local lines: lowess(f = 2/3, iter = 0), as rms::val.prob has it
    Lowess,
    /// Local parabolas: R's loess(span = 0.75)
    Loess,
    /// The same without interpolation: loess(surface = "direct")
    LoessDirect,
}

const EXAMPLES: &str = "\
Examples:
  radiome calibration external.csv --outcome grade --probs nomogram,clinical --df g
  radiome calibration train.csv --outcome grade --probs nomogram --smoother loess --json
  radiome calibration train.csv --outcome grade --vars rad_score,margin --resamples rows.csv

Exit status: 0 all done; 2 the request is wrong.";

/// What is asked for.
struct Design {
    groups: usize,
    df: DegreesOfFreedom,
    grouping: Grouping,
    smoother: Smoother,
    level: f64,
}

impl Design {
    fn smoother_name(&self) -> &'static str {
        match self.smoother {
            Smoother::Lowess => "lowess",
            Smoother::Loess(LoessSurface::Interpolate) => "loess",
            Smoother::Loess(LoessSurface::Direct) => "loess-direct",
        }
    }
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    if options.groups < 3 {
        return Err(miette!(
            help = "10 groups are usual",
            "--groups {}: the test needs at least 3 groups",
            options.groups
        ));
    }
    if !options.predictors.vars.is_empty() && options.resamples.is_none() {
        return Err(miette!(
            help = "give bootstrap samples with --resamples, or take --vars away",
            "--vars names the model that --resamples fits anew, but there is no --resamples"
        ));
    }
    let table = Table::read(&options.table)?;
    let resamples = options.resamples.as_deref().map(Resamples::read);
    let resamples = resamples.transpose()?;
    options.output.run(&table, common, |table| {
        found(options, table, resamples.as_ref())
    })
}

fn found(
    options: &Options,
    table: &Table,
    resamples: Option<&Resamples>,
) -> miette::Result<Findings> {
    let design = Design {
        groups: options.groups,
        df: options.df,
        grouping: options.grouping,
        smoother: match options.smoother {
            Smooth::Lowess => Smoother::Lowess,
            Smooth::Loess => Smoother::Loess(LoessSurface::Interpolate),
            Smooth::LoessDirect => Smoother::Loess(LoessSurface::Direct),
        },
        level: options.conf_level,
    };
    let mut warnings = Vec::new();
    let outcome = table.id_column(Some(&options.outcome))?;
    let names = columns_in_order(table, &options.probs, &[outcome])?;
    let variables = if options.predictors.vars.is_empty() {
        Vec::new()
    } else {
        options.predictors.variables(table, &[outcome])?
    };
    let mut used: Vec<&str> = names.iter().chain(&variables).map(String::as_str).collect();
    used.push(outcome);
    let complete = complete_rows(table, &used, &mut warnings)?;
    if let Some(resamples) = resamples {
        resamples.check(table, &complete)?;
    }
    let positive = options.positive.as_deref();
    let outcome = Outcome::of(&complete, outcome, positive)?;
    let class = &outcome.is_positive;
    let (mut results, mut shown) = model::tables();
    let mut models = Vec::new();
    let mut intervals = Rows::new(&["model", "measure", "lower", "upper"]);
    for name in &names {
        let probability = probabilities(&complete, name)?;
        let found = Calibrated::of(name, class, &probability, &design, &mut warnings)?;
        let mut object = found.to_json(&design);
        if variables.is_empty()
            && let Some(resamples) = resamples
        {
            let found = resamples.intervals(name, class, &probability, &design, &mut warnings)?;
            object.insert("resampled".to_owned(), found.json);
            for row in found.rows {
                intervals.push(row);
            }
        }
        results.push(found.result());
        shown.push(found.shown());
        models.push(Value::Object(object));
    }
    let mut json = Map::new();
    json.insert("outcome".to_owned(), outcome.column.clone().into());
    json.insert("positive".to_owned(), outcome.positive.clone().into());
    json.insert("n".to_owned(), complete.len().into());
    json.insert("n_positive".to_owned(), outcome.n_positive().into());
    json.insert("models".to_owned(), models.into());
    shown.put_below("Percentile intervals of the resamples", &intervals);
    if let Some(resamples) = resamples
        && !variables.is_empty()
    {
        let predictors = &options.predictors;
        let design = predictors.design(&complete, &variables, &mut warnings)?;
        let found = resamples.optimism(&design, class, &mut warnings)?;
        json.insert("optimism".to_owned(), found.json);
        let mut table = Rows::new(&["measure", "apparent", "optimism", "corrected"]);
        for row in found.rows {
            table.push(row);
        }
        if names.is_empty() {
            return Ok(Findings {
                json,
                warnings,
                results: table.clone(),
                shown: table,
            });
        }
        shown.put_below("The model fitted anew on the resamples", &table);
    }
    Ok(Findings {
        json,
        warnings,
        results,
        shown,
    })
}
