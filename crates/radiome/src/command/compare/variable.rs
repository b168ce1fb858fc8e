//! Which variables are compared, and what they are.

use clap::ValueEnum;
use miette::miette;
use radiome::table::{Table, parse_number};
use radiome_stats::describe::present;

use super::Options;
use crate::command::tabular::{Levels, Warning};

/// A numeric variable with more levels than this is continuous, as in a study's report.
const MOST_LEVELS_OF_A_NUMBER: usize = 5;

/// What a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A number
    Continuous,
    /// One of a few levels
    Categorical,
    /// A time to an event
    Survival,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Continuous => "continuous",
            Self::Categorical => "categorical",
            Self::Survival => "survival",
        }
    }
}

/// A variable that is compared.
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Of a survival variable, the column of its event.
    pub(super) event: Option<String>,
    /// The patients that each row counts; none where it is one.
    pub(super) counts: Option<Vec<u64>>,
}

/// The variables of the options, with what each of them is.
pub(super) fn choose(
    options: &Options,
    table: &Table,
    group: &str,
    warnings: &mut Vec<Warning>,
) -> miette::Result<Vec<Variable>> {
    let named = |name: &Option<String>| {
        let name = name.as_deref();
        name.map(|name| table.id_column(Some(name))).transpose()
    };
    let (event, counts) = (named(&options.event)?, named(&options.counts)?);
    let id = table.id_column(options.id.as_deref());
    let id = if options.id.is_some() {
        Some(id?)
    } else {
        id.ok()
    };
    let taken: Vec<&str> = [event, counts, options.output.by(table)?]
        .into_iter()
        .flatten()
        .chain([group])
        .collect();
    let names: Vec<&str> = if options.vars.is_empty() {
        let free = |name: &&str| !taken.contains(name) && id != Some(name);
        table.columns().filter(free).collect()
    } else {
        let fitting = table.matching(&options.vars)?;
        fitting.into_iter().filter(|&name| name != group).collect()
    };
    if names.is_empty() {
        return Err(miette!(
            help = "name other columns with --vars",
            "{}: no variable is left to compare between the groups of \"{group}\"",
            table.source()
        ));
    }
    for (name, _) in &options.types {
        if !names.contains(&table.id_column(Some(name))?) {
            return Err(miette!(
                help = "add it to --vars, or take its --type away",
                "--type {name}: \"{name}\" is no variable that is compared"
            ));
        }
    }
    let counts = counts.map(|column| patients(table, column)).transpose()?;
    let variable = |name: &str| -> miette::Result<Variable> {
        let given = options
            .types
            .iter()
            .find(|(of, _)| of.eq_ignore_ascii_case(name));
        let kind = match given {
            Some((_, kind)) => *kind,
            None if counts.is_some() => Kind::Categorical,
            None => guess(table, name, warnings)?,
        };
        if counts.is_some() && kind != Kind::Categorical {
            return Err(miette!(
                help = "with --counts, variables are categorical",
                "--type {name}={}: the rows of --counts are cells of a table",
                kind.name()
            ));
        }
        if kind == Kind::Survival && event.is_none() {
            return Err(miette!(
                help = "name the column that is 1 where the event was seen with --event",
                "--type {name}=survival: the event of the time \"{name}\" is not given"
            ));
        }
        Ok(Variable {
            name: name.to_owned(),
            kind,
            event: event.map(str::to_owned),
            counts: counts.clone(),
        })
    };
    names.into_iter().map(variable).collect()
}

/// What a column looks like.
fn guess(table: &Table, name: &str, warnings: &mut Vec<Warning>) -> miette::Result<Kind> {
    if !table.is_numeric(name) {
        // A slip of the pen among measurements is no category.
        if !table.holds_words(name) && measured(table, name)? {
            table.numbers(name).map_err(|error| {
                miette::Report::new(error).wrap_err(format!(
                    "\"{name}\" holds numbers and other text; give --type {name}=categorical if \
                     they are categories"
                ))
            })?;
        }
        return Ok(Kind::Categorical);
    }
    let values = present(&table.numbers(name)?);
    let levels = Levels::of(table, name)?.names.len();
    let whole = values.iter().all(|value| value.fract() == 0.0);
    if !whole || levels > MOST_LEVELS_OF_A_NUMBER || 2 * levels > values.len() {
        return Ok(Kind::Continuous);
    }
    if levels > 2 {
        warnings.push(Warning::new(
            "number_as_categorical",
            format!("{name} has {levels} different numbers and is compared as categorical; --type {name}=continuous compares it as a number"),
        ));
    }
    Ok(Kind::Categorical)
}

/// Whether the numbers of a column are measurements: fractions, or of many different values.
fn measured(table: &Table, name: &str) -> miette::Result<bool> {
    let texts = table.texts(name)?;
    let mut values: Vec<f64> = texts
        .into_iter()
        .flatten()
        .filter_map(parse_number)
        .collect();
    let whole = values.iter().all(|value| value.fract() == 0.0);
    values.sort_by(f64::total_cmp);
    values.dedup();
    Ok(!whole || values.len() > MOST_LEVELS_OF_A_NUMBER)
}

/// The counts of the rows.
fn patients(table: &Table, column: &str) -> miette::Result<Vec<u64>> {
    let values = table.numbers(column)?;
    let count = |(row, &value): (usize, &f64)| {
        if value >= 0.0 && value.fract() == 0.0 && value <= f64::from(u32::MAX) {
            return Ok(value as u64);
        }
        let (file, place) = table.place(column, row)?;
        let found = table.cells(column)?.get(row).cloned().unwrap_or_default();
        Err(miette!(
            help = "a count is a whole number, 0 or more",
            "{file}, row {place}, column \"{column}\": \"{found}\" is no count"
        ))
    };
    values.iter().enumerate().map(count).collect()
}
