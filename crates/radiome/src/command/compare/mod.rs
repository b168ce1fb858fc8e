//! `radiome compare`: are variables alike in the groups of a table?

mod categorical;
mod continuous;
mod survival;
mod test;
mod variable;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::Table;
use radiome_stats::compare::Alternative;
use serde_json::{Map, Value, json};

use super::tabular::{Cell, Findings, Levels, Output, Rows, Warning};
use super::{Common, Status};
use test::Test;
use variable::{Kind, Variable};

/// Compare variables between groups, as the first table of a paper does
///
/// The test of each variable is chosen by a rule, and named. Categorical: Pearson's chi-square test
/// without Yates' correction where every expected count is at least 5, else Fisher's exact test.
/// Continuous: where the Shapiro-Wilk test rejects normality in no group (P >= 0.05) Student's t
/// test (of more than two groups, the analysis of variance), else the Mann-Whitney test
/// (Kruskal-Wallis). Survival: the log-rank test.
///
/// Groups, and the levels of a categorical variable, are in ascending order of number or name:
/// differences are the first group less the second, and a trend scores the levels 1, 2, 3, ...
/// A variable of text is categorical, and so is one of at most five different whole numbers that
/// repeat; --type says otherwise.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// The column that names the groups
    #[arg(long, value_name = "COL")]
    group: String,
    /// Variables to compare: names or patterns [default: every column that no other option names]
    #[arg(
        long,
        alias = "features",
        value_name = "A,B,...",
        value_delimiter = ','
    )]
    vars: Vec<String>,
    /// What a variable is: continuous, categorical, or survival (the time; see --event)
    #[arg(long = "type", value_name = "A=TYPE", value_delimiter = ',', value_parser = kind_of)]
    types: Vec<(String, Kind)>,
    /// Of a survival variable, the column that is 1 where the event was seen and 0 where not
    #[arg(long, value_name = "COL")]
    event: Option<String>,
    /// Show every test that there is, not the chosen one alone
    #[arg(long)]
    all_tests: bool,
    /// Rows are the cells of a table, and this column counts the patients in each
    #[arg(long, value_name = "COL")]
    counts: Option<String>,
    /// Which difference counts: the first group less or greater than the second, or either
    #[arg(long, value_enum, default_value = "two.sided")]
    alternative: Side,
    /// Confidence level of the intervals
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95)]
    conf_level: f64,
    /// The column that names each row, which is no variable
    #[arg(long, value_name = "COL")]
    id: Option<String>,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, ValueEnum)]
enum Side {
    /// Either
    #[value(name = "two.sided", aliases = ["two-sided", "two_sided"])]
    Two,
    /// The first group less
    Less,
    /// The first group greater
    Greater,
}

const EXAMPLES: &str = "\
Examples:
  radiome compare patients.csv --group grade --vars age,sex,margin
  radiome compare patients.csv --group grade --vars 'T1_*' --all-tests --out tests.csv
  radiome compare patients.csv --group grade --vars pfs --type pfs=survival --event progressed
  radiome compare counts.csv --group grade --vars stage --counts patients
  radiome compare patients.csv --group grade --vars age --by centre --json

Exit status: 0 all done; 2 the request is wrong.";

fn kind_of(text: &str) -> Result<(String, Kind), String> {
    let help = "write it as in age=continuous; the types are continuous, categorical, survival";
    let (name, kind) = text.rsplit_once('=').ok_or(help)?;
    let kind = Kind::from_str(kind, true).map_err(|_| help)?;
    Ok((name.to_owned(), kind))
}

/// How every test is done.
#[derive(Clone, Copy)]
struct Design {
    alternative: Alternative,
    confidence: f64,
    all_tests: bool,
}

/// A variable's groups described and its tests.
struct Compared {
    /// By group.
    summary: Map<String, Value>,
    /// Lines on the screen: a level (or none), and a text for each group.
    lines: Vec<(Option<String>, Vec<String>)>,
    chosen: &'static str,
    tests: Vec<Test>,
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    if !(options.conf_level > 0.0 && options.conf_level < 1.0) {
        return Err(miette!(
            help = "write it as in --conf-level 0.95",
            "--conf-level {} does not lie between 0 and 1",
            options.conf_level
        ));
    }
    let table = Table::read(&options.table)?;
    options
        .output
        .run(&table, common, |table| compared(options, table))
}

