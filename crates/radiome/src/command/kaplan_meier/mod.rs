//! `radiome kaplan-meier`: survival curves and the log-rank test.

mod between;
mod curve;
mod figure;
mod groups;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::table::{Table, number_json};
use radiome_stats::survival::{SurvivalInterval, reverse_kaplan_meier};
use serde_json::{Map, Value, json};

use super::p_adjust::Method;
use super::tabular::{
    Cell, Findings, FollowUp, FollowUpColumns, Output, Rows, Warning, at_times, complete_rows,
    confidence_level, short,
};
use super::{Common, Status};
use between::{Strata, compare, mean_differences};
use curve::Curve;
use groups::Groups;

/// Survival curves by Kaplan and Meier, and the log-rank test between groups
///
/// Gives what R's survfit and survdiff give. Times are 0 or more; the event is 1 where it was seen
/// and 0 where the observation ended without it. At a shared time events come before censorings.
/// The median is the first time at which survival is one half or less (where the curve is flat at one
/// half, the middle of that part). Standard errors are Greenwood's.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    #[command(flatten)]
    columns: FollowUpColumns,
    /// The column that names the groups: a curve for each, and the log-rank test between them
    #[arg(long, value_name = "COL")]
    group: Option<String>,
    /// Compare the groups within the strata of this column
    #[arg(long, value_name = "COL", requires = "group")]
    strata: Option<String>,
    /// Weight of early events in the test, the exponent of the survival: 0 the log-rank test, 1 Peto
    /// and Peto's
    #[arg(
        long,
        value_name = "RHO",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    rho: f64,
    /// Compare each pair of groups as well
    #[arg(long, requires = "group")]
    pairwise: bool,
    /// How the P values of the pairs are adjusted
    #[arg(long, value_enum, ignore_case = true, default_value = "holm")]
    adjust: Method,
    /// The scale on which the confidence intervals are symmetric
    #[arg(long, value_enum, default_value = "log")]
    conf: Scale,
    /// Survival at these times
    #[arg(long, value_name = "T,...", value_delimiter = ',', value_parser = at_times, allow_negative_numbers = true)]
    at: Vec<f64>,
    /// Mean survival time up to this time (the area under the curve), and its differences
    #[arg(long, value_name = "T", value_parser = at_times, allow_negative_numbers = true)]
    rmst: Option<f64>,
    /// Median follow-up: the curve with events and censorings in each other's place
    #[arg(long)]
    follow_up: bool,
    /// Confidence level of the intervals
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95, value_parser = confidence_level)]
    conf_level: f64,
    /// Draw the curves with the numbers at risk
    #[arg(long, value_name = "FILE", conflicts_with = "by")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// Scales of the confidence interval, as R names them.
#[derive(Clone, Copy, ValueEnum)]
enum Scale {
    /// The logarithm of the survival
    Log,
    /// The survival itself
    Plain,
    /// The logarithm of the cumulative hazard
    #[value(alias = "loglog")]
    LogLog,
    /// The log odds of the survival
    Logit,
    /// The angle whose squared sine is the survival
    Arcsin,
}

