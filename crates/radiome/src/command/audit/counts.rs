//! Counts of patients by level and group, and their P values.

use radiome::table::parse_number;
use radiome_stats::audit::PrintedP;
use radiome_stats::audit::counts::{unreached_p, usual_total};
use radiome_stats::compare::contingency_table::ContingencyTable;

use super::finding::{Finding, Report};
use super::sets::{Sizes, same_set};
use super::sheet::Sheet;
use crate::command::tabular::short;

const VARIABLES: [&str; 3] = ["variable", "characteristic", "factor"];
const P_PREFIX: &str = "p_";

/// A table of counts.
pub(super) struct CountTable {
    name: String,
    variables: Vec<Variable>,
    /// Columns of counts, those of a set side by side.
    columns: Vec<CountColumn>,
}

struct CountColumn {
    /// The column as the table spells it.
    column: String,
    set: String,
}

struct Variable {
    name: String,
    line: usize,
    /// Counts of each level, a number for each column.
    levels: Vec<Vec<u64>>,
}

/// The tables that have counts.
pub(super) fn read(sheets: &[Sheet]) -> miette::Result<Vec<CountTable>> {
    let mut tables = Vec::new();
    for sheet in sheets {
        let (Some(variable), Some(level)) = (sheet.column(&VARIABLES), sheet.column(&["level"]))
        else {
            continue;
        };
        let columns = count_columns(sheet, &[variable, level])?;
        if columns.len() < 2 {
            continue;
        }
        let names = sheet.names(variable)?;
        let mut cells = Vec::with_capacity(columns.len());
        for column in &columns {
            cells.push(sheet.cells(&column.column)?);
        }
        let mut variables: Vec<Variable> = Vec::new();
        for (row, name) in names.iter().enumerate() {
            let counts = cells.iter().map(|cells| {
                let cell = cells.get(row).copied().unwrap_or_default();
                parse_number(cell).map_or(0, |count| count as u64)
            });
            let counts: Vec<u64> = counts.collect();
            match variables.last_mut() {
                Some(last) if last.name == *name => last.levels.push(counts),
                _ => variables.push(Variable {
                    name: name.clone(),
                    line: sheet.line(variable, row),
                    levels: vec![counts],
                }),
            }
        }
        tables.push(CountTable {
            name: sheet.name.clone(),
            variables,
            columns,
        });
    }
    Ok(tables)
}

/// The columns of whole numbers, with their sets: `train_low` is of the set `train`. Where a set
/// would have one group alone, all columns are groups of one set without a name.
fn count_columns(sheet: &Sheet, taken: &[&str]) -> miette::Result<Vec<CountColumn>> {
    let mut columns = Vec::new();
    for column in sheet.table.columns() {
        let is_p = column.to_lowercase().starts_with(P_PREFIX);
        if taken.contains(&column) || is_p || Some(column) == sheet.p_column() {
            continue;
        }
        let whole = |cell: &&str| {
            let number = parse_number(cell);
            cell.is_empty() || number.is_some_and(|n| n >= 0.0 && n.fract() == 0.0 && n <= 1e9)
        };
        if sheet.cells(column)?.iter().all(whole) {
            let set = column.rsplit_once('_').map_or("", |(set, _)| set);
            columns.push(CountColumn {
                column: column.to_owned(),
                set: set.to_owned(),
            });
        }
    }
    let groups = |set: &str| columns.iter().filter(|c| c.set == set).count();
    if columns.iter().any(|column| groups(&column.set) < 2) {
        for column in &mut columns {
            column.set.clear();
        }
    }
    Ok(columns)
}

impl CountTable {
    /// The sets in their order.
    fn sets(&self) -> Vec<&str> {
        let mut sets: Vec<&str> = Vec::new();
        for column in &self.columns {
            if !sets.contains(&column.set.as_str()) {
                sets.push(&column.set);
            }
        }
        sets
    }

    /// Places of the columns of a set.
    fn places(&self, set: &str) -> Vec<usize> {
        let columns = self.columns.iter().enumerate();
        let of_set = columns.filter(|(_, column)| column.set == set);
        of_set.map(|(place, _)| place).collect()
    }

    fn totals(&self, place: usize) -> Vec<u64> {
        let total = |variable: &Variable| {
            let counts = variable.levels.iter();
            counts.filter_map(|counts| counts.get(place)).sum()
        };
        self.variables.iter().map(total).collect()
    }

    /// The usual totals of the sets that have two groups.
    pub(super) fn sizes(&self) -> Vec<Sizes> {
        let of_set = |set: &&str| {
            let &[first, second] = self.places(set).as_slice() else {
                return None;
            };
            Some(Sizes {
                set: (*set).to_owned(),
                first: usual_total(&self.totals(first))?,
                second: usual_total(&self.totals(second))?,
            })
        };
        self.sets().iter().filter_map(of_set).collect()
    }

    fn variable(&self, name: &str) -> Option<&Variable> {
        let same = |variable: &&Variable| variable.name.eq_ignore_ascii_case(name);
        self.variables.iter().find(same)
    }

    /// The counts of a variable in each set, with the set's name.
    pub(super) fn of_variable(&self, name: &str) -> Vec<(&str, ContingencyTable)> {
        let Some(variable) = self.variable(name) else {
            return Vec::new();
        };
        let of_set = |set: &str| ContingencyTable::new(&self.counts(variable, set)).ok();
        let sets = self.sets().into_iter();
        sets.filter_map(|set| Some((set, of_set(set)?))).collect()
    }

