//! Columns of scores that are judged.

use clap::Args;
use miette::miette;
use radiome::table::Table;

use super::{Columns, columns_in_order, finite_numbers};

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
        let names = if self.scores.is_empty() {
            let columns = Columns {
                id: self.id.clone(),
                features: Vec::new(),
            };
            columns.choose(table, taken)?
        } else {
            columns_in_order(table, &self.scores, taken)?
        };
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
        let values = names.iter().map(|name| finite_numbers(table, name));
        values.collect()
    }
}
