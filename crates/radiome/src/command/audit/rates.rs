//! Rates of decisions against whole numbers of patients.

use radiome_stats::audit::PrintedNumber;
use radiome_stats::audit::confusion::{Cells, ConfusionFit, Digits, Misfit, Rate, fit_confusion};

use super::finding::{Finding, Report};
use super::performance::{AREAS, Performance};
use crate::command::tabular::short;

const RATES: [(&[&str], Rate); 5] = [
    (&["acc", "accuracy"], Rate::Accuracy),
    (&["sen", "sens", "sensitivity"], Rate::Sensitivity),
    (&["spe", "spec", "specificity"], Rate::Specificity),
    (&["ppv"], Rate::PositivePredictiveValue),
    (&["npv"], Rate::NegativePredictiveValue),
];

/// The rates of one row: the column, and what it prints.
type PrintedRates<'a> = Vec<(&'a str, Rate, PrintedNumber)>;

impl Performance<'_> {
    pub(super) fn rates(&self, report: &mut Report) -> miette::Result<()> {
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
            for (row, fit) in &fits {
                cells += fit.printed;
                let printed = rates.get(*row).map(Vec::as_slice).unwrap_or_default();
                self.misfits(*row, printed, fit, report)?;
                self.operating_point(*row, fit, report)?;
            }
            if fits.len() < rows.len() {
                report.warn(
                    "rates_not_checked",
                    format!(
                        "{}: the rates of {} rows were not checked, for no patients of one kind, or \
                         too many of both, leave nothing to try",
                        self.sheet.name,
                        rows.len() - fits.len()
                    ),
                );
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
    fn fits(&self, rows: &[usize], rates: &[PrintedRates]) -> Vec<(usize, ConfusionFit)> {
        let all = |swapped: bool, digits: Digits| -> Vec<(usize, ConfusionFit)> {
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
                Some((*row, fit_confusion(&printed, positive, negative, digits)?))
            };
            rows.iter().filter_map(fit).collect()
        };
        let agreeing = |fits: &[(usize, ConfusionFit)]| -> usize {
            fits.iter().map(|(_, fit)| fit.agreeing).sum()
        };
        let mut best = all(false, Digits::Rounded);
        let other = all(true, Digits::Rounded);
        let swapped = agreeing(&other) > agreeing(&best);
        if swapped {
            best = other;
        }
        if best.iter().any(|(_, fit)| !fit.misfits.is_empty()) {
            let cut = all(swapped, Digits::Truncated);
            if cut.iter().all(|(_, fit)| fit.misfits.is_empty()) {
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
        let off = |misfit: &Misfit| rates.contains(&misfit.rate);
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