    fn counts(&self, variable: &Variable, set: &str) -> Vec<Vec<u64>> {
        let places = self.places(set);
        let row = |counts: &Vec<u64>| {
            let cells = places.iter().map(|&place| counts.get(place).copied());
            cells.map(Option::unwrap_or_default).collect()
        };
        variable.levels.iter().map(row).collect()
    }
}

/// How many P values there are to compare with the counts of a set.
pub(super) fn comparisons(sheets: &[Sheet], tables: &[CountTable]) -> miette::Result<usize> {
    let mut comparisons = 0;
    for sheet in sheets {
        for published in of_sheet(sheet)? {
            let printed = published.rows.iter().filter(|(_, p)| p.is_some());
            let sets = printed.map(|(name, _)| sets_of(tables, name));
            comparisons += sets.sum::<usize>();
        }
    }
    Ok(comparisons)
}

/// In how many sets a variable is counted.
pub(super) fn sets_of(tables: &[CountTable], name: &str) -> usize {
    let of_table = tables.iter().filter(|table| table.variable(name).is_some());
    of_table.map(|table| table.sets().len()).sum()
}

pub(super) fn audit(
    sheets: &[Sheet],
    tables: &[CountTable],
    steps: u64,
    report: &mut Report,
) -> miette::Result<()> {
    for table in tables {
        report.checked(
            &table.name,
            "counts",
            table.columns.len() * table.variables.len(),
        );
        for (place, column) in table.columns.iter().enumerate() {
            let totals = table.totals(place);
            let Some(usual) = usual_total(&totals) else {
                continue;
            };
            for (variable, &total) in table.variables.iter().zip(&totals) {
                if total != usual {
                    report.findings.push(Finding {
                        table: table.name.clone(),
                        row: variable.name.clone(),
                        line: variable.line,
                        column: column.column.clone(),
                        printed: total.to_string(),
                        implied: Some(usual as f64),
                        rule: "count_total",
                        explanation: format!(
                            "the levels sum to {total}, those of most variables to {usual}"
                        ),
                    });
                }
            }
        }
    }
    for sheet in sheets {
        for published in of_sheet(sheet)? {
            audit_p(sheet, &published, tables, steps, report);
        }
    }
    Ok(())
}

/// A column of P values of the variables of a set.
pub(super) struct PublishedP<'a> {
    pub(super) column: &'a str,
    pub(super) set: String,
    /// A name and a P value for each row.
    pub(super) rows: Vec<(String, Option<PrintedP>)>,
}

/// The columns `p_SET`, or a single one, beside variables.
pub(super) fn of_sheet(sheet: &Sheet) -> miette::Result<Vec<PublishedP<'_>>> {
    let Some(variable) = sheet.column(&VARIABLES) else {
        return Ok(Vec::new());
    };
    // tables of another kind have a P value of their own in each row
    if sheet
        .column(&["mean", "or", "odds_ratio", "hr", "hazard_ratio"])
        .is_some()
    {
        return Ok(Vec::new());
    }
    let names = sheet.names(variable)?;
    let of_set = |column: &&str| {
        let name = column.to_lowercase();
        name.starts_with(P_PREFIX) && Some(*column) != sheet.p_column()
    };
    let mut columns: Vec<&str> = sheet.table.columns().filter(of_set).collect();
    if columns.is_empty() {
        columns.extend(sheet.p_column());
    }
    let values = sheet.p_values(&columns)?;
    let published = columns.into_iter().zip(values).map(|(column, values)| {
        let set = match sheet.p_column() {
            Some(only) if only == column => String::new(),
            _ => column.get(P_PREFIX.len()..).unwrap_or_default().to_owned(),
        };
        PublishedP {
            column,
            set,
            rows: names.iter().cloned().zip(values).collect(),
        }
    });
    Ok(published.collect())
}

fn audit_p(
    sheet: &Sheet,
    published: &PublishedP,
    tables: &[CountTable],
    steps: u64,
    report: &mut Report,
) {
    let mut cells = 0;
    for (row, (name, p)) in published.rows.iter().enumerate() {
        let Some(p) = *p else { continue };
        for table in tables {
            for (set, counts) in table.of_variable(name) {
                if !same_set(set, &published.set) {
                    continue;
                }
                let found = match unreached_p(&counts, p, steps) {
                    Ok(found) => found,
                    Err(_) => {
                        report.undecided += 1;
                        continue;
                    }
                };
                cells += 1;
                let Some(found) = found else { continue };
                let tests: Vec<String> = found
                    .tests
                    .iter()
                    .map(|test| format!("{} {}", test.test.name(), short(test.p_value)))
                    .collect();
                let printed = sheet.cells(published.column);
                let printed = printed.ok().and_then(|cells| cells.get(row).copied());
                report.findings.push(Finding {
                    table: sheet.name.clone(),
                    row: name.clone(),
                    line: sheet.line(published.column, row),
                    column: published.column.to_owned(),
                    printed: printed.unwrap_or_default().to_owned(),
                    implied: Some(found.by_rule),
                    rule: "p_of_counts",
                    explanation: format!(
                        "no usual test of the counts gives it: {}",
                        tests.join(", ")
                    ),
                });
            }
        }
    }
    report.checked(&sheet.name, "p_values", cells);
}
