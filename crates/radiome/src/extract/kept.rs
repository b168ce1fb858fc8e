//! Cases that are kept as they are finished, by what they depend on.

use std::collections::HashSet;
use std::fmt::Debug;
use std::path::Path;

use radiome_features::{FeatureRow, UndefinedReason};
use serde::{Deserialize, Serialize};

use super::batch::Group;
use super::stamp::Stamp;
use super::{
    Case, Failure, Label, Observed, Processing, Reason, Stage, WriteError, extract, look, named,
};
use crate::input_hash::input_hash;
use crate::parts::{Key, Parts};

/// What stands for the paths of a case in a message that is kept, since files may be moved.
const PATHS: [&str; 2] = ["\u{1}image\u{1}", "\u{1}mask\u{1}"];

/// Makes the keys of cases.
pub(super) struct CaseKeys {
    /// What stands for each processing: everything of it that shapes features.
    processing: Vec<Key>,
    /// Whether each looks at a label by its name.
    by_name: Vec<bool>,
}

/// SHA-256 of the image and of the mask of a case, and the names of labels from a file beside the
/// mask.
pub(super) struct Hashes([String; 2], Vec<(u32, String)>);

impl CaseKeys {
    pub(super) fn new(processing: &[Processing]) -> Self {
        Self {
            processing: processing.iter().map(Processing::key).collect(),
            by_name: processing.iter().map(Processing::looks_at_a_name).collect(),
        }
    }

    /// What stands for the settings of all.
    pub(super) fn settings(&self) -> Key {
        Key::of(&[&self.processing])
    }

    /// Whether what becomes of a case depends on the names of labels beside its mask.
    fn needs_names(&self, case: &Case) -> bool {
        let by_name = self.by_name.get(case.protocol).copied();
        by_name.unwrap_or(false) || matches!(case.label, Some(Label::Name(_)))
    }

    /// What the files of cases of one image and mask hold; `None` where one cannot be read, and
    /// reading it says why.
    pub(super) fn hashes(&self, cases: &[&Case]) -> Option<Hashes> {
        let first = cases.first()?;
        let hash = |path: &Path| input_hash(path).ok();
        let names = match cases.iter().any(|case| self.needs_names(case)) {
            true => named::names_beside(&first.mask).ok()?,
            false => Vec::new(),
        };
        let names = names
            .into_iter()
            .map(|segment| (segment.label, segment.name));
        Some(Hashes(
            [hash(&first.image)?, hash(&first.mask)?],
            names.collect(),
        ))
    }

    /// The key of one case: bytes of image and mask, label, processing, version of the program, and
    /// `more` of what its results depend on.
    pub(super) fn of(&self, case: &Case, hashes: &Hashes, more: &dyn Debug) -> Key {
        let processing = self.processing.get(case.protocol);
        // Of the cases of a group, not all need the names.
        let names = self.needs_names(case).then_some(&hashes.1);
        Key::of(&[
            &hashes.0,
            &names,
            &case.label,
            &case.channel,
            &processing,
            more,
        ])
    }
}

