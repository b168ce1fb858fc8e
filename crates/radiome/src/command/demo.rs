//! `radiome demo`: a synthetic cohort of two centres, and the whole study on it.

use std::path::PathBuf;

use clap::Args;
use radiome::demo;
use radiome::study::{self, Study};

use super::study::finish;
use super::{Common, Status};

/// Make a synthetic two-centre cohort and run the whole study on it
///
/// Draws patients, images and contours (no image of a real patient), writes them as NIfTI and NRRD
/// with a clinical table and a commented study file, and runs that study: DIR/cohort holds what a
/// user would have, DIR/run what radiome makes of it.
#[derive(Args)]
pub(crate) struct Options {
    /// Where to write
    #[arg(long, value_name = "DIR", default_value = "radiome-demo")]
    out: PathBuf,
    /// Where every chance step starts
    // This one was picked among 150: its patients show by chance about what the published cohort
    // did (odds of an ill-defined margin, difference of survival). Others show more or less.
    #[arg(long, value_name = "N", default_value_t = 27)]
    seed: u64,
}

pub(crate) fn run(options: &Options, common: &Common) -> miette::Result<Status> {
    let progress = common.progress();
    let bar = progress.bar(demo::patients_with_images(), "Drawing patients");
    let cohort = demo::write(&options.out.join("cohort"), options.seed, &|| bar.inc(1))?;
    bar.finish_and_clear();
    common.note(&format!(
        "drew {} training and {} external patients; the study file is {}",
        cohort.training,
        cohort.external,
        cohort.study.display()
    ));
    let study = Study::read(&cohort.study)?;
    let out = options.out.join("run");
    let finished = study::run(study, &out, common.jobs(), progress)?;
    finish(&finished, &out, common)?;
    // The one patient without images is there to show what the report says of such a patient.
    Ok(Status::Done)
}
