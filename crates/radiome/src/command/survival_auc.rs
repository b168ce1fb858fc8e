//! `radiome survival-auc`: discrimination at given times.

use std::path::PathBuf;

use clap::Args;
use radiome::table::{Table, number_json};
use radiome_stats::survival::{
    CensoringTies, SurvivalError, brier_score, kaplan_meier_roc, time_dependent_auc,
};
use serde_json::{Map, Value, json};

use super::tabular::{
    Cell, Findings, FollowUp, FollowUpColumns, Output, Rows, Scores, Warning, at_times,
    complete_rows, confidence_level, short,
};
use super::{Common, Status};

/// Area under the time-dependent ROC curve of scores, and the Brier score of risks
///
/// At each time, those with the event by then are told from those observed beyond it; rows censored
/// before weigh through the others by the inverse probability of censoring (Kaplan-Meier, events
/// before censorings at ties), as R's riskRegression::Score with cens.model = "km" does. A higher
/// score means a shorter time. A score whose values all lie between 0 and 1 is taken as the predicted
/// risk of the event by the time, and has a Brier score; any other has none.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    #[command(flatten)]
    columns: FollowUpColumns,
    #[command(flatten)]
    scores: Scores,
    /// The times, in the unit of --time
    #[arg(
        long,
        value_name = "T,...",
        value_delimiter = ',',
        value_parser = at_times,
        allow_negative_numbers = true,
        required = true
    )]
    at: Vec<f64>,
    /// Also the area by the Kaplan-Meier estimator of Heagerty and others
    #[arg(long)]
    kaplan_meier: bool,
    /// Keep rows with an event at risk of being censored at the same time (timeROC, scikit-survival)
    #[arg(long)]
    ties_together: bool,
    /// Confidence level of the intervals
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95, value_parser = confidence_level)]
    conf_level: f64,
    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  radiome survival-auc patients.csv --time days --event died --scores rad_score,stage --at 365,730
  radiome survival-auc predicted.csv --time months --event progressed --scores risk_at_36 --at 36
  radiome survival-auc patients.csv --time months --event progressed --scores risk --at 24 --json

Exit status: 0 all done; 2 the request is wrong.";

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let table = Table::read(&options.table)?;
    options
        .output
        .run(&table, common, |table| found(options, table))
}

fn found(options: &Options, table: &Table) -> miette::Result<Findings> {
    let mut warnings = Vec::new();
    let [time, event] = options.columns.names(table)?;
    let by = options.output.by(table)?;
    let taken: Vec<&str> = [time.as_str(), &event].into_iter().chain(by).collect();
    let names = options.scores.choose(table, &taken)?;
    let used: Vec<&str> = [time.as_str(), &event]
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .collect();
    let table = complete_rows(table, &used, &mut warnings)?;
    let follow_up = FollowUp::of(&table, &time, &event)?;

    let mut results = Rows::new(&[
        "score", "time", "cases", "controls", "auc", "se", "lower", "upper", "brier",
    ]);
    let mut scores = Vec::new();
    for (name, values) in names.iter().zip(Scores::values(&table, &names)?) {
        let mut at = Vec::new();
        for &horizon in &options.at {
            let found = Horizon::of(options, &follow_up, &values, horizon);
            if let Err(error) = &found {
                let told = format!("{name} at {}: no area, {error}", short(horizon));
                warnings.push(Warning::new("auc_not_defined", told));
            }
            let found = found.unwrap_or_else(|_| Horizon::undefined(&follow_up, horizon));
            results.push(found.row(name));
            at.push(found.to_json(options.kaplan_meier));
        }
        scores.push(json!({"score": name, "at": at}));
    }
    let mut json = Map::new();
    json.insert("n".to_owned(), follow_up.time.len().into());
    json.insert("events".to_owned(), follow_up.n_events().into());
    json.insert("features".to_owned(), json!(names));
    json.insert("scores".to_owned(), scores.into());
    Ok(Findings {
        json,
        warnings,
        shown: results.clone(),
        results,
    })
}

/// A score judged at one time; NaN is undefined.
struct Horizon {
    time: f64,
    cases: usize,
    controls: usize,
    auc: f64,
    standard_error: f64,
    limits: [f64; 2],
    uncensored: f64,
    brier: Option<f64>,
    heagerty: f64,
}

impl Horizon {
    fn of(
        options: &Options,
        follow_up: &FollowUp,
        score: &[f64],
        horizon: f64,
    ) -> Result<Self, SurvivalError> {
        let FollowUp { time, event } = follow_up;
        let ties = if options.ties_together {
            CensoringTies::Together
        } else {
            CensoringTies::EventsFirst
        };
        let level = options.conf_level;
        let found = time_dependent_auc(time, event, score, horizon, ties, level)?;
        let is_risk = score.iter().all(|risk| (0.0..=1.0).contains(risk));
        let survival: Vec<f64> = score.iter().map(|risk| 1.0 - risk).collect();
        let brier = is_risk.then(|| brier_score(time, event, &survival, horizon));
        let heagerty = if options.kaplan_meier {
            let found = kaplan_meier_roc(time, event, score, horizon);
            found.map_or(f64::NAN, |found| found.auc)
        } else {
            f64::NAN
        };
        Ok(Self {
            time: horizon,
            cases: found.cases,
            controls: found.controls,
            auc: found.auc,
            standard_error: found.standard_error,
            limits: [found.lower, found.upper],
            uncensored: found.uncensored_at_horizon,
            brier: brier.transpose()?,
            heagerty,
        })
    }

    fn undefined(follow_up: &FollowUp, horizon: f64) -> Self {
        let rows = || follow_up.time.iter().zip(&follow_up.event);
        Self {
            time: horizon,
            cases: rows().filter(|(t, seen)| **seen && **t <= horizon).count(),
            controls: rows().filter(|(t, _)| **t > horizon).count(),
            auc: f64::NAN,
            standard_error: f64::NAN,
            limits: [f64::NAN; 2],
            uncensored: f64::NAN,
            brier: None,
            heagerty: f64::NAN,
        }
    }

    fn row(&self, name: &str) -> Vec<Cell> {
        let [lower, upper] = self.limits;
        vec![
            name.into(),
            self.time.into(),
            self.cases.into(),
            self.controls.into(),
            self.auc.into(),
            self.standard_error.into(),
            lower.into(),
            upper.into(),
            self.brier.into(),
        ]
    }

    fn to_json(&self, heagerty: bool) -> Value {
        let mut object = json!({
            "time": number_json(self.time),
            "auc": number_json(self.auc),
            "se": number_json(self.standard_error),
            "ci": self.limits.map(number_json),
            "cases": self.cases,
            "controls": self.controls,
            "uncensored": number_json(self.uncensored),
            "brier": self.brier.map(number_json),
        });
        if let (true, Some(object)) = (heagerty, object.as_object_mut()) {
            object.insert("auc_kaplan_meier".to_owned(), number_json(self.heagerty));
        }
        object
    }
}
