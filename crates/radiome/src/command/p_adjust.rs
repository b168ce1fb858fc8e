//! `radiome p-adjust`: P values adjusted for the number of tests.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::miette;
use radiome::table::{Table, number_json};
use radiome_stats::compare::{
    CompareError,
    p_adjust::{Adjustment, p_adjust},
};
use serde_json::{Value, json};

use super::tabular::{Findings, Output, Rows};
use super::{Common, Status};

/// Adjust P values for the number of tests
///
/// Gives what R's p.adjust gives. A missing P value stays missing and counts as no test. With --by,
/// each group is a family of tests of its own.
#[derive(Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Options {
    /// The table (CSV, TSV, XLSX; `-` is standard input)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
    /// The column with the P values
    #[arg(long, value_name = "COL")]
    p: String,
    /// How they are adjusted
    #[arg(long, value_enum, ignore_case = true, default_value = "holm")]
    method: Method,
    /// The column that names each row, shown beside the P values
    #[arg(long, value_name = "COL")]
    id: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// The methods by name.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Method {
    /// Holm: family-wise error, always valid
    Holm,
    /// Hochberg: family-wise error, independent tests
    Hochberg,
    /// Hommel: family-wise error, independent tests, most powerful
    Hommel,
    /// Bonferroni: times the number of tests
    Bonferroni,
    /// Benjamini-Hochberg: false discovery rate, independent tests
    #[value(alias = "fdr")]
    Bh,
    /// Benjamini-Yekutieli: false discovery rate, any dependence
    By,
    /// As they are
    None,
}

const EXAMPLES: &str = "\
Examples:
  radiome p-adjust tests.csv --p p_value --method bh
  radiome compare patients.csv --group grade --vars 'T1_*' --out tests.csv
  radiome p-adjust tests.csv --p p_value --id variable --by test --out adjusted.csv

Exit status: 0 all done; 2 the request is wrong.";

impl Method {
    pub(super) fn adjustment(self) -> Adjustment {
        match self {
            Self::Holm => Adjustment::Holm,
            Self::Hochberg => Adjustment::Hochberg,
            Self::Hommel => Adjustment::Hommel,
            Self::Bonferroni => Adjustment::Bonferroni,
            Self::Bh => Adjustment::BenjaminiHochberg,
            Self::By => Adjustment::BenjaminiYekutieli,
            Self::None => Adjustment::None,
        }
    }

    pub(super) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let table = Table::read(&options.table)?;
    options
        .output
        .run(&table, common, |table| adjusted(options, table))
}

fn adjusted(options: &Options, table: &Table) -> miette::Result<Findings> {
    let column = table.id_column(Some(&options.p))?;
    let p = table.numbers(column)?;
    let adjusted = match p_adjust(&p, options.method.adjustment()) {
        Ok(adjusted) => adjusted,
        Err(CompareError::NoProbability { place, .. }) => {
            let (file, row) = table.place(column, place)?;
            let found = table.cells(column)?.get(place).cloned();
            return Err(miette!(
                help = "correct the cell, or choose another column with --p",
                "{file}, row {row}, column \"{column}\": {} is no P value, which lies between 0 and 1",
                found.unwrap_or_default()
            ));
        }
        Err(error) => return Err(miette!("{}: {error}", table.source())),
    };
    // Without --id a table need not have one.
    let id = match &options.id {
        Some(name) => Some(table.id_column(Some(name))?),
        None => table.id_column(None).ok(),
    };
    let ids = id.map(|id| table.cells(id)).transpose()?;
    let mut header: Vec<&str> = id.into_iter().collect();
    header.extend([column, "p_adjusted"]);
    let (mut results, mut shown) = (Rows::new(&header), Rows::new(&header));
    for (row, (p, adjusted)) in p.iter().zip(&adjusted).enumerate() {
        let mut cells = Vec::new();
        if let Some(ids) = ids {
            cells.push(ids.get(row).cloned().unwrap_or_default().into());
        }
        cells.extend([(*p).into(), (*adjusted).into()]);
        results.push(cells.clone());
        shown.push(cells);
    }
    let numbers =
        |values: &[f64]| -> Vec<Value> { values.iter().map(|&v| number_json(v)).collect() };
    let json = json!({
        "method": options.method.name(),
        "n": p.iter().filter(|p| !p.is_nan()).count(),
        "ids": ids,
        "p": numbers(&p),
        "adjusted": numbers(&adjusted),
    });
    Ok(Findings {
        json: json.as_object().cloned().unwrap_or_default(),
        warnings: Vec::new(),
        results,
        shown,
    })
}
