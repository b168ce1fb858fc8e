//! A batch in several parts, each for a machine of its own, and what tells that all are there.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use miette::Diagnostic;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::kept::CaseKeys;
use super::{
    CaseTable, Failure, FinishedCases, LabelChoice, Processing, Reason, Stage, WriteError,
};
use crate::parts::{Key, write_shared};
use crate::table::TableError;

/// One of several parts of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Which, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl Shard {
    /// The whole batch.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Whether the image of this place, from 0, among all images is in the shard.
    #[must_use]
    pub fn has(self, place: usize) -> bool {
        place % self.of + 1 == self.number
    }

    /// What the names of its files begin with.
    fn name(self) -> String {
        format!("shard-{}-of-{}", self.number, self.of)
    }
}

/// A text that names no shard.
#[derive(Debug, Error)]
#[error("`{0}` is no shard: write I/N, as in 3/8, with I from 1 to N")]
pub struct ShardSyntax(String);

impl FromStr for Shard {
    type Err = ShardSyntax;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text
            .split_once('/')
            .and_then(|(number, of)| Some((number.trim().parse().ok()?, of.trim().parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err(ShardSyntax(text.to_owned())),
        }
    }
}

/// What stands for a whole table of cases where a part of it is worked on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseList {
    /// SHA-256 of the table and of the label asked for.
    pub cases: String,
    /// The id of every row.
    pub ids: Vec<String>,
    /// Number of the image and mask of every row, from 0 in the order of the rows; the shards
    /// divide these.
    pub groups: Vec<usize>,
}

/// What a shard leaves beside its finished cases.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// Version of the program.
    pub(super) radiome: String,
    pub(super) shard: Shard,
    /// [`CaseList::cases`].
    pub(super) cases: String,
    /// Stands for the settings.
    pub(super) settings: String,
    /// Columns of the table of cases.
    pub(super) columns: Vec<String>,
    pub(super) results: Vec<CaseResult>,
}

/// One case of a shard.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct CaseResult {
    /// Row of the table, from 0.
    pub(super) row: usize,
    /// Its cells.
    pub(super) cells: Vec<String>,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// The key of the finished case.
    Finished(String),
    Failed {
        id: String,
        stage: String,
        reason_code: String,
        message: String,
    },
}

impl Outcome {
    pub(super) fn failure(&self) -> Option<Failure> {
        match self {
            Self::Finished(_) => None,
            Self::Failed {
                id,
                stage,
                reason_code,
                message,
            } => Some(Failure {
                id: id.clone(),
                stage: Stage::of_name(stage).unwrap_or(Stage::Extract),
                reason: Reason::of_code(reason_code).unwrap_or(Reason::Setting),
                message: message.clone(),
            }),
        }
    }
}

/// Why what shards have left cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum ShardError {
    /// A file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    #[diagnostic(help("do this shard again"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There are none.
    #[error("no shard has ended in {}", .0.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    #[diagnostic(help(
        "name the folders that `radiome extract CASES.csv --shard I/N --out DIR` wrote into"
    ))]
    NoShard(Vec<PathBuf>),
    /// Two shards of different batches.
    #[error("{} and {} are of different batches: {what}", first.display(), second.display())]
    #[diagnostic(help(
        "do all shards with the same table, settings, number of shards and version"
    ))]
    Different {
        /// A file.
        first: PathBuf,
        /// Another.
        second: PathBuf,
        /// In what they differ.
        what: String,
    },
    /// A table cannot be put together.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Table(#[from] TableError),
    /// The table cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Write(#[from] WriteError),
}

/// Where a shard keeps its finished cases: beside those of the other shards, if they share a folder.
#[must_use]
pub fn shard_cases(folder: &Path) -> PathBuf {
    folder.join("cases")
}

/// Where the failures of a shard are listed.
#[must_use]
pub fn shard_failures(folder: &Path, shard: Shard) -> PathBuf {
    match shard {
        Shard::WHOLE => folder.join("failures.csv"),
        shard => folder.join(format!("{}.failures.csv", shard.name())),
    }
}

