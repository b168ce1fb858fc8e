//! `radiome cox`: proportional-hazards regression.

mod fitted;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::Table;
use radiome_stats::survival::{CoxTies, TimeTransform};

use super::tabular::{
    Findings, FollowUp, FollowUpColumns, Levels, Output, Predictors, complete_rows,
    confidence_level,
};
use super::{Common, Status};
use fitted::Sample;

/// Cox's proportional-hazards regression
///
/// Gives what R's coxph gives: hazard ratios with Wald's intervals, the likelihood-ratio, Wald and
/// score tests of the whole model, the test of proportional hazards (cox.zph, the score test of
/// version 3), Harrell's concordance and the baseline hazard at predictors 0. Rows with a missing
/// cell are left out. A column of words is a factor; --factor makes one of a column of numbers.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    #[command(flatten)]
    columns: FollowUpColumns,
    #[command(flatten)]
    predictors: Predictors,
    /// A baseline hazard of its own for each value of this column
    #[arg(long, value_name = "COL")]
    strata: Option<String>,
    /// How events at one time are treated
    #[arg(long, value_enum, default_value = "efron")]
    ties: Ties,
    /// The function of time along which a hazard ratio may change
    #[arg(long, value_enum, default_value = "km")]
    zph: Along,
    /// Confidence level of the intervals
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95, value_parser = confidence_level)]
    conf_level: f64,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Ties {
    /// Efron's approximation, close to the exact likelihood
    Efron,
    /// Breslow's, simpler and coarser
    Breslow,
}

#[derive(Clone, Copy, ValueEnum)]
enum Along {
    /// 1 less the Kaplan-Meier curve: robust to late times
    Km,
    /// The time itself
    Identity,
    /// The rank of the time
    Rank,
    /// The logarithm of the time
    Log,
}

const EXAMPLES: &str = "\
Examples:
  radiome cox patients.csv --time months --event progressed --vars age,stage,margin
  radiome cox patients.csv --time months --event progressed --vars age,stage --factor stage \\
      --reference stage=2 --strata centre
  radiome cox patients.csv --time months --event progressed --vars rad_score --ties breslow --json

Exit status: 0 all done, separated data with a warning; 2 the request is wrong.";

impl Ties {
    fn treatment(self) -> CoxTies {
        match self {
            Self::Efron => CoxTies::Efron,
            Self::Breslow => CoxTies::Breslow,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Efron => "efron",
            Self::Breslow => "breslow",
        }
    }
}

impl Along {
    fn transform(self) -> TimeTransform {
        match self {
            Self::Km => TimeTransform::KaplanMeier,
            Self::Identity => TimeTransform::Identity,
            Self::Rank => TimeTransform::Rank,
            Self::Log => TimeTransform::Log,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Km => "km",
            Self::Identity => "identity",
            Self::Rank => "rank",
            Self::Log => "log",
        }
    }
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let table = Table::read(&options.table)?;
    options
        .output
        .run(&table, common, |table| found(options, table))
}

fn found(options: &Options, table: &Table) -> miette::Result<Findings> {
    let mut warnings = Vec::new();
    let [time, event] = options.columns.names(table)?;
    let strata = options.strata.as_deref();
    let strata = strata.map(|name| table.id_column(Some(name))).transpose()?;
    let by = options.output.by(table)?;
    let mut taken = vec![time.as_str(), event.as_str()];
    taken.extend(strata);
    let mut not_predictors = taken.clone();
    not_predictors.extend(by);
    let variables = options.predictors.variables(table, &not_predictors)?;
    if variables.is_empty() {
        return Err(miette!(
            help = "name them with --vars",
            "{}: no column is left to be a predictor",
            table.source()
        ));
    }
    let used: Vec<&str> = taken
        .iter()
        .copied()
        .chain(variables.iter().map(String::as_str))
        .collect();
    let complete = complete_rows(table, &used, &mut warnings)?;
    let follow_up = FollowUp::of(&complete, &time, &event)?;
    let design = options
        .predictors
        .design(&complete, &variables, &mut warnings)?;
    let strata = match strata {
        None => None,
        Some(column) => Some((column.to_owned(), Levels::of(&complete, column)?)),
    };
    let sample = Sample::new(&complete, &follow_up, &design, strata.as_ref());
    fitted::fitted(options, &sample, warnings)
}
