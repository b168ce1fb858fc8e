//! Many cases: on all cores, each apart from the others, and kept as they are finished.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use indicatif::ProgressBar;
use radiome_features::FeatureRow;
use rayon::prelude::*;

use super::admission::{Admission, Held};
use super::footprint::{self, PROGRAM};
use super::kept::{self, CaseKeys, Rows, kept_or_done};
use super::processing::{self, Processing};
use super::{Case, Failure, Label, Observed, Progress, Reason, Stage, dicom, extract, named};
use crate::correction::{Correction, Step};
use crate::interruption::Interruption;
use crate::parts::{Key, Parts};

/// How a batch of cases is worked through.
///
/// Cases begin in their order, as many at a time as there are threads. A case that fails, even by
/// a defect of this program, leaves a [`Failure`] in its place and the others alone.
#[derive(Clone, Debug)]
pub struct Batch {
    jobs: Option<usize>,
    progress: Progress,
    listener: Option<Listener>,
    interruption: Interruption,
    parts: Option<Parts>,
    /// Bytes of memory.
    memory: Option<u64>,
}

/// Hears how many cases are done.
#[derive(Clone)]
struct Listener(Arc<dyn Fn(usize) + Send + Sync>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

impl Batch {
    /// On `jobs` threads (`None`: all cores).
    #[must_use]
    pub fn new(jobs: Option<usize>, progress: Progress) -> Self {
        Self {
            jobs,
            progress,
            listener: None,
            interruption: Interruption::default(),
            parts: None,
            memory: None,
        }
    }

    /// Tells `listener`, on any thread, of every few cases that come to their end how many they are.
    #[must_use]
    pub fn telling(mut self, listener: impl Fn(usize) + Send + Sync + 'static) -> Self {
        self.listener = Some(Listener(Arc::new(listener)));
        self
    }

    /// Within so many bytes of memory, as far as they can be told beforehand: fewer cases are
    /// worked on at a time, and one that alone needs more fails with
    /// [`Reason::TooLargeForMemory`].
    #[must_use]
    pub fn within(mut self, bytes: Option<u64>) -> Self {
        self.memory = bytes;
        self
    }

    /// After an interruption no case begins; each that has not begun fails with
    /// [`Reason::Interrupted`].
    #[must_use]
    pub fn interrupted_by(mut self, interruption: &Interruption) -> Self {
        self.interruption = interruption.clone();
        self
    }

    /// Keeps every finished case in a folder; with `resume`, cases that were kept there before are
    /// not done again.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn keeping(self, folder: &Path, resume: bool) -> io::Result<Self> {
        Ok(self.keeping_in(Some(Parts::open(folder, resume)?)))
    }

    /// As [`Self::keeping`], in a folder that is open; nowhere for `None`.
    pub(crate) fn keeping_in(mut self, parts: Option<Parts>) -> Self {
        self.parts = parts;
        self
    }

    /// Cases one after the other on the thread that asks, without a bar, nothing kept: for work that
    /// itself runs on all cores and keeps what comes of it. An interruption still stops it.
    pub(crate) fn one_by_one(&self) -> Self {
        Self::new(Some(1), Progress::Silent).interrupted_by(&self.interruption)
    }

    /// Whether a bar is shown.
    pub(super) fn progress(&self) -> Progress {
        self.progress
    }

    /// Where finished cases are kept.
    pub(crate) fn parts(&self) -> Option<&Parts> {
        self.parts.as_ref()
    }

    /// Extracts the features of every case, each by its processing.
    ///
    /// The results lie in the order of the cases and are the same for any number of threads. Cases
    /// that differ in their label alone are taken together: files are read once, and what
    /// [`Protocol::extract_labels`](radiome_features::Protocol::extract_labels) shares between labels
    /// is done once. Their results are those of each case alone.
    #[must_use]
    pub fn run(
        &self,
        cases: &[Case],
        processing: &[Processing],
    ) -> Vec<Result<FeatureRow, Failure>> {
        self.run_observed(cases, processing, &|_| {})
    }

    /// As [`Self::run`], and shows every case that could be read to `observe` on its way: once each,
    /// in any order, on any thread. A case that was kept is read and corrected for it, though not
    /// computed.
    #[must_use]
    pub fn run_observed(
        &self,
        cases: &[Case],
        processing: &[Processing],
        observe: &(dyn Fn(Observed<'_>) + Sync),
    ) -> Vec<Result<FeatureRow, Failure>> {
        self.outcomes(cases, processing, observe, &|row| row).rows
    }

    /// As [`Self::run`], but gives only what `take` makes of each row, so that rows need not lie in
    /// memory together.
    pub(super) fn outcomes<T: Send>(
        &self,
        cases: &[Case],
        processing: &[Processing],
        observe: &(dyn Fn(Observed<'_>) + Sync),
        take: &(dyn Fn(FeatureRow) -> T + Sync),
    ) -> Outcomes<T> {
        let keys = CaseKeys::new(processing);
        let of_group = |group: &Group<'_>| -> Vec<Found<T>> {
            match &self.parts {
                None => {
                    let rows = extract(group, processing, observe).into_iter();
                    rows.map(|row| Ok((None, row.map(take)))).collect()
                }
                Some(parts) => {
                    let rows = kept::of_group(group, processing, &keys, parts, observe);
                    rows.into_iter()
                        .map(|(key, row)| match row {
                            // What stops the batch must be seen.
                            Err(failure) if failure.stage == Stage::Keep => Err(failure),
                            row => Ok((key, row.map(take))),
                        })
                        .collect()
                }
            }
        };
        let groups = same_files(cases, processing);
        let bar = self.progress.bar(cases.len(), "Extracting");
        let found = self.each_admitted(&groups, bar, processing, of_group);
        let both = |found: Found<T>| match found {
            Ok(both) => both,
            Err(failure) => (None, Err(failure)),
        };
        let (keys, rows) = in_order(&groups, found).into_iter().map(both).unzip();
        Outcomes { keys, rows }
    }

    /// The percentiles of every case from which the scale of a step of Nyúl's method is learnt, each
    /// after the processing before the step. They are kept as rows of features are.
    #[must_use]
    pub fn run_percentiles(
        &self,
        cases: &[Case],
        before: &Processing,
        step: &Step,
    ) -> Vec<Result<Vec<f64>, Failure>> {
        // The step with its scale still to be learnt stands for what is done here.
        let steps = before.correction.steps.iter().chain(std::iter::once(step));
        let whole = Processing {
            correction: Correction {
                steps: steps.cloned().collect(),
            },
            ..before.clone()
        };
        let keys = CaseKeys::new(std::slice::from_ref(&whole));
        let only = |case: &Case| Case {
            protocol: 0,
            ..case.clone()
        };
        let cases: Vec<Case> = cases.iter().map(only).collect();
        let row_of = |percentiles: Vec<f64>| FeatureRow {
            features: (percentiles.into_iter())
                .map(|value| (String::new(), value))
                .collect(),
            ..FeatureRow::default()
        };
        let work = |group: &Group<'_>| -> Vec<Rows> {
            let found = group.cases.iter();
            found
                .map(|case| vec![processing::percentiles(case, before, step).map(row_of)])
                .collect()
        };
        let of_rows = |rows: Rows| -> Result<Vec<f64>, Failure> {
            let row = rows.into_iter().next();
            let row = row.unwrap_or_else(|| Ok(FeatureRow::default()))?;
            Ok(row.features.into_iter().map(|(_, value)| value).collect())
        };
        let more = |_: usize| "percentiles";
        let bar = self.progress.bar(cases.len(), "Learning the scale");
        let groups = Group::each_alone(cases.iter());
        let found = self.each(&groups, bar, |group| match self.parts() {
            None => work(group).into_iter().map(of_rows).collect(),
            Some(parts) => {
                let rows = kept_or_done(group, &keys, &more, parts, work);
                rows.into_iter()
                    .map(|(_, rows)| rows.and_then(of_rows))
                    .collect()
            }
        });
        found.into_iter().flatten().collect()
    }

    /// Does one thing with every group of cases; the results lie in their order, one for each case
    /// of the group.
    pub(super) fn each<T: Send>(
        &self,
        groups: &[Group<'_>],
        bar: ProgressBar,
        work: impl Fn(&Group<'_>) -> Vec<Result<T, Failure>> + Sync,
    ) -> Vec<Vec<Result<T, Failure>>> {
        self.each_admitted(groups, bar, &[], work)
    }

    /// As [`Self::each`]. Where there is a limit of memory and the processing is known, a group
    /// begins only when there is room for it.
    fn each_admitted<T: Send>(
        &self,
        groups: &[Group<'_>],
        bar: ProgressBar,
        processing: &[Processing],
        work: impl Fn(&Group<'_>) -> Vec<Result<T, Failure>> + Sync,
    ) -> Vec<Vec<Result<T, Failure>>> {
        let admission = self
            .memory
            .map(|bytes| Admission::new(bytes.saturating_sub(PROGRAM)));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.jobs.unwrap_or(0));
        // Where no thread can be started, this one does the work.
        let pool = pool.build().ok();
        let full = AtomicBool::new(false);
        let one = |group: &Group<'_>| {
            let processing = group
                .cases
                .first()
                .and_then(|case| processing.get(case.protocol));
            let threads = pool.as_ref().map_or(1, |pool| pool.current_num_threads());
            let held = match (&admission, processing) {
                (Some(admission), Some(processing)) => {
                    admit(admission, group, processing, threads).map(Some)
                }
                _ => Ok(None),
            };
            let found = if let Err(needed) = held {
                self.too_large(group, needed)
            } else if self.interruption.requested() {
                not_begun(group, "the run was interrupted before this case began")
            } else if full.load(Ordering::Relaxed) {
                not_begun(
                    group,
                    "the run stopped, for finished cases could not be kept",
                )
            } else {
                match &pool {
                    Some(pool) => pool.install(|| isolated(group, &work)),
                    None => isolated(group, &work),
                }
            };
            let no_room = |row: &Result<T, Failure>| {
                let failure = row.as_ref().err();
                failure.is_some_and(|failure| failure.stage == Stage::Keep)
            };
            drop(held);
            if found.iter().any(no_room) {
                full.store(true, Ordering::Relaxed);
            }
            bar.inc(group.cases.len() as u64);
            if let Some(listener) = &self.listener {
                (listener.0)(group.cases.len());
            }
            found
        };
        // Threads of their own take the cases one by one and wait for the pool: a thread of the
        // pool that waits for part of a case would otherwise begin another case meanwhile.
        let runners = pool.as_ref().map_or(1, |pool| pool.current_num_threads());
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        let mut results: Vec<Vec<Result<T, Failure>>> = groups.iter().map(|_| Vec::new()).collect();
        std::thread::scope(|scope| {
            for _ in 0..runners.min(groups.len()) {
                let (sender, next, one) = (sender.clone(), &next, &one);
                scope.spawn(move || {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(group) = groups.get(number) else {
                            break;
                        };
                        // The receiver lives until all senders are gone.
                        let _ = sender.send((number, one(group)));
                    }
                });
            }
            drop(sender);
            for (number, found) in receiver {
                results[number] = found;
            }
        });
        bar.finish_and_clear();
        results
    }

    fn too_large<T>(&self, group: &Group<'_>, needed: u64) -> Vec<Result<T, Failure>> {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let message = format!(
            "the case alone needs about {:.0} MiB of memory, more than the {:.0} MiB that it may \
             use: allow more, crop the image, or resample it to larger voxels",
            mib(needed.saturating_add(PROGRAM)),
            mib(self.memory.unwrap_or(0))
        );
        let reason = Reason::TooLargeForMemory;
        let failed = |case: &&Case| Failure::new(case, Stage::Read, reason, &message);
        group.cases.iter().map(failed).map(Err).collect()
    }
}

/// Waits until there is room for a group; the bytes that it needs where there never is.
fn admit<'a>(
    admission: &'a Admission,
    group: &Group<'_>,
    processing: &Processing,
    threads: usize,
) -> Result<Held<'a>, u64> {
    // A file on which this panics fails when it is read, where panics are caught.
    let guarded = |look: &dyn Fn() -> Option<u64>| {
        let looked = catch_unwind(AssertUnwindSafe(look));
        looked.ok().flatten().unwrap_or(0)
    };
    let needed = {
        // To find the region, the mask is read, which takes room too.
        let mask = guarded(&|| group.cases.first().map(|case| footprint::of_mask(case)));
        let _held = admission.hold(mask).ok_or(mask)?;
        // A file that cannot be read needs nothing.
        guarded(&|| footprint::of_group(group, processing, threads))
    };
    admission.hold(needed).ok_or(needed)
}

