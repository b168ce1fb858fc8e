//! `radiome plan`: how many patients a prediction model needs.

use std::path::PathBuf;

use clap::Args;
use miette::miette;
use radiome::table::number_json;
use radiome_stats::sample_size::{
    BinaryDesign, CriterionName, SampleSize, SampleSizeError, Targets, TimeToEventDesign,
    binary_sample_size, cox_snell_r2_of_c_statistic, maximum_cox_snell_r2,
    maximum_cox_snell_r2_of_event_rate, time_to_event_sample_size,
};
use serde_json::{Map, Value, json};

use super::tabular::{Rows, Warning, short};
use super::{Common, Status};

/// How many patients a prediction model needs
///
/// The criteria of Riley and others (BMJ 2020;368:m441), as R's pmsampsize computes them: little
/// overfitting (the predictor effects shrink by no more than a tenth), an apparent R2 of Nagelkerke
/// that is too high by no more than 0.05, and an overall risk known to within 0.05. The largest
/// number decides.
///
/// How well the model will do is said by its R2 of Cox and Snell (adjusted for optimism), by that of
/// Nagelkerke, or by its C statistic, of a published model or a careful guess. R2 follows from C by
/// taking the linear predictor as normal, with one variance, in patients with and without the
/// outcome; the expected log-likelihood is integrated, where pmsampsize simulates a million
/// patients, so the two differ by about 0.001 in R2.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// Parameters of all candidate predictors: a category counts its levels less one. Of a radiomic
    /// signature count every feature it is chosen from, not the few that are left
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    predictors: u32,
    /// Share of patients with the outcome
    #[arg(long, value_name = "P", required_unless_present = "time_to_event")]
    prevalence: Option<f64>,
    /// Expected C statistic (area under the ROC curve)
    #[arg(long, value_name = "C", conflicts_with = "time_to_event")]
    c: Option<f64>,
    /// Expected R2 of Cox and Snell
    #[arg(long, value_name = "R", conflicts_with = "c")]
    r2: Option<f64>,
    /// Expected R2 of Nagelkerke
    #[arg(long, value_name = "R", conflicts_with_all = ["c", "r2"])]
    nagelkerke: Option<f64>,
    /// Shrinkage of the predictor effects that is accepted; 1 is none
    #[arg(long, value_name = "S", default_value_t = 0.9)]
    shrinkage: f64,
    /// Optimism of R2 of Nagelkerke that is accepted
    #[arg(long, value_name = "D", default_value_t = 0.05)]
    optimism: f64,
    /// Half the width of the interval of the overall risk that is accepted
    #[arg(long, value_name = "D", default_value_t = 0.05)]
    margin: f64,
    /// Ask for this mean absolute error of the predicted risks too (van Smeden and others 2019)
    #[arg(long, value_name = "E", conflicts_with = "time_to_event")]
    mean_absolute_error: Option<f64>,
    /// Plan for a time to event, with --rate, --timepoint and --mean-follow-up
    #[arg(
        long,
        requires_all = ["rate", "timepoint", "mean_follow_up"],
        conflicts_with = "prevalence"
    )]
    time_to_event: bool,
    /// Events for each unit of follow-up time
    #[arg(long, value_name = "RATE", requires = "time_to_event")]
    rate: Option<f64>,
    /// The time for which risks are predicted
    #[arg(long, value_name = "T", requires = "time_to_event")]
    timepoint: Option<f64>,
    /// Mean follow-up time
    #[arg(long, value_name = "T", requires = "time_to_event")]
    mean_follow_up: Option<f64>,
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// Write the table of criteria with all digits
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  radiome plan --predictors 24 --prevalence 0.174 --r2 0.288
  radiome plan --predictors 6 --prevalence 0.45 --c 0.8
  radiome plan --predictors 10 --prevalence 0.3 --nagelkerke 0.15 --shrinkage 0.95 --json
  radiome plan --predictors 30 --r2 0.051 --time-to-event --rate 0.065 --timepoint 2 \\
    --mean-follow-up 2.07

Exit status: 0 all done; 2 the request is wrong.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let targets = Targets {
        shrinkage: options.shrinkage,
        optimism: options.optimism,
        margin: options.margin,
        mean_absolute_error: options.mean_absolute_error,
    };
    let found = size(options, &targets).map_err(|error| explain(&error))?;
    let Some(found) = found else {
        return Err(miette!(
            help = "give --r2, --nagelkerke, or (with --prevalence) --c",
            "it is not said how well the model will do"
        ));
    };
    let header = [
        "criterion",
        "n",
        "events",
        "events per parameter",
        "shrinkage",
    ];
    let mut rows = Rows::new(&header);
    let each = found.events / found.required as f64;
    for criterion in &found.criteria {
        let events = each * criterion.n as f64;
        rows.push(vec![
            name(criterion.name).into(),
            criterion.n.into(),
            events.into(),
            (events / f64::from(options.predictors)).into(),
            criterion.shrinkage.into(),
        ]);
    }
    if let Some(path) = &options.out {
        rows.to_table()?.write(path)?;
    }
    if let Some(answer) = &common.answer {
        answer.leave(json(options, &targets, &found), rows.to_table()?);
    } else if options.json {
        let json = json(options, &targets, &found);
        super::print(&format!("{:#}\n", Value::Object(json)))?;
    } else {
        super::print(&format!(
            "{}\n{} patients with {} events are needed, {} events per parameter\n\
             R2 of Cox and Snell {} of at most {}, of Nagelkerke {}\n",
            rows.to_text(),
            found.required,
            found.events.ceil(),
            short(found.events_per_parameter),
            short(found.r2),
            short(found.maximum_r2),
            short(found.nagelkerke_r2()),
        ))?;
        for warning in warnings(options) {
            common.note(&format!("warning: {}", warning.text));
        }
    }
    if let Some(path) = &options.out {
        common.note(&format!("written: {}", path.display()));
    }
    Ok(Status::Done)
}