/// The rows of a group with their keys: those that were kept before, and the others, which are
/// kept now. A case without key is one whose files cannot be read.
pub(super) fn of_group(
    group: &Group<'_>,
    processing: &[Processing],
    keys: &CaseKeys,
    parts: &Parts,
    observe: &(dyn Fn(Observed<'_>) + Sync),
) -> Vec<(Option<Key>, Result<FeatureRow, Failure>)> {
    let more = |_: usize| group.several;
    let mut done = HashSet::new();
    let rows = kept_or_done(group, keys, &more, parts, |group| {
        done.extend(group.places.iter().copied());
        let rows = extract(group, processing, observe).into_iter();
        rows.map(|row| vec![row]).collect()
    });
    // What was kept is shown too, for what is seen of a case is not kept.
    let kept: Vec<usize> = (0..group.places.len())
        .filter(|&member| !done.contains(&group.places[member]))
        .collect();
    if !kept.is_empty() {
        look(&group.part(&kept), processing, observe);
    }
    let only = |rows: Result<Rows, Failure>| {
        let row = rows?.pop();
        row.unwrap_or_else(|| Ok(FeatureRow::default()))
    };
    rows.into_iter()
        .map(|(key, rows)| (key, only(rows)))
        .collect()
}

/// Rows of one case: several where it is read under several perturbations.
pub(super) type Rows = Vec<Result<FeatureRow, Failure>>;

/// As [`of_group`], for any work that gives one or several rows a case. `more` is what the rows of
/// the case of a place depend on beside its files, its label and its settings.
pub(super) fn kept_or_done<M: Debug>(
    group: &Group<'_>,
    keys: &CaseKeys,
    more: &dyn Fn(usize) -> M,
    parts: &Parts,
    work: impl FnOnce(&Group<'_>) -> Vec<Rows>,
) -> Vec<(Option<Key>, Result<Rows, Failure>)> {
    let Some(&first) = group.cases.first() else {
        return Vec::new();
    };
    let before = Stamp::of_case(first);
    let hashes = keys.hashes(&group.cases);
    let of_case = |(case, &place): (&&Case, &usize)| {
        let hashes = hashes.as_ref()?;
        Some(keys.of(case, hashes, &more(place)))
    };
    let members = group.cases.iter().zip(&group.places);
    let keys: Vec<Option<Key>> = members.map(of_case).collect();
    let restored = |(case, key): (&&Case, &Option<Key>)| {
        let kept: Vec<KeptRow> = parts.earlier((*key)?)?;
        Some(Ok(kept.into_iter().map(|row| row.restore(case)).collect()))
    };
    let mut found: Vec<Option<Result<Rows, Failure>>> =
        group.cases.iter().zip(&keys).map(restored).collect();
    let missing: Vec<usize> = (0..found.len())
        .filter(|&member| found[member].is_none())
        .collect();
    if !missing.is_empty() {
        let done = work(&group.part(&missing));
        let changed = Stamp::of_case(first) != before;
        for (&member, rows) in missing.iter().zip(done) {
            let case = group.cases[member];
            found[member] = Some(match keys[member] {
                _ if changed => Err(Failure::of_change(case)),
                Some(key) => keep(parts, key, case, rows),
                None => Ok(rows),
            });
        }
    }
    let found = found.into_iter().map(|rows| rows.unwrap_or(Ok(Vec::new())));
    keys.into_iter().zip(found).collect()
}

/// Keeps what the same bytes would give again; another failure may be gone the next time.
fn keep(parts: &Parts, key: Key, case: &Case, rows: Rows) -> Result<Rows, Failure> {
    let passing = |row: &Result<FeatureRow, Failure>| {
        let failure = row.as_ref().err();
        failure.is_some_and(|failure| !failure.reason.is_of_the_bytes())
    };
    if rows.iter().any(passing) {
        return Ok(rows);
    }
    let piece: Vec<KeptRow> = rows.iter().map(|row| KeptRow::of(row, case)).collect();
    match parts.put(key, &piece) {
        Ok(()) => Ok(rows),
        Err(error) => Err(Failure::of_keeping(case, parts.folder(), &error)),
    }
}

/// The row of a finished case.
pub(super) fn whole_row(parts: &Parts, key: Key) -> Result<FeatureRow, WriteError> {
    row(parts, key).ok_or_else(|| WriteError::Lost {
        folder: parts.folder().to_owned(),
        key: key.to_string(),
    })
}

/// The row of a key; `None` where it is gone, damaged or a failure.
pub(super) fn row(parts: &Parts, key: Key) -> Option<FeatureRow> {
    let kept: Vec<KeptRow> = parts.get(key)?;
    match kept.into_iter().next()? {
        KeptRow::Features {
            diagnostics,
            features,
            undefined,
        } => Some(feature_row(diagnostics, features, &undefined)),
        KeptRow::Failed { .. } => None,
    }
}

/// A row as it is kept.
#[derive(Serialize, Deserialize)]
enum KeptRow {
    Features {
        diagnostics: Vec<(String, String)>,
        features: Vec<(String, f64)>,
        /// Features with the codes of the reasons.
        undefined: Vec<(String, String)>,
    },
    Failed {
        /// As in `failures.csv`.
        stage: String,
        reason: String,
        /// With [`PATHS`] for the paths.
        message: String,
    },
}

impl KeptRow {
    fn of(row: &Result<FeatureRow, Failure>, case: &Case) -> Self {
        match row {
            Ok(row) => Self::Features {
                diagnostics: row.diagnostics.clone(),
                features: row.features.clone(),
                undefined: (row.undefined.iter())
                    .map(|(name, reason)| (name.clone(), reason.code().to_owned()))
                    .collect(),
            },
            Err(failure) => {
                let mut message = failure.message.clone();
                for (path, name) in [&case.image, &case.mask].into_iter().zip(PATHS) {
                    message = message.replace(&path.display().to_string(), name);
                }
                Self::Failed {
                    stage: failure.stage.to_string(),
                    reason: failure.reason.code().to_owned(),
                    message,
                }
            }
        }
    }

    fn restore(self, case: &Case) -> Result<FeatureRow, Failure> {
        match self {
            Self::Features {
                diagnostics,
                features,
                undefined,
            } => Ok(feature_row(diagnostics, features, &undefined)),
            Self::Failed {
                stage,
                reason,
                mut message,
            } => {
                for (path, name) in [&case.image, &case.mask].into_iter().zip(PATHS) {
                    message = message.replace(name, &path.display().to_string());
                }
                let stage = Stage::of_name(&stage).unwrap_or(Stage::Extract);
                let reason = Reason::of_code(&reason).unwrap_or(Reason::Setting);
                Err(Failure::new(case, stage, reason, &message))
            }
        }
    }
}

fn feature_row(
    diagnostics: Vec<(String, String)>,
    features: Vec<(String, f64)>,
    undefined: &[(String, String)],
) -> FeatureRow {
    let reason = |code: &str| {
        UndefinedReason::ALL
            .into_iter()
            .find(|one| one.code() == code)
    };
    let undefined = undefined.iter();
    FeatureRow {
        diagnostics,
        features,
        undefined: undefined
            .filter_map(|(name, code)| Some((name.clone(), reason(code)?)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use radiome_image::correct::NyulStandard;

    use super::*;
    use crate::correction::{Correction, Step, Voxels};
    use crate::extract::{Plane, Suv, protocol};

    #[test]
    fn a_key_holds_everything_that_shapes_features() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
        write("image.nii", "one").unwrap();
        write("mask.nii", "two").unwrap();
        let case = Case {
            id: "P1".to_owned(),
            image: folder.path().join("image.nii"),
            mask: folder.path().join("mask.nii"),
            label: None,
            channel: None,
            protocol: 0,
        };
        let key = |processing: &Processing| {
            let keys = CaseKeys::new(std::slice::from_ref(processing));
            let hashes = keys.hashes(&[&case]).unwrap();
            keys.of(&case, &hashes, &())
        };
        let of = |yaml: &str, plane| Processing::from(protocol(yaml, plane).unwrap());
        let plain = || of("setting: {binWidth: 10}", None);
        let corrected = |text: &str| Processing {
            correction: Correction::parse(text).unwrap(),
            ..plain()
        };
        let scaled = |last: f64, file: Option<&str>| {
            let standard = NyulStandard {
                percentiles: vec![1.0, 99.0],
                landmarks: vec![1.0, last],
                images: 3,
            };
            let step = Step::Nyul {
                mask: Voxels::Body,
                standard: Some(standard),
                file: file.map(str::to_owned),
            };
            Processing {
                correction: Correction { steps: vec![step] },
                ..plain()
            }
        };
        let all = [
            plain(),
            Processing {
                suv: Some(Suv::Bw),
                ..plain()
            },
            of("setting: {binWidth: 11}", None),
            of("setting: {binWidth: 10}", Some(Plane::TwoD)),
            corrected("[n4]"),
            corrected("[{n4: {shrink: 2}}]"),
            corrected("[zscore, {clip: [1, 98]}]"),
            corrected("[{clip: [1, 98]}, zscore]"),
            corrected("[{zscore: region}]"),
            corrected("[{zscore: {label: Muscle}}]"),
            corrected("[{clip: [1, 98]}]"),
            corrected("[nyul]"),
            scaled(100.0, None),
            scaled(100.5, None),
        ];
        let keys: HashSet<Key> = all.iter().map(&key).collect();
        assert_eq!(keys.len(), all.len());
        // Which file a scale was read from shapes nothing.
        assert_eq!(key(&scaled(100.0, Some("a.json"))), key(&all[12]));

        // A name that a correction looks for may stand beside the mask.
        let by_name = corrected("[{zscore: {label: Muscle}}]");
        let before = [key(&plain()), key(&by_name)];
        write("mask.label", "2 255 0 0 1 1 1 \"Muscle\"\n").unwrap();
        assert_eq!(key(&plain()), before[0]);
        assert_ne!(key(&by_name), before[1]);
    }

    #[test]
    fn rows_and_failures_read_back() {
        let case = |folder: &str| Case {
            id: "P1".to_owned(),
            image: format!("{folder}/image.nii").into(),
            mask: format!("{folder}/mask.nii").into(),
            label: None,
            channel: None,
            protocol: 0,
        };
        let row = FeatureRow {
            diagnostics: vec![("a".to_owned(), "b\n".to_owned())],
            features: vec![("x".to_owned(), f64::INFINITY), ("y".to_owned(), -0.0)],
            undefined: (UndefinedReason::ALL.iter())
                .map(|&reason| (format!("{reason:?}"), reason))
                .collect(),
        };
        let kept = KeptRow::of(&Ok(row.clone()), &case("here"));
        assert_eq!(kept.restore(&case("here")), Ok(row));
        // A failure names the file where it now lies.
        for reason in Reason::ALL {
            for stage in [Stage::Read, Stage::Mask, Stage::Extract, Stage::Keep] {
                let failure = |folder: &str| {
                    let message = format!("{folder}/mask.nii: nothing is drawn");
                    Failure::new(&case(folder), stage, reason, &message)
                };
                let kept = KeptRow::of(&Err(failure("here")), &case("here"));
                assert_eq!(kept.restore(&case("there")), Err(failure("there")));
            }
        }
    }

    /// Keeps the rows that `work` gives for a case in a folder with two files.
    fn kept(
        folder: &Path,
        parts: &Parts,
        work: impl FnOnce(&Case) -> Result<FeatureRow, Failure>,
    ) -> Result<FeatureRow, Failure> {
        let case = Case {
            id: "P1".to_owned(),
            image: folder.join("image"),
            mask: folder.join("mask"),
            label: None,
            channel: None,
            protocol: 0,
        };
        let groups = Group::each_alone(std::iter::once(&case));
        let keys = CaseKeys::new(&[]);
        let work = |group: &Group<'_>| vec![vec![work(group.cases[0])]];
        let (_, rows) = kept_or_done(&groups[0], &keys, &|_| (), parts, work).remove(0);
        rows?.remove(0)
    }

    #[test]
    fn only_what_the_bytes_give_again_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let write = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap();
        write("image", "one");
        write("mask", "two");
        let parts = Parts::open(&path.join("parts"), true).unwrap();
        let fail = |reason: Reason| {
            move |case: &Case| Err(Failure::new(case, Stage::Extract, reason, "so it is"))
        };
        let code = |row: Result<FeatureRow, Failure>| row.map_err(|f| f.reason.code()).err();
        let good = |_: &Case| Ok(FeatureRow::default());

        // A panic may be gone with the next version of a library; a mask that is empty stays so.
        assert_eq!(code(kept(path, &parts, fail(Reason::Panic))), Some("panic"));
        assert_eq!(
            code(kept(path, &parts, fail(Reason::EmptyMask))),
            Some("empty_mask")
        );
        assert_eq!(code(kept(path, &parts, good)), Some("empty_mask"));

        // A file that is changed meanwhile gives no row, and nothing that is kept.
        write("mask", "three");
        let changing = |_: &Case| {
            write("mask", "longer than before");
            Ok(FeatureRow::default())
        };
        assert_eq!(
            code(kept(path, &parts, changing)),
            Some("changed_while_reading")
        );
        write("mask", "three");
        assert_eq!(
            code(kept(path, &parts, fail(Reason::Setting))),
            Some("setting")
        );
        assert_eq!(code(kept(path, &parts, good)), Some("setting"));

        // A folder that is gone takes nothing.
        write("mask", "four");
        std::fs::remove_dir_all(parts.folder()).unwrap();
        assert_eq!(code(kept(path, &parts, good)), Some("unwritable"));
        assert!(parts.trouble().is_some());
    }
}
