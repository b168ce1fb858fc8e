//! What of an unfinished run is kept, and when a run stops before its end.

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::extract::{Batch, Progress};
use crate::interruption::Interruption;
use crate::parts::{Key, Parts};

/// Keeps the finished pieces of a run and watches whether it should stop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resumption {
    parts: Option<Parts>,
    interruption: Interruption,
}

/// A run that did not come to its end. What it had finished is kept.
#[derive(Clone, Debug, Error, Diagnostic, PartialEq, Eq)]
pub enum Stopped {
    /// It was asked to stop.
    #[error("interrupted")]
    #[diagnostic(help(
        "run the same command again with --resume to go on: what was finished is kept"
    ))]
    Interrupted,
    /// A finished piece could not be kept.
    #[error("cannot keep what is finished in {}: {why}", folder.display())]
    #[diagnostic(help("make room, then run the same command again with --resume"))]
    NotKept {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        why: io::ErrorKind,
    },
}

impl Resumption {
    /// Keeps pieces in a folder; with `resume`, those of an earlier run are used, else removed.
    pub(crate) fn open(
        folder: &Path,
        resume: bool,
        interruption: &Interruption,
    ) -> io::Result<Self> {
        if !resume {
            Parts::clear(folder, None)?;
        }
        Ok(Self {
            parts: Some(Parts::open(folder, resume)?),
            interruption: interruption.clone(),
        })
    }

    /// A batch of cases that are kept too.
    pub(crate) fn batch(&self, jobs: Option<usize>, progress: Progress) -> Batch {
        Batch::new(jobs, progress)
            .interrupted_by(&self.interruption)
            .keeping_in(self.parts.clone())
    }

    /// How many pieces of an earlier run were used.
    pub(crate) fn reused(&self) -> usize {
        self.parts.as_ref().map_or(0, Parts::reused)
    }

    /// An error if the run should stop.
    pub(crate) fn check(&self) -> Result<(), Stopped> {
        if self.interruption.requested() {
            return Err(Stopped::Interrupted);
        }
        let Some(parts) = &self.parts else {
            return Ok(());
        };
        match parts.trouble() {
            None => Ok(()),
            Some(why) => Err(Stopped::NotKept {
                folder: parts.folder().to_owned(),
                why,
            }),
        }
    }

    /// Pieces that depend on these values.
    pub(crate) fn pieces(&self, values: &[&dyn Debug]) -> Pieces<'_> {
        // Nothing is hashed where nothing is kept.
        let key = self.parts.as_ref().map(|_| Key::of(values));
        Pieces {
            resumption: self,
            key,
        }
    }

    /// Removes everything that was kept.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match &self.parts {
            None => Ok(()),
            Some(parts) => Parts::clear(parts.folder(), None),
        }
    }
}

/// Pieces of one computation.
pub(crate) struct Pieces<'a> {
    resumption: &'a Resumption,
    key: Option<Key>,
}

impl Pieces<'_> {
    /// The piece of an earlier run, or else what `compute` gives, which is kept. `more` is what the
    /// piece depends on beside the values of all pieces, its number among them.
    pub(crate) fn piece<T, E>(
        &self,
        more: &dyn Debug,
        compute: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<Stopped>,
    {
        let kept = self.resumption.parts.as_ref().zip(self.key);
        let kept = kept.map(|(parts, key)| (parts, Key::of(&[&key, more])));
        if let Some(found) = kept.and_then(|(parts, key)| parts.earlier(key)) {
            return Ok(found);
        }
        self.resumption.check()?;
        let piece = compute()?;
        if let Some((parts, key)) = kept
            && parts.put(key, &piece).is_err()
        {
            self.resumption.check()?;
        }
        Ok(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(resumption: &Resumption, number: usize, fresh: f64) -> Result<f64, Stopped> {
        let pieces = resumption.pieces(&[&"test"]);
        pieces.piece(&number, || Ok(fresh))
    }

    #[test]
    fn a_piece_is_computed_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parts");
        let interruption = Interruption::default();
        let open = |resume| Resumption::open(&path, resume, &interruption).unwrap();
        let first = open(false);
        assert_eq!(piece(&first, 1, 0.1), Ok(0.1));
        // Within one run nothing is taken for an earlier run's.
        assert_eq!((piece(&first, 1, 0.2), first.reused()), (Ok(0.2), 0));
        let second = open(true);
        assert_eq!((piece(&second, 1, 0.3), second.reused()), (Ok(0.2), 1));
        assert_eq!(piece(&second, 2, 0.4), Ok(0.4));
        // After an interruption, what is there is there, and nothing else begins.
        interruption.request();
        assert_eq!(piece(&second, 2, 0.5), Ok(0.4));
        assert_eq!(piece(&second, 3, 0.6), Err(Stopped::Interrupted));
        second.remove().unwrap();
        assert!(!path.exists());
        let third = open(false);
        assert_eq!(
            (piece(&third, 1, 0.7), third.reused()),
            (Err(Stopped::Interrupted), 0)
        );
    }

    #[test]
    fn what_cannot_be_kept_stops_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parts");
        let resumption = Resumption::open(&path, false, &Interruption::default()).unwrap();
        std::fs::remove_dir(&path).unwrap();
        let found = piece(&resumption, 1, 0.1);
        assert!(matches!(found, Err(Stopped::NotKept { .. })), "{found:?}");
        assert!(resumption.check().is_err());
        assert_eq!(piece(&Resumption::default(), 1, 0.1), Ok(0.1));
    }
}