/// The key of a case and what became of it; a failure where it stops the batch.
type Found<T> = Result<(Option<Key>, Result<T, Failure>), Failure>;

/// What became of the cases, in their order.
pub(super) struct Outcomes<T> {
    /// The key of each case; `None` where nothing is kept, or its files cannot be read.
    pub(super) keys: Vec<Option<Key>>,
    pub(super) rows: Vec<Result<T, Failure>>,
}

/// Cases of one image, one label map and one processing, with their places among all cases.
pub(super) struct Group<'a> {
    pub(super) places: Vec<usize>,
    pub(super) cases: Vec<&'a Case>,
    /// Whether failures must say which label they speak of.
    pub(super) several: bool,
}

impl<'a> Group<'a> {
    /// Every case in a group of its own.
    pub(super) fn each_alone(cases: impl Iterator<Item = &'a Case>) -> Vec<Self> {
        let alone = |(place, case)| Self {
            places: vec![place],
            cases: vec![case],
            several: false,
        };
        cases.enumerate().map(alone).collect()
    }

    /// Some of the cases, by their place in the group.
    pub(super) fn part(&self, members: &[usize]) -> Self {
        Self {
            places: members.iter().map(|&member| self.places[member]).collect(),
            cases: members.iter().map(|&member| self.cases[member]).collect(),
            several: self.several,
        }
    }
}

