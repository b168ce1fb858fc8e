//! Areas and concordances with their intervals.

use radiome_stats::audit::interval::{
    IntervalFault, PrintedInterval, hanley_mcneil, interval_faults,
};

use super::finding::{Finding, Report};
use super::sets::{Sizes, sizes_for};
use super::sheet::Sheet;
use crate::command::tabular::short;

pub(super) const MODELS: [&str; 4] = ["model", "score", "signature", "name"];
pub(super) const AREAS: [&str; 1] = ["auc"];
const CONCORDANCES: [&str; 4] = ["c", "c_index", "cindex", "concordance"];
pub(super) fn audit(sheets: &[Sheet], sizes: &[Sizes], report: &mut Report) -> miette::Result<()> {
    for sheet in sheets {
        if let Some(performance) = Performance::of(sheet, sizes)? {
            performance.intervals(&AREAS, report)?;
            performance.intervals(&CONCORDANCES, report)?;
            performance.rates(report)?;
        }
    }
    Ok(())
}

/// A table with a row for each model, or model and set.
pub(super) struct Performance<'a> {
    pub(super) sheet: &'a Sheet,
    /// Names of the rows.
    pub(super) names: Vec<String>,
    pub(super) sets: Vec<String>,
    /// Patients of the set of each row, where they are known.
    pub(super) sizes: Vec<Option<Sizes>>,
}

impl<'a> Performance<'a> {
    fn of(sheet: &'a Sheet, all: &[Sizes]) -> miette::Result<Option<Self>> {
        let Some(model) = sheet.column(&MODELS) else {
            return Ok(None);
        };
        let sets = sheet.sets()?;
        let models = sheet.names(model)?;
        let names = models.iter().zip(&sets).map(|(model, set)| {
            let between = if set.is_empty() { "" } else { ", " };
            format!("{model}{between}{set}")
        });
        let counted = [&["n_negative", "negatives"], &["n_positive", "positives"]];
        let counted = counted.map(|names| sheet.column(names));
        let sizes = match counted {
            [Some(negative), Some(positive)] => {
                let (first, second) = (
                    sheet.table.numbers(negative)?,
                    sheet.table.numbers(positive)?,
                );
                let sizes = first.iter().zip(second).zip(&sets);
                let of_row = |((&first, second), set): ((&f64, f64), &String)| {
                    (first > 0.0 && second > 0.0).then(|| Sizes {
                        set: set.clone(),
                        first: first as u64,
                        second: second as u64,
                    })
                };
                sizes.map(of_row).collect()
            }
            _ => sets.iter().map(|set| sizes_for(all, set)).collect(),
        };
        Ok(Some(Self {
            sheet,
            names: names.collect(),
            sizes,
            sets,
        }))
    }

    pub(super) fn finding(&self, row: usize, column: &str) -> miette::Result<Finding> {
        let cells = self.sheet.cells(column)?;
        Ok(Finding {
            table: self.sheet.name.clone(),
            row: self.names.get(row).cloned().unwrap_or_default(),
            line: self.sheet.line(column, row),
            column: column.to_owned(),
            printed: cells.get(row).copied().unwrap_or_default().to_owned(),
            implied: None,
            rule: "",
            explanation: String::new(),
        })
    }

    fn intervals(&self, estimates: &[&str], report: &mut Report) -> miette::Result<()> {
        let columns = [estimates, &["lower"], &["upper"]];
        let columns = columns.map(|names| self.sheet.column(names));
        let [Some(estimate), Some(lower), Some(upper)] = columns else {
            return Ok(());
        };
        let rows = intervals_of(self.sheet, [estimate, lower, upper])?;
        report.checked(&self.sheet.name, "intervals", rows.len());
        let intervals: Vec<PrintedInterval> = rows.iter().map(|(_, interval)| *interval).collect();
        for (place, fault) in interval_faults(&intervals) {
            let Some(&(row, interval)) = rows.get(place) else {
                continue;
            };
            let (e, l, u) = (interval.estimate, interval.lower, interval.upper);
            let finding = match fault {
                IntervalFault::Outside => Finding {
                    rule: "interval_order",
                    explanation: format!(
                        "the estimate does not lie within its limits, {} to {}",
                        l.value, u.value
                    ),
                    ..self.finding(row, estimate)?
                },
                IntervalFault::CopiedFrom(other) => {
                    let other = rows.get(other).copied();
                    let name = other.and_then(|(row, _)| self.names.get(row));
                    let middle = f64::midpoint(l.value, u.value);
                    Finding {
                        column: format!("{lower}, {upper}"),
                        printed: format!("{} to {}", l.value, u.value),
                        implied: Some(middle),
                        rule: "interval_copied",
                        explanation: format!(
                            "these are the limits of {}, whose estimate lies in their middle ({}); \
                             that of this row, {}, does not",
                            name.map_or("another row", String::as_str),
                            short(middle),
                            e.value
                        ),
                        ..self.finding(row, lower)?
                    }
                }
                IntervalFault::NotSymmetric {
                    lower: implied_lower,
                    upper: implied_upper,
                } => {
                    let below = e.value - l.value;
                    let above = u.value - e.value;
                    let half = self.expected_half(row, estimates, e.value, &intervals, place);
                    let lower_is_off = (below - half).abs() > (above - half).abs();
                    let (column, implied) = if lower_is_off {
                        (lower, implied_lower)
                    } else {
                        (upper, implied_upper)
                    };
                    Finding {
                        implied: Some(implied),
                        rule: "interval_symmetry",
                        explanation: format!(
                            "the limits lie {} below and {} above the estimate {}, those of the other \
                             rows equally far; with the other limit this one is {}",
                            short(below),
                            short(above),
                            e.value,
                            short(implied)
                        ),
                        ..self.finding(row, column)?
                    }
                }
            };
            report.findings.push(finding);
        }
        Ok(())
    }

    /// Half the width that an interval should have: of an area by Hanley and McNeil where the
    /// numbers of patients are known, else the mean of the other rows.
    fn expected_half(
        &self,
        row: usize,
        estimates: &[&str],
        value: f64,
        intervals: &[PrintedInterval],
        place: usize,
    ) -> f64 {
        const NORMAL: f64 = 1.96;
        let sizes = self.sizes.get(row).cloned().flatten();
        if let Some(sizes) = sizes.filter(|_| estimates == AREAS) {
            return NORMAL * hanley_mcneil(value, sizes.second, sizes.first);
        }
        let others = intervals.iter().enumerate().filter(|(k, _)| *k != place);
        let halves: Vec<f64> = others
            .map(|(_, other)| 0.5 * (other.upper.value - other.lower.value))
            .collect();
        halves.iter().sum::<f64>() / halves.len().max(1) as f64
    }
}

/// The rows with an estimate and both limits.
pub(super) fn intervals_of(
    sheet: &Sheet,
    columns: [&str; 3],
) -> miette::Result<Vec<(usize, PrintedInterval)>> {
    let printed = sheet.printed(&columns)?;
    let [estimates, lowers, uppers] = printed.as_slice() else {
        return Ok(Vec::new());
    };
    let rows = estimates.iter().zip(lowers).zip(uppers).enumerate();
    let complete = rows.filter_map(|(row, ((estimate, lower), upper))| {
        Some((
            row,
            PrintedInterval {
                estimate: (*estimate)?,
                lower: (*lower)?,
                upper: (*upper)?,
            },
        ))
    });
    Ok(complete.collect())
}
