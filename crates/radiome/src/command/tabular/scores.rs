//! Columns of scores that are judged.

use clap::Args;
use miette::miette;
use radiome::table::Table;

use super::Columns;

/// Which columns are scores.
#[derive(Args)]
pub(crate) struct Scores {
    /// The scores: names or patterns [default: every numeric column that no other option names,
    /// diagnostics_* left out]
    #[arg(
        long,
        alias = "features",
        value_name = "A,B,...",
        value_delimiter = ','
    )]
    pub(crate) scores: Vec<String>,
    /// The column that names each row, which is no score
    #[arg(long, value_name = "COL")]
    pub(crate) id: Option<String>,
}

impl Scores {
    /// The scores by name, in the order in which they are asked for, the columns of other options
    /// left out.
    pub(crate) fn choose(&self, table: &Table, taken: &[&str]) -> miette::Result<Vec<String>> {
        let mut columns = Columns {
            id: self.id.clone(),
            features: Vec::new(),
        };
        let mut names = Vec::new();
        if self.scores.is_empty() {
            names = columns.choose(table, taken)?;
        }
        for pattern in &self.scores {
            columns.features = vec![pattern.clone()];
            for name in columns.choose(table, taken)? {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        if names.is_empty() {
            return Err(miette!(
                help = "name them with --scores",
                "{}: no column is left to be a score",
                table.source()
            ));
        }
        Ok(names)
    }

    /// The values of scores in a table without missing cells ([`super::complete_rows`]).
    pub(crate) fn values(table: &Table, names: &[String]) -> miette::Result<Vec<Vec<f64>>> {
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            let values = table.numbers(name)?;
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                let (file, place) = table.place(name, row)?;
                let found = table.cells(name)?.get(row).cloned().unwrap_or_default();
                return Err(miette!(
                    help = "correct the cell, or empty it if the value is missing",
                    "{file}, row {place}, column \"{name}\": \"{found}\" is not finite"
                ));
            }
            columns.push(values);
        }
        Ok(columns)
    }
}
