//! A part of a table of cases, left in a folder for `radiome collect`.

use std::path::Path;

use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::extract::{self, CaseTable, Processing, Shard};

use super::batch::{batch, finish, stopped};
use super::{Options, list, status};
use crate::command::{Common, Status, interruption};

pub(super) fn run(
    options: &Options,
    folder: &Path,
    processing: &Processing,
    common: &Common,
) -> miette::Result<Status> {
    if folder.is_file() {
        return Err(miette!(
            help = "name a folder; `radiome collect` then makes the table of it",
            "{} is a file, and a shard needs a folder",
            folder.display()
        ));
    }
    if options.format.is_some() {
        return Err(miette!(
            help = "leave out --format: `radiome collect` has it",
            "a shard has no form of its own"
        ));
    }
    let shard = options.shard.unwrap_or(Shard::WHOLE);
    let label = options.label.as_ref();
    let channel = processing.protocol.label_channel();
    let (cases, all) = CaseTable::read_shard(&options.input, label, channel, shard)?;
    std::fs::create_dir_all(folder)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot make the folder {}", folder.display()))?;
    let interruption = interruption();
    let kept = extract::shard_cases(folder);
    let batch = batch(options, &kept, &interruption, common)?;
    let finished = finish(&batch, &cases, processing, options.resume, common)?;
    extract::write_shard(folder, shard, &all, processing, label, &cases, &finished)?;
    let failures = finished.failures();
    let file = extract::shard_failures(folder, shard);
    list(&failures, finished.len(), Some(&file), common)?;
    if let Some(stopped) = stopped(&finished, &kept, &interruption)? {
        return Ok(stopped);
    }
    common.note(&format!(
        "{} of {} cases of shard {}/{} are in {}",
        finished.len() - failures.len(),
        finished.len(),
        shard.number,
        shard.of,
        folder.display()
    ));
    Ok(status(&failures))
}
