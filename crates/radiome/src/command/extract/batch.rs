//! A table of cases, to a file or to standard output.

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::extract::{
    self, Batch, CaseTable, Failure, FinishedCases, Processing, Reason, Remarks,
};
use radiome::interruption::Interruption;

use super::{Format, Options, failures_beside, list, note_thick_slices, say, status, written};
use crate::command::{Common, Status, interruption, print_bytes};

fn cases(options: &Options, processing: &Processing) -> miette::Result<CaseTable> {
    let label = options.label.as_ref();
    Ok(CaseTable::read(
        &options.input,
        label,
        processing.protocol.label_channel(),
    )?)
}

/// The rows lie in memory until all are done.
pub(super) fn to_standard_output(
    options: &Options,
    processing: &Processing,
    common: &Common,
) -> miette::Result<Status> {
    let cases = cases(options, processing)?;
    let interruption = interruption();
    let batch = Batch::new(common.jobs(), common.progress())
        .interrupted_by(&interruption)
        .within(options.memory.map(|size| size.0));
    let remarks = Remarks::default();
    let results = batch.run_observed(&cases.cases, std::slice::from_ref(processing), &|seen| {
        remarks.take(&seen)
    });
    say(remarks, &cases, common);
    note_thick_slices(processing, results.as_slice(), results.len(), common);
    let form = Format::form(options.format, None);
    print_bytes(&extract::rows_text(form, &cases.table, results.as_slice())?)?;
    let failures: Vec<&Failure> = results
        .iter()
        .filter_map(|one| one.as_ref().err())
        .collect();
    list(&failures, results.len(), None, common)?;
    if let Some(status) = Status::of_interruption(&interruption) {
        eprintln!("interrupted; with --out FILE a run can go on later with --resume");
        return Ok(status);
    }
    Ok(status(&failures))
}

/// Finished cases are kept beside the file until it is written.
pub(super) fn to_file(
    options: &Options,
    out: &Path,
    processing: &Processing,
    common: &Common,
) -> miette::Result<Status> {
    let cases = cases(options, processing)?;
    let folder = kept_beside(out);
    if !options.resume && FinishedCases::discard(&folder).into_diagnostic()? {
        common
            .note("finished cases of an earlier run were discarded; --resume would have used them");
    }
    let interruption = interruption();
    let batch = batch(options, &folder, &interruption, common)?;
    if let Some(failed) = batch.completed(&cases.cases, std::slice::from_ref(processing), out) {
        FinishedCases::discard(&folder).into_diagnostic()?;
        let (all, out) = (cases.cases.len(), out.display());
        common.note(&format!(
            "{all} of {all} cases were finished before, and {out} is complete"
        ));
        return Ok(if failed == 0 {
            Status::Done
        } else {
            Status::SomeFailed
        });
    }
    let finished = finish(&batch, &cases, processing, options.resume, common)?;
    let form = Format::form(options.format, Some(out));
    extract::write_rows(out, form, &cases.table, &finished)?;
    let failures = finished.failures();
    list(
        &failures,
        finished.len(),
        Some(&failures_beside(out)),
        common,
    )?;
    if let Some(stopped) = stopped(&finished, &folder, &interruption)? {
        return Ok(stopped);
    }
    if finished.is_conclusive() {
        finished
            .remove(out)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot remove {}", folder.display()))?;
    } else {
        common.note(&format!(
            "the other cases are kept in {}: mend the failed ones and run again with --resume, or \
             remove the folder",
            folder.display()
        ));
    }
    if failures.is_empty() {
        written(finished.len(), out, common);
    }
    Ok(status(&failures))
}

/// The folder of finished cases beside a table.
fn kept_beside(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".cases");
    PathBuf::from(name)
}

/// A batch that keeps its finished cases in a folder.
pub(super) fn batch(
    options: &Options,
    folder: &Path,
    interruption: &Interruption,
    common: &Common,
) -> miette::Result<Batch> {
    Batch::new(common.jobs(), common.progress())
        .interrupted_by(interruption)
        .within(options.memory.map(|size| size.0))
        .keeping(folder, options.resume)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot keep finished cases in {}", folder.display()))
}

/// Does the cases, and says how many were done before.
pub(super) fn finish(
    batch: &Batch,
    cases: &CaseTable,
    processing: &Processing,
    resumed: bool,
    common: &Common,
) -> miette::Result<FinishedCases> {
    let remarks = Remarks::default();
    let finished = batch.finish(&cases.cases, std::slice::from_ref(processing), &|seen| {
        remarks.take(&seen)
    });
    say(remarks, cases, common);
    let finished = finished.ok_or_else(|| miette!("finished cases are kept nowhere"))?;
    note_thick_slices(processing, &finished, finished.len(), common);
    if resumed {
        common.note(&format!(
            "{} of {} cases were finished before",
            finished.earlier(),
            finished.len()
        ));
    }
    Ok(finished)
}

/// How a batch ends that stopped before its last case, and how to go on.
pub(super) fn stopped(
    finished: &FinishedCases,
    folder: &Path,
    interruption: &Interruption,
) -> miette::Result<Option<Status>> {
    let begun = |failure: &&&Failure| failure.reason == Reason::Interrupted;
    let left = finished.failures().iter().filter(begun).count();
    if let Some(failure) = finished.not_kept() {
        return Err(miette!(
            help = format!(
                "make room, then run the same command again with --resume: the finished cases are in {}",
                folder.display()
            ),
            "stopped with {left} of {} cases not begun: {}",
            finished.len(),
            failure.message
        ));
    }
    let Some(status) = Status::of_interruption(interruption) else {
        return Ok(None);
    };
    eprintln!(
        "interrupted with {left} of {} cases not begun; run the same command again with --resume to \
         go on: the finished cases are in {}",
        finished.len(),
        folder.display()
    );
    Ok(Some(status))
}
