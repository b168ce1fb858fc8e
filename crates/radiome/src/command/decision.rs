//! `radiome decision`: is deciding by predicted probabilities of use?

use std::path::PathBuf;

use clap::Args;
use miette::miette;
use radiome::table::{Table, number_json, number_text};
use radiome_stats::decision_curve::{decision_curve, survival_decision_curve};
use serde_json::{Map, Value, json};

use super::tabular::{
    Cell, Findings, FollowUp, Outcome, Output, Rows, Warning, columns_in_order, complete_rows,
    probabilities,
};
use super::{Common, Status};

/// Is deciding by predicted probabilities of use? Net benefit over threshold probabilities
///
/// At a threshold probability t those with a probability of at least t are treated. Net benefit is
/// the share of true positives less the share of false positives times t / (1 - t): what t says a
/// needless treatment weighs. The curves treat_all and treat_none are what a model must beat; look at
/// the thresholds that patients and doctors would choose. Interventions avoided are per 100 rows,
/// against treating everybody, without missing a positive one more.
///
/// With --time, --event and --at the outcome is an event by that time, and its probability among those
/// treated is Kaplan and Meier's estimate, so that follow-up may end before. Both forms are those of
/// the package dcurves.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// The column with the two classes
    #[arg(
        long,
        value_name = "COL",
        required_unless_present = "time",
        conflicts_with_all = ["time", "event", "at"]
    )]
    outcome: Option<String>,
    /// The class whose probability is predicted [default: the greater]
    #[arg(long, value_name = "VALUE", conflicts_with = "time")]
    positive: Option<String>,
    /// The columns with probabilities: names or patterns
    #[arg(long, value_name = "A,B,...", value_delimiter = ',', required = true)]
    probs: Vec<String>,
    /// Threshold probabilities: FROM:TO:STEP, or a list as in 0.1,0.2
    #[arg(long, value_name = "LO:HI:STEP", default_value = "0.01:0.99:0.01", value_parser = thresholds)]
    thresholds: Thresholds,
    /// Of an event by a time, the column with the time to it or to the end of follow-up
    #[arg(long, value_name = "COL", requires = "event", requires = "at")]
    time: Option<String>,
    /// The column that is 1 where the event was seen and 0 where not
    #[arg(long, value_name = "COL", requires = "time")]
    event: Option<String>,
    /// The time by which the event counts
    #[arg(long, value_name = "T", requires = "time")]
    at: Option<f64>,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  radiome decision external.csv --outcome grade --probs nomogram,clinical
  radiome decision external.csv --outcome grade --probs nomogram --thresholds 0.1:0.6:0.05
  radiome decision patients.csv --time months --event progressed --at 24 --probs risk24 --json

Exit status: 0 all done; 2 the request is wrong.";

/// Threshold probabilities, ascending or as they were listed.
#[derive(Clone)]
struct Thresholds(Vec<f64>);

fn thresholds(text: &str) -> Result<Thresholds, String> {
    let help = "write them as in 0.01:0.99:0.01 (from, to, step) or 0.1,0.2,0.5";
    let values = match text.split(':').collect::<Vec<&str>>().as_slice() {
        [list] => {
            let values = list.split(',').map(|value| value.trim().parse().ok());
            values.collect::<Option<Vec<f64>>>().ok_or(help)?
        }
        [from, to, step] => steps(from, to, step).ok_or(help)?,
        _ => return Err(help.to_owned()),
    };
    match values.iter().find(|t| !(**t > 0.0 && **t < 1.0)) {
        Some(wrong) => Err(format!(
            "{wrong} does not lie between 0 and 1, ends excluded"
        )),
        None => Ok(Thresholds(values)),
    }
}

/// The numbers from one to another, counted in the last decimal place of the three, so that each is
/// the double next to the decimal number: a probability written 0.07 reaches the threshold 0.07.
fn steps(from: &str, to: &str, step: &str) -> Option<Vec<f64>> {
    const MOST: u64 = 100_000;
    const PLACES: usize = 12;
    let texts = [from, to, step].map(str::trim);
    let decimals = |text: &&str| text.split_once('.').map_or(0, |(_, after)| after.len());
    let places = texts.iter().map(decimals).max()?;
    if places > PLACES {
        return None;
    }
    let scale = 10_u64.pow(u32::try_from(places).ok()?);
    let whole = |text: &str| -> Option<u64> {
        let value = text.parse::<f64>().ok()? * scale as f64;
        (0.0..1e15).contains(&value).then_some(value.round() as u64)
    };
    let [from, to, step] = texts.map(whole);
    let (from, to, step) = (from?, to?, step?);
    if step == 0 || to < from || (to - from) / step >= MOST {
        return None;
    }
    let numbers = (0..=(to - from) / step).map(|k| (from + k * step) as f64 / scale as f64);
    Some(numbers.collect())
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    if let Some(at) = options.at
        && !(at > 0.0 && at.is_finite())
    {
        return Err(miette!(
            help = "give a time as in --at 24, in the unit of the times",
            "--at {at} is no time; a time is greater than 0"
        ));
    }
    let table = Table::read(&options.table)?;
    options
        .output
        .run(&table, common, |table| found(options, table))
}

