//! The groups compared with each other.

use miette::{IntoDiagnostic, miette};
use radiome::table::{Table, number_json};
use radiome_stats::compare::p_adjust::p_adjust;
use radiome_stats::survival::{
    LogRankTest, SurvivalError, compare_restricted_mean, log_rank, pairwise_log_rank,
};
use serde_json::{Map, Value, json};

use super::Options;
use super::curve::Curve;
use super::groups::Groups;
use crate::command::tabular::{FollowUp, Levels, Rows, Warning, short};

/// The strata of the rows.
pub(super) struct Strata {
    column: String,
    places: Vec<usize>,
}

impl Strata {
    pub(super) fn of(table: &Table, column: String) -> miette::Result<Self> {
        let places = Levels::of(table, &column)?.places;
        Ok(Self {
            column,
            places: places.into_iter().flatten().collect(),
        })
    }
}

/// The log-rank test, and that of each pair if asked for.
pub(super) fn compare(
    options: &Options,
    follow_up: &FollowUp,
    groups: &Groups,
    strata: Option<&Strata>,
    (json, shown, warnings): (&mut Map<String, Value>, &mut Rows, &mut Vec<Warning>),
) -> miette::Result<()> {
    let (time, event) = (&follow_up.time, &follow_up.event);
    let places = strata.map(|strata| strata.places.as_slice());
    let name = match options.rho {
        0.0 => "log-rank test".to_owned(),
        1.0 => "Peto and Peto's test".to_owned(),
        rho => format!("test with rho = {}", short(rho)),
    };
    let found = match log_rank(time, event, &groups.of_row, places, options.rho) {
        Ok(found) => found,
        Err(error @ SurvivalError::NothingToCompare(_)) => {
            let told = format!("the {name} has no result: {error}");
            warnings.push(Warning::new("test_not_defined", told));
            json.insert("log_rank".to_owned(), Value::Null);
            if options.pairwise {
                json.insert("pairwise".to_owned(), json!([]));
            }
            return Ok(());
        }
        Err(error) => return Err(miette!("{error}")),
    };
    shown.note(&format!(
        "{name}{}: chi-square {}, {} degrees of freedom, P = {}",
        strata.map_or_else(String::new, |s| format!(" within strata of {}", s.column)),
        short(found.chi_square),
        found.df,
        short(found.p)
    ));
    json.insert("log_rank".to_owned(), of_test(&found, groups, strata));
    if options.pairwise {
        let pairs = pairwise_log_rank(time, event, &groups.of_row, places, options.rho);
        let pairs = pairs.map_err(|error| miette!("{error}"))?;
        let p: Vec<f64> = pairs.iter().map(|pair| pair.p).collect();
        let adjusted = p_adjust(&p, options.adjust.adjustment()).into_diagnostic()?;
        let mut table = Rows::new(&["group", "against", "chi_square", "p", "p_adjusted"]);
        let mut list = Vec::new();
        for (pair, adjusted) in pairs.iter().zip(adjusted) {
            let (a, b) = (groups.name(pair.first), groups.name(pair.second));
            if pair.p.is_nan() {
                let told = format!("{a} and {b} cannot be compared: no event tells them apart");
                warnings.push(Warning::new("test_not_defined", told));
            }
            table.push(vec![
                a.into(),
                b.into(),
                pair.chi_square.into(),
                pair.p.into(),
                adjusted.into(),
            ]);
            list.push(json!({
                "a": a,
                "b": b,
                "chi_square": number_json(pair.chi_square),
                "df": 1,
                "p_value": number_json(pair.p),
                "p_adjusted": number_json(adjusted),
            }));
        }
        let heading = format!("each pair, P adjusted by {}:", options.adjust.name());
        shown.put_below(&heading, &table);
        json.insert("pairwise".to_owned(), list.into());
        json.insert("adjust".to_owned(), options.adjust.name().into());
    }
    Ok(())
}

fn of_test(found: &LogRankTest, groups: &Groups, strata: Option<&Strata>) -> Value {
    let numbers =
        |values: &[f64]| -> Vec<Value> { values.iter().map(|&v| number_json(v)).collect() };
    let names: Vec<&str> = found.groups.iter().map(|&g| groups.name(g)).collect();
    let covariance: Vec<Vec<Value>> = found.covariance.iter().map(|row| numbers(row)).collect();
    json!({
        "chi_square": number_json(found.chi_square),
        "df": found.df,
        "p_value": number_json(found.p),
        "groups": names,
        "n": found.n,
        "observed": numbers(&found.observed),
        "expected": numbers(&found.expected),
        "covariance": covariance,
        "rho": number_json(found.rho),
        "strata": strata.map(|strata| &strata.column),
    })
}

/// The differences of the restricted means of each pair of groups.
pub(super) fn mean_differences(curves: &[Curve], horizon: f64, level: f64) -> Vec<Value> {
    let mut list = Vec::new();
    for (place, a) in curves.iter().enumerate() {
        for b in curves.iter().skip(place + 1) {
            // a group without a mean is told of elsewhere
            let Ok(found) = compare_restricted_mean(&a.curve, &b.curve, horizon, level) else {
                continue;
            };
            list.push(json!({
                "a": a.name,
                "b": b.name,
                "difference": number_json(found.difference),
                "std_error": number_json(found.standard_error),
                "ci": [number_json(found.lower), number_json(found.upper)],
                "z": number_json(found.z),
                "p_value": number_json(found.p),
            }));
        }
    }
    list
}
