//! `radiome nomogram`: a model as axes of points, a drawing and a calculator.

mod drawing;
mod model;
mod model_file;

use std::path::{Path, PathBuf};

use clap::Args;
use miette::miette;
use radiome::table::{Table, number_json};
use radiome_stats::nomogram::{Nomogram, nomogram, pretty};
use serde_json::{Map, Value, json};

use super::tabular::{Cell, Findings, Output, Predictors, Rows, Warning};
use super::{Common, Status};
use drawing::Drawing;
use model::{Family, Model, Source};

/// Draw a nomogram: points for each predictor, and what their sum means
///
/// Fits a logistic model (--outcome) or a Cox model (--time, --event, --at), or takes the nomogram of
/// a study (--model). The widest axis has 100 points; marks are those of R's rms::nomogram: a number
/// with at most ten different values has a mark at each, any other at round values over its range.
/// Probabilities stand at their exact place, where rms interpolates.
///
/// For a Cox model `linear_predictor` is 0 at the mean of all predictors, as in rms, Efron's method is
/// used for ties, and `probability` is the probability of no event by the first time of --at.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input); with --model it gives the ranges of axes
    #[arg(value_name = "TABLE", required_unless_present = "model")]
    table: Option<PathBuf>,
    /// Of a logistic model, the column with the outcome, of two classes
    #[arg(long, value_name = "COL", required_unless_present_any = ["model", "time"])]
    outcome: Option<String>,
    /// Which class is the positive one [default: the greater, or later, of the two]
    #[arg(long, value_name = "CLASS", requires = "outcome")]
    positive: Option<String>,
    /// Of a Cox model, the column with the time to the event or the end of observation
    #[arg(long, value_name = "COL", requires_all = ["event", "at"], conflicts_with = "outcome")]
    time: Option<String>,
    /// Of a Cox model, the column that is 1 where the event was seen and 0 where not
    #[arg(long, value_name = "COL", requires = "time")]
    event: Option<String>,
    /// Of a Cox model, the times for which the probability of no event is shown
    #[arg(long, value_name = "T,...", value_delimiter = ',', requires = "time")]
    at: Vec<f64>,
    /// Of a Cox model, show the median time to the event, too
    #[arg(long, requires = "time")]
    median: bool,
    /// Marks of the median time [default: round ones]
    #[arg(long, value_name = "T,...", value_delimiter = ',', requires = "time")]
    median_marks: Vec<f64>,
    /// The nomogram of this model.json, which `radiome study run` wrote
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["outcome", "time", "vars", "factor", "reference", "interaction",
            "spline", "firth", "by"]
    )]
    model: Option<PathBuf>,
    #[command(flatten)]
    predictors: Predictors,
    /// Let the effect of a number bend: a restricted cubic spline with so many knots (3 or more)
    #[arg(long, value_name = "A=KNOTS", value_delimiter = ',', value_parser = spline)]
    spline: Vec<(String, usize)>,
    /// Fit a logistic model by Firth's penalised likelihood
    #[arg(long, requires = "outcome")]
    firth: bool,
    /// Points of the widest axis
    #[arg(long, value_name = "N", default_value_t = 100.0)]
    points: f64,
    /// Marks of a predictor's axis: values, or levels of a factor; may be given again for another
    #[arg(long, value_name = "A=V1,V2,...", value_parser = axis)]
    axis: Vec<(String, Vec<String>)>,
    /// Marks of the axes of probability [default: 0.001, 0.01, 0.05, 0.1, 0.2, ... as far as the
    /// points reach]
    #[arg(long, value_name = "P,...", value_delimiter = ',')]
    marks: Vec<f64>,
    /// Write the drawing as SVG
    #[arg(long, value_name = "FILE", conflicts_with = "by")]
    svg: Option<PathBuf>,
    /// Write the drawing as PNG, 300 dots per inch
    #[arg(long, value_name = "FILE", conflicts_with = "by")]
    png: Option<PathBuf>,
    /// Write a calculator: one page that works offline
    #[arg(long, value_name = "FILE", conflicts_with = "by")]
    html: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  A drawing and a calculator of a logistic model
    radiome nomogram patients.csv --outcome grade --vars radscore,stage,margin --factor stage \\
      --svg nomogram.svg --html nomogram.html

  Survival at one and three years by a Cox model, with marks of one's own for age
    radiome nomogram patients.csv --time months --event died --at 12,36 --median \\
      --vars age,stage --axis age=20,40,60,80 --svg survival.svg

  The nomogram of a study
    radiome nomogram run/predictions.csv --model run/model.json --axis age=20,40,60 --json

Exit status: 0 all done; 2 the request is wrong.";

fn spline(text: &str) -> Result<(String, usize), String> {
    let told = "write it as in --spline age=4";
    let (variable, knots) = text.split_once('=').ok_or(told)?;
    Ok((variable.to_owned(), knots.trim().parse().map_err(|_| told)?))
}

