//! Means and standard deviations of two groups, and their P value.

use radiome_stats::audit::PrintedP;
use radiome_stats::audit::means::{PrintedGroup, t_tests};

use super::counts;
use super::finding::{Finding, Report};
use super::sets::{Sizes, same_set};
use super::sheet::Sheet;
use crate::command::tabular::short;

/// The groups of one variable in one set.
struct Pair {
    variable: String,
    set: String,
    row: usize,
    groups: Vec<PrintedGroup>,
    p: Option<PrintedP>,
}

/// A table of means.
pub(super) struct MeanTable {
    sheet: usize,
    pairs: Vec<Pair>,
}

impl MeanTable {
    pub(super) fn sizes(&self) -> Vec<Sizes> {
        let of_pair = |pair: &Pair| {
            let [first, second] = pair.groups.as_slice() else {
                return None;
            };
            Some(Sizes {
                set: pair.set.clone(),
                first: first.n,
                second: second.n,
            })
        };
        self.pairs.iter().filter_map(of_pair).collect()
    }
}

/// The tables that have means.
pub(super) fn read(sheets: &[Sheet]) -> miette::Result<Vec<MeanTable>> {
    let mut tables = Vec::new();
    for (place, sheet) in sheets.iter().enumerate() {
        let columns = [&["n"][..], &["mean"], &["sd", "standard_deviation"]];
        let [Some(n), Some(mean), Some(sd)] = columns.map(|names| sheet.column(names)) else {
            continue;
        };
        let variables = match sheet.column(&["variable", "characteristic"]) {
            Some(column) => sheet.names(column)?,
            None => vec![String::new(); sheet.table.len()],
        };
        let sets = sheet.sets()?;
        let sizes = sheet.table.numbers(n)?;
        let p = match sheet.p_column() {
            Some(column) => sheet.p_values(&[column])?.into_iter().next(),
            None => None,
        };
        let printed = sheet.printed(&[mean, sd])?;
        let [means, deviations] = printed.as_slice() else {
            continue;
        };
        let mut pairs: Vec<Pair> = Vec::new();
        let rows = variables.iter().zip(&sets).zip(&sizes);
        let numbers = means.iter().zip(deviations);
        for (row, (((variable, set), &n), (mean, sd))) in rows.zip(numbers).enumerate() {
            let (Some(mean), Some(standard_deviation)) = (*mean, *sd) else {
                continue;
            };
            let group = PrintedGroup {
                n: if n >= 0.0 { n as u64 } else { 0 },
                mean,
                standard_deviation,
            };
            let here = p.as_ref().and_then(|p| p.get(row).copied().flatten());
            match pairs.last_mut() {
                Some(last) if last.variable == *variable && last.set == *set => {
                    last.groups.push(group);
                    last.p = last.p.or(here);
                }
                _ => pairs.push(Pair {
                    variable: variable.clone(),
                    set: set.clone(),
                    row,
                    groups: vec![group],
                    p: here,
                }),
            }
        }
        tables.push(MeanTable {
            sheet: place,
            pairs,
        });
    }
    Ok(tables)
}

pub(super) fn audit(
    sheets: &[Sheet],
    tables: &[MeanTable],
    report: &mut Report,
) -> miette::Result<()> {
    for table in tables {
        let Some(sheet) = sheets.get(table.sheet) else {
            continue;
        };
        let mut cells = 0;
        for pair in &table.pairs {
            let Some((p, place)) = p_of_pair(sheets, sheet, pair)? else {
                continue;
            };
            let [first, second] = pair.groups.as_slice() else {
                continue;
            };
            cells += 1;
            let Some(found) = t_tests(*first, *second).filter(|found| found.excludes(p)) else {
                continue;
            };
            let (lowest, highest) = found.student_range;
            let set = if pair.set.is_empty() { "" } else { ", " };
            report.findings.push(Finding {
                row: format!("{}{set}{}", pair.variable, pair.set),
                implied: Some(found.student),
                rule: "p_of_means",
                explanation: format!(
                    "a t test of the means gives {}, from {} to {} before rounding (Welch's {}); a test \
                     of the raw values, such as Mann-Whitney's, may give it",
                    short(found.student),
                    short(lowest),
                    short(highest),
                    short(found.welch)
                ),
                ..place
            });
        }
        report.checked(&sheet.name, "means", cells);
    }
    Ok(())
}

/// The P value of a pair with its place: in its own table, or in one of P values.
fn p_of_pair(
    sheets: &[Sheet],
    sheet: &Sheet,
    pair: &Pair,
) -> miette::Result<Option<(PrintedP, Finding)>> {
    let place = |sheet: &Sheet, column: &str, row: usize| -> miette::Result<Finding> {
        let cells = sheet.cells(column)?;
        Ok(Finding {
            table: sheet.name.clone(),
            row: String::new(),
            line: sheet.line(column, row),
            column: column.to_owned(),
            printed: cells.get(row).copied().unwrap_or_default().to_owned(),
            implied: None,
            rule: "",
            explanation: String::new(),
        })
    };
    if let (Some(p), Some(column)) = (pair.p, sheet.p_column()) {
        return Ok(Some((p, place(sheet, column, pair.row)?)));
    }
    for other in sheets {
        for published in counts::of_sheet(other)? {
            if !same_set(&published.set, &pair.set) {
                continue;
            }
            let same = |(name, _): &(String, _)| name.eq_ignore_ascii_case(&pair.variable);
            let Some(row) = published.rows.iter().position(same) else {
                continue;
            };
            if let Some((_, Some(p))) = published.rows.get(row) {
                return Ok(Some((*p, place(other, published.column, row)?)));
            }
        }
    }
    Ok(None)
}
