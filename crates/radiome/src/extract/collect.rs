//! The shards of a batch put together again.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use radiome_features::FeatureRow;

use super::shard::{CaseResult, Outcome, Shards, shard_cases};
use super::{Failure, FeatureRows, Form, Reason, Shard, ShardError, WriteError, kept, write_rows};
use crate::parts::{Key, Parts};
use crate::table::Table;

/// What shards have left, in the order of the table of cases.
#[derive(Debug)]
pub struct Collected {
    table: Table,
    rows: Vec<Option<(Parts, Key)>>,
    /// Rows of the table of cases.
    listed: usize,
    failures: Vec<Failure>,
    missing: Vec<MissingCase>,
}

/// A row of the table of cases for which nothing was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingCase {
    /// Its id.
    pub id: String,
    /// The shard that it belongs to.
    pub shard: Shard,
}

/// Puts together what shards of one batch have left in some folders, in any order.
///
/// # Errors
/// See [`ShardError`]. Cases that are missing are no error: see [`Collected::missing`].
pub fn collect(folders: &[PathBuf]) -> Result<Collected, ShardError> {
    let Shards { list, of, found } = Shards::read(folders)?;
    let mut columns: Vec<String> = Vec::new();
    let mut results: Vec<(Parts, CaseResult)> = Vec::new();
    for (folder, manifest) in found.into_values() {
        let parts = Parts::existing(&shard_cases(&folder));
        // The columns are those of the table, the same in all shards.
        columns = manifest.columns;
        results.extend(manifest.results.into_iter().map(|one| (parts.clone(), one)));
    }
    // Cases of one row lie in one shard, in their order.
    results.sort_by_key(|(_, result)| result.row);

    let mut lost: HashSet<usize> = HashSet::new();
    let mut there: HashSet<usize> = HashSet::new();
    let mut kept_results = Vec::new();
    let mut failures = Vec::new();
    for (parts, result) in results {
        let key = match &result.outcome {
            Outcome::Finished(key) => match Key::parse(key).filter(|&key| parts.has(key)) {
                Some(key) => Some((parts, key)),
                None => {
                    lost.insert(result.row);
                    continue;
                }
            },
            Outcome::Failed { .. } => None,
        };
        if let Some(failure) = result.outcome.failure() {
            if failure.reason == Reason::Interrupted {
                lost.insert(result.row);
                continue;
            }
            failures.push(failure);
        }
        there.insert(result.row);
        kept_results.push((key, result));
    }
    let missing = (0..list.ids.len())
        .filter(|row| lost.contains(row) || !there.contains(row))
        .map(|row| MissingCase {
            id: list.ids[row].clone(),
            shard: Shard {
                number: list.groups[row] % of + 1,
                of,
            },
        })
        .collect();

    let mut table = Table::new("the shards", kept_results.len());
    for (place, name) in columns.iter().enumerate() {
        let cell = |(_, result): &(_, CaseResult)| result.cells.get(place).cloned();
        let cells = kept_results.iter().map(|one| cell(one).unwrap_or_default());
        table.push_texts(name, cells.collect())?;
    }
    Ok(Collected {
        table,
        rows: kept_results.into_iter().map(|(key, _)| key).collect(),
        listed: list.ids.len(),
        failures,
        missing,
    })
}

impl Collected {
    /// Rows of the table of cases for which nothing was found, in their order.
    #[must_use]
    pub fn missing(&self) -> &[MissingCase] {
        &self.missing
    }

    /// The cases that failed, in their order.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// Number of rows of the table of cases.
    #[must_use]
    pub fn listed(&self) -> usize {
        self.listed
    }

    /// Number of cases that were found, finished or failed.
    #[must_use]
    pub fn found(&self) -> usize {
        self.rows.len()
    }

    /// Writes the rows that were found, as an unbroken run of all cases would.
    ///
    /// # Errors
    /// [`ShardError::Write`].
    pub fn write(&self, path: &Path, form: Form) -> Result<(), ShardError> {
        Ok(write_rows(path, form, &self.table, self)?)
    }
}

impl FeatureRows for Collected {
    fn row(&self, place: usize) -> Result<Option<Cow<'_, FeatureRow>>, WriteError> {
        match self.rows.get(place) {
            Some(Some((parts, key))) => {
                kept::whole_row(parts, *key).map(|row| Some(Cow::Owned(row)))
            }
            _ => Ok(None),
        }
    }
}