fn axis(text: &str) -> Result<(String, Vec<String>), String> {
    let parts = text.split_once('=');
    let (variable, values) = parts.ok_or("write it as in --axis age=20,40,60")?;
    let values = values.split(',').map(|v| v.trim().to_owned()).collect();
    Ok((variable.to_owned(), values))
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    for &p in &options.marks {
        if !(p > 0.0 && p < 1.0) {
            return Err(miette!(
                help = "write them as in --marks 0.1,0.5,0.9",
                "--marks {p} does not lie between 0 and 1"
            ));
        }
    }
    if let Some((a, b)) = options.predictors.interaction.first() {
        return Err(miette!(
            help = format!(
                "leave --interaction out, or draw a nomogram for each level of {b} with --by {b}"
            ),
            "--interaction {a}:{b}: the points of {a} would depend on {b}, and an axis of a nomogram \
             cannot show that"
        ));
    }
    let table = match (&options.table, &options.model) {
        (Some(path), _) => Table::read(path)?,
        // Without a table the axes come from --axis.
        (None, model) => {
            let source = model
                .as_deref()
                .map_or_else(String::new, |m| m.display().to_string());
            Table::new(&source, 0)
        }
    };
    let status = options
        .output
        .run(&table, common, |table| found(options, table))?;
    for path in [&options.svg, &options.png, &options.html]
        .into_iter()
        .flatten()
    {
        common.note(&format!("written: {}", path.display()));
    }
    Ok(status)
}

fn found(options: &Options, table: &Table) -> miette::Result<Findings> {
    let mut warnings = Vec::new();
    let model = match (
        &options.model,
        options.outcome.as_deref(),
        options.time.as_deref(),
    ) {
        (Some(path), _, _) => model_file::read(path, table, &mut warnings)?,
        (None, Some(outcome), _) => {
            let by = options.output.by(table)?;
            let taken: Vec<&str> = by
                .into_iter()
                .chain([table.id_column(Some(outcome))?])
                .collect();
            Source::of(options, table, &taken, &mut warnings)?.logistic(outcome, &mut warnings)?
        }
        (None, None, Some(time)) => {
            let event = options.event.as_deref().unwrap_or_default();
            let columns = [table.id_column(Some(time))?, table.id_column(Some(event))?];
            let by = options.output.by(table)?;
            let taken: Vec<&str> = by.into_iter().chain(columns).collect();
            Source::of(options, table, &taken, &mut warnings)?.cox(time, event)?
        }
        (None, None, None) => return Err(miette!("give --outcome, or --time and --event")),
    };
    let axes = model.axes(&options.axis)?;
    let drawn = nomogram(&axes, model.intercept, model.range(&axes), options.points)
        .map_err(|error| miette!("{}: {error}", table.source()))?;
    let outcomes = outcomes(options, &model, &drawn)?;
    let drawing = Drawing {
        model: &model,
        nomogram: &drawn,
        outcomes: &outcomes,
        max_points: options.points,
    };
    if options.svg.is_some() || options.png.is_some() || options.html.is_some() {
        drawing.write(
            options.svg.as_deref(),
            options.png.as_deref(),
            options.html.as_deref(),
        )?;
    }
    Ok(assembled(&model, &drawn, &outcomes, warnings))
}

/// An axis below the total points: what they mean.
struct OutcomeAxis {
    /// `probability`, `survival`, `median`.
    key: &'static str,
    /// The time of a survival.
    time: Option<f64>,
    /// What it is called.
    name: String,
    /// Survival at linear predictor 0, of a survival.
    baseline: Option<f64>,
    /// Values and the total points that have them.
    marks: Vec<(f64, f64)>,
}

fn outcomes(
    options: &Options,
    model: &Model,
    drawn: &Nomogram,
) -> miette::Result<Vec<OutcomeAxis>> {
    let end = drawn.total_points_axis.last().copied().unwrap_or(0.0);
    let chosen = !options.marks.is_empty();
    let probabilities: &[f64] = if chosen {
        &options.marks
    } else {
        &radiome::report::PROBABILITIES
    };
    let marks = |place: &dyn Fn(f64) -> Option<f64>| -> Vec<(f64, f64)> {
        let places = probabilities.iter().filter_map(|&p| Some((p, place(p)?)));
        places
            .filter(|(_, points)| (0.0..=end).contains(points))
            .collect()
    };
    let Family::Cox {
        baseline, center, ..
    } = &model.family
    else {
        return Ok(vec![OutcomeAxis {
            key: "probability",
            time: None,
            name: "Probability".to_owned(),
            baseline: None,
            marks: marks(&|p| drawn.total_points_at_probability(p)),
        }]);
    };
    let last = baseline.time.last().copied().unwrap_or(0.0);
    let mut found = Vec::new();
    for &time in &options.at {
        if !(time >= 0.0 && time <= last) {
            return Err(miette!(
                help = format!("choose times from 0 to {last} with --at"),
                "--at {time}: nobody was observed so long, the last time is {last}"
            ));
        }
        let at_zero = baseline.survival_at(time, *center);
        if at_zero >= 1.0 {
            return Err(miette!(
                help = "choose a later time with --at",
                "--at {time}: no event was seen by then, so the probability of none is 1 for everyone"
            ));
        }
        found.push(OutcomeAxis {
            key: "survival",
            time: Some(time),
            name: format!("Survival at {time}"),
            baseline: Some(at_zero),
            marks: marks(&|p| drawn.total_points_at_survival(p, at_zero)),
        });
    }
    if options.median || !options.median_marks.is_empty() {
        let median = |lp: f64| baseline.quantile_at(0.5, lp + center).unwrap_or(f64::NAN);
        let values = if options.median_marks.is_empty() {
            let ends = drawn
                .linear_predictor_axis
                .iter()
                .map(|mark| median(mark.0));
            let (low, high) = ends
                .filter(|time| time.is_finite())
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), time| {
                    (low.min(time), high.max(time))
                });
            pretty(low, high, radiome_stats::nomogram::INTERVALS)
        } else {
            options.median_marks.clone()
        };
        let places = drawn.interpolated_marks(median, &values);
        let marks = values.into_iter().zip(places);
        found.push(OutcomeAxis {
            key: "median",
            time: None,
            name: "Median time".to_owned(),
            baseline: None,
            marks: marks
                .filter(|(_, points)| (0.0..=end).contains(points))
                .collect(),
        });
    }
    Ok(found)
}

