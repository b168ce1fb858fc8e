//! Features of many cases: all cores, the order of the cases, and no case lost because of another.

mod cases;
mod failure;
mod maps;
mod rows;

pub use cases::{CaseTable, CasesError};
pub use failure::{Failure, Reason, Stage, failure_table};
pub use maps::{MapsError, maps};
pub use rows::{to_json, to_table};

use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::str::FromStr;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use radiome_features::{Extractor, FeatureRow, Plan};
use radiome_image::preprocess::{MaskError, check_mask, region};
use radiome_image::{Image, LabelMap, read};
use rayon::prelude::*;

/// One region of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Names the case in failures.
    pub id: String,
    /// The image file.
    pub image: PathBuf,
    /// The file of the contours.
    pub mask: PathBuf,
    /// Which label is the region; `None` leaves it to the plan.
    pub label: Option<Label>,
    /// Which of the plans applies.
    pub plan: usize,
}

/// A label of a mask: its value, or the name of its segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// The value of its voxels.
    Value(u32),
    /// The name in the mask file.
    Name(String),
}

impl FromStr for Label {
    type Err = std::convert::Infallible;

    /// A whole number is a value, all else a name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        Ok(text
            .parse()
            .map_or_else(|_| Self::Name(text.to_owned()), Self::Value))
    }
}

/// Whether a bar on standard error shows how far the work is; never where that is no terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Show it.
    Bar,
    /// Do not.
    Silent,
}

impl Progress {
    /// A bar of so many steps, hidden where it must not be seen.
    #[must_use]
    pub fn bar(self, steps: usize, what: &'static str) -> ProgressBar {
        if self == Self::Silent || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(steps as u64);
        bar.set_draw_target(ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}, {eta} left");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what);
        bar
    }
}

/// Extracts the features of every case, each by its plan, on `jobs` threads (`None`: all cores).
///
/// The results lie in the order of the cases and are the same for any number of threads. A case
/// that fails, even by a defect of this program, leaves a [`Failure`] in its place.
#[must_use]
pub fn run(
    cases: &[Case],
    plans: &[Plan],
    jobs: Option<usize>,
    progress: Progress,
) -> Vec<Result<FeatureRow, Failure>> {
    let extractors: Vec<Extractor> = plans.iter().cloned().map(Extractor::new).collect();
    each(
        cases,
        jobs,
        progress.bar(cases.len(), "Extracting"),
        |case| extract(case, &extractors),
    )
}

/// Reads every case and checks that image, mask and plan fit together, without computing features.
#[must_use]
pub fn check(
    cases: &[Case],
    plans: &[Plan],
    jobs: Option<usize>,
    progress: Progress,
) -> Vec<Result<(), Failure>> {
    each(cases, jobs, progress.bar(cases.len(), "Checking"), |case| {
        let (image, labels) = read(case)?;
        let label = match &case.label {
            None => None,
            Some(label) => Some(find(case, &labels, label)?),
        };
        let Some(plan) = plans.get(case.plan) else {
            return Ok(());
        };
        let failed = |error: &MaskError| {
            Failure::new(
                case,
                Stage::Mask,
                Reason::of_mask(error),
                &error.to_string(),
            )
        };
        let mask = region(&labels, label.unwrap_or(plan.label)).map_err(|error| failed(&error))?;
        // A mask on another grid that the plan corrects is judged only when it has been.
        if plan.correct_mask && mask.geometry.difference(&image.geometry, 1e-6).is_some() {
            return Ok(());
        }
        check_mask(&image.geometry, &mask, &plan.requirements).map_err(|error| failed(&error))?;
        Ok(())
    })
}

/// Does one thing with every case, on `jobs` threads; the results lie in the order of the cases.
fn each<T: Send>(
    cases: &[Case],
    jobs: Option<usize>,
    bar: ProgressBar,
    work: impl Fn(&Case) -> Result<T, Failure> + Sync,
) -> Vec<Result<T, Failure>> {
    let one = |case: &Case| {
        let caught = catch_unwind(AssertUnwindSafe(|| work(case)));
        bar.inc(1);
        caught.unwrap_or_else(|_| {
            let message = "the program failed on this case; please report it";
            Err(Failure::new(
                case,
                Stage::Extract,
                Reason::Internal,
                message,
            ))
        })
    };
    // One case at a time to each thread: cases differ a hundredfold in their cost.
    let all = || cases.par_iter().with_max_len(1).map(one).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0));
    let results = match pool.build() {
        Ok(pool) => pool.install(all),
        // No thread can be started: the current pool has at least this one.
        Err(_) => all(),
    };
    bar.finish_and_clear();
    results
}

fn extract(case: &Case, extractors: &[Extractor]) -> Result<FeatureRow, Failure> {
    let Some(extractor) = extractors.get(case.plan) else {
        let message = format!("there is no plan {}", case.plan);
        return Err(Failure::new(
            case,
            Stage::Extract,
            Reason::Setting,
            &message,
        ));
    };
    let (image, labels) = read(case)?;
    let usual = Label::Value(extractor.plan().label);
    let label = find(case, &labels, case.label.as_ref().unwrap_or(&usual))?;
    extractor
        .extract(&image, &labels, Some(label))
        .map_err(|error| {
            let reason = Reason::of_extraction(&error);
            Failure::new(case, Stage::Extract, reason, &error.to_string())
        })
}

/// Reads the image and the mask of a case.
///
/// # Errors
/// A [`Failure`] of [`Stage::Read`].
pub fn read(case: &Case) -> Result<(Image, LabelMap), Failure> {
    let image = read::image(&case.image).map_err(|error| {
        Failure::of_reading(
            case,
            "image",
            &error,
            [Reason::MissingImage, Reason::UnreadableImage],
        )
    })?;
    let labels = read::labels(&case.mask).map_err(|error| {
        Failure::of_reading(
            case,
            "mask",
            &error,
            [Reason::MissingMask, Reason::UnreadableMask],
        )
    })?;
    Ok((image, labels))
}

/// The value of a label in a mask.
fn find(case: &Case, labels: &LabelMap, label: &Label) -> Result<u32, Failure> {
    let fail = |reason, message: String| Err(Failure::new(case, Stage::Mask, reason, &message));
    let counts = labels.voxel_counts();
    let mask = case.mask.display();
    if counts.is_empty() {
        return fail(
            Reason::EmptyMask,
            format!("{mask}: nothing is drawn in the mask"),
        );
    }
    match label {
        Label::Value(value) if counts.contains_key(value) => Ok(*value),
        Label::Value(value) => {
            let present: Vec<String> = counts.keys().take(20).map(u32::to_string).collect();
            let present = present.join(", ");
            let message = format!("{mask}: no voxel has label {value}; labels there: {present}");
            fail(Reason::LabelMissing, message)
        }
        Label::Name(name) => {
            let names: Vec<String> = labels
                .segments
                .iter()
                .map(|segment| format!("\"{}\"", segment.name))
                .collect();
            match labels.label_named(name) {
                Some(value) if counts.contains_key(&value) => Ok(value),
                Some(_) => fail(
                    Reason::EmptyMask,
                    format!("{mask}: nothing is drawn in segment \"{name}\""),
                ),
                None if names.is_empty() => fail(
                    Reason::LabelMissing,
                    format!(
                        "{mask} names no segments: give the label's number instead of \"{name}\""
                    ),
                ),
                None => fail(
                    Reason::LabelMissing,
                    format!(
                        "{mask}: no segment \"{name}\"; segments there: {}",
                        names.join(", ")
                    ),
                ),
            }
        }
    }
}
