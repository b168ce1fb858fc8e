//! A batch whose finished cases lie in a folder, so that they need not fit into memory and outlive
//! the process.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use radiome_features::FeatureRow;
use serde::{Deserialize, Serialize};

use super::batch::{Group, in_order, same_files};
use super::kept::{self, CaseKeys};
use super::{Batch, Case, Failure, FeatureRows, Observed, Processing, Stage, WriteError};
use crate::input_hash::input_hash;
use crate::parts::{Key, Parts};

/// The cases of a batch by their places: finished and kept, or failed.
#[derive(Debug)]
pub struct FinishedCases {
    parts: Parts,
    /// The key of each case; `None` where its files could not be read.
    keys: Vec<Option<Key>>,
    outcomes: Vec<Result<Key, Failure>>,
    earlier: usize,
}

/// What is left in a folder while it is removed: that its table is complete.
#[derive(Serialize, Deserialize)]
struct Complete {
    /// Stands for the keys of all cases.
    cases: String,
    /// SHA-256 of the table.
    table: String,
    failures: usize,
}

/// The name of that piece.
fn complete() -> Key {
    Key::of(&[&"complete"])
}

impl Batch {
    /// Extracts the features of every case, as [`Batch::run`], and leaves them where finished cases
    /// are kept. `None` where the batch keeps none.
    #[must_use]
    pub fn finish(
        &self,
        cases: &[Case],
        processing: &[Processing],
        observe: &(dyn Fn(Observed<'_>) + Sync),
    ) -> Option<FinishedCases> {
        let parts = self.parts()?.clone();
        let done = self.outcomes(cases, processing, observe, &|_| ());
        let outcome = |((row, key), case): ((Result<(), Failure>, &Option<Key>), &Case)| {
            row?;
            // A file that could not be hashed and then was read is one that somebody writes.
            key.ok_or_else(|| Failure::of_change(case))
        };
        let outcomes = done
            .rows
            .into_iter()
            .zip(&done.keys)
            .zip(cases)
            .map(outcome);
        Some(FinishedCases {
            outcomes: outcomes.collect(),
            earlier: parts.reused(),
            parts,
            keys: done.keys,
        })
    }

    /// How many cases of a complete table failed, where an earlier run was stopped after it had
    /// written the table of these very cases and before it had removed what it had kept.
    #[must_use]
    pub fn completed(
        &self,
        cases: &[Case],
        processing: &[Processing],
        table: &Path,
    ) -> Option<usize> {
        let found: Complete = self.parts()?.get(complete())?;
        if input_hash(table).ok()? != found.table {
            return None;
        }
        let keys = CaseKeys::new(processing);
        let groups = same_files(cases, processing);
        let bar = indicatif::ProgressBar::hidden();
        let hashed = self.each(&groups, bar, |group: &Group<'_>| {
            let hashes = keys.hashes(&group.cases);
            let key = |case: &&Case| {
                let hashes = hashes.as_ref()?;
                Some(keys.of(case, hashes, &group.several))
            };
            group.cases.iter().map(key).map(Ok).collect()
        });
        let all = in_order(&groups, hashed);
        let all: Vec<Option<Key>> = all.into_iter().map(|key| key.ok().flatten()).collect();
        (Key::of(&[&all]).to_string() == found.cases).then_some(found.failures)
    }
}

impl FinishedCases {
    /// The cases that failed, in order.
    #[must_use]
    pub fn failures(&self) -> Vec<&Failure> {
        let failures = self.outcomes.iter().filter_map(|one| one.as_ref().err());
        failures.collect()
    }

    /// Number of cases.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether there are no cases.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// How many cases earlier runs had finished.
    #[must_use]
    pub fn earlier(&self) -> usize {
        self.earlier
    }

    /// Whether every case is done as far as its bytes allow: nothing would come of another try.
    #[must_use]
    pub fn is_conclusive(&self) -> bool {
        let mut failures = self.failures().into_iter();
        failures.all(|failure| failure.reason.is_of_the_bytes())
    }

    /// The first case that could not be kept, which stopped the batch.
    #[must_use]
    pub fn not_kept(&self) -> Option<&Failure> {
        let mut failures = self.failures().into_iter();
        failures.find(|failure| failure.stage == Stage::Keep)
    }

    /// The key of every finished case, and the failure of every other.
    pub(super) fn outcomes(&self) -> &[Result<Key, Failure>] {
        &self.outcomes
    }

    /// Removes what was kept, now that a table holds it. A process that is killed meanwhile leaves
    /// word that the table is complete.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self, table: &Path) -> io::Result<()> {
        let done = Complete {
            cases: Key::of(&[&self.keys]).to_string(),
            table: input_hash(table).map_err(|(_, error)| error)?,
            failures: self.failures().len(),
        };
        self.parts.put(complete(), &done)?;
        Parts::clear(self.parts.folder(), Some(complete()))
    }

    /// Removes what an earlier run has kept in a folder, and says whether there was anything.
    ///
    /// # Errors
    /// What the system says.
    pub fn discard(folder: &Path) -> io::Result<bool> {
        let there = folder.is_dir();
        Parts::clear(folder, Some(complete()))?;
        Ok(there)
    }
}

impl FeatureRows for FinishedCases {
    fn row(&self, place: usize) -> Result<Option<Cow<'_, FeatureRow>>, WriteError> {
        match self.outcomes.get(place) {
            Some(Ok(key)) => kept::whole_row(&self.parts, *key).map(|row| Some(Cow::Owned(row))),
            _ => Ok(None),
        }
    }
}