/// Writes what a shard has done, for [`collect`](super::collect).
///
/// # Errors
/// [`ShardError::Write`].
pub fn write_shard(
    folder: &Path,
    shard: Shard,
    list: &CaseList,
    processing: &Processing,
    label: Option<&LabelChoice>,
    cases: &CaseTable,
    finished: &FinishedCases,
) -> Result<(), ShardError> {
    let settings = CaseKeys::new(std::slice::from_ref(processing)).settings();
    let columns: Vec<String> = cases.table.columns().map(str::to_owned).collect();
    let cells: Vec<&[String]> = (columns.iter())
        .map(|name| cases.table.cells(name))
        .collect::<Result<_, _>>()?;
    let result = |(place, outcome): (usize, &Result<Key, Failure>)| CaseResult {
        row: cases.rows[place],
        cells: cells.iter().map(|cells| cells[place].clone()).collect(),
        outcome: match outcome {
            Ok(key) => Outcome::Finished(key.to_string()),
            Err(failure) => Outcome::Failed {
                id: failure.id.clone(),
                stage: failure.stage.to_string(),
                reason_code: failure.reason.code().to_owned(),
                message: failure.message.clone(),
            },
        },
    };
    let manifest = Manifest {
        radiome: env!("CARGO_PKG_VERSION").to_owned(),
        shard,
        cases: list.cases.clone(),
        settings: Key::of(&[&settings, &label]).to_string(),
        columns,
        results: finished.outcomes().iter().enumerate().map(result).collect(),
    };
    // The list first, so that whoever finds the shard finds the list.
    write_json(&folder.join(list_name(&list.cases)), list)?;
    write_json(&folder.join(format!("{}.json", shard.name())), &manifest)?;
    Ok(())
}

/// The list of all cases, by what stands for it.
fn list_name(cases: &str) -> String {
    format!("cases-{}.json", cases.get(..16).unwrap_or(cases))
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), WriteError> {
    let text = serde_json::to_string(value).map_err(io::Error::from);
    text.and_then(|text| write_shared(path, |file| file.write_all(text.as_bytes())))
        .map_err(|source| WriteError::of(path, source))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, ShardError> {
    let unreadable = |reason: String| ShardError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.kind().to_string()))?;
    serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
}

/// The shards in some folders, of one batch, each with the folder it lies in; one that is in
/// several counts once.
pub(super) struct Shards {
    pub(super) list: CaseList,
    pub(super) of: usize,
    pub(super) found: BTreeMap<usize, (PathBuf, Manifest)>,
}

impl Shards {
    pub(super) fn read(folders: &[PathBuf]) -> Result<Self, ShardError> {
        let mut paths = Vec::new();
        for folder in folders {
            let unreadable = |error: io::Error| ShardError::Unreadable {
                path: folder.clone(),
                reason: error.kind().to_string(),
            };
            for entry in fs::read_dir(folder).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if name.starts_with("shard-") && name.ends_with(".json") {
                    paths.push(path);
                }
            }
        }
        paths.sort();
        let mut first: Option<PathBuf> = None;
        let mut found: BTreeMap<usize, (PathBuf, Manifest)> = BTreeMap::new();
        for path in paths {
            let manifest: Manifest = read_json(&path)?;
            let other = first.as_ref().zip(found.values().next());
            if let Some((first, (_, other))) = other {
                check_alike(first, other, &path, &manifest)?;
            }
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            found
                .entry(manifest.shard.number)
                .or_insert((folder, manifest));
            first.get_or_insert(path);
        }
        let Some((folder, manifest)) = found.values().next() else {
            return Err(ShardError::NoShard(folders.to_vec()));
        };
        let list = read_json(&folder.join(list_name(&manifest.cases)))?;
        let of = manifest.shard.of;
        Ok(Self { list, of, found })
    }
}

fn check_alike(
    first: &Path,
    one: &Manifest,
    second: &Path,
    other: &Manifest,
) -> Result<(), ShardError> {
    let differences = [
        (one.cases != other.cases, "their tables of cases differ"),
        (one.settings != other.settings, "their settings differ"),
        (
            one.shard.of != other.shard.of,
            "their numbers of shards differ",
        ),
        (
            one.radiome != other.radiome,
            "their versions of radiome differ",
        ),
    ];
    match differences.iter().find(|(differ, _)| *differ) {
        None => Ok(()),
        Some((_, what)) => Err(ShardError::Different {
            first: first.to_owned(),
            second: second.to_owned(),
            what: (*what).to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_is_in_one_shard() {
        for of in 1..7 {
            for place in 0..40 {
                let holders = (1..=of).filter(|&number| Shard { number, of }.has(place));
                assert_eq!(holders.count(), 1);
            }
        }
    }

    #[test]
    fn shards_are_written_as_a_fraction() {
        assert_eq!("3/8".parse::<Shard>().unwrap(), Shard { number: 3, of: 8 });
        assert_eq!("1/1".parse::<Shard>().unwrap(), Shard::WHOLE);
        for text in ["0/8", "9/8", "3", "3/", "a/b", "1/0", "-1/2", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