/// One line over the thresholds.
struct Line {
    name: String,
    net_benefit: Vec<f64>,
    interventions_avoided: Vec<f64>,
    /// Further keys of its points, with their values.
    more: Vec<(&'static str, Vec<f64>)>,
}

/// What happened to the rows.
enum Outcomes {
    Classes(Outcome),
    Events { follow_up: FollowUp, at: f64 },
}

fn found(options: &Options, table: &Table) -> miette::Result<Findings> {
    let mut warnings = Vec::new();
    let named = |name: &Option<String>| {
        let name = name.as_deref();
        name.map(|name| table.id_column(Some(name))).transpose()
    };
    let taken = [&options.outcome, &options.time, &options.event].map(named);
    let [outcome, time, event] = taken;
    let (outcome, time, event) = (outcome?, time?, event?);
    let taken: Vec<&str> = [outcome, time, event].into_iter().flatten().collect();
    let names = columns_in_order(table, &options.probs, &taken)?;
    if names.is_empty() {
        return Err(miette!(
            help = "name other columns with --probs",
            "{}: no column of probabilities is left besides the outcome",
            table.source()
        ));
    }
    let used: Vec<&str> = names.iter().map(String::as_str).chain(taken).collect();
    let complete = complete_rows(table, &used, &mut warnings)?;
    let outcomes = match (outcome, time, event, options.at) {
        (Some(column), ..) => {
            let positive = options.positive.as_deref();
            Outcomes::Classes(Outcome::of(&complete, column, positive)?)
        }
        (None, Some(time), Some(event), Some(at)) => Outcomes::Events {
            follow_up: FollowUp::of(&complete, time, event)?,
            at,
        },
        _ => return Err(miette!("give --outcome, or --time, --event and --at")),
    };
    let thresholds = &options.thresholds.0;
    let mut json = Map::new();
    json.insert("n".to_owned(), complete.len().into());
    let mut lines: Vec<Line> = Vec::new();
    for name in &names {
        let probability = probabilities(&complete, name)?;
        let (of_model, of_all) = match &outcomes {
            Outcomes::Classes(outcome) => {
                json.insert("positive".to_owned(), outcome.positive.clone().into());
                of_classes(name, outcome, &probability, thresholds, &mut json)?
            }
            Outcomes::Events { follow_up, at } => {
                let model = (name.as_str(), &probability[..]);
                of_events(model, follow_up, *at, thresholds, &mut json, &mut warnings)?
            }
        };
        if lines.is_empty() {
            lines.extend([none(thresholds, &of_all), of_all]);
            lines.swap(0, 1);
        }
        lines.push(of_model);
    }
    let curves: Vec<Value> = lines.iter().map(|line| line.to_json(thresholds)).collect();
    json.insert("curves".to_owned(), curves.into());
    let (results, shown) = tables(&lines, thresholds);
    Ok(Findings {
        json,
        warnings,
        results,
        shown,
    })
}

/// The curves of a model and of treating everybody, where every outcome is known.
fn of_classes(
    name: &str,
    outcome: &Outcome,
    probability: &[f64],
    thresholds: &[f64],
    json: &mut Map<String, Value>,
) -> miette::Result<(Line, Line)> {
    let curve = decision_curve(&outcome.is_positive, probability, thresholds);
    let curve = curve.map_err(|error| miette!("{name}: {error}"))?;
    json.insert("prevalence".to_owned(), number_json(curve.prevalence));
    let of_all = all(curve.treat_all);
    let of_model = Line {
        name: name.to_owned(),
        net_benefit: curve.net_benefit,
        interventions_avoided: curve.interventions_avoided,
        more: vec![
            ("standardized_net_benefit", curve.standardized_net_benefit),
            ("true_positive_rate", curve.true_positive_rate),
            ("false_positive_rate", curve.false_positive_rate),
        ],
    };
    Ok((of_model, of_all))
}

/// The curves of a model and of treating everybody, for an event by a time.
fn of_events(
    (name, probability): (&str, &[f64]),
    follow_up: &FollowUp,
    at: f64,
    thresholds: &[f64],
    json: &mut Map<String, Value>,
    warnings: &mut Vec<Warning>,
) -> miette::Result<(Line, Line)> {
    let (time, event) = (&follow_up.time, &follow_up.event);
    let curve = survival_decision_curve(time, event, probability, at, thresholds);
    let curve = curve.map_err(|error| miette!("{name}: {error}"))?;
    json.insert("at".to_owned(), number_json(at));
    let probability = number_json(curve.event_probability);
    json.insert("event_probability".to_owned(), probability);
    // Where everybody treated has had the event, follow-up has not ended too early.
    let short = |k: &usize| {
        let certain = curve.event_probability_of_treated[*k] >= 1.0;
        curve.longest_follow_up[*k] < at && !certain
    };
    let short: Vec<usize> = (0..thresholds.len()).filter(short).collect();
    if let Some(first) = short.first() {
        warnings.push(Warning::new(
            "short_follow_up",
            format!(
                "{name}: at {} of {} thresholds (from {} on) the follow-up of those treated ends \
                 before {}, so their probability is that of its end",
                short.len(),
                thresholds.len(),
                number_text(thresholds[*first]),
                number_text(at)
            ),
        ));
    }
    let of_all = all(curve.treat_all);
    let of_model = Line {
        name: name.to_owned(),
        net_benefit: curve.net_benefit,
        interventions_avoided: curve.interventions_avoided,
        more: vec![
            ("treated", curve.treated),
            (
                "event_probability_of_treated",
                curve.event_probability_of_treated,
            ),
            ("longest_follow_up", curve.longest_follow_up),
        ],
    };
    Ok((of_model, of_all))
}

/// Treating everybody avoids nothing.
fn all(net_benefit: Vec<f64>) -> Line {
    Line {
        name: "treat_all".to_owned(),
        interventions_avoided: vec![0.0; net_benefit.len()],
        net_benefit,
        more: Vec::new(),
    }
}

/// Treating nobody: no benefit and no harm.
fn none(thresholds: &[f64], all: &Line) -> Line {
    let pairs = thresholds.iter().zip(&all.net_benefit);
    Line {
        name: "treat_none".to_owned(),
        net_benefit: vec![0.0; thresholds.len()],
        interventions_avoided: pairs
            .map(|(t, benefit)| 100.0 * (0.0 - benefit) / (t / (1.0 - t)))
            .collect(),
        more: Vec::new(),
    }
}

impl Line {
    fn to_json(&self, thresholds: &[f64]) -> Value {
        let points = thresholds.iter().enumerate().map(|(k, t)| {
            let mut point = Map::new();
            point.insert("threshold".to_owned(), number_json(*t));
            let more = self.more.iter().map(|(key, values)| (*key, values));
            let columns = [
                ("net_benefit", &self.net_benefit),
                ("interventions_avoided", &self.interventions_avoided),
            ];
            for (key, values) in columns.into_iter().chain(more) {
                point.insert(key.to_owned(), number_json(values[k]));
            }
            Value::Object(point)
        });
        json!({"name": self.name, "points": points.collect::<Vec<Value>>()})
    }
}

/// The table that is written, one row a curve and threshold, and the one that is shown, one row a
/// threshold.
fn tables(lines: &[Line], thresholds: &[f64]) -> (Rows, Rows) {
    let mut results = Rows::new(&["curve", "threshold", "net_benefit", "interventions_avoided"]);
    let mut header = vec!["threshold"];
    header.extend(lines.iter().map(|line| line.name.as_str()));
    let mut shown = Rows::new(&header);
    for (k, t) in thresholds.iter().enumerate() {
        let benefits = lines.iter().map(|line| Cell::from(line.net_benefit[k]));
        shown.push(std::iter::once(Cell::from(*t)).chain(benefits).collect());
    }
    for line in lines {
        for (k, t) in thresholds.iter().enumerate() {
            results.push(vec![
                line.name.as_str().into(),
                (*t).into(),
                line.net_benefit[k].into(),
                line.interventions_avoided[k].into(),
            ]);
        }
    }
    (results, shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_the_decimal_numbers() {
        let Thresholds(found) = thresholds("0.01:0.99:0.01").unwrap();
        let expected: Vec<f64> = (1..100).map(|k| f64::from(k) / 100.0).collect();
        assert_eq!(found, expected);
        assert_eq!(thresholds("0.5:0.5:0.1").unwrap().0, [0.5]);
        assert_eq!(thresholds("0.1:0.2:0.04").unwrap().0, [0.1, 0.14, 0.18]);
        assert_eq!(thresholds(".2, 0.05").unwrap().0, [0.2, 0.05]);
        for wrong in [
            "0:0.5:0.1",
            "0.5:1:0.1",
            "0.5:0.1:0.1",
            "0.1:0.5:0",
            "0.1:0.5",
            "0.1:0.5:x",
            "0.1:0.5:-0.1",
            "",
            "0.1,",
            "nan",
            "0.1:0.9:0.0000001",
            "1e-3:0.5:0.1:2",
        ] {
            assert!(thresholds(wrong).is_err(), "{wrong}");
        }
    }
}
