//! Time to an event, or to the end of observation.

use clap::Args;
use miette::miette;
use radiome::table::{Table, TableError};

/// Which columns hold the follow-up.
#[derive(Args)]
pub(crate) struct FollowUpColumns {
    /// The column with the time to the event or to the end of observation
    #[arg(long, value_name = "COL")]
    pub(crate) time: String,
    /// The column that is 1 where the event was seen and 0 where not
    #[arg(long, value_name = "COL")]
    pub(crate) event: String,
}

impl FollowUpColumns {
    /// The columns of time and event as the table spells them.
    pub(crate) fn names(&self, table: &Table) -> Result<[String; 2], TableError> {
        let spelt = |name: &String| table.id_column(Some(name)).map(str::to_owned);
        Ok([spelt(&self.time)?, spelt(&self.event)?])
    }
}

/// How long each row was observed, and whether the event was seen at the end.
pub(crate) struct FollowUp {
    pub(crate) time: Vec<f64>,
    pub(crate) event: Vec<bool>,
}

impl FollowUp {
    /// The follow-up in two columns without missing cells ([`super::complete_rows`]): times of 0 or
    /// more, and 1 where the event was seen, else 0.
    pub(crate) fn of(table: &Table, time: &str, event: &str) -> miette::Result<Self> {
        let time_column = table.id_column(Some(time))?;
        let event_column = table.id_column(Some(event))?;
        let time = table.numbers(time_column)?;
        for (row, &value) in time.iter().enumerate() {
            if !(value >= 0.0 && value.is_finite()) {
                let what = "is no time; a time is 0 or more";
                return Err(wrong(table, time_column, row, what)?);
            }
        }
        let mut event = Vec::with_capacity(time.len());
        for (row, &value) in table.numbers(event_column)?.iter().enumerate() {
            if value != 0.0 && value != 1.0 {
                let what = "is no event; write 1 where it was seen, else 0";
                return Err(wrong(table, event_column, row, what)?);
            }
            event.push(value == 1.0);
        }
        if !event.contains(&true) {
            return Err(miette!(
                help = "check the column of --event: it is 1 where the event was seen",
                "{}, column \"{event_column}\": no event was seen",
                table.source()
            ));
        }
        Ok(Self { time, event })
    }

    /// How many events were seen.
    pub(crate) fn n_events(&self) -> usize {
        self.event.iter().filter(|seen| **seen).count()
    }
}

fn wrong(table: &Table, column: &str, row: usize, what: &str) -> miette::Result<miette::Report> {
    let (file, place) = table.place(column, row)?;
    let found = table.cells(column)?.get(row).cloned().unwrap_or_default();
    Ok(miette!(
        help = "correct the cell, or empty it if the value is missing",
        "{file}, row {place}, column \"{column}\": \"{found}\" {what}"
    ))
}