impl Scale {
    fn interval(self) -> SurvivalInterval {
        match self {
            Self::Log => SurvivalInterval::Log,
            Self::Plain => SurvivalInterval::Plain,
            Self::LogLog => SurvivalInterval::LogLog,
            Self::Logit => SurvivalInterval::Logit,
            Self::Arcsin => SurvivalInterval::Arcsin,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  radiome kaplan-meier patients.csv --time months --event progressed
  radiome kaplan-meier patients.csv --time months --event progressed --group grade --at 12,24,60
  radiome kaplan-meier patients.csv --time months --event progressed --group risk --svg pfs.svg
  radiome kaplan-meier patients.csv --time months --event progressed --group stage --pairwise \\
      --adjust bh --strata centre --json
  radiome kaplan-meier patients.csv --time months --event progressed --rmst 60 --follow-up

Exit status: 0 all done; 2 the request is wrong.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    if !(options.rho.is_finite() && options.rho >= 0.0) {
        return Err(miette!(
            help = "0 gives the log-rank test, 1 Peto and Peto's",
            "--rho {} is not a number from 0",
            options.rho
        ));
    }
    let table = Table::read(&options.table)?;
    let status = options
        .output
        .run(&table, common, |table| found(options, table))?;
    if let Some(path) = &options.svg {
        common.note(&format!("written: {}", path.display()));
    }
    Ok(status)
}

fn found(options: &Options, table: &Table) -> miette::Result<Findings> {
    let mut warnings = Vec::new();
    let named = |name: &Option<String>| -> miette::Result<Option<String>> {
        let name = name.as_deref().map(|name| table.id_column(Some(name)));
        Ok(name.transpose()?.map(str::to_owned))
    };
    let [time, event] = options.columns.names(table)?;
    let (group, strata) = (named(&options.group)?, named(&options.strata)?);
    let mut used = vec![time.clone(), event.clone()];
    used.extend(group.iter().chain(&strata).cloned());
    let table = complete_rows(table, &used, &mut warnings)?;
    let follow_up = FollowUp::of(&table, &time, &event)?;
    let groups = Groups::of(&table, group.as_deref())?;
    let curves = groups.curves(&follow_up, options.conf.interval(), options.conf_level)?;

    let mut json = Map::new();
    json.insert("time".to_owned(), time.clone().into());
    json.insert("event".to_owned(), event.into());
    json.insert("group".to_owned(), group.clone().into());
    json.insert("n".to_owned(), follow_up.time.len().into());
    json.insert("events".to_owned(), follow_up.n_events().into());
    let of_groups = curves
        .iter()
        .map(|curve| of_curve(curve, options, &mut warnings));
    let of_groups: Vec<Value> = of_groups.collect();
    json.insert("groups".to_owned(), of_groups.into());
    let mut shown = screen(&curves, options);
    if group.is_some() {
        let strata = strata
            .map(|column| Strata::of(&table, column))
            .transpose()?;
        compare(
            options,
            &follow_up,
            &groups,
            strata.as_ref(),
            (&mut json, &mut shown, &mut warnings),
        )?;
        if let Some(horizon) = options.rmst {
            let differences = mean_differences(&curves, horizon, options.conf_level);
            json.insert("rmst_differences".to_owned(), differences.into());
        }
    }
    if options.follow_up {
        let reversed = reverse_kaplan_meier(
            &follow_up.time,
            &follow_up.event,
            options.conf.interval(),
            options.conf_level,
        );
        let median = reversed.into_diagnostic()?.median();
        let reached = median.time.map_or_else(|| "not reached".to_owned(), short);
        shown.note(&format!("median follow-up: {reached}"));
        let median = json!({"median": median.time, "ci": [median.lower, median.upper]});
        json.insert("follow_up".to_owned(), median);
    }
    if let Some(path) = &options.svg {
        // the figure calls the test by its name
        let test = json.get("log_rank").filter(|_| options.rho == 0.0);
        let drawn = figure::draw(
            &curves,
            [Some(&time), group.as_ref()],
            options.conf_level,
            test,
        );
        std::fs::write(path, drawn)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write the figure {}", path.display()))?;
    }
    Ok(Findings {
        json,
        warnings,
        results: steps(&curves),
        shown,
    })
}

fn of_curve(curve: &Curve, options: &Options, warnings: &mut Vec<Warning>) -> Value {
    let mut object = curve.to_json();
    if !options.at.is_empty() {
        let at: Vec<Value> = options.at.iter().map(|&time| curve.at(time)).collect();
        object.insert("at".to_owned(), at.into());
    }
    if let Some(horizon) = options.rmst {
        let mean = curve.restricted_mean(horizon, options.conf_level);
        if mean.is_none() {
            let told = format!(
                "{}: no mean survival time up to {}, for the curve ends before it",
                curve.name,
                short(horizon)
            );
            warnings.push(Warning::new("rmst_not_defined", told));
        }
        let mean = mean.map(|mean| {
            json!({
                "horizon": number_json(horizon),
                "mean": number_json(mean.mean),
                "std_error": number_json(mean.standard_error),
                "ci": [number_json(mean.lower), number_json(mean.upper)],
            })
        });
        object.insert("rmst".to_owned(), mean.into());
    }
    if options.follow_up {
        object.insert(
            "follow_up".to_owned(),
            curve.follow_up(options.conf.interval()),
        );
    }
    object.into()
}

/// The table on the screen: a line for each group.
fn screen(curves: &[Curve], options: &Options) -> Rows {
    let mut header: Vec<String> = ["group", "n", "events", "median", "lower", "upper"]
        .map(str::to_owned)
        .into();
    header.extend(options.at.iter().map(|time| format!("S({})", short(*time))));
    if let Some(horizon) = options.rmst {
        header.push(format!("mean to {}", short(horizon)));
    }
    let mut shown = Rows::new(&header);
    for group in curves {
        let median = group.curve.median();
        let mut row: Vec<Cell> = vec![
            group.name.as_str().into(),
            group.curve.n.into(),
            group.curve.total_events.into(),
            median.time.unwrap_or(f64::NAN).into(),
            median.lower.unwrap_or(f64::NAN).into(),
            median.upper.unwrap_or(f64::NAN).into(),
        ];
        let at = options.at.iter();
        row.extend(at.map(|&time| Cell::from(group.curve.survival_at(time))));
        if let Some(horizon) = options.rmst {
            let mean = group.restricted_mean(horizon, options.conf_level);
            row.push(mean.map_or(f64::NAN, |mean| mean.mean).into());
        }
        shown.push(row);
    }
    shown
}

/// The table that is written: a line for each step of each curve.
fn steps(curves: &[Curve]) -> Rows {
    let mut rows = Rows::new(&[
        "group",
        "time",
        "n_risk",
        "n_event",
        "n_censor",
        "survival",
        "std_error",
        "std_error_log",
        "lower",
        "upper",
    ]);
    for group in curves {
        for step in group.steps() {
            rows.push(vec![
                group.name.as_str().into(),
                step.time.into(),
                step.at_risk.into(),
                step.events.into(),
                step.censored.into(),
                step.survival.into(),
                step.standard_error.into(),
                step.standard_error_log.into(),
                step.lower.into(),
                step.upper.into(),
            ]);
        }
    }
    rows
}
