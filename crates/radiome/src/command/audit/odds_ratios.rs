//! Odds and hazard ratios with their intervals and P values.

use radiome_stats::audit::interval::PrintedInterval;
use radiome_stats::audit::odds_ratio::{Coding, differing_crude, excluded_p, leaning_ratios};

use super::counts::CountTable;
use super::finding::{Finding, Report};
use super::sheet::Sheet;
use crate::command::tabular::short;

const ODDS_RATIOS: [&str; 2] = ["or", "odds_ratio"];
const RATIOS: [&str; 4] = ["or", "odds_ratio", "hr", "hazard_ratio"];
const NAMES: [&str; 4] = ["variable", "characteristic", "term", "name"];
/// How an analysis of one variable is called.
const CRUDE: [&str; 3] = ["uni", "crude", "unadj"];

pub(super) fn audit(
    sheets: &[Sheet],
    counts: &[CountTable],
    level: f64,
    report: &mut Report,
) -> miette::Result<()> {
    for sheet in sheets {
        let columns = [&NAMES[..], &RATIOS, &["lower"], &["upper"]];
        let columns = columns.map(|names| sheet.column(names));
        let [Some(variable), Some(ratio), Some(lower), Some(upper)] = columns else {
            continue;
        };
        let printed = sheet.printed(&[ratio, lower, upper])?;
        let [ratios, lowers, uppers] = printed.as_slice() else {
            continue;
        };
        let mut rows: Vec<(usize, PrintedInterval)> = Vec::new();
        for (row, ((estimate, lower), upper)) in ratios.iter().zip(lowers).zip(uppers).enumerate() {
            if let (Some(estimate), Some(lower), Some(upper)) = (*estimate, *lower, *upper) {
                let interval = PrintedInterval {
                    estimate,
                    lower,
                    upper,
                };
                rows.push((row, interval));
            }
        }
        let names = sheet.names(variable)?;
        let analysis = sheet.column(&["analysis", "model"]);
        let analyses = match analysis {
            Some(column) => sheet.names(column)?,
            None => vec![String::new(); names.len()],
        };
        let name = |row: usize| -> String {
            let parts = [names.get(row), analyses.get(row)];
            let parts = parts.into_iter().flatten().map(String::as_str);
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            parts.join(", ")
        };
        let finding = |row: usize, column: &str| -> miette::Result<Finding> {
            let cells = sheet.cells(column)?;
            Ok(Finding {
                table: sheet.name.clone(),
                row: name(row),
                line: sheet.line(column, row),
                column: column.to_owned(),
                printed: cells.get(row).copied().unwrap_or_default().to_owned(),
                implied: None,
                rule: "",
                explanation: String::new(),
            })
        };
        let mut cells = 0;
        let mut ordered = Vec::with_capacity(rows.len());
        for &(row, interval) in &rows {
            cells += 1;
            let (e, l, u) = (interval.estimate, interval.lower, interval.upper);
            if l.lowest() <= e.highest() && u.highest() >= e.lowest() {
                ordered.push((row, interval));
            } else {
                report.findings.push(Finding {
                    rule: "interval_order",
                    explanation: format!(
                        "the ratio does not lie within its limits, {} to {}",
                        l.value, u.value
                    ),
                    ..finding(row, ratio)?
                });
            }
        }
        let intervals: Vec<PrintedInterval> =
            ordered.iter().map(|(_, interval)| *interval).collect();
        for place in leaning_ratios(&intervals) {
            let Some(&(row, interval)) = ordered.get(place) else {
                continue;
            };
            let middle = (interval.lower.value * interval.upper.value).sqrt();
            report.findings.push(Finding {
                implied: Some(middle),
                rule: "ratio_symmetry",
                explanation: format!(
                    "the middle of the limits on the scale of logarithms is {}",
                    short(middle)
                ),
                ..finding(row, ratio)?
            });
        }
        if let Some(column) = sheet.p_column() {
            let p = sheet.p_values(&[column])?.into_iter().next();
            let p = p.unwrap_or_default();
            for &(row, interval) in &rows {
                let Some(p) = p.get(row).copied().flatten() else {
                    continue;
                };
                cells += 1;
                let Some(found) = excluded_p(&interval, p, level) else {
                    continue;
                };
                report.findings.push(Finding {
                    implied: Some(found.wald),
                    rule: "p_of_ratio",
                    explanation: format!(
                        "the ratio and its limits give P = {} ({} to {} with either half of the \
                         interval and before rounding)",
                        short(found.wald),
                        short(found.lowest),
                        short(found.highest)
                    ),
                    ..finding(row, column)?
                });
            }
        }
        if sheet.column(&ODDS_RATIOS) == Some(ratio) {
            for &(row, interval) in &rows {
                let analysis = analyses.get(row).map(|text| text.to_lowercase());
                let crude = |text: &String| CRUDE.iter().any(|start| text.starts_with(start));
                if !analysis.as_ref().is_some_and(crude) {
                    continue;
                }
                let name = names.get(row).map_or("", String::as_str);
                let sets: Vec<(&str, _)> = counts
                    .iter()
                    .flat_map(|table| table.of_variable(name))
                    .filter(|(_, counts)| counts.columns() == 2)
                    .collect();
                if sets.is_empty() {
                    continue;
                }
                cells += 1;
                let mut nearest = Vec::new();
                for (set, counts) in &sets {
                    if let Some(found) = differing_crude(counts, interval.estimate, level) {
                        nearest.push((*set, found));
                    }
                }
                // the ratio of any set will do
                let Some((set, found)) = nearest.first().filter(|_| nearest.len() == sets.len())
                else {
                    continue;
                };
                let set = if set.is_empty() {
                    ""
                } else {
                    &format!(" of {set}")
                };
                let coding = match found.coding {
                    Coding::TwoLevels => "",
                    Coding::AgainstFirst(_) => " (a level against the first; no other coding fits)",
                    Coding::FromLevel(_) => " (levels cut in two; no other coding fits)",
                    Coding::Step => " (for a step of one level; no other coding fits)",
                };
                report.findings.push(Finding {
                    implied: Some(found.odds_ratio),
                    rule: "crude_odds_ratio",
                    explanation: format!(
                        "the counts{set} give {} [{}; {}], P = {}{coding}",
                        short(found.odds_ratio),
                        short(found.lower),
                        short(found.upper),
                        short(found.p_value)
                    ),
                    ..finding(row, ratio)?
                });
            }
        }
        report.checked(&sheet.name, "ratios", cells);
    }
    Ok(())
}
