//! Studies.

use std::path::PathBuf;

use pyo3::prelude::*;
use radiome::extract::{Failure, Progress};
use radiome::interruption::Interruption;
use radiome::study::{self, RunOptions, Study};
use serde_json::{Value, json};

use crate::{error, interrupt};

fn failed(failures: &[Failure]) -> Vec<Value> {
    let each = failures.iter().map(|failure| {
        json!({
            "id": failure.id,
            "stage": failure.stage.to_string(),
            "reason": failure.reason.code(),
            "message": failure.message,
        })
    });
    each.collect()
}

/// Reads everything of a study and computes nothing; what was found, as JSON.
#[pyfunction]
pub(crate) fn check_study(py: Python<'_>, path: PathBuf, jobs: Option<usize>) -> PyResult<String> {
    let found = interrupt::watched(py, None, move || {
        let study = Study::read(&path)?;
        let checked = study.check_images(jobs, Progress::Silent);
        let excluded = study.cohort.excluded.iter();
        let mut warnings: Vec<Value> = Vec::new();
        for one in &study.warnings {
            warnings.push(json!({"code": one.code, "text": one.text}));
        }
        for one in &checked.remarks {
            warnings.push(json!({"code": one.code, "text": one.text}));
        }
        Ok::<Value, miette::Report>(json!({
            "enrolled": study.cohort.enrolled,
            "patients": study.cohort.patients.len(),
            "cases": checked.cases,
            "failures": failed(&checked.failures),
            "excluded": excluded
                .map(|one| json!({"id": one.id, "reason": one.reason.to_string()}))
                .collect::<Vec<_>>(),
            "warnings": warnings,
        }))
    })?;
    let found = found.map_err(|report| error::of_report(py, &report))?;
    Ok(found.to_string())
}

/// Runs a study and writes its run folder; the cases that failed, as JSON.
#[pyfunction]
pub(crate) fn run_study(
    py: Python<'_>,
    path: PathBuf,
    out: PathBuf,
    jobs: Option<usize>,
    resume: bool,
) -> PyResult<String> {
    let interruption = Interruption::default();
    let options = RunOptions {
        jobs,
        progress: Progress::Silent,
        resume,
        interruption: interruption.clone(),
    };
    let found = interrupt::watched(py, Some(&interruption), move || {
        let finished = study::run_with(Study::read(&path)?, &out, &options)?;
        Ok::<Value, miette::Report>(json!(failed(&finished.failures)))
    })?;
    let found = found.map_err(|report| error::of_report(py, &report))?;
    Ok(found.to_string())
}