fn compared(options: &Options, table: &Table) -> miette::Result<Findings> {
    let design = Design {
        alternative: match options.alternative {
            Side::Two => Alternative::TwoSided,
            Side::Less => Alternative::Less,
            Side::Greater => Alternative::Greater,
        },
        confidence: options.conf_level,
        all_tests: options.all_tests,
    };
    let column = table.id_column(Some(&options.group))?;
    let groups = Levels::of(table, column)?;
    if groups.names.len() < 2 {
        return Err(miette!(
            help = "choose a column with two or more groups with --group",
            "{}, column \"{column}\": a comparison needs two groups, found {}",
            table.source(),
            groups.names.first().map_or("none", String::as_str)
        ));
    }
    let mut warnings = Vec::new();
    let without = groups.places.iter().filter(|place| place.is_none()).count();
    if without > 0 {
        let told = format!("{without} rows have no value in \"{column}\" and are left out");
        warnings.push(Warning::new("missing_group", told));
    }
    let variables = variable::choose(options, table, column, &mut warnings)?;

    let mut results = Rows::new(&[
        "variable",
        "type",
        "test",
        "chosen",
        "statistic",
        "df1",
        "df2",
        "p_value",
        "estimate",
        "lower",
        "upper",
    ]);
    let mut header = vec!["variable", ""];
    header.extend(groups.names.iter().map(String::as_str));
    header.extend(["test", "p"]);
    let (mut shown, mut found) = (Rows::new(&header), Vec::new());
    for variable in &variables {
        let compared = match &variable.kind {
            Kind::Continuous => continuous::compare(table, variable, &groups, design)?,
            Kind::Categorical => categorical::compare(table, variable, &groups, design)?,
            Kind::Survival => survival::compare(table, variable, &groups, design)?,
        };
        for test in &compared.tests {
            if let Err(reason) = &test.result {
                let told = format!("{}: {} has no result: {reason}", variable.name, test.name);
                warnings.push(Warning::new("test_not_defined", told));
            }
            results.push(test.row(variable, test.name == compared.chosen));
        }
        push_lines(&mut shown, variable, &compared);
        found.push(variable_json(variable, &compared));
    }
    let names: Vec<&str> = variables
        .iter()
        .map(|variable| variable.name.as_str())
        .collect();
    let mut json = Map::new();
    json.insert("group".to_owned(), column.into());
    json.insert("groups_compared".to_owned(), json!(groups.names));
    json.insert("features".to_owned(), json!(names));
    json.insert("variables".to_owned(), Value::Array(found));
    Ok(Findings {
        json,
        warnings,
        results,
        shown,
    })
}

fn variable_json(variable: &Variable, compared: &Compared) -> Value {
    let tests = compared.tests.iter();
    let tests: Map<String, Value> = tests
        .map(|test| (test.name.to_owned(), test.to_json()))
        .collect();
    json!({
        "name": variable.name,
        "type": variable.kind.name(),
        "summary": compared.summary,
        "chosen": compared.chosen,
        "tests": tests,
    })
}

fn push_lines(shown: &mut Rows, variable: &Variable, compared: &Compared) {
    let chosen = compared
        .tests
        .iter()
        .find(|test| test.name == compared.chosen);
    for (number, (level, texts)) in compared.lines.iter().enumerate() {
        let mut row: Vec<Cell> = match number {
            0 => vec![variable.name.as_str().into()],
            _ => vec![Cell::Empty],
        };
        row.push(level.as_deref().map_or(Cell::Empty, Cell::from));
        row.extend(texts.iter().map(|text| Cell::from(text.as_str())));
        if number == 0 {
            row.push(compared.chosen.into());
            row.push(chosen.and_then(Test::p_value).into());
        }
        shown.push(row);
    }
}
