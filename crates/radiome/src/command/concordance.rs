//! `radiome concordance`: how well scores order the times to an event.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::{Table, number_json};
use radiome_stats::survival::{
    PairRule, SurvivalError, compare_concordance, concordance, paired_concordance,
};
use serde_json::{Map, Value, json};

use super::tabular::{
    Cell, Findings, FollowUp, FollowUpColumns, Output, Rows, Scores, complete_rows,
    confidence_level,
};
use super::{Common, Status};

/// Harrell's concordance index of scores, and the differences between them
///
/// A higher score means a shorter time. Of the pairs of rows whose order in time is known, the index
/// is the share in which the higher score had the event first, equal scores counted half. Standard
/// errors are by the infinitesimal jackknife, as R's concordance(reverse = TRUE) gives them; the
/// differences are of the same rows, so their errors are joint.
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
    /// Confidence level of the intervals
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95, value_parser = confidence_level)]
    conf_level: f64,
    /// Also count, pair by pair of rows, which of two scores does better (Hmisc's rcorrp.cens)
    #[arg(long, value_enum, value_name = "RULE")]
    shares: Option<Shares>,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Shares {
    /// The better one orders the pair rightly, the other does not
    Order,
    /// The better one sets the pair further apart; for scores on one scale, such as probabilities
    Separation,
}

const EXAMPLES: &str = "\
Examples:
  radiome concordance patients.csv --time months --event progressed --scores rad_score,stage
  radiome concordance patients.csv --time months --event progressed --scores '*_score' --json
  radiome concordance patients.csv --time months --event progressed --scores risk --by centre

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
    let FollowUp { time, event } = FollowUp::of(&table, &time, &event)?;
    let level = options.conf_level;
    let wrong = |error: SurvivalError| miette!("{}: {error}", table.source());
    let numbers =
        |values: &[f64]| -> Vec<Value> { values.iter().map(|&v| number_json(v)).collect() };

    let mut results = Rows::new(&[
        "score",
        "against",
        "c",
        "difference",
        "se",
        "lower",
        "upper",
        "z",
        "p_value",
    ]);
    let mut shown = Rows::new(&["score", "c", "se", "lower", "upper"]);
    let mut between = Rows::new(&["score", "against", "difference", "lower", "upper", "p"]);
    let mut shares = Rows::new(&["score", "against", "better", "worse", "se of difference"]);
    let (mut scores, mut differences) = (Vec::new(), Vec::new());
    let columns = Scores::values(&table, &names)?;
    for (name, values) in names.iter().zip(&columns) {
        let found = concordance(&time, &event, values, level).map_err(wrong)?;
        results.push(vec![
            name.as_str().into(),
            Cell::Empty,
            found.c.into(),
            Cell::Empty,
            found.standard_error.into(),
            found.lower.into(),
            found.upper.into(),
            Cell::Empty,
            Cell::Empty,
        ]);
        shown.push(vec![
            name.as_str().into(),
            found.c.into(),
            found.standard_error.into(),
            found.lower.into(),
            found.upper.into(),
        ]);
        scores.push(json!({
            "score": name,
            "c": number_json(found.c),
            "se": number_json(found.standard_error),
            "ci": numbers(&[found.lower, found.upper]),
            "concordant": found.concordant,
            "discordant": found.discordant,
            "tied_score": found.tied_score,
            "tied_time": found.tied_time,
            "tied_both": found.tied_both,
        }));
    }
    for (place, (a, first)) in names.iter().zip(&columns).enumerate() {
        for (b, second) in names.iter().zip(&columns).skip(place + 1) {
            let found = compare_concordance(&time, &event, first, second, level).map_err(wrong)?;
            results.push(vec![
                a.as_str().into(),
                b.as_str().into(),
                Cell::Empty,
                found.difference.into(),
                found.standard_error.into(),
                found.lower.into(),
                found.upper.into(),
                found.z.into(),
                found.p.into(),
            ]);
            between.push(vec![
                a.as_str().into(),
                b.as_str().into(),
                found.difference.into(),
                found.lower.into(),
                found.upper.into(),
                found.p.into(),
            ]);
            let mut difference = json!({
                "a": a,
                "b": b,
                "difference": number_json(found.difference),
                "se": number_json(found.standard_error),
                "ci": numbers(&[found.lower, found.upper]),
                "z": number_json(found.z),
                "p_value": number_json(found.p),
                "covariance": number_json(found.covariance),
            });
            if let Some(rule) = options.shares {
                let rule = match rule {
                    Shares::Order => PairRule::Order,
                    Shares::Separation => PairRule::Separation,
                };
                let pairs =
                    paired_concordance(&time, &event, first, second, rule).map_err(wrong)?;
                shares.push(vec![
                    a.as_str().into(),
                    b.as_str().into(),
                    pairs.first.into(),
                    pairs.second.into(),
                    pairs.standard_error.into(),
                ]);
                difference["pairs"] = json!({
                    "a_better": number_json(pairs.first),
                    "b_better": number_json(pairs.second),
                    "difference": number_json(pairs.difference),
                    "se": number_json(pairs.standard_error),
                    "pairs": pairs.pairs,
                });
            }
            differences.push(difference);
        }
    }
    if names.len() > 1 {
        shown.put_below("differences", &between);
        if options.shares.is_some() {
            shown.put_below("shares of pairs", &shares);
        }
    }
    let mut json = Map::new();
    json.insert("n".to_owned(), time.len().into());
    let events = event.iter().filter(|seen| **seen).count();
    json.insert("events".to_owned(), events.into());
    json.insert("features".to_owned(), json!(names));
    json.insert("scores".to_owned(), scores.into());
    json.insert("differences".to_owned(), differences.into());
    Ok(Findings {
        json,
        warnings,
        results,
        shown,
    })
}
