//! Differences of areas on the same patients, and their P values.

use radiome_stats::audit::PrintedP;
use radiome_stats::audit::auc_difference::{
    HIGHEST_CORRELATION, NeededCorrelation, error_of, needed_correlation,
    needed_correlation_of_errors, p_at_correlation,
};
use radiome_stats::audit::interval::PrintedInterval;

use super::finding::{Finding, Report};
use super::performance::{AREAS, MODELS, intervals_of};
use super::sets::same_set;
use super::sheet::{Sheet, p_of};
use crate::command::tabular::short;

/// An area of a model in a set.
struct Area {
    model: String,
    set: String,
    interval: PrintedInterval,
}

/// What a comparison needs, and the P value at the highest correlation that is believed.
struct Needed {
    correlation: NeededCorrelation,
    highest_p: f64,
}

pub(super) fn audit(sheets: &[Sheet], level: f64, report: &mut Report) -> miette::Result<()> {
    let areas = areas(sheets)?;
    for sheet in sheets {
        let of = |names: &[&str]| sheet.column(names);
        let models = (
            of(&["a", "model_a", "first", "model1"]),
            of(&["b", "model_b", "second", "model2"]),
        );
        let errors = (
            of(&["diff", "difference"]),
            of(&["se1", "se_a"]),
            of(&["se2", "se_b"]),
        );
        if let (Some(a), Some(b)) = models {
            if sheet.p_column().is_some() {
                let rows = of_models(sheet, (a, b), &areas, level, report)?;
                judge(sheet, rows, report);
            }
        } else if let (Some(difference), Some(first), Some(second)) = errors {
            let rows = of_errors(sheet, difference, [first, second])?;
            judge(sheet, rows, report);
        }
    }
    Ok(())
}

fn areas(sheets: &[Sheet]) -> miette::Result<Vec<Area>> {
    let mut areas = Vec::new();
    for sheet in sheets {
        let columns = [&MODELS[..], &AREAS, &["lower"], &["upper"]];
        let columns = columns.map(|names| sheet.column(names));
        let [Some(model), Some(area), Some(lower), Some(upper)] = columns else {
            continue;
        };
        let (models, sets) = (sheet.names(model)?, sheet.sets()?);
        for (row, interval) in intervals_of(sheet, [area, lower, upper])? {
            areas.push(Area {
                model: models.get(row).cloned().unwrap_or_default(),
                set: sets.get(row).cloned().unwrap_or_default(),
                interval,
            });
        }
    }
    Ok(areas)
}

/// A row that compares two areas.
struct Row<'a> {
    place: usize,
    name: String,
    /// The column of the P value.
    column: &'a str,
    /// The P value as it is printed.
    printed: String,
    needed: Option<Needed>,
}

fn of_models<'a>(
    sheet: &'a Sheet,
    (a, b): (&str, &str),
    areas: &[Area],
    level: f64,
    report: &mut Report,
) -> miette::Result<Vec<Row<'a>>> {
    let Some(column) = sheet.p_column() else {
        return Ok(Vec::new());
    };
    let (first, second, sets) = (sheet.cells(a)?, sheet.cells(b)?, sheet.sets()?);
    let (p, printed) = (sheet.p_values(&[column])?.concat(), sheet.cells(column)?);
    let mut rows = Vec::new();
    let all = first.iter().zip(&second).zip(&sets).zip(p).zip(printed);
    for (place, ((((a, b), set), p), printed)) in all.enumerate() {
        let Some(p) = p else { continue };
        let area = |model: &str| {
            let same =
                |area: &&Area| area.model.eq_ignore_ascii_case(model) && same_set(&area.set, set);
            areas.iter().find(same)
        };
        let between = if set.is_empty() { "" } else { ", " };
        let name = format!("{a} vs {b}{between}{set}");
        let (Some(x), Some(y)) = (area(a), area(b)) else {
            report.warn(
                "area_not_known",
                format!(
                    "{}: {name} was not checked, for no table has both areas with their intervals",
                    sheet.name
                ),
            );
            continue;
        };
        let (x, y) = (&x.interval, &y.interval);
        let needed = needed_correlation(x, y, p, level).map(|correlation| Needed {
            correlation,
            highest_p: p_at_correlation(
                x.estimate.value - y.estimate.value,
                [error_of(x, level), error_of(y, level)],
                HIGHEST_CORRELATION,
            ),
        });
        rows.push(Row {
            place,
            name,
            column,
            printed: printed.to_owned(),
            needed,
        });
    }
    Ok(rows)
}

fn of_errors<'a>(
    sheet: &'a Sheet,
    difference: &str,
    errors: [&str; 2],
) -> miette::Result<Vec<Row<'a>>> {
    let name_column = sheet.column(&["comparison", "name"]);
    let Some(column) = sheet.p_column().or(name_column) else {
        return Ok(Vec::new());
    };
    let names: Vec<&str> = match name_column {
        Some(column) => sheet.cells(column)?,
        None => vec![""; sheet.table.len()],
    };
    let printed: Vec<String> = match sheet.p_column() {
        Some(column) => sheet
            .cells(column)?
            .into_iter()
            .map(str::to_owned)
            .collect(),
        None => names.iter().map(|name| p_in_name(name)).collect(),
    };
    let p: Vec<Option<PrintedP>> = match sheet.p_column() {
        Some(column) => sheet.p_values(&[column])?.concat(),
        None => printed.iter().map(|p| p_of(p, None)).collect(),
    };
    let differences = sheet.table.numbers(difference)?;
    let [first, second] = errors.map(|column| sheet.table.numbers(column));
    let (first, second) = (first?, second?);
    let mut rows = Vec::new();
    let all = differences
        .iter()
        .zip(&first)
        .zip(&second)
        .zip(p)
        .zip(printed);
    for (place, ((((&d, &s1), &s2), p), printed)) in all.enumerate() {
        let Some(p) = p else { continue };
        let needed = needed_correlation_of_errors(d, [s1, s2], p).map(|correlation| Needed {
            correlation,
            highest_p: p_at_correlation(d, [s1, s2], HIGHEST_CORRELATION),
        });
        rows.push(Row {
            place,
            name: names.get(place).copied().unwrap_or_default().to_owned(),
            column,
            printed,
            needed,
        });
    }
    Ok(rows)
}

/// The P value at the end of a name, where a table has no column for it: `..._p_0.297`,
/// `..._p_lt_0.001`.
fn p_in_name(name: &str) -> String {
    let p = name.rsplit_once("_p_").map_or("", |(_, p)| p);
    p.replace("lt_", "<").replace("gt_", ">")
}

fn judge(sheet: &Sheet, rows: Vec<Row>, report: &mut Report) {
    report.checked(&sheet.name, "auc_comparisons", rows.len());
    for row in rows {
        let impossible = |needed: &Needed| needed.correlation.is_impossible();
        let Some(needed) = row.needed.filter(impossible) else {
            continue;
        };
        report.findings.push(Finding {
            table: sheet.name.clone(),
            row: row.name,
            line: sheet.line(row.column, row.place),
            column: row.column.to_owned(),
            printed: row.printed,
            implied: Some(needed.highest_p),
            rule: "auc_difference",
            explanation: format!(
                "the two areas would have to be correlated by {:.4}; even at {HIGHEST_CORRELATION} P \
                 is {}",
                needed.correlation.correlation,
                short(needed.highest_p)
            ),
        });
    }
}