/// Puts cases of the same files together, in the order of the first case of each.
pub(super) fn same_files<'a>(cases: &'a [Case], processing: &[Processing]) -> Vec<Group<'a>> {
    let mut known = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    // Where a segment lies is in the header of its file, which may be far away.
    let layers: Vec<(usize, Option<&Label>)> = cases
        .par_iter()
        .map(|case| {
            let own = processing.get(case.protocol);
            let channel = own.map_or(0, |one| one.protocol.label_channel());
            match alone(case, own) {
                Some(label) => (case.channel.unwrap_or(channel), Some(label)),
                None => (named::channel_of(case, channel), None),
            }
        })
        .collect();
    for (place, (case, layer)) in cases.iter().zip(layers).enumerate() {
        let number = *known
            .entry((&case.image, &case.mask, layer, case.protocol))
            .or_insert(groups.len());
        if number == groups.len() {
            groups.push(Group {
                places: Vec::new(),
                cases: Vec::new(),
                several: false,
            });
        }
        if let Some(group) = groups.get_mut(number) {
            group.several = !group.cases.is_empty();
            group.places.push(place);
            group.cases.push(case);
        }
    }
    groups
}

/// The label of a case that is read for it alone: regions of a DICOM mask may overlap, and an image
/// that is corrected by its region is another one for each.
fn alone<'a>(case: &'a Case, processing: Option<&Processing>) -> Option<&'a Label> {
    let label = case.label.as_ref()?;
    let by_region = processing.is_some_and(|one| one.correction.sees_region());
    (by_region || dicom::is_dicom(&case.mask)).then_some(label)
}