/// The sample size; none where nothing says how well the model will do.
fn size(options: &Options, targets: &Targets) -> Result<Option<SampleSize>, SampleSizeError> {
    let parameters = options.predictors as usize;
    let survival = (options.rate, options.timepoint, options.mean_follow_up);
    if let (Some(rate), Some(timepoint), Some(mean_follow_up)) = survival {
        let maximum = || maximum_cox_snell_r2_of_event_rate(rate * mean_follow_up);
        let Some(r2) = r2(options, maximum)? else {
            return Ok(None);
        };
        let design = TimeToEventDesign {
            parameters,
            rate,
            timepoint,
            mean_follow_up,
            r2,
        };
        return time_to_event_sample_size(&design, targets).map(Some);
    }
    let prevalence = options.prevalence.unwrap_or(f64::NAN);
    let r2 = match options.c {
        Some(c) => Some(cox_snell_r2_of_c_statistic(c, prevalence)?),
        None => r2(options, || maximum_cox_snell_r2(prevalence))?,
    };
    let Some(r2) = r2 else {
        return Ok(None);
    };
    let design = BinaryDesign {
        parameters,
        prevalence,
        r2,
    };
    binary_sample_size(&design, targets).map(Some)
}

fn r2(
    options: &Options,
    maximum: impl Fn() -> Result<f64, SampleSizeError>,
) -> Result<Option<f64>, SampleSizeError> {
    match (options.r2, options.nagelkerke) {
        (Some(r2), _) => Ok(Some(r2)),
        (None, Some(share)) => Ok(Some(share * maximum()?)),
        (None, None) => Ok(None),
    }
}

fn explain(error: &SampleSizeError) -> miette::Report {
    match error {
        SampleSizeError::AboveMaximum { .. } => miette!(
            help = "an R2 of Nagelkerke is given with --nagelkerke",
            "{error}"
        ),
        _ => miette!("{error}"),
    }
}

fn name(name: CriterionName) -> &'static str {
    match name {
        CriterionName::Shrinkage => "shrinkage",
        CriterionName::Optimism => "optimism",
        CriterionName::OverallRisk => "overall_risk",
        CriterionName::MeanAbsoluteError => "mean_absolute_error",
    }
}

/// What the user must know.
fn warnings(options: &Options) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if options.mean_absolute_error.is_some() && options.predictors > 30 {
        let told = "the formula of the mean absolute error was found for up to 30 parameters";
        warnings.push(Warning::new("beyond_formula", told.to_owned()));
    }
    warnings
}

fn json(options: &Options, targets: &Targets, found: &SampleSize) -> Map<String, Value> {
    let each = found.events / found.required as f64;
    let criteria: Vec<Value> = found
        .criteria
        .iter()
        .map(|criterion| {
            let events = each * criterion.n as f64;
            json!({
                "name": name(criterion.name),
                "n": criterion.n,
                "events": number_json(events),
                "epp": number_json(events / f64::from(options.predictors)),
                "shrinkage": number_json(criterion.shrinkage),
            })
        })
        .collect();
    let warnings: Vec<Value> = warnings(options).iter().map(Warning::to_json).collect();
    let optional = |value: Option<f64>| value.map_or(Value::Null, number_json);
    let json = json!({
        "required_n": found.required,
        "events": number_json(found.events),
        "epp": number_json(found.events_per_parameter),
        "criteria": criteria,
        "predictors": options.predictors,
        "prevalence": optional(options.prevalence),
        "rate": optional(options.rate),
        "timepoint": optional(options.timepoint),
        "mean_follow_up": optional(options.mean_follow_up),
        "c": optional(options.c),
        "r2": number_json(found.r2),
        "r2_maximum": number_json(found.maximum_r2),
        "r2_nagelkerke": number_json(found.nagelkerke_r2()),
        "shrinkage": number_json(targets.shrinkage),
        "optimism": number_json(targets.optimism),
        "margin": number_json(targets.margin),
        "warnings": warnings,
    });
    json.as_object().cloned().unwrap_or_default()
}