fn assembled(
    model: &Model,
    drawn: &Nomogram,
    outcomes: &[OutcomeAxis],
    warnings: Vec<Warning>,
) -> Findings {
    let mut json = model.to_json();
    json.insert(
        "points_per_unit".to_owned(),
        number_json(drawn.points_per_unit),
    );
    json.insert(
        "linear_predictor_at_zero".to_owned(),
        number_json(drawn.linear_predictor_at_zero),
    );
    let mut results = Rows::new(&["axis", "value", "points"]);
    let mut shown = Rows::new(&["axis", "value", "points"]);
    let mut add = |axis: &str, value: Cell, points: f64| {
        results.push(vec![axis.into(), value.clone(), points.into()]);
        shown.push(vec![axis.into(), value, points.into()]);
    };
    let axes = drawn.axes.iter().map(|axis| {
        let levels = axis.marks.iter().map(|mark| {
            add(&axis.name, mark.label.as_str().into(), mark.points);
            json!({
                "value": mark.label,
                "points": number_json(mark.points),
                "effect": number_json(mark.effect),
            })
        });
        json!({"variable": axis.name, "levels": levels.collect::<Vec<_>>()})
    });
    let axes: Vec<Value> = axes.collect();
    json.insert("axes".to_owned(), Value::Array(axes));
    let total = drawn.total_points_axis.iter().map(|&points| {
        let mut object = Map::new();
        object.insert("points".to_owned(), number_json(points));
        let lp = drawn.linear_predictor(points);
        object.insert("linear_predictor".to_owned(), number_json(lp));
        let survivals = outcomes
            .iter()
            .filter_map(|one| Some((one.time?, one.baseline?)));
        let survivals: Vec<(f64, f64)> = survivals
            .map(|(time, baseline)| (time, drawn.survival(points, baseline)))
            .collect();
        let probability = match survivals.first() {
            Some(&(_, survival)) => survival,
            None => drawn.probability(points),
        };
        object.insert("probability".to_owned(), number_json(probability));
        if !survivals.is_empty() {
            let survivals = survivals.iter().map(|&(time, survival)| {
                json!({"time": number_json(time), "survival": number_json(survival)})
            });
            object.insert("survival".to_owned(), Value::Array(survivals.collect()));
        }
        Value::Object(object)
    });
    json.insert("total_points".to_owned(), Value::Array(total.collect()));
    let marks = |marks: &[(f64, f64)]| -> Vec<Value> {
        let marks = marks.iter();
        marks
            .map(|&(value, points)| {
                json!({"value": number_json(value), "points": number_json(points)})
            })
            .collect()
    };
    json.insert(
        "linear_predictor".to_owned(),
        marks(&drawn.linear_predictor_axis).into(),
    );
    for &(value, points) in &drawn.linear_predictor_axis {
        add("linear predictor", value.to_string().into(), points);
    }
    let functions = outcomes.iter().map(|outcome| {
        for &(value, points) in &outcome.marks {
            add(
                &outcome.name.to_lowercase(),
                value.to_string().into(),
                points,
            );
        }
        json!({
            "name": outcome.key,
            "time": outcome.time.map(number_json),
            "marks": marks(&outcome.marks),
        })
    });
    let functions: Vec<Value> = functions.collect();
    json.insert("functions".to_owned(), Value::Array(functions));
    Findings {
        json,
        warnings,
        results,
        shown,
    }
}

/// Writes a file that was asked for by name.
fn write(path: &Path, bytes: &[u8]) -> miette::Result<()> {
    std::fs::write(path, bytes).map_err(|error| {
        miette!(
            help = "check that the folder exists and may be written to",
            "cannot write {}: {error}",
            path.display()
        )
    })
}