/// The results of groups in the order of the cases.
pub(super) fn in_order<T>(
    groups: &[Group<'_>],
    found: Vec<Vec<Result<T, Failure>>>,
) -> Vec<Result<T, Failure>> {
    let mut rows: Vec<(usize, Result<T, Failure>)> = groups
        .iter()
        .zip(found)
        .flat_map(|(group, rows)| group.places.iter().copied().zip(rows))
        .collect();
    rows.sort_by_key(|(place, _)| *place);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Does the work on a group. Where it panics, each case of the group is tried alone, so that only
/// the one that panics again is lost.
fn isolated<T>(
    group: &Group<'_>,
    work: &(impl Fn(&Group<'_>) -> Vec<Result<T, Failure>> + Sync),
) -> Vec<Result<T, Failure>> {
    let panic = match catch_unwind(AssertUnwindSafe(|| work(group))) {
        Ok(found) => return found,
        Err(panic) => panic,
    };
    match group.cases.as_slice() {
        [case] => vec![Err(panicked(case, &*panic))],
        several => (0..several.len())
            .flat_map(|member| isolated(&group.part(&[member]), work))
            .collect(),
    }
}

fn panicked(case: &Case, panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = format!(
        "the program failed on this case ({}); please report it",
        text.unwrap_or("it does not say why")
    );
    Failure::new(case, Stage::Extract, Reason::Panic, &message)
}

fn not_begun<T>(group: &Group<'_>, why: &str) -> Vec<Result<T, Failure>> {
    let failed = |case: &&Case| Failure::new(case, Stage::Read, Reason::Interrupted, why);
    group.cases.iter().map(failed).map(Err).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(count: usize, images: usize) -> Vec<Case> {
        let case = |number: usize| Case {
            id: number.to_string(),
            image: format!("{}.nii", number % images).into(),
            mask: "mask.nii".into(),
            label: None,
            channel: None,
            protocol: 0,
        };
        (0..count).map(case).collect()
    }

    fn numbers(group: &Group<'_>) -> Vec<Result<usize, Failure>> {
        group.places.iter().map(|&place| Ok(place)).collect()
    }

    #[test]
    fn a_panic_loses_one_case_of_one_image() {
        let cases = cases(12, 4);
        let groups = same_files(&cases, &[]);
        assert_eq!(groups.len(), 4);
        for jobs in [1, 2, 8] {
            let batch = Batch::new(Some(jobs), Progress::Silent);
            let found = batch.each(&groups, ProgressBar::hidden(), |group| {
                assert!(!group.places.contains(&6), "sixth");
                numbers(group)
            });
            for (place, row) in in_order(&groups, found).into_iter().enumerate() {
                match row {
                    Ok(found) => assert_eq!((found, place == 6), (place, false)),
                    Err(failure) => {
                        assert_eq!((place, failure.id.as_str()), (6, "6"));
                        assert_eq!(failure.reason, Reason::Panic);
                        assert!(failure.message.contains("(sixth)"), "{failure}");
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_begins_after_an_interruption() {
        let cases = cases(20, 20);
        let groups = same_files(&cases, &[]);
        let interruption = Interruption::default();
        let batch = Batch::new(Some(1), Progress::Silent).interrupted_by(&interruption);
        let found = batch.each(&groups, ProgressBar::hidden(), |group| {
            if group.places == [4] {
                interruption.request();
            }
            numbers(group)
        });
        let rows = in_order(&groups, found);
        assert!(rows[..5].iter().all(Result::is_ok));
        let code = |row: &Result<usize, Failure>| row.as_ref().map_err(|f| f.reason.code()).err();
        assert!(rows[5..].iter().all(|row| code(row) == Some("interrupted")));
    }

    #[test]
    fn a_full_disk_stops_the_batch() {
        let cases = cases(20, 20);
        let groups = same_files(&cases, &[]);
        let batch = Batch::new(Some(1), Progress::Silent);
        let found = batch.each(&groups, ProgressBar::hidden(), |group| {
            if group.places == [4] {
                let full = io::Error::from(io::ErrorKind::StorageFull);
                return vec![Err(Failure::of_keeping(
                    group.cases[0],
                    Path::new("x"),
                    &full,
                ))];
            }
            numbers(group)
        });
        let code = |row: Result<usize, Failure>| row.map_err(|f| f.reason.code()).err();
        let codes: Vec<_> = in_order(&groups, found).into_iter().map(code).collect();
        assert_eq!(codes[..5], [None, None, None, None, Some("out_of_space")]);
        assert!(codes[5..].iter().all(|&code| code == Some("interrupted")));
    }
}
