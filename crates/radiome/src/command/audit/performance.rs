//! Rates of decisions, and areas and concordances with their intervals.

use radiome_stats::audit::PrintedNumber;
use radiome_stats::audit::confusion::{Cells, ConfusionFit, Digits, Rate, fit_confusion};
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
const RATES: [(&[&str], Rate); 5] = [
    (&["acc", "accuracy"], Rate::Accuracy),
    (&["sen", "sens", "sensitivity"], Rate::Sensitivity),
    (&["spe", "spec", "specificity"], Rate::Specificity),
    (&["ppv"], Rate::PositivePredictiveValue),
    (&["npv"], Rate::NegativePredictiveValue),
];

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
struct Performance<'a> {
    sheet: &'a Sheet,
    /// Names of the rows.
    names: Vec<String>,
    sets: Vec<String>,
    sizes: Vec<Option<Sizes>>,
}

/// The rates of one row: the column, and what it prints.
type PrintedRates<'a> = Vec<(&'a str, Rate, PrintedNumber)>;

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

    fn finding(&self, row: usize, column: &str) -> miette::Result<Finding> {
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

    fn rates(&self, report: &mut Report) -> miette::Result<()> {
        let columns: Vec<(&str, Rate)> = RATES
            .iter()
            .filter_map(|(names, rate)| Some((self.sheet.column(names)?, *rate)))
            .collect();
        if columns.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let printed = self.sheet.printed(&names)?;
        // percent, where a rate is above 1
        let values = printed.iter().flatten().flatten();
        let percent = values.fold(0.0f64, |most, number| most.max(number.value)) > 1.0;
        let number = |number: PrintedNumber| match percent {
            true => PrintedNumber {
                value: number.value / 100.0,
                decimals: number.decimals + 2,
            },
            false => number,
        };
        let rates: Vec<PrintedRates> = (0..self.names.len())
            .map(|row| {
                let cells = columns.iter().zip(&printed);
                let cells = cells.filter_map(|((name, rate), column)| {
                    let cell = column.get(row).copied().flatten()?;
                    Some((*name, *rate, number(cell)))
                });
                cells.collect()
            })
            .collect();
        let mut unknown: Vec<&str> = Vec::new();
        let mut cells = 0;
        let mut sets: Vec<&String> = self.sets.iter().collect();
        sets.sort();
        sets.dedup();
        for set in sets {
            let rows: Vec<usize> = (0..self.names.len())
                .filter(|&row| self.sets.get(row) == Some(set))
                .filter(|&row| rates.get(row).is_some_and(|rates| !rates.is_empty()))
                .collect();
            let known = |row: &usize| self.sizes.get(*row).is_some_and(Option::is_some);
            if !rows.iter().all(known) {
                unknown.push(set);
                continue;
            }
            let fits = self.fits(&rows, &rates);
            for (row, fit) in rows.iter().zip(&fits) {
                cells += fit.printed;
                let printed = rates.get(*row).map(Vec::as_slice).unwrap_or_default();
                self.misfits(*row, printed, fit, report)?;
                self.operating_point(*row, fit, report)?;
            }
        }
        if !unknown.is_empty() {
            let sets: Vec<&str> = unknown.into_iter().filter(|set| !set.is_empty()).collect();
            let of = if sets.is_empty() { "" } else { " of " };
            report.warn(
                "sizes_not_known",
                format!(
                    "{}: the rates{of}{} were not checked, for the numbers of positive and negative \
                     patients are not known; give the table of counts too, or --sizes \
                     SET=NEGATIVE,POSITIVE",
                    self.sheet.name,
                    sets.join(" and ")
                ),
            );
        }
        report.checked(&self.sheet.name, "rates", cells);
        Ok(())
    }

    /// The cells of the rows of a set. The second group is the positive one, unless more rates agree
    /// the other way round; digits are rounded, unless all rates agree when they are cut off.
    fn fits(&self, rows: &[usize], rates: &[PrintedRates]) -> Vec<ConfusionFit> {
        let all = |swapped: bool, digits: Digits| -> Vec<ConfusionFit> {
            let fit = |row: &usize| {
                let sizes = self.sizes.get(*row).cloned().flatten()?;
                let (negative, positive) = if swapped {
                    (sizes.second, sizes.first)
                } else {
                    (sizes.first, sizes.second)
                };
                let printed = rates.get(*row)?.iter();
                let printed: Vec<(Rate, PrintedNumber)> =
                    printed.map(|(_, rate, number)| (*rate, *number)).collect();
                fit_confusion(&printed, positive, negative, digits)
            };
            rows.iter().filter_map(fit).collect()
        };
        let agreeing = |fits: &[ConfusionFit]| fits.iter().map(|fit| fit.agreeing).sum::<usize>();
        let mut best = all(false, Digits::Rounded);
        let other = all(true, Digits::Rounded);
        let swapped = agreeing(&other) > agreeing(&best);
        if swapped {
            best = other;
        }
        if best.iter().any(|fit| !fit.misfits.is_empty()) {
            let cut = all(swapped, Digits::Truncated);
            if cut.iter().all(|fit| fit.misfits.is_empty()) {
                return cut;
            }
        }
        best
    }

    fn misfits(
        &self,
        row: usize,
        printed: &[(&str, Rate, PrintedNumber)],
        fit: &ConfusionFit,
        report: &mut Report,
    ) -> miette::Result<()> {
        let counted = counted(&fit.cells);
        let column = |rate: Rate| {
            let found = printed.iter().find(|(_, other, _)| *other == rate);
            found.map_or("", |(name, _, _)| *name)
        };
        if fit.printed > 2 && 2 * fit.agreeing <= fit.printed {
            let names: Vec<&str> = fit.misfits.iter().map(|m| column(m.rate)).collect();
            let first = names.first().copied().unwrap_or_default();
            report.findings.push(Finding {
                column: names.join(", "),
                rule: "confusion_cells",
                explanation: format!(
                    "no whole numbers of patients give more than {} of the {} rates; the nearest are \
                     {counted}",
                    fit.agreeing, fit.printed
                ),
                ..self.finding(row, first)?
            });
            return Ok(());
        }
        for misfit in &fit.misfits {
            let unique = if fit.equally_good > 1 {
                format!(" (as do {} other tables)", fit.equally_good - 1)
            } else {
                String::new()
            };
            let (rule, cut) = if misfit.truncated {
                ("confusion_truncated", ", cut off instead of rounded")
            } else {
                ("confusion_cells", "")
            };
            report.findings.push(Finding {
                implied: Some(misfit.implied),
                rule,
                explanation: format!(
                    "{counted} give {} of the {} rates{unique}; they make this one {}{cut}",
                    fit.agreeing,
                    fit.printed,
                    short(misfit.implied)
                ),
                ..self.finding(row, column(misfit.rate))?
            });
        }
        Ok(())
    }

    /// An area cannot be below the rectangle under the operating point, nor above the rest.
    fn operating_point(
        &self,
        row: usize,
        fit: &ConfusionFit,
        report: &mut Report,
    ) -> miette::Result<()> {
        let Some(column) = self.sheet.column(&AREAS) else {
            return Ok(());
        };
        let printed = self.sheet.printed(&[column])?;
        let area = printed.first().and_then(|cells| cells.get(row).copied());
        let Some(area) = area.flatten().filter(|area| area.value <= 1.0) else {
            return Ok(());
        };
        let rates = [Rate::Sensitivity, Rate::Specificity];
        let off = |misfit: &radiome_stats::audit::confusion::Misfit| rates.contains(&misfit.rate);
        let (lowest, highest) = fit.cells.auc_bounds();
        if fit.misfits.iter().any(off) || (area.highest() >= lowest && area.lowest() <= highest) {
            return Ok(());
        }
        report.findings.push(Finding {
            implied: Some(if area.value < lowest { lowest } else { highest }),
            rule: "auc_operating_point",
            explanation: format!(
                "a curve through the printed sensitivity and specificity has an area from {} to {}",
                short(lowest),
                short(highest)
            ),
            ..self.finding(row, column)?
        });
        Ok(())
    }
}

fn counted(cells: &Cells) -> String {
    format!(
        "TP {}, FN {}, TN {}, FP {}",
        cells.true_positives, cells.false_negatives, cells.true_negatives, cells.false_positives
    )
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
