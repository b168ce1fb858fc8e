//! Odds and hazard ratios with their intervals and P values.

use radiome_stats::audit::interval::PrintedInterval;
use radiome_stats::audit::odds_ratio::{
    Coding, CrudeOddsRatio, differing_crude, excluded_p, leaning_ratios,
};

use super::counts::{CountTable, sets_of};
use super::finding::{Finding, Report};
use super::performance::intervals_of;
use super::sheet::Sheet;
use crate::command::tabular::short;

const ODDS_RATIOS: [&str; 2] = ["or", "odds_ratio"];
const RATIOS: [&str; 4] = ["or", "odds_ratio", "hr", "hazard_ratio"];
const NAMES: [&str; 4] = ["variable", "characteristic", "term", "name"];
/// How an analysis of one variable is called.
const CRUDE: [&str; 3] = ["uni", "crude", "unadj"];

/// How many odds ratios there are at most to compare with the counts of a set.
pub(super) fn comparisons(sheets: &[Sheet], counts: &[CountTable]) -> miette::Result<usize> {
    let mut comparisons = 0;
    for sheet in sheets {
        if let Some(ratios) = Ratios::of(sheet)? {
            let names = ratios
                .rows
                .iter()
                .filter_map(|(row, _)| ratios.names.get(*row));
            comparisons += names.map(|name| sets_of(counts, name)).sum::<usize>();
        }
    }
    Ok(comparisons)
}

pub(super) fn audit(
    sheets: &[Sheet],
    counts: &[CountTable],
    level: f64,
    steps: u64,
    report: &mut Report,
) -> miette::Result<()> {
    for sheet in sheets {
        if let Some(ratios) = Ratios::of(sheet)? {
            let mut cells = ratios.rows.len();
            ratios.intervals(report)?;
            cells += ratios.p_values(level, report)?;
            cells += ratios.crude(counts, level, steps, report)?;
            report.checked(&sheet.name, "ratios", cells);
        }
    }
    Ok(())
}

/// A table with a ratio, its limits and mostly a P value in each row.
struct Ratios<'a> {
    sheet: &'a Sheet,
    /// The column of the ratios.
    column: &'a str,
    /// The variable of each row, and its analysis where there are several.
    names: Vec<String>,
    analyses: Vec<String>,
    /// The rows that are complete.
    rows: Vec<(usize, PrintedInterval)>,
}

impl<'a> Ratios<'a> {
    fn of(sheet: &'a Sheet) -> miette::Result<Option<Self>> {
        let columns = [&NAMES[..], &RATIOS, &["lower"], &["upper"]];
        let columns = columns.map(|names| sheet.column(names));
        let [Some(name), Some(column), Some(lower), Some(upper)] = columns else {
            return Ok(None);
        };
        Ok(Some(Self {
            sheet,
            column,
            names: sheet.names(name)?,
            analyses: match sheet.column(&["analysis", "model"]) {
                Some(column) => sheet.names(column)?,
                None => vec![String::new(); sheet.table.len()],
            },
            rows: intervals_of(sheet, [column, lower, upper])?,
        }))
    }

    fn finding(&self, row: usize, column: &str) -> miette::Result<Finding> {
        let cells = self.sheet.cells(column)?;
        let parts = [self.names.get(row), self.analyses.get(row)];
        let parts = parts.into_iter().flatten().map(String::as_str);
        let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
        Ok(Finding {
            table: self.sheet.name.clone(),
            row: parts.join(", "),
            line: self.sheet.line(column, row),
            column: column.to_owned(),
            printed: cells.get(row).copied().unwrap_or_default().to_owned(),
            implied: None,
            rule: "",
            explanation: String::new(),
        })
    }

    /// A ratio lies within its limits, and in their middle on the scale of logarithms.
    fn intervals(&self, report: &mut Report) -> miette::Result<()> {
        let mut ordered = Vec::with_capacity(self.rows.len());
        for &(row, interval) in &self.rows {
            let (e, l, u) = (interval.estimate, interval.lower, interval.upper);
            if l.lowest() <= e.highest() && u.highest() >= e.lowest() {
                ordered.push((row, interval));
                continue;
            }
            report.findings.push(Finding {
                rule: "interval_order",
                explanation: format!(
                    "the ratio does not lie within its limits, {} to {}",
                    l.value, u.value
                ),
                ..self.finding(row, self.column)?
            });
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
                ..self.finding(row, self.column)?
            });
        }
        Ok(())
    }

    /// A P value is what the ratio and its limits imply. Gives back how many were looked at.
    fn p_values(&self, level: f64, report: &mut Report) -> miette::Result<usize> {
        let Some(column) = self.sheet.p_column() else {
            return Ok(0);
        };
        let p = self.sheet.p_values(&[column])?.concat();
        let mut cells = 0;
        for &(row, interval) in &self.rows {
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
                    "the ratio and its limits give P = {} ({} to {} with either half of the interval \
                     and before rounding)",
                    short(found.wald),
                    short(found.lowest),
                    short(found.highest)
                ),
                ..self.finding(row, column)?
            });
        }
        Ok(cells)
    }

    /// An odds ratio of one variable is that of its counts, in some set of patients and some coding
    /// of its levels. Gives back how many were looked at.
    fn crude(
        &self,
        counts: &[CountTable],
        level: f64,
        steps: u64,
        report: &mut Report,
    ) -> miette::Result<usize> {
        if self.sheet.column(&ODDS_RATIOS) != Some(self.column) {
            return Ok(0);
        }
        let mut cells = 0;
        for &(row, interval) in &self.rows {
            let (Some(name), Some(analysis)) = (self.names.get(row), self.analyses.get(row)) else {
                continue;
            };
            let analysis = analysis.to_lowercase();
            if !CRUDE.iter().any(|start| analysis.starts_with(start)) {
                continue;
            }
            let sets: Vec<(&str, _)> = counts
                .iter()
                .flat_map(|table| table.of_variable(name))
                .filter(|(_, counts)| counts.columns() == 2)
                .collect();
            let mut nearest = Vec::new();
            let mut undecided = 0;
            for (set, counts) in &sets {
                match differing_crude(counts, interval.estimate, level, steps) {
                    Ok(found) => nearest.extend(found.map(|found| (*set, found))),
                    Err(_) => undecided += 1,
                }
            }
            report.undecided += undecided;
            cells += usize::from(sets.len() > undecided);
            if nearest.len() < sets.len() {
                continue;
            }
            let Some((set, found)) = nearest.first() else {
                continue;
            };
            report.findings.push(Finding {
                implied: Some(found.odds_ratio),
                rule: "crude_odds_ratio",
                explanation: told(set, found),
                ..self.finding(row, self.column)?
            });
        }
        Ok(cells)
    }
}

/// What the counts of a set give.
fn told(set: &str, found: &CrudeOddsRatio) -> String {
    let coding = match found.coding {
        Coding::TwoLevels => "",
        Coding::AgainstFirst(_) => " (a level against the first, the nearest of the usual codings)",
        Coding::FromLevel(_) => " (levels cut in two, the nearest of the usual codings)",
        Coding::Step => " (for a step of one level, the nearest of the usual codings)",
    };
    let of = if set.is_empty() { "" } else { " of " };
    format!(
        "the counts{of}{set} give {} [{}; {}], P = {}{coding}",
        short(found.odds_ratio),
        short(found.lower),
        short(found.upper),
        short(found.p_value)
    )
}
