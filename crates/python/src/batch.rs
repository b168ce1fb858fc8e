//! Features of many cases.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use radiome::extract::{
    self, Batch, CaseTable, Failure, LabelChoice, Processing, Progress, Remarks,
};
use radiome::interruption::Interruption;
use radiome::table::with_tables;

use crate::table::{self, Columns, Texts};
use crate::{error, interrupt, pool, settings};

/// A failed case: id, stage, reason, message.
type Failed = (String, String, &'static str, String);

/// The columns of the cases that succeeded, the cases that failed, and what reading them showed.
type Extracted = (Vec<Texts>, Vec<Failed>, Vec<String>);

/// The name that a table of cases in memory has.
const CASES: &str = "cases";

/// Extracts the features of every case of a table, in memory or in a file.
///
/// `listener` is called with the number of cases that have been finished and the number of all. An
/// exception of it, or a signal, stops the work before the next case.
#[pyfunction]
#[pyo3(signature = (settings, path, columns, label, jobs, memory, listener))]
#[expect(clippy::too_many_arguments, reason = "what Python's function takes")]
pub(crate) fn extract_cases<'py>(
    py: Python<'py>,
    settings: &str,
    path: Option<PathBuf>,
    columns: Columns<'py>,
    label: Option<String>,
    jobs: Option<usize>,
    memory: Option<u64>,
    listener: Option<Bound<'py, PyAny>>,
) -> PyResult<Extracted> {
    let processing = Processing::from(settings::protocol(py, settings)?);
    let held = match &path {
        Some(_) => Vec::new(),
        None => vec![(CASES.to_owned(), table::table(py, CASES, &columns)?)],
    };
    let path = path.unwrap_or_else(|| CASES.into());
    let label: Option<LabelChoice> = label.map(|text| match text.parse() {
        Ok(label) => label,
    });
    let channel_of_all = processing.protocol.label_channel();
    let read = || CaseTable::read(&path, label.as_ref(), channel_of_all);
    let cases = py.detach(|| pool::install(|| with_tables(held, read)));
    let cases = cases.map_err(|error| error::of_report(py, &error.into()))?;
    let all = cases.cases.len();

    let interruption = Interruption::default();
    let remarks = Remarks::default();
    let (sender, mut receiver) = channel();
    let batch = Batch::new(jobs, Progress::Silent)
        .interrupted_by(&interruption)
        .within(memory)
        // Nobody listens any more where the listener has failed.
        .telling(move |count| {
            let _ = sender.send(count);
        });
    let (results, told) = std::thread::scope(|scope| {
        let (cases, remarks) = (&cases.cases, &remarks);
        let processing = std::slice::from_ref(&processing);
        // The batch ends with the thread, and the sender with it.
        let worker = scope.spawn(move || {
            pool::install(|| batch.run_observed(cases, processing, &|seen| remarks.take(&seen)))
        });
        let told = listen(py, &mut receiver, all, listener.as_ref());
        if told.is_err() {
            interruption.request();
        }
        (py.detach(|| worker.join()), told)
    });
    told?;
    let results =
        results.map_err(|_| PyRuntimeError::new_err("radiome failed; please report it"))?;
    let failed = results.iter().filter_map(|result| result.as_ref().err());
    let failed = failed.map(|failure: &Failure| {
        let Failure {
            id,
            stage,
            reason,
            message,
        } = failure;
        (
            id.clone(),
            stage.to_string(),
            reason.code(),
            message.clone(),
        )
    });
    let failed = failed.collect();
    let remarks = remarks.lines(&cases.cases).into_iter();
    let remarks = remarks.map(|remark| remark.text).collect();
    let table =
        extract::to_table(&cases, &results).map_err(|error| error::of_report(py, &error.into()))?;
    Ok((table::columns(py, &table)?, failed, remarks))
}

/// Tells the listener until the work is done; an error is that of the listener or of a signal.
fn listen(
    py: Python<'_>,
    receiver: &mut Receiver<usize>,
    all: usize,
    listener: Option<&Bound<'_, PyAny>>,
) -> PyResult<()> {
    let mut done = 0;
    loop {
        match interrupt::heard(py, receiver) {
            Ok(count) => {
                done += count;
                if let Some(listener) = listener {
                    listener.call1((done, all))?;
                }
                py.check_signals()?;
            }
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}
