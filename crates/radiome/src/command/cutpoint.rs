//! `radiome cutpoint`: the cut of a score that separates survival best.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::{Table, number_json};
use radiome_stats::survival::{SurvivalError, maximally_selected_log_rank};
use serde_json::{Map, Value, json};

use super::tabular::{
    Findings, FollowUp, FollowUpColumns, Output, Rows, Scores, complete_rows, short,
};
use super::{Common, Status};

/// The cut of a score that separates survival best, with a P value that knows of the search
///
/// For every cut that leaves enough rows on both sides, the standardised sum of log-rank scores; the
/// best cut is the one with the largest (R's maxstat, survminer's surv_cutpoint). The high group
/// is above the cut. The plain P value of a log-rank test at that cut would be far too small, for the
/// cut was picked by it: the one given accounts for the search. On new patients the cut will do worse.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    #[command(flatten)]
    columns: FollowUpColumns,
    /// The score that is cut
    #[arg(long, value_name = "COL")]
    score: String,
    /// The smallest share of rows at or below the cut
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    min_prop: f64,
    /// The largest share of rows at or below the cut [default: 1 less the smallest]
    #[arg(long, value_name = "SHARE")]
    max_prop: Option<f64>,
    /// The approximation of the P value
    #[arg(long, value_enum, default_value = "lau92")]
    p_method: Method,
    #[command(flatten)]
    output: Output,
}

/// As maxstat names them.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    /// Lausen and Schumacher (1992), from the shares alone
    Lau92,
    /// Lausen, Sauerbrei and Schumacher (1994), from the cuts tried
    Lau94,
}

const EXAMPLES: &str = "\
Examples:
  radiome cutpoint patients.csv --time months --event progressed --score rad_score
  radiome cutpoint patients.csv --time months --event progressed --score rad_score --min-prop 0.2
  radiome cutpoint patients.csv --time months --event progressed --score risk --json

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
    let score = table.id_column(Some(&options.score))?.to_owned();
    let table = complete_rows(table, &[&time, &event, &score], &mut warnings)?;
    let follow_up = FollowUp::of(&table, &time, &event)?;
    let columns = Scores::values(&table, std::slice::from_ref(&score))?;
    let values = columns.into_iter().next().unwrap_or_default();
    let highest = options.max_prop.unwrap_or(1.0 - options.min_prop);
    let found = maximally_selected_log_rank(
        &follow_up.time,
        &follow_up.event,
        &values,
        options.min_prop,
        highest,
    );
    let found = found.map_err(|error| match error {
        SurvivalError::BadSetting { .. } => miette!(
            help = "write them as in --min-prop 0.1 --max-prop 0.9",
            "the shares {} and {} are not 0 < smallest < largest < 1",
            options.min_prop,
            highest
        ),
        SurvivalError::NothingToCompare(_) => miette!(
            help = "choose another column with --score, or a smaller share with --min-prop",
            "{}, column \"{score}\": {error}",
            table.source()
        ),
        other => miette!("{}: {other}", table.source()),
    })?;
    let p_value = match options.p_method {
        Method::Lau92 => found.p_lausen_1992,
        Method::Lau94 => found.p_lausen_1994,
    };
    let name = options.p_method.to_possible_value();
    let name = name.map_or_else(String::new, |value| value.get_name().to_owned());

    let groups = ["low", "high"].map(|name| {
        let high = name == "high";
        let rows = values.iter().zip(&follow_up.event);
        let here = rows.filter(|(value, _)| (**value > found.cutpoint) == high);
        let events: Vec<bool> = here.map(|(_, seen)| *seen).collect();
        let seen = events.iter().filter(|seen| **seen).count();
        (name, events.len(), seen)
    });
    let mut shown = Rows::new(&["group", score.as_str(), "n", "events"]);
    for (name, n, events) in groups {
        let sign = if name == "high" { ">" } else { "<=" };
        shown.push(vec![
            name.into(),
            format!("{sign} {}", short(found.cutpoint)).into(),
            n.into(),
            events.into(),
        ]);
    }
    shown.note(&format!(
        "statistic {}, P = {} ({name}; {} cuts tried)",
        short(found.statistic),
        short(p_value),
        found.cuts.len()
    ));
    let mut results = Rows::new(&["cut", "statistic"]);
    let mut candidates = Vec::new();
    for (cut, statistic) in found.cuts.iter().zip(&found.statistics) {
        results.push(vec![(*cut).into(), (*statistic).into()]);
        candidates.push(json!({"cut": number_json(*cut), "statistic": number_json(*statistic)}));
    }
    let of_group =
        |(name, n, events): (&str, usize, usize)| json!({"name": name, "n": n, "events": events});
    let groups: Vec<Value> = groups.into_iter().map(of_group).collect();
    let mut json = Map::new();
    for (key, value) in [
        ("score", score.clone().into()),
        ("n", values.len().into()),
        ("events", follow_up.n_events().into()),
        ("cutpoint", number_json(found.cutpoint)),
        ("rule", format!("high = {score} > cutpoint").into()),
        ("statistic", number_json(found.statistic)),
        ("p_value", number_json(p_value)),
        ("p_method", name.into()),
        ("p_lau92", number_json(found.p_lausen_1992)),
        ("p_lau94", number_json(found.p_lausen_1994)),
        ("min_prop", number_json(options.min_prop)),
        ("max_prop", number_json(highest)),
        ("groups", groups.into()),
        ("candidates", candidates.into()),
    ] {
        json.insert(key.to_owned(), value);
    }
    Ok(Findings {
        json,
        warnings,
        results,
        shown,
    })
}
