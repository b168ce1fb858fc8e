//! What the commands on a table share: their options, and how results are shown and written.

mod checked_numbers;
mod complete_rows;
mod features;
mod findings;
mod follow_up;
mod levels;
mod option_values;
mod outcome;
mod predictors;
mod rows;
mod scores;

pub(crate) use checked_numbers::{columns_in_order, finite_numbers, probabilities};
pub(crate) use complete_rows::{complete_places, complete_rows};
pub(crate) use features::{finite_or_missing, matrix, name_some};
pub(crate) use findings::{Findings, Warning};
pub(crate) use follow_up::{FollowUp, FollowUpColumns};
pub(crate) use levels::Levels;
pub(crate) use option_values::{at_times, confidence_level, share};
pub(crate) use outcome::Outcome;
pub(crate) use predictors::{Design, Kind, Predictors};
pub(crate) use rows::{Cell, Rows, short};
pub(crate) use scores::Scores;

use std::path::PathBuf;

use clap::Args;
use miette::{WrapErr, miette};
use radiome::table::{Table, TableError};
use serde_json::{Map, Value, json};

use super::{Common, Status};

/// Columns that say how a feature was made are no features.
const RECORDS: &str = "diagnostics_";

/// Which columns are used.
#[derive(Args)]
pub(crate) struct Columns {
    /// The column that names each row [default: ID, id, PatientID or patient_id]
    #[arg(long, value_name = "COL")]
    pub(crate) id: Option<String>,
    /// Columns to use: names or patterns, `*` for any text, `?` for one character [default: every
    /// numeric column that no other option names, diagnostics_* left out]
    #[arg(long, value_name = "PATTERN,...", value_delimiter = ',')]
    pub(crate) features: Vec<String>,
}

impl Columns {
    /// The columns that are used, those of other options left out.
    pub(crate) fn choose(&self, table: &Table, taken: &[&str]) -> Result<Vec<String>, TableError> {
        let free = |name: &&str| !taken.contains(name);
        if !self.features.is_empty() {
            let fitting = table.matching(&self.features)?;
            return Ok(fitting
                .into_iter()
                .filter(free)
                .map(str::to_owned)
                .collect());
        }
        let id = table.id_column(self.id.as_deref()).ok();
        let numeric = table.columns().filter(free).filter(|&name| {
            id != Some(name) && !name.starts_with(RECORDS) && table.is_numeric(name)
        });
        Ok(numeric.map(str::to_owned).collect())
    }
}

/// Where results go, and whether they are found group by group.
#[derive(Args)]
pub(crate) struct Output {
    /// Do it once for each value of this column
    #[arg(long, value_name = "COL")]
    pub(crate) by: Option<String>,
    /// Print one JSON object instead of the table
    #[arg(long)]
    json: bool,
    /// Write the table of results with all digits: CSV, or as the ending says .tsv, .csv.gz
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Output {
    /// The `--by` column as the table spells it.
    pub(crate) fn by<'a>(&self, table: &'a Table) -> Result<Option<&'a str>, TableError> {
        let by = self.by.as_deref();
        by.map(|name| table.id_column(Some(name))).transpose()
    }

    /// Whether a file is written.
    pub(crate) fn writes(&self) -> bool {
        self.out.is_some()
    }

    /// Does the work on the table, or on the rows of each value of `--by`, and shows what it found.
    pub(crate) fn run(
        &self,
        table: &Table,
        common: &Common,
        work: impl Fn(&Table) -> miette::Result<Findings>,
    ) -> miette::Result<Status> {
        let Some(by) = self.by(table)? else {
            let found = work(table)?;
            let text = found.shown.to_text();
            let json = found.to_json();
            return self.show(json, &text, &found.results, &found.warnings, common);
        };
        let levels = Levels::of(table, by)?;
        if levels.names.is_empty() {
            return Err(miette!(
                help = "choose another column with --by",
                "{}, column \"{by}\": every cell is missing, so there is no group",
                table.source()
            ));
        }
        let (mut groups, mut warnings) = (Map::new(), Vec::new());
        let (mut text, mut results) = (String::new(), Rows::default());
        let without = levels.places.iter().filter(|place| place.is_none()).count();
        if without > 0 {
            let told = format!("{without} rows have no value in \"{by}\" and are left out");
            warnings.push(Warning::new("missing_group", told));
        }
        for (number, name) in levels.names.iter().enumerate() {
            let members = levels.rows_of(number);
            let found = work(&table.select_rows(&members))
                .wrap_err_with(|| format!("in the group {by} = {name}"))?;
            groups.insert(name.clone(), Value::Object(found.to_json()));
            text.push_str(&format!("{by} = {name}\n{}\n", found.shown.to_text()));
            results.append(by, name, &members, found.results);
            warnings.extend(found.warnings.iter().map(|warning| warning.within(name)));
        }
        let warned: Vec<Value> = warnings.iter().map(Warning::to_json).collect();
        let mut json = Map::new();
        json.insert("groups".to_owned(), Value::Object(groups));
        json.insert("warnings".to_owned(), json!(warned));
        self.show(json, &text, &results, &warnings, common)
    }

    fn show(
        &self,
        json: Map<String, Value>,
        text: &str,
        results: &Rows,
        warnings: &[Warning],
        common: &Common,
    ) -> miette::Result<Status> {
        if let Some(path) = &self.out {
            results.to_table()?.write(path)?;
        }
        if let Some(answer) = &common.answer {
            answer.leave(json, results.to_table()?);
        } else if self.json {
            super::print(&format!("{:#}\n", Value::Object(json)))?;
        } else {
            super::print(text)?;
            for warning in warnings {
                common.note(&format!("warning: {}", warning.text));
            }
        }
        if let Some(path) = &self.out {
            common.note(&format!("written: {}", path.display()));
        }
        Ok(Status::Done)
    }
}
