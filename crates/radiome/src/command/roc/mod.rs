//! `radiome roc`: how well scores separate two classes.

mod curve;
mod pairs;
mod second;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::Table;
use radiome_stats::discrimination::{PartialAxis, ThresholdRule};
use serde_json::{Map, Value, json};

use super::tabular::{
    Findings, Outcome, Output, Warning, columns_in_order, complete_rows, finite_numbers, share,
};
use super::{Common, Status};
use curve::{Curve, Design};

/// How well scores separate two classes: ROC curves, their areas, and decisions at a cut-off
///
/// The positive class is the greater of the two values of the outcome (of 0 and 1 it is 1; of two
/// words, the later one in the alphabet). Areas, DeLong's errors and tests, partial areas and cut-offs
/// are those of R's pROC, net reclassification and integrated discrimination those of Hmisc.
///
/// A sample is called positive if its score reaches the cut-off. Several scores are compared two by
/// two on the same rows: areas by DeLong's test, decisions by McNemar's test, and of probabilities
/// what the later one of --scores changes against the earlier one. The continuous net reclassification
/// also credits noise: read it beside the areas.
///
/// --direction auto takes for each score the side on which the medians of the classes lie, as pROC
/// does when nothing is said; near 0.5 that shows an area which is too good.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// The column with the two classes
    #[arg(long, value_name = "COL")]
    outcome: String,
    /// The class that is positive [default: the greater]
    #[arg(long, value_name = "VALUE")]
    positive: Option<String>,
    /// The scores: names or patterns; an earlier score is compared with a later one
    #[arg(
        long,
        alias = "features",
        required = true,
        value_name = "A,B,...",
        value_delimiter = ','
    )]
    scores: Vec<String>,
    /// Which end of a score goes with the positive class
    #[arg(long, value_enum, default_value = "higher")]
    direction: Side,
    /// Interval of the area
    #[arg(long, value_enum, default_value = "delong")]
    ci: Interval,
    /// The cut-off: `youden`, `closest_topleft`, or a value of the score
    #[arg(long, value_name = "RULE|VALUE", default_value = "youden", value_parser = cut_off,
        allow_hyphen_values = true)]
    threshold: CutOff,
    /// Interval of sensitivity, specificity and the like
    #[arg(long, value_enum, default_value = "clopper_pearson")]
    interval: ShareInterval,
    /// Also the part of the area in this range, as in 0.8:1
    #[arg(long, value_name = "LO:HI", value_parser = range)]
    partial: Option<(f64, f64)>,
    /// What the range of --partial is a range of
    #[arg(long, value_enum, default_value = "specificity", requires = "partial")]
    partial_axis: Axis,
    /// Cut-offs between categories of risk, for the net reclassification
    #[arg(long, value_name = "P,...", value_delimiter = ',')]
    cuts: Vec<f64>,
    /// Another table with the same columns: its areas are compared with those of the first (unpaired),
    /// and the cut-offs of the first are carried over to it
    #[arg(long, value_name = "TABLE", conflicts_with = "by")]
    second: Option<PathBuf>,
    /// Resamples of --ci bootstrap
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    resamples: u32,
    /// The seed of --ci bootstrap
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Confidence level of the intervals
    #[arg(long, value_name = "LEVEL", default_value = "0.95", value_parser = share)]
    conf_level: f64,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    /// The side on which the median of the positive class lies
    Auto,
    /// High scores
    Higher,
    /// Low scores
    Lower,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Interval {
    /// The area and DeLong's standard error
    Delong,
    /// The same on the scale of log odds, within 0 and 1
    Logit,
    /// Percentiles of stratified resamples
    Bootstrap,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ShareInterval {
    /// Clopper and Pearson's exact interval
    #[value(name = "clopper_pearson", alias = "clopper-pearson")]
    ClopperPearson,
    /// Wilson's score interval
    Wilson,
    /// Wald's interval
    Wald,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Axis {
    /// Specificity
    Specificity,
    /// Sensitivity
    Sensitivity,
}

/// What the cut-off is.
#[derive(Clone, Copy)]
enum CutOff {
    Best(ThresholdRule),
    Value(f64),
}

fn cut_off(text: &str) -> Result<CutOff, String> {
    match text {
        "youden" => Ok(CutOff::Best(ThresholdRule::Youden)),
        "closest_topleft" | "closest-topleft" | "closest.topleft" => {
            Ok(CutOff::Best(ThresholdRule::ClosestTopLeft))
        }
        other => {
            let value = other.parse::<f64>().ok().filter(|value| value.is_finite());
            value
                .map(CutOff::Value)
                .ok_or_else(|| "it is youden, closest_topleft, or a number such as 0.5".to_owned())
        }
    }
}

fn range(text: &str) -> Result<(f64, f64), String> {
    let ends = text.split_once(':');
    let ends = ends.and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
    let ends = ends.filter(|&(low, high): &(f64, f64)| 0.0 <= low && low < high && high <= 1.0);
    ends.ok_or_else(|| "write it as in 0.8:1, the lower end first, both within 0 and 1".to_owned())
}

const EXAMPLES: &str = "\
Examples:
  radiome roc predictions.csv --outcome grade --scores nomogram,clinical
  radiome roc train.csv --outcome grade --scores nomogram --second external.csv
  radiome roc predictions.csv --outcome grade --scores clinical,nomogram --cuts 0.3,0.6 --json
  radiome roc predictions.csv --outcome grade --scores 'rs_*' --ci bootstrap --seed 7
  radiome roc predictions.csv --outcome grade --scores ki67 --partial 0.9:1 --threshold 20
  radiome roc features.csv --outcome grade --scores 'T1_*' --direction auto --out univariate.csv

Exit status: 0 all done; 2 the request is wrong.";

impl Options {
    fn design(&self) -> Design {
        Design {
            direction: self.direction,
            interval: self.ci,
            shares: self.interval,
            cut_off: self.threshold,
            partial: self.partial.map(|(low, high)| {
                let axis = match self.partial_axis {
                    Axis::Specificity => PartialAxis::Specificity,
                    Axis::Sensitivity => PartialAxis::Sensitivity,
                };
                (axis, low, high)
            }),
            resamples: self.resamples as usize,
            seed: self.seed,
            level: self.conf_level,
        }
    }
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let rising = options.cuts.windows(2).all(|pair| pair[0] < pair[1]);
    if !rising || options.cuts.iter().any(|cut| !(*cut > 0.0 && *cut < 1.0)) {
        return Err(miette!(
            help = "write them as in --cuts 0.3,0.6",
            "--cuts must rise between 0 and 1"
        ));
    }
    let table = Table::read(&options.table)?;
    let second = options.second.as_deref().map(Table::read).transpose()?;
    options.output.run(&table, common, |table| {
        found(options, table, second.as_ref())
    })
}

/// The classes and scores of the complete rows of a table.
struct Scored {
    outcome: Outcome,
    names: Vec<String>,
    scores: Vec<Vec<f64>>,
}

impl Scored {
    fn of(
        table: &Table,
        outcome: &str,
        positive: Option<&str>,
        patterns: &[String],
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Self> {
        let outcome = table.id_column(Some(outcome))?;
        let names = columns_in_order(table, patterns, &[outcome])?;
        if names.is_empty() {
            return Err(miette!(
                help = "name other columns with --scores",
                "{}: no score is left besides the outcome \"{outcome}\"",
                table.source()
            ));
        }
        let mut used: Vec<&str> = names.iter().map(String::as_str).collect();
        used.push(outcome);
        let complete = complete_rows(table, &used, warnings)?;
        let scores = names.iter().map(|name| finite_numbers(&complete, name));
        let scores = scores.collect::<miette::Result<_>>()?;
        Ok(Self {
            outcome: Outcome::of(&complete, outcome, positive)?,
            names,
            scores,
        })
    }
}

fn found(options: &Options, table: &Table, second: Option<&Table>) -> miette::Result<Findings> {
    let design = options.design();
    let mut warnings = Vec::new();
    let positive = options.positive.as_deref();
    let scored = Scored::of(
        table,
        &options.outcome,
        positive,
        &options.scores,
        &mut warnings,
    )?;
    let class = &scored.outcome.is_positive;
    let mut curves = Vec::new();
    for (name, score) in scored.names.iter().zip(&scored.scores) {
        curves.push(Curve::of(name, class, score, &design, &mut warnings)?);
    }
    let of_first = second.map(|_| table.source());
    let (mut results, mut shown) = curve::tables(&curves, &design, of_first);
    let mut json = Map::new();
    json.insert("outcome".to_owned(), scored.outcome.column.clone().into());
    json.insert(
        "positive".to_owned(),
        scored.outcome.positive.clone().into(),
    );
    json.insert(
        "negative".to_owned(),
        scored.outcome.negative.clone().into(),
    );
    let of_curves: Vec<Value> = curves.iter().map(|curve| curve.to_json(&design)).collect();
    json.insert("curves".to_owned(), of_curves.into());
    let pairs = pairs::compare(class, &curves, &options.cuts, &design, &mut warnings)?;
    json.insert("delong".to_owned(), pairs.delong.into());
    json.insert("mcnemar".to_owned(), pairs.mcnemar.into());
    json.insert("reclassification".to_owned(), pairs.reclassification.into());
    for (title, rows) in pairs.shown {
        shown.put_below(title, &rows);
    }
    if let Some(second) = second {
        let other = second::compare(second, &scored, &curves, &design, &mut warnings)?;
        for row in other.results {
            results.push(row);
        }
        for (title, rows) in other.shown {
            shown.put_below(&title, &rows);
        }
        json.insert("second".to_owned(), json!(other.json));
    }
    Ok(Findings {
        json,
        warnings,
        results,
        shown,
    })
}
