//! Survival of the groups within the values of a column.

use radiome_stats::survival::log_rank;

use super::super::column_groups::ColumnGroups;
use super::Grouping;
use super::estimates::{Times, curves};
use crate::results::{LogRank, Strata, Stratum};

/// Curves of fewer patients say nothing.
const FEWEST_PATIENTS: usize = 10;

/// The groups of a model within each value of a column, and one log-rank test of all, stratified by
/// the column (R: `survdiff(Surv(time, event) ~ group + strata(column))`).
///
/// The pooled test takes every patient with a time, a group and a value, also those of strata that
/// are too small for curves of their own.
pub(super) fn strata(
    groups: &ColumnGroups,
    rows: &[usize],
    times: &Times,
    grouping: &Grouping<'_>,
) -> Strata {
    let level_of: Vec<Option<usize>> = rows.iter().map(|&row| groups.of_row[row]).collect();
    let levels = groups.names.iter().enumerate().map(|(number, level)| {
        let within: Vec<Option<usize>> = grouping
            .of_row
            .iter()
            .zip(&level_of)
            .map(|(group, level)| group.filter(|_| *level == Some(number)))
            .collect();
        stratum(level, times, &within, &grouping.names)
    });
    let known: Vec<(f64, bool, usize, usize)> = times
        .iter()
        .zip(&grouping.of_row)
        .zip(&level_of)
        .filter_map(|((time, group), level)| {
            let (time, event) = (*time)?;
            Some((time, event, (*group)?, (*level)?))
        })
        .collect();
    let time: Vec<f64> = known.iter().map(|row| row.0).collect();
    let event: Vec<bool> = known.iter().map(|row| row.1).collect();
    let group: Vec<usize> = known.iter().map(|row| row.2).collect();
    let level: Vec<usize> = known.iter().map(|row| row.3).collect();
    let test = log_rank(&time, &event, &group, Some(&level), 0.0).ok();
    let test = test.filter(|test| test.df > 0 && test.chi_square.is_finite());
    Strata {
        levels: levels.collect(),
        n: known.len(),
        log_rank: LogRank {
            chi_square: test.as_ref().map(|test| test.chi_square),
            df: test.as_ref().map_or(0, |test| test.df),
            p_value: test.map(|test| test.p),
        },
    }
}

fn stratum(level: &str, times: &Times, within: &[Option<usize>], names: &[&str]) -> Stratum {
    let (drawn, test) = curves(times, within, names);
    let n = drawn.groups.iter().map(|group| group.n).sum();
    let events = drawn.groups.iter().map(|group| group.events).sum();
    let present = drawn.groups.iter().filter(|group| group.n > 0);
    let present: Vec<&str> = present.map(|group| group.name.as_str()).collect();
    let mut found = Stratum {
        level: level.to_owned(),
        n,
        events,
        curves: None,
        log_rank: None,
        reason: None,
    };
    if n < FEWEST_PATIENTS {
        found.reason = Some(format!(
            "{n} patients are fewer than the {FEWEST_PATIENTS} that curves are drawn of"
        ));
        return found;
    }
    if events == 0 {
        found.reason = Some("no patient had an event".to_owned());
        return found;
    }
    if let [one] = present.as_slice() {
        found.reason = Some(format!("all patients are {one}"));
    } else if test.p_value.is_none() {
        found.reason = Some("the groups are never at risk together".to_owned());
    } else {
        found.log_rank = Some(test);
    }
    found.curves = Some(drawn);
    found
}
